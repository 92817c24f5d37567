"""The doors into one model, and what each says in the names and units of the plain one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

import mostlikely as ml
from tests.one_path.cases import Case

__all__ = ["DOORS", "Door", "Said", "natural", "plain", "said", "said_plainly", "value_on_scale"]

#: Kinds of covariance that are compared where both doors have them; the expected one of a
#: regression only if it has a formula, for the integral of every row takes long.
KINDS = ("observed", "sandwich", "expected")
#: Slopes dθ/dη of the links that parameters have of themselves, from θ.
SLOPES: Mapping[str, Callable[[float], float]] = {
    "identity": lambda theta: 1.0,
    "log": lambda theta: theta,
    "logit": lambda theta: theta * (1.0 - theta),
    "asinh": lambda theta: float(np.hypot(1.0, theta)),
}


# The doors.


def fitted(case: Case, model: ml.Family, **options: Any) -> ml.Fit:
    """The fit of a model to the case's frame, weighted as the case is."""
    weighted = {"weights": case.weights, "weight_kind": case.weight_kind}
    return ml.fit(model, case.table(), **weighted, **options)


@cache
def plain(case: Case) -> ml.Fit:
    """Of one sample: the family and the values. Of a regression: its one formula and the frame."""
    if case.x is not None:
        return fitted(case, case.model)
    return ml.fit(case.model, case.y, weights=case.weights, weight_kind=case.weight_kind)


def intercept(case: Case) -> ml.Fit:
    """The first parameter is a predictor of a constant alone."""
    return fitted(case, case.spelled("y ~ 1"))


def intercepts(case: Case) -> ml.Fit:
    """Every free parameter is a predictor of a constant alone."""
    if case.make().ordered:
        return fitted(case, case.make(nonproportional="y ~ 1"))
    return fitted(case, case.spelled("y ~ 1", **dict.fromkeys(case.make().free[1:], "~ 1")))


def array(case: Case) -> ml.Fit:
    """The predictor as an array, which is a column of ones where there is none."""
    x = np.ones((len(case.y), 1)) if case.x is None else case.x[:, None]
    weighted = {"weights": case.weights, "weight_kind": case.weight_kind}
    return ml.fit(case.make(), y=case.y, X=x, **weighted)


def joint(case: Case) -> ml.Fit:
    """A joint model of one member."""
    return fitted(case, ml.joint(case.model), y="y" if case.x is None else None)


def ridge(case: Case) -> ml.Fit:
    """A penalty of strength zero, which is none; of a model that has a predictor to draw."""
    model = case.model if case.x is not None else case.spelled("y ~ 1")
    return fitted(case, model, penalty=ml.Ridge(0.0))


def again(case: Case, y: Any, weights: Any, x: Any = None, **options: Any) -> ml.Fit:
    """The plain door for other rows."""
    if case.x is None:
        return ml.fit(case.model, y, weights=weights, **options)
    return ml.fit(case.model, {"y": y, "x": x}, weights=weights, **options)


def unit_weights(kind: str) -> Callable[[Case], ml.Fit]:
    """A weight of one for every row."""

    def door(case: Case) -> ml.Fit:
        return again(case, case.y, np.ones(len(case.y)), case.x, weight_kind=kind)

    return door


def often(case: Case) -> np.ndarray:
    """How often each row is seen."""
    return np.arange(len(case.y)) % 3 + 1.0 if case.weights is None else case.weights


@cache
def counted(case: Case) -> ml.Fit:
    """The plain door with frequencies."""
    return again(case, case.y, often(case), case.x)


def repeated(case: Case) -> ml.Fit:
    """Each row written as often as it was seen."""
    times = often(case).astype(int)
    x = None if case.x is None else np.repeat(case.x, times)
    return again(case, np.repeat(case.y, times), None, x)


def shuffled(case: Case) -> ml.Fit:
    """The same rows in another order."""
    order = np.random.default_rng(4).permutation(len(case.y))
    w = None if case.weights is None else case.weights[order]
    x = None if case.x is None else case.x[order]
    return again(case, np.asarray(case.y)[order], w, x, weight_kind=case.weight_kind)


def in_unit(c: float) -> Callable[[Case], ml.Fit]:
    """The response in another unit."""

    def door(case: Case) -> ml.Fit:
        return again(case, case.y * c, case.weights, case.x, weight_kind=case.weight_kind)

    return door


def has_units(case: Case) -> bool:
    """Whether the family says how each parameter follows the unit of y."""
    family = case.make()
    declared = any(family.parameters[k].unit for k in family.free) and not family.fixed
    inner = getattr(family, "inner", family)  # of what is shifted
    return declared and "units_only_rescale" not in inner.exempt


@dataclass(frozen=True)
class Door:
    """One way to fit a case.

    Parameters
    ----------
    name : str
    fit : callable
        Case → Fit.
    opens : callable
        Case → whether the door has a meaning for it.
    unit : float
        What y was multiplied by.
    against : callable
        Case → the fit whose answer it must give.
    """

    name: str
    fit: Callable[[Case], ml.Fit]
    opens: Callable[[Case], bool] = lambda case: True
    unit: float = 1.0
    against: Callable[[Case], ml.Fit] = plain

    def __repr__(self) -> str:
        return self.name


