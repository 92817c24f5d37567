"""One server and one browser for all tests of the page, and for each test a window of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.web import browser as chromium


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where ``mostlikely learn`` serves the page, in a process of its own."""
    if chromium.MISSING:
        pytest.skip(f"{chromium.MISSING}: the page is not looked at in a browser")
    start = "from mostlikely.cli import main; main()"
    command = [sys.executable, "-c", start, "learn", "--no-browser", "--port", "0"]
    with subprocess.Popen(
        command,
        env=chromium.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            found = re.search(r"http://127\.0\.0\.1:\d+/", line)
            assert found, f"the server said {line!r}"
            yield found[0]
        finally:
            server.terminate()


@pytest.fixture(scope="session")
def window(address: str) -> Iterator[Any]:
    """The browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.CHROMIUM, args=chromium.FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(window: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Open the page at a place, ``visit("learn/coin", width=360)``.

    When the test is over no request may have left the machine, and the page complained of nothing.
    """
    opened: list[tuple[Any, chromium.Watch]] = []

    def open_page(
        place: str = "learn", width: int = 1280, height: int = 900, **context: Any
    ) -> Any:
        context.setdefault("reduced_motion", "reduce")
        new = window.new_context(viewport={"width": width, "height": height}, **context)
        opened.append((new, chromium.Watch(new)))
        page = new.new_page()
        page.set_default_timeout(10_000)
        page.goto(f"{address}#/{place}")
        return page

    yield open_page
    for context, _ in opened:
        context.close()
    for _, watch in opened:
        assert not watch.left, watch.left
        assert not watch.complaints, watch.complaints
