"""Losses of real numbers that are negative log-likelihoods, each declared once.

Relations are per row: a mean over n rows divides a and c by n. f is the prediction, nll is
-log p(y | f) with every constant.
"""

from __future__ import annotations

from math import log, pi

import numpy as np

from mostlikely.calculus import ops
from mostlikely.family import family
from mostlikely.family.compositions.shifted import Shifted
from mostlikely.loss.entry import Assumed, Entry, Option

__all__ = ["LOSSES"]

SIGMA = Option(1.0, names=("sigma",))
SCALE = Option(1.0, names=("scale",))
HALF_LOG_2PI = 0.5 * log(2.0 * pi)


def _huber(scale: float, threshold: float, factor: float) -> Assumed:
    return Assumed(family("huber")(scale=scale, delta=threshold / scale), ("mu",), factor)


def _smooth_l1(scale: float, beta: float) -> Assumed:
    if beta == 0.0:
        return Assumed(family("laplace")(scale=scale), ("mu",), scale)
    return _huber(scale, beta, scale * scale / beta)


def _pinball(scale: float, quantile: float) -> Assumed:
    return Assumed(family("asymmetric_laplace")(scale=scale, quantile=quantile), ("mu",), scale)


def _gaussian(full: bool) -> Assumed:
    return Assumed(
        family("normal")(),
        ("mu", "sigma"),
        constant=lambda y: 0.0 if full else -HALF_LOG_2PI,
        inverse=(lambda f: f, ops.sqrt),
    )


def _log_squared(sigma: float) -> Assumed:
    a = 2.0 * sigma * sigma
    return Assumed(
        Shifted(family("log_normal")(sigma=sigma), shift=-1.0),
        ("mu",),
        a,
        lambda y: -a * (HALF_LOG_2PI + log(sigma) + np.log1p(y)),
        (ops.log1p,),
    )


def _accelerated(sigma: float) -> Assumed:
    return Assumed(family("log_normal")(sigma=sigma), ("mu",), constant=lambda y: 0.0)


