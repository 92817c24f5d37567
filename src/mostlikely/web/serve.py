"""Start the page's server on this machine, and open a browser at it."""

from __future__ import annotations

import logging
import secrets
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from mostlikely.errors import DataError, MissingPackage
from mostlikely.web.tables import Table

__all__ = ["serve"]

LOOPBACK = "127.0.0.1"
#: Connections that wait to be taken.
WAITING = 64


def serve(
    part: str,
    table: Table | None = None,
    host: str = LOOPBACK,
    port: int = 0,
    browser: bool = True,
    token: str | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Serve the page until it is interrupted.

    Parameters
    ----------
    part : {"learn", "explore"}
        Where the browser begins.
    table : Table, optional
        What the explorer begins with.
    host : str
        The address to listen on; on one that is not loopback the page itself asks for the token.
    port : int
        0 takes any that is free.
    browser : bool
        Whether to open one.
    token : str, optional
        What every request must show; by default one that nobody guesses.
    say : callable
        Takes each line for the person.

    Raises
    ------
    MissingPackage
        Without Starlette and uvicorn.
    DataError
        If the address cannot be listened on.
    """
    try:
        import uvicorn

        from mostlikely.web.app import application
        from mostlikely.web.connection import Patient
    except ImportError as missing:
        if missing.name is None or missing.name.partition(".")[0] == "mostlikely":
            raise
        raise MissingPackage(
            'the page needs Starlette and uvicorn: pip install "mostlikely[web]".'
        ) from None
    loopback = is_loopback(host)
    listening = _listening(host, port)
    token = secrets.token_urlsafe(24) if token is None else token
    names = () if loopback else (host, socket.gethostname())
    address = address_of(host, listening.getsockname()[1], part, None if loopback else token)
    say(f"The page is at {address}")
    say("Stop it with Ctrl+C.")
    if not loopback:
        say(
            f"It listens on {host}: whoever reaches this machine and has the token may use it, and "
            "what they send is not encrypted."
        )
    config = uvicorn.Config(
        application(token, table, names, loopback),
        log_level="warning",
        access_log=False,
        server_header=False,
        http=Patient,
        timeout_graceful_shutdown=1,
        ws="none",
        lifespan="on",
    )
    logging.getLogger("mostlikely.web").addHandler(logging.StreamHandler())
    server = uvicorn.Server(config)
    if browser:
        opener = threading.Timer(0.3, webbrowser.open, [address])
        opener.daemon = True
        opener.start()
    _outlive_readers()
    server.run(sockets=[listening])


def _outlive_readers() -> None:
    """A reader who goes away ends an answer, and not the server, as the rest of the programs do."""
    if hasattr(signal, "SIGPIPE") and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's alone."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def address_of(host: str, port: int, part: str, token: str | None) -> str:
    """What to type into a browser."""
    shown = LOOPBACK if host in ("0.0.0.0", "::") else host
    shown = f"[{shown}]" if ":" in shown else shown
    query = "" if token is None else f"?token={token}"
    return f"http://{shown}:{port}/{query}#/{part}"


def _listening(host: str, port: int) -> Any:
    """A socket that listens there.

    Raises
    ------
    DataError
        If it cannot.
    """
    found = None
    try:
        family, kind, protocol, _, at = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(at)
        found.listen(WAITING)
    except (OSError, OverflowError) as error:
        if found is not None:
            found.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"the page cannot be served at {host}:{port}: {reason}.") from None
    return found
