"""The argmax and its proof, for any family on any sample: what fits, tests and profiles call."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mostlikely.data.response import Sample
from mostlikely.errors import DataError
from mostlikely.family.base import Family
from mostlikely.likelihood.climb import climb, reduced, starting_points
from mostlikely.likelihood.one_sample import Likelihood
from mostlikely.solve.newton import Optimum, Stop
from mostlikely.verdict.domain_edges import on_the_data
from mostlikely.verdict.proof import Proof
from mostlikely.verdict.search import prove
from mostlikely.verdict.verdict import Verdict

__all__ = ["estimate", "refuse_extreme"]


def estimate(
    family: Family,
    sample: Sample,
    *,
    start: Mapping[str, float] | None = None,
    max_steps: int = 200,
) -> Proof:
    """Maximise the likelihood of ``family`` on ``sample`` and prove the result.

    Parameters
    ----------
    family : Family
        The noise model.
    sample : Sample
        The data, validated against the family's support.
    start : mapping, optional
        Natural parameter values to begin from, instead of the family's own.
    max_steps : int
        Evaluations with derivatives allowed per climb.

    Returns
    -------
    Proof

    Raises
    ------
    ModelError
        If the family has nothing that precision weights could scale.
    DataError
        If some rows are impossible whatever the free parameters are.
    """
    if sample.constant:
        # One point of that weight: no spread is then made up by rounding.
        sample = Sample.points(np.array([sample.smallest]), np.array([sample.total]), sample)
    likelihood = Likelihood(family, sample)
    family.check_weights(sample)
    _refuse_impossible(family, sample)
    refuse_extreme(sample)
    at_data = {
        k: getattr(sample, end) for k, end in family.sample_extremes.items() if k in family.free
    }
    if at_data:
        inner = estimate(family.with_fixed(**at_data), sample, start=start, max_steps=max_steps)
        return on_the_data(likelihood, at_data, inner)
    if not family.free:
        return _nothing_free(likelihood)
    points = starting_points(likelihood, start)
    small = reduced(likelihood, likelihood.natural(points[0]))
    origin = None if start is None else starting_points(likelihood)[0]
    optima = climb(small, points, origin=origin, max_steps=max_steps)
    return prove(
        small,
        optima,
        lambda kin: estimate(kin, small.sample, max_steps=max_steps),
        max_steps,
    )


def _nothing_free(likelihood: Likelihood) -> Proof:
    at = likelihood(np.zeros(0))
    optimum = Optimum(np.zeros(0), at, 0.0, 1, Stop.OPTIMUM)
    verdict = Verdict("interior", True, "Nothing to estimate: every parameter is given.", 0.0)
    return Proof(verdict, {}, at.value, optimum, (), likelihood, optimum, dict, likelihood)


def refuse_extreme(sample: Sample) -> None:
    """Raise DataError if the data are in units whose squares leave the range of floats."""
    size = max(abs(sample.smallest), abs(sample.largest))
    if not 1e-150 < size < 1e150 and size != 0.0:
        raise DataError(
            f"{sample.label} reaches {size:.3g}, whose square is no float64; change its unit, "
            f"as in y / {size:.0e}."
        )


def _refuse_impossible(family: Family, sample: Sample) -> None:
    """Raise if rows lie beyond the ends that the fixed parameters alone give the support."""
    if family.ends is None or not family.fixed:
        return
    with np.errstate(all="ignore"):
        values = [family.fixed.get(name, np.nan) for name in family.parameters]
        low, high = (float(end) for end in family.ends(*values))
    if not (sample.smallest < low or sample.largest > high):
        return
    outside = sum(int(np.sum((b.y < low) | (b.y > high))) for b in sample.blocks())
    worst = sample.smallest if sample.smallest < low else sample.largest
    raise DataError(
        f"{sample.label} has {outside} of {sample.rows} values, {worst:g} among them, that are "
        f"impossible under {family!r}; leave its parameters free, or look at those rows."
    )
