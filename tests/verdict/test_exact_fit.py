"""Rows that a predictor meets exactly, while another makes their noise vanish: no maximum."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog

import mostlikely as ml

N = 20
FIRST = np.r_[1.0, np.zeros(N - 1)]
#: The location, the dispersion and where that runs, and how y comes from a normal number.
FAMILIES = {
    "Normal": ("mu", "sigma", "0", np.array),
    "Logistic": ("mu", "scale", "0", np.array),
    "Gumbel": ("mu", "scale", "0", np.array),
    "StudentT": ("mu", "sigma", "0", np.array),
    "Laplace": ("mu", "scale", "0", np.array),
    "AsymmetricLaplace": ("mu", "scale", "0", np.array),
    "Cauchy": ("mu", "scale", "0", np.array),
    "Huber": ("mu", "scale", "0", np.array),
    "HyperbolicSecant": ("mu", "scale", "0", np.array),
    "GEV": ("mu", "sigma", "0", np.array),
    "LogNormal": ("mu", "sigma", "0", np.exp),
    "BirnbaumSaunders": ("scale", "shape", "0", np.exp),
    "Gamma": ("mean", "shape", "∞", np.exp),
    "InverseGaussian": ("mean", "shape", "∞", np.exp),
    "Weibull": ("scale", "shape", "∞", np.exp),
    "LogLogistic": ("scale", "shape", "∞", np.exp),
    "InverseGamma": ("scale", "shape", "∞", np.exp),
    "Beta": ("mean", "precision", "∞", lambda e: 1.0 / (1.0 + np.exp(-e))),
    "VonMises": ("mu", "kappa", "∞", lambda e: e % 3.0),
}


def data(name, alike=1):
    """A table in which the first rows, all with one response, are told apart from the others."""
    e = np.random.default_rng(0).normal(size=N)
    e[:alike] = e[0]
    return {"x": np.r_[np.ones(alike), np.zeros(N - alike)], "y": FAMILIES[name][-1](e)}


def found(model, table, **options):
    fit = ml.fit(model, table, **options)
    assert (fit.verdict.kind, fit.verdict.ok, fit.loglik) == ("no maximum", False, np.inf)
    return str(fit.verdict)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_row_with_a_noise_of_its_own_has_no_maximum_and_is_named(name):
    _, dispersion, end, _ = FAMILIES[name]
    said = found(getattr(ml, name)("y ~ x", **{dispersion: "~ x"}), data(name))
    assert "meet row 0 exactly" in said and f"{dispersion} → {end} there" in said


@pytest.mark.parametrize("name", ["Normal", "Gamma", "StudentT", "Laplace"])
def test_equal_rows_with_a_noise_of_their_own_have_no_maximum(name):
    model = getattr(ml, name)("y ~ x", **{FAMILIES[name][1]: "~ x"})
    assert "meet rows 0, 1, 2 exactly" in found(model, data(name, 3))


@pytest.mark.parametrize(
    ("name", "link"),
    [("Normal", "identity"), ("Normal", "inverse"), ("Normal", "softplus"), ("Gamma", "identity")],
)
def test_whatever_the_link_and_the_offset(name, link):
    location, dispersion, end, _ = FAMILIES[name]
    model = getattr(ml, name)(
        **{location: ml.linear("y ~ x", offset="o"), dispersion: ml.linear("~ x", link=link)}
    )
    table = data(name) | {"o": np.linspace(0.0, 0.3, N)}
    assert f"{dispersion} → {end} there" in found(model, table)


def test_in_a_joint_model_and_under_a_penalty():
    model = ml.Normal("y ~ x", sigma="~ x")
    table = data("Normal") | {"v": np.arange(N) % 4}
    joint = ml.joint(model, ml.Poisson("v ~ x"), shared=[])
    assert "sigma of member 1 → 0 there" in found(joint, table)
    apart = ml.Normal("y ~ 0 + C(x)", sigma="~ 0 + C(x)")
    with_ridge = ml.fit(apart, table, penalty=ml.Ridge(0.1))
    assert with_ridge.verdict.kind == "interior"  # what shrinks is held


def test_a_noise_shared_with_rows_that_are_not_met_has_a_maximum():
    table = data("Normal") | {"line": 1.0 + 2.0 * np.arange(N), "z": np.arange(N)}
    shared = ml.joint(ml.Normal("line ~ z"), ml.Normal("y ~ z"), shared=["sigma"])
    assert ml.fit(shared, table).verdict.kind == "interior"
    assert "sigma" in found(ml.joint(ml.Normal("line ~ z"), ml.Normal("y ~ z"), shared=[]), table)


def unbounded(X, Z, y):
    """Whether any rows that X can meet gain more than all others lose, as a log σ of Zγ moves."""
    for rows in combinations(range(len(y)), np.linalg.matrix_rank(X)):
        beta = np.linalg.lstsq(X[list(rows)], y[list(rows)])[0]
        others = -Z[np.abs(X @ beta - y) > 1e-9]
        limits = {"A_ub": others, "b_ub": np.zeros(len(others))} if len(others) else {}
        if linprog(Z.sum(axis=0), bounds=[(-1, 1)] * Z.shape[1], **limits).fun < -1e-7:
            return True
    return False


def test_only_where_some_rows_that_can_be_met_gain_more_than_all_others_lose():
    """Small designs, against every choice of rows that a line can meet."""
    said, never = 0, 0
    for seed in range(16):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(4, 8))
        x = rng.standard_cauchy(n) if seed % 2 else rng.integers(0, 3, n) + rng.normal(size=n)
        y = rng.normal(size=n).round(1)
        fit = ml.fit(ml.Normal("y ~ x", sigma="~ x"), {"x": x, "y": y})
        line = np.column_stack([np.ones(n), x])
        if unbounded(line, line, y):
            assert fit.verdict.kind in ("no maximum", "interior"), (seed, str(fit.verdict))
            said += fit.loglik == np.inf
        else:
            assert fit.verdict.ok, (seed, str(fit.verdict))
            never += 1
    assert said > 3 and never > 3


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("family", [ml.GeneralizedNormal, ml.Burr12, ml.Huber, ml.SkewNormal])
def test_no_unit_of_y_makes_a_shape_the_place_where_a_law_closes_in(family, unit):
    x = np.array([0.2, 0.4, 0.2, -1.2, -1.7, 0.7, 2.0, -1.1])
    y = np.array([4.8, 4.6, 4.4, 4.0, 4.1, 4.8, 4.8, 4.0])
    one = ml.fit(family("y ~ x"), {"x": x, "y": y})
    fit = ml.fit(family("y ~ x"), {"x": x, "y": y * unit})
    assert fit.verdict.kind == one.verdict.kind
    assert fit.loglik + 8.0 * np.log(unit) == pytest.approx(one.loglik, abs=1e-5)
