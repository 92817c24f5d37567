"""The lesson as a whole in a real browser: addresses, progress, symbols, and who can use it."""

from __future__ import annotations

import re

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.web import resources
from tests.web.browser import broken_rules, drag, has_count, keys, says, unfold

pytestmark = pytest.mark.xdist_group("lesson")

# The shell.


def test_an_address_scrolls_to_its_part(visit):
    page = visit("learn/coin")
    page.wait_for_function("document.activeElement?.id === 'coin-title'")
    assert page.locator("#coin-title").bounding_box()["y"] < 450
    assert page.locator("nav [aria-current=step]").text_content().strip().endswith("Coin flip")


@pytest.mark.parametrize("slug", ["practice", "quiz"])
def test_an_address_stays_at_its_part_while_the_figures_above_it_are_made(visit, slug):
    page = visit(f"learn/{slug}")
    page.wait_for_function(f"document.activeElement?.id === '{slug}-title'")
    page.wait_for_timeout(2500)
    assert 0 <= page.locator(f"#{slug}-title").bounding_box()["y"] < 450
    assert "(read)" not in page.locator("nav li[data-part=logs]").text_content()


def test_the_next_link_goes_on_and_what_was_read_is_kept(visit):
    page = visit("learn/refresher")
    page.get_by_role("link", name="Next: The core question").click()
    page.wait_for_function("document.activeElement?.id === 'question-title'")
    read = page.locator("nav li[data-part=refresher]")
    says(read, "(read)")
    page.reload()
    read.wait_for()
    says(read, "(read)")


def test_a_link_leads_to_the_top_of_a_model_and_the_way_back_to_where_it_was(visit):
    page = visit("learn")
    link = page.locator("#practice .one h3 a")
    link.scroll_into_view_if_needed()
    at = page.evaluate("scrollY")
    assert at > 1000
    link.click()
    heading = page.get_by_role("heading", name="Normal", level=1)
    heading.wait_for()
    assert 0 <= heading.bounding_box()["y"] < 300
    page.go_back()
    for _ in range(60):  # the figures above it are made first
        if abs(page.evaluate("scrollY") - at) < 5:
            break
        page.wait_for_timeout(50)
    assert page.evaluate("scrollY") == pytest.approx(at, abs=5)


def test_the_film_opens_where_it_is_seen(visit):
    page = visit("learn", width=390, height=700)
    page.get_by_role("button", name="Watch it first").click()
    film = page.locator('[data-name="watch"]')
    film.locator(".caption").wait_for()
    assert -1 < film.bounding_box()["y"] < 60
    assert film.evaluate("film => film === document.activeElement")


#: The words of each part that are read, without formulas, figures, and what is folded.
READ = """parts => parts.map(part => {
  const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  let words = 0;
  while (texts.nextNode()) {
    const within = texts.currentNode.parentElement;
    if (!within.checkVisibility() || within.closest(".unseen, .katex, svg, [aria-hidden=true]"))
      continue;
    words += (texts.currentNode.textContent.match(/\\p{L}[\\p{L}'’-]+/gu) ?? []).length;
  }
  return words;
})"""


def test_the_parts_take_the_twelve_minutes_that_they_say(visit):
    page = visit()
    page.locator(".quiz .question").first.wait_for()
    page.locator("#practice .one").wait_for()
    page.get_by_role("button", name="Reveal the likelihood").click()
    page.get_by_role("button", name="Reveal ℓ and MSE").click()
    page.locator('[data-cell="4,7"]').click()
    parts = page.locator("article > section")
    said = [
        float(re.search(r"([\d.]+) min", e)[1])
        for e in page.locator(".eyebrow").all_text_contents()
    ]
    asks = [int(part.get_attribute("data-asks")) for part in parts.all()]
    found = [
        words / 200 + ask / 3 for words, ask in zip(parts.evaluate_all(READ), asks, strict=True)
    ]
    assert said == pytest.approx(found, abs=0.5)
    assert sum(said) == 12
    assert sum(found) == pytest.approx(12, abs=0.6)
    says(page.get_by_role("link", name="Begin"), "12 minutes")


EIGHT = [4.1, 4.9, 5.3, 5.6, 5.9, 6.3, 6.6, 7.4]


