"""Tests beside refits, ends of profiles, covariances by differences, predictions beside SciPy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import stats
from scipy.optimize import minimize

import mostlikely as ml
from tests.adversary import draws
from tests.adversary.climbs import root
from tests.adversary.densities import DENSITIES, INVERSE
from tests.adversary.groups.plain import follow, trials_of
from tests.adversary.judges import Break
from tests.adversary.problems import Problem
from tests.adversary.trials import Trial, quiet

__all__ = ["covariances", "predictions", "profiles", "tests"]

#: Families whose first parameter follows a line in every trial here.
FAMILIES = (
    "Normal", "Logistic", "Cauchy", "StudentT", "Gumbel", "HyperbolicSecant", "GEV", "Huber",
    "SkewNormal", "Gamma", "Weibull", "LogNormal", "InverseGamma", "LogLogistic", "Lomax",
    "Burr12", "Exponential", "Poisson", "NegativeBinomial", "NegativeBinomial", "Binomial",
    "BetaBinomial", "Beta", "Geometric",
)  # fmt: skip


def regression(rng: np.random.Generator, n: int, hard: bool = True) -> Problem:
    """A line in the first parameter, the spread following it too now and then."""
    family = str(rng.choice(FAMILIES))
    data = draws.columns(rng, n)
    near = str(rng.choice(["own", "near limit"]))
    data["y"] = follow(rng, family, draws.response(rng, family, n, near), 0.6 * data["x"])
    roles = list(DENSITIES[family].roles)
    formulas = {roles[0]: ("x", "z") if rng.uniform() < 0.3 else ("x",)}
    if family in ("Normal", "Gamma", "LogNormal") and rng.uniform() < 0.4:
        formulas[roles[1]] = ("x",)
    if hard:
        data["y"] = draws.units(rng, family, data["y"])
    return Problem(family, data, formulas, trials=trials_of(family))


def without(problem: Problem) -> Problem:
    """The model without x in its first parameter."""
    rest = tuple(c for c in problem.formulas[problem.first] if c != "x")
    return replace(problem, formulas=problem.formulas | {problem.first: rest})


def tests(rng: np.random.Generator) -> Trial:
    """Likelihood-ratio tests beside refits; score tests in another unit."""
    return tested(regression(rng, int(rng.choice([12, 20, 40, 100]))))


def tested(problem: Problem) -> Trial:
    hypothesis = f"{problem.first}[x] = 0"

    def check() -> list[Break]:
        full, null = quiet(problem.fit), quiet(without(problem).fit)
        found = [
            Break("ran out", str(fit.verdict)[:200])
            for fit in (full, null)
            if fit.verdict.kind == "ran out"
        ]
        if not (full.verdict.ok and null.verdict.ok):
            return found
        want = 2.0 * (full.loglik - null.loglik)
        try:
            test = quiet(lambda: full.test(hypothesis))
        except ml.MostLikelyError as error:
            return [*found, Break("unsettled", str(error)[:200])]
        detail = (
            f"{test.statistic:.8g}, refit {want:.8g} ({full.verdict.kind}, {null.verdict.kind})"
        )
        if abs(test.statistic - want) > 1e-5 * max(1.0, want):
            found.append(Break("test is not the refit's", detail))
        p = stats.chi2.sf(want, 1)
        if abs(test.p_value - p) > 1e-4 + 1e-3 * p and not found:
            found.append(Break("p-value is not the refit's", f"{test.p_value}, {p}"))
        if full.verdict.kind != "interior" or null.verdict.kind != "interior":
            return found
        other = replace(problem, data=problem.data | {"y": problem.y * 1e4})
        if problem.density.support not in ("real", "positive"):
            return found
        try:
            scores = [
                quiet(lambda f=f: f.test(hypothesis, "score").statistic)
                for f in (full, quiet(other.fit))
            ]
        except ml.MostLikelyError:  # a score test is not promised everywhere
            return found
        if abs(scores[1] - scores[0]) > 1e-4 * max(1.0, scores[0]):
            found.append(Break("score test changes with the unit", f"{scores}"))
        return found

    text = f'{problem.text}.test("{hypothesis}")'
    return Trial(text, check, f"{problem.family}, {len(problem.formulas)} lines", problem, tested)


def profiles(rng: np.random.Generator) -> Trial:
    """Ends of a profile interval: there the restricted maximum is lower by half a quantile."""
    problem = regression(rng, int(rng.choice([12, 20, 40])))
    level = float(rng.choice([0.5, 0.8, 0.9, 0.95, 0.99]))
    constant = rng.uniform() < 0.3
    return profiled(problem, level, constant)


def profiled(problem: Problem, level: float, constant: bool) -> Trial:
    roles = [k for k in problem.density.roles if k not in problem.formulas]
    key = roles[0] if constant and roles else (problem.first, "x")

    def check() -> list[Break]:
        fit = quiet(problem.fit)
        if fit.verdict.kind == "ran out":
            return [Break("ran out", str(fit.verdict)[:200])]
        if fit.verdict.kind != "interior":
            return []
        try:
            low, high = quiet(lambda: fit.interval(key, level, method="profile"))
        except ml.MostLikelyError as error:
            return [Break("unsettled", str(error)[:200])]
        own, keys = problem.own(), list(problem.own().keys)
        place, top = keys.index(key), own.linked(fit.params)
        units = root(own, top)
        if units is None or not np.isfinite(own(top)[0]):
            return []
        found, drop = [], 0.5 * stats.chi2.ppf(level, 1)
        for end in (low, high):
            natural = fit.params | {key: float(end)}
            at = own.linked(natural)[place]
            if not np.isfinite(at):
                continue
            sup = restricted(own, top, units, place, at)
            if not np.isfinite(sup):
                continue
            lower = fit.loglik - sup
            if sup > fit.loglik + 1e-5 * len(problem.y):
                found.append(Break("a profile above its maximum", f"{sup:.9g}, {fit.loglik:.9g}"))
            elif abs(lower - drop) > 2e-3 * max(1.0, drop):
                said = f"{key} = {end:.8g}: lower by {lower:.6g}, not {drop:.6g}"
                found.append(Break("profile end", f"{said}; ({low:.6g}, {high:.6g})"))
        return found

    text = f'{problem.text}.interval({key!r}, {level}, method="profile")'
    kind = f"{problem.family}, {'constant' if constant and roles else 'slope'}"
    return Trial(text, check, kind, problem, lambda p: profiled(p, level, constant))


def restricted(own, top: np.ndarray, units: np.ndarray, place: int, at: float) -> float:
    """The maximum over all coordinates but one, in the information's own coordinates."""
    rest = [j for j in range(len(top)) if j != place]
    V = units @ units.T
    line = V[:, place] / V[place, place] * (at - top[place])
    if not rest:
        return float(own(top + line)[0])
    S = np.linalg.cholesky(V[np.ix_(rest, rest)])

    def negative(z: np.ndarray) -> float:
        x = top + line
        x[rest] += S @ z
        value = -float(own(x)[0])
        return value if np.isfinite(value) else 1e12

    # the nearest point may be outside the domain: then the nearest of many that is not
    near = np.random.default_rng(0).normal(size=(400, len(rest)))
    points = [np.zeros(len(rest)), *near[np.argsort(np.sum(near**2, axis=1))]]
    start = next((z for z in points if negative(z) < 1e12), None)
    if start is None:
        return -np.inf
    inner = minimize(negative, start, method="BFGS", options={"gtol": 1e-7})
    other = minimize(negative, inner.x, method="Nelder-Mead", options={"maxfev": 120 * len(rest)})
    return -min(inner.fun, other.fun)


