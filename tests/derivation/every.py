"""Tests of a family's derivation: a family's tests share a process, where it is derived once."""

from __future__ import annotations

import pytest

from mostlikely.family import families
from mostlikely.family.base import Family


def named(*chosen: type[Family]) -> pytest.MarkDecorator:
    """Run a test for each of these families."""
    return pytest.mark.parametrize("family", chosen, ids=lambda f: f.__name__)


every = named(*families())
