"""What each parameter of a family does to its density, as an inline SVG."""

from __future__ import annotations

import io
from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mostlikely.family.base import Family, Param
from mostlikely.family.distribution import Distribution

#: Readable on white and on black, apart for colour-blind eyes, and dashed differently as well.
STYLES = (("#3b8fd4", "-"), ("#cf7514", "--"), ("#8f6fd8", ":"))
#: Stands for the colour of the page's text, whatever the theme.
INK = "#010203"
SETTINGS = {
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 9,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "text.color": INK,
    "svg.fonttype": "none",
    "svg.hashsalt": "mostlikely",
    "xtick.color": INK,
    "ytick.color": INK,
}


def between(param: Param, u: float) -> float:
    """The parameter at the fraction u of its typical range."""
    low, high = param.typical
    value = low * (high / low) ** u if low > 0.0 else low + u * (high - low)
    return float(np.rint(value)) if param.domain.discrete else float(f"{value:.2g}")


def middle(family: type[Family]) -> dict[str, float]:
    """Every parameter in the middle of its typical range."""
    return {name: between(param, 0.5) for name, param in family.parameters.items()}


def law(family: type[Family], values: Mapping[str, float]) -> Distribution:
    """The family with every parameter known."""
    known = {k: v for k, v in values.items() if family.parameters[k].known}
    return family(**known).at(**{k: v for k, v in values.items() if k not in known})


def density_svg(family: type[Family]) -> str:
    """One panel per parameter: low, middling and high, the others in the middle."""
    names = list(family.parameters)
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(2.7 * len(names), 2.6), layout="constrained")
        for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
            param = family.parameters[name]
            laws = {
                (value := between(param, u)): law(family, {**middle(family), name: value})
                for u in (0.2, 0.5, 0.8)
            }
            draw(axes, name, laws)
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    drawing = file.getvalue()
    drawing = drawing[drawing.index("<svg") :].replace(INK, "currentColor")
    label = f"Density of {family.__name__} for low, middling and high values of {', '.join(names)}"
    drawing = drawing.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)
    return f'```{{raw}} html\n<figure class="density">\n{drawing}</figure>\n```'


def draw(axes: Axes, name: str, laws: Mapping[float, Distribution]) -> None:
    """The densities on one pair of axes."""
    ends = np.array([law.quantile([0.02, 0.96]) for law in laws.values()])
    low, high = ends[:, 0].min(), ends[:, 1].max()
    discrete = next(iter(laws.values())).family.support.discrete
    y = np.arange(low, min(high, low + 60.0) + 1.0) if discrete else np.linspace(low, high, 241)
    tops = []
    for (value, law), (colour, dash) in zip(laws.items(), STYLES, strict=True):
        p = law.prob(y)
        axes.plot(y, p, dash, color=colour, label=f"{value:g}", marker="." if discrete else None)
        tops.append(float(np.max(p)))
    axes.set_ylim(0.0, 1.05 * min(max(tops), 4.0 * min(tops)))
    axes.set_yticks([])
    axes.xaxis.get_major_locator().set_params(integer=discrete)
    axes.set_xlabel("y")
    axes.legend(
        title=name,
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=len(laws),
        columnspacing=1.0,
        handlelength=1.6,
    )
