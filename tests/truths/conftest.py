"""Every truth is run for every declared family, by looking: there is no list to keep."""

from __future__ import annotations

import pytest

from mostlikely.family import families


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "family" in metafunc.fixturenames:
        metafunc.parametrize("family", families(), ids=lambda f: f.__name__)


@pytest.fixture(autouse=True)
def _declared_exemption(request: pytest.FixtureRequest) -> None:
    """A family may say, with the reason, which truth cannot hold for it."""
    if "family" in request.fixturenames:
        truth = request.function.__name__.removeprefix("test_")
        reason = request.getfixturevalue("family").exempt.get(truth)
        if reason is not None:
            pytest.skip(reason)
