"""Joint models, likelihoods of one's own, curves: heights, and what is not identified."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from scipy.optimize import minimize

import mostlikely as ml
from tests.adversary.densities import DENSITIES, INVERSE, OWN_LINK
from tests.adversary.groups.convex import made, said
from tests.adversary.judges import Break
from tests.adversary.problems import literal
from tests.adversary.trials import Trial, quiet

__all__ = ["curves", "joint"]

#: Families that are members, with what they draw from a predictor.
MEMBERS = {
    "Poisson": lambda rng, t: rng.poisson(np.exp(np.clip(t, -3, 3))).astype(float),
    "Bernoulli": lambda rng, t: rng.binomial(1, 1 / (1 + np.exp(-t))).astype(float),
    "Normal": lambda rng, t: t + rng.normal(size=len(t)),
    "Gamma": lambda rng, t: np.exp(t) * rng.gamma(2.0, 0.5, len(t)) + 1e-6,
    "Exponential": lambda rng, t: np.exp(t) * rng.exponential(size=len(t)) + 1e-6,
}


def joint(rng: np.random.Generator) -> Trial:
    """Two members, one slope or none in common: its height, and its words elsewhere."""
    names = [str(k) for k in rng.choice(list(MEMBERS), 2, replace=False)]
    n = int(rng.choice([8, 15, 30]))
    x = np.round(rng.normal(size=n), 2)
    data = {"y": MEMBERS[names[0]](rng, 0.6 * x), "v": MEMBERS[names[1]](rng, 0.6 * x + 0.2)}
    data = {k: np.round(v, 3) for k, v in data.items()} | {"x": x}
    for k, name in zip("yv", names, strict=True):
        if name in ("Gamma", "Exponential"):
            data[k] = np.maximum(data[k], 1e-3)
    shared = rng.uniform() < 0.7
    more = ', shared=["x"]' if shared else ", shared=[]"
    model = f'ml.joint(ml.{names[0]}("y ~ x"), ml.{names[1]}("v ~ x"){more})'

    def parts(theta: np.ndarray) -> list[tuple[str, np.ndarray, np.ndarray]]:
        """Members with their linear predictor and other parameters, on the links' scales."""
        rest = theta[3:] if shared else theta[4:]
        slopes = (theta[2], theta[2]) if shared else (theta[2], theta[3])
        found = []
        for place, name in enumerate(names):
            own = len(DENSITIES[name].roles) - 1
            found.append((name, theta[place] + slopes[place] * x, rest[:own]))
            rest = rest[own:]
        return found

    size = (3 if shared else 4) + sum(len(DENSITIES[k].roles) - 1 for k in names)

    def negative(theta: np.ndarray) -> float:
        total = 0.0
        with np.errstate(all="ignore"):
            for key, (name, eta, rest) in zip("yv", parts(theta), strict=True):
                d = DENSITIES[name]
                links = [OWN_LINK[r] for r in d.roles.values()]
                own = [INVERSE[k](t) for k, t in zip(links[1:], rest, strict=True)]
                total += np.sum(d.log_prob(data[key], INVERSE[links[0]](eta), *own))
        return -float(total) if np.isfinite(total) else 1e12

    def theta_of(params: dict[Any, float]) -> np.ndarray:
        """The fit's parameters in the judge's order, by their order and kind."""
        ends = [v for k, v in params.items() if isinstance(k, tuple) and k[1] == "Intercept"]
        slopes = [v for k, v in params.items() if k == "x" or k[-1] == "x"]
        rest = [np.log(v) for k, v in params.items() if isinstance(k, str) and k != "x"]
        return np.array([*ends, *slopes, *rest])

    def check() -> list[Break]:
        best = min(
            (minimize(negative, s, method="BFGS") for s in (np.zeros(size), np.full(size, 0.3))),
            key=lambda o: o.fun,
        )
        fit = quiet(lambda: ml.fit(made(model), data))
        kind, found = fit.verdict.kind, []
        detail = f"{kind}, {fit.loglik:.9g}; BFGS {-best.fun:.9g}"
        if kind == "ran out":
            found.append(Break("ran out", str(fit.verdict)[:200]))
        if -best.fun > fit.loglik + 1e-5:
            found.append(Break(f"lower ({kind})", detail))
        if kind != "interior":
            return found
        if abs(-negative(theta_of(fit.params)) - fit.loglik) > 1e-7 * max(1.0, abs(fit.loglik)):
            found.append(Break("loglik is not of its params", detail))
        if abs(quiet(fit.log_likelihood) - fit.loglik) > 1e-9 * abs(fit.loglik):
            found.append(Break("log_likelihood() is not loglik", detail))
        moved = {
            k: v * 1.05 + (0.05 if isinstance(k, tuple) else 0.0) for k, v in fit.params.items()
        }
        there, want = quiet(lambda: fit.log_likelihood(moved)), -negative(theta_of(moved))
        if abs(there - want) > 1e-8 * max(1.0, abs(want)):
            found.append(Break("log_likelihood elsewhere", f"{there:.9g}, own {want:.9g}"))
        scores = quiet(fit.score)
        if max(abs(v) for v in scores.values()) > 1e-4:
            found.append(Break("score is not zero at the maximum", str(scores)))
        quiet(lambda: fit.test("x = 0") if shared else None)
        quiet(lambda: np.asarray(fit.predict(data, member=int(rng.integers(2)))))
        return found

    return Trial(said(model, data), check, f"{names[0]} and {names[1]}, {'shared' * shared}")


