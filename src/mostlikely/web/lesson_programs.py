"""The log-densities that the lesson's first parts run in the page, all in one resource."""

from __future__ import annotations

from typing import Any

from mostlikely.web.programs import program

#: What the coin, the table and the five measurements need.
FAMILIES = ("bernoulli", "binomial", "normal", "laplace", "student_t")


def lesson_programs() -> dict[str, Any]:
    """Each family's recorded log-density, by the family's name."""
    return {"programs": {name: program(name) for name in FAMILIES}}
