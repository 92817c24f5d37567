"""The log-likelihood and the score of a fit's data at values that are not its estimate."""

from __future__ import annotations

import numpy as np
import pytest

import mostlikely as ml

RNG = np.random.default_rng(11)
N = 40
A, B = RNG.normal(size=N), RNG.normal(size=N)
TABLE = {
    "a": A,
    "b": B,
    "c": 2.0 * A,
    "y": 1.0 + A + RNG.normal(size=N),
    "n": RNG.poisson(np.exp(0.5 + 0.3 * A)),
    "grade": RNG.integers(1, 5, N),
}
X = np.column_stack([np.ones(N), A, B])
BETA = np.array([0.2, -0.4, 1.1])
AT = dict(zip(("Intercept", "a", "b"), BETA, strict=True))


def slopes(f, x, h=1e-5):
    """Central differences of a function of several numbers."""
    steps = h * np.eye(len(x))
    return [(f(x + e) - f(x - e)) / (2.0 * h) for e in steps]


def test_poisson_score_is_the_columns_times_the_residuals():
    fit = ml.fit(ml.Poisson("n ~ a + b"), TABLE)
    expected = X.T @ (TABLE["n"] - np.exp(X @ BETA))
    assert [*fit.score(AT).values()] == pytest.approx(expected, rel=1e-11)
    assert list(fit.score(AT)) == list(fit.params)


def test_score_in_constants_is_on_their_own_scale():
    fit = ml.fit(ml.Normal("y ~ a + b"), TABLE)
    r, sigma = TABLE["y"] - X @ BETA, 1.7
    found = fit.score(AT, sigma=sigma)
    assert found["sigma"] == pytest.approx(np.sum(r**2) / sigma**3 - N / sigma, rel=1e-11)
    assert found["mu", "b"] == pytest.approx(B @ r / sigma**2, rel=1e-11)
    density = -0.5 * np.sum((r / sigma) ** 2) - N * np.log(sigma * np.sqrt(2.0 * np.pi))
    assert fit.log_likelihood(AT, sigma=sigma) == pytest.approx(density, rel=1e-13)


def test_what_is_not_given_is_the_estimate():
    fit = ml.fit(ml.Poisson("n ~ a"), TABLE)
    intercept = fit.params["mean", "Intercept"]
    expected = A @ (TABLE["n"] - np.exp(intercept + 2.0 * A))
    assert fit.score({("mean", "a"): 2.0})["mean", "a"] == pytest.approx(expected, rel=1e-11)
    assert [*fit.score().values()] == pytest.approx([0.0, 0.0], abs=1e-5)


def test_score_of_dependent_columns_is_that_of_each():
    fit = ml.fit(ml.Normal("y ~ a + c", sigma=1.0), TABLE)
    found = fit.score({"Intercept": 0.1, "a": 0.2, "c": 0.3})
    r = TABLE["y"] - 0.1 - 0.8 * A
    assert [*found.values()] == pytest.approx([r.sum(), A @ r, 2.0 * (A @ r)], rel=1e-10)


def test_score_of_a_curve():
    curve = ml.nonlinear(lambda d, k: np.exp(k * d["a"]), start={"k": 0.1})
    fit = ml.fit(ml.Normal(mu=curve, sigma=1.0), TABLE, y="y")
    r = TABLE["y"] - np.exp(0.3 * A)
    assert fit.score({("mu", "k"): 0.3})["mu", "k"] == pytest.approx(
        np.sum(r * A * np.exp(0.3 * A)), rel=1e-11
    )


def graded(x):
    """The log-likelihood of grades as in McCullagh 1980: P(y <= k) = F(cut_k - x b)."""
    below = 1.0 / (1.0 + np.exp(-(np.array([-np.inf, *x[1:], np.inf])[:, None] - x[0] * A)))
    k = TABLE["grade"]
    return np.sum(np.log(below[k, range(N)] - below[k - 1, range(N)]))


def test_score_of_cutpoints():
    fit = ml.fit(ml.Ordinal("grade ~ a"), TABLE)
    at = np.array([0.4, -1.5, 0.2, 1.0])
    found = fit.score(dict(zip(fit.params, at, strict=True)))
    assert [*found.values()] == pytest.approx(slopes(graded, at), rel=1e-7)


def test_predicted_shares_have_errors_from_slope_and_cutpoint():
    fit = ml.fit(ml.Ordinal("grade ~ a"), TABLE)
    said = fit.predict({"a": [0.7]}, what="cdf", at=2)  # grades up to 2
    at = np.array([*fit.params.values()])
    slope = np.array(slopes(lambda x: 1.0 / (1.0 + np.exp(0.7 * x[0] - x[2])), at))
    error = np.sqrt(slope @ fit.covariance() @ slope)
    assert said.std_error[0] == pytest.approx(error, rel=1e-6)


def test_a_sample_without_predictors_has_its_score_too():
    fit = ml.fit("normal", [1.0, 2.0, 4.0])
    assert fit.score(mu=1.0, sigma=2.0) == pytest.approx({"mu": 1.0, "sigma": 10 / 8 - 3 / 2})


def test_separated_rows_have_a_supremum_and_a_score_at_finite_values():
    fit = ml.fit(ml.Bernoulli("y ~ x"), {"x": [1, 2, 3, 4], "y": [0, 0, 1, 1]})
    assert fit.log_likelihood() == fit.loglik == 0.0
    found = fit.score({"Intercept": 0.0, "x": 0.0})
    assert [*found.values()] == pytest.approx([0.0, 2.0])
    with pytest.raises(ml.ModelError, match=r"finite coefficients; p\[Intercept\] = −∞"):
        fit.score()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"A": 1.0}, "no parameter 'A'"),
        ({"a": np.nan}, r"finite coefficients; mean\[a\] = nan"),
        ({"size": -1.0}, "size must be positive; got -1"),
        ({"size": np.inf}, "no score at size = ∞"),
    ],
)
def test_where_there_is_no_score_a_sentence_says_so(values, sentence):
    bursts = RNG.negative_binomial(2, 0.3, N)
    fit = ml.fit(ml.NegativeBinomial("n ~ a"), {**TABLE, "n": bursts})
    with pytest.raises(ml.ModelError, match=sentence):
        fit.score(values)


def test_an_identity_link_that_leaves_the_domain_has_no_score():
    fit = ml.fit(ml.Poisson(ml.linear("n ~ 1", link="identity")), TABLE)
    with pytest.raises(ml.ModelError, match="impossible"):
        fit.score({"Intercept": -1.0})


@pytest.mark.parametrize("model", [ml.Normal(), ml.Normal("y ~ a")])
def test_part_of_the_rows_is_made_once_and_only_of_its_own_rows(model):
    """Starts, climbs and checks ask for the same one."""
    whole = ml.fit(model, TABLE if model.all_predictors else TABLE["y"])._proof.likelihood.member
    assert whole.portion(10) is whole.portion(10)
    assert whole.take(np.arange(20)).portion(10) is not whole.portion(10)
    assert whole.portion(10).rows in (10, 12)  # with both extremes, where all rows are alike
