"""The steps of a model whose parameters follow predictors: the chain rule through each row."""

from __future__ import annotations

from typing import Any

import sympy

from mostlikely.derivation.density import Pen, density_step, listed
from mostlikely.derivation.losses import loss_of
from mostlikely.derivation.reading import Reading, read
from mostlikely.derivation.recorder import Written, plain
from mostlikely.derivation.steps import Derivation, Step, aligned
from mostlikely.family.base import Family

__all__ = ["regressed"]


def regressed(family: Family) -> Derivation:
    """The derivation of a model with predictors.

    Raises
    ------
    ModelError
        If SymPy cannot follow the formula.
    """
    reading = read(family)
    pen = Pen(reading)
    following = [k for k in family.free if k in family.predictors]
    rowwise = [reading.parameters[k] for k in (*following, *family.columns)]
    pen.latex.rowwise = pen.text.rowwise = set(rowwise)
    steps = [
        density_step(reading),
        _predictors(reading, following, pen),
        _sum(reading, pen),
        *([] if reading.levels else [_score(reading, following, pen)]),
        _solved(reading, following),
        _information(reading),
        *_loss(reading, pen),
    ]
    estimates = dict.fromkeys(family.free)
    return Derivation(family, tuple(steps), estimates, {}, dict(estimates), None)


def _predictors(reading: Reading, following: list[str], pen: Pen) -> Step:
    family = reading.family
    rows, lines = [], []
    for k in following:
        predictor, theta = family.predictors[k], reading.parameters[k]
        name, plainly = pen.latex.rows(theta), pen.text.rows(theta)
        if predictor.function is not None:
            given = ", ".join(predictor.start)
            inside = ", ".join(
                rf"\mathrm{{{c.replace('_', chr(92) + '_')}}}" for c in predictor.start
            )
            rows.append(rf"{name} = f(x_i;\, {inside})")
            lines.append(f"{plainly} = f(xᵢ; {given})")
            continue
        linked = _linked(family, k, theta)
        if linked is None or reading.levels:
            rows.append(rf"{name} = g^{{-1}}(\eta_i), \quad \eta_i = x_i^{{T}} \beta")
            lines.append(f"{plainly} = g⁻¹(ηᵢ), ηᵢ = xᵢᵀβ")
        else:
            shown = sympy.factor(linked) if linked.is_rational_function(theta) else linked
            rows.append(rf"{pen.latex.rows(shown)} = \eta_i = x_i^{{T}} \beta")
            lines.append(f"{pen.text.rows(shown)} = ηᵢ = xᵢᵀβ")
    links = listed(
        f"{k} by the {family.link(k).name} link"
        if family.predictors[k].function is None
        else f"{k} by a function of your own"
        for k in following
    )
    known = family.columns
    told = f" {listed(known)} is known for every row, from a column." if known else ""
    return Step(
        "The predictors",
        f"Each row has parameters of its own, which follow its predictors x: {links}. What is "
        f"estimated are the coefficients β, the same for all rows.{told}",
        aligned(rows),
        "\n".join(lines),
    )


def _linked(family: Family, name: str, theta: Any) -> Any:
    try:
        return plain(family.link(name).forward(Written(theta)))
    except (AttributeError, TypeError, ValueError):
        return None


def _sum(reading: Reading, pen: Pen) -> Step:
    given, plainly = (
        ", ".join(map(pen.latex.rows, reading.parameters.values())),
        ", ".join(map(pen.text.rows, reading.parameters.values())),
    )
    y, y_text = pen.latex.rows(reading.y), pen.text.rows(reading.y)
    n = pen.latex.doprint(reading.size)
    return Step(
        "The log-likelihood",
        "Rows that are independent given their predictors multiply; the logarithm adds them.",
        rf"\ell(\beta) = \sum_{{i=1}}^{{{n}}} \log\,p({y} \mid {given})",
        f"ℓ(β) = Σ log p({y_text} | {plainly})",
    )


def row_slope(reading: Reading, name: str) -> Any:
    """∂ log p/∂η of one row, by the chain rule; None where the link cannot be read."""
    theta = reading.parameters[name]
    linked = _linked(reading.family, name, theta)
    if linked is None:
        return None
    slope = sympy.diff(reading.formula, theta) / sympy.diff(linked, theta)
    ways = [slope, sympy.factor(sympy.cancel(slope))] if slope.count_ops() < 100 else [slope]
    return min(ways, key=sympy.count_ops)


