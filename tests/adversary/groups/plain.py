"""Samples, regressions, limits and large samples: the fit against heights found elsewhere."""

from __future__ import annotations

import numpy as np

from tests.adversary import draws
from tests.adversary.climbs import climb, newton, slopes
from tests.adversary.densities import DENSITIES, INTEGER, LIMITS
from tests.adversary.judges import Break, judge, tolerance
from tests.adversary.problems import Problem
from tests.adversary.trials import Trial, quiet

__all__ = [
    "counts",
    "held",
    "heteroscedastic",
    "judged",
    "large",
    "limits",
    "regressions",
    "samples",
]

#: Predictors of these have no link that the judges write out, or are extremes of the sample.
NO_PREDICTOR = {("SkewNormal", "shape"), ("VonMises", "mu")}
EXTREMES = ("Pareto", "Uniform")
#: Links of a first parameter that are tried, by its role.
OTHER_LINKS = {
    "unit": ("probit", "cloglog", "cauchit"),
    "scale": ("identity", "sqrt"),
    "positive": ("identity", "sqrt", "softplus"),
}


def judged(problem: Problem, kind: str, seed: int) -> Trial:
    """The trial of a problem's fit."""

    def check() -> list[Break]:
        return judge(problem, quiet(problem.fit), seed)

    return Trial(problem.text, check, kind, problem, lambda other: judged(other, kind, seed))


def small(rng: np.random.Generator) -> int:
    """Rows of a small sample: most often very few."""
    return int(rng.choice([1, 2, 3, 4, 5, 8, 10, 15, 20, 40, 60], p=PARTS))


#: Shares of the numbers of rows.
PARTS = np.array([1, 3, 6, 8, 14, 14, 16, 14, 12, 8, 4]) / 100


def trials_of(family: str) -> int | None:
    return draws.TRIALS if DENSITIES[family].support == "trials" else None


def samples(rng: np.random.Generator) -> Trial:
    """One sample of any family, made in any way, weighted, in any unit."""
    family, how = str(rng.choice(list(DENSITIES))), str(rng.choice(draws.GENERATORS))
    n = small(rng)
    y = draws.units(rng, family, draws.response(rng, family, n, how))
    problem = Problem(
        family, {"y": y}, weights=draws.weights(rng, n), trials=trials_of(family),
        door=str(rng.choice(["array", "array", "constant"])),
    )  # fmt: skip
    return judged(problem, f"{family}, {how}", int(rng.integers(1 << 30)))


def counts(rng: np.random.Generator) -> Trial:
    """Two to five small counts, where almost every sample is at or near a limit."""
    family = str(rng.choice(["NegativeBinomial"] * 4 + ["Poisson", "Geometric", "BetaBinomial"]))
    n, top = int(rng.integers(2, 6)), draws.TRIALS if family == "BetaBinomial" else 9
    y = np.sort(rng.integers(0, rng.integers(1, top) + 1, n)).astype(float)
    problem = Problem(family, {"y": y}, trials=trials_of(family))
    return judged(problem, f"{family}, few counts", int(rng.integers(1 << 30)))


