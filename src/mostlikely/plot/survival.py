"""Pictures of rows that were seen in part: what the data say of survival, and what was fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mostlikely.inference.fitted import Fitted
from mostlikely.inference.nonparametric import survival_steps
from mostlikely.inference.residuals import laws
from mostlikely.plot.look import BLUE, INK, axes_or_new, label_of, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mostlikely.plot.frames import Frame

__all__ = ["survival_frame", "survival_plot"]

#: Points of the fitted curve, and rows of which it is the mean.
CURVE, ROWS = 256, 2_000


def survival_frame(fit: Fitted) -> Frame:
    """The share that is still to come at each value: of the data in steps, and as it was fitted.

    Parameters
    ----------
    fit : Fit
        With its data.

    Returns
    -------
    dict of arrays
        ``from``, ``to``, ``left`` (m,): the steps of Kaplan and Meier, or of Turnbull, and what is
        left after each; ``low``, ``high`` (m,): where it lies with 95 % confidence, by its
        log(−log) (Kalbfleisch and Prentice 2002, section 1.4.1), NaN of intervals. ``y`` and
        ``fitted`` (k,): the fitted survival, of a regression the mean over its rows.

    Raises
    ------
    ModelError
        If the fit is without its data, or its rows have no such curve.

    Examples
    --------
    >>> import mostlikely as ml
    >>> lamps = {"hours": [1.0, 2.0, 4.0, 5.0, 5.0, 5.0], "burnt": [1, 1, 1, 1, 0, 0]}
    >>> fit = ml.fit("exponential", lamps, y=ml.censored("hours", event="burnt"))
    >>> survival_frame(fit)["left"].round(3).tolist()
    [0.833, 0.667, 0.5, 0.333]
    """
    law, _ = laws(fit, "a picture")
    block = fit.evidence("a picture").proof.likelihood.unreduced.member.whole().block
    ends = np.column_stack([block.y, block.y]) if block.ends is None else block.ends
    steps = survival_steps(ends, block.w if fit.weighting.counts else None)
    seen = ends[:, :2][np.isfinite(ends[:, :2])]
    y = np.linspace(min(seen.min(), max(0.0, seen.min() - np.ptp(seen))), seen.max(), CURVE)
    some = np.unique(np.linspace(0, len(ends) - 1, min(len(ends), ROWS)).astype(np.intp))
    values = {k: np.asarray(v)[some][:, None] if np.ndim(v) else v for k, v in law.values.items()}
    with np.errstate(all="ignore"):
        fitted = np.asarray(type(law)(law.family, values).sf(y))
        log = np.log(steps.survival)
        reach = 1.959963984540054 * steps.std_error / (steps.survival * np.abs(log))
        low, high = (np.exp(log * np.exp(sign * reach)) for sign in (1.0, -1.0))
    return {
        "from": steps.low,
        "to": steps.high,
        "left": steps.survival,
        "low": low,
        "high": high,
        "y": y,
        "fitted": fitted.mean(axis=0) if fitted.ndim > 1 else fitted,
    }


def survival_plot(fit: Fitted, ax: Axes | None = None) -> Axes:
    """The data's survival in steps with its 95 % band, and the fitted one as a line."""
    frame = survival_frame(fit)
    start, end = frame["from"], frame["to"]
    with styled():
        ax = axes_or_new(ax)
        places = np.concatenate([[frame["y"][0]], np.column_stack([start, end]).ravel()])
        before = np.concatenate([[1.0], frame["left"][:-1]])
        heights = np.concatenate([[1.0], np.column_stack([before, frame["left"]]).ravel()])
        last = max(frame["y"][-1], places[np.isfinite(places)].max())
        shown = np.isfinite(places)
        places, heights = places[shown], heights[shown]
        places, heights = np.append(places, last), np.append(heights, heights[-1])
        exact = bool(np.all(start == end))
        name = "Kaplan and Meier" if exact else "Turnbull"
        ax.plot(places, heights, color=INK, linewidth=1.2, label=f"data ({name})")
        if np.isfinite(frame["low"]).any():
            band: Any = {"color": INK, "alpha": 0.12, "linewidth": 0, "step": "post"}
            at = np.append(start, last)
            low, high = (np.append(frame[k], frame[k][-1]) for k in ("low", "high"))
            ax.fill_between(at, low, high, label="95 % band", **band)
        of_rows = ", mean over the rows" if fit.has_predictors else ""
        ax.plot(
            frame["y"],
            frame["fitted"],
            color=BLUE,
            linewidth=2.0,
            label=f"{fit.model.name} fit{of_rows}",
        )
        ax.set_ylim(0.0, 1.02)
        ax.set_title("Survival: the data and the fit")
        ax.set_xlabel(label_of(fit))
        ax.set_ylabel("share beyond")
        ax.legend(loc="best")
        return ax
