"""What is held against a fit: heights elsewhere, limits, and whether the verdict fits them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.adversary import climbs
from tests.adversary.densities import limits_of
from tests.adversary.problems import Problem

__all__ = ["UNSETTLED", "Break", "height_breaks", "judge", "tolerance"]

#: Heights nearer to each other than this share of them, or of the weights, are one.
EVEN = 1e-9
#: Log-likelihood per row that a fit may be lower than a judge's point.
TOLERANCE = 1e-6
#: Verdicts that say how high the likelihood is.
SETTLED = ("interior", "boundary", "no maximum", "not identified", "separation")
#: How far a proper maximum of an unbounded likelihood may lie to count: links' scales, y's units.
TYPICAL = {"scale": (-3.5, 6.0), "positive": (-1.0, 9.0), "real": (-1.0, 4.0)}


@dataclass(frozen=True)
class Break:
    """What is wrong: its kind, and the evidence. Kinds in `UNSETTLED` are only counted."""

    kind: str
    detail: str


#: Ends that say nothing: no break, but fewer than one in a thousand is allowed.
UNSETTLED = ("ran out", "unsettled")


def tolerance(problem: Problem, height: float) -> float:
    return TOLERANCE * float(np.sum(problem.w)) + 1e-10 * abs(height if np.isfinite(height) else 0)


def judge(problem: Problem, fit: Any, seed: int) -> list[Break]:
    """Whether a fit is the highest, as its verdict says, by the judges' own likelihood."""
    found = climbs.highest(problem.scaled(), seed)
    sups = {name: climbs.highest(own, seed).height for name, own in problem.limits().items()}
    if not problem.formulas and not problem.fixed and len(np.unique(problem.y)) > 1:
        keep = problem.w > 0
        sups |= limits_of(problem.family, problem.y[keep], problem.w[keep])
    sups = {name: value for name, value in sups.items() if np.isfinite(value)}
    return height_breaks(problem, fit, found, sups)


def height_breaks(
    problem: Problem, fit: Any, found: climbs.Found, sups: dict[str, float]
) -> list[Break]:
    """The breaks of a fit against the heights that were found."""
    kind, got, breaks = fit.verdict.kind, fit.loglik, []
    slack = tolerance(problem, found.height)
    density, own = problem.density, problem.own()
    best_limit = max(sups, key=sups.get) if sups else None
    unbounded = density.unbounded or is_marked_unbounded(fit)
    height = found.proper if unbounded else found.height
    if unbounded and not typical(problem, found.proper_point):
        height = -np.inf
    said = f"{kind}, {got:.9g}"
    if kind == "ran out":
        breaks.append(Break("ran out", str(fit.verdict)[:200]))
    limit = sups[best_limit] if best_limit and not unbounded else -np.inf
    if height > got + slack and height > limit:
        at = found.proper_point if unbounded else found.point
        there = f"{height:.9g} at {np.round(at, 6).tolist()} (judge's coordinates)"
        breaks.append(Break(f"lower ({kind})", f"{said}; judge finds {there}"))
    elif limit > got + slack:
        there = f"{limit:.9g} at the limit {best_limit}"
        breaks.append(Break(f"lower than its limit ({kind})", f"{said}; judge finds {there}"))
    finite = all(np.isfinite(list(fit.params.values())))
    if finite and kind not in ("ran out",):
        point = own.linked(fit.params)
        here = float(own(point)[0]) if np.isfinite(point).all() else -np.inf
        if np.isfinite(here) and np.isfinite(got) and abs(here - got) > slack + 1e-8 * abs(got):
            breaks.append(Break("loglik is not of its params", f"{said}; there it is {here:.9g}"))
        if kind == "interior" and np.isfinite(here):
            breaks += flat(problem, own, point, here, slack)
    distinct = len(np.unique(problem.y[problem.w > 0]))
    proper = found.proper >= got - slack and found.proper_point is not None
    apart = distinct > 2 and distinct == np.sum(problem.w > 0)
    bounded = not density.unbounded and not problem.formulas and (density.concave or apart)
    if distinct > 1 and got == np.inf and bounded:
        breaks.append(Break("infinite where bounded", said))
    above = best_limit is None or found.proper > sups[best_limit] + slack
    if kind in ("no maximum", "not identified") and proper and above and got < np.inf:
        at = np.round(found.proper_point, 6).tolist()
        breaks.append(
            Break(f"{kind}, beside a maximum", f"{said}; proper maximum {found.proper:.9g} at {at}")
        )
    if kind == "ran out" and unbounded and found.proper == -np.inf:
        breaks.append(Break("ran out, where nothing bounds it", str(fit.verdict)[:200]))
    if kind == "ran out" and proper and found.proper >= found.height - slack and above:
        at = np.round(found.proper_point, 6).tolist()
        breaks.append(Break("ran out beside a maximum", f"{said}; {found.proper:.9g} at {at}"))
    if (
        kind in ("interior", "not identified", "ran out")
        and best_limit in LIKE
        # with its scale held, a skew normal has information at shape 0 as elsewhere
        and not (problem.family == "SkewNormal" and problem.fixed)
        # what is a little above a limit is a maximum inside, to the digits that heights have
        and sups[best_limit] >= got - EVEN * max(abs(got), float(np.sum(problem.w)))
        and found.height <= sups[best_limit] + slack
    ):
        breaks.append(
            Break(f"{kind}, where the limit {best_limit} is highest", f"{said}, {dict(fit.params)}")
        )
    if kind in ("interior", "boundary") and not fit.verdict.ok:
        breaks.append(Break(f"{kind} but not ok", str(fit.verdict)))
    return breaks


#: Limits that are laws with a maximum of their own: the verdict is "boundary" there.
LIKE = ("Poisson", "Binomial", "Normal", "Exponential", "Weibull")


def is_marked_unbounded(fit: Any) -> bool:
    """Whether the verdict says that the likelihood is unbounded elsewhere."""
    return "unbounded" in str(fit.verdict) or "without bound" in str(fit.verdict)


def typical(problem: Problem, point: np.ndarray | None) -> bool:
    """Whether a proper maximum lies where a sample's own could be meant."""
    if point is None:
        return False
    at = 0
    for block in problem.scaled().blocks:
        low, high = TYPICAL.get(block.role, (-np.inf, np.inf))
        if block.keys and not low < point[at] < high:
            return False
        at += len(block.keys)
    return True


def flat(problem: Problem, own: Any, point: np.ndarray, here: float, slack: float) -> list[Break]:
    """An interior maximum from which a parameter can go far without any loss is none."""
    at = 0
    for block in own.blocks:
        for place in range(at, at + len(block.keys)):
            if (
                block.role not in ("positive", "scale")
                or block.link != "log"
                or block.X is not None
            ):
                continue
            for step in (-3.0, 3.0):
                moved = point.copy()
                moved[place] += step
                loss = here - float(own(moved)[0])
                if abs(loss) < 1e-3 * slack:
                    said = f"{block.name} times e^{step:g} costs {loss:.2g}"
                    return [Break("interior but level", f"{said} at {np.round(point, 4).tolist()}")]
        at += len(block.keys)
    return []