#: Curves of coefficients: the text, starts, and whether two of them are one number.
CURVES = [
    ("a * b * np.exp(-c * x)", {"a": 1.0, "b": 2.0, "c": 0.2}, True),
    ("a * np.exp(-c * (x - m))", {"a": 2.0, "c": 0.2, "m": 1.0}, True),
    ("a * np.exp(-b * c * x)", {"a": 2.0, "b": 1.5, "c": 0.2}, True),
    ("a / b * np.exp(-c * x)", {"a": 2.0, "b": 1.0, "c": 0.2}, True),
    ("np.exp(a + b - c * x)", {"a": 0.5, "b": 0.1, "c": 0.2}, True),
    ("a + b + c * x", {"a": 0.5, "b": 0.1, "c": 0.2}, True),
    ("a * k / (k + x) * b", {"a": 1.0, "b": 2.0, "k": 2.0}, True),
    ("a * np.exp(-c * x)", {"a": 2.0, "c": 0.2}, False),
    ("a + b * np.exp(-c * x)", {"a": 0.1, "b": 2.0, "c": 0.3}, False),
    ("a * k / (k + x)", {"a": 3.0, "k": 2.0}, False),
    ("a + c * x", {"a": 0.5, "c": 0.2}, False),
]
#: Likelihoods of one's own: the text of a row, starts, whether two are one number.
OWN = [
    ("-0.5 * ((y - a * b) / np.exp(s)) ** 2 - s", {"a": 1.0, "b": 1.0, "s": 0.0}, True),
    (
        "-0.5 * ((y - a) / (s * t)) ** 2 - np.log(s * t)",
        {"s": 1.0, "t": 1.3, "a": 0.0}, True,
    ),
    ("-0.5 * ((y - a - b) / np.exp(s)) ** 2 - s", {"a": 0.3, "b": 0.1, "s": 0.0}, True),
    ("-0.5 * ((y - a - b * x) / np.exp(s)) ** 2 - s", {"a": 0.3, "b": 0.1, "s": 0.0}, False),
    (
        "np.log(np.exp(-(np.maximum(h - 0.5 - m, 0.0) / np.exp(s)) ** np.exp(k))"
        " - np.exp(-(np.maximum(h + 0.5 - m, 0.0) / np.exp(s)) ** np.exp(k)))",
        {"s": 0.7, "k": 0.2, "m": 0.0}, False,
    ),
    (
        "np.log(np.exp(-(np.maximum(h - 0.5, 0.0) / np.exp(s)) ** np.exp(k))"
        " - np.exp(-((h + 0.5) / np.exp(s)) ** np.exp(k)))",
        {"s": 0.7, "k": 0.2}, False,
    ),
]  # fmt: skip


