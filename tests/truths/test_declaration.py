"""What a family says about itself is true: ranges, statistics, start values, its first line."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from mostlikely.family.base import Family
from tests.truths.cases import draws, laws, rng_of


def test_typical_lies_in_the_domain(family: type[Family]) -> None:
    for name, param in family.parameters.items():
        low, high = param.typical
        assert low < high, name
        assert param.domain.contains(low) and param.domain.contains(high), name
        assert param.meaning.strip(), name


def test_first_line_of_the_docstring_says_what_it_is(family: type[Family]) -> None:
    assert family.__doc__ is not None and family.__doc__ is not Family.__doc__
    first = inspect.cleandoc(family.__doc__).splitlines()[0]
    assert len(first.split()) >= 4 and first.endswith((".", ":")), first
    assert len(first) <= 100


def test_statistics_span_the_log_density(family: type[Family]) -> None:
    if family.statistics is None:
        pytest.skip("declares no sufficient statistics")
    anchor, *others = laws(family, 6)
    y = draws(anchor)
    columns = np.column_stack([np.ones_like(y), *anchor.family.statistics(y, *anchor.arguments)])
    columns = columns / np.linalg.norm(columns, axis=0)
    assert columns.shape[1] < 8
    for law in others:
        wanted = law.log_prob(y)
        assert np.isfinite(wanted).all(), "statistics need a support without parameters"
        found = columns @ np.linalg.lstsq(columns, wanted, rcond=None)[0]
        assert np.linalg.norm(found - wanted) < 1e-10 * np.linalg.norm(wanted), law


def _samples(family: type[Family]) -> dict[str, np.ndarray]:
    """Ordinary samples and those that break careless start values."""
    law = laws(family)[1]
    ordinary = draws(law)
    one = ordinary[:1]
    spread = np.ptp(ordinary)
    far = np.rint(ordinary[:8] + 1e6 * spread) if family.support.discrete else ordinary[:8] * 1e6
    samples = {
        "ordinary": ordinary,
        "constant": np.repeat(one, 20),
        "one value": one,
        "two values": np.repeat(np.unique(ordinary)[[0, -1]], 10),
        "heavy tailed": np.concatenate([ordinary, far]),
    }
    if not family.support.discrete:
        samples |= {"tiny": 1e-9 * ordinary, "huge": 1e9 * ordinary}
    return {k: y[family.support.contains(y)] for k, y in samples.items()}


def test_start_is_inside(family: type[Family]) -> None:
    if family.start is None:
        pytest.skip("declares no start; the solver begins at the middle of the typical ranges")
    rng, model = rng_of(family.__name__, "weights"), laws(family)[1].family
    for label, y in _samples(family).items():
        if len(y) == 0:
            continue
        for w in (np.ones_like(y), rng.uniform(0.1, 2.0, len(y))):
            with np.errstate(all="ignore"):
                found = model.start(y, w, **model.known)
            for guess in found if isinstance(found, list) else [found]:
                assert set(guess) <= set(family.parameters), label
                for name, value in guess.items():
                    domain = family.parameters[name].domain
                    assert np.ndim(value) == 0 and not np.isnan(value), (label, name)
                    # a degenerate sample may begin on the edge; the climb then steps inside
                    assert domain.low <= value <= domain.high, (label, name, value)
                    if label in ("ordinary", "tiny", "huge"):
                        assert domain.contains(value), (label, name, value)


def test_start_is_a_possible_value(family: type[Family]) -> None:
    if family.start is None:
        pytest.skip("declares no start; the solver begins at the middle of the typical ranges")
    for law in laws(family):
        y = draws(law)
        found = law.family.start(y, np.ones_like(y), **law.family.known)
        guesses = found if isinstance(found, list) else [found]
        logliks = [
            law.family.log_prob(y, *law.family.arguments({**law.values, **guess})).sum()
            for guess in guesses
        ]
        assert np.isfinite(max(logliks)), (law, guesses)
