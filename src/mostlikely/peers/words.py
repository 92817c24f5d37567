"""What other packages call what is here: tables of an answer and the words that it answers."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    "MODELS",
    "NOT_HERE",
    "NOT_OF_A_FIT",
    "OF_A_FAMILY",
    "OF_A_FIT",
    "OF_A_LOSS",
    "OF_A_MODEL",
    "OPTIONS",
    "VERBS",
]


def _words(answers: Mapping[str, str]) -> dict[str, str]:
    """The answer to each word."""
    return {word: answer for answer, words in answers.items() for word in words.split()}


# Answers that several tables give.

ERRORS = 'the errors are chosen afterwards, fit.with_covariance("HC1")'
CLUSTERS = 'the errors are chosen afterwards, fit.with_covariance(cluster="g")'
PENALTIES = "penalty=ml.Ridge(1.0), ml.Lasso(1.0) or ml.Firth()"
KNOWN = "a known parameter is given to the model: ml.Gamma(shape=2), ml.Normal(mu=0)"
STARTS = "start={name: value}"
EVENTS = 'which rows were seen is said of y: y=ml.censored("time", event="died")'
WINDOW = (
    'between which ends y could be seen is said of y: y=ml.exact("y", truncated=(low, high)), '
    'ml.censored("time", event="died", entry="start")'
)
MIXED = (
    'random effects are not part of this version; cluster="g" gives errors for rows that belong '
    "together, and C(g) in a formula a coefficient for each level"
)
ZEROS = (
    "zero-inflated counts are not part of this version; ml.NegativeBinomial() has more zeros than "
    "a Poisson of the same mean"
)
EXPOSURE = 'an exposure is an offset on the log scale: offset="log_exposure"'

#: What a fit is asked elsewhere (statsmodels, SciPy, scikit-learn, lifelines, R), and how here.
OF_A_FIT = _words(
    {
        "fit.loglik": "llf logLik ll log_lik maximized_loglikelihood",
        "-fit.loglik": "nll fun neg_log_likelihood",
        'fit.loglik, beside that of the fit of "y ~ 1"': "llnull null_deviance llr prsquared "
        "pseudo_rsquared pseudo_r2 rsquared rsquared_adj r_squared r2 r2_score",
        'the sum of fit.residuals("deviance") ** 2': "deviance deviances",
        "fit.n": "nobs n_obs nobs_ n_observations n_samples",
        "fit.df": "df_model n_params num_params k_params npar edf",
        "fit.n - fit.df": "df_resid df_residual",
        "fit.interval()": "conf_int confint confidence_interval confidence_intervals conf_interval "
        "confidence_intervals_ ci cis conf_int_ hdi intervals",
        "fit.standard_errors": "bse std_errors std_err std_error stderr standard_error se ses "
        "standard_errors_ errors_",
        'fit.to_frame()["p_value"]': "pvalues pvalue p_values p_value p",
        'fit.to_frame()["statistic"]': "tvalues tvalue t_values zvalues zvalue z_values zscores "
        "z t statistic statistics tstat zstat",
        "fit.covariance()": "cov_params cov vcov cov_ hess_inv variance_matrix_ vcov_matrix",
        "fit.params": "coef coef_ coefs params_ coefficients coefficient estimate estimates "
        "get_params x parameters popt theta beta",
        'fit.params["Intercept"]': "intercept_ intercept const",
        "list(fit.params)": "feature_names_in_ coef_names param_names exog_names names",
        "fit.model": "family formula call spec model_",
        "fit.model.levels": "classes_ classes levels categories",
        "fit.residuals()": "resid resids residual resid_ wresid residuals_",
        'fit.residuals("response")': "resid_response",
        'fit.residuals("pearson")': "resid_pearson pearson_residuals",
        'fit.residuals("deviance")': "resid_deviance resid_dev deviance_residuals",
        "fit.fitted": "fittedvalues fitted_values mu_hat yhat y_hat predicted",
        "fit.predict(new)": "get_prediction predictions predict_mean predict_expectation",
        'fit.predict(new, what="mean")': "mean expected_value expectation",
        'fit.predict(new, what="quantile", q=0.5)': "median predict_median predict_percentile "
        "predict_quantile percentile",
        'fit.predict(new, what="sd")': "std sd stddev",
        'fit.predict(new, what="variance")': "var variance",
        'fit.predict(new, what="hazard", at=1.0)': "hazard predict_hazard hazard_at_times",
        'fit.predict(new, what="probability", at=1)': "predict_proba proba",
        "fit.distribution.prob(y)": "pdf pmf density",
        "fit.distribution.log_prob(y)": "logpdf logpmf log_prob log_density",
        'fit.distribution.cdf(y), or fit.predict(new, what="cdf", at=y)': "cdf logcdf",
        'fit.distribution.sf(y), or fit.predict(new, what="survival", at=y)': "sf logsf survival "
        "survival_function survival_function_ predict_survival_function",
        "fit.distribution.quantile(q)": "ppf isf quantile quantiles",
        "fit.distribution": "get_distribution dist frozen",
        "fit.marginal_effects()": "get_margeff margeff margins avg_slopes ame slopes emmeans",
        "fit.summary(exponentiate=True)": "odds_ratios odds_ratio hazard_ratios_ hazard_ratios irr "
        "exp_coef rate_ratios",
        'fit.test("x = 0", method="wald")': "t_test wald_test wald_test_terms linear_hypothesis "
        "linearHypothesis wald lincom",
        'fit.test("x = 0", small_sample=True)': "f_test ftest fvalue f_pvalue",
        "ml.anova(fit)": "anova anova_lm drop1 type2",
        "ml.anova(smaller, larger)": "lrtest lr_test compare_lr_test likelihood_ratio_test "
        "likelihood_ratio compare_f_test lrt",
        "fit.verdict": "mle_retvals message status nit niter n_iter_ iterations converged_ "
        "convergence optimization_result",
        "fit.verdict.ok": "converged success",
        'fit.with_covariance("HC1")': "get_robustcov_results cov_type cov_kwds HC0 HC1 HC2 HC3 "
        "cov_HC0 cov_HC1 cov_HC2 cov_HC3 robust_se sandwich vcovHC",
        "fit.to_frame()": "tidy summary_frame table tables coeftable params_table coef_table "
        "to_dataframe frame as_frame results",
        "fit.records()": "to_dict as_dict dict",
        "fit.to_pandas().to_csv(path)": "to_csv write_csv",
        "fit.to_latex()": "as_latex tex latex",
        "fit.to_html()": "as_html html",
        "fit.aic, fit.bic, fit.loglik, fit.n": "glance information_criteria info_criteria",
        "fit.aic": "aic_ AIC_",
        "fit.bic": "bic_ bic_llf BIC_",
        "fit.summary()": "summary2 print_summary describe report",
        "fit.sample(n)": "rvs random draw draws sample_posterior_predictive",
        "fit.simulate()": "simulations posterior_predictive",
        "fit.plot()": "plot_diagnostics diagnostics qqplot plot_fit plot_residuals plot_covariate",
        "fit.save(path)": "to_pickle to_json dump save_model",
        "fit.profile(name)": "profile_likelihood profile_ci profiles confint_profile",
        "ml.fit(model, data)": "refit update fit",
    }
)
#: What is asked of a fit, and nobody has here.
NOT_OF_A_FIT = _words(
    {
        "leverages and influence of rows are not part of this version; fit.residuals() are": ""
        "get_influence influence leverage hat_matrix hat_values hatvalues cooks_distance "
        "cooks_d outlier_test dfbetas vif",
        "the bootstrap is not part of this version; fit.simulate() draws from the fit, and "
        'fit.interval(method="profile") needs no normal errors': "bootstrap boot bootstrap_ci",
        "it is a maximum and its errors, and has no draws of parameters; fit.covariance() is what "
        "there is": "posterior trace loo waic chains",
        MIXED: "random_effects ranef fixef re_params",
        "scores of ranking are not part of this version; fit.loglik and fit.aic compare models": ""
        "concordance_index_ concordance_index auc roc",
    }
)
#: Options of a fit elsewhere.
OPTIONS = _words(
    {
        ERRORS: "cov_type vcov cov robust covariance se se_type hc hc_type",
        CLUSTERS: "cov_kwds cluster clusters cluster_col groups group",
        EXPOSURE: "exposure log_exposure",
        EVENTS: "event events event_col event_observed censored censor censoring status delta "
        "failed right left right_censored left_censored",
        WINDOW: "truncation truncated entry entry_col",
        "a time is the y of a model: ml.fit(ml.Weibull(), y), or "
        'ml.Weibull("time ~ x")': "duration durations duration_col time times",
        'the model comes first: ml.fit(ml.Poisson("y ~ x"), data)': "family distribution dist "
        "distr noise likelihood",
        'the formula is inside the model: ml.fit(ml.Normal("y ~ x"), data)': "formula formulas "
        "formulae fml",
        'the y is named by the formula, ml.Normal("y ~ x"), or is y="column"': "endog target "
        "response outcome dependent label labels",
        'predictors are in the formula, ml.Normal("y ~ x"), or are X=': "exog features covariates "
        "predictors regressors independent columns",
        "data=": "dataframe data_frame df frame sample observations table",
        'weights="w", which are frequencies by default': "freq_weights fweights frequency "
        "frequencies weight weights_col w counts",
        'weights="w", weight_kind="precision"': "var_weights aweights analytic_weights precision",
        'weights="w", weight_kind="sampling"': "pweights survey_weights sampling_weights design",
        'weights="w", with weight_kind="frequency", "precision" or "sampling"': "sample_weight "
        "sample_weights",
        "max_steps=": "maxiter max_iter maxit niter n_iter iterations maxfev epochs",
        STARTS: "start_params x0 p0 start_values starting_values init initial inits guess guesses "
        "initial_point init_params theta0 beta0",
        KNOWN: "floc fscale fshape f0 f1 fixed fix fixed_params loc scale constants",
        "starts=, of how many points": "n_starts restarts n_restarts multistart nstart n_init",
        "a parameter keeps within its domain by itself": "bounds constraints lower upper limits",
        "there is one, and it ends in a proof: fit.verdict": "method optimizer optimiser solver "
        "algorithm tol gtol xtol ftol rtol atol hessian hess jac gradient",
        "a fit says how it ended, in fit.verdict": "disp verbose verbosity callback trace display "
        "progress show_progress quiet silent",
        "a fit draws nothing: the same data give the same fit": "seed random_state rng",
        'a link is part of a predictor: ml.Bernoulli(p=ml.linear("y ~ x", link="probit"))': "link",
        f"{PENALTIES}; the level of an interval is that of fit.interval(level=0.95)": "alpha",
        PENALTIES: "lambda_ lam l1_ratio l1 l2 regularization regularizer regularisation ridge "
        "lasso firth prior priors penalties shrinkage C",
        "an interval has a level: fit.interval(level=0.95)": "level conf_level confidence ci",
        'trials are of the model: ml.Binomial("y ~ x", n="trials")': "trials n size n_trials",
        'an intercept is there unless the formula says "y ~ 0 + x"': "intercept fit_intercept "
        "add_constant has_constant constant hasconst",
        'missing="drop"': "na_action dropna na_rm na nan_policy",
        "rows are chosen in the data, before": "subset where filter query",
        MIXED: "random re random_effects re_formula vc_formula",
        ZEROS: "exog_infl zi ziformula inflation zero_inflated",
    }
)
#: Options of a loss in PyTorch.
OF_A_LOSS = _words(
    {
        "weights are given with the rows: loss(input, target, weight=w)": "weight weights "
        "pos_weight class_weight class_weights alpha",
        "a row to be left out has weight 0: loss(input, target, weight=w)": "ignore_index "
        "padding_idx mask",
        "the loss is that of the labels that were seen; what smoothing assumes is said by "
        'ml.noise_of("label_smoothing")': "label_smoothing smoothing",
        'reduction="mean", "sum" or "none"': "size_average reduce average",
        "normalised=True, for all constants, which it is by default": "full normalized",
        "natural=True, where parameters come themselves; else heads on the scale of the links": ""
        "log_input from_logits logits",
        "classes are those of the head, or levels of the family: "
        "ml.Categorical(levels=range(K))": "num_classes n_classes classes K",
        'framework="torch" or "jax"': "backend library",
    }
)
#: What a model is given elsewhere, and is no parameter here.
OF_A_MODEL = _words(
    {
        'a link is part of a predictor: ml.linear("y ~ x", link="probit")': "link link_function",
        "data come to ml.fit(model, data)": "data dataframe X y endog exog sample",
        'a formula comes first and without a name, ml.Normal("y ~ x")': "formula",
        "options are those of ml.fit: weights=, offset=, missing=, penalty=": "weights offset "
        "missing penalty weight sample_weight freq_weights var_weights",
        EXPOSURE: "exposure",
        "classes are levels: levels=range(K)": "num_classes n_classes classes categories labels",
        'a probability follows a formula on the logit scale, p="~ x"': "logits logit probs",
        ERRORS: "cov_type vcov",
        ZEROS: "zi zero_inflated",
        "a family moved along the axis is ml.Shifted(ml.Gamma())": "shift threshold",
    }
)
#: Models elsewhere, by the family here.
MODELS = {
    word: family
    for family, words in {
        "Normal": "ols lm linear gaussian norm wls linear_regression linreg",
        "Bernoulli": "logit logistic_regression probit binary binary_logit binary_cross_entropy",
        "Poisson": "pois poisson_regressor poisson_regression",
        "NegativeBinomial": "nb nbinom negbin negativebinomialp nb2 glm.nb neg_binomial",
        "Categorical": "mnlogit multinom multinomial softmax multinomial_logit",
        "Ordinal": "orderedmodel polr clm ologit oprobit ordered ordered_logit cumulative",
        "AsymmetricLaplace": "quantreg rq quantile_regression pinball",
        "Beta": "betareg betamodel beta_regression",
        "Gamma": "gamma_regressor gamma_regression",
        "Exponential": "expon exp",
        "LogNormal": "lognorm lnorm lognormal_aft_fitter",
        "Weibull": "weibullmin weibull2 weibull_aft_fitter",
        "StudentT": "t students tdist",
        "GEV": "genextreme gevd",
        "GeneralizedPareto": "genpareto gpd",
        "GeneralizedGamma": "gengamma",
        "GeneralizedNormal": "gennorm",
        "SkewNormal": "skewnorm",
        "InverseGaussian": "invgauss wald ig",
        "InverseGamma": "invgamma",
        "LogLogistic": "fisk llogis log_logistic_aft_fitter",
        "Binomial": "binom",
        "BetaBinomial": "betabinom",
        "Geometric": "geom",
        "HalfNormal": "halfnorm",
        "Burr12": "burr singh_maddala",
        "BirnbaumSaunders": "fatiguelife",
        "HyperbolicSecant": "hypsecant",
        "Gumbel": "gumbel_r",
        "Uniform": "unif",
    }.items()
    for word in words.split()
}
#: Models that are not here, and what is nearest.
NOT_HERE = _words(
    {
        ZEROS: "zip zinb zero_inflated_poisson zero_inflated_negative_binomial zeroinfl hurdle "
        "zero_inflated_negative_binomial_p zero_inflated zero_inflated_generalized_poisson",
        "amounts that may be zero are two models: ml.Bernoulli of whether, ml.Gamma of how much": ""
        "tweedie tweedie_regressor compound_poisson",
        "a baseline hazard without a distribution is not part of this version; "
        'ml.Weibull("time ~ x") has one': "cox coxph phreg cox_ph_fitter kaplan_meier survfit "
        "kaplan_meier_fitter nelson_aalen_fitter",
        "a distribution of several columns is not part of this version; ml.joint adds models of "
        "one each": "mvn mvnorm multivariate_normal dirichlet multivariate_t wishart",
        "mixtures are not part of this version; ml.compare ranks single families": "mixture "
        "gaussian_mixture gmm flexmix",
        MIXED: "mixedlm lmer glmer mixed_lm gee gamm random_effects",
        'a quasi-likelihood has no distribution; ml.Poisson has errors for it, "HC1", and '
        "ml.NegativeBinomial() is one": "quasipoisson quasi quasibinomial quasi_poisson",
        PENALTIES: "elasticnet elastic_net l1 l2 glmnet",
        'limits of what could be measured are said of y: ml.Normal("censored(y, lower=0) ~ x")': ""
        "tobit tobit_regression",
        'ml.Weibull("censored(time, died) ~ x"), or y=ml.censored("time", event="died")': "surv "
        "censor",
        WINDOW: "truncate truncated truncreg",
    }
)
#: Words of packages that take a family or a method by its name, and words of a fit.
VERBS = _words(
    {
        'ml.fit(ml.Poisson("y ~ x"), data), the family with its formula': "glm smf sm formula "
        "model from_formula",
        'ml.fit(ml.Normal("y ~ x", sigma="~ x"), data), a formula for each parameter': ""
        "gamlss vglm",
        'ml.fit(ml.Weibull("censored(time, died) ~ x"), data)': "survreg flexsurvreg",
        'ml.fit("gamma", y)': "fitdistr fitdist mle fit_distribution train estimate fit_model",
        "ml.nonlinear(f, start={...}) inside ml.Normal(mu=...)": "curve_fit nls least_squares",
        "ml.fit(function, data, start={...})": "minimize optim optimize generic_likelihood_model "
        "maxlik",
        "a data frame of pandas or Polars; ml.fit takes either": "read_csv read_parquet dataframe",
        "ml.loss(ml.Categorical())": "cross_entropy cross_entropy_loss nllloss nll_loss",
        "ml.loss(ml.Normal())": "mse mse_loss gaussian_nll_loss gaussiannll",
        "ml.loss(ml.Bernoulli())": "bce bce_loss bce_with_logits_loss",
        "ml.loss(ml.Poisson())": "poisson_nll_loss",
        "ml.anova(smaller, larger)": "lrtest lr_test anova_lm likelihood_ratio_test",
        "ml.log_likelihood(model, y)": "nll loglik logpdf",
        'ml.linear("y ~ x", link="probit")': "link links",
        'ml.fit(..., offset="log_exposure")': "offset exposure",
        "ml.load(path)": "load_fit load_model read_fit",
        "a word of what ml.fit(model, data) gives: fit.{name}": "predict plot summary interval "
        "profile test save sample residuals covariance marginal_effects explain simulate params",
    }
)
#: What a family is asked elsewhere, where it is the distribution, or fits itself.
OF_A_FAMILY = _words(
    {
        "ml.fit(ml.{family}(), y)": "fit fit_transform estimate train",
        "ml.{family}().at(...).log_prob(y), its parameters known": "logpdf logpmf nll",
        "ml.{family}().at(...).prob(y), its parameters known": "pdf pmf",
        "ml.{family}().at(...).cdf(y), its parameters known": "cdf logcdf sf",
        "ml.{family}().at(...).quantile(q), its parameters known": "ppf isf",
        "ml.{family}().at(...).sample(n), its parameters known": "rvs random draw",
        "ml.{family}().at(...).mean, its parameters known": "stats expect",
        "ml.fit(model, data).predict(new)": "predict",
        "ml.fit(model, data).summary()": "summary",
        "ml.{family}.parameters": "params param_names arg_constraints",
    }
)
