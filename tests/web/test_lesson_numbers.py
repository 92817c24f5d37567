"""The resources of the lesson's later parts against numbers that were not made by them."""

from __future__ import annotations

import re
from math import sqrt

import numpy as np
import pytest
from scipy import stats
from scipy.special import log_softmax, softmax

import mostlikely as ml
from mostlikely.loss.catalogue import CATALOGUE
from mostlikely.web import resources
from mostlikely.web.lesson_intervals import climb, curvature, intervals
from mostlikely.web.lesson_losses import losses

# What many of them ask for is computed in one process.
pytestmark = pytest.mark.xdist_group("lesson numbers")

LOSSES = losses()["losses"]
FLIPS = [(n, h) for n in (5, 10, 20, 40) for h in range(n + 1)]
DRAWN = [loss for loss in LOSSES if loss["live"]]


@pytest.fixture(scope="module")
def found():
    """The intervals of all numbers of heads, which are asked for by many tests."""
    return intervals()


# Losses.


def test_every_loss_of_the_catalogue_is_there_and_the_three_lines_are_pytorchs():
    assert [loss["name"] for loss in LOSSES] == [entry.name for entry in CATALOGUE]
    three = [LOSSES[k] for k in losses()["three"]]
    assert [loss["calls"][0]["code"] for loss in three] == [
        "torch.nn.MSELoss()",
        "torch.nn.BCEWithLogitsLoss()",
        "torch.nn.CrossEntropyLoss()",
    ]
    assert [loss["family"]["name"] for loss in three] == ["Normal", "Bernoulli", "Categorical"]
    assert all(loss["live"] for loss in three)


def test_the_mean_is_marked_by_squared_error_and_the_median_by_absolute_error():
    centres = {name: LOSSES[k]["optimum"] for name, k in losses()["centres"].items()}
    assert centres == {"mean": "the mean of y given x", "median": "the median of y given x"}


def test_the_recorded_scores_of_labels_are_scipys_softmax_and_the_familys_density():
    (live,) = [loss["live"] for loss in DRAWN if loss["live"]["kind"] == "category"]
    model = ml.Categorical(levels=range(3))
    for scores in ([0.0, 0.0, 0.0], [-1.3, 0.4, 2.2], [4.0, -4.0, 0.0], [30.0, -30.0, 0.0]):
        share = softmax(scores)
        for y in range(3):
            log_p = float(run(live["log_prob"], np.array([y]), *scores)[0])
            assert log_p == pytest.approx(log_softmax(scores)[y], rel=1e-13, abs=1e-13)
            assert run(live["loss"], np.array([y]), *scores)[0] == pytest.approx(-log_p, abs=0)
            if max(scores) < 30:
                density = model.at(**{"p[1]": share[1], "p[2]": share[2]}).log_prob([y])
                assert log_p == pytest.approx(density[0], rel=1e-12)


def test_a_loss_without_family_says_why_and_every_other_is_linked():
    pages = [n for n in resources.names() if n.startswith("families/")]
    slugs = {name.removeprefix("families/") for name in pages}
    for loss in LOSSES:
        assert (loss["family"] is None) == bool(loss["reason"])
        if loss["family"] and not loss["family"]["shown"].startswith("Shifted"):
            assert loss["family"]["slug"] in slugs


@pytest.mark.parametrize("loss", DRAWN, ids=lambda loss: loss["name"])
def test_the_recorded_loss_and_density_are_the_librarys(loss):
    live = loss["live"]
    options = {"quantile": 0.9} if loss["name"] == "pinball" else {}
    noise = ml.noise_of(loss["name"], **options)
    low, high = live["reach"]
    f = np.linspace(low, high, 9)[1:-1]
    for y in live["sample"]:
        columns = [f, *(np.full_like(f, 1.7 - k) for k in range(len(live["held"])))]
        prediction = f if len(columns) == 1 else np.stack(columns, axis=1)
        rows = np.full_like(f, y)
        made = run(live["loss"], rows, *columns)
        assert made == pytest.approx(noise(rows, prediction), rel=1e-12, abs=1e-12)
        nll = (noise(rows, prediction) - noise.constant(rows)) / noise.factor
        assert run(live["log_prob"], rows, *columns) == pytest.approx(-nll, rel=1e-11, abs=1e-12)


