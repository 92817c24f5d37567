"""A family's relatives are what it becomes at the declared values, or approaches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mostlikely.family.base import Family, Kin
from mostlikely.family.distribution import Distribution
from tests.truths.cases import draws, inside, laws


def _is_limit(family: type[Family], kin: Kin) -> bool:
    return not all(
        family.parameters[k].known or bool(np.all(family.parameters[k].domain.contains(v)))
        for k, v in kin.when.items()
    )


def _approached(family: type[Family], kin: Kin, distance: float) -> Kin:
    """The relative with every limit replaced by a value that far (or that near) from it."""
    near = {}
    for name, edge in kin.when.items():
        if np.isinf(edge):
            near[name] = np.sign(edge) * distance
        elif family.parameters[name].domain.contains(edge):
            near[name] = edge
        else:
            inwards = 1.0 if family.parameters[name].domain.contains(edge + 1e-9) else -1.0
            near[name] = edge + inwards / distance
    return replace(kin, when=near)


def _general(family: type[Family], kin: Kin, special: Distribution) -> Distribution:
    values = {k: float(v) for k, v in kin.at(**special.values).items()}
    known = {k: values[k] for k, p in family.parameters.items() if p.known}
    return Distribution(family(**known), {k: values[k] for k in family.parameters})


def test_kinship_holds(family: type[Family]) -> None:
    if not family.kin:
        pytest.skip("declares no relatives")
    for kin in family.kin:
        for special in laws(kin.family):
            y = draws(special)
            expected = special.log_prob(y)
            if not _is_limit(family, kin):
                general = _general(family, kin, special)
                y = inside(general, y)
                assert len(y) > 0.5 * len(expected)
                gap = np.abs(general.log_prob(y) - special.log_prob(y))
                assert np.max(gap / (1.0 + np.abs(special.log_prob(y)))) < 1e-10, (kin, special)
                continue
            y = y[np.abs(expected - np.median(expected)) < 20.0]
            gaps = [
                np.max(
                    np.abs(
                        _general(family, _approached(family, kin, d), special).log_prob(y)
                        - special.log_prob(y)
                    )
                )
                for d in (1e4, 1e6, 1e8)
            ]
            assert gaps[2] < 1e-4, (kin, special, gaps)
            assert gaps[2] < 1e-9 or gaps[0] > gaps[1] > gaps[2], (kin, special, gaps)
