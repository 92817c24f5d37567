"""The lesson's first five parts in a real browser: what a hand does, and the library's numbers."""

from __future__ import annotations

import re

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.web import resources
from tests.web.browser import drag, has_count, keys, middle, says, shown, slide, touch, unfold

pytestmark = pytest.mark.xdist_group("lesson")

FIVE = [2.1, 1.9, 2.0, 2.3, 1.8]
PULLED = [2.1, 1.9, 2.0, 3.4, 1.8]
#: The page's derivatives are differences, its maxima found by climbing.
NEAR = {"rel": 1e-5, "abs": 1e-7}


def coins(h, t):
    return [1] * h + [0] * t


# 1. Refresher.


def test_the_product_of_three_flips_by_mouse(visit):
    page = visit("learn/refresher")
    page.get_by_role("button", name="Fair: 0.5").click()
    assert shown(page, "refresher.product") == 1 / 8
    page.get_by_role("button", name="Bent: 0.7").click()
    expected = ml.likelihood(ml.Bernoulli(), [1, 0, 1], p=0.7)
    assert expected == pytest.approx(0.147, rel=1e-12)
    assert shown(page, "refresher.product") == pytest.approx(expected, rel=1e-12)
    page.get_by_role("button", name="Flip 2: tails").click()
    expected = ml.likelihood(ml.Bernoulli(), [1, 1, 1], p=0.7)
    assert shown(page, "refresher.product") == pytest.approx(expected, rel=1e-12)


def test_the_product_of_three_flips_by_keyboard(visit):
    page = visit("learn/refresher")
    keys(page, page.get_by_label("p, the probability of heads"), "Home", "ArrowRight*67")
    expected = ml.likelihood(ml.Bernoulli(), [1, 0, 1], p=0.67)
    assert shown(page, "refresher.product") == pytest.approx(expected, rel=1e-12)
    keys(page, page.get_by_role("button", name="Flip 1: heads"), "Enter")
    expected = ml.likelihood(ml.Bernoulli(), [0, 0, 1], p=0.67)
    assert shown(page, "refresher.product") == pytest.approx(expected, rel=1e-12)


# 2. The core question.

THETAS = np.arange(1, 10) / 10


def test_the_table_holds_the_library_s_probabilities_and_only_its_columns_sum_to_one(visit):
    page = visit("learn/question")
    table = np.array([[shown(page, f"question.{k}.{c}") for c in range(9)] for k in range(6)])
    for c, theta in enumerate(THETAS):
        probability = ml.Binomial(n=5).at(p=theta).prob(np.arange(6.0))
        assert table[:, c] == pytest.approx(probability, rel=1e-12)
        assert shown(page, f"question.column.{c}") == pytest.approx(1.0, rel=1e-12)
    rows = [shown(page, f"question.row.{k}") for k in range(6)]
    assert rows == pytest.approx(table.sum(axis=1), rel=1e-14)
    assert min(rows) > 1.2


def short_of_best(k, theta):
    ell = [ml.log_likelihood(ml.Binomial(n=5), [k], p=x) for x in THETAS]
    return max(ell) - ml.log_likelihood(ml.Binomial(n=5), [k], p=theta)


def test_a_cell_is_scored_against_the_best_of_its_row_by_mouse(visit):
    page = visit("learn/question")
    page.locator('[data-cell="4,5"]').click()
    assert shown(page, "question.short") == pytest.approx(short_of_best(4, 0.6), rel=1e-9)
    says(page.locator("#question .verdict"), "Not yet")
    page.locator('[data-cell="4,7"]').click()
    says(page.locator("#question .verdict"), "Yes")


def test_the_table_is_walked_with_arrows(visit):
    page = visit("learn/question")
    keys(page, page.locator('[data-cell="4,2"]'), "ArrowRight*2", "ArrowUp*2")
    assert page.evaluate("document.activeElement.dataset.cell") == "2,4"
    assert shown(page, "question.short") == pytest.approx(short_of_best(2, 0.5), rel=1e-9)


