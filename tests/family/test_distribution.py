"""Distributions and expectations that a family does not declare, against SciPy and mpmath."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy import stats

from mostlikely.calculus.domain import counts, positive, real
from mostlikely.calculus.ops import lgamma, log, log1p, xlogy
from mostlikely.errors import ModelError
from mostlikely.family import family
from mostlikely.family.base import Family, Param
from mostlikely.family.expectation import expectation, expected_information, log_mass

Normal, Exponential, Bernoulli = map(family, ("Normal", "Exponential", "Bernoulli"))


class BareNormal(Family):
    """A family that declares no more than it must."""

    mu = Param(real, "mean")
    sigma = Param(positive, "standard deviation")

    log_prob = Normal.log_prob
    sample = Normal.sample


class BareT(Family):
    """Tails so heavy that moments fail to exist."""

    mu = Param(real, "center")
    df = Param(positive, "degrees of freedom")

    def log_prob(y, mu, df):
        half = 0.5 * (df + 1.0)
        constant = lgamma(half) - lgamma(0.5 * df) - 0.5 * log(np.pi * df)
        return constant - half * log1p((y - mu) ** 2 / df)

    def sample(rng, n, mu, df):
        return mu + rng.standard_t(df, n)


class BareGamma(Family):
    """A density that is infinite at the end of its support."""

    shape = Param(positive, "shape")
    support = positive

    def log_prob(y, shape):
        return (shape - 1.0) * log(y) - y - lgamma(shape)

    def sample(rng, n, shape):
        return rng.gamma(shape, size=n)


class BarePoisson(Family):
    """Counts without an upper end."""

    mean = Param(positive, "mean")
    support = counts

    def log_prob(y, mean):
        return xlogy(y, mean) - mean - lgamma(y + 1.0)

    def sample(rng, n, mean):
        return rng.poisson(mean, n)


def test_probability_of_heads_tails_heads():
    assert Bernoulli().at(p=0.5).prob([1, 0, 1]).prod() == pytest.approx(1 / 8, rel=1e-15)
    assert Bernoulli().at(p=0.7).prob([1, 0, 1]).prod() == pytest.approx(0.147, rel=1e-15)


def test_undeclared_cdf_keeps_relative_digits_in_both_tails():
    law, y = BareNormal().at(mu=100, sigma=2), np.array([-1e3, 60.0, 99.0, 100.0, 103.0, 130.0])
    assert np.allclose(law.log_cdf(y), stats.norm(100, 2).logcdf(y), rtol=1e-12)
    assert np.allclose(law.log_sf(y), stats.norm(100, 2).logsf(y), rtol=1e-12)


def test_undeclared_quantile_is_right_to_the_last_digits():
    q = np.array([1e-300, 1e-9, 0.1, 0.5, 0.9, 1.0 - 1e-12])
    law = BareNormal().at(mu=100, sigma=2)
    assert np.allclose(law.quantile(q), stats.norm(100, 2).ppf(q), rtol=1e-14)
    t = BareT().at(mu=0, df=0.5)
    assert np.allclose(t.quantile(q[1:]), stats.t(0.5).ppf(q[1:]), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("mean", [1e-3, 3.0, 1e4])
def test_undeclared_discrete_distribution(mean):
    law, peer = BarePoisson().at(mean=mean), stats.poisson(mean)
    q = [1e-9, 0.01, 0.5, 0.99]
    assert np.array_equal(law.quantile(q), peer.ppf(q))
    y = np.unique(peer.ppf(q))
    assert np.allclose(law.cdf(y), peer.cdf(y), rtol=1e-9)
    assert np.allclose(law.sf(y), peer.sf(y), rtol=1e-9)
    assert np.array_equal(law.cdf(y + 0.5), law.cdf(y))
    assert law.mean == pytest.approx(mean, rel=1e-10)
    assert law.variance == pytest.approx(mean, rel=1e-9)


@pytest.mark.parametrize("shape", [0.1, 1.0, 30.0])
def test_expectations_against_mpmath(shape):
    with mpmath.workdps(30):
        exact = [float(mpmath.psi(0, shape)), float(mpmath.psi(1, shape)), shape]
    center = exact[0]
    value, error = expectation(
        BareGamma().at(shape=shape), lambda y: [np.log(y), (np.log(y) - center) ** 2, y]
    )
    assert value == pytest.approx(exact, rel=1e-10)
    assert error < 1e-10
    (information,) = expected_information(BareGamma(), {"shape": shape}, ["shape"]).ravel()
    assert information == pytest.approx(exact[1], rel=1e-10)


def test_expectation_says_when_it_does_not_exist():
    _, error = expectation(BareT().at(mu=0, df=1), np.abs)
    assert error > 1e-3
    assert np.isnan(BareT().at(mu=0, df=1).mean) and np.isnan(BareT().at(mu=0, df=1).variance)
    exact = BareT().at(mu=1, df=3)
    assert (exact.mean, exact.variance) == pytest.approx((1.0, 3.0), rel=1e-8)


def test_mass_of_an_interval_far_out():
    law = BareNormal().at(mu=0, sigma=1)
    with mpmath.workdps(30):
        exact = float(mpmath.log(mpmath.ncdf(-30) - mpmath.ncdf(-31)))
    assert log_mass(law, -31.0, -30.0) == pytest.approx(exact, rel=1e-12)
    assert log_mass(law, 1.0, 1.0) == -np.inf


def test_distribution_wants_every_parameter_once():
    with pytest.raises(ModelError, match="a number for sigma"):
        Normal().at(mu=0)
    with pytest.raises(ModelError, match="did you mean 'sigma'"):
        Normal().at(mu=0, sgima=1)
    with pytest.raises(ModelError, match="sigma fixed already"):
        Normal(sigma=1).at(mu=0, sigma=1)
    with pytest.raises(ModelError, match="sigma must be positive"):
        Normal().at(mu=0, sigma=-1)


def test_parameters_may_be_arrays():
    law = Normal(sigma=2.0).at(mu=0.0)
    rows = type(law)(law.family, {"mu": np.array([0.0, 1.0]), "sigma": 2.0})
    assert np.allclose(rows.log_prob([0.0, 1.0]), law.log_prob(0.0))
    assert np.allclose(rows.quantile(0.5), [0.0, 1.0])


def test_a_family_without_a_sampler_says_so():
    class Silent(Family):
        mu = Param(real, "mean")
        log_prob = Normal.log_prob

    with pytest.raises(ModelError, match="declares no sample"):
        Silent().at(mu=0).sample(3)


def test_draws_depend_on_the_seed_alone():
    law = Exponential().at(mean=2)
    assert np.array_equal(law.sample(5, seed=1), law.sample(5, seed=1))
    assert not np.array_equal(law.sample(5, seed=1), law.sample(5, seed=2))
