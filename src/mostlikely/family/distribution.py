"""A family with every parameter known: densities, probabilities, quantiles, draws.

What lies outside the support, what is missing and what is a whole number is settled here, once;
a family's formulas see only points inside. What a family does not declare is derived from what
it does: the distribution function by quadrature of the density, the quantile by bisection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.errors import ModelError
from mostlikely.family.expectation import expectation, log_mass
from mostlikely.family.formulas import Formula, Formulas

__all__ = ["Distribution"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Distribution:
    """A probability distribution: a family at one parameter value. Made by `Family.at`.

    Parameters
    ----------
    family : Family
    values : mapping
        One number per parameter of the family; or arrays that broadcast with y.

    Notes
    -----
    All methods take a number, a list or an array; a number gives a float, the rest an array of
    the same shape. NaN gives NaN. ``y`` is in the data's unit; densities are per that unit.

    Examples
    --------
    >>> import mostlikely as ml
    >>> coin = ml.Bernoulli().at(p=0.7)
    >>> round(coin.prob(1) * coin.prob(0) * coin.prob(1), 12)
    0.147
    >>> ml.Exponential().at(mean=2).log_prob([-1, 0, 2]).round(4).tolist()
    [-inf, -0.6931, -1.6931]
    """

    family: Formulas
    values: Mapping[str, Any]

    def __repr__(self) -> str:
        inside = ", ".join(f"{k}={v:g}" for k, v in self.values.items())
        return f"{self.family.name}().at({inside})"

    @property
    def arguments(self) -> list[Any]:
        """The parameters' values in the family's order."""
        return [self.values[k] for k in self.family.parameters]

    @property
    def ends(self) -> tuple[Any, Any]:
        """Smallest and largest y (their limits, where the support is open)."""
        if self.family.ends is None:
            return self.family.support.low, self.family.support.high
        low, high = self.family.ends(*self.arguments)
        return low, high

    def log_prob(self, y: Any) -> Any:
        """Log-density (continuous) or log-probability (discrete); -inf outside the support."""
        return self._masked(self.family.log_prob, y, self.family.support.contains, -np.inf)

    def prob(self, y: Any) -> Any:
        """Density or probability of y."""
        return _plain(np.exp(self.log_prob(y)))

    def log_cdf(self, y: Any) -> Any:
        """log P(Y ≤ y)."""
        return self._tail(y, lower=True, above=0.0, below=-np.inf)

    def log_sf(self, y: Any) -> Any:
        """log P(Y > y), with its digits in the upper tail."""
        return self._tail(y, lower=False, above=-np.inf, below=0.0)

    def cdf(self, y: Any) -> Any:
        """P(Y ≤ y)."""
        return _plain(np.exp(self.log_cdf(y)))

    def sf(self, y: Any) -> Any:
        """P(Y > y)."""
        return _plain(np.exp(self.log_sf(y)))

    def quantile(self, q: Any) -> Any:
        """The smallest y with P(Y ≤ y) ≥ q; the support's ends at 0 and 1, NaN outside them."""
        low, high = self.ends
        q = np.asarray(q, dtype=np.float64)
        formula = self.family.quantile or self._bisected
        inner = self._masked(formula, q, lambda q: (q > 0.0) & (q < 1.0), np.nan)
        return _plain(np.where(q == 0.0, low, np.where(q == 1.0, high, inner)))

    def sample(self, n: Any, seed: Any = None) -> Array:
        """n independent draws.

        Parameters
        ----------
        n : int
        seed : int or numpy.random.Generator, optional
            Whatever `numpy.random.default_rng` takes.

        Raises
        ------
        ModelError
            For another n or seed, and where the family does not say how to draw.
        """
        if not isinstance(n, int | np.integer) or n < 0:
            raise ModelError(f"n is how many to draw, a whole number; got {n!r}.")
        if self.family.sample is None:
            raise ModelError(
                f"{self.family.name} declares no sample(rng, n, ...), which says how to draw y."
            )
        try:
            rng = np.random.default_rng(seed)
        except (TypeError, ValueError) as error:
            raise ModelError(f"seed is a whole number or a Generator; got {seed!r}.") from error
        draws = self.family.sample(rng, n, *self.arguments)
        return np.asarray(draws, dtype=np.float64)

    @property
    def mean(self) -> Any:
        """E[Y]; NaN where it does not exist."""
        return self._moments()[0]

    @property
    def variance(self) -> Any:
        """E[(Y - mean)²]; infinite or NaN where it does not exist."""
        return self._moments()[1]

    def _moments(self) -> tuple[Any, Any]:
        if self.family.moments is not None:
            mean, variance = self.family.moments(*self.arguments)
            return mean, variance
        center = float(self.quantile(0.5))
        (first, second), error = expectation(
            self, lambda y: np.stack([y - center, (y - center) ** 2])
        )
        if error > 1e-6:
            return np.nan, np.nan
        return center + float(first), float(second - first**2)

    # What every formula goes through: points inside are computed, the rest are known.

    def _masked(
        self, formula: Formula, x: Any, inside: Callable[[Array], Any], outside: float
    ) -> Any:
        x = np.asarray(x, dtype=np.float64)
        with np.errstate(all="ignore"):
            within = inside(x)
            if not np.any(within):
                return _plain(np.where(np.isnan(x), np.nan, outside))
            filled = np.where(within, x, x[within].flat[0])
            value = formula(filled, *self.arguments)
        return _plain(np.where(within, value, np.where(np.isnan(x), np.nan, outside)))

    def _tail(self, y: Any, *, lower: bool, above: float, below: float) -> Any:
        tails = self.family.log_cdf, self.family.log_sf
        formula = self._tail_formula(*(tails if lower else tails[::-1]), lower)
        y = np.asarray(y, dtype=np.float64)
        low, high = self.ends
        if self.family.support.discrete:
            y = np.floor(y)
            under = y < low
        else:
            under = y <= low
        over = y >= high
        value = self._masked(formula, y, lambda y: ~(under | over | np.isnan(y)), np.nan)
        return _plain(np.where(under, below, np.where(over, above, value)))

    def _tail_formula(self, wanted: Formula | None, other: Formula | None, lower: bool) -> Formula:
        if wanted is not None:
            return wanted
        return self._integrated(lower) if other is None else _complement(other)

    def _integrated(self, lower: bool) -> Formula:
        """The smaller tail by quadrature, the larger as its complement."""

        def tail(y: Array, *arguments: Any) -> Any:
            return np.vectorize(one, otypes=[float])(y, *arguments)

        def one(y: float, *arguments: Any) -> float:
            law = Distribution(
                self.family, dict(zip(self.family.parameters, arguments, strict=True))
            )
            low, high = law.ends
            first = low - 1.0 if self.family.support.discrete else low
            left, right = log_mass(law, first, y), log_mass(law, y, high)
            log_p = left if left < right else np.log1p(-np.exp(right))
            log_q = right if right <= left else np.log1p(-np.exp(left))
            return float(log_p if lower else log_q)

        return tail

    def _bisected(self, q: Array, *arguments: Any) -> Array:
        """Bisection over the floats themselves, whose order is that of their bit patterns.

        64 halvings end at the smallest float with cdf ≥ q, on whatever scale y lives; whole
        numbers are found sooner.
        """
        low, high = (np.broadcast_to(e, q.shape).astype(np.float64) for e in self.ends)
        if self.family.support.discrete:
            low = low - 1.0
        below, above = _rank(low), _rank(high)
        log_q, log_p = np.log(q), np.log1p(-q)
        while True:
            middle = (below >> 1) + (above >> 1) + (below & above & 1)
            if self.family.support.discrete:
                whole = np.maximum(np.floor(_float(middle)), np.floor(_float(below)) + 1.0)
                middle = _rank(whole)
            if np.all((middle == below) | (middle == above)):
                return _float(above)
            y = _float(middle)
            reached = np.where(q < 0.5, self.log_cdf(y) >= log_q, self.log_sf(y) <= log_p)
            above = np.where(reached, middle, above)
            below = np.where(reached, below, middle)


def _plain(x: Any) -> Any:
    return float(x) if np.ndim(x) == 0 else x


def _complement(log_tail: Formula) -> Formula:
    """log(1 - exp(.)), each half in the form that keeps its digits (Mächler 2012)."""

    def other(y: Array, *arguments: Any) -> Any:
        a = -log_tail(y, *arguments)
        return np.where(a < np.log(2.0), np.log(-np.expm1(-a)), np.log1p(-np.exp(-a)))

    return other


def _rank(x: Array) -> NDArray[np.int64]:
    """An integer for each float, in the same order."""
    bits = x.view(np.int64)
    return np.where(bits < 0, np.int64(-(2**63)) - bits, bits)


def _float(rank: NDArray[np.int64]) -> Array:
    bits = np.where(rank < 0, np.int64(-(2**63)) - rank, rank)
    return bits.view(np.float64)
