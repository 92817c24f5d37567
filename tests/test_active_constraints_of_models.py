"""Maxima on edges of other parameters, links and members, and the check by itself."""

from __future__ import annotations

from math import inf, log, pi

import numpy as np
import pytest
from scipy.special import gammaln, xlogy
from scipy.stats import betabinom

import mostlikely as ml
from mostlikely.data.bind import bind
from mostlikely.likelihood.constraints import Constraints, feasible_start, forms_of, outside
from mostlikely.likelihood.edges import OnEdges, closed
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member
from mostlikely.solve.maximise import Options, maximise
from mostlikely.solve.optimum import Optimum, Stop
from mostlikely.verdict.active_constraints import ActiveConstraints
from mostlikely.verdict.check import Again, Ended
from mostlikely.verdict.estimate import climbed, estimate
from tests.by_slsqp import highest, identity, poisson_height
from tests.solve.test_constrained import CYLINDERS, POWER, STRAIGHT

# Other parameters, links, members.


def test_a_concentration_of_zero_is_a_uniform_group():
    """Angles of a second group point the other way, so that about this centre they are uniform."""
    rng = np.random.default_rng(4)
    first, second = rng.vonmises(0.3, 2.0, 30), rng.vonmises(0.3 + pi, 0.7, 10)
    data = {"y": np.r_[first, second], "g": np.r_[np.zeros(30), np.ones(10)]}
    model = ml.VonMises("y ~ 1", kappa=identity("~ g"))
    fit = ml.fit(model, data)
    alone = ml.fit(ml.VonMises(), first)
    assert (fit.verdict.kind, fit.verdict.ok) == ("boundary", True), str(fit.verdict)
    assert fit.loglik == pytest.approx(alone.loglik - 10.0 * log(2.0 * pi), rel=1e-10)
    concentration = fit.params["kappa", "Intercept"]
    assert concentration == pytest.approx(alone.params["kappa"], rel=1e-6)
    assert fit.params["kappa", "g"] == pytest.approx(-concentration, rel=1e-12)
    assert "kappa is 0 in rows 30, 31, 32, 33, 34, ..." in str(fit.verdict)


def test_a_dispersion_keeps_its_error_beside_an_edge():
    """Groups of zeros are certain; the others' size has the error that it has without them."""
    y = np.array([0.0, 0.0, 0.0, 5.0, 1.0, 20.0, 9.0, 3.0, 0.0])
    data = {"y": y, "x": np.r_[np.zeros(3), np.ones(6)]}
    fit = ml.fit(ml.NegativeBinomial(identity("y ~ x")), data)
    alone = ml.fit(ml.NegativeBinomial(), y[3:])
    assert (fit.verdict.kind, fit.verdict.ok) == ("boundary", True), str(fit.verdict)
    assert fit.loglik == pytest.approx(alone.loglik, rel=1e-10)
    assert fit.params["mean", "x"] == pytest.approx(alone.params["mean"], rel=1e-8)
    for kind in ("observed", "expected", "sandwich"):
        found, wanted = fit.covariance(kind), alone.covariance(kind)
        np.testing.assert_allclose(found[1:, 1:], wanted, rtol=1e-5, atol=1e-8)


def test_a_limit_on_the_edge_is_taken_where_the_formula_has_no_value_there():
    """A beta-binomial of mean zero has no density formula, and gives no successes for certain."""
    k = np.array([0.0, 0.0, 0.0, 2.0, 9.0, 5.0, 4.0, 10.0])
    data = {"k": k, "x": np.r_[np.zeros(3), np.ones(5)], "n": np.full(8, 10.0)}
    fit = ml.fit(ml.BetaBinomial(mean=identity("k ~ x"), n="n"), data)
    alone = ml.fit(ml.BetaBinomial(n=10), k[3:])
    assert (fit.verdict.kind, fit.verdict.ok) == ("boundary", True), str(fit.verdict)
    assert fit.loglik == pytest.approx(alone.loglik, abs=1e-8)
    assert fit.params["mean", "Intercept"] == 0.0
    assert fit.params["mean", "x"] == pytest.approx(alone.params["mean"], rel=1e-6)
    assert fit.standard_errors["mean", "x"] == pytest.approx(
        alone.standard_errors["mean"], rel=1e-5
    )


