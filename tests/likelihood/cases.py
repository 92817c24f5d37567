"""Many regressions on one small table, for what must hold of any of them."""

from __future__ import annotations

import numpy as np

import mostlikely as ml
from mostlikely.data.bind import bind
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member
from mostlikely.likelihood.starts import starts


def cases():
    """Many models, small data; each with the options of its fit."""
    rng = np.random.default_rng(20)
    n = 25
    x, z = rng.normal(size=n), rng.normal(size=n)
    counts = rng.poisson(np.exp(1.0 + 0.4 * x))
    data = {
        "x": x,
        "z": z,
        "g": rng.choice(list("abc"), n),
        "y": 1.0 + 0.5 * x + rng.normal(size=n),
        "n": counts,
        "bursts": rng.negative_binomial(1.5, 1.5 / (1.5 + np.exp(1.0 + 0.4 * x))),
        "m": counts + rng.integers(1, 5, n),
        "positive": np.exp(0.3 * x) * rng.gamma(2.0, 0.7, n),
        "share": rng.beta(2.0, 3.0, n),
        "yes": (rng.random(n) < 0.5).astype(float),
        "o": 0.3 * rng.normal(size=n),
        "w": rng.integers(1, 4, n),
        "angle": rng.vonmises(0.3, 2.0, n),
    }
    curve = ml.nonlinear(lambda d, a, b: a * np.exp(b * d["x"]), start={"a": 1.0, "b": 0.2})
    models = {
        "Normal, sigma too": (ml.Normal("y ~ x + g", "~ z"), {}),
        "Normal, one design": (ml.Normal("y ~ x*g", "~ x*g"), {}),
        "Normal, weighted": (ml.Normal("y ~ x + g"), {"weights": "w"}),
        "Normal, precisions": (
            ml.Normal("y ~ x", "~ z"),
            {"weights": "w", "weight_kind": "precision"},
        ),
        "Normal, offsets": (
            ml.Normal(ml.linear("y ~ x", offset="o"), ml.linear("~ z", offset="o")),
            {},
        ),
        "Normal, nonlinear": (ml.Normal(curve), {"y": "y"}),
        "Normal, nonlinear and sigma": (ml.Normal(curve, "~ z"), {"y": "y"}),
        "Normal, softplus": (ml.Normal(ml.linear("y ~ x", link="softplus")), {}),
        "Poisson, offset and weights": (
            ml.Poisson("n ~ x*g"),
            {"offset": "o", "weights": "w"},
        ),
        "Poisson, sqrt": (ml.Poisson(ml.linear("n ~ 1", link="sqrt")), {}),
        "NegativeBinomial": (ml.NegativeBinomial("bursts ~ x + g"), {}),
        "NegativeBinomial, both": (ml.NegativeBinomial("bursts ~ x", "~ z"), {"weights": "w"}),
        "Gamma": (ml.Gamma("positive ~ x + g", "~ z"), {}),
        "Gamma, inverse": (ml.Gamma(ml.linear("positive ~ 1", link="inverse")), {}),
        "Weibull": (ml.Weibull("positive ~ x"), {"offset": "o"}),
        "Beta": (ml.Beta("share ~ x + g", "~ z"), {}),
        "StudentT": (ml.StudentT("y ~ x", "~ z"), {}),
        "StudentT, all three": (ml.StudentT("y ~ x", "~ z", "~ 1"), {}),
        "Binomial, trials": (ml.Binomial("n ~ x + g", n="m"), {}),
        "Binomial, trials and weights": (
            ml.Binomial(ml.linear("n ~ x", link="probit", offset="o"), n="m"),
            {"weights": "w"},
        ),
        "Bernoulli, cloglog": (ml.Bernoulli(ml.linear("yes ~ x + z", link="cloglog")), {}),
        "Bernoulli, cauchit": (ml.Bernoulli(ml.linear("yes ~ x + z", link="cauchit")), {}),
        "Gumbel": (ml.Gumbel("y ~ x", "~ z"), {}),
        "VonMises": (ml.VonMises("angle ~ x"), {}),
    }
    return data, models


DATA, MODELS = cases()


def likelihood(model, options):
    options = dict(options)
    return LogLikelihood.of(Member.of(bind(model, DATA, options.pop("y", None), **options)))


def somewhere(regression, seed):
    """A point of ordinary size: near the start, or a little to the side."""
    rng = np.random.default_rng(seed)
    x = starts(regression)[-1]
    return x + 0.1 * rng.normal(size=len(x)) * regression.units


def differences(f, x, h=1e-5):
    """Central differences, one row per coordinate, extrapolated once."""
    out = []
    for i in range(len(x)):
        step = np.zeros(len(x))
        step[i] = h
        near = (f(x + step) - f(x - step)) / (2.0 * h)
        far = (f(x + 2.0 * step) - f(x - 2.0 * step)) / (4.0 * h)
        out.append((4.0 * near - far) / 3.0)
    return np.array(out)


def fitted(name, data=DATA, **more):
    model, options = MODELS[name]
    options = {**options, **more}
    return ml.fit(model, data, options.pop("y", None), **options)
