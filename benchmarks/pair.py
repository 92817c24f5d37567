"""One work or two, timed in turn, each in a process of its own, on one thread.

Each side has its own interpreter, which makes the data, does the work once to warm up, and then
times it whenever it is asked: what one side imports cannot help or hinder the other.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

__all__ = [
    "Pair",
    "Process",
    "Spent",
    "Timing",
    "Work",
    "Worker",
    "environment",
    "measure",
    "started",
]

#: Between the name of what is done and that of the peer it is set beside.
BESIDE = (" | ", " against ")
FAILED = "the work ended with code {}"


@dataclass(frozen=True)
class Work:
    """Something to be timed.

    Parameters
    ----------
    name : str
    data : str
        The lines that make what it starts from, once per process.
    imports, code : str
        An import, and the statement to be timed.
    whole : bool
        Whether the whole process is timed, from its start to its end.
    """

    name: str
    data: str
    imports: str
    code: str
    whole: bool = False


@dataclass(frozen=True)
class Pair:
    """The same work twice.

    Parameters
    ----------
    name : str
    data : str
        The lines that make what both start from.
    ours, theirs : (str, str)
        An import, and the statement to be timed.
    must, aim : float
        The ratio ours/theirs that must be reached, and the one that we want.
    whole : bool
        Whether the whole process is timed, from its start to its end.
    """

    name: str
    data: str
    ours: tuple[str, str]
    theirs: tuple[str, str]
    must: float
    aim: float
    whole: bool = False

    @property
    def own(self) -> Work:
        """Our side, by itself."""
        name = self.name
        for words in BESIDE:
            name = name.partition(words)[0]
        return Work(name.rstrip(","), self.data, *self.ours, self.whole)

    @property
    def other(self) -> Work:
        """The peer's side."""
        return Work(self.name, self.data, *self.theirs, self.whole)


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock, and of the processor: others on the machine lengthen the first."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Timing:
    """Seconds of each run, in turn."""

    ours: list[float]
    theirs: list[float]

    @property
    def ratios(self) -> list[float]:
        """Ours over theirs, run by run."""
        return [a / b for a, b in zip(self.ours, self.theirs, strict=True)]

    @property
    def ratio(self) -> float:
        """Their median."""
        return median(self.ratios)


def measure(pair: Pair, runs: int) -> Timing:
    """``runs`` of each in turn, after one warm-up."""
    sides = [started(pair.own), started(pair.other)]
    try:
        both = [[side.spent().wall for side in sides] for _ in range(runs + 1)][1:]
    finally:
        for side in sides:
            side.close()
    return Timing([a for a, _ in both], [b for _, b in both])


def started(work: Work, source: Path | None = None) -> Process | Worker:
    """What times a work, with the library of ``source``, or with the one that is installed."""
    return (Process if work.whole else Worker)(work, source)


def environment(source: Path | None) -> dict[str, str]:
    """The environment of a process that takes the library from ``source``."""
    if source is None:
        return dict(os.environ)
    paths = [str(source), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def _of_children() -> float:
    """Seconds of the processor that ended processes have taken."""
    spent = os.times()
    return spent.children_user + spent.children_system


class Process:
    """A whole process per run."""

    def __init__(self, work: Work, source: Path | None = None) -> None:
        self.code = f"import numpy as np; {work.data}; {work.imports}; {work.code}"
        self.environment = environment(source)

    def spent(self, times: int = 1) -> Spent:
        """The mean of so many runs; `subprocess.SubprocessError` if one ends with an error."""
        begin, cpu = time.perf_counter(), _of_children()
        for _ in range(times):
            done = subprocess.run([sys.executable, "-c", self.code], env=self.environment)
            if done.returncode:
                raise subprocess.SubprocessError(FAILED.format(done.returncode))
        return Spent((time.perf_counter() - begin) / times, (_of_children() - cpu) / times)

    def close(self) -> None:
        """Nothing is open."""


class Worker:
    """A process that times its work each time it gets a line: how often to do it."""

    def __init__(self, work: Work, source: Path | None = None) -> None:
        code = (
            f"import sys, time, warnings, numpy as np\n{work.imports}\n{work.data}\n"
            "warnings.simplefilter('ignore')\n"
            "for line in sys.stdin:\n"
            "    times = range(int(line))\n"
            "    begin, cpu = time.perf_counter(), time.process_time()\n"
            "    for _ in times:\n"
            f"        {work.code}\n"
            "    print(time.perf_counter() - begin, time.process_time() - cpu, flush=True)\n"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(source),
        )

    def spent(self, times: int = 1) -> Spent:
        """The mean of so many runs.

        Raises
        ------
        subprocess.SubprocessError
            If the process has ended with an error.
        """
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            self.process.stdin.write(f"{times}\n")
            self.process.stdin.flush()
            wall, cpu = map(float, self.process.stdout.readline().split())
        except (BrokenPipeError, ValueError):
            code = self.process.wait()
            raise subprocess.SubprocessError(FAILED.format(code)) from None
        return Spent(wall / times, cpu / times)

    def close(self) -> None:
        """End the process."""
        self.process.communicate()
