"""What the guide to networks says is so in a few steps already."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason='PyTorch is an extra: pip install "mostlikely[torch]"')

from benchmarks.networks import (
    BETA,
    FIXED,
    HEAD,
    NOISES,
    STUDENT,
    Noise,
    Trained,
    crossed,
    food,
    weights,
    wrong_row,
)

# PyTorch's own, when its compiler is first loaded.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def test_a_sigma_head_knows_better_what_the_rich_spend_on_food():
    fixed, head = (crossed(food(), n, folds=4, repeats=1, steps=100) for n in (FIXED, HEAD))
    more = (head.log_score - fixed.log_score)[0]
    assert more.mean() > 0.15
    assert more.mean() > 2.0 * more.std() / np.sqrt(len(more))
    near = [np.mean(np.abs(s.below - 0.5) < 0.25) for s in (fixed, head)]
    assert abs(near[1] - 0.5) < abs(near[0] - 0.5)


@pytest.mark.slow
def test_student_t_is_not_misled_by_a_wrong_row():
    fixed, student = (
        crossed(weights(), n, folds=4, repeats=1, steps=120) for n in (FIXED, STUDENT)
    )
    more = (student.log_score - fixed.log_score)[0]
    assert more[wrong_row()] > 10.0
    others = np.delete(more, wrong_row())
    assert others.mean() > 3.0 * others.std() / np.sqrt(len(others))


@pytest.mark.parametrize("noise", [FIXED, HEAD, BETA], ids=lambda n: n.name)
def test_networks_trained_side_by_side_are_those_trained_alone(noise: Noise):
    rows = food()
    seen = np.random.default_rng(0).random((3, len(rows.y))) < 0.7
    together = Trained(noise, rows.x, rows.y, seen, [4, 5, 6], steps=30).predict(rows.x)
    alone = Trained(noise, rows.x, rows.y, seen[1:2], [5], steps=30).predict(rows.x)
    for name, value in alone.values.items():
        np.testing.assert_allclose(together.values[name][1], value[0], rtol=1e-9)


def test_every_row_is_scored_by_networks_that_did_not_see_it():
    """A target that nobody could know changes the scores of all rows but its own prediction."""
    rows = food()
    n = len(rows.y)
    plain = crossed(rows, FIXED, folds=3, repeats=1, steps=10)
    changed = rows.y.copy()
    changed[7] += 1e4
    other = crossed(type(rows)("changed", rows.x, changed), FIXED, folds=3, repeats=1, steps=10)
    moved = np.abs((rows.y - plain.error) - (changed - other.error))[0] > 1e-6
    fold = np.random.default_rng(0).permutation(n) % 3
    np.testing.assert_array_equal(moved, fold != fold[7])


def test_noise_models_have_names_of_their_own():
    assert len({noise.name for noise in NOISES}) == len(NOISES)
