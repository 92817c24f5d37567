"""Dependent columns, and directions in which the likelihood is flat."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from mostlikely.likelihood.keys import label
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.solve.objective import Vector
from mostlikely.solve.optimum import Stop
from mostlikely.verdict import sentences
from mostlikely.verdict.check import Again, Ended
from mostlikely.verdict.nonlinear import aliased, bent
from mostlikely.verdict.proof import Proof, plain

__all__ = ["NotIdentified", "dependent", "movers"]

#: Eigenvalues of the information with a unit diagonal below this may be what the score that a
#: climb has left makes of none: the rows tell.
NEARLY = 1e-3
#: Parts of a direction below this, its length being one, are rounding.
APART = 1e-4


class NotIdentified:
    """Parameters that can move together without changing the likelihood."""

    name: ClassVar[str] = "not identified"

    def suspects(self, ended: Ended) -> bool:
        """Where the climb ended on a level or nearly, or columns are dependent."""
        flat = ended.optimum.stop is Stop.FLAT or (ended.inside and level(ended))
        return flat or (ended.inside and bool(dependent(ended.loglik)[0]))

    def __call__(self, ended: Ended, again: Again) -> Proof | None:
        """The proof, with what is as it should be all the same."""
        loglik, best = ended.loglik, ended.optimum
        ways = aliased(loglik, best.x) if level(ended) else np.zeros((loglik.size, 0))
        if ways.shape[1]:
            return _two_names(ended, ways)
        if best.stop is Stop.FLAT:
            assert best.direction is not None
            moving = movers(loglik, best.x, best.direction)
            value = loglik.natural(best.x)[moving[0]] if len(moving) == 1 else None
            number = value if moving[0] in loglik.constants else None
            verdict = sentences.flat(tuple(map(label, moving)), number, best.decrement)
            return plain(loglik, best, verdict)
        found, concerned = dependent(loglik)
        if not found:
            return None
        verdict = sentences.dependent(found, tuple(map(label, concerned)), best.decrement)
        others = tuple(k for k in loglik.names if k not in concerned)
        return replace(plain(loglik, best, verdict), regular=others)


def level(ended: Ended) -> bool:
    """Whether a curve's parameters are so nearly dependent that its rows are to be looked at."""
    curved = not np.isnan(bent(ended.loglik)).all()
    return curved and bool(np.linalg.eigvalsh(_scaled(ended)[0])[0] < NEARLY)


def _scaled(ended: Ended) -> tuple[Vector, Vector]:
    """The information with a diagonal of ones, where there is any, and what it was divided by."""
    information = ended.optimum.at.information
    size = np.sqrt(np.abs(np.diag(information)))
    size = np.where(size > 0.0, size, 1.0 / ended.loglik.units)
    return (information / size) / size[:, None], size


def _two_names(ended: Ended, ways: Vector) -> Proof:
    """The proof for parameters that no row tells apart; there are errors of all others."""
    loglik, best = ended.loglik, ended.optimum
    found = np.max(np.abs(ways), axis=1) > APART
    concerned = np.abs(loglik.jacobian(best.x)) @ found > 0.0
    moving = [label(key) for key, c in zip(loglik.names, concerned, strict=True) if c]
    rank = loglik.size - ways.shape[1]
    verdict = sentences.flat(moving, None, best.decrement, rank)
    scaled, size = _scaled(ended)  # curvature where there is none changes nothing that is told
    flat = np.linalg.eigh(scaled)[1][:, : ways.shape[1]]
    at = replace(best.at, information=(scaled + flat @ flat.T) * size * size[:, None])
    others = tuple(key for key, c in zip(loglik.names, concerned, strict=True) if not c)
    proof = replace(plain(loglik, best, verdict), regular=others, rank=rank)
    return replace(proof, inner_optimum=replace(best, at=at))


def movers(loglik: LogLikelihood, x: Vector, direction: Vector) -> tuple[Any, ...]:
    """The parameters that take part in a direction in units, the strongest first."""
    toward = loglik.jacobian(x) @ (direction * loglik.units)
    size = np.abs(toward)
    constant = [loglik.names.index(k) for k in loglik.constants]
    for i in constant:  # on the scale of its link, a constant moves by what its coordinate does
        size[i] = abs(direction[loglik.coordinate(loglik.names[i])])
    least = (0.1 if len(constant) == len(size) else 1e-3) * size.max(initial=0.0)
    return tuple(loglik.names[i] for i in np.argsort(-size) if size[i] > least)


def dependent(loglik: LogLikelihood) -> tuple[list[str], dict[Any, None]]:
    """Equations between columns that are combinations of others, and the keys concerned."""
    found: dict[str, None] = {}
    concerned: dict[Any, None] = {}
    for part in loglik.parts:
        if part.basis is None:
            continue
        for column, way in part.basis.dependent:
            terms = [key if isinstance(key, str) else key[1] for key in part.keys]
            if len(set(terms)) < len(terms):
                terms = [label(key) for key in part.keys]
            size = np.abs(way) > 1e-9 * max(float(np.abs(way).max(initial=0.0)), 1e-300)
            made = [_times(way[j], terms[j]) for j in np.flatnonzero(size)]
            concerned[part.keys[column]] = None
            concerned.update((part.keys[j], None) for j in np.flatnonzero(size))
            what = " + ".join(made).replace("+ -", "- ") if made else "zero in every row"
            found[f"{terms[column]} = {what}"] = None
    return list(found), concerned


def _times(c: float, term: str) -> str:
    rounded = float(f"{c:.6g}")
    return term if rounded == 1.0 else f"{rounded:g}·{term}"
