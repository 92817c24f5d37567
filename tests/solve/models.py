"""Log-likelihoods written out by hand, for solvers that know no family."""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, gammaln, polygamma

from mostlikely.solve.objective import Evaluation


class Toy:
    """Counts what it is asked, and refuses points outside its rows."""

    def __init__(self, units, total):
        self.units, self.total, self.calls = np.asarray(units, dtype=float), float(total), 0

    def value(self, x):
        return self(x).value

    def score(self, x):
        return self(x).score


class PoissonIdentity(Toy):
    """Σ w (y log η − η) with η = X b + offset, −inf where η ≤ 0 and y > 0."""

    def __init__(self, design, counts, offset=0.0, weights=1.0, units=1.0):
        self.design, self.counts = design, counts
        self.offset = np.broadcast_to(np.asarray(offset, dtype=float), counts.shape)
        self.weights = np.broadcast_to(np.asarray(weights, dtype=float), counts.shape)
        super().__init__(np.broadcast_to(units, design.shape[1:]), self.weights.sum())
        self.lowest = np.inf

    def eta(self, b):
        return self.design @ b + self.offset

    def __call__(self, b):
        self.calls += 1
        eta, some = self.eta(b), self.counts > 0
        self.lowest = min(self.lowest, eta.min())
        if np.any(eta[some] <= 0.0):
            nothing = np.full(len(b), np.nan)
            return Evaluation(-np.inf, nothing, np.outer(nothing, nothing))
        inner = np.where(some, eta, 1.0)
        w, y = self.weights, self.counts
        value = float(w @ (y * np.log(inner) - eta))
        score = self.design.T @ (w * (y / inner - 1.0))
        return Evaluation(value, score, (self.design.T * (w * y / inner**2)) @ self.design)


class BinomialIdentity(Toy):
    """Σ y log p + (n − y) log(1 − p) with p = X b: finite at the ends that the data allow."""

    def __init__(self, design, heads, tosses):
        self.design, self.heads, self.tosses = design, heads, tosses
        super().__init__(np.ones(design.shape[1]), tosses.sum())

    def __call__(self, b):
        self.calls += 1
        p = np.clip(self.design @ b, 0.0, 1.0)
        tails = self.tosses - self.heads
        up, down = self.heads > 0, tails > 0
        if np.any(p[up] <= 0.0) or np.any(p[down] >= 1.0):
            nothing = np.full(len(b), np.nan)
            return Evaluation(-np.inf, nothing, np.outer(nothing, nothing))
        a, c = np.where(up, p, 1.0), np.where(down, 1.0 - p, 1.0)
        value = float(self.heads @ np.log(a) + tails @ np.log(c))
        score = self.design.T @ (self.heads / a - tails / c)
        bend = self.heads / a**2 + tails / c**2
        return Evaluation(value, score, (self.design.T * bend) @ self.design)


class Bernoulli(Toy):
    """Logistic regression."""

    def __init__(self, design, heads, tosses):
        self.design, self.heads, self.tosses = design, heads, tosses
        super().__init__(np.ones(design.shape[1]), tosses.sum())

    def __call__(self, b):
        self.calls += 1
        eta = self.design @ b
        value = float(self.heads @ eta - self.tosses @ np.logaddexp(0.0, eta))
        p = 0.5 * (1.0 + np.tanh(0.5 * eta))
        bend = self.tosses * p * (1.0 - p)
        score = self.design.T @ (self.heads - self.tosses * p)
        return Evaluation(value, score, (self.design.T * bend) @ self.design)


class Normal(Toy):
    """Mean and log of the standard deviation."""

    def __init__(self, y):
        self.y = y
        super().__init__([y.std(), 1.0], len(y))
        self.top = np.array([y.mean(), np.log(y.std())])

    def __call__(self, x):
        self.calls += 1
        sigma, n = np.exp(x[1]), len(self.y)
        z = (self.y - x[0]) / sigma
        across = 2.0 * z.sum() / sigma
        information = np.array([[n / sigma**2, across], [across, 2.0 * z @ z]])
        value = float(-n * x[1] - 0.5 * z @ z)
        return Evaluation(value, np.array([z.sum() / sigma, z @ z - n]), information)


class Gamma(Toy):
    """Logs of shape and scale."""

    def __init__(self, y):
        self.y = y
        super().__init__([1.0, 1.0], len(y))

    def __call__(self, x):
        self.calls += 1
        (a, s), n = np.exp(x), len(self.y)
        logs, sums = np.log(self.y).sum(), self.y.sum()
        value = float((a - 1.0) * logs - sums / s - n * (a * x[1] + gammaln(a)))
        by_shape = logs - n * (x[1] + digamma(a))
        score = np.array([a * by_shape, sums / s - n * a])
        bend = n * a**2 * polygamma(1, a) - a * by_shape
        return Evaluation(value, score, np.array([[bend, n * a], [n * a, sums / s]]))
