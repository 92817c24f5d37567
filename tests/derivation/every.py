"""Tests of a family's derivation, in one process: there it is derived once."""

from __future__ import annotations

import pytest

from mostlikely.family import families
from mostlikely.family.base import Family


def named(*chosen: type[Family]) -> pytest.MarkDecorator:
    """Run a test for each of these families."""
    return pytest.mark.parametrize(
        "family",
        [
            pytest.param(f, id=f.__name__, marks=pytest.mark.xdist_group(f"derive {f.__name__}"))
            for f in chosen
        ],
    )


every = named(*families())
