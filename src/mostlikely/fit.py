"""The verbs that make a fit: from data (find the argmax, prove it), and from a file."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from types import MappingProxyType
from typing import Any

import numpy as np

from mostlikely import store
from mostlikely.data import read_sample
from mostlikely.errors import ModelError, nearest
from mostlikely.estimate import estimate
from mostlikely.family import as_family, restored
from mostlikely.family.base import Family, check_value
from mostlikely.family.distribution import Distribution
from mostlikely.result import Fit
from mostlikely.solve.verdict import Verdict

__all__ = ["fit", "load"]


def fit(
    model: Any,
    data: Any,
    y: str | None = None,
    *,
    weights: Any = None,
    weight_kind: str = "frequency",
    missing: str = "raise",
    start: Mapping[str, float] | None = None,
    max_steps: int = 200,
) -> Fit:
    """The parameters that make the data most probable under a noise model.

    Parameters
    ----------
    model : Family, type or str
        What noise you believe: ``ml.Gamma()``, ``ml.Gamma(shape=1)``, ``"gamma"``.
    data : array-like of shape (n,), or a dataframe
        A sample, or any dataframe that narwhals reads (pandas, Polars, Arrow), with ``y``.
    y : str, optional
        The column to fit.
    weights : array-like of shape (n,), or a column's name, optional
        One per row, zero or more.
    weight_kind : {"frequency", "precision", "sampling"}
        What a weight means: how often the row was seen; how precisely it was measured (variance
        divided by the weight); how many units of a population it stands for. Estimates may agree,
        standard errors do not.
    missing : {"raise", "drop"}
        Whether missing values are an error, or are left out and counted.
    start : mapping of str to float, optional
        Where to begin, natural scale; families know by themselves.
    max_steps : int
        Evaluations allowed.

    Returns
    -------
    Fit
        Always, once the data are usable: how it ended is in ``fit.verdict``.

    Raises
    ------
    ModelError
        If the model makes no sense.
    DataError
        If the data cannot be used: missing, infinite, outside the support.

    Examples
    --------
    >>> import mostlikely as ml
    >>> fit = ml.fit("bernoulli", [1, 1, 1, 0, 1, 1, 0, 1, 1, 0])
    >>> round(fit.params["p"], 10), round(fit.standard_errors["p"], 6)
    (0.7, 0.144914)
    """
    _check(start, max_steps)
    family, sample = read_sample(
        as_family(model), data, y, weights=weights, weight_kind=weight_kind, missing=missing
    )
    for name, value in (start or {}).items():
        if name not in family.free:
            raise ModelError(
                f"start: {name!r} is not a free parameter of {family!r}; "
                f"{nearest(name, family.free)}"
            )
        check_value(family.name, name, value, family.parameters[name])
    proof = estimate(family, sample, start=start, max_steps=max_steps)
    return Fit.of(proof, family, sample)


def _check(start: Any, max_steps: Any) -> None:
    """Raise unless the options are of the kind that they should be."""
    if not isinstance(max_steps, Integral) or max_steps < 1:
        raise ModelError(f"max_steps must be a whole number of at least 1; got {max_steps!r}.")
    if not isinstance(start, Mapping | None):
        raise ModelError(
            f"start must be a dict of parameter values by name; got {type(start).__name__}."
        )


def load(path: Any, model: Any = None) -> Fit:
    """Read a saved fit. It knows its estimate, errors, Wald intervals and verdict, not its data.

    Parameters
    ----------
    path : str or Path
        A file that `Fit.save` wrote.
    model : Family, optional
        The model, if it is of a family that is not the library's own.

    Raises
    ------
    DataError
        If the file is not a saved fit, or is of a later format.

    Examples
    --------
    >>> import mostlikely as ml, tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "fit.json"
    >>> ml.fit("poisson", [3, 5, 1, 7]).save(path)
    >>> ml.load(path).standard_errors["mean"]
    1.0
    """
    saved = store.read(path)
    verdict, limit = saved["verdict"], saved["limit"]
    family = restored(saved["model"]) if model is None else as_family(model)
    return Fit(
        model=family,
        params=MappingProxyType({k: float(v) for k, v in saved["params"].items()}),
        loglik=float(saved["loglik"]),
        n=saved["n"],
        df=saved["df"],
        verdict=Verdict(
            verdict["kind"],
            verdict["ok"],
            verdict["sentence"],
            float(verdict["decrement"]),
            tuple(verdict["parameters"]),
        ),
        label=saved["label"],
        rows=saved["rows"],
        dropped=saved["dropped"],
        weight_kind=saved["weight_kind"],
        observed=np.array(saved["covariance"], dtype=float).reshape(saved["df"], saved["df"]),
        limit=limit and _limit(limit, family),
    )


def _limit(saved: Mapping[str, Any], family: Family) -> Distribution:
    """The limit that a boundary named, which is a relative of the family, or a declared one."""
    relatives = {kin.family.__name__: kin.family for kin in family.kin}
    described = saved["model"]
    relative = relatives.get(described["family"])
    return Distribution(
        restored(described) if relative is None else relative.restore(described),
        {k: float(v) for k, v in saved["params"].items()},
    )
