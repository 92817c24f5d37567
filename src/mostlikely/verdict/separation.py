"""Separation: the coefficients that run off, the rows that make them, and what stays finite.

Whether there is a direction to infinity is a question about signs of linear forms in the
coefficients: see `existence`. Where there is one, the likelihood rises towards that of a limit:
rows that are predicted without error drop out of it, and labels that have become impossible drop
out of a row (Geyer 2009, Electronic J. Statist. 3, section 3). Its maximum is the supremum, and
what every direction leaves alone is estimated there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mostlikely.data.formula.orthogonal import basis_of
from mostlikely.family.level_limits import push_of
from mostlikely.likelihood.keys import label
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member, Part
from mostlikely.solve.objective import Vector
from mostlikely.solve.optimum import Optimum
from mostlikely.verdict.check import Again, Ended
from mostlikely.verdict.predictor_columns import EDGES, WEAK, column_sizes, original
from mostlikely.verdict.proof import Proof, Separation
from mostlikely.verdict.recession import Recession, lowest, steepest
from mostlikely.verdict.separation_shared import separated_together
from mostlikely.verdict.verdict import Verdict

__all__ = ["Separated"]

#: Parts of a direction below this, where rows move by one, are the program's tolerance.
NEGLIGIBLE = 1e-6
#: How far out a limit is looked at: where exponential tails have gone, and where Cauchy's have.
OUTWARDS = (30.0, 1e3, 1e5, 1e7)
#: How near the likelihood must come to the limit there, for the limit to be believed.
NEAR = 1e-4


class Separated:
    """Coefficients run off to infinity together, as rows are predicted without error."""

    name: ClassVar[str] = "separation"

    def suspects(self, ended: Ended) -> bool:
        """Where the climb ended at no maximum, or at one that tells next to nothing."""
        loglik = ended.loglik
        if loglik.penalty is not None:
            return False
        if loglik.shared is None:
            model = loglik.member
            return bool(_concerned(model)) and (not ended.inside or weak(model, ended.optimum))
        information = ended.optimum.at.information
        flat = not np.isfinite(information).all() or (
            loglik.size > 0 and bool(np.linalg.eigvalsh(information)[0] < WEAK)
        )
        return not ended.inside or flat

    def __call__(self, ended: Ended, again: Again) -> Proof | None:
        """The proof, with the limit's maximum."""
        loglik = ended.loglik
        if loglik.shared is not None:
            return separated_together(loglik, ended.optimum, again)

        def proven(member: Member, start: dict[Any, float] | None) -> Proof:
            return again.estimate(LogLikelihood.of(member), start)

        return separated(loglik.member, ended.optimum, proven)


# Which forms there are.


@dataclass(frozen=True)
class Forms:
    """Linear forms of the coordinates, of which none may fall along a direction of recession.

    Parameters
    ----------
    rows : array, shape (m, k)
    owner : array of int, shape (m,)
        The row of the data, or rows alike, that each form belongs to; -1 for a bar, which only
        must not fall.
    alike : array of int, shape (rows,)
        Which owner each row of the data is.
    held : array, shape (l, k)
        Forms that must not move at all.
    """

    rows: Vector
    owner: NDArray[np.intp]
    alike: NDArray[np.intp]
    held: Vector


def _columns(model: Member, part: Part) -> Vector:
    """The columns of a part's coordinates; a constant's is one."""
    if part.basis is None:
        return np.ones((model.rows, part.size))
    return np.asarray(part.basis.design.dense() / part.basis.scale)


def _concerned(model: Member) -> list[int]:
    """The parts whose predictors can run off; none where there is no way to tell."""
    family: Any = model.family
    parts = model.parts
    if any(p.basis is not None and p.basis.design.wide for p in parts):
        return []
    if family.labels and hasattr(family, "races"):
        names = {k for place in range(len(family.levels)) for r in family.races(place) for k in r}
        found = [i for i, p in enumerate(parts) if p.name in names and p.function is None]
        linear = all(parts[i].basis or family.link(parts[i].name).name == "identity" for i in found)
        return found if linear and any(parts[i].basis for i in found) else []
    first = parts[0] if parts else None
    if first is None or first.basis is None or family.recession is None:
        return []
    return [0] if family.link(first.name).name in EDGES else []


