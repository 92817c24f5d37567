"""Rows that are met exactly, so that their noise has no size.

Where a predictor of a dispersion tells some rows apart, these may be met while their dispersion
vanishes: each then adds to the log-likelihood without end. Whether the others take away more is a
question about rates, for along a direction d each row's log-density changes at last as a piecewise
linear function of zᵢᵀd: a linear program answers it, as of separation. A constant dispersion is
the case of one column of ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations, islice, product
from math import comb
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mostlikely.likelihood.keys import label
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member
from mostlikely.likelihood.penalty import Lasso, Ridge
from mostlikely.solve.maximise import Options
from mostlikely.solve.objective import Vector
from mostlikely.solve.optimum import Stop
from mostlikely.verdict import sentences
from mostlikely.verdict.check import Again, Ended
from mostlikely.verdict.proof import Proof, plain
from mostlikely.verdict.recession import null_space
from mostlikely.verdict.recession_forms import columns_of_coordinates
from mostlikely.verdict.verdict import Verdict

__all__ = ["ExactFit", "met_elsewhere"]

#: Where rates are looked at, in units of a link's scale: beyond all but a density's tail, and near
#: enough that what is met but for rounding is met.
FAR = np.array([15.0, 25.0])
#: Rates below this are of a logarithm of the predictor, or of nothing; falls above are exponential.
SLOW, STEEP = 0.1, 1e3
#: How nearly rows are met: but for rounding; as nearly as a nonlinear function was climbed to.
MET, NEARLY = 1e-9, 1e-6
#: Rates, and movements, that are no more than the program's tolerance; and by how much gains are
#: favoured, so that a direction is found along which gains and losses are equal.
NOTHING, FAVOUR = 1e-7, 1e-5
#: Rows among which those that are met are looked for, the nearest first; and those put on an end.
LOOKED_AT, PUT = 2_000, 20
#: How many rows the program is asked about first.
FEW = 500
#: How many choices of rows are looked at beside a maximum inside.
CHOICES = 100
#: How many rows are named.
NAMED = 5
#: What a location is where its law closes in on y: y, log y, or y times the dispersion.
CENTRES: tuple[Callable[[Any, Any], Any], ...] = (
    lambda y, _: y,
    lambda y, _: np.log(y),
    lambda y, dispersion: y * dispersion,
)


class ExactFit:
    """The likelihood grows without bound as the noise of rows that are met vanishes."""

    name: ClassVar[str] = "exact fit"

    def suspects(self, ended: Ended) -> bool:
        """Where predictors could meet the data, and the climb ended at no maximum."""
        stop = ended.optimum.stop
        alike = all(member.one_sample for member in ended.loglik.members)
        exact = all(member.sample.exact for member in ended.loglik.members)
        return exact and not alike and stop not in (Stop.OPTIMUM, Stop.NO_START)

    def __call__(self, ended: Ended, again: Again) -> Proof | None:
        """The proof, where rows that are met gain more than all others lose."""
        loglik, best = ended.loglik, ended.optimum
        with np.errstate(all="ignore"):
            each = [list(_ways(loglik, m, best.x)) for m in range(len(loglik.members))]
            for k in range(max(map(len, each))):
                chosen = [ways[min(k, len(ways) - 1)] if ways else None for ways in each]
                found = _vanishing(loglik, chosen, best.x)
                if found is not None:
                    # As near as it comes.
                    options = Options(max_steps=again.max_steps, stop_at_edges=False)
                    nearer = again.climb(loglik, [best.x], options)[0]
                    best = nearer if nearer.at.value > best.at.value else best
                    height = np.inf if found[2] else best.at.value
                    verdict = _verdict(loglik, *found[:2], height)
                    return replace(plain(loglik, best, verdict), loglik=height)
        return None


def met_elsewhere(loglik: LogLikelihood, x: Vector) -> str | None:
    """What to add to a maximum inside where other coefficients meet rows, which gain without end.

    Asked of small designs whose noise follows columns: every choice of rows is looked at.
    """
    alike = all(part.basis is None for member in loglik.members for part in member.parts[1:])
    if alike or comb(loglik.rows, min(2, loglik.rows)) > CHOICES:
        return None
    with np.errstate(all="ignore"):
        each = [next(_ways(loglik, m, x), None) for m in range(len(loglik.members))]
        found = _vanishing(loglik, each, x, every=True)
    return None if found is None else sentences.met_elsewhere(found[0].name, found[0].end)


@dataclass(frozen=True)
class Way:
    """A dispersion of one member, and an end of it at which its law closes in on one point.

    Parameters
    ----------
    index : int
        The member.
    name : str
        The dispersion.
    end : float
        Zero, or infinity.
    columns : array, shape (rows, k)
        How its predictor moves towards that end with the coordinates.
    left : array, shape (rows,), or None
        How far it is from that end, where its link reaches it at a finite number.
    forms, missed, near : arrays, shapes (rows, k), (rows,) and (rows,)
        How the predictor of a location moves, by how much it missed the row where the climb
        ended, and by how much it may if the row is met.
    others : array, shape (l, k)
        The predictors of all other parameters, which stay as they are.
    gain, apart, back : float
        As the predictor moves by one: the gain of a row that is met, the loss of one that is not,
        the loss of any as it moves the other way.
    """

    index: int
    name: str
    end: float
    columns: Vector
    left: Vector | None
    forms: Vector
    missed: Vector
    near: Vector
    others: Vector
    gain: float
    apart: float
    back: float


def _moves(loglik: LogLikelihood, m: int, x: Vector) -> dict[str, Vector]:
    """How the linear predictors of a member move with the coordinates, shape (rows, k)."""
    member, jacobian = loglik.members[m], loglik.seen(m, x).jacobian
    return {
        part.name: columns_of_coordinates(member, part) @ jacobian[place]
        for part, place in zip(member.parts, member.slices, strict=True)
        if part.function is None
    }


def _ways(loglik: LogLikelihood, m: int, x: Vector) -> Iterator[Way]:
    """The ways in which a member's law may close in on its rows."""
    member = loglik.members[m]
    family, params = member.family, member.family.parameters
    wide = any(part.basis is not None and part.basis.design.wide for part in member.parts)
    if family.support.discrete or family.labels or wide:
        return
    y, seen = member.whole().block.y, loglik.seen(m, x).x
    values = dict(zip(params, member.at_rows(seen), strict=True))
    for k, param in params.items():  # near its end a share of a loss looks like none
        if np.isfinite([param.domain.low, param.domain.high]).all() and not param.known:
            values[k] = np.clip(values[k], *param.typical)
    moves = _moves(loglik, m, x)
    dispersions = [
        k for k in moves if (params[k].domain.low, params[k].domain.high) == (0.0, np.inf)
    ]
    for name, end, other in product(dispersions, (0.0, np.inf), params):
        link, to = family.link(name), family.link(other)
        last = float(link.forward(np.float64(end)))
        sign = float(np.sign(last - link.forward(params[name].typical[0])))
        finite = bool(np.isfinite(last))
        rate = partial(_rate, member, y, values, name, last)
        for centre in _centres(family, name, other) if other != name else ():
            gain = rate(sign, other, centre)
            if gain <= SLOW**2:
                continue
            back = np.inf if finite else max(-rate(-sign), 0.0)
            target = to.forward(centre(y, values[name]))
            forms = moves.get(other, np.zeros((len(y), loglik.size)))
            forms = forms - moves[name] if centre is CENTRES[-1] else forms
            size = np.abs(target)
            size = size + np.median(size[size > 0.0] if np.any(size > 0.0) else 1.0)
            yield Way(
                m,
                name,
                end,
                sign * moves[name],
                sign * (last - link.forward(values[name])) if finite else None,
                forms,
                target - to.forward(values[other]),
                (MET if other in moves else NEARLY) * size,
                np.vstack([forms, *(v for k, v in moves.items() if k not in (name, other))]),
                gain,
                -rate(sign),
                0.0 if back < SLOW < gain else back,
            )


