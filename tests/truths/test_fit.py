"""What every fit owes its user: the argmax, however it is reached, and an honest error."""

from __future__ import annotations

import dataclasses
import types
from functools import cache
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.calculus.jet import pairs
from mostlikely.data import read_sample
from mostlikely.family.base import Family
from mostlikely.family.distribution import Distribution
from mostlikely.likelihood.member import Member
from mostlikely.results.fit import Fit
from tests.truths.cases import laws, rng_of
from tests.truths.test_score import jets

#: Two ways to one maximum agree to this many standard errors.
SAME = 1e-6


@cache
def data(law: Distribution, n: int = 2000) -> np.ndarray:
    return law.sample(n, seed=rng_of(law, "fit"))


def fitted(law: Distribution) -> Fit:
    return _counted(law, 1.0)[0]


def _errors(fit: Fit) -> np.ndarray:
    """Standard errors, or where there is none the parameter's own size."""
    errors = np.array(list(fit.standard_errors.values()))
    sizes = np.array([abs(v) for v in fit.params.values()])
    return np.where(np.isfinite(errors) & (errors > 0.0), errors, np.maximum(sizes, 1e-9))


def _gap(one: Fit, other: Fit) -> float:
    """The largest difference of two estimates, in standard errors."""
    a, b = np.array(list(one.params.values())), np.array(list(other.params.values()))
    gap = np.where(a == b, 0.0, np.abs(a - b))  # two infinite estimates are equal
    return float(np.max(gap / _errors(one)))


def test_fit_recovers_the_truth(family: type[Family]) -> None:
    for law in laws(family):
        fit = fitted(law)
        assert fit.verdict.ok, (law, str(fit.verdict))
        lost = 2.0 * (fit.loglik - law.log_prob(data(law)).sum())
        assert -1e-8 * abs(fit.loglik) <= lost < 30.0 + 4.0 * fit.df, (law, lost)
        for name, error in fit.standard_errors.items():
            if np.isfinite(error):
                away = abs(fit.params[name] - law.values[name]) / error
                assert away < 5.0, (law, name, fit.params[name], error)


def test_optimum_is_verified(family: type[Family]) -> None:
    """The score of all rows, by the test's own sum, is zero in standard errors."""
    for law in laws(family):
        fit = fitted(law)
        if fit.verdict.kind != "interior":
            assert fit.verdict.kind == "boundary" and fit.verdict.parameters, law
            continue
        there = law.family.at(**fit.params)
        names = law.family.free
        grad, hess = (part.sum(axis=1) for part in jets(there, data(law)))
        smooth = [i for i, k in enumerate(names) if k not in family.nonsmooth]
        information = np.zeros((len(names), len(names)))
        for (i, j), h in zip(pairs(len(names)), hess, strict=True):
            information[i, j] = information[j, i] = -h
        g, block = grad[smooth], information[np.ix_(smooth, smooth)]
        assert np.all(
            np.linalg.eigvalsh(block / np.sqrt(np.outer(np.diag(block), np.diag(block)))) > 0.0
        )
        assert np.sqrt(g @ np.linalg.solve(block, g)) < SAME, law
        for i in set(range(len(names))) - set(smooth):
            for sign in (-1.0, 1.0):
                step = sign * 1e-3 * fit.standard_errors[names[i]]
                aside = law.family.at(**{**fit.params, names[i]: fit.params[names[i]] + step})
                assert aside.log_prob(data(law)).sum() <= fit.loglik + 1e-9, (law, names[i])


def test_likelihood_falls_on_every_side(family: type[Family]) -> None:
    """No random step of up to two standard errors gains anything."""
    law = laws(family)[0]
    fit = fitted(law)
    rng = rng_of(law, "sides")
    names = list(fit.params)
    links = law.family.links()
    for _ in range(30):
        step = rng.normal(size=len(names)) * rng.choice([0.01, 0.3, 2.0]) * _errors(fit)
        values = {k: fit.params[k] + s for k, s in zip(names, step, strict=True)}
        values = {k: v if np.isfinite(v) else law.values[k] for k, v in values.items()}
        if all(links[k].domain.contains(v) for k, v in values.items()):
            other = Distribution(law.family, {**law.values, **values})
            assert other.log_prob(data(law)).sum() <= fit.loglik + 1e-9 * abs(fit.loglik), values


def _without(family: type[Family], **changed: object) -> type[Family]:
    """The same family with some declarations changed."""
    return types.new_class(family.__name__, (family,), exec_body=lambda body: body.update(changed))


