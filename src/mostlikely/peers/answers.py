"""The sentences with which names are answered that other packages use, or that are misspelt."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from mostlikely.errors import ModelError, nearest
from mostlikely.peers.words import (
    MODELS,
    NOT_HERE,
    NOT_OF_A_FIT,
    OF_A_FAMILY,
    OF_A_FIT,
    OF_A_LOSS,
    OF_A_MODEL,
    OPTIONS,
    VERBS,
)

__all__ = [
    "Answering",
    "Declaring",
    "absent",
    "check_options",
    "family_called",
    "no_attribute",
    "no_formula",
    "no_parameter",
    "no_word",
    "plain",
    "with_known_options",
]

P = ParamSpec("P")
R = TypeVar("R")

#: By the function: what its options are called elsewhere.
ANSWERS = {"loss": OF_A_LOSS}


def plain(name: str) -> str:
    """A name as it compares: without case, underscores, hyphens, dots and spaces."""
    return name.translate(dict.fromkeys(map(ord, "_-. "))).lower()


def _answer(table: Mapping[str, str], name: str) -> str | None:
    """What the table says of a word, however it is written."""
    if name in table:
        return table[name]
    return {plain(word): answer for word, answer in table.items()}.get(plain(name))


def _near(name: str, words: Iterable[str], otherwise: str) -> str:
    """The nearest of many words, or where they are listed."""
    found = nearest(name, words)
    return found if found.startswith("did you mean") else otherwise


def family_called(name: str) -> str | None:
    """The family that other packages call so; None if there is none."""
    return _answer(MODELS, name)


def absent(name: str) -> str | None:
    """What to say of a model that is not part of this version; None if it is not known."""
    return _answer(NOT_HERE, name)


def no_attribute(name: str, words: Iterable[str], params: Iterable[Any] = ()) -> str:
    """That a fit has no such attribute, and which it has."""
    if name.startswith("_"):
        return f"a fit has no {name!r}."
    if any(name == key or (isinstance(key, tuple) and name in key[1:]) for key in params):
        return f'a fit has no {name!r}; here it is fit.params["{name}"].'
    here, elsewhere = _answer(OF_A_FIT, name), _answer(NOT_OF_A_FIT, name)
    if here is not None:
        return f"a fit has no {name!r}; here it is {here}."
    if elsewhere is not None:
        return f"a fit has no {name!r}: {elsewhere}."
    return f"a fit has no {name!r}; {_near(name, words, 'its words are those of dir(fit).')}"


def no_parameter(family: str, name: str, meanings: Mapping[str, str]) -> str:
    """That a family has no such parameter, and which it has, with their meanings."""
    here = _answer(OF_A_MODEL, name)
    if here is not None:
        return f"{family} has no parameter {name!r}: {here}."
    listed = ", ".join(f"{k} ({meaning})" for k, meaning in meanings.items())
    return f"{family} has no parameter {name!r}; {_near(name, meanings, f'there are {listed}.')}"


def no_formula(family: str, name: str) -> str:
    """That a family has no such attribute, and what is meant by it here."""
    here = None if name.startswith("_") else _answer(OF_A_FAMILY, name)
    said = "." if here is None else f"; here it is {here.replace('{family}', family)}."
    return f"{family!r} has no attribute {name!r}{said}"


def check_options(function: str, options: Iterable[str], known: Collection[str]) -> None:
    """Raise ModelError if an option is unknown, with what other packages mean by it."""
    for name in options:
        if name not in known:
            here = _answer(ANSWERS.get(function, OPTIONS), name)
            why = f"; {nearest(name, known)}" if here is None else f": {here}."
            raise ModelError(f"ml.{function} has no option {name!r}{why}")


class Answering:
    """What shows its public words alone, and answers words of other packages with a sentence."""

    if not TYPE_CHECKING:  # to a type checker what is not there is not there

        def __getattr__(self, name: str) -> Any:
            """Only asked for what is not there."""
            words = [] if name.startswith("_") else dir(self)
            raise AttributeError(no_attribute(name, words, vars(self).get("params", ())))

    def __dir__(self) -> list[str]:
        """The public words."""
        return [str(word) for word in super().__dir__() if not word.startswith("_")]


class Declaring(type):
    """The type of families: a class, too, answers words of other packages with a sentence."""

    if not TYPE_CHECKING:

        def __getattr__(cls, name: str) -> Any:
            """Only asked for what is not there."""
            raise AttributeError(no_formula(cls.__name__, name))


def with_known_options(function: Callable[P, R]) -> Callable[P, R]:
    """A function that answers options of other packages with a sentence."""
    known = list(inspect.signature(function).parameters)

    @wraps(function)
    def answering(*args: P.args, **options: P.kwargs) -> R:
        check_options(function.__name__, options, known)
        return function(*args, **options)

    return answering


def no_word(name: str, words: Iterable[str]) -> str:
    """That the library has no such word, and which it has."""
    if name.startswith("_"):
        return f"mostlikely has no {name!r}."
    verb, called, missing = _answer(VERBS, name), family_called(name), absent(name)
    if verb is not None:
        return f"mostlikely has no {name!r}; here it is {verb.replace('{name}', name)}."
    if called is not None:
        probit = ', link="probit"' if plain(name) == "probit" else ""
        formula = f'ml.linear("y ~ x"{probit})' if probit else '"y ~ x"'
        return f"mostlikely has no {name!r}; here it is ml.fit(ml.{called}({formula}), data)."
    if missing is not None:
        return f"mostlikely has no {name!r}: {missing}."
    otherwise = "ml.families() lists the families, and dir(ml) all words."
    return f"mostlikely has no {name!r}; {_near(name, words, otherwise)}"
