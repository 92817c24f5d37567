"""A model as a person writes it: ``NegativeBinomial: log(mean) ~ age + sex, offset logexp``."""

from __future__ import annotations

from typing import Any

from mostlikely.inference.estimate import Estimate

__all__ = ["heading"]

#: Terms of an array that are named; more are counted.
NAMED = 6


def heading(fit: Estimate) -> str:
    """The model of a fit: what each parameter follows, on which link.

    Examples
    --------
    >>> import mostlikely as ml
    >>> data = {"x": [0, 0, 1, 1], "n": [2, 4, 5, 7], "log_t": [0.0, 0.1, 0.2, 0.0]}
    >>> heading(ml.fit(ml.Poisson("n ~ x"), data, offset="log_t"))
    'Poisson: log(mean) ~ x, offset log_t'
    >>> tries = {"x": [0, 1, 1], "k": [1, 2, 2], "m": [4, 4, 5]}
    >>> heading(ml.fit(ml.Binomial("k ~ x", n="m"), tries))
    'Binomial: logit(p) ~ x; n = m'
    """
    if not (fit.model.predictors or fit.model.members):
        return fit.model.shown
    members = fit.model.members or (fit.model,)
    return " | ".join(_of_one(fit, model) for model in members)


def _of_one(fit: Estimate, model: Any) -> str:
    if model.own:
        return f"{model!r}"
    curve = getattr(model, "curve", None)
    name = model.name if curve is None else f"{model.name} ({curve})"
    parts: list[str] = []
    if model.labels and not model.ordered and model.levels is not None and model.predictors:
        first = next(iter(model.predictors))
        base = f"log(p/p[{model.levels[0]}])"
        parts.append(f"{base} ~ {_right_side(fit, first, model.predictors[first])}")
    else:
        parts += [
            said for k in model.parameters if (said := _of_parameter(fit, model, k)) is not None
        ]
    return f"{name}: {'; '.join(parts)}" if parts else name


def _of_parameter(fit: Estimate, model: Any, name: str) -> str | None:
    """What a parameter follows, or the number that it is; None of a free constant."""
    predictor = model.predictors.get(name)
    if name in model.columns:
        return f"{name} = {model.columns[name]}"
    if predictor is None:
        standard = getattr(model, "curve", None) is not None and name in ("location", "scale")
        known = name in model.fixed and not standard
        return f"{name} = {model.fixed[name]:g}" if known else None
    if predictor.function is not None:
        return f"{name} = f({', '.join(predictor.start)})"
    link = model.link(name).name
    left = name if link == "identity" else f"{link}({name})"
    offset = predictor.offset
    beside = "" if offset is None else f", offset {offset if isinstance(offset, str) else 'given'}"
    return f"{left} ~ {_right_side(fit, name, predictor)}{beside}"


def _right_side(fit: Estimate, name: str, predictor: Any) -> str:
    """What a formula has on its right; of columns of an array their names."""
    rhs = str((predictor.formula or "~ 1").partition("~")[2]).strip()
    own = [k[1] for k in fit.params if not isinstance(k, str) and k[0] == name]
    if rhs != "1" or len(own) <= 1:
        return rhs
    terms = [term for term in own if term != "Intercept"]
    more = f" + ... ({len(terms)} columns)" if len(terms) > NAMED else ""
    return " + ".join(terms[:NAMED]) + more
