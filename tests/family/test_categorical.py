"""Labels in, probabilities out: what is a level, what is missing, what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import mostlikely as ml
from mostlikely.data import read_sample
from mostlikely.errors import DataError, ModelError

VOTES = ["b", "a", "c", "b", "a", "a"] * 10


def test_shares_and_multinomial_errors() -> None:
    fit = ml.fit(ml.Categorical(), VOTES)
    assert dict(fit.params) == pytest.approx({"p[b]": 1 / 3, "p[c]": 1 / 6}, rel=1e-14)
    p = np.array([1 / 3, 1 / 6])
    wanted = (np.diag(p) - np.outer(p, p)) / 60.0
    assert fit.covariance() == pytest.approx(wanted, rel=1e-12)
    assert fit.covariance(kind="expected") == pytest.approx(wanted, rel=1e-12)
    assert fit.loglik == pytest.approx(
        30 * np.log(0.5) - 20 * np.log(3) - 10 * np.log(6), rel=1e-14
    )
    assert fit.verdict.kind == "interior"


def test_base_is_the_first_level_unless_named() -> None:
    fit = ml.fit(ml.Categorical(base="c"), VOTES)
    assert dict(fit.params) == pytest.approx({"p[a]": 1 / 2, "p[b]": 1 / 3}, rel=1e-14)
    assert repr(fit.model) == "Categorical(levels=['a', 'b', 'c'], base='c')"
    assert fit.loglik == pytest.approx(ml.fit("categorical", VOTES).loglik, rel=1e-14)


@pytest.mark.parametrize(
    ("y", "names"),
    [
        ([True, False, True, True], ["p[True]"]),
        (np.array([3, 1, 2, 2]), ["p[2]", "p[3]"]),
        (np.array([0.5, 1.0, 1.0, 2.0]), ["p[1]", "p[2]"]),
        (np.array(["x", "y", "y"]), ["p[y]"]),
        (np.array(["x", "y", "y"], dtype=object), ["p[y]"]),
        (("x", "y", "y"), ["p[y]"]),
        (pd.Series(["x", "y", "y"], dtype="category"), ["p[y]"]),
        (pl.Series(["x", "y", "y"]), ["p[y]"]),
    ],
    ids=["bools", "ints", "floats", "strings", "objects", "tuple", "pandas", "polars"],
)
def test_labels_of_any_kind(y: Any, names: list[str]) -> None:
    assert list(ml.fit("categorical", y).params) == names


@pytest.mark.parametrize(
    "y",
    [
        ["a", None, "b"],
        [1.0, np.nan, 2.0],
        np.ma.masked_array([1, 5, 2], [False, True, False]),
        pd.Series(["a", pd.NA, "b"]),
        pd.Series(["a", pd.NA, "b"], dtype="string"),
        pd.Series([1, pd.NA, 2], dtype="Int64"),
        pl.Series(["a", None, "b"]),
        pl.Series([1, None, 2]),
    ],
    ids=["None", "NaN", "masked", "NA", "string", "Int64", "polars", "polars ints"],
)
def test_missing_labels_are_counted_not_fitted(y: Any) -> None:
    with pytest.raises(DataError, match=r"1 missing value \(row 1\)"):
        ml.fit("categorical", y)
    fit = ml.fit("categorical", y, missing="drop")
    assert fit.n == 2 and list(fit.params.values()) == [0.5]


def test_weights_and_a_column_of_a_dataframe() -> None:
    table = pd.DataFrame({"vote": ["a", "b", "c"], "times": [30, 20, 10]})
    fit = ml.fit("categorical", table, y="vote", weights="times")
    assert dict(fit.params) == pytest.approx({"p[b]": 1 / 3, "p[c]": 1 / 6}, rel=1e-14)
    assert fit.loglik == pytest.approx(ml.fit("categorical", VOTES).loglik, rel=1e-14)


@pytest.mark.parametrize(
    ("model", "y", "sentence"),
    [
        (ml.Categorical(), ["a", "a"], "all labels are 'a'; name the others"),
        (ml.Categorical(), ["a", 1], r"different types \(int, str\)"),
        (ml.Categorical(), [["a"], ["b"]], "some entries are lists"),
        (ml.Categorical(), np.linspace(0.0, 1.0, 500), "500 different labels"),
        (ml.Categorical(["a", "b"]), VOTES, r"levels 'a', 'b' occur in 10 rows: 'c' \(row 2\)"),
        (ml.Categorical(), [None, None], "2 missing values"),
        (ml.Categorical(), [], "empty"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(
    model: ml.Family, y: Any, sentence: str
) -> None:
    with pytest.raises(DataError, match=sentence):
        ml.fit(model, y)


def test_models_that_make_no_sense_are_refused() -> None:
    for levels in (["a"], ["a", "a"], ["1", 1]):
        with pytest.raises((ModelError, DataError)):
            ml.Categorical(levels)
    with pytest.raises(ModelError, match="base='d' is not a level"):
        ml.Categorical(["a", "b"], base="d")
    with pytest.raises(ModelError, match="no parameter 'p\\[d\\]'"):
        ml.Categorical(["a", "b"], **{"p[d]": 0.5})
    with pytest.raises(ModelError, match="leave nothing for the other levels"):
        ml.Categorical(["a", "b", "c", "d"], **{"p[b]": 0.6, "p[c]": 0.4})


def test_a_level_that_does_not_occur_is_on_the_boundary() -> None:
    fit = ml.fit(ml.Categorical(["a", "b", "c", "d"]), VOTES)
    assert fit.verdict.kind == "boundary" and fit.verdict.ok and "p[d]" in str(fit.verdict)
    assert fit.params["p[d]"] == 0.0
    assert fit.params["p[b]"] == pytest.approx(1 / 3, rel=1e-9)
    assert fit.loglik == pytest.approx(ml.fit("categorical", VOTES).loglik, rel=1e-12)
    low, high = fit.interval(method="profile")["p[d]"]
    # 60 log(1 - p) falls by half the 95% quantile of a chi-square
    assert low == 0.0 and high == pytest.approx(-np.expm1(-1.9207294103 / 60.0), rel=1e-6)


def test_known_probabilities_leave_their_share_to_the_others() -> None:
    known = {"p[b]": 0.3}
    for model in (ml.Categorical(**known), ml.Categorical(["a", "b", "c"], **known)):
        fit = ml.fit(model, VOTES)
        assert dict(fit.params) == pytest.approx({"p[c]": 0.7 * 10 / 40}, rel=1e-12)
        bound, sample = read_sample(model, VOTES)
        assert bound.mle(sample, **bound.fixed) == pytest.approx({"p[c]": 0.175, **known})
        # among those that are not b, c is a coin
        coin = ml.fit("bernoulli", [v == "c" for v in VOTES if v != "b"]).interval(method="profile")
        found = fit.interval(method="profile")["p[c]"]
        assert found == pytest.approx([0.7 * end for end in coin["p"]], rel=1e-6)
    free = ml.fit("categorical", VOTES)
    assert free.test(**known).statistic == pytest.approx(2.0 * (free.loglik - fit.loglik), rel=1e-9)


def test_profile_intervals_are_those_of_a_coin() -> None:
    """The other levels divide what one leaves as they like: its profile is a Bernoulli's."""
    found = ml.fit("categorical", VOTES).interval(method="profile")
    for level in ("b", "c"):
        coin = ml.fit("bernoulli", [v == level for v in VOTES]).interval(method="profile")
        assert found[f"p[{level}]"] == pytest.approx(coin["p"], rel=1e-9)


