"""Errors on one side of a line, exponential or half-normal, whose size follows columns too.

Given the sizes of the rows, the line is a linear program or a least distance problem; given the
line, the logarithm of the size is a convex problem. They are solved in turn, from several slopes
of the size: each end is a maximum in both, and the highest of them is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mostlikely.family.base import SpecialCase
from mostlikely.likelihood.carried import near_its_end, power_of
from mostlikely.likelihood.coordinates import Part
from mostlikely.likelihood.line_starts import columns_of
from mostlikely.likelihood.member import Member
from mostlikely.solve.faces import least_distance
from mostlikely.solve.objective import Vector

__all__ = [
    "OneSided",
    "Spreads",
    "least_squares_beyond",
    "least_sum_beyond",
    "on_one_side",
    "program",
    "spreads_of",
]

#: Slopes of the size that are begun from, per standard deviation of a column, on the log scale;
#: of more rows than `FEW` the first alone.
SLOPES = (0.0, -1.0, 1.0, -2.5, 2.5)
FEW = 200
#: The line and its sizes are solved in turn so often at most, until a turn gains less than this.
TURNS, GAIN = 30, 1e-11
#: Newton steps of the sizes, and sizes that differ by more than so many powers of e: they vanish
#: in some rows.
STEPS, APART = 100, 60.0


@dataclass(frozen=True)
class OneSided:
    """The highest likelihood of errors beyond a line.

    Parameters
    ----------
    beta : array
        Coordinates of the line.
    eta : array, shape (n,)
        The logarithm of the size of each row's errors.
    height : float
    searches : int
        From how many slopes of the size it was looked for: each end is a maximum of its own.
    """

    beta: Vector
    eta: Vector
    height: float
    searches: int = 1


@dataclass(frozen=True)
class Spreads:
    """How the size of a limit's errors follows the columns of the general family's parameters.

    Parameters
    ----------
    columns : array, shape (n, q)
        What its logarithm is linear in.
    parts : tuple of (Part, slice, float)
        The lines, and by how much each moves with the logarithm of the size.
    ends : dict
        The parameters that run off, by key.
    """

    columns: Vector
    parts: tuple[tuple[Part, slice, float], ...]
    ends: dict[Any, float]

    def moved(self, x: Vector, eta: Vector) -> Vector:
        """The point with the slopes that give these sizes, the first lines first."""
        x, left = x.copy(), eta - eta.mean()
        for part, place, power in self.parts:
            columns = columns_of(part)
            x[place] = np.linalg.lstsq(columns, power * left, rcond=None)[0]
            left = left - columns @ x[place] / power
        return x


def spreads_of(member: Member, case: SpecialCase) -> Spreads | None:
    """How the size of one-sided errors follows columns; None where a limit is not like that."""
    free = sum(not p.known for p in member.family.parameters.values())
    plain = all(p.function is None and p.offset is None for p in member.parts)
    if len(member.parts) != free or not plain or len(case.when) != 1 or len(member.parts) != 3:
        return None
    (gone,), family = case.when, member.family
    size, near = next(iter(case.family.parameters)), near_its_end(family, case)
    places = dict(zip((part.name for part in member.parts), member.slices, strict=True))
    (general,) = places.keys() - {gone, member.parts[0].name}
    with np.errstate(all="ignore"):
        power = float(np.log2(near(**{size: 3.4})[general] / near(**{size: 1.7})[general]))
        rate = float(power_of(family, case, general, {}))
        at = case.at(**dict.fromkeys(case.family.parameters, 1.0))
    power = -power if _of_logs(case) else power  # its own first parameter is a rate
    if abs(abs(power) - 1.0) > 1e-9:
        return None
    along = -power / rate if rate else np.nan
    lines, ends = [], dict[Any, float]()
    for name, links, moves in ((general, ("log",), power), (gone, ("log", "logit"), along)):
        part, link = member.part(name), family.link(name)
        with np.errstate(all="ignore"):
            ends |= _ends_of(part, float(at[name]), float(link.forward(np.float64(at[name]))))
        if part.basis is not None:
            if link.name not in links or part.basis.design.wide or not np.isfinite(moves):
                return None
            lines.append((part, places[name], moves))
    if not lines:
        return None
    return Spreads(np.hstack([columns_of(part) for part, _, _ in lines]), tuple(lines), ends)


def _of_logs(case: SpecialCase) -> bool:
    return case.family.one_sided is not None and case.family.one_sided[2]


def _ends_of(part: Part, value: float, eta: float) -> dict[Any, float]:
    """Where a parameter that runs off ends, by key: its intercept, or itself."""
    if not np.isinf(eta):
        return {}
    if part.constant and part.times is None:
        return {part.keys[0]: value}
    first = next((key for key in part.keys if key[-1] == "Intercept"), part.keys[0])
    return {first: eta * float(np.sign(part.times or 1.0))}


@np.errstate(all="ignore")
def on_one_side(
    x: Vector, y: Vector, w: Vector, z: Vector, law: tuple[int, float, bool]
) -> OneSided | None:
    """The highest likelihood found of errors beyond x β whose log size is linear in z.

    Parameters
    ----------
    x, y, w : arrays, shapes (n, p), (n,) and (n,)
        Columns of the line, the response (or its logarithm), and weights above zero.
    z : array, shape (n, q)
    law : (int, float, bool)
        The power of the distance, the side, and whether the response is a logarithm.

    Returns
    -------
    OneSided or None
        None where sizes vanish: rows that are met exactly have a noise of their own.
    """
    power, sign, logs = law
    spread = (z - z.mean(axis=0)) / np.maximum(z.std(axis=0), 1e-300)
    best: OneSided | None = None
    starts = [s * c for c in spread.T[z.std(axis=0) > 0.0] for s in SLOPES[1:]]
    begun = [np.zeros(len(y)), *(starts if len(y) <= FEW else [])]
    for eta in begun:
        height = -np.inf
        for _ in range(TURNS):
            inverse = w * np.exp(power * (eta.min() - eta))
            solve = least_sum_beyond if power == 1 else least_squares_beyond
            beta = solve(x, y, inverse, sign)
            distance = np.maximum(sign * (y - x @ beta), 0.0)
            moved = _sizes(z, w, distance**power, power, eta)
            if moved is None:
                return None
            rows = moved + distance**power * np.exp(-power * moved) / power
            reached = -float(w @ rows)
            gained, eta, height = reached - height, moved, max(reached, height)
            if gained <= GAIN * max(1.0, abs(height)) * float(w.mean()):
                break
        if best is None or height > best.height:
            best = OneSided(beta, eta, height)
    if best is None or not np.isfinite(best.height):
        return None
    constant = 0.0 if power == 1 else 0.5 * np.log(np.pi / 2) * w.sum()
    whole = best.height - constant - (float(w @ y) if logs else 0.0)
    return OneSided(best.beta, best.eta, whole, len(begun))


def _sizes(z: Vector, w: Vector, far: Vector, power: int, eta: Vector) -> Vector | None:
    """The best log sizes, linear in z, for distances to a power: Newton's method, damped."""
    gamma = np.linalg.lstsq(z, eta, rcond=None)[0]
    size = np.average(far, weights=w)
    if not size > 0.0:
        return None
    gamma += np.linalg.lstsq(z, np.full(len(w), np.log(size) / power) - z @ gamma, rcond=None)[0]

    def lost(at: Vector) -> float:
        line = z @ at
        return float(w @ (line + far * np.exp(-power * line) / power))

    here = lost(np.asarray(gamma))
    for _ in range(STEPS):
        line = z @ gamma
        if np.ptp(line) > APART:
            return None
        relative = far * np.exp(-power * line)
        score = z.T @ (w * (relative - 1.0))
        curvature = (z * (w * power * relative)[:, None]).T @ z
        step = np.linalg.lstsq(curvature, score, rcond=1e-13)[0]
        left = float(score @ step)
        step *= min(1.0, 4.0 / max(float(np.max(np.abs(z @ step))), 1e-300))
        while (there := lost(np.asarray(gamma + step))) > here and np.max(np.abs(step)) > 1e-14:
            step = 0.5 * step
        if left <= 1e-15 * max(w.sum(), 1e-300):
            return np.asarray(z @ gamma)
        if there > here:
            break
        gamma, here = np.asarray(gamma + step), there
    return np.asarray(z @ gamma)


def least_sum_beyond(x: Vector, y: Vector, w: Vector, sign: float) -> Vector:
    """The line with every row beyond it, and the least sum of distances."""
    return program(-sign * (w @ x) / w.sum(), sign * x, sign * y)


def least_squares_beyond(x: Vector, y: Vector, w: Vector, sign: float) -> Vector:
    """The same with the least sum of squares."""
    root = np.sqrt(w)[:, None]
    q, r = np.linalg.qr(root * x)
    beta = np.linalg.solve(r, q.T @ (root[:, 0] * y))
    faces = -sign * np.linalg.solve(r.T, x.T).T
    moved, _ = least_distance(faces, -sign * (y - x @ beta))
    return np.asarray(beta + np.linalg.solve(r, moved))


def program(cost: Vector, matrix: Vector, most: Vector) -> Vector:
    """The free vector of least cost with matrix @ x ≤ most; NaN where there is none."""
    from scipy.optimize import linprog

    bounds = [(None, None)] * len(cost)
    solved = linprog(cost, A_ub=matrix, b_ub=most, bounds=bounds, method="highs")
    return np.full(len(cost), np.nan) if solved.x is None else np.asarray(solved.x)
