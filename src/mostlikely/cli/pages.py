"""``mostlikely learn`` and ``mostlikely explore``: the page, in a browser at this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mostlikely.cli import write
from mostlikely.errors import ModelError

__all__ = ["explore", "learn"]

Browser = Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes any that is free.")]
Host = Annotated[
    str, typer.Option("--host", help="Where to listen; beyond this machine, a token is asked for.")
]
Token = Annotated[
    str | None, typer.Option("--token", help="What to ask for; by default one is made up.")
]
#: A token that can be guessed is none.
SHORTEST = 16


def learn(
    browser: Browser = True,
    port: Port = 0,
    host: Host = "127.0.0.1",
    token: Token = None,
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="DIR", help="Write it as files that need no server."),
    ] = None,
) -> None:
    """Learn maximum likelihood by holding it: a lesson in the browser."""
    if export is not None:
        from mostlikely.web.export import export as write_files

        count = write_files(export)
        write.say(f"The lesson is in {export / 'index.html'}, with {count} sets of numbers.")
        return
    _serve("learn", None, browser, port, host, token)


def explore(
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="[DATA]",
            help="A CSV or Parquet file, or a bundled data set such as demo:newcomb.",
            show_default=False,
        ),
    ] = None,
    browser: Browser = True,
    port: Port = 0,
    host: Host = "127.0.0.1",
    token: Token = None,
) -> None:
    """Fit your own data in the browser; they stay on this machine."""
    _serve("explore", data, browser, port, host, token)


def _serve(
    part: str, data: str | None, browser: bool, port: int, host: str, token: str | None
) -> None:
    from mostlikely.web import serve, tables

    if token is not None and (len(token) < SHORTEST or not token.isascii() or " " in token):
        raise ModelError(
            f"--token should be {SHORTEST} characters or more, in plain letters and digits."
        )
    table = None if data is None else tables.from_file(data)
    serve.serve(part, table, host, port, browser, token, write.say)
