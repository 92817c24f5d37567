"""Frames drawn with matplotlib, which is imported when it is needed and not before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from mostlikely.errors import ModelError
from mostlikely.inference.fitted import Fitted
from mostlikely.plot.frames import density_frame, law_of, profile_frame, qq_frame
from mostlikely.plot.look import BLUE, DATA, INK, RED, axes_or_new, label_of, styled
from mostlikely.plot.regression import curve_plot, residual_plot
from mostlikely.plot.rows import curve_column, has_residuals
from mostlikely.plot.survival import survival_plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure


__all__ = ["density_plot", "fit_plot", "fits_plot", "profile_plot", "qq_plot", "rivals_plot"]


def density_plot(fit: Fitted, ax: Axes | None = None) -> Axes:
    """The data as bars, the fitted density as a line, or fitted probabilities as points."""
    frame = density_frame(fit)
    edges, density, fitted = frame["edges"], frame["density"], frame["fitted"]
    widths, discrete = np.diff(edges), fit.model.support.discrete
    single = discrete and widths[0] == 1.0
    with styled():
        from matplotlib.ticker import MaxNLocator

        ax = axes_or_new(ax)
        ax.bar(
            edges[:-1] + 0.5 * widths,
            density,
            widths * (0.8 if single else 1.0),
            color=DATA,
            edgecolor="white",
            linewidth=0.6 if len(density) < 60 and not single else 0.0,
            label="data",
        )
        finite = fitted[np.isfinite(fitted)]
        if len(finite):
            points: Any = {
                "marker": "o",
                "markersize": 6,
                "linewidth": 0,
                "markeredgecolor": "white",
            }
            style = points if discrete else {"linewidth": 2.0}
            ax.plot(frame["y"], fitted, color=BLUE, label=f"{fit.model.name} fit", **style)
        highest = density.max()
        ax.set_ylim(0.0, 1.12 * max(highest, min(finite.max(initial=0.0), 2.0 * highest)))
        ax.grid(visible=False, axis="x")
        if fit.model.levels is not None:
            ax.set_xticks(frame["y"], [str(level) for level in fit.model.levels])
        elif single and len(density) < 10:
            ax.set_xticks(frame["y"])
        elif single:
            ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
        ax.set_title("The data and the fitted " + ("probabilities" if discrete else "density"))
        outside = 100.0 * float(frame["outside"][0])
        beyond = f"   ({outside:.2g} % of the data lie beyond)" if outside > 1e-7 else ""
        ax.set_xlabel(label_of(fit) + beyond)
        ax.set_ylabel(
            "density" if not discrete else "share" if single else "share per whole number"
        )
        ax.legend(loc="best")
        return ax


def qq_plot(fit: Fitted, ax: Axes | None = None) -> Axes:
    """Observed against fitted quantiles with a pointwise 95 % band; points outside it in red."""
    frame = qq_frame(fit)
    fitted, observed, low, high = (frame[k] for k in ("fitted", "observed", "low", "high"))
    beyond = (observed < low) | (observed > high)
    dots, times = np.unique(np.column_stack([fitted, observed, beyond]), axis=0, return_counts=True)
    sizes = np.minimum(14.0 * np.sqrt(times), 120.0)
    ends = np.array([fitted.min(), fitted.max()])
    seen = np.concatenate([ends, observed])
    margin = 0.05 * (seen.max() - seen.min() or 1.0)
    residual = bool(frame["residual"][0])
    with styled():
        ax = axes_or_new(ax)
        ax.fill_between(fitted, low, high, color=BLUE, alpha=0.14, linewidth=0, label="95 % band")
        ax.plot(ends, ends, color=BLUE, linewidth=1.4)
        for colour, label, which in (
            (INK, None, dots[:, 2] == 0),
            (RED, "outside the band", dots[:, 2] == 1),
        ):
            if which.any():
                x, y, _ = dots[which].T
                ax.scatter(
                    x, y, sizes[which], colour, alpha=0.8, linewidth=0, zorder=3, label=label
                )
        ax.set_ylim(seen.min() - margin, seen.max() + margin)
        ax.set_title("Quantiles: on the line if the model holds")
        ax.set_xlabel("normal quantiles" if residual else f"fitted quantiles of {label_of(fit)}")
        ax.set_ylabel("quantile residuals" if residual else f"observed {label_of(fit)}")
        ax.legend(loc="upper left")
        return ax


def fit_plot(fit: Fitted, axes: Sequence[Axes] | None = None) -> Figure | SubFigure:
    """The data with the fitted density, and a quantile plot, side by side.

    Of rows seen in part: the survival of the data in steps beside the fitted one, and a quantile
    plot of residuals. Of a regression: where it follows one column of numbers, the data and the
    fitted mean with its 95 % band; then quantile residuals against the fitted mean, and their
    quantile plot.

    Parameters
    ----------
    fit : Fit
    axes : matplotlib axes, optional
        Where to draw the first panels; by default in a new figure, with a heading.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    MissingPackage
        Without matplotlib.
    ModelError
        If the fit was loaded without its data, or has members with a response each.

    Examples
    --------
    >>> import mostlikely as ml
    >>> figure = fit_plot(ml.fit("normal", [2.1, 1.9, 2.0, 2.3, 1.8]))
    >>> len(figure.axes)
    2
    """
    if fit.model.members:
        raise ModelError("a joint fit has several responses; plot fits of its members.")
    if axes is None:
        return fits_plot([fit])
    for draw, ax in zip(_panels(fit), axes, strict=False):
        draw(fit, ax)
    return axes[0].figure


def fits_plot(fits: Sequence[Fitted]) -> Figure:
    """Several fits below each other, a heading and a row of panels for each.

    Parameters
    ----------
    fits : sequence of Fit

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    MissingPackage, ModelError
        As `fit_plot`.

    Examples
    --------
    >>> import mostlikely as ml
    >>> y = [0.8, 1.3, 2.4, 0.4, 3.1, 1.9]
    >>> len(fits_plot([ml.fit("gamma", y), ml.fit("weibull", y)]).axes)
    4
    """
    panels = [len(_panels(fit)) for fit in fits]
    with styled():
        import matplotlib.pyplot as plt

        size = 5.2 * max(panels), 4.2 * len(fits)
        figure = plt.figure(figsize=size, layout="constrained")
        rows = figure.subfigures(len(fits), 1, squeeze=False)[:, 0]
        for fit, row, wide in zip(fits, rows, panels, strict=True):
            heading = fill(_heading(fit), int(9.5 * size[0]))
            row.suptitle(heading, x=0.01, ha="left", fontsize=12.5, fontweight="bold")
            fit_plot(fit, list(row.subplots(1, wide, squeeze=False)[0]))
        return figure


def _panels(fit: Fitted) -> list[Callable[[Fitted, Axes], Axes]]:
    """What is drawn of a fit, from left to right."""
    if not fit.exact:
        return [survival_plot, qq_plot]
    if fit.has_predictors and has_residuals(fit):
        rows: list[Callable[[Fitted, Axes], Axes]] = [residual_plot, qq_plot]
        return [curve_plot, *rows] if curve_column(fit) is not None else rows
    return [density_plot, qq_plot] if _has_quantiles(fit) else [density_plot]


def rivals_plot(best: Fitted, other: Fitted) -> Figure:
    """One sample under two noise models: both densities, and a quantile plot of each.

    Parameters
    ----------
    best, other : Fit
        Of the same sample.

    Raises
    ------
    MissingPackage, ModelError
        As `fit_plot`.

    Examples
    --------
    >>> import mostlikely as ml
    >>> y = [2.1, 1.9, 2.0, 2.3, 1.8, 3.9]
    >>> len(rivals_plot(ml.fit("laplace", y), ml.fit("normal", y)).axes)
    3
    """
    with styled():
        import matplotlib.pyplot as plt

        figure, axes = plt.subplots(1, 3, figsize=(15.6, 4.2), layout="constrained")
        density_plot(best, axes[0])
        frame = density_frame(other)
        dashes: Any = {"color": RED, "linewidth": 1.6, "linestyle": (0, (4, 3))}
        axes[0].plot(frame["y"], frame["fitted"], label=f"{other.model.name} fit", **dashes)
        axes[0].legend(loc="best")
        for fit, ax in ((best, axes[1]), (other, axes[2])):
            qq_plot(fit, ax)
            ax.set_title(f"Quantiles: on the line if {fit.model.name} holds")
        return figure


def _has_quantiles(fit: Fitted) -> bool:
    """Whether a quantile plot can be drawn, and shows more than yes and no."""
    model = fit.model
    ordered = not model.labels and model.support.high - model.support.low > 1.0
    known = model.quantile or model.log_cdf or model.log_sf or model.sample
    return ordered and known is not None and law_of(fit) is not None


def _heading(fit: Fitted) -> str:
    mark = "" if fit.verdict.ok else f" ({fit.verdict.short})"
    if fit.model.all_predictors:
        model = repr(fit.model).replace("$", r"\$")
        return f"{model} fitted to {label_of(fit)}: {fit.n:,.10g} observations{mark}"
    values = ", ".join(
        f"{k}\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{v:.4g}"
        for k, v in {**fit.params, **fit.model.fixed}.items()
    )
    return f"{fit.model.name} fitted to {fit.n:,.10g} observations{mark}: {values}"


def profile_plot(
    fit: Fitted, parameter: str, ax: Axes | None = None, level: float = 0.95
) -> Figure | SubFigure:
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
    with styled():
        ax = axes_or_new(ax)
        ax.plot(frame["value"], frame["profile"], color=BLUE, linewidth=2.0, label="profile")
        if np.isfinite(frame["parabola"]).all():
            dashes: Any = {"color": INK, "linewidth": 1.0, "linestyle": (0, (4, 3))}
            ax.plot(frame["value"], frame["parabola"], label="Wald's parabola", **dashes)
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
        ax.legend(loc="best")
        return ax.figure
