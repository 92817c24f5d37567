"""What holds for every test: the same draws on every run, no window opened, the long ones first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# What a test starts in a process of its own is the code beside it, whatever is installed.
_SOURCE = str(Path(__file__).parents[1] / "src")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (_SOURCE, os.environ.get("PYTHONPATH"))))
# As many workers as cores: one thread each. Read when NumPy, and what computes in OpenMP, loads.
for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")
os.environ["MPLBACKEND"] = "Agg"

import hypothesis  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402

# Derandomised: the examples depend on the test alone, so a failure is the same for everyone.
hypothesis.settings.register_profile("house", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Write what is printed now into tests/golden; call the library as a careful person does."""
    parser.addoption("--golden", action="store_true", help="rewrite tests/golden")
    parser.addoption(
        "--errstate", choices=["raise"], help="every test inside np.errstate(all='raise')"
    )


@pytest.fixture(autouse=True)
def _errstate(request: pytest.FixtureRequest) -> Iterator[None]:
    """What the caller has asked of NumPy is the caller's: the library's answers do not change."""
    chosen = request.config.getoption("errstate")
    with np.errstate(all=chosen):
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long tests first: a worker that begins with them is not the last to end.

    A group begins where its first test does, and stays in its order.
    """
    places: dict[str, int] = {}
    for item in items:
        if item.get_closest_marker("slow"):
            places.setdefault(_group(item), len(places))
    items.sort(key=lambda item: places.get(_group(item), len(places)))


def _group(item: pytest.Item) -> str:
    """The name of its group; its own, where it stands alone."""
    mark = item.get_closest_marker("xdist_group")
    return item.nodeid if mark is None else str(mark.args[0])


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with the same draws in every run."""
    return np.random.default_rng(20261123)


@pytest.fixture(scope="session", autouse=True)
def _derived_once() -> Iterator[None]:
    """A declared family is derived once in each process, whoever asks: algebra takes seconds."""
    if find_spec("sympy") is None:
        yield
        return
    from mostlikely import derivation
    from mostlikely.family import families

    derive = derivation._derived

    @cache
    def remembered(family: Any, text: str, unnamed: tuple[str, ...]) -> Any:
        return derive(family, unnamed)

    def derived(family: Any, unnamed: tuple[str, ...]) -> Any:
        if family.predictors or type(family) not in families():
            return derive(family, unnamed)
        return remembered(family, repr(family), unnamed)  # 2 and 2.0 are equal, and not one text

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(derivation, "_derived", derived)
        yield
