"""What the columns of a fit do on average, as words and tables."""

from __future__ import annotations

from mostlikely.inference.marginal import Effects
from mostlikely.tables.page import Page, html_of, text_of
from mostlikely.tables.tabular import Tabular

__all__ = ["MarginalEffects"]


class MarginalEffects(Effects, Tabular):
    """Average marginal effects of columns, made by `Fit.marginal_effects`.

    Examples
    --------
    >>> import mostlikely as ml
    >>> data = {"x": [0, 1, 2, 3], "g": ["a", "b", "a", "b"], "y": [1.0, 4.0, 2.0, 5.5]}
    >>> table = ml.fit(ml.Normal("y ~ x + g"), data).marginal_effects()
    >>> round(table["x"].value, 6), round(table["g", "b"].value, 6)   # y is linear in both
    (0.625, 2.625)
    """

    @property
    def _library(self) -> str | None:
        return self.fit._library

    def page(self, level: float = 0.95) -> Page:
        """The effects as a page to read."""
        from mostlikely.report import effects_page

        return effects_page(self, level)

    def __str__(self) -> str:
        return text_of(self.page())

    def __repr__(self) -> str:
        values = ", ".join(
            f"{effect.key}: {value:.6g}"
            for effect, value in zip(self.of, self.estimate, strict=True)
        )
        return f"<MarginalEffects on {self.what}: {values}>"

    def _repr_html_(self) -> str:
        return html_of(self.page())
