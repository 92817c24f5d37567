"""The user's numbers, put in where a derivation has symbols."""

from __future__ import annotations

from math import isfinite, isnan
from typing import Any

from mostlikely.data.weights import NONE
from mostlikely.derivation.density import Pen, listed
from mostlikely.derivation.latex import label
from mostlikely.derivation.statistics import Count, in_totals, valued
from mostlikely.derivation.steps import Derivation, Step, aligned
from mostlikely.inference.fitted import Fitted

__all__ = ["numbers"]


def number(x: float) -> str:
    """Six digits.

    Examples
    --------
    >>> number(0.1 + 0.2), number(2.5e-9)
    ('0.3', '2.5e-09')
    """
    return f"{x:.6g}"


def _latex(x: float) -> str:
    if isnan(x):
        return r"\text{none}"
    if not isfinite(x):
        return r"\infty" if x > 0 else r"-\infty"
    mantissa, _, power = number(x).partition("e")
    return rf"{mantissa} \cdot 10^{{{int(power)}}}" if power else mantissa


def _text(x: float) -> str:
    return "none" if isnan(x) else number(x).replace("inf", "∞")


def numbers(derivation: Derivation, fit: Fitted) -> tuple[Step, ...]:
    """The last steps: the sums that the data give, and what the fit found."""
    steps = []
    if derivation.reading is not None and derivation.sums and fit.has_data:
        steps.append(_data(derivation, fit))
    steps.append(_found(derivation, fit))
    return tuple(steps)


def _data(derivation: Derivation, fit: Fitted) -> Step:
    reading = derivation.reading
    assert reading is not None  # `numbers` asks before
    pen, sample = Pen(reading), fit.evidence("a derivation").sample
    known = {reading.parameters[k]: v for k, v in fit.model.fixed.items()}
    rows = [f"{pen.latex.doprint(reading.size)} = {_latex(sample.total)}"]
    lines = [f"{pen.text.doprint(reading.size)} = {_text(sample.total)}"]
    for statistic in derivation.sums:
        value = valued(statistic, sample, reading.y, known)
        rows.append(f"{pen.latex.doprint(statistic)} = {_latex(value)}")
        lines.append(f"{pen.text.doprint(statistic)} = {_text(value)}")
    counts = any(isinstance(s, Count) for s in derivation.sums)
    sentence = "The counts of your data." if counts else "What your data have to say, in numbers."
    if fit.weighting is not NONE:
        sentence += (
            f" Sums are weighted ({fit.weight_kind} weights), and n is the sum of the weights."
        )
    return Step("Your data", sentence, aligned(rows), "\n".join(lines))


def _found(derivation: Derivation, fit: Fitted) -> Step:
    rows, lines = [], []
    for key, value in fit.params.items():
        name, plain = _names(derivation, key)
        formula, formula_text, root, root_text = _formulas(derivation, fit, key)
        error = fit.standard_errors[key]
        rows.append(f"{name} = {formula}{_latex(value)}")
        lines.append(f"{plain} = {formula_text}{_text(value)}")
        if isfinite(error):
            rows[-1] += rf", \quad \operatorname{{se}} = {root}{_latex(error)}"
            lines[-1] += f",  se = {root_text}{_text(error)}"
    sentences = _sentences(derivation, fit)
    if not rows:
        rows, lines = [rf"\ell = {_latex(fit.loglik)}"], [f"ℓ = {_text(fit.loglik)}"]
        sentences = ["Nothing is estimated: every parameter is known."]
    return Step("Your estimate", " ".join(sentences), aligned(rows), "\n".join(lines))


def _names(derivation: Derivation, key: Any) -> tuple[str, str]:
    """The parameter or coefficient in LaTeX and in text."""
    reading = derivation.reading
    if reading is not None and key in reading.parameters:
        pen, symbol = Pen(reading), reading.parameters[key]
        return pen.latex.hat(symbol), pen.text.hat(symbol)
    plain = key if isinstance(key, str) else ": ".join(map(str, key))
    return label(plain), plain


def _formulas(derivation: Derivation, fit: Fitted, key: Any) -> tuple[str, str, str, str]:
    """What gives the estimate and its error, each with an equals sign after it, or nothing."""
    reading = derivation.reading
    estimate = derivation.estimates.get(key)
    plain = fit.verdict.kind == "interior" and fit.weighting.meat == 1
    if reading is None or estimate is None or not plain or fit.penalty is not None:
        return "", "", "", ""
    pen = Pen(reading, hats=reading.free.values())
    shown = in_totals(estimate, reading.y, reading.size)
    error = derivation.standard_errors.get(key)
    root = root_text = ""
    if error is not None:
        root, root_text = f"{pen.latex.root(error**2)} = ", f"{pen.text.root(error**2)} = "
    return f"{pen.latex.estimate(shown)} = ", f"{pen.text.estimate(shown)} = ", root, root_text


def _sentences(derivation: Derivation, fit: Fitted) -> list[str]:
    closed = [k for k, e in derivation.estimates.items() if e is not None]
    searched = [k for k, e in derivation.estimates.items() if e is None]
    sentences = []
    if fit.model.all_predictors:
        sentences.append("What the fit found in your data.")
    elif closed and not searched:
        sentences.append("The formulas above with your numbers put in.")
    elif closed:
        sentences.append(
            f"{listed(closed)} by the formula above, {listed(searched)} by Newton's method."
        )
    else:
        sentences.append("Found by Newton's method.")
    if fit.penalty is not None:
        sentences.append(f"The penalty {fit.penalty!r} was added to the log-likelihood.")
    if fit.weighting.meat != 1:
        sentences.append(
            f"Under {fit.weight_kind} weights the numbers are others than the formulas give, which "
            "are for rows that count alike."
        )
    return [*sentences, f"The verdict: {fit.verdict}"]