def test_closed_form_equals_numeric_optimum(family: type[Family]) -> None:
    if family.mle is None:
        pytest.skip("declares no closed form")
    bare = _without(family, mle=None, statistics=None)
    for law in laws(family):
        numeric = ml.fit(bare(**law.family.fixed), data(law))
        assert _gap(fitted(law), numeric) < SAME, law
        assert fitted(law).loglik == pytest.approx(numeric.loglik, rel=1e-11), law
        closed = law.family.mle(read_sample(law.family, data(law))[1], **law.family.fixed)
        if closed is not None:  # the climb would mend a wrong one, so it is looked at itself
            away = np.array([closed[k] - v for k, v in numeric.params.items()])
            assert np.max(np.abs(away) / _errors(numeric)) < SAME, (law, closed)


def test_closed_form_takes_known_values(family: type[Family]) -> None:
    """Each single known parameter is accepted: a dict, or None where no closed form is left."""
    if family.mle is None:
        pytest.skip("declares no closed form")
    law = laws(family)[0]
    _, sample = read_sample(law.family, data(law))
    for name in law.family.free:
        known = {name: law.values[name], **law.family.fixed}
        held = law.family.with_fixed(**{name: law.values[name]})
        found = held.mle(sample, **known)
        if found is not None:
            assert all(found[k] == v for k, v in known.items() if k in found), name
        if len(law.family.free) > 1:
            fit = ml.fit(held, data(law))
            bare = _without(family, mle=None, statistics=None)
            numeric = ml.fit(bare(**known), data(law))
            assert _gap(fit, numeric) < SAME, (law, name)


def test_weight_two_equals_a_datum_twice(family: type[Family]) -> None:
    law = laws(family)[0]
    y = data(law)[:500]
    weighted = ml.fit(law.family, y, weights=np.full(len(y), 2))
    twice = ml.fit(law.family, np.concatenate([y, y]))
    assert _gap(twice, weighted) < SAME
    assert weighted.loglik == pytest.approx(twice.loglik, rel=1e-12)
    assert weighted.n == twice.n == 2 * len(y)
    assert weighted.standard_errors == pytest.approx(twice.standard_errors, rel=1e-6, nan_ok=True)
    ones = ml.fit(law.family, y, weights=np.ones(len(y)))
    assert _gap(ml.fit(law.family, y), ones) < SAME


def test_order_is_irrelevant(family: type[Family]) -> None:
    law = laws(family)[0]
    shuffled = ml.fit(law.family, rng_of(law, "order").permutation(data(law)))
    assert _gap(fitted(law), shuffled) < SAME
    assert shuffled.loglik == pytest.approx(fitted(law).loglik, rel=1e-12)


def test_fit_is_invariant_to_the_link(family: type[Family]) -> None:
    other = {"log": "softplus", "logit": "probit"}
    params = {
        k: dataclasses.replace(p, link=other[p.default_link.name])
        for k, p in family.parameters.items()
        if not p.known and p.default_link.name in other and p.default_link.domain == p.domain
    }
    if not params:
        pytest.skip("no parameter has a second link on the same domain")
    relinked = _without(family, **{**family.parameters, **params}, mle=None)
    for law in laws(family)[:2]:
        fit = ml.fit(relinked(**law.family.fixed), data(law))
        assert _gap(fitted(law), fit) < SAME, law
        assert fit.loglik == pytest.approx(fitted(law).loglik, rel=1e-11), law


def test_units_change_nothing_but_the_units(family: type[Family]) -> None:
    if family.support.discrete or not any(p.unit for p in family.parameters.values()):
        pytest.skip("y is a pure number")
    for law in laws(family)[:2]:
        fit = fitted(law)
        for c in (1e-9, 1e9):
            scaled, evaluations = _counted(law, c)
            powers = {k: c ** family.parameters[k].unit for k in fit.params}
            assert scaled.verdict.kind == fit.verdict.kind, law
            for k, power in powers.items():
                assert scaled.params[k] / power == pytest.approx(
                    fit.params[k], abs=SAME * _errors(fit)[list(powers).index(k)]
                ), (law, c, k)
                assert scaled.standard_errors[k] / power == pytest.approx(
                    fit.standard_errors[k], rel=1e-6, nan_ok=True
                ), (law, c, k)
            moved = fit.loglik - len(data(law)) * np.log(c)
            assert scaled.loglik == pytest.approx(moved, rel=1e-10, abs=1e-7), (law, c)
            # the last digit of ℓ may cost or save an evaluation where a climb ends
            assert abs(evaluations - _counted(law, 1.0)[1]) <= 2, (law, c)


