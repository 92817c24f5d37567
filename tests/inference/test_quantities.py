"""Quantities and their intervals: by name and by function, by Wald and by holding them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, special, stats

import mostlikely as ml

RNG = np.random.default_rng(1)
WAITS = RNG.gamma(3.0, 2.0, 40)
X = RNG.normal(size=60)
LINE = {"x": X, "y": 1.0 + X + RNG.standard_t(5, 60)}
COUNTS = {"x": X, "n": RNG.poisson(np.exp(0.5 + 0.3 * X))}
#: The χ² quantile of a 95 % interval.
Q = stats.chi2.ppf(0.95, 1)
DOSES = {"x": np.arange(8.0), "d": [0, 0, 1, 0, 1, 1, 0, 1]}


def by_brute_force(loglik, peak, held, start, value, reach):
    """Where twice the log-likelihood has fallen by Q: SLSQP on the constraint, bisection on it."""

    def fall(t):
        ahead = optimize.minimize(
            lambda z: -loglik(z),
            start,
            constraints={"type": "eq", "fun": lambda z: held(z) - t},
            method="SLSQP",
            options={"ftol": 1e-14, "maxiter": 500},
        )
        return 2.0 * (peak + ahead.fun) - Q

    with np.errstate(all="ignore"):
        ends = [(value - reach, value), (value, value + reach)]
        return [optimize.brentq(fall, *end, xtol=1e-9) for end in ends]


# By brute force.


def gamma_loglik(z):
    k, rate = np.exp(z[1]), np.exp(z[1] - z[0])
    terms = k * np.log(rate * WAITS) - rate * WAITS - np.log(WAITS) - special.gammaln(k)
    return float(terms.sum())


def t_loglik(z, y, x=0.0):
    """Of location z[0] + z[1] x, the logarithms of scale and df last."""
    df, scale = np.exp(z[-1]), np.exp(z[-2])
    r = (y - z[0] - (z[1] * x if len(z) == 4 else 0.0)) / scale
    constant = special.gammaln(0.5 * df + 0.5) - special.gammaln(0.5 * df)
    constant = constant - 0.5 * np.log(df * np.pi) - np.log(scale)
    return float(np.sum(constant - 0.5 * (df + 1.0) * np.log1p(r * r / df)))


def gamma_hazard(z):
    k, u = np.exp(z[1]), 5.0 * np.exp(z[1] - z[0])
    return np.exp(k * np.log(u) - u - special.gammaln(k)) / 5.0 / special.gammaincc(k, u)


@pytest.mark.parametrize(
    ("name", "options", "held", "reach"),
    [
        ("quantile", {"q": 0.99}, lambda z: special.gammaincinv(np.exp(z[1]), 0.99), 5.0),
        ("return_level", {"period": 50}, lambda z: special.gammaincinv(np.exp(z[1]), 0.98), 5.0),
        ("sd", {}, lambda z: np.exp(0.5 * z[1]), 1.5),
        ("cdf", {"at": 9.0}, lambda z: special.gammainc(np.exp(z[1]), 9.0 * scaled(z)), 0.09),
        ("hazard", {"at": 5.0}, gamma_hazard, 0.2),
    ],
)
def test_the_profile_of_a_named_quantity_is_that_of_a_constrained_search(
    name, options, held, reach
):
    def of(z):
        return held(z) / (scaled(z) if name in ("quantile", "return_level", "sd") else 1.0)

    fit = ml.fit("gamma", WAITS)
    start = np.log([fit.params["mean"], fit.params["shape"]])
    value = of(start)
    assert fit.quantity(name, **options).value == pytest.approx(value, rel=1e-9)
    wanted = by_brute_force(gamma_loglik, fit.loglik, of, start, value, reach)
    found = fit.interval(name, method="profile", **options)
    np.testing.assert_allclose(found, wanted, rtol=2e-6)


def scaled(z):
    """The rate of a gamma variable with the logarithms of its mean and its shape."""
    return np.exp(z[1] - z[0])


def test_the_profile_of_a_row_of_a_regression_is_that_of_a_constrained_search():
    fit = ml.fit(ml.StudentT("y ~ x"), LINE)
    p = list(fit.params.values())
    wanted = by_brute_force(
        lambda z: t_loglik(z, LINE["y"], X),
        fit.loglik,
        lambda z: z[0] + z[1] + np.exp(z[2]) * special.stdtrit(np.exp(z[3]), 0.9),
        np.array([p[0], p[1], np.log(p[2]), np.log(p[3])]),
        fit.quantity("quantile", q=0.9, data={"x": 1.0}).value,
        1.5,
    )
    found = fit.interval("quantile", q=0.9, data={"x": 1.0}, method="profile")
    np.testing.assert_allclose(found, wanted, rtol=1e-4)


def test_the_profile_of_a_function_is_that_of_a_constrained_search():
    """A ratio of coefficients: the dose at which half die."""
    fit = ml.fit(ml.Bernoulli("d ~ x"), {"x": np.r_[DOSES["x"]].repeat(3), "d": FEW})

    def loglik(z):
        eta = z[0] + z[1] * DOSES["x"].repeat(3)
        return float(np.sum(np.where(FEW, -np.logaddexp(0, -eta), -np.logaddexp(0, eta))))

    start = np.array(list(fit.params.values()))
    half = fit.quantity(lambda p: -p["Intercept"] / p["x"])
    wanted = by_brute_force(loglik, fit.loglik, lambda z: -z[0] / z[1], start, half.value, 2.5)
    found = fit.interval(lambda p: -p["Intercept"] / p["x"], method="profile")
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
    np.testing.assert_allclose(half.interval(method="profile"), found, rtol=1e-12)


FEW = np.array([0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1])


# Closed forms, and R.


def test_a_profile_does_not_mind_a_function():
    """Of one parameter it is that of the parameter, through the function."""
    fit = ml.fit("exponential", [1.0, 2.0, 6.0])
    low, high = fit.interval("mean", method="profile")
    for of, options, through in (
        ("quantile", {"q": 0.5}, lambda m: m * np.log(2.0)),
        ("sf", {"at": 4.0}, lambda m: np.exp(-4.0 / m)),
        ("variance", {}, lambda m: m * m),
        (lambda p: np.log(p["mean"]), {}, np.log),
        (lambda p: 1.0 / p["mean"], {}, lambda m: 1.0 / m),
    ):
        found = fit.interval(of, method="profile", **options)
        np.testing.assert_allclose(found, sorted([through(low), through(high)]), rtol=1e-7)


def test_doses_and_their_errors_are_those_of_mass():
    """MASS 7.3: dose.p(glm(d ~ x, binomial), p = c(.5, .9))."""
    fit = ml.fit(ml.Bernoulli("d ~ x"), DOSES)
    for p, dose, error in ((0.5, 3.5, 1.814737515), (0.9, 8.572061606, 4.749422304)):
        odds = np.log(p / (1.0 - p))
        found = fit.quantity(lambda c, odds=odds: (odds - c["Intercept"]) / c["x"])
        assert found.value == pytest.approx(dose, rel=1e-8)
        assert found.std_error == pytest.approx(error, rel=1e-7)
        low, high = found.interval(level=0.9)
        reach = stats.norm.ppf(0.95) * error
        np.testing.assert_allclose([low, high], [dose - reach, dose + reach], rtol=1e-6)


def test_the_error_of_a_quantile_is_that_of_the_delta_method_by_hand():
    """Of a normal sample mu + z sigma: sigma² (1 + z²/2)/n."""
    y = [2.1, 1.9, 2.0, 2.3, 1.8]
    fit = ml.fit("normal", y)
    z = stats.norm.ppf(0.9)
    error = fit.params["sigma"] * np.sqrt((1.0 + 0.5 * z * z) / 5.0)
    found = fit.quantity("quantile", q=0.9)
    assert found.std_error == pytest.approx(error, rel=1e-8)
    np.testing.assert_allclose(fit.predict(what="quantile", q=0.9).std_error, error, rtol=1e-8)
    low, high = fit.interval("quantile", q=0.9)
    reach = stats.norm.ppf(0.975) * error
    np.testing.assert_allclose([low, high], found.value + np.array([-reach, reach]), rtol=1e-8)


def test_wald_intervals_keep_to_where_a_quantity_lies():
    fit = ml.fit("exponential", [1.0, 2.0, 6.0])
    p, e = np.exp(-20.0 / 3.0), np.exp(-20.0 / 3.0) * 20.0 / 9.0 * 3.0 / np.sqrt(3.0)
    odds, reach = np.log(p / (1.0 - p)), stats.norm.ppf(0.975) * e / (p * (1.0 - p))
    wanted = [1.0 / (1.0 + np.exp(-(odds + s * reach))) for s in (-1, 1)]
    np.testing.assert_allclose(fit.interval("sf", at=20.0), wanted, rtol=1e-8)
    natural = fit.interval("sf", at=20.0, scale="natural")
    np.testing.assert_allclose(natural, [p - 1.959964 * e, p + 1.959964 * e], rtol=1e-6)


# Quantiles of whole numbers.


@pytest.mark.parametrize("counts", [[3, 5, 1, 7], [0, 1, 0, 0, 2, 0]])
def test_a_quantile_of_counts_has_the_ends_of_the_mean_and_no_error(counts):
    """P(Y ≤ y) falls as the mean rises, so that the quantile rises with the mean's interval."""
    fit = ml.fit("poisson", counts)
    mean = fit.interval("mean", method="profile")
    for q in (0.5, 0.9):
        found = fit.quantity("quantile", q=q)
        assert np.isnan(found.std_error)
        assert found.value == stats.poisson.ppf(q, np.mean(counts))
        assert fit.interval("quantile", q=q, method="profile") == tuple(stats.poisson.ppf(q, mean))
        assert found.interval() == fit.interval("quantile", q=q)
        rows = fit.predict(what="quantile", q=q)
        assert np.isnan(rows.std_error).all()
        low, high = rows.interval()
        assert (low[0], high[0]) == found.interval()
        assert low[0] <= found.value <= high[0]


