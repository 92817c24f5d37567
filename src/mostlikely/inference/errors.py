"""Covariances of an estimate: observed, expected and sandwich.

All are computed on the link scale and carried to the natural one by dθ/dη; at a maximum, where
the score is zero, that is exact for the observed information too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.calculus.jet import Jet, seed
from mostlikely.errors import ModelError, nearest
from mostlikely.inference.covariance import robust
from mostlikely.solve.objective import Vector
from mostlikely.verdict.proof import Proof

__all__ = ["COVARIANCES", "covariance", "inverse"]

#: The kinds that there are.
COVARIANCES = ("observed", "expected", "sandwich", "HC0", "HC1", "HC2", "HC3")


def covariance(proof: Proof, kind: str, clusters: Sequence[NDArray[np.intp]] = ()) -> Vector:
    """The covariance of the estimate, natural scale, in the order of the free parameters.

    Parameters
    ----------
    proof : Proof
        The estimate. Parameters on an edge have no covariance: their rows are NaN.
    kind : {"observed", "expected", "sandwich"}, or "HC0" to "HC3" of a regression
        The inverse of the observed or of the expected information, or Huber's sandwich
        I⁻¹ (Σ sᵢ sᵢᵀ) I⁻¹ (White 1982, Econometrica 50, theorem 3.2), which holds when the noise
        model is wrong. Sampling weights enter it squared (Binder 1983, Int. Stat. Rev. 51).

    Raises
    ------
    ModelError
        For another kind.
    """
    if kind not in COVARIANCES:
        raise ModelError(f"there is no covariance kind {kind!r}; {nearest(kind, COVARIANCES)}")
    names = proof.likelihood.names
    out = np.full((len(names), len(names)), np.nan)
    regular = [i for i, k in enumerate(names) if k in proof.regular]
    if not regular:
        return out
    with np.errstate(all="ignore"):  # a limit may lie at infinity; its rows are not asked for
        out[np.ix_(regular, regular)] = _regular(proof, kind, [names[i] for i in regular], clusters)
    return out


def _regular(
    proof: Proof,
    kind: str,
    names: list[Any],
    clusters: Sequence[NDArray[np.intp]],
) -> Vector:
    """The covariance of the parameters that are not on an edge."""
    inner, x = proof.inner, proof.inner_optimum.x
    jacobian = _embedding(proof, names, inner.jacobian(x))
    observed = proof.inner_optimum.at.information
    if clusters or kind.startswith("HC"):
        on_link = robust(inner.unreduced, x, inverse(observed), kind, clusters)
    else:
        on_link = _link_covariance(inner, x, observed, kind)
    if jacobian.shape[0] == jacobian.shape[1] and not np.any(
        jacobian - np.diag(jacobian.diagonal())
    ):
        scale = jacobian.diagonal()  # thousands of coefficients, each its own coordinate
        return np.asarray(on_link * scale[:, None] * scale)
    return np.asarray(jacobian @ on_link @ jacobian.T)


def _embedding(proof: Proof, names: list[str], jacobian: Vector) -> Vector:
    """d(parameters of the model)/d(coordinates of the inner likelihood)."""
    inner = proof.inner.natural(proof.inner_optimum.x)
    if proof.embed is dict:
        place = {name: i for i, name in enumerate(inner)}
        return jacobian[[place[name] for name in names]]
    jets = dict(zip(inner, seed([np.float64(v) for v in inner.values()], order=1), strict=True))
    outer = proof.embed(jets)
    rows = [outer[name] for name in names]
    outward = np.array(
        [
            [float(g or 0.0) for g in jet.grad] if isinstance(jet, Jet) else [0.0] * len(inner)
            for jet in rows
        ]
    ).reshape(len(names), len(inner))
    return np.asarray(outward @ jacobian)


def _link_covariance(likelihood: Any, x: Vector, observed: Vector, kind: str) -> Vector:
    if kind == "expected":
        return inverse(likelihood.expected(x))
    bread = inverse(observed)
    if kind == "observed":
        return bread
    meat = np.zeros_like(bread)
    whole = likelihood.unreduced
    power = whole.sample.weighting.meat
    for scores, w in whole.row_scores(x):
        weighted = scores if w is None or power == 0 else scores * (w**power)[:, None]
        meat += weighted.T @ scores
    return np.asarray(bread @ meat @ bread)


def inverse(information: Vector) -> Vector:
    """The inverse of a symmetric matrix, scaled first so that units do not matter."""
    scale = np.sqrt(np.abs(np.diag(information)))
    scale = np.where(scale > 0.0, scale, 1.0)
    try:
        inverse = np.linalg.inv(information / np.outer(scale, scale))
    except np.linalg.LinAlgError:
        return np.full_like(information, np.nan)
    return np.asarray(0.5 * (inverse + inverse.T) / np.outer(scale, scale))
