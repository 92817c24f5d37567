"""The lesson's later parts in a real browser: what a hand does, and the library's number for it."""

from __future__ import annotations

import re

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.web.lesson_intervals import climb, intervals
from mostlikely.web.lesson_losses import losses
from mostlikely.web.practice import quiz
from tests.web.browser import broken_rules, drag, has_count, keys, says, shown, unfold

pytestmark = pytest.mark.xdist_group("lesson")

FOUND = losses()
SAMPLE = [1.4, 1.9, 2.2, 2.9, 3.6]
NEAR = {"rel": 1e-5, "abs": 1e-6}


def best_of(noise, data):
    """The library's own estimate of what is predicted, by a fit."""
    return ml.fit(noise.family, data).params[noise.predicts[0]]


# Part 6.


def test_each_of_the_three_lines_shows_its_noise_and_its_optimum(visit):
    page = visit("learn/practice")
    part = page.locator("#practice")
    for line, noise, optimum in [
        ("MSELoss", "Normal", "the mean of y given x"),
        ("BCEWithLogitsLoss", "Bernoulli", "the log-odds that y is 1"),
        (
            "CrossEntropyLoss",
            "Categorical",
            "the log-probability of every class, up to one number per row",
        ),
    ]:
        part.get_by_role("button", name=f"torch.nn.{line}()").click()
        says(part.locator(".one h3 a"), noise)
        says(part.locator(".formula-line"), optimum)
        if noise == "Categorical":
            continue  # below
        data = SAMPLE if noise == "Normal" else [0, 1, 1, 1, 0]
        value = best_of(ml.noise_of(line), data)
        value = np.log(value / (1 - value)) if noise == "Bernoulli" else value
        assert shown(page, "practice.best") == pytest.approx(value, **NEAR)


def test_the_best_scores_of_labels_give_their_shares_and_a_pressed_label_moves_them(visit):
    page = visit("learn/practice")
    part = page.locator("#practice")
    part.get_by_role("button", name="CrossEntropyLoss").click()

    def shares(kind):
        return [shown(page, f"practice.{kind}{y}") for y in range(3)]

    fit = dict(ml.fit(ml.Categorical(levels=range(3)), [0, 1, 2, 2, 1]).params)
    best = [1 - sum(fit.values()), *fit.values()]
    assert shares("share") == pytest.approx(best, **NEAR)
    # whatever the other scores are, the best score of label 0 gives it its share
    keys(page, part.get_by_label("the score of label 1"), "ArrowRight*80")
    moved = shown(page, "practice.best")
    assert moved == pytest.approx(np.log((np.exp(0.8) + 1) * best[0] / (1 - best[0])), **NEAR)
    scores = np.array([shown(page, "practice.f"), 0.8, 0.0])
    now = np.exp(scores) / np.exp(scores).sum()
    assert shares("p") == pytest.approx(now, **NEAR)
    part.get_by_role("button", name="Predict the best").click()
    assert shares("p") == pytest.approx(best, **NEAR)
    part.get_by_role("button", name="datum 1 is 0").click()
    part.get_by_role("button", name="datum 3 is 2").click()
    assert shares("share") == pytest.approx([1 / 5, 3 / 5, 1 / 5], **NEAR)
    part.get_by_role("button", name="Predict the best").click()
    assert shares("p") == pytest.approx([1 / 5, 3 / 5, 1 / 5], **NEAR)


@pytest.mark.parametrize(
    "loss", [entry for entry in FOUND["losses"] if entry["live"]], ids=lambda entry: entry["name"]
)
def test_the_loss_that_is_shown_is_the_librarys(visit, loss):
    page = visit("learn/practice")
    unfold(page.locator("#practice"))
    page.locator("#practice").get_by_role(
        "radio", name=re.compile(f"^{re.escape(loss['name'])}")
    ).check(force=True)
    options = {"quantile": 0.9} if loss["name"] == "pinball" else {}
    noise = ml.noise_of(loss["name"], **options)
    page.locator(f'[data-loss="{loss["name"]}"]').wait_for()
    y = loss["live"]["sample"]

    def mean(f):
        columns = [np.full(len(y), v) for v in (f, *loss["live"]["held"])]
        return noise(y, columns[0] if len(columns) == 1 else np.stack(columns, 1)).mean()

    f, best = shown(page, "practice.f"), shown(page, "practice.best")
    assert shown(page, "practice.loss") == pytest.approx(mean(f), **NEAR)
    assert shown(page, "practice.least") == pytest.approx(mean(best), **NEAR)
    around = np.linspace(*loss["live"]["reach"], 401)
    assert mean(best) <= min(map(mean, around)) + 1e-9


