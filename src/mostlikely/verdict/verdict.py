"""How a fit ended, as a sentence with its evidence."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LEFT_TO_GAIN", "Verdict"]

#: What the sentence with the evidence of a maximum ends in.
LEFT_TO_GAIN = "left to gain."


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

    @property
    def headline(self) -> str:
        """The sentence as tables have it: of a maximum inside without the evidence.

        Examples
        --------
        >>> import mostlikely as ml
        >>> ml.fit(ml.Bernoulli(), [1, 0, 1, 1]).verdict.headline
        'Converged: interior maximum.'
        """
        _, found, rest = self.sentence.partition(LEFT_TO_GAIN)
        inside = self.kind == "interior" and found
        return f"Converged: interior maximum.{rest}" if inside else self.sentence
