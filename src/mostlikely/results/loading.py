"""`load`: a fit from its file. Nothing in the file is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from mostlikely.errors import DataError, ModelError, MostLikelyError
from mostlikely.family import as_family, restored
from mostlikely.family.base import Family
from mostlikely.family.custom import CustomLikelihood
from mostlikely.family.distribution import Distribution
from mostlikely.inference.evidence import Evidence
from mostlikely.likelihood.build import BoundTogether
from mostlikely.likelihood.firth import Firth
from mostlikely.likelihood.keys import Named
from mostlikely.likelihood.penalty import Lasso, Penalty, Ridge
from mostlikely.results import store
from mostlikely.results.fit import Fit
from mostlikely.results.plain import mapped, number
from mostlikely.results.saved_design import bound_of, check_formulas
from mostlikely.results.saved_proof import family_of, proof_of, verdict_of
from mostlikely.results.saved_rows import with_rows

__all__ = ["load"]

#: What goes wrong where a file has been cut, or changed by hand.
BROKEN = (
    *(KeyError, TypeError, ValueError, IndexError, AttributeError, StopIteration),
    *(OverflowError, MemoryError, RecursionError),
)


def load(path: Any, model: Any = None) -> Fit:
    """Read a saved fit: it predicts, tests and draws as the fit does.

    Likelihood ratios, scores, profiles and residuals need the data, which are in the file if it was
    saved with ``data=True``. A file of an older version has the estimate, its errors and the
    verdict.

    Parameters
    ----------
    path : str or Path
        A file that `Fit.save` wrote. Nothing in it is run.
    model : Family or function, optional
        The model, if it is of a family, or has a function, that is not the library's own.

    Raises
    ------
    DataError
        If the file is not a saved fit, or is of a later format.
    ModelError
        If its model is not one of the library's, and is not given; if a term of a formula is
        anything but columns, numbers, arithmetic and known functions.

    Examples
    --------
    >>> import mostlikely as ml, tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "fit.json"
    >>> ml.fit(ml.Poisson("n ~ x"), {"x": [0, 0, 1, 1], "n": [2, 4, 5, 7]}).save(path)
    >>> ml.load(path).predict({"x": [1]}).value.round(6).tolist()
    [6.0]
    """
    saved = store.read(path)
    try:
        return _fit(saved, model)
    except MostLikelyError:
        raise
    except BROKEN as error:
        what = f"its entry {error}" if isinstance(error, KeyError) else str(error)
        raise DataError(
            f"{path} is not a saved fit: {what} is not what a fit writes; save the fit again."
        ) from None


def _fit(saved: Mapping[str, Any], model: Any) -> Fit:
    described, limit = saved["model"], saved["limit"]
    check_formulas(described)
    old = saved["mostlikely"] < 2
    family, params = _model(described, model, old), mapped(saved["params"])
    covariance = [[number(v) for v in row] for row in saved["covariance"]]
    observed = np.array(covariance, dtype=float).reshape((len(params),) * 2)
    penalty, verdict = _penalty(saved.get("penalty")), verdict_of(saved["verdict"])
    fit = Fit(
        model=family,
        params=MappingProxyType(Named(params)),
        loglik=number(saved["loglik"]),
        n=_count(saved["n"]),
        df=_count(saved["df"]),
        verdict=verdict,
        label=str(saved["label"]),
        rows=_count(saved["rows"]),
        dropped=_count(saved["dropped"]),
        weight_kind=str(saved["weight_kind"]),
        _observed=observed,
        limit=limit and _limit(limit, family),
        penalty=penalty,
        _library=_word(saved.get("library")),
        _chosen=_chosen(saved.get("errors")),
    )
    if old or saved["proof"] is None:
        return fit
    found = _evidence(saved, family, fit)
    return replace(fit, _proof=found.proof, _bound=found.bound)


def _evidence(saved: Mapping[str, Any], family: Family, fit: Fit) -> Evidence:
    families = family.members or (family,)
    proof = proof_of(saved["proof"], family, families, fit.verdict, fit.penalty)
    members = [
        bound_of(one, own, member.sample)
        for one, own, member in zip(
            saved["design"]["members"], families, proof.likelihood.members, strict=False
        )
    ]
    bound: Any = members[0] if members else None
    if saved["design"]["together"]:
        bound = BoundTogether(tuple(members), None)
    light = Evidence(proof, bound)
    return light if saved["data"] is None else with_rows(saved["data"], light, proof)


def _word(value: Any) -> str | None:
    return None if value is None else str(value)


def _chosen(value: Any) -> tuple[str, str] | None:
    """The kind of the covariance that `with_covariance` chose, and its words."""
    return None if value is None else (str(value[0]), str(value[1]))


def _count(value: Any) -> Any:
    """A number as it was written, whole or not."""
    return value if isinstance(value, int) else number(value)


def _model(described: Mapping[str, Any], model: Any, old: bool) -> Family:
    """The model of a description, with what a file does not hold from the one that is given."""
    if model is None:
        lacking = _functions(described)
        if "log_density" in lacking or (lacking and not old):
            own = "log_density" in lacking
            way = "f)" if own else f"model), whose {lacking[0]} is ml.nonlinear(f, start=...)"
            raise ModelError(
                "the fit is of a function, which its file does not hold; give it: "
                f"ml.load(path, {way}."
            )
        return restored(described)
    if callable(model) and not isinstance(model, type | Family):
        return CustomLikelihood(model, described["predictors"]["log_density"]["start"])
    family = as_family(model)
    if family.members or any(p.function is not None for p in family.all_predictors):
        return family
    return type(family).restore(described)


def _functions(described: Mapping[str, Any]) -> list[str]:
    """The parameters that follow a function of the user's, members' too."""
    own = [k for k, p in described.get("predictors", {}).items() if p.get("start")]
    return own + [k for member in described.get("members", []) for k in _functions(member)]


def _limit(saved: Mapping[str, Any], family: Family) -> Distribution:
    """The limit that a boundary named, which is a relative of the family, or a declared one."""
    return Distribution(family_of(saved["model"], family), mapped(saved["params"]))


def _penalty(saved: Mapping[str, Any] | None) -> Penalty | None:
    """The penalty of a description."""
    if saved is None:
        return None
    kinds = {kind.__name__: kind for kind in (Firth, Ridge, Lasso)}
    return kinds[saved["kind"]](**{k: v for k, v in saved.items() if k != "kind"})
