"""A fit that was saved, pickled or copied without its data predicts, tests and draws as it did."""

from __future__ import annotations

import datetime
import json
import pickle
from functools import partial
from typing import Any

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.family import families

RNG = np.random.default_rng(20261201)
N = 40
X, Z = RNG.normal(size=N), RNG.uniform(1.0, 2.0, N)
DATA: dict[str, Any] = {
    "x": X,
    "z": Z,
    "g": RNG.choice(list("abc"), N),
    "flag": RNG.random(N) < 0.5,
    "trials": RNG.integers(3, 9, N),
    "y": X + RNG.normal(size=N),
    "size": np.exp(0.3 * X) * RNG.gamma(3.0, 1.0, N),
    "count": RNG.poisson(np.exp(0.4 * X + 0.3)),
    "under": RNG.binomial(4, 0.5, N),
    "won": RNG.random(N) < 1.0 / (1.0 + np.exp(-X)),
    "apart": X > 0.0,
    "grade": RNG.integers(0, 3, N),
    "kind": RNG.choice(list("pqr"), N),
    "w": RNG.integers(1, 4, N),
}
DATA["hits"] = RNG.binomial(DATA["trials"], 0.4)
DATA["twice"] = 2.0 * X
DATA["rare"] = DATA["won"] & (DATA["g"] != "c")
DATA["few"] = np.where(X < -0.5, 0, RNG.poisson(np.clip(1.0 + X, 0.0, None)))
NEW = {name: column[[3, 17, 5, 30]] for name, column in DATA.items()}
NEW["kind"] = np.array(["r"] * 4)  # levels are remembered, not looked up in new rows
CONTRASTS = "y ~ C(kind, contr.sum) * x + C(x > 0) + poly(z, 2)"
SPLINES = "size ~ bs(x, df=4) + g * center(z) + np.sin(3 * z) + flag"


def curve(d: Any, a: Any, b: Any) -> Any:
    """A mean that is no line."""
    return a * np.exp(b * d["x"])


CURVE = ml.Gamma(mean=ml.nonlinear(curve, start={"a": 3.0, "b": 0.3}))
#: Models on the columns above, by what is particular of them.
REGRESSIONS: dict[str, Any] = {
    "a line": lambda: ml.fit(ml.Normal("y ~ x + C(g)"), DATA),
    "splines": lambda: ml.fit(ml.Gamma(SPLINES), DATA),
    "contrasts": lambda: ml.fit(ml.Normal(CONTRASTS), DATA),
    "two predictors": lambda: ml.fit(ml.Gamma("size ~ x", shape="~ g"), DATA),
    "an offset": lambda: ml.fit(ml.Poisson("count ~ x * g"), DATA, offset="z"),
    "another link": lambda: ml.fit(ml.Normal(ml.linear("size ~ x", link="softplus")), DATA),
    "a known column": lambda: ml.fit(ml.Binomial("hits ~ x", n="trials"), DATA),
    "frequencies": lambda: ml.fit(ml.Normal("y ~ x"), DATA, weights="w"),
    "sampling": lambda: ml.fit(ml.Normal("y ~ x"), DATA, weights="w", weight_kind="sampling"),
    "dependent columns": lambda: ml.fit(ml.Normal("y ~ x + twice"), DATA),
    "labels in order": lambda: ml.fit(ml.Ordinal("grade ~ x"), DATA),
    "labels": lambda: ml.fit(ml.Categorical("kind ~ x + g"), DATA),
    "a limit": lambda: ml.fit(ml.NegativeBinomial("under ~ x"), DATA),
    "separation": lambda: ml.fit(ml.Bernoulli("apart ~ x"), DATA),
    "a level without events": lambda: ml.fit(ml.Bernoulli("rare ~ g + z"), DATA),
    "an edge of the link": lambda: ml.fit(ml.Poisson(ml.linear("few ~ x", link="identity")), DATA),
    "separated labels": lambda: ml.fit(ml.Categorical("apart ~ x"), DATA),
    "Firth": lambda: ml.fit(ml.Bernoulli("apart ~ x"), DATA, penalty=ml.Firth()),
    "Ridge": lambda: ml.fit(ml.Normal("y ~ x + g"), DATA, penalty=ml.Ridge(2.0)),
    "Lasso": lambda: ml.fit(ml.Normal("y ~ x + g"), DATA, penalty=ml.Lasso(2.0)),
    "members": lambda: ml.fit(
        ml.joint(ml.Normal("y ~ x"), ml.Normal("size ~ x"), shared=["sigma"]), DATA
    ),
    "members on two links": lambda: ml.fit(
        ml.joint(ml.Poisson("count ~ x"), ml.Bernoulli("won ~ x"), shared=["x"]), DATA
    ),
    "a curve": lambda: ml.fit(CURVE, DATA, y="size"),
}
SAMPLES: dict[str, Any] = {
    "one sample": lambda: ml.fit("gamma", DATA["size"]),
    "a limit of one sample": lambda: ml.fit("student_t", Z),
    "a sample's extremes": lambda: ml.fit("pareto", DATA["size"]),
    "shifted": lambda: ml.fit(ml.Shifted(ml.Exponential()), DATA["size"]),
}


