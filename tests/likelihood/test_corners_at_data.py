"""Peaks at data: a density with a cusp has one at each; the highest is found in any order."""

from __future__ import annotations

import numpy as np
import pytest

import mostlikely as ml


@pytest.mark.parametrize("made", ["cauchy", "two clouds"])
def test_the_highest_peak_is_found_in_any_order_of_the_rows(made):
    rng = np.random.default_rng(3)
    y = rng.standard_cauchy(3_000)
    if made == "two clouds":
        y = np.concatenate([rng.laplace(-4.0, 0.3, 1_500), rng.laplace(4.0, 0.31, 1_500)])
    found = [ml.fit(ml.GeneralizedNormal(), rng.permutation(y)) for _ in range(3)]
    best = found[0]
    assert [fit.loglik for fit in found] == pytest.approx([best.loglik] * 3, abs=1e-6)
    held = {k: v for k, v in best.params.items() if k != "mu"}
    near = np.sort(y)[::10]
    heights = [np.sum(ml.GeneralizedNormal().at(mu=at, **held).log_prob(y)) for at in near]
    assert max(heights) <= best.loglik + 1e-9
