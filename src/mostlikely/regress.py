"""The argmax of a regression and its proof: begin at the constant model, climb, look at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from mostlikely.begin import starts
from mostlikely.data.basis import basis_of
from mostlikely.data.design import Design
from mostlikely.errors import ModelError
from mostlikely.existence import recession
from mostlikely.family.base import Family, Kin
from mostlikely.proof import Proof, number, plain
from mostlikely.regression import Part, Regression
from mostlikely.solve.newton import POLISHED, Optimum, Stop, maximise
from mostlikely.solve.objective import Evaluation, Objective, Vector
from mostlikely.solve.verdict import Verdict

__all__ = ["ROUNDING", "Restricted", "climbed", "column_sizes", "regress", "said"]

#: Samples of more rows than this are climbed on an eighth of them first.
LARGE, PART, PER_COORDINATE = 16_000, 2_000, 40
#: Entries of a column below this, relative to the size of the column, are rounding.
ROUNDING = 1e-11
#: How near a part of the rows is climbed to its maximum.
ROUGH = 1e-3
#: Information about a combination of coefficients below which it is asked whether there is a
#: maximum at all: its predictor is known to no better than three units of a log or logit scale.
WEAK = 0.1
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


def said(key: Any) -> str:
    """A parameter's key as it stands in a sentence: mu[x] or sigma."""
    return key if isinstance(key, str) else f"{key[0]}[{key[1]}]"


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
    if model.sample.kind == "precision" and not model.family.precision_weights:
        raise ModelError(
            f"{model.family.name} has no dispersion that a precision weight could scale."
        )
    points = starts(model, start)
    optima = [climbed(model, x, max_steps=max_steps) for x in points]
    optima.sort(key=lambda o: (o.stop is not Stop.OPTIMUM, -o.at.value if o.at.finite else np.inf))
    best = optima[0]
    if best.stop is not Stop.OPTIMUM or _weak(model, best):
        proof = _separated(model, best, max_steps) or _limit(model, best, max_steps)
        if proof is not None:
            return proof
    if best.stop is Stop.EDGE:
        again = climbed(model, best.x, max_steps=max_steps, heed_edges=False)
        best = again if again.at.finite else best
    if best.stop is Stop.OPTIMUM:
        return _inside(model, best)
    return _elsewhere(model, best)