def test_a_log_link_of_a_probability_ends_at_one():
    """On p = exp(s (x − 2)) the likelihood is one of s alone: its top and bend by differences."""
    x, y = np.repeat([0.0, 1.0, 2.0], 3), np.array([0, 0, 1, 0, 1, 1, 1, 1, 1.0])
    fit = ml.fit(ml.Bernoulli(ml.linear("y ~ x", link="log")), {"x": x, "y": y})
    assert (fit.verdict.kind, fit.verdict.ok) == ("boundary", True), str(fit.verdict)
    assert "p is 1 in rows 6, 7, 8" in str(fit.verdict)

    def height(s):
        p = np.exp(s * (x[:6] - 2.0))
        return np.sum(np.where(y[:6] == 1.0, np.log(p), np.log1p(-p)))

    s = fit.params["p", "x"]
    assert fit.params["p", "Intercept"] == pytest.approx(-2.0 * s, rel=1e-9)
    assert height(s) == pytest.approx(fit.loglik, rel=1e-10)
    step = 1e-4
    assert (height(s + step) - height(s - step)) / (2 * step) == pytest.approx(0.0, abs=1e-5)
    bend = (2.0 * height(s) - height(s + step) - height(s - step)) / step**2
    errors = list(fit.standard_errors.values())
    np.testing.assert_allclose(errors, [2.0 * bend**-0.5, bend**-0.5], rtol=1e-5)


def test_members_with_all_in_common_are_one_table():
    x, y = np.arange(8.0), np.array([0.0, 0.0, 1.0, 2.0, 7.0, 9.0, 5.0, 11.0])
    model = ml.Poisson(identity("y ~ x"))
    whole = ml.fit(model, {"x": x, "y": y})
    tables = [{"x": x[:4], "y": y[:4]}, {"x": x[4:], "y": y[4:]}]
    fit = ml.fit(ml.joint(model, model), tables)
    assert fit.verdict.kind == whole.verdict.kind == "boundary"
    assert fit.loglik == pytest.approx(whole.loglik, rel=1e-12)
    for kind in ("observed", "expected", "sandwich"):
        np.testing.assert_allclose(fit.covariance(kind), whole.covariance(kind), rtol=1e-6)
    assert "mean of member 1 is 0 in row 0" in str(fit.verdict)


def test_members_that_share_a_slope_are_as_high_as_another_solver_finds():
    x, y = np.arange(6.0), np.array([0.0, 0.0, 1.0, 2.0, 7.0, 9.0])
    other = np.array([1.0, 1.0, 2.0, 4.0, 8.0, 9.0])
    model = ml.Poisson(identity("y ~ x"))
    joint = ml.joint(model, model, shared=["x"])
    fit = ml.fit(joint, [{"x": x, "y": y}, {"x": x + 1.0, "y": other}])
    X = np.zeros((12, 3))
    X[:6, 0] = X[6:, 2] = 1.0
    X[:, 1] = np.r_[x, x + 1.0]
    both = np.r_[y, other]
    negative = poisson_height(X, both, np.zeros(12), np.ones(12))
    best, at = highest(negative, [[3, 0.1, 3.0], [1, 1, 1.0]], X, np.zeros(12))
    assert (fit.verdict.kind, fit.verdict.ok) == ("boundary", True)
    assert fit.loglik == pytest.approx(best, abs=1e-7)
    np.testing.assert_allclose(list(fit.params.values()), at, atol=1e-4)
    b = np.array(list(fit.params.values()))[1:]
    free = X[:, 1:] * np.sqrt(both / np.maximum((X[:, 1:] @ b), 1e-9) ** 2)[:, None]
    information = free.T @ free
    np.testing.assert_allclose(fit.covariance()[1:, 1:], np.linalg.inv(information), rtol=1e-5)


def ill(tables, shares):
    """Members of people of whom some are ill, by one risk-difference model, and one of shares."""
    model = ml.Binomial(identity("ill ~ x"), n="n")
    return ml.joint(*([model] * tables), *([ml.Binomial(identity("ill ~ 1"), n="n")] * shares))


def test_members_that_meet_the_upper_end_are_one_table():
    whole = {"x": [0.0, 1.0, 0.0, 1.0], "ill": [3.0, 20.0, 5.0, 20.0], "n": [20.0] * 4}
    tables = [{k: v[i : i + 2] for k, v in whole.items()} for i in (0, 2)]
    one = ml.fit(ml.Binomial(identity("ill ~ x"), n="n"), whole)
    fit = ml.fit(ill(2, 0), tables)
    assert one.verdict.kind == fit.verdict.kind == "boundary"
    assert list(fit.params.values()) == pytest.approx([0.2, 0.8], rel=1e-12)
    variance = 0.2 * 0.8 / 40.0
    expected = np.array([[variance, -variance], [-variance, variance]])
    for found in (one, fit):
        np.testing.assert_allclose(found.covariance(), expected, rtol=1e-9)
        inner = found._proof.inner.natural(found._proof.inner_optimum.x)
        assert list(inner.values()) == pytest.approx([0.2, 0.8], rel=1e-12)
        back = found._proof.inner.linked(dict(found.params))
        np.testing.assert_allclose(back, found._proof.inner_optimum.x, rtol=1e-9)


