"""Long work shows itself to who watches, and Ctrl-C leaves what was done."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import threading
import time
import types
from pathlib import Path

import numpy as np
import pytest
import rich.progress  # noqa: F401  # loaded before a line is waited for
from rich.console import Console

import mostlikely as ml
from mostlikely.tables import progress
from mostlikely.tables.progress import Progress

COMPARE, PICK = sys.modules["mostlikely.compare"], sys.modules["mostlikely.loss.pick"]
Y = [0.8, 1.3, 2.4, 0.4, 3.1, 1.9]


@pytest.fixture
def terminal(monkeypatch):
    """What a terminal was told, the line at once."""
    told = io.StringIO()
    monkeypatch.setattr(progress, "watched", lambda: True)
    monkeypatch.setattr(progress, "AFTER", 0.0)
    monkeypatch.setattr(
        progress, "console", lambda: Console(file=told, force_terminal=True, width=100)
    )
    return told


@pytest.fixture
def lines(terminal, monkeypatch):
    """The same, where no work begins before its line is there: what was told since last asked."""
    enter = Progress.__enter__

    def entered(self):
        enter(self)
        if self._timer is not None:
            self._timer.join()
        return self

    def told():
        text = terminal.getvalue()
        terminal.seek(0)
        terminal.truncate()
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)

    monkeypatch.setattr(Progress, "__enter__", entered)
    return told


def until_shown(line):
    """Wait for the thread that shows it."""
    for _ in range(500):
        if line._shown is not None:
            return
        time.sleep(0.01)
    pytest.fail("the line was not shown")


def test_a_terminal_sees_what_is_done_and_how_far(terminal):
    with Progress("counting sheep", 4) as line:
        until_shown(line)
        line.now("the [black] one")
        line.step(3)
        line._shown.refresh()
    told = terminal.getvalue()
    assert "counting sheep" in told
    assert "3/4" in told
    assert "the [black] one" in told
    assert told.endswith("\x1b[2K")  # at the end the line is gone


def test_work_below_two_seconds_shows_nothing(terminal, monkeypatch):
    monkeypatch.setattr(progress, "AFTER", 2.0)
    with Progress("counting", 2) as line:
        line.step()
    assert terminal.getvalue() == ""
    line._timer.join(1.0)
    assert not line._timer.is_alive()


def test_the_line_comes_while_the_first_step_lasts(terminal):
    with Progress("counting", 2) as line:
        until_shown(line)
    assert "0/2" in terminal.getvalue()


def test_one_line_at_a_time(terminal):
    with Progress("outer", 2) as outer:
        until_shown(outer)
        with Progress("inner", 2) as inner:
            inner._timer.join(5.0)
            assert inner._shown is None
    with Progress("next", 2) as line:
        until_shown(line)


def test_the_line_goes_when_the_work_fails(terminal):
    def work():
        with Progress("failing", 2) as line:
            until_shown(line)
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        work()
    assert terminal.getvalue().endswith("\x1b[2K")
    assert not progress._LINE.locked()


def test_who_does_not_want_it_has_no_thread(terminal):
    with Progress("counting", 2, wanted=False) as line:
        line.step()
    assert line._timer is None


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_is_watched_and_a_pipe_is_not(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert not progress.watched()
    monkeypatch.setattr(sys, "stderr", None)  # as under pythonw
    assert not progress.watched()
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert progress.watched()
    seen = []
    other = threading.Thread(target=lambda: seen.append(progress.watched()))
    other.start()
    other.join()
    assert seen == [False]


def test_workers_of_many_show_nothing(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    worker = types.SimpleNamespace(
        current_process=lambda: types.SimpleNamespace(name="LokyProcess-1")
    )
    monkeypatch.setitem(sys.modules, "multiprocessing.process", worker)
    assert not progress.watched()


@pytest.mark.parametrize(("shell", "seen"), [("ZMQInteractiveShell", True), ("Other", False)])
def test_a_notebook_is_watched(monkeypatch, shell, seen):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    here = types.SimpleNamespace(get_ipython=lambda: type(shell, (), {})())
    monkeypatch.setitem(sys.modules, "IPython", here)
    assert progress.watched() is seen


@pytest.mark.parametrize("widgets", [None, object()])
def test_a_notebook_without_widgets_has_a_line_of_text(monkeypatch, widgets):
    monkeypatch.setattr(progress, "notebook", lambda: True)
    monkeypatch.setattr(progress, "find_spec", lambda name: widgets)
    assert progress.console().is_terminal is (widgets is None)


def test_rich_is_imported_only_when_a_line_is_shown():
    script = """