def light(fit: ml.Fit, path: Any) -> list[ml.Fit]:
    """The fit without its data: pickled, and loaded from a file."""
    copy = fit.without_data()
    return [pickle.loads(pickle.dumps(copy)), reloaded(copy, path)]


def reloaded(fit: ml.Fit, path: Any, data: bool = False) -> ml.Fit:
    """A fit from its file; one with a function is given its model again."""
    fit.save(path / "fit.json", data=data)
    own = any(p.function is not None for p in fit.model.all_predictors)
    return ml.load(path / "fit.json", *([CURVE] if own else []))


def told(ask: Any) -> Any:
    """What is answered, or the sentence that is said instead."""
    try:
        return ask()
    except ml.MostLikelyError as error:
        return str(error)


def agree(one: Any, other: Any) -> None:
    """Numbers are equal but for rounding, sentences are the same."""
    if isinstance(one, str):
        assert one == other
    else:
        np.testing.assert_allclose(other, one, rtol=1e-9, atol=1e-12, equal_nan=True)


#: Those of which intervals of new observations are looked at, which takes 200 fits.
CALIBRATED = ("a line", "another link", "a limit", "labels in order", "members")


def predictions(fit: ml.Fit, calibrated: bool) -> Any:
    """Every prediction of new rows, with its errors and intervals."""
    several = len(fit.model.members)
    for member in range(several) if several else [None]:
        family = fit.model.members[member] if several else fit.model
        for what in ["mean", *family.parameters, *["probability"] * family.labels]:
            found = told(partial(fit.predict, NEW, what, member))
            if isinstance(found, str):
                yield found
            else:
                yield np.stack([found.value, found.std_error, *found.interval(0.9)])
        if calibrated:
            found = told(partial(fit.predict, NEW, "mean", member))
            yield found if isinstance(found, str) else found.prediction_interval()


@pytest.mark.parametrize("case", REGRESSIONS)
def test_a_fit_without_its_data_predicts_and_tests_as_it_did(case, tmp_path):
    fit = REGRESSIONS[case]()
    said = list(predictions(fit, case in CALIBRATED))
    for found in light(fit, tmp_path):
        assert fit.has_data
        assert not found.has_data
        assert found.model.describe() == fit.model.describe()
        for one, other in zip(said, predictions(found, case in CALIBRATED), strict=True):
            agree(one, other)
        for kind in (None, "observed", "sandwich", "HC0", "HC1", "HC2", "HC3", "expected"):
            agree(told(partial(fit.covariance, kind)), told(partial(found.covariance, kind)))
        for key in fit.params:
            for kind in (None, "HC1"):
                one, other = (
                    told(partial(f.test, {key: 0.25}, method="wald", covariance=kind))
                    for f in (fit, found)
                )
                agree(getattr(one, "statistic", one), getattr(other, "statistic", other))


