"""What the explorer's tests share: the page with a server of its own, and what a reader does."""

from __future__ import annotations

import csv
import io
import time

import numpy as np
import pytest

from mostlikely.web.work import Superseded
from tests.web.browser import MISSING, Watch

#: A positive, skewed column with one value far out in row 39; and one that predicts it.
RNG = np.random.default_rng(4)
AMOUNT = np.round(RNG.gamma(3.0, 2.0, 40), 3)
AMOUNT[39] = 60.0
AGE = np.round(RNG.uniform(20, 60, 40), 1)


def written(**columns):
    file = io.StringIO()
    out = csv.writer(file, lineterminator="\n")
    out.writerow(columns)
    out.writerows(zip(*columns.values(), strict=True))
    return file.getvalue().encode()


@pytest.fixture(scope="module")
def site():
    """The address of a server in this process, whose verbs a test can replace."""
    from tests.web.conftest import TOKEN, Running

    if MISSING:
        pytest.skip(f"{MISSING}: the page is not looked at in a browser")
    from mostlikely.web.app import application
    from mostlikely.web.export import STATIC

    if not (STATIC / "assets" / "page.js").exists():
        pytest.skip("the page is not built: cd page && npm run build")
    running = Running(application(TOKEN))
    yield f"http://127.0.0.1:{running.port}"
    running.stop()


@pytest.fixture
def open_page(window):
    """Opens pages; at the end none has asked beyond this machine, or complained."""
    opened = []

    def open_one(address, **options):
        options = {"viewport": {"width": 1400, "height": 1000}, **options}
        context = window.new_context(permissions=["clipboard-read", "clipboard-write"], **options)
        watch = Watch(context)
        opened.append((context, watch))
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("dialog", lambda d: (watch.complaints.append(d.message), d.dismiss()))
        page.goto(f"{address}/#/explore")
        page.get_by_role("heading", level=1).first.wait_for()
        return page

    yield open_one
    for context, _ in opened:
        context.close()
    for _, watch in opened:
        assert watch.left == []
        # The browser tells of each refusal; the page says it in a sentence.
        assert [c for c in watch.complaints if "Failed to load resource" not in c] == []


def upload(page, content, name="claims.csv"):
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("heading", name="What was read").wait_for()


def some(page, *names):
    """Ask for these models alone, and fit."""
    page.get_by_label("Only some").check()
    chosen = page.locator("fieldset input[type=checkbox]:checked")
    for name in chosen.evaluate_all("all => all.map((c) => c.parentElement.innerText.trim())"):
        if name not in names:
            page.get_by_role("checkbox", name=name, exact=True).uncheck()
    for name in names:
        page.get_by_role("checkbox", name=name, exact=True).check()
    go(page)


def go(page):
    page.locator("button[type=submit]").click()
    settled(page)


def settled(page):
    """The ranking, the views, and the profile intervals are there."""
    from playwright.sync_api import expect

    page.get_by_role("tablist", name="Views").wait_for()
    expect(page.locator("button[type=submit]")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("region", name="Parameters", exact=True)).not_to_contain_text(
        "…", timeout=30_000
    )


def number(text):
    return float(text.replace("−", "-"))


def estimates(page):
    """The parameter table: name → estimate, and the texts of both intervals."""
    found = {}
    for row in page.get_by_role("region", name="Parameters", exact=True).locator("tbody tr").all():
        name = row.locator("th").inner_text().split("\n")[0]
        cells = row.locator("td").all_inner_texts()
        found[name] = (number(cells[0]), cells[2], cells[3])
    return found


def status(page):
    return page.locator("[role=status][aria-live=polite]").first


def said(interval):
    """The ends of an interval as the page writes them, four digits."""
    return " to ".join(f"{float(f'{end:.4g}'):g}" for end in interval)


def view(page, title):
    page.get_by_role("tab", name=title, exact=True).click()


class Endless:
    """A verb that goes on until it is told to stop, and then says what it was asked about."""

    def __init__(self, share: float, text: str, about: str) -> None:
        self.share, self.text, self.about = share, text, about
        self.ended: list[str] = []

    def __call__(self, shelf, ask, progress):
        try:
            while True:
                progress(self.share, self.text)
                time.sleep(0.02)
        except Superseded:
            self.ended.append(ask[self.about])
            raise

    def wait(self, page) -> list[str]:
        """What it was asked about, once it has ended."""
        until = time.monotonic() + 10
        while not self.ended and time.monotonic() < until:
            page.wait_for_timeout(50)
        return self.ended