# 3. The log trick.


def running(dtype, p, n):
    product, total, factor = dtype(1), dtype(0), dtype(p)
    for _ in range(n):
        product, total = product * factor, total + np.log(factor)
    return float(product), float(total)


def first_zero(dtype, p):
    powers = (dtype(float(dtype(p)) ** n) for n in range(1, 4000))
    return next(n for n, power in enumerate(powers, 1) if power == 0)


@np.errstate(under="ignore")
def check_floats(page, p, n):
    for dtype in (np.float32, np.float64):
        name = dtype.__name__
        product, total = running(dtype, p, n)
        power = float(dtype(float(dtype(p)) ** n))
        assert shown(page, f"logs.power.{name}") == pytest.approx(power, rel=1e-6, abs=0)
        # the smallest numbers have no digits to be near in
        assert shown(page, f"logs.running.{name}") == pytest.approx(product, rel=1e-6, abs=5e-324)
        # NumPy's float32 log is a digit off where the page's is rounded once
        assert shown(page, f"logs.sum.{name}") == pytest.approx(
            total, rel=2e-4 if name == "float32" else 1e-12
        )
        assert shown(page, f"logs.zero.{name}") == first_zero(dtype, p)
    expected = ml.log_likelihood(ml.Bernoulli(), np.ones(n), p=p)
    assert shown(page, "logs.sum.float64") == pytest.approx(expected, rel=1e-10)


@pytest.mark.underflows  # 0.8**1000 in float32
def test_four_fifths_a_thousand_times_is_fine_in_float64_and_gone_in_float32(visit):
    page = visit("learn/logs")
    unfold(page.locator("#logs"))
    check_floats(page, 0.8, 1000)
    assert shown(page, "logs.power.float64") == pytest.approx(1.2302319221611171e-97, rel=1e-12)
    assert shown(page, "logs.power.float32") == 0.0
    assert (shown(page, "logs.zero.float32"), shown(page, "logs.zero.float64")) == (466, 3340)
    held = np.float32(shown(page, "logs.running.float32"))
    assert 0 < float(held) < 3e-45  # a running product holds on,
    assert held * np.float32(0.8) == held  # as the verdict says,
    assert held > np.finfo(np.float32).smallest_subnormal  # above the smallest number there is
    says(page.locator("#logs details"), "rounds back to itself")


def test_the_running_product_never_reaches_zero_in_float64(visit):
    page = visit("learn/logs")
    unfold(page.locator("#logs"))
    slider = page.get_by_role("slider", name="n, how many observations")
    keys(page, slider.first, "End")
    assert 0 < shown(page, "logs.running.float64") < 1e-322
    check_floats(page, 0.8, 5000)


def test_a_half_does_reach_zero_by_keyboard(visit):
    page = visit("learn/logs")
    unfold(page.locator("#logs"))
    keys(page, page.get_by_label("p, the probability of each"), "ArrowLeft*30")
    check_floats(page, 0.5, 1000)
    assert shown(page, "logs.running.float32") == 0.0
    assert (shown(page, "logs.zero.float32"), shown(page, "logs.zero.float64")) == (150, 1075)


def test_n_is_dragged_on_the_figure(visit):
    page = visit("learn/logs")
    unfold(page.locator("#logs"))
    handle = page.locator("#logs g.handle")
    drag(page, handle, 60)
    n = int(handle.get_attribute("aria-valuenow"))
    assert n > 1200
    check_floats(page, 0.8, n)


# 4. The coin.