def test_a_share_and_a_risk_difference_have_an_intercept_in_common():
    """Everybody is ill at x = 1; at x = 0, and in another sample without x, 3 and 5 of 20 are."""
    tables = [{"x": [0.0, 1.0], "ill": [3.0, 20.0], "n": [20.0] * 2}, {"ill": [5.0], "n": [20.0]}]
    fit = ml.fit(ill(1, 1), tables)
    assert (fit.verdict.kind, fit.verdict.ok) == ("boundary", True)
    assert list(fit.params.values()) == pytest.approx([0.2, 0.8], rel=1e-9)
    error = (0.2 * 0.8 / 40.0) ** 0.5
    assert list(fit.standard_errors.values()) == pytest.approx([error, error], rel=1e-7)


def test_a_penalty_draws_along_the_edge():
    """At intercept 0 the penalised likelihood is one of the slope: Σy/b − Σx − λ b = 0."""
    x, y = np.arange(6.0), np.array([0.0, 0.0, 1.0, 2.0, 7.0, 9.0])
    fit = ml.fit(ml.Poisson(identity("y ~ x")), {"x": x, "y": y}, penalty=ml.Ridge(3.0))
    assert (fit.verdict.kind, fit.verdict.ok) == ("boundary", True), str(fit.verdict)
    assert fit.params["mean", "Intercept"] == 0.0
    slope = (-15.0 + np.sqrt(15.0**2 + 4.0 * 3.0 * y.sum())) / 6.0
    assert fit.params["mean", "x"] == pytest.approx(slope, rel=1e-9)


@pytest.mark.parametrize("middle", [1.0, 0.5, 3.0])
def test_rows_that_meet_in_a_point_hold_though_one_alone_could_balance(middle):
    """Zeros at a, at b and at both: the score in a and b is minus a multiple of the last row."""
    a, b, c = np.array([[1.0, 0, 0], [0, 1.0, 0], [middle, middle, 0], [0, 0, 1.0], [0, 0, 1.0]]).T
    data = {"a": a, "b": b, "c": c, "y": [0.0, 0.0, 0.0, 3.0, 5.0]}
    fit = ml.fit(ml.Poisson(identity("y ~ 0 + a + b + c")), data)
    assert (fit.verdict.kind, fit.verdict.ok) == ("boundary", True), str(fit.verdict)
    assert list(fit.params.values()) == pytest.approx([0.0, 0.0, 4.0], abs=1e-12)
    assert fit._proof.regular == (("mean", "c"),)
    assert fit.standard_errors["mean", "c"] == pytest.approx(2.0**0.5, rel=1e-9)
    assert "mean is 0 in rows 0, 1, 2;" in str(fit.verdict)


def test_many_levels_are_held_row_by_row():
    """Sixty groups, some of them without a count: means and errors are those of each group."""
    rng = np.random.default_rng(5)
    group = np.repeat(np.arange(60), 5)
    y = rng.poisson(np.where(group % 7 == 0, 0.0, 2.0)).astype(float)
    y[::5] += group[::5] % 7 > 0  # no other group is empty
    fit = ml.fit(ml.Poisson(identity("y ~ 0 + C(g)")), {"y": y, "g": group})
    means = y.reshape(60, 5).mean(axis=1)
    assert (fit.verdict.kind, fit.verdict.ok) == ("boundary", True), str(fit.verdict)
    np.testing.assert_allclose(list(fit.params.values()), means, atol=1e-8)
    errors = np.where(means > 0.0, np.sqrt(means / 5.0), np.nan)
    np.testing.assert_allclose(list(fit.standard_errors.values()), errors, rtol=1e-6)


def test_dependent_columns_on_an_edge_are_named():
    x, y = np.arange(6.0), np.array([0.0, 0.0, 1.0, 2.0, 7.0, 9.0])
    data = {"x": x, "z": 2.0 * x, "y": y}
    fit = ml.fit(ml.Poisson(identity("y ~ x + z")), data)
    one = ml.fit(ml.Poisson(identity("y ~ x")), data)
    assert (fit.verdict.kind, fit.verdict.ok) == ("not identified", False)
    assert "z = 2·x" in str(fit.verdict) and "mean is 0 in row 0" in str(fit.verdict)
    assert fit.loglik == pytest.approx(one.loglik, rel=1e-12)


