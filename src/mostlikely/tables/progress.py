"""How far long work has come: one line, once it has taken two seconds, for a person who watches."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from threading import Lock, Timer, current_thread, main_thread
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["AFTER", "Progress", "watched"]

#: Seconds before the line is shown: what is done by then needs none.
AFTER = 2.0
#: The shell of a notebook, by the name of its class; one in a terminal has another.
NOTEBOOK = "ZMQInteractiveShell"
#: Held while a line is shown, as there is one at a time.
_LINE = Lock()


def watched() -> bool:
    """Whether a person watches: a terminal, or a notebook, and not a worker of many."""
    if current_thread() is not main_thread():
        return False
    workers: Any = sys.modules.get("multiprocessing.process")  # in a worker it is there
    if workers is not None and workers.current_process().name != "MainProcess":
        return False
    return notebook() or bool(getattr(sys.stderr, "isatty", lambda: False)())


def notebook() -> bool:
    """Whether this runs in a cell of one."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == NOTEBOOK


def console() -> Console:
    """Where the line is written, beside the output and not in it."""
    from rich.console import Console

    if notebook() and find_spec("ipywidgets") is None:  # by which Rich draws in a notebook
        return Console(stderr=True, force_jupyter=False, force_terminal=True)
    return Console(stderr=True)


class Progress:
    """A line that says how far the work inside ``with`` has come, and is gone at its end.

    Parameters
    ----------
    what : str
        What is done, as in "comparing noise models".
    total : int
        Of how many steps.
    wanted : bool
        Whether to show it at all.

    Examples
    --------
    >>> with Progress("counting", 3) as line:       # nobody watches here, and it takes no time
    ...     for name in ("one", "two", "three"):
    ...         line.now(name)
    ...         line.step()
    >>> line.done
    3
    """

    def __init__(self, what: str, total: int, wanted: bool = True) -> None:
        self.what, self.total, self.wanted = what, total, wanted
        self.done, self.doing = 0, ""
        self._lock = Lock()
        self._ended = False
        self._timer: Timer | None = None
        self._shown: Any = None

    def __enter__(self) -> Progress:
        if self.wanted and watched():
            # A thread of its own: the first step may be the long one.
            self._timer = Timer(AFTER, self._show)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is None:
            return
        self._timer.cancel()
        with self._lock:
            self._ended = True
            if self._shown is not None:
                self._shown.stop()
                _LINE.release()

    def now(self, doing: str) -> None:
        """What is being done, by name."""
        self.doing = doing
        self._tell()

    def step(self, steps: int = 1) -> None:
        """So many more steps are done."""
        self.done += steps
        self._tell()

    def _tell(self) -> None:
        if self._shown is not None:
            self._shown.update(self._shown.task_ids[0], completed=self.done, doing=self.doing)

    def _show(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Line

        words = TextColumn("{task.description}", markup=False)
        doing = TextColumn("{task.fields[doing]}", markup=False)
        ahead = [MofNCompleteColumn(), TimeRemainingColumn()] if self.total > 1 else []
        line = Line(words, BarColumn(), *ahead, doing, console=console(), transient=True)
        with self._lock:
            if self._ended or not _LINE.acquire(blocking=False):
                return
            total = self.total if self.total > 1 else None  # of one step nothing is known: it moves
            line.add_task(self.what, total=total, completed=self.done, doing=self.doing)
            line.start()
            self._shown = line
        self._tell()
