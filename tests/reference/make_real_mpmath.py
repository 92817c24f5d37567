"""Log-densities and tail probabilities of the continuous families on the line, by mpmath.

Written from the textbooks, without a line of the package; run it to make real_mpmath.json anew:

    python tests/reference/make_real_mpmath.py
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import mpmath as mp

mp.mp.dps = 40
Number = mp.mpf
Tails = tuple[Number, Number]


def student_t(y, mu, sigma, df):
    z = (y - mu) / sigma
    density = (
        mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2) - mp.log(df * mp.pi) / 2 - mp.log(sigma)
    ) - (df + 1) / 2 * mp.log1p(z * z / df)
    tail = mp.betainc(df / 2, mp.mpf(1) / 2, 0, df / (df + z * z), regularized=True) / 2
    return density, *symmetric(z, tail)


def laplace(y, mu, scale):
    z = (y - mu) / scale
    return -abs(z) - mp.log(2 * scale), *symmetric(z, mp.exp(-abs(z)) / 2)


def logistic(y, mu, scale):
    z = abs(y - mu) / scale
    density = -z - 2 * mp.log1p(mp.exp(-z)) - mp.log(scale)
    return density, *symmetric(y - mu, mp.exp(-z) / (1 + mp.exp(-z)))


def cauchy(y, mu, scale):
    z = (y - mu) / scale
    return -mp.log(mp.pi * scale * (1 + z * z)), *symmetric(z, mp.atan2(1, abs(z)) / mp.pi)


def gumbel(y, mu, scale):
    z = (y - mu) / scale
    return -z - mp.exp(-z) - mp.log(scale), mp.exp(-mp.exp(-z)), -mp.expm1(-mp.exp(-z))


def skew_normal(y, mu, sigma, shape):
    z = (y - mu) / sigma

    def density(x):
        return 2 * mp.npdf(x) * mp.erfc(-shape * x / mp.sqrt(2)) / 2

    grid = [z + mp.sign(z) * g for g in steps(1 / (1 + abs(shape * z) + abs(z))) if g < 200]
    return mp.log(density(z) / sigma), *symmetric(z, abs(relative(density, z, grid)))


def generalized_normal(y, mu, scale, shape):
    z = abs(y - mu) / scale
    density = mp.log(shape / (2 * scale)) - mp.loggamma(1 / shape) - z**shape
    tail = mp.gammainc(1 / shape, z**shape, mp.inf, regularized=True) / 2
    return density, *symmetric(y - mu, tail)


def asymmetric_laplace(y, mu, scale, quantile):
    z, q = (y - mu) / scale, quantile
    loss = q * z if z >= 0 else (q - 1) * z
    density = mp.log(q * (1 - q) / scale) - loss
    if z < 0:
        return density, q * mp.exp(-loss), 1 - q * mp.exp(-loss)
    return density, 1 - (1 - q) * mp.exp(-loss), (1 - q) * mp.exp(-loss)


def hyperbolic_secant(y, mu, scale):
    z = (y - mu) / scale
    tail = 2 / mp.pi * mp.atan(mp.exp(-abs(z)))
    return mp.log(mp.sech(z) / (mp.pi * scale)), *symmetric(z, tail)


def huber(y, mu, scale, delta):
    def kernel(x):
        return mp.exp(-x * x / 2 if abs(x) < delta else delta * delta / 2 - delta * abs(x))

    z = (y - mu) / scale
    whole = 2 * mp.quad(kernel, [0, delta / 2, delta]) + 2 * mp.exp(-delta * delta / 2) / delta
    if abs(z) >= delta:
        tail = kernel(z) / delta
    else:
        tail = mp.quad(kernel, [abs(z), delta]) + mp.exp(-delta * delta / 2) / delta
    return mp.log(kernel(z) / whole / scale), *symmetric(z, tail / whole)


def gev(y, mu, sigma, xi):
    z = (y - mu) / sigma
    s = mp.log1p(xi * z) / xi if xi else z
    return -mp.log(sigma) - (1 + xi) * s - mp.exp(-s), mp.exp(-mp.exp(-s)), -mp.expm1(-mp.exp(-s))


def generalized_pareto(y, sigma, xi):
    s = mp.log1p(xi * y / sigma) / xi if xi else y / sigma
    return -mp.log(sigma) - (1 + xi) * s, -mp.expm1(-s), mp.exp(-s)


def von_mises(y, mu, kappa):
    x = y - mu

    def density(a):
        return mp.exp(kappa * (mp.cos(a) - 1)) / (2 * mp.pi * mp.besseli(0, kappa) * mp.exp(-kappa))

    grid = [
        min(abs(x) + g, mp.pi) for g in steps(1 / (1 + kappa * abs(mp.sin(x)) + mp.sqrt(kappa)))
    ]
    return mp.log(density(x)), *symmetric(x, relative(density, x, sorted(set(grid))))


def symmetric(z: Number, tail: Number) -> Tails:
    """(P(Z ≤ z), P(Z > z)) from the tail beyond |z|."""
    return (tail, 1 - tail) if z < 0 else (1 - tail, tail)


def steps(first: Number) -> list[Number]:
    return [first * (mp.mpf(2) ** k - 1) for k in range(40)]


def relative(density: Callable[[Number], Number], z: Number, grid: list[Number]) -> Number:
    """The integral over the grid, in units of the density at z: what is small keeps its digits."""
    unit = density(z)
    return unit * mp.quad(lambda x: density(x) / unit, grid)


LINE = ["-30", "-6.5", "-1.25", "-1e-5", "0.3", "2.75", "9", "40"]
FAR = [*LINE, "-1e12", "1e12"]
CASES = {
    "StudentT": (
        student_t,
        FAR,
        [(0, 1, df) for df in ("0.25", 1, "3.5", 40)] + [(2, "1e-6", 4)],
    ),
    "Laplace": (laplace, LINE, [(0, 1), ("0.5", "0.2")]),
    "Logistic": (logistic, LINE, [(0, 1), ("0.5", "0.2")]),
    "Cauchy": (cauchy, FAR, [(0, 1), ("0.5", "1e-150")]),
    "Gumbel": (gumbel, [*LINE[1:], "700", "800"], [(0, 1), ("0.5", 2)]),
    "SkewNormal": (
        skew_normal,
        LINE[1:-1],
        [(0, 1, a) for a in (-8, "-0.4", 0, "1e-3", "1.5", 60)] + [(1, "0.3", 3)],
    ),
    "GeneralizedNormal": (
        generalized_normal,
        LINE[1:-1],
        [(0, 1, p) for p in ("0.6", 1, "1.7", 2, 5)] + [(1, 3, "2.5")],
    ),
    "AsymmetricLaplace": (asymmetric_laplace, LINE, [(0, 1, "0.1"), ("0.5", 2, "0.75")]),
    "HyperbolicSecant": (hyperbolic_secant, LINE, [(0, 1), ("0.5", "0.2")]),
    "Huber": (
        huber,
        LINE,
        [(0, 1, d) for d in ("0.01", "0.5", "1.345", 3, 7)] + [("0.5", "0.2", 1)],
    ),
    "GEV": (
        gev,
        ["-1.25", "-1e-5", "0.3", "2.75", "40"],
        [(0, 1, xi) for xi in ("-0.02", "-1e-7", 0, "1e-9", "0.2", "0.7")] + [(2, 5, "-0.1")],
    ),
    "GeneralizedPareto": (
        generalized_pareto,
        ["0", "1e-12", "0.3", "2.75", "40"],
        [(1, xi) for xi in ("-0.02", "-1e-7", 0, "1e-9", "0.2", "1.7")] + [(100, "-0.9")],
    ),
    "VonMises": (
        von_mises,
        ["-3", "-1.25", "-1e-5", "0.3", "2.75"],
        [(0, k) for k in ("1e-3", 1, 20, 30, "1e3")] + [("-0.1", 4)],
    ),
}


def rows():
    for family, (law, ys, parameters) in CASES.items():
        for values in parameters:
            for y in ys:
                # both sides read the same double, so that no digit is lost in writing it down
                numbers = [mp.mpf(float(v)) for v in (y, *values)]
                log_prob, below, above = law(*numbers)
                logs = [log_prob, mp.log(below), mp.log(above)]
                yield [family, float(y), [float(v) for v in values], *map(float, logs)]


if __name__ == "__main__":
    made = {
        "source": f"mpmath {mp.__version__}, {mp.mp.dps} digits, make_real_mpmath.py",
        "columns": ["family", "y", "parameters", "log_prob", "log_cdf", "log_sf"],
        "rows": list(rows()),
    }
    lines = ",\n  ".join(json.dumps(row) for row in made.pop("rows"))
    head = json.dumps(made, indent=1)[:-2]
    Path(__file__).with_name("real_mpmath.json").write_text(
        f'{head},\n "rows": [\n  {lines}\n ]\n}}\n'
    )