def curves(rng: np.random.Generator) -> Trial:
    """Curves under normal noise, likelihoods of one's own; some have two names for one number."""
    n = int(rng.choice([10, 20, 30]))
    x = np.round(np.linspace(0.5, 8.0, n), 3)
    y = np.round(3.0 * np.exp(-0.3 * x) + 0.1 * rng.normal(size=n), 4)
    own = rng.uniform() < 0.4
    text, start, redundant = (OWN if own else CURVES)[
        int(rng.integers(len(OWN if own else CURVES)))
    ]
    start = {k: v * float(np.round(rng.uniform(0.8, 1.25), 3)) for k, v in start.items()}
    data = {"x": x, "y": y}
    w = None
    if "h" in text:
        data["h"] = np.arange(8) + 0.5
        counts = rng.multinomial(300, np.array([0.3, 0.25, 0.18, 0.12, 0.07, 0.05, 0.02, 0.01]))
        data, w = {"h": data["h"]}, counts.astype(float)
    names = ", ".join(start)
    row = re.sub(rf"\b({'|'.join(data)})\b", r'd["\1"]', text)
    function = f"lambda d, {names}: {row}"
    space = {"np": np, "ml": ml}
    f = eval(function, space)
    if own:
        shown = f"ml.fit({function}, {{...}}, start={start})"
    else:
        shown = f'ml.fit(ml.Normal(mu=ml.nonlinear({function}, start={start})), {{...}}, y="y")'
    shown = shown.replace(
        "{...}", "{" + ", ".join(f'"{k}": {literal(v)}' for k, v in data.items()) + "}"
    )
    shown = shown if w is None else f"{shown[:-1]}, weights={literal(w)})"

    def negative(values: np.ndarray) -> float:
        with np.errstate(all="ignore"):
            if own:
                total = np.sum((1.0 if w is None else w) * f(data, *values))
            else:
                spread = np.mean((y - f(data, *values)) ** 2)
                total = -0.5 * n * (np.log(2 * np.pi * spread) + 1.0)
        return -float(total) if np.isfinite(total) else 1e12

    def check() -> list[Break]:
        if own:
            fit = quiet(lambda: ml.fit(f, data, start=start, weights=w))
        else:
            model = ml.Normal(mu=ml.nonlinear(f, start=start))
            fit = quiet(lambda: ml.fit(model, data, y="y"))
        kind, found = fit.verdict.kind, []
        if redundant:
            if kind not in ("not identified", "ran out"):
                found.append(Break(f"{kind}, where two are one number", str(fit.verdict)[:200]))
            return found
        if kind == "ran out":
            found.append(Break("ran out", str(fit.verdict)[:200]))
        best = min(
            (
                minimize(
                    negative, np.array(list(start.values())) * s, method="Nelder-Mead",
                    options={"maxfev": 1500, "xatol": 1e-8, "fatol": 1e-9},
                )
                for s in (1.0, 1.3)
            ),
            key=lambda o: o.fun,
        )  # fmt: skip
        if -best.fun > fit.loglik + 1e-5 and kind in ("interior", "boundary", "ran out"):
            there = f"{-best.fun:.9g} at {np.round(best.x, 5).tolist()}"
            found.append(Break(f"lower ({kind})", f"{fit.loglik:.9g}; Nelder-Mead {there}"))
        if kind == "not identified":
            found.append(Break("not identified, where it is", str(fit.verdict)[:200]))
        return found

    return Trial(shown, check, f"{'own' if own else 'curve'}: {text[:50]}")
