"""Models whose answer is known: separation, corners by linear programs, edges, thresholds."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit, gammaln, xlog1py, xlogy

import mostlikely as ml
from tests.adversary.judges import Break
from tests.adversary.problems import literal
from tests.adversary.programs import constrained, least_pinball, separated
from tests.adversary.trials import Trial, quiet

__all__ = ["corners", "edges", "separation", "thresholds"]


def said(model: str, data: dict[str, Any], more: str = "") -> str:
    """The fit as Python."""
    if len(data["y"]) > 60:
        return f"ml.fit({model}, <{len(data['y'])} rows>{more})"
    columns = ", ".join(f'"{k}": {literal(v)}' for k, v in data.items())
    return f"ml.fit({model}, {{{columns}}}{more})"


def made(model: str) -> Any:
    return eval(model, {"ml": ml})


def separation(rng: np.random.Generator) -> Trial:
    """Binary, binomial and count regressions on numbers and on factors, small and large."""
    family = str(rng.choice(["Bernoulli", "Binomial", "Poisson", "NegativeBinomial", "Geometric"]))
    big = rng.uniform() < 0.15
    levels = int(rng.choice([20, 45, 90])) if big else int(rng.choice([2, 3, 4, 6]))
    n = levels * int(rng.choice([20, 100, 400])) if big else int(rng.choice([6, 10, 16, 30]))
    factor = big or rng.uniform() < 0.4
    g = np.arange(n) % levels
    x = np.round(rng.normal(size=n), 1)
    if family in ("Bernoulli", "Binomial"):
        trials = 1 if family == "Bernoulli" else 5
        y = rng.binomial(trials, expit(rng.choice([0.5, 3.0]) * x)).astype(float)
        if factor:
            y[g == 1] = rng.choice([0.0, float(trials)])
    else:
        trials = 0
        y = rng.poisson(np.exp(0.5 * x)).astype(float)
        if rng.uniform() < 0.3:
            y[x > 0] = 0.0
        if factor:
            y[g == 1] = 0.0
    if rng.uniform() < 0.3:
        y[g == 1] = rng.integers(0, trials + 1 or 4, np.sum(g == 1))
    columns = ["x"] * (not factor or rng.uniform() < 0.5) + ["C(g)"] * factor
    X = np.column_stack(
        [np.ones(n)]
        + ([x] if "x" in columns else [])
        + ([(g == k) * 1.0 for k in range(1, levels)] if factor else [])
    )
    if trials:
        split = separated(X[y == trials], X[y == 0], X[(y > 0) & (y < trials)])
    else:
        split = separated(np.empty((0, X.shape[1])), X[y == 0], X[y > 0])
    model = f'ml.{family}("y ~ {" + ".join(columns)}"{", n=5" if trials > 1 else ""})'
    data = {"y": y, "x": x, "g": g}
    full = np.linalg.matrix_rank(X) == X.shape[1]

    def check() -> list[Break]:
        fit = quiet(lambda: ml.fit(made(model), data))
        kind, detail = fit.verdict.kind, str(fit.verdict)[:200]
        if not full:
            good = kind in ("not identified", "separation")
            return [] if good else [Break(f"{kind}, dependent columns", detail)]
        if kind == "ran out":
            return [Break("ran out", detail)]
        if split and kind not in ("separation", "no maximum"):
            constant = len(np.unique(y)) == 1
            return [] if constant else [Break(f"{kind}, where a program separates", detail)]
        if not split and kind not in ("interior", "boundary"):
            return [Break(f"{kind}, where no program separates", detail)]
        return []

    kind = f"{family}, {' + '.join(columns)}" + ", many levels" * big
    return Trial(said(model, data), check, kind)


def corners(rng: np.random.Generator) -> Trial:
    """Least absolute deviations and quantile regressions, against a linear program."""
    n = int(rng.choice([5, 8, 15, 30, 60]))
    quantile = 0.5 if rng.uniform() < 0.5 else float(np.round(rng.uniform(0.05, 0.95), 2))
    x = [rng.normal(size=n), np.round(rng.normal(size=n), 1), np.arange(n) % 3 * 1.0]
    x = x[int(rng.integers(3))]
    noise = [rng.normal(size=n), rng.standard_t(2, n), np.round(rng.normal(size=n), 1)]
    y = 60.0 * (rng.uniform() < 0.5) + 0.5 * x + noise[int(rng.integers(3))]
    if rng.uniform() < 0.15:
        y[-1] += 100.0
    w = np.ones(n)
    weighted = rng.uniform() < 0.25
    if weighted:
        w = rng.integers(1, 4, n).astype(float) * 10.0 ** int(rng.choice([-4, 0]))
    term = str(rng.choice(["y ~ x", "y ~ 0 + C(x)", "y ~ 1"]))
    if "C(x)" in term and len(np.unique(x)) > max(1, n // 3):
        term = "y ~ x"
    X = np.column_stack([np.ones(n), x]) if term == "y ~ x" else np.ones((n, 1))
    if "C" in term:
        X = (x[:, None] == np.unique(x)) * 1.0
    laplace = quantile == 0.5 and rng.uniform() < 0.7
    model = (
        f'ml.Laplace("{term}")'
        if laplace
        else f'ml.AsymmetricLaplace("{term}", quantile={quantile})'
    )
    data = {"y": y, "x": x}

    def check() -> list[Break]:
        total = float(np.sum(w))
        loss, at, unique = least_pinball(X, y, w, quantile)
        if loss < 1e-9 * total:
            return []
        best = total * (np.log(quantile * (1 - quantile)) - np.log(loss / total) - 1.0)
        fit = quiet(lambda: ml.fit(made(model), data, weights=w if weighted else None))
        kind, found = fit.verdict.kind, []
        detail = f"{kind}, {fit.loglik:.9g}; the program {best:.9g} at {np.round(at, 6).tolist()}"
        if kind == "ran out":
            found.append(Break("ran out where a program answers", detail))
        if fit.loglik < best - 1e-7 * total:
            found.append(Break(f"lower than the program ({kind})", detail))
        if fit.loglik > best + 1e-6 * total:
            found.append(Break("higher than any can be", detail))
        if kind == "interior":
            # where many are as good, as medians of an even number are, one of them is the answer
            residuals = y - X @ [v for key, v in fit.params.items() if isinstance(key, tuple)]
            there = float(np.sum(w * residuals * (quantile - (residuals < 0))))
            if there > loss * (1.0 + 1e-7):
                found.append(Break("interior, and not among the best", f"{detail}; loss {there}"))
        if kind not in ("interior", "boundary") and unique and kind != "ran out":
            found.append(Break(f"{kind}, where one is best", f"{detail}; {fit.verdict}"))
        return found

    more = f", weights={literal(w)}" if weighted else ""
    kind = f"{'Laplace' if laplace else 'AsymmetricLaplace'}, {term}{', weighted' * weighted}"
    return Trial(said(model, data, more), check, kind)


def edges(rng: np.random.Generator) -> Trial:
    """Identity links, whose predictor meets an edge of the domain."""
    family = str(rng.choice(["Binomial", "Binomial", "Bernoulli", "Poisson"]))
    table = rng.uniform() < 0.5
    n = 4 if table and family != "Bernoulli" else int(rng.choice([6, 10, 16]))
    x = np.array([0.0, 0, 1, 1]) if n == 4 else np.sort(np.round(rng.uniform(0, 3, n), 1))
    z = np.arange(n) % 2 * 1.0
    trials = {"Bernoulli": 1, "Binomial": 20, "Poisson": 0}[family]
    if trials:
        steep = rng.choice([0.2, 1.0]) / max(1.0, np.ptp(x))
        y = rng.binomial(trials, np.clip(steep * x + 0.1 * z, 0, 1)).astype(float)
        if n == 4 and rng.uniform() < 0.3:
            y[int(rng.integers(4))] = rng.choice([0.0, 20.0])
    else:
        y = rng.poisson(np.clip(2 * x + z - rng.choice([0.0, 1.0]), 0, None)).astype(float)
    columns = ["x"] + ["z"] * (rng.uniform() < 0.6)
    data = {"y": y, "x": x, "z": z}
    X = np.column_stack([np.ones(n), *(data[c] for c in columns)])
    offset = not trials and rng.uniform() < 0.3
    data["o"] = np.round(rng.uniform(0, 0.5, n), 1) * offset
    more = ', offset="o"' * offset
    binomial = ", n=20" * (trials > 1)
    model = f'ml.{family}(ml.linear("y ~ {" + ".join(columns)}", link="identity"{more}){binomial})'

    def negative(b: np.ndarray) -> float:
        eta = X @ b + data["o"]
        if trials:
            p = np.clip(eta, 1e-300, 1.0 - 1e-16)
            return -float(np.sum(xlogy(y, p) + xlog1py(trials - y, -p)))
        m = np.maximum(eta, 1e-300)
        return -float(np.sum(xlogy(y, m) - m))

    def inside(b: np.ndarray) -> np.ndarray:
        eta = X @ b + data["o"]
        return np.concatenate([eta, 1.0 - eta]) if trials else eta

    def check() -> list[Break]:
        middle = np.zeros(X.shape[1])
        middle[0] = max(np.mean(y) / max(trials, 1), 0.05)
        line = np.linalg.lstsq(X, y / max(trials, 1), rcond=None)[0]
        least, at = constrained(negative, [middle, 0.5 * (line + middle), 0.9 * middle], inside)
        if at is None:
            return []
        if trials:
            c = np.sum(gammaln(trials + 1.0) - gammaln(y + 1.0) - gammaln(trials - y + 1.0))
        else:
            c = -np.sum(gammaln(y + 1.0))
        best = float(c) - least
        fit = quiet(lambda: ml.fit(made(model), data))
        kind, found = fit.verdict.kind, []
        detail = f"{kind}, {fit.loglik:.9g}; SLSQP {best:.9g} at {np.round(at, 6).tolist()}"
        if kind == "ran out":
            found.append(Break("ran out where a solver answers", detail))
        if fit.loglik < best - 1e-5:
            found.append(Break(f"lower than a solver ({kind})", detail))
        elif not fit.verdict.ok and np.linalg.matrix_rank(X) == X.shape[1] and n > 4:
            found.append(Break(f"{kind}, where a solver answers", f"{detail}; {fit.verdict}"))
        return found

    return Trial(said(model, data), check, f"{family}, identity{', offset' * bool(offset)}")


def thresholds(rng: np.random.Generator) -> Trial:
    """Ordered labels, proportional or not: cutpoints that may meet."""
    n, levels = int(rng.choice([12, 20, 32])), int(rng.choice([3, 3, 4]))
    x, z = rng.normal(size=n), rng.integers(0, 2, n) * 1.0
    noise = rng.logistic(size=n) * float(rng.choice([0.3, 1.0]))
    y = np.clip(np.searchsorted(np.linspace(-1, 1, levels - 1), x + 0.5 * z + noise), 0, levels - 1)
    y[:levels] = np.arange(levels)
    crossing = rng.uniform() < 0.6
    model = 'ml.Ordinal("y ~ z", nonproportional="~ x")' if crossing else 'ml.Ordinal("y ~ x + z")'
    data = {"y": y.astype(float), "x": x, "z": z}
    last = levels - 1
    sloped = crossing * last

    def cuts(b: np.ndarray) -> np.ndarray:
        base = b[:last][:, None] + (b[last : last + sloped][:, None] * x if crossing else 0.0)
        rest = b[last + sloped :]
        eta = rest[0] * z if crossing else rest[0] * x + rest[1] * z
        return base - eta

    def negative(b: np.ndarray) -> float:
        tail = expit(cuts(b))
        whole = np.vstack([np.zeros(n), tail, np.ones(n)])
        p = whole[y + 1, np.arange(n)] - whole[y, np.arange(n)]
        return -float(np.sum(np.log(np.maximum(p, 1e-300))))

    def inside(b: np.ndarray) -> np.ndarray:
        return np.diff(cuts(b), axis=0).ravel()

    def check() -> list[Break]:
        size = last + sloped + (1 if crossing else 2)
        starts = [np.r_[np.linspace(-a, a, last), np.zeros(size - last)] for a in (0.7, 1.5, 3.0)]
        least, at = constrained(negative, starts, inside)
        fit = quiet(lambda: ml.fit(made(model), data))
        kind, found = fit.verdict.kind, []
        if at is None or np.max(np.abs(at)) > 30.0:
            return [Break("ran out", str(fit.verdict)[:200])] if kind == "ran out" else []
        detail = f"{kind}, {fit.loglik:.9g}; SLSQP {-least:.9g} at {np.round(at, 4).tolist()}"
        if kind == "ran out":
            found.append(Break("ran out where a solver answers", f"{detail}; {fit.verdict}"))
        if fit.loglik < -least - 1e-5:
            found.append(Break(f"lower than a solver ({kind})", detail))
        return found

    return Trial(said(model, data), check, f"Ordinal{', crossing' * crossing}, {levels} levels")
