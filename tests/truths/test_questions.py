"""What every fitted family answers: named quantities with errors, simulated data, residuals."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import mostlikely as ml
from tests.truths.cases import draws, laws

#: Of a law with a mean and a distribution function, what can be asked.
NAMES = {
    "mean": {},
    "sd": {},
    "quantile": {"q": 0.8},
    "cdf": {},
    "hazard": {},
}


@cache
def fitted(family):
    """A family fitted to 80 of its draws, and a value in the middle of them."""
    law = laws(family, 1)[0]
    y = np.asarray(draws(law)[:80])
    known = {k: law.values[k] for k, p in law.family.parameters.items() if p.known}
    if law.family.labels:
        return ml.fit(family(), y.astype(int)), float(np.median(y))
    return ml.fit(family(**known), y), float(np.quantile(y, 0.6, method="inverted_cdf"))


def by_hand(at, name, value, options):
    """The quantity by the law's own functions, none of which knows of derivatives."""
    if name == "mean":
        return at.mean
    if name == "sd":
        return np.sqrt(at.variance)
    if name == "quantile":
        return at.quantile(options["q"])
    if name == "cdf":
        return at.cdf(value)
    p = at.prob(value)
    return p / (at.sf(value) + (p if at.family.support.discrete else 0.0))


@pytest.mark.parametrize("name", NAMES)
def test_named_quantities_have_the_delta_methods_error(family, name):
    if family.labels:
        return  # these have probabilities of levels
    fit, value = fitted(family)
    options = {**NAMES[name], **({"at": value} if name in ("cdf", "hazard") else {})}
    if family.moments is None and name in ("mean", "sd"):
        with pytest.raises(ml.ModelError, match="declares no"):
            fit.quantity(name, **options)
        return
    found = fit.quantity(name, **options)
    at = fit.distribution
    if name in family.parameters and not options:  # the parameter comes first
        assert found.value == pytest.approx(fit.params[name], rel=1e-12)
        return
    with np.errstate(all="ignore"):
        wanted = by_hand(at, name, value, options)
    np.testing.assert_allclose(found.value, wanted, rtol=1e-8, equal_nan=True)
    row = fit.predict(what=name, **options)
    np.testing.assert_allclose(row.value[0], found.value, rtol=1e-12, equal_nan=True)
    np.testing.assert_allclose(row.std_error[0], found.std_error, equal_nan=True)
    if family.support.discrete and name == "quantile":
        assert np.isnan(found.std_error)
        low, high = found.interval()
        assert low <= found.value <= high
        assert low == np.floor(low)
        return
    keys = list(fit.params)
    if fit.verdict.kind != "interior" or at.family.name != fit.model.name:
        return  # errors are those of the limit
    gradient = []
    for key in keys:
        step = 1e-5 * max(abs(fit.params[key]), 1e-2)
        ends = [
            by_hand(
                ml.family(fit.model.name)(**fit.model.fixed).at(
                    **{**fit.params, key: fit.params[key] + s * step}
                ),
                name,
                value,
                options,
            )
            for s in (1.0, -1.0)
        ]
        gradient.append((ends[0] - ends[1]) / (2.0 * step))
    with np.errstate(all="ignore"):
        error = np.sqrt(np.array(gradient) @ fit.covariance() @ gradient)
    if np.isfinite(error) and np.isfinite(found.value):
        np.testing.assert_allclose(found.std_error, error, rtol=2e-4, atol=1e-12)
        low, high = found.interval()
        assert low <= found.value <= high


def test_simulated_data_follow_the_fitted_law(family):
    fit, value = fitted(family)
    drawn = fit.simulate(40, seed=3)
    assert drawn.shape == (40, fit.rows)
    np.testing.assert_array_equal(drawn, fit.simulate(40, seed=3))
    if family.labels:
        shares = fit.predict(what="probability")
        for level, share in zip(shares.levels, shares.value[0], strict=True):
            assert np.mean(drawn == level) == pytest.approx(share, abs=0.04)
        return
    p = fit.distribution.cdf(value)
    assert np.mean(drawn <= value) == pytest.approx(
        p, abs=4.5 * np.sqrt(p * (1.0 - p) / drawn.size) + 1e-12
    )


@pytest.mark.parametrize("kind", ["quantile", "deviance", "pearson", "response"])
def test_residuals_are_numbers_or_a_sentence(family, kind):
    fit, _ = fitted(family)
    try:
        found = fit.residuals(kind)
    except ml.ModelError as error:
        refused = str(error).rstrip(".")
    else:
        assert found.shape == (fit.rows,)
        ends = kind == "quantile" and family.sample_extremes  # an extreme is at an end of the law
        assert ends or np.isfinite(found).all()
        return
    assert refused.endswith(("residuals", "no order", f"under {family.__name__}"))
    assert kind != "quantile" or (family.labels and not family.ordered)
