"""Pictures of a fit: data and density, quantiles against quantiles, a profile.

What is drawn is computed first, as a dict of arrays; matplotlib is imported only to draw it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from math import ceil, floor, isfinite, log2
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, chdtri, ndtr, ndtri, ndtri_exp

from mostlikely.calculus.domain import angle
from mostlikely.errors import MissingPackage, ModelError
from mostlikely.family.distribution import Distribution

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mostlikely.data.sample import Sample
    from mostlikely.result import Fit

__all__ = [
    "density_frame",
    "density_plot",
    "fit_plot",
    "profile_frame",
    "profile_plot",
    "qq_frame",
    "qq_plot",
]

Array = NDArray[np.float64]
Frame = dict[str, Array]

#: More bars than this are not seen one by one.
BARS = 100
#: Points of a curve, and rows at most that a quantile plot looks at.
CURVE = 512
ROWS = 200_000

# Okabe and Ito's colours (2008), which are told apart by every kind of eye.
BLUE, RED, INK, DATA, GRID = "#0072B2", "#D55E00", "#33414E", "#C3CED8", "#E3E7EB"
STYLE = {
    "font.size": 10.0,
    "axes.titlesize": 11.0,
    "axes.titlelocation": "left",
    "axes.titlecolor": INK,
    "axes.titlepad": 10.0,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "legend.frameon": False,
}


# What is drawn.


def _sample(fit: Fit) -> Sample:
    if fit.sample_ is None:
        raise ModelError(
            "a picture needs the data, and this fit was loaded without them; fit again."
        )
    return fit.sample_


def _law(fit: Fit) -> Distribution | None:
    """The fitted distribution; None where the estimate is no distribution of the family."""
    try:
        return fit.distribution
    except ModelError:
        return None


def _turned(fit: Fit, y: Array) -> Array:
    """Angles brought within the turn that the fitted distribution covers; all else as it is."""
    law = _law(fit)
    if law is None or law.family.support != angle:
        return y
    return np.asarray(law.ends[0] + np.mod(y - law.ends[0], 2.0 * np.pi))


def _per_row(fit: Fit) -> bool:
    """Whether each row has a distribution of its own."""
    return fit.weight_kind == "precision"


def _scaled(fit: Fit, law: Distribution, w: Array) -> Distribution:
    """The distributions of rows of these precisions, side by side."""
    powers = fit.model.precision_weights
    values = {k: v * w ** powers[k] if k in powers else v for k, v in law.values.items()}
    return Distribution(law.family, values)


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


def _edges(fit: Fit) -> Array:
    """Bin edges by the rule of Freedman and Diaconis (1981), on the grid of rounded data.

    Where that gives too many bins to see, the far tails are left out of the picture.
    """
    sample = _sample(fit)
    low, high, n = sample.smallest, sample.largest, max(sample.n, 2.0)
    if fit.model.support == angle and (law := _law(fit)) is not None:
        low, high = law.ends
        return np.linspace(low, high, 1 + min(BARS, 12 * ceil(n ** (1 / 3) / 6)))
    step = 1.0 if fit.model.support.discrete else _spacing(sample)
    if low == high:
        half = 0.5 * (step or abs(low) or 1.0)
        return np.array([low - half, high + half])
    width = 2.0 * (sample.quantile(0.75) - sample.quantile(0.25)) / n ** (1 / 3)
    width = width or (high - low) / (1.0 + log2(n))
    if (high - low) / width > BARS:
        first, last = sample.quantile(0.005), sample.quantile(0.995)
        low, high = max(low, first - (last - first) / 4), min(high, last + (last - first) / 4)
        width = max(width, (high - low) / BARS)
    if step is None:
        return np.linspace(low, high, 1 + max(1, ceil((high - low) / width)))
    if fit.model.support.discrete and high - low < BARS / 2:
        width = step
    width = step * max(1, round(width / step))
    start = sample.smallest + step * (floor((low - sample.smallest) / step) - 0.5)
    return start + width * np.arange(1 + ceil((high - start) / width))


def density_frame(fit: Fit) -> Frame:
    """A histogram of the data, and the fitted density or probabilities.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    dict of arrays
        ``edges`` (m + 1,), ``count`` (m,): bins and the weight in each. ``density`` (m,): the
        share of the whole sample per unit of y. ``y`` and ``fitted`` (k,): the fitted density
        (or probability, at whole numbers) there; NaN where the estimate is no distribution.
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
    low, high = edges[0], edges[-1]
    if fit.model.support.discrete:
        whole = np.arange(ceil(low), floor(high) + 1.0)
        y = whole[:: ceil(len(whole) / CURVE)]
    else:
        y = np.linspace(low, high, CURVE)
    return {
        "edges": edges,
        "count": count,
        "density": count / (total * np.diff(edges)),
        "y": y,
        "fitted": _fitted(fit, y),
        "outside": np.array([max(1.0 - count.sum() / total, 0.0)]),
    }


