"""Fits of several models side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import exp, inf
from typing import Any, Generic, TypeVar

from mostlikely.data.observation import Partly
from mostlikely.errors import ModelError
from mostlikely.inference.fitted import Fitted
from mostlikely.inference.heading import heading
from mostlikely.tables.page import Page, html_of, text_of
from mostlikely.tables.tabular import Tabular

__all__ = ["Comparison", "kind"]

#: What is compared: `Fit`, to whoever compares fits.
F = TypeVar("F", bound=Fitted)
F_co = TypeVar("F_co", bound=Fitted, covariant=True)


@dataclass(frozen=True, repr=False)
class Comparison(Tabular, Generic[F_co]):
    """Fits of several models to the same data, the smallest AIC first.

    Probabilities come before densities, whose AIC is of another kind; of each kind, fits without
    a maximum come last.

    Parameters
    ----------
    fits : tuple of Fit
        In order.
    refused : mapping of str to str
        Models that the data do not allow, with the sentence that says why.
    interrupted : tuple of str
        Models that were not fitted, as Ctrl-C ended the work.

    Examples
    --------
    >>> import mostlikely as ml
    >>> table = ml.compare(["poisson", "beta"], [3, 5, 1, 7])
    >>> [fit.model.name for fit in table], list(table.refused)
    (['Poisson'], ['Beta'])
    """

    fits: tuple[F_co, ...]
    refused: dict[str, str]
    interrupted: tuple[str, ...] = ()

    @staticmethod
    def of(
        fits: Iterable[F], refused: dict[str, str] | None = None, interrupted: Iterable[str] = ()
    ) -> Comparison[F]:
        """The fits in order: probabilities first, what is not ok last, the smallest AIC first."""
        fits = list(fits)
        _check_alike(fits)
        ranked = sorted(fits, key=lambda f: (kind(f) != "probability", not f.verdict.ok, f.aic))
        return Comparison(tuple(ranked), refused or {}, tuple(interrupted))

    def __iter__(self) -> Iterator[F_co]:
        return iter(self.fits)

    def __len__(self) -> int:
        return len(self.fits)

    @property
    def best(self) -> F_co:
        """The fit of smallest AIC whose verdict is ok, of probabilities if there are some."""
        return next((f for f in self.fits if f.verdict.ok), self.fits[0])

    def records(self) -> list[dict[str, Any]]:
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
                    "model": heading(f) + (f" with {f.penalty!r}" if f.penalty else ""),
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

    @property
    def _library(self) -> str | None:
        return self.best._library

    def page(self) -> Page:
        """The ranking as a page to read."""
        from mostlikely.report import comparison_page

        return comparison_page(self)

    def __str__(self) -> str:
        return text_of(self.page())

    def __repr__(self) -> str:
        left = f"; interrupted, {len(self.interrupted)} not fitted" if self.interrupted else ""
        return f"<Comparison of {len(self.fits)} models, best {self.best.model!r}{left}>"

    def _repr_html_(self) -> str:
        return html_of(self.page())


def kind(f: Fitted) -> str:
    """What the likelihood is a product of; only like compares with like."""
    seen = f.seen
    if f.model.support.discrete or (isinstance(seen, Partly) and not seen.exact):
        return "probability"
    return "density" if f.exact else "density and probability"


def _check_alike(fits: list[Any]) -> None:
    """Raise ModelError for densities of rows of which some fits saw more than others."""
    mixed = {
        (f.seen.exact if isinstance(f.seen, Partly) else f.rows)
        for f in fits
        if kind(f) != "probability"
    }
    if len(mixed) > 1 or len({kind(f) for f in fits} - {"probability"}) > 1:
        raise ModelError(
            "the fits saw y itself in different rows, so that their log-likelihoods are made of "
            "different numbers of densities, and do not compare; fit all models to y seen in the "
            "same way."
        )