def test_steps_are_where_the_limits_of_the_probabilities_cross():
    fit = ml.fit(ml.Poisson("n ~ x"), COUNTS)
    new = {"x": [-1.0, 0.0, 2.0]}
    for q in (0.05, 0.5, 0.95):
        low, high = fit.predict(new, "quantile", q=q).interval(0.9)
        for at, lower in ((low, False), (high, True)):
            limit = fit.predict(new, "cdf", at=at).interval(0.9)[0 if lower else 1]
            before = fit.predict(new, "cdf", at=at - 1.0)
            edge = before.interval(0.9)[0 if lower else 1]
            edge = np.where(at == 0.0, 0.0, np.nan_to_num(edge))
            assert np.all((limit >= q) & (edge < q))


# Where the law has limits, several members, weights.


def test_a_profile_goes_on_in_a_limit_where_the_others_run_off():
    """Data flatter than normal at one side: df goes to infinity as a quantile is held."""
    rng = np.random.default_rng(4)
    y = rng.standard_t(12.0, 60)
    student, normal = ml.fit("student_t", y), ml.fit("normal", y)
    assert student.verdict.kind == "interior"
    low, high = student.interval("quantile", q=0.95, method="profile")
    inner = normal.interval("quantile", q=0.95, method="profile")
    # the larger model holds the smaller one, whose peak is lower
    assert low < inner[0] + 0.05
    assert high > inner[1] - 0.05

    p = student.params
    start = np.array([p["mu"], np.log(p["sigma"]), np.log(p["df"])])
    wanted = by_brute_force(
        lambda z: t_loglik(z, y),
        student.loglik,
        lambda z: z[0] + np.exp(z[1]) * special.stdtrit(np.exp(z[2]), 0.95),
        start,
        student.quantity("quantile", q=0.95).value,
        1.0,
    )
    np.testing.assert_allclose([low, high], wanted, rtol=1e-3)


