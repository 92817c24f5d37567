"""Score equations, solved where algebra can: one unknown after the other."""

from __future__ import annotations

from typing import Any

import sympy

from mostlikely.derivation.statistics import Mean, Median, Share, mean_of

__all__ = ["Solution", "expanded", "put_in", "score_equations", "solve"]

#: Longer equations are left to the solver: no algebra shortens them.
LONGEST = 400
#: What no closed form goes through, whatever surrounds it.
HARD = (sympy.digamma, sympy.polygamma, sympy.loggamma, sympy.gamma, sympy.erf, sympy.erfc,
        sympy.besseli, sympy.Piecewise, sympy.Max, sympy.Min, sympy.sign, sympy.Abs,
        sympy.cosh, sympy.tanh, sympy.sinh)  # fmt: skip

Expr = Any
Solution = dict[Any, Expr]


def score_equations(row: Expr, y: Any, unknowns: list[Any]) -> Solution:
    """∂ℓ/∂θ divided by n, for each unknown: one means over the sample."""
    return {theta: mean_of(expanded(sympy.diff(row, theta)), y, [theta]) for theta in unknowns}


def expanded(slope: Expr) -> Expr:
    """A sine or cosine of a difference as a sum of products, so that sums may leave them."""
    waves = (sympy.sin, sympy.cos)
    return slope.replace(lambda e: isinstance(e, waves) and e.args[0].is_Add, sympy.expand_trig)


def solve(equations: Solution, y: Any) -> tuple[Solution, Solution]:
    """The unknowns at which all equations are zero.

    Parameters
    ----------
    equations : mapping of sympy.Symbol to sympy.Expr
        For each unknown what should vanish.
    y : sympy.Symbol

    Returns
    -------
    closed : mapping
        Unknowns that the statistics give by themselves.
    given : mapping
        Unknowns that have a closed form once others are known.
    """
    left = dict(equations)
    closed: Solution = {}
    while True:
        found = {theta: s for theta, eq in left.items() if (s := _solve_one(eq, theta)) is not None}
        done = {
            theta: s for theta, s in found.items() if not s.free_symbols & (left.keys() - {theta})
        }
        if not done:
            break
        theta, solution = next(iter(done.items()))
        closed[theta] = solution
        del left[theta]
        left = {k: put_in(eq, {theta: solution}, y, [k]) for k, eq in left.items()}
    for theta, solution in found.items():
        others = {
            k: put_in(eq, {theta: solution}, y, [k]) for k, eq in left.items() if k is not theta
        }
        if not others or max(map(sympy.count_ops, others.values())) > LONGEST:
            continue
        rest, missing = solve(others, y)
        if len(rest) == len(others) and not missing:
            here = put_in(solution, rest, y)
            return {**closed, theta: sympy.factor(sympy.cancel(here)), **rest}, {}
    return closed, found


def put_in(expr: Expr, values: Solution, y: Any, without: list[Any] | None = None) -> Expr:
    """The expression with values in place of unknowns, its means taken apart again."""
    replaced = expr.xreplace(values)
    if without is None or replaced == expr:
        return replaced
    return replaced.replace(Mean, lambda f: mean_of(f, y, without))


def _solve_one(equation: Expr, theta: Any) -> Expr | None:
    """The one θ at which the equation is zero, or None."""
    middle = _median(equation, theta)
    if middle is not None:
        return middle
    opaque = {}
    for s in equation.atoms(Mean, Share):
        if s.has(theta):
            return None
        opaque[s] = sympy.Dummy(real=True, positive=s.is_positive or None)
    equation = equation.xreplace(opaque)
    if any(f.has(theta) for f in equation.atoms(*HARD)) or sympy.count_ops(equation) > LONGEST:
        return None
    numerator = sympy.expand(sympy.together(sympy.expand(equation)).as_numer_denom()[0])
    root = _polynomial(numerator, theta) or _two_terms(numerator, theta)
    if root is None:
        return None
    return sympy.factor_terms(root).xreplace({d: s for s, d in opaque.items()})


def _median(equation: Expr, theta: Any) -> Expr | None:
    """Σ sign(y − θ) = 0 has as many observations above θ as below: the median."""
    means = [m for m in equation.atoms(Mean) if m.has(theta)]
    if len(means) != 1 or not isinstance(means[0].args[0], sympy.sign):
        return None
    inside = means[0].args[0].args[0]
    ys = inside.free_symbols - {theta}
    if len(ys) == 1 and sympy.expand(equation / means[0]).is_Add is False:
        (y,) = ys
        if inside in (theta - y, y - theta):
            return Median(y)
    return None


def _polynomial(numerator: Expr, theta: Any) -> Expr | None:
    """The root of a + b θ**k, or the positive one of a quadratic."""
    try:
        poly = sympy.Poly(numerator, theta)
    except sympy.PolynomialError:
        return None
    terms = sorted((m[0], sympy.factor(c)) for m, c in poly.terms())
    if len(terms) == 2:
        (low, a), (high, b) = terms
        ratio = sympy.factor(sympy.cancel(-a / b))
        power = high - low
        if power == 1:
            return ratio
        if theta.is_positive:
            return _root(ratio, power)
        return None
    if len(terms) == 3 and [m for m, _ in terms] == [terms[0][0] + k for k in range(3)]:
        c, b, a = (coefficient for _, coefficient in terms)
        # one root is positive where the ends have opposite signs
        if theta.is_positive and (a * c).is_negative:
            signed = -a if a.is_negative else a
            b, c = (-b, -c) if a.is_negative else (b, c)
            return (-b + sympy.sqrt(b**2 - 4 * signed * c)) / (2 * signed)
    return None


def _root(ratio: Expr, power: Any) -> Expr:
    if power == 2:
        return sympy.sqrt(ratio)
    return ratio ** (1 / sympy.sympify(power))


def _two_terms(numerator: Expr, theta: Any) -> Expr | None:
    """The root of A f(θ) + B g(θ), where f/g is a power, an exponential or a tangent of θ."""
    by_shape: dict[Any, Any] = {}
    for term in sympy.Add.make_args(numerator):
        free, shape = term.as_independent(theta, as_Add=False)
        by_shape[shape] = by_shape.get(shape, 0) + free
    if len(by_shape) != 2:
        return None
    (f, a), (g, b) = by_shape.items()
    if {type(f), type(g)} == {sympy.sin, sympy.cos} and f.args == g.args == (theta,):
        sine, cosine = (a, b) if isinstance(f, sympy.sin) else (b, a)
        # A cos θ − B sin θ = 0 and, for a maximum, B cos θ + A sin θ > 0
        shared = sympy.gcd(sine, cosine)
        return sympy.atan2(sympy.cancel(cosine / shared), sympy.cancel(-sine / shared))
    shape = sympy.powsimp(sympy.expand(f / g, power_base=True))
    ratio = sympy.factor_terms(-b / a)
    base, exponent = shape.as_base_exp()
    if base == theta and not exponent.has(theta):
        return ratio ** (1 / exponent)
    if base == sympy.E or isinstance(shape, sympy.exp):
        rate = sympy.expand(exponent if base == sympy.E else shape.args[0]) / theta
        if not sympy.cancel(rate).has(theta):
            return sympy.log(ratio) / sympy.cancel(rate)
    return None
