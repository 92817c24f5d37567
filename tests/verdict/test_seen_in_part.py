"""How fits to rows that were seen in part may end without a maximum, and what is said then."""

from __future__ import annotations

import numpy as np
import pytest

import mostlikely as ml

INF = np.inf
T = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])
GROUP = np.array([0, 0, 0, 0, 1, 1, 1, 1])
NOBODY = {"t": T, "died": np.zeros(8, dtype=int)}
#: Events in the first group alone.
HALF = {"t": T, "died": (GROUP == 0).astype(int), "g": GROUP}
LOCATED = ["normal", "lognormal", "logistic", "weibull", "loglogistic", "gamma", "gompertz"]


@pytest.mark.parametrize("family", ["normal", "lognormal", "weibull", "gamma", "studentt"])
@pytest.mark.parametrize("side", ["right", "left"])
def test_rows_of_which_none_was_seen_tell_no_parameter(family, side):
    fit = ml.fit(family, NOBODY, y=ml.censored("t", event="died", side=side))
    end = "at 8 or above" if side == "right" else "at 1 or below"
    assert fit.verdict.kind == "no maximum"
    assert f"y always lies {end}" in fit.verdict.sentence
    assert fit.loglik == 0.0
    assert np.isnan(list(fit.params.values())).all()
    assert "nan" not in str(fit)


def test_one_parameter_has_a_one_sided_interval_all_the_same():
    fit = ml.fit("exponential", NOBODY, y=ml.censored("t", event="died"))
    assert fit.verdict.kind == "boundary"
    low, high = fit.interval(method="profile")["mean"]
    # exp(−Σt/mean) has fallen by half of χ²'s quantile
    assert low == pytest.approx(T.sum() / (0.5 * 3.841458820694124), rel=1e-6)
    assert high == INF


@pytest.mark.parametrize("family", ["normal", "weibull"])
def test_intervals_that_all_overlap_are_certain_where_they_do(family):
    table = {"low": [0.0, 1.0, 2.0], "high": [5.0, 6.0, 7.0]}
    fit = ml.fit(family, table, y=ml.interval_censored("low", "high"))
    assert fit.verdict.kind == "no maximum"
    assert "between 2 and 5" in fit.verdict.sentence


@pytest.mark.parametrize("family", LOCATED)
def test_a_group_without_events_runs_off_and_the_other_is_fitted(family):
    model = ml.family(family)("censored(t, died) ~ g")
    fit = ml.fit(model, HALF)
    first = next(iter(model.parameters))
    alone = ml.fit(ml.family(family)(), T[GROUP == 0])
    assert fit.verdict.kind == "separation"
    assert "4 of 8 rows (rows 4, 5, 6, 7)" in fit.verdict.sentence
    assert fit.params[first, "g"] == (-INF if family == "gompertz" else INF)
    assert fit.loglik == pytest.approx(alone.loglik, abs=1e-8)


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_the_unit_of_y_does_not_hide_that_a_group_runs_off(unit):
    fit = ml.fit(ml.Normal("censored(t, died) ~ g"), {**HALF, "t": T * unit})
    assert fit.verdict.kind == "separation"
    assert fit.params["sigma"] == pytest.approx(np.sqrt(1.25) * unit, rel=1e-6)


def test_a_group_below_the_limit_of_detection_runs_down():
    table = {"y": [0, 0, 0, 0, 1, 2, 0, 4.0], "g": GROUP}
    fit = ml.fit(ml.Normal("censored(y, lower=0) ~ g"), table)
    assert fit.verdict.kind == "separation"
    assert fit.params["mu", "Intercept"] == -INF


def test_a_heavy_tail_beyond_a_truncation_leads_to_the_exponential():
    excess = np.array([0.1, 0.05, 0.1, 0.2, 3.5, 0.2, 5.1])
    fit = ml.fit("normal", {"y": 10.0 + excess}, y=ml.exact("y", truncated=(10, INF)))
    n, mean = len(excess), excess.mean()
    assert fit.verdict.kind == "no maximum"
    assert fit.params["mu"] == -INF
    # Far out the normal's tail is exponential, whose maximum is −n log(mean excess) − n.
    assert fit.loglik == pytest.approx(-n * np.log(mean) - n, abs=1e-5)


def test_a_truncation_far_from_the_bulk_is_still_a_maximum_where_there_is_one():
    excess = np.array([0.1, 0.5, 0.3, 0.9, 1.5, 0.2, 2.1])
    fit = ml.fit("normal", {"y": 10.0 + excess}, y=ml.exact("y", truncated=(10, INF)))
    assert fit.verdict.kind == "interior"
    assert fit.loglik > -len(excess) * (np.log(excess.mean()) + 1.0)


