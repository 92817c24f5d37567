"""How sure a fit is of its numbers: errors, intervals, profiles and tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from math import nan
from types import MappingProxyType
from typing import Any, overload

import numpy as np

from mostlikely.calculus.domain import Domain, real
from mostlikely.calculus.link import LINKS, Link
from mostlikely.data.formula.terms import cluster_codes
from mostlikely.data.response import Sample
from mostlikely.data.source.table import Table
from mostlikely.errors import DataError, ModelError, nearest
from mostlikely.inference import hypothesis_tests as tests
from mostlikely.inference.covariance import covariance as errors_of
from mostlikely.inference.estimate import Estimate
from mostlikely.inference.hypotheses import read_hypotheses, read_values
from mostlikely.inference.intervals import (
    check_level,
    check_method,
    profile_interval,
    wald_interval,
)
from mostlikely.inference.profile import Profile, Unsettled
from mostlikely.inference.quantity_intervals import interval_of, is_anything
from mostlikely.inference.rows import has_dependent
from mostlikely.likelihood.keys import find_key, label
from mostlikely.solve.objective import Vector

__all__ = ["Uncertainty"]

Interval = tuple[float, float]


class Uncertainty(Estimate):
    """What a fit knows about how sure it is."""

    def covariance(self, kind: str | None = None, cluster: Any = None) -> Vector:
        """The covariance of the estimate, shape (k, k), natural scale, in the order of `params`.

        Parameters
        ----------
        kind : str, optional
            "observed", "expected", "sandwich"; "HC0" to "HC3", the sandwich for small samples;
            with clusters "CR0", "CR1", "CR1S", "CR2" or "CR3". By default "observed", "sandwich"
            under sampling weights, "CR1" with clusters. A parameter on an edge has none: its row
            and column are NaN.
        cluster : str or array of shape (n,), or a list of two of them, optional
            Rows of one cluster may depend on one another: a column, or the labels themselves.

        Raises
        ------
        ModelError
            For another kind; for one of clusters without them, or of independent rows with them.

        Examples
        --------
        >>> import mostlikely as ml
        >>> fit = ml.fit("poisson", [3, 5, 1, 7])
        >>> float(fit.covariance()[0, 0])       # mean / n
        1.0
        """
        usual = "observed" if self.weighting.calibrated else "sandwich"
        if cluster is None and kind in (None, usual):
            return self._observed.copy()
        proof = self.evidence(f"the {kind} covariance").proof
        return errors_of(proof, kind, self._clusters(cluster))

    def _clusters(self, cluster: Any) -> list[Any]:
        if cluster is None:
            return []
        evidence = self.evidence("a covariance")
        whole = evidence.proof.inner.unreduced  # without rows that are separated
        if whole.shared is None:
            table = whole.member.table
        else:
            table = self._bound.table
            if table is None:
                raise ModelError(
                    "members that read tables of their own have no clusters in common."
                )
        several = isinstance(cluster, list | tuple) and len(cluster) == 2
        each = cluster if several else [cluster]
        if table is None:
            each = [_beside(c, evidence.sample) for c in each]
            return [cluster_codes(beside, "clusters") for beside in each]
        return [cluster_codes(table, c) for c in each]

    @cached_property
    def standard_errors(self) -> Mapping[Any, float]:
        """Roots of the diagonal of `covariance`; NaN where the estimate is on an edge."""
        return MappingProxyType(self._roots(self._observed))

    def _roots(self, covariance: Vector) -> dict[Any, float]:
        with np.errstate(invalid="ignore"):
            roots = np.sqrt(np.diag(covariance))
        return {k: float(r) for k, r in zip(self.params, roots, strict=True)}

    @overload
    def interval(
        self,
        of: str | Callable[..., Any],
        level: float = ...,
        method: str = ...,
        scale: str = ...,
        covariance: str | None = ...,
        cluster: Any = ...,
        **options: Any,
    ) -> Interval: ...
    @overload
    def interval(
        self,
        of: None = ...,
        level: float = ...,
        method: str = ...,
        scale: str = ...,
        covariance: str | None = ...,
        cluster: Any = ...,
    ) -> dict[str, Interval]: ...
    def interval(
        self,
        of: str | Callable[..., Any] | None = None,
        level: float = 0.95,
        method: str = "wald",
        scale: str = "link",
        covariance: str | None = None,
        cluster: Any = None,
        **options: Any,
    ) -> Interval | dict[str, Interval]:
        """Confidence intervals, natural scale.

        Parameters
        ----------
        of : str or callable, optional
            One parameter; a function of the parameters, or a name that `predict` knows, as in
            `quantity`; all parameters by default.
        level : float
            Coverage, between 0 and 1.
        method : {"wald", "profile"}
            Wald: estimate ± z standard errors on the link scale, mapped back, so that it keeps to
            the domain. Profile: all values that the likelihood ratio does not reject; exact to
            1e-6 standard errors. A parameter on an edge has no Wald interval and gets its profile.
        scale : {"link", "natural"}
            Where a Wald interval is symmetric.
        covariance, cluster : optional
            Kind and clusters of `covariance`, for Wald's intervals.
        **options
            With a name, as in `quantity`: ``q``, ``at``, ``period``, ``data`` and so on.

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
        >>> fit = ml.fit("exponential", [1.0, 2.0, 6.0])
        >>> low, high = fit.interval("quantile", q=0.5, method="profile")
        >>> round(low, 4), round(high, 4)
        (0.8019, 8.3616)
        """
        check_level(level)
        check_method(method)
        if scale not in ("link", "natural"):
            raise ModelError(f"there is no scale {scale!r}; {nearest(scale, ['link', 'natural'])}")
        if is_anything(self, of, options):
            return interval_of(self, of, level, method, scale, covariance, cluster, **options)
        errors: Mapping[Any, float] = self.standard_errors
        robust = covariance is not None or cluster is not None
        if robust:
            self._wald_alone(method, "interval")
            errors = self._roots(self.covariance(covariance, cluster))
        out: dict[str, Interval] = {}
        for key in self.params if of is None else [self._known(of)]:
            try:
                if robust and not np.isfinite(errors[key]):
                    raise Unsettled(f"{label(key)} has no such standard error here, nor interval.")
                out[key] = self._ends(key, level, method, scale, errors[key])
            except Unsettled:
                if of is not None:
                    raise
                out[key] = nan, nan  # its ends are not known
        return out if of is None else next(iter(out.values()))

    def _ends(self, key: Any, level: float, method: str, scale: str, std_error: float) -> Interval:
        """The interval of one parameter."""
        regular = self._bound is not None and np.isfinite(std_error)
        separated = self._bound is not None and self.verdict.kind == "separation"
        # The numbers of a curve that leaves the data have no error, but a profile.
        rising = self._bound is not None and method == "profile" and np.isfinite(self.params[key])
        rising = (
            rising
            and self.verdict.kind == "no maximum"
            and bool(self.evidence("a profile interval").proof.regular)
        )
        known = self.verdict.kind in ("interior", "boundary")
        if not (known or regular or separated or rising):
            domain = self._domain(key)
            return domain.low, domain.high
        if method == "wald" and np.isfinite(std_error):
            return wald_interval(self._link(key), self.params[key], std_error, level, scale)
        if self.shrunken and method == "wald":
            raise ModelError(
                f"after {self.penalty!r} no standard error holds, so there is no interval."
            )
        proof = self.evidence("a profile interval").proof
        self._chi_square("profile interval")
        return profile_interval(proof, key, level)

    @staticmethod
    def _wald_alone(method: str, what: str) -> None:
        if method != "wald":
            raise ModelError(
                f"covariance= and cluster= are of Wald's {what}, and the {method} {what} has none; "
                'use method="wald".'
            )

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
        if self.shrunken:
            raise ModelError(
                f"with {self.penalty!r} estimates are drawn towards zero, and a statistic of them "
                f"is not chi-square: there is no {what}. Fit without a penalty, or with ml.Firth()."
            )

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
        proof = self.evidence("a profile").proof
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
        return values, Profile(proof, parameter).heights(values)

    def test(
        self,
        *hypotheses: Any,
        method: str | None = None,
        covariance: str | None = None,
        cluster: Any = None,
        **values: float,
    ) -> tests.TestResult:
        """Test that parameters have given values, the others being free.

        Parameters
        ----------
        *hypotheses : str, or mapping of parameter to value
            ``"shape = 1"``, ``"x1 = 0, x2 = x3"``, ``{("mu", "age"): 0}``; all of them together.
            The name of a column of labels says that none of its levels matters.
        method : {"lr", "wald", "score"}, optional
            Likelihood ratio, Wald, or Rao's score test. By default the likelihood ratio, and Wald
            under sampling weights or with a covariance of one's own.
        covariance, cluster : optional
            Kind and clusters of `covariance`, for Wald's test.
        **values : float
            The hypothesis, natural scale: ``shape=1``.

        Examples
        --------
        >>> import mostlikely as ml
        >>> fit = ml.fit("gamma", [0.8, 1.3, 2.4, 0.4, 3.1, 1.9])
        >>> print(fit.test(shape=1))
        shape = 1: likelihood-ratio statistic 2.378 on 1 degree of freedom, p = 0.123
        """
        robust = covariance is not None or cluster is not None
        named = [h for h in hypotheses if isinstance(h, str) and "=" not in h]
        named = [h for h in named if h in tests.METHODS or values]
        asked = [h for h in hypotheses if h is not None and h not in named]
        method = named[0] if named else method
        if method is None:
            method = "wald" if robust or self.weight_kind == "sampling" else "lr"
        if robust:
            self._wald_alone(method, "test")
        if not values and not asked:
            raise ModelError("a test needs a hypothesis, such as fit.test(shape=1).")
        proof = self.evidence("a test").proof
        self._chi_square(f"{method} test")
        keys, found = list(self.params), []
        for hypothesis in [*asked, values]:
            if isinstance(hypothesis, str):
                found.append((*read_hypotheses(hypothesis, keys), hypothesis))
            elif isinstance(hypothesis, Mapping):
                own = {self._known(k): v for k, v in hypothesis.items()}
                found += [read_values(own, keys)] if own else []
            else:
                raise ModelError(
                    "a hypothesis is a string of equations, 'x = 0, z = 1', or a dict of values by "
                    f"name; got {type(hypothesis).__name__}."
                )
        rows, targets = (np.concatenate([part[i] for part in found]) for i in (0, 1))
        words = ", ".join(part[2] for part in found)
        at = self._observed
        if proof.inner is proof.likelihood and has_dependent(proof.likelihood.parts):
            # sums of coefficients have an error that none has alone
            proof = replace(proof, regular=proof.likelihood.names)
        if method == "wald":
            at = errors_of(proof, covariance, self._clusters(cluster))
        return tests.test(proof, at, rows, targets, method, words)

    def _known(self, parameter: Any) -> Any:
        if any(not isinstance(k, str) for k in self.params):
            return find_key(parameter, list(self.params))
        if parameter not in self.params:
            raise ModelError(
                f"{parameter!r} is not a free parameter of {self.model!r}; "
                f"{nearest(str(parameter), self.params)}"
            )
        return parameter


def _beside(cluster: Any, sample: Sample) -> Table:
    """The labels of the clusters of a sample, as a column."""
    if isinstance(cluster, str):
        raise ModelError(
            f"a sample has no columns, so none is called {cluster!r}; give the labels themselves, "
            "one for each row."
        )
    table = Table.of({"clusters": cluster})
    if table.rows != sample.stored:
        raise DataError(
            f"there are {table.rows} labels of clusters for {sample.stored} rows in use; give one "
            "for each of these."
        )
    return table