def _centres(family: Any, name: str, other: str) -> list[Callable[[Any, Any], Any]]:
    """What a location may be where a law closes in on y: of these, those in its own unit."""
    units = family.parameters
    # of angles and shares, which have no unit
    free = family.support.low != 0.0 and not any(param.unit for param in units.values())
    free = free or np.isfinite([family.support.low, family.support.high]).all()
    like_y, logs, times = CENTRES
    out = [like_y] if free or units[other].unit == 1 else []
    out += [logs] if family.support.low == 0.0 and units[other].unit == 0 else []
    return out + ([times] if free or units[other].unit == 1 + units[name].unit else [])


def _rate(
    member: Member,
    y: Vector,
    values: dict[str, Any],
    name: str,
    last: float,
    sign: float,
    other: str = "",
    centre: Callable[[Any, Any], Any] | None = None,
) -> float:
    """The least that a row gains as a dispersion's predictor moves by one to one side, far out."""
    family, link = member.family, member.family.link(name)
    unit = float(member.units[member.slices[member.parts.index(member.part(name))].start])
    middle = np.log(member.response_spread) if link.name == "log" else 0.0
    etas = middle * family.parameters[name].unit + sign * unit * FAR
    heights = []
    for value in link.inverse(last - sign * unit * np.exp(-FAR) if np.isfinite(last) else etas):
        at = {**values, name: value} | ({other: centre(y, value)} if centre else {})
        heights.append(family.log_prob(y, *at.values()))
    change = float(np.min(heights[1] - heights[0]) / (FAR[1] - FAR[0]))
    return change if np.isfinite(change) else -np.inf


