"""What the seventh part of the lesson shows: curvature, three intervals, two ways to climb."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from mostlikely.family import family
from mostlikely.fit import fit
from mostlikely.likelihood.evaluate import information, log_likelihood, score
from mostlikely.loss.noise import noise_of
from mostlikely.results.fit import Fit
from mostlikely.web.programs import program
from mostlikely.web.resources import resource

__all__ = ["climb", "curvature", "intervals"]

Json = dict[str, Any]
Array = NDArray[np.float64]

#: Numbers of flips of which all numbers of heads are there.
FLIPS = (5, 10, 20, 40)
LEVEL = 0.95
#: Counts of which the mean is climbed to, from these places, by steps of these lengths.
COUNTS = (3.0, 5.0, 1.0, 7.0, 4.0)
STARTS = tuple(0.25 + 0.5 * k for k in range(22))
RATES = (0.1, 0.4, 1.7)
STEPS = 20
#: A way has arrived where no more than this of ℓ is left to gain.
NEAR = 1e-6


def coin(n: int, heads: float) -> Fit:
    """The fit of so many heads in n flips."""
    rows = {"y": [1.0, 0.0], "w": [heads, n - heads]}
    return fit(family("bernoulli")(), rows, y="y", weights="w")


@resource("lesson/curvature")
def curvature() -> Json:
    """Ever more flips of which 7 in 10 are heads: the estimate stays, the error shrinks.

    Returns
    -------
    dict
        ``share``, ``program`` (the log-density of a flip), and ``rows`` of n, heads, estimate,
        std_error, information (observed, at the estimate) and low and high of the
        likelihood-ratio interval.

    Examples
    --------
    >>> [round(row["std_error"], 4) for row in curvature()["rows"][::2]]
    [0.1449, 0.0725, 0.0362, 0.0181]
    """
    rows = []
    for n in (10 * 2**k for k in range(7)):
        found = coin(n, 0.7 * n)
        low, high = found.interval("p", LEVEL, "profile")
        p, shares = found.params["p"], [0.7 * n, 0.3 * n]
        at = information("bernoulli", [1.0, 0.0], weights=shares, p=p)
        rows.append(
            {
                "n": n,
                "heads": round(0.7 * n),
                "estimate": p,
                "std_error": found.standard_errors["p"],
                "information": float(at[0, 0]),
                "low": low,
                "high": high,
            }
        )
    return {"share": 0.7, "level": LEVEL, "program": program("bernoulli"), "rows": rows}


@resource("lesson/intervals")
def intervals() -> Json:
    """Wald's, the score and the likelihood-ratio interval of p, for every number of heads.

    Returns
    -------
    dict
        ``drop``, how far ℓ may fall at ``level``: half of the point of χ² on one degree of
        freedom; ``program``, the log-density of a flip; ``p``, a grid; and ``cases`` of n, heads,
        estimate, std_error (null on an edge),
        ``wald`` (null there too), ``score`` and ``lr`` as [low, high], and ``rao``, minus half of
        the score statistic on the grid.

    Examples
    --------
    >>> found = next(c for c in intervals()["cases"] if (c["n"], c["heads"]) == (10, 7))
    >>> [[round(end, 3) for end in found[kind]] for kind in ("wald", "score", "lr")]
    [[0.416, 0.984], [0.397, 0.892], [0.393, 0.915]]
    """
    grid = np.linspace(0.004, 0.996, 125)
    fits = {(n, heads): coin(n, heads) for n in FLIPS for heads in range(n + 1)}
    ends = _score_intervals(
        np.array([n for n, _ in fits], dtype=float),
        np.array([heads for _, heads in fits], dtype=float),
        np.array([found.params["p"] for found in fits.values()]),
    )
    cases = []
    for ((n, heads), found), by_score in zip(fits.items(), ends, strict=True):
        error = found.standard_errors["p"]
        inside = bool(np.isfinite(error))
        cases.append(
            {
                "n": n,
                "heads": heads,
                "estimate": found.params["p"],
                "std_error": error if inside else None,
                "wald": list(found.interval("p", LEVEL, scale="natural")) if inside else None,
                "score": by_score.tolist(),
                "lr": list(found.interval("p", LEVEL, "profile")),
                "rao": np.round(-0.5 * _rao(n, heads, grid), 5).tolist(),
            }
        )
    return {
        "level": LEVEL,
        "drop": 0.5 * _critical(),
        "program": program("bernoulli"),
        "p": grid.tolist(),
        "cases": cases,
    }


def _critical() -> float:
    return float(chdtri(1, 1.0 - LEVEL))


@cache
def _slopes() -> Any:
    """−log p(y | p) of one flip, which gives its slope for many p at once."""
    return noise_of("binary cross-entropy of probabilities")


def _rao(n: Any, heads: Any, p: Array) -> Array:
    """Rao's score statistic of p: the squared slope of ℓ in units of its expected variance."""
    one = -_slopes().gradient(np.ones_like(p), p)
    none = -_slopes().gradient(np.zeros_like(p), p)
    slope = heads * one + (n - heads) * none
    each = family("bernoulli")().information(p)[0, 0]  # type: ignore[misc]  # it is declared
    return np.asarray(slope**2 / (n * each))