def _forms(model: Member, concerned: list[int]) -> Forms:
    family: Any = model.family
    y = model.whole().block.y
    if not family.labels:
        side = np.broadcast_to(family.recession(y, **family.known, **model.known), y.shape)
        x = _columns(model, model.parts[0])
        free = np.flatnonzero(side)
        alike = np.arange(len(y))
        return Forms(x[free] * side[free, None], free, alike, x[side == 0.0])
    ends = np.cumsum([0, *(model.parts[i].size for i in concerned)])
    places = {model.parts[i].name: slice(*ends[n : n + 2]) for n, i in enumerate(concerned)}
    columns = {model.parts[i].name: _columns(model, model.parts[i]) for i in concerned}
    whole = np.column_stack([y, *{id(c): c for c in columns.values()}.values()])
    _, first, alike = np.unique(np.round(whole, 12), axis=0, return_index=True, return_inverse=True)
    found, owner = [np.zeros((0, ends[-1]))], [np.zeros(0, dtype=np.intp)]

    def gather(races: Any, rows: Any, owners: Any) -> None:
        for race in races:
            form = np.zeros((len(rows), ends[-1]))
            for name, sign in race.items():
                if name in places:
                    form[:, places[name]] += sign * columns[name][rows]
            found.append(form)
            owner.append(owners)

    for place in range(len(family.levels)):
        mine = np.flatnonzero(y[first] == place)
        gather(family.races(place), first[mine], mine)
    if hasattr(family, "bars"):
        gather(family.bars(), first, np.full(len(first), -1))
    rows, owners = np.vstack(found), np.concatenate(owner)
    return Forms(rows, owners, np.ravel(alike), np.zeros((0, ends[-1])))


def weak(model: Member, best: Optimum) -> bool:
    """Whether an optimum is so flat that it may be no more than rounding."""
    family, parts = model.family, model.parts
    first = parts[0] if parts else None
    if family.labels:
        bases = [p.basis for p in parts if p.basis is not None]
        wide, own = any(b.design.wide for b in bases), best.at.information
    elif first is None or first.basis is None or not first.basis.size:
        return False
    else:
        wide = first.basis.design.wide
        own = best.at.information[model.slices[0], model.slices[0]]
    if wide or not np.isfinite(own).all():
        return bool(np.any(np.diag(own) < WEAK))
    return bool(np.linalg.eigvalsh(own)[0] < WEAK)


# What they say.


@dataclass(frozen=True)
class Course:
    """A direction of recession in the coefficients, constants included.

    Parameters
    ----------
    keys : tuple
        The parameters that forms are about.
    place : array of int, shape (k,)
        Where their coordinates stand.
    outward : array, shape (keys, k)
        From coordinates to parameters, each in units of its column's size.
    sizes : array, shape (keys,)
        Those sizes.
    along, flat : arrays, shapes (k,) and (k, q)
        The direction, and a basis of the combinations that the limit does not tell.
    ends : array, shape (keys,)
        ±∞ for what every direction takes there, 0 for what the limit tells, NaN for the rest.
    held : array of int, shape (q,)
        Parameters to hold so that the limit tells all others.
    """

    keys: tuple[Any, ...]
    place: NDArray[np.intp]
    outward: Vector
    sizes: Vector
    along: Vector
    flat: Vector
    ends: Vector
    held: NDArray[np.intp]

    def parameters(self, coordinates: Vector) -> Vector:
        """The keys' values from their coordinates, shape (keys,) or (keys, any)."""
        return np.asarray(((self.outward @ coordinates).T / self.sizes).T)