LOSSES = (
    Entry(
        "squared error",
        "(y - f)²",
        {
            "torch": ("MSELoss", "mse_loss"),
            "sklearn": (
                "squared_error", "mean_squared_error", "neg_mean_squared_error", "friedman_mse",
                "LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV", "ElasticNet",
                "ElasticNetCV", "MLPRegressor", "RandomForestRegressor", "SGDRegressor",
            ),
            "xgboost": ("reg:squarederror", "reg:linear", "XGBRegressor"),
            "lightgbm": ("regression", "regression_l2", "l2", "rmse", "l2_root", "LGBMRegressor"),
            "catboost": ("RMSE", "MultiRMSE", "CatBoostRegressor"),
            "keras": ("MeanSquaredError", "mean_squared_error", "mse"),
        },
        "the mean of y given x",
        lambda sigma: Assumed(family("normal")(sigma=sigma), ("mu",), 2.0 * sigma * sigma),
        relation="2σ² · nll - σ² log(2πσ²); summed over n rows and divided by n, mse = 2σ²/n · nll "
        "- σ² log(2πσ²)",
        held="sigma, one number for all rows, whatever it is: it does not move the optimum",
        dropped="-σ² log(2πσ²)",
        estimate="σ̂² = the mean squared error (of the training rows, divisor n)",
        options={"sigma": SIGMA},
        remarks=("Some frameworks take half of it; a penalty is a prior: L2 normal, L1 Laplace.",),
    ),
    Entry(
        "absolute error",
        "|y - f|",
        {
            "torch": ("L1Loss", "l1_loss"),
            "sklearn": ("absolute_error", "mean_absolute_error", "neg_mean_absolute_error"),
            "xgboost": ("reg:absoluteerror",),
            "lightgbm": ("regression_l1", "l1", "mae"),
            "catboost": ("MAE",),
            "keras": ("MeanAbsoluteError", "mean_absolute_error", "mae"),
        },
        "the median of y given x",
        lambda scale: Assumed(family("laplace")(scale=scale), ("mu",), scale),
        relation="b · nll - b log(2b), b the scale",
        held="scale, one number for all rows, whatever it is: it does not move the optimum",
        dropped="-b log(2b)",
        estimate="scale = the mean absolute residual",
        options={"scale": SCALE},
    ),
    Entry(
        "Huber",
        "(y - f)²/2 where |y - f| ≤ δ, else δ (|y - f| - δ/2)",
        {
            "torch": ("HuberLoss", "huber_loss"),
            "sklearn": ("huber", "HuberRegressor"),
            "lightgbm": ("huber",),
            "catboost": ("Huber",),
            "keras": ("Huber", "huber"),
        },
        "between the mean (δ → ∞) and the median (δ → 0) of y given x",
        lambda scale, delta: _huber(scale, delta, scale * scale),
        relation="s² · nll - s² log(s C(δ/s)), C(k) = √(2π) (2Φ(k) - 1) + 2/k exp(-k²/2), s the "
        "scale",
        held="scale s, whatever it is, with tails from δ/s scales on",
        dropped="-s² log(s C(δ/s))",
        estimate="ml.fit(ml.Huber(mu=0), residuals) gives scale and delta both",
        options={"scale": SCALE, "delta": Option(1.0, names=("delta", "lightgbm.alpha"))},
        remarks=(
            "scikit-learn estimates: HuberRegressor a scale, with epsilon = δ/s; its boosting "
            "takes δ from a quantile of the residuals at every step.",
        ),
    ),
    Entry(
        "smooth L1",
        "(y - f)²/(2β) where |y - f| < β, else |y - f| - β/2",
        {"torch": ("SmoothL1Loss", "smooth_l1_loss")},
        "between the mean (β → ∞) and the median (β → 0) of y given x",
        _smooth_l1,
        relation="s²/β · nll - s²/β log(s C(β/s)): Huber's divided by β, and absolute error at β = "
        "0",
        held="scale s, whatever it is, with tails from β/s scales on",
        dropped="-s²/β log(s C(β/s)), C as for Huber",
        estimate="ml.fit(ml.Huber(mu=0), residuals) gives scale and delta both",
        options={"scale": SCALE, "beta": Option(1.0, low=-1.0, names=("beta",))},
    ),
    Entry(
        "pinball",
        "q (y - f) where y ≥ f, else (1 - q) (f - y)",
        {
            "sklearn": ("quantile", "mean_pinball_loss", "QuantileRegressor"),
            "other": ("pinball_loss",),
            "xgboost": ("reg:quantileerror",),
            "lightgbm": ("quantile",),
            "catboost": ("Quantile", "MultiQuantile"),
        },
        "the quantile q of y given x",
        _pinball,
        relation="b · nll + b log(q (1 - q)/b), b the scale",
        held="the quantile q, which is chosen; and the scale, whatever it is",
        dropped="b log(q (1 - q)/b)",
        estimate="scale = the mean pinball loss",
        options={
            "scale": SCALE,
            "quantile": Option(0.5, high=1.0, names=("quantile", "quantile_alpha", "alpha")),
        },
    ),
    Entry(
        "log-cosh",
        "log cosh(y - f)",
        {"catboost": ("LogCosh",), "keras": ("LogCosh", "log_cosh")},
        "between the mean (y near f) and the median (far away) of y given x",
        lambda: Assumed(family("hyperbolic_secant")(scale=1.0), ("mu",)),
        relation="nll - log π",
        held="scale = 1 in the unit of y: divide y by a scale to change it",
        dropped="-log π",
        estimate="ml.fit(ml.HyperbolicSecant(mu=0), residuals) gives the scale to divide y by",
    ),
    Entry(
        "squared log error",
        "(log(1 + y) - log(1 + f))²",
        {
            "sklearn": ("mean_squared_log_error", "neg_mean_squared_log_error"),
            "xgboost": ("reg:squaredlogerror",),
            "catboost": ("MSLE",),
            "keras": ("MeanSquaredLogarithmicError", "mean_squared_logarithmic_error", "msle"),
        },
        "the median of y given x: 1 + f is the geometric mean of 1 + y",
        _log_squared,
        link="log(1 + f)",
        relation="2σ² · nll - σ² log(2πσ²) - 2σ² log(1 + y)",
        held="sigma, of log(1 + y), one number for all rows, whatever it is",
        dropped="-σ² log(2πσ²) - 2σ² log(1 + y)",
        estimate="σ̂² = the mean squared log error",
        options={"sigma": SIGMA},
    ),
    Entry(
        "Gaussian negative log-likelihood",
        "(log f₂ + (y - f₁)²/f₂)/2, f₂ the variance",
        {"torch": ("GaussianNLLLoss", "gaussian_nll_loss"), "catboost": ("RMSEWithUncertainty",)},
        "the mean and the variance of y given x",
        _gaussian,
        link="identity of mu, square of sigma",
        relation="nll - log(2π)/2; nll with full=True",
        dropped="-log(2π)/2, unless full=True",
        options={"full": Option(False, names=("full",))},
        remarks=("PyTorch clamps the variance at eps without telling the gradient.",),
    ),
    Entry(
        "gamma deviance",
        "2 (log(f/y) + y/f - 1)",
        {
            "sklearn": (
                "gamma", "mean_gamma_deviance", "neg_mean_gamma_deviance", "GammaRegressor",
            ),
            "xgboost": ("reg:gamma", "gamma-deviance", "gamma-nloglik"),
            "lightgbm": ("gamma",),
        },
        "the mean of y given x",
        lambda shape: Assumed(family("gamma")(shape=shape), ("mean",), 2.0 / shape),
        relation="2/k · nll + 2/k log p(y | y), k the shape",
        held="shape, one number for all rows, whatever it is: it does not move the optimum",
        dropped="2/k (k log k - k - log Γ(k) - log y)",
        estimate="ml.fit(ml.Gamma(mean=1), y/f) gives it; 1/shape ≈ the mean deviance where "
        "that is small",
        options={"shape": Option(1.0, names=("shape",))},
        remarks=("Fitting goes on a log link, and takes half of it.",),
    ),
    Entry(
        "inverse Gaussian deviance",
        "(y - f)²/(y f²)",
        {"sklearn": ("inverse_gaussian_deviance",)},
        "the mean of y given x",
        lambda shape: Assumed(family("inverse_gaussian")(shape=shape), ("mean",), 2.0 / shape),
        relation="2/λ · nll + 2/λ log p(y | y), λ the shape",
        held="shape, one number for all rows, whatever it is: it does not move the optimum",
        dropped="1/λ log(λ/(2π y³))",
        estimate="1/shape = the mean deviance",
        options={"shape": Option(1.0, names=("shape",))},
    ),
    Entry(
        "accelerated failure time",
        "-log density of y where it was seen, -log of the probability of its interval elsewhere",
        {"xgboost": ("survival:aft", "aft-nloglik")},
        "the location of log y given x",
        _accelerated,
        relation="nll; censored rows enter by log_sf or log_cdf",
        held="sigma, the scale of log y, which is a hyperparameter here and does move the optimum",
        estimate='ml.fit(ml.LogNormal("y ~ x"), ...) estimates it with the rest',
        options={"sigma": Option(1.0, names=("sigma", "aft_loss_distribution_scale"))},
        remarks=(
            "aft_loss_distribution: normal is LogNormal, logistic LogLogistic, extreme Weibull.",
        ),
    ),
)  # fmt: skip