def _vanishing(
    loglik: LogLikelihood, ways: Sequence[Way | None], x: Vector, every: bool = False
) -> tuple[Way, NDArray[np.intp], bool] | None:
    """A member whose noise vanishes, by one way of each; in which rows, and whether without end."""
    still = [
        columns
        for m, way in enumerate(ways)
        for columns in ([way.others] if way else _moves(loglik, m, x).values())
    ]
    if isinstance(loglik.penalty, Ridge):
        still.append(loglik.shrunk)
    own = [way for way in ways if way is not None]
    free = null_space(np.vstack(still))
    rows = np.vstack([np.zeros((0, loglik.size)), *(way.columns for way in own)]) @ free
    if not np.any(np.abs(rows) > NOTHING):
        return None
    missed = np.concatenate([way.missed for way in own])
    near = np.concatenate([way.near for way in own])
    forms = np.vstack([way.forms for way in own])
    ends = np.cumsum([len(way.missed) for way in own])[:-1]
    orders = [np.argsort(v, kind="stable") for v in (np.abs(missed) / near, -rows @ (free.T @ x))]
    if every:
        choices = combinations(range(len(missed)), np.linalg.matrix_rank(forms))
        orders = [np.append(some, orders[0]) for some in islice(choices, CHOICES)]
    for order in orders:
        met = _met_together(forms, missed, near, order)
        if len(own) == 1 and own[0].left is not None:
            found, endless = _on_the_end(own[0].left, met, rows), True
        else:
            sets = [met]
            if not any(way.back for way in own):  # the others lose nothing where noise takes over
                sets += [met & np.all(rows == row, axis=1) for row in rows[met][:PUT]]
            rising = (_rising(loglik, own, some, rows, free) for some in sets)
            found, endless = next((r for r in rising if np.any(r[0])), (~met & met, False))
        for way, mine in zip(own, np.split(found, ends), strict=True):
            if np.any(mine):
                return way, np.flatnonzero(mine), endless
    return None


