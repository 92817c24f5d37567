"""What a run of the command line leaves behind, and files to run it on."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import mostlikely as ml

BEARINGS = ml.datasets.load("ball_bearings")
KICKS = ("demo:horse_kicks", "--y", "deaths", "--weights", "corps_years")


class Said(NamedTuple):
    """What a run left behind."""

    code: int
    out: str
    err: str


def table(path: Path, **columns: list[object]) -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return str(path)


def refused(said: Said) -> str:
    """The one sentence of a run that could not use its input."""
    assert said.code == 2
    assert said.err.count("\n") == 1
    assert said.err.startswith("mostlikely: ")
    assert "Traceback" not in said.err
    return said.err
