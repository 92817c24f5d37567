"""How estimates are found, step by step: SymPy reads the one formula of a family.

SymPy is imported when a derivation is asked for.

A derivation is a list of steps with formulas and words: density, product, logarithm, score,
estimate, curvature, standard error, loss; with a fit, its numbers. Open `sample` first (one
sample) and `rows` (predictors), then `reading` and `recorder` (how the lines are followed) and
`solving`.

Nothing here may hold a formula of a family, or search for a solution: what algebra cannot solve is
said in general (`words`). A fit is taken as `inference.fitted.Fitted`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mostlikely.errors import MissingPackage, ModelError
from mostlikely.inference.fitted import Fitted

if TYPE_CHECKING:
    from mostlikely.derivation.steps import Derivation

__all__ = ["derivation", "explained"]


def derivation(model: Any) -> Derivation:
    """The derivation of a model: a family, a model with something bound, or a name.

    Raises
    ------
    MissingPackage
        Without SymPy.
    ModelError
        If there is no such family.
    """
    _need_sympy()
    from mostlikely.derivation.reading import model_of

    return _derived(*model_of(model))


def explained(fit: Fitted) -> Derivation:
    """The derivation of a fit's model, with its numbers."""
    _need_sympy()
    from mostlikely.derivation.numbers import numbers

    if not fit.exact:
        raise ModelError(
            "the steps are those of rows whose y was seen, and these were seen in part: each adds "
            "the log-density of y, or the log-probability of where it lies; ml.derive(family) has "
            "the steps of rows that were seen."
        )
    made = _derived(fit.model, ())
    return made.and_then(*numbers(made, fit))


def _derived(family: Any, unnamed: tuple[str, ...]) -> Derivation:
    from mostlikely.derivation.rows import regressed
    from mostlikely.derivation.sample import derived
    from mostlikely.derivation.words import added, in_general

    if family.members:
        return added(family)
    if family.own:
        return in_general(
            family,
            f"{family.name} is a function of yours: what it returns for a row is the row's "
            "log-density.",
        )
    try:
        return regressed(family) if family.predictors else derived(family, unnamed)
    except ModelError as refusal:
        return in_general(family, str(refusal))


def _need_sympy() -> None:
    try:
        import sympy  # noqa: F401
    except ImportError:
        raise MissingPackage('derivations need SymPy: pip install "mostlikely[derive]".') from None
