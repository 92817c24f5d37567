"""Where linear predictors must stay for their parameters to be inside their domains, G x ≥ h.

A link that can leave its parameter's domain bounds the predictor in every row: a mean under an
identity link is positive, a probability under it lies between 0 and 1. Cutpoints that follow
columns must not cross. Each is a linear form of the coordinates, a row of G for each row of data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member, Part
from mostlikely.likelihood.rows import folds
from mostlikely.solve.constrained import deepest_point
from mostlikely.solve.objective import Vector

__all__ = [
    "Bound",
    "Constraints",
    "Form",
    "bounds_of",
    "feasible_start",
    "forms_of",
    "outside",
    "reach",
]

#: Entries of G that are held at once; of more, rows are read as they are violated.
ENTRIES = 20_000_000
#: Of a linear program fewer: most rows do not matter to it.
FEW = 100_000
#: How far beyond its bound, per unit of the largest predictor, rounding may put a row.
ROUNDING = 1e-9
#: Directions, of length one in units, that move a row by less than this leave it where it is.
STILL = 1e-9
#: Entries of G that are looked at together.
CHUNK = 4_000_000
#: Rows that are read together.
STEP = 65_536
#: Rounds in which a start brings in rows that it violates, where not all are held.
ROUNDS = 50


@dataclass(frozen=True)
class Bound:
    """An end of what a predictor may be.

    Parameters
    ----------
    side : float
        1.0 if the predictor lies above it, −1.0 if below.
    eta : float
        The end, on the scale of the link.
    theta : float
        The parameter there.
    """

    side: float
    eta: float
    theta: float


@dataclass(frozen=True)
class Form:
    """A sum of signed predictors of one member that has a least value in every row.

    Parameters
    ----------
    member : int
    terms : tuple of (int, float)
        The parts, and the sign of each.
    least : float
        The least value, offsets included in the sum.
    names : tuple of str
        The parameters, the upper one of two first.
    end : float
        What the parameter is at the least value; NaN of two that meet.
    """

    member: int
    terms: tuple[tuple[int, float], ...]
    least: float
    names: tuple[str, ...]
    end: float

    @property
    def gap(self) -> bool:
        """Whether it is the distance of two predictors."""
        return len(self.names) > 1


def bounds_of(member: Member, part: Part) -> tuple[Bound, ...]:
    """The ends of what a predictor may be, where its link does not see to it.

    The square-root link, as every power, is that of the root that is not negative: its predictor
    is zero or more, though a negative one has a square too.
    """
    follows = part.basis is not None or part.times is not None
    if not follows or part.name not in member.guarded:
        return ()
    param, link = member.family.parameters[part.name], member.family.link(part.name)
    domain, reach = param.domain, link.domain
    ladder = folds(link)
    if ladder and link.name == "inverse" and domain.low < 0.0:
        return ()  # it has a pole inside, and values on both sides
    thetas = [max(domain.low, reach.low), min(domain.high, reach.high)]
    if not ladder:
        ends = ((domain.low, reach.low), (domain.high, reach.high))
        thetas = [own for own, far in ends if own != far and np.isfinite(own)]
    out = []
    with np.errstate(all="ignore"):
        inside = float(link.forward(np.float64(0.5 * sum(param.typical))))
        for theta in thetas:
            eta = float(link.forward(np.float64(theta)))
            if np.isfinite(eta) and inside != eta:
                out.append(Bound(float(np.sign(inside - eta)), eta + 0.0, theta))
    return tuple(out)


def forms_of(loglik: LogLikelihood) -> tuple[Form, ...]:
    """Every linear form of a log-likelihood that must not fall below a value in any row."""
    out = []
    for m, member in enumerate(loglik.members):
        where = {part.name: i for i, part in enumerate(member.parts)}
        for i, part in enumerate(member.parts):
            if not _straight(loglik, m, part):
                continue
            for bound in bounds_of(member, part):
                least = bound.side * bound.eta
                out.append(Form(m, ((i, bound.side),), least, (part.name,), bound.theta))
        order: Callable[[], Sequence[Any]] = getattr(member.family, "order_forms", list)
        for bar in order():
            free = [(where[name], sign) for name, sign in bar.items() if name in where]
            known = sum(s * member.family.fixed[k] for k, s in bar.items() if k not in where)
            linked = all(member.family.link(name).name == "identity" for name in bar)
            if free and linked and any(member.parts[i].basis is not None for i, _ in free):
                out.append(Form(m, tuple(free), -float(known), tuple(bar), np.nan))
    return tuple(out)


def _straight(loglik: LogLikelihood, m: int, part: Part) -> bool:
    """Whether a predictor is linear in the coordinates of the whole."""
    changed = () if loglik.shared is None else loglik.shared.views[m].changed
    return not any(loglik.members[m].names[place] in part.keys for place, *_ in changed)


@dataclass(frozen=True, eq=False)
class Constraints:
    """G x ≥ h, with the form and the row of the data that each row of G is of.

    Parameters
    ----------
    loglik : LogLikelihood
    forms : tuple of Form
    matrix : array, shape (m, k)
        G.
    least : array, shape (m,)
        h.
    form, row : arrays of int, shape (m,)
        Which form, and which row of its member.
    whole : bool
        Whether these are all; where columns are very many, rows are added as they are needed.
    """

    loglik: LogLikelihood
    forms: tuple[Form, ...]
    matrix: Vector
    least: Vector
    form: NDArray[np.intp]
    row: NDArray[np.intp]
    whole: bool

    @staticmethod
    def of(loglik: LogLikelihood, entries: int = ENTRIES) -> Constraints:
        """All constraints of a log-likelihood; none of their rows where they are very many."""
        forms = forms_of(loglik)
        counts = [loglik.members[form.member].rows for form in forms]
        bases = [part.basis for m in loglik.members for part in m.parts]
        wide = any(basis is not None and basis.design.wide for basis in bases)
        none = np.empty(0, dtype=np.intp)
        empty = Constraints(
            loglik, forms, np.empty((0, loglik.size)), np.empty(0), none, none, False
        )
        if wide or sum(counts) * loglik.size > entries:
            return empty
        form = np.repeat(np.arange(len(forms)), counts)
        row = np.concatenate([none, *map(np.arange, counts)])
        return replace(empty.joined(form, row), whole=True)

    def joined(self, form: NDArray[np.intp], row: NDArray[np.intp]) -> Constraints:
        """These and others, in the order of forms."""
        blocks, least, forms, rows = [self.matrix], [self.least], [self.form], [self.row]
        order = np.lexsort((row, form))
        for k, members in groupby(order, key=lambda i: form[i]):
            which = row[list(members)]
            matrix, h = _rows(self.loglik, self.forms[k], which)
            blocks.append(matrix)
            least.append(h)
            forms.append(np.full(len(which), k, dtype=np.intp))
            rows.append(which)
        return replace(
            self,
            matrix=np.concatenate(blocks),
            least=np.concatenate(least),
            form=np.concatenate(forms),
            row=np.concatenate(rows),
        )

    def with_violated(self, x: Vector, most: int) -> Constraints | None:
        """These, and the rows that a point violates most; None if it violates no others."""
        found = []
        for k, start, slack, size in _slacks(self.loglik, self.forms, x):
            beyond = np.flatnonzero(slack < -ROUNDING * size)
            found += [(float(slack[i] / size), k, start + int(i)) for i in beyond]
        known = set(zip(self.form.tolist(), self.row.tolist(), strict=True))
        new = [(k, i) for _, k, i in sorted(found) if (k, i) not in known][:most]
        if not new:
            return None
        form, row = np.array(new, dtype=np.intp).T
        return self.joined(form, row)

    def held(self, x: Vector, null: Vector) -> list[NDArray[np.intp]]:
        """The rows of each form that are on their edge, and stay there along some directions.

        Parameters
        ----------
        x : array, shape (k,)
        null : array, shape (k, r)
            The directions in units, orthonormal.
        """
        found: list[list[NDArray[np.intp]]] = [[] for _ in self.forms]
        units = self.loglik.units
        step = max(1, CHUNK // self.loglik.size)
        for k, start, slack, size in _slacks(self.loglik, self.forms, x):
            met = start + np.flatnonzero(slack <= ROUNDING * size)
            for at in range(0, len(met), step):
                which = met[at : at + step]
                normals = _rows(self.loglik, self.forms[k], which)[0] * units
                lengths = np.linalg.norm(normals, axis=1)
                moved = np.abs(normals @ null).max(axis=1, initial=0.0)
                found[k].append(which[moved <= STILL * lengths])
        none = np.empty(0, dtype=np.intp)
        return [np.concatenate(parts or [none]) for parts in found]


def outside(loglik: LogLikelihood, x: Vector) -> bool:
    """Whether a point has a predictor where its parameter is not, but for rounding."""
    found = _slacks(loglik, forms_of(loglik), x)
    return any(np.any(slack < -ROUNDING * size) for _, _, slack, size in found)


def feasible_start(
    loglik: LogLikelihood, near: Vector | None = None, entries: int = FEW
) -> Vector | None:
    """A point well inside every constraint.

    Parameters
    ----------
    loglik : LogLikelihood
    near : array, shape (k,), optional
        Its coordinates are kept where no constraint reads them.
    entries : int
        Entries of the constraints' matrix that are held at once.

    Returns
    -------
    array, shape (k,), or None
        None where there are no constraints, or no point is strictly inside all of them.
    """
    constraints = Constraints.of(loglik, entries)
    if not constraints.forms:
        return None
    start = np.zeros(loglik.size) if near is None else np.where(np.isfinite(near), near, 0.0)
    if not constraints.whole:
        first = [np.flatnonzero(_spread(loglik, form)) for form in constraints.forms]
        form = np.repeat(np.arange(len(first)), [len(f) for f in first])
        constraints = constraints.joined(form.astype(np.intp), np.concatenate(first))
    for _ in range(1 if constraints.whole else ROUNDS):
        # A row without coefficients, as that of x = 0 in y ~ 0 + x, stays where it is: on its edge.
        moved = np.any(constraints.matrix != 0.0, axis=1) | (constraints.least > 0.0)
        matrix, least = constraints.matrix[moved], constraints.least[moved]
        read = np.any(matrix != 0.0, axis=0)
        deep = deepest_point(matrix[:, read], least, loglik.units[read])
        if deep is None:
            return None
        x = start.copy()
        x[read] = deep
        more = None if constraints.whole else constraints.with_violated(x, 4 * loglik.size)
        if more is None:
            return x
        constraints = more
    return None


def _spread(loglik: LogLikelihood, form: Form) -> NDArray[np.bool_]:
    """Some rows of a form to begin with: where each column is first seen, and a few more."""
    member = loglik.members[form.member]
    out = np.zeros(member.rows, dtype=bool)
    out[np.linspace(0, member.rows - 1, min(member.rows, 64)).astype(np.intp)] = True
    for i, _ in form.terms:
        basis = member.parts[i].basis
        if basis is None:
            continue
        for factor, _where in basis.design.factors:
            codes = factor.coded(slice(0, member.rows), np.empty(0, dtype=np.intp)).codes
            out[np.unique(codes, return_index=True)[1]] = True
    return out


def _rows(loglik: LogLikelihood, form: Form, which: NDArray[np.intp]) -> tuple[Vector, Vector]:
    """The rows of G and h of a form, for some rows of its member."""
    member = loglik.members[form.member]
    local = np.zeros((len(which), member.size))
    least = np.full(len(which), form.least)
    for i, sign in form.terms:
        part, place = member.parts[i], member.slices[i]
        if part.basis is None:
            local[:, place.start] += sign
            continue
        local[:, place] += sign * (part.basis.design.at(which).dense() / part.basis.scale)
        if part.offset is not None:
            least -= sign * part.offset[which]
    own = max(float(member.units[member.slices[i]].max(initial=0.0)) for i, _ in form.terms)
    if loglik.shared is not None:
        local = local @ loglik.shared.jacobians[form.member]
    # What no coordinate moves, but for rounding, stays where it is.
    still = np.linalg.norm(local * loglik.units, axis=1) <= STILL * own
    local[still] = 0.0
    least[still & (np.abs(least) <= ROUNDING * own)] = 0.0
    return np.asarray(local), least


def _slacks(
    loglik: LogLikelihood, forms: tuple[Form, ...], x: Vector
) -> Iterator[tuple[int, int, Vector, float]]:
    """Per form and block of rows: the first row, how far inside each is, and what is of size."""
    for k, form in enumerate(forms):
        member = loglik.members[form.member]
        own = loglik.seen(form.member, x).x
        for start in range(0, member.rows, STEP):
            stop = min(start + STEP, member.rows)
            slack, size = np.full(stop - start, -form.least), abs(form.least)
            for i, sign in form.terms:
                eta = predictor(member, i, own, slice(start, stop))
                slack = slack + sign * eta
                size = max(size, float(np.abs(eta).max(initial=0.0)), reach(member, i, own))
            yield k, start, slack, max(size, 1e-300)


def reach(member: Member, i: int, x: Vector) -> float:
    """How large a part's predictor is in an ordinary row: its columns have mean square one."""
    place = member.slices[i]
    return max(float(np.linalg.norm(x[place])), float(member.units[place].max(initial=0.0)))


def predictor(member: Member, i: int, x: Vector, rows: slice) -> Vector:
    """A part's predictor in some rows, on the scale of its link, shape (rows,)."""
    part, place = member.parts[i], member.slices[i]
    if part.basis is None:
        return np.full(rows.stop - rows.start, x[place.start])
    eta = part.basis.design.block(rows.start, rows.stop).dot(x[place] / part.basis.scale)
    return np.asarray(eta if part.offset is None else eta + part.offset[rows])