def test_a_datum_pulled_away_takes_the_mean_along_and_leaves_the_median(visit):
    page = visit("learn/practice")
    unfold(page.locator("#practice"))
    part = page.locator("#practice")
    before = shown(page, "practice.mean")
    drag(page, part.get_by_label("the last datum"), 120)
    last = float(part.get_by_label("the last datum").get_attribute("aria-valuenow"))
    assert last > 5
    data = [*SAMPLE[:-1], last]
    assert shown(page, "practice.best") == pytest.approx(np.mean(data), **NEAR)
    assert shown(page, "practice.mean") > before + 0.2
    part.get_by_role("radio", name="absolute error").first.check(force=True)
    says(part.locator(".words code").first, "torch.nn.L1Loss()")
    says(part.locator(".one h3 a"), "Laplace")
    assert shown(page, "practice.best") == pytest.approx(2.2, abs=1e-6)
    assert shown(page, "practice.median") == pytest.approx(2.2, abs=1e-6)


def test_the_losses_are_walked_with_arrows_and_the_prediction_moves_with_them(visit):
    page = visit("learn/practice")
    unfold(page.locator("#practice"))
    part = page.locator("#practice")
    keys(page, part.get_by_role("radio", name="squared error").first, "ArrowDown")
    assert part.locator(".one").get_attribute("data-loss") == "absolute error"
    handle = part.get_by_label("the prediction, on its mean loss")
    before = shown(page, "practice.f")
    keys(page, handle, "ArrowLeft*5")
    assert shown(page, "practice.f") == pytest.approx(before - 0.5, abs=1e-9)
    part.get_by_role("button", name="Predict the best").click()
    assert shown(page, "practice.f") == shown(page, "practice.best")


def test_a_loss_without_likelihood_says_why(visit):
    page = visit("learn/practice")
    unfold(page.locator("#practice"))
    page.locator("#practice").get_by_role("radio", name="hinge", exact=True).check(force=True)
    assert (
        page.locator('[data-name="practice.reason"]').text_content() == ml.noise_of("hinge").reason
    )
    says(page.locator("#practice .one h3"), "is no likelihood")


@pytest.mark.parametrize("name", ["expectile", "Cox's partial likelihood", "pairwise ranking"])
def test_a_likelihood_of_a_family_that_is_not_here_is_not_called_none(visit, name):
    assert ml.noise_of(name).reason.startswith("A ")
    page = visit("learn/practice")
    unfold(page.locator("#practice"))
    page.locator("#practice").get_by_role("radio", name=name, exact=True).check(force=True)
    says(page.locator("#practice .one h3"), "has no family here")


def test_what_the_catalogue_remarks_on_a_loss_is_said(visit):
    page = visit("learn/practice")
    unfold(page.locator("#practice"))
    (remark,) = ml.noise_of("mse").remarks
    assert remark in page.locator("#practice .remark").all_text_contents()


# Part 7.


def test_more_flips_sharpen_the_hill_by_mouse_and_by_keys(visit):
    page = visit("learn/beyond")
    slider = page.get_by_label("flips n")
    keys(page, slider, "ArrowRight*2")
    assert shown(page, "curvature.n") == 40
    fit = ml.fit(ml.Bernoulli(), [1] * 28 + [0] * 12)
    assert shown(page, "curvature.error") == pytest.approx(fit.standard_errors["p"], rel=1e-9)
    low, high = fit.interval("p", method="profile")
    assert shown(page, "curvature.low") == pytest.approx(low, rel=1e-6)
    assert shown(page, "curvature.high") == pytest.approx(high, rel=1e-6)
    box = slider.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 3, box["y"] + box["height"] / 2)
    assert shown(page, "curvature.n") == 640


@pytest.mark.parametrize("heads", [10, 7, 0])
def test_the_three_intervals_are_the_librarys(visit, heads):
    page = visit("learn/beyond")
    unfold(page.locator("#beyond"))
    handle = page.get_by_label("heads", exact=True)
    keys(page, handle, "End", f"ArrowLeft*{10 - heads}")
    assert shown(page, "intervals.heads") == heads
    fit = ml.fit(ml.Bernoulli(), [1] * heads + [0] * (10 - heads))
    lr = fit.interval("p", method="profile")
    assert [shown(page, f"intervals.lr.{k}") for k in range(2)] == pytest.approx(lr, abs=1e-9)
    if heads == 7:
        wald = fit.interval("p", scale="natural")
        assert [shown(page, f"intervals.wald.{k}") for k in range(2)] == pytest.approx(
            wald, abs=1e-9
        )
        for k in range(2):
            end = shown(page, f"intervals.score.{k}")
            assert fit.test(p=end, method="score").p_value == pytest.approx(0.05, rel=1e-6)
    else:
        says(page.locator('[data-name="lesson/intervals"] table'), "none here")


