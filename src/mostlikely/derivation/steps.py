"""A derivation as values: its steps, and the estimates at which they arrive."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

from mostlikely.data.read import read_sample
from mostlikely.derivation.reading import Reading
from mostlikely.derivation.statistics import valued
from mostlikely.errors import ModelError
from mostlikely.family.base import Family

__all__ = ["Derivation", "Step", "aligned"]

WIDTH = 88


def aligned(rows: list[str], sign: str = "=") -> str:
    """Rows of LaTeX below one another, each ``left = right`` aligned at its first sign."""
    if len(rows) == 1:
        return rows[0]
    lines = [row.replace(f" {sign} ", f" &{sign} ", 1) for row in rows]
    return r"\begin{aligned} " + r" \\ ".join(lines) + r" \end{aligned}"


@dataclass(frozen=True)
class Step:
    """One step: what is done, why, and the formula that it leads to.

    Attributes
    ----------
    title : str
    sentence : str
        In words.
    latex : str
        The formula as LaTeX, without delimiters; KaTeX, MathJax and LaTeX read it.
    text : str
        The same formula for a terminal, a line for each equation.
    """

    title: str
    sentence: str
    latex: str
    text: str


@dataclass(frozen=True, repr=False)
class Derivation:
    """How the most likely parameters of a family are found, step by step.

    Made by `derive` or by `Fit.explain`.

    Attributes
    ----------
    model : Family
        What is derived, with whatever is fixed.
    steps : tuple of Step
        In order.
    estimates : mapping of str to sympy.Expr
        The closed form of each free parameter in statistics of the sample (``Mean(y)`` and its
        like), or None where there is none.
    given : mapping of str to sympy.Expr
        Closed forms of parameters in terms of others that have none.
    standard_errors : mapping of str to sympy.Expr
        In the parameters at their estimates and n, or None where that is no short formula.
    sums : tuple of sympy.Expr
        The sufficient statistics, where a few sums are (``Total(y)`` and its like).

    Examples
    --------
    >>> import mostlikely as ml
    >>> derivation = ml.derive(ml.Exponential())
    >>> derivation.estimates
    {'mean': Mean(y)}
    >>> derivation.steps[2].title
    'The logarithm'
    >>> derivation.evaluate([1.0, 2.0, 6.0])
    {'mean': 3.0}
    """

    model: Family
    steps: tuple[Step, ...]
    estimates: Mapping[str, Any]
    given: Mapping[str, Any] = field(default_factory=dict)
    standard_errors: Mapping[str, Any] = field(default_factory=dict)
    reading: Reading | None = field(default=None, compare=False)
    sums: tuple[Any, ...] = ()

    def __repr__(self) -> str:
        return f"<Derivation of {self.model.shown}: {len(self.steps)} steps>"

    def __str__(self) -> str:
        """As text for a terminal."""
        parts = [f"{self.model.shown}: from the density to the estimate"]
        for number, step in enumerate(self.steps, start=1):
            sentence = textwrap.fill(step.sentence, WIDTH)
            formula = textwrap.indent(_wrapped(step.text), "    ")
            parts.append(
                f"{number}. {step.title}\n{sentence}" + (f"\n\n{formula}" if formula else "")
            )
        return "\n\n".join(parts)

    def latex(self) -> str:
        """All steps as one LaTeX fragment: sentences, and formulas in display mode."""
        parts = []
        for step in self.steps:
            parts.append(rf"\paragraph{{{_escaped(step.title)}.}} {_escaped(step.sentence)}")
            if step.latex:
                parts.append(rf"\[ {step.latex} \]")
        return "\n".join(parts) + "\n"

    def _repr_html_(self) -> str:
        """An ordered list, its formulas in the delimiters that notebooks typeset."""
        items = []
        for step in self.steps:
            formula = f"<div>$$\\displaystyle {escape(step.latex)}$$</div>" if step.latex else ""
            items.append(f"<li><b>{escape(step.title)}.</b> {escape(step.sentence)}{formula}</li>")
        name = escape(self.model.shown)
        return f'<div class="mostlikely"><p><b>{name}</b></p><ol>{"".join(items)}</ol></div>'

    def evaluate(self, data: Any, y: str | None = None, **options: Any) -> dict[str, float]:
        """The closed forms at a sample: what the formulas give, without any solver.

        Parameters
        ----------
        data, y, **options
            As in `fit`: ``weights=``, ``weight_kind=``, ``missing=``. Means and sums are weighted.

        Returns
        -------
        dict of str to float
            A number for each parameter that has a closed form.

        Raises
        ------
        ModelError
            If a known parameter that the formulas hold has no value.
        DataError
            If the data cannot be used.

        Examples
        --------
        >>> import mostlikely as ml
        >>> ml.derive(ml.Binomial(n=10)).evaluate([3, 5, 7])
        {'p': 0.5}
        """
        if self.reading is None:
            raise ModelError(f"{self.model.shown} has no closed form that could be evaluated.")
        _, sample = read_sample(self.model, data, y, **options)
        return self.values(sample)

    def values(self, sample: Any) -> dict[str, float]:
        """The closed forms at a sample that has been read."""
        reading = self.reading
        if reading is None:
            return {}
        known = {reading.size: sample.total}
        for name, value in self.model.fixed.items():
            if name not in reading.unnamed:
                known[reading.parameters[name]] = value
        found = {}
        for name, estimate in self.estimates.items():
            if estimate is None:
                continue
            missing = [k for k in reading.unnamed if reading.parameters[k] in estimate.free_symbols]
            if missing:
                k = missing[0]
                raise ModelError(
                    f"the estimate of {name} holds {k}, which is known to you only: "
                    f"ml.derive(ml.{self.model.name}({k}=10))."
                )
            found[name] = valued(estimate, sample, reading.y, known)
        return found

    def and_then(self, *steps: Step) -> Derivation:
        """The same with more steps."""
        return replace(self, steps=(*self.steps, *steps))


def _wrapped(text: str) -> str:
    lines = []
    for line in text.split("\n"):
        start = " " * (len(line.partition(" = ")[0]) + 3 if " = " in line else 4)
        lines += textwrap.wrap(
            line,
            WIDTH - 4,
            subsequent_indent=start[:24],
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join(lines)


def _escaped(sentence: str) -> str:
    for plain, written in (("\\", " "), ("&", r"\&"), ("%", r"\%"), ("_", r"\_"), ("#", r"\#")):
        sentence = sentence.replace(plain, written)
    return sentence
