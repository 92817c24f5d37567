"""How pictures look: colours, lines, and the axes to draw on."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from mostlikely.errors import MissingPackage
from mostlikely.inference.fitted import Fitted

if TYPE_CHECKING:
    from matplotlib.axes import Axes


__all__ = ["BLUE", "DATA", "GRID", "INK", "RED", "axes_or_new", "label_of", "styled"]

# Okabe and Ito's colours (2008), which are told apart by every kind of eye.
BLUE, RED, INK, DATA, GRID = "#0072B2", "#D55E00", "#33414E", "#C3CED8", "#E3E7EB"
STYLE: Any = {
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


def styled() -> AbstractContextManager[None]:
    """Our look, for what is drawn within; the user's settings are theirs again afterwards."""
    try:
        import matplotlib as mpl
    except ImportError:
        raise MissingPackage('plots need matplotlib: pip install "mostlikely[plot]".') from None
    return mpl.rc_context(STYLE)


def axes_or_new(ax: Axes | None) -> Axes:
    """Those that were given, or axes of a new figure."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(5.2, 4.0), layout="constrained")[1]


def label_of(fit: Fitted) -> str:
    """The column's name as it is: a dollar is no mathematics."""
    return fit.label.replace("$", r"\$")