def test_no_prediction_is_drawn_at_which_a_mean_would_be_zero():
    positive = [loss for loss in DRAWN if loss["name"] in ("gamma deviance", "Poisson deviance")]
    assert len(positive) == 2
    assert all(loss["live"]["reach"][0] > 0.0 for loss in positive)


def test_a_fault_in_a_program_would_be_seen():
    live = LOSSES[0]["live"]
    broken = {**live["loss"], "steps": [*live["loss"]["steps"], ["neg", live["loss"]["out"]]]}
    broken["out"] = len(broken["steps"]) - 1
    assert run(broken, np.array([1.0]), np.array([3.0])) != pytest.approx(4.0)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss["name"])
def test_the_calls_name_the_same_loss(loss):
    for call in loss["calls"]:
        if call["by"] == "mostlikely":
            continue
        name = re.sub(r"\(.*\)$", "", call["code"].removeprefix("torch.nn."))
        name = name.partition("=")[2].strip('"') if "=" in name else name.strip('"')
        framework = call["by"]
        entry = next(e for e in CATALOGUE if e.name == loss["name"])
        assert name in entry.names[framework]


def test_what_scikit_learn_penalises_unasked_is_called_without_its_penalty():
    pytest.importorskip("sklearn", reason="the calls are scikit-learn's")
    from sklearn import linear_model

    codes = {c["code"] for loss in LOSSES for c in loss["calls"] if c["by"] == "sklearn"}
    called = 0
    for code in codes:
        name = code.partition("(")[0]
        if not hasattr(linear_model, name):
            continue
        called += 1
        estimator = eval(code, {"np": np, name: getattr(linear_model, name)})  # our own line
        settings = estimator.get_params()
        assert settings.get("alpha", 0) == 0, code
        assert settings.get("C", np.inf) == np.inf, code
    assert called > 5


def test_a_composition_goes_by_the_name_of_its_inner_family_too():
    (found,) = [loss for loss in LOSSES if loss["name"] == "squared log error"]
    assert found["family"]["name"] == "Shifted LogNormal"


def test_pytorchs_classes_exist_and_our_lines_run():
    nn = pytest.importorskip("torch.nn", reason="the calls are PyTorch's")
    for loss in LOSSES:
        for call in loss["calls"]:
            if call["code"].startswith("torch.nn."):
                assert hasattr(nn, call["code"].removeprefix("torch.nn.").removesuffix("()"))
            if call["by"] == "mostlikely":
                assert eval(call["code"], {"ml": ml})  # our own line


def run(program, *inputs):
    """A program, step by step, in NumPy: another reader than the page's."""
    from scipy import special as sc

    ops = {
        "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide,
        "neg": np.negative,
        "pow": np.power, "lt": np.less, "le": np.less_equal, "gt": np.greater,
        "and": np.logical_and,
        "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal, "or": np.logical_or,
        "where": np.where, "abs": np.abs, "exp": np.exp, "expm1": np.expm1, "log": np.log,
        "log1p": np.log1p, "sqrt": np.sqrt, "lgamma": sc.gammaln, "digamma": sc.digamma,
        "xlogy": sc.xlogy, "xlog1py": sc.xlog1py, "erf": sc.erf, "ndtr": sc.ndtr,
        "log_ndtr": sc.log_ndtr, "expit": sc.expit, "log_expit": sc.log_expit,
        "logaddexp": np.logaddexp, "maximum": np.maximum, "minimum": np.minimum,
        "round": np.round, "sign": np.sign, "floor": np.floor, "tanh": np.tanh,
    }  # fmt: skip
    known = dict(zip(program["inputs"], inputs, strict=True))
    done = []

    def value(x):
        if isinstance(x, dict):
            return float(x["c"])
        return known[x] if isinstance(x, str) else done[x]

    with np.errstate(all="ignore"):
        for op, *args in program["steps"]:
            done.append(ops[op](*map(value, args)))
    return np.asarray(value(program["out"]), dtype=float) * np.ones_like(inputs[0])


