"""A connection that says nothing is closed: a browser's speaks at once."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["Patient"]

#: Seconds within which a connection has asked in full, and what is open at once.
PATIENCE, OPEN = 10.0, 512


class Patient(H11Protocol):
    """HTTP as uvicorn speaks it, with a measure on how long a request may take to be said.

    uvicorn waits for the first line of a request without end, and so does whoever holds all the
    connections there are.
    """

    last: Any = None
    looking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        if len(self.connections) > OPEN:
            transport.abort()
        self.looking = self.loop.call_later(PATIENCE, self.look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        if self.looking is not None:
            self.looking.cancel()
        super().connection_lost(exc)

    def look(self) -> None:
        """Close it if it has asked for nothing since the last look."""
        cycle: Any = self.cycle  # None before the first request
        done = cycle is None or cycle.response_complete
        if done and cycle is self.last:
            self.transport.close()
            return
        self.last = cycle if done else self
        self.looking = self.loop.call_later(PATIENCE, self.look)
