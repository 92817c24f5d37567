"""The explorer in a browser: from a file to a fit, its interval, a picture and the code."""

from __future__ import annotations

import csv
import json
import runpy
from xml.etree import ElementTree

import numpy as np
import pytest

import mostlikely as ml
from tests.web.exploring import (
    AGE,
    AMOUNT,
    Endless,
    estimates,
    go,
    number,
    said,
    settled,
    some,
    status,
    upload,
    view,
    written,
)

playwright = pytest.importorskip("playwright.sync_api", reason="the page is tested in a browser")

from mostlikely.web import explore  # noqa: E402

expect = playwright.expect
pytestmark = pytest.mark.xdist_group("explorer")


def test_a_file_becomes_a_fit_with_its_intervals_and_the_code_that_does_it_again(
    site, open_page, tmp_path, monkeypatch
):
    page = open_page(site)
    content = written(age=AGE, amount=AMOUNT)
    upload(page, content)
    expect(page.get_by_label("Explain")).to_have_value("amount")
    go(page)
    table = ml.compare(None, AMOUNT)
    best = table.best
    models = len(table.fits)
    expect(status(page)).to_have_text(f"{models} models compared; {best.model.name} is best.")
    expect(page.get_by_role("heading", name=f"{best.model.name} fits best")).to_be_visible()
    wald, profile = best.interval(), best.interval(method="profile")
    shown = estimates(page)
    assert list(shown) == list(best.params)
    for name, value in best.params.items():
        assert shown[name] == (
            pytest.approx(value, rel=1e-4),
            said(wald[name]),
            said(profile[name]),
        )

    page.get_by_role("button", name="Copy").click()
    code = page.evaluate("navigator.clipboard.readText()")
    (tmp_path / "claims.csv").write_bytes(content)
    (tmp_path / "again.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    again = runpy.run_path("again.py")["fit"]
    assert again.params == pytest.approx(dict(best.params), rel=1e-9)


def test_the_ranking_is_the_librarys(site, open_page):
    page = open_page(site)
    upload(page, written(amount=AMOUNT))
    some(page, "Gamma", "LogNormal", "Weibull", "Normal")
    names = page.locator("table tbody input[type=radio]").evaluate_all(
        "all => all.map((r) => r.value)"
    )
    table = ml.compare(["gamma", "lognormal", "weibull", "normal"], AMOUNT)
    assert [n.replace("_", "") for n in names] == [f.model.name.lower() for f in table]
    deltas = [number(t) for t in page.locator("td.delta .number").all_inner_texts()]
    assert deltas == pytest.approx([f.aic - table.best.aic for f in table], abs=0.051)
    page.get_by_label("Rank by").select_option("bic")
    order = page.locator("table tbody input[type=radio]").evaluate_all(
        "all => all.map((r) => r.value)"
    )
    by_bic = sorted(table, key=lambda f: f.bic)
    assert [n.replace("_", "") for n in order] == [f.model.name.lower() for f in by_bic]


def test_a_model_that_fails_is_said_and_not_hidden(site, open_page):
    page = open_page(site)
    upload(page, written(amount=[1.0, 1.0, 1.0, 1.0, 2.0]))
    some(page, "Exponential", "Cauchy", "Beta")
    cauchy = ml.fit("cauchy", [1.0, 1.0, 1.0, 1.0, 2.0]).verdict
    assert not cauchy.ok
    ranking = page.locator("section", has=page.get_by_role("heading", name="fits best"))
    expect(ranking).to_contain_text(f"Cauchy ({cauchy.kind})")
    page.get_by_role("button", name="Why?").click()
    expect(ranking).to_contain_text(cauchy.sentence)
    ranking.get_by_text("1 model cannot hold these data").click()
    expect(ranking).to_contain_text("must be strictly between 0 and 1 under Beta")


def tab_to(page, test, most=120):
    """Press Tab until what is focused passes the test of JavaScript on ``e``."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(f"((e) => {test})(document.activeElement)"):
            return
    raise AssertionError(f"no Tab leads to {test}")


def test_the_keyboard_alone_leads_from_the_file_to_the_copied_code(site, open_page, tmp_path):
    (tmp_path / "claims.csv").write_bytes(written(amount=AMOUNT))
    page = open_page(site)
    page.on("filechooser", lambda chooser: chooser.set_files(tmp_path / "claims.csv"))
    tab_to(page, "e.type === 'file'")
    page.keyboard.press("Space")
    page.get_by_role("heading", name="What was read").wait_for()
    tab_to(page, "e.innerText === 'Compare noise models'")
    page.keyboard.press("Enter")
    settled(page)
    best = page.locator("table input[type=radio]:checked").input_value()

    tab_to(page, "e.type === 'radio' && e.closest('table')")
    page.keyboard.press("ArrowDown")  # the second best
    expect(page.locator("table input[type=radio]:checked")).not_to_have_value(best)
    settled(page)

    tab_to(page, "e.getAttribute('role') === 'tab' && e.innerText === 'Density'")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Q–Q")).to_be_focused()
    tab_to(page, "e.getAttribute('aria-label')?.startsWith('Points')")
    page.keyboard.press("End")
    far = page.evaluate("document.activeElement.getAttribute('aria-valuetext')")
    assert far.startswith("amount 60")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-valuetext')").endswith(
        "left out"
    )
    expect(status(page)).to_contain_text("left out")

    tab_to(page, "e.innerText === 'Copy'")
    page.keyboard.press("Enter")
    expect(status(page)).to_have_text("Copied")
    assert "ml.fit(" in page.evaluate("navigator.clipboard.readText()")


def test_a_point_that_is_clicked_is_left_out_and_can_come_back(site, open_page):
    page = open_page(site)
    upload(page, written(amount=AMOUNT))
    some(page, "Gamma")
    view(page, "Q–Q")
    figure = page.locator(".figure svg")
    walk = page.get_by_role("slider", name="Points")
    walk.focus()
    walk.press("End")  # where the point lies that is then clicked
    ring = figure.locator("circle.ring").bounding_box()
    page.mouse.click(ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2)
    out = page.locator("section", has=page.get_by_role("heading", name="Left out: 1 row"))
    expect(out).to_contain_text("amount 60")
    expect(page.get_by_role("note")).to_contain_text("has changed since this fit")
    out.get_by_role("button", name="Fit again").click()
    fit = ml.fit("gamma", AMOUNT[:39])
    expect(page.locator("p", has_text="39 observations")).to_be_visible()
    settled(page)
    assert estimates(page)["shape"][0] == pytest.approx(fit.params["shape"], rel=1e-4)
    expect(page.locator("pre code")).to_contain_text("data.drop(index=[39])")
    out.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Fit again").click()
    expect(page.locator("p", has_text="40 observations")).to_be_visible()


def test_the_what_if_is_the_likelihood_at_these_values_and_asks_once_at_a_time(site, open_page):
    page = open_page(site)
    upload(page, written(amount=AMOUNT))
    some(page, "Gamma")
    view(page, "What if")
    under_way, most, asked = set(), [0], []

    def begun(request):
        if "/api/at" in request.url:
            under_way.add(request)
            asked.append(json.loads(request.post_data)["values"])
            most[0] = max(most[0], len(under_way))

    page.on("request", begun)
    page.on("requestfinished", lambda request: under_way.discard(request))
    slider = page.get_by_role("slider", name="shape")
    slider.focus()
    for _ in range(25):
        page.keyboard.press("ArrowRight")
    fit = ml.fit("gamma", AMOUNT)
    last = float(slider.evaluate("e => Math.exp(Number(e.value))"))
    delta = page.get_by_test_id("delta")
    expected = fit.log_likelihood({"shape": last}) - fit.loglik
    assert expected < -1.0
    expect(delta).to_have_text(f"{expected:.3f}".replace("-", "−"))
    assert most[0] == 1
    assert asked[-1]["shape"] == pytest.approx(last)
    page.get_by_role("button", name="Back to the estimate").click()
    expect(delta).to_have_text("0.000")


def test_the_points_of_surface_and_profile_are_dragged(site, open_page):
    page = open_page(site)
    upload(page, written(amount=AMOUNT))
    some(page, "Gamma")
    fit = ml.fit("gamma", AMOUNT)
    view(page, "Surface")
    for level in ("50%", "90%", "95%", "99%"):
        expect(page.locator(".regions text", has_text=level)).to_be_visible()
    handle = page.get_by_role("slider", name="mean and shape")
    box = handle.locator(".dot").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    with page.expect_response("**/api/at") as answer:
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 60, y - 40)
        page.mouse.up()
    values = json.loads(answer.value.request.post_data)["values"]
    assert values["mean"] > fit.params["mean"]
    assert values["shape"] > fit.params["shape"]
    lost = fit.log_likelihood(values) - fit.loglik
    expect(page.get_by_test_id("delta")).to_have_text(f"{lost:.3f}".replace("-", "−"))
    page.get_by_role("button", name="Back to the estimate").click()
    for key, name in (("ArrowRight", "mean"), ("ArrowUp", "shape")):
        with page.expect_response("**/api/at") as answer:
            handle.press(key)
        values = json.loads(answer.value.request.post_data)["values"]
        step = (values[name] - fit.params[name]) / fit.standard_errors[name]
        assert 0.02 < step < 0.2, key  # a hundredth of what is drawn, on either axis
    view(page, "Profile")
    page.get_by_label("Profile of").select_option("shape")
    handle = page.get_by_role("slider", name="shape")
    before = float(handle.get_attribute("aria-valuenow"))
    assert before == pytest.approx(fit.params["shape"])
    handle.press("Shift+ArrowRight")
    assert float(handle.get_attribute("aria-valuenow")) > before
    assert "below the maximum" in handle.get_attribute("aria-valuetext")


def saved(page, name):
    with page.expect_download() as download:
        page.get_by_role("button", name=name).click()
    return download.value


def test_the_fit_the_table_and_the_pictures_can_be_taken_away(site, open_page, tmp_path):
    page = open_page(site)
    upload(page, written(amount=AMOUNT))
    some(page, "Gamma", "Weibull")
    fit = ml.fit("gamma", AMOUNT)
    page.get_by_label("Gamma", exact=True).and_(page.get_by_role("radio")).check()
    page.get_by_label("Draw Weibull too").check()
    settled(page)
    kept = tmp_path / "fit.json"
    saved(page, "Fit (JSON)").save_as(kept)
    assert dict(ml.load(kept).params) == pytest.approx(dict(fit.params))
    rows = list(csv.DictReader(saved(page, "Table (CSV)").path().read_text().splitlines()))
    assert [r["parameter"] for r in rows] == ["mean", "shape"]
    assert [float(r["estimate"]) for r in rows] == pytest.approx(list(fit.params.values()))
    for title in ("Density", "Surface"):
        view(page, title)
        page.locator(".figure svg").wait_for()
        svg = saved(page, "SVG")
        assert svg.suggested_filename == f"gamma-{title.lower()}.svg"
        root = ElementTree.parse(svg.path()).getroot()
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert "var(" not in svg.path().read_text()
        assert len(root.findall(".//{*}path")) > 1
        texts = [e.text for e in root.findall("{*}text")]  # above the figure
        assert f"{title}: Gamma fitted to amount" in texts
        assert title == "Surface" or texts[-2:] == ["Gamma", "Weibull"]
    png = saved(page, "PNG").path().read_bytes()
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20]) > 800


def test_long_work_shows_how_far_it_is_and_is_cancelled(site, open_page, monkeypatch):
    slow = Endless(0.4, "Gamma, 4 of 10", "y")
    page = open_page(site)
    upload(page, written(amount=AMOUNT))
    monkeypatch.setitem(explore.LONG, "fit", slow)
    page.locator("button[type=submit]").click()
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "40")
    expect(page.locator("form")).to_contain_text("Gamma, 4 of 10")
    page.get_by_role("button", name="Cancel").click()
    expect(status(page)).to_have_text("Cancelled.")
    expect(page.locator(".results")).to_contain_text("Cancelled. Nothing was changed.")
    assert slow.wait(page) == ["amount"], "the server still works on it"
    monkeypatch.undo()
    some(page, "Gamma")
    expect(page.get_by_role("heading", name="Gamma fits best")).to_be_visible()


def test_data_roles_fits_and_exclusions_survive_a_reload_and_the_way_back(site, open_page):
    page = open_page(site)
    upload(page, written(age=AGE, amount=AMOUNT))
    some(page, "Gamma", "Weibull")
    page.get_by_label("Rank by").select_option("bic")
    view(page, "Q–Q")
    walk = page.get_by_role("slider", name="Points")
    walk.press("End")
    walk.press("Enter")
    page.locator("section", has_text="Left out: 1 row").get_by_text("Fit again").click()
    expect(page.locator("p", has_text="39 observations")).to_be_visible()
    settled(page)
    before = estimates(page)
    fitted = []
    page.on("request", lambda r: fitted.append(r) if r.url.endswith("/api/fit") else None)

    def check():
        settled(page)
        assert estimates(page) == before
        expect(page.get_by_label("Rank by")).to_have_value("bic")
        expect(page.get_by_role("checkbox", name="Gamma", exact=True)).to_be_checked()
        expect(page.get_by_role("heading", name="Left out: 1 row")).to_be_visible()
        expect(page.get_by_role("tab", name="Q–Q")).to_have_attribute("aria-selected", "true")

    page.goto(f"{site}/#/families")
    page.get_by_role("heading", level=1).first.wait_for()
    page.go_back()
    check()
    assert fitted == []  # nothing was lost, so nothing is computed again
    page.reload()
    check()
    assert len(fitted) == 1


def test_labels_are_put_in_order_and_the_copied_code_has_it(site, open_page, tmp_path, monkeypatch):
    page = open_page(site)
    grades = np.array(["poor", "fair", "good"])[np.arange(40) % 7 % 3]
    content = written(age=AGE, grade=grades)
    upload(page, content)
    page.get_by_label("Explain").select_option("grade")
    page.get_by_label("Predicted by").select_option("age")
    page.get_by_label("These labels have an order").check()
    order = page.get_by_role("list", name="From the lowest to the highest").locator("span")
    assert order.all_inner_texts() == ["fair", "good", "poor"]
    up = page.get_by_role("button", name="poor lower")
    up.click()
    up.press("Enter")  # the focus went along
    assert order.all_inner_texts() == ["poor", "fair", "good"]
    some(page, "Ordinal")
    fit = ml.fit(
        ml.Ordinal("grade ~ age", levels=["poor", "fair", "good"]), {"grade": grades, "age": AGE}
    )
    assert estimates(page)["location · age"][0] == pytest.approx(
        fit.params["location", "age"], rel=1e-3
    )
    page.get_by_role("button", name="Copy").click()
    (tmp_path / "claims.csv").write_bytes(content)
    (tmp_path / "again.py").write_text(page.evaluate("navigator.clipboard.readText()"))
    monkeypatch.chdir(tmp_path)
    assert runpy.run_path("again.py")["fit"].loglik == pytest.approx(fit.loglik, rel=1e-9)