#: Standard errors on a link's scale beyond which differences say nothing of the curvature.
WIDEST = 3.0


def covariances(rng: np.random.Generator) -> Trial:
    """Observed information and the sandwich, by differences of the judges' likelihood."""
    return covaried(regression(rng, int(rng.choice([12, 20, 40, 100]))))


def covaried(problem: Problem) -> Trial:
    def check() -> list[Break]:
        fit = quiet(problem.fit)
        kind = fit.verdict.kind
        if kind == "ran out":
            return [Break("ran out", str(fit.verdict)[:200])]
        if kind != "interior" or problem.density.corners or problem.family == "Huber":
            return []
        own = problem.own()
        top = own.linked(fit.params)
        units = root(own, top) if np.isfinite(own(top)[0]) else None
        if units is None:
            return []
        V = units @ units.T
        constants = [place for place, key in enumerate(own.keys) if not isinstance(key, tuple)]
        if np.any(np.diag(V)[constants] > WIDEST**2):
            return []
        jacobian = np.array(
            [1.0 if isinstance(k, tuple) else slope(problem, k, fit) for k in own.keys]
        )
        got = np.asarray(quiet(fit.covariance))
        found = close(got, V * np.outer(jacobian, jacobian), "covariance")
        scores = np.empty((len(problem.y), len(top)))
        h = 1e-4
        for j, column in enumerate(units.T):
            both = [rows(problem, top + s * h * column) for s in (1.0, -1.0)]
            scores[:, j] = (both[0] - both[1]) / (2 * h)
        B = units @ (scores.T @ scores) @ units.T
        robust = np.asarray(quiet(lambda: fit.covariance(kind="sandwich")))
        return found + close(robust, B * np.outer(jacobian, jacobian), "sandwich")

    return Trial(f"{problem.text}.covariance()", check, problem.family, problem, covaried)


