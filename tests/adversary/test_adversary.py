"""A minute of the trials with fixed seeds, and that each judge can say no."""

from __future__ import annotations

import signal
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

import mostlikely as ml
from tests.adversary.groups import GROUPS
from tests.adversary.judges import Break, judge
from tests.adversary.problems import Problem
from tests.adversary.programs import least_pinball, separated
from tests.adversary.report import Record
from tests.adversary.trials import Outcome, Trial, run, shrunk, stream

#: The seed of the suite's trials.
SEED = 1
#: Trials of each group: a few seconds in all.
MANY = {"large": 3, "predictions": 6, "spread": 2}
#: Trials that are known to break, by their numbers, and why: mend the library, then take them out.
KNOWN: dict[str, tuple[tuple[int, ...], str]] = {}


@pytest.mark.parametrize("group", KNOWN)
def test_a_trial_that_is_known_to_break_still_does(group):
    numbers, reason = KNOWN[group]
    mended = [k for k in numbers if not run(GROUPS[group](stream(group, SEED, k))).breaks]
    if mended:
        pytest.fail(f"{group} {mended} break no more ({reason}): take them out of KNOWN")


@pytest.mark.parametrize("group", GROUPS)
def test_no_trial_breaks(group):
    broken, signals = [], handlers()
    for index in range(MANY.get(group, 12)):
        if index in KNOWN.get(group, ((), ""))[0]:
            continue
        outcome = run(GROUPS[group](stream(group, SEED, index)))
        broken += [f"{outcome.trial.text}\n{b.kind}: {b.detail}" for b in outcome.breaks]
    assert not broken, "\n\n".join(broken)
    assert handlers() == signals  # the process is that of other tests too


def handlers():
    """What each signal of this process does."""
    return {one: signal.getsignal(one) for one in signal.valid_signals()}


class Changed:
    """A fit some of whose words are wrong."""

    def __init__(self, fit, **wrong):
        self.__dict__ |= {"fit": fit, "wrong": wrong}

    def __getattr__(self, name):
        if name not in self.wrong:
            return getattr(self.fit, name)
        return self.wrong[name](self.fit)


def planted(monkeypatch, group, many=12, **wrong):
    """The kinds of breaks among some trials, when fits have wrong words."""
    real = ml.fit
    monkeypatch.setattr(ml, "fit", lambda *a, **k: Changed(real(*a, **k), **wrong))
    found = set()
    for index in range(many):
        found |= {b.kind for b in run(GROUPS[group](stream(group, SEED, index))).breaks}
    return found


@pytest.mark.parametrize(
    "group", ["samples", "regressions", "corners", "edges", "thresholds", "joint", "curves"]
)
def test_a_fit_that_is_lower_is_found(group, monkeypatch):
    lower = planted(monkeypatch, group, loglik=lambda fit: fit.loglik - 0.01)
    assert any(kind.startswith("lower") for kind in lower)


def test_a_large_fit_that_is_lower_is_found(monkeypatch):
    lower = planted(monkeypatch, "large", 6, loglik=lambda fit: fit.loglik - 0.01)
    assert any(kind.startswith("lower") for kind in lower)


def test_a_limit_that_is_not_taken_is_found(monkeypatch):
    lower = planted(monkeypatch, "limits", loglik=lambda fit: fit.loglik - 0.01)
    assert any("limit" in kind for kind in lower)


def test_a_height_that_depends_on_the_rows_order_is_found(monkeypatch):
    drift = iter(np.arange(1.0, 1e4))
    kinds = planted(monkeypatch, "invariances", 6, loglik=lambda fit: fit.loglik + next(drift))
    assert any("changes the height" in kind for kind in kinds)


def test_a_quantile_that_is_not_among_the_best_is_found(monkeypatch):
    def params(fit):
        return {k: v + 0.5 if isinstance(k, tuple) else v for k, v in fit.params.items()}

    assert "interior, and not among the best" in planted(monkeypatch, "corners", params=params)


def test_a_verdict_that_a_program_refutes_is_found(monkeypatch):
    verdict = SimpleNamespace(kind="interior", ok=True)
    kinds = planted(monkeypatch, "separation", verdict=lambda fit: verdict)
    assert "interior, where a program separates" in kinds


def test_a_separation_that_is_none_is_found(monkeypatch):
    verdict = SimpleNamespace(kind="separation", ok=False)
    kinds = planted(monkeypatch, "separation", verdict=lambda fit: verdict)
    assert "separation, where no program separates" in kinds


def test_a_spread_of_one_row_that_is_said_to_have_a_maximum_is_found(monkeypatch):
    verdict = SimpleNamespace(kind="interior", ok=True)
    kinds = planted(monkeypatch, "spread", 1, verdict=lambda fit: verdict)
    assert kinds == {"interior, where nothing bounds it"}


