"""What a fit can be asked for afterwards: its distribution, its rank among others, its file."""

from __future__ import annotations

import dataclasses
import json
import pickle
from math import exp, inf

import numpy as np
import pytest
from scipy import stats

import mostlikely as ml

WAITS = np.array([0.8, 1.3, 2.4, 0.4, 3.1, 1.9])
LIGHT = np.linspace(-2.0, 2.0, 30)  # Student-t's fit to these is a normal


# The fitted distribution.


def test_the_distribution_is_the_model_at_the_estimate():
    fit = ml.fit("gamma", WAITS)
    mean, shape = fit.params.values()
    theirs = stats.gamma(shape, scale=mean / shape)
    np.testing.assert_allclose(fit.distribution.cdf(WAITS), theirs.cdf(WAITS), rtol=1e-12)
    assert np.sum(fit.distribution.log_prob(WAITS)) == pytest.approx(fit.loglik, rel=1e-13)
    assert fit.distribution.mean == pytest.approx(np.mean(WAITS), rel=1e-12)


def test_what_is_fixed_is_part_of_the_distribution():
    fit = ml.fit(ml.Gamma(shape=2), WAITS)
    theirs = stats.gamma(2, scale=fit.params["mean"] / 2)
    assert fit.distribution.cdf(1.0) == pytest.approx(theirs.cdf(1.0), rel=1e-12)


def test_samples_are_of_the_distribution_and_the_same_for_the_same_seed():
    fit = ml.fit("gamma", WAITS)
    draws = fit.sample(4000, seed=1)
    assert stats.kstest(draws, fit.distribution.cdf).pvalue > 0.01
    np.testing.assert_array_equal(draws, fit.sample(4000, seed=1))
    assert not np.array_equal(draws, fit.sample(4000, seed=2))


def test_on_a_boundary_the_distribution_is_the_limit():
    fit = ml.fit("student_t", LIGHT)
    assert isinstance(fit.distribution.family, ml.Normal)
    assert fit.distribution.quantile(0.975) == pytest.approx(
        stats.norm(fit.params["mu"], fit.params["sigma"]).ppf(0.975), rel=1e-12
    )


def test_without_a_maximum_there_is_no_distribution():
    with pytest.raises(ml.ModelError, match="there is no fitted distribution"):
        ml.fit("normal", [3.0, 3.0]).sample(3)


# Comparison.


def test_models_are_ranked_by_aic():
    table = ml.compare(["exponential", ml.Weibull(), ml.LogNormal, "gamma"], WAITS)
    assert len(table) == 4
    assert table.best is table.fits[0]
    aics = [f.aic for f in table]
    assert aics == sorted(aics)
    for f in table:
        assert f.loglik == pytest.approx(ml.fit(f.model, WAITS).loglik, rel=1e-14)


def test_akaike_weights_are_their_definition():
    rows = ml.compare(["exponential", "weibull", "gamma"], WAITS).records()
    lowest = min(row["aic"] for row in rows)
    whole = sum(exp(-0.5 * (row["aic"] - lowest)) for row in rows)
    for row in rows:
        assert row["delta_aic"] == pytest.approx(row["aic"] - lowest, abs=1e-12)
        assert row["weight"] == pytest.approx(exp(-0.5 * row["delta_aic"]) / whole, rel=1e-12)
    assert sum(row["weight"] for row in rows) == pytest.approx(1.0, rel=1e-12)
    assert rows[0]["delta_aic"] == 0.0


def test_models_that_the_data_forbid_are_refused_with_their_sentence():
    table = ml.compare(["normal", "gamma", "beta", "poisson"], [-1.5, 0.5, 2.5])
    assert [f.model.name for f in table] == ["Normal"]
    assert set(table.refused) == {"Gamma", "Beta", "Poisson"}
    assert "-1.5 (row 0)" in table.refused["Gamma"]


def test_fits_without_a_maximum_come_last_and_win_nothing():
    y = [3.0, 3.0, 3.0]
    table = ml.compare(["normal", "exponential"], y)
    assert [f.model.name for f in table] == ["Exponential", "Normal"]
    assert table.best.model.name == "Exponential"
    assert [row["weight"] for row in table.records()] == [1.0, None]
    assert table.records()[1]["verdict"] == "not ok: no maximum"


