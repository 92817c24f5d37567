"""Probabilities and quantiles of laws with their exact derivatives in the parameters.

A declared distribution function takes jets, as a density does; a quantile's derivative is that of
the implicit function: dQ = −∂F/f. Where a family declares none, or the value lies at an end, they
say so by a TypeError, and differences take their place (`rows.differentiated`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mostlikely.calculus.jet import Jet
from mostlikely.calculus.ops import exp, expm1
from mostlikely.family.distribution import Distribution

__all__ = ["hazard_with_slopes", "quantile_with_slopes", "tail_with_slopes"]


def tail_with_slopes(law: Distribution, y: Any, values: Any, lower: bool) -> Any:
    """P(Y ≤ y), or P(Y > y), as a jet.

    Parameters
    ----------
    law : Distribution
        At the values of the jets, arrays of shape (rows,).
    y : array, shape (rows,)
    values : sequence of Jet, float or array
        The parameters.
    lower : bool
    """
    logarithm, found = _log_tail(law, y, values, lower)
    return exp(logarithm) if found is lower else -expm1(logarithm)


def hazard_with_slopes(law: Distribution, y: Any, values: Any) -> Any:
    """The density over P(Y > y), as a jet."""
    if law.family.support.discrete or law.family.log_sf is None:
        raise TypeError("the hazard of whole numbers is differentiated by differences.")
    logarithm, _ = _log_tail(law, y, values, lower=False)
    return exp(_jet(law.family.log_prob, y, values) - logarithm)


def quantile_with_slopes(law: Distribution, q: float, values: Any) -> Any:
    """The quantile as a jet of first order; of one that is declared differences cost less."""
    if law.family.quantile is not None:
        raise TypeError("declared quantiles are differentiated by differences.")
    y = law.quantile(np.full(np.shape(law.arguments[0]), q))
    if any(isinstance(v, Jet) and v.hess is not None for v in values):
        raise TypeError("second derivatives of quantiles are by differences.")
    logarithm, lower = _log_tail(law, y, values, q < 0.5)
    with np.errstate(all="ignore"):
        across = np.exp(logarithm.value - law.log_prob(y)) * (-1.0 if lower else 1.0)
    if not np.isfinite(across).all():
        raise TypeError("where the density is zero, a quantile has no such derivative.")
    return Jet(y, tuple(None if g is None else g * across for g in logarithm.grad), None)


def _log_tail(law: Distribution, y: Any, values: Any, lower: bool) -> tuple[Any, bool]:
    """The logarithm of a tail that is declared, and whether it is the lower one."""
    family, (low, high) = law.family, law.ends
    if not np.all((y > low) & (y < high)) or (family.support.discrete and np.any(y != np.floor(y))):
        raise TypeError("at an end a probability is differentiated by differences.")
    formulas = [family.log_cdf, family.log_sf] if lower else [family.log_sf, family.log_cdf]
    if formulas[0] is not None:
        return _jet(formulas[0], y, values), lower
    if formulas[1] is not None:
        return _jet(formulas[1], y, values), not lower
    raise TypeError("without a declared distribution function there are differences.")


def _jet(formula: Any, y: Any, values: Any) -> Any:
    with np.errstate(all="ignore"):
        try:
            found = formula(y, *values)
        except (TypeError, ValueError) as error:  # a formula that is not for jets
            raise TypeError(str(error)) from error
    if not isinstance(found, Jet):
        raise TypeError("a formula that forgets its derivatives is differentiated by differences.")
    return found
