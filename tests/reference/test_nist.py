"""NIST's univariate sets: the certificates, and exact arithmetic on the numbers as stored.

The certificate is of the decimal numbers; float64 holds nearby binary ones, whose own mean and
standard deviation, computed in fractions, are what a float64 program can be asked for.
"""

from __future__ import annotations

import json
from fractions import Fraction
from math import isqrt, log10
from pathlib import Path

import numpy as np
import pytest

import mostlikely as ml

FOLDER = Path(__file__).parent
NIST = {
    c["id"].removeprefix("nist_univ_"): c
    for c in json.loads((FOLDER / "cases.json").read_text("utf-8"))
    if c["id"].startswith("nist_univ_")
}


def nist(case: str) -> np.ndarray:
    return np.loadtxt(FOLDER / NIST[case]["csv"], skiprows=1)


def digits(found: float, true: float) -> float:
    """NIST's count of correct digits, minus the logarithm of the relative error, at most 15."""
    return 15.0 if found == true else min(15.0, -log10(abs(found - true) / abs(true)))


def exact(y: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation (divisor n) of the floats themselves, in fractions."""
    values = [Fraction(v) for v in y.tolist()]
    mean = sum(values) / len(values)
    variance = sum((v - mean) ** 2 for v in values) / len(values)
    return float(mean), float(Fraction(isqrt(int(variance * 10**60)), 10**30))


def test_all_nine_sets_are_read():
    assert len(NIST) == 9


@pytest.mark.parametrize("case", NIST)
def test_mean_and_deviation_have_13_digits_of_the_stored_numbers(case):
    y = nist(case)
    fit = ml.fit("normal", y)
    mean, deviation = exact(y)
    assert len(y) == NIST[case]["nobs"]
    assert digits(fit.params["mu"], mean) >= 13.0
    assert digits(fit.params["sigma"], deviation) >= 13.0


#: Digits of the certified standard deviation that survive the rounding of the data to float64:
#: 10000000.1 is stored 4e-10 off, and its distance from the mean is 0.1. Exact arithmetic on the
#: stored numbers gets no more.
STORED = {
    "Mavro": 13.1,
    "Michelso": 13.8,
    "NumAcc3": 9.4,
    "NumAcc4": 8.2,
}


@pytest.mark.parametrize("case", NIST)
def test_certificates_are_met_as_far_as_float64_holds_the_data(case):
    record, fit = NIST[case], ml.fit("normal", nist(case))
    n = record["nobs"]
    assert digits(fit.params["mu"], record["certified_mean"]) >= 14.0
    unbiased = fit.params["sigma"] * np.sqrt(n / (n - 1))
    assert digits(unbiased, record["certified_sd_unbiased"]) >= STORED.get(case, 14.5)


@pytest.mark.parametrize("case", NIST)
def test_log_likelihood_and_errors_are_the_closed_forms(case):
    y = nist(case)
    fit = ml.fit("normal", y)
    _, deviation = exact(y)
    n = len(y)
    height = -n * (np.log(deviation) + 0.5 * np.log(2 * np.pi) + 0.5)
    assert fit.loglik == pytest.approx(height, rel=1e-12)
    assert fit.standard_errors["mu"] == pytest.approx(deviation / np.sqrt(n), rel=1e-12)
    assert fit.standard_errors["sigma"] == pytest.approx(deviation / np.sqrt(2 * n), rel=1e-12)
