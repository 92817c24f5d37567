"""The estimators keep scikit-learn's rules, and give what `fit` gives."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest

import mostlikely as ml

sklearn = pytest.importorskip("sklearn", reason="scikit-learn is an extra and is not installed")

from sklearn.base import clone  # noqa: E402
from sklearn.exceptions import ConvergenceWarning  # noqa: E402
from sklearn.linear_model import LogisticRegression, PoissonRegressor  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.estimator_checks import parametrize_with_checks  # noqa: E402

from mostlikely import estimators  # noqa: E402
from mostlikely.estimators import (  # noqa: E402
    DistributionalBooster,
    DistributionFitter,
    MaximumLikelihoodClassifier,
    MaximumLikelihoodRegressor,
    crps_scorer,
    log_score,
    pinball_scorer,
)

RNG = np.random.default_rng(7)
X = RNG.standard_normal((200, 3))
COUNTS = RNG.poisson(np.exp(0.5 + X @ np.array([0.4, -0.3, 0.0])))


@parametrize_with_checks(
    [
        MaximumLikelihoodRegressor(),
        MaximumLikelihoodClassifier(),
        DistributionFitter(),
        DistributionalBooster(rounds=8),  # what is checked are manners, which trees do not change
    ]
)
def test_scikit_learns_own_check_passes(estimator, check):
    if isinstance(estimator, DistributionalBooster):
        pytest.importorskip("xgboost", reason="XGBoost is an extra and is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(estimator)


def test_a_regressor_is_a_fit():
    model = MaximumLikelihoodRegressor("poisson").fit(X, COUNTS)
    fit = ml.fit("poisson", X=X, y=COUNTS)
    np.testing.assert_allclose(
        [model.intercept_, *model.coef_], list(fit.params.values()), rtol=1e-10
    )
    theirs = PoissonRegressor(alpha=0.0, tol=1e-10, solver="newton-cholesky").fit(X, COUNTS)
    np.testing.assert_allclose(model.predict(X), theirs.predict(X), rtol=1e-6)
    law = model.predict_distribution(X)
    assert np.mean(law.log_prob(COUNTS)) == pytest.approx(fit.loglik / 200, rel=1e-12)


def test_a_classifier_is_a_logistic_regression_without_a_penalty():
    y = np.where(RNG.random(200) < 1.0 / (1.0 + np.exp(-X[:, 0])), "yes", "no")
    ours = MaximumLikelihoodClassifier().fit(X, y)
    theirs = LogisticRegression(C=np.inf, tol=1e-10, solver="newton-cholesky").fit(X, y)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)
    assert list(ours.classes_) == ["no", "yes"]


def test_three_classes_have_probabilities_that_add_to_one():
    y = np.argmax(np.column_stack([X[:, 0], X[:, 1], X[:, 2]]) + RNG.gumbel(size=(200, 3)), axis=1)
    ours = MaximumLikelihoodClassifier().fit(X, y)
    theirs = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(X, y)
    p = ours.predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(p, theirs.predict_proba(X), atol=1e-4)


def test_separated_classes_warn_with_the_verdict():
    x, y = np.arange(8.0)[:, None], np.repeat([0, 1], 4)
    with pytest.warns(ConvergenceWarning, match="Separation"):
        model = MaximumLikelihoodClassifier().fit(x, y)
    assert model.verdict_.kind == "separation"
    assert np.array_equal(model.predict(x), y)
    firth = MaximumLikelihoodClassifier(penalty=ml.Firth()).fit(x, y)
    assert firth.verdict_.ok


def test_a_grid_search_chooses_the_noise_by_its_held_out_likelihood():
    y = RNG.gamma(2.0, 3.0, (400, 1))
    search = GridSearchCV(
        DistributionFitter(), {"family": ["normal", "gamma", "exponential"]}, cv=4
    ).fit(y)
    assert search.best_params_ == {"family": "gamma"}
    model = search.best_estimator_
    assert model.score(y) == pytest.approx(model.fits_[0].loglik / 400, rel=1e-12)
    assert model.sample(5, random_state=1).shape == (5, 1)


@pytest.mark.parametrize("scoring", [log_score, crps_scorer, pinball_scorer(0.9)])
def test_proper_scores_prefer_the_right_noise(scoring):
    y = np.exp(X[:, 0]) * RNG.gamma(1.0, 1.0, 200) + 1e-9
    right = make_pipeline(StandardScaler(), MaximumLikelihoodRegressor("gamma"))
    wrong = make_pipeline(StandardScaler(), MaximumLikelihoodRegressor("normal"))
    scorer = lambda model, x, t: scoring(model[-1], model[0].transform(x), t)  # noqa: E731
    assert (
        cross_val_score(right, X, y, scoring=scorer).mean()
        > cross_val_score(wrong, X, y, scoring=scorer).mean()
    )


def test_the_ranked_probability_score_is_that_of_the_normal():
    """Gneiting and Raftery 2007, eq. 21: σ (z (2Φ(z) − 1) + 2φ(z) − 1/√π), at z = 0 for σ = 1."""

    class Standard:
        def predict_distribution(self, x):
            return ml.Normal().at(mu=0.0, sigma=1.0)

    expected = 2.0 / np.sqrt(2.0 * np.pi) - 1.0 / np.sqrt(np.pi)
    assert -crps_scorer(Standard(), None, [0.0]) == pytest.approx(expected, abs=2e-3)


def test_estimators_are_cloned_and_pickled_with_what_they_know():
    model = MaximumLikelihoodRegressor(ml.Gamma(), penalty=ml.Ridge(0.1))
    y = RNG.gamma(2.0, 1.0, 200)
    assert clone(model).get_params() == model.get_params()
    again = pickle.loads(pickle.dumps(model.fit(X, y)))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert again.fit_.summary() == model.fit_.summary()


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_a_boosted_spread_beats_a_constant_one(library):
    pytest.importorskip(library, reason=f"{library} is an extra and is not installed")
    x = RNG.uniform(-1.0, 1.0, (1200, 1))
    y = x[:, 0] + np.exp(1.5 * x[:, 0]) * RNG.standard_normal(1200)
    train, test = slice(0, 800), slice(800, None)
    both = DistributionalBooster("normal", library=library, rounds=60).fit(x[train], y[train])
    alone = DistributionalBooster(ml.Normal(sigma=1.1), library=library, rounds=60)
    alone.fit(x[train], y[train])
    better = log_score(both, x[test], y[test])
    assert better > log_score(alone, x[test], y[test]) + 0.1
    truth = [ml.Normal().at(mu=m, sigma=np.exp(1.5 * m)) for m in x[test, 0]]
    best = np.mean([law.log_prob(t) for law, t in zip(truth, y[test], strict=True)])
    assert better == pytest.approx(best, abs=0.15)


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_a_boosted_prediction_is_in_the_unit_of_the_data(library):
    pytest.importorskip(library, reason=f"{library} is an extra and is not installed")
    y = 40.0 + X[:, 0] + RNG.standard_normal(200)
    one, other = (
        DistributionalBooster(library=library, rounds=20).fit(X, unit * y).raw(X)
        for unit in (1.0, 2.0**20)  # which rounds nothing
    )
    np.testing.assert_allclose(other[:, 0], 2.0**20 * one[:, 0], rtol=1e-9)
    np.testing.assert_allclose(other[:, 1], one[:, 1] + np.log(2.0**20), rtol=1e-9)
    assert np.std(one[:, 0]) > 0.3


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
@pytest.mark.parametrize("family", ["normal", "poisson"])
def test_boosting_stops_where_held_out_rows_say(library, family):
    pytest.importorskip(library, reason=f"{library} is an extra and is not installed")
    y = COUNTS.astype(float)
    model = DistributionalBooster(
        family, library=library, rounds=400, learning_rate=0.3, early_stopping_rounds=5
    ).fit(X[:120], y[:120], validation=(X[120:], y[120:]))
    losses = model.validation_losses_
    assert 1 <= model.rounds_ == 1 + np.argmin(losses) == len(losses) - 5
    assert -log_score(model, X[120:], y[120:]) == pytest.approx(min(losses), rel=1e-6)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


def test_rows_are_held_out_where_none_are_given():
    pytest.importorskip("xgboost", reason="XGBoost is an extra and is not installed")
    whole = DistributionalBooster("poisson", rounds=8).fit(X, COUNTS)
    assert whole.rounds_ == 8 and whole.validation_losses_ == []
    model = clone(whole).set_params(early_stopping_rounds=8, random_state=1, rounds=30)
    model.fit(X, COUNTS, sample_weight=np.full(200, 2.0))
    assert len(model.validation_losses_) > 8 and model.rounds_ <= 30
    with pytest.raises(ml.ModelError, match="set early_stopping_rounds"):
        whole.fit(X, COUNTS, validation=(X, COUNTS))


def test_what_is_asked_wrongly_is_said():
    with pytest.raises(ml.ModelError, match="there is no library 'xgbost'; did you mean"):
        DistributionalBooster(library="xgbost").fit(X, COUNTS)
    with pytest.raises(ml.ModelError, match="predicts no distribution"):
        log_score(LogisticRegression(), X, COUNTS)
    with pytest.raises(ml.ModelError, match="q must be between 0 and 1"):
        pinball_scorer(90)


def test_an_estimator_says_its_noise():
    assert ml.noise_of(MaximumLikelihoodRegressor("poisson")).family == ml.Poisson()
    assert ml.noise_of(DistributionalBooster(ml.Gamma(shape=2))).held == "shape = 2"
    assert ml.noise_of(DistributionFitter("gamma")).family == ml.Gamma()


def test_a_classifier_says_its_noise_before_it_has_seen_classes_and_after():
    assert ml.noise_of(MaximumLikelihoodClassifier()).family == ml.Categorical()
    two = MaximumLikelihoodClassifier().fit(X, np.where(COUNTS > 1, "many", "few"))
    assert ml.noise_of(two).family == ml.Bernoulli()
    many = MaximumLikelihoodClassifier().fit(X, np.array(["a", "b", "c"])[np.arange(200) % 3])
    assert ml.noise_of(many).family == ml.Categorical(levels=["a", "b", "c"])
    assert ml.noise_of(many).predicts == ("p[b]", "p[c]")


def test_estimators_are_words_of_the_library():
    classes = {k for k in estimators.__all__ if hasattr(getattr(estimators, k), "get_params")}
    assert set(ml.ESTIMATORS) == classes
    assert {getattr(ml, k) for k in ml.ESTIMATORS} == {getattr(estimators, k) for k in classes}
    assert classes <= set(dir(ml)) and not classes & set(ml.__all__)