def test_a_lower_end_lies_on_the_limit_where_counts_may_be_poisson():
    """Of mean m and variance v, size m²/(v − m): for each v the best m, one of m = v included."""
    n = np.random.default_rng(0)
    n.standard_t(8, 40)
    n = n.negative_binomial(6, 6 / (6 + 3), 40)
    fit = ml.fit("negative_binomial", n)
    assert fit.verdict.kind == "interior"

    def height(m, v):
        if m >= v * (1.0 - 1e-9):
            return float(stats.poisson.logpmf(n, v).sum())
        size = m * m / (v - m)
        return float(stats.nbinom.logpmf(n, size, size / (size + m)).sum())

    def fall(v):
        inside = optimize.minimize_scalar(
            lambda m: -height(m, v), bounds=(0.3 * v, v), method="bounded", options={"xatol": 1e-10}
        )
        return 2.0 * (fit.loglik - max(-inside.fun, height(v, v))) - Q

    value = fit.quantity("variance").value
    with np.errstate(all="ignore"):
        wanted = [optimize.brentq(fall, *ends) for ends in ((1.5, value), (value, 4.0 * value))]
    np.testing.assert_allclose(fit.interval("variance", method="profile"), wanted, rtol=1e-5)


class Waiting(ml.Family):
    """An exponential that declares one tail and no quantile."""

    mean = ml.Param(ml.domains.positive, "mean of y", typical=(0.5, 5.0))
    support = ml.domains.positive

    def log_prob(y, mean):
        return -np.log(mean) - y / mean

    def log_sf(y, mean):
        return -y / mean

    def sample(rng, n, mean):
        return rng.exponential(mean, n)


