"""The lesson in five steps, each with its row of evidence: what the page says, the library does."""

import numpy as np
import pytest

import mostlikely as ml

FLIPS = [1, 1, 1, 0, 1, 1, 0, 1, 1, 0]  # 7 heads in 10
FIVE = [2.1, 1.9, 2.0, 2.3, 1.8]


# 1. Likelihood: independent events multiply.


@pytest.mark.parametrize(("p", "product"), [(0.5, 1 / 8), (0.7, 0.7 * 0.3 * 0.7)])
def test_independent_events_multiply(p, product):
    assert ml.likelihood(ml.Bernoulli(), [1, 0, 1], p=p) == pytest.approx(product, rel=1e-14)


def test_likelihood_is_the_product_of_densities_for_any_model():
    y = [0.8, 1.9, 3.1]
    product = np.prod(ml.Gamma().at(mean=2, shape=3).prob(y))
    assert ml.likelihood(ml.Gamma(), y, mean=2, shape=3) == pytest.approx(product, rel=1e-13)


def test_the_estimate_is_the_argmax():
    fit = ml.fit(ml.Bernoulli(), FLIPS)
    rivals = np.linspace(0.01, 0.99, 99)
    assert all(fit.log_likelihood(p=p) <= fit.loglik for p in rivals)


# 2. The log-likelihood trick, as floats do it.


@pytest.mark.underflows
def test_a_thousand_probabilities_of_four_fifths_fit_in_float64_and_not_in_float32():
    thousand = np.ones(1000)
    product = ml.likelihood(ml.Bernoulli(), thousand, p=0.8)
    assert product == pytest.approx(1.2302319221611171e-97, rel=1e-12)  # mpmath: 0.8**1000
    assert np.float32(0.8) ** np.float32(1000) == 0.0


def test_the_sum_of_logs_is_fine_in_both():
    total = ml.log_likelihood(ml.Bernoulli(), np.ones(1000), p=0.8)
    assert total == pytest.approx(-223.14355131420976, rel=1e-14)  # mpmath: 1000 log 0.8
    single = np.sum(np.log(np.full(1000, 0.8, dtype=np.float32)), dtype=np.float32)
    assert single == pytest.approx(total, rel=1e-5)


@pytest.mark.parametrize(("n", "is_zero"), [(3339, False), (3340, True)])
def test_where_the_product_leaves_float64(n, is_zero):
    assert (0.8**n == 0.0) is is_zero
    assert (ml.likelihood(ml.Bernoulli(), np.ones(n), p=0.8) == 0.0) is is_zero
    assert np.isfinite(ml.log_likelihood(ml.Bernoulli(), np.ones(n), p=0.8))


@pytest.mark.parametrize(("n", "is_zero"), [(465, False), (466, True)])
def test_where_the_product_leaves_float32(n, is_zero):
    assert bool(np.float32(0.8**n) == 0.0) is is_zero


def test_a_running_product_sticks_above_zero():
    product = 1.0
    for _ in range(10_000):
        product *= 0.8
    assert 0.0 < product < 1e-322


# 3. The coin.


@pytest.mark.parametrize("p", [0.2, 0.5, 0.7, 0.95])
def test_coin_log_likelihood_and_score_are_the_textbook_ones(p):
    h, t = 7, 3
    loglik = ml.log_likelihood(ml.Bernoulli(), FLIPS, p=p)
    assert loglik == pytest.approx(h * np.log(p) + t * np.log(1 - p), rel=1e-14)
    score = ml.score(ml.Bernoulli(), FLIPS, p=p)["p"]
    assert score == pytest.approx(h / p - t / (1 - p), rel=1e-12, abs=1e-12)


def test_seven_heads_in_ten():
    fit = ml.fit(ml.Bernoulli(), FLIPS)
    assert fit.params["p"] == pytest.approx(0.7, rel=1e-15)
    assert fit.standard_errors["p"] == pytest.approx(np.sqrt(0.7 * 0.3 / 10), rel=1e-12)
    assert fit.verdict.kind == "interior"


