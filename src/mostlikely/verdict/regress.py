"""The argmax of a regression and its proof: begin at the constant model, climb, look at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from mostlikely.family.base import Family, SpecialCase
from mostlikely.likelihood.begin import starts
from mostlikely.likelihood.keys import label
from mostlikely.likelihood.member import Regression
from mostlikely.solve.newton import POLISHED, Optimum, Stop, maximise
from mostlikely.solve.objective import Evaluation, Objective, Vector
from mostlikely.solve.quadratic import Quadratic
from mostlikely.verdict.active_constraints import on_the_rim
from mostlikely.verdict.proof import Proof, number, plain
from mostlikely.verdict.separation import ROUNDING, column_sizes, separated, weak
from mostlikely.verdict.verdict import Verdict

__all__ = [
    "ROUNDING",
    "Restricted",
    "best_of",
    "climbed",
    "collapsing",
    "column_sizes",
    "elsewhere",
    "ended",
    "inside",
    "kin_towards",
    "regress",
]

#: Samples of more rows than this are climbed on a part of them first, of at least so many.
LARGE, PART, PER_COORDINATE = 16_000, 2_000, 40
#: Every so-manieth row is in the part: what goes round with the rows, as treatments, hours and
#: weekdays do, is met in each.
STEPS = (11, 5, 3)
#: How near a part of the rows is climbed to its maximum: to half a standard error of its own,
#: where the maximum of all rows is some √(7 k) of theirs away.
ROUGH = 0.15
#: The logarithm of a constant that runs off.
HUGE = 20.0
#: Samples of more rows than this are dear to look at once more than needed.
COSTLY = 50_000


class Restricted:
    """An objective on the points origin + directions @ z."""

    def __init__(self, objective: Objective, origin: Vector, directions: Vector) -> None:
        self.objective, self.origin, self.directions = objective, origin, directions

    def point(self, z: Vector) -> Vector:
        """Where z is in the whole."""
        return np.asarray(self.origin + self.directions @ z)

    def __call__(self, z: Vector) -> Evaluation:
        """Value, score and information along the directions."""
        at = self.objective(self.point(z))
        d = self.directions
        return Evaluation(at.value, d.T @ at.score, d.T @ at.information @ d)


def regress(
    model: Regression, *, start: Mapping[Any, float] | None = None, max_steps: int = 200
) -> Proof:
    """Maximise the likelihood of a bound model and prove the result.

    Parameters
    ----------
    model : Regression
    start : mapping, optional
        Values of parameters to begin from, by key.
    max_steps : int
        Evaluations with derivatives allowed.
    """
    model.family.check_weights(model.sample)
    points = starts(model, start)
    optima = [climbed(model, x, max_steps=max_steps) for x in points]
    best = best_of(optima)
    if best.stop is not Stop.OPTIMUM or weak(model, best):

        def proven(other: Regression, begin: Mapping[Any, float] | None) -> Proof:
            return regress(other, start=begin, max_steps=max_steps)

        proof = (
            separated(model, best, proven)
            or _limit(model, best, max_steps)
            or on_the_rim(model, best, max_steps)
        )
        if proof is not None:
            return proof
    if best.stop is Stop.EDGE:
        again = climbed(model, best.x, max_steps=max_steps, heed_edges=False)
        best = again if again.at.finite else best
    if best.stop is Stop.OPTIMUM:
        return inside(model, best)
    return elsewhere(model, best)


def best_of(optima: list[Optimum]) -> Optimum:
    """The highest optimum, or the highest end of a climb where none is one."""
    return min(
        optima,
        key=lambda o: (o.stop is not Stop.OPTIMUM, -o.at.value if o.at.finite else np.inf),
    )


def climbed(
    model: Regression,
    x: Vector,
    *,
    max_steps: int = 200,
    heed_edges: bool = True,
    enough: float = POLISHED,
) -> Optimum:
    """The optimum reached from a point; large samples are climbed on a part of the rows first."""
    rows, before, like = model.sample.stored, np.inf, None
    least = max(PART, PER_COORDINATE * model.size)
    dear = rows > COSTLY and model.plain is model  # a penalty is not in proportion to the rows
    if rows > max(LARGE, 4 * least) and not model.family.nonsmooth:
        step = next(step for step in STEPS if rows > step * least)
        part = model.at(slice(None, None, step))
        top = climbed(part, x, max_steps=max_steps, enough=ROUGH)
        if top.at.finite:
            x = top.x
        if dear and top.stop is Stop.OPTIMUM:
            ahead, length = _stepped(model, part, top)
            if np.isfinite(model.value(ahead)) if model._guarded else True:
                x, before, like = ahead, length, _Likeness(part, model)
    top = maximise(
        model,
        x,
        model.units,
        model.sample.total,
        max_steps=max_steps,
        heed_edges=heed_edges,
        enough=enough,
        costly=dear,
        before=before,
        like=like,
    )
    last = enough == POLISHED and not dear and top.stop is Stop.OPTIMUM
    return _sharpened(model, top) if last else top


def _sharpened(model: Regression, top: Optimum) -> Optimum:
    """One Newton step more, if it comes nearer: the last digits of few rows cost little."""
    step, _ = Quadratic.of(top.at, model.units).step(np.inf)
    x = top.x + model.units * step
    at = model(x)
    if not at.finite:
        return top
    left = Quadratic.of(at, model.units).decrement
    return replace(top, x=x, at=at, decrement=left) if left < top.decrement else top


class _Likeness:
    """The same model on a part of the rows, in proportion to all."""

    def __init__(self, part: Regression, whole: Regression) -> None:
        self.part, self.times = part, whole.sample.total / part.sample.total

    def __call__(self, x: Vector) -> Evaluation:
        """Value, score and information."""
        at, times = self.part(x), self.times
        return Evaluation(times * at.value, times * at.score, times * at.information)


def _stepped(model: Regression, part: Regression, top: Optimum) -> tuple[Vector, float]:
    """A Newton step for all rows with the information of a part of them; see `climb._stepped`."""
    information = top.at.information * (model.sample.total / part.sample.total)
    score = model.score(top.x)
    if not np.isfinite(score).all():
        return top.x, np.inf
    step = np.linalg.solve(information, score)
    length = max(float(score @ step), 0.0) ** 0.5
    return (top.x + step, length) if np.isfinite(step).all() else (top.x, np.inf)


# What the end is.


def _dependent(model: Regression) -> tuple[list[str], set[Any]]:
    """Sentences about columns that are combinations of others, and the keys concerned."""
    sentences: list[str] = []
    concerned: set[Any] = set()
    for part in model.parts:
        if part.basis is None:
            continue
        for column, way in part.basis.dependent:
            terms = [key if isinstance(key, str) else key[1] for key in part.keys]
            if len(set(terms)) < len(terms):
                terms = [label(key) for key in part.keys]
            size = np.abs(way) > 1e-9 * max(float(np.abs(way).max(initial=0.0)), 1e-300)
            made = [_times(way[j], terms[j]) for j in np.flatnonzero(size)]
            concerned |= {part.keys[column], *(part.keys[j] for j in np.flatnonzero(size))}
            what = " + ".join(made).replace("+ -", "- ") if made else "zero in every row"
            sentences.append(f"{terms[column]} = {what}")
    return list(dict.fromkeys(sentences)), concerned


def _times(c: float, term: str) -> str:
    rounded = float(f"{c:.6g}")
    return term if rounded == 1.0 else f"{rounded:g}·{term}"


def inside(model: Regression, best: Optimum) -> Proof:
    """The proof of a maximum inside, or of dependent columns."""
    sentences, concerned = _dependent(model)
    if sentences:
        verdict = Verdict(
            "not identified",
            False,
            f"Not identified: the columns are dependent, {'; '.join(sentences)}, so these "
            "coefficients can move together without changing the likelihood. Leave one out. All "
            "others are as they should be.",
            best.decrement,
            tuple(map(label, concerned)),
        )
        return replace(
            plain(model, best, verdict),
            regular=tuple(k for k in model.names if k not in concerned),
        )
    left = max(2.0 * best.decrement, 1e-15)
    sentence = (
        "An interior maximum: the score is zero, the information positive definite, and less "
        f"than {left:.0e} of log-likelihood is left to gain."
    )
    return plain(model, best, Verdict("interior", True, sentence, best.decrement))


def kin_towards(model: Regression, met: Optimum) -> list[SpecialCase]:
    """The limits of the family at infinite values of one of its constants."""
    constants = {p.name for p in model.parts if p.basis is None and p.function is None}
    return [
        kin
        for kin in model.family.special_cases
        if kin.rest is None
        and kin.when
        and set(kin.when) <= constants
        and all(np.isinf(v) for v in kin.when.values())
    ]


def _back_from(model: Regression, limit: Proof, kin: SpecialCase, max_steps: int) -> Optimum | None:
    """A maximum inside that lies above a limit: climbed to from the limit's own coefficients.

    A climb that begins far out, where the limit is nearly reached, does not see it.
    """
    tops = []
    for end in (0, 1):
        inside = {k: model.family.parameters[k].typical[end] for k in kin.when}
        values = {**{k: v for k, v in limit.params.items() if k in model.names}, **inside}
        if all(np.isfinite(v) for v in values.values()):
            tops.append(climbed(model, model.linked(values), max_steps=max_steps))
    tops = [t for t in tops if t.stop is Stop.OPTIMUM and t.at.value > limit.loglik + 1e-9]
    return max(tops, key=lambda t: t.at.value, default=None)


def _limit(model: Regression, met: Optimum, max_steps: int) -> Proof | None:
    """The proof that the supremum lies in a limiting family with the same predictors."""
    for kin in kin_towards(model, met):
        special: Family = kin.family.of(model.family, kin.when)
        parts = tuple(part for part in model.parts if part.name not in kin.when)
        if tuple(special.free) != tuple(part.name for part in parts):
            continue
        inner = replace(model, family=special, parts=parts)
        proof = regress(inner, max_steps=max_steps)
        dependent = proof.verdict.kind == "not identified" and bool(proof.regular)
        if not (proof.verdict.ok or dependent):
            continue
        if proof.loglik < met.at.value - 1e-9 * max(1.0, abs(proof.loglik)):
            continue
        higher = _back_from(model, proof, kin, max_steps)
        if higher is not None:
            return inside(model, higher)
        where = ", ".join(f"{k} → {number(v)}" for k, v in kin.when.items())
        verdict = Verdict(
            "boundary",
            True,
            f"On the boundary: {where}, where {model.family.name} becomes "
            f"{kin.family.__name__}, and the likelihood falls from there.",
            proof.verdict.decrement,
            tuple(kin.when),
        )
        if dependent:
            verdict = replace(proof.verdict, sentence=f"{proof.verdict} {verdict}")
        params = {k: float(kin.when.get(k, proof.params.get(k, np.nan))) for k in model.names}
        return Proof(
            verdict,
            params,
            proof.loglik,
            met,
            tuple(k for k in model.names if k in proof.regular),
            proof.inner,
            proof.inner_optimum,
            dict,
            model,
        )
    return None


def collapsing(model: Regression, x: Vector) -> list[str]:
    """The constant scales that have come down to nothing beside the spread of the response."""
    return [
        p.name
        for p, place in zip(model.parts, model.slices, strict=True)
        if p.basis is None
        and p.function is None
        and model.family.parameters[p.name].unit == 1
        and model.family.parameters[p.name].domain.low == 0.0
        and (x[place.start] < np.log(model.family_spread) - 12.0)
    ]


def ended(model: Any, best: Optimum, scales: list[str]) -> Proof:
    """The proof of where a climb ended, inside or not; ``scales`` are those that collapse."""
    return inside(model, best) if best.stop is Stop.OPTIMUM else elsewhere(model, best, scales)


def elsewhere(model: Regression, best: Optimum, scales: list[str] | None = None) -> Proof:
    """The verdict of a climb that met no maximum inside."""
    if best.stop is Stop.FLAT and best.direction is not None:
        toward = model.jacobian(best.x) @ best.direction
        size = np.abs(toward)
        movers = [label(model.names[i]) for i in np.argsort(-size) if size[i] > 1e-3 * size.max()]
        several = len(movers) > 1
        sentence = (
            f"Not identified: the likelihood is flat, {' and '.join(movers[:6])} can move "
            f"{'together ' * several}without changing it. "
            f"{'Leave one out' if several else 'Fix it, or leave it out'}, or collect data that "
            f"tell {'them apart' if several else 'it'}."
        )
        verdict = Verdict("not identified", False, sentence, best.decrement, tuple(movers))
        return plain(model, best, verdict)
    alone = scales is None
    scales = collapsing(model, best.x) if scales is None else scales
    if scales:
        sentence = (
            f"No maximum: the fitted values meet the data exactly, and the likelihood grows "
            f"without bound as {scales[0]} → 0. With as many coefficients as rows, or data "
            "without noise, the noise cannot be estimated: fix it, or use fewer terms."
        )
        proof = plain(model, best, Verdict("no maximum", False, sentence, parameters=tuple(scales)))
        return replace(proof, loglik=float("inf"))
    large = _exact(model, best) if alone else []
    if large:
        sentence = (
            "No maximum: the fitted values meet the data exactly, and the likelihood grows "
            f"without bound as {large[0]} → ∞. With as many coefficients as rows, or data without "
            "noise, the noise cannot be estimated: fix it, or use fewer terms."
        )
        proof = plain(model, best, Verdict("no maximum", False, sentence, parameters=tuple(large)))
        return replace(proof, loglik=float("inf"))
    if best.stop is Stop.NO_START:
        sentence = f"Ran out: {best.stop}. {_advice(model)}"
        return plain(model, best, Verdict("ran out", False, sentence, best.decrement))
    left = f"; about {best.decrement:.2g} is still to gain" if np.isfinite(best.decrement) else ""
    sentence = (
        f"Ran out: {best.stop} after {best.steps} steps{left}. To go on, allow more with "
        "max_steps=, or begin nearer with start={...}."
    )
    return plain(model, best, Verdict("ran out", False, sentence, best.decrement))


def _exact(model: Regression, best: Optimum) -> list[str]:
    """The constants that ran off because the fitted means are the data."""
    constants = [
        (part.name, place.start)
        for part, place in zip(model.parts, model.slices, strict=True)
        if part.basis is None and part.function is None
    ]
    log = [k for k, i in constants if model.family.link(k).name == "log" and best.x[i] > HUGE]
    family = model.family
    if not log or family.support.discrete or family.moments is None:
        return []
    rows = slice(0, model.sample.stored)
    y = model.sample.source.y.read(0, rows.stop)
    with np.errstate(all="ignore"):
        variables = model._variables(best.x, rows, model._designs(rows))
        mean = family.moments(*model._parameters(variables, rows))[0]
        met = bool(np.all(np.abs(mean - y) <= 1e-6 * np.abs(y)))
    return log if met else []


def _advice(model: Regression) -> str:
    """What to do where no start value is possible."""
    for part in model.parts:
        if part.offset is not None and np.ptp(part.offset) > 100.0:
            low, high = float(part.offset.min()), float(part.offset.max())
            link = model.family.link(part.name).name
            return (
                f"The offset of {part.name} runs from {low:g} to {high:g} on the {link} scale; an "
                "exposure is passed as its logarithm."
            )
    return "Begin elsewhere, with start={...}."
