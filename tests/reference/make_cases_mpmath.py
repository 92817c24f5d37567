"""Maxima, standard errors and profile ends of the cases in cases.json, by mpmath with 50 digits.

Written from the textbooks, without a line of the package; run it to make cases_mpmath.json anew
(about two minutes):

    python tests/reference/make_cases_mpmath.py

A maximum is found by Newton's method from R's estimate; the end of a profile as the point where
the scores of the other parameters are zero and the log-likelihood lies χ²₁(0.95)/2 below its
maximum. Derivatives are central differences, with steps of 1e-12 standard errors.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import mpmath as mp

mp.mp.dps = 50
FOLDER = Path(__file__).parent
STEP = mp.mpf("1e-12")
DROP = mp.erfinv(mp.mpf("0.95")) ** 2  # half the χ²₁ quantile: z²/2 with z = √2 erfinv(0.95)


def gamma(y, shape, rate):
    return shape * mp.log(rate) - mp.loggamma(shape) + (shape - 1) * mp.log(y) - rate * y


def weibull(y, shape, scale):
    return mp.log(shape / scale) + (shape - 1) * mp.log(y / scale) - (y / scale) ** shape


def lognormal(y, meanlog, sdlog):
    return -mp.log(y * sdlog * mp.sqrt(2 * mp.pi)) - ((mp.log(y) - meanlog) / sdlog) ** 2 / 2


def shifted_lognormal(y, loc, meanlog, sdlog):
    return lognormal(y - loc, meanlog, sdlog)


def loglogistic(y, shape, scale):
    z = (y / scale) ** shape
    return mp.log(shape / y) + mp.log(z) - 2 * mp.log(1 + z)


def negative_binomial(y, size, mu):
    ways = mp.loggamma(y + size) - mp.loggamma(size) - mp.loggamma(y + 1)
    return ways + size * mp.log(size / (size + mu)) + (y * mp.log(mu / (size + mu)) if y else 0)


def poisson(y, mean):
    return y * mp.log(mean) - mean - mp.loggamma(y + 1)


def student_t(y, m, s, df):
    constant = mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2) - mp.log(s * mp.sqrt(df * mp.pi))
    return constant - (df + 1) / 2 * mp.log1p(((y - m) / s) ** 2 / df)


def cauchy(y, location, scale):
    return -mp.log(mp.pi * scale) - mp.log1p(((y - location) / scale) ** 2)


def gev(y, loc, scale, shape):
    t = mp.log1p(shape * (y - loc) / scale) / shape
    return -mp.log(scale) - (1 + shape) * t - mp.exp(-t)


def generalized_pareto(y, scale, shape):
    return -mp.log(scale) - (1 + 1 / shape) * mp.log1p(shape * y / scale)


def beta(y, shape1, shape2):
    whole = mp.loggamma(shape1 + shape2) - mp.loggamma(shape1) - mp.loggamma(shape2)
    return whole + (shape1 - 1) * mp.log(y) + (shape2 - 1) * mp.log1p(-y)


def von_mises(y, mu, kappa):
    return kappa * mp.cos(y - mu) - mp.log(2 * mp.pi * mp.besseli(0, kappa))


def inverse_gaussian(y, mu, shape):
    return mp.log(shape / (2 * mp.pi * y**3)) / 2 - shape * (y - mu) ** 2 / (2 * mu**2 * y)


def exponential(y, rate):
    return mp.log(rate) - rate * y


DENSITIES = {
    "gb_gamma": gamma,
    "gb_weibull": weibull,
    "danish_lnorm": lognormal,
    "endo_llogis": loglogistic,
    "toxocara_nbinom": negative_binomial,
    "prussian_poisson": poisson,
    "abbey_t": student_t,
    "newcomb_t": student_t,
    "portpirie_gev": gev,
    "rain_gpd": generalized_pareto,
    "danish_gpd10": generalized_pareto,
    "food_beta": beta,
    "turtles_vonmises": von_mises,
    "aircondit_invgauss": inverse_gaussian,
    "aircondit_exp": exponential,
    "bearings_weibull": weibull,
    "bearings_lnorm": lognormal,
    "adv_weibull_wide": weibull,
    "adv_scale_1e-9": gamma,
    "adv_lnorm3": shifted_lognormal,
    "adv_poisson_huge": poisson,
    "adv_cauchy_bimodal": cauchy,
}


class Sum:
    """A log-likelihood with its derivatives, coordinates counted in units of ``size``."""

    def __init__(self, density, y, size):
        self.density, self.size = density, size
        self.rows = [(mp.mpf(v), n) for v, n in Counter(y).items()]

    def __call__(self, x):
        return mp.fsum(n * self.density(v, *x) for v, n in self.rows)

    def moved(self, x, *steps):
        x = list(x)
        for i, sign in steps:
            x[i] += sign * STEP * self.size[i]
        return self(x)

    def score(self, x):
        return mp.matrix(
            [(self.moved(x, (i, 1)) - self.moved(x, (i, -1))) / (2 * STEP) for i in range(len(x))]
        )

    def hessian(self, x):
        k, here = len(x), self(x)
        out = mp.zeros(k)
        for i in range(k):
            out[i, i] = (self.moved(x, (i, 1)) + self.moved(x, (i, -1)) - 2 * here) / STEP**2
            for j in range(i):
                corners = [a * b * self.moved(x, (i, a), (j, b)) for a in (1, -1) for b in (1, -1)]
                out[i, j] = out[j, i] = mp.fsum(corners) / (4 * STEP**2)
        return out


def newton(ell, x, equations):
    """Solve ``equations(x) = (left, jacobian)``, damped to steps of half a unit."""
    for _ in range(100):
        left, jacobian = equations(x)
        step = -mp.lu_solve(jacobian, left)
        longest = max(abs(s) for s in step)
        if longest > 0.5:
            step *= 0.5 / longest
        x = [v + s * size for v, s, size in zip(x, step, ell.size, strict=True)]
        if longest < mp.mpf("1e-20"):
            return x
    raise RuntimeError("Newton's method did not end")


def maximum(ell, x):
    return newton(ell, x, lambda x: (ell.score(x), ell.hessian(x)))


def profile_end(ell, x, peak, i, sign):
    """From the maximum outwards, half a standard error at a time, then onto the end itself."""

    def others(target):
        def equations(x):
            left, jacobian = ell.score(x), ell.hessian(x)
            left[i] = (x[i] - target) / ell.size[i]
            for j in range(len(x)):
                jacobian[i, j] = 1 if i == j else 0
            return left, jacobian

        return equations

    def end(x):
        left, jacobian = ell.score(x), ell.hessian(x)
        slope = left[:]
        left[i] = ell(x) - peak + DROP
        for j in range(len(x)):
            jacobian[i, j] = slope[j]
        return left, jacobian

    for _ in range(200):
        x = newton(ell, x, others(x[i] + sign * ell.size[i] / 2))
        if ell(x) < peak - DROP:
            return newton(ell, x, end)[i]
    return mp.inf * sign


def main():
    cases = {c["id"]: c for c in json.loads((FOLDER / "cases.json").read_text("utf-8"))}
    lines = []
    for name, density in DENSITIES.items():
        case = cases[name]
        data = case["data"] if "data" in case else cases[case["data_of"]]["data"]
        (y,) = data.values()
        start = [mp.mpf(v) for v in case["estimates"].values()]
        ell = Sum(density, y, [abs(v) / 1000 for v in start])
        x = maximum(ell, start)
        inverse = (-ell.hessian(x)) ** -1
        ell.size = [size * mp.sqrt(inverse[i, i]) for i, size in enumerate(ell.size)]
        peak, names = ell(x), list(case["estimates"])
        found = {
            "id": name,
            "estimates": {k: float(v) for k, v in zip(names, x, strict=True)},
            "se": {k: float(s) for k, s in zip(names, ell.size, strict=True)},
            "loglik": float(peak),
        }
        if "ci_profile" in case:
            found["ci_profile"] = {
                k: [float(profile_end(ell, x, peak, i, sign)) for sign in (-1, 1)]
                for i, k in enumerate(names)
            }
        lines.append(json.dumps(found).replace("Infinity", '"Infinity"'))
    made = f"mpmath {mp.__version__}, {mp.mp.dps} digits, by make_cases_mpmath.py"
    text = ",\n".join([f'"made": {json.dumps(made)}', '"cases": [\n' + ",\n".join(lines) + "\n]"])
    (FOLDER / "cases_mpmath.json").write_text("{\n" + text + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