@pytest.mark.parametrize("case", SAMPLES)
def test_a_sample_s_fit_without_its_data_draws_as_it_did(case, tmp_path):
    fit = SAMPLES[case]()
    for found in light(fit, tmp_path):
        np.testing.assert_array_equal(found.sample(6, seed=3), fit.sample(6, seed=3))
        agree(fit.predict([0, 0]).std_error, found.predict([0, 0]).std_error)
        agree(fit.distribution.quantile(0.9), found.distribution.quantile(0.9))
    if case == "one sample":
        ends = fit.predict([0, 0]).prediction_interval()
        agree(ends, found.predict([0, 0]).prediction_interval())


@pytest.mark.parametrize(
    "family", [f for f in families() if not f.labels], ids=lambda f: f.__name__
)
def test_every_family_comes_back_from_its_file(family, tmp_path):
    rng = np.random.default_rng(5)
    model = family(n=5) if "n" in family.parameters and family.parameters["n"].known else family()
    values = {k: np.mean(p.typical) for k, p in family.parameters.items() if k not in model.fixed}
    y = np.asarray(family.sample(rng, 40, *model.arguments(values)))
    fit = ml.fit(model, y)
    found = reloaded(fit, tmp_path)
    assert found.model == fit.model
    agree(fit.covariance("sandwich"), found.covariance("sandwich"))
    if fit.verdict.kind != "no maximum":
        np.testing.assert_array_equal(found.sample(4, seed=1), fit.sample(4, seed=1))


@pytest.mark.parametrize(
    "case", ["splines", "contrasts", "an offset", "members", "a limit", "labels", "Firth"]
)
def test_with_the_data_in_it_a_file_holds_all_that_a_fit_can_do(case, tmp_path):
    fit = REGRESSIONS[case]()
    found = reloaded(fit, tmp_path, data=True)
    assert found.has_data
    assert found.summary() == fit.summary()
    np.testing.assert_array_equal(found.covariance(), fit.covariance())
    agree(fit.covariance(cluster="g"), found.covariance(cluster="g"))
    key = next(iter(fit.params))
    agree(fit.test({key: 0.5}).statistic, found.test({key: 0.5}).statistic)
    low, high = fit.interval(key, method="profile")
    assert found.interval(key, method="profile") == pytest.approx((low, high), rel=1e-5)


def test_a_file_with_data_of_one_sample_has_its_profiles(tmp_path):
    fit = ml.fit("gamma", [0.8, 1.3, np.nan, 2.4, 0.4, 3.1, 1.9], missing="drop")
    found = reloaded(fit, tmp_path, data=True)
    assert found.interval(method="profile") == pytest.approx(fit.interval(method="profile"))
    np.testing.assert_array_equal(found.residuals(), fit.residuals())


def test_an_array_of_predictors_comes_back_with_its_rows(tmp_path):
    fit = ml.fit("normal", X=np.column_stack([X, Z]), y=DATA["y"])
    new = np.column_stack([NEW["x"], NEW["z"]])
    for data in (False, True):
        found = reloaded(fit, tmp_path, data)
        agree(fit.predict(new).std_error, found.predict(new).std_error)
        with pytest.raises(ml.DataError, match="was fitted to an array X of 2 columns"):
            found.predict(NEW)
    assert found.test(x1=0).statistic == pytest.approx(fit.test(x1=0).statistic)


