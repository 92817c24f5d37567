"""Noise models of residuals side by side, and what they say about the loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, sqrt
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from mostlikely.calculus.domain import real
from mostlikely.errors import ModelError
from mostlikely.family.base import Family
from mostlikely.loss.noise import called, losses_of
from mostlikely.results.comparison import Comparison
from mostlikely.results.fit import Fit
from mostlikely.tables.page import NONE, Page, html_of, likelihood, number, text_of
from mostlikely.tables.tabular import Tabular

__all__ = ["HARDLY", "LossChoice", "difference", "model_name", "standard"]

Array = NDArray[np.float64]

#: Differences of AIC below this are no evidence (Burnham and Anderson 2002, p. 70).
HARDLY = 2.0


@dataclass(frozen=True, repr=False)
class LossChoice(Tabular):
    """Noise models of residuals, ranked, and the loss that belongs to the best. See `pick_loss`.

    Attributes
    ----------
    fits : Comparison
        The noise models fitted to all residuals, by AIC.
    scores : mapping of str to array, shape (n,)
        The log-density of each residual under each model fitted without its fold; empty where
        nothing was held out.
    best : Fit
        The smallest AIC of those that predict held-out residuals as well as any, within one
        standard error of the difference; of those within 2 of it, the one of fewest parameters.
    usual : Fit
        The noise of the loss that would be replaced.
    replaced : str
        That loss, in words.
    folds : int
        How many parts were held out in turn.
    centred : bool
        Whether locations were held at zero.
    label : str
        Whose residuals these are.
    interrupted : bool
        Whether Ctrl-C ended the work: some models are missing, or nothing was held out.

    Examples
    --------
    >>> import mostlikely as ml
    >>> choice = ml.pick_loss(ml.StudentT(df=3).at(mu=0, sigma=1).sample(2000, seed=1))
    >>> choice.best.model
    StudentT()
    >>> choice.delta_aic > 100
    True
    """

    fits: Comparison[Fit]
    scores: Mapping[str, Array]
    best: Fit
    usual: Fit
    replaced: str
    folds: int
    centred: bool
    label: str = "residuals"
    interrupted: bool = False

    @property
    def delta_aic(self) -> float:
        """How much larger the AIC of the loss in use is; 0 where it is the best one."""
        return self.usual.aic - self.best.aic

    def gain(self, other: Fit | None = None) -> tuple[float, float]:
        """Held-out log-score per residual over that of the loss in use, and its standard error.

        Of the best model, or of another one of ``fits``; NaN where nothing was held out.
        """
        one, base = (self.scores.get(model_name(f)) for f in (other or self.best, self.usual))
        if one is None or base is None:
            return np.nan, np.nan
        return difference(one, base)

    def records(self) -> list[dict[str, Any]]:
        """One tidy row per model, the best held-out score first.

        ``model``, ``df``, ``aic``, ``delta_aic`` (from the smallest), ``score`` (held-out log-score
        per residual), ``gain`` and ``std_error`` (over the loss in use), ``verdict``.
        """
        lowest = min((f.aic for f in self.fits if f.verdict.ok), default=inf)
        rows = []
        for f in self.fits:
            score = self.scores.get(model_name(f))
            gain, error = self.gain(f)
            rows.append(
                {
                    "model": model_name(f),
                    "df": f.df,
                    "aic": f.aic,
                    "delta_aic": f.aic - lowest if f.verdict.ok else None,
                    "score": None if score is None else float(np.mean(score)),
                    "gain": None if np.isnan(gain) else gain,
                    "std_error": None if np.isnan(error) else error,
                    "verdict": f.verdict.short,
                }
            )
        return sorted(rows, key=lambda row: -inf if row["score"] is None else -row["score"])

    @property
    def sentence(self) -> str:
        """What the residuals are like and what the loss that belongs to them is worth."""
        gain, error = self.gain()
        held = f", and {gain:.3g} ± {error:.1g} of log-score per held-out residual"
        if self.best is self.usual:
            return (
                f"Your residuals are {_described(self.best)} as far as these data tell: "
                f"{self.replaced} is their loss, and no other is worth the change."
            )
        worth = f"worth ΔAIC = {self.delta_aic:.{0 if self.delta_aic >= 10.0 else 1}f}"
        start = f"Your residuals are {_described(self.best)}"
        if not self.usual.verdict.ok:
            return (
                f"{start}. {self.replaced} assumes {model_name(self.usual)}: {self.usual.verdict}"
            )
        if self.delta_aic < HARDLY:
            return (
                f"{start}, but hardly told from {model_name(self.usual)}: replacing "
                f"{self.replaced} by this loss is {worth}, which is no evidence."
            )
        return (
            f"{start}; replacing {self.replaced} by this loss is {worth}"
            f"{'' if np.isnan(gain) else held}."
        )

    @property
    def loss(self) -> Family:
        """The model of the best loss, its shape as estimated: what `ml.loss` takes."""
        place, scale = standard(self.best.model)
        shapes = {
            k: v for k, v in self.best.params.items() if k not in (place, scale) and np.isfinite(v)
        }
        limit = self.best.limit
        return (
            self.best.model.with_fixed(**shapes) if limit is None else cast("Family", limit.family)
        )

    def __str__(self) -> str:
        return text_of(self.page())

    def __repr__(self) -> str:
        return f"<LossChoice: {_described(self.best)}>"

    def _repr_html_(self) -> str:
        return html_of(self.page())

    def page(self) -> Page:
        """The ranking as a page to read."""

        def cell(value: float | None, places: int) -> str:
            return NONE if value is None else number(value, places)

        rows = tuple(
            (
                row["model"],
                str(row["df"]),
                likelihood(row["aic"]),
                cell(row["delta_aic"], 2),
                cell(row["score"], 4),
                cell(row["gain"], 4),
                cell(row["std_error"], 4),
                row["verdict"],
            )
            for row in self.records()
        )
        where = "held at 0" if self.centred else "free, as an intercept would be"
        called = _called(self.loss)
        notes = [
            f"Locations are {where}. Held-out scores are from {self.folds} folds; only the noise "
            "is fitted anew in each, the predictions are those given."
            if self.folds
            else f"Locations are {where}. Nothing was held out."
        ]
        if self.interrupted:
            left = ", ".join(self.fits.interrupted)
            notes += [
                "Interrupted by Ctrl-C"
                + (f" with these not fitted: {left}" if left else " while scores were made")
                + "; what is here is compared by AIC alone."
            ]
        notes += [f"In frameworks: {called}."] if called else []
        notes += [f"To train with it: ml.loss(ml.{self.loss!r})."]
        return Page(
            title=f"Which loss for {self.label}? {self.best.rows:,} of them",
            lead="The best held-out log-score per residual first; gain is over the loss in use.",
            header=("noise", "df", "AIC", "Δ AIC", "score", "gain", "±", "verdict"),
            rows=rows,
            words=frozenset({0, 7}),
            notes=tuple(notes),
            verdict=(self.sentence,),
            ok=self.best.verdict.ok,
        )

    def plot(self) -> Any:
        """The residuals with both fitted densities, and a quantile plot of each.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from mostlikely.plot import rivals_plot

        other = self.usual
        if other is self.best:
            other = next((f for f in self.fits if f is not self.best), other)
        return rivals_plot(self.best, other)


