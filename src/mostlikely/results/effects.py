"""What a fit leaves over in each row, and what its columns do on average."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr, ndtri

from mostlikely.data.weights import NONE
from mostlikely.errors import ModelError, nearest
from mostlikely.inference.delta import Quantity
from mostlikely.inference.differences import Effect
from mostlikely.inference.fitted import Fitted
from mostlikely.inference.marginal import effects
from mostlikely.inference.residuals import residuals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mostlikely.solve.objective import Vector

__all__ = ["MarginalEffects", "Rowwise"]


@dataclass(frozen=True, repr=False, eq=False)
class MarginalEffects:
    """Average marginal effects of columns, made by `Fit.marginal_effects`.

    Parameters
    ----------
    fit : Fit
    what : str
        On what they are: "the mean".
    where : str
        Over which rows.
    errors : str
        Which covariance the errors come from.
    of : tuple of Effect
        A column, and of labels a level and the base that it is compared with.
    estimate : array, shape (m,)
    covariance : array, shape (m, m)
        By the delta method.
    left_out : mapping of column to str
        Columns without an effect that is known, and why.

    Examples
    --------
    >>> import mostlikely as ml
    >>> data = {"x": [0, 1, 2, 3], "g": ["a", "b", "a", "b"], "y": [1.0, 4.0, 2.0, 5.5]}
    >>> table = ml.fit(ml.Normal("y ~ x + g"), data).marginal_effects()
    >>> round(table["x"].value, 6), round(table["g", "b"].value, 6)   # y is linear in both
    (0.625, 2.625)
    """

    fit: Fitted = field(repr=False)
    what: str
    where: str
    errors: str
    of: tuple[Effect, ...]
    estimate: Vector
    covariance: Vector
    left_out: Mapping[str, str]

    @staticmethod
    def made(
        fit: Fitted,
        terms: tuple[str, ...],
        what: str,
        data: Any,
        at: Any,
        covariance: str | None,
        cluster: Any,
        **options: Any,
    ) -> MarginalEffects:
        """See `Fit.marginal_effects`."""
        found = effects(fit, terms, what, data, at, covariance, cluster, **options)
        usual = "observed information" if fit.weighting.calibrated else "sandwich"
        kind = covariance or ("clusters" if cluster is not None else usual)
        return MarginalEffects(
            fit,
            _words(what, options),
            _where(fit, data, at),
            kind,
            found.of,
            found.estimate,
            found.covariance,
            found.left_out,
        )

    @property
    def std_error(self) -> Vector:
        """The standard errors, shape (m,)."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))

    def interval(self, level: float = 0.95) -> tuple[Vector, Vector]:
        """Wald's confidence limits, each of shape (m,)."""
        if not 0.0 < level < 1.0:
            raise ModelError(f"level must be between 0 and 1, as in level=0.95; got {level:g}.")
        reach = float(ndtri(0.5 + 0.5 * level)) * self.std_error
        return self.estimate - reach, self.estimate + reach

    def tidy(self, level: float = 0.95) -> list[dict[str, Any]]:
        """One row per effect, with the column names of R's broom.

        ``term``, ``contrast``, ``estimate``, ``std_error``, ``statistic``, ``p_value``,
        ``conf_low``, ``conf_high``. ``contrast`` is "dY/dX", or the two levels: "m - f".
        ``statistic`` is z against no effect; it and ``p_value`` are None for an effect that is
        zero whatever the coefficients are, and under a penalty that draws estimates to zero.
        """
        rows = []
        for effect, value, std_error, low, high in zip(
            self.of, self.estimate, self.std_error, *self.interval(level), strict=True
        ):
            told = std_error > 0.0 and not self.fit.shrunken
            z = float(value / std_error) if told else None
            plain = effect.base is None
            rows.append(
                {
                    "term": effect.column,
                    "contrast": "dY/dX" if plain else f"{effect.level} - {effect.base}",
                    "estimate": float(value),
                    "std_error": float(std_error),
                    "statistic": z,
                    "p_value": None if z is None else 2.0 * float(ndtr(-abs(z))),
                    "conf_low": float(low),
                    "conf_high": float(high),
                }
            )
        return rows

    def __getitem__(self, key: Any) -> Quantity:
        """The effect of a column of numbers, or of ``(column, level)``, with its error."""
        keys = [effect.key for effect in self.of]
        if key not in keys:
            names = [" ".join(map(str, k)) if isinstance(k, tuple) else k for k in keys]
            raise ModelError(f"there is no effect {key!r} here; {nearest(str(key), names)}")
        i = keys.index(key)
        return Quantity(float(self.estimate[i]), float(self.std_error[i]))

    def __iter__(self) -> Iterator[Any]:
        return iter(effect.key for effect in self.of)

    def __len__(self) -> int:
        return len(self.of)

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
            As in `predict`: "mean", a parameter, "quantile" (with ``q=``), "cdf" (with ``y=``),
            "probability" (of a label, with ``level=``).
        data : dataframe or mapping, optional
            Rows to average over; by default those of the fit, by their weights.
        at : "mean" or mapping, optional
            One row at the means (labels at the commonest level); or all rows with some columns
            set: ``at={"age": 40}``.
        covariance, cluster : optional
            Kind and clusters of `covariance`.
        **options
            ``q``, ``y`` or ``level``; of a `joint` model ``member``, counted from 0.

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
        return MarginalEffects.made(fit, terms, what, data, at, covariance, cluster, **options)


def _words(what: str, options: Mapping[str, Any]) -> str:
    if what == "probability":
        return f"the probability of {options['level']!r}"
    if what == "quantile":
        return f"the {options['q']:g} quantile"
    return f"the probability of y ≤ {options['y']:g}" if what == "cdf" else f"the {what}"


def _where(fit: Fitted, data: Any, at: Any) -> str:
    rows = "the rows of the data" if data is None else "the new rows"
    if data is None and fit.weighting.counts and fit.weighting is not NONE:
        rows += f", by their {fit.weighting.name} weights"
    if at is None:
        return f"Averaged over {rows}."
    if isinstance(at, str):
        return f"Of one row: numbers at their means over {rows}, labels at the commonest level."
    return f"Averaged over {rows}, with {', '.join(f'{k} = {v}' for k, v in at.items())}."