def check_coin(page, h, t):
    y, p = coins(h, t), shown(page, "coin.p")
    assert shown(page, "coin.ell") == pytest.approx(
        ml.log_likelihood(ml.Bernoulli(), y, p=p), **NEAR
    )
    assert shown(page, "coin.L") == pytest.approx(ml.likelihood(ml.Bernoulli(), y, p=p), **NEAR)
    score = ml.score(ml.Bernoulli(), y, p=p)["p"]
    assert shown(page, "coin.score") == pytest.approx(score, rel=1e-5, abs=1e-5)
    assert shown(page, "coin.up") == pytest.approx(h / p, **NEAR)
    assert shown(page, "coin.down") == pytest.approx(t / (1 - p), **NEAR)
    fit = ml.fit(ml.Bernoulli(), y)
    assert shown(page, "coin.p-hat") == pytest.approx(fit.params["p"], rel=1e-7)
    assert shown(page, "coin.ell-hat") == pytest.approx(fit.loglik, **NEAR)


def test_a_guess_is_scored_in_log_likelihood_and_the_hill_climbed_by_mouse(visit):
    page = visit("learn/coin")
    slide(page, "p, as you believe", 0.4)
    guess = float(page.get_by_label("p, as you believe").input_value())
    has_count(page.locator('[data-shown="coin.p-hat"]'), 0)  # first guess, then see
    page.get_by_role("button", name="Reveal the likelihood").click()
    fit = ml.fit(ml.Bernoulli(), coins(7, 3))
    assert shown(page, "coin.short") == pytest.approx(
        fit.loglik - fit.log_likelihood(p=guess), **NEAR
    )
    check_coin(page, 7, 3)
    drag(page, page.get_by_role("slider", name="p", exact=True), 50)
    assert shown(page, "coin.p") > guess + 0.05
    check_coin(page, 7, 3)
    page.get_by_role("button", name="Go to the top").click()
    assert shown(page, "coin.p") == pytest.approx(0.7, rel=1e-9)
    assert abs(shown(page, "coin.score")) < 1e-4
    says(page.locator("#coin .verdict"), "Balanced")


def test_heads_are_dragged(visit):
    page = visit("learn/coin")
    page.get_by_role("button", name="Reveal the likelihood").click()
    heads = page.get_by_role("slider", name="number of heads")
    drag(page, heads, 0, -30)
    h = round(float(heads.get_attribute("aria-valuenow")))
    assert h > 7
    check_coin(page, h, 3)


@pytest.mark.parametrize("right", [0.0, 40.0], ids=["vertical", "diagonal"])
def test_a_finger_moves_the_handle_and_not_the_page(visit, right):
    page = visit("learn/coin", width=390, height=800, has_touch=True)
    page.get_by_role("button", name="Reveal the likelihood").click()
    heads = page.get_by_role("slider", name="number of heads")
    middle(page, heads)
    before, at = float(heads.get_attribute("aria-valuenow")), page.evaluate("scrollY")
    touch(page, heads, right, -60)
    assert float(heads.get_attribute("aria-valuenow")) > before + 2
    assert page.evaluate("scrollY") == at


def test_of_handles_that_overlap_a_finger_takes_the_nearest(visit):
    page = visit("learn/gaussian", width=390, height=800, has_touch=True)
    page.get_by_role("button", name="Reveal ℓ and MSE").click()
    points = page.get_by_role("slider", name=re.compile("measurement$"))
    has_count(points, 5)
    where = [middle(page, point)[0] for point in points.all()]
    assert 0 < where[0] - where[2] < 22  # 2.1 and 2.0, each of which reaches 22 pixels
    before = [float(point.get_attribute("aria-valuenow")) for point in points.all()]
    touch(page, points.nth(0), 60, 0)
    after = [float(point.get_attribute("aria-valuenow")) for point in points.all()]
    assert after[0] > before[0] + 0.2
    assert after[1:] == before[1:]