def _score_intervals(n: Array, heads: Array, estimate: Array) -> Array:
    """The p that the score test does not refuse: bisection from the estimates to both edges.

    Returns
    -------
    array of shape (cases, 2)
    """
    ends = []
    for edge in (0.0, 1.0):
        inside, outside = estimate.copy(), np.full_like(estimate, edge)
        for _ in range(52):
            middle = 0.5 * (inside + outside)
            with np.errstate(all="ignore"):  # at the edge itself it is 0/0, and asked no further
                kept = _rao(n, heads, middle) <= _critical()
            inside, outside = np.where(kept, middle, inside), np.where(kept, outside, middle)
        ends.append(np.where(estimate == edge, edge, 0.5 * (inside + outside)))
    return np.stack(ends, axis=1)


@resource("lesson/climb")
def climb() -> Json:
    """The way to a Poisson mean by the gradient and by Newton, from many places.

    Newton goes where the parabola has its top that touches ℓ in value, slope and curvature; the
    gradient goes as many times the slope as its rate says. A way ends where it has arrived, where
    it would leave the domain (``left`` is then the place outside), or after so many steps.

    Returns
    -------
    dict
        ``y``, ``program`` (the log-density), ``estimate``, ``rates``, ``starts``, ``newton`` (a
        way per start) and ``gradient`` (per rate, then per start). A way is
        ``{"steps": [[mean, ℓ, slope], ...], "arrived": bool, "left": number or null}``; Newton's
        steps have the information, too.

    Examples
    --------
    >>> found = climb()
    >>> way = found["newton"][found["starts"].index(2.25)]
    >>> [round(step[0], 4) for step in way["steps"]], way["arrived"]
    ([2.25, 3.2344, 3.8535, 3.9946, 4.0], True)
    """
    found = fit("poisson", COUNTS)
    return {
        "y": list(COUNTS),
        "program": program("poisson"),
        "estimate": found.params["mean"],
        "rates": list(RATES),
        "starts": list(STARTS),
        "newton": [_newton_way(s, found) for s in STARTS],
        "gradient": [_gradient_ways(found, rate) for rate in RATES],
    }


def _at(mean: float) -> tuple[float, float, float, float]:
    """ℓ, its slope and its curvature with a minus, by the library."""
    return (
        mean,
        log_likelihood("poisson", COUNTS, mean=mean),
        score("poisson", COUNTS, mean=mean)["mean"],
        float(information("poisson", COUNTS, mean=mean)[0, 0]),
    )


def _newton_way(start: float, found: Fit) -> Json:
    steps, left = [_at(start)], None
    while len(steps) <= STEPS and found.loglik - steps[-1][1] > NEAR:
        mean, _, slope, curvature = steps[-1]
        there = mean + slope / curvature
        if not bool(found.model.parameters["mean"].domain.contains(there)):
            left = there
            break
        steps.append(_at(there))
    return _said([list(s) for s in steps], found, left)


def _gradient_ways(found: Fit, rate: float) -> list[Json]:
    """The ways from all starts, which are walked together."""
    here = np.array(STARTS)
    walked: list[Array] = []
    for _ in range(STEPS + 1):
        walked.append(np.stack([here, *_heights(here)], axis=1))
        here = here + rate * walked[-1][:, 2]
    ways = []
    for k in range(len(STARTS)):
        steps, left = [walked[0][k].tolist()], None
        for places in walked[1:]:
            if found.loglik - steps[-1][1] <= NEAR:
                break
            if not bool(found.model.parameters["mean"].domain.contains(places[k, 0])):
                left = float(places[k, 0])
                break
            steps.append(places[k].tolist())
        ways.append(_said(steps, found, left))
    return ways


def _heights(means: Array) -> tuple[Array, Array]:
    """ℓ of the counts and its slope at many means: minus the Poisson loss, row by row."""
    noise = noise_of("Poisson deviance")
    y, f = np.tile(COUNTS, len(means)), np.repeat(means, len(COUNTS))
    factor = noise.factor or 1.0
    with np.errstate(all="ignore"):  # a way that has left the domain is cut off there
        rows = (noise.constant(y) - noise(y, f)) / factor, -noise.gradient(y, f) / factor
    high, slope = (r.reshape(len(means), -1).sum(axis=1) for r in rows)
    return high, slope


def _said(steps: list[list[float]], found: Fit, left: float | None) -> Json:
    return {"steps": steps, "arrived": found.loglik - steps[-1][1] <= NEAR, "left": left}
