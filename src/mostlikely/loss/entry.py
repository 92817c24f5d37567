"""What the catalogue says of one loss, and how the loss is computed from its family."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.calculus.dispatch import Recorder
from mostlikely.calculus.jet import Jet, seed
from mostlikely.calculus.link import LINKS
from mostlikely.calculus.ops import log_sum_exp, where
from mostlikely.errors import DataError
from mostlikely.family import family as family_of
from mostlikely.family.base import Family

__all__ = ["Assumed", "Entry", "Option"]

Array = NDArray[np.float64]

#: The best prediction of a row is the row itself; of a zero, what is next to it.
TINY = np.finfo(float).tiny


@dataclass(frozen=True)
class Option:
    """What may be set of a loss: a hyperparameter, or a value that the loss holds fixed.

    Parameters
    ----------
    default : float or bool
    low : float
        The value lies above it.
    high : float
        And below it.
    names : tuple of str
        How frameworks call it: all of them, or one, as in "lightgbm.alpha".
    """

    default: Any
    low: float = 0.0
    high: float = inf
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assumed:
    """The noise behind a loss, all values known: loss = factor · nll + constant, row by row.

    Parameters
    ----------
    family : Family
        With what the loss holds fixed bound to its value.
    predicts : tuple of str
        The parameters that the prediction gives; empty for the probabilities of labels.
    factor : float
    constant : callable, optional
        y → the constant of each row; by default what makes the loss zero at its best prediction,
        f = y.
    inverse : sequence of callables, or the name of a link
        From the columns of the prediction to the parameters.
    rest : callable, optional
        (family, y, jets of the columns) → log-density, where the family's own does not do.
    """

    family: Family
    predicts: tuple[str, ...]
    factor: float = 1.0
    constant: Callable[[Any], Any] | None = None
    inverse: str | Sequence[Callable[[Any], Any]] = "identity"
    rest: Callable[[Any, list[Jet]], Jet] | None = None

    def log_prob(self, y: Any, prediction: Any) -> tuple[Array, Array]:
        """The log-density of each row and its gradient in the prediction's columns.

        Returns
        -------
        arrays of shape (n,) and (n, columns)
        """
        y, columns = self.rows(y, prediction)
        with np.errstate(all="ignore"):
            jets = seed(list(columns), order=1)
            found = self._joint(y, jets)
        value = np.broadcast_to(found.value, y.shape[:1])
        slopes = [np.broadcast_to(0.0 if g is None else g, value.shape) for g in found.grad]
        return np.array(value), np.stack(slopes, axis=1)

    def rows(self, y: Any, prediction: Any) -> tuple[Array, list[Array]]:
        """y and the columns of the prediction; a DataError where their rows do not match."""
        return _rows(y, prediction, len(self.predicts) or None)

    @property
    def follows(self) -> bool:
        """Whether the prediction is one parameter as it is."""
        return len(self.predicts) == 1 and self.inverse == "identity"

    def _joint(self, y: Any, jets: list[Any]) -> Any:
        if self.rest is not None:
            return self.rest(y, jets)
        inverse = self.inverse
        maps = [LINKS[inverse]] * len(jets) if isinstance(inverse, str) else inverse
        theta = {k: g(j) for k, g, j in zip(self.predicts, maps, jets, strict=True)}
        return self.family.log_prob(y, *self.family.arguments(theta))

    def dropped(self, y: Any) -> Array:
        """The constant of each row: the loss minus ``factor`` times the nll."""
        y = np.asarray(y, dtype=np.float64)
        with np.errstate(all="ignore"):
            found = self._constant(y)
        return np.array(np.broadcast_to(np.asarray(found, dtype=np.float64), y.shape[:1]))

    def formula(self, y: Any, columns: Sequence[Any]) -> tuple[Any, Any]:
        """The loss of a row and its log-density, for any reader of formulas."""
        log_prob = self._joint(y, list(columns))
        return self._constant(y) - self.factor * log_prob, log_prob

    def _constant(self, y: Any) -> Any:
        if self.constant is not None:
            return self.constant(y)
        (name,) = self.predicts
        f = np.where(y == 0.0, TINY, y)
        return self.factor * self.family.log_prob(y, *self.family.arguments({name: f}))


def _rows(y: Any, prediction: Any, columns: int | None) -> tuple[Array, list[Array]]:
    """y as it is and the prediction by columns; a DataError where rows do not match."""
    y, f = np.asarray(y, dtype=np.float64), np.asarray(prediction, dtype=np.float64)
    wide = columns is None or columns > 1
    width = f"n, {columns or 'classes'}" if wide else "n,"
    if y.ndim == 0 or f.ndim != 1 + wide or len(f) != len(y) or (columns and y.ndim != 1):
        raise DataError(
            f"y of shape (n,) needs a prediction of shape ({width}); got {y.shape} and {f.shape}. "
            "Nothing is broadcast: (n,) against (n, 1) would be n² pairs."
        )
    if wide and columns not in (None, f.shape[1]):
        raise DataError(f"this loss takes {columns} columns of predictions; got {f.shape[1]}.")
    return y, list(f.T) if wide else [f]


def labels(of: Callable[[list[Jet]], list[Jet]]) -> Callable[[Any, list[Jet]], Jet]:
    """log p of labels 0, 1, ... (n,), or of shares of labels (n, classes), from log-odds."""

    def joint(y: Any, jets: list[Jet]) -> Jet:
        written = isinstance(y, Recorder)  # of one label, which is not known yet
        shares = not written and y.ndim == 2
        if not (written or shares or np.all(np.isin(y, range(len(jets))))):
            raise DataError(
                f"labels are the whole numbers from 0 to {len(jets) - 1} for {len(jets)} columns."
            )
        total: Any = 0.0
        for k, log_p in enumerate(of(jets)):
            total = total + log_p * (y[:, k] if shares else where(y == k, 1.0, 0.0))
        joined: Jet = total
        return joined

    return joint


def softmax(jets: list[Jet]) -> list[Jet]:
    """log p of each class: the class against the others as one, by the family's own log_prob."""
    pair = family_of("categorical")(levels=(0, 1))
    found = []
    for k, jet in enumerate(jets):
        others = [other for j, other in enumerate(jets) if j != k]
        (p,) = pair.natural([jet - log_sum_exp(others)])
        found.append(pair.log_prob(1.0, p))
    return found


def given(jets: list[Jet]) -> list[Jet]:
    """log p of each class as it is predicted."""
    return jets


@dataclass(frozen=True)
class Entry:
    """One loss of the frameworks: what it is, what it assumes, how they call it.

    Parameters
    ----------
    name, formula : str
        In words, and per row with y and the prediction f.
    names : mapping of str to tuple of str
        By framework: classes, functions, objectives.
    optimum : str
        What the best prediction is.
    assumes : callable, optional
        ``assumes(**options)`` is what the loss assumes; None where there is no likelihood.
    relation, held, dropped, estimate : str
        loss = a · nll + c; what is held fixed; the dropped constant c; how to estimate the first.
    reason : str
        Why there is no likelihood, or no family for it here.
    options : mapping of str to Option
    becomes : mapping of float to str
        The loss that it is at some values of its one option.
    remarks : tuple of str
    """

    name: str
    formula: str
    names: Mapping[str, tuple[str, ...]]
    optimum: str
    assumes: Callable[..., Assumed] | None = None
    link: str = "identity"
    relation: str = ""
    held: str = "nothing"
    dropped: str = "nothing"
    estimate: str = "nothing is fixed, so there is nothing to estimate"
    reason: str = ""
    options: Mapping[str, Option] = field(default_factory=dict)
    becomes: Mapping[float, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
