"""Functions of one's own as models: the same answers as a family's, and errors in sentences."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize, special

import mostlikely as ml

RNG = np.random.default_rng(3)
N = 60
TABLE = {
    "x": RNG.normal(size=N),
    "y": RNG.gamma(2.0, 1.5, N),
    "n": RNG.poisson(3.0, N),
    "g": RNG.choice(list("ab"), N),
    "w": RNG.integers(1, 4, N),
}
START = {"mean": 1.0, "shape": 1.0}


def gamma(d, mean, shape):
    """In SciPy's words, and not in the library's."""
    z = d["y"] / mean
    return shape * np.log(shape * z) - shape * z - special.gammaln(shape) - np.log(d["y"])


def poisson(d, a, b):
    eta = a + b * d["x"]
    return d["n"] * eta - np.exp(eta) - special.gammaln(d["n"] + 1.0)


def square(d, a):
    return -((d["y"] - a) ** 2)


def test_function_gives_what_the_family_gives():
    own, family = ml.fit(gamma, TABLE, start=START), ml.fit(ml.Gamma(), TABLE["y"])
    assert own.verdict.kind == "interior"
    assert own.loglik == pytest.approx(family.loglik, rel=1e-14)
    for key in START:
        assert own.params[key] == pytest.approx(family.params[key], rel=1e-7)
        assert own.standard_errors[key] == pytest.approx(family.standard_errors[key], rel=1e-7)
        ends = own.interval(key, method="profile")
        assert ends == pytest.approx(family.interval(key, method="profile"), rel=1e-6)
    assert own.covariance("sandwich") == pytest.approx(family.covariance("sandwich"), rel=1e-6)
    ours, theirs = own.test(shape=1.0), family.test(shape=1.0)
    assert ours.statistic == pytest.approx(theirs.statistic, rel=1e-8)


def test_function_of_several_columns_is_a_regression():
    own = ml.fit(poisson, TABLE, start={"a": 0.0, "b": 0.0})
    family = ml.fit(ml.Poisson("n ~ x"), TABLE)
    assert own.loglik == pytest.approx(family.loglik, rel=1e-14)
    assert [*own.params.values()] == pytest.approx([*family.params.values()], rel=1e-6)
    assert own.covariance() == pytest.approx(family.covariance(), rel=1e-6)


def test_maximum_and_error_are_those_of_the_derivation_by_hand():
    # y/θ + log θ is least at the mean of y; d²/dθ² there is n/θ²
    fit = ml.fit(lambda d, t: -d["y"] / t - np.log(t), TABLE, start={"t": 1.0})
    mean = TABLE["y"].mean()
    assert fit.params["t"] == pytest.approx(mean, rel=1e-7)
    assert fit.standard_errors["t"] == pytest.approx(mean / np.sqrt(N), rel=1e-7)
    assert fit.score(t=2.0)["t"] == pytest.approx(N * mean / 4.0 - N / 2.0, rel=1e-12)


@pytest.mark.parametrize("weights", ["w", TABLE["w"]], ids=["column", "array"])
def test_a_weight_counts_rows(weights):
    weighted = ml.fit(gamma, TABLE, start=START, weights=weights)
    repeated = ml.fit(ml.Gamma(), np.repeat(TABLE["y"], TABLE["w"]))
    assert weighted.n == repeated.n
    assert weighted.loglik == pytest.approx(repeated.loglik, rel=1e-13)
    assert [*weighted.standard_errors.values()] == pytest.approx(
        [*repeated.standard_errors.values()], rel=1e-7
    )


def test_clusters_add_up_before_they_are_squared():
    fit = ml.fit(square, TABLE, start={"a": 0.0})
    r = TABLE["y"] - TABLE["y"].mean()
    sums = [r[TABLE["g"] == g].sum() for g in "ab"]
    variance = np.sum(np.square(sums)) / N**2 * 2.0 / (2.0 - 1.0)  # G / (G - 1) for G clusters
    assert fit.covariance(cluster="g")[0, 0] == pytest.approx(variance, rel=1e-6)


def test_branches_and_attributes_are_allowed():
    def huber(d, a):
        r = d.y - a
        return np.where(abs(r) < 1.0, -0.5 * r * r, 0.5 - abs(r))

    fit = ml.fit(huber, TABLE, start={"a": 1.0})
    r = TABLE["y"] - fit.params["a"]
    assert np.clip(r, -1.0, 1.0).sum() == pytest.approx(0.0, abs=1e-6)  # Huber's own equation
    assert fit.verdict.ok


def test_rows_with_missing_values_are_those_of_the_columns_that_it_reads():
    gaps = {**TABLE, "y": np.r_[np.nan, TABLE["y"][1:]], "x": np.full(N, np.nan)}
    with pytest.raises(ml.DataError, match=r"y has 1 missing value \(row 0\)"):
        ml.fit(gamma, gaps, start=START)
    fit = ml.fit(gamma, gaps, start=START, missing="drop")
    assert (fit.n, fit.dropped) == (N - 1, 1)


def test_parameters_that_move_together_are_named():
    fit = ml.fit(lambda d, a, b: -((d["y"] - a - b) ** 2), TABLE, start={"a": 1.0, "b": 1.0})
    assert fit.verdict.kind == "not identified"
    assert fit.verdict.parameters == ("a", "b") or fit.verdict.parameters == ("b", "a")


def test_impossible_start_is_said():
    fit = ml.fit(gamma, TABLE, start={"mean": -1.0, "shape": 1.0})
    assert not fit.verdict.ok
    assert "not finite at any start value" in str(fit.verdict)


def test_saved_fit_of_a_function_is_loaded_with_it(tmp_path):
    fit = ml.fit(gamma, TABLE, start=START)
    fit.save(tmp_path / "fit.json")
    assert dict(ml.load(tmp_path / "fit.json", gamma).params) == dict(fit.params)
    with pytest.raises(ml.ModelError, match=r"the fit is of a function, .* ml.load\(path, f\)"):
        ml.load(tmp_path / "fit.json")


def test_it_is_called_by_its_name():
    assert repr(ml.fit(gamma, TABLE, start=START)).startswith("<Fit of gamma(mean, shape) to")
    with pytest.raises(ml.ModelError, match=r"^gamma has no dispersion"):
        ml.fit(gamma, TABLE, start=START, weights="w", weight_kind="precision")


@pytest.mark.parametrize(
    ("function", "start", "sentence"),
    [
        (square, None, "needs start={...}, a value for each"),
        (square, {}, "needs start={...}"),
        (square, {"b": 1.0}, "start: 'b' is no argument of the function; there are a."),
        (gamma, {"mean": 1.0}, "start lacks a value for shape."),
        (gamma, {"mean": 1.0, "shap": 1.0}, "did you mean 'shape'?"),
        (square, {"a": math.nan}, "start: a must be a finite number; got nan."),
        (square, {"a": "1"}, "start: a must be a finite number; got '1'."),
        (lambda d, a: -((d["yy"] - a) ** 2), {"a": 1.0}, "there is no column 'yy'"),
        (lambda d, a: -((d["g"] - a) ** 2), {"a": 1.0}, "failed on the first rows"),
        (lambda d, a: d["y"] * math.log(a), {"a": 1.0}, "NumPy and scipy.special calls"),
        (lambda d, a: a / 0, {"a": 1.0}, "division by zero"),
        (lambda d, a: None, {"a": 1.0}, "gave NoneType and not one log-density per row"),
        (lambda d, a: -d["y"], {"a": 1.0}, "depends on none of a, so there is nothing"),
        (lambda d, a: -np.sum((d["y"] - a) ** 2), {"a": 1.0}, "numpy.sum has no derivative rule"),
        (lambda d, a: -((9.0 - a) ** 2), {"a": 1.0}, "leave the sum over rows to the fit"),
        (lambda d, a: -((TABLE["y"] - a) ** 2), {"a": 1.0}, "some of the rows at a time"),
    ],
)
def test_function_that_cannot_be_a_model_is_refused(function, start, sentence):
    with pytest.raises(ml.MostLikelyError) as refusal:
        ml.fit(function, TABLE, start=start)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_curves_of_a_parameter_are_tried_in_the_same_way():
    curve = ml.nonlinear(lambda d, a, b: a * d["x"] ** b, start={"a": 1.0})
    with pytest.raises(ml.ModelError, match="start lacks a value for b"):
        ml.fit(ml.Normal(mu=curve), TABLE, y="y")
    level = ml.nonlinear(lambda d, a: 2.0 * a, start={"a": 1.0})  # one number for all is enough
    fit = ml.fit(ml.Normal(mu=level), TABLE, y="y")
    assert fit.params["mu", "a"] == pytest.approx(TABLE["y"].mean() / 2.0, rel=1e-7)


def test_rows_have_no_distribution_that_a_function_tells():
    fit = ml.fit(gamma, TABLE, start=START)
    for asked in (lambda: fit.predict(TABLE), lambda: fit.distribution):
        with pytest.raises(ml.ModelError):
            asked()
    with pytest.raises(ml.ModelError, match="sample"):
        fit.covariance("expected")


def test_a_start_without_derivatives_is_begun_a_little_aside():
    """Counts in cells one wide, from a shift on: 0**k has no second derivative for k < 2."""

    def cells(d, s, k, m):
        ends = [np.maximum(d["h"] + e - m, 0.0) / np.exp(s) for e in (-0.5, 0.5)]
        low, high = (np.exp(-(z ** np.exp(k))) for z in ends)
        return np.log(low - high)

    data = {"h": np.arange(8) + 0.5}
    options = {"weights": [85, 71, 65, 32, 24, 17, 4, 2]}
    fit = ml.fit(cells, data, start={"s": 0.86, "k": 0.225, "m": 0.0}, **options)
    assert fit.verdict.kind == "interior"
    assert fit.loglik == pytest.approx(-522.892310, abs=1e-6)  # by Nelder and Mead's simplex


@pytest.mark.parametrize("k", [0.2, -0.2])
@pytest.mark.parametrize("seed", range(2))
def test_a_start_at_which_only_a_derivative_is_no_number_is_left(seed, k):
    # at m = 0 the first class begins where a power has its corner
    shares = [0.3, 0.25, 0.18, 0.12, 0.07, 0.05, 0.02, 0.01]
    w = np.random.default_rng(seed).multinomial(300, shares).astype(float)
    table = {"h": np.arange(8) + 0.5}

    def beyond(d, s, k, m):
        return np.exp(-((np.maximum(d["h"] - m, 0.0) / np.exp(s)) ** np.exp(k)))

    def classes(d, s, k, m):
        lower, upper = {"h": d["h"] - 0.5}, {"h": d["h"] + 0.5}
        return np.log(beyond(lower, s, k, m) - beyond(upper, s, k, m))

    fit = ml.fit(classes, table, start={"s": 0.7, "k": k, "m": 0.0}, weights=w)

    def loss(p):
        with np.errstate(all="ignore"):
            value = -float(w @ classes(table, *p))
        return value if np.isfinite(value) else np.inf

    options = {"maxiter": 9_999, "maxfev": 9_999, "xatol": 1e-9, "fatol": 1e-9}
    found = optimize.minimize(loss, [0.7, k, -0.1], method="Nelder-Mead", options=options)
    assert fit.verdict.kind == "interior"
    assert fit.loglik == pytest.approx(-found.fun, abs=1e-6)
