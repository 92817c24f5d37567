"""The pages of the families in a real browser: each is there, and its numbers are the library's."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.web import resources
from mostlikely.web.models import slug_of
from tests.web.browser import broken_rules, drag, has_count, keys, says, shown

pytestmark = pytest.mark.xdist_group("explorer")

DRAWN = [f for f in ml.families() if not f.labels]


def middle(family):
    """Where the sliders begin."""
    from mostlikely.web.pages import middle as of

    return of(family)


def at(family, values):
    known = {k: values[k] for k, p in family.parameters.items() if p.known}
    return family(**known).at(**{k: v for k, v in values.items() if k not in known})


@pytest.mark.parametrize("family", DRAWN, ids=lambda f: f.__name__)
def test_a_familys_page_shows_its_density_moments_and_likelihood(visit, family):
    page = visit(f"families/{slug_of(family)}")
    page.get_by_role("heading", name=family.__name__, level=1, exact=True).wait_for()
    found = resources.make(f"families/{slug_of(family)}")
    if found["program"] is None:
        says(page.locator("main"), found["why"])
        return
    page.locator('[data-shown="family.density"]').wait_for()
    here = at(family, middle(family))
    y = shown(page, "family.y")
    assert shown(page, "family.density") == pytest.approx(float(np.exp(here.log_prob(y))), rel=1e-6)
    assert shown(page, "family.loglik") == pytest.approx(
        np.sum(here.log_prob(found["sample"])), rel=1e-8
    )
    if found["moments"]:
        mean, variance = (float(m) for m in family.moments(*middle(family).values()))
        if np.isnan(mean):
            assert page.locator(".readings").text_content().count("has none") == 2
        else:
            assert shown(page, "family.mean") == pytest.approx(mean, rel=1e-9, abs=1e-12)
            assert shown(page, "family.sd") == pytest.approx(sqrt(variance), rel=1e-9)
    text = page.locator("main").text_content()
    for case in (c for c in family.special_cases if c.family in ml.families()):
        page.locator(f'.relations a[href="#/families/{slug_of(case.family)}"]').first.wait_for()
    assert all(p.meaning in text for p in family.parameters.values())


def test_of_a_docstring_only_the_prose_is_shown(visit):
    for family in ml.families():
        found = resources.make(f"families/{slug_of(family)}")
        assert "---" not in found["docstring"], family
    page = visit("families/ordinal")
    page.locator("h1").wait_for()
    text = page.locator("main .prose").text_content()
    assert "cutpoints" in text
    assert "Parameters" not in text


def test_a_label_is_not_called_a_count_and_has_no_place_between_two(visit):
    page = visit("families/categorical")
    page.locator("h1").wait_for()
    says(page.locator(".support"), "y is one of several labels, here 3.")
    ticks = page.locator(".figure .axis text").all_text_contents()
    assert {"0", "1", "2"} <= set(ticks)
    assert not {"−0.5", "1.5", "2.5"} & set(ticks)
    assert "0 draws" not in page.locator(".stage").first.text_content()


def test_probabilities_that_add_up_to_more_than_one_are_no_law(visit):
    page = visit("families/categorical")
    page.locator(".figure").first.wait_for()
    has_count(page.get_by_text("There is no such law"), 0)
    keys(page, page.get_by_label("p[1]: probability of 1"), "End")
    has_count(page.get_by_text("There is no such law"), 1)


def test_an_angle_is_drawn_over_one_turn(visit):
    page = visit("families/von_mises")
    page.locator(".figure").first.wait_for()
    handle = page.get_by_label("y, to read its density")
    assert -np.pi <= float(handle.get_attribute("aria-valuemin"))
    assert float(handle.get_attribute("aria-valuemax")) <= np.pi


def test_a_page_is_found_by_its_name_in_python(visit):
    page = visit("families/VonMises")
    page.get_by_role("heading", name="VonMises", level=1).wait_for()


def test_the_formula_is_said_to_who_cannot_see_it(visit):
    page = visit("families/exponential")
    page.locator("h1").wait_for()
    said = page.locator(".formula [role=math]").get_attribute("aria-label")
    assert said == resources.make("derive/exponential")["steps"][0]["text"]


def test_the_sliders_move_the_density_by_keys_and_mouse(visit):
    page = visit("families/gamma")
    slider = page.get_by_label("shape: 1/CV²", exact=False)
    keys(page, slider, "ArrowRight*20")
    shape = np.exp(float(slider.input_value()))
    mean = middle(ml.Gamma)["mean"]
    assert shape > middle(ml.Gamma)["shape"] * 1.3
    y = shown(page, "family.y")
    expected = ml.Gamma().at(mean=mean, shape=shape).log_prob(y)
    assert log(shown(page, "family.density")) == pytest.approx(expected, rel=1e-6)
    assert shown(page, "family.sd") == pytest.approx(mean / sqrt(shape), rel=1e-6)
    before = shown(page, "family.y")
    drag(page, page.get_by_label("y, to read its density"), 90)
    assert shown(page, "family.y") > before
    page.get_by_role("button", name="Where the sample was drawn").click()
    assert shown(page, "family.mean") == pytest.approx(mean)


def test_the_derivation_is_the_librarys_and_walked_step_by_step(visit):
    page = visit("families/poisson")
    steps = resources.make("derive/poisson")["steps"]
    card = page.locator('[data-name="derive/poisson"]')
    for k, step in enumerate(steps):
        says(card.locator("li").nth(k), step["sentence"])
        if k + 1 < len(steps):
            card.get_by_role("button", name="Next step").click()


def test_the_code_is_that_of_the_resource(visit):
    page = visit("families/weibull")
    code = resources.make("families/weibull")["code"]
    says(page.locator('[data-name="family.code"]'), code["python"])
    page.get_by_text("Command line").click()
    says(page.locator('[data-name="family.code"]'), code["cli"])


def test_the_index_lists_every_family_by_room_with_the_map(visit):
    page = visit("families")
    page.locator("section li a").first.wait_for()
    listed = page.locator("section li a strong").all_text_contents()
    assert sorted(listed) == sorted(f.__name__ for f in ml.families())
    has_count(page.locator(".map a"), len(listed))
    page.locator('section li a[href="#/families/weibull"]').click()
    page.get_by_role("heading", name="Weibull", level=1).wait_for()


def test_neighbours_and_relations_lead_on(visit):
    page = visit("families/gamma")
    page.locator(".relations a", has_text="Exponential").click()
    page.get_by_role("heading", name="Exponential", level=1).wait_for()
    page.get_by_label("Neighbours").get_by_role("link").last.click()
    page.get_by_role("heading", name="Gamma", level=1, exact=True).wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("place", "width"),
    [
        ("families", 360),
        ("families", 1280),
        ("families/student_t", 360),
        ("families/poisson", 1280),
    ],
)
def test_the_pages_fit_the_window_and_break_no_rule_of_axe(visit, place, width, scheme):
    page = visit(place, width=width, color_scheme=scheme)
    page.locator("h1").wait_for()
    page.locator(".map a, figure, .figure").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert broken_rules(page, "main") == []