def test_what_needs_the_rows_is_a_sentence_that_says_how_to_keep_them(tmp_path):
    fit = reloaded(REGRESSIONS["a line"](), tmp_path)
    key = ("mu", "x")
    for ask in (
        lambda: fit.profile(key),
        lambda: fit.interval(key, method="profile"),
        lambda: fit.test(x=0),
        lambda: fit.test("x = 0", method="score"),
        lambda: fit.score(),
        lambda: fit.log_likelihood({key: 0.0}),
        lambda: fit.residuals(),
        lambda: fit.predict(),
        lambda: fit.marginal_effects(),
        lambda: fit.covariance(cluster="g"),
        lambda: fit.plot(),
        lambda: fit.save(tmp_path / "again.json", data=True),
    ):
        with pytest.raises(ml.ModelError, match=r"needs the data, .*save\(path, data=True\), or"):
            ask()
    assert fit.marginal_effects(data=NEW)["x"].value == pytest.approx(fit.params[key])


def test_a_file_is_saved_again_as_it_was(tmp_path):
    fit = REGRESSIONS["splines"]()
    fit.save(tmp_path / "one.json")
    ml.load(tmp_path / "one.json").save(tmp_path / "other.json")
    assert (tmp_path / "one.json").read_text() == (tmp_path / "other.json").read_text()


def test_a_file_without_data_has_none_of_the_rows(tmp_path):
    rows = {"x": [0.5, 4.123456789, 2.25, 7.75, 3.5], "y": [1.5, 2.987654321, 2.0, 4.5, 3.25]}
    fit = ml.fit(ml.Normal("y ~ x"), rows)
    for data in (False, True):
        fit.save(tmp_path / "fit.json", data=data)
        text = (tmp_path / "fit.json").read_text()
        assert ("4.123456789" in text, "2.987654321" in text) == (data, data)


# Light copies, and pickles.


def test_a_copy_without_data_is_small_whatever_the_rows_were():
    n = 100_000
    rng = np.random.default_rng(1)
    data = {"x": rng.normal(size=n), "g": rng.choice(list("abcdef"), n)}
    data["y"] = data["x"] + rng.normal(size=n)
    fit = ml.fit(ml.Normal("y ~ bs(x, df=5) + g"), data)
    light = fit.without_data()
    assert len(pickle.dumps(light)) < 100_000
    assert light.without_data() is light
    few = {"x": [0.5, 1.5], "g": ["b", "f"]}
    agree(fit.predict(few).std_error, light.predict(few).std_error)


@pytest.mark.parametrize("case", [*REGRESSIONS, *SAMPLES])
def test_a_pickle_keeps_all_that_a_fit_can_do(case):
    fit = {**REGRESSIONS, **SAMPLES}[case]()
    again = pickle.loads(pickle.dumps(fit))
    assert again.has_data
    agree(told(partial(fit.covariance, "HC1")), told(partial(again.covariance, "HC1")))
    agree(told(fit.residuals), told(again.residuals))
    if case in ("splines", "a limit", "members on two links", "a sample's extremes"):
        key = next(iter(fit.params))
        ends = fit.interval(key, method="profile")
        assert again.interval(key, method="profile") == ends


# Functions, and files that are not what they seem.


def test_a_function_is_not_in_the_file_and_is_given_again(tmp_path):
    REGRESSIONS["a curve"]().save(tmp_path / "fit.json")
    assert "curve" not in (tmp_path / "fit.json").read_text()
    with pytest.raises(ml.ModelError, match=r"of a function, which its file does not hold; give"):
        ml.load(tmp_path / "fit.json")


HOSTILE = "I(__import__('os').getpid() * x)"


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda text: text.replace("y ~ np.exp(x)", "y ~ " + HOSTILE),
        lambda text: text.replace('["np.exp(x)", "python"]', f'["{HOSTILE}", "python"]'),
        lambda text: text.replace('["np.exp(x)", "python"]', f'["{HOSTILE}", "lookup"]'),
        lambda text: text.replace('["np.exp(x)", "python"]', f'["{HOSTILE}", "literal"]'),
        lambda text: text.replace('["np.exp(x)", "python"]', '["np.exp(secret)", "python"]'),
        lambda text: text.replace('["np.exp(x)", "python"]', '["np.load(x)", "python"]'),
    ],
)
def test_a_hostile_file_is_refused_before_anything_in_it_runs(spoilt, tmp_path, monkeypatch):
    import os

    path = tmp_path / "fit.json"
    ml.fit(ml.Normal("y ~ np.exp(x)"), DATA).save(path)
    monkeypatch.setattr(os, "getpid", lambda: pytest.fail("the file was run"))
    changed = spoilt(path.read_text())
    assert changed != path.read_text()
    path.write_text(changed)
    with pytest.raises(ml.ModelError, match=r"^the term .* and a saved fit may hold none: "):
        ml.load(path).predict(NEW)


