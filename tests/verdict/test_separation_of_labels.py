"""Separation of labels: what runs off, what stays, and that nothing else is called so.

The suprema are known by hand, or are looked for without the library: the log-likelihoods below are
written out, and climbed by SciPy under a ridge that goes to zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special, stats

import mostlikely as ml
from mostlikely.verdict.recession import steepest
from tests.family.test_ordinal import HOUSING, NOISE

LINKS = list(NOISE)


def groups(seed: int = 3, rows: int = 120) -> pd.DataFrame:
    """A number, and three groups."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"x": rng.normal(size=rows), "g": rng.choice(list("abc"), rows)})


def drawn(table: pd.DataFrame, levels: Any, seed: int = 5) -> Any:
    return np.random.default_rng(seed).choice(levels, len(table))


# The log-likelihoods, written out.


def multinomial(x: np.ndarray, y: np.ndarray, beta: np.ndarray) -> float:
    etas = np.column_stack([np.zeros(len(y)), x @ beta.reshape(-1, x.shape[1]).T])
    return float(np.sum(etas[np.arange(len(y)), y] - special.logsumexp(etas, axis=1)))


def ordinal(x: np.ndarray, y: np.ndarray, beta: np.ndarray, link: str) -> float:
    """Cutpoints come last."""
    place, cuts = x @ beta[: x.shape[1]], beta[x.shape[1] :]
    if np.any(np.diff(cuts) <= 0.0):
        return -np.inf
    ends = np.concatenate([[-np.inf], cuts, [np.inf]])
    noise = NOISE[link]
    low, high = ends[y] - place, ends[y + 1] - place
    swap = low > 0.0
    inside = np.where(swap, noise.sf(low) - noise.sf(high), noise.cdf(high) - noise.cdf(low))
    with np.errstate(divide="ignore"):
        return float(np.sum(np.log(inside)))


def supremum(loglik: Any, begin: np.ndarray) -> float:
    """The log-likelihood at the maxima of ever less penalised ones: they rise to the supremum."""
    at, height = begin, -np.inf
    for ridge in 10.0 ** -np.arange(1.0, 9.0):
        found = optimize.minimize(
            lambda b, r=ridge: min(-loglik(b), 1e10) + 0.5 * r * float(b @ b), at, method="BFGS"
        )
        at, height = found.x, max(height, loglik(found.x))
    return height


def design(table: pd.DataFrame, intercept: bool) -> np.ndarray:
    columns = [table.x, table.g == "b", table.g == "c"]
    return np.column_stack([np.ones(len(table))] * intercept + columns).astype(float)


# Multinomial.


def test_a_group_of_one_label_runs_off_and_leaves_the_others_as_without_it():
    d = groups()
    d["y"] = np.where(d.g == "c", "u", drawn(d, list("uvw")))
    fit = ml.fit(ml.Categorical("y ~ x + g"), d)
    rest = ml.fit(ml.Categorical("y ~ x + g"), d[d.g != "c"])
    assert (fit.verdict.kind, fit.verdict.ok) == ("separation", False)
    assert fit.verdict.parameters == ("p[v][g[T.c]]", "p[w][g[T.c]]")
    assert f"{(d.g == 'c').sum()} of 120 rows" in str(fit.verdict)
    assert fit.params["p[v]", "g[T.c]"] == fit.params["p[w]", "g[T.c]"] == -np.inf
    assert fit.loglik == pytest.approx(rest.loglik, rel=1e-12)
    for key, value in rest.params.items():
        assert fit.params[key] == pytest.approx(value, abs=1e-7)
        assert fit.standard_errors[key] == pytest.approx(rest.standard_errors[key], rel=1e-6)


