"""Saved fits: small JSON files that a person can read and that run no code when loaded."""

from __future__ import annotations

import json
from dataclasses import asdict
from math import inf, nan
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from mostlikely.errors import DataError
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
