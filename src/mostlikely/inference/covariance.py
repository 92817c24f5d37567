"""Covariances of an estimate: observed, expected, sandwich, HC0 to HC3, clusters.

All are computed on the scales of the links and carried to the parameters by their derivatives; at
a maximum, where the score is zero, that is exact for the observed information too.

White 1980, Econometrica 48; White 1982, Econometrica 50, theorem 3.2 (the sandwich of any
likelihood); MacKinnon and White 1985, Journal of Econometrics 29 (HC1 to HC3); Binder 1983, Int.
Stat. Rev. 51 (sampling weights); Cameron, Gelbach and Miller 2011, J. Business and Economic
Statistics 29, eq. 2.11 (clusters in two ways).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.calculus.jet import Jet, seed
from mostlikely.errors import ModelError, nearest
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member
from mostlikely.solve.objective import Vector
from mostlikely.verdict.proof import Proof

__all__ = ["COVARIANCES", "covariance", "embedding", "inverse"]

#: The kinds that there are.
COVARIANCES = ("observed", "expected", "sandwich", "HC0", "HC1", "HC2", "HC3")
#: The power of 1 − leverage that a row's score is divided by.
POWERS = {"HC2": 0.5, "HC3": 1.0}
#: The least 1 − leverage: a row that alone decides a coefficient has none.
LEAST = 1e-10

Clusters = Sequence[NDArray[np.intp]]


def covariance(proof: Proof, kind: str, clusters: Clusters = ()) -> Vector:
    """The covariance of the estimate, natural scale, in the order of the free parameters.

    Parameters
    ----------
    proof : Proof
        The estimate. Parameters on an edge have no covariance: their rows are NaN.
    kind : {"observed", "expected", "sandwich", "HC0", "HC1", "HC2", "HC3"}
        The inverse of the observed or of the expected information, or the sandwich
        I⁻¹ (Σ sᵢ sᵢᵀ) I⁻¹, which holds when the noise model is wrong; HC0 is another name of it.
        HC1 multiplies it by n/(n − p), p the number of coefficients of predictors, an intercept
        alone among them; HC2 and HC3 divide a row's score in each predictor by a power of
        1 − its leverage there.
    clusters : sequence of arrays of codes, shape (rows,)
        None: rows are independent. One: sums within clusters are, times G/(G − 1). Two: the sum of
        both less that of their intersection.

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


def _regular(proof: Proof, kind: str, names: list[Any], clusters: Clusters) -> Vector:
    """The covariance of the parameters that are not on an edge."""
    inner, x = proof.inner, proof.inner_optimum.x
    jacobian = embedding(proof, names, x)
    if kind == "expected" and not len(clusters):
        on_links = inverse(inner.expected(x))
    else:
        on_links = inverse(proof.inner_optimum.at.information)
        if kind != "observed" or len(clusters):
            whole = inner.unreduced
            meat = _clustered(whole, x, on_links, kind, clusters) if len(clusters) else None
            if meat is None:
                meat = _meat(whole, x, on_links, kind)
            on_links = on_links @ meat @ on_links
    if jacobian.shape[0] == jacobian.shape[1] and not np.any(
        jacobian - np.diag(jacobian.diagonal())
    ):
        scale = jacobian.diagonal()  # thousands of coefficients, each its own coordinate
        return np.asarray(on_links * scale[:, None] * scale)
    return np.asarray(jacobian @ on_links @ jacobian.T)


def embedding(proof: Proof, names: Sequence[Any], x: Vector) -> Vector:
    """d(parameters of the model)/d(coordinates of the inner likelihood), shape (names, k)."""
    jacobian = proof.inner.jacobian(x)
    place = {name: i for i, name in enumerate(proof.inner.names)}
    if proof.embed is dict:
        return np.asarray(jacobian[[place[name] for name in names]])
    inner = proof.inner.natural(x)
    jets = dict(zip(inner, seed([np.float64(v) for v in inner.values()], order=1), strict=True))
    outer = proof.embed(jets)
    outward = np.zeros((len(names), len(inner)))
    for i, name in enumerate(names):
        if isinstance(outer[name], Jet):
            outward[i] = [float(g or 0.0) for g in outer[name].grad]
    return np.asarray(outward @ jacobian)


def inverse(information: Vector) -> Vector:
    """The inverse of a symmetric matrix, scaled first so that units do not matter."""
    scale = np.sqrt(np.abs(np.diag(information)))
    scale = np.where(scale > 0.0, scale, 1.0)
    try:
        inverse = np.linalg.inv(information / np.outer(scale, scale))
    except np.linalg.LinAlgError:
        return np.full_like(information, np.nan)
    return np.asarray(0.5 * (inverse + inverse.T) / np.outer(scale, scale))


# The sandwich.


