"""The bundled data are the published ones, and say where they come from."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest

import mostlikely as ml

#: Of the first column to be fitted: its name, n, smallest, largest, and its mean as published.
PUBLISHED = {
    "newcomb": ("deviation", 66, -44.0, 40.0, 26.21212),  # Stigler 1977, table 5
    "horse_kicks": ("deaths", 5, 0.0, 4.0, None),
    "ball_bearings": ("revolutions", 23, 17.88, 173.4, 72.22),  # Lieblein and Zelen 1956
    "air_conditioning": ("hours", 12, 3.0, 487.0, 108.0833),  # R 4.2.2, mean(boot::aircondit)
    "michelson": ("speed", 100, 299.62, 300.07, 299.8524),  # certified by NIST
    "port_pirie": ("sea_level", 65, 3.57, 4.69, 3.98),  # Coles 2001
    "insect_sprays": ("insects", 72, 0.0, 26.0, 9.5),  # R 4.2.2, InsectSprays
    "stopping_distances": ("distance", 50, 2.0, 120.0, 42.98),  # R 4.2.2, cars
    # quantreg 5.9, summary(engel): 242.3 to 2032.7, mean 624.2
    "food_expenditure": ("food", 235, 242.32020192074, 2032.67919020832, 624.2),
    "reported_weight": ("measured", 183, 39.0, 166.0, None),
}


def test_every_file_is_in_the_index_and_every_entry_has_a_file():
    here = files("mostlikely.datasets").iterdir()
    assert {p.name for p in here if p.name.endswith(".csv")} == {
        f"{name}.csv" for name in ml.datasets.names()
    }
    assert set(PUBLISHED) == set(ml.datasets.names())


@pytest.mark.parametrize("name", ml.datasets.names())
def test_data_are_those_that_were_published(name):
    column, n, smallest, largest, mean = PUBLISHED[name]
    y = ml.datasets.load(name)[column]
    assert (len(y), y.min(), y.max()) == (n, smallest, largest)
    if mean is not None:
        assert y.mean() == pytest.approx(mean, rel=5e-4)


def test_horse_kicks_are_196_deaths_in_280_corps_years():
    kicks = ml.datasets.load("horse_kicks")
    assert kicks["corps_years"].tolist() == [144, 91, 32, 11, 2]
    assert kicks["deaths"] @ kicks["corps_years"] == 196
    assert kicks["corps_years"].sum() == 280


def test_sprays_are_text_and_have_the_published_totals():
    data = ml.datasets.load("insect_sprays")
    totals = {s: data["insects"][data["spray"] == s].sum() for s in "ABCDEF"}
    # R 4.2.2, tapply(count, spray, sum)
    assert totals == {"A": 174, "B": 184, "C": 25, "D": 59, "E": 42, "F": 200}


def test_stopping_distances_have_the_published_line():
    fit = ml.fit(ml.Normal("distance ~ speed"), ml.datasets.load("stopping_distances"))
    # R 4.2.2, coef(lm(dist ~ speed, cars))
    assert fit.params["mu", "Intercept"] == pytest.approx(-17.57909489051090, rel=1e-7)
    assert fit.params["mu", "speed"] == pytest.approx(3.932408759124085, rel=1e-7)


def test_food_expenditure_has_the_published_line():
    fit = ml.fit(ml.Normal("food ~ income"), ml.datasets.load("food_expenditure"))
    # Koenker, the vignette of R's quantreg: lm(foodexp ~ income) gives 147.47539 and 0.48518
    assert fit.params["mu", "Intercept"] == pytest.approx(147.47539, rel=1e-7)
    assert fit.params["mu", "income"] == pytest.approx(0.48518, rel=1e-5)


def test_reported_weights_have_the_published_lines():
    data = ml.datasets.load("reported_weight")
    # Fox, Applied Regression Analysis, eq. 11.1: 1.36 + 0.990 measured + 40.0 F - 0.725 measured F
    for sex, line in (("male", (1.36, 0.990)), ("female", (1.36 + 40.0, 0.990 - 0.725))):
        rows = data["sex"] == sex
        fit = ml.fit(
            ml.Normal("reported ~ measured"), {k: v[rows] for k, v in data.items() if k != "sex"}
        )
        assert fit.params["mu", "Intercept"] == pytest.approx(line[0], abs=0.055)
        assert fit.params["mu", "measured"] == pytest.approx(line[1], abs=0.001)


def test_michelson_has_the_certified_mean_and_deviation():
    # NIST StRD, Michelso: mean 299.852400000000, standard deviation 0.0790105478190518
    fit = ml.fit("normal", ml.datasets.load("michelson"))
    assert fit.params["mu"] == pytest.approx(299.8524, rel=1e-14)
    assert fit.params["sigma"] == pytest.approx(0.0790105478190518 * np.sqrt(0.99), rel=1e-12)


@pytest.mark.parametrize("name", ml.datasets.names())
def test_story_names_source_status_and_every_column(name):
    about = ml.datasets.about(name)
    header = (files("mostlikely.datasets") / f"{name}.csv").read_text(encoding="utf-8")
    assert list(about["columns"]) == header.partition("\n")[0].split(",")
    assert all(about[key] for key in ("title", "story", "source", "status"))
    assert "\n" not in about["story"]


@pytest.mark.parametrize("name", ml.datasets.names())
def test_suggested_family_fits(name):
    data = ml.datasets.load(name)
    weights = "corps_years" if name == "horse_kicks" else None
    fit = ml.fit(ml.datasets.about(name)["suggests"], data, PUBLISHED[name][0], weights=weights)
    assert fit.verdict.kind == "interior"


def test_unknown_name_suggests_the_nearest():
    with pytest.raises(ml.DataError, match="did you mean 'newcomb'"):
        ml.datasets.load("newcom")


def test_what_is_loaded_is_the_callers_own():
    first = ml.datasets.load("newcomb")
    first["deviation"][:] = 0.0
    assert ml.datasets.load("newcomb")["deviation"].min() == -44.0
