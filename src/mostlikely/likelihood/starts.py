"""Where the climb begins: given values, a closed form, the family's own guesses, least squares.

A closed form is a start that needs no step: the same proof, the Newton decrement, accepts it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from numbers import Real
from typing import Any

import numpy as np

from mostlikely.data.response import numbers_of
from mostlikely.errors import ModelError
from mostlikely.family.base import Family, check_value
from mostlikely.family.summaries import spread, weighted_quantile
from mostlikely.likelihood.keys import find_key, label
from mostlikely.likelihood.line_starts import line_starts
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member
from mostlikely.likelihood.nonlinear_start import nonlinear_start
from mostlikely.solve.maximise import Options, maximise
from mostlikely.solve.objective import Vector
from mostlikely.solve.optimum import Stop
from mostlikely.solve.scaled import climb_in_unit

__all__ = ["given_values", "guesses", "starts", "typical", "wider"]

#: How near the constant model is climbed to its maximum: it is where the climb begins, no more.
ROUGH = 1e-2
#: Rows on which that is done.
FEW = 2_000
#: So many of a family's guesses are begun from where parameters follow columns.
MOST = 2
#: How far starts that are asked for lie from the model's own, in units.
WIDTH = 2.0
#: How far beside a start derivatives are looked for, in units.
BESIDE = 0.1


def starts(
    loglik: LogLikelihood,
    given: Mapping[Any, float] | None = None,
    max_steps: int = 200,
    count: int = 0,
) -> list[Vector]:
    """The points from which a log-likelihood is climbed.

    Parameters
    ----------
    loglik : LogLikelihood
    given : mapping, optional
        Values of some parameters, by key.
    max_steps : int
        Evaluations allowed, where members are climbed alone first.
    count : int
        How many there shall be at least: the others lie around these, always the same.
    """
    if loglik.shared is not None:
        points = _together(loglik, given, max_steps)
    else:
        points = _of_member(loglik.member, given)
    missing = count - len(points)
    if missing <= 0:
        return points
    around = WIDTH * np.random.default_rng(0).normal(size=(missing, loglik.size)) * loglik.units
    return [*points, *(points[i % len(points)] + moved for i, moved in enumerate(around))]


def given_values(keys: Sequence[Any], family: Family, start: Mapping[Any, Any]) -> dict[Any, float]:
    """Start values by key, each a number at which its parameter can be.

    Raises
    ------
    ModelError
        For a key that is none, or that may be several, or a value that cannot be.
    """
    out = {}
    for name, value in start.items():
        try:
            key = find_key(name, keys)
        except ModelError as error:
            raise ModelError(f"start: {error}") from None
        if not isinstance(value, Real) or not np.isfinite(float(value)):
            raise ModelError(f"start: {label(key)} must be a finite number; got {value!r}.")
        if isinstance(key, str) and key in family.parameters:
            check_value(f"start of {family.name}", key, value, family.parameters[key])
        out[key] = float(value)
    return out


def wider(member: Member, x: Vector) -> Vector:
    """A point at which some row is impossible, with the scale doubled until none is.

    Where only a derivative is no number, as that of a power at zero, the highest point beside it.
    """
    if np.isfinite(member.value(x)):
        ways = BESIDE * member.units * np.vstack([np.eye(member.size), np.ones(member.size)])
        further = [*(x + ways), *(x - ways)]
        found = {point.value: y for y in further if (point := member(y)).finite}
        return found[max(found)] if found else x
    standard = member.family.standard
    scales = [
        (part, place)
        for part, place in zip(member.parts, member.slices, strict=True)
        if standard is not None and part.name == standard[1] and part.function is None
    ]
    if not scales or member.family.link(scales[0][0].name).name != "log":
        return x
    ((part, place),) = scales
    double = np.zeros(member.size)
    double[place] = np.log(2.0)
    if part.basis is not None:
        if part.basis.design.wide:
            return x
        columns = part.basis.design.dense() / part.basis.scale
        double[place] = np.linalg.lstsq(columns, np.full(len(columns), np.log(2.0)))[0]
    further = [x + times * double for times in range(1, 41)]
    return next((point for point in further if np.isfinite(member.value(point))), x)


# One member.


def _of_member(member: Member, given: Mapping[Any, float] | None) -> list[Vector]:
    if member.one_sample:
        points = _of_numbers(member, given is not None)
    else:
        points = [_carried(member, bool(given))]
        if not given:
            points += _from_residuals(member, points[0])
            points += line_starts(member, points[0], partial(_other_guesses, member))
    if given:
        first = member.natural(points[0])
        points = [member.linked({**first, **given})]
    middle = None
    for i, x in enumerate(points):
        if not np.isfinite(x).all():  # an edge of a domain is begun from inside, towards it
            middle = _middle(member) if middle is None else middle
            points[i] = np.where(np.isfinite(x), x, middle)
    return [*nonlinear_start(member, points[0]), *points]


def _of_numbers(member: Member, roughly: bool) -> list[Vector]:
    """The closed form, or the family's guesses, of a member whose parameters are all numbers."""
    closed = None if roughly else _closed_form(member)
    found = _guesses(member) if closed is None else [closed]
    return [member.linked(member.by_key({k: g[k] for k in member.constants})) for g in found]


