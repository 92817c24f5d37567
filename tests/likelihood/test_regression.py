"""Members against closed forms, differences and other programs; verdicts without a maximum."""

from __future__ import annotations

import tracemalloc
from importlib import import_module

import numpy as np
import pandas as pd
import polars as pl
import pytest

import mostlikely as ml
from mostlikely.data.bind import bind
from mostlikely.likelihood.member import Member
from tests.inference.twelve_rows import SMALL, T, V
from tests.likelihood.cases import DATA, fitted

RNG = np.random.default_rng(7)
X = RNG.normal(size=(60, 2))
Y = 1.0 + X @ [0.5, -2.0] + RNG.normal(size=60) * (1.0 + np.abs(X[:, 0]))
TABLE = {"y": Y, "a": X[:, 0], "b": X[:, 1]}
GROUPS = {"g": list("aaaaaabbbbbbcccccc"), "y": [2, 3, 1, 4, 2, 5, *[0] * 6, 7, 5, 8, 6, 9, 4]}


def test_normal_noise_is_least_squares():
    fit = ml.fit(ml.Normal("y ~ a + b"), TABLE)
    design = np.column_stack([np.ones(60), X])
    beta, (rss,), *_ = np.linalg.lstsq(design, Y, rcond=None)
    assert np.allclose([fit.params["mu", t] for t in ("Intercept", "a", "b")], beta, atol=1e-7)
    assert fit.params["sigma"] == pytest.approx(np.sqrt(rss / 60), rel=1e-7)


def test_robust_errors_are_whites_formulas():
    fit = ml.fit(ml.Normal("y ~ a + b"), TABLE)
    design = np.column_stack([np.ones(60), X])
    inverse = np.linalg.inv(design.T @ design)
    residuals = Y - design @ (inverse @ design.T @ Y)
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    for kind, r in (("HC0", residuals), ("HC3", residuals / (1.0 - leverage))):
        expected = inverse @ (design.T * r**2) @ design @ inverse
        assert np.allclose(fit.covariance(kind)[:3, :3], expected, rtol=1e-6)


def test_a_group_without_events_runs_off_and_the_others_are_right():
    fit = ml.fit(ml.Poisson("y ~ g"), GROUPS)
    assert fit.verdict.kind == "separation"
    assert fit.params["mean", "g[T.b]"] == -np.inf
    assert fit.params["mean", "Intercept"] == pytest.approx(np.log(17 / 6), abs=1e-7)
    assert fit.loglik == pytest.approx(-22.91498716126936, abs=1e-9)  # R 4.2.2, the limit of glm
    assert fit.interval("g[T.b]", method="profile")[0] == -np.inf


def test_dependent_columns_are_named():
    fit = ml.fit(ml.Normal("y ~ a + c"), {**TABLE, "c": 2.0 * X[:, 0] - 1.0})
    assert fit.verdict.kind == "not identified"
    assert not fit.verdict.ok
    assert "a" in str(fit.verdict)
    assert "c" in str(fit.verdict)


def test_a_weight_of_two_is_a_row_twice():
    twice = {k: np.concatenate([v, v[:5]]) for k, v in TABLE.items()}
    weighted = ml.fit(ml.Normal("y ~ a"), TABLE, weights=np.r_[np.full(5, 2.0), np.ones(55)])
    repeated = ml.fit(ml.Normal("y ~ a"), twice)
    assert weighted.loglik == pytest.approx(repeated.loglik, abs=1e-9)
    assert weighted.params["mu", "a"] == pytest.approx(repeated.params["mu", "a"], abs=1e-7)


def test_an_unseen_level_is_an_error_that_names_it():
    fit = ml.fit(ml.Poisson("y ~ g"), GROUPS)
    with pytest.raises(ml.DataError, match="'z'"):
        fit.predict({"g": ["a", "z"]})


# What must not matter.


def alike(one, other, rel=1e-6):
    """The same estimates and errors, within that many standard errors."""
    assert one.verdict.kind == other.verdict.kind == "interior"
    assert list(one.params) == list(other.params)
    assert one.loglik == pytest.approx(other.loglik, rel=1e-10)
    for key, value in other.params.items():
        error = other.standard_errors[key]
        assert one.params[key] == pytest.approx(value, abs=rel * error)
        assert one.standard_errors[key] == pytest.approx(error, rel=10 * rel)


#: One of each kind; every model would be slow.
SOME = [
    "Normal, sigma too",
    "Normal, nonlinear",
    "Poisson, offset and weights",
    "NegativeBinomial",
    "Gamma",
    "Beta",
    "Binomial, trials",
    "Bernoulli, cloglog",
    "Gumbel",
]


@pytest.mark.parametrize("name", SOME)
def test_the_order_of_rows_does_not_matter(name):
    order = np.random.default_rng(1).permutation(len(DATA["y"]))
    shuffled = {k: np.asarray(v)[order] for k, v in DATA.items()}
    alike(fitted(name, shuffled), fitted(name))


