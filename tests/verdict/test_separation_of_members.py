"""Separation in models of several members: what it is of each alone, and what sharing changes.

Suprema are sums of those of the members by themselves, or are looked for without the library: the
log-likelihoods are written out, and climbed by SciPy under a ridge that goes to zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import special

import mostlikely as ml
from tests.verdict.test_separation_of_labels import drawn, groups, multinomial, ordinal, supremum


def bernoulli(x: np.ndarray, y: np.ndarray, beta: np.ndarray) -> float:
    eta = x @ beta
    return float(-np.sum(np.logaddexp(0.0, np.where(y == 1, -eta, eta))))


def poisson(x: np.ndarray, y: np.ndarray, beta: np.ndarray) -> float:
    eta = np.minimum(x @ beta, 500.0)
    return float(np.sum(y * eta - np.exp(eta) - special.gammaln(y + 1.0)))


def table() -> pd.DataFrame:
    """Responses that x or a group separates, wholly and in part, and some that nothing does."""
    d = groups()
    rng = np.random.default_rng(11)
    labels, places, in_c = drawn(d, list("uvw")), drawn(d, 3), (d.g == "c").to_numpy()
    return d.assign(
        u=1.0 + 0.5 * d.x + rng.normal(size=len(d)),
        count=rng.poisson(3.0, len(d)),
        label=labels,
        by_x=(d.x > 0.2).astype(int),
        ones_in_c=np.where(in_c, 1, rng.integers(0, 2, len(d))),
        none_in_c=np.where(in_c, 0, rng.poisson(3.0, len(d))),
        spread=np.where(in_c, 0, rng.negative_binomial(2, 0.4, len(d))),
        all_u_in_c=np.where(in_c, "u", labels),
        no_w_in_c=np.where(in_c & (labels == "w"), "v", labels),
        top_in_c=np.where(in_c, 2, places),
        pairs=np.where(in_c, places % 2, 1 + places % 2),
        lower_in_c=np.where(in_c, places % 2, places),
        cut_by_x=np.digitize(d.x, [-0.5, 0.5]),
        middle_in_c=np.where(in_c, 1, places),
        never=0,
    )


TABLE = table()
SEPARATED = {
    "Bernoulli by x": ml.Bernoulli("by_x ~ x"),
    "Bernoulli by a group": ml.Bernoulli("ones_in_c ~ x + g"),
    "Bernoulli, cloglog": ml.Bernoulli(ml.linear("ones_in_c ~ x + g", link="cloglog")),
    "Bernoulli, dependent columns": ml.Bernoulli("ones_in_c ~ x + I(2 * x) + g"),
    "Poisson": ml.Poisson("none_in_c ~ x + g"),
    "NegativeBinomial": ml.NegativeBinomial("spread ~ g"),
    "NegativeBinomial, size ~ g": ml.NegativeBinomial("spread ~ g", size="~ g"),
    "Categorical, one label": ml.Categorical("all_u_in_c ~ x + g"),
    "Categorical, a label less": ml.Categorical("no_w_in_c ~ x + g"),
    "Ordinal": ml.Ordinal("top_in_c ~ x + g"),
    "Ordinal, probit": ml.Ordinal("pairs ~ x + g", link="probit"),
    "Ordinal, two pairs": ml.Ordinal("pairs ~ x + g"),
    "Ordinal, a cutpoint": ml.Ordinal("lower_in_c ~ x", nonproportional="~ g"),
    "Ordinal, all rows": ml.Ordinal("cut_by_x ~ x"),
    "Ordinal, scale ~ x": ml.Ordinal("top_in_c ~ g", scale="~ x"),
}
OTHERS = {
    "Normal": ml.Normal("u ~ x"),
    "Poisson": ml.Poisson("count ~ x + g"),
    "Categorical": ml.Categorical("label ~ x"),
}


def told(fit: ml.Fit) -> np.ndarray:
    """The estimates that have an error, sorted, with these."""
    found = [(v, fit.standard_errors[k]) for k, v in fit.params.items()]
    return np.array(sorted(pair for pair in found if np.isfinite(pair[1])))


# Nothing shared: each member is what it is alone.


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("name", SEPARATED)
def test_a_member_is_separated_as_it_is_alone_and_the_suprema_add(name, other):
    alone, beside = ml.fit(SEPARATED[name], TABLE), ml.fit(OTHERS[other], TABLE)
    fit = ml.fit(ml.joint(OTHERS[other], SEPARATED[name], shared=[]), TABLE)
    assert fit.verdict.kind == alone.verdict.kind == "separation"
    assert fit.loglik == pytest.approx(alone.loglik + beside.loglik, abs=1e-8)
    own = list(fit.params.values())[len(beside.params) :]
    ends = np.isinf(list(alone.params.values()))
    assert np.array_equal(np.isinf(own), ends)
    assert np.array_equal(np.sign(own)[ends], np.sign(list(alone.params.values()))[ends])
    wanted = np.array(sorted([*map(tuple, told(alone)), *map(tuple, told(beside))]))
    assert told(fit) == pytest.approx(wanted, rel=1e-6, abs=1e-7)


def test_the_sentence_counts_the_rows_of_each_member():
    members = SEPARATED["Bernoulli by x"], OTHERS["Normal"], SEPARATED["Categorical, a label less"]
    fit = ml.fit(ml.joint(*members, shared=[]), TABLE)
    in_c = int((TABLE.g == "c").sum())
    said = str(fit.verdict)
    assert "120 of 120 rows of member 1" in said and "predicted without error" in said
    assert f"in {in_c} of 120 rows of member 3" in said and "have no probability" in said
    assert "member 2" not in said


def test_the_order_of_the_members_has_no_say():
    members = SEPARATED["Ordinal, two pairs"], OTHERS["Poisson"], SEPARATED["Bernoulli by a group"]
    one, other = (ml.fit(ml.joint(*m, shared=[]), TABLE) for m in (members, members[::-1]))
    assert one.verdict.kind == other.verdict.kind == "separation"
    assert one.loglik == pytest.approx(other.loglik, rel=1e-12)
    assert told(one) == pytest.approx(told(other), rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("name", ["Ordinal", "Categorical, one label"])
def test_labels_that_overlap_are_interior_beside_others(name):
    model = {
        "Ordinal": ml.Ordinal("middle_in_c ~ x + g"),
        "Categorical, one label": OTHERS["Categorical"],
    }[name]
    fit = ml.fit(ml.joint(model, OTHERS["Normal"], shared=[]), TABLE)
    assert fit.verdict.kind == "interior"


# Constants are looked at on the edges of their domains.


def test_a_predictor_of_one_constant_is_a_constant():
    alone = ml.fit(ml.Bernoulli("never ~ 1"), TABLE)
    beside = ml.fit(ml.joint(ml.Bernoulli("never ~ 1"), OTHERS["Normal"], shared=[]), TABLE)
    assert alone.verdict.kind == beside.verdict.kind == "boundary"
    assert alone.verdict.ok and beside.verdict.ok
    assert beside.params["p", "Intercept"] == -np.inf
    assert beside.loglik == pytest.approx(ml.fit(OTHERS["Normal"], TABLE).loglik, rel=1e-12)


def test_a_constant_that_shares_with_a_predictor_runs_off_with_it():
    """An intercept alone, and the same beside groups: both members have no event."""
    model = ml.joint(ml.Bernoulli("never ~ 1"), ml.Bernoulli("never ~ g"), shared=["Intercept"])
    fit = ml.fit(model, TABLE)
    assert fit.verdict.kind == "separation"
    assert fit.loglik == 0.0
    assert fit.params["p", "Intercept"] == -np.inf


def test_a_boundary_beside_separated_rows_is_part_of_the_limit():
    model = ml.joint(SEPARATED["Bernoulli by a group"], ml.Bernoulli("never ~ 1"), shared=[])
    fit = ml.fit(model, TABLE)
    assert fit.verdict.kind == "separation"
    assert fit.params["p2", "Intercept"] == -np.inf
    alone = ml.fit(SEPARATED["Bernoulli by a group"], TABLE)
    assert fit.loglik == pytest.approx(alone.loglik, rel=1e-12)
    assert "On the boundary: p2[Intercept] = 0" in str(fit.verdict)


def test_a_constant_on_an_edge_beside_separated_rows_is_part_of_the_limit_too():
    model = ml.joint(SEPARATED["Categorical, a label less"], ml.Poisson())
    fit = ml.fit(model, TABLE, y=[None, "never"])
    alone = ml.fit(SEPARATED["Categorical, a label less"], TABLE)
    assert fit.verdict.kind == "separation"
    assert fit.params["mean"] == 0.0
    assert fit.loglik == pytest.approx(alone.loglik, rel=1e-12)
    assert told(fit) == pytest.approx(told(alone), rel=1e-6, abs=1e-8)


def test_a_likelihood_without_bound_is_no_separation():
    exact = TABLE.assign(line=1.0 + 2.0 * TABLE.x)
    fit = ml.fit(ml.joint(ml.Bernoulli("by_x ~ x"), ml.Normal("line ~ x"), shared=[]), exact)
    assert (fit.verdict.kind, fit.loglik) == ("no maximum", np.inf)


# What is shared may hold a direction back, or not.


def test_a_slope_that_another_member_tells_is_finite():
    model = ml.joint(ml.Ordinal("cut_by_x ~ x"), ml.Normal("u ~ x"), shared=["x"])
    assert ml.fit(model, TABLE).verdict.kind == "interior"


def test_opposite_signs_of_one_slope_hold_each_other():
    d = TABLE.assign(other=1 - TABLE.by_x)
    model = ml.joint(ml.Bernoulli("by_x ~ x"), ml.Bernoulli("other ~ x"), shared=["x"])
    fit = ml.fit(model, d)
    assert fit.verdict.kind == "interior"
    assert fit.params["p", "x"] == pytest.approx(0.0, abs=1e-9)


def test_a_slope_shared_by_labels_and_a_binary_response_runs_off_in_both():
    shared = {"x": [("location", "x"), ("p", "x")]}
    model = ml.joint(ml.Ordinal("cut_by_x ~ x"), ml.Bernoulli("by_x ~ x"), shared=shared)
    fit = ml.fit(model, TABLE)
    assert fit.verdict.kind == "separation"
    assert fit.params["x"] == np.inf
    assert fit.loglik == pytest.approx(0.0, abs=1e-12)
    said = str(fit.verdict)
    assert "120 of 120 rows of member 1" in said and "120 of 120 rows of member 2" in said


def small(seed: int) -> dict[str, Any]:
    """Nine rows, of which some are separated for some seeds."""
    rng = np.random.default_rng(seed)
    x, z = rng.integers(-2, 3, 9).astype(float), (np.arange(9) % 2).astype(float)
    return {
        "x": x,
        "z": z,
        "b": (x > 0.0).astype(int) if seed % 2 else np.array([0, 1, *rng.integers(0, 2, 7)]),
        "n": np.array([1, *rng.poisson(0.7, 8)]) * (z == 0.0),
        "c": np.array([0, 1, 2, *rng.choice(3, 6)]),
        "o": np.array([0, 1, 2, *np.digitize(x, [-0.5, 0.5])[3:]]),
    }


@pytest.mark.parametrize("seed", range(6))
def test_small_models_reach_the_supremum_that_a_vanishing_ridge_reaches(seed):
    """Nothing lies above the answer, whatever is shared and whichever rows are separated."""
    d = small(seed)
    with_one, both = (
        np.column_stack([np.ones(9), d["x"], d["z"]]),
        np.column_stack([d["x"], d["z"]]),
    )
    b, n = ml.Bernoulli("b ~ x + z"), ml.Poisson("n ~ x + z")
    c, o = ml.Categorical("c ~ x"), ml.Ordinal("o ~ x + z")
    cases: list[tuple[Any, Any, np.ndarray]] = [
        (
            ml.joint(b, n, shared=["x"]),
            lambda t: bernoulli(with_one, d["b"], t[:3]) + poisson(with_one, d["n"], t[[3, 1, 4]]),
            np.zeros(5),
        ),
        (
            ml.joint(o, b, shared={"s": [("location", "x"), ("p", "x")]}),
            lambda t: (
                ordinal(both, d["o"], t[:4], "logit") + bernoulli(with_one, d["b"], t[[4, 0, 5]])
            ),
            np.array([0.0, 0.0, -1.0, 1.0, 0.0, 0.0]),
        ),
        (
            ml.joint(c, b, shared={"s": [("p[1]", "x"), ("p", "x")]}),
            lambda t: (
                multinomial(with_one[:, :2], d["c"], t[:4])
                + bernoulli(with_one, d["b"], t[[4, 1, 5]])
            ),
            np.zeros(6),
        ),
    ]
    for model, loglik, begin in cases:
        fit = ml.fit(model, d)
        wanted = supremum(loglik, begin)
        assert fit.verdict.kind in ("separation", "interior")
        assert fit.loglik == pytest.approx(wanted, abs=3e-3)
        assert fit.loglik > wanted - 1e-8


def test_rows_of_labels_keep_a_shared_slope_that_theirs_alone_tell():
    """Group c is sure of its label; x is one slope of the labels of the others and of the count."""
    shared = {"x": [("location", "x"), ("mean", "x")]}
    members = ml.Ordinal("top_in_c ~ x + g"), ml.Poisson("count ~ x + g")
    fit = ml.fit(ml.joint(*members, shared=shared), TABLE)
    rest = TABLE[TABLE.g != "c"]
    left = ml.fit(ml.joint(*members, shared=shared), [rest, TABLE])
    assert fit.verdict.kind == "separation"
    assert fit.params["location", "g[T.c]"] == np.inf
    assert fit.loglik == pytest.approx(left.loglik, rel=1e-11)
    assert fit.params["x"] == pytest.approx(left.params["x"], abs=1e-8)
    assert fit.standard_errors["x"] == pytest.approx(left.standard_errors["x"], rel=1e-6)


def test_a_limit_in_which_every_column_is_gone_is_that_of_the_cutpoints():
    """x separates all but three rows of the labels, at x = 0, and every row of the others."""
    labels = {"x": [-2.0, -1.0, 0.0, 0.0, 0.0, 1.0, 2.0], "o": [0, 0, 0, 1, 1, 2, 2]}
    binary = {"x": [-2.0, -1.0, 1.0, 2.0], "b": [0, 0, 1, 1]}
    shared = {"s": [("location", "x"), ("p", "x")]}
    model = ml.joint(ml.Ordinal("o ~ x"), ml.Bernoulli("b ~ x"), shared=shared)
    fit = ml.fit(model, [labels, binary])
    assert fit.verdict.kind == "separation"
    assert fit.params["s"] == np.inf
    assert fit.loglik == pytest.approx(np.log(1 / 3) + 2.0 * np.log(2 / 3), rel=1e-10)
    assert fit.params["cut[1]"] == pytest.approx(-np.log(2.0), abs=1e-9)


# Penalties, wide factors.


def test_a_penalty_keeps_estimates_finite_and_one_of_strength_zero_is_none():
    model = ml.joint(ml.Bernoulli("by_x ~ x"), ml.Categorical("all_u_in_c ~ g"), shared=[])
    drawn_in = ml.fit(model, TABLE, penalty=ml.Ridge(1e-4))
    assert drawn_in.verdict.kind == "interior"
    assert all(np.isfinite(v) for v in drawn_in.params.values())
    free, none = ml.fit(model, TABLE), ml.fit(model, TABLE, penalty=ml.Ridge(0.0))
    assert free.verdict.kind == none.verdict.kind == "separation"
    assert dict(free.params) == dict(none.params)


def test_a_factor_of_many_levels_stays_as_it_is_beside_separated_rows():
    rng = np.random.default_rng(0)
    d = pd.DataFrame({"x": rng.normal(size=3_000), "f": rng.integers(0, 200, 3_000).astype(str)})
    d = d.assign(b=(d.x > 0.2).astype(int), n=1 + rng.poisson(2.0, 3_000))
    counts = ml.Poisson("n ~ f + x")
    fit = ml.fit(ml.joint(ml.Bernoulli("b ~ x"), counts, shared=[]), d)
    alone = ml.fit(counts, d)
    assert fit.verdict.kind == "separation"
    assert fit.loglik == pytest.approx(alone.loglik, rel=1e-11)
    assert sum(np.isinf(list(fit.params.values()))) == 2
