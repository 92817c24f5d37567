"""A fit as those see it who show it, draw it, write it down or derive it.

`results.fit.Fit` is one, with words and pictures; tables, pictures, files and derivations take what
is here, and so stand below the fit that calls them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mostlikely.errors import ModelError
from mostlikely.family.distribution import Distribution
from mostlikely.inference.delta import Quantity
from mostlikely.inference.evaluate import log_likelihood_at, score_at
from mostlikely.inference.prediction import Prediction, predict
from mostlikely.inference.quantity_intervals import quantity_of
from mostlikely.inference.rows import follows_columns, law_of_sample
from mostlikely.inference.simulate import simulate
from mostlikely.inference.uncertainty import Uncertainty
from mostlikely.likelihood.keys import label
from mostlikely.solve.objective import Vector
from mostlikely.tables.frame import library_of

__all__ = ["Compared", "Fitted"]


class Fitted(Uncertainty):
    """What a fit knows of its parameters and its rows."""

    def predict(
        self, data: Any = None, what: str = "mean", member: int | None = None, **options: Any
    ) -> Prediction:
        """What the model says of rows: the mean, a parameter, a quantile, a probability.

        Parameters
        ----------
        data : dataframe or mapping, or array for a model of arrays, optional
            New rows; those of the fit by default.
        what : str
            "mean", "variance", "sd", "quantile" (with ``q=``), "return_level" (with
            ``period=``: what one observation in so many exceeds), "cdf", "survival" (also
            "sf"), "hazard" and "cumulative_hazard" (with ``at=``, a number, one for each row, or a
            column), "probability" (of labels and whole
            numbers, with ``level=``, one or a list of them, or ``at=``; of all labels by default),
            or a parameter's name.
        member : int, optional
            Which member of a `joint` model, counted from 0.
        **options
            ``q``, ``at``, ``level`` or ``period``; ``covariance`` and ``cluster``, as in
            `covariance`; ``offset``, of the new rows, where the fit had an array: a number, one
            for each row, a column, or a mapping of parameters to one of these.

        Returns
        -------
        Prediction
            An array in most respects, with ``std_error``, ``interval(level)`` and
            ``prediction_interval(level)``. The probabilities of several levels are its columns,
            shape (rows, levels), in the order of ``prediction.levels``. A quantile of whole
            numbers moves in steps: it has no standard error, and an interval.

        Raises
        ------
        ModelError, DataError
            For an unknown ``what``; for a level that the model has not seen.

        Examples
        --------
        >>> import mostlikely as ml
        >>> fit = ml.fit(ml.Poisson("n ~ x"), {"x": [0, 0, 1, 1], "n": [2, 4, 5, 7]})
        >>> fit.predict({"x": [0, 1]})
        Prediction([3., 6.], std_error=[1.2247, 1.7321])
        >>> fit.predict({"x": [0, 1]}, "probability", level=[0, 1])     # P(n = 0) and P(n = 1)
        Prediction([[0.0498, 0.1494],
         [0.0025, 0.0149]], std_error=[[0.061 , 0.122 ],
         [0.0043, 0.0215]], levels=[0, 1])
        >>> fit = ml.fit(ml.Categorical("v ~ x"), {"x": [0, 0, 1, 1, 1], "v": list("ababb")})
        >>> shares = fit.predict({"x": [0, 1]}, "probability")
        >>> shares.levels, np.asarray(shares).round(4).tolist()
        (('a', 'b'), [[0.5, 0.5], [0.3333, 0.6667]])
        """
        found = predict(self, data, what, member, **options)
        return replace(found, library=library_of(data) or self._library)

    @property
    def fitted(self) -> Vector:
        """The fitted mean of each row, shape (rows,), in the order of the rows that were kept.

        Raises
        ------
        ModelError
            Where the family has no mean; see `predict` for a parameter or a quantile.

        Examples
        --------
        >>> import mostlikely as ml
        >>> fit = ml.fit(ml.Normal("y ~ x"), {"x": [0, 0, 1, 1], "y": [1.0, 3.0, 4.0, 6.0]})
        >>> fit.fitted.round(6).tolist()
        [2.0, 2.0, 5.0, 5.0]
        """
        mean = self.predict().value
        if np.isnan(mean).any():
            raise ModelError(
                f"{self.model.name} has no mean at the estimate; predict a parameter or a quantile."
            )
        return mean

    def simulate(
        self,
        n: int = 1,
        seed: Any = None,
        data: Any = None,
        offset: Any = None,
        member: int | None = None,
    ) -> NDArray[Any]:
        """Data as the fitted model would give them: n draws of every row's y, shape (n, rows).

        The parameters are those of the estimate; labels are drawn as labels, and precision
        weights count.

        Parameters
        ----------
        n : int
            How many data sets.
        seed : int or Generator, optional
            Whatever `numpy.random.default_rng` takes.
        data, offset : optional
            New rows, as in `predict`; those of the fit by default.
        member : int, optional
            Which member of a `joint` model.

        Raises
        ------
        ModelError
            For another n or seed, and where the likelihood has no maximum.

        Examples
        --------
        >>> import mostlikely as ml
        >>> fit = ml.fit(ml.Poisson("n ~ x"), {"x": [0, 0, 1, 1], "n": [2, 4, 5, 7]})
        >>> y = fit.simulate(10_000, seed=1)
        >>> y.shape, y.mean(axis=0).round(1).tolist()
        ((10000, 4), [3.0, 3.0, 6.0, 6.0])
        """
        return simulate(self, n, seed, data, offset, member)

    def quantity(
        self,
        of: Callable[[Mapping[str, Any]], Any] | str,
        covariance: str | None = None,
        cluster: Any = None,
        **options: Any,
    ) -> Quantity:
        """Any smooth function of the parameters, or a quantity by its name, with its error.

        Parameters
        ----------
        of : callable or str
            Takes the parameters (free and fixed) by name, coefficients by their keys or their
            terms, in NumPy and `scipy.special` calls; its derivatives are exact. Or a name that
            `predict` knows: "mean", "sd", "quantile", "return_level", "hazard" and so on.
        covariance, cluster : optional
            Kind and clusters of `covariance`.
        **options
            With a name its value, ``q``, ``at`` or ``period``, and where rows differ one row:
            ``data={"x": 1}``, ``offset``, ``member``.

        Returns
        -------
        Quantity
            ``value``, ``std_error`` by the delta method, ``interval(level, method)``.

        Examples
        --------
        >>> import mostlikely as ml
        >>> fit = ml.fit("gamma", [0.8, 1.3, 2.4, 0.4, 3.1, 1.9])
        >>> print(fit.quantity(lambda p: p["mean"] / p["shape"] ** 0.5), "|", fit.quantity("sd"))
        1.02573 ± 0.382 | 1.02573 ± 0.382
        >>> doses = {"dose": [0, 1, 2, 3, 4, 5], "died": [0, 1, 0, 1, 0, 1]}
        >>> fit = ml.fit(ml.Bernoulli("died ~ dose"), doses)
        >>> print(fit.quantity(lambda p: -p["Intercept"] / p["dose"]))  # the median lethal dose
        2.5 ± 2.36
        """
        return quantity_of(self, of, covariance, cluster, **options)

    # How good.

    def log_likelihood(self, params: Mapping[Any, float] | None = None, /, **named: float) -> float:
        """The log-likelihood of these data at any parameter value, the estimate by default.

        Parameters
        ----------
        params : mapping of parameter to float, optional
            Values on their own scales, by the keys of `params` or their terms; those of the
            estimate for the rest.
        **named : float
            The same, for names that Python can write.

        Examples
        --------
        >>> import mostlikely as ml
        >>> fit = ml.fit("poisson", [3, 5, 1, 7])
        >>> fit.log_likelihood(mean=4) == fit.loglik
        True
        """
        if not params and not named and not np.isfinite([*self.params.values()]).all():
            return self.loglik
        proof = self.evidence("another log-likelihood").proof
        return log_likelihood_at(proof, self._values(params, named))

    def score(
        self, params: Mapping[Any, float] | None = None, /, **named: float
    ) -> dict[Any, float]:
        """dℓ/dθ of these data at any parameter value, by the keys of `params`: 0 at a maximum.

        Parameters
        ----------
        params, **named
            As in `log_likelihood`: of another program's answer, say, to see how far it is.

        Raises
        ------
        ModelError
            Where there is none: at an edge, an infinite coefficient, an impossible value.

        Examples
        --------
        >>> import mostlikely as ml
        >>> fit = ml.fit(ml.Poisson("n ~ x"), {"x": [0, 0, 1, 1], "n": [2, 4, 5, 7]})
        >>> fit.score({"Intercept": 0, "x": 0})     # Σ(n - 1) and Σ(n - 1)x
        {('mean', 'Intercept'): 14.0, ('mean', 'x'): 10.0}
        """
        return score_at(self.evidence("a score").proof, self._values(params, named))

    def _values(self, params: Any, named: Mapping[str, float]) -> dict[Any, float]:
        """A value for each parameter: those that are given, and the estimate for the rest."""
        given = {self._known(k): v for k, v in {**(params or {}), **named}.items()}
        for key, value in given.items():
            if np.ndim(value) or np.asarray(value).dtype.kind not in "biuf":
                raise ModelError(f"{label(key)} is a number; got {value!r}.")
            given[key] = float(value)
        return {**self.params, **given}

    # What it means.

    @property
    def has_predictors(self) -> bool:
        """Whether a parameter differs from row to row: "y ~ x" does, "y ~ 1" does not.

        Examples
        --------
        >>> import mostlikely as ml
        >>> ml.fit(ml.Poisson("n ~ 1"), {"n": [3, 5, 1, 7]}).has_predictors
        False
        """
        return follows_columns(self.model, self.params, self._proof)

    @property
    def distribution(self) -> Distribution:
        """The fitted distribution: log_prob, cdf, quantile, sample, mean.

        On a boundary it is that of the limit.

        Raises
        ------
        ModelError
            If the likelihood has no maximum.
        """
        if self.has_predictors:
            raise ModelError("each row has a distribution of its own; see fit.predict.")
        if self.verdict.kind == "no maximum":
            raise ModelError(f"there is no fitted distribution. {self.verdict}")
        if self.limit is not None:
            return self.limit
        return law_of_sample(self.model, self.params, self._proof)


class Compared(Protocol):
    """Fits side by side; `results.comparison.Comparison` is one."""

    @property
    def fits(self) -> Sequence[Fitted]:
        """In order."""

    @property
    def refused(self) -> Mapping[str, str]:
        """Models that the data do not allow, and why."""

    @property
    def interrupted(self) -> Sequence[str]:
        """Models that were not fitted, as Ctrl-C ended the work."""

    @property
    def best(self) -> Fitted:
        """The first whose verdict is ok."""

    def records(self) -> list[dict[str, Any]]:
        """One tidy row per model."""
