"""The door of the server: who may ask, from where, and how much they may send.

The page is for the person at this machine. Any site that this person visits may make the browser
ask too, and a name of that site may be made to point here (DNS rebinding). So: a known Host, an
Origin that is the page itself, a token per start that only the served page knows, a measure on what
is sent that holds for a body of unknown length, and headers that let the page load nothing foreign.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from mostlikely.web.plain import encode
from mostlikely.web.tables import MAX_BYTES

__all__ = ["HEADERS", "TOKEN", "Guard", "Refused"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

#: Where a request says its token, and its page.
TOKEN, PAGE = "x-mostlikely-token", "x-mostlikely-page"
#: What is asked with JSON is small; a table is not.
MAX_JSON = 2**20
#: Seconds for a body to be here in full: one that comes a byte at a time holds what it is given.
PATIENCE = 120.0
#: Requests at once: one person's browser has few.
REQUESTS = 64
#: A host as browsers write it, with a port or without.
HOST = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(?::[0-9]{1,5})?", re.ASCII)
POLICY = (
    "default-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}


class Refused(Exception):
    """A request that is not answered, and the sentence that says why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence
        #: The rest of a body that is too large is not read.
        self.headers = {"connection": "close"} if status in (408, 413, 503) else {}


@dataclass
class Guard:
    """What stands before the routes.

    Parameters
    ----------
    app : ASGI application
    token : str
        What every POST must show; for the page itself too, where ``open`` is not.
    hosts : tuple of str
        Names that the server may be called by, beside those of loopback.
    open : bool
        Whether it listens on loopback alone, so that whoever reaches it may have the page.
    going : int
        Requests that are under way.
    """

    app: Any
    token: str
    hosts: tuple[str, ...] = ()
    open: bool = True
    going: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            await self.app(scope, receive, send)
            return
        begun = False

        async def sent(message: MutableMapping[str, Any]) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = _with(message.get("headers", ()), scope["path"])
            await send(message)

        self.going += 1
        try:
            self.check(scope)
            await self.app(scope, _measured(scope, receive), sent)
        except Refused as refusal:
            if begun:
                raise
            await _answer(sent, refusal)
        finally:
            self.going -= 1

    def check(self, scope: Scope) -> None:
        """Raise Refused unless the request comes from the page.

        Raises
        ------
        Refused
        """
        if self.going > REQUESTS:
            raise Refused(503, "There are more requests than the server answers at once.")
        headers = _first(scope["headers"])
        host = headers.get("host", "")
        if not self.knows(host):
            raise Refused(
                400,
                "This server does not go by the name that was asked for. Open the address that "
                "was printed when it was started.",
            )
        ours = headers.get("sec-fetch-site", "none") in ("same-origin", "none")
        if scope["method"] in ("GET", "HEAD"):
            if not ours and not _opens(headers):
                raise Refused(403, "Another site may not read this page.")
            return
        if scope["method"] != "POST":
            raise Refused(405, "This address is read with GET, or asked with POST.")
        if not ours:
            raise Refused(403, "Only the page itself may ask; another site did.")
        origin = headers.get("origin")
        if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
            raise Refused(403, "Only the page itself may ask; another origin did.")
        self.check_token(headers.get(TOKEN, ""))

    def check_token(self, token: str) -> None:
        """Raise Refused unless this is the token of this start, in a time that tells nothing."""
        if not compare_digest(token.encode(), self.token.encode()):
            raise Refused(
                403, "The page is of an earlier start of the server, or of none; load it again."
            )

    def knows(self, host: str) -> bool:
        """Whether a Host header names this machine: loopback, or what it was told to listen on.

        An address of digits cannot be made to point elsewhere, so that any is known where the
        server listens on more than loopback.
        """
        parts = HOST.fullmatch(host.lower())
        if parts is None:
            return False
        name = (parts["name"] or "").removesuffix(".")
        if name == "localhost" or name in self.hosts:
            return True
        try:
            address = IPv4Address(name) if name else IPv6Address(parts["six"])
        except ValueError:
            return False
        return address.is_loopback or not self.open


def _opens(headers: Mapping[str, str]) -> bool:
    """Whether a person follows a link to here: a window of its own, and no frame of a page."""
    navigates = headers.get("sec-fetch-mode") == "navigate"
    return navigates and headers.get("sec-fetch-dest", "document") == "document"


def _first(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by name; one that is sent twice counts as neither."""
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.decode("latin-1").lower()
        found[key] = "\0" if key in found and key != "cookie" else value.decode("latin-1")
    return found


def _with(headers: Iterable[tuple[bytes, bytes]], path: str) -> list[tuple[bytes, bytes]]:
    """The answer's headers with ours; what may hold data or the token is kept nowhere."""
    ours = dict(HEADERS)
    fixed = path.startswith("/assets/")
    ours["cache-control"] = "no-cache" if fixed else "no-store"
    theirs = [(k, v) for k, v in headers if k.decode().lower() not in ours]
    return [*theirs, *((k.encode(), v.encode()) for k, v in ours.items())]


def _measured(scope: Scope, receive: Receive) -> Receive:
    """What is received, until it is too much: counted, as a length may be absent or a lie."""
    most = MAX_BYTES if scope["path"] == "/api/table" else MAX_JSON
    said = dict(scope["headers"]).get(b"content-length", b"0")
    if said.isdigit() and int(said) > most:
        raise _too_large(most)
    seen, more = 0, True
    until = asyncio.get_running_loop().time() + PATIENCE

    async def receive_some() -> MutableMapping[str, Any]:
        nonlocal seen, more
        if not more:  # what comes now is that the browser has gone, whenever that is
            return await receive()
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            raise Refused(408, "What was sent did not come to its end.") from None
        more = bool(message.get("more_body", False))
        seen += len(message.get("body", b""))
        if seen > most:
            raise _too_large(most)
        return message

    return receive_some


def _too_large(most: int) -> Refused:
    return Refused(413, f"That is more than the {most // 2**20} MB that the page takes.")


async def _answer(send: Send, refusal: Refused) -> None:
    body = encode({"error": refusal.sentence})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    headers += [(k.encode(), v.encode()) for k, v in refusal.headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