# Curvature.


def test_the_error_is_one_over_the_root_of_the_information():
    for row in curvature()["rows"]:
        n = row["n"]
        assert row["estimate"] == pytest.approx(0.7)
        assert row["std_error"] == pytest.approx(sqrt(0.7 * 0.3 / n), rel=1e-9)
        assert row["information"] == pytest.approx(n / (0.7 * 0.3), rel=1e-9)


def test_four_times_the_flips_halve_the_error():
    rows = curvature()["rows"]
    for few, many in zip(rows, rows[2:], strict=False):
        assert many["n"] == 4 * few["n"]
        assert many["std_error"] == pytest.approx(few["std_error"] / 2, rel=1e-9)


# Intervals.


def test_every_number_of_heads_is_there(found):
    assert [(c["n"], c["heads"]) for c in found["cases"]] == FLIPS
    assert found["drop"] == pytest.approx(stats.chi2.ppf(0.95, 1) / 2, rel=1e-12)


@pytest.mark.parametrize(("n", "h"), FLIPS, ids=lambda k: str(k))
def test_the_intervals_are_walds_wilsons_and_the_likelihood_ratios(found, n, h):
    (case,) = (c for c in found["cases"] if (c["n"], c["heads"]) == (n, h))
    p, z = h / n, stats.norm.ppf(0.975)
    if 0 < h < n:
        wald = p + np.array([-z, z]) * sqrt(p * (1 - p) / n)
        assert case["wald"] == pytest.approx(wald, rel=1e-9)
    else:
        assert case["wald"] is None
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    wilson = np.clip([middle - half, middle + half], 0, 1)  # Wilson 1927, JASA 22:209
    assert case["score"] == pytest.approx(wilson, abs=1e-9)
    peak = stats.binom.logpmf(h, n, p)
    for end in case["lr"]:
        if 0 < end < 1:
            fall = peak - stats.binom.logpmf(h, n, end)
            assert fall == pytest.approx(found["drop"], rel=1e-4)


def test_the_score_curve_is_cut_where_the_interval_ends(found):
    grid = np.array(found["p"])
    for case in found["cases"]:
        low, high = case["score"]
        kept = np.array(case["rao"]) >= -found["drop"]
        assert (kept == ((grid >= low) & (grid <= high))).all()


# The climb.


def test_newtons_steps_are_those_of_the_poissons_parabola():
    found = climb()
    mean = np.mean(found["y"])
    for start, way in zip(found["starts"], found["newton"], strict=True):
        m = start
        for here, *_ in way["steps"]:
            assert here == pytest.approx(m, rel=1e-9)
            m = 2 * m - m * m / mean  # ℓ' = n(ȳ/m − 1), −ℓ'' = nȳ/m²
        if way["left"] is not None:
            assert way["left"] == pytest.approx(m, rel=1e-9)
            assert start >= 2 * mean


def test_the_gradients_steps_are_the_slope_times_the_rate_and_heights_are_scipys():
    found = climb()
    y = np.array(found["y"])
    for rate, ways in zip(found["rates"], found["gradient"], strict=True):
        for start, way in zip(found["starts"], ways, strict=True):
            m = start
            for here, height, slope in way["steps"]:
                assert here == pytest.approx(m, rel=1e-8)
                assert height == pytest.approx(stats.poisson.logpmf(y, m).sum(), rel=1e-10)
                assert slope == pytest.approx(y.sum() / m - len(y), rel=1e-8, abs=1e-8)
                m = m + rate * (y.sum() / m - len(y))


def test_both_arrive_from_a_good_start_and_newton_sooner():
    found = climb()
    k = found["starts"].index(2.25)
    assert found["newton"][k]["arrived"]
    assert found["gradient"][1][k]["arrived"]
    assert len(found["newton"][k]["steps"]) < len(found["gradient"][1][k]["steps"])