@pytest.mark.parametrize("side", [0, 1])
def test_a_coin_that_never_turns_is_on_the_boundary(side):
    n = 10
    fit = ml.fit(ml.Bernoulli(), [side] * n)
    assert fit.params["p"] == side
    assert (fit.verdict.kind, fit.verdict.ok) == ("boundary", True)
    assert f"p = {side}" in str(fit.verdict)
    assert np.isnan(fit.standard_errors["p"])  # and not zero
    # (1 - p)**n falls by the chi-square quantile's half: p = 1 - exp(-3.841458820694124 / 2n)
    far = 1 - np.exp(-3.841458820694124 / (2 * n))
    expected = (0.0, far) if side == 0 else (1 - far, 1.0)
    for method in ("profile", "wald"):
        assert fit.interval("p", method=method) == pytest.approx(expected, rel=1e-9)


# 4. Gaussian noise is least squares.


@pytest.mark.parametrize(("mu", "sigma"), [(2.0, 0.2), (1.5, 1.0), (2.4, 3.0)])
def test_gaussian_log_likelihood_is_a_constant_less_scaled_squares(mu, sigma):
    y = np.array(FIVE)
    n = len(y)
    expected = -n / 2 * np.log(2 * np.pi * sigma**2) - np.sum((y - mu) ** 2) / (2 * sigma**2)
    assert ml.log_likelihood(ml.Normal(), y, mu=mu, sigma=sigma) == pytest.approx(
        expected, rel=1e-13
    )


@pytest.mark.parametrize("sigma", [0.01, 1.0, 50.0])
def test_for_known_sigma_the_argmax_is_the_least_squares_one(sigma):
    fit = ml.fit(ml.Normal(sigma=sigma), FIVE)
    grid = np.linspace(1.5, 2.5, 1001)
    squares = [np.sum((np.array(FIVE) - m) ** 2) for m in grid]
    assert fit.params["mu"] == pytest.approx(grid[np.argmin(squares)], abs=1e-9)
    assert fit.standard_errors["mu"] == pytest.approx(sigma / np.sqrt(5), rel=1e-12)


def test_five_points():
    fit = ml.fit(ml.Normal(), FIVE)
    assert fit.params["mu"] == pytest.approx(2.02, rel=1e-15)
    assert fit.params["sigma"] == pytest.approx(np.sqrt(0.0296), rel=1e-14)  # divisor n
    assert "divisor n" in ml.Normal.parameters["sigma"].meaning


# Any model at any value: the public words.


@pytest.mark.parametrize(
    ("model", "y", "at"),
    [
        ("gamma", [0.8, 1.3, 2.4], {"mean": 1.7, "shape": 2.2}),
        ("student_t", [-0.3, 0.4, 5.0], {"mu": 0.1, "sigma": 1.2, "df": 3.0}),
        ("negative_binomial", [0, 3, 9], {"mean": 3.5, "size": 1.4}),
    ],
)
def test_the_score_is_the_slope_of_the_log_likelihood(model, y, at):
    scores = ml.score(model, y, **at)
    for name, value in at.items():
        h = 1e-6 * value

        def moved(to, name=name):
            return ml.log_likelihood(model, y, **{**at, name: to})

        slope = (moved(value + h) - moved(value - h)) / (2 * h)
        assert scores[name] == pytest.approx(slope, rel=1e-6)


def test_information_is_minus_the_slope_of_the_score():
    y, at, h = [0.8, 1.3, 2.4], {"mean": 1.7, "shape": 2.2}, 1e-6
    matrix = ml.information("gamma", y, **at)
    for j, name in enumerate(at):
        up = ml.score("gamma", y, **{**at, name: at[name] + h})
        down = ml.score("gamma", y, **{**at, name: at[name] - h})
        for i, other in enumerate(at):
            assert matrix[i, j] == pytest.approx(-(up[other] - down[other]) / (2 * h), rel=1e-6)
