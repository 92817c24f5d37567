"""The families as an editor and a type checker see them: `typed.pyi`, from the declarations.

``python -m mostlikely.family.stubs`` writes it; a test holds it against the declarations.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

from mostlikely.family.base import BOUND, Family
from mostlikely.family.catalogue import families

__all__ = ["FILE", "stub"]

FILE = Path(__file__).with_name("typed.pyi")
HEAD = """# Written by `python -m mostlikely.family.stubs` from the declarations.
from typing import Any, TypeAlias

from mostlikely.family.base import Family
from mostlikely.family.predictor import Predictor

__all__ = [
{names}
]

#: A number is known, a formula says what a parameter depends on, None leaves it to be estimated.
Bound: TypeAlias = float | str | Predictor | None
"""


def stub() -> str:
    """The text of the file."""
    found = sorted(families(), key=lambda f: f.__name__)
    names = "\n".join(f'    "{family.__name__}",' for family in found)
    return "\n".join([HEAD.replace("{names}", names), *(_declared(f) for f in found)])


def _declared(family: type[Family]) -> str:
    """A family as a class with one argument per parameter."""
    purpose = (inspect.getdoc(family) or "").partition("\n")[0]
    arguments = ["self", *_arguments(family)]
    inside = ",\n        ".join(arguments)
    return (
        f'class {family.__name__}(Family):\n    """{purpose}"""\n\n'
        f"    def __init__(\n        {inside},\n    ) -> None: ...\n"
    )


def _arguments(family: type[Family]) -> Iterator[str]:
    kinds = inspect.Parameter
    star = False
    for one in inspect.signature(family).parameters.values():
        if one.kind is kinds.KEYWORD_ONLY and not star:
            star = True
            yield "*"
        if one.kind is kinds.VAR_KEYWORD:
            yield f"**{one.name}: Any"
        elif one.annotation is BOUND:
            yield f"{one.name}: Bound" + (" = ..." if one.default is not kinds.empty else "")
        else:
            yield f"{one.name}: Any = ..."


if __name__ == "__main__":
    FILE.write_text(stub(), encoding="utf-8")