def _score(reading: Reading, following: list[str], pen: Pen) -> Step:
    rows, lines = [], []
    for k in following:
        theta = reading.parameters[k]
        name, plainly = pen.latex.rows(theta), pen.text.rows(theta)
        function = reading.family.predictors[k].function is not None
        slope = sympy.diff(reading.formula, theta) if function else row_slope(reading, k)
        by, by_text = (
            (rf"\frac{{\partial {name}}}{{\partial \beta}}", f"∂{plainly}/∂β")
            if function
            else ("x_i", "xᵢ")
        )
        short = (
            slope is not None
            and sympy.count_ops(slope) < 40
            and not slope.has(sympy.DiracDelta, sympy.Heaviside)
        )
        what = rf"\frac{{\partial \log\,p_i}}{{\partial {name if function else chr(92) + 'eta_i'}}}"
        what_text = f"∂log pᵢ/∂{plainly if function else 'ηᵢ'}"
        u = pen.latex.rows(pen.latex.upright(slope)) if short else what
        u_text = pen.text.rows(pen.text.upright(slope)) if short else what_text
        rows.append(rf"\sum_{{i=1}}^{{n}} {by} \, u_i = 0, \quad u_i = {u}")
        lines.append(f"Σ {by_text} uᵢ = 0,  uᵢ = {u_text}")
    several = len(rows) > 1
    return Step(
        "The score",
        "A coefficient acts through its row's predictor only, so by the chain rule each row counts "
        "with its own slope u: in matrices Xᵀu = 0. At the estimate the slopes are orthogonal to "
        f"every column of X{', for each parameter that has predictors' if several else ''}.",
        aligned(rows),
        "\n".join(lines),
    )


def _solved(reading: Reading, following: list[str]) -> Step:
    family = reading.family
    first = following[0]
    theta = reading.parameters[first]
    linear = (
        not reading.levels
        and following == [first]
        and family.predictors[first].function is None
        and family.link(first).name == "identity"
    )
    if linear:
        slope = sympy.diff(reading.formula, theta)
        bend = sympy.cancel(sympy.diff(slope, theta))
        if bend != 0 and not bend.has(theta, reading.y):
            response = sympy.solve(slope, theta)
            u = Pen(reading).latex.doprint(response[0]) if len(response) == 1 else "y"
            return Step(
                "The estimate",
                "The score is linear in the coefficients, so they have a closed form: least "
                "squares. (The library solves by orthogonal coordinates, not by this inverse, "
                "which would lose digits.)",
                rf"\hat{{\beta}} = \left(X^{{T}} X\right)^{{-1}} X^{{T}} {u}",
                f"β̂ = (XᵀX)⁻¹ Xᵀ{Pen(reading).text.doprint(response[0]) if response else 'y'}",
            )
    return Step(
        "The estimate",
        "These equations have no closed form. A fit finds the coefficients by Newton's method: "
        "from exact first and second derivatives of each row, in steps that a trust region keeps "
        "honest, and it proves where it ends.",
        r"\beta \leftarrow \beta + \left(X^{T} W X\right)^{-1} X^{T} u, \quad "
        r"w_i = -\frac{\partial^2 \log\,p_i}{\partial \eta_i^2}",
        "β ← β + (XᵀWX)⁻¹ Xᵀu,  wᵢ = -∂²log pᵢ/∂ηᵢ²",
    )


def _information(reading: Reading) -> Step:
    return Step(
        "Information and standard errors",
        "The information adds over the rows as the score does, each row weighted by how sharply "
        "its own log-density bends; standard errors are the roots of the diagonal of the inverse.",
        r"J = X^{T} W X, \qquad \operatorname{se}(\hat{\beta}_j) = "
        r"\sqrt{\left(J^{-1}\right)_{jj}}",
        "J = XᵀWX,  se(β̂_j) = √((J⁻¹)_jj)",
    )


def _loss(reading: Reading, pen: Pen) -> list[Step]:
    known = loss_of(reading)
    if known is None or known[1].name not in reading.family.predictors:
        return []
    loss, m = known
    if [k for k in reading.family.free if k in reading.family.predictors] != [m.name]:
        return []
    per_row = loss.per_row(reading.y, m)
    inside, inside_text = pen.latex.rows(per_row), pen.text.rows(per_row)
    if per_row.is_Add:
        inside, inside_text = rf"\left({inside}\right)", f"({inside_text})"
    return [
        Step(
            "The loss",
            f"The coefficients that make the likelihood largest make the {loss.name} of the rows "
            "smallest: this regression and that loss are one thing.",
            rf"\hat{{\beta}} = \operatorname*{{arg\,min}}_{{\beta}} \frac{{1}}{{n}} "
            rf"\sum_{{i=1}}^{{n}} {inside}",
            f"β̂ = argmin over β of Σ {inside_text}/n",
        )
    ]