@pytest.mark.parametrize("base", ["u", "v", "w"])
def test_a_label_that_a_group_never_has_vanishes_from_that_group_alone(base):
    """Its rows still choose between the other two, and tell x and the rest as they should."""
    d = groups()
    d["y"] = drawn(d, list("uvw"))
    d.loc[(d.g == "c") & (d.y == "w"), "y"] = "v"
    fit = ml.fit(ml.Categorical("y ~ x + g", base=base), d)
    x, places = design(d, True), pd.Categorical(d.y, [base, *sorted({"u", "v", "w"} - {base})])
    beyond = ["p[w]"] if base != "w" else ["p[u]", "p[v]"]
    assert fit.verdict.kind == "separation"
    assert fit.verdict.parameters == tuple(f"{name}[g[T.c]]" for name in beyond)
    sign = -1.0 if base != "w" else 1.0
    assert all(fit.params[name, "g[T.c]"] == sign * np.inf for name in beyond)
    wanted = supremum(lambda b: multinomial(x, places.codes, b), np.zeros(8))
    assert fit.loglik == pytest.approx(wanted, abs=1e-4)
    assert fit.loglik >= wanted
    shares = fit.predict(d, "probability")
    in_c = (d.g == "c").to_numpy()
    place = shares.levels.index("w")
    assert np.all(shares.value[in_c, place] == 0.0) and np.all(shares.value[~in_c, place] > 0.0)
    assert shares.value.sum(axis=1) == pytest.approx(1.0, abs=1e-12)
    for k, level in enumerate(shares.levels):  # the score of the intercept
        assert shares.value[:, k].sum() == pytest.approx((d.y == level).sum(), abs=1e-6)


def test_the_finite_coefficients_do_not_depend_on_the_base():
    d = groups()
    d["y"] = drawn(d, list("uvw"))
    d.loc[(d.g == "c") & (d.y == "w"), "y"] = "v"
    u, w = (ml.fit(ml.Categorical("y ~ x + g", base=base), d) for base in "uw")
    assert u.params["p[w]", "x"] == pytest.approx(-w.params["p[u]", "x"], abs=2e-7)
    assert u.standard_errors["p[w]", "x"] == pytest.approx(w.standard_errors["p[u]", "x"], rel=1e-7)


def test_a_base_that_x_cuts_off_leaves_the_others_to_choose():
    """Above zero it is a logit of the other two; below it is sure."""
    d = groups()
    d["y"] = np.where(d.x < 0.0, "u", drawn(d, list("vw")))
    fit = ml.fit(ml.Categorical("y ~ x + g"), d)
    above = d[d.x > 0.0].assign(w=lambda t: (t.y == "w").astype(int))
    rest = ml.fit(ml.Bernoulli("w ~ x + g"), above)
    assert fit.verdict.kind == "separation"
    assert fit.params["p[v]", "x"] == fit.params["p[w]", "x"] == np.inf
    assert fit.loglik == pytest.approx(rest.loglik, rel=1e-10)
    assert "p[v][g[T.b]]" in str(fit.verdict) and "any value" in str(fit.verdict)
    shares, alone = fit.predict(d, "probability"), rest.predict(above)
    assert np.all(shares.value[(d.x < 0.0).to_numpy()] == [1.0, 0.0, 0.0])
    assert shares.value[(d.x > 0.0).to_numpy(), 2] == pytest.approx(alone.value, abs=1e-9)
    assert shares.std_error[(d.x > 0.0).to_numpy(), 2] == pytest.approx(alone.std_error, rel=1e-6)


def test_where_the_data_leave_a_prediction_open_it_has_no_error():
    """Between the last row of one label and the first of another, either may follow."""
    d = pd.DataFrame({"x": [0.0, 1.0, 4.0, 5.0, 6.0, 7.0], "y": list("aabcbc")})
    fit = ml.fit(ml.Categorical("y ~ x"), d)
    shares = fit.predict({"x": [0.5, 1.5, 3.5, 5.5]}, "probability")
    assert np.isnan(shares.std_error[1:3]).all()
    assert np.all(shares.std_error[0] == 0.0) and shares.value[0].tolist() == [1.0, 0.0, 0.0]
    assert shares.std_error[3, 1] > 0.0
    two = ml.fit(ml.Bernoulli("z ~ x"), {"x": d.x, "z": (d.x > 2.0).astype(int)})
    assert np.isnan(two.predict({"x": [0.5, 1.5, 3.5, 5.5]}).std_error).tolist() == [
        False, True, True, False
    ]  # fmt: skip