def _closed_form(member: Member) -> Mapping[str, Any] | None:
    family, sample = member.family, member.sample
    if family.mle is None or not sample.weighting.counts:
        return None
    with np.errstate(all="ignore"):
        values: Mapping[str, Any] | None = family.mle(sample, **family.fixed)
    if values is None or not all(np.isfinite(values[k]) for k in member.constants):
        return None
    return values


def _guesses(member: Member) -> list[dict[str, float]]:
    """What a family's own ``start`` says of the rows, the middle of typical ranges elsewhere."""
    family, sample = member.family, member.sample
    y, w = sample.small()
    if len(y) < sample.stored and y.ndim == 1:  # what is possible may depend on the extremes
        y, w = np.append(y, [sample.smallest, sample.largest]), np.append(w, [1.0, 1.0])
    means = {k: float(np.mean(v)) for k, v in member.known.items() if family.parameters[k].known}
    return guesses(family, y, w, means)


def guesses(
    family: Family, y: Vector, w: Vector, known: Mapping[str, float]
) -> list[dict[str, float]]:
    """Values of the free parameters to begin from, for rows y with weights w.

    Parameters
    ----------
    family : Family
    y, w : arrays of shape (n,)
    known : mapping
        Numbers for parameters that are known for each row.
    """
    if family.start is None:
        middle = typical(family, *numbers_of(y, w))
        spans = {k: family.parameters[k].typical for k in family.free}
        ends = [
            {k: s[e] for k, s in spans.items() if not family.parameters[k].unit} for e in (0, 1)
        ]
        return [middle, *({**middle, **end} for end in ends)]
    with np.errstate(all="ignore"):
        found = family.start(y, w, **{**family.known, **known})
    out = []
    for guess in found if isinstance(found, list) else [found]:
        inside = {
            k: float(v)
            for k, v in guess.items()
            if np.isfinite(v) and np.all(family.parameters[k].domain.contains(v))
        }
        if not inside.keys() >= set(family.free):
            inside = {**typical(family, *numbers_of(y, w)), **inside}
        out.append(inside)
    return out


def typical(family: Family, y: Vector, w: Vector) -> dict[str, float]:
    """The middle of each free parameter's typical range, in the units of the data."""
    scale = spread(y, w)
    out = {}
    for name in family.free:
        if name not in family.parameters:  # of a function
            continue
        param = family.parameters[name]
        low, high = param.typical
        if param.unit == 1 and param.domain.low == -np.inf:
            out[name] = float(weighted_quantile(y, w, 0.5))
        elif low > 0.0 and param.domain.high == np.inf:
            out[name] = float(np.sqrt(low * high) * scale**param.unit)
        else:
            out[name] = 0.5 * (low + high)
    return out


