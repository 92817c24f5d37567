"""How a fit ended, as a sentence with its evidence."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Verdict"]


@dataclass(frozen=True)
class Verdict:
    """The proven end of a fit. Its text is the sentence that the user reads.

    Parameters
    ----------
    kind : str
        "interior", "boundary", "separation", "no maximum", "not identified" or "ran out".
    ok : bool
        True for an interior maximum and for a boundary that is the proven answer.
    sentence : str
        What happened, why, and where it helps, what to do.
    decrement : float
        The log-likelihood still to gain: ½ scoreᵀ information⁻¹ score.
    parameters : tuple of str
        The parameters concerned: on the edge, flat or running off.

    Examples
    --------
    >>> import mostlikely as ml
    >>> verdict = ml.fit(ml.Bernoulli(), [1, 0, 1, 1]).verdict
    >>> verdict.kind, verdict.ok
    ('interior', True)
    """

    kind: str
    ok: bool
    sentence: str
    decrement: float = float("inf")
    parameters: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.sentence

    @property
    def short(self) -> str:
        """One word or two for a column of a table."""
        return self.kind if self.ok else f"not ok: {self.kind}"
