"""Profiles in every unit, of probabilities that add to one, and what is not known of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import t as student_t

import mostlikely as ml
from mostlikely.inference.profile import Profile
from mostlikely.likelihood.loglikelihood import LogLikelihood
from tests.inference.test_intervals import CHI2, FITS, WAITS, fitted, profiled, together

# Profiles in other units.

SCALES = (1e-6, 1e6)


#: Families whose parameters say how they follow the unit of y.
WITH_UNITS = [
    name
    for name, (model, _) in FITS.items()
    if any(model.parameters[k].unit for k in model.free)
    and "units_only_rescale" not in model.exempt
]


@pytest.mark.parametrize("size", SCALES)
@pytest.mark.parametrize("name", together(*WITH_UNITS))
def test_profile_ends_scale_with_the_unit_of_the_data(name, size):
    model, y = FITS[name]
    here, there = fitted(name), ml.fit(model, size * y)
    for parameter in here.params:
        ends = np.array(profiled(name)[parameter])
        found = there.interval(parameter, method="profile")
        factor = size ** model.parameters[parameter].unit
        error = here.standard_errors[parameter]
        near = 1e-6 * error if np.isfinite(error) else 1e-6 * np.ptp(ends[np.isfinite(ends)])
        np.testing.assert_allclose(np.array(found) / factor, ends, rtol=1e-7, atol=near)


@pytest.mark.parametrize("size", SCALES)
@pytest.mark.parametrize(
    "model", [ml.Normal("y ~ x"), ml.Normal("y ~ x", sigma="~ x"), ml.Logistic("y ~ x")], ids=repr
)
def test_profiles_of_regressions_scale_by_the_same_steps(model, size, monkeypatch):
    looks = []
    looked = LogLikelihood.__call__
    monkeypatch.setattr(
        LogLikelihood, "__call__", lambda self, x: looks.append(1) or looked(self, x)
    )
    rng = np.random.default_rng(0)
    x = rng.uniform(-1.0, 1.0, 40)
    y = 0.5 * x + rng.normal(size=40)
    ends, steps = [], []
    for unit in (1.0, size):
        fit = ml.fit(model, {"x": x, "y": unit * y})
        looks.clear()
        ends.append(np.array(fit.interval(("mu", "x"), method="profile")) / unit)
        steps.append(len(looks))
    np.testing.assert_allclose(ends[1], ends[0], rtol=1e-9)
    assert steps[1] <= steps[0] + 4


def test_profile_of_a_slope_in_any_unit_is_its_closed_form():
    """n log(1 + d² Sxx/SSE) = χ²."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1.0, 1.0, 40)
    y = 0.5 * x + rng.normal(size=40)
    design = np.column_stack([np.ones(40), x])
    (_, slope), (sse,), *_ = np.linalg.lstsq(design, y, rcond=None)
    reach = np.sqrt(np.expm1(CHI2 / 40) * sse / (40 * np.var(x)))
    for unit in (1e-6, 1e-2, 1.0, 1e6):
        ends = ml.fit(ml.Normal("y ~ x"), {"x": x, "y": unit * y}).interval("x", method="profile")
        assert np.array(ends) / unit == pytest.approx((slope - reach, slope + reach), rel=1e-8)


# Probabilities that add to one, and what is not known.


def test_the_profile_of_one_probability_of_several_is_that_of_its_level_against_the_rest():
    counts = {"a": 3, "b": 2, "c": 5}
    fit = ml.fit("categorical", [level for level, n in counts.items() for _ in range(n)])
    assert len(fit.params) == 2
    for key in fit.params:
        count = counts[key[2]]
        alone = ml.fit("bernoulli", [1] * count + [0] * (10 - count))
        wanted = alone.interval("p", method="profile")
        assert fit.interval(key, method="profile") == pytest.approx(wanted, rel=1e-8)


def test_where_rows_are_separated_what_may_have_any_value_has_every_value_in_its_interval():
    x = np.random.default_rng(0).normal(size=30)
    rows = {"b": (x > 0.0) * 1, "x": x, "y": np.cos(40.0 * x)}
    fit = ml.fit(ml.Bernoulli("b ~ x + y"), rows)
    assert fit.verdict.kind == "separation"
    ends = fit.interval(method="profile")
    assert ends["p", "Intercept"] == ends["p", "y"] == (-np.inf, np.inf)
    assert 0.0 < ends["p", "x"][0] < ends["p", "x"][1] == np.inf


def test_an_end_that_is_not_known_is_no_number():
    """Where no climb of the others ends at a maximum, one is asked for and none is given."""
    fit = ml.fit("gamma", WAITS)

    def lost(self, t, near):
        return replace(near, t=t, value=-np.inf, settled=False)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Profile, "at", lost)
        with pytest.raises(ml.ModelError, match=r"the lower end .* of shape is not known: .*\.$"):
            fit.interval("shape", method="profile")
        assert np.isnan(fit.interval(method="profile")["shape"]).all()
        rows = fit.summary(method="profile").splitlines()
    assert not any("nan" in row for row in rows)


@pytest.mark.parametrize("level", [0.99, 0.999])
def test_a_higher_maximum_met_on_the_way_is_said_with_a_start(level):
    """From its lower maximum a Cauchy location has a profile that rises above it."""
    y = np.array([0.0, 0.1, 0.2, 4.0, 4.1, 4.2, 4.15])
    model = ml.Cauchy(scale=0.5)
    low, high = ml.fit(model, y, start={"mu": 0.1}), ml.fit(model, y)
    assert low.loglik < high.loglik - 1.0
    with pytest.raises(ml.ModelError, match=r"higher where mu is .*start=\{'mu': ") as said:
        low.interval("mu", level=level, method="profile")
    start = float(str(said.value).split("'mu': ")[1].rstrip("}."))
    again = ml.fit(model, y, start={"mu": start})
    assert again.loglik == pytest.approx(high.loglik, rel=1e-9)


def test_an_interval_of_the_degrees_of_freedom_ends_where_it_should_and_not_at_zero():
    """Far below, t has no bound at rows that a line meets; SciPy's fit says where 3.84 is lost."""
    rng = np.random.default_rng(2)
    x = rng.uniform(0.0, 5.0, 60)
    y = x + rng.normal(size=60)
    fit = ml.fit(ml.StudentT("y ~ x"), {"x": x, "y": y})
    low = fit.interval("df", method="profile")[0]
    assert low > 1.0

    def lost(at):
        return -student_t.logpdf(y, low, at[0] + at[1] * x, np.exp(at[2])).sum()

    best = minimize(lost, [0.0, 1.0, -0.1], method="BFGS", tol=1e-10)
    assert 2.0 * (fit.loglik + best.fun) == pytest.approx(3.841458820694124, abs=1e-6)


def test_a_parameter_of_a_limit_has_a_profile_of_the_whole_model():
    """Q → −∞ makes five values a Pareto whose minimum is exp(mu) where mu is held below it."""
    y = [3.475, 12.821, 1.568, 3.545, 60.0]
    result = ml.fit(ml.GeneralizedGamma(), y)
    assert result.verdict.kind == "boundary"
    low, high = result.interval("mu", method="profile")
    _, (fallen,) = result.profile("mu", values=[high])
    assert 2.0 * (result.loglik - fallen) == pytest.approx(CHI2, rel=1e-6)
    logs = np.log(y)
    shape = 1.0 / np.mean(logs - low)
    pareto = np.sum(np.log(shape) + shape * low - (shape + 1.0) * logs)
    assert 2.0 * (result.loglik - pareto) == pytest.approx(CHI2, rel=1e-6)
