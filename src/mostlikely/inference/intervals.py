"""Intervals: Wald's on the link scale or the natural one, and profile-likelihood intervals."""

from __future__ import annotations

from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np
from scipy.special import chdtri, ndtri

from mostlikely.calculus.jet import seed
from mostlikely.calculus.link import Link
from mostlikely.errors import ModelError, nearest
from mostlikely.inference.profile import Profile
from mostlikely.verdict.proof import Proof

__all__ = ["check_level", "check_method", "profile_interval", "wald_interval", "within_ends"]

Interval = tuple[float, float]


def check_level(level: Any) -> None:
    """Raise ModelError unless a level of confidence is a number between 0 and 1."""
    if not (isinstance(level, Real) and 0.0 < float(level) < 1.0):
        raise ModelError(f"level must be between 0 and 1, as in level=0.95; got {level!r}.")


def check_method(method: Any) -> None:
    """Raise ModelError unless it is a way to an interval."""
    if method not in ("wald", "profile"):
        raise ModelError(
            f"there is no interval method {method!r}; {nearest(str(method), ['wald', 'profile'])}"
        )


def wald_interval(
    link: Link, value: float, std_error: float, level: float, scale: str = "link"
) -> Interval:
    """Estimate ± z standard errors, on the link scale and mapped back unless ``scale`` says not.

    On the link scale the interval keeps to the parameter's domain, whatever the level.
    """
    z = float(ndtri(0.5 + 0.5 * level))
    if scale == "natural":
        return value - z * std_error, value + z * std_error
    with np.errstate(all="ignore"):
        eta = float(link.forward(value))
        (jet,) = seed([eta], order=1)
        reach = z * float(std_error / abs(link.inverse(jet).grad[0]))
        ends = float(link.inverse(eta - reach)), float(link.inverse(eta + reach))
    return min(ends), max(ends)


def within_ends(
    value: Any, std_error: Any, low: float, high: float, level: float, exact: bool = False
) -> tuple[Any, Any]:
    """Estimate ± z standard errors, on a log or logit scale where the quantity has ends.

    Parameters
    ----------
    value, std_error : arrays, or floats
    low, high : float
        Where the quantity ends.
    level : float
    exact : bool
        Whether an error of zero is one, and not that of an estimate on an edge, which has none.
    """
    z = float(ndtri(0.5 + 0.5 * level))
    v, e = np.asarray(value, dtype=float), np.asarray(std_error, dtype=float)
    if exact and np.any(e == 0.0):
        low, high = within_ends(v, np.where(e == 0.0, np.nan, e), low, high, level)
        return np.where(e == 0.0, v, low), np.where(e == 0.0, v, high)
    with np.errstate(all="ignore"):
        if np.isfinite(low) and np.isfinite(high):
            share = (v - low) / (high - low)
            reach = z * e / (high - low) / (share * (1.0 - share))
            odds = np.log(share / (1.0 - share))
            ends = [1.0 / (1.0 + np.exp(-(odds + s * reach))) for s in (-1, 1)]
            return low + (high - low) * ends[0], low + (high - low) * ends[1]
        if np.isfinite(low):
            above = v - low
            return low + above * np.exp(-z * e / above), low + above * np.exp(z * e / above)
        return v - z * e, v + z * e


def profile_interval(proof: Proof, key: Any, level: float) -> Interval:
    """The values at which twice the profile falls by less than the χ²₁ quantile of ``level``.

    An end is infinite, or the edge of the domain, where the profile never falls so far. An
    estimate that is an extreme value of the sample has a one-sided interval: on its inner side
    some observation is impossible.

    Parameters
    ----------
    proof : Proof
    key : parameter
    level : float

    Raises
    ------
    ModelError
        For sampling weights, as a likelihood ratio of survey data is not χ²; and where an end is
        not known.
    """
    if not proof.likelihood.sample.weighting.calibrated:
        raise ModelError(
            "a likelihood ratio with sampling weights is not chi-square, so there is no profile "
            'interval; use method="wald", whose errors are the sandwich.'
        )
    q = float(chdtri(1, 1.0 - level))
    if key in proof.held:
        return _from_the_sample(proof, key, q)
    profile = Profile(proof, key)
    if profile.undetermined:  # a column that the others make up: any value does
        with np.errstate(all="ignore"):
            ends = [float(profile.link.inverse(np.float64(s * np.inf))) for s in (-1.0, 1.0)]
        return min(ends), max(ends)
    return profile.ends(q)


def _from_the_sample(proof: Proof, key: Any, q: float) -> Interval:
    """One-sided, outwards from the sample."""
    value = proof.params[key]
    rest = proof.likelihood.holding({k: v for k, v in proof.held.items() if k != key})
    x = rest.linked(proof.params)
    free = replace(
        proof,
        likelihood=rest,
        held={},
        regular=rest.names,
        inner=rest,
        inner_optimum=replace(proof.optimum, x=x, at=rest(x)),
        embed=dict,
    )
    profile = Profile(free, key)
    m, name = proof.likelihood.constants[key][0]
    smallest = proof.likelihood.members[m].family.sample_extremes[name] == "smallest"
    part = proof.likelihood.members[m].part(name)
    outward = (-1.0 if smallest else 1.0) * float(np.sign(part.times or 1.0))
    begin = profile.begin(q)
    step = profile.found[0].step()
    end = profile.end(begin, outward, q, step / max(rest.sample.n, 1.0))
    return min(end, value), max(end, value)