@pytest.mark.parametrize("name", SOME)
def test_weight_two_is_a_row_twice(name):
    twice = {k: np.repeat(np.asarray(v), DATA["w"]) for k, v in DATA.items()}
    weighted = fitted(name, weights="w")
    written_out = fitted(name, twice, weights=None)
    alike(weighted, written_out)
    assert weighted.n == written_out.n == DATA["w"].sum()


@pytest.mark.parametrize("name", [k for k in SOME if "nonlinear" not in k])
@pytest.mark.parametrize("unit", [2.0**-40, 2.0**10, 1e6])
def test_a_column_in_other_units_rescales_its_coefficient(name, unit):
    plain, scaled = fitted(name), fitted(name, {**DATA, "x": DATA["x"] * unit})
    assert scaled.loglik == pytest.approx(plain.loglik, rel=1e-11)
    for key, value in plain.params.items():
        ratio = unit if key[1:] and "x" in key[1].split(":") else 1.0
        error = plain.standard_errors[key]
        assert scaled.params[key] * ratio == pytest.approx(value, abs=1e-6 * error)
        assert scaled.standard_errors[key] * ratio == pytest.approx(error, rel=1e-6)


@pytest.mark.parametrize("unit", [2.0**-200, 2.0**-30, 2.0**100])
def test_a_power_of_two_rescales_to_the_last_bit(unit):
    """Least squares has no step that rounds differently when a column is doubled."""
    plain, scaled = fitted("Normal, weighted"), fitted("Normal, weighted", scaled_by(unit))
    assert scaled.params["mu", "x"] * unit == plain.params["mu", "x"]
    assert scaled.params["sigma"] == plain.params["sigma"]


def scaled_by(unit):
    return {**DATA, "x": DATA["x"] * unit}


def test_dataframes_and_dicts_are_one_thing():
    plain = fitted("Normal, sigma too")
    for data in (pd.DataFrame(DATA), pl.DataFrame(DATA), pl.DataFrame(DATA).to_arrow()):
        assert dict(fitted("Normal, sigma too", data).params) == dict(plain.params)


def test_a_base_level_is_a_matter_of_words():
    one = fitted("Normal, sigma too")
    renamed = {**DATA, "g": np.char.replace(np.array(DATA["g"]), "a", "z")}
    other = fitted("Normal, sigma too", renamed)
    assert other.loglik == pytest.approx(one.loglik, rel=1e-11)
    b = one.params["mu", "g[T.b]"]
    assert other.params["mu", "g[T.z]"] == pytest.approx(-b, abs=1e-7)
    assert other.params["mu", "Intercept"] == pytest.approx(
        one.params["mu", "Intercept"] + b, abs=1e-7
    )


# Estimates of other programs.


@pytest.mark.parametrize(
    ("model", "options", "params", "errors", "loglik"),
    [
        (  # sm.GLM(EVENTS, X, family=sm.families.Poisson()).fit(tol=1e-14)
            ml.Poisson("events ~ t"),
            {},
            [0.575310298777433, 0.17743265076449496],
            [0.32312450087021677, 0.0358265729301159],
            -24.89195554156143,
        ),
        (  # sm.GLM(EVENTS, X, family=sm.families.Poisson(), offset=np.log(T)).fit(tol=1e-14)
            ml.Poisson("events ~ t"),
            {"offset": "log_size"},
            [-0.09746034685364446, 0.01609234946297951],
            [0.3446302936003659, 0.03851956972399621],
            -26.32807363508608,
        ),
        (  # sm.GLM(np.column_stack([KILLED, 10 - KILLED]), X, family=sm.families.Binomial())
            ml.Binomial("killed ~ t", n=10),
            {},
            [-2.979406576422028, 0.42037405376125814],
            [0.5747145496676666, 0.07738347249791817],
            -15.681935383360836,
        ),
        (  # statsmodels.othermod.betareg.BetaModel(SHARES, X): its precision is log(φ)
            ml.Beta("share ~ t"),
            {},
            [-2.122162472872195, 0.26424239738217725],
            None,
            17.215338434980787,
        ),
        (  # sm.NegativeBinomial(BURSTS, X).fit(method="newton", tol=1e-14)
            ml.NegativeBinomial("bursts ~ t"),
            {},
            [0.7607931214631747, 0.18619808241220356],
            [0.5644846805929133, 0.07342163458000678],
            -35.96122406974377,
        ),
    ],
    ids=["Poisson", "Poisson with offset", "Binomial", "Beta", "NegativeBinomial"],
)
def test_estimates_are_statsmodels(model, options, params, errors, loglik):
    fit = ml.fit(model, SMALL, **options)
    assert fit.verdict.kind == "interior"
    assert fit.loglik == pytest.approx(loglik, rel=1e-9)
    first = list(fit.params)[:2]
    np.testing.assert_allclose([fit.params[k] for k in first], params, rtol=1e-5)
    if errors is not None:
        found = [fit.standard_errors[k] for k in first]
        np.testing.assert_allclose(found, errors, rtol=1e-5)


