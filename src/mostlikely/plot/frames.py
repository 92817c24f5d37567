"""What is drawn, computed before it is drawn: dicts of arrays."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor, log2
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, chdtri, ndtr, ndtri

from mostlikely.calculus.domain import angle
from mostlikely.errors import ModelError
from mostlikely.family.distribution import Distribution
from mostlikely.inference.fitted import Fitted
from mostlikely.inference.residuals import residuals
from mostlikely.inference.rows import normal_scores, scaled
from mostlikely.plot.rows import residual_frame

if TYPE_CHECKING:
    from mostlikely.data.response import Sample

__all__ = [
    "curve_points",
    "density_frame",
    "fitted_density",
    "law_of",
    "profile_frame",
    "qq_frame",
    "turned_sample",
]

Array = NDArray[np.float64]
Frame = dict[str, Array]

#: More bars than this are not seen one by one.
BARS = 100
#: Points of a curve, and rows at most that a quantile plot looks at.
CURVE = 512
ROWS = 200_000


def _sample(fit: Fitted) -> Sample:
    return fit.evidence("a picture").sample


def law_of(fit: Fitted) -> Distribution | None:
    """The fitted distribution; None where the estimate is no distribution of the family."""
    try:
        return fit.distribution
    except ModelError:
        return None


def _turned(fit: Fitted, y: Array) -> Array:
    """Angles brought within the turn that the fitted distribution covers; all else as it is."""
    law = law_of(fit)
    if law is None or law.family.support != angle:
        return y
    return np.asarray(law.ends[0] + np.mod(y - law.ends[0], 2.0 * np.pi))


def _per_row(fit: Fitted) -> bool:
    """Whether each row has a distribution of its own."""
    return not fit.weighting.counts


def _spacing(sample: Sample) -> float | None:
    """The step of which all values are multiples apart: what the data were rounded to."""
    table = sample.tabulated()
    if table is None:
        return None
    steps = np.diff(table.small(table.stored)[0])
    if not len(steps):
        return None
    times = steps / steps.min()
    return float(steps.min()) if np.allclose(times, np.rint(times), atol=0.01) else None


def _edges(fit: Fitted) -> Array:
    """Bin edges by the rule of Freedman and Diaconis (1981), on the grid of rounded data.

    Never fewer than by Sturges's; where they are too many to see, the far tails are left out.
    """
    sample = _sample(fit)
    low, high, n = sample.smallest, sample.largest, max(sample.n, 2.0)
    if fit.model.support == angle and (law := law_of(fit)) is not None:
        low, high = law.ends
        return np.linspace(low, high, 1 + min(BARS, 12 * ceil(n ** (1 / 3) / 6)))
    step = 1.0 if fit.model.support.discrete else _spacing(sample)
    if low == high:
        half = 0.5 * (step or abs(low) or 1.0)
        return np.array([low - half, high + half])
    if _per_row(fit):  # the histogram counts rows, not their precisions
        sample = sample.points(sample.small(ROWS)[0], None, sample)
    first, last = sample.quantile(0.25), sample.quantile(0.75)
    sturges = (high - low) / (1.0 + log2(n))
    width = min(2.0 * (last - first) / n ** (1 / 3), sturges) or sturges
    if (high - low) / width > BARS:
        reach = 5.0 * (last - first)
        low, high = max(low, first - reach), min(high, last + reach)
        width = max(width, (high - low) / BARS)
    if step is None:
        return np.linspace(low, high, 1 + max(1, ceil((high - low) / width)))
    if fit.model.support.discrete and high - low < BARS / 2:
        width = step
    width = step * max(1, round(width / step))
    start = sample.smallest + step * (floor((low - sample.smallest) / step) - 0.5)
    bins = ceil((high - start) / width)
    return np.linspace(start, start + width * bins, bins + 1)


def density_frame(fit: Fitted) -> Frame:
    """A histogram of the data, and the fitted density or probabilities.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    dict of arrays
        ``edges`` (m + 1,), ``count`` (m,): bins and the weight in each. ``density`` (m,): the
        share of the whole sample per unit of y. ``y`` and ``fitted`` (k,): the fitted density
        there, or, of counts, the mean probability of the whole numbers in the bin around y; NaN
        where the estimate is no distribution.
        ``outside`` (1,): the share of the sample that lies beyond the edges.

    Raises
    ------
    ModelError
        If the fit was loaded without its data.

    Examples
    --------
    >>> import mostlikely as ml
    >>> frame = density_frame(ml.fit("poisson", [3, 5, 1, 7, 3]))
    >>> frame["edges"][:3].tolist(), frame["count"].tolist()
    ([0.5, 1.5, 2.5], [1.0, 0.0, 2.0, 0.0, 1.0, 0.0, 1.0])
    """
    edges = _edges(fit)
    count, total = np.zeros(len(edges) - 1), 0.0
    for block in _sample(fit).blocks():
        w = None if _per_row(fit) else block.w
        count += np.histogram(_turned(fit, block.y), edges, weights=w)[0]
        total += len(block.y) if w is None else w.sum()
    return {
        "edges": edges,
        "count": count,
        "density": count / (total * np.diff(edges)),
        "y": (y := _curve(fit, edges)),
        "fitted": fitted_density(fit, law_of(fit), edges, y),
        "outside": np.array([max(1.0 - count.sum() / total, 0.0)]),
    }


def curve_points(fit: Fitted) -> Array:
    """Where the fitted density and distribution function are drawn."""
    return _curve(fit, _edges(fit))


def turned_sample(fit: Fitted) -> tuple[Array, Array]:
    """At most 200,000 rows of the sample as arrays of y and of weights."""
    y, w = _sample(fit).small(ROWS)
    return _turned(fit, y), np.ones_like(w) if _per_row(fit) else w


def _curve(fit: Fitted, edges: Array) -> Array:
    """Where the fitted density is drawn, a little further than the data; of counts, at each bin."""
    low, high = edges[0], edges[-1]
    if fit.model.support.discrete:
        return np.asarray(0.5 * (edges[:-1] + edges[1:]))
    law = law_of(fit)
    if law is not None and law.family.support != angle:
        beyond = 0.12 * (high - low)
        low, high = max(low - beyond, law.ends[0]), min(high + beyond, law.ends[1])
    return np.linspace(low, high, CURVE)


def fitted_density(fit: Fitted, law: Distribution | None, edges: Array, y: Array) -> Array:
    """What a distribution has at the points of a density frame: that of the fit, or another.

    It is the density of a row of the sample; under precision weights, of one drawn at random; of
    counts, the mean probability of the whole numbers in each bin. NaN without a distribution.
    """
    if law is None:
        return np.full_like(y, np.nan)
    if fit.model.support.discrete:
        if len(y) and edges[1] - edges[0] == 1.0:
            return np.asarray(law.prob(y), dtype=np.float64)
        return np.asarray(np.diff(law.cdf(edges)) / np.diff(edges))
    if _per_row(fit):
        _, w = _sample(fit).small(CURVE)
        law, y = scaled(law, w, fit.model.precision_weights), y[:, None]
        return np.asarray(law.prob(y).mean(axis=1), dtype=np.float64)
    return np.asarray(law.prob(y), dtype=np.float64)


def qq_frame(fit: Fitted, points: int = 2000, most: int = ROWS) -> Frame:
    """Order statistics of the data against their medians under the fit.

    Parameters
    ----------
    fit : Fit
    points : int
        At most so many, closer together towards the ends.
    most : int
        Of a regression, rows that are looked at: see `residual_frame`.

    Returns
    -------
    dict of arrays
        ``fitted`` and ``observed`` (k,): the median of an order statistic under the fitted
        distribution, and the order statistic. ``low`` and ``high`` (k,): it lies between them
        with probability 0.95, each by itself: U₍ᵢ₎ is Beta(i, n + 1 - i).
        ``share`` and ``row`` (k,): the median of U₍ᵢ₎, and which row of those in use it is.
        ``residual`` (1,): 1 if, instead of y, its normal quantile residual is looked at (Dunn
        and Smyth 1996, J. Comput. Graph. Stat. 5, 236-244): of counts, spread evenly over the
        probability of each; where each row has a precision of its own; where the family declares
        no distribution function.

    Raises
    ------
    ModelError
        If the fit was loaded without its data, or its estimate is no distribution.

    Examples
    --------
    >>> import mostlikely as ml
    >>> frame = qq_frame(ml.fit("normal", [2.1, 1.9, 2.0, 2.3, 1.8]))
    >>> frame["observed"].tolist()
    [1.8, 1.9, 2.0, 2.1, 2.3]
    """
    y, w, row, residual, quantile, law = _looked_at(fit, points, most)
    discrete = law is not None and law.family.support.discrete
    order = np.argsort(y, kind="stable")
    reached = np.cumsum(np.ones_like(w) if _per_row(fit) else w[order])
    n = max(round(reached[-1]), 1)
    rank = _ranks(n, points)
    here = np.minimum(np.searchsorted(reached, rank - 0.5), len(y) - 1)
    observed = y[order][here]
    if law is not None and discrete:
        observed, quantile = _spread(law, observed, y[order], reached, rank), ndtri
    share, first, last = (betaincinv(rank, n + 1.0 - rank, q) for q in (0.5, 0.025, 0.975))
    fitted, low, high = (np.asarray(quantile(p), dtype=np.float64) for p in (share, first, last))
    return {
        "fitted": fitted,
        "observed": observed,
        "low": low,
        "high": high,
        "share": share,
        "row": row[order][here],
        "residual": np.array([float(residual)]),
    }


def _looked_at(
    fit: Fitted, points: int, most: int
) -> tuple[Array, Array, Array, bool, Any, Distribution | None]:
    """What is ranked, its weights, its rows; whether it is residuals; quantiles; the law of y."""
    if not fit.exact:
        y = residuals(fit)
        _, w = _sample(fit).source.pick(len(y))
        return y, w, np.arange(float(len(y))), True, ndtri, None
    if fit.has_predictors:
        rows = residual_frame(fit, most)
        return rows["residual"], rows["weight"], rows["row"], True, ndtri, None
    law = law_of(fit)
    if law is None:
        raise ModelError(f"{fit.model!r} at its estimate is no distribution; see fit.verdict.")
    blank = law.family.quantile is None and law.family.log_cdf is None
    discrete = law.family.support.discrete
    residual = _per_row(fit) or blank or discrete
    sample, size = _sample(fit), points if blank else ROWS
    y, w = sample.small(size)
    row = np.arange(len(y), dtype=np.float64) * -(-sample.stored // size)
    y = _turned(fit, y)
    quantile: Callable[[Array], Any] = law.quantile
    if residual and not discrete:
        y, quantile = (
            normal_scores(scaled(law, w, fit.model.precision_weights) if _per_row(fit) else law, y),
            ndtri,
        )
    return y, w, row, residual, quantile, law


def _ranks(n: int, points: int) -> Array:
    """1 to n, or so many of them, evenly spaced as normal scores are."""
    if n <= points:
        return np.arange(1.0, n + 1.0)
    end = ndtri(1.0 / (n + 1.0))
    return np.unique(np.rint((n + 1.0) * ndtr(np.linspace(end, -end, points))))


def _spread(law: Distribution, k: Array, y: Array, reached: Array, rank: Array) -> Array:
    """Residuals of whole numbers k of these ranks, evenly over P(Y = k) from first to last.

    ``reached`` is the cumulated weight of the sorted values ``y``.
    """
    whole = np.concatenate([[0.0], reached])
    before = whole[np.searchsorted(y, k, side="left")]
    through = whole[np.searchsorted(y, k, side="right")]
    part = np.clip((rank - 0.5 - before) / (through - before), 0.0, 1.0)
    values, place = np.unique(k, return_inverse=True)  # some distribution functions are sums
    p, left, right = (f(values)[place] for f in (law.prob, law.cdf, law.sf))
    left, right = left - (1.0 - part) * p, right + (1.0 - part) * p
    return np.asarray(np.where(left < right, ndtri(left), -ndtri(right)))


def profile_frame(fit: Fitted, parameter: str, level: float = 0.95) -> Frame:
    """The profile log-likelihood of a parameter, below its maximum, and Wald's parabola.

    Returns
    -------
    dict of arrays
        ``value`` (k,), ``profile`` (k,) and ``parabola`` (k,; NaN without a standard error):
        log-likelihood minus its maximum. ``interval`` (2,): the profile interval; ``drop`` (1,):
        how far the profile falls to its ends.
    """
    value, height = fit.profile(parameter)
    z = (value - fit.params[parameter]) / fit.standard_errors[parameter]
    return {
        "value": value,
        "profile": height - fit.loglik,
        "parabola": -0.5 * z * z,
        "interval": np.array(fit.interval(parameter, level, "profile")),
        "drop": np.array([0.5 * float(chdtri(1, 1.0 - level))]),
    }
