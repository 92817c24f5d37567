"""Objectives small enough to be written out, which count what is asked of them."""

from __future__ import annotations

from collections import Counter

import numpy as np
from scipy.special import expit

from mostlikely.solve.objective import Evaluation


class Toy:
    """An objective from a function x → (value, score, information)."""

    def __init__(self, evaluated, units, total=100.0):
        self.evaluated, self.units, self.total = evaluated, np.asarray(units, dtype=float), total
        self.calls = Counter()

    def value(self, x):
        self.calls["value"] += 1
        return self.evaluated(x)[0]

    def score(self, x):
        self.calls["score"] += 1
        return self.evaluated(x)[1]

    def __call__(self, x):
        self.calls["all"] += 1
        return Evaluation(*self.evaluated(x))


class Rows(Toy):
    """A sum over rows, each weighing the same: function(x, rows) → (value, score, information)."""

    def __init__(self, function, data, units):
        super().__init__(lambda x: function(x, data), units, float(len(data)))
        self.function, self.data, self.rows = function, data, len(data)
        self.parts = []

    def part(self, rows):
        chosen = np.sort(np.random.default_rng(rows).permutation(self.rows)[:rows])
        self.parts.append(Rows(self.function, self.data[chosen], self.units))
        return self.parts[-1]


def bowl(information, centre, *, value=0.0, units=None):
    """A quadratic with its maximum at the centre."""
    centre = np.asarray(centre, dtype=float)

    def evaluated(x):
        score = information @ (centre - x)
        return value + float(0.5 * score @ (x - centre)), score, information

    return Toy(evaluated, np.ones(len(centre)) if units is None else units)


def valley(a=1.0, b=100.0):
    """Minus Rosenbrock's function: a maximum of 0 at (a, a²), along a bent ridge."""

    def evaluated(x):
        u, v = x
        w = v - u * u
        value = -((a - u) ** 2) - b * w * w
        score = np.array([2.0 * (a - u) + 4.0 * b * u * w, -2.0 * b * w])
        information = np.array(
            [[2.0 - 4.0 * b * w + 8.0 * b * u * u, -4.0 * b * u], [-4.0 * b * u, 2.0 * b]]
        )
        return value, score, information

    return Toy(evaluated, [1.0, 1.0])


def cauchy(data, df=1.0):
    """The location of Student's t; of few distant data it has several maxima."""

    def evaluated(x):
        z = data - x[0]
        inside = df + z * z
        value = -0.5 * (df + 1.0) * np.log(inside).sum()
        score = (df + 1.0) * (z / inside).sum()
        information = (df + 1.0) * ((df - z * z) / inside**2).sum()
        return value, np.array([score]), np.array([[information]])

    return Toy(evaluated, [1.0], float(len(data)))


def logistic(design, y):
    """A logistic regression over rows."""

    def function(x, data):
        z, y = data[:, :-1], data[:, -1]
        eta = z @ x
        p = expit(eta)
        value = float((y * eta - np.logaddexp(0.0, eta)).sum())
        return value, z.T @ (y - p), (z * (p * (1.0 - p))[:, None]).T @ z

    return Rows(function, np.column_stack([design, y]), np.ones(design.shape[1]))


def poisson(rows, k, seed, scale):
    """A Poisson regression of columns that have something in common, some rows with many."""
    rng = np.random.default_rng([seed, rows, k])
    design = rng.standard_normal((rows, k)) + 0.5 * rng.standard_normal((rows, 1))
    design[:, 0] = 1.0
    counts = rng.poisson(np.exp(np.clip(design @ rng.normal(0.0, scale, k), -5.0, 4.0)))

    def function(x, data):
        z, y = data[:, :-1], data[:, -1]
        with np.errstate(all="ignore"):
            mean = np.exp(z @ x)
            value = float(y @ (z @ x) - mean.sum())
            return value, z.T @ (y - mean), (z * mean[:, None]).T @ z

    return Rows(function, np.column_stack([design, counts]), np.ones(k))


def logistic_data(rows, k, seed=1):
    """A design with an intercept, and answers that follow the model."""
    rng = np.random.default_rng([seed, rows, k])
    design = np.column_stack([np.ones(rows), rng.standard_normal((rows, k - 1))])
    beta = rng.normal(0.0, 0.7, k)
    return design, (rng.random(rows) < expit(design @ beta)).astype(float)
