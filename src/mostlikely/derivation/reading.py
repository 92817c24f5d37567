"""The log-density of a family as SymPy reads it: nothing is typed a second time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from mostlikely.calculus.domain import Domain
from mostlikely.derivation.recorder import Written, plain
from mostlikely.errors import ModelError
from mostlikely.family import as_family
from mostlikely.family.base import Family

__all__ = ["Reading", "model_of", "read", "symbol"]

ATOMS = (sympy.Symbol, sympy.log)


@dataclass(frozen=True)
class Reading:
    """A family's log-density and its symbols.

    Parameters
    ----------
    family : Family
        The model, its fixed parameters known.
    formula : sympy.Expr
        log p(y | parameters), in a short form.
    inside : sympy.Basic, optional
        The condition under which it holds, where the support moves with a parameter.
    y : sympy.Symbol
    parameters : mapping of str to sympy.Symbol
        All of them, in order.
    levels : tuple of sympy.Expr
        For labels: log p of each place, of which `formula` is the general form.
    unnamed : tuple of str
        Known parameters of which nobody has said the value.
    """

    family: Family
    formula: Any
    inside: Any
    y: Any
    parameters: dict[str, Any]
    levels: tuple[Any, ...] = ()
    unnamed: tuple[str, ...] = ()

    @property
    def free(self) -> dict[str, Any]:
        """The symbols of what is estimated."""
        return {k: s for k, s in self.parameters.items() if k in self.family.free}

    @property
    def size(self) -> Any:
        """The number of observations: n, unless a parameter has that name."""
        return sympy.Symbol("N" if "n" in self.parameters else "n", positive=True, integer=True)


def model_of(model: Any) -> tuple[Family, tuple[str, ...]]:
    """The model, and the known parameters that it needs and that nobody has given.

    These have some ordinary value, which enters no formula: a known parameter stays a symbol.
    """
    if isinstance(model, str):
        from mostlikely.family import family

        model = family(model)
    if isinstance(model, type) and issubclass(model, Family):
        known = {k: p.typical[1] for k, p in model.parameters.items() if p.known}
        try:
            return model(), ()
        except ModelError:
            if not known:
                raise
        return model(**known), tuple(known)
    return as_family(model), ()


def symbol(name: str, domain: Domain) -> Any:
    """A symbol that knows where it lies."""
    return sympy.Symbol(
        name,
        real=True,
        integer=domain.discrete or None,
        positive=(domain.low >= 0.0 and not domain.closed[0]) or domain.low > 0.0 or None,
        nonnegative=domain.low >= 0.0 or None,
    )


def read(family: Family, numbers: bool = False, unnamed: tuple[str, ...] = ()) -> Reading:
    """SymPy's reading of a log-density.

    Parameters
    ----------
    family : Family
    numbers : bool
        Whether fixed parameters enter as the numbers that they are, and not as symbols.
    unnamed : tuple of str
        See `Reading`.

    Raises
    ------
    ModelError
        If the formula does something that SymPy cannot follow; the sentence says what.
    """
    name = next(s for s in ("y", "x", "t", "data") if s not in family.parameters)
    y = symbol(name, family.support)
    parameters = {k: symbol(k, p.domain) for k, p in family.parameters.items()}
    values = [
        sympy.nsimplify(family.fixed[k]) if numbers and k in family.fixed else s
        for k, s in parameters.items()
    ]
    if family.labels:
        places = range(int(family.support.high) + 1)
        given = _labels_values(family, parameters)
        logs = [_inside(_exact(_called(family, place, given))) for place in places]
        return Reading(
            family,
            sympy.Function("log_p")(y),
            next((inside for _, inside in logs if inside is not None), None),
            y,
            parameters,
            tuple(_shortest(_tidied(log)) for log, _ in logs),
            unnamed,
        )
    formula, inside = _inside(_exact(_called(family, Written(y), values)))
    short = _shortest(_tidied(formula))
    return Reading(family, short, inside, y, parameters, unnamed=unnamed)


def _labels_values(family: Family, parameters: dict[str, Any]) -> list[Any]:
    """Symbols, and what stands for no predictor (a location of 0, a scale of 1) as it is."""
    return [
        sympy.Integer(int(family.fixed[k]))
        if family.parameters[k].known and family.fixed.get(k) in (0.0, 1.0)
        else s
        for k, s in parameters.items()
    ]


def _called(family: Family, y: Any, values: list[Any]) -> Any:
    try:
        return plain(family.log_prob(y, *map(Written, values)))
    except (AttributeError, TypeError, ValueError, sympy.SympifyError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise ModelError(
            f"SymPy cannot follow the log_prob of {family.name}: {reason}. The fit reads it all "
            "the same; what it cannot do is show the algebra."
        ) from None


def _exact(formula: Any) -> Any:
    """The numbers that NumPy has rounded, as what they are: 0.9189... is log(2π)/2."""
    return formula.xreplace({x: _identified(x) for x in formula.atoms(sympy.Float)})


def _tidied(formula: Any) -> Any:
    """As a book has it: no squared sines, powers of quotients, quotients inside logarithms."""
    doubled = formula.replace(
        lambda e: e.is_Pow and e.exp == 2 and isinstance(e.base, sympy.sin),
        lambda e: (1 - sympy.cos(2 * e.base.args[0])) / 2,
    )
    formula = sympy.expand_mul(doubled) if doubled != formula else formula
    formula = formula.replace(sympy.Piecewise, _taken_out)
    formula = formula.replace(sympy.exp, lambda x: _plainer(_power(x), sympy.exp(x)))
    return formula.replace(sympy.log, lambda x: sympy.log(_plainer(x, sympy.cancel(x))))


def _power(exponent: Any) -> Any:
    """exp(c (log a - log b)) as (a/b)**c."""
    power = sympy.exp(sympy.logcombine(sympy.factor(exponent), force=True))
    base, exponent = power.as_base_exp()
    upside_down = base.is_Mul and exponent.could_extract_minus_sign()
    return (1 / base) ** (-exponent) if upside_down else power


def _taken_out(*branches: Any) -> Any:
    """What all branches are multiples of, times the rest; conditions without denominators."""
    factors = [sympy.Mul.make_args(sympy.factor(value)) for value, _ in branches]
    common = sympy.Mul(*(f for f in factors[0] if all(f in others for others in factors)))
    return common * sympy.Piecewise(
        *((sympy.cancel(value / common), _cleared(condition)) for value, condition in branches)
    )


def _cleared(condition: Any) -> Any:
    if not (isinstance(condition, sympy.core.relational.Relational) and condition.rhs == 0):
        return condition
    above, below = condition.lhs.as_numer_denom()
    return condition.func(above, 0) if below.is_positive else condition


def _plainer(*ways: Any) -> Any:
    """The first of the shortest."""
    return min(ways, key=sympy.count_ops)


def _identified(number: Any) -> Any:
    """A ratio, or one times a constant that log-densities have."""
    for constant in (sympy.Integer(1), sympy.log(2 * sympy.pi), sympy.log(2), sympy.log(sympy.pi)):
        ratio = sympy.Rational(float(number / constant)).limit_denominator(100)
        if abs(ratio * constant - number) < 1e-14 * abs(number):
            return ratio * constant
    return sympy.nsimplify(number, [sympy.log(2), sympy.log(sympy.pi)], tolerance=1e-14)


def _inside(formula: Any) -> tuple[Any, Any]:
    """The formula inside a support that moves with the parameters, and the condition for it."""
    pieces = formula.atoms(sympy.Piecewise)
    inside = {p.args[0].cond for p in pieces if p.args[-1].expr == -sympy.oo}
    if not inside:
        return formula, None
    return (
        formula.replace(
            lambda e: isinstance(e, sympy.Piecewise) and e.args[0].cond in inside,
            lambda e: e.args[0].expr,
        ),
        sympy.And(*inside),
    )


def _shortest(formula: Any) -> Any:
    """The formula as written, or multiplied out where that cancels more than it adds."""
    differences = {e: sympy.Dummy() for e in formula.atoms(sympy.Add) if _is_difference(e)}
    back = {dummy: difference for difference, dummy in differences.items()}
    readings = [formula]
    kept = formula.xreplace(differences)
    for reading in (formula, _split_logs(formula), kept, _split_logs(kept)):
        expanded = sympy.expand(reading)
        collected = sympy.collect(expanded, expanded.atoms(sympy.log))
        readings += [expanded.xreplace(back), collected.xreplace(back)]
    return min(readings, key=sympy.count_ops)


def _split_logs(formula: Any) -> Any:
    """log(ab + ac) as log a + log(b + c), and log(1 + y/a) as it is."""

    def split(x: Any) -> Any:
        whole = 1 in x.args and len(x.free_symbols) > 1
        return sympy.log(x) if whole else sympy.expand_log(sympy.log(sympy.factor(x)))

    return formula.replace(sympy.log, split)


def _is_difference(e: Any) -> bool:
    """Whether it is y − μ or log y − log scale, which nobody wants to see multiplied out."""
    signs = sorted((t.func in ATOMS) - ((-t).func in ATOMS) for t in e.args)
    return signs == [-1, 1]
