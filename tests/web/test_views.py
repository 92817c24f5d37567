"""Of many rows a picture shows some, from the first to the last."""

from __future__ import annotations

import numpy as np

from mostlikely.web.views import POINTS, _some


def test_few_rows_are_all_shown():
    np.testing.assert_array_equal(_some(7), np.arange(7))


def test_of_many_rows_those_that_are_shown_are_evenly_spaced():
    shown = _some(10 * POINTS)
    assert len(shown) == POINTS
    assert (shown[0], shown[-1]) == (0, 10 * POINTS - 1)
    assert set(np.diff(shown)) <= {10, 11}
