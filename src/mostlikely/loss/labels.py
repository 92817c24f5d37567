"""Losses of labels and counts that are negative log-likelihoods, each declared once.

Relations are per row, as in `numbers`.
"""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np
from scipy.special import gammaln, xlogy

from mostlikely.family import family
from mostlikely.loss.entry import Assumed, Entry, Option, given, labels, softmax

__all__ = ["LOSSES"]


def _poisson(log_input: bool, full: bool) -> Assumed:
    return Assumed(
        family("poisson")(),
        ("mean",),
        constant=_stirling_error if full else lambda y: -gammaln(y + 1.0),
        inverse="log" if log_input else "identity",
    )


def _stirling_error(y: Any) -> Any:
    """What full=True puts in the place of log y! (nothing up to y = 1), minus log y!."""
    stirling = xlogy(y, y) - y + 0.5 * np.log(2.0 * pi * np.maximum(y, 1.0))
    return np.where(y > 1.0, stirling, 0.0) - gammaln(y + 1.0)


def _categorical(of: Any = softmax) -> Assumed:
    return Assumed(family("categorical")(), (), constant=lambda y: 0.0, rest=labels(of))


def _divergence() -> Assumed:
    return Assumed(
        family("categorical")(),
        (),
        constant=lambda y: xlogy(y, y).sum(axis=1) if np.ndim(y) == 2 else 0.0,
        rest=labels(given),
    )


def _bernoulli(link: str) -> Assumed:
    return Assumed(family("bernoulli")(), ("p",), constant=lambda y: 0.0, inverse=link)


WEIGHTED = (
    "Class weights (pos_weight, class_weight, scale_pos_weight) make it a weighted likelihood: "
    "under a right model only the intercept moves, by the log of the weights' ratio, as if the "
    "classes were sampled in those proportions; predicted probabilities are of that population."
)
SMOOTHED = (
    "With label_smoothing=e it is cross-entropy to (1 - e) label + e/K: the expected negative "
    "log-likelihood of labels of which a share e is replaced at random. The best prediction is "
    "(1 - e) p + e/K, so that probabilities near 0 and 1 are never predicted."
)

LOSSES = (
    Entry(
        "cross-entropy of scores (softmax)",
        "log Σ exp(f_k) - f_y",
        {
            "torch": ("CrossEntropyLoss", "cross_entropy", "LinearCrossEntropyLoss",
                      "linear_cross_entropy", "AdaptiveLogSoftmaxWithLoss"),
            "sklearn": ("entropy",),
            "xgboost": ("multi:softmax", "multi:softprob"),
            "lightgbm": ("multiclass", "softmax"),
            "catboost": ("MultiClass",),
            "keras": ("CategoricalCrossentropy", "categorical_crossentropy",
                      "SparseCategoricalCrossentropy", "sparse_categorical_crossentropy"),
        },
        "the log-probability of every class, up to one number per row",
        _categorical,
        link="softmax",
        relation="nll",
        remarks=(SMOOTHED, WEIGHTED),
    ),
    Entry(
        "binary cross-entropy of probabilities",
        "-y log f - (1 - y) log(1 - f)",
        {
            "torch": ("BCELoss", "binary_cross_entropy"),
            "sklearn": ("neg_log_loss",),
            "keras": ("BinaryCrossentropy", "binary_crossentropy"),
        },
        "the probability that y is 1",
        lambda: _bernoulli("identity"),
        relation="nll",
        remarks=("PyTorch clamps the logarithm at -100, where f is 0 or 1.", WEIGHTED),
    ),
    Entry(
        "binary cross-entropy of log-odds",
        "log(1 + exp(f)) - y f",
        {
            "torch": (
                "BCEWithLogitsLoss", "binary_cross_entropy_with_logits", "SoftMarginLoss",
                "soft_margin_loss", "MultiLabelSoftMarginLoss", "multilabel_soft_margin_loss",
            ),
            "sklearn": ("log_loss", "deviance", "LogisticRegression", "LogisticRegressionCV",
                        "MLPClassifier", "GradientBoostingClassifier"),
            "xgboost": ("binary:logistic", "reg:logistic", "binary:logitraw", "logistic",
                        "XGBClassifier"),
            "lightgbm": ("binary", "cross_entropy", "xentropy", "multiclassova", "LGBMClassifier"),
            "other": ("bce",),
            "catboost": ("Logloss", "CrossEntropy", "MultiLogloss", "CatBoostClassifier"),
        },
        "the log-odds that y is 1",
        lambda: _bernoulli("logit"),
        link="logit",
        relation="nll",
        remarks=("With labels -1 and 1 it is written log(1 + exp(-y f)).", WEIGHTED),
    ),
    Entry(
        "label smoothing",
        "-Σ ((1 - e) [y = k] + e/K) log p_k",
        {"torch": ("label_smoothing",), "keras": ("label_smoothing",)},
        "(1 - e) p + e/K of every class",
        _categorical,
        link="softmax",
        relation="nll of the smoothed labels, which are shares of labels",
        remarks=(SMOOTHED,),
    ),
    Entry(
        "negative log-likelihood of given log-probabilities",
        "-f_y",
        {"torch": ("NLLLoss", "nll_loss")},
        "the log-probability of every class",
        lambda: _categorical(given),
        link="log",
        relation="nll, where Σ exp(f_k) = 1: the loss does not look",
        remarks=(WEIGHTED,),
    ),
    Entry(
        "Kullback-Leibler divergence",
        "Σ y_k (log y_k - f_k), y the shares of labels, f log-probabilities",
        {"torch": ("KLDivLoss", "kl_div"), "keras": ("KLDivergence", "kl_divergence", "kld")},
        "the log of the shares",
        _divergence,
        link="log",
        relation="nll of the shares, minus their entropy",
        dropped="Σ y_k log y_k, the shares' entropy with a minus",
        remarks=(
            'PyTorch\'s reduction="mean" divides by rows times classes; "batchmean" is the mean of '
            "this loss.",
        ),
    ),
    Entry(
        "Poisson negative log-likelihood",
        "exp(f) - y f",
        {
            "torch": ("PoissonNLLLoss", "poisson_nll_loss"),
            "xgboost": ("count:poisson",),
            "lightgbm": ("poisson",),
            "catboost": ("Poisson",),
            "keras": ("Poisson", "poisson"),
        },
        "log of the mean of y given x",
        _poisson,
        link="log",
        relation="nll - log y!; with full=True PyTorch puts Stirling's formula for log y!",
        dropped="-log y!",
        options={
            "log_input": Option(True, names=("log_input",)),
            "full": Option(False, names=("full",)),
        },
        remarks=("log_input=False takes the mean itself, f - y log f, and so does Keras.",),
    ),
    Entry(
        "Poisson deviance",
        "2 (y log(y/f) - y + f)",
        {
            "sklearn": (
                "poisson", "mean_poisson_deviance", "neg_mean_poisson_deviance", "PoissonRegressor",
            )
        },
        "the mean of y given x",
        lambda: Assumed(family("poisson")(), ("mean",), 2.0),
        relation="2 nll + 2 log p(y | y), the likelihood at its best",
        dropped="2 (y log y - y - log y!)",
        remarks=("Fitting takes half of it, on a log link.",),
    ),
)  # fmt: skip
