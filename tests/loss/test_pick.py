"""Which loss residuals ask for: the right one, no other where there is none, and in words."""

from __future__ import annotations

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy import stats

import mostlikely as ml
from mostlikely.family import families
from mostlikely.loss.pick import _candidates

FEW = ["normal", "laplace", "student_t"]


@pytest.fixture(scope="module")
def heavy():
    return stats.t(4).rvs(3000, random_state=1) + 0.3


@pytest.mark.parametrize(
    ("law", "name"),
    [
        (stats.norm(), "Normal"),
        (stats.t(3), "StudentT"),
        (stats.laplace(), "Laplace"),
        (stats.logistic(), "Logistic"),
        (stats.hypsecant(), "HyperbolicSecant"),
        (stats.gumbel_r(), "Gumbel"),
        (stats.skewnorm(6), "SkewNormal"),
        (stats.laplace_asymmetric(2), "AsymmetricLaplace"),
    ],
)
def test_the_noise_that_made_the_residuals_is_found(law, name):
    choice = ml.pick_loss(law.rvs(5000, random_state=3), held_out=2)
    assert choice.best.model.name == name, str(choice)
    assert name in choice.sentence
    assert ("no other is worth" in choice.sentence) == (name == "Normal")


def test_candidates_are_all_that_a_location_and_a_scale_move():
    names = {f.__name__ for f in _candidates()}
    assert {"Normal", "Laplace", "StudentT", "Huber", "HyperbolicSecant", "Cauchy"} <= names
    assert "GEV" not in names  # its support moves with its parameters
    for f in families():
        if f.__name__ in names:
            place, _ = f().standard
            law = f().at(**{k: 0.5 * sum(p.typical) for k, p in f.parameters.items()})
            moved = f().at(**{**law.values, place: law.values[place] + 2.0})
            assert moved.log_prob(3.0) == pytest.approx(law.log_prob(1.0), rel=1e-12)


def test_numbers_of_the_sentence_are_those_of_scipy(heavy):
    choice = ml.pick_loss(heavy, families=FEW, held_out=0)
    df, loc, scale = stats.t.fit(heavy)
    aic = {
        "StudentT": 6.0 - 2.0 * stats.t(df, loc, scale).logpdf(heavy).sum(),
        "Normal": 4.0 - 2.0 * stats.norm(*stats.norm.fit(heavy)).logpdf(heavy).sum(),
    }
    assert choice.delta_aic == pytest.approx(aic["Normal"] - aic["StudentT"], abs=1e-3)
    assert f"df ≈ {df:.3g}" in choice.sentence
    assert f"ΔAIC = {aic['Normal'] - aic['StudentT']:.0f}" in choice.sentence


def test_held_out_scores_are_of_models_that_have_not_seen_the_row(heavy):
    r = heavy[:200]
    choice = ml.pick_loss(r, families=["normal"], held_out=4, seed=7)
    part = np.random.default_rng(7).permutation(200) % 4
    wanted = [
        stats.norm(r[part != k].mean(), r[part != k].std()).logpdf(x)
        for x, k in zip(r, part, strict=True)
    ]
    np.testing.assert_allclose(choice.scores["Normal"], wanted, rtol=1e-7)
    assert choice.records()[0]["score"] == pytest.approx(np.mean(wanted))


def test_same_seed_same_answer(heavy):
    one, other = (ml.pick_loss(heavy[:300], families=FEW, seed=2) for _ in range(2))
    assert one.records() == other.records()
    assert one.records() != ml.pick_loss(heavy[:300], families=FEW, seed=3).records()


def test_gain_and_its_error_are_of_the_paired_rows(heavy):
    choice = ml.pick_loss(heavy, families=FEW)
    gap = choice.scores["StudentT"] - choice.scores["Normal"]
    gain, error = choice.gain()
    assert gain == pytest.approx(gap.mean())
    assert error == pytest.approx(gap.std(ddof=1) / np.sqrt(len(gap)))
    assert choice.gain(choice.usual) == (0.0, 0.0)


def test_y_and_predictions_are_their_difference(heavy):
    f = np.linspace(0.0, 9.0, len(heavy))
    one = ml.pick_loss((f + heavy, f), families=FEW, held_out=0)
    assert one.best.loglik == pytest.approx(
        ml.pick_loss(heavy, families=FEW, held_out=0).best.loglik
    )


def test_regression_gives_its_residuals(heavy):
    x = np.linspace(0.0, 1.0, len(heavy))
    fit = ml.fit(ml.Normal("y ~ x"), {"x": x, "y": 2.0 * x + heavy})
    slope, intercept = np.polyfit(x, 2.0 * x + heavy, 1)
    choice = ml.pick_loss(fit, families=FEW, held_out=0)
    wanted = ml.pick_loss(2.0 * x + heavy - slope * x - intercept, families=FEW, held_out=0)
    assert choice.best.loglik == pytest.approx(wanted.best.loglik, rel=1e-9)
    assert "replacing the loss of Normal" in choice.sentence
    assert "residuals of y" in str(choice)


def test_scale_that_is_predicted_is_divided_by():
    rng = np.random.default_rng(4)
    x = rng.uniform(0.0, 2.0, 4000)
    y = x + np.exp(x) * rng.standard_normal(4000)
    fit = ml.fit(ml.Normal("y ~ x", sigma="~ x"), {"x": x, "y": y})
    assert ml.pick_loss(fit, families=FEW).best.model == ml.Normal()
    assert ml.pick_loss(y - x, families=FEW).best.model != ml.Normal()