def _middle(member: Member) -> Vector:
    values = typical(member.family, *member.sample.numbers())
    keys = member.by_key({k: values[k] for k in member.constants})
    return member.linked({**dict.fromkeys(member.names, 0.0), **keys})


def _carried(member: Member, given: bool) -> Vector:
    """The constant model's maximum, carried to the coefficients by least squares."""
    small = member if member.rows <= FEW else member.portion(FEW)
    return _coordinates(small, _constant(small, given))


def _coordinates(member: Member, etas: Mapping[str, Any]) -> Vector:
    """The coordinates whose parameters are nearest to link-scale values, one or one per row."""
    x = np.zeros(member.size)
    for part, place in zip(member.parts, member.slices, strict=True):
        eta = etas.get(part.name, 0.0)
        if part.function is not None:
            x[place] = list(member.family.predictors[part.name].start.values())
        elif part.basis is not None:
            target = np.full(member.rows, eta)
            if part.offset is not None:
                tame = (
                    np.ptp(part.offset) < 20.0 or member.family.link(part.name).name == "identity"
                )
                target = target - (part.offset if tame else 0.0)
            terms = [key[-1] for key in part.keys]
            if part.basis.design.wide and "Intercept" in terms:
                x[place] = part.basis.inverse[:, terms.index("Intercept")] * np.median(target)
                continue
            columns = part.basis.design.dense() / part.basis.scale
            x[place] = np.linalg.lstsq(columns, target, rcond=None)[0]
        else:
            x[place] = eta
    return x


def _from_residuals(member: Member, x: Vector) -> list[Vector]:
    """Where a likelihood may have several maxima: a family's guesses for least-squares residuals.

    Of the response, or of its logarithm where the first parameter is a scale, or a location of
    logarithms.
    """
    family, first = member.family, member.parts[0]
    param, link = family.parameters.get(first.name), family.link(first.name).name
    logs = family.support.low == 0.0
    kinds = {("log", 1), ("identity", 0)} if logs else {("identity", 1)}
    if first.basis is None or param is None or (link, param.unit) not in kinds:
        return []
    if any(p.function for p in member.parts) or first.basis.design.wide:
        return []
    small = member if member.rows <= FEW else member.portion(FEW)
    rows, part = next(small.blocks()), small.parts[0]
    if len(rows.block.y) < small.rows or len(_guesses(small)) == 1:
        return []
    assert part.basis is not None
    y, w = rows.block.y, small.counts(rows.block)
    w = np.ones(len(y)) if w is None else w
    offset = 0.0 if part.offset is None else part.offset
    columns = part.basis.design.dense() / part.basis.scale
    with np.errstate(all="ignore"):
        target = (np.log(y) if logs else y) - offset
        fitted = columns @ np.linalg.lstsq(columns, target, rcond=None)[0]
    if not np.isfinite(fitted).all():
        return []
    left = target - fitted
    means = {k: float(np.mean(v)) for k, v in small.known.items() if family.parameters[k].known}
    points = []
    for guess in guesses(family, np.exp(left) if logs else left, w, means)[:MOST]:
        with np.errstate(all="ignore"):
            linked = family.linked([np.float64(guess[k]) for k in family.free])
        etas = dict(zip(family.free, linked, strict=True))
        points.append(_coordinates(small, {**etas, part.name: fitted + offset + etas[part.name]}))
    return points


def _other_guesses(member: Member) -> list[Vector]:
    """A family's guesses but the first, with lines that are level."""
    points = []
    for guess in _guesses(member)[1 : 1 + MOST]:
        with np.errstate(all="ignore"):
            linked = member.family.linked([np.float64(guess[k]) for k in member.family.free])
        points.append(_coordinates(member, dict(zip(member.family.free, linked, strict=True))))
    return points