def test_only_the_smallest_count_that_could_be_seen_has_no_maximum():
    fit = ml.fit("poisson", {"n": [1, 1, 1, 1]}, y=ml.exact("n", truncated=(1, INF)))
    assert fit.verdict.kind == "no maximum"
    assert fit.params["mean"] == 0.0
    assert fit.loglik == pytest.approx(0.0, abs=1e-8)


def test_one_event_after_all_others_were_lost_has_no_bound():
    fit = ml.fit("weibull", {"t": T, "died": T == 8.0}, y=ml.censored("t", event="died"))
    assert fit.verdict.kind == "no maximum"
    assert fit.loglik == INF


@pytest.mark.parametrize(
    ("table", "seen", "said"),
    [
        ({"a": [1.0, 2.0, 3.0], "b": [2.0, 3.0, 1.0]}, ml.interval_censored("a", "b"),
         r"lower end above the upper one.*3 to 1 \(row 2\)"),
        ({"a": [1.0, 2.0], "b": [2.0, np.nan]}, ml.interval_censored("a", "b"),
         r"b is an end, and is missing; write -inf or inf"),
        ({"t": [1.0, 2.0], "d": [1, 2]}, ml.censored("t", "d"), r'event="d == 2"'),
        ({"t": [1.0, 2.0], "d": ["yes", "no"]}, ml.censored("t", "d"), r"event=\"d == 'yes'\""),
        ({"t": [1.0, 2.0], "d": [0, 1]}, ml.censored("t", "d == 'dead'"), r"d holds numbers"),
        ({"t": [1.0, 2.0], "d": [0, 1]}, ml.censored("t", "d == 3"), r"no row has d == 3"),
        ({"t": [1.0, 2.0], "d": [0, 1], "e": [0.0, 3.0]}, ml.censored("t", "d", entry="e"),
         r"t lies below where it could be seen, from e on.*2 to 3 \(row 1\)"),
        ({"t": [1.0, 2.0, 9.0]}, ml.exact("t", truncated=(0, 5)), r"up to 5.*9 to 5 \(row 2\)"),
        ({"t": [-1.0, 2.0], "d": [0, 1]}, ml.censored("t", "d == 1", side="left"),
         r"must be positive under Weibull"),
        ({"t": [1.0, 2.0], "s": [0.0, 1.0]}, ml.rounded("t", to="s"), r"s must be positive"),
        ({"t": [1.0, np.nan], "d": [1, 1]}, ml.censored("t", "d"), r"t has 1 missing value"),
        ({"t": [1.0, 2.0], "d": [1, 0]}, ml.censored("time", "d"), r"no column 'time'"),
    ],
    ids=str,
)  # fmt: skip
def test_ends_that_cannot_be_are_refused_with_their_rows(table, seen, said):
    with pytest.raises(ml.DataError, match=said):
        ml.fit("weibull", table, y=seen)


@pytest.mark.parametrize(
    ("family", "said"),
    [
        (ml.Uniform(), "extreme value of what was seen"),
        (ml.Categorical(), "about labels"),
        (ml.VonMises(), "have no derivatives"),
        (ml.BetaBinomial(n=9), "have no derivatives"),
    ],
    ids=str,
)
def test_families_without_such_probabilities_say_so(family, said):
    with pytest.raises(ml.DataError, match=said):
        ml.fit(family, NOBODY, y=ml.censored("t", event="died"))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ml.censored("t"), "needs event="),
        (lambda: ml.censored("t", "d", lower=0), "not both"),
        (lambda: ml.censored("t", "d", side="up"), "no side='up'"),
        (lambda: ml.censored("t", lower=0, side="left"), "limits say themselves"),
        (lambda: ml.censored("t", "d", entry=0, truncated=(0, 1)), "entry= is short for"),
        (lambda: ml.censored("t", "d == x"), "compares a column with something else"),
        (lambda: ml.censored(T, event="d"), "Put arrays into a table"),
        (lambda: ml.censored("t", event=T), "event= is a column's name"),
        (lambda: ml.exact("t", truncated=3), "truncated= is a pair"),
        (lambda: ml.rounded("t", to=1, how="off"), "no how='off'"),
        (lambda: ml.rounded("t", to=float("nan")), "is NaN"),
        (lambda: ml.fit(ml.Weibull("censored(t) ~ g"), HALF), "needs event="),
        (lambda: ml.fit(ml.Weibull("censored(t, died, 3) ~ g"), HALF), "cannot be read"),
        (lambda: ml.fit(ml.Weibull("t ~ g"), HALF, y=ml.censored("t", "died")), "write it once"),
        (lambda: ml.fit("weibull", HALF, ml.censored("t", "died"), X=T[:, None]), "a formula"),
    ],
    ids=range(15),
)  # fmt: skip
def test_declarations_that_make_no_sense_are_refused(make, said):
    with pytest.raises(ml.ModelError, match=said):
        make()
