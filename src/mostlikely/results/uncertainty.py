"""How sure a fit is of its numbers: errors, intervals, profiles and tests."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, overload

import numpy as np

from mostlikely.calculus.domain import Domain, real
from mostlikely.calculus.link import LINKS, Link
from mostlikely.data.formula.terms import cluster_codes
from mostlikely.data.response import Sample
from mostlikely.errors import ModelError, nearest
from mostlikely.family.base import Family
from mostlikely.inference import errors
from mostlikely.inference import hypothesis_tests as tests
from mostlikely.inference.hypotheses import find_key, read_hypotheses, read_values, test_linear
from mostlikely.inference.intervals import check_level, profile_interval, wald_interval
from mostlikely.inference.lines import Line, coefficient_interval
from mostlikely.inference.profile import profile_at
from mostlikely.likelihood.penalty import Penalty
from mostlikely.solve.objective import Vector
from mostlikely.verdict.proof import Proof
from mostlikely.verdict.verdict import Verdict

__all__ = ["Certainty"]

Interval = tuple[float, float]


class Certainty:
    """What a fit knows about how sure it is; `Fit` is one."""

    model: Family
    params: Mapping[Any, float]
    verdict: Verdict
    weight_kind: str
    observed: Vector
    proof: Proof | None
    sample_: Sample | None
    bound: Any
    penalty: Penalty | None

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
        proof, _ = self._evidence(f"the {kind} covariance")
        if cluster is None:
            return errors.covariance(proof, kind or default)
        return errors.covariance(proof, kind or "sandwich", self._clusters(cluster))

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
        if self.drawn and method == "wald":
            raise ModelError(
                f"after {self.penalty!r} no standard error holds, so there is no interval."
            )
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

    @property
    def drawn(self) -> bool:
        """Whether a penalty draws the estimates to zero, so that no statistic has a known law."""
        return self.penalty is not None and not self.penalty.calibrated

    def _chi_square(self, what: str) -> None:
        if self.drawn:
            raise ModelError(
                f"with {self.penalty!r} estimates are drawn towards zero, and a statistic of them "
                f"is not chi-square: there is no {what}. Fit without a penalty, or with ml.Firth()."
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
        self._chi_square(f"{method} test")
        keys = list(self.params)
        if isinstance(hypothesis, str):
            rows, targets = read_hypotheses(hypothesis, keys)
            return test_linear(proof, self.observed, rows, targets, method, hypothesis)
        rows, targets, words = read_values(hypothesis, values, keys)
        return test_linear(proof, self.observed, rows, targets, method, words)

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
