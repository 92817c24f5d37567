"""A family's derivation: from its density to its estimates, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mostlikely.derivation import derivation
from mostlikely.fit import fit

if TYPE_CHECKING:
    from mostlikely.derivation.steps import Derivation

__all__ = ["derive"]


def derive(model: Any, data: Any = None, y: str | None = None, **options: Any) -> Derivation:
    """How the most likely parameters of a family are found, step by step.

    SymPy reads the family's one ``log_prob``; nothing is typed by hand. The likelihood becomes a
    sum, what depends on the data is collected, the score is set to zero and solved where algebra
    can, and second derivatives give the standard errors. A family of one's own is read the same
    way, from ``ops`` or from plain NumPy and `scipy.special` calls.

    Parameters
    ----------
    model : Family, type or str
        ``ml.Normal``, ``ml.Normal(sigma=1)``, ``"gamma"``. A fixed parameter is a known constant; a
        model with formulas is explained row by row.
    data, y, **options
        As in `fit`. With data the model is fitted, and its numbers are the last steps, as in
        `Fit.explain`.

    Returns
    -------
    Derivation
        ``print(derivation)``, ``derivation.steps``, ``derivation.estimates``,
        ``derivation.latex()``; a page of formulas in a notebook. Where SymPy cannot follow a
        formula, the first step says why, and the others are what holds for every likelihood.

    Raises
    ------
    MissingPackage
        Without SymPy.
    ModelError, DataError
        As `fit`.

    Examples
    --------
    >>> import mostlikely as ml
    >>> coin = ml.derive(ml.Bernoulli)
    >>> print(coin.steps[4].text)
    ∂ℓ/∂p = Σ yᵢ/p - Σ (1 - yᵢ)/(1 - p) = 0
    >>> coin.estimates
    {'p': Mean(y)}
    >>> ml.derive("gamma").estimates
    {'mean': Mean(y), 'shape': None}
    >>> print(ml.derive(ml.Normal(sigma=1)).steps[-1].text)
    μ̂ = argmax ℓ = argmin over μ of Σ (yᵢ - μ)²/n
    """
    if data is None:
        return derivation(model)
    return fit(model, data, y, **options).explain()