def test_heads_are_dragged_and_flips_chosen(visit):
    page = visit("learn/beyond")
    unfold(page.locator("#beyond"))
    card = page.locator('[data-name="lesson/intervals"]')
    card.get_by_text("40 flips").click()
    before = shown(page, "intervals.heads")
    drag(page, card.get_by_label("heads", exact=True), -150)
    after = shown(page, "intervals.heads")
    assert after < before
    case = next(c for c in intervals()["cases"] if (c["n"], c["heads"]) == (40, after))
    assert shown(page, "intervals.score.0") == pytest.approx(case["score"][0], rel=1e-12)


def test_newton_wins_the_race_from_nearby_and_is_lost_from_afar(visit):
    page = visit("learn/beyond")
    unfold(page.locator("#beyond"))
    card = page.locator('[data-name="lesson/climb"]')
    newton, gradient = (
        card.get_by_role("button", name=f"{n} step") for n in ("Newton", "Gradient")
    )
    found = climb()
    k = next(i for i, s in enumerate(found["starts"]) if s > 1)
    for step in range(1, 4):
        newton.click()
        gradient.click()
        assert shown(page, "climb.newton.mean") == pytest.approx(
            found["newton"][k]["steps"][step][0], rel=1e-9
        )
        assert shown(page, "climb.gradient.slope") == pytest.approx(
            found["gradient"][0][k]["steps"][step][2], rel=1e-6
        )
    while newton.is_enabled():
        newton.click()
    assert shown(page, "climb.newton.mean") == pytest.approx(4, abs=2e-3)
    says(card.locator(".verdict"), "Newton is up after")
    keys(page, card.get_by_label("where both start"), "End")
    assert shown(page, "climb.newton.steps") == 0
    newton.click()
    says(card.locator(".verdict"), "where no mean can be")
    assert newton.is_disabled()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_lines_of_the_map_begin_and_end_at_the_boxes(visit, width):
    page = visit("families", width=width)
    page.locator(".map a").first.wait_for()
    page.evaluate("document.fonts.ready")
    page.wait_for_function("document.querySelectorAll('.map path').length > 20")
    boxes, ends = page.evaluate(
        """() => {
          const box = document.querySelector(".map").getBoundingClientRect();
          const boxes = [...document.querySelectorAll(".map a")].map((a) => {
            const b = a.getBoundingClientRect();
            return [b.left - box.left, b.right - box.left, (b.top + b.bottom) / 2 - box.top];
          });
          const ends = [...document.querySelectorAll(".map path")].map((p) => {
            const [a, b] = [p.getPointAtLength(0), p.getPointAtLength(p.getTotalLength())];
            return [[a.x, a.y], [b.x, b.y]];
          });
          return [boxes, ends];
        }"""
    )
    for (x, y), (x1, y1) in ends:
        assert min(abs(right - x) + abs(middle - y) for _, right, middle in boxes) < 0.6
        assert (
            min(min(abs(le - x1), abs(ri - x1)) + abs(middle - y1) for le, ri, middle in boxes)
            < 0.6
        )


def test_the_map_has_every_family_and_leads_to_its_page(visit):
    page = visit("learn/beyond")
    unfold(page.locator("#beyond"))
    links = page.locator("#beyond .map a")
    links.first.wait_for()
    assert {a.strip() for a in links.all_text_contents()} == {f.__name__ for f in ml.families()}
    gamma = page.locator("#beyond .map a", has_text=re.compile(r"^\s*Gamma\s*$"))
    gamma.focus()
    says(page.locator("#beyond .map svg"), "shape = 1")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Gamma", level=1).wait_for()


# Part 8.


def test_every_wrong_choice_of_the_quiz_is_told_why_it_tempts(visit):
    page = visit("learn/quiz")
    cards = page.locator(".quiz .question")
    cards.first.wait_for()
    for k, asked in enumerate(quiz()["questions"]):
        for place, choice in enumerate(asked["choices"]):
            card = cards.nth(k)
            card.locator(".choices button").nth(place).click()
            says(card.locator('[data-name="quiz.feedback"]'), choice["why"])
            card.get_by_role("button", name=re.compile("afresh|again")).click()
            has_count(card.locator('[data-name="quiz.feedback"]'), 0)