class WaitingBelow(Waiting):
    """The same, and the other tail."""

    log_sf = None

    def log_cdf(y, mean):
        return np.log(-np.expm1(-y / mean))


@pytest.mark.parametrize("family", [Waiting, WaitingBelow])
@pytest.mark.parametrize("q", [0.2, 0.8])
def test_a_family_that_declares_one_tail_has_both_with_exact_errors(family, q):
    rows = {"x": np.arange(40.0), "y": WAITS}
    curve = ml.fit(family("y ~ x"), rows)
    effect = curve.marginal_effects(what="quantile", q=q)["x"].value
    slope = curve.params["mean", "x"] * np.mean(curve.predict(what="mean").value)
    assert effect == pytest.approx(-np.log1p(-q) * slope, rel=1e-6)
    fit = ml.fit(family(), WAITS)
    mean, error = WAITS.mean(), WAITS.mean() / np.sqrt(len(WAITS))
    assert fit.quantity("quantile", q=q).value == pytest.approx(-mean * np.log1p(-q), rel=1e-8)
    found = fit.quantity("quantile", q=q)
    assert found.std_error == pytest.approx(-error * np.log1p(-q), rel=1e-8)
    (upper,) = fit.predict(what="quantile", q=q)[:1].interval()[1]
    assert upper == pytest.approx(found.value * np.exp(1.959964 / np.sqrt(len(WAITS))), rel=1e-6)
    at = -mean * np.log1p(-q)
    slope = at / mean**2 * (1.0 - q) * error
    for name, value in (("cdf", q), ("sf", 1.0 - q)):
        found = fit.quantity(name, at=at)
        assert found.value == pytest.approx(value, rel=1e-8)
        assert found.std_error == pytest.approx(slope, rel=1e-8)
    assert fit.quantity("hazard", at=at).std_error == pytest.approx(error / mean**2, rel=1e-6)


def test_what_is_certain_has_an_interval_of_one_number():
    fit = ml.fit(ml.Binomial("k ~ x", n="m"), {"x": X[:6], "k": [1, 2, 0, 3, 2, 1], "m": [4] * 6})
    low, high = fit.predict({"x": [0.0, 0.0], "m": [4, 9]}, "cdf", at=4).interval()
    assert (low[0], high[0]) == (1.0, 1.0)
    assert low[1] < high[1]
    edge = ml.fit("bernoulli", [0, 0, 0]).predict(what="mean").interval()
    assert np.isnan(edge).all()  # its error of zero is none


def test_on_a_boundary_a_quantity_is_that_of_the_simpler_model():
    under = {"x": X, "n": np.round(np.exp(0.5 + 0.3 * X)).astype(int)}
    wide, simple = ml.fit(ml.NegativeBinomial("n ~ x"), under), ml.fit(ml.Poisson("n ~ x"), under)
    assert wide.verdict.kind == "boundary"
    one = {"data": {"x": 0.5}}
    for options in ({"method": "wald"}, {"method": "profile"}):
        found = wide.interval("probability", at=0, **one, **options)
        np.testing.assert_allclose(
            found, simple.interval("probability", at=0, **one, **options), rtol=1e-6
        )


def test_a_member_of_a_joint_model_has_its_own_quantities():
    data = {**LINE, "z": 2.0 * X + 1.0}
    data["z"] = data["z"] + np.sin(np.arange(60.0))
    both = ml.fit(ml.joint(ml.Normal("y ~ x"), ml.Normal("z ~ x"), shared=[]), data)
    for member, formula in enumerate(("y ~ x", "z ~ x")):
        alone = ml.fit(ml.Normal(formula), data)
        for method in ("wald", "profile"):
            options = {"q": 0.9, "data": {"x": 0.3}, "method": method}
            np.testing.assert_allclose(
                both.interval("quantile", member=member, **options),
                alone.interval("quantile", **options),
                rtol=1e-6,
            )


def test_errors_of_quantities_are_of_the_covariance_that_is_asked_for():
    fit = ml.fit(ml.Normal("y ~ x"), LINE)
    clusters = np.arange(60) // 4
    row = np.array([1.0, 0.5, 0.0])
    for options in ({"covariance": "HC3"}, {"cluster": clusters}):
        error = np.sqrt(
            row @ fit.covariance(options.get("covariance"), cluster=options.get("cluster")) @ row
        )
        for found in (
            fit.quantity("mean", data={"x": 0.5}, **options),
            fit.quantity(lambda p: p["Intercept"] + 0.5 * p["x"], **options),
        ):
            assert found.std_error == pytest.approx(error, rel=1e-9)
            with pytest.raises(ml.ModelError, match="covariance= and cluster= are of Wald's"):
                found.interval(method="profile")
        low, high = fit.interval("mean", data={"x": 0.5}, **options)
        assert high - low == pytest.approx(2.0 * 1.959964 * error, rel=1e-6)


