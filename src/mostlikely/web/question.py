"""A question with four choices, of which the library computes the right one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

__all__ = ["Choice", "Question", "said"]


@dataclass(frozen=True)
class Choice:
    """One answer, and what to say to the person who gives it.

    Parameters
    ----------
    text : str
        As it is shown.
    why : str
        Of a wrong one, how one comes to think so and what is amiss; of the right one, why it is
        right.
    right : bool
    """

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """One question.

    Parameters
    ----------
    topic : str
        The template that made it.
    text : str
        What is asked.
    choices : tuple of Choice
        Four, exactly one of them right, all of different text.
    code : str
        Python that asks the library the same, on one line after ``import mostlikely as ml``.
    answer : str
        What that line gives.
    """

    topic: str
    text: str
    choices: tuple[Choice, ...]
    code: str
    answer: str

    def shuffled(self, rng: Any) -> Question:
        """The same with its choices in another order."""
        order = rng.permutation(len(self.choices))
        choices = tuple(self.choices[i] for i in order)
        return Question(self.topic, self.text, choices, self.code, self.answer)

    def plain(self) -> dict[str, Any]:
        """As JSON: the page shows ``choices``, and ``why`` when one is taken."""
        return {
            "topic": self.topic,
            "text": self.text,
            "choices": [{"text": c.text, "why": c.why, "right": c.right} for c in self.choices],
            "code": self.code,
            "answer": self.answer,
        }

    @classmethod
    def of(
        cls,
        topic: str,
        text: str,
        right: Choice,
        wrong: Iterable[Choice],
        code: str,
        answer: str,
    ) -> Question | None:
        """The question with the first three wrong choices that differ from all others.

        None where there are not so many: the template draws again.
        """
        kept = [right]
        for choice in wrong:
            if len(kept) < 4 and choice.text not in {c.text for c in kept}:
                kept.append(choice)
        return cls(topic, text, tuple(kept), code, answer) if len(kept) == 4 else None


def said(x: float, digits: int = 3) -> str:
    """A number as a question shows it: ``digits`` significant digits, without an exponent.

    Examples
    --------
    >>> said(0.70000001), said(123.4), said(-2.0)
    ('0.7', '123', '−2')
    """
    text = f"{x:.{digits}g}"
    text = f"{float(text):.10f}".rstrip("0").rstrip(".") if "e" in text else text
    return text.replace("-", "−")
