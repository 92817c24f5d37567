"""What a weight means: one object for each kind, asked by sums, covariances and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["FREQUENCY", "NONE", "PRECISION", "SAMPLING", "WEIGHTINGS", "Weighting"]


@dataclass(frozen=True)
class Weighting:
    """One meaning of weights.

    Parameters
    ----------
    name : str
        As tables say it.
    counts : bool
        Whether a row counts w times in the log-likelihood; else w is inside the row's density.
    meat : int
        The power of w that the outer product of a row's score has in a sandwich: repeated rows
        are as many rows (1), a precision is in the score already (0), a sampling weight
        multiplies the score itself (2; Binder 1983, Int. Stat. Rev. 51, eq. 3.2).
    calibrated : bool
        Whether likelihood ratios are chi-square.
    """

    name: str
    counts: bool = True
    meat: int = 1
    calibrated: bool = True

    def scaled(
        self, values: Sequence[Any], names: Sequence[str], powers: Mapping[str, float], w: Any
    ) -> list[Any]:
        """Parameter values of rows: a precision w scales the dispersion that the family names.

        Parameters
        ----------
        values : sequence of numbers, arrays or jets
        names : sequence of str
            Their parameters.
        powers : mapping of parameter to float
            The power of w that each dispersion is multiplied by.
        w : array of shape (rows,), or None
        """
        if self.counts or w is None:
            return list(values)
        return [
            v * w ** powers[k] if k in powers else v for k, v in zip(names, values, strict=True)
        ]


NONE = Weighting("none")
FREQUENCY = Weighting("frequency")
PRECISION = Weighting("precision", counts=False, meat=0)
SAMPLING = Weighting("sampling", meat=2, calibrated=False)
#: By the word that a person passes as ``weight_kind``.
WEIGHTINGS = {kind.name: kind for kind in (FREQUENCY, PRECISION, SAMPLING)}
