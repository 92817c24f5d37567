"""Covariances of an estimate: observed, expected, sandwich, HC0 to HC3, clusters as CR0 to CR3.

All are computed on the scales of the links and carried to the parameters by their derivatives; at
a maximum, where the score is zero, that is exact for the observed information too.

White 1980, Econometrica 48; White 1982, Econometrica 50, theorem 3.2 (the sandwich of any
likelihood); MacKinnon and White 1985, Journal of Econometrics 29 (HC1 to HC3); Binder 1983, Int.
Stat. Rev. 51 (sampling weights); Bell and McCaffrey 2002, Survey Methodology 28, and Pustejovsky
and Tipton 2018, J. Business and Economic Statistics 36 (CR2 and CR3); Cameron, Gelbach and Miller
2011, J. Business and Economic Statistics 29, eq. 2.11 (clusters in two ways).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.calculus.jet import Jet, seed
from mostlikely.data.absent import missing_data
from mostlikely.errors import ModelError, nearest
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member, Row
from mostlikely.solve.objective import Vector
from mostlikely.verdict.proof import Kept, Proof

__all__ = ["CLUSTERED", "COVARIANCES", "covariance", "embedding", "inverse"]

#: The kinds that there are where rows are independent, and where clusters are.
COVARIANCES = ("observed", "expected", "sandwich", "HC0", "HC1", "HC2", "HC3")
CLUSTERED = ("CR0", "CR1", "CR1S", "CR2", "CR3")
#: The power of I − K V that the score of a row, or of a cluster, is divided by in each predictor.
POWERS = {"HC2": 0.5, "HC3": 1.0, "CR2": 0.5, "CR3": 1.0}
#: The least that is left of an estimate without a row or a cluster: below it nothing is.
LEAST = 1e-10

Clusters = Sequence[NDArray[np.intp]]


def covariance(proof: Proof, kind: str | None = None, clusters: Clusters = ()) -> Vector:
    """The covariance of the estimate, natural scale, in the order of the free parameters.

    Parameters
    ----------
    proof : Proof
        The estimate. Parameters on an edge have no covariance: their rows are NaN.
    kind : {"observed", "expected", "sandwich", "HC0", ..., "HC3", "CR0", ..., "CR3"}, optional
        By default "observed", "sandwich" under sampling weights, "CR1" with clusters.
        The inverse of the observed or of the expected information, or the sandwich
        I⁻¹ (Σ sᵢ sᵢᵀ) I⁻¹, which holds when the noise model is wrong; HC0 is another name of it.
        HC1 multiplies it by n/(n − p), p the number of coefficients of predictors, an intercept
        alone among them; HC2 and HC3 divide a row's score in each predictor by a power of
        1 − its leverage there. CR0 sums scores within clusters, CR1 multiplies by G/(G − 1), CR1S
        by (n − 1)/(n − p) more, CR2 and CR3 divide by a power of I − the leverage of the cluster.
    clusters : sequence of arrays of codes, shape (rows,)
        None: rows are independent. One: those of one code may depend on one another. Two: the sum
        of both less that of their intersection.

    Raises
    ------
    ModelError
        For another kind, or one that is about clusters where there are none, or the other way.
    """
    if len(clusters):
        kind = "CR1" if kind in (None, "sandwich") else kind
    elif kind is None:
        calibrated = proof.likelihood.sample.weighting.calibrated
        kind = "observed" if calibrated else "sandwich"
    if kind not in COVARIANCES + CLUSTERED:
        raise ModelError(
            f"there is no covariance kind {kind!r}; {nearest(kind, COVARIANCES + CLUSTERED)}"
        )
    if (kind in CLUSTERED) != bool(len(clusters)):
        raise ModelError(
            f"the covariance {kind!r} is of rows that are independent; with cluster= it is one of "
            f"{', '.join(CLUSTERED)}."
            if len(clusters)
            else f"the covariance {kind!r} is about clusters; say which rows are one: cluster=."
        )
    if proof.kept is not None:
        return _kept(proof, proof.kept, kind)
    names = proof.likelihood.names
    out = np.full((len(names), len(names)), np.nan)
    regular = [i for i, k in enumerate(names) if k in proof.regular]
    if not regular:
        return out
    with np.errstate(all="ignore"):  # a limit may lie at infinity; its rows are not asked for
        out[np.ix_(regular, regular)] = _regular(proof, kind, [names[i] for i in regular], clusters)
    return out


def _kept(proof: Proof, kept: Kept, kind: str) -> Vector:
    """What was computed while the rows were there."""
    inner: Any = proof.inner
    alone = proof.likelihood is inner and tuple(proof.regular) == tuple(inner.names)
    found = kept.inner if alone and kept.inner else kept.covariances
    kind = "sandwich" if kind == "HC0" else kind
    if kind not in found:
        raise missing_data(f"the {kind} covariance")
    return found[kind].copy()


def _regular(proof: Proof, kind: str, names: list[Any], clusters: Clusters) -> Vector:
    """The covariance of the parameters that are not on an edge."""
    inner, x = proof.inner, proof.inner_optimum.x
    jacobian = embedding(proof, names, x)
    if kind == "expected":
        on_links = inverse(inner.expected(x))
    else:
        on_links = inverse(proof.inner_optimum.at.information)
    if kind not in ("expected", "observed"):
        found = _clustered if len(clusters) else _meat
        on_links = on_links @ found(inner.unreduced, x, on_links, kind, clusters) @ on_links
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
    _, outer = embedded(proof.inner, proof.embed, x)
    return np.array([slopes(outer[name], len(jacobian)) for name in names]) @ jacobian


def embedded(loglik: LogLikelihood, embed: Any, x: Vector) -> tuple[dict[Any, Jet], Any]:
    """The parameters at a point as independent variables, and those of the whole model in them."""
    at = loglik.natural(x)
    jets = dict(zip(at, seed([np.float64(v) for v in at.values()], 1), strict=True))
    return jets, embed(jets)


def slopes(value: Any, size: int) -> Vector:
    """The derivatives of a number in so many variables."""
    of = value.grad if isinstance(value, Jet) else (0.0,) * size
    return np.array([float(slope or 0.0) for slope in of])


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


def _meat(loglik: LogLikelihood, x: Vector, bread: Vector, kind: str, _: Clusters) -> Vector:
    """Σ sᵢ sᵢᵀ in coordinates, weighted as the weights mean it, shape (k, k)."""
    power = loglik.sample.weighting.meat
    meat = np.zeros_like(bread)
    parts: Any = loglik.row_scores(x)
    if kind in POWERS:
        parts = [(_adjusted(loglik, x, bread, POWERS[kind]), _weights(loglik))]
    for scores, w in parts:
        weighted = scores if w is None or power == 0 else scores * (w**power)[:, None]
        meat += weighted.T @ scores
    n = loglik.sample.n
    return meat * (_per_degree(loglik, n) if kind == "HC1" else 1.0)


def _per_degree(loglik: LogLikelihood, n: float) -> float:
    """A number of rows over those that are left to tell the spread by; NaN where none are."""
    left = loglik.sample.n - _coefficients(loglik)
    return n / left if left > 0.0 else np.nan


def _clustered(
    loglik: LogLikelihood, x: Vector, bread: Vector, kind: str, clusters: Clusters
) -> Vector:
    """Σ over clusters of the outer products of the sums of scores, shape (k, k)."""
    ways = [(1.0, codes) for codes in clusters]
    if len(clusters) == 2:
        a, b = clusters
        _, both = np.unique(a.astype(np.int64) * (int(b.max()) + 1) + b, return_inverse=True)
        ways.append((-1.0, np.ravel(both)))
    meat = np.zeros_like(bread)
    for sign, codes in ways:
        groups = len(np.unique(codes if loglik.shared is not None else codes[_read(loglik.member)]))
        sums = _adjusted(loglik, x, bread, POWERS.get(kind, 0.0), codes)
        meat += sign * (groups / (groups - 1.0) if "CR1" in kind else 1.0) * (sums.T @ sums)
    return meat * (_per_degree(loglik, loglik.sample.n - 1.0) if kind == "CR1S" else 1.0)


def _weights(loglik: LogLikelihood) -> Vector | None:
    """The weights of all rows, as they stand in the blocks."""
    source = loglik.sample.source
    return None if source.w is None else source.w.read(0, loglik.sample.stored) / source.unit


def _adjusted(
    loglik: LogLikelihood, x: Vector, bread: Vector, power: float, codes: Any = None
) -> Vector:
    """Scores of rows, or sums of clusters, over (I − K V)**power in each predictor, (rows, k).

    V is the covariance of its coefficients where all others are held, and K the information about
    them in the row or the cluster: without it the estimate is V (I − K V)⁻¹ times the score away.
    The root of I − K V is that in the coefficients, so rows may be many: it is the one of
    Pustejovsky and Tipton, in the rows, where those of a cluster have one curvature, as in least
    squares, and as unbiased.
    """
    rows = loglik.sample.stored
    out = np.zeros((rows if codes is None else int(codes.max()) + 1, loglik.size))
    if power and not np.all(np.diag(bread) > 0.0):
        return np.full_like(out, np.nan)
    for m, member in enumerate(loglik.members):
        alone = loglik.shared is None
        seen, places = loglik.seen(m, x), _read(member) if alone else loglik.places[m]
        own = bread.copy() if alone else seen.jacobian @ bread @ seen.jacobian.T
        if len(own) <= loglik.size:
            whole = inverse(own)
            for v in member.layout.variables:
                own[v.place, v.place] = inverse(whole[v.place, v.place])
        if codes is None:
            found = np.concatenate([*_rows(member, seen.x, own, power)])
        else:
            places, found = _sums(member, seen.x, own, power, codes[places])
        out[places] += found if alone else found @ seen.jacobian
    return out


def _read(member: Member) -> NDArray[np.intp]:
    """Which of its rows are read: all but those that are missing, or have no weight."""
    source, rows = member.sample.source, member.rows
    if not source.gaps:
        return np.arange(rows)
    y = source.y.read(0, rows)
    return np.flatnonzero((y == y) & (True if source.w is None else source.w.read(0, rows) > 0.0))


def _rows(member: Member, x: Vector, bread: Vector, power: float) -> Iterator[Vector]:
    """The same of the rows of one member, in its coordinates, by blocks."""
    # Copies of a row have a leverage each; a precision is in the curvature already.
    stands_for_others = member.sample.weighting.meat == 2
    for row in member.row_scores(x, 2):
        scores, rows = row.scores, row.rows
        for v, bend in _followed(member, row):
            own = bread[v.place, v.place] / np.outer(v.scale, v.scale)
            square = float(own[0, 0]) if v.design is None else rows.designs[v.part].quad(own)
            left = 1.0 - bend * square * (row.w if stands_for_others else 1.0)
            scores[:, v.place] *= np.reshape(_power(left, power), (-1, 1))
        yield scores


def _sums(
    member: Member, x: Vector, bread: Vector, power: float, codes: NDArray[np.intp]
) -> tuple[NDArray[np.intp], Vector]:
    """The clusters that a member has rows of, and the sums there, in its coordinates."""
    blocks = [*member.row_scores(x, 2)]
    found = [member.counts(b.rows.block) for b in blocks]
    counts = [
        np.ones(len(b.scores)) if w is None else w for b, w in zip(blocks, found, strict=True)
    ]
    scores = np.concatenate([b.scores * w[:, None] for b, w in zip(blocks, counts, strict=True)])
    order = np.argsort(codes, kind="stable")
    groups, starts = np.unique(codes[order], return_index=True)
    sums = np.add.reduceat(scores[order], starts)
    if not power:
        return groups, sums
    for i, (v, _) in enumerate(_followed(member, blocks[0])):
        columns, bends = [], []
        for b, w in zip(blocks, counts, strict=True):
            one = np.ones((len(w), 1)) if v.design is None else b.rows.designs[v.part].dense()
            columns.append(one / v.scale)
            bends.append(w * [*_followed(member, b)][i][1])
        design, bend = np.concatenate(columns)[order], np.concatenate(bends)[order]
        values, vectors = np.linalg.eigh(bread[v.place, v.place])
        root = vectors * np.sqrt(values)
        back = vectors / np.sqrt(values)
        for g, rows in enumerate(np.split(np.arange(len(order)), starts[1:])):
            of = design[rows] @ root  # V is root rootᵀ, and I − K V is similar to I − rootᵀ K root
            lost, axes = np.linalg.eigh(of.T @ (of * bend[rows, None]))
            turned = (axes * _power(1.0 - lost, power)) @ axes.T @ root.T
            sums[g, v.place] = back @ turned @ sums[g, v.place]
    return groups, sums


def _followed(member: Member, row: Row) -> Iterator[tuple[Any, Any]]:
    """The local variables that are predictors, and −d²ℓ/dη² of some rows in each."""
    variables, followed = member.layout.variables, _predicted(member)
    for i, v in enumerate(variables):
        if v.part in followed:
            yield v, -row.local.rows(row.local.hess[_position(i, len(variables))])


def _power(left: Any, power: float) -> Any:
    """What is left to a power below zero; none where nothing is, and the score neither."""
    return np.where(np.abs(left) > LEAST, np.power(left, -power), 0.0)


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
