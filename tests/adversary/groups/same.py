"""What must not change a fit: order, repeats against weights, weights' scale, units, shift."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.adversary import draws
from tests.adversary.densities import DENSITIES
from tests.adversary.groups.plain import NO_PREDICTOR, follow, trials_of
from tests.adversary.judges import Break
from tests.adversary.problems import Problem
from tests.adversary.trials import Trial, quiet

__all__ = ["changed", "invariances"]

#: What is done to a problem.
WAYS = ("order", "repeats", "weights", "units", "shift", "door")


def invariances(rng: np.random.Generator) -> Trial:
    """A small problem and its like."""
    family, how = str(rng.choice(list(DENSITIES))), str(rng.choice(draws.GENERATORS[:7]))
    n = int(rng.choice([5, 10, 20, 60, 200]))
    data = draws.columns(rng, n)
    data["y"] = follow(rng, family, draws.response(rng, family, n, how), data["x"])
    first = next(iter(DENSITIES[family].roles))
    predicted = rng.uniform() < 0.4 and (family, first) not in NO_PREDICTOR
    formulas = {first: ("x",)} if predicted and family not in ("Pareto", "Uniform") else {}
    problem = Problem(family, data, formulas, trials=trials_of(family))
    ways = [w for w in WAYS if possible(problem, w)]
    way = str(rng.choice(ways))
    return changed(
        problem, way, float(rng.choice([1e-6, 1e-3, 1e3, 1e6])), int(rng.integers(1 << 30))
    )


def possible(problem: Problem, way: str) -> bool:
    support = problem.density.support
    if way == "units":
        return support in ("real", "positive")
    if way == "shift":
        return support == "real"
    return way != "door" or not problem.formulas


def changed(problem: Problem, way: str, factor: float, seed: int) -> Trial:
    """The trial of a problem beside its like."""
    n = len(problem.y)
    total, more, scale = float(np.sum(problem.w)), 0.0, 1.0
    if way == "order":
        other = problem.take(np.random.default_rng(seed).permutation(n))
    elif way == "repeats":
        twice = problem.take(np.repeat(np.arange(n), 2))
        other, scale = replace(problem, weights=2.0 * problem.w), 2.0
        problem, total = twice, 2.0 * total
        scale = 1.0
    elif way == "weights":
        other, scale = replace(problem, weights=factor * problem.w), factor
    elif way == "units":
        other = replace(problem, data=problem.data | {"y": problem.y * factor})
        more = -total * np.log(factor)
    elif way == "shift":
        by = float(np.round(10 * np.std(problem.y)) or 1.0)
        other = replace(problem, data=problem.data | {"y": problem.y + by})
    else:
        other = replace(problem, door="constant")

    def check() -> list[Break]:
        one, two = quiet(problem.fit), quiet(other.fit)
        kinds = (one.verdict.kind, two.verdict.kind)
        found = []
        if "ran out" in kinds:
            found.append(Break("ran out", f"{kinds}; {one.verdict}"[:220]))
        elif kinds[0] != kinds[1]:
            found.append(
                Break(f"{way} changes the verdict: {' / '.join(sorted(kinds))}", detail(one, two))
            )
        got, want = two.loglik, one.loglik * scale + more
        slack = 2e-6 * total * scale + 1e-9 * abs(want) if np.isfinite(want) else 0.0
        if "ran out" not in kinds and got != want and not abs(got - want) <= slack:
            found.append(Break(f"{way} changes the height ({kinds[0]})", detail(one, two)))
        return found

    kind = f"{problem.family}{', ~ x' * bool(problem.formulas)}, {way}"
    said = {"weights": f" * {factor:g}", "units": f" * {factor:g}"}.get(way, "")
    text = f"{problem.text}  # and {way}{said}"
    again = None if way == "repeats" else (lambda p: changed(p, way, factor, seed))
    return Trial(text, check, kind, problem if again else None, again)


def detail(one, two) -> str:
    first = f"{one.verdict.kind} {one.loglik:.9g} {short(one.params)}"
    return f"{first} / {two.verdict.kind} {two.loglik:.9g} {short(two.params)}"


def short(params) -> str:
    return ", ".join(f"{v:.5g}" for v in params.values())
