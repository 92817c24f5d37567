"""Data that were censored, rounded into classes or truncated, compared with R's maxima.

`tests/reference/README.md` says where each number comes from.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf, isinf
from pathlib import Path

import numpy as np
import pytest

import mostlikely as ml

FOLDER = Path(__file__).parent / "partly"
CASES = {c["id"]: c for c in json.loads((FOLDER / "cases.json").read_text("utf-8"))}


def itself(x: float) -> float:
    return x


def one_over(x: float) -> float:
    return 1.0 / x


@dataclass(frozen=True)
class Recipe:
    """A case in the public words: the model, how y was seen, and R's names for our keys.

    ``names`` gives for each of R's names our key, the way from our value to R's, and the size of
    its derivative at our value.
    """

    model: ml.Family
    y: object
    names: Mapping[str, tuple[object, Callable, Callable]]
    more: Mapping[str, object] | None = None


def kept(*pairs):
    return {theirs: (ours, itself, lambda v: 1.0) for theirs, ours in pairs}


def accelerated(*terms, shape=True):
    """`survreg`'s names: coefficients of the logarithm of the scale, and one over the shape."""
    place = "scale" if shape else "mu"
    found = kept(("(Intercept)", (place, "Intercept")), *((t, (place, t)) for t in terms))
    size = ("shape", one_over, lambda v: v**-2.0) if shape else ("sigma", itself, lambda v: 1.0)
    return {**found, "scale": size}


RECIPES = {
    "salinity_norm": Recipe(
        ml.Normal(),
        ml.interval_censored("left", "right"),
        kept(("mean", "mu"), ("sd", "sigma")),
    ),
    "fluazinam_norm": Recipe(
        ml.Normal(),
        ml.interval_censored("left", "right"),
        kept(("mean", "mu"), ("sd", "sigma")),
    ),
    "lung_weibull": Recipe(
        ml.Weibull("~ age + sex + `ph.ecog`"),
        ml.censored("time", event="event"),
        accelerated("age", "sex", "ph.ecog"),
    ),
    "lung_lognormal": Recipe(
        ml.LogNormal("censored(time, status == 2) ~ age + sex + `ph.ecog`"),
        None,
        accelerated("age", "sex", "ph.ecog", shape=False),
    ),
    "ovarian_weibull": Recipe(
        ml.Weibull("censored(futime, fustat) ~ `ecog.ps` + rx"),
        None,
        accelerated("ecog.ps", "rx"),
    ),
    "tobin_tobit": Recipe(
        ml.Normal("censored(durable, lower=0) ~ age + quant"),
        None,
        accelerated("age", "quant", shape=False),
    ),
    "cosmesis_weibull": Recipe(
        ml.Weibull("interval_censored(lower, upper) ~ treat2"),
        None,
        {
            **accelerated(),
            "I(treat - 1)": (("scale", "treat2"), itself, lambda v: 1.0),
        },
    ),
    "lung_weibull_weighted": Recipe(
        ml.Weibull("censored(time, event) ~ age + sex"),
        None,
        accelerated("age", "sex"),
        {"weights": "w", "weight_kind": "frequency"},
    ),
    "channing_weibull_trunc": Recipe(
        ml.Weibull("~ male"),
        ml.censored("exit", event="event", entry="entry"),
        kept(("shape", "shape"), ("b0", ("scale", "Intercept")), ("b_male", ("scale", "male"))),
    ),
    "affairs_truncreg": Recipe(
        ml.Normal("~ yearsmarried + rating"),
        ml.exact("affairs", truncated=(0, inf)),
        kept(
            ("(Intercept)", ("mu", "Intercept")),
            ("yearsmarried", ("mu", "yearsmarried")),
            ("rating", ("mu", "rating")),
            ("sigma", "sigma"),
        ),
    ),
    "faithful_truncnorm": Recipe(
        ml.Normal(), ml.exact("x", truncated=(3, inf)), kept(("mean", "mu"), ("sd", "sigma"))
    ),
    "me_ex7.1_exp_interval": Recipe(
        ml.Exponential(),
        ml.interval_censored("lo", "hi"),
        kept(("theta", "mean")),
        {"weights": "n"},
    ),
    "me_p199_lognormal": Recipe(
        ml.LogNormal(),
        ml.censored("time", event="event"),
        kept(("mu", "mu"), ("sigma", "sigma")),
        {"weights": "n"},
    ),
}


def columns(case):
    """The data of a case; an end that R writes as NA is open."""
    data = case["data"]
    if "csv" in data:
        with (FOLDER / data["csv"]).open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        data = {k: [r[k] for r in rows] for k in rows[0]}
    opened = {"left": -inf, "lower": -inf, "right": inf, "upper": inf}
    return {
        k: np.array([opened.get(k, 0.0) if v in ("NA", None) else float(v) for v in values])
        for k, values in data.items()
    }


def fitted(name):
    recipe = RECIPES[name]
    return ml.fit(recipe.model, columns(CASES[name]), y=recipe.y, **(recipe.more or {}))


@pytest.mark.parametrize("name", RECIPES)
def test_the_maximum_is_the_recorded_one(name):
    case, recipe, fit = CASES[name], RECIPES[name], fitted(name)
    assert fit.verdict.kind == "interior"
    assert abs(fit.loglik - case["loglik"]) <= 1e-8 * (1.0 + abs(case["loglik"]))
    errors = fit.standard_errors
    for theirs, (key, way, slope) in recipe.names.items():
        ours, error = way(fit.params[key]), errors[key] * slope(fit.params[key])
        assert abs(ours - case["estimates"][theirs]) <= 1e-6 * case["se"][theirs], theirs
        assert error == pytest.approx(case["se"][theirs], rel=1e-6), theirs


@pytest.mark.parametrize("name", RECIPES)
def test_profile_ends_are_the_recorded_ones(name):
    case, recipe = CASES[name], RECIPES[name]
    ends = fitted(name).interval(method="profile")
    for theirs, (key, way, _) in recipe.names.items():
        ours = sorted(way(v) for v in ends[key])
        for own, recorded in zip(ours, map(float, case["ci_profile"][theirs]), strict=True):
            if isinf(recorded):
                assert own == recorded
            else:
                assert abs(own - recorded) <= 1e-5 * case["se"][theirs], theirs


def test_one_event_among_five_has_the_recorded_exponential():
    case = CASES["adv_one_event_weibull"]
    data = columns(case)
    fit = ml.fit("exponential", data, y=ml.censored("t", event="d"))
    assert fit.params["mean"] == pytest.approx(1.0 / case["estimates"]["exp_rate"], rel=1e-12)
    assert fit.loglik == pytest.approx(case["loglik"], abs=1e-8 * (1.0 - case["loglik"]))
    wider = ml.fit("weibull", data, y=ml.censored("t", event="d"))
    assert wider.loglik > fit.loglik or wider.verdict.kind != "interior"