def _fitted(fit: Fit, y: Array) -> Array:
    """The density of a row of the sample; under precision weights, of one drawn at random."""
    law = _law(fit)
    if law is None:
        return np.full_like(y, np.nan)
    if _per_row(fit):
        _, w = _sample(fit).small(CURVE)
        return np.asarray(_scaled(fit, law, w).prob(y[:, None]).mean(axis=1))
    return np.asarray(law.prob(y))


def qq_frame(fit: Fit, points: int = 2000) -> Frame:
    """Order statistics of the data against their medians under the fit.

    Parameters
    ----------
    fit : Fit
    points : int
        At most so many, closer together towards the ends.

    Returns
    -------
    dict of arrays
        ``fitted`` and ``observed`` (k,): the median of an order statistic under the fitted
        distribution, and the order statistic. ``low`` and ``high`` (k,): it lies between them
        with probability 0.95, each by itself: U₍ᵢ₎ is Beta(i, n + 1 - i).
        ``residual`` (1,): 1 if, instead of y, its normal quantile residual is looked at (Dunn
        and Smyth 1996): where each row has a precision of its own, or the family declares no
        distribution function.

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
    law = _law(fit)
    if law is None:
        raise ModelError(f"{fit.model!r} at its estimate is no distribution; see fit.verdict.")
    blank = law.family.quantile is None and law.family.log_cdf is None
    residual = _per_row(fit) or blank
    y, w = _sample(fit).small(points if blank else ROWS)
    y = _turned(fit, y)
    quantile: Callable[[Array], Any] = law.quantile
    if residual:
        y, quantile = _residuals(_scaled(fit, law, w) if _per_row(fit) else law, y), ndtri
    order = np.argsort(y, kind="stable")
    reached = np.cumsum(np.ones_like(w) if _per_row(fit) else w[order])
    n = max(round(reached[-1]), 1)
    rank = _ranks(n, points)
    here = np.minimum(np.searchsorted(reached, rank - 0.5), len(y) - 1)
    fitted, low, high = (
        np.asarray(quantile(betaincinv(rank, n + 1.0 - rank, q)), dtype=np.float64)
        for q in (0.5, 0.025, 0.975)
    )
    return {
        "fitted": fitted,
        "observed": y[order][here],
        "low": low,
        "high": high,
        "residual": np.array([float(residual)]),
    }


def _ranks(n: int, points: int) -> Array:
    """1 to n, or so many of them, evenly spaced as normal scores are."""
    if n <= points:
        return np.arange(1.0, n + 1.0)
    end = ndtri(1.0 / (n + 1.0))
    return np.unique(np.rint((n + 1.0) * ndtr(np.linspace(end, -end, points))))


def _residuals(law: Distribution, y: Array) -> Array:
    """Standard normal if the law holds; from whichever tail keeps the digits."""
    left, right = law.log_cdf(y), law.log_sf(y)
    return np.where(left < right, ndtri_exp(left), -ndtri_exp(right))


def profile_frame(fit: Fit, parameter: str, level: float = 0.95) -> Frame:
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


# Drawing.


def _styled() -> AbstractContextManager[None]:
    """Our look, for what is drawn within; the user's settings are theirs again afterwards."""
    try:
        import matplotlib as mpl
    except ImportError:
        raise MissingPackage(
            'plots need matplotlib; install it with: pip install "mostlikely[plot]"'
        ) from None
    return mpl.rc_context(STYLE)


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(5.2, 4.0), layout="constrained")[1]