def _of_one_sample(case: Case) -> bool:
    return case.x is None


def _has_others(case: Case) -> bool:
    """Whether more than the first parameter can have a formula of its own."""
    return case.x is None and case.keyword != "formula" and len(case.make().free) > 1


def _is_first_linked_as_usual(case: Case) -> bool:
    return case.link is None


def _is_unweighted(case: Case) -> bool:
    return case.weights is None


def _takes_precisions(case: Case) -> bool:
    return case.weights is None and bool(case.make().precision_weights)


def _counts(case: Case) -> bool:
    return case.weights is None or case.weight_kind == "frequency"


DOORS: Sequence[Door] = (
    Door("y ~ 1", intercept, _of_one_sample),
    Door("all ~ 1", intercepts, _has_others),
    Door("X", array, _is_first_linked_as_usual),
    Door("joint of one", joint),
    Door("Ridge(0)", ridge),
    Door("weights of one", unit_weights("frequency"), _is_unweighted),
    Door("precisions of one", unit_weights("precision"), _takes_precisions),
    Door("repeated rows", repeated, _counts, against=counted),
    Door("shuffled rows", shuffled),
    Door("y in 1e-6", in_unit(1e-6), has_units, 1e-6),
    Door("y in 1e6", in_unit(1e6), has_units, 1e6),
)


# What a door says.


@dataclass(frozen=True)
class Said:
    """A fit in the names, scales and units of the plain door."""

    loglik: float
    values: np.ndarray
    covariances: Mapping[str, np.ndarray]
    kind: str
    ok: bool
    unbounded: bool


@cache
def said_plainly(case: Case, door: Door) -> Said:
    """The answer that a door must give."""
    return said(door.against(case), case)


def said(fit: ml.Fit, case: Case, unit: float = 1.0) -> Said:
    """What a fit says, if it is another writing of the case.

    Parameters
    ----------
    fit : Fit
    case : Case
    unit : float
        What y was multiplied by.
    """
    sentence = str(fit.verdict)
    values, slopes = natural(fit, case)
    values, slopes = in_plain_unit(fit, case, unit, values, slopes)
    covariances = {}
    integrated = case.x is not None and case.make().information is None
    for kind in KINDS[:2] if integrated else KINDS:
        try:
            covariances[kind] = carried(fit.covariance(kind), slopes)
        except ml.ModelError:
            continue
    discrete = case.make().support.discrete
    return Said(
        loglik=fit.loglik + (0.0 if discrete else fit.n * float(np.log(unit))),
        values=values,
        covariances=covariances,
        kind=fit.verdict.kind,
        ok=fit.verdict.ok,
        unbounded="unbounded" in sentence or "without bound" in sentence,
    )


def carried(covariance: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """The covariance of functions of the estimates; one that has none leaves the others theirs."""
    own = np.diag(slopes)
    if np.array_equal(np.diag(own), slopes, equal_nan=True):
        with np.errstate(all="ignore"):
            return np.asarray(covariance * own[:, None] * own)
    return np.asarray(slopes @ covariance @ slopes.T)


def natural(fit: ml.Fit, case: Case) -> tuple[np.ndarray, np.ndarray]:
    """The estimates, intercepts through their links, shape (k,), and their derivatives, (k, k)."""
    values = np.array(list(fit.params.values()), dtype=float)
    if case.x is not None or not any(isinstance(k, tuple) for k in fit.params):
        return values, np.eye(len(values))
    family = plain(case).model
    if family.labels and not family.ordered:
        shares = np.exp(values) / (1.0 + np.sum(np.exp(values)))
        return shares, np.diag(shares) - np.outer(shares, shares)
    out, slopes = values.copy(), np.eye(len(values))
    for i, key in enumerate(fit.params):
        if isinstance(key, tuple):
            link = family.link(key[0])
            with np.errstate(all="ignore"):
                out[i] = link.inverse(values[i])
            slopes[i, i] = SLOPES[link.name](out[i])
    return out, slopes


def in_plain_unit(
    fit: ml.Fit, case: Case, unit: float, values: np.ndarray, slopes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The same for y divided by the unit again: factors of numbers, steps of logarithms."""
    if unit == 1.0:
        return values, slopes
    family = case.make()
    factors, steps = np.ones(len(values)), np.zeros(len(values))
    for i, key in enumerate(fit.params):
        name, term = key if isinstance(key, tuple) else (key, "")
        power = family.parameters[name].unit
        if not term or family.link(name).name == "identity":
            factors[i] = unit**-power
        elif term == "Intercept":
            steps[i] = -power * np.log(unit)
    return factors * values + steps, factors[:, None] * slopes


def value_on_scale(case: Case, name: str, value: float) -> float:
    """A parameter's value as the intercept of its predictor."""
    return float(plain(case).model.link(name).forward(value))