def rows(problem: Problem, point: np.ndarray) -> np.ndarray:
    """The log-density of every row at a point, one row at a time of the judges' likelihood."""
    n, own = len(problem.y), problem.own()
    return np.array([float(replace(own, w=np.eye(n)[i])(point)[0]) for i in range(n)])


def slope(problem: Problem, key: str, fit) -> float:
    """How fast a constant moves with its link."""
    role, value = problem.density.roles[key], fit.params[key]
    return {"scale": value, "positive": value, "unit": value * (1 - value)}.get(role, 1.0)


def close(got: np.ndarray, want: np.ndarray, what: str) -> list[Break]:
    errors = np.sqrt(np.diag(want))
    rest = np.max(np.abs(got - want) / np.outer(errors, errors))
    if not rest < 1e-2:
        return [Break(what, f"{np.sqrt(np.diag(got))}, by differences {errors}")]
    return []


#: SciPy's law of a row, given the fit's parameters of it.
LAWS = {
    "Normal": lambda p, n: stats.norm(p["mu"], p["sigma"]),
    "StudentT": lambda p, n: (
        stats.norm(p["mu"], p["sigma"])
        if np.isinf(p["df"])
        else stats.t(p["df"], p["mu"], p["sigma"])
    ),
    "Logistic": lambda p, n: stats.logistic(p["mu"], p["scale"]),
    "Gumbel": lambda p, n: stats.gumbel_r(p["mu"], p["scale"]),
    "Gamma": lambda p, n: stats.gamma(p["shape"], scale=p["mean"] / p["shape"]),
    "Weibull": lambda p, n: stats.weibull_min(p["shape"], scale=p["scale"]),
    "LogNormal": lambda p, n: stats.lognorm(p["sigma"], scale=np.exp(p["mu"])),
    "Exponential": lambda p, n: stats.expon(scale=p["mean"]),
    "Poisson": lambda p, n: stats.poisson(p["mean"]),
    "Geometric": lambda p, n: stats.geom(p["p"], -1),
    "NegativeBinomial": lambda p, n: (
        stats.poisson(p["mean"])
        if np.isinf(p["size"])
        else stats.nbinom(p["size"], p["size"] / (p["size"] + p["mean"]))
    ),
    "Binomial": lambda p, n: stats.binom(n, p["p"]),
    "BetaBinomial": lambda p, n: (
        stats.binom(n, p["mean"])
        if np.isinf(p["precision"])
        else stats.betabinom(n, p["mean"] * p["precision"], (1 - p["mean"]) * p["precision"])
    ),
    "Beta": lambda p, n: stats.beta(p["mean"] * p["precision"], (1 - p["mean"]) * p["precision"]),
}


#: Rows that are compared.
ROWS = 6