def density_plot(fit: Fit, ax: Axes | None = None) -> Axes:
    """The data as bars, the fitted density as a line, or fitted probabilities as points."""
    frame = density_frame(fit)
    edges, density, fitted = frame["edges"], frame["density"], frame["fitted"]
    widths, discrete = np.diff(edges), fit.model.support.discrete
    single = discrete and widths[0] == 1.0
    with _styled():
        ax = _axes(ax)
        ax.bar(
            edges[:-1] + 0.5 * widths,
            density,
            widths * (0.8 if single else 1.0),
            color=DATA,
            edgecolor="white",
            linewidth=0.6 if len(density) < 60 and not single else 0.0,
            label="data",
        )
        style = {"marker": "o", "markersize": 5, "linewidth": 1.0} if single else {"linewidth": 2.0}
        if np.isfinite(fitted).any():
            ax.plot(frame["y"], fitted, color=BLUE, label=f"{fit.model.name} fit", **style)
        top = float(np.max(fitted[np.isfinite(fitted)], initial=0.0))
        ax.set_ylim(0.0, 1.12 * max(density.max(), min(top, 2.0 * density.max())))
        ax.grid(visible=False, axis="x")
        if single:
            ax.xaxis.get_major_locator().set_params(integer=True)
        ax.set_title("The data and the fitted " + ("probabilities" if discrete else "density"))
        ax.set_xlabel(fit.label)
        ax.set_ylabel("share" if single else "density")
        ax.legend(loc="best")
        if frame["outside"][0] > 1e-9:
            _note(ax, f"{100.0 * frame['outside'][0]:.2g} % of the data lie beyond")
        return ax


def qq_plot(fit: Fit, ax: Axes | None = None) -> Axes:
    """Observed against fitted quantiles with a pointwise 95 % band; points outside it in red."""
    frame = qq_frame(fit)
    fitted, low, high = frame["fitted"], frame["low"], frame["high"]
    pairs, times = np.unique(
        np.column_stack([fitted, frame["observed"]]), axis=0, return_counts=True
    )
    beyond = (frame["observed"] < low) | (frame["observed"] > high)
    outside = np.zeros(len(pairs), dtype=bool)
    outside = np.isin(pairs[:, 0] + 1j * pairs[:, 1], (fitted + 1j * frame["observed"])[beyond])
    ends = np.array([fitted.min(), fitted.max()])
    with _styled():
        ax = _axes(ax)
        ax.fill_between(fitted, low, high, color=BLUE, alpha=0.14, linewidth=0, label="95 % band")
        ax.plot(ends, ends, color=BLUE, linewidth=1.4)
        sizes = np.clip(14.0 * np.sqrt(times), 14.0, 120.0)
        for which, colour in ((~outside, INK), (outside, RED)):
            ax.scatter(
                *pairs[which].T, s=sizes[which], color=colour, alpha=0.75, linewidth=0, zorder=3
            )
        values = np.concatenate([ends, frame["observed"]])
        margin = 0.05 * (values.max() - values.min() or 1.0)
        ax.set_ylim(values.min() - margin, values.max() + margin)
        ax.set_title("Quantiles: on the line if the model holds")
        what = "normal quantile residual" if frame["residual"][0] else fit.label
        ax.set_xlabel(f"fitted quantiles of {what}" if what == fit.label else "normal quantiles")
        ax.set_ylabel(f"observed {what}" if what == fit.label else what)
        return ax


