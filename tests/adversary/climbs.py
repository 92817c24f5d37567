"""The judges' optimiser: many points at once, then the best of them climbed by two methods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from tests.adversary.problems import Own

__all__ = ["Found", "climb", "hessian", "highest", "newton", "root"]

#: Points drawn, and how many of them are climbed from.
DRAWN, CLIMBED = 240, 4
#: Values per evaluation of many points: more are split.
WIDE = 4_000_000


@dataclass(frozen=True)
class Found:
    """The highest point that was found, whether it is a proper maximum, and all ends."""

    height: float
    point: np.ndarray
    proper: float
    proper_point: np.ndarray | None


def heights(own: Callable[[np.ndarray], np.ndarray], points: np.ndarray, n: int) -> np.ndarray:
    step = max(1, WIDE // max(n, 1))
    return np.concatenate([own(points[i : i + step]) for i in range(0, len(points), step)])


def slopes(own, point: np.ndarray, h: float = 1e-6) -> np.ndarray:
    """Central differences, all points in one call."""
    p = len(point)
    steps = h * np.maximum(1.0, np.abs(point)) * np.eye(p)
    values = own(np.concatenate([point + steps, point - steps]))
    with np.errstate(all="ignore"):
        found = (values[:p] - values[p:]) / (2.0 * np.diag(steps))
    return np.nan_to_num(found, nan=0.0, posinf=1e6, neginf=-1e6)


def hessian(own, point: np.ndarray, h: float = 1e-4) -> np.ndarray:
    """Second differences, all points in one call."""
    p = len(point)
    e = h * np.maximum(1.0, np.abs(point)) * np.eye(p)
    pairs = [(i, j) for i in range(p) for j in range(i, p)]
    points = [point + a * e[i] + b * e[j] for i, j in pairs for a in (1, -1) for b in (1, -1)]
    values = own(np.array(points)).reshape(len(pairs), 4)
    H = np.empty((p, p))
    with np.errstate(all="ignore"):
        for (i, j), (pp, pm, mp, mm) in zip(pairs, values, strict=True):
            H[i, j] = H[j, i] = (pp - pm - mp + mm) / (4.0 * e[i, i] * e[j, j])
    return H


def root(own, top: np.ndarray) -> np.ndarray | None:
    """A root of the inverse information, by differences in two sizes of steps."""
    scale = np.full(len(top), 1e-3)
    for _ in range(3):
        u = lambda z, s=scale: own(top + np.atleast_2d(z) * s)  # noqa: E731
        H = -hessian(u, np.zeros(len(top)), 0.1)
        diagonal = np.diag(H)
        if not np.all(np.isfinite(diagonal)) or np.any(diagonal <= 0):
            scale = scale * 10.0
            continue
        scale = scale / np.sqrt(diagonal)
    u = lambda z: own(top + np.atleast_2d(z) * scale)  # noqa: E731
    H = -hessian(u, np.zeros(len(top)), 1e-2)
    if not np.isfinite(H).all() or np.linalg.eigvalsh(H)[0] < 1e-7:
        return None
    return scale[:, None] * np.linalg.cholesky(np.linalg.inv(H))


def starts(own: Own, rng: np.random.Generator, many: int) -> np.ndarray:
    """Points in a wide box around what the data look like."""
    columns = []
    for place, block in enumerate(own.blocks):
        if block.fixed is not None:
            continue
        p = 1 if block.X is None else block.X.shape[1]
        theta = np.zeros((many, p))
        theta[:, 1:] = rng.normal(size=(many, p - 1)) * rng.choice([0.0, 0.3, 1.0], (many, 1))
        first = place == 0 and own.density.support in ("count", "binary", "trials")
        if block.role == "location":
            theta[:, 0] = np.quantile(own.y, rng.uniform(size=many)) + rng.normal(size=many) * 0.1
            theta[: many // 2, 0] = np.median(own.y)
            if block.X is not None and np.linalg.matrix_rank(block.X) == p:
                line = np.linalg.lstsq(block.X, own.y, rcond=None)[0]
                theta[: many // 2] = line + rng.normal(size=(many // 2, p)) * 0.1
        elif first:
            top = own.extra[0] if own.extra else 1.0
            mean = np.clip(np.average(own.y, weights=own.w), 1e-3, None)
            if block.link == "log":
                theta[:, 0] = np.log(mean) + rng.normal(size=many) * 0.3
            elif block.link in ("logit", "probit", "cauchit", "cloglog"):
                share = np.clip(mean / top, 1e-3, 1 - 1e-3)
                if own.density.support == "count":
                    share = 1.0 / (1.0 + mean)
                theta[:, 0] = np.log(share / (1 - share)) + rng.normal(size=many) * 0.3
            else:
                theta[:, 0] = mean / top
        elif block.role == "scale":
            theta[:, 0] = rng.normal(size=many) - 2.0 * rng.uniform(size=many) ** 2
        elif block.role == "positive":
            theta[:, 0] = rng.uniform(-3.0, 7.0, many)
        elif block.role == "angle":
            theta[:, 0] = rng.uniform(-np.pi, np.pi, many)
        elif block.role == "unit":
            theta[:, 0] = rng.normal(size=many) * 1.5
        else:
            theta[:, 0] = rng.normal(size=many) * 1.5
            theta[: many // 8, 0] *= 10.0
        columns.append(theta)
    return np.concatenate(columns, axis=1)


def climb(own, point: np.ndarray, rough: bool = False) -> tuple[float, np.ndarray]:
    """To the top near a point: by slopes, and without them where there are corners."""
    scale = max(1.0, abs(float(own(point)[0])))

    def down(x: np.ndarray) -> float:
        value = -float(own(x)[0])
        return value if np.isfinite(value) else 1e30 * scale

    best = down(point), point
    with np.errstate(all="ignore"):
        done = minimize(
            down, point, jac=lambda x: -slopes(own, x), method="BFGS",
            options={"gtol": 1e-7 * scale, "maxiter": 120},
        )  # fmt: skip
        best = min(best, (done.fun, done.x), key=lambda b: b[0])
        if rough or (not done.success and len(point) <= 3):
            done = minimize(
                down, best[1], method="Nelder-Mead",
                options={"xatol": 1e-9, "fatol": 1e-9 * scale, "maxfev": 150 * len(point)},
            )  # fmt: skip
            best = min(best, (done.fun, done.x), key=lambda b: b[0])
    return -best[0], best[1]


def newton(own, point: np.ndarray) -> tuple[float, np.ndarray]:
    """As high as some of Newton's steps lead, in the information's own units."""
    height = float(own(point)[0])
    for _ in range(2):
        units = root(own, point)
        if units is None:
            return height, point
        turned = lambda z, at=point, u=units: own(at + z @ u.T)  # noqa: E731
        step = units @ slopes(turned, np.zeros(len(point)), 1e-3)
        moved = point + np.array([0.25, 0.5, 1.0, 2.0])[:, None] * step
        values = own(moved)
        if not np.max(values) > height:
            return height, point
        height, point = float(np.max(values)), moved[np.argmax(values)]
    return height, point


def proper(own, point: np.ndarray) -> bool:
    """Whether a point is a maximum within the typical region: level, and bent down everywhere."""
    if np.max(np.abs(point)) > 12.0:
        return False
    H, s = hessian(own, point), slopes(own, point)
    if not np.isfinite(H).all():
        return False
    values, vectors = np.linalg.eigh(-H)
    total = float(np.sum(own.w))
    if values[0] < 1e-5 * total:
        return False
    return bool(np.sum((vectors.T @ s) ** 2 / values) < 1e-5 * total)


def highest(own: Own, seed: int, drawn: int = DRAWN, climbed: int = CLIMBED) -> Found:
    """The highest of several climbs from the best of many points, and the highest proper one."""
    if not own.size:  # a limit all of whose parameters are held
        height = float(np.ravel(own(np.zeros((1, 0))))[0])
        return Found(height, np.zeros(0), -np.inf, None)
    rng = np.random.default_rng(seed)
    points = starts(own, rng, drawn)
    found = heights(own, points, len(own.y))
    order = np.argsort(-found)
    chosen: list[np.ndarray] = []
    for place in order:
        point = points[place]
        far = all(np.max(np.abs(point - other)) > 0.3 for other in chosen)
        if np.isfinite(found[place]) and far:
            chosen.append(point)
        if len(chosen) == climbed:
            break
    ends = [climb(own, point, own.density.corners) for point in chosen]
    if not ends:
        return Found(-np.inf, points[0], -np.inf, None)
    height, point = max(ends, key=lambda e: e[0])
    good = [e for e in sorted(ends, key=lambda e: -e[0]) if proper(own, e[1])]
    top = good[0] if good else (-np.inf, None)
    return Found(height, point, top[0], top[1])
