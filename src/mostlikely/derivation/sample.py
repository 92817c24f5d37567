"""The steps of one sample: from a density to its estimates, their errors, and the loss."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy

from mostlikely.derivation.algebra import Algebra, algebra
from mostlikely.derivation.losses import loss_of
from mostlikely.derivation.printing import Latex, Text, label
from mostlikely.derivation.reading import Reading
from mostlikely.derivation.solving import spread
from mostlikely.derivation.statistics import Count, Mean, Total, in_totals, mean_of, summed, whole_mean
from mostlikely.derivation.steps import Derivation, Step, aligned
from mostlikely.family.base import Family

__all__ = ["Pen", "density_step", "derived", "listed"]

#: Formulas longer than this, in operations, are said in words.
READABLE = 45
#: Derivatives of corners and steps, which say less than words.
SPIKES = (sympy.DiracDelta, sympy.Heaviside)
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


def derived(family: Family, unnamed: tuple[str, ...] = ()) -> Derivation:
    """The derivation of a model without predictors.

    Raises
    ------
    ModelError
        If SymPy cannot follow the formula.
    """
    found = algebra(family, unnamed)
    reading = found.reading
    steps = [density_step(reading), _likelihood(reading), _logarithm(reading)]
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
    held = [statistic for statistic in _held(found) if statistic != 1]
    if any(s.free_symbols & free for s in held):
        return ()
    return tuple(Total(s.args[0]) for s in held)


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


# The density, the product, the sum.


def density_step(reading: Reading) -> Step:
    """What the family gives one observation."""
    family, pen = reading.family, Pen(reading)
    kind = "probability" if family.support.discrete else "density"
    meanings = listed(f"{k} ({p.meaning})" for k, p in family.parameters.items())
    known = [k for k in reading.parameters if k not in reading.free]
    told = ""
    if known:
        values = [k if k in reading.unnamed else f"{k} = {family.fixed[k]:g}" for k in known]
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
    formula = reading.formula.replace(
        sympy.loggamma, lambda x: sympy.log(sympy.gamma(x))
    ).xreplace({sympy.log(2 * sympy.pi): sympy.log(TWO_PI)})
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


def _likelihood(reading: Reading) -> Step:
    pen = Pen(reading)
    given, plainly = pen.names(reading.parameters.values())
    free, free_text = _arguments(reading, pen)
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


def _arguments(reading: Reading, pen: Pen) -> tuple[str, str]:
    return pen.names(reading.free.values() or reading.parameters.values())


def _logarithm(reading: Reading) -> Step:
    pen = Pen(reading)
    free, free_text = _arguments(reading, pen)
    n = pen.latex.doprint(reading.size)
    sentence = (
        "The logarithm rises with its argument, so it has its maximum at the same place; it makes a "
        "sum of the product, which computers can hold and which is easy to differentiate."
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
        rf"&= \sum_{{i=1}}^{{{n}}} \Big[ {body} \Big] \end{{aligned}}"
    )
    return Step(
        "The logarithm",
        sentence,
        latex,
        f"ℓ({free_text}) = Σ [{pen.text.rows(reading.formula)}]",
    )


# What depends on the data.


def _collected(found: Algebra) -> Step:
    reading, pen = found.reading, Pen(found.reading)
    free, free_text = _arguments(reading, pen)
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
            f"What does not depend on the row comes out of the sum. {stuck} "
            f"cannot: no few sums hold all that the data say, and every look at another value reads "
            "all rows again.",
            _sum_lines(rf"\ell({free})", pen, kept),
            f"ℓ({free_text}) = {pen.text.doprint(kept)}",
        )
    held = _held(found)
    bare = any(not term.free_symbols & symbols for term in sympy.Add.make_args(opened))
    total = sympy.Add(*(summed(sympy.factor_terms(c) * s, reading.size) for s, c in held.items()))
    sums = [pen.text.doprint(summed(s, reading.size)) for s in held if s != 1]
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
    free, free_text = _arguments(found.reading, pen)
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
    several = len(rows) > 1
    sentence = (
        f"At the top the log-likelihood is flat: its slope{'s, one for each parameter, are' if several else ' is'} "
        "zero. The slope is called the score."
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
        opened = mean_of(spread(row), reading.y, reading.free.values())
        ways = [whole_mean(row, reading.y), mean, opened]
    return min((summed(way, reading.size) for way in ways), key=sympy.count_ops)


def _estimate(found: Algebra) -> Step:
    reading = found.reading
    pen = Pen(reading, hats=reading.free.values())
    rows, lines, said = [], [], []
    for theta, value in {**found.closed, **found.given}.items():
        value = in_totals(value, reading.y, reading.size)
        rows.append(f"{pen.latex.hat(theta)} = {pen.latex.estimate(value)}")
        lines.append(f"{pen.text.hat(theta)} = {pen.text.estimate(value)}")
    edge = [theta.name for theta in found.edges]
    zero = [theta.name for theta in found.closed if theta not in found.edges]
    open_ = [s.name for s in reading.free.values() if s not in found.closed]
    if edge:
        verb = "is" if len(edge) == 1 else "are"
        said.append(
            f"The likelihood rises as {listed(edge)} {'comes' if len(edge) == 1 else 'come'} nearer "
            f"to the sample, and is zero beyond its end: the estimate {verb} the extreme "
            f"observation{'' if len(edge) == 1 else 's'}, where no slope is zero."
        )
    if zero and not open_:
        said.append(f"Solved for {listed(zero)}, the score is zero at one place: a closed form.")
    elif zero:
        said.append(f"{listed(zero)} has a closed form, whatever the others are.")
    if found.given and open_:
        others = [k for k in open_ if k not in {s.name for s in found.given}]
        word = listed(s.name for s in found.given)
        said.append(
            f"{word} has a closed form once the others are known, so what is left to search is "
            f"{listed(others)}."
            if others
            else f"Each of {word} has a closed form only once the others are known."
        )
    if open_:
        left = [k for k in open_ if k not in {s.name for s in found.given}] or open_
        said.append(
            f"For {listed(left)} no closed form was found: a fit finds it by Newton's method, "
            "with exact first and second derivatives of the formula above, and proves where it ends."
        )
    if not rows:
        given, plainly = _arguments(reading, pen)
        return Step(
            "The estimate",
            " ".join(said),
            rf"({given}) = \operatorname*{{arg\,max}} \ell",
            f"{plainly} = argmax ℓ",
        )
    return Step("The estimate", " ".join(said), aligned(rows), "\n".join(lines))


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
        theta = r"\hat{\theta}"
        return Step(
            "Information and standard errors",
            "Minus the matrix of second derivatives at the estimate is the observed information; "
            "standard errors are the roots of the diagonal of its inverse. A fit computes both from "
            "exact derivatives.",
            rf"J = -\frac{{\partial^2 \ell}}{{\partial \theta \, \partial \theta^{{T}}}}"
            rf"\bigg|_{{{theta}}}, \qquad \operatorname{{se}}({theta}_j) = "
            r"\sqrt{\left(J^{-1}\right)_{jj}}",
            "J = -∂²ℓ/∂θ∂θᵀ at the estimate;  se(θ_j) = √((J⁻¹)_jj)",
        )
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
        sentence = sentence.replace("the root of its inverse", "the root of the diagonal of its inverse")
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
    whatever = f"Whatever {listed(others)} {'is' if len(others) == 1 else 'are'}, to" if others else "To"
    sentence = (
        f"{whatever} make the likelihood largest in {m.name} is to make the {loss.name} smallest: "
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