def _note(ax: Axes, words: str) -> None:
    ax.annotate(
        words,
        (0.0, 1.0),
        (0.0, 2.0),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=8.0,
        color=INK,
    )


def fit_plot(fit: Fit, axes: Sequence[Axes] | None = None) -> Figure:
    """The data with the fitted density, and a quantile plot, side by side.

    Parameters
    ----------
    fit : Fit
    axes : two matplotlib axes, optional
        Where to draw; by default in a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    MissingPackage
        Without matplotlib.
    ModelError
        If the fit was loaded without its data.

    Examples
    --------
    >>> import mostlikely as ml
    >>> figure = fit_plot(ml.fit("normal", [2.1, 1.9, 2.0, 2.3, 1.8]))
    >>> len(figure.axes)
    2
    """
    with _styled():
        law = _law(fit)
        if axes is None:
            import matplotlib.pyplot as plt

            panels = 1 if law is None else 2
            figure, axes = plt.subplots(
                1, panels, figsize=(5.2 * panels, 4.2), layout="constrained", squeeze=False
            )
            axes = list(axes[0])
            figure.suptitle(_heading(fit), x=0.01, ha="left", fontsize=12.5, fontweight="bold")
        density_plot(fit, axes[0])
        if law is not None:
            qq_plot(fit, axes[1])
        return axes[0].figure


def _heading(fit: Fit) -> str:
    values = ", ".join(f"{k} = {v:.4g}" for k, v in {**fit.params, **fit.model.fixed}.items())
    mark = "" if fit.verdict.ok else f" ({fit.verdict.short})"
    return f"{fit.model.name}: {values}{mark}"


def profile_plot(fit: Fit, parameter: str, ax: Axes | None = None, level: float = 0.95) -> Figure:
    """The profile log-likelihood of one parameter, with its interval.

    Parameters
    ----------
    fit : Fit
    parameter : str
    ax : matplotlib axes, optional
    level : float
        Of the interval that is marked.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    MissingPackage, ModelError
        As `fit_plot`; and for an unknown parameter.

    Examples
    --------
    >>> import mostlikely as ml
    >>> figure = profile_plot(ml.fit("exponential", [1.0, 2.0, 6.0]), "mean")
    >>> figure.axes[0].get_xlabel()
    'mean: mean of y'
    """
    frame = profile_frame(fit, parameter, level)
    drop, ends = float(frame["drop"][0]), frame["interval"]
    with _styled():
        ax = _axes(ax)
        ax.plot(frame["value"], frame["profile"], color=BLUE, linewidth=2.0, label="profile")
        ax.plot(
            frame["value"], frame["parabola"], color=INK, linewidth=1.0, linestyle=(0, (4, 3)),
            label="Wald's parabola",
        )  # fmt: skip
        ax.set_ylim(min(-1.25 * drop, float(frame["profile"].min())), 0.08 * drop)
        ax.set_xlim(frame["value"][0], frame["value"][-1])
        ax.hlines(-drop, *np.clip(ends, *ax.get_xlim()), color=RED, linewidth=1.4)
        for end in ends[np.isfinite(ends)]:
            ax.vlines(end, ax.get_ylim()[0], -drop, color=RED, linewidth=1.0, linestyle=":")
        low, high = (f"{end:.4g}" if isfinite(end) else "∞" for end in ends)
        meaning = fit.model.parameters[parameter].meaning
        ax.set_title(f"{100.0 * level:g} % interval of {parameter}: {low} to {high}")
        ax.set_xlabel(f"{parameter}: {meaning}")
        ax.set_ylabel("log-likelihood, below its maximum")
        ax.legend(loc="lower center")
        return ax.figure