def predictions(rng: np.random.Generator) -> Trial:
    """Means, quantiles, probabilities and residuals of rows, beside SciPy's law; intervals."""
    problem = regression(rng, int(rng.choice([12, 20, 40])), hard=False)
    while problem.family not in LAWS:
        problem = regression(rng, int(rng.choice([12, 20, 40])), hard=False)
    # hundreds of fits make an interval: now and then, and not of the slowest
    ends = rng.uniform() < 0.15 and problem.family != "BetaBinomial"
    return predicted(problem, float(np.round(rng.uniform(0.02, 0.98), 3)), ends)


def predicted(problem: Problem, q: float, ends: bool) -> Trial:
    def check() -> list[Break]:
        fit = quiet(problem.fit)
        if fit.verdict.kind == "ran out":
            return [Break("ran out", str(fit.verdict)[:200])]
        if not fit.verdict.ok:
            return []
        params = natural(problem, fit)
        if params is None:
            return []
        # SciPy's laws of counts are slow: the first rows are enough
        share = problem.family == "BetaBinomial"  # whose parameter is called mean
        params = {k: v[:ROWS] if np.ndim(v) else v for k, v in params.items()}
        law, found = LAWS[problem.family](params, problem.trials), []
        said = fit.verdict.kind
        at = float(np.median(problem.y))
        asked = {
            "mean": (lambda: fit.predict(), params["mean"] if share else law.mean()),
            "quantile": (lambda: fit.predict(None, "quantile", q=q), law.ppf(q)),
            "cdf": (lambda: fit.predict(None, "cdf", at=at), law.cdf(at)),
        }
        for what, (call, want) in asked.items():
            got = np.asarray(quiet(call), dtype=float)[:ROWS]
            with np.errstate(all="ignore"):
                off = np.abs(got - want) > 1e-6 * np.abs(want) + 1e-7
            # a jump of whole numbers may fall on the asked probability itself
            allowed = (
                0.1 if problem.density.support in ("count", "trials") and what != "cdf" else 0.0
            )
            defined = np.isfinite(want) & ~np.isnan(got) if what == "mean" else True
            if np.mean(off & defined | np.isnan(got) & np.isfinite(want)) > allowed:
                found.append(
                    Break(f"predict: {what} ({said})", f"{got[:3]}, SciPy {np.ravel(want)[:3]}")
                )
        if not np.isfinite(quiet(fit.residuals)).all():
            found.append(Break(f"residuals not finite ({said})", str(fit.residuals()[:3])))
        if not ends:
            return found
        low, high = (np.asarray(v)[:ROWS] for v in quiet(fit.predict().prediction_interval))
        middle = law.ppf(0.5)
        if not np.all((low <= middle) & (middle <= high)):
            found.append(Break(f"an interval beside its median ({said})", f"{low[:3]}, {high[:3]}"))
        if problem.family == "Normal" and len(problem.formulas) == 1:
            wide = predictive(problem)[:ROWS]
            if not np.allclose(high - low, wide, rtol=1e-6):
                found.append(Break("a normal line's interval", f"{high - low}, Student's {wide}"))
        return found

    return Trial(
        f"{problem.text}.predict()", check, problem.family, problem, lambda p: predicted(p, q, ends)
    )


def predictive(problem: Problem) -> np.ndarray:
    """How wide Student's prediction intervals of 95 percent are, of a line under normal noise."""
    X = problem.own().blocks[0].X
    n, p = X.shape
    Q, _ = np.linalg.qr(X)
    left = problem.y - Q @ (Q.T @ problem.y)
    errors = np.sqrt(left @ left / (n - p) * (1.0 + np.sum(Q * Q, axis=1)))
    return 2.0 * stats.t.ppf(0.975, n - p) * errors


def natural(problem: Problem, fit) -> dict | None:
    """The rows' parameters on the natural scale, by the judges' inverse links."""
    found = {}
    for block in problem.own().blocks:
        values = np.array([fit.params[k] for k in block.keys])
        if block.X is None:
            found[block.name] = float(values[0])
        elif np.isfinite(values).all():
            found[block.name] = INVERSE[block.link](block.X @ values)
        else:
            return None
    return found
