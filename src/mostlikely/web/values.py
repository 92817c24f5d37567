"""What a request holds, looked at before it is used: JSON may hold anything anywhere."""

from __future__ import annotations

from math import isfinite
from typing import Any

from mostlikely.errors import ModelError

__all__ = ["listed", "number", "sentence"]

#: Characters of a sentence: it names what was sent, which may be a megabyte.
LONGEST = 1_000


def number(name: str, value: Any) -> float:
    """A finite number.

    Raises
    ------
    ModelError
        If it is none.

    Examples
    --------
    >>> number("span", 3)
    3.0
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ModelError(f"{name} must be a number; got {value!r}.")
    try:
        found = float(value)
    except OverflowError:  # JSON has whole numbers of any length
        found = float("inf")
    if not isfinite(found):
        raise ModelError(f"{name} must be a finite number, and is too large for one.")
    return found


def listed(name: str, value: Any, of: str = "names") -> list[Any]:
    """A list of names, or of what is looked at later; an empty one where there is nothing.

    Raises
    ------
    ModelError
        If it is none.

    Examples
    --------
    >>> listed("overlay", ["gamma", "weibull"])
    ['gamma', 'weibull']
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise ModelError(f"{name} should be a list of {of}.")
    for entry in value if of == "names" else ():
        if not isinstance(entry, str):
            raise ModelError(f"{name} should be a list of names, and has {entry!r}.")
    return value


def sentence(error: Exception) -> str:
    """What an error says, no longer than anybody reads."""
    said = str(error)
    return said if len(said) <= LONGEST else f"{said[: LONGEST // 2]} [...] {said[-200:]}"
