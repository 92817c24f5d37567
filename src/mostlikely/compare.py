"""Several noise models on the same data, side by side, each with its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from inspect import signature
from typing import Any, TypedDict, Unpack

from mostlikely.calculus.domain import angle
from mostlikely.errors import DataError, ModelError
from mostlikely.family import as_family, families
from mostlikely.fit import fit
from mostlikely.likelihood.penalty import Penalty
from mostlikely.peers import check_options
from mostlikely.results.comparison import Comparison
from mostlikely.results.fit import Fit
from mostlikely.tables.progress import Progress

__all__ = ["Options", "candidates", "compare"]


class Options(TypedDict, total=False):
    """Options of `fit` for each of the models, as an editor and a type checker see them."""

    X: Any
    weights: Any
    weight_kind: str
    missing: str
    offset: Any
    penalty: Penalty | None
    start: Mapping[Any, float] | None
    starts: int
    max_steps: int


#: What `compare` may be told besides the models.
OPTIONS = (*signature(fit).parameters, "progress")


def compare(
    models: Iterable[Any] | None,
    data: Any,
    y: str | None = None,
    *,
    progress: bool = True,
    **options: Unpack[Options],
) -> Comparison[Fit]:
    """Fit several noise models to the same data and rank them by AIC.

    Parameters
    ----------
    models : iterable of Family, type or str; or None
        The candidates; None takes every declared family of numbers whose support holds the data.
    data, y, **options
        As in `fit`.
    progress : bool
        Whether work of more than two seconds shows how far it is, in a terminal or a notebook.

    Returns
    -------
    Comparison
        After Ctrl-C of the models that were fitted by then; ``interrupted`` names the others.

    Raises
    ------
    ModelError
        If there is no model to compare.
    DataError
        If no model can be fitted to these data.

    Notes
    -----
    AIC compares densities with densities and probabilities with probabilities: a model of counts
    and one of real numbers do not compare, so each kind is ranked by itself. Flexible families win
    often on small samples.

    Examples
    --------
    >>> import mostlikely as ml
    >>> table = ml.compare(["gamma", "lognormal", "weibull"], [0.8, 1.3, 2.4, 0.4, 3.1, 1.9])
    >>> table.best.model
    Weibull()
    """
    check_options("compare", options, OPTIONS)
    chosen: list[Any] = list(candidates() if models is None else models)
    if not chosen:
        raise ModelError('there is no model to compare; name some, as in ml.compare(["gamma"], y).')
    left = [as_family(model) for model in chosen]
    fits, refused = [], {}
    with Progress("comparing noise models", len(left), progress) as line:
        try:
            while left:
                line.now(left[0].name)
                try:
                    fits.append(fit(left[0], data, y, **options))
                except DataError as refusal:
                    refused[left[0].name] = str(refusal)
                del left[0]
                line.step()
        except KeyboardInterrupt:
            if not fits:
                raise
    if not fits:
        raise DataError(next(iter(refused.values())))
    return Comparison.of(fits, refused, [model.shown for model in left])


def candidates() -> list[Any]:
    """Every family of numbers on the line that needs nothing to be known beforehand.

    Any numbers can be wound up on a circle or be taken for labels: such a model is named, if meant.
    """
    return [
        f
        for f in families()
        if not (f.support == angle or f.labels or any(p.known for p in f.parameters.values()))
    ]
