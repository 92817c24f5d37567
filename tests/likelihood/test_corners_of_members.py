"""Members whose densities have corners end at the optimum of one linear program of all rows."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

import mostlikely as ml

RNG = np.random.default_rng(2)
N = 15
X = RNG.normal(size=N)
TABLE = {"x": X, "u": RNG.laplace(size=N), "v": X + RNG.laplace(size=N)}
MEMBERS = ml.Laplace("u ~ x"), ml.Laplace("v ~ x")


def least(design, y):
    """The least Σ |y - Xb|, by SciPy's linear program."""
    n, p = design.shape
    eye = np.eye(n)
    cost = np.r_[np.zeros(p), np.ones(2 * n)]
    bounds = [(None, None)] * p + [(0.0, None)] * (2 * n)
    return linprog(cost, A_eq=np.hstack([design, eye, -eye]), b_eq=y, bounds=bounds).fun


def test_what_is_not_shared_is_as_if_alone():
    fit = ml.fit(ml.joint(*MEMBERS, shared=[]), TABLE)
    alone = [ml.fit(member, TABLE).loglik for member in MEMBERS]
    assert fit.verdict.kind == "interior"
    assert fit.loglik == pytest.approx(sum(alone), abs=1e-9)


@pytest.mark.parametrize("shared", [["scale"], ["scale", "x"]])
def test_what_is_shared_is_at_the_optimum_of_the_program(shared):
    fit = ml.fit(ml.joint(*MEMBERS, shared=shared), TABLE)
    one, zero = np.ones(N), np.zeros(N)
    slopes = [np.r_[X, X]] if "x" in shared else [np.r_[X, zero], np.r_[zero, X]]
    design = np.column_stack([np.r_[one, zero], np.r_[zero, one], *slopes])
    loss = least(design, np.r_[TABLE["u"], TABLE["v"]])
    assert fit.verdict.kind == "interior"
    assert fit.params["scale"] == pytest.approx(loss / (2 * N), rel=1e-9)
    assert fit.loglik == pytest.approx(-2 * N * (np.log(loss / N) + 1.0), rel=1e-9)
