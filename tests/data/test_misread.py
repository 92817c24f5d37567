"""What would be misread in silence is refused, or said, at every door."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import polars as pl
import pytest

import mostlikely as ml

RNG = np.random.default_rng(7)
N = 24
X = RNG.normal(size=N)
DATA = {
    "x": X,
    "s": 0.5 + X**2,
    "y": 1.0 + X + RNG.normal(size=N),
    "g": list("aabbabcc" * 3),
    "w": RNG.uniform(0.5, 1.5, N),
    "k": RNG.poisson(2.0, N),
}

# The order of labels.


def columns(labels, order, ordered):
    return [
        pd.Series(pd.Categorical(labels, order, ordered=ordered)),
        *([pl.Series(labels, dtype=pl.Enum(order))] if ordered else []),
    ]


@pytest.mark.parametrize("column", columns(DATA["g"], ["c", "a", "b"], False))
def test_a_categorical_keeps_its_order_for_labels_without_one(column):
    """The base is the first that is declared, as in a formula; it is saved and shown so."""
    fit = ml.fit(ml.Categorical("g ~ x"), {**DATA, "g": column})
    assert fit.model.levels == ("c", "a", "b")
    again = type(fit.model).restore(fit.model.describe())
    assert again.levels == fit.model.levels and again == fit.model
    shown = eval(repr(fit.model), {"Categorical": ml.Categorical})
    assert shown.levels[0] == "c"
    by_name = ml.fit(ml.Categorical("g ~ x", base="c"), DATA)
    assert dict(fit.params) == pytest.approx(dict(by_name.params), rel=1e-9)


def test_levels_may_stand_beside_a_formula():
    fit = ml.fit(ml.Categorical("g ~ x", levels=["a", "b", "c"]), DATA)
    assert fit.params == ml.fit(ml.Categorical("g ~ x"), DATA).params


# Empty text.


@pytest.mark.parametrize(
    "column",
    [
        lambda v: v,
        np.array,
        lambda v: np.array(v, dtype=object),
        pd.Series,
        pl.Series,
        lambda v: pd.Series(pd.Categorical(v)),
        lambda v: pl.Series(v, dtype=pl.Categorical),
        lambda v: pl.DataFrame({"g": v}).to_arrow()["g"],
    ],
    ids=["list", "words", "objects", "pandas", "polars", "categories", "codes", "arrow"],
)
def test_empty_text_is_missing_as_a_predictor_and_as_a_response(column):
    labels = [*DATA["g"]]
    labels[3] = labels[17] = ""
    keep = [k for k in range(N) if k not in (3, 17)]
    data, rest = {**DATA, "g": column(labels)}, {k: np.array(v)[keep] for k, v in DATA.items()}
    for model in (ml.Normal("y ~ g"), ml.Categorical("g ~ x")):
        with pytest.raises(ml.DataError, match=r"g has 2 missing values \(rows 3, 17\)"):
            ml.fit(model, data)
        fit, wanted = ml.fit(model, data, missing="drop"), ml.fit(model, rest)
        assert fit.dropped == 2 and dict(fit.params) == pytest.approx(dict(wanted.params))
    assert ml.fit("categorical", column(labels), missing="drop").n == N - 2
    fit = ml.fit(ml.Normal("y ~ g"), rest)
    with pytest.raises(ml.DataError, match="g has 2 missing values"):
        fit.predict(data)


def test_an_empty_cell_among_numbers_is_missing():
    x = [*map(float, DATA["x"])]
    x[5] = ""
    fit = ml.fit(ml.Normal("y ~ x"), {**DATA, "x": x}, missing="drop")
    assert fit.dropped == 1 and ("mu", "x") in fit.params
    assert ml.fit("normal", x, missing="drop").n == N - 1


# What is given, and not what is meant.


@pytest.mark.parametrize(
    "data", [pd.DataFrame(DATA)[["x"]], pd.DataFrame(DATA)[["x", "s"]], X, X[:, None]]
)
@pytest.mark.parametrize("model", [ml.Normal(), "gamma", ml.Categorical()])
def test_data_beside_a_response_are_not_left_unread(model, data):
    with pytest.raises(ml.DataError, match=r"pass predictors as X=data, y=y"):
        ml.fit(model, data, np.abs(DATA["y"]))


def test_a_dict_is_no_column():
    """Its keys would be taken for the rows' labels."""
    x = {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0}
    with pytest.raises(ml.DataError, match="x is a dict, whose keys are no rows; pass a list"):
        ml.fit(ml.Normal("y ~ x"), {"x": x, "y": [2.0, 3.5, 1.2, 4.4]})


