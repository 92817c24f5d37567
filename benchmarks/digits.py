"""Digits of the NIST univariate sets: against the certificate, and against exact arithmetic.

The certificate is of the decimal numbers; float64 holds nearby binary ones, whose own mean and
standard deviation, computed in fractions, are what a float64 program can be asked for.
"""

from __future__ import annotations

from fractions import Fraction
from math import isqrt, log10
from pathlib import Path

import numpy as np

import mostlikely as ml

SETS = (
    "Lew",
    "Lottery",
    "Mavro",
    "Michelso",
    "NumAcc1",
    "NumAcc2",
    "NumAcc3",
    "NumAcc4",
    "PiDigits",
)
FOLDER = Path(__file__).parent.parent / "tests" / "reference" / "data"


def digits(found: float, true: float) -> float:
    """The logarithm of the relative error, as NIST counts them (at most 15)."""
    return 15.0 if found == true else min(15.0, -log10(abs(found - true) / abs(true)))


def exact(y: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation (divisor n) of the floats themselves, rounded once."""
    values = [Fraction(float(v)) for v in y]
    mean = sum(values) / len(values)
    variance = sum((v - mean) ** 2 for v in values) / len(values)
    scaled = variance * Fraction(10) ** 60
    return float(mean), float(Fraction(isqrt(int(scaled)), 10**30))


def rows() -> list[dict[str, object]]:
    """Per set: digits of mean and standard deviation against the exact ones."""
    out = []
    for name in SETS:
        y = np.loadtxt(FOLDER / f"nist_{name}.csv", delimiter=",", skiprows=1)
        fit = ml.fit(ml.Normal(), y)
        mean, deviation = exact(y)
        out.append(
            {
                "set": name,
                "n": len(y),
                "mean": digits(fit.params["mu"], mean),
                "sd": digits(fit.params["sigma"], deviation),
            }
        )
    return out
