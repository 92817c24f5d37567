"""Links and their inverses undo each other, on every domain."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mostlikely.calculus import domain
from mostlikely.calculus.domain import Domain
from mostlikely.calculus.jet import seed
from mostlikely.calculus.link import LINKS, Link, default_link

LINKED = [
    *LINKS.values(),
    default_link(domain.interval(-1.0, 3.0)),
    default_link(Domain("above 2", 2.0, link="log")),
]
DOMAINS = [d for d in vars(domain).values() if isinstance(d, Domain)]


def _etas(link: Link) -> st.SearchStrategy[float]:
    """Where the inverse keeps enough digits to come back from."""
    reach = {"cloglog": (-20.0, 2.5), "loglog": (-2.5, 20.0), "probit": (-5.0, 5.0)}
    low, high = reach.get(link.name, (-10.0, 10.0))
    inside = {"inverse", "inverse_squared", "sqrt"}
    return st.floats(1e-3, 10.0) if link.name in inside else st.floats(low, high)


@pytest.mark.underflows  # of probabilities near the smallest float
@pytest.mark.parametrize("link", LINKED, ids=lambda k: f"{k.name} to {k.domain}")
@given(data=st.data())
def test_link_round_trip(link: Link, data: st.DataObject) -> None:
    eta = data.draw(_etas(link))
    theta = link.inverse(eta)
    assert link.domain.contains(theta)
    slope = seed([eta], order=1)
    (gradient,) = link.inverse(slope[0]).grad
    rounding = np.spacing(max(abs(theta), 1.0)) / abs(gradient)
    assert abs(link.forward(theta) - eta) < 1e-10 * max(1.0, abs(eta)) + 8.0 * rounding


@pytest.mark.parametrize("link", LINKED, ids=lambda k: f"{k.name} to {k.domain}")
def test_link_is_monotone(link: Link) -> None:
    eta = np.linspace(0.01, 2.5, 50)
    assert np.all(np.diff(link.inverse(eta)) > 0.0) or np.all(np.diff(link.inverse(eta)) < 0.0)


@pytest.mark.parametrize("where", DOMAINS, ids=str)
def test_default_link_reaches_its_domain(where: Domain) -> None:
    link = default_link(where)
    if where.discrete:
        pytest.skip("whole numbers are known, never estimated")
    reached = link.inverse(np.linspace(-8.0, 8.0, 33))
    assert np.all((reached > where.low) & (reached < where.high))
    assert np.all(link.domain.low == where.low) and link.domain.high == where.high