def _constant(member: Member, given: bool) -> dict[str, float]:
    """Link-scale values of every parameter held constant, at their best on these rows."""
    family = member.family
    guess = _guesses(member)[0]
    names = [part.name for part in member.parts]
    if not given:
        _reached(member, guess)
    with np.errstate(all="ignore"):
        etas = family.linked([np.float64(guess.get(k, 1.0)) for k in names])
    alone = replace(
        member,
        parts=tuple(
            replace(p, keys=(p.name,), basis=None, function=None, offset=None, times=None)
            for p in member.parts
        ),
    )
    if not any(p.function for p in member.parts):
        options = Options(tolerance=ROUGH, max_steps=60)
        top = maximise(alone, np.array(etas, dtype=float), options=options)
        if top.at.finite:
            etas = (
                list(np.clip(top.x, np.min(etas) - 5.0, np.max(etas) + 5.0))
                if (top.stop is not Stop.OPTIMUM)
                else list(top.x)
            )
    return dict(zip(names, map(float, etas), strict=True))


def _reached(member: Member, guess: Mapping[str, float]) -> None:
    """Raise ModelError where a link cannot reach what the data say of its parameter."""
    for part in member.parts:
        link, value = member.family.link(part.name), guess.get(part.name, 1.0)
        if part.basis is not None and not link.domain.low <= value <= link.domain.high:
            raise ModelError(
                f"the link {link.name!r} of {part.name} gives values that are {link.domain} only, "
                f"and these data put it at about {value:.3g}; choose another link, or begin where "
                "it can be with start={...}."
            )


# Several members.


def _together(
    loglik: LogLikelihood, given: Mapping[Any, float] | None, max_steps: int
) -> list[Vector]:
    """Where members are at their best by themselves, and where they begin."""
    raw = [_of_member(member, None) for member in loglik.members]
    tops = []
    for member, points in zip(loglik.members, raw, strict=True):
        single, options = LogLikelihood.of(member), Options(max_steps=max_steps)
        alone = climb_in_unit(single, single.unit, points, options=options)
        tops.append(alone[0])
    points = [_met(loglik, [top.x for top in tops], [top.at.information for top in tops])]
    longest = max(map(len, raw))
    points += [_met(loglik, [p[min(k, len(p) - 1)] for p in raw]) for k in range(longest)]
    if given:
        points = [loglik.linked({**loglik.natural(points[0]), **given}), *points]
    return points


def _met(
    loglik: LogLikelihood, xs: Sequence[Vector], weights: Sequence[Vector] | None = None
) -> Vector:
    """The point at which members are as near as can be to where each would be by itself."""
    shared = loglik.shared
    assert shared is not None
    beta = np.zeros(len(shared.slots))
    for view, x in zip(reversed(shared.views), reversed(xs), strict=True):
        own = np.linalg.lstsq(view.basis, x, rcond=None)[0]
        for place, ours, theirs in view.changed:
            with np.errstate(all="ignore"):
                value = float(ours.forward(theirs.inverse(np.float64(own[place]))))
            own[place] = value if np.isfinite(value) else 0.0
        beta[view.places] = own
    z = np.asarray(shared.inverse @ beta)
    information, score = np.zeros((loglik.size, loglik.size)), np.zeros(loglik.size)
    for i, member in enumerate(loglik.members):
        seen = shared.seen(i, z)
        weight = np.diag(member.units**-2.0) * member.total
        if weights is not None and np.isfinite(weights[i]).all():
            weight = weights[i]
        information += seen.jacobian.T @ weight @ seen.jacobian
        score += seen.jacobian.T @ (weight @ (xs[i] - seen.x))
    step = np.linalg.lstsq(information, score, rcond=1e-12)[0]
    return z + step if np.isfinite(step).all() else z
