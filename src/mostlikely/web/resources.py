"""What the page shows and does not compute: numbers made by the library, by name.

A resource is a function of its name alone, so that it can be served when it is asked for, or
written into files once. A module ``lesson_*.py`` of this package declares its own:

    @resource("lesson/coin")
    def coin(): ...

or several of one kind, ``@resource("families/{}", of=slugs)``, a function of what stands for the
braces. Answers are plain JSON values; NaN and infinities become null.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from mostlikely.errors import DataError, MostLikelyError, nearest
from mostlikely.web.plain import encode
from mostlikely.web.programs import program

__all__ = ["make", "names", "program_of", "resource", "written"]

#: Modules of this package that declare resources: these, and every ``lesson_*``.
OURS = ("pages", "practice")


@dataclass(frozen=True)
class Maker:
    """How resources of a name are made.

    Parameters
    ----------
    name : str
        With ``{}`` where an argument stands.
    make : callable
        Takes the argument, if there is one.
    of : callable, optional
        Gives the arguments that there are.
    also : callable, optional
        Whether an argument that is not in an exported lesson is served all the same.
    """

    name: str
    make: Callable[..., Any]
    of: Callable[[], Iterable[str]] | None = None
    also: Callable[[str], bool] | None = None

    def argument(self, name: str) -> str | None:
        """What stands for the braces in a name that is served though it is not listed."""
        before, braces, after = self.name.partition("{}")
        inside = name.removeprefix(before).removesuffix(after)
        fits = bool(braces) and name == before + inside + after
        return inside if fits and self.also is not None and self.also(inside) else None


MAKERS: dict[str, Maker] = {}


def resource(
    name: str,
    of: Callable[[], Iterable[str]] | None = None,
    also: Callable[[str], bool] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a resource, or all of one kind; see the module.

    Parameters
    ----------
    name : str
        "lesson/coin", or "families/{}".
    of : callable, optional
        Gives what may stand for the braces.
    also : callable, optional
        Whether something else may, which a server makes and an exported lesson has not.
    """

    def declare(make: Callable[..., Any]) -> Callable[..., Any]:
        MAKERS[name] = Maker(name, make, of, also)
        return make

    return declare


@cache
def _makers() -> dict[str, tuple[Maker, tuple[str, ...]]]:
    """Every resource by its name, with the argument that it takes."""
    import mostlikely.web as package

    modules = [m.name for m in pkgutil.iter_modules(package.__path__)]
    for module in modules:
        if module in OURS or module.startswith("lesson_"):
            import_module(f"{package.__name__}.{module}")
    found: dict[str, tuple[Maker, tuple[str, ...]]] = {}
    for maker in MAKERS.values():
        for argument in maker.of() if maker.of is not None else ():
            found[maker.name.replace("{}", argument)] = (maker, (argument,))
        if "{}" not in maker.name:
            found[maker.name] = (maker, ())
    return found


def names() -> tuple[str, ...]:
    """All that there are, for the export."""
    return tuple(_makers())


def make(name: str) -> Any:
    """The plain values of a resource.

    Raises
    ------
    DataError
        If there is no such resource.
    """
    listed = _makers()
    also = ((m, (a,)) for m in MAKERS.values() if (a := m.argument(name)) is not None)
    found = listed.get(name) or next(also, None)
    if found is None:
        raise DataError(f"there is nothing called {name!r} here; {_near(name)}")
    maker, argument = found
    return maker.make(*argument)


def _near(name: str) -> str:
    said = nearest(name, names())
    return said if len(said) < 200 else "look at its spelling."


@cache
def written(name: str) -> bytes:
    """A resource as JSON, made once."""
    return encode(make(name))


def program_of(model: Any, what: str = "log_prob") -> tuple[Any, str]:
    """A formula of a family as the page runs it, or None and the sentence that says why not."""
    try:
        return program(model, what), ""
    except MostLikelyError as error:
        return None, str(error)