@cache
def _counted(law: Distribution, c: float) -> tuple[Fit, int]:
    """The fit of c times the data, and how often the likelihood was differentiated."""
    evaluated = Member.__call__
    with mock.patch.object(Member, "__call__", autospec=True, side_effect=evaluated) as calls:
        return ml.fit(law.family, c * data(law)), calls.call_count


def test_reduction_keeps_the_log_likelihood(family: type[Family]) -> None:
    """However few points stand for the data, ℓ is that of all rows, and so is its curvature."""
    law = laws(family)[0]
    y = law.sample(6000, seed=rng_of(law, "reduction"))
    fit = ml.fit(law.family, y)
    plain = ml.fit(_without(family, statistics=None)(**law.family.fixed), y)
    there = fit.distribution
    assert fit.loglik == pytest.approx(there.log_prob(y).sum(), rel=1e-11, abs=1e-8)
    assert _gap(fit, plain) < SAME
    assert fit.standard_errors == pytest.approx(plain.standard_errors, rel=1e-6, nan_ok=True)


def test_save_and_load_round_trip(family: type[Family], tmp_path: Path) -> None:
    fit = fitted(laws(family)[0])
    fit.save(tmp_path / "fit.json")
    loaded = ml.load(tmp_path / "fit.json")
    assert dict(loaded.params) == dict(fit.params)
    assert loaded.standard_errors == pytest.approx(fit.standard_errors, rel=1e-12, nan_ok=True)
    assert loaded.verdict == fit.verdict and loaded.model == fit.model
    assert (loaded.loglik, loaded.aic, loaded.bic) == (fit.loglik, fit.aic, fit.bic)
    assert (loaded.n, loaded.df, loaded.label) == (fit.n, fit.df, fit.label)
    assert (tmp_path / "fit.json").stat().st_size < 8000


def test_three_tests_agree_asymptotically(family: type[Family]) -> None:
    """At 1.5 standard errors from the estimate all are near 2.25.

    Their mean over both sides, in which the skewness of the likelihood cancels, is nearer still.
    """
    law = laws(family)[0]
    fit = fitted(law)
    if fit.verdict.kind != "interior":
        pytest.skip("the estimate is on a boundary, where the three differ")
    for name, error in fit.standard_errors.items():
        if name in family.nonsmooth or name in family.sample_extremes:
            continue
        sides = [fit.params[name] + sign * 1.5 * error for sign in (-1.0, 1.0)]
        if not np.all(family.parameters[name].domain.contains(np.array(sides))):
            continue
        # at a corner of the density the score jumps, and Rao's test has no value
        for method in ("lr", "wald") if family.nonsmooth else ("lr", "wald", "score"):
            found = [fit.test(method=method, **{name: value}) for value in sides]
            assert all(0.0 < t.p_value < 1.0 and t.df == 1 for t in found), (law, name, method)
            statistics = [t.statistic for t in found]
            assert 1.8 < np.mean(statistics) < 2.9, (law, name, method, statistics)
            if method == "wald":
                assert statistics == pytest.approx([2.25, 2.25], rel=1e-8), (law, name)


def test_observed_expected_and_sandwich_errors_agree(family: type[Family]) -> None:
    """Under the truth the three covariances estimate the same thing."""
    law = laws(family)[0]
    fit = fitted(law)
    if fit.verdict.kind != "interior" or family.nonsmooth or family.sample_extremes:
        pytest.skip("the three are proven equal for a smooth interior maximum only")
    observed = np.sqrt(np.diag(fit.covariance()))
    for kind in ("expected", "sandwich"):
        ratio = np.sqrt(np.diag(fit.covariance(kind=kind))) / observed
        assert np.all((ratio > 0.7) & (ratio < 1.4)), (law, kind, ratio)


def test_intervals_hold_the_estimate(family: type[Family]) -> None:
    law = laws(family)[0]
    fit = fitted(law)
    for method in ("wald", "profile"):
        for name, (low, high) in fit.interval(method=method).items():
            domain = family.parameters[name].domain
            assert domain.low <= low <= fit.params[name] <= high <= domain.high, (method, name)
            assert low < high, (method, name)
    for name, (low, high) in fit.interval(method="profile").items():
        # at its ends the profile has fallen by half the chi-square quantile
        for end in (low, high):
            if family.parameters[name].domain.contains(end) and name not in family.sample_extremes:
                _, height = fit.profile(name, [end])
                assert 2.0 * (fit.loglik - height[0]) == pytest.approx(3.841458821, abs=1e-4), name


def test_summary_names_every_parameter(family: type[Family]) -> None:
    fit = fitted(laws(family)[0])
    text = str(fit)
    assert all(name in text for name in fit.params)
    assert fit.verdict.headline in " ".join(text.split())
    assert all(name in fit._repr_html_() for name in fit.params)
