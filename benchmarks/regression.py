"""Regressions, ours and a peer's: full fits with standard errors.

With ``OPENBLAS_NUM_THREADS=2 OMP_NUM_THREADS=2`` set before, both sides have two threads.
"""

from __future__ import annotations

from benchmarks.pair import Pair

DENSE = (
    "rng = np.random.default_rng(0); n, p = {n}, {p}; X = rng.standard_normal((n, p)); "
    "eta = 0.3 + X @ (rng.standard_normal(p) * {size}); "
)
#: What each side starts from, made once per process.
DATA = {
    "poisson20": DENSE.format(n=1_000_000, p=20, size=0.1) + "y = rng.poisson(np.exp(eta))",
    "logit20": DENSE.format(n=1_000_000, p=20, size=0.2)
    + "y = (rng.random(n) < 1 / (1 + np.exp(-eta))) * 1.0",
    "poisson20s": DENSE.format(n=300_000, p=20, size=0.1) + "y = rng.poisson(np.exp(eta))",
    "logit20s": DENSE.format(n=300_000, p=20, size=0.2)
    + "y = (rng.random(n) < 1 / (1 + np.exp(-eta))) * 1.0",
    "poisson300": DENSE.format(n=200_000, p=300, size=0.03) + "y = rng.poisson(np.exp(eta))",
    "logit300": DENSE.format(n=200_000, p=300, size=0.05)
    + "y = (rng.random(n) < 1 / (1 + np.exp(-eta))) * 1.0",
    "levels": (
        "import pandas as pd; rng = np.random.default_rng(0); n = 1_000_000; "
        "g = rng.integers(0, 2000, n); X = rng.standard_normal((n, 5)); "
        "df = pd.DataFrame(X, columns=list('abcde')); "
        "df['g'] = pd.Categorical.from_codes(g, [f'g{k:04d}' for k in range(2000)]); "
        "df['y'] = rng.poisson(np.exp(0.5 + 0.1 * X.sum(1) + 0.3 * rng.standard_normal(2000)[g]))"
    ),
    "negative": DENSE.format(n=100_000, p=5, size=0.3)
    + "y = rng.poisson(np.exp(eta) * rng.gamma(2.0, 0.5, n)).astype(float); "
    "Z = np.column_stack([np.ones(n), X])",
    "student": DENSE.format(n=100_000, p=5, size=0.3)
    + "y = eta + np.exp(X[:, :5] @ np.full(5, 0.1)) * rng.standard_t(5, n); "
    "d = {'y': y, **{f'x{j}': X[:, j] for j in range(5)}}; Z = np.column_stack([np.ones(n), X])",
    "frame": (
        "import pandas as pd; rng = np.random.default_rng(0); n = 1_000_000; "
        "X = rng.standard_normal((n, 10)); df = pd.DataFrame(X, columns=list('abcdefghij')); "
        "df['u'] = rng.choice(list('pqrst'), n); df['v'] = rng.choice(list('xyz'), n); "
        "df['y'] = rng.poisson(np.exp(0.3 + 0.1 * X.sum(1) + (df.u == 'q') * 0.3))"
    ),
}
OURS = "import mostlikely as ml"
GLUM = "from glum import GeneralizedLinearRegressor as G"
SM = "import statsmodels.api as sm; from statsmodels.base.model import GenericLikelihoodModel"
SKLEARN = "from sklearn.linear_model import LogisticRegression, PoissonRegressor"
FIT = "ml.fit(ml.{family}(), X=X, y=y).standard_errors"
THEIRS_ALONE = "m = G(family='{family}', alpha=0, gradient_tol=1e-8).fit({x}, y)"
THEIRS = THEIRS_ALONE + "; m.std_errors({x}, y)"
STUDENT = (
    SM + "; from scipy import stats\n"
    "class T(GenericLikelihoodModel):\n"
    "    def nloglikeobs(self, q):\n"
    "        return -stats.t.logpdf(self.endog, np.exp(q[12]), self.exog @ q[:6], "
    "np.exp(self.exog @ q[6:12]))"
)
TERMS = "+".join("abcdefghij") + "+u+v"