def climbed(
    model: Regression, x: Vector, *, max_steps: int = 200, heed_edges: bool = True
) -> Optimum:
    """The optimum reached from a point; large samples are climbed on a part of the rows first."""
    rows, before = model.sample.stored, np.inf
    least = max(PART, PER_COORDINATE * model.size)
    if rows > max(LARGE, 4 * least) and not model.family.nonsmooth:
        part = model.part_of(max(least, rows // 8))
        top = climbed(part, x, max_steps=max_steps)
        if top.at.finite:
            x = top.x
        if rows > COSTLY and top.stop is Stop.OPTIMUM:
            ahead, length = _stepped(model, part, top)
            if np.isfinite(model.value(ahead)) if model._guarded else True:
                x, before = ahead, length
    enough = POLISHED
    return maximise(
        model,
        x,
        model.units,
        model.sample.total,
        max_steps=max_steps,
        heed_edges=heed_edges,
        enough=enough,
        costly=rows > COSTLY,
        before=before,
    )


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


def _weak(model: Regression, best: Optimum) -> bool:
    """Whether an optimum is so flat that it may be no more than rounding."""
    first = model.parts[0] if model.parts else None
    if first is None or first.basis is None or not first.basis.size:
        return False
    own = best.at.information[model.slices[0], model.slices[0]]
    if first.basis.design.wide or not np.isfinite(own).all():
        return bool(np.any(np.diag(own) < WEAK))
    return bool(np.linalg.eigvalsh(own)[0] < WEAK)


def _dependent(model: Regression) -> tuple[list[str], set[Any]]:
    """Sentences about columns that are combinations of others, and the keys concerned."""
    sentences: list[str] = []
    concerned: set[Any] = set()
    for part in model.parts:
        if part.basis is None:
            continue
        for column, way in part.basis.dependent:
            terms = [key[1] for key in part.keys]
            size = np.abs(way) > 1e-9 * max(float(np.abs(way).max(initial=0.0)), 1e-300)
            made = [_times(way[j], terms[j]) for j in np.flatnonzero(size)]
            concerned |= {part.keys[column], *(part.keys[j] for j in np.flatnonzero(size))}
            what = " + ".join(made).replace("+ -", "- ") if made else "zero in every row"
            sentences.append(f"{terms[column]} = {what}")
    return list(dict.fromkeys(sentences)), concerned


def _times(c: float, term: str) -> str:
    rounded = float(f"{c:.6g}")
    return term if rounded == 1.0 else f"{rounded:g}·{term}"


def _inside(model: Regression, best: Optimum) -> Proof:
    sentences, concerned = _dependent(model)
    if sentences:
        verdict = Verdict(
            "not identified",
            False,
            f"Not identified: the columns are dependent, {'; '.join(sentences)}, so these "
            "coefficients can move together without changing the likelihood. Leave one out. All "
            "others are as they should be.",
            best.decrement,
            tuple(map(said, concerned)),
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


def _separated(model: Regression, met: Optimum, max_steps: int) -> Proof | None:
    """The proof that the rows are separated, with the limit's maximum; None if they are not."""
    family = model.family
    first = model.parts[0] if model.parts else None
    link = None if first is None else family.link(first.name)
    if first is None or first.basis is None or family.recession is None or link is None:
        return None
    edges = {"logit", "probit", "cloglog", "loglog", "cauchit", "log", "softplus"}
    if link.name not in edges or first.basis.design.wide:
        return None
    y = model.sample.source.y.read(0, model.sample.stored)
    side = np.broadcast_to(family.recession(y, **family.known, **model.known), y.shape)
    found = recession(first.basis.design.dense() / first.basis.scale, side)
    if found is None:
        return None
    direction = first.basis.matrix @ found.direction
    direction = np.where(
        np.abs(direction) * column_sizes(first) < 1e-6 * np.abs(found.direction).max(),
        0.0,
        direction,
    )
    rest = np.flatnonzero(~found.moved)
    infinite = {k: float(np.sign(d)) * np.inf for k, d in zip(first.keys, direction, strict=True)}
    infinite = {k: v for k, v in infinite.items() if not np.isnan(v)}
    moving = list(infinite)
    rows = [int(r) for r in model.table.positions(np.flatnonzero(found.moved)[:5])]
    count = int(found.moved.sum())
    which = " and ".join(f"{said(k)} → {'∞' if infinite[k] > 0 else '−∞'}" for k in moving[:6])
    together = " together, in fixed proportions" if len(moving) > 1 else ""
    sentence = (
        f"Separation: {which}{together}; {count} of {model.sample.stored} rows (rows "
        f"{', '.join(map(str, rows))}{', ...' if count > 5 else ''}) are then predicted without "
        "error, and the likelihood rises towards its supremum without reaching it. "
    )
    limit, inner, top = 0.0, model, met
    regular: tuple[Any, ...] = ()
    settled: dict[Any, float] = {}
    if len(rest):
        kept = model.at(rest)
        basis = basis_of(_original(first, rest))
        parts = (replace(kept.parts[0], basis=basis), *kept.parts[1:])
        proof = regress(replace(kept, parts=parts), max_steps=max_steps)
        limit, inner, top = proof.loglik, proof.inner, proof.inner_optimum
        lost = {first.keys[c] for c, _ in basis.dependent} | set(moving)
        for _, way in basis.dependent:
            lost |= {first.keys[j] for j in np.flatnonzero(np.abs(way) > 1e-9)}
        regular = tuple(k for k in proof.regular if k not in lost)
        settled = {k: v for k, v in proof.params.items() if k not in lost}
    sentence += (
        "The other coefficients are finite, and estimated by the remaining rows."
        if regular
        else "No coefficient is finite."
    ) + " Remedies: leave the term out, merge levels, or collect rows that differ."
    params = {**model.natural(met.x)}
    params.update(settled)
    params.update({k: infinite[k] for k in moving})
    verdict = Verdict("separation", False, sentence, top.decrement, tuple(map(said, moving)))
    directions = dict(zip(first.keys, direction, strict=True))
    return Proof(
        verdict, params, limit, met, regular, inner, top, dict, model, direction=directions
    )


def column_sizes(part: Part) -> Vector:
    """The root mean square of each column, from the basis: the norms of the inverse's columns."""
    assert part.basis is not None
    return np.asarray(np.sqrt(np.sum((part.basis.inverse) ** 2, axis=0)))


def _original(part: Part, rows: Any) -> Design:
    """The columns themselves on some rows, from the orthogonal ones."""
    assert part.basis is not None
    x = (part.basis.design.at(rows).dense() / part.basis.scale) @ part.basis.inverse
    x[np.abs(x) < ROUNDING * column_sizes(part)] = 0.0
    return Design.of_array(x, [key[1] for key in part.keys])


def _kin_towards(model: Regression, met: Optimum) -> list[Kin]:
    """The limits of the family at infinite values of one of its constants."""
    constants = {p.name for p in model.parts if p.basis is None and p.function is None}
    return [
        kin
        for kin in model.family.kin
        if kin.rest is None
        and kin.when
        and set(kin.when) <= constants
        and all(np.isinf(v) for v in kin.when.values())
    ]


def _back_from(model: Regression, limit: Proof, kin: Kin, max_steps: int) -> Optimum | None:
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
    for kin in _kin_towards(model, met):
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
            return _inside(model, higher)
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


def _elsewhere(model: Regression, best: Optimum) -> Proof:
    """The verdict of a climb that met no maximum inside."""
    if best.stop is Stop.FLAT and best.direction is not None:
        toward = model.jacobian(best.x) @ best.direction
        size = np.abs(toward)
        movers = [said(model.names[i]) for i in np.argsort(-size) if size[i] > 1e-3 * size.max()]
        several = len(movers) > 1
        sentence = (
            f"Not identified: the likelihood is flat, {' and '.join(movers[:6])} can move "
            f"{'together ' * several}without changing it. "
            f"{'Leave one out' if several else 'Fix it, or leave it out'}, or collect data that "
            f"tell {'them apart' if several else 'it'}."
        )
        verdict = Verdict("not identified", False, sentence, best.decrement, tuple(movers))
        return plain(model, best, verdict)
    scales = [
        p.name
        for p, place in zip(model.parts, model.slices, strict=True)
        if p.basis is None
        and p.function is None
        and model.family.parameters[p.name].unit == 1
        and model.family.parameters[p.name].domain.low == 0.0
        and (best.x[place.start] < np.log(model.family_spread) - 12.0)
    ]
    if scales:
        sentence = (
            f"No maximum: the fitted values meet the data exactly, and the likelihood grows "
            f"without bound as {scales[0]} → 0. With as many coefficients as rows, or data "
            "without noise, the noise cannot be estimated: fix it, or use fewer terms."
        )
        proof = plain(model, best, Verdict("no maximum", False, sentence, parameters=tuple(scales)))
        return replace(proof, loglik=float("inf"))
    large = _exact(model, best)
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