def test_the_coin_is_solved_as_in_a_textbook(visit):
    page = visit("learn/coin")
    formulas = page.locator("#coin .formula > .tex")
    has_count(formulas, 4)
    said = [formula.get_attribute("aria-label") for formula in formulas.all()]
    assert said == [
        "L of p is p to the power h times one minus p to the power t",
        "ell of p is h log p plus t log of one minus p",
        "d ell by d p is h over p minus t over one minus p, and is zero",
        "h times one minus p is t times p, so p hat is h over h plus t",
    ]
    says(page.locator("#gaussian"), "10.1/5 = 2.02")
    says(page.locator("#logs"), "underflow")
    for call in ("mse_loss(predictions, targets)", "cross_entropy(logits, labels)"):
        says(page.locator("#practice"), f"F.{call}")


def test_the_coin_s_edges_by_keyboard(visit):
    page = visit("learn/coin")
    keys(page, page.get_by_role("button", name="Reveal the likelihood"), "Enter")
    heads, tails = (
        page.get_by_role("slider", name=f"number of {side}") for side in ("heads", "tails")
    )
    verdict = page.locator("#coin .verdict")
    keys(page, heads, "ArrowDown*7")
    assert shown(page, "coin.p-hat") == 0.0
    says(verdict, "No heads")
    check_coin(page, 0, 3)
    keys(page, page.get_by_role("slider", name="p", exact=True), "Home")
    check_coin(page, 0, 3)
    keys(page, tails, "Home")
    says(verdict, "No flips")
    keys(page, heads, "ArrowUp*2")
    assert shown(page, "coin.p-hat") == 1.0
    says(verdict, "No tails")


@pytest.mark.parametrize(
    ("part", "name"), [("coin", "derive/bernoulli"), ("gaussian", "lesson/normal-known-sigma")]
)
def test_the_derivation_is_the_library_s_own(visit, part, name):
    steps = resources.make(name)["steps"]
    if not steps:
        pytest.skip("derivations are not part of this installation")
    page = visit(f"learn/{part}")
    unfold(page.locator(f"#{part}"))
    stage = page.locator(f'[data-name="{name}"]')
    has_count(stage.locator("li"), 1)
    keys(page, stage.get_by_role("button", name="Next step"), "Enter")
    has_count(stage.locator("li"), 2)
    stage.get_by_role("button", name="Back").click()
    has_count(stage.locator("li"), 1)
    stage.get_by_role("button", name="Show all").click()
    has_count(stage.locator("li"), len(steps))
    said = stage.locator("li").all_text_contents()
    for text, step in zip(said, steps, strict=True):
        assert step["title"] in text
        assert step["sentence"] in text
    labels = [e.get_attribute("aria-label") for e in stage.locator("[role=math]").all()]
    assert labels == [step["text"] for step in steps]
    has_count(stage.locator(".katex-error"), 0)


# 5. Gaussian noise and squared error.

MODELS = {
    "normal": lambda sigma: ml.Normal(sigma=sigma),
    "laplace": lambda sigma: ml.Laplace(scale=sigma),
    "student_t": lambda sigma: ml.StudentT(sigma=sigma, df=3),
}
TITLES = {"normal": "Gaussian", "laplace": "Laplace", "student_t": "Student-t"}


def revealed(visit):
    page = visit("learn/gaussian")
    page.get_by_role("button", name="Reveal ℓ and MSE").click()
    return page


def check_noise(page, key, y):
    y = np.array(y)
    mu = float(
        page.get_by_role("slider", name="μ, the centre of the noise").get_attribute("aria-valuenow")
    )
    sigma = shown(page, "gaussian.sigma")
    ell = ml.log_likelihood(MODELS[key](sigma), y, mu=mu)
    assert shown(page, "gaussian.ell") == pytest.approx(ell, rel=1e-9)
    parts = [shown(page, f"gaussian.{part}") for part in ("constant", "weight", "loss")]
    assert parts[0] - parts[1] * parts[2] == pytest.approx(ell, rel=1e-9)
    if key == "normal":
        assert parts[2] == pytest.approx(np.mean((y - mu) ** 2), rel=1e-9)
    if key == "laplace":
        assert parts[2] == pytest.approx(np.mean(np.abs(y - mu)), rel=1e-9)
    for other, model in MODELS.items():
        expected = ml.fit(model(sigma), y).params["mu"]
        assert shown(page, f"gaussian.mu-hat.{other}") == pytest.approx(expected, rel=1e-6)
    return mu, parts[0]