def _course(model: Member, concerned: list[int], forms: Forms, found: Recession) -> Course:
    from scipy.linalg import block_diag, qr

    parts = [model.parts[i] for i in concerned]
    place = np.concatenate([np.arange(model.size)[model.slices[i]] for i in concerned])
    sizes = np.concatenate([column_sizes(p) if p.basis else np.ones(p.size) for p in parts])
    sizes = np.where(sizes > 0.0, sizes, 1.0)
    outward = block_diag(*(p.basis.matrix if p.basis else np.eye(p.size) for p in parts))
    outward = outward * sizes[:, None]
    keys = tuple(key for p in parts for key in p.keys)
    ways = outward @ found.flat
    loose = np.max(np.abs(ways), axis=1, initial=0.0) > NEGLIGIBLE
    aims = np.flatnonzero(loose)
    along, moved = outward[aims] @ found.flat, forms.rows[found.moved] @ found.flat
    low, high = lowest(along, moved), -lowest(-along, moved)
    ends = np.zeros(len(keys))
    ends[aims] = np.where(low > NEGLIGIBLE, np.inf, np.where(high < -NEGLIGIBLE, -np.inf, np.nan))
    tied = {key for p in parts for key in _tied(p)}
    ends[[k in tied for k in keys]] = np.nan
    fixed = np.array([isinstance(k, str) for k in keys])  # constants are held if need be only
    weigh = np.where(fixed, 1e-3, 1.0)
    held = qr((ways * weigh[:, None]).T, mode="r", pivoting=True)[1][: found.flat.shape[1]]
    return Course(keys, place, outward, sizes, found.direction, found.flat, ends, held)


def _tied(part: Part) -> set[Any]:
    """The coefficients that dependent columns leave open."""
    out = set()
    for column, way in part.basis.dependent if part.basis else ():
        out |= {part.keys[column], *(part.keys[j] for j in np.flatnonzero(np.abs(way) > 1e-9))}
    return out


def separated(
    model: Member, met: Optimum, again: Callable[[Member, dict[Any, float] | None], Proof]
) -> Proof | None:
    """The proof that the rows are separated, with the limit's maximum; None if they are not.

    Parameters
    ----------
    model : Member
    met : Optimum
        Where the climb ended.
    again : callable
        The proof of another member, begun at given parameters or, for None, at its own.
    """
    concerned = _concerned(model)
    if not concerned:
        return None
    forms = _forms(model, concerned)
    found = steepest(forms.rows, forms.held, forms.owner >= 0)
    if found is None:
        return None
    course = _course(model, concerned, forms, found)
    real = forms.owner >= 0
    size = int(forms.alike.max()) + 1
    all_of = np.bincount(forms.owner[real], minlength=size)[forms.alike]
    gone = np.bincount(forms.owner[real & found.moved], minlength=size)[forms.alike]
    rest = np.flatnonzero((gone < all_of) | (all_of == 0))
    limit = _limit(model, met, course, concerned, rest, again) if len(rest) else None
    point = model.natural(met.x)
    point.update(dict.fromkeys(course.keys, 0.0))
    told: tuple[Any, ...] = ()
    if limit is not None:
        point.update({k: v for k, v in limit.params.items() if k in point})
        told = tuple(k for k in limit.regular if k in point)
    height = 0.0 if limit is None else limit.loglik
    believed = _approached(model, point, course, height)
    ends = dict(zip(course.keys, course.ends, strict=True))
    regular = tuple(k for k in told if ends.get(k, 0.0) == 0.0) if believed else ()
    params = {**point, **{k: float(v) for k, v in ends.items() if np.isinf(v)}}
    running = [k for k in course.keys if np.isinf(ends[k])]
    names = np.zeros((len(model.names), course.flat.shape[1]))
    names[[model.names.index(k) for k in course.keys]] = course.parameters(course.flat)
    along = course.parameters(course.along)
    along[course.ends == 0.0] = 0.0
    separation = Separation(
        dict(zip(course.keys, along, strict=True)),
        point,
        names,
        forms.rows[found.moved] @ found.flat,
    )
    sentence = _sentence(model, course, gone, all_of, regular, believed)
    whole = LogLikelihood.of(model)
    top = met if limit is None else limit.inner_optimum
    return Proof(
        Verdict("separation", False, sentence, top.decrement, tuple(map(label, running))),
        params,
        height if believed else met.at.value,
        met,
        regular,
        whole if limit is None else limit.inner,
        top,
        dict,
        whole,
        separation=separation if believed else None,
    )