def _met_together(
    forms: Vector, missed: Vector, near: Vector, order: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """The rows that are met at one point: of those in order as many as determine it, and more."""
    k = forms.shape[1]
    basis, point = np.zeros((0, k)), np.zeros(k)
    for i in order[:LOOKED_AT]:
        left = forms[i] - basis.T @ (basis @ forms[i])
        size = float(np.linalg.norm(left))
        if size > MET * np.linalg.norm(forms[i]):
            left = left / size
            left = left - basis.T @ (basis @ left)
            point = point + (missed[i] - forms[i] @ point) / (forms[i] @ left) * left
            basis = np.vstack([basis, left])
    beyond = np.linalg.norm(forms - forms @ basis.T @ basis, axis=1)
    settled = beyond <= MET * (1.0 + np.linalg.norm(forms, axis=1))
    return np.asarray(settled & (np.abs(missed - forms @ point) <= near))


def _rising(
    loglik: LogLikelihood, ways: Sequence[Way], met: NDArray[np.bool_], z: Vector, free: Vector
) -> tuple[NDArray[np.bool_], bool]:
    """The rows whose noise vanishes along the steepest direction, and whether the likelihood rises.

    None where it falls along all. What is maximised is Σ w (up p - down n) with zᵀd = p - n, none
    of them beyond one.
    """
    counts = []
    for way in ways:
        member = loglik.members[way.index]
        w = member.counts(member.whole().block)
        counts.append(np.ones(member.rows) if w is None else w)
    rate = [np.repeat([[w.gain, w.apart, w.back]], len(w.missed), axis=0) for w in ways]
    gain, apart, back = np.vstack(rate).T
    up = np.where(met, (1.0 + FAVOUR) * gain, np.where(apart < STEEP, -apart, -np.inf))
    down = np.maximum(back, np.where(met, up, 0.0))
    w = np.concatenate(counts)
    nothing = np.zeros(len(met), dtype=bool)
    some = met | (np.arange(len(met)) % max(1, len(met) // FEW) == 0)
    # Rows that are not met only take away: where some of them are too many, so are all.
    for kept in (some, nothing == 0) if len(met) > 2 * FEW else (nothing == 0,):
        program = w[kept], z[kept], up[kept], down[kept]
        direction, height, gained = _steepest(*program, loglik, free)
        if height <= NOTHING * w.max():
            return nothing, False
    along = z @ direction
    return met & (along > NOTHING * np.abs(along).max()), height > 2.0 * FAVOUR * gained


def _steepest(
    w: Vector, z: Vector, up: Vector, down: Vector, loglik: LogLikelihood, free: Vector
) -> tuple[Vector, float, float]:
    """The direction, by how much the likelihood rises along it, and the weight of what gains."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, eye_array, hstack

    _, first, of = np.unique(
        np.round(np.column_stack([z, up, down]), 12) + 0.0,
        axis=0,
        return_index=True,
        return_inverse=True,
    )
    w = np.bincount(np.ravel(of), w).astype(float)
    z, up, down = z[first], up[first], down[first]
    if isinstance(loglik.penalty, Lasso):
        shrunk = loglik.shrunk @ free
        price = np.full(len(shrunk), loglik.penalty.strength)
        w, z = np.append(w, price), np.vstack([z, shrunk])
        up, down = np.append(up, -np.ones(len(price))), np.append(down, np.ones(len(price)))
    m, q = z.shape
    can, may = np.isfinite(up), np.isfinite(down)
    solved = linprog(
        np.concatenate([np.zeros(q), -w * np.where(can, up, 0.0), w * np.where(may, down, 0.0)]),
        A_eq=hstack([csr_array(z / np.abs(z).max()), -eye_array(m), eye_array(m)]),
        b_eq=np.zeros(m),
        bounds=[(None, None)] * q + [(0.0, float(b)) for b in (*can, *may)],
    )
    if solved.x is None:
        return np.zeros(q), 0.0, 0.0
    return solved.x[:q], -float(solved.fun), float(w @ solved.x[q : q + m])


def _on_the_end(left: Vector, met: NDArray[np.bool_], z: Vector) -> NDArray[np.bool_]:
    """The rows that coefficients put on the end itself, all that are not met on this side of it."""
    from scipy.optimize import linprog

    for i in np.flatnonzero(met)[:PUT]:
        solved = linprog(
            np.append(np.zeros(z.shape[1]), -1.0),
            A_ub=np.column_stack([z, np.where(met, 0.0, 1.0)]),
            b_ub=left,
            A_eq=np.append(z[i], 0.0)[None, :],
            b_eq=left[[i]],
            bounds=[(None, None)] * z.shape[1] + [(0.0, 1.0)],
        )
        if solved.x is not None and solved.x[-1] > NOTHING:
            return np.asarray(met & (np.abs(left - z @ solved.x[:-1]) <= NOTHING))
    return np.zeros(len(met), dtype=bool)


def _verdict(loglik: LogLikelihood, way: Way, rows: NDArray[np.intp], height: float) -> Verdict:
    """The sentence, with the first of the rows as the user counts them."""
    member = loglik.members[way.index]
    part = member.part(way.name)
    keys = tuple(label(loglik.key_of(way.index, key)) for key in part.keys)
    several = f" of member {way.index + 1}" if len(loglik.members) > 1 else ""
    scale = keys[0] if part.constant else way.name + several
    first = rows[:NAMED] if member.table is None else member.table.positions(rows[:NAMED])
    named = [] if len(rows) == member.rows else first.tolist()
    return sentences.exact_fit(scale, way.end, named, len(rows), keys, height)
