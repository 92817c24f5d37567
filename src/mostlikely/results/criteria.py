"""Information criteria of a fit."""

from __future__ import annotations

from math import inf, log

__all__ = ["InformationCriteria"]


class InformationCriteria:
    """What a fit's log-likelihood is worth beside its parameters; `Fit` has them."""

    loglik: float
    n: float
    df: float

    @property
    def aic(self) -> float:
        """Akaike's criterion, 2 df − 2 loglik; df counts the free parameters."""
        return 2.0 * self.df - 2.0 * self.loglik

    @property
    def aicc(self) -> float:
        """Akaike's criterion for small samples: aic + 2 df (df + 1)/(n − df − 1).

        Hurvich and Tsai (1989), Biometrika 76, 297-307; infinite where n ≤ df + 1.
        """
        left = self.n - self.df - 1.0
        return self.aic + 2.0 * self.df * (self.df + 1.0) / left if left > 0.0 else inf

    @property
    def bic(self) -> float:
        """Schwarz's criterion, df log n − 2 loglik; n counts observations (total frequency)."""
        return self.df * log(self.n) - 2.0 * self.loglik
