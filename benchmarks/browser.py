"""What a person waits for in a browser: the first paint, a drag, a figure through Python."""

from __future__ import annotations

import tempfile
from typing import Any

import numpy as np

ROWS = 10_000
#: Script, style and layout of one move of a pointer, in the page, in ms.
DRAG = """async (handle) => {
  const box = handle.querySelector('.dot').getBoundingClientRect();
  const x = box.x + box.width / 2, y = box.y + box.height / 2, taken = [];
  const send = (kind, dx) => handle.dispatchEvent(new PointerEvent(kind,
    { bubbles: true, pointerId: 1, isPrimary: true, clientX: x + dx, clientY: y }));
  handle.setPointerCapture = () => {};
  send('pointerdown', 0);
  for (let k = 1; k <= 60; k++) {
    const begun = performance.now();
    send('pointermove', k % 2 ? k : -k);
    await Promise.resolve();
    document.body.getBoundingClientRect();
    taken.push(performance.now() - begun);
    await new Promise(requestAnimationFrame);
  }
  send('pointerup', 0);
  return taken;
}"""
#: From a move of a slider until the figure that Python computed is in the page, in ms.
THROUGH = """async (slider) => {
  const delta = document.querySelector('[data-testid=delta]'), taken = [];
  for (let k = 1; k <= 40; k++) {
    const changed = new Promise((done) => {
      const seen = new MutationObserver(() => { seen.disconnect(); done(); });
      seen.observe(delta, { childList: true, characterData: true, subtree: true });
    });
    const begun = performance.now();
    slider.value = String(Number(slider.value) + Number(slider.step));
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    await changed;
    taken.push(performance.now() - begun);
    await new Promise((done) => setTimeout(done, 60));
  }
  return taken;
}"""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


def waits(address: str, runs: int) -> list[tuple[str, list[float]]]:
    """Milliseconds of each wait, by what is waited for.

    Parameters
    ----------
    address : str
        Of the server, with its port.
    runs : int
        First paints, each in a new profile.
    """
    from playwright.sync_api import sync_playwright

    from tests.web.browser import CHROMIUM, FLAGS

    found = []
    with sync_playwright() as library:
        browser = library.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for part in ("learn", "families/gamma", "explore"):
            paints = [_paint(browser, f"{address}/#/{part}") for _ in range(runs)]
            found.append((f"first paint, {part}", paints))
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.goto(f"{address}/#/learn/gaussian")
        page.get_by_role("button", name="Reveal ℓ and MSE").click()
        for name in ("μ, the centre of the noise", "fourth measurement"):
            handle = page.get_by_role("slider", name=name)
            found.append((f"one move of a drag, {name}", handle.evaluate(DRAG)))
        found.append((f"slider to new figure, n = {ROWS:,}", _through(browser, address)))
        browser.close()
    return found


def _paint(browser: Any, address: str) -> float:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(address)
    painted: float = 0.0
    while not painted:
        painted = page.evaluate(PAINT)
        page.wait_for_timeout(10)
    context.close()
    return painted


def _through(browser: Any, address: str) -> list[float]:
    amounts = np.random.default_rng(3).gamma(2.0, 1.5, ROWS)
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{address}/#/explore")
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write("amount\n" + "\n".join(f"{a:.6g}" for a in amounts))
        file.flush()
        page.set_input_files("input[type=file]", file.name)
        page.get_by_role("button", name="Compare noise models").click()
        page.get_by_role("radio", name="Gamma", exact=True).click(timeout=120_000)
        page.get_by_role("tab", name="What if").click()
        slider = page.get_by_role("slider", name="shape")
        slider.wait_for()
        taken: list[float] = slider.evaluate(THROUGH)
    return taken