def test_profile_intervals_are_open_on_one_side_and_end_where_the_likelihood_has_fallen():
    d = groups(rows=60)
    d["y"] = drawn(d, list("uvw"))
    d.loc[(d.g == "c") & (d.y == "w"), "y"] = "v"
    fit = ml.fit(ml.Categorical("y ~ x + g"), d)
    x, places = design(d, True), pd.Categorical(d.y).codes

    def profile(j: int, t: float) -> float:
        free = [i for i in range(8) if i != j]

        def at(b: np.ndarray) -> np.ndarray:
            whole = np.empty(8)
            whole[free], whole[j] = b, t
            return whole

        begin = np.zeros(7)
        if j != 7:
            begin[free.index(7)] = -12.0
        return -optimize.minimize(
            lambda b: -multinomial(x, places, at(b)), begin, method="BFGS", tol=1e-9
        ).fun

    low, high = fit.interval(("p[w]", "g[T.c]"), method="profile")
    assert low == -np.inf
    drop = stats.chi2.ppf(0.95, 1) / 2
    assert profile(7, high) == pytest.approx(fit.loglik - drop, abs=2e-5)
    assert fit.interval(("p[w]", "g[T.c]")) == (low, high)  # Wald's has no error to go by
    for end in fit.interval(("p[v]", "x"), method="profile"):
        assert profile(1, end) == pytest.approx(fit.loglik - drop, abs=1e-4)


# In an order.


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("top", [0, 2])
def test_a_group_at_one_end_runs_off_and_leaves_the_others_as_without_it(link, top):
    d = groups()
    d["y"] = np.where(d.g == "c", top, drawn(d, 3))
    fit = ml.fit(ml.Ordinal("y ~ x + g", link=link), d)
    rest = ml.fit(ml.Ordinal("y ~ x + g", link=link), d[d.g != "c"])
    assert fit.verdict.kind == "separation"
    assert fit.verdict.parameters == ("location[g[T.c]]",)
    assert fit.params["location", "g[T.c]"] == (np.inf if top else -np.inf)
    assert fit.loglik == pytest.approx(rest.loglik, rel=1e-12)
    for key, value in rest.params.items():
        assert fit.params[key] == pytest.approx(value, abs=1e-6)
        assert fit.standard_errors[key] == pytest.approx(rest.standard_errors[key], rel=1e-5)


@pytest.mark.parametrize("link", LINKS)
def test_a_group_in_the_middle_has_a_finite_place(link):
    d = groups()
    d["y"] = np.where(d.g == "c", 1, drawn(d, 3))
    fit = ml.fit(ml.Ordinal("y ~ x + g", link=link), d)
    assert fit.verdict.kind == "interior"


@pytest.mark.parametrize("link", LINKS)
def test_two_pairs_of_levels_that_share_none_are_two_binary_models(link):
    """Group c has the lower two, the others the upper two: a cutpoint each, and one slope of x."""
    d = groups()
    d["y"] = np.where(d.g == "c", drawn(d, 2), 1 + drawn(d, 2))
    fit = ml.fit(ml.Ordinal("y ~ x + g", link=link), d)
    assert fit.verdict.kind == "separation"
    assert fit.verdict.parameters == ("location[g[T.c]]", "cut[1]")
    assert fit.params["cut[1]"] == fit.params["location", "g[T.c]"] == -np.inf
    up = np.where(d.g == "c", d.y, d.y - 1)
    binary = ml.fit(ml.Ordinal("z ~ x + g", link=link), d.assign(z=up))
    assert fit.loglik == pytest.approx(binary.loglik, rel=1e-11)
    assert fit.params["location", "x"] == pytest.approx(binary.params["location", "x"], abs=1e-7)
    assert fit.params["cut[2]"] == pytest.approx(binary.params["cut[1]"], abs=1e-7)
    for kind in ("observed", "sandwich", "expected"):
        mine, its = np.diag(fit.covariance(kind)), np.diag(binary.covariance(kind))
        assert mine[[0, 1, 4]] == pytest.approx(its[[0, 1, 3]], rel=1e-6)
        assert np.isnan(mine[[2, 3]]).all()
    upper = fit.predict(d, "probability").value[np.arange(len(d)), np.where(d.g == "c", 1, 2)]
    assert upper == pytest.approx(binary.predict(d, "probability", level=1).value, abs=1e-9)
    assert np.asarray(fit.predict(d)) == pytest.approx(upper + (d.g != "c"), abs=1e-9)


