"""A fit: frozen, with the field's words. Its methods are short calls into the rooms below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import log
from types import MappingProxyType
from typing import Any, overload

import numpy as np

from mostlikely import store
from mostlikely.calculus.domain import Domain, real
from mostlikely.calculus.link import LINKS, Link
from mostlikely.comparison import Comparison
from mostlikely.data.formula import cluster_codes
from mostlikely.data.sample import Sample
from mostlikely.effects import Rowwise
from mostlikely.errors import ModelError, nearest
from mostlikely.family.base import Family
from mostlikely.family.distribution import Distribution
from mostlikely.inference import errors, tests
from mostlikely.inference.delta import Quantity, quantity
from mostlikely.inference.elsewhere import log_likelihood_at, score_at
from mostlikely.inference.hypotheses import (
    find_key,
    read_hypotheses,
    read_values,
    test_linear,
)
from mostlikely.inference.intervals import check_level, profile_interval, wald_interval
from mostlikely.inference.lines import Line, coefficient_interval
from mostlikely.inference.prediction import Prediction, predict
from mostlikely.inference.profile import profile_at
from mostlikely.penalty import Penalty
from mostlikely.proof import Proof, limit_of
from mostlikely.solve.objective import Vector
from mostlikely.solve.verdict import Verdict
from mostlikely.together import BoundTogether, member_view

__all__ = ["Fit", "Quantity"]

Interval = tuple[float, float]


@dataclass(frozen=True, repr=False, eq=False)
class Fit(Rowwise):
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
        The number of free parameters; under a penalty, how many the estimate is worth.
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
    observed: Vector
    limit: Distribution | None = None
    proof: Proof | None = field(default=None)
    sample_: Sample | None = field(default=None)
    bound: Any = field(default=None)
    penalty: Penalty | None = None

    @staticmethod
    def of(
        proof: Proof, model: Family, sample: Sample, bound: Any = None, penalty: Any = None
    ) -> Fit:
        """The fit that a proof and its data make."""
        kind = sample.kind if sample.weighted else "none"
        likelihood = proof.likelihood
        names = likelihood.names
        return Fit(
            model=model,
            params=MappingProxyType({k: proof.params[k] for k in names}),
            loglik=proof.loglik if penalty is None else likelihood.plain.value(proof.optimum.x),
            n=sample.n,
            df=len(names) if penalty is None else penalty.degrees(likelihood, proof.optimum.x),
            verdict=proof.verdict,
            label=sample.label,
            rows=sample.rows,
            dropped=sample.dropped,
            weight_kind=kind,
            observed=errors.covariance(
                proof, sample, "sandwich" if kind == "sampling" else "observed"
            ),
            limit=limit_of(proof),
            proof=proof,
            sample_=sample,
            bound=bound,
            penalty=penalty,
        )

    # How sure.

    def covariance(self, kind: str | None = None, cluster: Any = None) -> Vector:
        """The covariance of the estimate, shape (k, k), natural scale, in the order of `params`.

        Parameters
        ----------
        kind : {"observed", "expected", "sandwich", "HC0", "HC1", "HC2", "HC3"}, optional
            By default "observed", and "sandwich" under sampling weights or with clusters. HC0 to
            HC3 are of regressions. A parameter on an edge has none: its row and column are NaN.
        cluster : str or array of shape (n,), or a list of two of them, optional
            Rows of one cluster may depend on one another: a column, or the labels themselves.

        Examples
        --------
        >>> import mostlikely as ml
        >>> fit = ml.fit("poisson", [3, 5, 1, 7])
        >>> float(fit.covariance()[0, 0])       # mean / n
        1.0
        """
        default = "sandwich" if self.weight_kind == "sampling" else "observed"
        if cluster is None and kind in (None, default):
            return self.observed.copy()
        proof, sample = self._evidence(f"the {kind} covariance")
        if cluster is None:
            return errors.covariance(proof, sample, kind or default)
        return errors.covariance(proof, sample, kind or "sandwich", self._clusters(cluster))

    def _clusters(self, cluster: Any) -> list[Any]:
        if self.bound is None:
            raise ModelError(
                "clusters are of regressions; write the model with a formula: 'y ~ 1'."
            )
        if self.bound.table is None:
            raise ModelError("members that read tables of their own have no clusters in common.")
        several = isinstance(cluster, list | tuple) and len(cluster) == 2
        inner: Any = self._evidence("a covariance")[0].inner  # without rows that are separated
        table = self.bound.table if self.model.members else inner.table
        return [cluster_codes(table, c) for c in (cluster if several else [cluster])]

    @cached_property
    def standard_errors(self) -> Mapping[Any, float]:
        """Roots of the diagonal of `covariance`; NaN where the estimate is on an edge."""
        with np.errstate(invalid="ignore"):
            roots = np.sqrt(np.diag(self.observed))
        return MappingProxyType({k: float(r) for k, r in zip(self.params, roots, strict=True)})

    @overload
    def interval(
        self, parameter: str, level: float = ..., method: str = ..., scale: str = ...
    ) -> Interval: ...
    @overload
    def interval(
        self, parameter: None = ..., level: float = ..., method: str = ..., scale: str = ...
    ) -> dict[str, Interval]: ...
    def interval(
        self,
        parameter: str | None = None,
        level: float = 0.95,
        method: str = "wald",
        scale: str = "link",
    ) -> Interval | dict[str, Interval]:
        """Confidence intervals, natural scale.

        Parameters
        ----------
        parameter : str, optional
            One parameter; all of them by default.
        level : float
            Coverage, between 0 and 1.
        method : {"wald", "profile"}
            Wald: estimate ± z standard errors on the link scale, mapped back, so that it keeps to
            the domain. Profile: all values that the likelihood ratio does not reject; exact to
            1e-6 standard errors. A parameter on an edge has no Wald interval and gets its profile.
        scale : {"link", "natural"}
            Where a Wald interval is symmetric.

        Returns
        -------
        (low, high), or a dict of them
            An end is infinite, or the domain's edge, where nothing bounds it.

        Raises
        ------
        ModelError
            For an unknown parameter, method, scale or level.

        Examples
        --------
        >>> import mostlikely as ml
        >>> low, high = ml.fit("bernoulli", [0] * 10).interval("p", method="profile")
        >>> low, round(high, 4)
        (0.0, 0.1748)
        """
        check_level(level)
        if method not in ("wald", "profile"):
            raise ModelError(
                f"there is no interval method {method!r}; {nearest(method, ['wald', 'profile'])}"
            )
        if scale not in ("link", "natural"):
            raise ModelError(f"there is no scale {scale!r}; {nearest(scale, ['link', 'natural'])}")
        if parameter is None:
            return {k: self.interval(k, level, method, scale) for k in self.params}
        parameter = self._known(parameter)
        std_error = self.standard_errors[parameter]
        regular = self.bound is not None and np.isfinite(std_error)
        separated = self.bound is not None and self.verdict.kind == "separation"
        if self.verdict.kind not in ("interior", "boundary") and not (regular or separated):
            domain = self._domain(parameter)
            return domain.low, domain.high
        if method == "wald" and np.isfinite(std_error):
            link = self._link(parameter)
            return wald_interval(link, self.params[parameter], std_error, level, scale)
        proof, _ = self._evidence("a profile interval")
        if self.bound is not None:
            return self._coefficient_interval(proof, parameter, level)
        return profile_interval(proof, parameter, std_error, level)

    def _link(self, key: Any) -> Link:
        """The scale on which a Wald interval is symmetric; a coefficient is on its own."""
        return self.model.link(key) if key in self.model.parameters else LINKS["identity"]

    def unbounded(self, key: Any) -> bool:
        """Whether a parameter may be any real number, so that 0 is a hypothesis about it."""
        return self._domain(key) == real

    def _domain(self, key: Any) -> Domain:
        known = key in self.model.parameters
        return self.model.parameters[key].domain if known else real

    def _chi_square(self, what: str) -> None:
        if self.penalty is not None and not self.penalty.calibrated:
            raise ModelError(
                f"with {self.penalty!r} a likelihood ratio is not chi-square, so there is no "
                f"{what}; fit without a penalty, or with ml.Firth()."
            )

    def _coefficient_interval(self, proof: Proof, key: Any, level: float) -> Interval:
        self._chi_square("profile interval")
        if self.weight_kind == "sampling":
            raise ModelError(
                "a likelihood ratio with sampling weights is not chi-square, so there is no "
                'profile interval; use method="wald", whose errors are the sandwich.'
            )
        spread = errors.inverse(proof.inner_optimum.at.information)
        return coefficient_interval(proof, key, spread, level)

    def profile(self, parameter: str, values: Any = None) -> tuple[Vector, Vector]:
        """The profile log-likelihood of one parameter.

        Parameters
        ----------
        parameter : str
            Its name.
        values : array-like, shape (m,), optional
            Where; by default 41 points over the 99.9 % interval.

        Returns
        -------
        values, loglik : arrays of shape (m,)
            The log-likelihood maximised over all other parameters at each value.

        Examples
        --------
        >>> import mostlikely as ml
        >>> fit = ml.fit("exponential", [1.0, 2.0, 6.0])
        >>> values, loglik = fit.profile("mean", [2.0, 3.0, 4.0])
        >>> int(loglik.argmax())
        1
        """
        parameter = self._known(parameter)
        proof, _ = self._evidence("a profile")
        likelihood = proof.climbed
        if parameter in proof.held:
            raise ModelError(
                f"{parameter} is an extreme value of the sample; its profile is one-sided, see "
                'interval(method="profile").'
            )
        if values is None:
            low, high = self.interval(parameter, level=0.999, method="profile")
            std_error = self.standard_errors[parameter]
            reach = 4.0 * std_error if np.isfinite(std_error) else 1.0
            value = self.params[parameter]
            low = low if np.isfinite(low) else value - reach
            high = high if np.isfinite(high) else value + reach
            values = np.linspace(low, high, 43)[1:-1]
        values = np.asarray(values, dtype=float)
        if self.bound is not None:
            line = Line(proof.inner, proof.inner_optimum.x, parameter)
            others = np.zeros(line.null.shape[1])
            on_link = [float(line.link.forward(v)) for v in values]
            return values, np.array([line.at(t, others).value for t in on_link])
        link = likelihood.family.parameters[parameter].default_link
        i = likelihood.names.index(parameter)
        others = np.delete(proof.optimum.x, i)
        heights = [profile_at(likelihood, i, float(link.forward(v)), others).value for v in values]
        return values, np.array(heights)

    def test(self, hypothesis: Any = None, method: str = "lr", **values: float) -> tests.TestResult:
        """Test that parameters have given values, the others being free.

        Parameters
        ----------
        hypothesis : str, or mapping of parameter to value, optional
            Of coefficients: ``"age = 0"``, ``"x1 = 0, x2 = x3"``, ``{("mu", "age"): 0}``.
        method : {"lr", "wald", "score"}
            Likelihood ratio, Wald, or Rao's score test.
        **values : float
            The hypothesis, natural scale: ``shape=1``.

        Examples
        --------
        >>> import mostlikely as ml
        >>> fit = ml.fit("gamma", [0.8, 1.3, 2.4, 0.4, 3.1, 1.9])
        >>> print(fit.test(shape=1))
        shape = 1: likelihood-ratio statistic 2.378 on 1 degree of freedom, p = 0.123
        """
        if isinstance(hypothesis, str) and (self.bound is None or hypothesis in tests.METHODS):
            hypothesis, method = None, hypothesis
        if not values and hypothesis is None:
            raise ModelError("a test needs a hypothesis, such as fit.test(shape=1).")
        proof, _ = self._evidence("a test")
        if hypothesis is not None or self.bound is not None:
            return self._test_linear(proof, hypothesis, method, values)
        return tests.test_values(proof, self.observed, values, method)

    def _test_linear(
        self, proof: Proof, hypothesis: Any, method: str, values: Mapping[str, float]
    ) -> tests.TestResult:
        if method != "wald":
            self._chi_square(f"{method} test")
        keys = list(self.params)
        if isinstance(hypothesis, str):
            rows, targets = read_hypotheses(hypothesis, keys)
            return test_linear(proof, self.observed, rows, targets, method, hypothesis)
        rows, targets, words = read_values(hypothesis, values, keys)
        return test_linear(proof, self.observed, rows, targets, method, words)

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
        if self.bound is None or self.model.own:
            raise ModelError(
                "this model has no predictors: every row is alike, see fit.distribution."
            )
        proof, _ = self._evidence("a prediction")
        if isinstance(self.bound, BoundTogether):
            view, proof = member_view(self, proof, member)
            return predict(view, proof, data, what, **options)
        return predict(self, proof, data, what, **options)

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
        return quantity(function, self.model, self.params, self.observed)

    # How good.

    @property
    def aic(self) -> float:
        """Akaike's criterion, 2 df − 2 loglik; df counts the free parameters."""
        return 2.0 * self.df - 2.0 * self.loglik

    @property
    def bic(self) -> float:
        """Schwarz's criterion, df log n − 2 loglik; n counts observations (total frequency)."""
        return self.df * log(self.n) - 2.0 * self.loglik

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

    def compare(self, *others: Fit) -> Comparison:
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
        if self.bound is not None:
            raise ModelError("each row has a distribution of its own; see fit.predict.")
        if self.verdict.kind == "no maximum":
            raise ModelError(f"there is no fitted distribution. {self.verdict}")
        return self.limit or Distribution(self.model, {**self.model.fixed, **self.params})

    def sample(self, n: int, seed: int | None = None) -> Vector:
        """n draws from the fitted distribution.

        Examples
        --------
        >>> import mostlikely as ml
        >>> ml.fit("poisson", [3, 5, 1, 7]).sample(5, seed=1).shape
        (5,)
        """
        return self.distribution.sample(n, seed)

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

    def _known(self, parameter: Any) -> Any:
        if any(not isinstance(k, str) for k in self.params):
            return find_key(parameter, list(self.params))
        if parameter not in self.params:
            raise ModelError(
                f"{parameter!r} is not a free parameter of {self.model!r}; "
                f"{nearest(str(parameter), self.params)}"
            )
        return parameter

    def _evidence(self, what: str) -> tuple[Proof, Sample]:
        if self.proof is None or self.sample_ is None:
            raise ModelError(
                f"{what} needs the data, and this fit was loaded without them; fit again."
            )
        return self.proof, self.sample_