def follow(rng: np.random.Generator, family: str, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The response made to follow x, as its support allows."""
    slope, support = float(rng.choice([0.0, 0.5, 1.5])), DENSITIES[family].support
    if support == "real":
        return y + slope * x * np.std(y)
    if support == "positive":
        return y * np.exp(slope * x)
    if support == "count":
        return np.round(y * np.exp(slope * x))
    return y


def regressions(rng: np.random.Generator) -> Trial:
    """Predictors on any parameter of any family, other links now and then."""
    families = [f for f in DENSITIES if f not in EXTREMES]
    family, how = str(rng.choice(families)), str(rng.choice(draws.GENERATORS[:6]))
    n = int(rng.choice([8, 12, 20, 40]))
    roles = DENSITIES[family].roles
    can = [k for k in roles if (family, k) not in NO_PREDICTOR]
    data = draws.columns(rng, n)
    y = follow(rng, family, draws.response(rng, family, n, how), data["x"])
    data["y"] = draws.units(rng, family, y)
    which = rng.uniform()
    first = next(iter(roles))
    asked = [first] if which < 0.6 and first in can else [str(rng.choice(can))]
    if which > 0.85 and len(can) > 1:
        asked = [str(k) for k in rng.choice(can, 2, replace=False)]
    formulas = {k: (("x", "z") if n > 12 and rng.uniform() < 0.25 else ("x",)) for k in asked}
    formulas = {k: formulas[k] for k in roles if k in formulas}
    links = {}
    if asked == [first] and roles[first] == "unit" and rng.uniform() < 0.3:
        links[first] = str(rng.choice(OTHER_LINKS["unit"]))
    problem = Problem(
        family, data, formulas, links, weights=draws.weights(rng, n), trials=trials_of(family)
    )
    said = " and ".join("first" if k == first else k for k in formulas)
    return judged(problem, f"{family}, {said} ~ x, {how}", int(rng.integers(1 << 30)))


def held(rng: np.random.Generator) -> Trial:
    """A constant held where it may be, beside a sample or a line."""
    families = [f for f, d in DENSITIES.items() if f not in EXTREMES and len(d.roles) > 1]
    family, how = str(rng.choice(families)), str(rng.choice(draws.GENERATORS))
    n, density = int(rng.choice([8, 12, 20, 40])), DENSITIES[family]
    data = draws.columns(rng, n)
    data["y"] = follow(rng, family, draws.response(rng, family, n, how), data["x"])
    roles = density.roles
    name = str(rng.choice(list(roles)))
    size = np.std(data["y"]) if density.support == "real" else np.median(data["y"])
    value = {
        "location": np.median(data["y"]),
        "scale": (size or 1.0) * np.exp(0.5 * rng.normal()),
        "positive": np.exp(rng.normal()),
        "unit": rng.uniform(0.1, 0.9),
        "angle": rng.uniform(-3.0, 3.0),
    }.get(roles[name], 0.5 * rng.normal())
    line = [k for k in list(roles)[:1] if k != name and (family, k) not in NO_PREDICTOR]
    formulas = dict.fromkeys(line, ("x",)) if rng.uniform() < 0.6 else {}
    problem = Problem(
        family, data, formulas, fixed={name: float(np.round(value, 3)) or 0.5},
        trials=trials_of(family),
    )  # fmt: skip
    kind = f"{family}{', ~ x' * bool(formulas)}, {name} held, {how}"
    return judged(problem, kind, int(rng.integers(1 << 30)))


def limits(rng: np.random.Generator) -> Trial:
    """Data that belong to a limit of a family: samples and regressions."""
    families = [*LIMITS, "AsymmetricLaplace", "GeneralizedNormal"]
    family = str(rng.choice(families))
    n = int(rng.choice([5, 10, 20, 40, 60]))
    data = draws.columns(rng, n)
    y = follow(rng, family, draws.response(rng, family, n, "near limit"), data["x"])
    formulas = {}
    if rng.uniform() < 0.5:
        formulas = {next(iter(DENSITIES[family].roles)): ("x",)}
    data["y"] = draws.units(rng, family, y)
    problem = Problem(
        family, data, formulas, weights=draws.weights(rng, n), trials=trials_of(family)
    )
    kind = f"{family}{', ~ x' if formulas else ''}, near its limit"
    return judged(problem, kind, int(rng.integers(1 << 30)))


def heteroscedastic(rng: np.random.Generator) -> Trial:
    """A row with a spread of its own: there is no maximum, and this must be said."""
    families = {
        "Normal": "sigma", "Gumbel": "scale", "Logistic": "scale", "Laplace": "scale",
        "Gamma": "shape", "LogNormal": "sigma", "Weibull": "shape", "InverseGamma": "shape",
        "LogLogistic": "shape",
    }  # fmt: skip
    family = str(rng.choice(list(families)))
    n = int(rng.choice([8, 12, 20, 30]))
    x = np.zeros(n)
    x[int(rng.integers(n))] = 1.0
    y = draws.bulk(rng, DENSITIES[family].support, n)
    first, scale = next(iter(DENSITIES[family].roles)), families[family]
    problem = Problem(family, {"y": y, "x": x}, {first: ("x",), scale: ("x",)})

    def check() -> list[Break]:
        verdict = quiet(problem.fit).verdict
        if verdict.kind == "no maximum":
            return []
        return [Break(f"{verdict.kind}, where nothing bounds it", str(verdict)[:200])]

    return Trial(problem.text, check, f"{family}, a row with its own {scale}")


def large(rng: np.random.Generator) -> Trial:
    """Many rows, some with a period: level at the end, and the same in any order."""
    families = [f for f in DENSITIES if f not in EXTREMES]
    near = rng.uniform() < 0.5
    # a Student t of normal data is level for long: often tried
    family = str(rng.choice([*LIMITS, "StudentT", "StudentT"] if near else families))
    n = int(rng.choice([20_000, 51_000, 60_000, 80_000]))
    density = DENSITIES[family]
    data = draws.columns(rng, n)
    y = follow(rng, family, draws.bulk(rng, density.support, n, near), 0.3 * data["x"])
    period = int(rng.choice([0, 0, 4, 6, 11, 12]))
    if period:
        value = float(rng.choice([np.max(y), np.median(y), y[0]]))
        y[::period] = 5.0 * np.std(y) if density.support == "real" else value
    data["y"] = y
    first = next(iter(density.roles))
    predicted = rng.uniform() < 0.5 and (family, first) not in NO_PREDICTOR
    follows = ("x", "z") if rng.uniform() < 0.5 else ("x",)
    problem = Problem(family, data, {first: follows} if predicted else {}, trials=trials_of(family))
    seed = int(rng.integers(1 << 30))
    order = np.random.default_rng(seed).permutation(n)

    def check() -> list[Break]:
        fit = quiet(problem.fit)
        breaks = level(problem, fit)
        if period:
            other = quiet(problem.take(order).fit)
            if other.verdict.kind != fit.verdict.kind or not near_to(problem, other, fit):
                said = f"{fit.verdict.kind} {fit.loglik:.9g}, shuffled {other.verdict.kind}"
                breaks.append(Break("rows' order", f"{said} {other.loglik:.9g}"))
        return breaks

    line = f", ~ {' + '.join(follows)}" if predicted else ""
    kind = f"{family}{line}, {n} rows" + f", every {period}th" * bool(period)
    return Trial(problem.text, check, kind)


def near_to(problem: Problem, one, other) -> bool:
    if not (np.isfinite(one.loglik) and np.isfinite(other.loglik)):
        return one.loglik == other.loglik
    return abs(one.loglik - other.loglik) <= tolerance(problem, one.loglik)


def level(problem: Problem, fit) -> list[Break]:
    """What is left to gain by a short climb from a fit's own end, and along each parameter."""
    kind = fit.verdict.kind
    if kind == "ran out":
        return [Break("ran out", str(fit.verdict)[:200])]
    own = problem.own()
    # plain formulas of far parameters cancel, in sums over many rows: those are asked about nearer
    far = 9e4 if problem.family == "StudentT" else 1e4
    params = {k: min(v, far) if v > 0 else v for k, v in fit.params.items()}
    point = own.linked(params)
    if kind not in ("interior", "boundary") or not np.isfinite(point).all():
        return []
    whole = problem.density.support in INTEGER
    here = max(float(own(point)[0]), fit.loglik)
    height, there = climb(own, point) if own.size < 4 and not whole else newton(own, point)
    if np.max(np.abs(slopes(own, point))) > 1e-3 * len(problem.y):
        height, there = climb(own, point)
    for place in range(own.size):
        steps = np.linspace(-4.0, 4.0, 17)
        moved = point + steps[:, None] * np.eye(own.size)[place]
        values = own(moved)
        if np.max(values) > height:
            height, there = float(np.max(values)), moved[np.argmax(values)]
    slack = 1e-5 + 1e-11 * abs(here)
    if problem.density.unbounded and problem.family != "StudentT":
        return []
    if height > fit.loglik + slack:
        detail = f"{kind}, {fit.loglik:.12g}; {height:.12g} at {np.round(there, 6).tolist()}"
        return [Break(f"lower ({kind})", detail)]
    return []
