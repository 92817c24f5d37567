"""What the first format saved is read, and found again; sentences may change, numbers may not."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from math import isfinite
from typing import Any

import pytest

import mostlikely as ml
from mostlikely.results.store import FORMAT
from tests.derivation.every import DERIVED
from tests.saved import make

#: Numbers of the lesson agree to this, relative to the largest of the list that they stand in.
CLOSE = 1e-9
#: The page of a family shows its derivation.
DERIVING = [pytest.mark.slow, pytest.mark.xdist_group(DERIVED)]
RECORDED: dict[str, Any] = json.loads(gzip.decompress(make.LESSON.read_bytes()))


def record(name: str) -> dict[str, Any]:
    """The file as JSON has it."""
    return dict(json.loads((make.FOLDER / f"{name}.json").read_text(encoding="utf-8")))


def loaded(name: str) -> ml.Fit:
    """The fit that a file holds."""
    return ml.load(make.FOLDER / f"{name}.json", *([make.density] if name == "own" else []))


def errors(saved: dict[str, Any]) -> list[float]:
    """Standard errors, from the diagonal of the covariance."""
    return [float(row[k]) ** 0.5 for k, row in enumerate(saved["covariance"])]


def test_every_fit_has_its_file():
    files = {path.stem for path in make.FOLDER.glob("*.json")}
    assert files == set(make.FITS)
    assert {record(name)["mostlikely"] for name in files} == {1}
    assert FORMAT >= 1


@pytest.mark.parametrize("name", make.FITS)
def test_a_saved_fit_loads_with_its_numbers(name):
    saved, fit = record(name), loaded(name)
    keys = [json.loads(k) if k.startswith("[") else k for k in saved["params"]]
    assert [list(k) if isinstance(k, tuple) else k for k in fit.params] == keys
    values = [float(v) for v in saved["params"].values()]
    assert list(fit.params.values()) == pytest.approx(values, rel=1e-15, abs=0.0)
    said = list(fit.standard_errors.values())
    assert said == pytest.approx(errors(saved), rel=1e-14, abs=0.0, nan_ok=True)
    assert fit.loglik == float(saved["loglik"])
    assert (fit.n, fit.df, fit.label) == (saved["n"], saved["df"], saved["label"])
    assert (fit.rows, fit.dropped) == (saved["rows"], saved["dropped"])
    assert fit.weight_kind == saved["weight_kind"]
    assert (fit.verdict.kind, fit.verdict.ok) == (saved["verdict"]["kind"], saved["verdict"]["ok"])
    assert (fit.penalty and fit.penalty.describe()) == saved["penalty"]
    limit = saved["limit"]
    assert (fit.limit is None) == (limit is None)
    if limit is not None:
        assert fit.limit.family.name == limit["model"]["family"]
        assert dict(fit.limit.values) == pytest.approx(limit["params"], rel=1e-15)
    summary = fit.summary()
    assert all(str(k[1] if isinstance(k, tuple) else k) in summary for k in fit.params)


@pytest.mark.parametrize("name", make.FITS)
def test_a_refit_equals_the_saved_numbers(name):
    saved, old, fit = record(name), loaded(name), make.FITS[name]()
    assert list(fit.params) == list(old.params)
    assert (fit.verdict.kind, fit.verdict.ok) == (saved["verdict"]["kind"], saved["verdict"]["ok"])
    assert (fit.n, fit.df, fit.dropped) == (old.n, old.df, old.dropped)
    assert (fit.limit and fit.limit.family.name) == (old.limit and old.limit.family.name)
    assert repr(fit.model) == repr(old.model)
    assert fit.loglik == pytest.approx(old.loglik, abs=1e-8 * (1.0 + abs(old.loglik)))
    for key, error in old.standard_errors.items():
        value, found = fit.params[key], fit.standard_errors[key]
        if isfinite(error):
            assert abs(value - old.params[key]) <= 1e-6 * error, key
            assert found == pytest.approx(error, rel=1e-6), key
        else:
            assert value == old.params[key], key
            assert found == pytest.approx(error, nan_ok=True), key


@pytest.mark.parametrize("base", [None, "b"])
def test_a_loaded_categorical_has_its_formula_for_every_label(base, tmp_path):
    data = {"y": list("abcabcbacbaccb"), "x": [float(k * k % 11) for k in range(14)]}
    fit = ml.fit(ml.Categorical("y ~ x", base=base), data)
    fit.save(tmp_path / "fit.json")
    model = ml.load(tmp_path / "fit.json").model
    assert repr(model) == repr(fit.model)
    assert model.describe() == fit.model.describe()
    assert [p.formula for p in model.predictors.values()] == ["y ~ x"] * 2


# The lesson.

#: What the record calls otherwise.
RENAMED = {"kin": "relations"}


def unlike(old: Any, new: Any, at: str = "", scale: float = 0.0) -> Iterator[str]:
    """Where a record is not what is made now; what is new beside it is no matter."""
    if isinstance(old, dict):
        for key, value in old.items():
            inner = new.get(RENAMED.get(key, key)) if isinstance(new, dict) else None
            yield from unlike(value, inner, f"{at}/{key}")
    elif isinstance(old, list):
        if not isinstance(new, list) or len(new) != len(old):
            yield f"{at}: another length"
            return
        largest = max((abs(v) for v in old if isinstance(v, int | float)), default=0.0)
        for k, (value, inner) in enumerate(zip(old, new, strict=True)):
            yield from unlike(value, inner, f"{at}/{k}", largest)
    elif old is None or new is None:
        if old is not new:
            yield f"{at}: {old} was, {new} is"
    elif not isinstance(new, int | float) or not abs(new - old) <= CLOSE * max(abs(old), scale):
        yield f"{at}: {old} was, {new} is"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=DERIVING if name.startswith("families/") else [])
        for name in RECORDED
    ],
)
def test_the_lesson_s_numbers_are_those_recorded(name):
    found = list(unlike(RECORDED[name], make.lesson(name)))
    assert not found, f"{len(found)} numbers, the first: {found[:5]}"


def test_the_comparison_of_numbers_sees_what_differs():
    old = {"a": [1.0, 1e-17, None], "b": {"c": 2}}
    assert not list(unlike(old, {"a": [1.0, 3e-17, None], "b": {"c": 2.0, "d": 5}}))
    assert list(unlike(old, {"a": [1.0 + 1e-8, 0.0, None], "b": {"c": 2}}))
    assert list(unlike(old, {"a": [1.0, 0.0, 0.0], "b": {"c": 2}}))
    assert list(unlike(old, {"a": [1.0, 0.0], "b": {"c": 2}}))
    assert list(unlike(old, {"a": [1.0, 0.0, None], "b": {}}))
