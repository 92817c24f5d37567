"""Families, each a page in a file of its own, found by looking: there is no list to keep.

``family("student_t")`` opens ``real/student_t.py`` and takes the class of that name from it; names
compare without case and underscores. Nothing is imported before it is asked for.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from mostlikely.errors import ModelError, nearest
from mostlikely.family.base import Family
from mostlikely.peers import absent, family_called, plain

__all__ = ["as_family", "families", "family", "pages"]

#: Where the pages are.
PACKAGE = "mostlikely.family"


@cache
def pages() -> dict[str, str]:
    """Plain name of each family → the module that declares it, by kind and then by name."""
    folders = import_module(PACKAGE).__path__
    packages = (m.name for m in pkgutil.iter_modules(folders) if m.ispkg)
    kinds = sorted(name for name in packages if name != "compositions")  # those take a family
    return {
        plain(m.name): f"{PACKAGE}.{kind}.{m.name}"
        for kind in kinds
        for m in pkgutil.iter_modules([f"{folder}/{kind}" for folder in folders])
    }


def family(name: str) -> type[Family]:
    """The family of that name: "gamma", "Gamma", "student_t" and "StudentT" all do.

    Raises
    ------
    ModelError
        If there is none; the sentence suggests the nearest name.

    Examples
    --------
    >>> import mostlikely as ml
    >>> ml.family("student_t")(df=4)
    StudentT(df=4)
    """
    module = pages().get(plain(name))
    if module is None:
        called = family_called(name)
        if called is not None:
            raise ModelError(f"there is no family {name!r}; here it is called {called!r}.")
        missing = absent(name)
        if missing is not None:
            raise ModelError(f"there is no family {name!r}: {missing}.")
        if "(" in name:
            raise ModelError(
                f"{name!r} is a name with arguments; without quotes it is a model: ml.{name}."
            )
        names = [f.__name__ for f in families()]
        raise ModelError(f"there is no family {name!r}; {nearest(name, names)}")
    for found in vars(import_module(module)).values():
        if isinstance(found, type) and found.__module__ == module and issubclass(found, Family):
            return found
    raise ModelError(f"{module} declares no Family.")


def as_family(model: object) -> Family:
    """The model that a person names: an instance as it is, a class or a name with nothing bound.

    Raises
    ------
    ModelError
        For anything else.
    """
    if isinstance(model, str) and "~" in model:
        raise ModelError(
            f"{model!r} is a formula, and a model is a distribution with one: "
            f'ml.Normal("{model}"), ml.Poisson("{model}"), ml.Bernoulli("{model}").'
        )
    if isinstance(model, str) and "=" in model and "(" not in model:
        raise ModelError(
            f"a formula is written with '~', inside a model: "
            f'ml.Normal("{model.replace("=", "~", 1)}"); got {model!r}.'
        )
    if isinstance(model, str):
        model = family(model)
    if isinstance(model, type) and issubclass(model, Family):
        return model()
    if isinstance(model, Family):
        return model
    several = isinstance(model, list | tuple) and any(
        isinstance(m, str | type | Family) for m in model
    )
    cure = (
        "Several are compared: ml.compare(models, data)"
        if several
        else 'It comes first: ml.fit("normal", data)'
    )
    raise ModelError(
        f'a model is a family, such as ml.Normal() or "normal"; got {type(model).__name__}. {cure}.'
    )


@cache
def families() -> tuple[type[Family], ...]:
    """Every declared family, by kind and then by name.

    Examples
    --------
    >>> import mostlikely as ml
    >>> ml.Gamma in ml.families()
    True
    """
    return tuple(family(name) for name in pages())
