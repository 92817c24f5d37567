"""What can go wrong, said in one sentence: what, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["DataError", "MissingPackage", "ModelError", "MostLikelyError", "UnknownName", "nearest"]


class MostLikelyError(Exception):
    """Every error that the library raises on purpose is one of these."""


class ModelError(MostLikelyError, ValueError):
    """The model does not make sense: an unknown name, a value outside its domain."""


class UnknownName(ModelError, KeyError):
    """There is nothing of this name in a mapping; it is a KeyError too, with a sentence."""

    __str__ = Exception.__str__


class DataError(MostLikelyError, ValueError):
    """The data cannot be used as they are: missing, infinite, outside the support."""


class MissingPackage(MostLikelyError, ImportError):
    """An optional package is needed, and the sentence says how to install it."""


def nearest(word: str, words: Iterable[str]) -> str:
    """A clause that suggests the closest of ``words``, or lists them all.

    Examples
    --------
    >>> nearest("sgima", ["mu", "sigma"])
    "did you mean 'sigma'?"
    """
    from difflib import get_close_matches

    words = list(words)
    by_lower = {w.lower(): w for w in words}
    close = get_close_matches(str(word).lower(), by_lower, n=1, cutoff=0.6)
    if close:
        return f"did you mean {by_lower[close[0]]!r}?"
    return f"there are {', '.join(words)}." if words else "there are none."
