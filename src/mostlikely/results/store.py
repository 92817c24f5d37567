"""Saved fits: small JSON files that a person can read and that run no code when loaded."""

from __future__ import annotations

import json
from dataclasses import asdict
from math import isfinite
from os import PathLike
from pathlib import Path
from typing import Any

from mostlikely.errors import DataError
from mostlikely.inference.fitted import Fitted

__all__ = ["read", "save", "to_dict"]

FORMAT = 1


def to_dict(fit: Fitted) -> dict[str, Any]:
    """The fit as plain JSON values; what is not a finite number is a string."""
    return {
        "mostlikely": FORMAT,
        "model": fit.model.describe(),
        "params": {_name(k): _plain(v) for k, v in fit.params.items()},
        "covariance": [[_plain(v) for v in row] for row in fit.covariance()],
        "loglik": _plain(fit.loglik),
        "n": fit.n,
        "df": fit.df,
        "label": fit.label,
        "rows": fit.rows,
        "dropped": fit.dropped,
        "weight_kind": fit.weight_kind,
        "penalty": fit.penalty and fit.penalty.describe(),
        "limit": fit.limit
        and {
            "model": fit.limit.family.describe(),
            "params": {k: _plain(v) for k, v in fit.limit.values.items()},
        },
        "verdict": {k: _plain(v) for k, v in asdict(fit.verdict).items()},
    }


def save(fit: Fitted, path: Any) -> None:
    """Write `to_dict` to a file."""
    if not isinstance(path, str | PathLike):
        raise DataError(f"a fit is saved to the path of a file; got {path!r}.")
    Path(path).write_text(json.dumps(to_dict(fit), indent=1) + "\n", encoding="utf-8")


def read(path: Any) -> dict[str, Any]:
    """The plain values of a saved fit.

    Raises
    ------
    DataError
        If the file is not a saved fit, or is of a later format.
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
    return saved


def _name(key: Any) -> str:
    """A parameter's key as JSON takes it: a coefficient's is a list in a string."""
    return key if isinstance(key, str) else json.dumps(key, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """JSON has no infinity and no NaN; they are written as strings that `float` reads."""
    return str(value) if isinstance(value, float) and not isfinite(value) else value
