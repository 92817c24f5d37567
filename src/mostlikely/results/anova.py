"""The terms of a fit tested one by one, with words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from mostlikely.inference.by_term import TermTest, by_term
from mostlikely.inference.fitted import Fitted
from mostlikely.inference.heading import heading
from mostlikely.tables.page import Page, html_of, number, text_of
from mostlikely.tables.tabular import Tabular

__all__ = ["Anova"]

#: What the tests are, in the words of the table.
METHODS = {
    "lr": "Likelihood-ratio tests; each term beside all that do not contain it (type II).",
    "wald": "Wald tests, each term beside all others.",
    "F": "F tests; each term beside all that do not contain it (type II).",
}


@dataclass(frozen=True, repr=False)
class Anova(Tabular):
    """The test of each term of a fit. Made by `anova`.

    Examples
    --------
    >>> import mostlikely as ml
    >>> table = ml.anova(ml.fit(ml.Poisson("n ~ x"), {"x": [0, 0, 1, 1], "n": [2, 4, 5, 7]}))
    >>> [(row.term, round(row.statistic, 3), row.df) for row in table]
    [('x', 2.039, 1)]
    """

    fit: Fitted
    tests: tuple[TermTest, ...] = field(default=())

    @staticmethod
    def of(fit: Fitted, small_sample: bool = False) -> Anova:
        """The tests of all terms."""
        return Anova(fit, tuple(by_term(fit, small_sample)))

    def __iter__(self) -> Iterator[TermTest]:
        return iter(self.tests)

    def __len__(self) -> int:
        return len(self.tests)

    @property
    def _library(self) -> str | None:
        return self.fit._library

    def records(self) -> list[dict[str, Any]]:
        """A dict per term: ``parameter``, ``term``, ``statistic``, ``df``, ``p_value``.

        And ``residual_df`` of F tests. None where there is no test.
        """
        rows = []
        for test in self.tests:
            names = ["parameter", "term", "statistic", "df"]
            names += ["residual_df"] if test.method == "F" else []
            rows.append({name: getattr(test, name) for name in [*names, "p_value"]})
        return rows

    def page(self) -> Page:
        """The tests as a page to read."""
        from mostlikely.report import observations
        from mostlikely.report.fits import p_value

        sign = {"F": "F", "lr": "χ²", "wald": "χ²"}[self.tests[0].method]
        rows = tuple(
            (
                test.parameter,
                test.term,
                "" if test.statistic is None else number(test.statistic, 3),
                f"{test.df}",
                "" if test.p_value is None else p_value(test.p_value),
            )
            for test in self.tests
        )
        notes = [METHODS[self.tests[0].method]]
        if self.tests[0].method == "F":
            notes[0] += f" The residual degrees of freedom are {self.tests[0].residual_df:g}."
        elif self.tests[0].method == "wald":
            notes.append(f"Errors: {self.fit.errors}.")
        notes += [f"{test.term}: {test.refusal}" for test in self.tests if test.refusal]
        return Page(
            title=heading(self.fit),
            lead=f"Tests of its terms; {self.fit.label}, {observations(self.fit)}.",
            header=("parameter", "term", sign, "df", "p"),
            rows=rows,
            words=frozenset({0, 1}),
            notes=tuple(notes),
            verdict=(self.fit.verdict.headline,),
            ok=self.fit.verdict.ok,
        )

    def __str__(self) -> str:
        return text_of(self.page())

    def __repr__(self) -> str:
        words = ", ".join(f"{test.term}: {test.p_value}" for test in self.tests)
        return f"<Anova, p-values by term: {words}>"

    def _repr_html_(self) -> str:
        return html_of(self.page())
