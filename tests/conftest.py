"""What holds for every test: the same draws on every run, no window opened, the long ones first."""

from __future__ import annotations

import os
import sys
from collections import Counter
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
# Workers, and what tests start, read compiled code where it is, and leave theirs: compiling costs
# each of them seconds.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    sys.dont_write_bytecode = False

import hypothesis  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402

# Derandomised: the examples depend on the test alone, so a failure is the same for everyone.
hypothesis.settings.register_profile("same draws", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("same draws")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Write what is printed now into tests/golden; take NumPy as it comes, as most callers do."""
    parser.addoption("--golden", action="store_true", help="rewrite tests/golden")
    parser.addoption(
        "--errstate",
        choices=["raise", "numpy"],
        default="raise",
        help="every test inside np.errstate(all='raise'), or as NumPy comes",
    )


@pytest.fixture(autouse=True)
def _errstate(request: pytest.FixtureRequest) -> Iterator[None]:
    """What the caller has asked of NumPy is the caller's: the library's answers do not change.

    The strictest caller is asked for, which finds what the others would: what NumPy only warns of
    is an error, and so is a number that is too small for a float. Tests that compute one
    themselves say so by a mark, and those of `UNDERFLOWS` have it.
    """
    if request.config.getoption("errstate") == "numpy":
        yield
        return
    small = "ignore" if request.node.get_closest_marker("underflows") else "raise"
    with np.errstate(all="raise", under=small):
        yield


#: A group of so many tests takes long, however quick each is.
MANY = 20
#: Tests where the library still computes a number that is too small for a float, and why.
UNDERFLOWS = {
    "test_every_family_can_be_drawn[InverseGamma]": "Distribution.prob takes exp of a log-density",
    "test_joint_links_are_a_softmax": "ops.log_sum_exp takes logaddexp of what is far apart",
    "test_a_base_that_is_nearly_impossible_keeps_its_digits[etas1]": "a product in a jet's chain",
    "test_wide_strips_are_what_they_leave_out": "an op on the side of a strip that is not taken",
    "test_logs_and_logistics_of_rows_are_scipys": "ops.expit and its kin on arrays",
    "test_units_of_y_multiply_the_answer[1e-300]": "Vertex multiplies in the unit of y",
    "test_many_rows_and_columns_are_proven_too[2000-12-0.9]": "a smoothed loss takes exp",
    "test_many_rows_and_columns_are_proven_too[700-50-0.5]": "a smoothed loss takes exp",
}


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long tests first: a worker that begins with them is not the last to end.

    Groups with slow tests, then groups of many, then slow tests that stand alone. The tests of a
    family are a group: what they share (fits, a derivation) is made in one process.
    """
    for item in items:
        family = getattr(item, "callspec", None) and item.callspec.params.get("family")
        if isinstance(family, type) and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(f"family {family.__name__}"))
        if reason := UNDERFLOWS.get(item.name):
            item.add_marker(pytest.mark.underflows(reason))
    sizes = Counter(map(_group, items))
    slow = {_group(item) for item in items if item.get_closest_marker("slow")}

    def place(item: pytest.Item) -> int:
        group = _group(item)
        together = group != item.nodeid
        if together and (group in slow or sizes[group] >= MANY):
            return 0 if group in slow else 1
        return 2 if group in slow else 3

    items.sort(key=place)


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
