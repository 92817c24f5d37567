"""Log-densities written out once more, from the textbooks' formulas and SciPy's functions alone.

Each takes y of shape (n,) and parameters that broadcast with it, (k, 1) for k points at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, expit, gammaln, ive, log_ndtr, xlog1py, xlogy

__all__ = ["DENSITIES", "INTEGER", "Density", "limits_of"]

#: log(2π)/2.
HALF_LOG_2PI = 0.5 * np.log(2.0 * np.pi)


@dataclass(frozen=True)
class Density:
    """A family as the judges know it.

    Parameters
    ----------
    log_prob : callable
        ``log_prob(y, *parameters)``.
    roles : dict
        Parameter to "location", "scale", "positive", "real", "unit" or "angle".
    support : str
        "real", "positive", "unit", "count", "binary", "trials" or "angle".
    concave : bool
        Whether a sample of two distinct values has exactly one maximum.
    unbounded : bool
        Whether the likelihood is infinite somewhere for every sample.
    corners : bool
        Whether it has corners in a location, where no derivative is.
    """

    log_prob: Callable[..., np.ndarray]
    roles: dict[str, str]
    support: str
    concave: bool = False
    unbounded: bool = False
    corners: bool = False


def softplus(t):
    return np.logaddexp(0.0, t)


def normal(y, mu, sigma):
    return -0.5 * ((y - mu) / sigma) ** 2 - np.log(sigma) - HALF_LOG_2PI


def student_t(y, mu, sigma, df):
    a = df / 2
    # the logarithm of Γ(a + 1/2) / Γ(a) for great a, where the difference cancels (Stirling)
    great = 0.5 * np.log(a) - 1 / (8 * a) + 1 / (192 * a**3) - 1 / (640 * a**5)
    ratio = np.where(a > 100, great, gammaln(a + 0.5) - gammaln(a))
    whole = ratio - 0.5 * np.log(np.pi * df) - np.log(sigma)
    return whole - (df + 1) / 2 * np.log1p(((y - mu) / sigma) ** 2 / df)


def gev(y, mu, sigma, xi):
    z = (y - mu) / sigma
    small = np.abs(xi) < 1e-9
    safe = np.where(small, 1.0, xi)
    inside = 1.0 + xi * z
    s = np.where(small, z, np.log(np.where(inside > 0, inside, 1.0)) / safe)
    value = -(1.0 + xi) * s - np.exp(-s) - np.log(sigma)
    return np.where(inside > 0, value, -np.inf)


def generalized_pareto(y, sigma, xi):
    z = y / sigma
    small = np.abs(xi) < 1e-9
    inside = 1.0 + xi * z
    s = np.where(small, z, np.log(np.where(inside > 0, inside, 1.0)) / np.where(small, 1.0, xi))
    return np.where(inside > 0, -(1.0 + xi) * s - np.log(sigma), -np.inf)


def generalized_normal(y, mu, scale, shape):
    whole = np.log(shape) - np.log(2.0 * scale) - gammaln(1.0 / shape)
    return whole - np.abs((y - mu) / scale) ** shape


def asymmetric_laplace(y, mu, scale, quantile):
    z = (y - mu) / scale
    return np.log(quantile * (1.0 - quantile) / scale) - z * (quantile - (z < 0))


def huber(y, mu, scale, delta):
    z = np.abs((y - mu) / scale)
    loss = np.where(z <= delta, 0.5 * z * z, delta * (z - 0.5 * delta))
    middle = np.sqrt(2 * np.pi) * (1.0 - 2.0 * np.exp(log_ndtr(-delta)))
    return -loss - np.log(middle + 2.0 * np.exp(-0.5 * delta**2) / delta) - np.log(scale)


def gompertz(y, rate, shape):
    t = shape * y
    small = np.abs(t) < 1e-9
    grown = np.where(small, y * (1 + t / 2), np.expm1(t) / np.where(shape == 0, 1.0, shape))
    return np.log(rate) + t - rate * grown


def generalized_gamma(y, mu, sigma, q):
    w = (np.log(y) - mu) / sigma
    q = np.where(np.abs(q) < 1e-2, np.nan, q)  # near 0 it cancels: there the log-normal speaks
    k = q**-2.0
    value = np.log(np.abs(q)) + k * np.log(k) + k * (q * w - np.exp(q * w)) - gammaln(k)
    return np.nan_to_num(value - np.log(sigma * y), nan=-np.inf)


def burr12(y, scale, c, d):
    t = c * (np.log(y) - np.log(scale))
    return np.log(c * d / y) - d * softplus(t) - softplus(-t)


def birnbaum_saunders(y, scale, shape):
    a, b = np.sqrt(y / scale), np.sqrt(scale / y)
    return np.log((a + b) / (2.0 * shape * y)) - 0.5 * ((a - b) / shape) ** 2 - HALF_LOG_2PI


def pareto(y, shape, minimum):
    value = np.log(shape) + shape * np.log(minimum) - (shape + 1.0) * np.log(y)
    return np.where(y >= minimum, value, -np.inf)


def negative_binomial(y, mean, size):
    value = gammaln(y + size) - gammaln(size) - gammaln(y + 1.0)
    return value - size * np.log1p(mean / size) + xlogy(y, mean / (size + mean))


def binomial(y, p, n):
    return -np.log(n + 1.0) - betaln(y + 1.0, n - y + 1.0) + xlogy(y, p) + xlog1py(n - y, -p)


def beta_binomial(y, mean, precision, n):
    a, b = mean * precision, (1.0 - mean) * precision
    return -np.log(n + 1.0) - betaln(y + 1.0, n - y + 1.0) + betaln(y + a, n - y + b) - betaln(a, b)


def beta(y, mean, precision):
    a, b = mean * precision, (1.0 - mean) * precision
    return (a - 1.0) * np.log(y) + (b - 1.0) * np.log1p(-y) - betaln(a, b)


def kumaraswamy(y, a, b):
    log_y = np.log(y)
    return np.log(a * b) + (a - 1.0) * log_y + (b - 1.0) * np.log(-np.expm1(a * log_y))


def hyperbolic_secant(y, mu, scale):
    z = np.abs((y - mu) / scale)
    return -z - np.log1p(np.exp(-2.0 * z)) + np.log(2.0) - np.log(np.pi * scale)


def von_mises(y, mu, kappa):
    return kappa * (np.cos(y - mu) - 1.0) - np.log(2.0 * np.pi * ive(0, kappa))


LINE, UP = {"mu": "location", "scale": "scale"}, {"scale": "scale", "shape": "positive"}
DENSITIES: dict[str, Density] = {
    "Normal": Density(normal, {"mu": "location", "sigma": "scale"}, "real", concave=True),
    "Logistic": Density(
        lambda y, m, s: -(y - m) / s - 2 * softplus(-(y - m) / s) - np.log(s),
        LINE, "real", concave=True,
    ),
    "Gumbel": Density(
        lambda y, m, s: -(y - m) / s - np.exp(-(y - m) / s) - np.log(s),
        LINE, "real", concave=True,
    ),
    "HyperbolicSecant": Density(hyperbolic_secant, LINE, "real", concave=True),
    "Laplace": Density(
        lambda y, m, s: -np.abs(y - m) / s - np.log(2 * s), LINE, "real", corners=True
    ),
    "Cauchy": Density(
        lambda y, m, s: -np.log1p(((y - m) / s) ** 2) - np.log(np.pi * s), LINE, "real"
    ),
    "StudentT": Density(
        student_t, {"mu": "location", "sigma": "scale", "df": "positive"}, "real", unbounded=True
    ),
    "SkewNormal": Density(
        lambda y, m, s, a: normal(y, m, s) + np.log(2.0) + log_ndtr(a * (y - m) / s),
        {"mu": "location", "sigma": "scale", "shape": "real"}, "real",
    ),
    "GeneralizedNormal": Density(
        generalized_normal, LINE | {"shape": "positive"}, "real", unbounded=True, corners=True
    ),
    "AsymmetricLaplace": Density(
        asymmetric_laplace, LINE | {"quantile": "unit"}, "real", corners=True
    ),
    "Huber": Density(huber, LINE | {"delta": "positive"}, "real"),
    "GEV": Density(
        gev, {"mu": "location", "sigma": "scale", "xi": "real"}, "real", unbounded=True
    ),
    "GeneralizedPareto": Density(
        generalized_pareto, {"sigma": "scale", "xi": "real"}, "positive", unbounded=True
    ),
    "Exponential": Density(lambda y, m: -np.log(m) - y / m, {"mean": "scale"}, "positive", True),
    "Rayleigh": Density(
        lambda y, s: np.log(y) - 2 * np.log(s) - 0.5 * (y / s) ** 2, {"scale": "scale"}, "positive",
        True,
    ),
    "HalfNormal": Density(
        lambda y, s: np.log(2.0) + normal(y, 0.0, s), {"scale": "scale"}, "positive", True
    ),
    "Gamma": Density(
        lambda y, m, a: a * np.log(a / m) - gammaln(a) + (a - 1) * np.log(y) - a * y / m,
        {"mean": "scale", "shape": "positive"}, "positive", True,
    ),
    "InverseGamma": Density(
        lambda y, s, a: a * np.log(s) - gammaln(a) - (a + 1) * np.log(y) - s / y,
        UP, "positive", True,
    ),
    "InverseGaussian": Density(
        lambda y, m, a: (
            0.5 * np.log(a) - HALF_LOG_2PI - 1.5 * np.log(y) - a * (y - m) ** 2 / (2 * m * m * y)
        ),
        {"mean": "scale", "shape": "positive"}, "positive", True,
    ),
    "Weibull": Density(
        lambda y, s, a: (
            np.log(a / y) + a * (np.log(y) - np.log(s)) - np.exp(a * (np.log(y) - np.log(s)))
        ),
        UP, "positive", True,
    ),
    "LogNormal": Density(
        lambda y, m, s: normal(np.log(y), m, s) - np.log(y),
        {"mu": "real", "sigma": "positive"}, "positive", True,
    ),
    "LogLogistic": Density(lambda y, s, a: burr12(y, s, a, 1.0), UP, "positive", True),
    "BirnbaumSaunders": Density(birnbaum_saunders, UP, "positive"),
    "Lomax": Density(
        lambda y, s, a: np.log(a / s) - (a + 1) * np.log1p(y / s), UP, "positive"
    ),
    "Pareto": Density(pareto, {"shape": "positive", "minimum": "scale"}, "positive"),
    "Gompertz": Density(gompertz, {"rate": "positive", "shape": "real"}, "positive"),
    "Burr12": Density(
        burr12, {"scale": "scale", "c": "positive", "d": "positive"}, "positive"
    ),
    "GeneralizedGamma": Density(
        generalized_gamma, {"mu": "real", "sigma": "positive", "Q": "real"}, "positive"
    ),
    "Beta": Density(beta, {"mean": "unit", "precision": "positive"}, "unit", True),
    "Kumaraswamy": Density(
        kumaraswamy, {"a": "positive", "b": "positive"}, "unit"

    ),
    "Uniform": Density(
        lambda y, a, b: np.where((y >= a) & (y <= b), -np.log(b - a), -np.inf),
        {"low": "location", "high": "location"}, "real",
    ),
    "Poisson": Density(
        lambda y, m: xlogy(y, m) - m - gammaln(y + 1.0), {"mean": "positive"}, "count"
    ),
    "NegativeBinomial": Density(
        negative_binomial, {"mean": "positive", "size": "positive"}, "count"
    ),
    "Geometric": Density(lambda y, p: np.log(p) + xlog1py(y, -p), {"p": "unit"}, "count"),
    "Bernoulli": Density(lambda y, p: xlogy(y, p) + xlog1py(1 - y, -p), {"p": "unit"}, "binary"),
    "Binomial": Density(binomial, {"p": "unit"}, "trials"),
    "BetaBinomial": Density(
        beta_binomial, {"mean": "unit", "precision": "positive"}, "trials"
    ),
    "VonMises": Density(von_mises, {"mu": "angle", "kappa": "positive"}, "angle"),
}  # fmt: skip
#: Supports of whole numbers.
INTEGER = ("count", "binary", "trials")
#: A family's limits: the limit family, and which of its parameters has which one's predictor.
LIMITS: dict[str, list[tuple[str, dict[str, str]]]] = {
    "NegativeBinomial": [("Poisson", {"mean": "mean"})],
    "BetaBinomial": [("Binomial", {"p": "mean"})],
    "StudentT": [("Normal", {"mu": "mu", "sigma": "sigma"})],
    "Huber": [
        ("Normal", {"mu": "mu", "sigma": "scale"}),
        ("Laplace", {"mu": "mu", "scale": "scale"}),
    ],
    "SkewNormal": [("Normal", {"mu": "mu", "sigma": "sigma"})],
    "GEV": [("Gumbel", {"mu": "mu", "scale": "sigma"})],
    "Lomax": [("Exponential", {"mean": "scale"})],
    "Burr12": [("Weibull", {"scale": "scale", "shape": "c"})],
    "GeneralizedPareto": [("Exponential", {"mean": "sigma"})],
    "GeneralizedGamma": [("LogNormal", {"mu": "mu", "sigma": "sigma"})],
}
#: Limits at which a parameter runs off with the one that makes them, in proportion to the limit's
#: own: where it is held the limit is not there. Burr's scale goes as d^(1/c), so that with columns
#: of c it cannot go with d in all rows.
GO_WITH = {
    ("Huber", "Laplace"): ("scale",),
    ("Lomax", "Exponential"): ("scale",),
    ("Burr12", "Weibull"): ("scale",),
}
STAY_CONSTANT = {("Burr12", "Weibull"): ("c",)}


def power_function(y, w):
    """Density a y^(a-1) / max^a, the limit of the generalized gamma as Q grows."""
    top, total = np.max(y), np.sum(w)
    a = total / np.sum(w * np.log(top / y))
    return total * np.log(a) + (a - 1) * np.sum(w * np.log(y)) - total * a * np.log(top)


def pareto_sup(y, w):
    """A Pareto law that begins at the least value."""
    total, low = np.sum(w), np.min(y)
    a = total / np.sum(w * np.log(y / low))
    return total * (np.log(a) + a * np.log(low)) - (a + 1) * np.sum(w * np.log(y))


def half_normal(y, w):
    """The better of the two half-normals that begin at an end of the sample."""
    total = np.sum(w)
    squares = [np.sum(w * (y - end) ** 2) / total for end in (y.min(), y.max())]
    return 0.5 * total * (np.log(2 / np.pi) - 1 - np.log(min(squares)))


def exponential_end(y, w):
    """The better of the two exponentials that begin at an end of the sample."""
    total = np.sum(w)
    return -total * (1 + np.log(min(np.sum(w * np.abs(y - e)) for e in (y.min(), y.max())) / total))


def uniform(y, w):
    return -np.sum(w) * np.log(np.ptp(y))


def limits_of(family: str, y, w) -> dict[str, float]:
    """The heights that a sample of y has at the family's limits in closed form."""
    closed = {
        "GeneralizedGamma": {"power function": power_function, "Pareto": pareto_sup},
        "Burr12": {"Pareto": pareto_sup},
        "SkewNormal": {"half-normal": half_normal},
        "AsymmetricLaplace": {"exponential": exponential_end},
        "GeneralizedNormal": {"Uniform": uniform},
    }
    return {name: float(f(y, w)) for name, f in closed.get(family, {}).items()}


#: Inverse links.
INVERSE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "identity": lambda t: t,
    "log": np.exp,
    "logit": expit,
    "probit": lambda t: np.exp(log_ndtr(t)),
    "cloglog": lambda t: -np.expm1(-np.exp(t)),
    "sqrt": np.square,
    "inverse": lambda t: 1.0 / t,
    "cauchit": lambda t: 0.5 + np.arctan(t) / np.pi,
    "softplus": softplus,
}
#: Links of the roles.
OWN_LINK = {
    "location": "identity", "real": "identity", "angle": "identity",
    "scale": "log", "positive": "log", "unit": "logit",
}  # fmt: skip
