"""Intervals: Wald's on the link scale or the natural one, and profile-likelihood intervals."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from numbers import Real
from typing import Any

import numpy as np
from scipy.special import chdtri, ndtri

from mostlikely.calculus.jet import seed
from mostlikely.calculus.link import Link
from mostlikely.data.response import Sample
from mostlikely.errors import ModelError
from mostlikely.family.base import Family
from mostlikely.inference.profile import profile_at, profile_end
from mostlikely.likelihood.loglikelihood import LogLikelihood as Likelihood
from mostlikely.solve.objective import Vector
from mostlikely.verdict.estimate import estimate
from mostlikely.verdict.proof import Proof

__all__ = ["check_level", "profile_interval", "wald_interval"]

Interval = tuple[float, float]


def check_level(level: Any) -> None:
    """Raise ModelError unless a level of confidence is a number between 0 and 1."""
    if not (isinstance(level, Real) and 0.0 < float(level) < 1.0):
        raise ModelError(f"level must be between 0 and 1, as in level=0.95; got {level!r}.")


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
        reach = z * _link_error(link, eta, std_error)
        ends = float(link.inverse(eta - reach)), float(link.inverse(eta + reach))
    return min(ends), max(ends)


def profile_interval(proof: Proof, name: str, std_error: float, level: float) -> Interval:
    """The values at which twice the profile falls by less than the χ²₁ quantile of ``level``.

    An end is infinite, or the edge of the domain, where the profile never falls so far.

    Raises
    ------
    ModelError
        For sampling weights: a likelihood ratio of survey data is not χ².
    """
    likelihood = proof.likelihood
    if likelihood.sample.kind == "sampling":
        raise ModelError(
            "a likelihood ratio with sampling weights is not chi-square, so there is no profile "
            'interval; use method="wald", whose errors are the sandwich.'
        )
    drop = 0.5 * float(chdtri(1, 1.0 - level))
    if name in likelihood.family.sample_extremes:
        return _from_the_data(proof, name, drop)
    part = likelihood.family.marginal(name)
    if part is not None:
        alone = _alone(likelihood, *part)
        return profile_interval(alone, alone.likelihood.names[0], std_error, level)
    likelihood = proof.climbed
    link = likelihood.family.parameters[name].default_link
    i = likelihood.names.index(name)
    x = proof.optimum.x
    if name in proof.regular:
        size = np.sqrt(2.0 * drop) * _link_error(link, float(x[i]), std_error)
        slopes = _slopes(proof.optimum.at.information, i)
        edge = None
    else:
        size, slopes, edge = 1.0, np.zeros(len(x) - 1), proof.params[name]
        if edge not in (float(link.inverse(-np.inf)), float(link.inverse(np.inf))):
            # the limit's support moves with it, and so its profile falls in proportion to n
            size = float(likelihood.units[i]) / max(likelihood.sample.n, 1.0)
    with np.errstate(all="ignore"):
        ends = []
        for sign in (-1.0, 1.0):
            end = float(link.inverse(sign * np.inf))
            if end != edge:
                t = profile_end(
                    partial(profile_at, likelihood, i),
                    float(x[i]),
                    np.delete(x, i),
                    float(likelihood.units[i]),
                    proof.loglik,
                    drop,
                    sign * size,
                    slopes,
                )
                end = end if t is None else float(link.inverse(t))
            ends.append(end)
    return min(ends), max(ends)


def _link_error(link: Link, eta: float, std_error: float) -> float:
    """A natural standard error on the link scale: divided by dθ/dη."""
    (jet,) = seed([eta], order=1)
    return float(std_error / abs(link.inverse(jet).grad[0]))


def _slopes(information: Vector, i: int) -> Vector:
    """How the other coordinates follow coordinate i along its profile: −I_oo⁻¹ I_oi."""
    others = np.delete(np.arange(len(information)), i)
    if not len(others):
        return np.zeros(0)
    block = information[np.ix_(others, others)]
    return np.asarray(-np.linalg.lstsq(block, information[others, i], rcond=None)[0])


def _alone(likelihood: Likelihood, family: Family, recode: Callable[[Vector], Vector]) -> Proof:
    """The same parameter in a smaller family, after lumping the data: its profile is the same."""
    blocks = list(likelihood.sample.blocks())
    y = recode(np.concatenate([b.y for b in blocks]))
    w = None if blocks[0].w is None else np.concatenate([b.w for b in blocks if b.w is not None])
    return estimate(family, Sample.points(y, w, likelihood.sample))


def _from_the_data(proof: Proof, name: str, drop: float) -> Interval:
    """One-sided: on the inner side of an extreme value some observation is impossible."""
    likelihood = proof.likelihood
    held = {k: v for k, v in proof.held.items() if k != name}
    rest = likelihood.with_fixed(**held)
    i = rest.names.index(name)
    x = rest.linked(proof.params)
    outward = -1.0 if likelihood.family.sample_extremes[name] == "smallest" else 1.0
    link = likelihood.family.parameters[name].default_link
    step = outward * float(rest.units[i]) / max(likelihood.sample.n, 1.0)
    t = profile_end(
        partial(profile_at, rest, i),
        float(x[i]),
        np.delete(x, i),
        float(rest.units[i]),
        proof.loglik,
        drop,
        step,
        np.zeros(len(x) - 1),
    )
    with np.errstate(all="ignore"):
        end = float(link.inverse(outward * np.inf if t is None else t))
    return min(end, proof.params[name]), max(end, proof.params[name])