import sys, mostlikely as ml
fits = ml.compare(["gamma", "weibull"], [0.8, 1.3, 2.4, 0.4, 3.1, 1.9])
fits.best.interval(method="profile"); fits.best.profile("shape", [1.0, 2.0])
print("rich" in sys.modules)
"""
    root = Path(ml.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(root)},
    )
    assert done.stdout.strip() == "False"
    assert done.stderr == ""


# Who shows it.


def test_compare_shows_its_models(lines):
    ml.compare(["gamma", "beta", "weibull"], [0.8, 1.3, 2.4])
    assert re.search("comparing noise models .*3/3.* Weibull", lines())
    ml.compare(["gamma", "weibull"], Y, progress=False)
    assert lines() == ""


def test_profiles_show_their_points(lines):
    fit = ml.fit("gamma", Y)
    fit.profile("shape", np.linspace(1.0, 4.0, 12))
    assert re.search("profile of shape .*12/12", lines())
    fit.interval(method="profile")
    assert re.search("profile intervals .*2/2.* shape", lines())
    fit.interval("quantile", q=0.5, method="profile")
    assert "profile interval " in lines()
    fit.profile("shape", progress=False)
    fit.interval(method="profile", progress=False)
    fit.interval("quantile", q=0.5, method="profile", progress=False)
    assert lines() == ""


def test_pick_loss_shows_models_and_scores(lines):
    r = np.random.default_rng(1).standard_normal(40)
    ml.pick_loss(r, families=["laplace"], held_out=2)
    told = lines()
    assert re.search("comparing noise models .*2/2", told)
    assert re.search("scoring held-out residuals .*4/4", told)
    ml.pick_loss(r, families=["laplace"], held_out=2, progress=False)
    assert lines() == ""


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
@pytest.mark.parametrize("stops", [None, 50])
def test_boosting_counts_its_rounds(monkeypatch, library, stops):
    pytest.importorskip(library)
    counted = []
    monkeypatch.setattr(Progress, "step", lambda self: counted.append(self.what))
    X = np.linspace(0.0, 1.0, 60)[:, None]
    y = X[:, 0] + np.random.default_rng(1).standard_normal(60)
    ml.DistributionalBooster(library=library, rounds=7, early_stopping_rounds=stops).fit(X, y)
    assert counted == ["boosting"] * 7


# Ctrl-C.


def pressed_at(call, function=ml.fit):
    """The same, but that Ctrl-C is pressed in one of the calls, counted from 1."""
    calls = []

    def pressed(*args, **options):
        calls.append(args)
        if len(calls) == call:
            raise KeyboardInterrupt
        return function(*args, **options)

    return pressed


def test_ctrl_c_leaves_the_fits_so_far(monkeypatch):
    monkeypatch.setattr(COMPARE, "fit", pressed_at(3))
    found = ml.compare(["gamma", "weibull", "lognormal", ml.Exponential(mean=2.0)], Y)
    assert {f.model.name for f in found} == {"Gamma", "Weibull"}
    assert found.interrupted == ("LogNormal", "Exponential(mean=2)")
    assert "Interrupted by Ctrl-C. Not fitted: LogNormal, Exponential(mean=2)." in str(found)
    assert "interrupted, 2 not fitted" in repr(found)


def test_a_whole_comparison_speaks_of_no_interruption():
    found = ml.compare(["gamma", "weibull"], Y)
    assert found.interrupted == ()
    assert "nterrupted" not in str(found) + repr(found)


def test_ctrl_c_before_the_first_fit_is_ctrl_c(monkeypatch):
    monkeypatch.setattr(COMPARE, "fit", pressed_at(1))
    with pytest.raises(KeyboardInterrupt):
        ml.compare(["gamma", "weibull"], Y)


def test_ctrl_c_leaves_the_losses_so_far(monkeypatch):
    r = ml.StudentT(df=3).at(mu=0, sigma=1).sample(400, seed=1)
    monkeypatch.setattr(COMPARE, "fit", pressed_at(3))
    choice = ml.pick_loss(r, families=["laplace", "logistic", "student_t"])
    assert choice.interrupted
    assert {f.model.name for f in choice.fits} == {"Normal", "Laplace"}
    assert choice.best.model.name == "Laplace"
    assert "with these not fitted: Logistic, StudentT; what is here" in str(choice)
    assert "Nothing was held out" in str(choice)


def test_ctrl_c_while_scores_are_made_leaves_the_ranking_by_aic(monkeypatch):
    r = ml.StudentT(df=3).at(mu=0, sigma=1).sample(400, seed=1)
    monkeypatch.setattr(PICK, "fit", pressed_at(4))
    choice = ml.pick_loss(r, families=["laplace", "student_t"])
    assert choice.interrupted
    assert len(choice.fits) == 3
    assert choice.scores == {}
    assert choice.best is choice.fits.best
    assert "while scores were made; what is here is compared by AIC alone" in str(choice)


def test_ctrl_c_passes_through_a_profile(monkeypatch):
    from mostlikely.inference.profile import Profile

    fit = ml.fit("gamma", Y)
    monkeypatch.setattr(Profile, "at", pressed_at(3, Profile.at))
    with pytest.raises(KeyboardInterrupt):
        fit.profile("shape", np.linspace(1.0, 4.0, 12))


def test_an_interrupted_command_has_failed(monkeypatch, tmp_path, capsys):
    from mostlikely.cli import main

    (tmp_path / "y.csv").write_text("y\n" + "\n".join(map(str, Y)))
    monkeypatch.setattr(COMPARE, "fit", pressed_at(2))
    code = main(["compare", str(tmp_path / "y.csv"), "--models", "gamma,weibull"])
    assert code == 130
    assert "Not fitted: Weibull" in capsys.readouterr().out
