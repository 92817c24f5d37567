"""Estimators keep fits without data and the names of features, and take part in searches."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import mostlikely as ml

pytest.importorskip("sklearn", reason="scikit-learn is an extra and is not installed")

import pandas as pd
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mostlikely.estimators import (
    DistributionFitter,
    MaximumLikelihoodClassifier,
    MaximumLikelihoodRegressor,
    crps_scorer,
    log_score,
    pinball_scorer,
)

RNG = np.random.default_rng(11)
N = 120
FRAME = pd.DataFrame({"age": RNG.uniform(20.0, 60.0, N), "dose": RNG.normal(size=N)})
COST = RNG.gamma(2.0, np.exp(0.02 * FRAME["age"] + 0.3 * FRAME["dose"]) / 2.0)
WELL = RNG.random(N) < 1.0 / (1.0 + np.exp(-FRAME["dose"]))


def test_coefficients_have_the_names_of_the_features():
    model = MaximumLikelihoodRegressor("gamma").fit(FRAME, COST)
    assert list(model.feature_names_in_) == ["age", "dose"]
    assert list(model.fit_.params) == [
        ("mean", "Intercept"),
        ("mean", "age"),
        ("mean", "dose"),
        "shape",
    ]
    theirs = ml.fit("gamma", X=FRAME, y=COST)
    assert dict(model.fit_.params) == pytest.approx(dict(theirs.params), rel=1e-9)
    np.testing.assert_allclose(model.predict(FRAME), theirs.predict(), rtol=1e-9)
    assert model.fit_.test("dose = 0", method="wald").p_value < 0.01
    with pytest.raises(ValueError, match="feature names"):
        model.predict(FRAME[["dose", "age"]])
    bare = MaximumLikelihoodRegressor("gamma").fit(FRAME.to_numpy(), COST)
    assert list(bare.fit_.params)[1:3] == [("mean", "x1"), ("mean", "x2")]
    np.testing.assert_allclose(bare.predict(FRAME.to_numpy()), model.predict(FRAME), rtol=1e-9)


@pytest.mark.parametrize("labels", [WELL, np.where(WELL, "yes", "no"), RNG.integers(0, 3, N)])
def test_a_classifier_s_too(labels):
    model = MaximumLikelihoodClassifier().fit(FRAME, labels)
    assert {key[1] for key in model.fit_.params} == {"Intercept", "age", "dose"}
    bare = MaximumLikelihoodClassifier().fit(FRAME.to_numpy(), labels)
    np.testing.assert_allclose(
        model.predict_proba(FRAME), bare.predict_proba(FRAME.to_numpy()), atol=1e-9
    )


@pytest.mark.parametrize(
    "model",
    [
        MaximumLikelihoodRegressor("gamma"),
        MaximumLikelihoodClassifier(),
        DistributionFitter("normal"),
    ],
)
def test_no_estimator_holds_the_rows(model):
    many = pd.concat([FRAME] * 400, ignore_index=True)
    y = np.tile(WELL if isinstance(model, MaximumLikelihoodClassifier) else COST, 400)
    model.fit(many, y)
    for fit in getattr(model, "fits_", None) or [model.fit_]:
        assert not fit.has_data
        with pytest.raises(ml.ModelError, match="needs the data"):
            fit.residuals()
        assert fit.covariance("sandwich").shape == (len(fit.params),) * 2
    assert len(pickle.dumps(model)) < 20_000


@pytest.mark.parametrize("scoring", [log_score, crps_scorer, pinball_scorer(0.9)])
def test_a_search_over_a_pipeline_chooses_the_noise(scoring):
    pipeline = make_pipeline(StandardScaler(), MaximumLikelihoodRegressor())
    pipeline.set_output(transform="pandas")
    grid = {"maximumlikelihoodregressor__family": ["normal", "gamma", "exponential"]}
    search = GridSearchCV(pipeline, grid, scoring=scoring, cv=3).fit(FRAME, COST)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_params_["maximumlikelihoodregressor__family"] != "normal"
    best = search.best_estimator_[-1]
    assert list(best.feature_names_in_) == ["age", "dose"]
    again = pickle.loads(pickle.dumps(search))
    np.testing.assert_array_equal(again.predict(FRAME), search.predict(FRAME))
    assert again.score(FRAME, COST) == search.score(FRAME, COST)
