"""What the explorer asks for: short calls of the library, and nothing that is not its answer.

Each verb takes the tables, what is asked, and a `Progress`, and gives a dict. What is wrong is one
of the library's errors, whose sentence the page shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from time import perf_counter
from typing import Any

from mostlikely import datasets, report
from mostlikely.errors import DataError, ModelError, MostLikelyError
from mostlikely.inference.regions import joint_drop
from mostlikely.plot.frames import fitted_density, profile_frame
from mostlikely.plot.rows import moved
from mostlikely.plot.surface import surface_frame
from mostlikely.results.comparison import Comparison, kind
from mostlikely.results.fit import Fit
from mostlikely.web.code import written
from mostlikely.web.kept import Kept, kept
from mostlikely.web.models import Asked, slug_of
from mostlikely.web.resources import program_of
from mostlikely.web.tables import Shelf, Table, from_dataset
from mostlikely.web.values import number, sentence
from mostlikely.web.views import drawn, drawn_at
from mostlikely.web.work import Progress

__all__ = ["LONG", "SHORT", "examples"]

Json = dict[str, Any]
Verb = Callable[[Shelf, Mapping[str, Any], Progress], Json]

#: Levels of the joint regions.
REGIONS = (0.5, 0.9, 0.95, 0.99)
#: Points along each side of a surface, at most.
MOST = 61


# The verbs.


def example(shelf: Shelf, ask: Mapping[str, Any], _: Progress) -> Json:
    """Put a bundled data set on the shelf."""
    return described(shelf, from_dataset(str(ask.get("name"))))


def described(shelf: Shelf, table: Table, key: str | None = None) -> Json:
    """A table with its id, put on the shelf unless it is there."""
    return {"table": shelf.put(table) if key is None else key, **table.described}


def numbers(shelf: Shelf, ask: Mapping[str, Any], _: Progress) -> Json:
    """Read a column of text as numbers: another table, put on the shelf."""
    return described(shelf, shelf.get(ask.get("table")).with_numbers(ask.get("column")))


def examples() -> list[Json]:
    """The bundled data sets, with their stories."""
    return [{"name": name, **datasets.about(name)} for name in datasets.names()]


def fit(shelf: Shelf, ask: Mapping[str, Any], progress: Progress) -> Json:
    """Fit the families that are asked for, and rank them as `compare` does."""
    table = shelf.get(ask.get("table"))
    asked = Asked.of(table, ask)
    chosen = asked.models(ask.get("families", "all"))
    fits: dict[str, Kept] = {}
    left_out = []
    for k, family in enumerate(chosen):
        progress(k / len(chosen), f"{family.__name__}, {k + 1} of {len(chosen)}")
        begun = perf_counter()
        try:
            found = asked.fit(family, len(chosen) > 1)
        except MostLikelyError as refusal:
            why = asked.shown(sentence(refusal))
            left_out.append({"slug": slug_of(family), "name": family.__name__, "why": why})
        else:
            fits[slug_of(family)] = Kept(found, asked, perf_counter() - begun)
    if not fits:
        raise DataError(left_out[0]["why"])
    progress.check()  # what is not wanted any more does not replace what is
    table.fits.update(fits)
    for slug in list(table.fits):
        if slug not in fits:
            table.fits.pop(slug, None)
    ranked = Comparison.of([one.fit for one in fits.values()])
    by_fit = {id(one.fit): slug for slug, one in fits.items()}
    best = ranked.best
    sample = best.evidence("the explorer").sample
    return {
        "fits": [
            _ranked(by_fit[id(f)], fits[by_fit[id(f)]], row)
            for f, row in zip(ranked.fits, ranked.records(), strict=True)
        ],
        "left_out": left_out,
        "y": {"min": sample.smallest, "max": sample.largest, "n": best.n},
        "dropped": report.observations(best) if best.dropped else "",
    }


def _ranked(slug: str, one: Kept, row: Mapping[str, Any]) -> Json:
    fit, verdict = one.fit, one.fit.verdict
    return {
        "slug": slug,
        "name": fit.model.name,
        "loglik": fit.loglik,
        "aic": fit.aic,
        "aicc": fit.aicc,
        "bic": fit.bic,
        "delta": row["delta_aic"],
        "weight": row["weight"],
        "df": fit.df,
        "n": fit.n,
        "ok": verdict.ok,
        "kind": verdict.kind,
        "measure": kind(fit),
        "verdict": one.asked.shown(verdict.sentence),
        "seconds": one.seconds,
    }


def fitted(shelf: Shelf, ask: Mapping[str, Any], progress: Progress) -> Json:
    """The parameters of one fit, with Wald's intervals and, if asked, those of the profiles.

    A parameter on an edge has no Wald interval. Its profile, which the library's own summary shows
    in its place, may take long: it is found, and the summary written, where profiles are asked for.
    """
    one, profiled = kept(shelf, ask), bool(ask.get("profile"))
    fit, asked, rows = one.fit, one.asked, []
    for k, (name, key) in enumerate(one.keys.items()):
        regular = isfinite(fit.standard_errors[key])
        if profiled:
            progress(k / len(one.keys), f"profile of {name}")
        rows.append(
            {
                "key": name,
                "parameter": key if isinstance(key, str) else key[0],
                "term": "" if isinstance(key, str) else asked.shown(str(key[-1])),
                "meaning": fit.model.parameters[key].meaning if key in fit.model.parameters else "",
                "estimate": fit.params[key],
                "std_error": fit.standard_errors[key],
                "wald": _interval(fit, key, "wald") if regular else None,
                "profile": _interval(fit, key, "profile") if profiled else None,
            }
        )
    plain = all(isfinite(fit.standard_errors[key]) for key in fit.params)
    return {
        "name": fit.model.name,
        "parameters": rows,
        "fixed": fit.model.fixed,
        "verdict": {
            "ok": fit.verdict.ok,
            "kind": fit.verdict.kind,
            "sentence": asked.shown(fit.verdict.sentence),
        },
        "summary_text": _summary(one) if plain or profiled else None,
        "names": {word: name for name, word in asked.renamed.items()},
        "program": _program(fit),
        "constant": None if fit.has_predictors else dict(moved(fit, {}).distribution.values),
        "limit": fit.limit and {"name": fit.limit.family.name, "values": dict(fit.limit.values)},
    }


def _interval(fit: Fit, key: Any, method: str) -> list[float] | None:
    """An interval; None where there is none: an infinite coefficient, survey weights."""
    try:
        return list(fit.interval(key, method=method))
    except MostLikelyError:
        return None


def _summary(one: Kept) -> str:
    """The fit as text, and which words stand for which columns."""
    words = [f"{word} is the column {name!r}." for name, word in one.asked.renamed.items()]
    return "\n".join([one.fit.summary(), *words])


def _program(fit: Fit) -> Any:
    """The log-density as the page runs it; None where it cannot be written down."""
    return program_of(fit.model)[0]


def at(shelf: Shelf, ask: Mapping[str, Any], _: Progress) -> Json:
    """The log-likelihood at other values of the parameters, and its picture: the what-if."""
    one = kept(shelf, ask)
    fit, values = one.fit, ask.get("values")
    if not isinstance(values, dict):
        raise ModelError("values is an object: a number for each parameter that is moved.")
    there = {one.key(name): number(name, value) for name, value in values.items()}
    height = fit.log_likelihood(there)
    found: Json = {"loglik": height, "delta": height - fit.loglik, "density": None}
    if not fit.has_predictors:
        frame = one.density
        law = moved(fit, there).distribution
        curve = fitted_density(fit, law, frame["edges"], frame["y"])
        return {**found, "density": {"x": frame["y"], "y": curve}}
    return {**found, **drawn_at(fit, there)}


def surface(shelf: Shelf, ask: Mapping[str, Any], progress: Progress) -> Json:
    """The likelihood over two parameters, the others at their best, or held at their estimates."""
    one = kept(shelf, ask)
    size, span = ask.get("size", 25), number("span", ask.get("span", 3.5))
    if not isinstance(size, int) or not 3 <= size <= MOST or not 0.0 < span <= 20.0:
        raise ModelError(f"size is a whole number from 3 to {MOST}, and span up to 20.")
    a, b = one.key(ask.get("a")), one.key(ask.get("b"))
    others = str(ask.get("others", "best"))
    frame = surface_frame(
        one.fit, a, b, size, span, others, lambda share: progress(share, "surface")
    )
    return {
        "a": {"name": ask["a"], "values": frame["first"]},
        "b": {"name": ask["b"], "values": frame["second"]},
        "delta": frame["delta"],
        "levels": {f"{100 * level:g}%": -joint_drop(level) for level in REGIONS},
        "estimate": frame["estimate"],
        "others": [name for name, key in one.keys.items() if key not in (a, b)],
    }


def profile(shelf: Shelf, ask: Mapping[str, Any], progress: Progress) -> Json:
    """The profile likelihood of one parameter."""
    one = kept(shelf, ask)
    key = one.key(ask.get("term"))
    progress(0.0, "profile")
    frame = profile_frame(one.fit, key)
    regular = isfinite(one.fit.standard_errors[key])
    return {
        "values": frame["value"],
        "delta": frame["profile"],
        "parabola": frame["parabola"],
        "interval": frame["interval"],
        "drop": frame["drop"][0],
        "wald": _interval(one.fit, key, "wald") if regular else None,
    }


def code(shelf: Shelf, ask: Mapping[str, Any], _: Progress) -> Json:
    """The fit as a script, a command and a loss."""
    return written(kept(shelf, ask))


def views(shelf: Shelf, ask: Mapping[str, Any], progress: Progress) -> Json:
    """What is drawn of a fit."""
    return drawn(shelf, ask, progress)


#: Verbs that are answered at once, and verbs whose answer is a stream with progress.
SHORT: dict[str, Verb] = {
    "example": example,
    "numbers": numbers,
    "views": views,
    "at": at,
    "code": code,
}
LONG: dict[str, Verb] = {"fit": fit, "fitted": fitted, "surface": surface, "profile": profile}
