"""Planted faults: each must make the named truth fail, or the truth proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.calculus.dispatch import Op, unary
from mostlikely.calculus.ops import exp, lgamma, log, xlog1py, xlogy
from mostlikely.calculus.rules import RULES
from mostlikely.family.base import Family, Param, SpecialCase
from mostlikely.solve.maximise import maximise
from mostlikely.solve.optimum import Optimum
from tests.truths import test_cdf as cdf
from tests.truths import test_declaration as declaration
from tests.truths import test_density as density
from tests.truths import test_fit as fits
from tests.truths import test_score as scores
from tests.truths import test_special_cases as special_cases

MUTANTS: list[tuple[type[Family], Callable[[type[Family]], None]]] = []


def caught_by(*truths: Callable[[type[Family]], None]) -> Callable[[type[Family]], type[Family]]:
    def plant(mutant: type[Family]) -> type[Family]:
        MUTANTS.extend((mutant, truth) for truth in truths)
        return mutant

    return plant


@caught_by(density.test_sampler_follows_the_density)
class BetaWithItsParametersSwapped(ml.Beta):
    """Still integrates to one, is smooth, and has a score of mean zero."""

    def log_prob(y, mean, precision):
        a, b = (1.0 - mean) * precision, mean * precision
        constant = lgamma(precision) - lgamma(a) - lgamma(b)
        return constant + xlogy(a - 1.0, y) + xlog1py(b - 1.0, -y)


@caught_by(density.test_density_sums_to_one, cdf.test_cdf_is_the_density_summed)
class NormalWithoutItsConstant(ml.Normal):
    def log_prob(y, mu, sigma):
        z = (y - mu) / sigma
        return -0.5 * z * z - log(sigma)


@caught_by(density.test_density_sums_to_one, scores.test_score_has_mean_zero)
class PoissonOfAnotherMean(ml.Poisson):
    def log_prob(y, mean):
        return xlogy(y, mean) - 1.01 * mean - lgamma(y + 1.0)


@caught_by(density.test_sampler_follows_the_density)
class GammaSampledByItsRate(ml.Gamma):
    def sample(rng, n, mean, shape):
        return rng.gamma(shape, shape / mean, n)


@caught_by(density.test_sampler_follows_the_density)
class NegativeBinomialSampledAsPoisson(ml.NegativeBinomial):
    def sample(rng, n, mean, size):
        return rng.poisson(mean, n)


@caught_by(cdf.test_cdf_is_the_density_summed, cdf.test_slope_of_the_cdf_is_the_density)
class GeometricCdfOffByOne(ml.Geometric):
    def log_cdf(y, p):
        return np.log(-np.expm1(np.maximum(y, 0.5) * np.log1p(-p)))

    def log_sf(y, p):
        return np.maximum(y, 0.5) * np.log1p(-p)


@caught_by(cdf.test_cdf_is_the_density_summed)
class NormalTailByComplement(ml.Normal):
    """Right to sixteen digits in the middle, worthless in the tail."""

    def log_sf(y, mu, sigma):
        return np.log(1.0 - np.exp(ml.Normal.log_cdf(y, mu, sigma)))


@caught_by(cdf.test_quantile_undoes_the_cdf)
class GeometricQuantileRoundedUp(ml.Geometric):
    def quantile(q, p):
        return np.ceil(np.log1p(-q) / np.log1p(-p))


@caught_by(cdf.test_quantile_undoes_the_cdf)
class ExponentialQuantileByLog(ml.Exponential):
    """Loses the small probabilities."""

    def quantile(q, mean):
        return -mean * np.log(1.0 - q)


@caught_by(cdf.test_cdf_is_monotone_from_zero_to_one)
class ExponentialSurvivingAnotherMean(ml.Exponential):
    def log_sf(y, mean):
        return -y / (1.001 * mean)


crooked_log = Op(
    "log", lambda x: np.log(x), unary(lambda x, v: (-1.0 / x, 1.0 / x**2)), "log", "log"
)
bent_log = Op("log", lambda x: np.log(x), unary(lambda x, v: (1.0 / x, 1.0 / x**2)), "log", "log")


@caught_by(
    scores.test_derivatives_equal_high_precision,
    scores.test_score_has_mean_zero,
    scores.test_numpy_equals_torch,
)
class ExponentialWithAWrongScore(ml.Exponential):
    def log_prob(y, mean):
        return -crooked_log(mean) - y / mean


@caught_by(
    scores.test_derivatives_equal_high_precision,
    scores.test_variance_of_score_is_minus_mean_hessian,
)
class ExponentialWithAWrongHessian(ml.Exponential):
    def log_prob(y, mean):
        return -bent_log(mean) - y / mean


@caught_by(
    scores.test_declared_information_is_the_variance_of_the_score,
    fits.test_three_tests_agree_asymptotically,
)
class NormalInformedTwice(ml.Normal):
    def information(mu, sigma):
        return np.diag([2.0, 4.0]) / sigma**2


@caught_by(scores.test_finite_at_float_extremes)
class ExponentialByItsProduct(ml.Exponential):
    def log_prob(y, mean):
        return log(exp(-y / mean) / mean)


@caught_by(scores.test_value_keeps_its_digits)
class LogisticByItsExponential(ml.Logistic):
    def log_prob(y, mu, scale):
        z = (y - mu) / scale
        return -z - log(scale) - 2.0 * log(1.0 + exp(-z))


@caught_by(density.test_declared_moments_are_expectations)
class NormalWhoseVarianceIsItsDeviation(ml.Normal):
    def moments(mu, sigma):
        return mu, sigma


@caught_by(density.test_units_only_rescale, fits.test_units_change_nothing_but_the_units)
class ExponentialWithoutUnits(ml.Exponential):
    mean = Param(ml.domains.positive, "mean of y", typical=(0.3, 20.0), unit=-1)


@caught_by(density.test_impossible_outside_the_support)
class UniformWithoutEnds(ml.Uniform):
    def log_prob(y, low, high):
        return -log(high - low) + 0.0 * y


@caught_by(
    declaration.test_statistics_span_the_log_density,
    fits.test_reduction_keeps_the_log_likelihood,
)
class GammaWithoutTheLogarithm(ml.Gamma):
    def statistics(y, mean, shape):
        return (y / mean,)


@caught_by(declaration.test_start_is_inside)
class NormalStartedOutside(ml.Normal):
    def start(y, w):
        return {"mu": 0.0, "sigma": -1.0}


@caught_by(declaration.test_start_is_a_possible_value)
class UniformStartedWithinItsData(ml.Uniform):
    def start(y, w):
        return {"low": np.mean(y), "high": np.max(y)}


@caught_by(declaration.test_first_line_of_the_docstring_says_what_it_is)
class NormalWithoutAWord(ml.Normal):
    pass


@caught_by(declaration.test_typical_lies_in_the_domain)
class PoissonOfNoMean(ml.Poisson):
    mean = Param(ml.domains.positive, "mean of y", typical=(0.0, 2.0))


@caught_by(special_cases.test_special_cases_are_what_they_say)
class GammaOfTheWrongSpecialCase(ml.Gamma):
    special_cases = (SpecialCase(ml.Exponential, when={"shape": 2.0}),)


@caught_by(special_cases.test_special_cases_are_what_they_say)
class StudentTOfTheWrongLimit(ml.StudentT):
    special_cases = (
        SpecialCase(
            ml.Cauchy, when={"df": np.inf}, rest=lambda mu, scale: {"mu": mu, "sigma": scale}
        ),
    )


@caught_by(fits.test_closed_form_equals_numeric_optimum)
class NormalWithTheDivisorNMinusOne(ml.Normal):
    def mle(data, mu=None, sigma=None):
        found = ml.Normal.mle(data, mu, sigma)
        return {**found, "sigma": found["sigma"] * np.sqrt(2000 / 1999)}


@caught_by(fits.test_fit_recovers_the_truth)
class WeibullOfTheWrongPower(ml.Weibull):
    """Its density is a Weibull's whose shape is another function of the parameter."""

    def log_prob(y, scale, shape):
        return ml.Weibull.log_prob(y, scale, shape * shape)


@pytest.mark.underflows  # SciPy's p-value of a wrong sampler
@pytest.mark.parametrize(
    ("mutant", "truth"), MUTANTS, ids=lambda x: x.__name__.removeprefix("test_")
)
def test_planted_fault_is_found(
    mutant: type[Family], truth: Callable[[type[Family]], None]
) -> None:
    with pytest.raises((AssertionError, ml.MostLikelyError)):
        truth(mutant)


class WeibullClimbedCarelessly(ml.Weibull):
    """The family is right; the solver below it stops too soon."""


def test_a_climb_that_stops_too_soon_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(objective: Any, x: Any, *, options: Any) -> Optimum:
        return maximise(objective, x, options=replace(options, tolerance=1e-2, sharpen=False))

    monkeypatch.setattr(import_module("mostlikely.solve.climb"), "maximise", careless)
    with pytest.raises(AssertionError):
        fits.test_optimum_is_verified(WeibullClimbedCarelessly)


@pytest.fixture(autouse=True, scope="module")
def _no_rule_left_behind():
    yield
    for op in (crooked_log, bent_log):
        RULES.pop(op.numpy, None)
