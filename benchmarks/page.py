"""The page: how long until its server answers, and what a person waits for in a browser."""

from __future__ import annotations

import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

ROWS = 10_000
HEADERS = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}


def answers(runs: int = 5, rows: int = ROWS) -> list[dict[str, Any]]:
    """Milliseconds of each kind of request: the median of the runs, and the slowest.

    Parameters
    ----------
    runs : int
    rows : int
        Of the table that is explored.
    """
    found = []
    begun = time.perf_counter()
    command = [sys.executable, "-c", "from mostlikely.cli import main; main()"]
    with subprocess.Popen(
        [*command, "explore", "--no-browser"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as program:
        try:
            assert program.stdout is not None
            line = program.stdout.readline()
            port = int(re.findall(r":(\d+)/", line)[0])
            page = Page(port)
            found.append(_row("start of the program to the first page", [_since(begun)]))
            found += _asked(page, runs, rows)
            found += [_row(*wait) for wait in _seen(port, runs)]
        finally:
            program.terminate()
    return found


def _seen(port: int, runs: int) -> list[tuple[str, list[float]]]:
    """The waits in a browser, where there is one."""
    from tests.web.browser import MISSING

    if MISSING:
        return []
    from benchmarks.browser import waits

    return waits(f"http://127.0.0.1:{port}", runs)


class Page:
    """One connection that stays open, as a browser's does."""

    def __init__(self, port: int) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port)
        for _ in range(200):
            try:
                self.line.request("GET", "/")
                break
            except OSError:
                time.sleep(0.02)
        html = self.line.getresponse().read().decode()
        self.token = re.findall(r'name="mostlikely-token" content="([^"]+)"', html)[0]

    def ask(self, path: str, body: Any) -> Any:
        """A POST; the last line of the answer."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.line.request("POST", path, data, {**HEADERS, "x-mostlikely-token": self.token})
        answer = json.loads(self.line.getresponse().read().splitlines()[-1])
        assert "error" not in answer, answer
        return answer.get("result", answer)


def _asked(page: Page, runs: int, rows: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(1)
    x = rng.normal(size=rows)
    y = rng.gamma(2.0, np.exp(0.3 * x))
    lines = [f"{a:.6g},{b:.6g}" for a, b in zip(y, x, strict=True)]
    content = "\n".join(["y,x", *lines]).encode()
    found = []

    def timed(what: str, ask: Callable[[int], Any], times: int = runs) -> Any:
        taken = []
        for k in range(times):
            begun = time.perf_counter()
            answer = ask(k)
            taken.append(_since(begun))
        found.append(_row(what, taken))
        return answer

    table = timed("table", lambda _: page.ask("/api/table?name=d.csv", content))["table"]
    predictors = [{"column": "x", "kind": "number"}]
    ask = {"table": table, "y": "y", "families": "all"}
    timed("fit of all families", lambda _: page.ask("/api/fit", ask), 1)
    for slug, key in (("gamma", "shape"), ("generalized_gamma", "sigma"), ("student_t", "df")):
        about = {"table": table, "slug": slug}
        row = next(p for p in page.ask("/api/fitted", about)["parameters"] if p["parameter"] == key)
        first = row["estimate"]
        timed(
            f"at, {slug}",
            lambda k, about=about, key=key, first=first: page.ask(
                "/api/at", {**about, "values": {key: first * (1.0 + 0.01 * k)}}
            ),
            max(runs, 25),
        )
    about = {"table": table, "slug": "gamma"}
    timed(
        "fitted with profiles, gamma", lambda _: page.ask("/api/fitted", {**about, "profile": True})
    )
    timed("views, gamma", lambda _: page.ask("/api/views", about))
    for size in (25, 61):
        over = {**about, "a": "mean", "b": "shape", "size": size}
        timed(f"surface {size} x {size}, gamma", lambda _, o=over: page.ask("/api/surface", o))
    over = {"table": table, "slug": "generalized_gamma", "a": "mu", "b": "sigma", "size": 25}
    timed("surface 25 x 25, generalized_gamma", lambda _: page.ask("/api/surface", over))
    ask = {"table": table, "y": "y", "predictors": predictors, "families": ["gamma"]}
    timed("fit, gamma on x", lambda _: page.ask("/api/fit", ask))
    timed(
        "at, gamma on x",
        lambda k: page.ask("/api/at", {**about, "values": {"mean:x": 0.3 + 0.001 * k}}),
        max(runs, 25),
    )
    return found


def _since(begun: float) -> float:
    return 1000.0 * (time.perf_counter() - begun)


def _row(what: str, taken: list[float]) -> dict[str, Any]:
    return {"request": what, "median ms": statistics.median(taken), "slowest ms": max(taken)}
