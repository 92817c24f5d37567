"""An estimate with what it was found with: the fields of a fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, log
from typing import Any

from mostlikely.data.absent import missing_data
from mostlikely.data.observation import Exact, Observation
from mostlikely.data.weights import NONE, WEIGHTINGS, Weighting
from mostlikely.family.base import Family
from mostlikely.family.distribution import Distribution
from mostlikely.inference.evidence import Evidence
from mostlikely.likelihood.penalty import Penalty
from mostlikely.solve.objective import Vector
from mostlikely.verdict.proof import Proof
from mostlikely.verdict.verdict import Verdict

__all__ = ["Estimate"]


@dataclass(frozen=True, repr=False, eq=False)
class Estimate:
    """The numbers of a fit, its verdict and its evidence; `results.fit.Fit` says what each is."""

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
    _bound: Any = field(default=None)
    penalty: Penalty | None = None
    _library: str | None = None
    #: The kind of the covariance, and the words for it; None where `with_covariance` made none.
    _chosen: tuple[str, str] | None = None

    # What it is worth.

    @property
    def aic(self) -> float:
        """Akaike's criterion, 2 df − 2 loglik; df counts the free parameters."""
        return 2.0 * self.df - 2.0 * self.loglik

    @property
    def aicc(self) -> float:
        """Akaike's criterion for small samples, aic + 2 df (df + 1)/(n − df − 1).

        Hurvich and Tsai (1989), Biometrika 76, 297-307; infinite where n ≤ df + 1.
        """
        left = self.n - self.df - 1.0
        return self.aic + 2.0 * self.df * (self.df + 1.0) / left if left > 0.0 else inf

    @property
    def bic(self) -> float:
        """Schwarz's criterion, df log n − 2 loglik; n counts observations (total frequency)."""
        return self.df * log(self.n) - 2.0 * self.loglik

    @property
    def shrunken(self) -> bool:
        """Whether a penalty draws the estimates to zero, so that no statistic has a known law."""
        return self.penalty is not None and not self.penalty.calibrated

    @property
    def chosen(self) -> str | None:
        """The kind of covariance that `with_covariance` has chosen, if it has."""
        return None if self._chosen is None else self._chosen[0]

    @property
    def robust(self) -> bool:
        """Whether the errors are a sandwich's that `with_covariance` asked for."""
        return self._chosen is not None and self._chosen[0] not in ("observed", "expected")

    @property
    def errors(self) -> str:
        """Where the standard errors come from, in words."""
        if self._chosen is not None:
            return self._chosen[1]
        return "observed information" if self.weighting.calibrated else "sandwich"

    # What it was found with.

    @property
    def seen(self) -> Observation:
        """How y was seen; of several members in part, if some of them were."""
        members = () if self._proof is None else self._proof.likelihood.unreduced.members
        in_part = (m.sample.observation for m in members if not m.sample.exact)
        return next(in_part, Exact())

    @property
    def exact(self) -> bool:
        """Whether y itself was seen in every row, and any could have been."""
        return isinstance(self.seen, Exact)

    @property
    def weighting(self) -> Weighting:
        """What the weights mean, as sums and covariances ask for it."""
        return WEIGHTINGS.get(self.weight_kind, NONE)

    @property
    def has_data(self) -> bool:
        """Whether the fit has the data that it was found with."""
        return self._proof is not None and self._proof.kept is None

    @property
    def has_memory(self) -> bool:
        """Whether it has at least what predicts and tests without them; old files have not."""
        return self._proof is not None

    def evidence(self, what: str = "this", rows: bool = True) -> Evidence:
        """The proof, the data, and what the formulas have learnt from them.

        Parameters
        ----------
        what : str
            What needs them, for the sentence that says that there are none.
        rows : bool
            Whether it needs the data, or only what is known of them without.

        Raises
        ------
        ModelError
            If the fit is without its data.
        """
        if self._proof is None or (rows and self._proof.kept is not None):
            raise missing_data(what)
        return Evidence(self._proof, self._bound)