def _limit(
    model: Member,
    met: Optimum,
    course: Course,
    concerned: list[int],
    rest: NDArray[np.intp],
    again: Callable[[Member, dict[Any, float] | None], Proof],
) -> Proof:
    """The proof of the limit on the rows that it is about, what it does not tell being held."""
    family: Any = model.family
    kept = model.take(rest)
    held = {course.keys[i] for i in course.held}
    parts, made = list(kept.parts), {}
    for i in concerned:
        part = model.parts[i]
        if part.basis is None:
            continue
        gone = tuple(j for j, key in enumerate(part.keys) if key in held)
        key = (id(part.basis), gone)
        if key not in made:
            made[key] = basis_of(original(part, rest, gone))
        parts[i] = replace(parts[i], basis=made[key])
    start, known = None, dict(kept.known)
    if family.labels:
        start = _start(model, met, course)
        family = family.limit()
        known |= {push_of(k): np.zeros(len(rest)) for k in family.pushed}
        for i in concerned:
            columns, along = _columns(model, model.parts[i])[rest], np.zeros(model.size)
            along[course.place] = course.along
            known[push_of(model.parts[i].name)] = columns @ along[model.slices[i]]
    inner = replace(kept, family=family, parts=tuple(parts), known=known)
    constants = {k: 0.0 for k in held if isinstance(k, str)}
    inner = inner.holding(constants) if constants else inner
    if start is not None:
        start = {k: v for k, v in start.items() if k in inner.names}
    return again(inner, start)


def _start(model: Member, met: Optimum, course: Course) -> dict[Any, float] | None:
    """Where the climb ended, moved along the flat directions to where the held ones are zero."""
    values = course.outward @ met.x[course.place]
    if not np.isfinite(values).all():
        return None
    ways = course.outward @ course.flat
    values = values - ways @ np.linalg.solve(ways[course.held], values[course.held])
    own = dict(zip(course.keys, (values / course.sizes).tolist(), strict=True))
    return {**model.natural(met.x), **own}


def _approached(model: Member, point: dict[Any, float], course: Course, height: float) -> bool:
    """Whether the likelihood comes near the limit's from below, far out along the direction."""
    if not all(np.isfinite(v) for v in point.values()):
        return True  # beside another limit, which has been looked at
    x = model.linked(point)
    values = []
    for t in OUTWARDS:
        far = x.copy()
        far[course.place] += t * course.along
        values.append(model.value(far))
    near = NEAR * (1.0 + abs(height))
    return any(abs(v - height) < near for v in values) and max(values) < height + near


def _sentence(
    model: Member,
    course: Course,
    gone: NDArray[np.intp],
    all_of: NDArray[np.intp],
    regular: tuple[Any, ...],
    believed: bool,
) -> str:
    infinite = np.flatnonzero(np.isinf(course.ends))
    running = [f"{label(course.keys[i])} → {'∞' if course.ends[i] > 0 else '−∞'}" for i in infinite]
    along = np.abs(course.outward @ course.along)
    mixed = [k for k, a in zip(course.keys, along, strict=True) if a > NEGLIGIBLE * along.max()]
    which = " and ".join(running[:6]) or (
        f"a combination of {' and '.join(map(label, mixed[:6]))} runs off"
    )
    fixed = ", in fixed proportions" if course.flat.shape[1] == 1 else ""
    together = f" together{fixed}" if len(running) > 1 else ""
    touched = np.flatnonzero(gone)
    count = len(touched)
    assert model.table is not None
    rows = ", ".join(str(int(r)) for r in model.table.positions(touched[:5]))
    of_them = f"{count} of {model.rows} rows (rows {rows}{', ...' if count > 5 else ''})"
    what = (
        f"{of_them} are then predicted without error"
        if np.all(gone[touched] == all_of[touched])
        else f"in {of_them} some or all of the other levels then have no probability"
    )
    open_ended = [label(k) for k, e in zip(course.keys, course.ends, strict=True) if np.isnan(e)]
    anything = (
        f"{' and '.join(open_ended[:6])} can then have any value. "
        if running and open_ended
        else ""
    )
    finite = (
        "The other coefficients are finite, and estimated by the remaining rows."
        if regular
        else "No coefficient is finite."
        if believed
        else "What the others come to has not been found."
    )
    return (
        f"Separation: {which}{together}; {what}, and the likelihood rises towards its supremum "
        f"without reaching it. {anything}{finite} Remedies: leave the term out, merge levels, or "
        "collect rows that differ."
    )
