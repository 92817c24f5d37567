"""What a fit leaves over in each row, and what its columns do on average."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mostlikely.inference.marginal import Effects, effects
from mostlikely.inference.residuals import residuals

if TYPE_CHECKING:
    from mostlikely.solve.objective import Vector

__all__ = ["MarginalEffects", "Rowwise"]


class MarginalEffects(Effects):
    """Average marginal effects of columns, made by `Fit.marginal_effects`.

    Examples
    --------
    >>> import mostlikely as ml
    >>> data = {"x": [0, 1, 2, 3], "g": ["a", "b", "a", "b"], "y": [1.0, 4.0, 2.0, 5.5]}
    >>> table = ml.fit(ml.Normal("y ~ x + g"), data).marginal_effects()
    >>> round(table["x"].value, 6), round(table["g", "b"].value, 6)   # y is linear in both
    (0.625, 2.625)
    """

    def __str__(self) -> str:
        from mostlikely.report import effects_page, text_of

        return text_of(effects_page(self))

    def __repr__(self) -> str:
        values = ", ".join(
            f"{effect.key}: {value:.6g}"
            for effect, value in zip(self.of, self.estimate, strict=True)
        )
        return f"<MarginalEffects on {self.what}: {values}>"

    def _repr_html_(self) -> str:
        from mostlikely.report import effects_html

        return effects_html(self)


class Rowwise:
    """The part of a fit that is about its rows; see `Fit`."""

    def residuals(self, kind: str = "quantile", seed: Any = 0) -> Vector:
        """What each row leaves over, shape (rows,), in the order of the rows that were kept.

        Parameters
        ----------
        kind : {"quantile", "response", "pearson"}
            Quantile: Φ⁻¹ of the row's fitted distribution function at y, standard normal if the
            model holds; of whole numbers randomised within their jump (Dunn and Smyth 1996,
            J. Comput. Graph. Stat. 5). Response: y − mean. Pearson: that over the fitted standard
            deviation.
        seed : int or Generator
            Of the random draws; the same fit has the same residuals.

        Raises
        ------
        ModelError
            Where the family has no mean, or its labels no order.

        Examples
        --------
        >>> import mostlikely as ml
        >>> fit = ml.fit(ml.Normal("y ~ x"), {"x": [0, 0, 1, 1], "y": [1.0, 3.0, 4.0, 6.0]})
        >>> fit.residuals().round(6).tolist()       # (y - mu)/sigma
        [-1.0, 1.0, -1.0, 1.0]
        """
        fit: Any = self
        return residuals(fit, kind, seed)

    def marginal_effects(
        self,
        *terms: str,
        what: str = "mean",
        data: Any = None,
        at: Any = None,
        covariance: str | None = None,
        cluster: Any = None,
        **options: Any,
    ) -> MarginalEffects:
        """What each column does to the mean, on average over the rows, by the delta method.

        Of numbers it is the average derivative in the column, through all its terms; of labels
        and booleans the average difference from the base level. How: `inference.marginal`.

        Parameters
        ----------
        *terms : str
            Columns of the data; all that predict by default.
        what : str
            As in `predict`: "mean", a parameter, "quantile" (with ``q=``), "cdf" (with ``y=``).
        data : dataframe or mapping, optional
            Rows to average over; by default those of the fit, by their weights.
        at : "mean" or mapping, optional
            One row at the means (labels at the commonest level); or all rows with some columns
            set: ``at={"age": 40}``.
        covariance, cluster : optional
            Kind and clusters of `covariance`.
        **options
            ``q`` or ``y``; of a `joint` model ``member``, counted from 0.

        Raises
        ------
        ModelError, DataError
            For a column that the model does not read; for one whose coefficients are infinite or
            not identified.

        Examples
        --------
        >>> import mostlikely as ml
        >>> fit = ml.fit(ml.Poisson("n ~ x"), {"x": [0, 0, 1, 1], "n": [2, 4, 5, 7]})
        >>> print(fit.marginal_effects()["x"])      # log 2 times the mean of n, 4.5
        3.11916 ± 2.37
        """
        fit: Any = self
        found = effects(fit, terms, what, data, at, covariance, cluster, **options)
        return MarginalEffects(**vars(found))