@pytest.mark.parametrize("link", LINKS)
def test_levels_that_x_tells_apart_have_no_finite_coefficient(link):
    x = np.linspace(-1.0, 1.0, 12)
    fit = ml.fit(ml.Ordinal("y ~ x", link=link), {"x": x, "y": np.repeat([0, 1, 2], 4)})
    assert fit.verdict.kind == "separation"
    assert fit.params["location", "x"] == np.inf
    assert fit.loglik == pytest.approx(0.0, abs=1e-12)
    assert "12 of 12 rows" in str(fit.verdict) and "No coefficient is finite" in str(fit.verdict)


def test_quasi_separation_of_levels_has_the_likelihood_of_its_border():
    """At x = 0 there are a 0 and two 1, elsewhere x decides: log 1/3 + 2 log 2/3."""
    d = {"x": [-2.0, -1.0, 0.0, 0.0, 0.0, 1.0, 2.0], "y": [0, 0, 0, 1, 1, 2, 2]}
    fit = ml.fit(ml.Ordinal("y ~ x"), d)
    assert fit.verdict.kind == "separation"
    assert fit.loglik == pytest.approx(np.log(1 / 3) + 2 * np.log(2 / 3), rel=1e-10)
    at_zero = fit.predict({"x": [0.0]}, "probability")
    assert at_zero.value[0] == pytest.approx([1 / 3, 2 / 3, 0.0], abs=1e-9)
    assert at_zero.std_error[0, 0] == pytest.approx(np.sqrt(2.0 / 27.0), rel=1e-6)
    assert fit.params["cut[1]"] == pytest.approx(-np.log(2.0), abs=1e-9)
    assert fit.standard_errors["cut[1]"] == pytest.approx(np.sqrt(1.5), rel=1e-6)


def test_a_cutpoint_with_coefficients_of_its_own_may_run_off_alone():
    d = groups()
    d["y"] = np.where(d.g == "c", drawn(d, 2), drawn(d, 3))
    fit = ml.fit(ml.Ordinal("y ~ x", nonproportional="~ g"), d)
    assert fit.verdict.kind == "separation"
    assert fit.verdict.parameters == ("cut[2][g[T.c]]",)
    assert fit.params["cut[2]", "g[T.c]"] == np.inf
    assert np.isfinite(fit.standard_errors["cut[1]", "g[T.c]"])


def test_a_scale_that_follows_the_data_stays_finite_beside_a_group_that_runs_off():
    d = groups(rows=300)
    d["y"] = np.where(d.g == "c", 2, drawn(d, 3))
    fit = ml.fit(ml.Ordinal("y ~ g", scale="~ x"), d)
    rest = ml.fit(ml.Ordinal("y ~ g", scale="~ x"), d[d.g != "c"])
    assert fit.verdict.kind == "separation"
    assert fit.loglik == pytest.approx(rest.loglik, rel=1e-11)
    assert fit.params["scale", "x"] == pytest.approx(rest.params["scale", "x"], abs=1e-6)


