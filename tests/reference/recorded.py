"""Recorded regressions: what R and NIST say, and the columns it is said of."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import mostlikely as ml

FOLDER = Path(__file__).parent / "regression"
CASES = {c["id"]: c for c in json.loads((FOLDER / "cases.json").read_text("utf-8"))}


def columns(case: str) -> dict[str, Any]:
    record = CASES[case]
    if "data" in record:
        return {name: np.array(column) for name, column in record["data"].items()}
    with (FOLDER / record["csv"]).open(encoding="utf-8", newline="") as lines:
        names, *rows = csv.reader(lines)
    return dict(zip(names, np.array(rows, dtype=float).T, strict=True))


def height_is_off(fit: ml.Fit, record: Mapping[str, Any]) -> bool:
    return not abs(fit.loglik - record["loglik"]) <= 1e-8 * (1.0 + abs(record["loglik"]))
