"""What other packages call what is here: the answers to names that people try first."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from mostlikely.errors import ModelError, nearest

__all__ = [
    "Answering",
    "check_options",
    "family_called",
    "no_attribute",
    "no_word",
    "with_known_options",
]

P = ParamSpec("P")
R = TypeVar("R")

#: What a fit is asked elsewhere (statsmodels, SciPy, scikit-learn, R), and how it is asked here.
OF_A_FIT = {
    "llf": "fit.loglik",
    "logLik": "fit.loglik",
    "nobs": "fit.n",
    "conf_int": "fit.interval()",
    "confint": "fit.interval()",
    "bse": "fit.standard_errors",
    "std_errors": "fit.standard_errors",
    "stderr": "fit.standard_errors",
    "pvalues": 'fit.to_frame()["p_value"]',
    "tvalues": 'fit.to_frame()["statistic"]',
    "zvalues": 'fit.to_frame()["statistic"]',
    "cov_params": "fit.covariance()",
    "cov": "fit.covariance()",
    "vcov": "fit.covariance()",
    "coef": "fit.params",
    "coef_": "fit.params",
    "params_": "fit.params",
    "coefficients": "fit.params",
    "resid": "fit.residuals()",
    "fittedvalues": "fit.fitted",
    "get_prediction": "fit.predict(new)",
    "predict_proba": 'fit.predict(new, what="probability", at=1)',
    "get_margeff": "fit.marginal_effects()",
    "margeff": "fit.marginal_effects()",
    "t_test": 'fit.test("x = 0", method="wald")',
    "wald_test": 'fit.test("x = 0", method="wald")',
    "f_test": 'fit.test("x = 0", small_sample=True)',
    "anova": "ml.anova(fit)",
    "converged": "fit.verdict.ok",
    "success": "fit.verdict.ok",
    "mle_retvals": "fit.verdict",
    "get_robustcov_results": 'fit.with_covariance("HC1")',
    "tidy": "fit.to_frame()",
    "glance": "fit.aic, fit.bic, fit.loglik, fit.n",
    "summary2": "fit.summary()",
    "rvs": "fit.sample(n)",
    "plot_diagnostics": "fit.plot()",
    "to_pickle": "fit.save(path)",
}
#: Options of a fit elsewhere.
OPTIONS = {
    "cov_type": 'the errors are chosen afterwards, fit.with_covariance("HC1")',
    "cov_kwds": 'the errors are chosen afterwards, fit.with_covariance(cluster="clinic")',
    "vcov": 'the errors are chosen afterwards, fit.with_covariance("HC1")',
    "robust": 'the errors are chosen afterwards, fit.with_covariance("HC1")',
    "cluster": 'the errors are chosen afterwards, fit.with_covariance(cluster="clinic")',
    "covariance": 'the errors are chosen afterwards, fit.with_covariance("HC1")',
    "exposure": 'an exposure is an offset on the log scale: offset="log_exposure"',
    "event": "censored times are not part of this version; every time that is given is taken as an "
    "event",
    "censored": "censored times are not part of this version",
    "family": 'the model comes first: ml.fit(ml.Poisson("y ~ x"), data)',
    "formula": 'the formula is inside the model: ml.fit(ml.Normal("y ~ x"), data)',
    "freq_weights": 'weights="w", which are frequencies by default',
    "var_weights": 'weights="w", weight_kind="precision"',
    "sample_weight": 'weights="w", with weight_kind="frequency", "precision" or "sampling"',
    "maxiter": "max_steps=",
    "max_iter": "max_steps=",
    "start_params": "start={name: value}",
    "x0": "start={name: value}",
    "p0": "start={name: value}",
    "floc": "a known parameter is given to the model: ml.Gamma(shape=2), ml.Normal(mu=0)",
    "fscale": "a known parameter is given to the model: ml.Normal(sigma=1)",
    "method": "there is one, and it ends in a proof: fit.verdict",
    "link": 'a link is part of a predictor: ml.Bernoulli(p=ml.linear("y ~ x", link="probit"))',
    "alpha": "penalty=ml.Ridge(1.0) or ml.Lasso(1.0); the level of an interval is that of "
    "fit.interval(level=0.95)",
    "groups": 'the errors are chosen afterwards, fit.with_covariance(cluster="group")',
    "na_action": 'missing="drop"',
    "dropna": 'missing="drop"',
}
#: Models elsewhere, in lower case and without underscores, and the family here.
MODELS = {
    **dict.fromkeys(("ols", "lm", "linear", "gaussian", "norm", "wls"), "Normal"),
    **dict.fromkeys(("logit", "logistic_regression", "probit", "binary"), "Bernoulli"),
    **dict.fromkeys(("nb", "nbinom", "negbin", "negativebinomialp"), "NegativeBinomial"),
    **dict.fromkeys(("mnlogit", "multinom", "multinomial", "softmax"), "Categorical"),
    **dict.fromkeys(("orderedmodel", "polr", "clm", "ologit"), "Ordinal"),
    **dict.fromkeys(("quantreg", "rq"), "AsymmetricLaplace"),
    **dict.fromkeys(("betareg", "betamodel"), "Beta"),
    **dict.fromkeys(("expon", "exp"), "Exponential"),
    **dict.fromkeys(("lognorm", "lnorm"), "LogNormal"),
    **dict.fromkeys(("weibullmin", "weibull2"), "Weibull"),
    **dict.fromkeys(("t", "students", "tdist"), "StudentT"),
    **dict.fromkeys(("genextreme", "gevd"), "GEV"),
    **dict.fromkeys(("genpareto", "gpd"), "GeneralizedPareto"),
    **dict.fromkeys(("gengamma",), "GeneralizedGamma"),
    **dict.fromkeys(("gennorm",), "GeneralizedNormal"),
    **dict.fromkeys(("skewnorm",), "SkewNormal"),
    **dict.fromkeys(("invgauss", "wald"), "InverseGaussian"),
    **dict.fromkeys(("invgamma",), "InverseGamma"),
    **dict.fromkeys(("fisk", "llogis"), "LogLogistic"),
    **dict.fromkeys(("binom",), "Binomial"),
    **dict.fromkeys(("betabinom",), "BetaBinomial"),
    **dict.fromkeys(("geom",), "Geometric"),
    **dict.fromkeys(("halfnorm",), "HalfNormal"),
    **dict.fromkeys(("burr",), "Burr12"),
    **dict.fromkeys(("fatiguelife",), "BirnbaumSaunders"),
}
#: Words of packages that take a family or a method by its name.
VERBS = {
    "glm": 'ml.fit(ml.Poisson("y ~ x"), data), the family with its formula',
    "gamlss": 'ml.fit(ml.Normal("y ~ x", sigma="~ x"), data), a formula for each parameter',
    "survreg": 'ml.fit(ml.Weibull("time ~ x"), data)',
    "fitdistr": 'ml.fit("gamma", y)',
    "fitdist": 'ml.fit("gamma", y)',
    "curve_fit": "ml.nonlinear(f, start={...}) inside ml.Normal(mu=...)",
    "minimize": "ml.fit(function, data, start={...})",
    "read_csv": "a data frame of pandas or Polars; ml.fit takes either",
}


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def family_called(name: str) -> str | None:
    """The family that other packages call so; None if there is none."""
    return MODELS.get(_plain(name)) or MODELS.get(name.lower())


def no_attribute(name: str, words: Iterable[str]) -> str:
    """That a fit has no such attribute, and which it has."""
    if name in OF_A_FIT:
        return f"a fit has no {name!r}; here it is {OF_A_FIT[name]}."
    if name.startswith("_"):
        return f"a fit has no {name!r}."
    return f"a fit has no {name!r}; {nearest(name, words)}"


def check_options(function: str, options: Iterable[str], known: Collection[str]) -> None:
    """Raise ModelError if an option is unknown, with what other packages mean by it."""
    for name in options:
        if name not in known:
            why = f": {OPTIONS[name]}." if name in OPTIONS else f"; {nearest(name, known)}"
            raise ModelError(f"ml.{function} has no option {name!r}{why}")


class Answering:
    """What shows its public words alone, and answers words of other packages with a sentence."""

    if not TYPE_CHECKING:  # to a type checker what is not there is not there

        def __getattr__(self, name: str) -> Any:
            """Only asked for what is not there."""
            words = [] if name.startswith("_") else dir(self)
            raise AttributeError(no_attribute(name, words))

    def __dir__(self) -> list[str]:
        """The public words."""
        return [str(word) for word in super().__dir__() if not word.startswith("_")]


def with_known_options(function: Callable[P, R]) -> Callable[P, R]:
    """A function that answers options of other packages with a sentence."""
    known = list(inspect.signature(function).parameters)

    @wraps(function)
    def answering(*args: P.args, **options: P.kwargs) -> R:
        check_options(function.__name__, options, known)
        return function(*args, **options)

    return answering


def no_word(name: str, words: Iterable[str]) -> str:
    """That the library has no such word, and which it has."""
    if name.lower() in VERBS:
        return f"mostlikely has no {name!r}; here it is {VERBS[name.lower()]}."
    called = family_called(name)
    if called is not None:
        probit = ', link="probit"' if name.lower() == "probit" else ""
        formula = f'ml.linear("y ~ x"{probit})' if probit else '"y ~ x"'
        return f"mostlikely has no {name!r}; here it is ml.fit(ml.{called}({formula}), data)."
    return f"mostlikely has no {name!r}; {nearest(name, words)}"