@pytest.mark.parametrize("made", [set, frozenset])
def test_a_set_is_no_column(made):
    values = made(DATA["x"].tolist())
    for refused in (
        lambda: ml.fit(ml.Normal("y ~ x"), {**DATA, "x": values}),
        lambda: ml.fit(ml.Normal("x ~ y"), {**DATA, "x": values}),
        lambda: ml.fit(ml.Normal("y ~ s"), DATA, weights=values),
        lambda: ml.fit(ml.Normal(), values),
    ):
        with pytest.raises(ml.DataError, match="is a set, which has no order of its rows"):
            refused()


BEYOND = [2**63 + i for i in range(N)]


@pytest.mark.parametrize(
    "column",
    [
        np.array(BEYOND, dtype=np.uint64),
        BEYOND,
        pd.Series(BEYOND, dtype="uint64"),
        pl.Series(BEYOND, dtype=pl.UInt64),
        np.array([-(2**53) - 1] * N),
        np.array([2**53 + 1] + [0] * (N - 1)),
    ],
    ids=["uint64", "list", "pandas", "polars", "negative", "one"],
)
def test_whole_numbers_that_floats_round_are_refused_wherever_they_stand(column):
    data = {**DATA, "x": column}
    for refused in (
        lambda: ml.fit(ml.Normal("y ~ x"), data),
        lambda: ml.fit(ml.Normal("y ~ np.sqrt(x)"), data),
        lambda: ml.fit(ml.Normal("y ~ s", sigma="x"), data),
        lambda: ml.fit(ml.Normal("y ~ s"), data, offset="x"),
        lambda: ml.fit(ml.Normal(), X=pd.DataFrame({"x": column}), y=DATA["y"]),
        lambda: ml.fit(ml.Normal(), X=np.array(column)[:, None], y=DATA["y"]),
    ):
        with pytest.raises(ml.DataError, match=r"whole numbers? beyond 2\*\*53"):
            refused()
    exact = {**DATA, "x": np.array([2**53, *range(N - 1)])}
    assert ml.fit(ml.Normal("y ~ x"), exact).n == N


def test_a_column_for_a_parameter_is_said_in_the_summary():
    for model in (ml.Normal("y ~ x", sigma="s"), ml.Normal(sigma="s")):
        text = " ".join(ml.fit(model, DATA, "y").summary().split())
        assert "sigma is the column 's' itself, known for every row" in text
        assert "sigma='~ s'" in text
    trials = ml.fit(ml.Binomial("k ~ x", n="n"), {**DATA, "n": np.full(N, 20)})
    assert "itself" not in trials.summary()


