"""Data as the fitted model would give them, row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.errors import ModelError
from mostlikely.inference.member import member_view
from mostlikely.inference.prediction import rows_of
from mostlikely.inference.rows import drawn, own_rows, row_laws, scaled

__all__ = ["simulate"]


def simulate(
    fit: Any, n: Any, seed: Any, data: Any = None, offset: Any = None, member: Any = None
) -> NDArray[Any]:
    """See `Fit.simulate`."""
    if not isinstance(n, int | np.integer) or isinstance(n, bool) or n < 0:
        raise ModelError(f"n is how many data sets to draw, a whole number; got {n!r}.")
    try:
        rng = np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise ModelError(f"seed is a whole number or a Generator; got {seed!r}.") from error
    evidence = fit.evidence("a simulation of the rows of the fit", rows=data is None)
    if fit.verdict.kind == "no maximum":
        raise ModelError(f"there is no fitted distribution to draw from. {fit.verdict}")
    own_table = data is None and offset is None
    if own_table and not fit.exact:
        raise ModelError(
            "the rows of the fit were seen in part, and what hides them has no law to draw from; "
            "draw what y itself would be for new rows: fit.simulate(n, data=table)."
        )
    seen = member_view(fit, evidence, member).law
    rows = rows_of(seen, data, offset)
    law = row_laws(rows, seen.proof)
    if own_table and not fit.weighting.counts:
        model = own_rows(seen.proof.likelihood.member)
        _, w = seen.proof.likelihood.member.unreduced.sample.source.pick(model.rows)
        law = scaled(law, w, rows.family.precision_weights)
    out = np.array([drawn(law, rows.rows, rng) for _ in range(n)]).reshape(n, rows.rows)
    family: Any = getattr(rows.family, "whole", rows.family)
    if not family.labels or family.levels is None:
        return out
    levels = np.empty(len(family.levels), dtype=object)
    levels[:] = list(family.levels)
    found = levels[out.astype(np.intp)]
    return found if any(isinstance(k, str | tuple) for k in family.levels) else _plain(found)


def _plain(labels: NDArray[Any]) -> NDArray[Any]:
    """Labels that are numbers or booleans, as an array of these."""
    return np.array(labels.tolist()).reshape(labels.shape)