def test_the_curve_at_the_top_says_how_probable_the_points_are_against_the_best(visit):
    page = visit()
    handle = page.get_by_role("slider", name="where the model's curve stands")
    fit = ml.fit(ml.Normal(sigma=1), EIGHT)
    meter = page.locator(".meter strong")

    def against_the_best():
        return 100 * np.exp(
            fit.log_likelihood(mu=float(handle.get_attribute("aria-valuenow"))) - fit.loglik
        )

    drag(page, handle, 200)
    seen = float(page.locator('[data-shown="hero.ratio"]').get_attribute("data-value"))
    assert seen == pytest.approx(against_the_best(), rel=1e-9)
    says(meter, "Pull")
    keys(page, handle, "Home", "Shift+ArrowRight*5", "ArrowRight*8")  # 5.8, beside the mean
    seen = float(page.locator('[data-shown="hero.ratio"]').get_attribute("data-value"))
    assert seen == pytest.approx(against_the_best(), rel=1e-9)
    assert seen > 98
    says(meter, "That is maximum likelihood")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_window_and_axe_finds_no_rule_broken(visit, width, scheme):
    page = visit(width=width, color_scheme=scheme)
    page.get_by_role("button", name="Reveal the likelihood").click()
    page.get_by_role("button", name="Reveal ℓ and MSE").click()
    page.locator('[data-cell="4,7"]').click()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for part in ("refresher", "question", "logs", "coin", "gaussian"):
        assert broken_rules(page, f"#{part}") == []


# The glossary.

SYMBOLS = [
    "theta-hat", "L", "PD", "n", "xi", "pxi", "ell", "log", "p", "h", "t", "dldp", "y", "yhat",
    "sigma", "pyx", "mse",
]  # fmt: skip


def test_every_symbol_explains_itself_on_focus_and_escape_closes(visit):
    page = visit()
    page.wait_for_selector(".coin")
    note = page.locator("#symbol-note")
    for symbol in SYMBOLS:
        first = page.locator(f'[data-sym="{symbol}"]').first
        first.focus()
        assert len(note.text_content()) > 30, symbol
        assert first.get_attribute("aria-describedby") == "symbol-note"
        page.keyboard.press("Escape")
        has_count(note, 0)


def test_a_symbol_explains_itself_while_the_mouse_is_on_it_or_on_the_note(visit):
    page = visit("learn/question")
    page.locator('#question [data-sym="theta-hat"]').hover()
    note = page.locator("#symbol-note")
    says(note, "most probable")
    note.hover()
    page.wait_for_timeout(300)
    assert note.is_visible()
    page.mouse.move(5, 5)
    note.wait_for(state="detached")


def test_a_touch_opens_a_note_within_a_narrow_screen_and_another_closes_it(visit):
    page = visit(width=360, height=700, has_touch=True)
    page.wait_for_selector(".coin")
    note = page.locator("#symbol-note")
    for symbol in ("PD", "L", "mse", "h"):
        page.locator(f'[data-sym="{symbol}"]').first.tap()
        box = note.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 700
        page.locator("h2").first.tap()
        has_count(note, 0)


def test_every_symbol_is_under_the_pointer_where_it_stands(visit):
    page = visit()
    page.locator("#coin [data-sym]").first.wait_for()
    symbols = page.locator("[data-sym]")
    for k in range(symbols.count()):
        found = symbols.nth(k).evaluate(
            """e => {
                e.scrollIntoView({ block: "center", behavior: "instant" });
                const box = e.getBoundingClientRect();
                const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
                return e.contains(document.elementFromPoint(x, y)) ? "" : e.dataset.sym;
            }"""
        )
        assert found == ""


# On paper, and in odd windows.


def test_on_paper_the_scheme_is_light_and_every_step_is_there(visit):
    page = visit(color_scheme="dark")
    unfold(page.locator("#coin"))
    steps = page.locator('[data-name="derive/bernoulli"] li')
    steps.first.wait_for()
    has_count(steps, 1)
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    has_count(steps, len(resources.make("derive/bernoulli")["steps"]))
    ink = page.evaluate("getComputedStyle(document.body).color")
    assert max(map(int, re.findall(r"\d+", ink))) < 80
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    has_count(steps, 1)


def test_a_figure_that_was_drawn_for_a_wide_window_fits_the_sheet(visit):
    page = visit(width=1280)
    figure = page.locator("#logs .figure svg").first
    figure.wait_for()
    view = figure.get_attribute("viewBox").split()
    assert view[2:] == [figure.get_attribute("width"), figure.get_attribute("height")]


def test_a_formula_that_is_too_wide_is_set_smaller(visit):
    page = visit(width=360)
    formulas = page.locator(".formula div.tex")
    page.locator("#gaussian .formula div.tex").first.wait_for()
    for k in range(formulas.count()):
        wide, window, size = formulas.nth(k).evaluate(
            "e => [e.scrollWidth, e.clientWidth, parseFloat(getComputedStyle(e).fontSize)]"
        )
        assert wide <= window
        assert size >= 12


def test_a_stray_percent_sign_in_an_address_leads_to_the_lesson(visit):
    page = visit("%")
    page.get_by_role("heading", level=1).wait_for()