def test_probabilities_and_densities_are_not_compared_with_each_other():
    table = ml.compare(["normal", "poisson", "geometric"], [3, 5, 1, 7])
    kinds = [row["kind"] for row in table.records()]
    assert kinds == ["probability", "probability", "density"]
    for kind in set(kinds):
        weights = [row["weight"] for row in table.records() if row["kind"] == kind]
        assert sum(weights) == pytest.approx(1.0, rel=1e-12)


def test_every_family_that_the_data_allow_is_a_candidate():
    table = ml.compare(None, WAITS)
    names = {f.model.name for f in table} | set(table.refused)
    assert {"Normal", "Gamma", "GEV", "Beta", "Poisson"} <= names
    assert {"Beta", "Poisson", "Bernoulli"} <= set(table.refused)
    assert not {"Binomial", "Categorical", "VonMises"} & names  # they must be meant


def test_options_reach_every_fit():
    counts, w = np.array([0, 1, 2, 5]), np.array([4, 3, 2, 1])
    table = ml.compare(["poisson", "geometric"], counts, weights=w)
    for f in table:
        assert f.n == 10
    assert table.best.loglik == pytest.approx(
        ml.fit(table.best.model, np.repeat(counts, w)).loglik, rel=1e-12
    )


def test_comparisons_that_make_no_sense():
    with pytest.raises(ml.ModelError, match="there is no model to compare"):
        ml.compare([], WAITS)
    with pytest.raises(ml.ModelError, match=r"did you mean 'Gamma'\?"):
        ml.compare(["normal", "gama"], WAITS)
    with pytest.raises(ml.DataError, match="must be"):
        ml.compare(["gamma", "beta"], [-1.0, 2.0])


# Files.

KEPT = {
    "interior": lambda: ml.fit("gamma", WAITS),
    "a boundary at infinity": lambda: ml.fit("student_t", LIGHT),
    "a boundary of counts": lambda: ml.fit("negative_binomial", [2, 3, 3, 2]),
    "no maximum": lambda: ml.fit("normal", [3.0, 3.0]),
    "not identified": lambda: ml.fit(ml.BetaBinomial(n=1), [0, 1, 1, 0, 1]),
    "extremes": lambda: ml.fit("uniform", WAITS),
    "fixed": lambda: ml.fit(ml.Gamma(shape=2), WAITS),
    "nothing free": lambda: ml.fit(ml.Normal(mu=1, sigma=2), WAITS),
    "trials": lambda: ml.fit(ml.Binomial(n=8), [1, 3, 5]),
    "shifted": lambda: ml.fit(ml.Shifted(ml.Gamma(shape=2)), 3 + WAITS),
    "shifted, known": lambda: ml.fit(ml.Shifted(ml.Weibull(), shift=3), 3 + WAITS),
    "labels": lambda: ml.fit(ml.Categorical(), list("abcab")),
    "labels with a base": lambda: ml.fit(ml.Categorical(base="c", **{"p[b]": 0.3}), list("abcab")),
    "numbers as labels": lambda: ml.fit(ml.Categorical(), np.array([1, 2, 2, 3])),
    "NumPy's labels": lambda: ml.fit(ml.Categorical(np.array(["a", "b"])), ["a", "b", "b"]),
    "frequencies": lambda: ml.fit("normal", WAITS, weights=np.arange(1, 7)),
    "sampling": lambda: ml.fit("normal", WAITS, weights=WAITS, weight_kind="sampling"),
    "dropped": lambda: ml.fit("normal", [1.0, np.nan, 2.0, 4.0], missing="drop"),
}