def test_a_statistic_that_is_not_the_refits_is_found(monkeypatch):
    def test(fit):
        return lambda *a, **k: SimpleNamespace(
            statistic=fit.test(*a, **k).statistic + 0.01, p_value=fit.test(*a, **k).p_value
        )

    assert "test is not the refit's" in planted(monkeypatch, "tests", 4, test=test)


def test_a_profile_that_is_too_wide_is_found(monkeypatch):
    def interval(fit):
        def wider(*a, **k):
            low, high = fit.interval(*a, **k)
            return low - 0.1 * (high - low), high

        return wider

    assert "profile end" in planted(monkeypatch, "profiles", 4, interval=interval)


def test_a_covariance_that_is_too_small_is_found(monkeypatch):
    wrong = {"covariance": lambda fit: lambda *a, **k: 0.9 * fit.covariance(*a, **k)}
    assert planted(monkeypatch, "covariances", 4, **wrong) >= {"covariance", "sandwich"}


def test_a_prediction_that_is_off_is_found(monkeypatch):
    def predict(fit):
        return lambda *a, **k: np.asarray(fit.predict(*a, **k)) * 1.001

    kinds = planted(monkeypatch, "predictions", 2, predict=predict)
    assert any(kind.startswith("predict") or kind == "exception" for kind in kinds)


def test_a_penalised_fit_that_is_not_the_highest_is_found(monkeypatch):
    def params(fit):
        return {k: v + 0.1 for k, v in fit.params.items()}

    kinds = planted(monkeypatch, "penalties", 4, params=params)
    assert any(kind.startswith("lower") for kind in kinds)


@pytest.mark.parametrize("group", ["bad input", "labels"])
def test_what_is_accepted_and_must_not_be_is_found(group, monkeypatch):
    monkeypatch.setattr(ml, "fit", lambda *a, **k: SimpleNamespace(loglik=0.0))
    found = set()
    for index in range(20):
        found |= {b.kind for b in run(GROUPS[group](stream(group, SEED, index))).breaks}
    assert "accepted" in found


def test_a_fit_whose_height_is_not_that_of_its_parameters_is_found():
    problem = Problem("Gamma", {"y": np.array([0.8, 1.3, 2.4, 0.4, 3.1])})
    fit = problem.fit()
    assert judge(problem, fit, 0) == []
    moved = Changed(fit, params=lambda fit: {k: 1.1 * v for k, v in fit.params.items()})
    assert "loglik is not of its params" in {b.kind for b in judge(problem, moved, 0)}


def test_no_maximum_beside_a_maximum_is_found():
    problem = Problem("Logistic", {"y": np.array([0.8, 1.3, 2.4, 0.4, 3.1])})
    none = SimpleNamespace(kind="no maximum", ok=False)
    for height in (problem.fit().loglik, np.inf):
        wrong = Changed(problem.fit(), verdict=lambda fit: none, loglik=lambda fit, h=height: h)
        assert {b.kind for b in judge(problem, wrong, 0)} & {
            "no maximum, beside a maximum", "infinite where bounded"
        }  # fmt: skip


def ended(check, seconds=5):
    return [b.kind for b in run(Trial("", check), seconds).breaks]


def test_what_is_raised_or_hangs_is_a_break():
    def warn():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.warn("said", RuntimeWarning, stacklevel=1)

    def refuse():
        raise ml.DataError("no.")

    assert ended(lambda: []) == []
    assert ended(lambda: [][0]) == ["exception"]
    assert ended(warn) == ["warning"]
    assert ended(refuse) == ["refused"]
    assert ended(lambda: sum(1 for _ in iter(int, 1)), 1) == ["hang"]


def test_programs_know_separation_and_the_median():
    X = np.column_stack([np.ones(4), np.arange(4.0)])
    assert separated(X[2:], X[:2], X[:0])
    assert not separated(X[[1, 3]], X[[0, 2]], X[:0])
    loss, at, unique = least_pinball(np.ones((3, 1)), np.array([1.0, 2.0, 9.0]), np.ones(3), 0.5)
    assert (loss, float(at[0]), unique) == (4.0, 2.0, True)
    assert not least_pinball(np.ones((2, 1)), np.array([1.0, 2.0]), np.ones(2), 0.5)[2]


def test_a_break_is_made_smaller():
    def again(problem):
        high = [Break("high", "")] if problem.y.max() > 5 else []
        return Trial(problem.text, lambda: high, "", problem, again)

    small = shrunk(run(again(Problem("Normal", {"y": np.r_[np.arange(20.0), 30.0]}))))
    assert len(small.trial.problem.y) <= 5
    assert small.breaks[0].kind == "high"


def test_what_is_unsettled_is_counted_apart():
    record = Record()
    for kinds in (["ran out"], ["unsettled"], ["hang"], ["ran out", "lower"], []):
        trial = Trial("", lambda: [])
        record.add("group", 0, Outcome([Break(k, "") for k in kinds], 0.1, trial), lambda o: o)
    assert (record.unsettled["group"], record.broken["group"]) == (3, 2)