def test_the_quiz_is_answered_by_keys_and_what_was_answered_is_kept(visit):
    page = visit("learn/quiz")
    cards = page.locator(".quiz .question")
    cards.first.wait_for()
    for k, asked in enumerate(quiz()["questions"]):
        place = [c["right"] for c in asked["choices"]].index(True)
        cards.nth(k).locator(".choices button").nth(place).focus()
        page.keyboard.press("Enter")
    says(page.locator('[data-name="quiz.done"]'), "That was the lesson")
    page.reload()
    cards.first.wait_for()
    has_count(page.locator(".quiz .right"), 3)


def test_a_storage_full_of_nonsense_does_no_harm(visit):
    page = visit("learn/quiz")
    both = "v => ['quiz', 'practice'].forEach(n => localStorage.setItem(`mostlikely-${n}`, v))"
    for nonsense in ('"x"', "[1]", '{"coin": "0"}', '{"coin": [9]}', "{", "null"):
        page.evaluate(both, nonsense)
        page.reload()
        page.locator(".quiz .question").first.wait_for()
        assert page.locator('[data-name="quiz.done"]').text_content().startswith("0 of 3")


def test_a_round_of_practice_is_graded_and_counted(visit):
    page = visit("learn/quiz")
    unfold(page.locator("#quiz"))
    page.get_by_role("button", name="Practise").click()
    exercise = page.locator('[data-name="exercise"]')
    for k in range(8):
        exercise.get_by_text(f"Question {k + 1} of 8").wait_for()
        for choice in range(4):
            exercise.locator(".choices button").nth(choice).click()
            if exercise.locator(".choices .right").count():
                break
        code = exercise.locator(".ask-it code").first.text_content()
        assert code.startswith("ml.")
        exercise.get_by_role("button", name=re.compile("Next question|See how")).click()
    assert re.search(r"\d of 8 at the first try", exercise.text_content())
    score = page.evaluate("JSON.parse(localStorage.getItem('mostlikely-practice'))")
    assert score["asked"] == 8
    assert score["rounds"] == 1


# The film.


def test_without_motion_the_film_is_stills(visit):
    page = visit("learn")
    page.get_by_role("button", name="Watch it first").click()
    film = page.locator('[data-name="watch"]')
    seen = []
    while True:
        seen.append(film.locator('[data-name="watch.caption"]').text_content())
        following = film.get_by_role("button", name="Next", exact=True)
        if following.is_disabled():
            break
        following.click()
    assert len(seen) == len(set(seen)) == 25
    has_count(film.get_by_role("button", name="Play"), 0)


def test_with_motion_it_plays_and_pauses_by_keys_and_its_numbers_are_the_librarys(visit):
    page = visit("learn", reduced_motion="no-preference")
    # The first frame began before it was asked for, as it may: time must not run backwards.
    page.add_init_script(
        "const now = performance.now.bind(performance); performance.now = () => now() + 100;"
    )
    page.reload()
    page.get_by_role("button", name="Watch it first").click()
    film = page.locator('[data-name="watch"]')
    seek = film.get_by_label("Where in the film")
    film.get_by_role("button", name="Play").wait_for()
    film.focus()
    page.keyboard.press(" ")
    for _ in range(50):
        if float(seek.input_value()) > 0.3:
            break
        page.wait_for_timeout(100)
    assert float(seek.input_value()) > 0.3
    page.keyboard.press(" ")
    at = seek.input_value()
    page.wait_for_timeout(200)
    assert seek.input_value() == at
    assert float(seek.get_attribute("max")) == 300
    seek.fill("35.5")
    assert shown(page, "watch.product") == pytest.approx(
        ml.likelihood("bernoulli", [1, 0, 1], p=0.7), rel=1e-12
    )
    seek.fill("201.5")
    assert shown(page, "watch.sweep") == pytest.approx(2.02, abs=1e-6)
    seek.fill("236.5")
    data = [2.1, 1.9, 2.0, 5.2, 1.8]
    assert shown(page, "watch.normal") == pytest.approx(np.mean(data), abs=1e-6)
    assert shown(page, "watch.laplace") == pytest.approx(np.median(data), abs=1e-6)


# All of it.


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_later_parts_fit_the_window_and_break_no_rule_of_axe(visit, width, scheme):
    page = visit(width=width, color_scheme=scheme)
    page.get_by_role("button", name="Watch it first").click()
    page.locator('[data-name="watch.caption"]').wait_for()
    for part in ("#practice", "#beyond"):
        unfold(page.locator(part))
    page.locator("#beyond .map a").first.wait_for()
    page.locator(".quiz .question").first.wait_for()
    unfold(page.locator("#quiz"))
    page.get_by_role("button", name="Practise").click()
    page.locator(".quiz .choices button").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for part in ("#practice", "#beyond", "#quiz", "[data-name=watch]"):
        assert broken_rules(page, part) == []
