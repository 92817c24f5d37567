"""Pictures of a regression: its curve, and the residuals of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mostlikely.inference.fitted import Fitted
from mostlikely.plot.look import BLUE, INK, RED, axes_or_new, label_of, styled
from mostlikely.plot.rows import curve_column, curve_frame, fitted_name, residual_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes


__all__ = ["curve_plot", "residual_plot"]


def _dots(n: int) -> dict[str, Any]:
    """Smaller and fainter the more there are."""
    return {
        "s": float(np.clip(3000.0 / n, 4.0, 16.0)),
        "alpha": float(np.clip(300.0 / n, 0.08, 0.5)),
        "color": INK,
        "linewidth": 0,
        "zorder": 2,
        "rasterized": n > 3000,
    }


def curve_plot(fit: Fitted, ax: Axes | None = None) -> Axes:
    """The data, the fitted mean with its 95 % band, and the middle 95 % of the fitted law."""
    frame, column, name = curve_frame(fit), curve_column(fit), fitted_name(fit)
    y, two = frame["y"], fit.model.support.high - fit.model.support.low <= 1.0
    two = two and fit.model.support.discrete
    with styled():
        ax = axes_or_new(ax)
        if two:  # yes and no, each a strip of dots
            y = y + 0.05 * (np.random.default_rng(0).random(len(y)) - 0.5)
        else:
            ax.fill_between(
                frame["at"],
                frame["from"],
                frame["to"],
                color=BLUE,
                alpha=0.09,
                linewidth=0,
                label="95 % of the fitted distribution",
                step="mid" if fit.model.support.discrete else None,
            )
        ax.scatter(frame["x"], y, **_dots(len(y)))
        ax.fill_between(
            frame["at"],
            frame["low"],
            frame["high"],
            color=BLUE,
            alpha=0.28,
            linewidth=0,
            label=f"95 % band of the {name}",
        )
        ax.plot(frame["at"], frame["fitted"], color=BLUE, linewidth=2.0, label=f"fitted {name}")
        ax.set_title(f"The data and the fitted {name}")
        ax.set_xlabel(str(column).replace("$", r"\$"))
        ax.set_ylabel(label_of(fit))
        ax.legend(loc="best")
        return ax


def residual_plot(fit: Fitted, ax: Axes | None = None) -> Axes:
    """Quantile residuals against the fitted mean; means of groups that are too far off in red."""
    frame, name = residual_frame(fit), fitted_name(fit)
    fitted, mean, reach = frame["fitted"], frame["mean"], frame["reach"]
    far = np.abs(mean) > reach
    with styled():
        ax = axes_or_new(ax)
        ax.scatter(fitted, frame["residual"], **_dots(len(fitted)))
        ax.axhline(0.0, color=BLUE, linewidth=1.4)
        if len(mean) > 1:
            wide: Any = {"color": BLUE, "alpha": 0.16, "linewidth": 0}
            ax.fill_between(frame["middle"], -reach, reach, label="95 % band", **wide)
            ax.plot(frame["middle"], mean, color=INK, linewidth=1.0, zorder=3)
            for colour, label, which in (
                (INK, "means of groups", ~far),
                (RED, "outside the band", far),
            ):
                if which.any():
                    ax.scatter(
                        frame["middle"][which],
                        mean[which],
                        26.0,
                        colour,
                        edgecolor="white",
                        linewidth=0.6,
                        zorder=4,
                        label=label,
                    )
        low, high = (float(f(frame["residual"])) for f in (np.min, np.max))
        ax.set_ylim(min(-3.0, 1.08 * low), 1.3 * max(3.0, high))
        positive = fitted.min() > 0.0 and fitted.max() > 30.0 * fitted.min()
        if positive and not fit.model.support.high <= 1.0:
            ax.set_xscale("log")
        ax.set_title("Residuals: around zero everywhere if the model holds")
        of = f"fitted {name} of {label_of(fit)}" if name in ("mean", "median") else f"fitted {name}"
        ax.set_xlabel(of)
        ax.set_ylabel("quantile residuals")
        ax.legend(loc="upper left", ncols=3, fontsize=9.0, handletextpad=0.5, columnspacing=1.2)
        return ax
