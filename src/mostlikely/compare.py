"""Several noise models on the same data, side by side, each with its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import exp, inf
from typing import Any

from mostlikely.calculus.domain import angle
from mostlikely.errors import DataError, ModelError
from mostlikely.family import as_family, families
from mostlikely.fit import fit
from mostlikely.result import Fit

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True, repr=False)
class Comparison:
    """Fits of several models to the same data, the smallest AIC first.

    Probabilities come before densities, whose AIC is of another kind; of each kind, fits without
    a maximum come last.

    Parameters
    ----------
    fits : tuple of Fit
        In order.
    refused : mapping of str to str
        Models that the data do not allow, with the sentence that says why.

    Examples
    --------
    >>> import mostlikely as ml
    >>> table = ml.compare(["poisson", "beta"], [3, 5, 1, 7])
    >>> [fit.model.name for fit in table], list(table.refused)
    (['Poisson'], ['Beta'])
    """

    fits: tuple[Fit, ...]
    refused: dict[str, str]

    def __iter__(self) -> Iterator[Fit]:
        return iter(self.fits)

    def __len__(self) -> int:
        return len(self.fits)

    @property
    def best(self) -> Fit:
        """The fit of smallest AIC whose verdict is ok, of probabilities if there are some."""
        return next((f for f in self.fits if f.verdict.ok), self.fits[0])

    def rows(self) -> list[dict[str, Any]]:
        """One tidy row per model: model, kind, df, loglik, aic, delta_aic, weight, bic, verdict.

        ``kind`` is "probability" or "density". ``delta_aic`` and ``weight`` are among the fits of
        one kind whose verdict is ok, and None for others; the weight is Akaike's, exp(−ΔAIC/2)
        over the sum of these (Burnham and Anderson 2002, section 2.9).
        """
        rows = []
        for f in self.fits:
            alike = [g.aic for g in self.fits if g.verdict.ok and kind(g) == kind(f)]
            lowest = min(alike, default=inf)
            total = sum(exp(-0.5 * (aic - lowest)) for aic in alike)
            rows.append(
                {
                    "model": repr(f.model) if f.model.fixed else f.model.name,
                    "kind": kind(f),
                    "df": f.df,
                    "loglik": f.loglik,
                    "aic": f.aic,
                    "delta_aic": f.aic - lowest if f.verdict.ok else None,
                    "weight": exp(-0.5 * (f.aic - lowest)) / total if f.verdict.ok else None,
                    "bic": f.bic,
                    "verdict": f.verdict.short,
                }
            )
        return rows

    def __str__(self) -> str:
        from mostlikely.report import comparison

        return comparison(self)

    def __repr__(self) -> str:
        return f"<Comparison of {len(self.fits)} models, best {self.best.model!r}>"

    def _repr_html_(self) -> str:
        from mostlikely.report import comparison_html

        return comparison_html(self)


def compare(
    models: Iterable[Any] | None, data: Any, y: str | None = None, **options: Any
) -> Comparison:
    """Fit several noise models to the same data and rank them by AIC.

    Parameters
    ----------
    models : iterable of Family, type or str; or None
        The candidates; None takes every declared family of numbers whose support holds the data.
    data, y, **options
        As in `fit`.

    Returns
    -------
    Comparison

    Raises
    ------
    ModelError
        If there is no model to compare.
    DataError
        If no model can be fitted to these data.

    Notes
    -----
    AIC compares densities with densities and probabilities with probabilities: a model of counts
    and one of real numbers do not compare, so each kind is ranked by itself. Flexible families win
    often on small samples.

    Examples
    --------
    >>> import mostlikely as ml
    >>> table = ml.compare(["gamma", "lognormal", "weibull"], [0.8, 1.3, 2.4, 0.4, 3.1, 1.9])
    >>> table.best.model
    Weibull()
    """
    chosen: list[Any] = list(_candidates() if models is None else models)
    if not chosen:
        raise ModelError('there is no model to compare; name some, as in ml.compare(["gamma"], y).')
    fits, refused = [], {}
    for model in chosen:
        try:
            fits.append(fit(as_family(model), data, y, **options))
        except DataError as refusal:
            refused[as_family(model).name] = str(refusal)
    if not fits:
        raise DataError(next(iter(refused.values())))
    fits.sort(key=lambda f: (kind(f) == "density", not f.verdict.ok, f.aic))
    return Comparison(tuple(fits), refused)


def _candidates() -> list[Any]:
    """Every family of numbers on the line that needs nothing to be known beforehand.

    Any numbers can be wound up on a circle or be taken for labels: such a model is named, if meant.
    """
    return [
        f
        for f in families()
        if not (f.support == angle or f.labels or any(p.known for p in f.parameters.values()))
    ]


def kind(f: Fit) -> str:
    """What the likelihood is a product of; only like compares with like."""
    return "probability" if f.model.support.discrete else "density"
