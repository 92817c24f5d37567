"""What is drawn of distribution functions, computed before it is drawn: dicts of arrays."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from mostlikely.errors import ModelError
from mostlikely.family.distribution import Distribution
from mostlikely.inference.fitted import Fitted
from mostlikely.plot.frames import Array, Frame, curve_points, law_of, qq_frame, turned_sample

__all__ = ["cdf_frame", "cdf_of", "pp_frame"]

#: Points of a distribution function that is found by quadrature.
INTEGRALS = 97


def cdf_frame(fit: Fitted, points: int = 2000) -> Frame:
    """The share of the data up to each value, and the fitted distribution function.

    Parameters
    ----------
    fit : Fit
    points : int
        Steps at most; where there are more, evenly spaced ones.

    Returns
    -------
    dict of arrays
        ``step`` and ``share`` (m,): distinct values of y, and the share of the weight up to and
        including each. ``y`` and ``fitted`` (k,): the fitted distribution function there; NaN
        where the estimate is no distribution.

    Raises
    ------
    ModelError
        If the fit was loaded without its data.

    Examples
    --------
    >>> import mostlikely as ml
    >>> frame = cdf_frame(ml.fit("poisson", [3, 5, 1, 7, 3]))
    >>> frame["step"].tolist(), frame["share"].round(2).tolist()
    ([1.0, 3.0, 5.0, 7.0], [0.2, 0.6, 0.8, 1.0])
    """
    values, w = turned_sample(fit)
    step, place = np.unique(values, return_inverse=True)
    share = np.cumsum(np.bincount(place, w))
    share = share / share[-1]
    if len(step) > points:
        some = np.unique(np.rint(np.linspace(0, len(step) - 1, points)).astype(np.intp))
        step, share = step[some], share[some]
    y, law = curve_points(fit), law_of(fit)
    if law is not None and law.family.log_cdf is None and law.family.log_sf is None:
        y = y[np.unique(np.linspace(0, len(y) - 1, min(len(y), INTEGRALS)).astype(np.intp))]
    return {"step": step, "share": share, "y": y, "fitted": cdf_of(law, y)}


def cdf_of(law: Distribution | None, y: Array) -> Array:
    """A distribution function at points; NaN without a distribution."""
    return np.full_like(y, np.nan) if law is None else np.asarray(law.cdf(y), dtype=np.float64)


def pp_frame(fit: Fitted, points: int = 2000) -> Frame:
    """The fitted probability up to each order statistic against what it should be.

    Parameters
    ----------
    fit : Fit
    points : int
        As in `qq_frame`.

    Returns
    -------
    dict of arrays
        ``share`` (k,): the median of the order statistic of a uniform sample. ``fitted`` (k,):
        the fitted distribution function at the order statistic of y; of whole numbers, and of
        rows that each have a distribution, the normal one of the quantile residual. ``row`` (k,):
        as in `qq_frame`.

    Raises
    ------
    ModelError
        As `qq_frame`.

    Examples
    --------
    >>> import mostlikely as ml
    >>> frame = pp_frame(ml.fit("exponential", [1.0, 2.0, 6.0]))
    >>> frame["fitted"].round(3).tolist()       # 1 - exp(-y/3)
    [0.283, 0.487, 0.865]
    """
    frame, law = qq_frame(fit, points), law_of(fit)
    if frame["residual"][0]:
        reached = ndtr(frame["observed"])
    elif law is None:
        raise ModelError(f"{fit.model!r} at its estimate is no distribution; see fit.verdict.")
    else:
        reached = cdf_of(law, frame["observed"])
    return {"share": frame["share"], "fitted": np.asarray(reached), "row": frame["row"]}
