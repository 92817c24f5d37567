"""The steps of one sample: from a density to its estimates, their errors, and the loss."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy

from mostlikely.derivation.algebra import Algebra, algebra
from mostlikely.derivation.density import (
    Pen,
    arguments,
    density_step,
    likelihood_step,
    listed,
    logarithm_step,
)
from mostlikely.derivation.losses import loss_of
from mostlikely.derivation.reading import Reading
from mostlikely.derivation.solving import expanded
from mostlikely.derivation.statistics import (
    Count,
    Mean,
    Total,
    in_totals,
    mean_of,
    summed,
    whole_mean,
)
from mostlikely.derivation.steps import Derivation, Step, aligned
from mostlikely.derivation.words import INFORMATION
from mostlikely.family.base import Family

__all__ = ["derived"]

#: Formulas longer than this, in operations, are said in words.
READABLE = 45
#: Derivatives of corners and steps, which say less than words.
SPIKES = (sympy.DiracDelta, sympy.Heaviside)


def derived(family: Family, unnamed: tuple[str, ...] = ()) -> Derivation:
    """The derivation of a model without predictors.

    Raises
    ------
    ModelError
        If SymPy cannot follow the formula.
    """
    found = algebra(family, unnamed)
    reading = found.reading
    steps = [density_step(reading), likelihood_step(reading), logarithm_step(reading)]
    if reading.free:
        steps += [_collected(found), *_score(found), _estimate(found)]
        steps += _curvature(found)
        steps += _loss(found)
    n = reading.size
    errors = {
        k: None
        if found.variances is None or s not in found.variances
        else sympy.sqrt(found.variances[s] / n)
        for k, s in reading.free.items()
    }
    return Derivation(
        family,
        tuple(steps),
        {k: found.closed.get(s) for k, s in reading.free.items()},
        {s.name: e for s, e in found.given.items()},
        errors,
        reading,
        _sums(found),
    )


def _sums(found: Algebra) -> tuple[Any, ...]:
    """The sufficient statistics, where they are a few sums."""
    reading = found.reading
    if reading.levels:
        return tuple(Count(k) for k in range(len(reading.levels)))
    free = set(reading.free.values())
    held = sorted((s for s in _held(found) if s != 1), key=_simplest)
    if any(s.free_symbols & free for s in held):
        return ()
    return tuple(Total(s.args[0]) for s in held)


def _simplest(statistic: Any) -> tuple[int, str]:
    return int(sympy.count_ops(statistic)), str(statistic)


def _held(found: Algebra) -> dict[Any, Any]:
    """What the data enter through, and the coefficient of each."""
    reading = found.reading
    symbols = set(reading.free.values())
    held: dict[Any, Any] = {}
    for term in sympy.Add.make_args(mean_of(sympy.expand(reading.formula), reading.y)):
        outside, statistic = term.as_independent(Mean, as_Add=False)
        if (outside.free_symbols | statistic.free_symbols) & symbols:
            held[statistic] = held.get(statistic, 0) + outside
    return held


# What depends on the data.


def _collected(found: Algebra) -> Step:
    reading, pen = found.reading, Pen(found.reading)
    free, free_text = arguments(reading, pen)
    symbols = set(reading.free.values())
    if reading.levels:
        return _counts(found, pen)
    opened = mean_of(sympy.expand(reading.formula), reading.y)
    inside = [m for m in opened.atoms(Mean) if m.free_symbols & symbols]
    if inside:
        kept = summed(mean_of(reading.formula, reading.y), reading.size)
        stuck = listed(sorted({s.name for m in inside for s in m.free_symbols & symbols}))
        return Step(
            "What the data contribute",
            f"What does not depend on the row comes out of the sum. {stuck} cannot: no few sums "
            "hold all that the data say, and each new value is tried on all rows.",
            _sum_lines(rf"\ell({free})", pen, kept),
            f"ℓ({free_text}) = {pen.text.doprint(kept)}",
        )
    held = _held(found)
    bare = any(not term.free_symbols & symbols for term in sympy.Add.make_args(opened))
    total = sympy.Add(*(summed(sympy.factor_terms(c) * s, reading.size) for s, c in held.items()))
    sums = [pen.text.doprint(s) for s in _sums(found)]
    sentence = (
        f"The data enter through {listed(sums)} alone: "
        f"{'a sufficient statistic' if len(sums) == 1 else 'sufficient statistics'}, all that this "
        "model can learn from a sample of known size."
        if sums
        else "The observations themselves do not enter, only where they begin and end."
    )
    if bare:
        sentence += " Terms without a parameter to estimate are a constant and move no maximum."
    more = [r"\text{constant}"] if bare else []
    return Step(
        "What the data contribute",
        sentence,
        _sum_lines(rf"\ell({free})", pen, total, more),
        f"ℓ({free_text}) = {pen.text.doprint(total)}{' + constant' if bare else ''}",
    )


def _counts(found: Algebra, pen: Pen) -> Step:
    free, free_text = arguments(found.reading, pen)
    total = summed(found.mean, found.reading.size)
    return Step(
        "What the data contribute",
        "The counts of the labels are sufficient statistics: the order of the rows says nothing.",
        _sum_lines(rf"\ell({free})", pen, total),
        f"ℓ({free_text}) = {pen.text.doprint(total)}",
    )


def _sum_lines(left: str, pen: Pen, expr: Any, more: Iterable[str] = ()) -> str:
    lines = pen.latex.lines(expr, 70)
    for term in more:
        lines[-1] += f" + {term}"
    if len(lines) == 1:
        return f"{left} = {lines[0]}"
    return rf"\begin{{aligned}} {left} &= " + r" \\ &\quad ".join(lines) + r" \end{aligned}"


# The score and where it is zero.


def _score(found: Algebra) -> list[Step]:
    if not found.score:
        return []
    reading, pen = found.reading, Pen(found.reading)
    rows, lines, long = [], [], []
    for theta, mean in found.score.items():
        slope = readable(reading, sympy.diff(reading.formula, theta), mean)
        name, plain = pen.latex.doprint(theta), pen.text.doprint(theta)
        left = rf"\frac{{\partial \ell}}{{\partial {name}}}"
        if sympy.count_ops(slope) > READABLE or slope.has(*SPIKES):
            long.append(theta.name)
            given, plainly = pen.names(reading.parameters.values())
            y, y_text = pen.latex.rows(reading.y), pen.text.rows(reading.y)
            size = pen.latex.doprint(reading.size)
            rows.append(
                rf"{left} = \sum_{{i=1}}^{{{size}}} \frac{{\partial}}{{\partial {name}}} "
                rf"\log\,p({y} \mid {given}) = 0"
            )
            lines.append(f"∂ℓ/∂{plain} = Σ ∂ log p({y_text} | {plainly})/∂{plain} = 0")
        else:
            rows.append(rf"{left} = {pen.latex.doprint(slope)} = 0")
            lines.append(f"∂ℓ/∂{plain} = {pen.text.doprint(slope)} = 0")
    slopes = "slopes, one for each parameter, are" if len(rows) > 1 else "slope is"
    sentence = (
        f"At the top the log-likelihood is flat: its {slopes} zero. The slope is called the score."
    )
    if long:
        sentence += f" For {listed(long)} it is long, and only named here; fits have it exactly."
    if any(theta.name in reading.family.nonsmooth for theta in found.score):
        sentence += " Where an observation lies at the corner of the density the sign jumps."
    return [Step("The score", sentence, aligned(rows), "\n".join(lines))]


def readable(reading: Reading, row: Any, mean: Any) -> Any:
    """n times a mean over the rows, in sums: of the ways to write it the shortest."""
    ways = [mean]
    if not reading.levels:
        opened = mean_of(expanded(row), reading.y, reading.free.values())
        ways = [whole_mean(row, reading.y), mean, opened]
    return min((summed(way, reading.size) for way in ways), key=sympy.count_ops)


def _estimate(found: Algebra) -> Step:
    reading = found.reading
    pen = Pen(reading, hats=reading.free.values())
    rows, lines, sentences = [], [], []
    for theta, value in {**found.closed, **found.given}.items():
        value = in_totals(value, reading.y, reading.size)
        rows.append(f"{pen.latex.hat(theta)} = {pen.latex.estimate(value)}")
        lines.append(f"{pen.text.hat(theta)} = {pen.text.estimate(value)}")
    edge = [theta.name for theta in found.edges]
    zero = [theta.name for theta in found.closed if theta not in found.edges]
    open_ = [s.name for s in reading.free.values() if s not in found.closed]
    if edge:
        several = ("s are", "come", "observations")
        verb, comes, what = several if len(edge) > 1 else (" is", "comes", "observation")
        sentences.append(
            f"The likelihood rises as {listed(edge)} {comes} nearer to the sample, and is zero "
            f"beyond its end. The estimate{verb} the extreme {what}, where no slope is zero."
        )
    if zero and not open_:
        closed = f"Solved for {listed(zero)}, the score is zero at one place: a closed form."
        sentences.append(closed)
    elif zero:
        sentences.append(f"{listed(zero)} has a closed form, whatever the others are.")
    if found.given and open_:
        others = [k for k in open_ if k not in {s.name for s in found.given}]
        word = listed(s.name for s in found.given)
        sentences.append(
            f"{word} has a closed form once the others are known, so what is left to search is "
            f"{listed(others)}."
            if others
            else f"Each of {word} has a closed form only once the others are known."
        )
    if open_:
        left = [k for k in open_ if k not in {s.name for s in found.given}] or open_
        sentences.append(
            f"For {listed(left)} no closed form was found. A fit finds it by Newton's method, with "
            "exact first and second derivatives of the formula above, and proves where it ends."
        )
    if not rows:
        given, plainly = arguments(reading, pen)
        return Step(
            "The estimate",
            " ".join(sentences),
            rf"({given}) = \operatorname*{{arg\,max}} \ell",
            f"{plainly} = argmax ℓ",
        )
    return Step("The estimate", " ".join(sentences), aligned(rows), "\n".join(lines))


# How sharp the maximum is.


def _curvature(found: Algebra) -> list[Step]:
    if not found.second:
        return []
    reading, pen = found.reading, Pen(found.reading)
    steps = []
    short = sum(map(sympy.count_ops, found.second.values())) < 2 * READABLE
    if found.variances is not None and not found.declared and short:
        rows, lines = [], []
        for (a, b), mean in found.second.items():
            bend = readable(reading, sympy.diff(reading.formula, a, b), -mean)
            la, lb = pen.latex.doprint(a), pen.latex.doprint(b)
            ta, tb = pen.text.doprint(a), pen.text.doprint(b)
            below = rf"\partial {la}^{{2}}" if a is b else rf"\partial {la} \, \partial {lb}"
            rows.append(rf"\frac{{\partial^2 \ell}}{{{below}}} = {pen.latex.doprint(bend)}")
            under = f"∂{ta}²" if a is b else f"∂{ta}∂{tb}"
            lines.append(f"∂²ℓ/{under} = {pen.text.doprint(bend)}")
        sentence = (
            "The second derivatives say how sharply the log-likelihood bends: below zero at the "
            "estimate it is a top, and the sharper it is the less can the estimate be wrong."
        )
        steps.append(Step("The curvature", sentence, aligned(rows), "\n".join(lines)))
    return [*steps, _information(found)]


def _information(found: Algebra) -> Step:
    reading = found.reading
    pen = Pen(reading, hats=reading.free.values())
    n = reading.size
    if found.variances is None or found.information is None:
        return INFORMATION
    rows, lines = [], []
    for (a, b), entry in found.information.items():
        if a is b or entry != 0:
            which, plain = pen.names([a] if a is b else [a, b])
            value = n * entry
            rows.append(rf"J_{{{which}}} = {pen.latex.signed(value)}")
            lines.append(f"J[{plain}] = {pen.text.signed(value)}")
    for theta, variance in found.variances.items():
        name, plain = pen.latex.hat(theta), pen.text.hat(theta)
        rows.append(rf"\operatorname{{se}}({name}) = {pen.latex.root(variance / n)}")
        lines.append(f"se({plain}) = {pen.text.root(variance / n)}")
    corner = listed(k for k in reading.family.nonsmooth) if found.declared else ""
    sentence = (
        "Minus the second derivative at the estimate is the observed information J, "
        "and a standard error is the root of its inverse."
        if not corner
        else f"The density has a corner in {corner}, so the expected information stands in for the "
        "second derivative; a standard error is the root of its inverse."
    )
    if len(found.variances) > 1:
        sentence = sentence.replace("the root of its", "the root of the diagonal of its")
    if not corner:
        sentence += " The score equations have been used to shorten it."
    if found.edges:
        sentence += f" {listed(s.name for s in found.edges)}, on an edge, has none."
    return Step("Information and standard errors", sentence, aligned(rows), "\n".join(lines))


# The loss.


def _loss(found: Algebra) -> list[Step]:
    reading = found.reading
    if reading.levels:
        return _cross_entropy(found)
    known = loss_of(reading)
    if known is None:
        return []
    loss, m = known
    pen = Pen(reading)
    others = [k for k in reading.free if k != m.name]
    be = "is" if len(others) == 1 else "are"
    begin = f"Whatever {listed(others)} {be}, to" if others else "To"
    sentence = (
        f"{begin} make the likelihood largest in {m.name} is to make the {loss.name} smallest: "
        "the rest of the formula does not move the place."
    )
    per_row = Total(loss.per_row(reading.y, m)) / reading.size
    name, plain = pen.latex.doprint(m), pen.text.doprint(m)
    return [
        Step(
            "The loss",
            sentence,
            rf"{pen.latex.hat(m)} = \operatorname*{{arg\,max}}_{{{name}}} \ell = "
            rf"\operatorname*{{arg\,min}}_{{{name}}} {pen.latex.doprint(per_row)}",
            f"{pen.text.hat(m)} = argmax ℓ = argmin over {plain} of {pen.text.doprint(per_row)}",
        )
    ]


def _cross_entropy(found: Algebra) -> list[Step]:
    return [
        Step(
            "The loss",
            "Divided by the number of rows, minus the log-likelihood is the cross-entropy of the "
            "labels: to make one largest is to make the other smallest.",
            r"-\frac{\ell}{n} = -\frac{1}{n} \sum_{i=1}^{n} \log P(y_i)",
            "-ℓ/n = -mean(log P(yᵢ))",
        )
    ]
