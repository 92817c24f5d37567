"""What statsmodels 0.15.0 and scikit-learn 1.9.1 say, as docs/guides/coming-from.md quotes it.

Run it where both are installed, beside the package's folder of data sets:

    python tests/reference/make_peers.py
"""

from __future__ import annotations

import csv
import warnings
from pathlib import Path

import numpy as np

DATA = Path(__file__).parents[2] / "src" / "mostlikely" / "datasets"
YEAR = np.arange(1981.0, 1994.0)
CASES = np.array([12, 14, 33, 50, 67, 74, 123, 141, 165, 204, 253, 246, 240])
X, YES = np.arange(1.0, 7.0), np.array([0, 0, 1, 0, 1, 1])


def columns(name: str) -> list[tuple[str, ...]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8") as file:
        return list(zip(*list(csv.reader(file))[1:], strict=True))


def main() -> None:
    # the tests look at this file, where neither is installed
    import statsmodels.api as sm
    from sklearn.linear_model import LogisticRegression, PoissonRegressor

    warnings.simplefilter("ignore")
    insects, spray = columns("insect_sprays")
    y = np.array(insects, dtype=float)
    design = np.column_stack([np.array(spray) == s for s in "BCDEF"]).astype(float)
    full = sm.add_constant(design)
    distance, speed = (np.array(c, dtype=float) for c in columns("stopping_distances"))
    line = sm.add_constant(speed)

    plain = PoissonRegressor(alpha=0).fit(YEAR[:, None], CASES)
    print("PoissonRegressor(alpha=0) on years", plain.intercept_, plain.coef_, plain.n_iter_)
    ridge = PoissonRegressor().fit(design, y)
    print("PoissonRegressor() on sprays", ridge.intercept_, ridge.coef_)
    shrunk = LogisticRegression().fit(X[:, None], YES)
    print("LogisticRegression()", shrunk.intercept_, shrunk.coef_)

    for method in ("bfgs", "newton"):
        fit = sm.NegativeBinomial(y, full).fit(method=method, disp=0)
        print(
            "NegativeBinomial", method, fit.mle_retvals["converged"], fit.llf, fit.params, fit.bse
        )
    glm = sm.GLM(y, full, family=sm.families.NegativeBinomial()).fit()
    print("GLM(NegativeBinomial())", glm.llf, glm.params, glm.bse)
    gamma = sm.GLM(distance, line, family=sm.families.Gamma(sm.families.links.Log())).fit()
    print("GLM(Gamma(log))", gamma.params, gamma.bse, gamma.scale, gamma.llf)
    ols = sm.OLS(distance, line).fit()
    print("OLS", ols.params, ols.bse, ols.scale, ols.llf, ols.aic, ols.bic)
    print("OLS HC1", ols.get_robustcov_results("HC1").bse)
    groups = (speed // 5).astype(int)
    clustered = ols.get_robustcov_results("cluster", groups=groups)
    print("OLS cluster", clustered.bse, len(set(groups)))
    print("OLS without a constant", sm.OLS(distance, speed).fit().params)
    logit = sm.GLM(np.repeat([0, 1], 3), sm.add_constant(X), family=sm.families.Binomial()).fit()
    print("separated logit", logit.converged, logit.params, logit.bse)


if __name__ == "__main__":
    main()
