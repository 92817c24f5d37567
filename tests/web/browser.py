"""A real browser on the page: Chromium, driven by mouse, by keys and by touch."""

from __future__ import annotations

import os
import re
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(
    (w for n in ("chromium", "chromium-browser", "google-chrome") if (w := shutil.which(n))), None
)
#: Why no browser can be had; empty where one can.
MISSING = (
    ("playwright is not installed" if find_spec("playwright") is None else "")
    or ("" if CHROMIUM else "no Chromium is on this machine")
    or (
        ""
        if find_spec("uvicorn") and find_spec("starlette")
        else "the page's server needs mostlikely[web]"
    )
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

AXE = Path(__file__).parents[2] / "page" / "node_modules" / "axe-core" / "axe.min.js"

#: What a page may ask for without leaving the machine.
AT_HOME = re.compile(r"^(http://127\.0\.0\.1[:/]|data:|blob:|file:|about:)")

_RAISED = dict(zip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789", strict=True))


class Watch:
    """What a page does besides what is looked at: requests that leave, and complaints."""

    def __init__(self, context: Any) -> None:
        self.left: list[str] = []
        self.complaints: list[str] = []
        context.on("request", lambda r: None if AT_HOME.match(r.url) else self.left.append(r.url))
        context.on("console", self._heard)
        context.on("weberror", lambda e: self.complaints.append(str(e.error)))

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


def environment() -> dict[str, str]:
    """For a server in a process of its own: the code under test first."""
    source = str(Path(__file__).parents[2] / "src")
    return {**os.environ, "PYTHONPATH": source, "PYTHONUNBUFFERED": "1"}


def shown(page: Any, name: str) -> float:
    """The number that the page shows under a name; its text must be that number, rounded."""
    element = page.locator(f'[data-shown="{name}"]')
    value, text = float(element.get_attribute("data-value")), element.text_content().strip()
    assert is_rounded(text, value), f"{name} shows {text!r} for {value!r}"
    return value


def has_count(locator: Any, number: int) -> None:
    """The page has so many of these, or soon has: what it shows may still be on its way."""
    from playwright.sync_api import expect

    expect(locator).to_have_count(number, timeout=10_000)


def says(locator: Any, text: str) -> None:
    """An element has this text, or soon has."""
    from playwright.sync_api import expect

    expect(locator).to_contain_text(text, timeout=10_000)


def unfold(within: Any) -> None:
    """Open all that is folded as "more"."""
    folded = within.locator("details.more:not([open]) > summary")
    folded.first.wait_for()
    while folded.count():
        folded.first.click()


def is_rounded(text: str, value: float) -> bool:
    """Whether a text is the number, to the digits that it has.

    Examples
    --------
    >>> is_rounded("1.23×10⁻⁹⁷", 1.2302319221611171e-97), is_rounded("0.70", 0.71)
    (True, False)
    """
    if text == "exactly 0":
        return value == 0.0
    if text.startswith("<"):
        return abs(value) < float(text[1:])
    found = re.fullmatch(r"([−-]?)([\d,]*\.?\d*)(?:×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?", text)
    if found is None:
        return False
    sign, digits, power = found.groups()
    digits = digits.replace(",", "")
    ten = int("".join(_RAISED[c] for c in power)) if power else 0
    decimals = len(digits.partition(".")[2])
    zeros = 0 if "." in digits else len(digits) - len(digits.rstrip("0"))
    read = float(f"{'-' if sign else ''}{digits}e{ten}")
    unit = float(f"1e{ten - decimals + zeros}")
    return abs(read - value) <= 0.5000001 * unit


def middle(page: Any, handle: Any) -> tuple[float, float]:
    """Where the dot of a handle is, once the page stands still: figures above it may be coming."""
    handle.scroll_into_view_if_needed()
    dot, before = handle.locator(".dot"), None
    while (box := dot.bounding_box()) != before:
        before = box
        page.wait_for_timeout(100)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Any, handle: Any, right: float, down: float = 0.0) -> None:
    """Pull a handle by so many pixels, in steps as a hand does."""
    x, y = middle(page, handle)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right / 2, y + down / 2)
    page.mouse.move(x + right, y + down)
    page.mouse.up()


def slide(page: Any, label: str, share: float) -> None:
    """Press a slider at a share of its length."""
    slider = page.get_by_label(label)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)


def keys(page: Any, element: Any, *names: str) -> None:
    """Focus and press keys; "ArrowLeft*5" is five times."""
    element.focus()
    for name in names:
        key, _, times = name.partition("*")
        for _ in range(int(times or 1)):
            page.keyboard.press(key)


def broken_rules(page: Any, within: str) -> list[str]:
    """What axe finds wrong: the rule and where; the test is skipped where axe is not."""
    if not AXE.exists():
        pytest.skip("axe is not here: npm ci --prefix page")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("within => axe.run(within, { resultTypes: ['violations'] })", within)
    return [
        f"{rule['id']}: {node['html'][:150]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def touch(page: Any, handle: Any, right: float, down: float, steps: int = 8) -> None:
    """Pull a handle by a finger; where the page takes the gesture for itself the handle stays."""
    x, y = middle(page, handle)
    session = page.context.new_cdp_session(page)

    def send(kind: str, *points: dict[str, float]) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    send("touchStart", {"x": x, "y": y})
    for k in range(1, steps + 1):
        send("touchMove", {"x": x + right * k / steps, "y": y + down * k / steps})
    send("touchEnd")