@pytest.mark.parametrize("link", ["logit", "cauchit"])
def test_profiles_of_levels_are_open_where_the_estimate_is(link):
    d = groups(rows=60)
    d["y"] = np.where(d.g == "c", 2, drawn(d, 3))
    fit = ml.fit(ml.Ordinal("y ~ x + g", link=link), d)
    x, y = design(d, False), d.y.to_numpy()
    low, high = fit.interval(("location", "g[T.c]"), method="profile")
    assert high == np.inf

    def others(b: np.ndarray) -> float:
        return -ordinal(x, y, np.array([b[0], b[1], low, b[2], b[3]]), link)

    found = optimize.minimize(others, [0.0, 0.0, -1.0, 1.0], method="Nelder-Mead", tol=1e-10)
    drop = stats.chi2.ppf(0.95, 1) / 2
    assert -found.fun == pytest.approx(fit.loglik - drop, abs=1e-6)


# Nothing else is called separated.


@pytest.mark.parametrize("link", LINKS)
def test_housing_is_not_separated(link):
    fit = ml.fit(ml.Ordinal("Sat ~ Infl + Type + Cont", link=link), HOUSING, weights="Freq")
    assert fit.verdict.kind == "interior"


@pytest.mark.parametrize("seed", range(6))
def test_rows_that_have_every_label_are_never_separated(seed):
    d = groups(seed, 5)
    every = pd.concat([d.assign(y=k) for k in range(3)])
    for model in (ml.Categorical("y ~ x + g"), ml.Ordinal("y ~ x + g")):
        assert ml.fit(model, every).verdict.kind != "separation"


@pytest.mark.parametrize("seed", range(12))
def test_small_samples_reach_the_supremum_that_a_vanishing_ridge_reaches(seed):
    """Ten rows, three labels: some are separated, some are not; nothing lies above the answer."""
    rng = np.random.default_rng(seed)
    y = np.concatenate([[0, 1, 2], rng.choice(3, 7)])
    d = pd.DataFrame({"x": rng.integers(-2, 3, 10).astype(float), "y": y})
    d["g"] = rng.choice(list("ab"), 10)
    wide = np.column_stack([np.ones(10), d.x])
    fit = ml.fit(ml.Categorical("y ~ x"), d)
    wanted = supremum(lambda b: multinomial(wide, y, b), np.zeros(4))
    assert fit.loglik == pytest.approx(wanted, abs=2e-3)
    assert fit.loglik > wanted - 1e-9
    fit = ml.fit(ml.Ordinal("y ~ x"), d)
    wanted = supremum(
        lambda b: ordinal(d[["x"]].to_numpy(), y, b, "logit"), np.array([0.0, -1.0, 1.0])
    )
    assert fit.loglik == pytest.approx(wanted, abs=2e-3)
    assert fit.loglik > wanted - 1e-9


def test_a_hair_of_overlap_is_no_separation():
    """One row on the wrong side by 1e-7: the coefficients are huge, and finite."""
    x = np.array([-2.0, -1.0, 0.0, 1e-7, 1.0, 2.0])
    forms = np.column_stack([np.ones(6), x]) * np.array([-1, -1, 1, -1, 1, 1])[:, None]
    assert steepest(forms, np.zeros((0, 2))) is None
    apart = np.column_stack([np.ones(6), x]) * np.array([-1, -1, -1, 1, 1, 1])[:, None]
    assert steepest(apart, np.zeros((0, 2))).moved.all()


def test_many_forms_are_asked_about_a_few_at_a_time_and_all_are_looked_at():
    """Of 20,000 rows only two hold the direction back: without them x separates."""
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.uniform(-1.0, -0.1, 10_000), rng.uniform(0.1, 1.0, 10_000)])
    forms = np.column_stack([rng.normal(size=20_000), np.ones(20_000), x]) * np.sign(x)[:, None]
    assert steepest(forms, np.zeros((0, 3))).moved.all()
    forms[[5_003, 15_007]] *= -1.0
    assert steepest(forms, np.zeros((0, 3))) is None
