"""A trial: seeded, judged, timed, and made smaller when it breaks."""

from __future__ import annotations

import signal
import time
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

import mostlikely as ml
from tests.adversary.judges import Break
from tests.adversary.problems import Problem

__all__ = ["SECONDS", "Outcome", "Trial", "quiet", "run", "shrunk", "stream"]

#: A call that computes longer hangs; so does one that waits WAITS times as long.
SECONDS, WAITS = 30, 20


@dataclass(frozen=True)
class Trial:
    """One question to the library.

    Parameters
    ----------
    text : str
        As Python.
    check : callable
        The breaks, given nothing.
    kind : str
        What it is, in a table's words.
    problem : Problem, optional
        What is fitted, so that rows can be left out.
    again : callable, optional
        The trial of another problem, for that.
    """

    text: str
    check: Callable[[], list[Break]]
    kind: str = ""
    problem: Problem | None = None
    again: Callable[[Problem], Trial] | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a trial."""

    breaks: list[Break]
    seconds: float
    trial: Trial = field(repr=False)


class Hang(BaseException):
    """The alarm."""


def stream(group: str, seed: int, index: int) -> np.random.Generator:
    """The random numbers of one trial of a group, whatever others did before."""
    return np.random.default_rng([zlib.crc32(group.encode()), seed, index])


def quiet(call: Callable[[], Any]) -> Any:
    """A call to the library, in which a Python warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return call()


def run(trial: Trial, seconds: int = SECONDS) -> Outcome:
    """The breaks of a trial: those it finds, exceptions of other types, warnings, hangs."""

    def ring(*_: Any) -> None:
        raise Hang

    bells = (signal.SIGPROF, signal.SIGALRM)
    before = [signal.signal(bell, ring) for bell in bells]
    # the processor's time, so that a busy machine is no hang
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.alarm(WAITS * seconds)
    began = time.process_time()
    try:
        breaks = trial.check()
    except Hang:
        breaks = [Break("hang", f"more than {seconds} s")]
    except ml.MostLikelyError as error:
        breaks = [Break("refused", f"{type(error).__name__}: {error}"[:240])]
    except Warning as warning:
        breaks = [Break("warning", f"{type(warning).__name__}: {warning}"[:240])]
    except Exception as error:  # the kind of break that this is for
        breaks = [Break("exception", f"{type(error).__name__}: {error}"[:240])]
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        for bell, handler in zip(bells, before, strict=True):
            signal.signal(bell, handler)
    return Outcome(breaks, time.process_time() - began, trial)


def shrunk(outcome: Outcome, seconds: float = 4.0) -> Outcome:
    """The same kind of break with fewer rows and digits, as far as a few seconds go."""
    trial, kinds = outcome.trial, {b.kind for b in outcome.breaks}
    if trial.problem is None or trial.again is None or outcome.seconds > seconds:
        return outcome
    until = time.process_time() + seconds
    for problem in smaller(trial.problem):
        if time.process_time() > until:
            return outcome
        other = run(trial.again(problem))
        if kinds & {b.kind for b in other.breaks}:
            return shrunk(other, until - time.process_time())
    return outcome


def smaller(problem: Problem) -> Iterator[Problem]:
    """Problems of fewer rows, fewer digits, no weights."""
    n = len(problem.y)
    rows = np.arange(n)
    if n <= 5:
        return
    if n > 60:
        yield problem.take(rows[::2])
        yield problem.take(rows[: n // 2])
        return
    if problem.weights is not None:
        yield replace(problem, weights=None)
    for digits in (1, 2):
        data = {k: np.round(v, digits) for k, v in problem.data.items()}
        if any(np.any(data[k] != problem.data[k]) for k in data) and np.ptp(data["y"]) > 0:
            yield replace(problem, data=data)
            break
    fewer = [rows[::2]] if n > 10 else []
    for keep in [*fewer, *(np.delete(rows, row) for row in rows)]:
        less = problem.take(keep)
        if all(np.ptp(less.data[c]) > 0 for c in less.data if c == "y" or less.uses(c)):
            yield less
