"""What holds for every test: the same draws on every run, and no window opened."""

from __future__ import annotations

import os

import hypothesis
import numpy as np
import pytest

os.environ["MPLBACKEND"] = "Agg"

# Derandomised: the examples depend on the test alone, so a failure is the same for everyone.
hypothesis.settings.register_profile("house", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The flag that writes what is printed now into tests/golden, to be looked at."""
    parser.addoption("--golden", action="store_true", help="rewrite tests/golden")


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with the same draws in every run."""
    return np.random.default_rng(20261123)