def test_likelihood_and_mse_have_one_argmax_and_the_constant_stays_by_mouse(visit):
    page = revealed(visit)
    _, before = check_noise(page, "normal", FIVE)
    mu_handle = page.get_by_role("slider", name="μ, the centre of the noise")
    drag(page, mu_handle, -80)
    moved, after = check_noise(page, "normal", FIVE)
    assert moved < 2.5
    assert after == before
    fit = ml.fit(ml.Normal(), FIVE)
    assert shown(page, "gaussian.mu-hat") == pytest.approx(fit.params["mu"], rel=1e-9)
    assert shown(page, "gaussian.mu-hat") == pytest.approx(2.02, rel=1e-9)
    assert shown(page, "gaussian.sigma-hat") == pytest.approx(fit.params["sigma"], rel=1e-7)
    assert shown(page, "gaussian.loss-hat") == pytest.approx(0.0296, rel=1e-9)
    page.get_by_role("button", name="Go to the best μ and σ").click()
    assert shown(page, "gaussian.ell") == pytest.approx(fit.loglik, rel=1e-9)


def test_a_point_is_dragged_and_the_mean_follows(visit):
    page = revealed(visit)
    point = page.get_by_role("slider", name="fourth measurement")
    drag(page, point, 120)
    y = [2.1, 1.9, 2.0, float(point.get_attribute("aria-valuenow")), 1.8]
    assert y[3] > 2.4
    check_noise(page, "normal", y)
    assert shown(page, "gaussian.mu-hat") == pytest.approx(np.mean(y), rel=1e-9)


@pytest.mark.parametrize("key", list(MODELS))
def test_one_far_point_moves_the_mean_and_not_the_median_by_keyboard(visit, key):
    page = revealed(visit)
    first = page.locator("#gaussian").get_by_label("Gaussian", exact=True)
    keys(page, first, f"ArrowRight*{list(MODELS).index(key)}")
    assert page.locator("#gaussian").get_by_label(TITLES[key], exact=True).is_checked()
    point = page.get_by_role("slider", name="fourth measurement")
    keys(page, point, "Shift+ArrowRight*11")
    y = [*FIVE[:3], float(point.get_attribute("aria-valuenow")), FIVE[4]]
    assert y[3] == pytest.approx(3.4, abs=1e-9)
    keys(page, page.get_by_role("slider", name="μ, the centre of the noise"), "ArrowLeft*7")
    check_noise(page, key, y)
    assert shown(page, "gaussian.mu-hat.normal") == pytest.approx(2.24, rel=1e-9)
    assert shown(page, "gaussian.mu-hat.laplace") == pytest.approx(2.0, rel=1e-9)
    assert 1.9 < shown(page, "gaussian.mu-hat.student_t") < 2.05


@pytest.mark.parametrize("key", list(MODELS))
def test_the_best_centre_and_width_are_the_library_s_fit(visit, key):
    page = revealed(visit)
    page.locator("#gaussian").get_by_text(TITLES[key], exact=True).click()
    page.get_by_role("button", name="Pull one point away").click()
    page.get_by_role("button", name="Go to the best").click()
    model = {"normal": ml.Normal(), "laplace": ml.Laplace(), "student_t": ml.StudentT(df=3)}[key]
    fit = ml.fit(model, PULLED)
    assert shown(page, "gaussian.ell") == pytest.approx(fit.loglik, rel=1e-9)
    assert shown(page, "gaussian.mu-hat") == pytest.approx(fit.params["mu"], rel=1e-6)
    width = fit.params["scale" if key == "laplace" else "sigma"]
    assert shown(page, "gaussian.sigma") == pytest.approx(width, rel=1e-6)