def test_a_direction_that_no_row_tells_is_named_where_cutpoints_meet():
    data = {"x": (POWER - 150.0) / 100.0, "z": STRAIGHT, "y": CYLINDERS // 2 - 2}
    fit = ml.fit(ml.Ordinal("y ~ z + x", nonproportional="~ x"), data)
    one = ml.fit(ml.Ordinal("y ~ z", nonproportional="~ x"), data)
    assert (fit.verdict.kind, fit.verdict.ok) == ("not identified", False)
    assert set(fit.verdict.parameters) == {"location[x]", "cut[1][x]", "cut[2][x]"}
    assert fit.loglik == pytest.approx(one.loglik, abs=1e-8)


def test_a_row_that_no_coefficient_moves_may_be_on_its_edge():
    """A line through the origin says that the count at x = 0 is 0, for certain."""
    x, y = np.arange(6.0), np.array([0.0, 0.0, 1.0, 2.0, 7.0, 9.0])
    fit = ml.fit(ml.Poisson(identity("y ~ 0 + x")), {"x": x, "y": y})
    assert (fit.verdict.kind, fit.verdict.ok) == ("interior", True), str(fit.verdict)
    slope = y.sum() / x.sum()
    assert fit.params["mean", "x"] == pytest.approx(slope, rel=1e-12)
    mean = slope * x
    assert fit.loglik == pytest.approx(np.sum(xlogy(y, mean) - mean - gammaln(y + 1)), rel=1e-12)
    for kind in ("observed", "expected"):
        assert fit.covariance(kind)[0, 0] == pytest.approx(slope / x.sum(), rel=1e-9)


# The check by itself.


def likelihood(family, data):
    return LogLikelihood.of(Member.of(bind(family, data)))


AGAIN = Again(climbed, estimate, 200)


def test_an_edge_from_which_the_likelihood_rises_inward_is_no_maximum():
    """At intercept 0 the row at x = 0 is on the edge; the maximum has intercept 0.4337."""
    x, y = np.array([0.0, 0.2, 1.0, 2.0, 3.0, 4.0]), np.array([0.0, 2.0, 2.0, 5.0, 8.0, 9.0])
    family = ml.Poisson(identity("y ~ x"))
    loglik = likelihood(family, {"x": x, "y": y})
    edge = loglik.linked({("mean", "Intercept"): 1e-12, ("mean", "x"): 1.7})
    met = Optimum(edge, loglik(edge), inf, 1, Stop.STALLED)
    proof = ActiveConstraints()(Ended(loglik, met), AGAIN)
    assert proof.verdict.kind == "interior"
    mean = proof.params["mean", "Intercept"] + proof.params["mean", "x"] * x
    assert abs(np.sum(y / mean - 1.0)) < 1e-9
    assert ml.fit(family, {"x": x, "y": y}).loglik == pytest.approx(proof.loglik, rel=1e-12)


def test_a_root_is_not_negative():
    """A line of roots may fall below zero in the first row, whose count is zero: held at zero."""
    x, y = np.arange(6.0), np.array([0.0, 0.0, 1.0, 2.0, 7.0, 9.0])
    loglik = likelihood(ml.Poisson(ml.linear("y ~ x", link="sqrt")), {"x": x, "y": y})
    start = loglik.linked({("mean", "Intercept"): 0.5, ("mean", "x"): 0.4})
    top = maximise(loglik, start, options=Options())
    assert top.stop is Stop.OPTIMUM and outside(loglik, top.x)
    check, ended = ActiveConstraints(), Ended(loglik, top)
    assert check.suspects(ended)
    proof = check(ended, AGAIN)
    assert proof.verdict.kind == "boundary" and proof.params["mean", "Intercept"] == 0.0
    # along that edge the mean is (s x)², and Σ y / Σ x² = s²
    s = np.sqrt(y.sum() / np.sum(x**2))
    assert proof.params["mean", "x"] == pytest.approx(s, rel=1e-9)
    mean = (s * x) ** 2
    height = np.sum(xlogy(y, mean) - mean - gammaln(y + 1.0))
    assert proof.loglik == pytest.approx(height, rel=1e-12)


def test_an_inverse_link_has_one_side():
    loglik = likelihood(
        ml.Gamma(ml.linear("y ~ x", link="inverse")), {"x": [1.0, 2.0, 3.0], "y": [3.0, 2.0, 1.0]}
    )
    (form,) = forms_of(loglik)
    assert (form.least, form.end) == (0.0, inf)
    assert not forms_of(likelihood(ml.Poisson("y ~ x"), {"x": [1.0, 2.0, 4.0], "y": [3, 2, 1]}))


def test_a_start_outside_is_replaced_by_one_well_inside():
    """A line without intercept that begins at the mean has rows below zero; another has not."""
    rng = np.random.default_rng(6)
    a, b = rng.uniform(0.2, 2.0, 25), rng.uniform(-2.0, -0.2, 25)
    y = rng.poisson(0.5 * a - 1.5 * b).astype(float)
    data = {"a": a, "b": b, "y": y, "o": np.full(25, -0.05)}
    family = ml.Poisson(identity("y ~ 0 + a + b", offset="o"))
    loglik = likelihood(family, data)
    x = feasible_start(loglik)
    assert np.isfinite(loglik.value(x)) and not outside(loglik, x)
    assert outside(loglik, -x)
    few = feasible_start(loglik, entries=0)
    assert np.isfinite(loglik.value(few))
    ended = Ended(loglik, Optimum(-x, loglik(-x), inf, 1, Stop.NO_START))
    proof = ActiveConstraints()(ended, AGAIN)
    X = np.column_stack([a, b])
    negative = poisson_height(X, y, data["o"], np.ones(25))
    best, _ = highest(negative, [[1.0, -1.0], [0.5, -2.0]], X, -data["o"])
    assert proof.verdict.ok and proof.loglik == pytest.approx(best, abs=1e-7)


def test_rows_that_no_coefficients_can_put_inside_are_said_to_have_no_maximum():
    x, o = np.array([-1.0, 0.0, 1.0]), np.array([0.5, -1.0, 0.5])
    data = {"x": x, "o": o, "y": [1.0, 2.0, 3.0]}
    assert feasible_start(likelihood(ml.Poisson(identity("y ~ 0 + x", offset="o")), data)) is None
    fit = ml.fit(ml.Poisson(identity("y ~ 0 + x", offset="o")), data)
    assert (fit.verdict.kind, fit.verdict.ok) == ("no maximum", False)
    assert "no coefficients put mean inside its domain in every row" in str(fit.verdict)


def test_rows_brought_in_are_those_of_all():
    x, y = np.arange(6.0), np.array([0.0, 0.0, 1.0, 2.0, 7.0, 9.0])
    loglik = likelihood(ml.Poisson(identity("y ~ x")), {"x": x, "y": y})
    whole, none = Constraints.of(loglik), Constraints.of(loglik, entries=0)
    assert whole.whole and not none.whole and not len(none.row)
    beyond = loglik.linked({("mean", "Intercept"): -2.5, ("mean", "x"): 1.0})
    some = none.with_violated(beyond, 10)
    assert sorted(some.row) == [0, 1, 2]
    np.testing.assert_allclose(some.matrix, whole.matrix[some.row], rtol=1e-15)
    assert some.with_violated(beyond, 10) is None
    assert list(none.with_violated(beyond, 1).row) == [0]


def test_rows_are_held_where_directions_leave_them():
    """At the vertex of rows 0 and 1, moving along the edge of row 0 moves row 1."""
    x, y = np.array([0.0, 1.0, 2.0]), np.array([0.0, 0.0, 0.0])
    loglik = likelihood(ml.Normal("y ~ x", sigma=identity("~ x")), {"x": x, "y": y + x**2})
    constraints = Constraints.of(loglik)
    vertex = loglik.linked(dict.fromkeys(loglik.names, 0.0))
    _, _, directions = np.linalg.svd(constraints.matrix[[0]] * loglik.units)
    (held,) = constraints.held(vertex, directions[1:].T)
    assert list(held) == [0]
    (every,) = constraints.held(vertex, np.zeros((4, 0)))
    assert list(every) == [0, 1, 2]


def test_a_likelihood_has_its_limit_on_the_edge_and_none_beyond():
    """Of a mean of zero a beta-binomial has no successes for certain, at any precision."""
    data = {"k": [0.0, 4.0], "x": [0.0, 1.0], "n": [10.0, 10.0]}
    family = ml.BetaBinomial(mean=identity("k ~ 0 + x"), n="n")
    loglik = likelihood(family, data)
    x = loglik.linked({("mean", "x"): 0.4, "precision": 2.0})
    objective = OnEdges(loglik)
    alone = betabinom.logpmf(4, 10, 0.8, 1.2)
    assert not loglik(x).finite and not objective.exact(x).finite
    assert objective(x).finite and objective.inside
    assert objective.value(x) == pytest.approx(float(alone), abs=1e-10)
    assert closed(loglik).value(-x) == -inf