def standard(model: Family) -> tuple[str, str]:
    """The location and the scale; a ModelError for what is no noise about a prediction."""
    found = type(model)().standard if type(model).support == real else None
    if found is None or found[0] is None or model.predictors:
        raise ModelError(
            f"{model!r} is no noise about a prediction: that needs a family on the whole line with "
            "a location and a scale, such as ml.Laplace()."
        )
    return found[0], found[1]


def difference(one: Array, other: Array) -> tuple[float, float]:
    """Mean difference per row and its standard error."""
    with np.errstate(invalid="ignore"):
        gap = one - other
    if not np.all(np.isfinite(gap)):
        return (inf if np.sum(one) > np.sum(other) else -inf), 0.0
    return float(np.mean(gap)), float(np.std(gap, ddof=1)) / sqrt(len(gap))


def model_name(f: Fit) -> str:
    """As the table has it: "Normal", "Normal(mu=0)"."""
    return repr(f.model) if f.model.fixed else f.model.name


def _described(f: Fit) -> str:
    """The noise in words: its name, and the shapes that were estimated."""
    law = f.limit
    if law is not None:
        return law.family.name
    place, scale = standard(f.model)
    shapes = [f"{k} ≈ {v:.3g}" for k, v in f.params.items() if k not in (place, scale)]
    return f.model.name + (f" with {' and '.join(shapes)}" if shapes else "")


def _called(model: Family) -> str:
    """What frameworks call the loss of a family."""
    plain = (noise for noise in losses_of(type(model)) if noise.link == "identity")
    first = next(plain, None)
    return "" if first is None else called(first.names, most=2)