def test_a_covariance_that_was_chosen_is_that_of_all_that_is_asked():
    plain = ml.fit(ml.Normal("y ~ x"), LINE)
    robust = plain.with_covariance("HC3")
    row, new = {"data": {"x": 0.5}}, {"x": [0.5]}
    right = plain.quantity("mean", covariance="HC3", **row).std_error
    assert right != plain.quantity("mean", **row).std_error
    found = robust.quantity("mean", **row)
    for error in (
        found.std_error,
        robust.predict(new).std_error[0],
        robust.quantity(lambda p: p["Intercept"] + 0.5 * p["x"]).std_error,
    ):
        assert error == pytest.approx(right, rel=1e-12)
    assert robust.marginal_effects().errors == "sandwich, HC3"
    for ask in (found.interval, lambda method: robust.interval("mean", method=method, **row)):
        with pytest.raises(ml.ModelError, match=r"covariance=.* of Wald's"):
            ask(method="profile")
    under = {"x": X, "y": np.round(np.exp(0.5 + 0.3 * X)).astype(int)}
    wide, simple = ml.fit(ml.NegativeBinomial("y ~ x"), under), ml.fit(ml.Poisson("y ~ x"), under)
    assert wide.verdict.kind == "boundary"
    np.testing.assert_allclose(
        wide.with_covariance("HC1").predict(new).std_error,
        simple.predict(new, covariance="HC1").std_error,
        rtol=1e-6,
    )


# What is refused.


@pytest.mark.parametrize(
    ("of", "options", "said"),
    [
        ("quantile", {}, "takes q="),
        ("quantile", {"q": 2.0}, "a number from 0 to 1; got 2.0"),
        ("quantile", {"q": 0.5, "method": "bayes"}, "there is no interval method 'bayes'"),
        ("return_level", {"period": 0.5}, "a number above 1; got 0.5"),
        ("hazard", {}, "take at="),
        ("hazard", {"at": "far"}, "at='far' is the name of a column"),
        ("hazard", {"y": 3.0}, "write at=, not y="),
        ("sd", {"q": 0.5}, "takes q=, as in q=0.9, and nothing else does"),
        ("sd", {"data": range(3)}, "a quantity is of one row, and data= has 3"),
        ("sd", {"row": 3}, "an interval has no option 'row'"),
        ("probability", {"at": 3}, "where y is continuous"),
        (lambda p: p["mean"], {"q": 0.5}, "q= goes with a name"),
        (lambda p: "three", {}, "a quantity is one number; the function gave 'three'"),
        (lambda p: p["sigma"], {}, "Gamma has no parameter 'sigma'"),
        (None, {"q": 0.5}, "q= goes with what it is of"),
    ],
)  # fmt: skip
def test_intervals_that_make_no_sense_are_refused(of, options, said):
    with pytest.raises(ml.ModelError) as raised:
        ml.fit("gamma", WAITS).interval(of, **options)
    assert said in str(raised.value)


def test_profiles_that_there_are_not_say_so():
    cases = [
        (ml.fit("laplace", WAITS), "has corners"),
        (ml.fit("bernoulli", [0, 0, 0]), "from a maximum inside"),
        (ml.fit("normal", WAITS, weights=WAITS, weight_kind="sampling"), "not chi-square"),
    ]
    for fit, said in cases:
        with pytest.raises(ml.ModelError, match=said):
            fit.interval(lambda p: next(iter(p.values())) * 2.0, method="profile")
    lasso = ml.fit(ml.Normal("y ~ x"), LINE, penalty=ml.Lasso(1.0))
    with pytest.raises(ml.ModelError, match="there is no profile interval"):
        lasso.interval(lambda p: p["x"], method="profile")
    effect = ml.fit(ml.Poisson("n ~ x"), COUNTS).marginal_effects()["x"]
    with pytest.raises(ml.ModelError, match="this quantity has no profile"):
        effect.interval(method="profile")


def test_each_row_has_its_own_and_a_row_is_to_be_named():
    fit = ml.fit(ml.Poisson("n ~ x"), COUNTS)
    with pytest.raises(ml.ModelError, match="each row has a mean of its own; name one row"):
        fit.interval("mean")
    with pytest.raises(ml.ModelError, match="there is no parameter 'men'"):
        fit.interval("men")
