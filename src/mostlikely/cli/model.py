"""From the words of a command to a model: its formulas, links, offsets, known values, penalty."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import mostlikely as ml
from mostlikely.cli import read
from mostlikely.errors import ModelError, nearest

__all__ = ["Seen", "fitted_of", "model_of", "penalty_of", "response_of"]

#: Penalties, and which of them take a number.
PENALTIES = {"ridge": ml.Ridge, "lasso": ml.Lasso, "firth": ml.Firth}


def model_of(
    family: str,
    formula: str | None = None,
    formulas: Sequence[str] | None = None,
    links: Sequence[str] | None = None,
    offsets: Sequence[str] | None = None,
    fixed: Sequence[str] | None = None,
    levels: str | None = None,
) -> Any:
    """The noise model that the words describe.

    Parameters
    ----------
    family : str
    formula : str, optional
        Of the first parameter.
    formulas, links, offsets, fixed : sequences of str, optional
        As ``NAME=VALUE``; a link or an offset without a name is of the first parameter.
    levels : str, optional
        Labels parted by commas.

    Raises
    ------
    ModelError
        In one sentence that names the option.
    """
    page = ml.family(family)
    names = list(page.parameters)
    bound: dict[str, Any] = read.words(formulas or [], "--formula")
    if formula is not None and names[0] in bound:
        raise ModelError(
            f"{names[0]} is given by the formula {formula!r} and by --formula {names[0]}=...; it "
            "may be given once."
        )
    if formula is not None:
        bound = {names[0]: formula, **bound}
    changes: dict[str, dict[str, str]] = {}
    for option, given in (("link", links), ("offset", offsets)):
        for word in given or ():
            name, value = _named(word, names, f"--{option}")
            if option in changes.setdefault(name, {}):
                raise ModelError(f"--{option} of {name} is given twice; it may be given once.")
            changes[name][option] = value
    for name, change in changes.items():
        text = bound.get(name, "~ 1")
        if name != names[0] and "~" not in text:
            raise ModelError(
                f"{name} is the column {text!r}, and takes no --{next(iter(change))}; that is for "
                "what a formula predicts."
            )
        bound[name] = ml.linear(text, **change)
    known = read.values(fixed or [], "--fix")
    twice = [name for name in known if name in bound]
    if twice:
        raise ModelError(
            f"{twice[0]} is given by --fix and follows a formula too; it may be given once."
        )
    bound |= known | ({} if levels is None else {"levels": read.labels(levels)})
    first = [] if formula is None else [bound.pop(names[0])]
    return page(*first, **bound)


def _named(word: str, names: Sequence[str], option: str) -> tuple[str, str]:
    """A parameter and what is said of it; the first one where none is named."""
    found = re.match(r"\s*(\w+)\s*=(?!=)\s*(.+)", word)
    if found is None:
        return names[0], word.strip()
    if found[1] not in names:
        raise ModelError(
            f"{option} {word.strip()}: there is no parameter {found[1]!r}; "
            f"{nearest(found[1], names)}"
        )
    return found[1], found[2].strip()


def penalty_of(word: str | None) -> Any:
    """A penalty, from ``ridge=2`` or ``firth``."""
    if word is None:
        return None
    kind, equals, size = (part.strip() for part in word.lower().partition("="))
    if kind not in PENALTIES:
        raise ModelError(f"--penalty {word}: there is none such; {nearest(kind, PENALTIES)}")
    if (kind == "firth") == bool(equals):
        shown = "firth" if kind == "firth" else f"{kind}=2"
        raise ModelError(f"--penalty {word} should read --penalty {shown}.")
    size_of = {} if kind == "firth" else read.values([f"{kind}={size}"], "--penalty", "ridge=2")
    return PENALTIES[kind](*size_of.values())


@dataclass(frozen=True)
class Seen:
    """The options that say what y is, and how it was seen.

    Parameters
    ----------
    y, event, entry, interval_censored, rounded_to, truncated : optional
        As the command line has them.
    """

    y: str | None = None
    event: str | None = None
    entry: str | None = None
    interval_censored: tuple[str, str] | None = None
    rounded_to: str | None = None
    truncated: tuple[str, str] | None = None

    @property
    def itself(self) -> bool:
        """Whether y was seen itself, in every row."""
        return self == Seen(self.y)

    def beside(self, formula: str | None) -> tuple[str | None, Seen]:
        """The formula without a left side that these options are about, and the options with it."""
        left, wave, right = (formula or "").partition("~")
        if self.itself or not wave or not left.strip():
            return formula, self
        if self.y is not None or self.interval_censored is not None:
            other = "--y" if self.y is not None else "--interval-censored"
            raise ModelError(
                f"y is named by the formula {formula!r} and by {other}; it may be named once."
            )
        return f"~ {right.strip()}", replace(self, y=left.strip())

    def declared(self) -> Any:
        """How y was seen, as the library takes it.

        Raises
        ------
        ModelError
            For options that do not go together, or without a y.
        """
        ways = {
            "--event": self.event,
            "--interval-censored": self.interval_censored,
            "--rounded-to": self.rounded_to,
        }
        chosen = [option for option, value in ways.items() if value is not None]
        if len(chosen) > 1:
            raise ModelError(f"{chosen[0]} and {chosen[1]} are two ways of seeing y; give one.")
        cut: Any = None
        if self.truncated is not None:
            cut = tuple(read.number_or(end) for end in self.truncated)
        if self.entry is not None and cut is not None:
            raise ModelError("--entry is short for --truncated ENTRY inf; give one of them.")
        if self.entry is not None:
            cut = (read.number_or(self.entry), float("inf"))
        if self.interval_censored is not None:
            if self.y is not None:
                raise ModelError("--interval-censored names the columns of y; leave --y out.")
            low, high = map(read.number_or, self.interval_censored)
            return ml.interval_censored(low, high, truncated=cut)  # type: ignore[arg-type]
        if self.y is None:
            option = next(iter(chosen), "--truncated" if self.truncated else "--entry")
            raise ModelError(f"{option} says how y was seen; name the column of y by --y.")
        if self.event is not None:
            return ml.censored(self.y, self.event, truncated=cut)
        if self.rounded_to is not None:
            step = read.number_or(self.rounded_to)
            return ml.rounded(self.y, step, truncated=cut)  # type: ignore[arg-type]
        return ml.exact(self.y, truncated=cut)


def response_of(
    seen: Seen, table: Any, data: str, follows: bool, others: Sequence[str | None]
) -> Any:
    """The y of a fit: a column, or how it was seen; None where a formula names it."""
    if not seen.itself:
        read.check(table, {"--y": seen.y})
        return seen.declared()
    return seen.y if follows else read.column(table, data, seen.y, others)


def fitted_of(
    family: str,
    data: str,
    formula: str | None,
    seen: Seen,
    weights: str | None,
    reading: Sequence[str] | None,
    *,
    formulas: Sequence[str] | None,
    links: Sequence[str] | None,
    offsets: Sequence[str] | None,
    fixed: Sequence[str] | None,
    levels: str | None,
    covariance: str | None,
    cluster: str | None,
    **settings: Any,
) -> ml.Fit:
    """The fit that the words of a command describe."""
    formula, seen = seen.beside(formula)
    model = model_of(family, formula, formulas, links, offsets, fixed, levels)
    table = read.table(data, reading)
    read.check(table, {"--weights": weights, "--cluster": cluster})
    follows = bool(model.all_predictors)
    response = response_of(seen, table, data, follows, (weights, cluster))
    fitted = ml.fit(model, table, response, weights=weights, **settings)
    if covariance is not None or cluster is not None:
        rows: Any = cluster
        if cluster is not None and not (
            follows or settings["penalty"] is not None or not seen.itself
        ):
            rows = read.labels_of(table, cluster)
        return fitted.with_covariance(covariance, rows)
    return fitted
