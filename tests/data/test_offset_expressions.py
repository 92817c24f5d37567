"""An offset may be an expression of columns: it is what its values as a column are."""

from __future__ import annotations

import json

import numpy as np
import pytest

import mostlikely as ml

DATA = {
    "n": [2, 4, 5, 9, 3, 8],
    "x": [0, 0, 1, 1, 2, 2],
    "t": [1.0, 2.0, 3.0, 4.0, 1.5, 2.5],
    "y": [1.5, 2.5, 2.0, 4.5, 3.5, 6.0],
}
COLUMN = {**DATA, "log_t": np.log(DATA["t"])}
MODELS = [
    ml.Poisson("n ~ x"),
    ml.NegativeBinomial("n ~ x"),
    ml.Gamma("y ~ x"),
    ml.Normal("y ~ x"),
    ml.Poisson("n ~ 1"),
]


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_an_expression_is_its_column(model):
    fit, other = ml.fit(model, DATA, offset="log(t)"), ml.fit(model, COLUMN, offset="log_t")
    assert fit.loglik == pytest.approx(other.loglik, rel=1e-12)
    assert [*fit.params.values()] == pytest.approx([*other.params.values()], rel=1e-9)
    new = {"x": [0, 3], "t": [10.0, 0.5], "log_t": np.log([10.0, 0.5])}
    np.testing.assert_allclose(fit.predict(new).value, other.predict(new).value, rtol=1e-9)
    np.testing.assert_allclose(fit.predict(new).std_error, other.predict(new).std_error, rtol=1e-6)


def test_the_rate_is_total_over_total():
    fit = ml.fit("poisson", DATA, "n", offset="np.log(t)")
    assert fit.params["Intercept"] == pytest.approx(np.log(sum(DATA["n"]) / sum(DATA["t"])))


def test_an_offset_of_another_parameter_is_an_expression_too():
    model = ml.Normal("y ~ x", sigma=ml.linear("~ 1", offset="log(t)"))
    column = ml.Normal("y ~ x", sigma=ml.linear("~ 1", offset="log_t"))
    assert ml.fit(model, DATA).loglik == pytest.approx(ml.fit(column, COLUMN).loglik, rel=1e-12)


def test_rows_in_which_it_is_missing_are_left_out_and_a_dot_leaves_its_columns_out():
    gap = {**DATA, "t": [1.0, np.nan, 3.0, 4.0, 1.5, 2.5]}
    with pytest.raises(ml.DataError, match="t has 1 missing value"):
        ml.fit(ml.Poisson("n ~ x"), gap, offset="log(t)")
    assert ml.fit(ml.Poisson("n ~ x"), gap, offset="log(t)", missing="drop").rows == 5
    terms = [k[1] for k in ml.fit(ml.Poisson("n ~ ."), DATA, offset="log(t)").params]
    assert terms == ["Intercept", "x", "y"]


def test_a_column_of_that_name_comes_first():
    named = {**DATA, "log(t)": np.zeros(6)}
    fit = ml.fit(ml.Poisson("n ~ x"), named, offset="log(t)")
    assert fit.loglik == ml.fit(ml.Poisson("n ~ x"), DATA).loglik


@pytest.mark.parametrize("rows", [False, True])
def test_a_saved_fit_computes_it_of_new_rows(tmp_path, rows):
    fit = ml.fit(ml.Poisson("n ~ x"), DATA, offset="log(t)")
    fit.save(tmp_path / "fit.json", data=rows)
    new = {"x": [0, 3], "t": [10.0, 0.5]}
    loaded = ml.load(tmp_path / "fit.json").predict(new).value
    np.testing.assert_allclose(loaded, fit.predict(new).value, rtol=1e-12)


def test_a_file_may_not_bring_code_as_its_offset(tmp_path):
    path = tmp_path / "fit.json"
    ml.fit(ml.Poisson("n ~ x"), DATA, offset="log(t)").save(path)
    evil = "__import__('os').getpid() * t"
    saved = json.loads(path.read_text())
    saved["model"]["predictors"]["mean"]["offset"] = evil
    path.write_text(json.dumps(saved))
    with pytest.raises(ml.ModelError, match="a saved fit may hold none"):
        ml.load(path)


@pytest.mark.parametrize(
    ("offset", "sentence"),
    [
        ("log(tt)", "there is no column 'tt'"),
        ("lgo(t)", "no function 'lgo'"),
        ("log(t", r"a '\)' is missing"),
        ("log(x)", "'log\\(x\\)' is not a finite number in 2 rows"),
        ("poly(t, 2)", "the offset of mean, 'poly\\(t, 2\\)' makes 2 columns; it must be one"),
    ],
)
def test_what_is_no_number_for_each_row_is_refused(offset, sentence):
    with pytest.raises(ml.MostLikelyError, match=sentence):
        ml.fit(ml.Poisson("n ~ x"), DATA, offset=offset)