def test_regression_of_student_t_is_asked_about_its_own_loss(heavy):
    x = np.linspace(0.0, 1.0, len(heavy))
    fit = ml.fit(ml.StudentT("y ~ x"), {"x": x, "y": x + heavy})
    choice = ml.pick_loss(fit, families=FEW, held_out=0)
    assert choice.best is choice.usual and "loss of StudentT is their loss" in choice.sentence


def test_location_is_free_or_zero_and_said(heavy):
    free = ml.pick_loss(heavy, families=FEW, held_out=0)
    centred = ml.pick_loss(heavy, families=FEW, held_out=0, centred=True)
    assert free.usual.params["mu"] == pytest.approx(heavy.mean())
    assert centred.usual.model == ml.Normal(mu=0)
    assert free.best.loglik > centred.best.loglik + 10.0
    assert "free, as an intercept" in str(free) and "held at 0" in str(centred)


def test_another_loss_in_use(heavy):
    choice = ml.pick_loss(heavy, families=FEW, held_out=0, instead_of="mae")
    assert choice.usual.model == ml.Laplace() and "replacing absolute error" in choice.sentence
    pinball = ml.pick_loss(heavy, families=FEW, held_out=0, instead_of="Quantile:alpha=0.9")
    assert pinball.usual.model == ml.AsymmetricLaplace(quantile=0.9)


def test_loss_is_ready_to_train_with(heavy):
    choice = ml.pick_loss(heavy, families=FEW, held_out=0)
    assert choice.loss == ml.StudentT(df=choice.best.params["df"])
    assert f"ml.loss(ml.{choice.loss!r})" in " ".join(str(choice).split())
    laplace = ml.pick_loss(stats.laplace.rvs(size=3000, random_state=2), families=FEW, held_out=0)
    assert "L1Loss" in str(laplace) and laplace.loss == ml.Laplace()


def test_simpler_of_equals_is_taken():
    """Student's t contains the normal, and may win by a hair."""
    for seed in range(6):
        r = stats.norm.rvs(size=400, random_state=seed)
        assert ml.pick_loss(r, families=["normal", "student_t"]).best.df == 2


def test_table_says_what_each_model_is_worth(heavy):
    choice = ml.pick_loss(heavy, families=FEW)
    rows = choice.records()
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
    assert min(row["delta_aic"] for row in rows) == 0.0
    assert choice.best.model.name in repr(choice) and "<table" in choice._repr_html_()
    assert all(row["model"] in str(choice) for row in rows)


def test_picture_has_both_densities_and_both_quantile_plots(heavy):
    figure = ml.pick_loss(heavy, families=FEW, held_out=0).plot()
    density, *quantiles = figure.axes
    labels = [text.get_text() for text in density.get_legend().get_texts()]
    assert {"StudentT fit", "Normal fit", "data"} == set(labels)
    titles = [ax.get_title(loc="left") for ax in quantiles]
    assert titles == [f"Quantiles: on the line if {name} holds" for name in ("StudentT", "Normal")]
    plt.close(figure)


@pytest.mark.parametrize(
    ("given", "options", "error", "sentence"),
    [
        ([1.0, np.nan] * 9, {}, ml.DataError, "9 of 18 residuals are missing or infinite"),
        ([1.0, 2.0], {}, ml.DataError, "2 residuals do not tell"),
        ([], {}, ml.DataError, "0 residuals"),
        ([3.0] * 20, {}, ml.DataError, "no noise model has a maximum"),
        (["a"] * 20, {}, ml.DataError, "residuals are an array of numbers"),
        ("mse", {}, ml.DataError, "residuals are an array"),
        (np.zeros((20, 1)), {}, ml.DataError, "(20, 1)"),
        ((np.zeros(20), np.zeros((20, 1))), {}, ml.DataError, "Nothing is broadcast"),
        (np.arange(20.0), {"held_out": 1}, ml.ModelError, "2 or more"),
        (np.arange(20.0), {"held_out": -2}, ml.ModelError, "2 or more"),
        (np.arange(20.0), {"held_out": 2.5}, ml.ModelError, "2 or more"),
        (np.arange(20.0), {"families": ["gamma"]}, ml.ModelError, "no noise about a prediction"),
        (np.arange(20.0), {"families": ["nromal"]}, ml.ModelError, "did you mean 'Normal'"),
        (np.arange(20.0), {"instead_of": "hinge"}, ml.ModelError, "No likelihood"),
        (np.arange(20.0), {"instead_of": "cross_entropy"}, ml.ModelError, "no noise about"),
    ],
)
def test_what_makes_no_sense_is_refused(given, options, error, sentence):
    with pytest.raises(error, match=re.escape(sentence)):
        ml.pick_loss(given, **options)


def test_fits_that_leave_no_residuals_are_refused(tmp_path):
    counts = ml.fit("poisson", [3, 5, 1, 7])
    with pytest.raises(ml.ModelError, match="no noise about a location"):
        ml.pick_loss(counts)
    saved = ml.fit("normal", np.arange(20.0))
    saved.save(tmp_path / "fit.json")
    with pytest.raises(ml.ModelError, match="need the fit's data"):
        ml.pick_loss(ml.load(tmp_path / "fit.json"))
    with pytest.raises(ml.ModelError, match="unweighted"):
        ml.pick_loss(ml.fit("normal", np.arange(20.0), weights=np.arange(20.0)))
