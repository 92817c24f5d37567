"""Survival in steps, without a family: against R's, and by the conditions of its maximum."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.inference.nonparametric import survival_steps
from mostlikely.plot import survival_frame

INF = np.inf
#: Maintained group of the acute myelogenous leukemia study (Miller 1981), survival::aml in R.
WEEKS = np.array([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161.0])
RELAPSED = np.array([1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0])


def censored(time, event):
    return np.column_stack([time, np.where(event == 1, time, INF)])


def test_kaplan_and_meier_have_the_numbers_of_r():
    steps = survival_steps(censored(WEEKS, RELAPSED))
    # R 4.2.2, summary(survfit(Surv(time, status) ~ 1, aml, subset = x == "Maintained"))
    assert steps.low.tolist() == [9, 13, 18, 23, 31, 34, 48]
    assert steps.survival.round(3).tolist() == [0.909, 0.818, 0.716, 0.614, 0.491, 0.368, 0.184]
    errors = [0.0867, 0.1163, 0.1397, 0.1526, 0.1642, 0.1627, 0.1535]
    assert steps.std_error.round(4).tolist() == errors


def test_weights_are_rows_and_late_entry_is_a_smaller_risk_set():
    w = np.array([1, 2, 1, 3, 1, 1, 1, 2, 1, 1, 1])
    weighted = survival_steps(censored(WEEKS, RELAPSED), w.astype(float))
    rows = survival_steps(np.repeat(censored(WEEKS, RELAPSED), w, axis=0))
    assert weighted.survival == pytest.approx(rows.survival, rel=1e-13)
    assert weighted.std_error == pytest.approx(rows.std_error, rel=1e-13)
    entry = np.array([0, 0, 5, 10, 15, 0, 20, 30, 40, 0, 50.0])
    ends = np.column_stack([censored(WEEKS, RELAPSED), entry, np.full(11, INF)])
    found = survival_steps(ends).survival
    by_hand = np.cumprod([1 - 1 / np.sum((t <= WEEKS) & (entry < t)) for t in WEEKS[RELAPSED == 1]])
    assert found == pytest.approx(by_hand, rel=1e-13)


@pytest.mark.parametrize("seed", range(4))
def test_turnbulls_shares_are_the_maximum_that_its_conditions_prove(seed):
    rng = np.random.default_rng(seed)
    y, step = 3.0 * rng.weibull(1.5, 80), rng.choice([1.0, 2.0], 80)
    low = np.floor(y * step) / step
    high = low + 1.0 / step
    high[::7] = INF
    low[::11], high[::11] = y[::11], y[::11]
    steps = survival_steps(np.column_stack([low, high]))
    shares = -np.diff(np.concatenate([[1.0], steps.survival]))

    def inside(a, b):  # a share on (a, b] belongs to the rows that hold all of it
        return (
            (low <= a) & (b <= high)
            if a < b
            else ((low < a) | (low == high)) & (low <= a) & (b <= high)
        )

    holds = np.array([inside(a, b) for a, b in zip(steps.low, steps.high, strict=True)])
    each = shares @ holds
    assert np.all(each > 0.0), "every row is possible"
    assert (holds / each).sum(axis=1) / 80 == pytest.approx(1.0, abs=1e-4)
    # No place that has none would gain: at every end, and between all neighbours.
    places = np.unique(np.concatenate([low, high[np.isfinite(high)]]))
    for a, b in [*pairwise(places), *((p, p) for p in places)]:
        assert (inside(a, b) / each).sum() / 80 <= 1.0 + 1e-4


def test_of_rows_that_were_seen_it_is_the_share_beyond():
    y = np.array([3.0, 1.0, 2.0, 2.0])
    for ends in (np.column_stack([y, y]), np.column_stack([y, y + 1e-9])):
        assert survival_steps(ends).survival == pytest.approx([0.75, 0.25, 0.0], abs=1e-8)


def test_the_picture_is_of_the_steps_and_the_fit():
    table = {"t": WEEKS, "again": RELAPSED}
    fit = ml.fit("exponential", table, y=ml.censored("t", event="again"))
    frame = survival_frame(fit)
    assert frame["left"].round(3)[:2].tolist() == [0.909, 0.818]
    # R's conf.type = "log-log"
    assert frame["low"].round(3)[:2].tolist() == [0.508, 0.447]
    assert frame["high"].round(3)[:2].tolist() == [0.987, 0.951]
    assert frame["fitted"] == pytest.approx(np.exp(-frame["y"] / fit.params["mean"]), rel=1e-12)
    axes = fit.plot().axes
    assert [ax.get_title(loc="left").partition(":")[0] for ax in axes] == ["Survival", "Quantiles"]


def test_intervals_that_were_truncated_have_no_such_curve():
    table = {"a": [1.0, 2.0, 3.0], "b": [2.0, 3.0, 5.0]}
    seen = ml.interval_censored("a", "b", truncated=(0.5, INF))
    with pytest.raises(ml.ModelError, match="no curve of steps"):
        survival_frame(ml.fit("normal", table, y=seen))
