"""Long work beside the server's own: in a few threads, with progress, and ended when superseded.

What is worked on asks between its parts whether it is still wanted: between families, between
profiles, between rows of a surface. Within one such part it cannot be stopped; the next request of
the page waits for a thread until then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

from mostlikely.errors import MostLikelyError
from mostlikely.web.plain import encode
from mostlikely.web.values import sentence

__all__ = ["Busy", "Progress", "Superseded", "Work"]

log = logging.getLogger("mostlikely.web")

#: Threads for long work, and how much of it may wait for one.
THREADS, WAITING = 2, 32
OURS = "The server met an error of its own; what it was is written where the server was started."


class Superseded(Exception):
    """The work is not wanted any more."""


class Busy(Exception):
    """There is more work than the server takes on."""


class Progress:
    """How far some work is, and whether it is still wanted.

    Parameters
    ----------
    tell : callable
        Takes each report.
    """

    def __init__(self, tell: Callable[[dict[str, Any]], None] | None = None) -> None:
        self.tell = tell
        self.ended = Event()

    def __call__(self, share: float, text: str = "") -> None:
        """Report; raise Superseded if that is nobody's concern any more."""
        self.check()
        if self.tell is not None:
            self.tell({"progress": round(share, 4), "text": text})

    def check(self) -> None:
        """Raise Superseded if the work is not wanted any more."""
        if self.ended.is_set():
            raise Superseded


class Work:
    """All long work of a server; one of a kind at a time for each page.

    A fit ends all that the same page has under way, as it is about fits that are going; any other
    request ends the one of its own kind.
    """

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(THREADS, "mostlikely-work")
        self.under_way: dict[tuple[str, str], Progress] = {}

    def start(
        self, page: str, kind: str, job: Callable[[Progress], dict[str, Any]]
    ) -> AsyncIterator[bytes]:
        """Begin some work; its lines of JSON as they come.

        Parameters
        ----------
        page : str
            Who asks.
        kind : str
            What for.
        job : callable
            Does it, and reports to the progress that it is given.

        Raises
        ------
        Busy
            If too much waits already.
        """
        for (other, of), progress in list(self.under_way.items()):
            if other == page and (kind == "fit" or of == kind):
                progress.ended.set()
                del self.under_way[other, of]
        if self.threads._work_queue.qsize() >= WAITING:
            raise Busy
        loop = asyncio.get_running_loop()
        lines: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

        def put(line: dict[str, Any] | None) -> None:
            loop.call_soon_threadsafe(lines.put_nowait, line)

        progress = self.under_way[page, kind] = Progress(put)
        self.threads.submit(_done, job, progress, put)
        return self._lines(lines, page, kind, progress)

    async def _lines(
        self, lines: asyncio.Queue[Any], page: str, kind: str, progress: Progress
    ) -> AsyncIterator[bytes]:
        try:
            while (line := await lines.get()) is not None:
                yield encode(line) + b"\n"
        finally:  # also when the browser has gone
            progress.ended.set()
            if self.under_way.get((page, kind)) is progress:
                del self.under_way[page, kind]

    def close(self) -> None:
        """End all work, at its next question."""
        for progress in self.under_way.values():
            progress.ended.set()
        self.threads.shutdown(wait=False, cancel_futures=True)


def _done(
    job: Callable[[Progress], dict[str, Any]],
    progress: Progress,
    put: Callable[[dict[str, Any] | None], None],
) -> None:
    """Do the job in this thread; every way it can end is a line."""
    try:
        progress.check()
        put({"result": job(progress)})
    except Superseded:
        put({"error": "A newer request of this page has taken its place.", "superseded": True})
    except MostLikelyError as error:
        put({"error": sentence(error)})
    except Exception:
        log.exception("work for the page failed")
        put({"error": OURS})
    finally:
        put(None)
