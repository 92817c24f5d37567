"""A fit as one of its members sees it: its own names, and the covariance that goes with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mostlikely.data.bind import Bound
from mostlikely.errors import ModelError
from mostlikely.inference.covariance import CLUSTERED, covariance
from mostlikely.inference.evidence import Estimated, Evidence
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.solve.objective import Vector
from mostlikely.verdict.proof import Proof

__all__ = ["View", "member_view"]


@dataclass(frozen=True, eq=False)
class View:
    """A fit as one of its members sees it; of a fit of a single model, that fit itself.

    Parameters
    ----------
    fit : Estimated, optional
        None of the special case on a boundary, which is a fit of its own.
    proof : Proof
        In the member's own names.
    bound : Bound, optional
        What its formulas have learnt; None of a plain sample.
    params : mapping
    order : sequence of int, optional
        Which of the fit's parameters these are; None if they are the same.
    special : View, optional
        On a boundary, the simpler model that the estimate is: an infinite parameter is a number
        that a quantile has no formula for.
    """

    fit: Estimated | None
    proof: Proof
    bound: Bound | None
    params: Mapping[Any, float]
    order: list[int] | None = None
    special: View | None = None

    def of(self, what: str) -> View:
        """The model of which a quantity is that quantity: the special case but for parameters."""
        family = self.proof.likelihood.member.family
        return self if self.special is None or what in family.parameters else self.special.of(what)

    @property
    def law(self) -> View:
        """The model of the distribution of the rows: the special case, if there is one."""
        return self if self.special is None else self.special.law

    #: The kind that `with_covariance` has chosen, if it has, also where a special case is seen.
    chosen: str | None = None

    def covariance(self, kind: str | None = None, cluster: Any = None) -> Vector:
        """In the order of ``params``."""
        if self.fit is not None:
            whole = self.fit.covariance(kind, cluster)
        elif cluster is None and not (kind is None and self.chosen in CLUSTERED):
            whole = covariance(self.proof, kind or self.chosen)
        else:
            raise ModelError(
                "clusters are not followed onto a boundary; fit the simpler model that the verdict "
                "names."
            )
        return whole if self.order is None else whole[np.ix_(self.order, self.order)]


def member_view(fit: Estimated, evidence: Evidence, index: Any = None) -> View:
    """A fit and its proof as a member sees them, for predictions.

    Parameters
    ----------
    fit : Fit
    evidence : Evidence
    index : int, optional
        Which member; none need be named where there is one.

    Raises
    ------
    ModelError
        If there is no such member, or none is named where there are several; or if it is a
        function of one's own.
    """
    proof, bound = evidence.proof, evidence.bound
    whole = proof.likelihood
    count = len(whole.members)
    if index is None and count > 1:
        raise ModelError(
            f"this fit has {count} members; say which one predicts: fit.predict(data, member=0)."
        )
    index = 0 if index is None else index
    if not isinstance(index, int) or not 0 <= index < count:
        raise ModelError(f"there is no member {index!r}; they are 0 to {count - 1}.")
    model = whole.members[index]
    if model.family.own:
        raise ModelError("a function of one's own says how dense rows are, not what they will be.")
    own_bound = bound if bound is None or isinstance(bound, Bound) else bound.members[index]
    special, chosen = None, fit.chosen
    if proof.limit is not None:
        there = View(None, proof.limit, None, proof.limit.params, chosen=chosen)
        special = member_view(there, replace(evidence, proof=proof.limit), index)
    if whole.shared is None:
        return View(fit, proof, own_bound, dict(fit.params), special=special, chosen=chosen)
    kept = proof.kept
    if kept is not None:
        kept = replace(kept, points=kept.points[index : index + 1])
    keys = [whole.key_of(index, key) for key in model.names]
    order = [list(fit.params).index(key) for key in keys]

    def own(of: Mapping[Any, float]) -> dict[Any, float]:
        return {o: of[k] for o, k in zip(model.names, keys, strict=True) if k in of}

    seen = proof.separation
    if seen is not None:
        seen = replace(
            seen, direction=own(seen.direction), point=own(seen.point), flat=seen.flat[order]
        )
    own_model, params = LogLikelihood.of(model), own(proof.params)
    return View(
        fit,
        replace(
            proof,
            likelihood=own_model,
            inner=own_model,
            params=params,
            separation=seen,
            held=own(proof.held),
            limit=None,
            kept=kept,
        ),
        own_bound,
        params,
        order,
        special,
        chosen,
    )
