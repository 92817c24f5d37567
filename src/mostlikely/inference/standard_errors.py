"""The standard errors of a fit: its covariance, of whatever kind, for all that it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, Self

import numpy as np

from mostlikely.data.formula.terms import cluster_codes
from mostlikely.data.response import Sample
from mostlikely.data.source.table import Table
from mostlikely.errors import DataError, ModelError
from mostlikely.inference.covariance import CLUSTERED
from mostlikely.inference.covariance import covariance as errors_of
from mostlikely.inference.estimate import Estimate
from mostlikely.inference.linear_model import SmallSample, small_sample
from mostlikely.likelihood.keys import Named
from mostlikely.solve.objective import Vector

__all__ = ["StandardErrors"]


class StandardErrors(Estimate):
    """An estimate with its covariance."""

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
            By default both are those of `with_covariance`, if it made this fit.

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
        own = kind is None if self._chosen is not None else kind in (None, usual)
        if cluster is None and own:
            return self._observed.copy()
        proof = self.evidence(f"the {kind} covariance", rows=cluster is not None).proof
        return errors_of(proof, kind, self._clusters(cluster))

    def with_covariance(self, kind: str | None = None, cluster: Any = None) -> Self:
        """The same fit with another covariance for tables, intervals, tests and all else.

        Parameters
        ----------
        kind, cluster : optional
            As in `covariance`.

        Returns
        -------
        Fit
            The same estimate. Of a sandwich all tests and intervals are Wald's.

        Raises
        ------
        ModelError
            As `covariance` does.

        Examples
        --------
        >>> import mostlikely as ml
        >>> data = {"x": [0, 1, 2, 3, 4, 5], "y": [1.0, 2.5, 2.0, 4.5, 3.0, 7.5]}
        >>> robust = ml.fit(ml.Normal("y ~ x"), data).with_covariance("HC3")
        >>> round(robust.standard_errors["x"], 4)
        0.5148
        """
        found = self.covariance(kind, cluster)
        if kind is None:
            usual = "observed" if self.weighting.calibrated else "sandwich"
            kind = usual if cluster is None else "CR1"
        return replace(self, _observed=found, _chosen=(kind, _words(kind, cluster)))

    def small_sample(self) -> SmallSample:
        """Student's t and F of the normal linear model, in place of z and chi-square.

        Raises
        ------
        ModelError
            Of any other model.
        """
        clustered = self._chosen is not None and self._chosen[0] in CLUSTERED
        return small_sample(self, clustered)

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
        with np.errstate(invalid="ignore"):
            roots = np.sqrt(np.diag(self._observed)).tolist()
        return MappingProxyType(Named(zip(self.params, roots, strict=True)))


def _words(kind: str, cluster: Any) -> str:
    """A kind of covariance as tables say it."""
    if kind in ("observed", "expected"):
        return f"{kind} information"
    sandwich = kind if kind == "sandwich" else f"sandwich, {kind}"
    if cluster is None:
        return sandwich
    several = isinstance(cluster, list | tuple) and len(cluster) == 2
    named = [c for c in (cluster if several else [cluster]) if isinstance(c, str)]
    return f"{sandwich}, clusters of {' and '.join(named)}" if named else f"{sandwich}, clusters"


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