def test_fractional_weights_of_no_kind_are_said_to_be_frequencies():
    said = "The weights are no whole numbers, and are taken for how often each row was seen"
    for fit in (
        ml.fit(ml.Normal("y ~ x"), DATA, weights="w"),
        ml.fit(ml.Normal(), DATA["y"], weights=DATA["w"]),
        ml.fit(ml.Normal(), DATA["y"], weights=np.array([0.5, 1.5] * (N // 2))),
    ):
        assert said in " ".join(fit.summary().split())
    whole = ml.fit(ml.Normal("y ~ x"), DATA, weights=1 + np.arange(N) % 3)
    precise = ml.fit(ml.Normal("y ~ x"), DATA, weights="w", weight_kind="precision")
    assert said not in " ".join((whole.summary() + precise.summary()).split())


# Predictors of X=.


def test_every_predictor_without_a_formula_follows_x():
    x, wanted = {"x": X}, ml.fit(ml.Normal("y ~ x", sigma="~ x"), DATA)
    for model in (
        ml.Normal(sigma=ml.linear()),
        ml.Normal(ml.linear(), sigma=ml.linear()),
        ml.Normal(mu=ml.linear(link="identity"), sigma=ml.linear(link="log")),
    ):
        fit = ml.fit(model, X=x, y=DATA["y"])
        assert dict(fit.params) == pytest.approx(dict(wanted.params), rel=1e-7)
        assert fit.predict(x).value == pytest.approx(wanted.predict(x).value, rel=1e-7)


# Formulas without end.

ENDLESS = (
    "(x + g)**50",
    "(x + g)^50",
    "x**1000000000",
    "9**9**9",
    "x**9**9",
    "I(9**9**9)",
    "{x * 9**9**9}",
    "I(x * pow(9, 9**9))",
    "I(1 << 10**12)",
    "*".join(["x", "s", "g", "w", "k"] * 5),
    "((x + g)**5)**5",
    "sum(range(10**12)) * x",
    "poly(x, 10**9)",
)


@pytest.mark.parametrize("rhs", ENDLESS)
def test_formulas_of_work_without_end_are_refused_by_their_size(rhs):
    begun = time.perf_counter()
    for formula in (f"y ~ {rhs}", f"y ~ s + {rhs}"):
        with pytest.raises(ml.ModelError, match=r"terms when it is multiplied out|has no end"):
            ml.fit(ml.Normal(formula), DATA)
    assert time.perf_counter() - begun < 5.0


def test_a_long_formula_and_one_of_many_products_are_read():
    from mostlikely.data.formula.parse import parse

    names = [f"v{k}" for k in range(900)]
    assert len(parse(f"y ~ {' + '.join(names)}").columns) == 900
    assert len(parse(f"y ~ ({' + '.join(names[:60])})**2").columns) == 60


@pytest.mark.parametrize("call", ["exec('1')", "print(end='')", "I(None)"])
def test_an_expression_that_gives_nothing_is_refused(call):
    with pytest.raises(ml.ModelError, match="gives nothing"):
        ml.fit(ml.Normal(f"y ~ {call}"), DATA)


# Starts.


def test_a_start_that_is_no_likelihood_names_the_row_and_the_term():
    def density(d, m, s):
        return -0.5 * ((np.log(d["s"]) - m) / s) ** 2 - np.log(s)

    data = {**DATA, "s": np.r_[1.0, 1.0, -1.0, np.ones(N - 3)]}
    for function, start, said in (
        (density, {"m": 0.0, "s": 1.0}, "the log-density of row 2 is nan"),
        (density, {"m": 0.0, "s": -1.0}, "the log-density of row 0 is nan"),
        (lambda d, m: np.where(d["s"] > m, 0.0, -np.inf) - m**2, {"m": 0.0}, "row 2 is -inf"),
    ):
        verdict = ml.fit(function, data, start=start).verdict
        assert verdict.kind == "ran out" and said in str(verdict), verdict
    model = ml.Poisson(ml.nonlinear(lambda d, a, b: a + b * d["s"], start={"a": 0.5, "b": 1.0}))
    verdict = ml.fit(model, data, "k").verdict
    assert "mean is -0.5 in row 2, and must be positive" in str(verdict)


@pytest.mark.parametrize(
    ("function", "start"),
    [
        (lambda d, m, s: 0.5 * ((d["y"] - m) / s) ** 2 + np.log(s), {"m": 0.0, "s": 2.0}),
        (lambda d, t: np.exp(t) - d["k"] * t, {"t": 0.0}),
        (lambda d, a, b: (d["y"] - a - b * d["x"]) ** 2, {"a": 0.0, "b": 0.0}),
    ],
    ids=["normal", "poisson", "squares"],
)
def test_a_sign_error_is_recognised(function, start):
    fit = ml.fit(function, DATA, start=start)
    assert not fit.verdict.ok and "Change its sign" in str(fit.verdict)
    right = ml.fit(lambda d, **p: -function(d, **p), DATA, start=start)
    assert right.verdict.ok and "sign" not in str(right.verdict)


@pytest.mark.parametrize(
    "domain",
    [
        *(ml.domains.unit, ml.domains.simplex, ml.domains.real, ml.domains.positive),
        *(ml.domains.unit_closed, ml.domains.nonnegative, ml.domains.interval(3.0, 3.5)),
        *(ml.domains.interval(-9.0, -4.0), ml.domains.angle),
    ],
    ids=str,
)
def test_a_parameter_of_no_further_words_begins_inside(domain):
    low, high = ml.Param(domain).typical
    assert low < high and domain.contains(low) and domain.contains(high)
