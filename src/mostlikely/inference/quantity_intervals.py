"""Quantities and intervals of anything that an estimate says.

A function of the parameters, or a quantity of the law of a row by its name. By Wald it has the
error of the delta method; its profile holds it as it is: the likelihood is maximised where it keeps
a value (`solve.restrict.hold`), and the interval has the values at which the likelihood ratio is
not rejected. Of a quantile of whole numbers, which moves in steps, the probability that it crosses
is held.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from scipy.special import chdtri

from mostlikely.errors import ModelError, nearest
from mostlikely.inference.along import Setting
from mostlikely.inference.covariance import embedded, slopes
from mostlikely.inference.delta import Quantity, evaluated, quantity
from mostlikely.inference.function_profile import Profiled, Scale
from mostlikely.inference.intervals import check_level, check_method
from mostlikely.inference.member import View, member_view
from mostlikely.inference.prediction import Stepped, numbers, rows_of
from mostlikely.inference.quantities import NAMES, Asked, in_steps
from mostlikely.inference.rows import covariance_of_parameters, differentiated, some_rows
from mostlikely.likelihood.keys import find_key
from mostlikely.likelihood.member import Member
from mostlikely.solve.objective import Vector
from mostlikely.solve.restrict import Function

__all__ = ["interval_of", "is_anything", "quantity_of"]

#: What the quantity of a row may be told besides its name.
OPTIONS = ("q", "at", "level", "period", "y", "data", "offset", "member")


def is_anything(fit: Any, of: Any, options: Mapping[str, Any]) -> bool:
    """Whether an interval is asked for of something else than a parameter."""
    for name in options:
        if name not in OPTIONS:
            raise ModelError(f"an interval has no option {name!r}; {nearest(name, OPTIONS)}")
    if of is None or not isinstance(of, str):
        if of is None and options:
            raise ModelError(
                f"{next(iter(options))}= goes with what it is of, as in "
                'fit.interval("quantile", q=0.9).'
            )
        return callable(of)
    if options:
        return True
    try:
        find_key(of, list(fit.params))
    except ModelError:
        return of in NAMES
    return False


def quantity_of(
    fit: Any, of: Any, covariance: str | None = None, cluster: Any = None, **options: Any
) -> Quantity:
    """See `Fit.quantity`."""
    if covariance is not None or cluster is not None:
        return quantity_of(fit.with_covariance(covariance, cluster), of, **options)
    robust = fit.robust
    if callable(of):
        if options:
            raise ModelError(
                f"{next(iter(options))}= goes with a name, as in "
                'fit.quantity("quantile", q=0.9); a function knows its own.'
            )
        found = quantity(of, fit.model, fit.params, fit.covariance())
        held: Callable[..., Any] = partial(_of_function, fit, of, found)
        return replace(found, held=_robust if robust else held)
    if not isinstance(of, str):
        raise ModelError(
            f"a quantity is a function of the parameters, or a name, as in "
            f'fit.quantity("quantile", q=0.9); got {of!r}.'
        )
    for name in options:
        if name not in OPTIONS:
            raise ModelError(f"a quantity has no option {name!r}; {nearest(name, OPTIONS)}")
    row = OneRow.of(fit, of, **options)
    family: Any = row.new.family
    steps = row.asked.steps(family)
    errors = covariance_of_parameters(row.seen, row.seen.proof)
    value, std_error = numbers(row.seen, row.new, row.asked.reader(row.new), errors, steps)
    number, error = float(value[0]), float(std_error[0])
    low, high = row.asked.ends(family)
    if steps:
        stepped = Stepped(row.seen, row.new, row.asked, errors, value)
        return Quantity(number, np.nan, low, high, partial(_of_steps, fit, row, stepped, robust))
    held = _robust if robust else partial(_of_row, fit, row, number)
    if error == 0.0 and row.seen.proof.verdict.kind == "interior":
        low, high = -np.inf, np.inf  # it is what it is, as the probability of all there is
    return Quantity(number, error, low, high, held)


def interval_of(
    fit: Any,
    of: Any,
    level: float,
    method: str,
    scale: str = "link",
    **options: Any,
) -> tuple[float, float]:
    """See `Fit.interval`."""
    check_level(level)
    check_method(method)
    found = quantity_of(fit, of, **options)
    if scale == "natural" and method == "wald" and found.std_error >= 0.0:
        found = replace(found, low=-np.inf, high=np.inf)
    return found.interval(level, method)


@dataclass(frozen=True, eq=False)
class OneRow:
    """A quantity of the law of one row.

    Parameters
    ----------
    seen : View
    index : int
        Which member the row is of.
    new : Member
        The model on that row.
    asked : Asked
    made : callable
        A model → itself on that row.
    """

    seen: View
    index: int
    new: Member
    asked: Asked
    made: Callable[[View], Member]

    @staticmethod
    def of(
        fit: Any, what: str, data: Any = None, offset: Any = None, member: Any = None, **values: Any
    ) -> OneRow:
        """The quantity of this name; without data, of the one law that all rows have."""
        seen = member_view(fit, fit.evidence("a quantity", rows=False), member).of(what)
        if data is None and fit.has_predictors:
            Asked.of(seen.proof.likelihood.member, what, **values)  # whether there is one at all
            raise ModelError(
                f"each row has a {what} of its own; name one row, data={{'x': 1}}, or see "
                f"fit.predict(data, {what!r}) for many."
            )
        if isinstance(data, Mapping) and all(np.ndim(v) == 0 for v in data.values()):
            data = {k: [v] for k, v in data.items()}
        data = range(1) if data is None else data

        def made(of: View) -> Member:
            return rows_of(of, data, offset)

        new = made(seen)
        if new.rows != 1:
            raise ModelError(
                f"a quantity is of one row, and data= has {new.rows}; see fit.predict for many."
            )
        return OneRow(seen, member or 0, new, Asked.of(new, what, **values), made)

    def target(self, setting: Setting, asked: Asked, view: View, scale: Scale) -> Function:
        """It as a function of the coordinates of a likelihood, on a scale."""
        loglik, new = setting.loglik, self.made(view)
        rows, read = some_rows(new), asked.reader(new)

        def g(x: Vector) -> tuple[Vector, Vector]:
            seen = loglik.seen(self.index, x)
            with np.errstate(all="ignore"):
                variables = new.variables(seen.x, rows)
                value, by = differentiated(lambda v: read(v, rows), variables)
                row = new.carried(by, rows)[0] @ seen.jacobian
                t, slope = scale.of(float(np.ravel(value)[0]))
            return np.array([t]), slope * row[None, :]

        return g


# Wald's refusals, and what is held.


def _robust(level: float, method: str) -> Any:
    raise ModelError(
        "covariance= and cluster= are of Wald's interval, and the profile interval has none; use "
        'method="wald".'
    )


def _of_function(fit: Any, function: Any, found: Quantity, level: float, method: str) -> Any:
    if method == "wald":
        return np.nan, np.nan
    proof = fit.evidence("a profile interval").proof
    scale = Scale(-np.inf, np.inf)
    fixed, name = fit.model.fixed, fit.model.name

    def target(setting: Setting) -> Function:
        def g(x: Vector) -> tuple[Vector, Vector]:
            with np.errstate(all="ignore"):
                jets, outer = embedded(setting.loglik, setting.embed, x)
                jet = evaluated(function, {**fixed, **outer}, name)
                row = slopes(jet, len(jets)) @ setting.loglik.jacobian(x)
            return np.array([float(getattr(jet, "value", jet))]), row[None, :]

        return g

    return Profiled(fit, proof, scale, found.value, target).interval(level)


def _of_row(fit: Any, row: OneRow, value: float, level: float, method: str) -> Any:
    if method == "wald":
        return np.nan, np.nan
    scale = Scale(*row.asked.ends(row.new.family))
    return _profiled(fit, row, row.asked, scale, value).interval(level)


def _profiled(fit: Any, row: OneRow, asked: Asked, scale: Scale, value: float) -> Profiled:
    proof, alone = row.seen.proof, fit.evidence("a profile interval").proof
    joint = alone.likelihood.shared is not None

    def target(setting: Setting) -> Function | None:
        if setting.embed is dict:
            return row.target(setting, asked, row.seen, scale)
        family = setting.loglik.member.family
        if asked.what not in NAMES and asked.what not in family.parameters:
            return None
        there = replace(row.seen, proof=replace(row.seen.proof, likelihood=setting.loglik))
        return row.target(setting, asked, there, scale)

    return Profiled(fit, alone if joint else proof, scale, value, target)


def _of_steps(
    fit: Any, row: OneRow, stepped: Stepped, robust: bool, level: float, method: str
) -> tuple[float, float]:
    """Of a quantile of whole numbers."""
    wald = stepped.ends(level)
    if method == "wald":
        return float(wald[0][0]), float(wald[1][0])
    if robust:
        _robust(level, method)
    q, family = row.asked.q, row.new.family
    assert q is not None
    crosses = Scale(0.0, 1.0)
    known: dict[float, tuple[float, float]] = {}

    def cdf(y: Vector) -> tuple[Vector, Vector]:
        """Limits that are on the right side of q, which is all that is asked of them."""
        at = float(y[0])
        if at not in known:
            asked = row.asked.below(at)
            p = _value(row, asked)
            known[at] = (p, p)
            if 0.0 < p < 1.0 and 0.0 < q < 1.0:
                fall = _profiled(fit, row, asked, crosses, p).fall(crosses.of(q)[0])
                if fall <= 0.5 * float(chdtri(1, 1.0 - level)):
                    known[at] = (min(p, np.nextafter(q, 0.0)), max(p, q))
        low, high = known[at]
        return np.array([low]), np.array([high])

    known_ends = np.isfinite(wald).all()
    near = wald if known_ends else (stepped.value, stepped.value)
    low, high = in_steps(cdf, q, near, family.support.low)
    return float(low[0]), float(high[0])


def _value(row: OneRow, asked: Asked) -> float:
    nothing = np.zeros((len(row.seen.params),) * 2), np.zeros(len(row.seen.params), dtype=bool)
    return float(numbers(row.seen, row.new, asked.reader(row.new), nothing)[0][0])