# Many rows, known scales, links.


def test_a_known_scale_per_row_is_weighted_least_squares():
    fit = ml.fit(ml.Normal("v ~ log_size", sigma="t"), SMALL)
    x = np.column_stack([np.ones(12), np.log(T)])
    expected = np.linalg.lstsq(x / T[:, None], V / T, rcond=None)[0]
    np.testing.assert_allclose(list(fit.params.values()), expected, rtol=1e-9)


@pytest.mark.parametrize("family", [ml.Poisson, ml.Bernoulli, ml.NegativeBinomial])
def test_a_last_look_at_the_score_alone_ends_where_a_whole_climb_does(family, monkeypatch):
    rng = np.random.default_rng(3)
    x = rng.standard_normal((400_000, 4))
    eta = 0.3 + x @ [0.3, -0.2, 0.4, 0.1]
    noise = rng.gamma(2.0, 0.5, len(x)) if family is ml.NegativeBinomial else 1.0
    y = rng.poisson(np.exp(eta) * noise)
    y = np.minimum(y, 1) if family is ml.Bernoulli else y
    passes = []
    looked = Member.__call__

    def counted(self, at):
        passes.append(self.rows)
        return looked(self, at)

    monkeypatch.setattr(Member, "__call__", counted)
    quick = ml.fit(family(), X=x, y=y)
    assert passes.count(len(x)) <= 2
    monkeypatch.setattr(import_module("mostlikely.solve.climb"), "EXPENSIVE", 10**9)
    slow = ml.fit(family(), X=x, y=y)
    assert passes.count(len(x)) > 2
    assert quick.verdict.ok
    assert quick.loglik == pytest.approx(slow.loglik, abs=1e-6)
    for name, error in slow.standard_errors.items():
        assert quick.params[name] == pytest.approx(slow.params[name], abs=5e-6 * error)
        assert quick.standard_errors[name] == pytest.approx(error, rel=5e-5)


@pytest.mark.parametrize("layout", ["C", "F", "frame", "formula"])
def test_a_fit_of_many_rows_holds_a_few_blocks_of_them(layout):
    """A block of a megabyte, its scaled copy and the jets; the data are thirty."""
    rng = np.random.default_rng(5)
    x = np.asarray(rng.standard_normal((200_000, 20)), order="F" if layout == "F" else "C")
    y = rng.poisson(np.exp(0.2 * x[:, 0]))
    frame = pd.DataFrame(x).add_prefix("c") if layout in ("frame", "formula") else x
    terms = " + ".join(f"c{j}" for j in range(20))
    data = frame.assign(y=y) if layout == "formula" else None
    tracemalloc.start()
    try:
        if data is None:
            fit = ml.fit(ml.Poisson(), X=frame, y=y)
        else:
            fit = ml.fit(ml.Poisson(f"y ~ {terms}"), data)
        assert fit.standard_errors
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert fit.verdict.ok
    assert peak < 6 * 2**20


def test_a_part_of_the_rows_is_the_same_model_and_copies_no_columns():
    table = {"y": np.arange(40.0) % 7, "a": np.linspace(-1.0, 1.0, 40), "g": list("abcd") * 10}
    whole = Member.of(bind(ml.Poisson("y ~ a + g"), table))
    rows, x = np.arange(0, 40, 3), np.full(whole.size, 0.1)
    part, rest = whole.take(rows), whole.take(np.setdiff1d(np.arange(40), rows))
    assert part.sample.stored == len(rows)
    pieces = zip(part.parts[0].basis.design.pieces, whole.parts[0].basis.design.pieces, strict=True)
    assert any(np.shares_memory(a.values, b.values) for a, b in pieces if hasattr(a, "values"))
    np.testing.assert_allclose(part(x).score + rest(x).score, whole(x).score, rtol=1e-12)
    assert part(x).value + rest(x).value == pytest.approx(whole(x).value, rel=1e-13)
    np.testing.assert_array_equal(part.table.positions(range(len(rows))), rows)


def test_a_link_goes_with_arrays_too():
    x, y = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([0.9, 0.6, 0.3, 0.27, 0.18])
    by_array = ml.fit(ml.Gamma(mean=ml.linear(link="inverse")), X=x, y=y)
    by_formula = ml.fit(ml.Gamma(mean=ml.linear("y ~ x", link="inverse")), {"x": x, "y": y})
    assert by_array.loglik == pytest.approx(by_formula.loglik, rel=1e-12)
    with pytest.raises(ml.ModelError, match=r"ml\.linear for mean has no formula"):
        ml.fit(ml.Gamma(mean=ml.linear(link="inverse")), {"y": y}, y="y")
