"""The explorer in a browser: what a reader brings, and what is said of it."""

from __future__ import annotations

import re

import numpy as np
import pytest

import mostlikely as ml
from tests.web.browser import broken_rules, has_count
from tests.web.conftest import TOKEN, Running
from tests.web.exploring import (
    AGE,
    AMOUNT,
    Endless,
    estimates,
    some,
    status,
    upload,
    view,
    written,
)

playwright = pytest.importorskip("playwright.sync_api", reason="the page is tested in a browser")

from mostlikely.web import explore  # noqa: E402
from mostlikely.web.app import application  # noqa: E402
from mostlikely.web.tables import from_dataset  # noqa: E402

expect = playwright.expect
pytestmark = pytest.mark.xdist_group("explorer")

NASTY = "</script><img src=x onerror=alert(1)>"


def test_a_column_whose_name_is_a_tag_is_text(site, open_page):
    page = open_page(site)
    upload(page, written(**{NASTY: AGE, "amount": AMOUNT}), "<b>bold.csv")
    expect(page.get_by_role("heading", level=1)).to_have_text("<b>bold.csv")
    expect(page.locator("thead th").first).to_contain_text(NASTY)
    page.get_by_label("Predicted by").select_option(NASTY)
    some(page, "Gamma")
    expect(page.get_by_role("region", name="Parameters", exact=True)).to_contain_text(NASTY)
    expect(page.locator(".figure svg")).to_contain_text(NASTY)
    has_count(page.locator("main img, h1 b"), 0)


def test_predictors_of_every_parameter_are_picked(site, open_page):
    page = open_page(site)
    group = np.array(["a", "b"] * 20)
    upload(page, written(age=AGE, group=group, amount=AMOUNT))
    page.get_by_label("Predicted by").select_option("age")
    page.get_by_text("More: other parameters").click()
    page.get_by_label("Only some").check()
    page.get_by_label("Let a parameter follow columns").select_option("sigma")
    page.get_by_label("sigma, predicted by").select_option("group")
    some(page, "Normal")
    data = {"age": AGE, "group": group, "amount": AMOUNT}
    fit = ml.fit(ml.Normal("~ age", sigma="~ group"), data, "amount")
    shown = estimates(page)
    assert list(shown) == [" · ".join(key) for key in fit.params]
    values = [value for value, _, _ in shown.values()]
    assert values == pytest.approx(list(fit.params.values()), rel=1e-4)
    expect(page.get_by_role("tab", name="Residuals")).to_be_visible()


def test_what_is_pasted_is_a_table(site, open_page):
    page = open_page(site)
    page.get_by_text("Paste instead").click()
    page.get_by_label("Columns with a name").fill("amount\n2.1\n1.9\n2.0\n2.3\n1.8\n")
    page.get_by_role("button", name="Use these").click()
    some(page, "Normal")
    assert estimates(page)["mu"][0] == pytest.approx(2.02)


def test_a_bundled_set_has_its_story_and_its_weight(site, open_page):
    page = open_page(site)
    card = page.locator(".sets li", has_text="horse kick")
    expect(card).to_contain_text("Bortkiewicz")
    expect(card).to_contain_text("public domain")
    card.get_by_role("button").click()
    expect(page.get_by_label("Weight", exact=True)).to_have_value("corps_years")
    some(page, "Poisson")
    assert estimates(page)["mean"][0] == pytest.approx(0.7)


def test_what_cannot_be_read_is_said_in_a_sentence(site, open_page):
    page = open_page(site)
    file = {"name": "broken.parquet", "mimeType": "", "buffer": b"PAR1 no table"}
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"\w.*\."))
    expect(page.get_by_role("heading", name="Explore your data")).to_be_visible()


def test_a_server_that_has_gone_is_said(site, open_page):
    page = open_page(site)
    upload(page, written(amount=AMOUNT))
    page.route("**/api/fit", lambda route: route.abort())
    page.locator("button[type=submit]").click()
    expect(page.get_by_role("alert")).to_contain_text("does not answer")


