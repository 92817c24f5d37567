from __future__ import annotations

from typing import Any

import numpy as np

from mostlikely.calculus.counting_sizes import negative_binomial_deviance, negative_binomial_peak
from mostlikely.calculus.domain import counts, counts_up_to, natural, positive, unit
from mostlikely.family.base import Family, Param, SpecialCase
from mostlikely.family.counts.binomial import Binomial
from mostlikely.family.param import PROBABILITY

#: Terms of sums that are handled together.
TOGETHER = 65_536


class BetaBinomial(Family):
    """Successes among n tries whose probability differs from row to row as a beta.

    With alpha = mean precision and beta = (1 - mean) precision it is the beta mixture of Skellam
    (*Journal of the Royal Statistical Society B* 10, 1948); tries of one row are correlated by
    1/(1 + precision). With mean 1/2 and precision 2 all counts are equally likely. n is known,
    never estimated: ``BetaBinomial(n=10)``; with n = 1 the data say nothing about precision.
    """

    mean = Param(unit, "mean of y/n", typical=(0.1, 0.9), ratios=PROBABILITY)
    precision = Param(positive, "larger is less overdispersed", typical=(0.5, 50.0))
    n = Param(natural, "number of trials", typical=(5, 40), known=True)
    support = counts
    special_cases = (
        SpecialCase(Binomial, when={"precision": np.inf}, rest=lambda p, n: {"mean": p, "n": n}),
    )

    def __init__(self, *positional: Any, **bound: Any) -> None:
        super().__init__(*positional, **bound)
        if "n" in self.fixed:
            self.support = counts_up_to(self.fixed["n"])

    def log_prob(y, mean, precision, n):
        # two negative binomials, of successes and of failures, given their sum
        alpha, beta = mean * precision, (1.0 - mean) * precision
        return (
            negative_binomial_peak(y, alpha)
            + negative_binomial_peak(n - y, beta)
            - negative_binomial_peak(n, precision)
            - negative_binomial_deviance(y, n * mean, alpha)
            - negative_binomial_deviance(n - y, n * (1.0 - mean), beta)
        )

    def ends(mean, precision, n):
        return 0.0, n

    def possible(y, n):
        return y <= n

    def sample(rng, n_rows, mean, precision, n):
        p = rng.beta(mean * precision, (1.0 - mean) * precision, n_rows)
        return rng.binomial(np.asarray(n, dtype=np.int64), p)

    def start(y, w, n):
        """By moments: the variance of a binomial times 1 + (n - 1)/(1 + precision)."""
        mean = min(np.average(y, weights=w) / n, 1.0)
        binomial = n * mean * (1.0 - mean)
        excess = np.average((y - n * mean) ** 2, weights=w) - binomial
        if not excess > 0.0:
            return {"mean": mean, "precision": 100.0}
        return {"mean": mean, "precision": max((n - 1.0) * binomial / excess - 1.0, 0.1)}

    def log_cdf(y, mean, precision, n):
        return _log_sum(0.0, y, mean, precision, n)

    def log_sf(y, mean, precision, n):
        return _log_sum(y + 1.0, n, mean, precision, n)

    def moments(mean, precision, n):
        binomial = n * mean * (1.0 - mean)
        return n * mean, binomial * (1.0 + (n - 1.0) / (1.0 + precision))


def _log_sum(first, last, mean, precision, n):
    """log P(first ≤ Y ≤ last), term by term: no shorter form is known."""
    first, last, *law = np.broadcast_arrays(first, last, mean, precision, n)
    shape, (first, last, *law) = first.shape, (np.ravel(v) for v in (first, last, *law))
    terms = np.maximum(last - first + 1.0, 0.0).astype(np.intp)
    total, ends = np.full(len(first), -np.inf), np.cumsum(terms)
    for low in range(0, int(terms.sum()), TOGETHER):
        places = np.arange(low, min(low + TOGETHER, ends[-1]))
        of = np.searchsorted(ends, places, side="right")
        y = first[of] + (places - (ends - terms)[of])
        log_p = BetaBinomial.log_prob(y, *(v[of] for v in law))
        begins = np.flatnonzero(np.diff(of, prepend=-1))
        sums = np.logaddexp.reduceat(log_p, begins)
        total[of[begins]] = np.logaddexp(total[of[begins]], sums)
    return total.reshape(shape)
