"""The routes: the page, its resources, and the explorer's verbs."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from mostlikely.errors import DataError, MostLikelyError
from mostlikely.web import explore, resources
from mostlikely.web.code import pasted
from mostlikely.web.export import STATIC
from mostlikely.web.guard import PAGE, TOKEN, Guard, Refused
from mostlikely.web.kept import kept
from mostlikely.web.plain import encode
from mostlikely.web.tables import Shelf, Table, from_bytes
from mostlikely.web.values import sentence
from mostlikely.web.work import OURS, Busy, Progress, Work

__all__ = ["application"]

log = logging.getLogger("mostlikely.web")

#: Parts of the page that have an address of their own.
PARTS = ("learn", "explore", "families")
#: Files that are read at once; each may be large.
LOADING = 2
NOT_FOUND = "There is nothing at this address."
NO_JSON = "The request is no JSON object."


class Json(Response):
    """An answer in JSON, with null where there is no finite number."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """As bytes; those of a resource are written already."""
        return content if isinstance(content, bytes) else encode(content)


class Server:
    """What is behind the routes: tables, work, and the table that was there at the start.

    Parameters
    ----------
    token : str
    table : Table, optional
        What the command line named.
    static : Path
        The built front end.
    """

    def __init__(self, token: str, table: Table | None, static: Path) -> None:
        self.token, self.static = token, static
        self.shelf, self.work, self.loading = Shelf(), Work(), 0
        self.first = None if table is None else (self.shelf.put(table), table)

    @asynccontextmanager
    async def alive(self, _: Starlette) -> AsyncIterator[None]:
        """From the start to the end."""
        yield
        self.work.close()

    # The page.

    async def page(self, request: Request) -> Response:
        """The page, which is told the token."""
        guard: Guard = request.scope["guard"]
        if not guard.open:
            guard.check_token(request.query_params.get("token", ""))
        html = (self.static / "index.html").read_text(encoding="utf-8")
        meta = f'<meta name="mostlikely-token" content="{escape(self.token)}" />'
        return HTMLResponse(html.replace("<head>", f"<head>\n    {meta}", 1))

    async def part(self, request: Request) -> Response:
        """A part of the page by its own address: the page finds it behind the hash."""
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/{query}#{request.url.path.rstrip('/')}", 307)

    async def icon(self, _: Request) -> Response:
        """The picture of the tab."""
        content = (self.static / "icon.svg").read_bytes()
        return Response(content, media_type="image/svg+xml")

    async def resource(self, request: Request) -> Response:
        """A resource by its name; it holds nobody's data, but is work to make."""
        guard: Guard = request.scope["guard"]
        if not guard.open:
            guard.check_token(request.headers.get(TOKEN, ""))
        name = request.path_params["name"]
        try:
            return Json(await run_in_threadpool(resources.written, name))
        except DataError as error:
            return Json({"error": sentence(error)}, 404)

    # The explorer.

    async def start(self, request: Request) -> Response:
        """The table that the page had before, ``kept``, else what the command line named."""
        before = (await _object(request)).get("kept")
        if before in self.shelf:
            key, table = str(before), self.shelf.get(before)
        elif self.first is not None:
            key, table = self.first
            self.shelf.put(table, key)  # others may have taken its place
        else:
            return Json({"table": None})
        return Json({"table": explore.described(self.shelf, table, key)})

    async def table(self, request: Request) -> Response:
        """A file's bytes become a table."""
        if self.loading >= LOADING:
            raise Busy
        self.loading += 1
        try:
            content = await request.body()
            name = request.query_params.get("name", "the data")
            table = await run_in_threadpool(from_bytes, content, name)
            if "pasted" in request.query_params:
                table = pasted(table, content)
            return Json(await run_in_threadpool(explore.described, self.shelf, table))
        finally:
            self.loading -= 1

    async def verb(self, request: Request) -> Response:
        """A verb of the explorer."""
        name, ask = request.path_params["verb"], await _object(request)
        if name in explore.SHORT:
            job = explore.SHORT[name]
            return Json(await run_in_threadpool(job, self.shelf, ask, Progress()))
        if name not in explore.LONG:
            raise HTTPException(404)
        self.shelf.get(ask.get("table"))  # what can be refused at once is
        if name != "fit":
            kept(self.shelf, ask)
        kind = f"{name} {ask.get('term')}" if name == "profile" else name
        lines = self.work.start(
            request.headers.get(PAGE, "")[:64],
            kind,
            lambda progress: explore.LONG[name](self.shelf, ask, progress),
        )
        return StreamingResponse(lines, media_type="application/x-ndjson")

    async def download(self, request: Request) -> Response:
        """A file that is made of a fit, in memory."""
        from mostlikely.web.files import made

        ask = {**(await _object(request)), **request.query_params}
        name = request.path_params["name"]
        content, kind, called = await run_in_threadpool(made, self.shelf, ask, name)
        headers = {"content-disposition": f'attachment; filename="{called}"'}
        return Response(content, media_type=kind, headers=headers)


