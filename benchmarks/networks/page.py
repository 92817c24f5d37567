"""What docs/guides/networks.md shows of the networks: tables and pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.marked import written
from benchmarks.networks import (
    BETA,
    FIXED,
    HEAD,
    NOISES,
    STUDENT,
    Noise,
    Rows,
    Trained,
    crossed,
    diabetes,
    endless,
    food,
    slipped,
    weights,
    wrong_row,
)
from mostlikely.family.distribution import Distribution
from mostlikely.plot import look

DOCS = Path(__file__).parents[2] / "docs"
PAGE, PICTURES = DOCS / "guides" / "networks.md", DOCS / "_static"
COLOURS = {FIXED: look.INK, HEAD: look.BLUE, BETA: "#56B4E9", STUDENT: look.RED}
DASHES = {FIXED: "--", HEAD: "-", BETA: ":", STUDENT: "-"}
#: The noise models of pictures with bands, and how many networks a band is the mixture of.
SHOWN, NETWORKS = (FIXED, HEAD, STUDENT), 5


def write() -> None:
    """All of it."""
    mpl.use("Agg")
    page = PAGE.read_text("utf-8")
    for rows in (food(), weights(), diabetes(), endless(), slipped()):
        print(rows.name, flush=True)
        page = written(page, rows.name, table(rows))
    page = written(page, "all but one", table(weights(), leave_out=wrong_row()))
    PAGE.write_text(page, "utf-8")
    with look.styled():
        for name, figure in pictures().items():
            figure.savefig(PICTURES / f"networks-{name}.png", dpi=150, facecolor="white")


def table(rows: Rows, leave_out: int | None = None) -> list[str]:
    """A line per noise model; of each row's scores the mean over repeats comes first."""
    kept = np.arange(len(rows.y)) != leave_out
    base = crossed(rows, FIXED).log_score[:, kept].mean(axis=0)
    lines = [
        "| noise | log-score | more than with σ fixed | CRPS | in 50 % | in 90 % | steps |",
        "|---|---|---|---|---|---|---|",
    ]
    for noise in NOISES:
        scores = crossed(rows, noise)
        rowwise = scores.log_score[:, kept].mean(axis=0)
        name = noise.name
        if scores.df is not None:
            name += f", df ≈ {np.median(scores.df):.1f}"
        more = "" if noise is FIXED else with_error(rowwise - base, "+")
        inside = [f"{100.0 * within(scores.below[:, kept], p):.0f} %" for p in (0.5, 0.9)]
        cells = [
            name,
            with_error(rowwise),
            more,
            with_error(scores.crps[:, kept].mean(axis=0)),
            *inside,
            f"{np.median(scores.steps):.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def with_error(rows: np.ndarray, sign: str = "") -> str:
    """The mean of rows and its standard error, which has two digits."""
    error = rows.std(ddof=1) / np.sqrt(len(rows))
    digits = max(0, 1 - int(np.floor(np.log10(error))))
    return f"{rows.mean():{sign}.{digits}f} ± {error:.{digits}f}".replace("-", "−")


def within(below: np.ndarray, p: float) -> float:
    """The share of rows in the central interval of probability p."""
    return float(np.mean(np.abs(below - 0.5) < 0.5 * p))


def pictures() -> dict[str, Figure]:
    return {"bands": bands(), "calibration": calibration(), "outlier": outlier()}


def band(rows: Rows, noise: Noise, at: np.ndarray) -> dict[float, np.ndarray]:
    """Quantiles of the mixture of some networks that were trained on all rows."""
    seen = np.ones((NETWORKS, len(rows.y)), dtype=bool)
    law = Trained(noise, rows.x, rows.y, seen, range(NETWORKS)).predict(at[:, None])
    return {q: quantile(law, q, (NETWORKS, len(at))) for q in (0.05, 0.25, 0.5, 0.75, 0.95)}


def quantile(law: Distribution, q: float, shape: tuple[int, int]) -> np.ndarray:
    """Of the mixture with equal parts, by bisection between the parts' own."""
    own = np.asarray(law.quantile(np.full(shape, q)))
    low, high = own.min(axis=0), own.max(axis=0)
    for _ in range(60):
        middle = 0.5 * (low + high)
        short = law.cdf(np.broadcast_to(middle, shape)).mean(axis=0) < q
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return high


def bands() -> Figure:
    figure, panels = three()
    at = np.geomspace(food().x.min(), 3000.0, 200)
    for axes, noise in zip(panels, SHOWN, strict=True):
        drawn(axes, food(), noise, at)
        axes.set_xscale("log")
        axes.set_xticks([500, 1000, 2000], ["500", "1,000", "2,000"])
        axes.minorticks_off()
        axes.set_xlim(360.0, 3000.0)
        axes.set_xlabel("income, francs a year")
    panels[0].set_ylim(0.0, 2150.0)
    panels[0].set_ylabel("food, francs a year")
    panels[0].yaxis.set_major_formatter("{x:,.0f}")
    return figure


def three() -> tuple[Figure, Any]:
    figure = Figure(figsize=(9.6, 3.6), layout="constrained")
    return figure, figure.subplots(1, 3, sharex=True, sharey=True)


def drawn(axes: Axes, rows: Rows, noise: Noise, at: np.ndarray) -> None:
    """The rows, the bands, and how good they are."""
    axes.plot(rows.x[:, 0], rows.y, ".", color=look.INK, alpha=0.4, markersize=4.5, mew=0)
    found = band(rows, noise, at)
    for low, high, alpha in ((0.05, 0.95, 0.16), (0.25, 0.75, 0.26)):
        axes.fill_between(
            at, found[low], found[high], color=COLOURS[noise], alpha=alpha, linewidth=0
        )
    axes.plot(at, found[0.5], color=COLOURS[noise], linewidth=1.8)
    axes.set_title(noise.name, color=COLOURS[noise])
    scores = crossed(rows, noise)
    score = f"{scores.log_score.mean():.2f}".replace("-", "−")
    said = f"log-score {score}\n{within(scores.below, 0.5):.0%} in the 50% band"
    axes.text(0.03, 0.97, said, va="top", transform=axes.transAxes, fontsize=9)


def calibration() -> Figure:
    named = {
        "Food and income": food(),
        "Weight, with one wrong row": weights(),
        "Diabetes": diabetes(),
    }
    figure = Figure(figsize=(9.6, 4.3), layout="constrained")
    p = np.linspace(0.0, 1.0, 201)
    panels = figure.subplots(1, 3, sharex=True, sharey=True)
    for axes, (title, rows) in zip(panels, named.items(), strict=True):
        reach = 1.96 * np.sqrt(p * (1.0 - p) / len(rows.y))
        axes.fill_between(p, p - reach, p + reach, color=look.GRID, linewidth=0)
        axes.plot(p, p, color=look.DATA, linewidth=1.0)
        for noise in NOISES:
            below = np.sort(crossed(rows, noise).below, axis=None)
            share = np.searchsorted(below, p, side="right") / below.size
            axes.plot(
                p, share, DASHES[noise], color=COLOURS[noise], linewidth=1.7, label=noise.name
            )
        axes.set_title(title)
        axes.set_aspect("equal")
        axes.set_xlabel("predicted P(Y ≤ y)")
    panels[0].set_ylabel("share of rows below")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def outlier() -> Figure:
    figure, panels = three()
    x, y = weights().x[:, 0], weights().y
    at, wrong = np.linspace(x.min(), x.max(), 200), wrong_row()
    for axes, noise in zip(panels, SHOWN, strict=True):
        drawn(axes, weights(), noise, at)
        axes.plot(x[wrong], y[wrong], "o", mfc="none", color=look.INK, markersize=9)
        axes.set_xlabel("weight as reported, kg")
    panels[0].annotate("height and weight\nexchanged", (x[wrong], y[wrong]), (10, 0),
                       textcoords="offset points", va="center", fontsize=9)  # fmt: skip
    panels[0].set_ylim(25.0, 210.0)
    panels[0].set_ylabel("weight as measured, kg")
    return figure