@pytest.mark.parametrize("case", KEPT)
def test_a_fit_comes_back_from_its_file(case, tmp_path):
    fit = KEPT[case]()
    fit.save(tmp_path / "fit.json")
    found = ml.load(tmp_path / "fit.json")
    assert found.model == fit.model
    assert repr(found.model) == repr(fit.model)
    assert found.verdict == fit.verdict
    for name in ("loglik", "n", "df", "label", "rows", "dropped", "weight_kind"):
        assert getattr(found, name) == getattr(fit, name), name
    assert dict(found.params) == dict(fit.params)
    np.testing.assert_array_equal(found.covariance(), fit.covariance())
    for name, error in fit.standard_errors.items():
        if np.isfinite(error):
            assert found.interval(name) == fit.interval(name)
    assert (found.aic, found.bic) == (fit.aic, fit.bic)
    if fit.verdict.kind != "no maximum":
        np.testing.assert_array_equal(found.sample(5, seed=1), fit.sample(5, seed=1))


@pytest.mark.parametrize("case", KEPT)
def test_a_file_is_strict_json_without_the_data(case, tmp_path):
    path = tmp_path / "fit.json"
    KEPT[case]().save(path)

    def forbidden(constant):
        raise AssertionError(f"{constant} is not JSON")

    saved = json.loads(path.read_text("utf-8"), parse_constant=forbidden)
    assert saved["mostlikely"] == 2
    assert saved["data"] is None
    assert len(path.read_bytes()) < 8000


def test_infinity_survives(tmp_path):
    ml.fit("student_t", LIGHT).save(tmp_path / "fit.json")
    found = ml.load(tmp_path / "fit.json")
    assert found.params["df"] == inf
    assert np.isnan(found.standard_errors["df"])
    assert isinstance(found.distribution.family, ml.Normal)


def test_what_needs_the_data_says_so(tmp_path):
    ml.fit("gamma", WAITS).save(tmp_path / "fit.json")
    found = ml.load(tmp_path / "fit.json")
    for ask in (
        lambda: found.interval("mean", method="profile"),
        lambda: found.profile("mean"),
        lambda: found.test(shape=1),
        lambda: found.log_likelihood(shape=1),
        lambda: found.residuals(),
        lambda: found.predict(),
        lambda: found.covariance(cluster=[1, 2, 3, 1, 2, 3]),
    ):
        with pytest.raises(ml.ModelError, match=r"needs the data, .* or fit again\.$"):
            ask()


class Halves(ml.Family):
    """A user's own family: a normal about zero, in halves of its deviation."""

    half = ml.Param(ml.domains.positive, "half the deviation", typical=(0.2, 2.0), unit=1)

    def log_prob(y, half):
        return ml.Normal.log_prob(y, 0.0, 2.0 * half)


def test_a_family_of_the_users_own_is_handed_to_load(tmp_path):
    fit = ml.fit(Halves(), WAITS)
    fit.save(tmp_path / "fit.json")
    with pytest.raises(ml.ModelError, match="there is no family 'Halves'"):
        ml.load(tmp_path / "fit.json")
    assert dict(ml.load(tmp_path / "fit.json", model=Halves()).params) == dict(fit.params)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not json", "is not a saved fit"),
        ("[1, 2]", "it has no 'mostlikely' entry"),
        ('{"mostlikely": 99}', "was saved in format 99"),
        ("\x00\xff", "is not a saved fit"),
    ],
)
def test_files_that_are_no_fits_are_refused(text, said, tmp_path):
    path = tmp_path / "fit.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ml.DataError) as raised:
        ml.load(path)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


# Where a climb begins, and how long it may take.


@pytest.mark.parametrize("start", [{"mean": 100.0}, {"shape": 0.01}, {"mean": 0.1, "shape": 500.0}])
def test_another_start_reaches_the_same_maximum(start):
    fit, other = ml.fit("gamma", WAITS), ml.fit("gamma", WAITS, start=start)
    assert other.verdict.kind == "interior"
    for name, error in fit.standard_errors.items():
        assert other.params[name] == pytest.approx(fit.params[name], abs=1e-6 * error)