def _glum(
    name: str, data: str, family: str, theirs: str, must: float, aim: float, fit: str = THEIRS
) -> Pair:
    work = fit.format(family=theirs, x="X")
    return Pair(
        f"{name} against glum",
        DATA[data],
        (OURS, FIT.format(family=family)),
        (GLUM, work),
        must,
        aim,
    )


PAIRS = [
    _glum("Poisson 1e6 x 20", "poisson20", "Poisson", "poisson", 1 / 2, 1 / 4),
    _glum("logit 1e6 x 20", "logit20", "Bernoulli", "binomial", 1 / 2, 1 / 4),
    # Their fit without standard errors, ours with them.
    _glum(
        "Poisson 3e5 x 20, no errors",
        "poisson20s",
        "Poisson",
        "poisson",
        1.0,
        1 / 1.4,
        THEIRS_ALONE,
    ),
    _glum(
        "logit 3e5 x 20, no errors", "logit20s", "Bernoulli", "binomial", 1.0, 1 / 1.4, THEIRS_ALONE
    ),
    Pair(
        "Poisson 1e6 x 20 against statsmodels",
        DATA["poisson20"],
        (OURS, FIT.format(family="Poisson")),
        (SM, "sm.GLM(y, sm.add_constant(X), family=sm.families.Poisson()).fit().bse"),
        1 / 15,
        1 / 15,
    ),
    Pair(
        "Poisson 1e6 x 20 against scikit-learn (no errors)",
        DATA["poisson20"],
        (OURS, FIT.format(family="Poisson")),
        (SKLEARN, "PoissonRegressor(alpha=0, solver='newton-cholesky', tol=1e-8).fit(X, y)"),
        1 / 2,
        1 / 2,
    ),
    Pair(
        "logit 1e6 x 20 against scikit-learn (no errors)",
        DATA["logit20"],
        (OURS, FIT.format(family="Bernoulli")),
        (SKLEARN, "LogisticRegression(C=np.inf, solver='newton-cholesky', tol=1e-8).fit(X, y)"),
        1 / 2,
        1 / 2,
    ),
    _glum("Poisson 2e5 x 300", "poisson300", "Poisson", "poisson", 1.0, 1 / 2),
    _glum("logit 2e5 x 300", "logit300", "Bernoulli", "binomial", 1.0, 1 / 2),
    Pair(
        "Poisson 1e6, 2,000 levels + 5 against glum",
        DATA["levels"],
        (OURS, "ml.fit(ml.Poisson('y ~ a+b+c+d+e+g'), df).standard_errors"),
        (
            GLUM,
            "D = df.drop(columns='y'); "
            "m = G(family='poisson', alpha=0, drop_first=True, gradient_tol=1e-8).fit(D, df.y); "
            "m.std_errors(D, df.y)",
        ),
        1.0,
        1 / 2,
    ),
    Pair(
        "negative binomial 1e5 x 6 against statsmodels",
        DATA["negative"],
        (OURS, "ml.fit(ml.NegativeBinomial(), X=X, y=y).standard_errors"),
        (SM, "sm.NegativeBinomial(y, Z).fit(disp=0).bse"),
        1 / 8,
        1 / 30,
    ),
    Pair(
        "Student-t 1e5, 12 coefficients against statsmodels' generic model",
        DATA["student"],
        (
            OURS,
            "ml.fit(ml.StudentT('y ~ x0+x1+x2+x3+x4', sigma='~ x0+x1+x2+x3+x4'), d)"
            ".standard_errors",
        ),
        (
            STUDENT,
            "T(y, Z, extra_params_names=[f'q{k}' for k in range(7)]).fit("
            "start_params=np.r_[np.zeros(12), 1.5], method='bfgs', disp=0).bse",
        ),
        1 / 30,
        1 / 100,
    ),
    Pair(
        "Poisson 1e6, formula of 10 numeric + 2 factors, against glum's",
        DATA["frame"],
        (OURS, f"ml.fit(ml.Poisson('y ~ {TERMS}'), df).standard_errors"),
        (
            GLUM,
            "m = G(family='poisson', alpha=0, drop_first=True, gradient_tol=1e-8, "
            f"formula='y ~ {TERMS}')"
            ".fit(df); m.std_errors(df)",
        ),
        1.0,
        1 / 2,
    ),
]