def _meat(loglik: LogLikelihood, x: Vector, bread: Vector, kind: str) -> Vector:
    """Σ sᵢ sᵢᵀ in coordinates, weighted as the weights mean it, shape (k, k)."""
    power = loglik.sample.weighting.meat
    meat = np.zeros_like(bread)
    if kind in POWERS:
        parts = [(_levered(loglik, x, bread, POWERS[kind]), _weights(loglik))]
    else:
        parts = loglik.row_scores(x)  # type: ignore[assignment]
    for scores, w in parts:
        weighted = scores if w is None or power == 0 else scores * (w**power)[:, None]
        meat += weighted.T @ scores
    if kind == "HC1":
        n, left = loglik.sample.n, loglik.sample.n - _coefficients(loglik)
        meat *= n / left if left > 0.0 else np.nan  # no rows are left to tell the spread by
    return meat


def _clustered(
    loglik: LogLikelihood, x: Vector, bread: Vector, kind: str, clusters: Clusters
) -> Vector:
    """Σ over clusters of the outer products of the sums of scores, shape (k, k)."""
    if kind in POWERS:
        scores = _levered(loglik, x, bread, POWERS[kind])
    else:
        scores = np.concatenate([scores for scores, _ in loglik.row_scores(x)])
    w = _weights(loglik)
    if w is not None and loglik.sample.weighting.counts:
        scores = scores * w[:, None]
    ways = [(1.0, codes) for codes in clusters]
    if len(clusters) == 2:
        a, b = clusters
        _, both = np.unique(a.astype(np.int64) * (int(b.max()) + 1) + b, return_inverse=True)
        ways.append((-1.0, np.ravel(both)))
    meat = np.zeros_like(bread)
    for sign, codes in ways:
        groups = int(codes.max()) + 1
        sums = np.stack([np.bincount(codes, column, groups) for column in scores.T], axis=1)
        meat += sign * groups / (groups - 1.0) * (sums.T @ sums)
    n = loglik.sample.n
    return meat * ((n - 1.0) / (n - _coefficients(loglik)) if kind == "HC1" else 1.0)


def _weights(loglik: LogLikelihood) -> Vector | None:
    """The weights of all rows, as they stand in the blocks."""
    source = loglik.sample.source
    return None if source.w is None else source.w.read(0, loglik.sample.stored) / source.unit


def _levered(loglik: LogLikelihood, x: Vector, bread: Vector, power: float) -> Vector:
    """Scores of rows, those in each predictor divided by (1 − leverage)**power, (rows, k)."""
    out = np.zeros((loglik.sample.stored, loglik.size))
    for m, member in enumerate(loglik.members):
        if loglik.shared is None:
            own, at, jacobian, places = bread, x, None, np.arange(len(out))
        else:
            seen = loglik.seen(m, x)
            at, jacobian, places = seen.x, seen.jacobian, loglik.places[m]
            own = jacobian @ bread @ jacobian.T
        start = 0
        for scores in _levered_by(member, at, own, power):
            here = places[start : start + len(scores)]
            out[here] += scores if jacobian is None else scores @ jacobian
            start += len(scores)
    return out


def _levered_by(member: Member, x: Vector, bread: Vector, power: float) -> Any:
    """The same of one member, in its coordinates, by blocks."""
    variables = member.layout.variables
    k, followed = len(variables), _predicted(member)
    # Copies of a row have a leverage each; a precision is in the curvature already.
    stands_for_others = member.sample.weighting.meat == 2
    for row in member.row_scores(x, 2):
        scores, rows = row.scores, row.rows
        for i, v in enumerate(variables):
            if v.part not in followed:
                continue
            own = bread[v.place, v.place] / np.outer(v.scale, v.scale)
            bend = row.local.rows(row.local.hess[_position(i, k)])
            square = float(own[0, 0]) if v.design is None else rows.designs[v.part].quad(own)
            leverage = -bend * square * (row.w if stands_for_others else 1.0)
            left = np.maximum(1.0 - leverage, LEAST) ** power
            scores[:, v.place] /= np.reshape(left, (-1, 1))
        yield scores


def _predicted(member: Member) -> set[int]:
    """The parts that have predictors; of the parameter that formulas are about, a constant too.

    ``Normal()`` and ``Normal("y ~ 1")`` are one model: its mean is the coefficient of a column of
    ones, its deviation is none.
    """
    names = list(member.family.parameters)
    about = names if member.family.labels and not member.family.ordered else names[:1]
    return {
        i
        for i, part in enumerate(member.parts)
        if part.basis is not None or (part.constant and part.name in about)
    }


def _coefficients(loglik: LogLikelihood) -> int:
    """The coefficients of predictors: what HC1 takes from the number of rows."""
    if loglik.shared is not None:
        predicted = {
            loglik.key_of(m, key)
            for m, member in enumerate(loglik.members)
            for i in _predicted(member)
            for key in member.parts[i].keys
        }
        lost = sum(len(part.keys) - part.size for part in loglik.parts)
        return len(predicted) - lost
    member = loglik.member
    return sum(member.parts[i].size for i in _predicted(member))


def _position(i: int, k: int) -> int:
    """Where the pair (i, i) stands in a packed upper triangle."""
    return i * k - i * (i - 1) // 2