def test_a_start_chooses_among_maxima():
    y = [-10.2, -10, -9.9, -9.7, 9.8, 10, 10.1, 10.3, 10.6]
    left = ml.fit(ml.Cauchy(scale=0.3), y, start={"mu": -10})
    assert left.params["mu"] == pytest.approx(-9.94, abs=0.01)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"start": {"shpe": 1}}, "did you mean 'shape'?"),
        ({"start": {"shape": -1}}, "shape must be positive; got -1."),
        ({"start": {"shape": "one"}}, "shape"),
        ({"start": [1.0, 2.0]}, "start must be a dict of parameter values by name; got list."),
        ({"max_steps": 0}, "max_steps must be a whole number of at least 1; got 0."),
        ({"max_steps": 2.5}, "max_steps must be a whole number of at least 1; got 2.5."),
    ],
)
def test_starts_that_make_no_sense(options, said):
    with pytest.raises(ml.ModelError) as raised:
        ml.fit("gamma", WAITS, **options)
    assert said in str(raised.value)


def test_too_few_steps_are_a_verdict_and_enough_are_not():
    y = np.random.default_rng(1).standard_t(3, 100)
    short = ml.fit("student_t", y, max_steps=1)
    assert (short.verdict.kind, short.verdict.ok) == ("ran out", False)
    assert "max_steps=" in str(short.verdict)
    assert ml.fit("student_t", y, max_steps=100).verdict.kind == "interior"


@pytest.mark.parametrize("model", [ml.Gamma(), ml.Gamma("y ~ x")])
def test_a_fit_survives_pickling_with_all_that_it_knows(model):
    data = {"x": [0.1, 0.5, 0.2, 0.9, 0.4, 0.6], "y": [0.8, 1.3, 2.4, 0.4, 3.1, 1.9]}
    fit = ml.fit(model, data, y="y")
    assert fit.standard_errors
    again = pickle.loads(pickle.dumps(fit))
    assert again.summary() == fit.summary()
    assert again.interval(method="profile") == fit.interval(method="profile")
    with pytest.raises(TypeError):
        again.params["shape"] = 1.0


def test_what_a_fit_was_found_with_is_kept_to_itself_and_shown_when_asked(tmp_path):
    fit = ml.fit(ml.Gamma("y ~ x"), {"x": [0.1, 0.5, 0.2, 0.9], "y": [0.8, 1.3, 2.4, 0.4]})
    public = {field.name for field in dataclasses.fields(fit) if not field.name.startswith("_")}
    words = {"model", "params", "loglik", "n", "df", "verdict", "label", "rows", "dropped"}
    assert public == words | {"weight_kind", "limit", "penalty"}
    evidence = fit.evidence()
    assert evidence.proof.verdict is fit.verdict
    assert evidence.sample.n == fit.n
    assert evidence.table.rows == fit.rows
    fit.save(tmp_path / "fit.json")
    loaded = ml.load(tmp_path / "fit.json")
    assert fit.has_data and not loaded.has_data
    assert loaded.has_predictors
    with pytest.raises(ml.ModelError, match="a test of mine needs the data"):
        loaded.evidence("a test of mine")


@pytest.mark.parametrize("kind", ["none", "frequency", "precision", "sampling"])
def test_the_weighting_is_known_with_the_data_and_without(kind, tmp_path):
    options = {} if kind == "none" else {"weights": [1.0, 2.0, 1.0], "weight_kind": kind}
    fit = ml.fit("normal", [2.0, 1.0, 4.0], **options)
    fit.save(tmp_path / "fit.json")
    for found in (fit, ml.load(tmp_path / "fit.json")):
        assert found.weighting.name == found.weight_kind == kind
        assert found.weighting.counts == (kind != "precision")
        assert found.weighting.calibrated == (kind != "sampling")


@pytest.mark.parametrize(
    "ask",
    [
        lambda fit: fit.quantity(3),
        lambda fit: fit.quantity(lambda p: "a"),
        lambda fit: fit.quantity(lambda p: [p["mu"], 1.0]),
        lambda fit: fit.log_likelihood(mu="a"),
        lambda fit: fit.score(mu=[1.0, 2.0]),
        lambda fit: fit.covariance(3),
        lambda fit: fit.sample(-1),
        lambda fit: fit.sample("a"),
        lambda fit: fit.sample(3, seed="a"),
        lambda fit: fit.compare(3),
        lambda fit: fit.save(3),
    ],
)
def test_what_nobody_should_ask_is_refused_in_a_sentence(ask):
    with pytest.raises(ml.MostLikelyError, match=r"\.$"):
        ask(ml.fit("normal", [2.0, 3.5, 1.2]))