def test_an_old_file_with_a_hostile_formula_is_refused(tmp_path):
    path = tmp_path / "fit.json"
    ml.fit(ml.Normal("y ~ x"), DATA).save(path)
    saved = json.loads(path.read_text())
    for name in ("design", "proof", "data"):
        del saved[name]
    path.write_text(json.dumps({**saved, "mostlikely": 1}))
    assert ml.load(path).params
    with pytest.raises(ml.ModelError, match="needs the data"):
        ml.load(path).predict(NEW)
    saved["model"]["predictors"]["mu"]["formula"] = f"y ~ {HOSTILE}"
    path.write_text(json.dumps({**saved, "mostlikely": 1}))
    with pytest.raises(ml.ModelError, match="and a saved fit may hold none"):
        ml.load(path)


def test_a_term_with_code_of_one_s_own_is_not_saved(tmp_path):
    fit = ml.fit(ml.Normal("y ~ I(x.clip(0))"), DATA)
    assert fit.predict(NEW).value.shape == (4,)
    with pytest.raises(ml.ModelError, match=r"has the call of 'x.clip', and a saved fit may hold"):
        fit.save(tmp_path / "fit.json")
    assert not (tmp_path / "fit.json").exists()


@pytest.mark.parametrize(
    "cut",
    [
        lambda saved: saved.pop("params"),
        lambda saved: saved.update(verdict=3),
        lambda saved: saved["params"].update(more=1.0),
        lambda saved: saved["proof"].pop("x"),
        lambda saved: saved["proof"]["x"].update(shape=[7]),
        lambda saved: saved["proof"]["members"][0]["parts"].pop(),
        lambda saved: saved["proof"]["covariances"]["observed"].update(shape=[1, 9]),
        lambda saved: saved["design"]["members"][0]["codings"].clear(),
        lambda saved: saved.update(covariance="none"),
        lambda saved: saved.update(mostlikely="2"),
        lambda saved: saved.update(n=[]),
        lambda saved: saved["design"]["members"][0].update(array=True, columns={"X": 10**15}),
    ],
)
def test_a_file_that_was_cut_is_refused_in_a_sentence(cut, tmp_path):
    path = tmp_path / "fit.json"
    REGRESSIONS["a line"]().save(path)
    saved = json.loads(path.read_text())
    cut(saved)
    path.write_text(json.dumps(saved))
    with pytest.raises(ml.DataError) as raised:
        ml.load(path)
    assert str(raised.value).endswith(".") and "\n" not in str(raised.value)


def test_rows_of_a_file_that_were_changed_are_noticed(tmp_path):
    path = tmp_path / "fit.json"
    REGRESSIONS["a line"]().save(path, data=True)
    saved = json.loads(path.read_text())
    saved["data"]["members"][0]["y"]["of"][0] += 9.0
    path.write_text(json.dumps(saved))
    with pytest.raises(ml.DataError, match="the rows of the file have a maximum of"):
        ml.load(path)


def test_levels_that_are_no_plain_values_are_refused_where_they_are_saved(tmp_path):
    days = [datetime.date(2026, 1, day) for day in (1, 2, 1, 1)]
    fit = ml.fit("categorical", days)
    with pytest.raises(ml.DataError, match="is date; make labels text before fitting"):
        fit.save(tmp_path / "fit.json")
    assert not (tmp_path / "fit.json").exists()
