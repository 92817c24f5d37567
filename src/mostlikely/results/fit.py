"""A fit: frozen, with the field's words. Its methods are short calls into the packages below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from mostlikely.data.response import Sample
from mostlikely.data.weights import NONE, WEIGHTINGS, Weighting
from mostlikely.derivation import explained
from mostlikely.errors import ModelError
from mostlikely.family.base import Family
from mostlikely.family.distribution import Distribution
from mostlikely.inference.covariance import covariance
from mostlikely.inference.delta import Quantity, quantity
from mostlikely.inference.evaluate import log_likelihood_at, score_at
from mostlikely.inference.evidence import Evidence
from mostlikely.inference.prediction import Prediction, predict
from mostlikely.inference.rows import follows_columns, law_of_sample
from mostlikely.likelihood.penalty import Penalty
from mostlikely.results import store
from mostlikely.results.comparison import Comparison
from mostlikely.results.criteria import InformationCriteria
from mostlikely.results.effects import Rowwise
from mostlikely.results.uncertainty import Uncertainty
from mostlikely.solve.objective import Vector
from mostlikely.verdict.proof import Proof, limit_of
from mostlikely.verdict.verdict import Verdict

if TYPE_CHECKING:
    from mostlikely.derivation.steps import Derivation

__all__ = ["Fit", "Quantity"]


@dataclass(frozen=True, repr=False, eq=False)
class Fit(Uncertainty, Rowwise, InformationCriteria):
    """The most likely parameters of a noise model, how sure they are, and a proven verdict.

    Made by `fit`, never by hand.

    Attributes
    ----------
    model : Family
        The noise model, with whatever was fixed.
    params : mapping of str to float
        The free parameters, natural scale, in order.
    loglik : float
        The maximised log-likelihood with every constant.
    n : float
        The number of observations: the total weight, if the weights are frequencies.
    df : float
        The number of free parameters, by rank; under a penalty, how many the estimate is worth.
    verdict : Verdict
        How the fit ended; ``verdict.ok`` and its sentence.
    label : str
        What was fitted: the column's name, or "y".
    rows, dropped : int
        Rows used, and rows left out as missing.
    weight_kind : str
        "none", "frequency", "precision" or "sampling".
    limit : Distribution, optional
        On a boundary, the simpler model that the verdict names.
    penalty : Firth, Ridge or Lasso, optional
        What was added to the log-likelihood; ``loglik`` is without it.

    Examples
    --------
    >>> import mostlikely as ml
    >>> fit = ml.fit(ml.Normal(), [2.1, 1.9, 2.0, 2.3, 1.8])
    >>> round(fit.params["mu"], 10)
    2.02
    """

    model: Family
    params: Mapping[Any, float]
    loglik: float
    n: float
    df: float
    verdict: Verdict
    label: str
    rows: int
    dropped: int
    weight_kind: str
    _observed: Vector
    limit: Distribution | None = None
    _proof: Proof | None = field(default=None)
    _sample: Sample | None = field(default=None)
    _bound: Any = field(default=None)
    penalty: Penalty | None = None

    @staticmethod
    def of(proof: Proof, model: Family, bound: Any = None) -> Fit:
        """The fit that a proof and its model make."""
        likelihood = proof.likelihood
        sample, penalty = likelihood.unreduced.sample, likelihood.penalty
        weighting, names, x = sample.weighting, likelihood.names, proof.optimum.x
        kind = "observed" if weighting.calibrated else "sandwich"
        return Fit(
            model=model,
            params=MappingProxyType({k: proof.params[k] for k in names}),
            loglik=proof.loglik if penalty is None else likelihood.plain.value(x),
            n=sample.n,
            df=likelihood.size if penalty is None else penalty.degrees(likelihood, x),
            verdict=proof.verdict,
            label=sample.label,
            rows=sample.rows,
            dropped=sample.dropped,
            weight_kind=weighting.name,
            _observed=covariance(proof, kind),
            limit=limit_of(proof),
            _proof=proof,
            _sample=sample,
            _bound=bound,
            penalty=penalty,
        )

    def predict(
        self, data: Any = None, what: str = "mean", member: int | None = None, **options: Any
    ) -> Prediction:
        """What the model says of rows: the mean, a parameter, a quantile, a probability.

        Parameters
        ----------
        data : dataframe or mapping, or array for a model of arrays, optional
            New rows; those of the fit by default.
        what : str
            "mean", "quantile" (with ``q=``), "cdf" (with ``at=``, a number or a column), or a
            parameter's name; of labels "probability", of one ``level=`` or of all.
        member : int, optional
            Which member of a `joint` model, counted from 0.
        **options
            ``q``, ``at`` or ``level``.

        Returns
        -------
        Prediction
            An array in most respects, with ``std_error``, ``interval(level)`` and
            ``prediction_interval(level)``. The probabilities of all levels are its columns, shape
            (rows, levels), in the order of ``prediction.levels``.

        Raises
        ------
        ModelError, DataError
            For an unknown ``what``; for a level that the model has not seen.

        Examples
        --------
        >>> import mostlikely as ml
        >>> fit = ml.fit(ml.Poisson("n ~ x"), {"x": [0, 0, 1, 1], "n": [2, 4, 5, 7]})
        >>> np.asarray(fit.predict({"x": [0, 1]})).round(6).tolist()
        [3.0, 6.0]
        >>> fit = ml.fit(ml.Categorical("v ~ x"), {"x": [0, 0, 1, 1, 1], "v": list("ababb")})
        >>> shares = fit.predict({"x": [0, 1]}, "probability")
        >>> shares.levels, np.asarray(shares).round(4).tolist()
        (('a', 'b'), [[0.5, 0.5], [0.3333, 0.6667]])
        """
        return predict(self, data, what, member, **options)

    def quantity(self, function: Callable[[Mapping[str, Any]], Any]) -> Quantity:
        """Any smooth function of the parameters, with its delta-method standard error.

        Parameters
        ----------
        function : callable
            Takes the parameters (free and fixed) by name, in NumPy and `scipy.special` calls; its
            derivatives are exact.

        Examples
        --------
        >>> import mostlikely as ml
        >>> fit = ml.fit("gamma", [0.8, 1.3, 2.4, 0.4, 3.1, 1.9])
        >>> sd = fit.quantity(lambda p: p["mean"] / p["shape"] ** 0.5)
        >>> round(sd.value, 4)
        1.0257
        """
        return quantity(function, self.model, self.params, self._observed)

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
        proof, _ = self._evidence("another log-likelihood")
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
        proof, _ = self._evidence("a score")
        return score_at(proof, self._values(params, named))

    def _values(self, params: Any, named: Mapping[str, float]) -> dict[Any, float]:
        """A value for each parameter: those that are given, and the estimate for the rest."""
        given = {self._known(k): float(v) for k, v in {**(params or {}), **named}.items()}
        return {**self.params, **given}

    def compare(self, *others: Fit) -> Comparison[Fit]:
        """Rank this fit beside others of the same data, by AIC.

        Examples
        --------
        >>> import mostlikely as ml
        >>> y = [0.8, 1.3, 2.4, 0.4, 3.1, 1.9]
        >>> ml.fit("exponential", y).compare(ml.fit("gamma", y)).best.model
        Gamma()
        """
        return Comparison.of([self, *others])

    # What it means.

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

    def sample(self, n: int, seed: int | None = None) -> Vector:
        """n draws from the fitted distribution.

        Examples
        --------
        >>> import mostlikely as ml
        >>> ml.fit("poisson", [3, 5, 1, 7]).sample(5, seed=1).shape
        (5,)
        """
        return self.distribution.sample(n, seed)

    # What it was found with.

    @property
    def weighting(self) -> Weighting:
        """What the weights mean, as sums and covariances ask for it."""
        return WEIGHTINGS.get(self.weight_kind, NONE)

    @property
    def has_data(self) -> bool:
        """Whether the fit has the data that it was found with; one that was loaded has not."""
        return self._proof is not None

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

    def evidence(self, what: str = "this") -> Evidence:
        """The proof, the data, and what the formulas have learnt from them.

        Parameters
        ----------
        what : str
            What needs them, for the sentence that says that there are none.

        Raises
        ------
        ModelError
            If the fit was loaded without its data.
        """
        if self._proof is None or self._sample is None:
            raise ModelError(
                f"{what} needs the data, and this fit was loaded without them; fit again."
            )
        return Evidence(self._proof, self._sample, self._bound)

    # Words and pictures.

    def summary(self, level: float = 0.95, method: str = "wald") -> str:
        """The fit as text: the model in words, a row per parameter, the verdict.

        Examples
        --------
        >>> import mostlikely as ml
        >>> "interior maximum" in ml.fit("poisson", [3, 5, 1, 7]).summary()
        True
        """
        from mostlikely.report import summary

        return summary(self, level=level, method=method)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        values = ", ".join(f"{k}={v:.6g}" for k, v in self.params.items())
        return f"<Fit of {self.model!r} to {self.label}: {values}; {self.verdict.short}>"

    def _repr_html_(self) -> str:
        from mostlikely.report import html

        return html(self)

    def plot(self, **options: Any) -> Any:
        """The data, the fit and its residuals; see `plot.fit_plot`."""
        from mostlikely.plot import fit_plot

        return fit_plot(self, **options)

    def explain(self) -> Derivation:
        """How this estimate is found, step by step, with the numbers of these data put in.

        Raises
        ------
        MissingPackage
            Without SymPy.

        Examples
        --------
        >>> import mostlikely as ml
        >>> steps = ml.fit("poisson", [3, 5, 1, 7]).explain().steps
        >>> print(steps[5].text)
        mean = ȳ
        >>> print(steps[-2].text)
        n = 4
        Σ yᵢ = 16
        >>> print(steps[-1].text)
        mean = ȳ = 4,  se = √(mean/n) = 1
        """
        return explained(self)

    def save(self, path: Any) -> None:
        """Write the fit as a small JSON file, without the data; `load` reads it.

        Examples
        --------
        >>> import mostlikely as ml, tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "fit.json"
        >>> ml.fit("poisson", [3, 5, 1, 7]).save(path)
        >>> dict(ml.load(path).params)
        {'mean': 4.0}
        """
        store.save(self, path)

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: views of mappings become the mappings."""
        return {k: dict(v) if isinstance(v, MappingProxyType) else v for k, v in vars(self).items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for k, v in state.items():
            frozen = MappingProxyType(v) if k in ("params", "standard_errors") else v
            object.__setattr__(self, k, frozen)
