"""Saved fits: small JSON files that a person can read and that run no code when loaded."""

from __future__ import annotations

import json
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from mostlikely.errors import DataError
from mostlikely.family import as_family, restored
from mostlikely.result import Fit
from mostlikely.solve.verdict import Verdict

__all__ = ["load", "save", "to_dict"]

FORMAT = 1


def to_dict(fit: Fit) -> dict[str, Any]:
    """The fit as plain JSON values; what is not a finite number is a string."""
    return {
        "mostlikely": FORMAT,
        "model": fit.model.describe(),
        "params": {k: _plain(v) for k, v in fit.params.items()},
        "covariance": [[_plain(v) for v in row] for row in fit.covariance()],
        "loglik": _plain(fit.loglik),
        "n": fit.n,
        "df": fit.df,
        "label": fit.label,
        "rows": fit.rows,
        "dropped": fit.dropped,
        "weight_kind": fit.weight_kind,
        "verdict": {k: _plain(v) for k, v in asdict(fit.verdict).items()},
    }


def save(fit: Fit, path: Any) -> None:
    """Write `to_dict` to a file."""
    Path(path).write_text(json.dumps(to_dict(fit), indent=1) + "\n", encoding="utf-8")


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
    try:
        saved = json.loads(Path(path).read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not a saved fit: {error}.") from None
    if not isinstance(saved, dict) or "mostlikely" not in saved:
        raise DataError(f"{path} is not a saved fit: it has no 'mostlikely' entry.")
    if saved["mostlikely"] > FORMAT:
        raise DataError(
            f"{path} was saved in format {saved['mostlikely']}, and this version reads up to "
            f"{FORMAT}; upgrade mostlikely."
        )
    verdict = saved["verdict"]
    return Fit(
        model=restored(saved["model"]) if model is None else as_family(model),
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
    )


def _plain(value: Any) -> Any:
    """JSON has no infinity and no NaN; they are written as strings that `float` reads."""
    return str(value) if isinstance(value, float) and not isfinite(value) else value
