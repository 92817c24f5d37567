"""Tests of the families' derivations, in one process: there each is derived once."""

from __future__ import annotations

import pytest

from mostlikely.family import families
from mostlikely.family.base import Family

#: The group of what derives every family: algebra takes seconds.
DERIVED = "derivations"


def named(*chosen: type[Family]) -> pytest.MarkDecorator:
    """Run a test for each of these families."""
    here = pytest.mark.xdist_group(DERIVED)
    return pytest.mark.parametrize(
        "family", [pytest.param(f, id=f.__name__, marks=here) for f in chosen]
    )


every = named(*families())
