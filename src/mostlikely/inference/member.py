"""A fit of several members as one of them sees it, for predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mostlikely.data.bind import Bound
from mostlikely.errors import ModelError
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.solve.objective import Vector
from mostlikely.verdict.proof import Proof

__all__ = ["View", "member_view"]


@dataclass(frozen=True, eq=False)
class View:
    """A fit as one of its members sees it: its own names, the covariance that goes with them."""

    bound: Bound
    params: Mapping[Any, float]
    spread: Vector

    weight_kind: str = "frequency"

    def covariance(self, kind: str | None = None, cluster: Any = None) -> Vector:
        """In the order of ``params``; of the kind that the fit has chosen."""
        return self.spread


def member_view(fit: Any, proof: Proof, index: Any) -> tuple[View, Proof]:
    """A fit and its proof as a member sees them, for predictions.

    Raises
    ------
    ModelError
        If there is no such member, or none is named where there are several.
    """
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
    keys = [whole.key_of(index, key) for key in model.names]
    params = {own: proof.params[key] for own, key in zip(model.names, keys, strict=True)}
    order = [list(fit.params).index(key) for key in keys]
    seen = proof.separation
    if seen is not None:

        def own(of: Mapping[Any, float]) -> dict[Any, float]:
            return {o: of.get(k, 0.0) for o, k in zip(model.names, keys, strict=True)}

        seen = replace(
            seen, direction=own(seen.direction), point=own(seen.point), flat=seen.flat[order]
        )
    view = View(fit.bound.members[index], params, fit.covariance()[np.ix_(order, order)])
    own_model = LogLikelihood.of(model)
    return view, replace(
        proof, likelihood=own_model, inner=own_model, params=params, separation=seen
    )