def test_likelihood_and_start_by_the_names_of_the_data() -> None:
    found = ml.log_likelihood("categorical", ["a", "b", "c"], **{"p[b]": 0.5, "p[c]": 0.25})
    assert found == pytest.approx(np.log(0.25 * 0.5 * 0.25), rel=1e-14)
    fit = ml.fit("categorical", VOTES, start={"p[b]": 0.1})
    assert fit.params["p[b]"] == pytest.approx(1 / 3, rel=1e-9)


def test_joint_links_are_a_softmax() -> None:
    model = ml.Categorical(["a", "b", "c", "d"], **{"p[d]": 0.2})
    b, c = model.natural([0.3, -1.2])
    whole = 1.0 + np.exp(0.3) + np.exp(-1.2)
    assert (b, c) == pytest.approx((0.8 * np.exp(0.3) / whole, 0.8 * np.exp(-1.2) / whole))
    assert model.linked([b, c]) == pytest.approx([0.3, -1.2])
    assert sum(model.natural([800.0, -800.0])) == pytest.approx(0.8)


def test_many_levels_are_fitted() -> None:
    y = np.random.default_rng(5).integers(0, 40, 5000)
    fit = ml.fit("categorical", y)
    shares = np.bincount(y, minlength=40)[1:] / 5000
    assert list(fit.params.values()) == pytest.approx(shares.tolist(), rel=1e-12)
    assert fit.verdict.kind == "interior"


def test_save_and_load_round_trip(tmp_path: Path) -> None:
    fit = ml.fit(ml.Categorical(base="b"), VOTES)
    fit.save(tmp_path / "fit.json")
    back = ml.load(tmp_path / "fit.json")
    assert repr(back.model) == repr(fit.model)
    assert dict(back.params) == dict(fit.params)
    assert back.model.natural([0.0, 0.0]) == fit.model.natural([0.0, 0.0])
