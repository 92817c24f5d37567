"""Which loss the residuals ask for: noise models ranked on them, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.calculus.domain import real
from mostlikely.compare import compare
from mostlikely.data.weights import NONE
from mostlikely.errors import DataError, ModelError
from mostlikely.family import as_family
from mostlikely.family import families as declared
from mostlikely.family.base import Family
from mostlikely.fit import fit
from mostlikely.loss.choice import HARDLY, LossChoice, difference, model_name, standard
from mostlikely.loss.noise import Noise, chosen, noise_of
from mostlikely.peers import with_known_options
from mostlikely.results.comparison import Comparison
from mostlikely.results.fit import Fit
from mostlikely.tables.progress import Progress

__all__ = ["pick_loss"]

Array = NDArray[np.float64]


@with_known_options
def pick_loss(
    residuals: Any,
    *,
    families: Iterable[Any] | None = None,
    held_out: int = 5,
    instead_of: Any = None,
    centred: bool = False,
    seed: int = 0,
    progress: bool = True,
) -> LossChoice:
    """Rank noise models on the residuals of any regressor, and say which loss they ask for.

    Parameters
    ----------
    residuals : array-like of shape (n,), or (y, predictions), or Fit
        y minus the predictions, or both as a tuple of two arrays, or the fit of a regression: its
        residuals from the location, divided by the scale where that has a predictor too.
    families : iterable of Family, type or str, optional
        The candidates; by default every declared family on the whole line with a location and a
        scale.
    held_out : int
        Parts that are held out in turn for the log-score; 0 for none.
    instead_of : str, class, function or object, optional
        The loss in use, as `noise_of` takes it; by default the fit's own, or squared error.
    centred : bool
        Hold the location at zero: the residuals are measured against predictions that have no
        intercept left to move. By default the location is free.
    seed : int
        Of the folds.
    progress : bool
        Whether work of more than two seconds shows how far it is, in a terminal or a notebook.

    Returns
    -------
    LossChoice
        After Ctrl-C of the noise models that were fitted by then, by AIC alone; it says so.

    Raises
    ------
    DataError
        If residuals are missing, infinite or too few, or shapes do not match.
    ModelError
        If the loss in use has no noise on the real line.

    Examples
    --------
    >>> import mostlikely as ml
    >>> r = ml.StudentT(df=4).at(mu=0, sigma=1).sample(5000, seed=2)
    >>> print(ml.pick_loss(r, families=["laplace", "student_t"], held_out=0).sentence)
    Your residuals are StudentT with df ≈ 3.99; replacing squared error by this loss is worth
    ΔAIC = 754.
    """
    values, label, own = _residuals(residuals)
    _check(held_out, len(values))
    usual, replaced = _in_use(instead_of, own)
    models = [as_family(f) for f in (_candidates() if families is None else families)]
    for model in models:
        standard(model)
    models = [usual, *(m for m in models if m != usual)]  # with it there is something to say
    if centred:
        models = [m.with_fixed(**{standard(m)[0]: 0.0}) for m in models]
        usual = usual.with_fixed(**{standard(usual)[0]: 0.0})
    compared = compare(models, {"residual": values}, "residual", progress=progress)
    if not any(f.verdict.ok for f in compared):
        if compared.interrupted:
            raise KeyboardInterrupt
        raise DataError(f"no noise model has a maximum on these residuals. {compared.best.verdict}")
    interrupted = bool(compared.interrupted)
    scores: dict[str, Array] = {}
    try:
        if not interrupted:
            scores = _held_out(compared, values, held_out, seed, progress)
    except KeyboardInterrupt:  # scores of some alone compare nothing
        interrupted = True
    return LossChoice(
        fits=compared,
        scores=scores,
        best=_best(compared, scores),
        usual=next(f for f in compared if f.model == usual),
        replaced=replaced,
        folds=0 if interrupted else held_out,
        centred=centred,
        label=label,
        interrupted=interrupted,
    )


def _check(held_out: Any, rows: int) -> None:
    """Raise unless there are folds to make and rows to make them of."""
    if not isinstance(held_out, Integral) or held_out < 0 or held_out == 1:
        raise ModelError(
            f"held_out is a number of parts, 2 or more, or 0 for none; got {held_out!r}."
        )
    enough = max(10, 2 * int(held_out))
    if rows < enough:
        raise DataError(f"{rows} residuals do not tell noise models apart; give {enough} or more.")


def _candidates() -> list[type[Family]]:
    """Every declared family of the whole line that a location and a scale move."""
    line = [f for f in declared() if f.support == real and f.ends is None]
    return [f for f in line if (moved := f().standard) is not None and moved[0] is not None]


def _in_use(loss: Any, own: Family | None) -> tuple[Family, str]:
    """The noise of the loss in use, its scale free, and the loss in words."""
    if loss is None and own is not None:
        return own, f"the loss of {own.name}"
    noise: Noise = noise_of("mse" if loss is None else loss)
    if noise.family is None:
        raise ModelError(f"{noise.loss} is no noise to compare with. {noise.reason}")
    standard(noise.family)
    several = len(noise.predicts) > 1  # one column is a location, its scale held
    model = noise.family if several else type(noise.family)(**chosen(noise.family))
    return model, noise.loss


def _residuals(given: Any) -> tuple[Array, str, Family | None]:
    if isinstance(given, Fit):
        return _of_fit(given)
    if isinstance(given, tuple) and len(given) == 2 and np.ndim(given[0]) > 0:
        y, f = (np.asarray(part, dtype=np.float64) for part in given)
        if y.shape != f.shape or y.ndim != 1:
            raise DataError(
                f"y and predictions must be two arrays of one shape (n,); got {y.shape} and "
                f"{f.shape}. Nothing is broadcast: (n,) against (n, 1) would be n² residuals."
            )
        given = y - f
    try:
        values = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        values = np.zeros((0, 0))
    if values.ndim != 1:
        raise DataError(
            "residuals are an array of numbers of shape (n,), a tuple (y, predictions), or the fit "
            f"of a regression; got {np.shape(given) if np.ndim(given) else type(given).__name__}."
        )
    lost = np.flatnonzero(~np.isfinite(values))
    if len(lost):
        raise DataError(
            f"{len(lost)} of {len(values)} residuals are missing or infinite, the first in row "
            f"{lost[0]}; leave those rows out."
        )
    return values, "residuals", None


def _of_fit(fitted: Fit) -> tuple[Array, str, Family]:
    """What a regression leaves, in units of its scale where that is predicted too."""
    model = fitted.model
    if not fitted.has_data or fitted.weighting is not NONE:
        raise ModelError(
            "residuals need the fit's data, unweighted; give them yourself: pick_loss(residuals)."
        )
    found = model.standard if model.support == real else None
    if found is None or found[0] is None:
        raise ModelError(
            f"{model.name} is no noise about a location, so its residuals ask for no loss on the "
            "line; compare families of y with ml.compare."
        )
    place, scale = str(found[0]), found[1]
    y = np.concatenate([block.y for block in fitted.evidence("a loss").sample.blocks()])
    label = f"residuals of {fitted.label}"
    values = y - np.asarray(fitted.predict(what=place))
    if scale in model.predictors:
        values = values / np.asarray(fitted.predict(what=scale))
    return values, label, _free(model)


def _free(model: Family) -> Family:
    """The family with the shapes that were given, location and scale free."""
    moved = model.standard or ()
    return type(model)(**{k: v for k, v in model.fixed.items() if k not in moved})


def _held_out(
    fits: Comparison[Fit], values: Array, folds: int, seed: int, progress: bool
) -> dict[str, Array]:
    """The log-density of each residual, the model fitted to the other folds."""
    part = np.random.default_rng(seed).permutation(len(values)) % max(folds, 1)
    scores = {}
    scored = [whole for whole in fits if folds and whole.verdict.ok]
    with Progress("scoring held-out residuals", folds * len(scored), progress) as line:
        for whole in scored:
            line.now(whole.model.name)
            score = np.full(len(values), -inf)
            for k in range(folds):
                found = fit(whole.model, values[part != k])
                if found.verdict.kind != "no maximum":
                    score[part == k] = found.distribution.log_prob(values[part == k])
                line.step()
            scores[model_name(whole)] = score
    return scores


def _best(fits: Comparison[Fit], scores: Mapping[str, Array]) -> Fit:
    """The best by AIC of those that predict as well as any, and of equals the smallest model.

    As well as any: a held-out score within one standard error of the highest.
    """
    left = [f for f in fits if f.verdict.ok]
    if scores:
        top = max(scores.values(), key=lambda s: float(np.sum(s)))
        gaps = {k: difference(top, score) for k, score in scores.items()}
        left = [f for f in left if gaps[model_name(f)][0] <= gaps[model_name(f)][1]]
    equals = [f for f in left if f.aic < left[0].aic + HARDLY]
    return min(equals, key=lambda f: (f.df, f.aic))
