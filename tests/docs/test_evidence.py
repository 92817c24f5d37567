"""The evidence can be made again: its script runs at a tiny setting, and writes what docs show."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import norm

pytest.importorskip("xgboost", reason="XGBoost is an extra and is not installed")
pytest.importorskip("lightgbm", reason="LightGBM is an extra and is not installed")
pytest.importorskip("sklearn", reason="scikit-learn is an extra and is not installed")
pytest.importorskip("matplotlib", reason="matplotlib is an extra and is not installed")

from benchmarks import boosting
from benchmarks.boosting import page

OURS = ("mostlikely", "mostlikely, LightGBM", "a constant")


@pytest.fixture
def tiny(monkeypatch):
    """One small case, and no peers, which need not be here."""
    rng = np.random.default_rng(3)
    X = rng.uniform(-1.0, 1.0, (300, 2))
    rows = boosting.Rows(X, 2.0 * X[:, 0] + rng.standard_normal(300))
    monkeypatch.setattr(boosting, "LIBRARIES", {k: boosting.LIBRARIES[k] for k in OURS})
    case = boosting.Case("tiny, Normal", lambda: rows, "normal", 2, 2)
    monkeypatch.setattr(page, "CASES", (case,))
    monkeypatch.setattr(page, "ROUNDS", 20)
    return case


def test_every_row_is_scored_once_in_each_repeat_and_groups_stay_together():
    group = np.repeat(np.arange(12), 2)[:23]
    for repeat in range(2):
        splits = [s for s in boosting._splits(group, 2, 5) if s[0] == repeat]
        assert len(splits) == 5
        tested = np.concatenate([test for *_, test in splits])
        assert sorted(tested) == list(range(23))
        for _, learn, held, test in splits:
            assert sorted([*learn, *held, *test]) == list(range(23))
            parts = [set(group[part]) for part in (learn, held, test)]
            assert sum(map(len, parts)) == 12


def test_errors_count_groups():
    x = np.repeat(np.random.default_rng(0).standard_normal(50), 2)
    mean, error = boosting._mean(x, np.repeat(np.arange(50), 2))
    assert mean == pytest.approx(x.mean())
    assert error == pytest.approx(np.std(x[::2], ddof=1) / np.sqrt(50.0), rel=1e-12)


def test_a_measurement_scores_differences_and_times(tiny):
    rows = tiny.rows()
    found = boosting.measure(tiny, rows, 20)["libraries"]
    ours, constant = found["mostlikely"], found["a constant"]
    assert ours["ours_less"] == 0.0 and ours["ratio"] == 1.0 and 1 <= ours["kept"] <= 20
    apart = ours["score"] - constant["score"]
    assert constant["ours_less"] == pytest.approx(apart, rel=1e-9)
    # slope 2 of a uniform leaves a third of the variance of the whole: ½ log(7/3) = 0.42
    assert 0.25 < apart < 0.5
    # the score of a constant, found otherwise
    expected = [
        norm.logpdf(rows.y[test], rows.y[learn].mean(), rows.y[learn].std()).sum()
        for _, learn, _, test in boosting._splits(boosting._groups(rows), 2, 2)
    ]
    assert constant["score"] == pytest.approx(sum(expected) / 600, rel=1e-9)


def test_the_script_writes_numbers_a_table_and_a_picture_and_draws_them_again(tiny, tmp_path):
    page.main(["--folder", str(tmp_path)])
    written = {p.name for p in tmp_path.iterdir()}
    assert written == {"boosting.json", "boosting.inc", "boosting.svg"}
    (result,) = json.loads((tmp_path / "boosting.json").read_text("utf-8"))
    table = (tmp_path / "boosting.inc").read_text("utf-8")
    assert f"{result['libraries']['mostlikely']['score']:.4f}" in table
    assert "tiny, Normal, n = 300, 4 splits" in table
    picture = (tmp_path / "boosting.svg").read_bytes()
    for name in ("boosting.inc", "boosting.svg"):
        (tmp_path / name).unlink()
    page.main(["--folder", str(tmp_path), "--draw"])
    assert (tmp_path / "boosting.inc").read_text("utf-8") == table
    assert (tmp_path / "boosting.svg").read_bytes() == picture


def test_the_docs_show_what_was_measured():
    results = json.loads((page.FOLDER / "boosting.json").read_text("utf-8"))
    assert (page.FOLDER / "boosting.inc").read_text("utf-8") == page.table(results)