def test_the_table_of_the_command_line_is_open_at_once(open_page):
    running = Running(application(TOKEN, from_dataset("newcomb")))
    try:
        page = open_page(f"http://127.0.0.1:{running.port}")
        expect(page.get_by_label("Explain")).to_have_value("deviation")
    finally:
        running.stop()


TITLES = (
    "Curve",
    "Density",
    "Cumulated",
    "Q–Q",
    "P–P",
    "Residuals",
    "Surface",
    "Profile",
    "What if",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_rule_of_accessibility_is_broken(site, open_page, scheme):
    def check(what):
        assert broken_rules(page, "html") == [], what

    page = open_page(site, color_scheme=scheme)
    page.locator(".sets li").first.wait_for()
    check("loading")
    upload(page, written(age=AGE, amount=AMOUNT))
    check("the set-up")
    page.get_by_label("Predicted by").select_option("age")
    page.get_by_text("More: other parameters").click()
    some(page, "Gamma", "Normal", "Cauchy")
    for title in TITLES:
        tab = page.get_by_role("tab", name=title, exact=True)
        if title == "Curve":
            page.wait_for_timeout(300)
        if tab.count():
            tab.click()
            page.locator(".figure svg, .standing").first.wait_for()
            check(title)


@pytest.mark.parametrize("width", [360, 768, 2560, 3840])
def test_nothing_overflows(site, open_page, width):
    page = open_page(site, viewport={"width": width, "height": 900})
    overflow = "document.documentElement.scrollWidth - innerWidth"
    assert page.evaluate(overflow) <= 0
    upload(page, written(**{"a_rather_long_name_of_a_column_" * 3: AGE, "amount": AMOUNT}))
    assert page.evaluate(overflow) <= 0
    some(page, "Gamma", "Normal")
    for title in TITLES:
        tab = page.get_by_role("tab", name=title, exact=True)
        if tab.count():
            tab.click()
            page.wait_for_timeout(100)
            assert page.evaluate(overflow) <= 0, title


def shown_order(page):
    return page.locator("table tbody input[type=radio]").evaluate_all(
        "all => all.map((r) => r.value.replaceAll('_', ''))"
    )


def test_the_heads_of_the_ranking_sort_it_by_click_and_by_key(site, open_page):
    page = open_page(site, viewport={"width": 1250, "height": 900})
    y = AMOUNT[[0, 1, 2, 3, 39]]
    names = ("Gamma", "LogNormal", "Weibull", "Exponential", "GeneralizedGamma")
    upload(page, written(amount=y))
    some(page, *names)
    fits = ml.compare([*map(str.lower, names[:4]), "generalized_gamma"], y).fits
    for head, key in (
        ("BIC", lambda f: f.bic),
        ("AICc", lambda f: f.aicc),
        ("log-lik.", lambda f: -f.loglik),
        ("AIC", lambda f: f.aic),
    ):
        button = page.get_by_role("columnheader").get_by_role("button", name=head, exact=True)
        if head == "AICc":
            button.focus()
            page.keyboard.press("Enter")
        else:
            button.click()
        ranked = sorted((f for f in fits if f.verdict.ok), key=key)
        assert shown_order(page)[: len(ranked)] == [f.model.name.lower() for f in ranked], head
        order = "descending" if head == "log-lik." else "ascending"
        expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", order)
        expect(page.locator("th[aria-sort]")).to_have_text(re.compile(re.escape(head)))
        expect(status(page)).to_contain_text(f"{ranked[0].model.name} is first")


def test_numbers_with_decimal_commas_are_numbers(site, open_page):
    page = open_page(site)
    text = "\n".join(["Teil;Laufzeit in h", *(f"T{k};{y}" for k, y in enumerate(AMOUNT))])
    upload(page, text.replace(".", ",").encode(), "laufzeit.csv")
    expect(page.get_by_label("Explain")).to_have_value("Laufzeit in h")
    expect(page.locator("section p", has_text="a comma parts decimals")).to_be_visible()
    some(page, "Gamma")
    fit = ml.fit("gamma", AMOUNT)
    assert estimates(page)["mean"][0] == pytest.approx(fit.params["mean"], rel=1e-4)
    expect(page.locator("pre code")).to_contain_text("sep=';', decimal=','")


def test_text_that_is_nearly_numbers_is_read_as_numbers_when_the_reader_says_so(site, open_page):
    page = open_page(site)
    cells = [*AMOUNT[:30].astype(str), "n.a.", "?"]
    upload(page, written(id=range(32), hours=cells))
    expect(page.get_by_label("Explain")).to_have_value("hours")
    form = page.locator("form")
    expect(form).to_contain_text("30 of 32 cells are numbers; not so “n.a.”, “?”.")
    page.get_by_role("button", name="Read hours as numbers").click()
    expect(status(page)).to_have_text("hours holds numbers now, 2 missing.")
    some(page, "Gamma")
    expect(page.locator("p", has_text="2 rows with missing values left out.")).to_be_visible()
    expect(page.locator("pre code")).to_contain_text("errors='coerce'")


def test_an_edge_in_the_first_place_is_said_with_the_first_that_has_none(site, open_page):
    y = np.linspace(1.0, 9.0, 40)
    page = open_page(site)
    upload(page, written(amount=y))
    some(page, "Uniform", "Weibull", "Exponential")
    table = ml.compare(["uniform", "weibull", "exponential"], y)
    assert table.best.verdict.kind == "boundary"
    expect(page.locator("section p").first).to_contain_text(
        f"Uniform has its maximum on an edge, where AIC compares only roughly; "
        f"{table.fits[1].model.name} is the first with one inside."
    )


@pytest.mark.parametrize("predictors", [["age"], ["age", "group"]])
def test_the_what_if_of_a_regression_has_a_picture_that_moves(site, open_page, predictors):
    page = open_page(site)
    upload(page, written(age=AGE, group=["a", "b"] * 20, amount=AMOUNT))
    for name in predictors:
        page.get_by_label("Predicted by").select_option(name)
    some(page, "Gamma")
    view(page, "What if")
    figure = page.locator(".figure svg")
    before = figure.inner_html()
    with page.expect_response("**/api/at") as answer:
        page.get_by_role("slider", name="mean · Intercept").press("ArrowRight")
    moved = answer.value.json()
    assert moved["delta"] < 0
    assert ("curve" in moved) == (len(predictors) == 1)
    page.wait_for_function(
        "before => document.querySelector('.figure svg').innerHTML !== before", arg=before
    )
    assert page.get_by_role("button", name="SVG").is_visible()


def test_dates_are_not_offered_and_a_view_without_figure_is_not_saved(site, open_page):
    page = open_page(site)
    days = np.arange("2024-01-01", "2024-02-10", dtype="datetime64[D]").astype(str)
    upload(page, written(day=days, amount=AMOUNT))
    expect(page.get_by_label("Explain").locator("option", has_text="day (dates)")).to_be_disabled()
    some(page, "Uniform")
    view(page, "Surface")
    expect(page.get_by_role("alert")).to_contain_text("no standard error")
    expect(page.get_by_role("button", name="SVG")).to_be_hidden()


def test_a_surface_that_takes_its_time_is_cancelled(site, open_page, monkeypatch):
    slow = Endless(0.25, "surface", "slug")
    page = open_page(site)
    upload(page, written(amount=AMOUNT))
    some(page, "Gamma")
    monkeypatch.setitem(explore.LONG, "surface", slow)
    view(page, "Surface")
    bar = page.get_by_role("progressbar", name="Progress of the surface")
    expect(bar).to_have_attribute("value", "0.25")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("tabpanel", name="Surface")).to_contain_text("Cancelled")
    assert slow.wait(page) == ["gamma"]


def test_what_is_dropped_on_the_page_is_read(site, open_page):
    page = open_page(site)
    page.get_by_text("Drop a CSV").wait_for()
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.items.add(new File([text], "dropped.csv"));
            const target = document.querySelector(".drop");
            target.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
        }""",
        written(amount=AMOUNT).decode(),
    )
    expect(page.get_by_role("heading", level=1)).to_have_text("dropped.csv")
