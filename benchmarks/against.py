"""Ours here beside ours in another checkout: ``python -m benchmarks --against PATH``.

The ratio is by the clock; ``cpu`` is that of the processor's seconds, which tells more where others
use the machine, and less where there are several threads.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from math import ceil
from pathlib import Path
from statistics import median, quantiles

from benchmarks import alone, regression, speed
from benchmarks.pair import Timing, Work, environment, started

__all__ = ["compare", "works"]

HERE = Path(__file__).resolve().parent.parent
#: Seconds that one timing takes at least: a shorter work is repeated in it.
LEAST = 0.02
#: Rows by the word that asks for them.
ROWS = {
    "alone": alone.WORKS,
    "speed": [pair.own for pair in speed.PAIRS],
    "regression": [pair.own for pair in regression.PAIRS],
}


def works(rooms: Iterable[str], only: str) -> list[Work]:
    """Each work once, whatever number of peers it is set beside.

    Parameters
    ----------
    rooms : iterable of str
        Keys of `ROWS`; all, if none is named.
    only : str
        Words in the name.
    """
    named = [work for room in tuple(rooms) or ROWS for work in ROWS[room]]
    once = {(work.data, work.code): work for work in reversed(named)}
    return [work for work in reversed(once.values()) if only.lower() in work.name.lower()]


def compare(path: Path, found: list[Work], runs: int, say: Callable[[str], None]) -> None:
    """Say a line for each work, as soon as it is timed: new over old, run by run.

    Parameters
    ----------
    path : Path
        The root of the other checkout.
    found : list of Work
    runs : int
    say : callable
        Takes a line.
    """
    here, there = HERE / "src", path.resolve() / "src"
    if not (there / "mostlikely" / "__init__.py").is_file():
        raise SystemExit(f"{path} is not a checkout: it has no src/mostlikely.")
    for side in (here, there):
        if (loaded := _loaded(side)) != side:
            raise SystemExit(f"a process that should load the library of {side} loads {loaded}'s.")
    width = max((len(work.name) for work in found), default=0)
    say(f"New is {HERE}, old is {path.resolve()}; {runs} runs in turn; times are medians.")
    titles = f"{'new ms':>9} {'old ms':>9}  new/old  {'(quartiles)':16}    cpu  repeated"
    say(f"{'work':{width}}  {titles}")
    for work in found:
        say(f"{work.name:{width}}  {_line(work, here, there, runs)}")


def _line(work: Work, here: Path, there: Path, runs: int) -> str:
    with ExitStack() as stack:
        new, old = (stack.enter_context(closing(started(work, p))) for p in (here, there))
        warm = []
        for side, words in ((new, "here"), (old, "there")):
            try:
                side.spent()
                warm.append(side.spent().wall)
            except subprocess.SubprocessError as error:
                return f"{words}: {error}"
        times = 1 if work.whole else max(1, ceil(LEAST / min(warm)))
        pairs = [(new.spent(times), old.spent(times)) for _ in range(runs)]
    wall = Timing([a.wall for a, _ in pairs], [b.wall for _, b in pairs])
    cpu = Timing([a.cpu for a, _ in pairs], [b.cpu for _, b in pairs])
    low, _, high = quantiles(wall.ratios, n=4) if runs > 1 else 3 * wall.ratios
    return (
        f"{1e3 * median(wall.ours):9.2f} {1e3 * median(wall.theirs):9.2f}  "
        f"{wall.ratio:7.3f}  {f'({low:.3f}, {high:.3f})':16}  {cpu.ratio:5.3f}  {times:8d}"
    )


def _loaded(source: Path) -> Path:
    """Where a process takes the library from, which another installation could decide."""
    code = "from importlib.util import find_spec; print(find_spec('mostlikely').origin)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env=environment(source)
    )
    return Path(done.stdout.strip()).parent.parent
