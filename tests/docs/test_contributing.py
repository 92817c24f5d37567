"""The recipes of CONTRIBUTING work: a family, an observation and a check, as they stand there."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import scipy.stats

import mostlikely as ml
from mostlikely.family import families, pages
from mostlikely.verdict import search
from tests.docs.pages import ROOT
from tests.test_habits import LINES

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
#: Where a Cauchy's location has two maxima, the higher one at the first four.
TWO_HEAPS = (-0.4, 0.1, 0.3, 0.6, 9.8, 10.1, 10.3)


def recipe(heading: str) -> str:
    """The code of one section."""
    section = TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return "\n".join(re.findall(r"^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL))


def made(heading: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "recipe"}
    exec(compile(recipe(heading), f"CONTRIBUTING.md, {heading}", "exec", dont_inherit=True), names)
    return names


@pytest.fixture
def positive(tmp_path, monkeypatch):
    """A folder that is looked into for families of positive y, as if it were the library's own."""
    folder = tmp_path / "positive"
    folder.mkdir()
    for package, path in ("mostlikely.family", tmp_path), ("mostlikely.family.positive", folder):
        module = import_module(package)
        monkeypatch.setattr(module, "__path__", [*module.__path__, str(path)])
    for found in pages, families:
        found.cache_clear()
    yield folder
    monkeypatch.undo()
    for found in pages, families:
        found.cache_clear()


def test_a_family_in_its_folder_is_found_fitted_and_listed(positive):
    (positive / "maxwell.py").write_text(recipe("A family in one file"), encoding="utf-8")
    assert ml.Maxwell in ml.families()
    y = ml.Maxwell().at(scale=2.0).sample(400, seed=1)
    fit = ml.fit("maxwell", y)
    assert fit.verdict.kind == "interior"
    assert fit.params["scale"] == pytest.approx(np.sqrt(np.mean(y**2) / 3.0), rel=1e-9)
    assert fit.loglik == pytest.approx(
        scipy.stats.maxwell(scale=fit.params["scale"]).logpdf(y).sum(), rel=1e-12
    )


def test_an_observation_is_where_its_rows_may_lie():
    heaped = made("An observation in one class")["Heaped"]
    rng = np.random.default_rng(3)
    age = np.rint(rng.normal(40.0, 9.0, 200))
    age = np.where(rng.random(200) < 0.4, np.rint(age / 5.0) * 5.0, age)
    fit = ml.fit("normal", {"age": age}, y=heaped("age", 5))
    assert fit.verdict.kind == "interior"

    half = np.where(age % 5 == 0, 2.5, 0.5)
    seen = scipy.stats.CensoredData(interval=np.column_stack([age - half, age + half]))
    mu, sigma = scipy.stats.norm.fit(seen)
    assert fit.params["mu"] == pytest.approx(mu, rel=1e-4)
    assert fit.params["sigma"] == pytest.approx(sigma, rel=1e-4)
    law = scipy.stats.norm(fit.params["mu"], fit.params["sigma"])
    by_hand = np.log(law.cdf(age + half) - law.cdf(age - half)).sum()
    assert fit.loglik == pytest.approx(by_hand, rel=1e-12)


def test_a_check_that_finds_a_higher_supremum_wins(monkeypatch):
    model, begin = ml.Cauchy(scale=1.0), {"mu": 10.0}
    assert ml.fit(model, TWO_HEAPS, start=begin).params["mu"] == pytest.approx(9.9, abs=0.1)

    check = made("A check in one class")["HigherElsewhere"]()
    monkeypatch.setattr("mostlikely.verdict.search.CHECKS", (*search.CHECKS, check))
    fit = ml.fit(model, TWO_HEAPS, start=begin)
    grid = np.linspace(-2.0, 12.0, 14_001)
    heights = scipy.stats.cauchy.logpdf(np.subtract.outer(TWO_HEAPS, grid)).sum(axis=0)
    assert fit.params["mu"] == pytest.approx(grid[heights.argmax()], abs=1e-3)
    assert fit.loglik == pytest.approx(heights.max(), abs=1e-5)
    assert "1 other local maximum" in str(fit.verdict)


def test_a_check_changes_nothing_where_it_finds_nothing(monkeypatch):
    plain = ml.fit(ml.Cauchy(scale=1.0), TWO_HEAPS, start={"mu": 0.0})
    check = made("A check in one class")["HigherElsewhere"]()
    monkeypatch.setattr("mostlikely.verdict.search.CHECKS", (*search.CHECKS, check))
    fit = ml.fit(ml.Cauchy(scale=1.0), TWO_HEAPS, start={"mu": 0.0})
    assert (fit.params, fit.loglik) == (plain.params, plain.loglik)


def test_the_limit_of_a_files_length_is_that_of_the_habits():
    (said,) = re.findall(r"A file past (\d+) lines", TEXT)
    assert int(said) == LINES
