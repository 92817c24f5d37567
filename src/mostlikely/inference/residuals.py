"""Residuals of the rows of a fit: quantile, deviance, Pearson and response.

A quantile residual is Φ⁻¹(F(y)), with F the fitted distribution function of its row: standard
normal if the model holds, whatever the family. Of whole numbers F jumps, and F(y) is replaced by
a uniform draw from the jump at y (Dunn and Smyth 1996, J. Comput. Graph. Stat. 5, 236-244).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri

from mostlikely.errors import ModelError, nearest
from mostlikely.family.distribution import Distribution
from mostlikely.inference.deviances import deviance_residuals
from mostlikely.inference.fitted import Fitted
from mostlikely.inference.member import member_view
from mostlikely.inference.residuals_in_part import residuals_in_part
from mostlikely.inference.rows import normal_scores, row_laws, scaled
from mostlikely.solve.objective import Vector

__all__ = ["KINDS", "laws", "quantile_residuals", "residuals"]

KINDS = ("quantile", "deviance", "pearson", "response", "cox-snell", "martingale")


#: Those that are of the time until an event.
SURVIVAL = ("cox-snell", "martingale")


def residuals(fit: Fitted, kind: str = "quantile", seed: Any = 0) -> Vector:
    """See `Fit.residuals`."""
    if kind not in KINDS:
        raise ModelError(f"there are no residuals {kind!r}; {nearest(str(kind), KINDS)}")
    plain, y, w = _rows(fit, "a residual")
    family: Any = plain.family
    law = plain if w is None else scaled(plain, w, family.precision_weights)
    block = fit.evidence("a residual").proof.likelihood.unreduced.member.whole().block
    if block.ends is not None:
        return residuals_in_part(law, block.ends, kind, seed)
    if kind in SURVIVAL and not family.labels:
        return residuals_in_part(law, np.column_stack([y, y]), kind, seed)
    if family.labels and not (family.ordered and kind == "quantile"):
        raise ModelError(
            f"labels have no {kind} residuals: y is no number under {family.name}"
            + (", but has quantile residuals." if family.ordered else " and has no order.")
        )
    if kind == "quantile":
        return quantile_residuals(law, y, seed)
    if kind == "deviance":
        return deviance_residuals(law, y, plain)
    if family.moments is None:
        raise ModelError(f"{family.name} declares no mean; take quantile residuals.")
    with np.errstate(all="ignore"):
        mean, variance = family.moments(*law.arguments)
        size = np.sqrt(variance) if kind == "pearson" else 1.0
        found = np.broadcast_to((y - mean) / size, y.shape).copy()
    # where a separated row is predicted without error, 0/0 is no surprise
    found[(y == mean) & np.isnan(found)] = 0.0
    if not np.isfinite(found).all() or not np.all(np.isfinite(size)):
        what = "mean" if kind == "response" else "finite variance"
        raise ModelError(
            f"{family.name} has no {what} at the estimate in some rows; take quantile residuals."
        )
    return found


def laws(fit: Fitted, what: str) -> tuple[Distribution, Vector]:
    """The fitted distribution of each row, and its y, shape (n,).

    The parameters are numbers, or arrays of shape (n,); ``what`` is what they are asked for.

    Raises
    ------
    ModelError
        If the fit was loaded without its data, or is of several members.
    """
    law, y, w = _rows(fit, what)
    family: Any = law.family
    return law if w is None else scaled(law, w, family.precision_weights), y


def _rows(fit: Fitted, what: str) -> tuple[Distribution, Vector, Vector | None]:
    """The laws as they are of a row of precision one, y, and the precisions if there are any."""
    evidence = fit.evidence(what)
    if len(evidence.proof.likelihood.members) > 1:
        raise ModelError("the rows of several members have no one response, and no residuals.")
    member = evidence.proof.likelihood.unreduced.member
    if member.family.own:
        raise ModelError("a function of the rows has no one response, and no residuals.")
    y, w = member.sample.source.pick(member.rows)  # without the rows that are missing
    seen = member_view(fit, evidence).law
    there = seen.proof.likelihood.unreduced.member
    law = row_laws(there, seen.proof) if fit.has_predictors else fit.distribution
    return law, np.asarray(y, dtype=np.float64), None if fit.weighting.counts else w


def quantile_residuals(law: Distribution, y: Vector, seed: Any = 0) -> Vector:
    """Standard normal if the law holds; of whole numbers, randomised."""
    if not law.family.support.discrete:
        return normal_scores(law, y)
    # from the jump of the distribution function at y, of which a share lies below
    share = np.random.default_rng(seed).random(len(y))
    p, left, right = law.prob(y), law.cdf(y), law.sf(y)
    left, right = left - (1.0 - share) * p, right + (1.0 - share) * p
    smallest = np.finfo(float).tiny  # an impossible row is far out, not at infinity
    left, right = np.maximum(left, smallest), np.maximum(right, smallest)
    return np.asarray(np.where(left < right, ndtri(left), -ndtri(right)))
