"""From the words of a command to a model: its formulas, links, offsets, known values, penalty."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import mostlikely as ml
from mostlikely.cli import read
from mostlikely.errors import ModelError, nearest

__all__ = ["model_of", "penalty_of"]

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
