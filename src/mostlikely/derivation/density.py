"""A density, the product of it over a sample, and the sum that its logarithm is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy

from mostlikely.derivation.latex import Latex, label
from mostlikely.derivation.reading import Reading
from mostlikely.derivation.steps import Step, aligned
from mostlikely.derivation.text import Text

__all__ = [
    "Pen",
    "arguments",
    "density_step",
    "level_names",
    "likelihood_step",
    "listed",
    "logarithm_step",
]

TWO_PI = sympy.Symbol(r"2 \pi", positive=True)


def listed(words: Iterable[str]) -> str:
    """In a sentence: a, b and c."""
    *front, last = words
    return f"{', '.join(front)} and {last}" if front else last


class Pen:
    """Writes a formula twice: LaTeX and text."""

    def __init__(self, reading: Reading, hats: Iterable[Any] = ()) -> None:
        names = level_names(reading)
        self.latex = Latex(reading.y, reading.size, hats, names)
        self.text = Text(reading.y, reading.size, hats, names)

    def names(self, symbols: Iterable[Any]) -> tuple[str, str]:
        """Symbols with commas between."""
        symbols = list(symbols)
        return (
            ", ".join(map(self.latex.doprint, symbols)),
            ", ".join(map(self.text.doprint, symbols)),
        )


def level_names(reading: Reading) -> list[str]:
    """The labels as they are called, by place."""
    levels = reading.family.levels or range(len(reading.levels))
    return [str(level) for level in levels]


def density_step(reading: Reading) -> Step:
    """What the family gives one observation."""
    family, pen = reading.family, Pen(reading)
    kind = "probability" if family.support.discrete else "density"
    meanings = listed(f"{k} ({p.meaning})" for k, p in family.parameters.items())
    known = [k for k in reading.parameters if k not in reading.free]
    told = ""
    if known:
        nameless = {*reading.unnamed, *family.columns}
        values = [k if k in nameless else f"{k} = {family.fixed[k]:g}" for k in known]
        told = f" {listed(values)} {'is' if len(known) == 1 else 'are'} known, not estimated."
    sentence = f"{family.name} gives one observation this {kind}. Its parameters: {meanings}.{told}"
    given, plainly = pen.names(reading.parameters.values())
    y, y_text = pen.latex.doprint(reading.y), pen.text.doprint(reading.y)
    if reading.levels:
        names = level_names(reading)
        rows = [sympy.exp(level) for level in reading.levels]
        rows = [sympy.simplify(row) if row.has(sympy.exp) else row for row in rows]
        return Step(
            "The noise model",
            sentence,
            aligned(
                [
                    rf"P({y} = {label(name)}) = {pen.latex.doprint(row)}"
                    for name, row in zip(names, rows, strict=True)
                ]
            ),
            "\n".join(
                f"P({y_text} = {name}) = {pen.text.doprint(row)}"
                for name, row in zip(names, rows, strict=True)
            ),
        )
    density = as_density(reading)
    latex = rf"p({y} \mid {given}) = {pen.latex.doprint(density)}"
    text = f"p({y_text} | {plainly}) = {pen.text.doprint(density)}"
    if reading.inside is not None:
        latex += rf" \quad \text{{where }} {pen.latex.doprint(reading.inside)}"
        text += f"   where {pen.text.doprint(reading.inside)}"
    return Step("The noise model", sentence, latex, text)


def as_density(reading: Reading) -> Any:
    """exp of the log-density, factor by factor."""
    formula = reading.formula.replace(sympy.loggamma, lambda x: sympy.log(sympy.gamma(x))).xreplace(
        {sympy.log(2 * sympy.pi): sympy.log(TWO_PI)}
    )
    factors = []
    for term in sympy.Add.make_args(formula):
        sums = [f for f in sympy.Mul.make_args(term) if f.is_Add and f.has(sympy.log)]
        if len(sums) == 1:
            factors += [_exp(term / sums[0] * t) for t in sums[0].args]
        else:
            factors.append(_exp(term))
    return sympy.Mul(*factors)


def _exp(term: Any) -> Any:
    """exp(c log b) as b to the power of c."""
    logs = [f for f in sympy.Mul.make_args(term) if isinstance(f, sympy.log)]
    return logs[0].args[0] ** (term / logs[0]) if len(logs) == 1 else sympy.exp(term)


def likelihood_step(reading: Reading) -> Step:
    """Independent observations multiply."""
    pen = Pen(reading)
    given, plainly = pen.names(reading.parameters.values())
    free, free_text = arguments(reading, pen)
    n, n_text = pen.latex.doprint(reading.size), pen.text.doprint(reading.size)
    y, y_text = pen.latex.rows(reading.y), pen.text.rows(reading.y)
    sentence = (
        "Observations that are independent multiply: the likelihood of the parameters is the "
        f"probability of all {n_text} of them, read as a function of the parameters."
    )
    if not reading.family.support.discrete:
        sentence = sentence.replace("the probability of", "the density of")
    rows = [rf"L({free}) = \prod_{{i=1}}^{{{n}}} p({y} \mid {given})"]
    lines = [f"L({free_text}) = ∏ p({y_text} | {plainly})"]
    if reading.levels:
        names = level_names(reading)
        rows.append(
            " = ".join(
                ["", r" \, ".join(rf"P(y = {label(k)})^{{n_{{{label(k)}}}}}" for k in names)]
            ).strip()
        )
        lines.append("  = " + " · ".join(f"P({y_text[0]} = {k})^n[{k}]" for k in names))
        sentence += " Equal labels have equal probabilities, so the counts are all that is needed."
    else:
        density = as_density(reading)
        rows.append(rf"= \prod_{{i=1}}^{{{n}}} {pen.latex.rows(density)}")
        lines.append(f"  = ∏ {pen.text.rows(density)}")
    latex = r"\begin{aligned} " + rows[0].replace(" = ", " &= ", 1) + r" \\ &" + rows[1]
    return Step("The likelihood", sentence, latex + r" \end{aligned}", "\n".join(lines))


def arguments(reading: Reading, pen: Pen) -> tuple[str, str]:
    """What is estimated, or everything where nothing is."""
    return pen.names(reading.free.values() or reading.parameters.values())


def logarithm_step(reading: Reading) -> Step:
    """The sum that the logarithm of the product is."""
    pen = Pen(reading)
    free, free_text = arguments(reading, pen)
    n = pen.latex.doprint(reading.size)
    sentence = (
        "The logarithm rises with its argument, so the maximum stays where it is. It makes a sum "
        "of the product: easy to differentiate, and no number too small for a computer."
    )
    if reading.levels:
        names = level_names(reading)
        terms = [rf"n_{{{label(k)}}} \log P(y = {label(k)})" for k in names]
        plain = [f"n[{k}]·log P(y = {k})" for k in names]
        return Step(
            "The logarithm",
            sentence,
            rf"\ell({free}) = \log L({free}) = " + " + ".join(terms),
            f"ℓ({free_text}) = {' + '.join(plain)}",
        )
    pen.latex.indexed = True
    lines = pen.latex.lines(reading.formula)
    pen.latex.indexed = False
    body = r" \\ &\qquad ".join(lines)
    latex = (
        rf"\begin{{aligned}} \ell({free}) &= \log L({free}) \\ "
        rf"&= \sum_{{i=1}}^{{{n}}} \biggl[ {body} \biggr] \end{{aligned}}"
    )
    return Step(
        "The logarithm",
        sentence,
        latex,
        f"ℓ({free_text}) = Σ [{pen.text.rows(reading.formula)}]",
    )
