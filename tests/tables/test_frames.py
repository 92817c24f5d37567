"""Rows leave as a frame of the library that the data came in, and as LaTeX and Markdown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mostlikely as ml
from mostlikely.tables.frame import LIBRARIES, frame_of, library_of

Y = [3, 5, 1, 7, 2, 4]
X = [0.0, 1.0, 0.5, 2.0, 0.2, 1.1]
COLUMNS = [
    *("parameter", "term", "estimate", "std_error"),
    *("statistic", "p_value", "conf_low", "conf_high"),
]
HOLDERS = {
    "pandas": lambda d: pd.DataFrame(d),
    "polars": lambda d: pl.DataFrame(d),
    "pyarrow": lambda d: pa.table(d),
    None: lambda d: d,
}


def regression(holder=None):
    return ml.fit(ml.Poisson("y ~ x"), HOLDERS[holder]({"y": Y, "x": X}))


def results(fit):
    """Everything that has rows."""
    return {
        "fit": fit,
        "comparison": fit.compare(ml.fit(ml.Poisson("y ~ 1"), {"y": Y, "x": X})),
        "effects": fit.marginal_effects(),
        "test": fit.test("x = 0"),
        "anova": ml.anova(fit),
        "profile": fit.profile("x", [0.1, 0.2]),
        "prediction": fit.predict({"x": [0.0, 1.0, 2.0]}),
        "levels": fit.predict({"x": [0.0, 1.0]}, "probability", level=[0, 1]),
    }


@pytest.mark.parametrize("holder", HOLDERS)
def test_a_table_is_of_the_library_of_the_data(holder):
    frame = regression(holder).to_frame()
    assert library_of(frame) == (holder or "pandas")
    assert list(frame.column_names if holder == "pyarrow" else frame.columns) == COLUMNS


@pytest.mark.parametrize("what", list(results(regression())))
@pytest.mark.parametrize("library", LIBRARIES)
def test_every_result_leaves_in_every_library_with_the_numbers_of_its_rows(what, library):
    result = results(regression())[what]
    frame = getattr(result, {"pyarrow": "to_arrow"}.get(library, f"to_{library}"))()
    assert library_of(frame) == library
    for name in result.records()[0]:
        column = frame[name].to_pylist() if library == "pyarrow" else list(frame[name])
        wanted = [row[name] for row in result.records()]
        for seen, value in zip(column, wanted, strict=True):
            assert pd.isna(seen) if value is None else seen == value


@pytest.mark.parametrize("what", [k for k in results(regression()) if k not in ("test", "profile")])
def test_every_result_answers_in_the_library_of_its_fit(what):
    assert isinstance(results(regression("polars"))[what].to_frame(), pl.DataFrame)


@pytest.mark.parametrize("what", list(results(regression())))
def test_every_result_is_latex_markdown_and_html(what):
    result = results(regression())[what]
    latex, rows = result.to_latex(label="tab:one"), len(result.records())
    assert latex.startswith("\\begin{table}") and "\\label{tab:one}" in latex
    assert latex.count("\\\\\n") == rows + 1
    markdown = [line for line in result.to_markdown().splitlines() if line.startswith("|")]
    assert len(markdown) == rows + 2
    assert len({line.replace("\\|", "").count("|") for line in markdown}) == 1
    assert result.to_html().count("<tr>") == rows + 1


def test_a_missing_number_is_null_and_a_constant_has_no_term():
    frame = ml.fit("normal", Y).to_polars()
    assert frame["term"].to_list() == [None, None]
    assert frame.schema["term"] == pl.String and frame.schema["p_value"] == pl.Float64
    assert frame["p_value"].null_count() == 1
    assert np.isnan(ml.fit("normal", Y).to_pandas()["p_value"][1])


def test_a_prediction_is_of_the_library_of_its_rows_and_has_both_intervals():
    fit = regression("pandas")
    found = fit.predict(pl.DataFrame({"x": [0.0, 1.0]}))
    frame = found.to_frame(prediction=True)
    assert isinstance(frame, pl.DataFrame) and isinstance(fit.predict().to_frame(), pd.DataFrame)
    assert frame["estimate"].to_list() == list(found)
    for ends, names in (
        (found.interval(), ("conf_low", "conf_high")),
        (found.prediction_interval(), ("predict_low", "predict_high")),
    ):
        assert [frame[name].to_list() for name in names] == [list(end) for end in ends]


def test_a_prediction_of_one_law_is_a_number():
    assert float(ml.fit("poisson", Y).predict(what="sd")) == pytest.approx(np.sqrt(22 / 6))
    with pytest.raises(TypeError, match="2 rows differ"):
        float(regression().predict({"x": [0.0, 1.0]}))


def test_another_library_is_refused():
    with pytest.raises(ml.ModelError, match="did you mean 'polars'"):
        frame_of([{"a": 1}], "polar")


def test_names_of_columns_are_escaped_in_latex():
    fit = ml.fit(ml.Normal("y ~ `a_b & 50%`"), {"y": Y, "a_b & 50%": X})
    assert r"a\_b \& 50\% &" in fit.to_latex()


def test_terms_are_found_by_their_plain_name_and_a_near_miss_lists_them():
    fit = ml.fit(ml.Normal("y ~ x", sigma="~ 1"), {"y": Y, "x": X})
    assert fit.params["x"] == fit.params["mu", "x"]
    assert fit.standard_errors["x"] == fit.standard_errors["mu", "x"]
    assert fit.interval()["x"] == fit.interval("x")
    with pytest.raises(KeyError, match="there are Intercept, x"):
        fit.params["age"]
    with pytest.raises(ml.ModelError, match="several parameters have a term 'x'"):
        ml.fit(ml.Normal("y ~ x", sigma="~ x"), {"y": [*Y, 9, 1], "x": [*X, 3, 0.3]}).params["x"]
    assert "age" not in fit.params and fit.params.get("age") is None
