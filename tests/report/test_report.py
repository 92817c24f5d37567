"""What print(fit) says is true, complete, and worth reading.

The golden files under tests/golden are what a person sees; after a wished-for change, look at the
difference that ``pytest tests/report --golden`` makes.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from math import floor, isnan, log10
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mostlikely as ml
from mostlikely import report
from mostlikely.report.fits import WORTH
from mostlikely.tables.page import WIDTH, aligned, decimals_for, number, text_of

GOLDEN = Path(__file__).parents[1] / "golden"
LESSON = [2.1, 1.9, 2.0, 2.3, 1.8]
NEWCOMB = ml.datasets.load("newcomb")


def kicks() -> ml.Fit:
    data = ml.datasets.load("horse_kicks")
    return ml.fit("poisson", data, "deaths", weights="corps_years")


def dropped() -> ml.Fit:
    return ml.fit(
        "normal", [2.1, np.nan, 2.3], weights=[1, 2, 3.5], weight_kind="sampling", missing="drop"
    )


PAGES: dict[str, Callable[[], str]] = {
    "interior": lambda: str(ml.fit("normal", LESSON)),
    "profile": lambda: ml.fit("student_t", NEWCOMB).summary(level=0.9, method="profile"),
    "fixed": lambda: str(ml.fit(ml.Normal(sigma=10), NEWCOMB)),
    "nothing_free": lambda: str(ml.fit(ml.Normal(mu=2, sigma=0.2), LESSON)),
    "tiny_units": lambda: str(ml.fit("normal", [1e-9 * y for y in LESSON])),
    "edge": lambda: str(ml.fit("bernoulli", [0] * 10)),
    "no_maximum": lambda: str(ml.fit("normal", [3.0, 3.0, 3.0])),
    "ran_out": lambda: str(ml.fit("student_t", NEWCOMB, max_steps=1)),
    "frequencies": lambda: str(kicks()),
    "sampling_and_missing": lambda: str(dropped()),
    "labels": lambda: str(ml.fit("categorical", ["b", "a", "c", "b"])),
    "comparison": lambda: str(ml.compare(["normal", "student_t", "cauchy", "gamma"], NEWCOMB)),
    "comparison_of_both_kinds": lambda: str(
        ml.compare(["poisson", "normal", "geometric"], [3, 5, 1, 7, 3])
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_page_reads_as_agreed(name, request):
    # What is left to gain is rounding error, and differs between machines.
    shown = re.sub(r"(less\s+than )\S+( of)", r"\g<1>1e-15\2", PAGES[name]()) + "\n"
    file = GOLDEN / f"{name}.txt"
    if request.config.getoption("--golden"):
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8")


def test_every_golden_file_is_read():
    assert {file.stem for file in GOLDEN.iterdir()} == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_page_keeps_to_its_width_and_shows_no_nan(name):
    lines = PAGES[name]().splitlines()
    assert max(map(len, lines)) <= WIDTH <= 100
    assert not any(line != line.rstrip() for line in lines)
    assert not re.search(r"\bnan\b", "\n".join(lines), re.IGNORECASE)


@given(st.floats(1e-12, 1e12), st.floats(-1e3, 1e3))
def test_estimate_shows_three_digits_of_its_standard_error(std_error, ratio):
    x = ratio * std_error
    shown = number(x, decimals_for(std_error))
    unit = 10.0 ** (floor(log10(std_error)) - 2)
    assert abs(float(shown) - x) <= 0.5001 * unit
    if abs(x) > 1.0:
        assert len(shown.replace("-", "")) <= 18


@given(st.floats(-1e308, 1e308) | st.sampled_from([np.inf, -np.inf]))
def test_number_without_an_error_has_five_digits(x):
    shown = number(x)
    if np.isfinite(x):
        assert float(shown) == pytest.approx(x, rel=0.6e-4)
    else:
        assert shown.replace("∞", "inf") == str(x)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1))
def test_decimal_points_stand_below_each_other(values):
    cells = aligned([f"{x:.2f}" for x in values])
    assert len({cell.index(".") for cell in cells}) == 1
    assert len({len(cell) for cell in cells}) == 1


def test_table_agrees_with_the_fit():
    fit = ml.fit("gamma", ml.datasets.load("ball_bearings"))
    text = str(fit)
    for name, value in fit.params.items():
        (row,) = [line for line in text.splitlines() if line.startswith(f"{name} ")]
        shown = [float(cell) for cell in re.findall(r"(?<= )\d+\.\d+", row)]
        expected = [value, fit.standard_errors[name], *fit.interval(name)]
        assert shown == pytest.approx(expected, abs=0.005 * fit.standard_errors[name] * 1.01)
    assert f"{fit.loglik:.3f}" in text
    assert f"{fit.aic:.3f}" in text
    assert f"{fit.bic:.3f}" in text


def test_tidy_has_the_columns_of_broom_and_a_statistic_only_where_zero_is_a_hypothesis():
    fit = ml.fit("normal", LESSON)
    mu, sigma = fit.records()
    assert list(mu) == [
        *("parameter", "term", "estimate", "std_error", "statistic"),
        *("p_value", "conf_low", "conf_high"),
    ]
    assert mu["statistic"] == pytest.approx(2.02 / np.sqrt(0.0296 / 5), rel=1e-9)
    # R 4.2.2: 2 * pnorm(-26.25396) is 6.6e-152
    assert mu["p_value"] == pytest.approx(6.6e-152, rel=0.02)
    assert (sigma["statistic"], sigma["p_value"]) == (None, None)
    assert (sigma["conf_low"], sigma["conf_high"]) == fit.interval("sigma")


def test_tidy_has_no_nan():
    (row,) = ml.fit("bernoulli", [0] * 10).records()
    assert row["std_error"] is None
    assert row["conf_low"] == 0.0
    for row in ml.fit("normal", [3.0, 3.0]).records():
        assert row["conf_low"] is None
        assert not any(isinstance(v, float) and isnan(v) for v in row.values())


def test_every_verdict_that_is_not_ok_says_what_the_numbers_are_worth():
    kinds = set(re.findall(r'"([a-z ]+)"', ml.Verdict.__doc__ or ""))
    assert kinds - {"interior"} == set(WORTH)
    fit = ml.fit("student_t", NEWCOMB, max_steps=1)
    assert not fit.verdict.ok
    assert WORTH[fit.verdict.kind].split()[-1] in str(fit).split()


def test_summary_refuses_a_level_that_is_none():
    with pytest.raises(ml.ModelError, match="between 0 and 1"):
        ml.fit("normal", LESSON).summary(level=95)


def test_loaded_fit_prints_the_same_but_for_what_needs_the_data(tmp_path):
    fit = ml.fit("normal", LESSON)
    fit.save(tmp_path / "fit.json")
    assert str(ml.load(tmp_path / "fit.json")) == str(fit)
    ml.fit("bernoulli", [0] * 10).save(tmp_path / "edge.json")
    loaded = ml.load(tmp_path / "edge.json")
    assert "0.17475" not in str(loaded)
    assert "On the boundary" in str(loaded)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
@pytest.mark.parametrize("name", PAGES)
def test_any_stream_can_be_printed_to(name, encoding, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    monkeypatch.setattr(sys, "stdout", stream)
    stream.write(PAGES[name]())
    stream.flush()
    written = stream.buffer.getvalue().decode(encoding)
    assert "�" not in written
    assert ("OK:" in written) != ("✓" in written)


def test_signs_are_unicode_where_they_can_be(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    assert "✓" in PAGES["interior"]()
    assert "✗" in PAGES["no_maximum"]()


def test_html_is_self_contained_and_escapes_names():
    fit = ml.fit("normal", {"<script>alert(1)</script>": LESSON})
    page = fit._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page
    assert "url(" not in page
    for name in ("mu", "sigma", "2.0200", "interior maximum"):
        assert name in page
    for tag in ("div", "table", "tbody", "tr", "td", "p"):
        assert page.count(f"<{tag}>") + page.count(f"<{tag} ") == page.count(f"</{tag}>")


def test_markup_in_a_name_is_not_markup():
    assert "[bold]y[/bold]" in str(ml.fit("normal", {"[bold]y[/bold]": LESSON}))


def test_comparison_html_has_a_row_per_model():
    page = ml.compare(["normal", "cauchy"], NEWCOMB)._repr_html_()
    assert page.count("<tr>") == 3


@pytest.mark.parametrize(
    ("deltas", "words"),
    [
        ([0.0], "A is the only density with a proven maximum"),
        ([0.0, 1.9, 2.1], "hardly tell it from B, less than 2"),
        ([0.0, 1.0, 1.5, 1.9], "hardly tell it from B, C and D, less"),
        ([0.0, 9.9], "the next, B, is 9.9 behind: some support"),
        ([0.0, 10.1], "the next, B, is 10.1 behind: next to no support"),
        ([], "No density has a proven maximum"),
    ],
)
def test_conclusion_weighs_differences_as_burnham_and_anderson_do(deltas, words):
    from mostlikely.report.comparison import _conclusion

    rows = [{"model": m, "delta_aic": d} for m, d in zip("ABCD", deltas, strict=False)]
    assert words in _conclusion([*rows, {"model": "Z", "delta_aic": None}], "density")


def test_kinds_of_likelihood_are_ranked_by_themselves():
    c = ml.compare(["exponential", "poisson", "normal", "geometric"], [3, 5, 1, 7, 3])
    rows = c.records()
    assert [row["kind"] for row in rows] == ["probability"] * 2 + ["density"] * 2
    assert [row["delta_aic"] == 0.0 for row in rows] == [True, False, True, False]
    assert sum(row["weight"] for row in rows[:2]) == pytest.approx(1.0)
    assert sum(row["weight"] for row in rows[2:]) == pytest.approx(1.0)


def test_families_are_listed_with_their_parameters():
    rows = report.family_rows()
    assert [row["family"] for row in rows] == [f.__name__ for f in ml.families()]
    text = text_of(report.families_view(rows))
    for row in rows:
        assert row["family"] in text
        assert row["about"]
