"""Where the climb of a regression begins: at the constant model, or at least squares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np

from mostlikely.calculus.jet import seed
from mostlikely.errors import ModelError, nearest
from mostlikely.family.base import check_value
from mostlikely.likelihood.climb import spread_of_typical
from mostlikely.likelihood.member import Regression
from mostlikely.solve.newton import Stop, maximise
from mostlikely.solve.objective import Vector

__all__ = ["starts"]

#: How near the constant model is climbed to its maximum: it is where the climb begins, no more.
ROUGH = 1e-2


def starts(model: Regression, given: Mapping[Any, float] | None) -> list[Vector]:
    """The constant model's maximum, carried to the coefficients by least squares."""
    small = model if model.sample.stored <= 5_000 else model.part_of(5_000)
    base = _constant(small, bool(given))
    x = np.zeros(model.size)
    for part, place in zip(small.parts, small.slices, strict=True):
        eta = base.get(part.name, 0.0)
        if part.function is not None:
            predictor = model.family.predictors[part.name]
            x[place] = list(predictor.start.values())
        elif part.basis is not None:
            target = np.full(small.sample.stored, eta)
            if part.offset is not None:
                tame = np.ptp(part.offset) < 20.0 or model.family.link(part.name).name == "identity"
                target = target - (part.offset if tame else 0.0)
            terms = [key[-1] for key in part.keys]
            if part.basis.design.wide and "Intercept" in terms:
                x[place] = part.basis.inverse[:, terms.index("Intercept")] * np.median(target)
                continue
            columns = part.basis.design.dense() / part.basis.scale
            x[place] = np.linalg.lstsq(columns, target, rcond=None)[0]
        else:
            x[place] = eta
    points = [x]
    if given:
        values = {**model.natural(x)}
        for key, value in given.items():
            name = _key(model, key)
            values[name] = _checked(model, name, value)
        points = [model.linked(values)]
    better = _least_squares(small, points[0])
    return [*better, *points]


def _key(model: Regression, key: Any) -> Any:
    if key in model.names:
        return key
    composed = [k for k in model.names if not isinstance(k, str)]
    found = [k for k in composed if key in (k[1], f"{k[0]}[{k[1]}]")]
    if len(found) > 1:
        raise ModelError(
            f"start: several parameters have a term {key!r}: {', '.join(map(repr, found))}; name "
            "one."
        )
    if not found:
        words = [k if isinstance(k, str) else k[1] for k in model.names]
        raise ModelError(f"start: there is no parameter {key!r}; {nearest(str(key), words)}")
    return found[0]


def _checked(model: Regression, key: Any, value: Any) -> float:
    """A start value as a number at which its parameter can be."""
    if not isinstance(value, Real) or not np.isfinite(float(value)):
        word = key if isinstance(key, str) else f"{key[0]}[{key[1]}]"
        raise ModelError(f"start: {word} must be a finite number; got {value!r}.")
    if isinstance(key, str) and key in model.family.parameters:
        check_value(f"start of {model.family.name}", key, value, model.family.parameters[key])
    return float(value)


def _reached(model: Regression, guess: Mapping[str, float]) -> None:
    """Raise ModelError where a link cannot reach what the data say of its parameter."""
    for part in model.parts:
        link, value = model.family.link(part.name), guess.get(part.name, 1.0)
        if part.basis is not None and not link.domain.low <= value <= link.domain.high:
            raise ModelError(
                f"the link {link.name!r} of {part.name} gives values that are {link.domain} only, "
                f"and these data put it at about {value:.3g}; choose another link, or begin where "
                "it can be with start={...}."
            )


def _constant(model: Regression, given: bool) -> dict[str, float]:
    """Link-scale values of every parameter held constant, at their best on these rows."""
    family = model.family
    y = model.sample.source.y.read(0, model.sample.stored)
    w = model.sample.source.w
    weights = np.ones_like(y) if w is None else w.read(0, len(y))
    guess = spread_of_typical(family, y, weights)
    if family.start is not None:
        means = {k: float(np.mean(v)) for k, v in model.known.items()}
        never = {k: v for k, v in means.items() if family.parameters[k].known}
        known = {**family.known, **never}
        with np.errstate(all="ignore"):
            found = family.start(y, weights, **known)
        found = found[0] if isinstance(found, list) else found
        guess.update(
            {
                k: float(v)
                for k, v in found.items()
                if np.isfinite(v) and np.all(family.parameters[k].domain.contains(v))
            }
        )
    names = [part.name for part in model.parts]
    if not given:
        _reached(model, guess)
    with np.errstate(all="ignore"):
        etas = family.linked([np.float64(guess.get(k, 1.0)) for k in names])
    alone = replace(
        model,
        parts=tuple(replace(p, keys=(p.name,), basis=None, function=None) for p in model.parts),
    )
    if not any(p.function for p in model.parts):
        top = maximise(
            alone,
            np.array(etas, dtype=float),
            alone.units,
            model.sample.total,
            max_steps=60,
            enough=ROUGH,
        )
        if top.at.finite:
            etas = (
                list(np.clip(top.x, np.min(etas) - 5.0, np.max(etas) + 5.0))
                if (top.stop is not Stop.OPTIMUM)
                else list(top.x)
            )
    return dict(zip(names, map(float, etas), strict=True))


def _least_squares(model: Regression, x: Vector) -> list[Vector]:
    """For a nonlinear first parameter: least squares from its start, by MINPACK's damped steps."""
    first = model.parts[0] if model.parts else None
    family = model.family
    if first is None or first.function is None or family.support.discrete or family.own:
        return []
    from scipy.optimize import least_squares

    y = model.sample.source.y.read(0, model.sample.stored)
    place = model.slices[0]
    rows = slice(0, len(y))
    transform = model.family.name == "LogNormal"
    target = np.log(y) if transform else y

    def fitted(c: Vector, order: int) -> Any:
        at = x.copy()
        at[place] = c
        jets = seed(model._variables(at, rows, model._designs(rows)), order)
        with np.errstate(all="ignore"):
            return model._parameters(jets, rows)[0]

    def residuals(c: Vector) -> Vector:
        value = np.broadcast_to(fitted(c, 1).value, target.shape) - target
        return np.where(np.isfinite(value), value, 1e150)

    def slopes(c: Vector) -> Vector:
        grad = fitted(c, 1).grad[: place.stop]
        out = np.stack([np.broadcast_to(0.0 if g is None else g, target.shape) for g in grad], 1)
        return np.where(np.isfinite(out), out, 0.0)

    points = []
    if len(y) >= place.stop:
        with np.errstate(all="ignore"):
            found = least_squares(
                residuals,
                x[place],
                slopes,
                method="lm",
                x_scale="jac",
                max_nfev=5000,
                xtol=1e-15,
                ftol=1e-15,
                gtol=1e-15,
            )
        start = x.copy()
        start[place] = found.x
        spread = float(np.sqrt(np.mean(residuals(found.x) ** 2)))
        for part, where in zip(model.parts[1:], model.slices[1:], strict=True):
            if part.name in ("sigma", "scale") and part.basis is None and spread > 0.0:
                start[where] = np.log(spread)
        points.append(start)
    return points
