"""The pictures of a fit as numbers: the frames of the plots, with the rows behind their points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.errors import ModelError, MostLikelyError
from mostlikely.family.levels import named
from mostlikely.plot.cumulative import cdf_frame, cdf_of, pp_frame
from mostlikely.plot.frames import fitted_density, law_of, qq_frame
from mostlikely.plot.rows import (
    curve_column,
    curve_frame,
    curve_line,
    fitted_name,
    has_residuals,
    moved,
    residual_frame,
)
from mostlikely.results.comparison import kind
from mostlikely.results.fit import Fit
from mostlikely.web.kept import Kept, kept
from mostlikely.web.tables import Shelf
from mostlikely.web.values import listed
from mostlikely.web.work import Progress

__all__ = ["drawn", "drawn_at"]

Json = dict[str, Any]
#: Points that are sent of one picture; and densities beside the fit's own.
POINTS, RIVALS = 5_000, 12
#: Rows whose residuals are drawn while a hand moves.
MOVED = 500


def drawn(shelf: Shelf, ask: Mapping[str, Any], progress: Progress) -> Json:
    """Density, distribution function, quantiles, probabilities, residuals, and a curve.

    What a fit has no picture of is None, and ``why`` says it in a sentence. With ``views``, a list
    of names, only those are computed.
    """
    one = kept(shelf, ask)
    if one.fit.model.members:
        raise ModelError("a joint fit has several responses; look at fits of its members.")
    slugs = [slug for slug in listed("overlay", ask.get("overlay")) if slug != ask.get("slug")][
        :RIVALS
    ]
    rivals = [(str(ask["slug"]), one), *((s, kept(shelf, ask, s)) for s in slugs)]
    rivals = [(slug, each) for slug, each in rivals if _on_one_axis(each.fit, one.fit)]
    makers = {
        "density": lambda: _density(one, rivals),
        "cdf": lambda: _cdf(one, rivals),
        "qq": lambda: _qq(one),
        "pp": lambda: _pp(one),
        "residuals": lambda: _residuals(one),
        "curve": lambda: _curve(one),
    }
    wanted = listed("views", ask.get("views")) or list(makers)
    found: Json = {}
    why: Json = {}
    for name in (name for name in makers if name in wanted):
        progress.check()
        try:
            found[name] = makers[name]()
        except MostLikelyError as error:
            found[name], why[name] = None, one.asked.shown(str(error))
    return {**found, "why": why}


def _on_one_axis(a: Fit, b: Fit) -> bool:
    """Whether two laws can be drawn over each other: labels stand at their places, from 0."""
    return kind(a) == kind(b) and a.model.levels == b.model.levels


def drawn_at(fit: Fit, values: Mapping[Any, float]) -> Json:
    """Of a regression at other values: its curve, or the quantiles of its rows' residuals."""
    there = moved(fit, values)
    if curve_column(fit) is not None:
        at, line = curve_line(there)
        return {"curve": {"x": at, "y": line.value}}
    if not has_residuals(fit):
        return {}
    frame = qq_frame(there, MOVED, MOVED)
    return {"residuals": {"theory": frame["fitted"], "sample": frame["observed"]}}


def _density(one: Kept, rivals: list[tuple[str, Kept]]) -> Json:
    frame = one.density
    curves: list[Json] = [
        {
            "slug": slug,
            "y": fitted_density(each.fit, law_of(each.fit), frame["edges"], frame["y"]),
        }
        for slug, each in rivals
    ]
    levels = one.fit.model.levels
    return {
        "x": frame["y"],
        "curves": [c for c in curves if np.isfinite(c["y"]).any()],
        "bars": {"edges": frame["edges"], "heights": frame["density"]},
        "outside": frame["outside"][0],
        "discrete": one.fit.model.support.discrete,
        "levels": None if levels is None else [named(level) for level in levels],
    }


def _cdf(one: Kept, rivals: list[tuple[str, Kept]]) -> Json:
    if one.fit.model.labels:
        raise ModelError("labels have no distribution function to draw; see the shares.")
    frame = cdf_frame(one.fit)
    curves: list[Json] = [
        {"slug": slug, "y": cdf_of(law_of(each.fit), frame["y"])} for slug, each in rivals
    ]
    return {
        "x": frame["y"],
        "curves": [c for c in curves if np.isfinite(c["y"]).any()],
        "steps": {"x": frame["step"], "y": frame["share"]},
        "discrete": one.fit.model.support.discrete,
    }


def _qq(one: Kept) -> Json:
    _ordered(one)
    frame = qq_frame(one.fit)
    return {
        "theory": frame["fitted"],
        "sample": frame["observed"],
        "rows": _rows(one, frame["row"]),
        "band": {"low": frame["low"], "high": frame["high"]},
        "residual": bool(frame["residual"][0]),
    }


def _pp(one: Kept) -> Json:
    _ordered(one)
    frame = pp_frame(one.fit)
    return {
        "theory": frame["share"],
        "sample": frame["fitted"],
        "rows": _rows(one, frame["row"]),
    }


def _residuals(one: Kept) -> Json:
    _ordered(one)
    fit = one.fit
    if not fit.has_predictors:  # all rows are alike: against their number
        row, residual = np.arange(fit.rows), fit.residuals()
        some = _some(len(residual))
        rows = _rows(one, row[some])
        return {
            "fitted": rows,
            "residual": residual[some],
            "rows": rows,
            "against": "row",
            "sampled": len(some) < len(residual),
        }
    frame = residual_frame(fit)
    some = _some(len(frame["row"]))
    return {
        "fitted": frame["fitted"][some],
        "residual": frame["residual"][some],
        "rows": _rows(one, frame["row"][some]),
        "against": f"fitted {fitted_name(fit)}",
        "middle": frame["middle"],
        "mean": frame["mean"],
        "reach": frame["reach"],
        "sampled": len(some) < fit.rows,
    }


def _curve(one: Kept) -> Json:
    """The data and the fitted mean, where it follows one column of numbers."""
    column = curve_column(one.fit)
    if column is None:
        raise ModelError("a curve is drawn where the mean follows one column of numbers.")
    frame = curve_frame(one.fit)
    some = _some(len(frame["x"]))
    points = {"x": frame["x"][some], "y": frame["y"][some], "rows": _rows(one, frame["row"][some])}
    lines = {k: frame[k] for k in ("at", "fitted", "low", "high", "from", "to")}
    return {"column": one.asked.shown(column), "of": fitted_name(one.fit), **points, **lines}


def _ordered(one: Kept) -> None:
    if not has_residuals(one.fit):
        raise ModelError("labels in no order have no quantiles and no residuals.")


def _some(n: int) -> NDArray[np.intp]:
    """All rows, or so many of them, evenly spaced."""
    return np.unique(np.linspace(0, n - 1, min(n, POINTS)).astype(np.intp))


def _rows(one: Kept, row: NDArray[Any]) -> NDArray[Any]:
    """Numbers of rows in the table, from those among the rows in use."""
    return one.rows[np.asarray(row, dtype=np.intp)]
