"""How sure a fit is of its numbers: errors, intervals, profiles and tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import nan
from typing import Any, overload

import numpy as np

from mostlikely.calculus.domain import Domain, real
from mostlikely.calculus.link import LINKS, Link
from mostlikely.errors import ModelError, nearest
from mostlikely.inference import hypothesis_tests as tests
from mostlikely.inference.covariance import covariance as errors_of
from mostlikely.inference.hypotheses import read_hypotheses, read_values
from mostlikely.inference.intervals import (
    check_level,
    check_method,
    profile_interval,
    wald_interval,
)
from mostlikely.inference.profile import Profile, Unsettled
from mostlikely.inference.profile_curve import ProfileCurve
from mostlikely.inference.quantity_intervals import interval_of, is_anything
from mostlikely.inference.rows import has_dependent
from mostlikely.inference.standard_errors import StandardErrors
from mostlikely.likelihood.keys import Named, find_key, label
from mostlikely.solve.objective import Vector
from mostlikely.tables.progress import Progress

__all__ = ["Uncertainty"]

Interval = tuple[float, float]


class Uncertainty(StandardErrors):
    """What a fit knows about how sure it is."""

    @overload
    def interval(
        self,
        of: str | Callable[..., Any],
        level: float = ...,
        method: str = ...,
        scale: str = ...,
        covariance: str | None = ...,
        cluster: Any = ...,
        small_sample: bool = ...,
        progress: bool = ...,
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
        small_sample: bool = ...,
        progress: bool = ...,
    ) -> dict[str, Interval]: ...
    def interval(
        self,
        of: str | Callable[..., Any] | None = None,
        level: float = 0.95,
        method: str = "wald",
        scale: str = "link",
        covariance: str | None = None,
        cluster: Any = None,
        small_sample: bool = False,
        progress: bool = True,
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
        small_sample : bool
            Of the normal linear model: t for z, errors with the divisor n − p, and chi-square for
            sigma; these are exact.
        progress : bool
            Whether work of more than two seconds shows how far it is, in a terminal or a notebook.
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
        if covariance is not None or cluster is not None:
            asked = self.with_covariance(covariance, cluster)
            return asked.interval(of, level, method, scale, small_sample=small_sample, **options)
        if self.robust or small_sample:
            self._wald_alone(method, "interval")
        if is_anything(self, of, options):
            if small_sample:
                raise ModelError("small_sample= is of parameters; leave it out here.")
            with Progress(f"{method} interval", 1, progress):
                return interval_of(self, of, level, method, scale, **options)
        small = self.small_sample() if small_sample else None
        errors: Mapping[Any, float] = self.standard_errors
        out: dict[str, Interval] = Named()
        keys = list(self.params) if of is None else [self._known(of)]
        with Progress(f"{method} intervals", len(keys), progress) as line:
            for key in keys:
                line.now(label(key))
                try:
                    if (self.robust or small) and not np.isfinite(errors[key]):
                        raise Unsettled(f"{label(key)} has no such standard error, nor interval.")
                    if small is None:
                        out[key] = self._ends(key, level, method, scale, errors[key])
                    elif key == "sigma":
                        out[key] = small.spread(self.params[key], level)
                    else:
                        reach = small.quantile(level) * small.scale**0.5 * errors[key]
                        out[key] = self.params[key] - reach, self.params[key] + reach
                except Unsettled:
                    if of is not None:
                        raise
                    out[key] = nan, nan  # its ends are not known
                line.step()
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
                f"covariance=, cluster= and small_sample= are of Wald's {what}, and the {method} "
                f'{what} has none; use method="wald".'
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

    def profile(self, parameter: str, values: Any = None, *, progress: bool = True) -> ProfileCurve:
        """The profile log-likelihood of one parameter.

        Parameters
        ----------
        parameter : str
            Its name.
        values : array-like, shape (m,), optional
            Where; by default 41 points over the 99.9 % interval.
        progress : bool
            As in `interval`.

        Returns
        -------
        ProfileCurve
            It unpacks as ``values, loglik``, arrays of shape (m,), and has `to_frame`.
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
            low, high = self.interval(parameter, level=0.999, method="profile", progress=progress)
            std_error = self.standard_errors[parameter]
            reach = 4.0 * std_error if np.isfinite(std_error) else 1.0
            value = self.params[parameter]
            low = low if np.isfinite(low) else value - reach
            high = high if np.isfinite(high) else value + reach
            values = np.linspace(low, high, 43)[1:-1]
        values = np.asarray(values, dtype=float)
        with Progress(f"profile of {label(parameter)}", len(values), progress) as line:
            heights = Profile(proof, parameter).heights(values, line.step)
        return ProfileCurve.of(label(parameter), values, heights, self._library)

    def test(
        self,
        *hypotheses: Any,
        method: str | None = None,
        covariance: str | None = None,
        cluster: Any = None,
        small_sample: bool = False,
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
        small_sample : bool
            Of coefficients of the normal linear model: F in place of chi-square, which is exact.
        **values : float
            The hypothesis, natural scale: ``shape=1``.

        Examples
        --------
        >>> import mostlikely as ml
        >>> fit = ml.fit("gamma", [0.8, 1.3, 2.4, 0.4, 3.1, 1.9])
        >>> print(fit.test(shape=1))
        shape = 1: likelihood-ratio statistic 2.378 on 1 degree of freedom, p = 0.123
        """
        if covariance is not None or cluster is not None:
            asked_for = self.with_covariance(covariance, cluster)
            return asked_for.test(
                *hypotheses, method=method, small_sample=small_sample, **dict[str, Any](values)
            )
        robust = self.robust or small_sample
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
        proof = self.evidence("a test but Wald's", rows=method != "wald").proof
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
        if method == "wald" and self._chosen is None:
            at = errors_of(proof)
        result = tests.test(proof, at, rows, targets, method, words)
        return self._exact(result, rows) if small_sample else result

    def _exact(self, wald: tests.TestResult, rows: Vector) -> tests.TestResult:
        """Wald's test of coefficients of a normal linear model as its F test."""
        small = self.small_sample()
        if any(key == "sigma" and rows[:, i].any() for i, key in enumerate(self.params)):
            raise ModelError("small_sample=True is of hypotheses about mu; sigma is among these.")
        f = wald.statistic / small.scale / wald.df
        return replace(
            wald,
            method="F",
            statistic=f,
            residual_df=small.df,
            p_value=small.p_of_f(f, wald.df),
        )

    def _known(self, parameter: Any) -> Any:
        if any(not isinstance(k, str) for k in self.params):
            return find_key(parameter, list(self.params))
        if parameter not in self.params:
            raise ModelError(
                f"{parameter!r} is not a free parameter of {self.model!r}; "
                f"{nearest(str(parameter), self.params)}"
            )
        return parameter