async def _object(request: Request) -> Mapping[str, Any]:
    """The JSON object that was sent."""
    body = await request.body()
    try:
        found = json.loads(body or b"{}", parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refused(400, NO_JSON) from None
    if not isinstance(found, dict):
        raise Refused(400, NO_JSON)
    return found


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


async def _gone(_: Request, __: Exception) -> Response:
    """The browser left before it had sent all; nobody hears this."""
    return Json({"error": "The request did not come to its end."}, 400)


async def _refusal(_: Request, error: Exception) -> Response:
    """What the library says is wrong."""
    return Json({"error": sentence(error)}, 400)


async def _busy(_: Request, __: Exception) -> Response:
    return Json({"error": "There is more work than the server takes on; wait for some."}, 429)


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentences = {404: NOT_FOUND, 405: "This address is not asked in that way."}
    return Json({"error": sentences.get(error.status_code, error.detail)}, error.status_code)


async def _ours(_: Request, error: Exception) -> Response:
    log.error("a request failed", exc_info=error)
    return Json({"error": OURS}, 500)


async def _passed(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return Json({"error": error.sentence}, error.status, error.headers)


def application(
    token: str,
    table: Table | None = None,
    hosts: tuple[str, ...] = (),
    loopback: bool = True,
    static: Path = STATIC,
) -> Any:
    """The server as an ASGI application.

    Parameters
    ----------
    token : str
        What every POST must show.
    table : Table, optional
        What the explorer begins with.
    hosts : tuple of str
        Names it may be called by, beside those of loopback.
    loopback : bool
        Whether it listens there alone; otherwise the page itself asks for ``?token=``.
    static : Path
        The built front end.
    """
    server = Server(token, table, static)
    routes: list[Any] = [Route("/", server.page)]
    routes += [Route(f"/{part}", server.part) for part in PARTS]
    routes += [
        Route("/families/{slug:path}", server.part),
        Route("/icon.svg", server.icon),
        Route("/data/{name:path}.json", server.resource),
        Route("/api/start", server.start, methods=["POST"]),
        Route("/api/table", server.table, methods=["POST"]),
        Route("/api/download/{name}", server.download, methods=["POST"]),
        Route("/api/{verb}", server.verb, methods=["POST"]),
        Mount("/assets", StaticFiles(directory=static / "assets", check_dir=False)),
    ]
    handlers: dict[Any, Any] = {
        MostLikelyError: _refusal,
        Busy: _busy,
        Refused: _passed,
        HTTPException: _http,
        ClientDisconnect: _gone,
        Exception: _ours,
    }
    inner = Starlette(routes=routes, exception_handlers=handlers, lifespan=server.alive)
    guard = Guard(inner, token, tuple(h.lower() for h in hosts), loopback)

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        scope["guard"] = guard
        await guard(scope, receive, send)

    return outer
