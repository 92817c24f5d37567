"""A family's relatives are what it becomes at the declared values, or approaches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mostlikely.family.base import Family, SpecialCase
from mostlikely.family.distribution import Distribution
from tests.truths.cases import draws, inside, laws


def _is_limit(family: type[Family], case: SpecialCase) -> bool:
    return not all(
        family.parameters[k].known or bool(np.all(family.parameters[k].domain.contains(v)))
        for k, v in case.when.items()
    )


def _approached(family: type[Family], case: SpecialCase, distance: float) -> SpecialCase:
    """The relative with every limit replaced by a value that far (or that near) from it."""
    near = {}
    for name, edge in case.when.items():
        if np.isinf(edge):
            near[name] = np.sign(edge) * distance
        elif family.parameters[name].domain.contains(edge):
            near[name] = edge
        else:
            inwards = 1.0 if family.parameters[name].domain.contains(edge + 1e-9) else -1.0
            near[name] = edge + inwards / distance
    return replace(case, when=near)


def _general(family: type[Family], case: SpecialCase, special: Distribution) -> Distribution:
    values = {k: float(v) for k, v in case.at(**special.values).items()}
    known = {k: values[k] for k, p in family.parameters.items() if p.known}
    return Distribution(family(**known), {k: values[k] for k in family.parameters})


def test_special_cases_are_what_they_say(family: type[Family]) -> None:
    if not family.special_cases:
        pytest.skip("declares no relatives")
    for case in family.special_cases:
        for special in laws(case.family):
            y = draws(special)
            expected = special.log_prob(y)
            if not _is_limit(family, case):
                general = _general(family, case, special)
                y = inside(general, y)
                assert len(y) > 0.5 * len(expected)
                gap = np.abs(general.log_prob(y) - special.log_prob(y))
                assert np.max(gap / (1.0 + np.abs(special.log_prob(y)))) < 1e-10, (case, special)
                continue
            y = y[np.abs(expected - np.median(expected)) < 20.0]
            gaps = [
                np.max(
                    np.abs(
                        _general(family, _approached(family, case, d), special).log_prob(y)
                        - special.log_prob(y)
                    )
                )
                for d in (1e4, 1e6, 1e8)
            ]
            assert gaps[2] < 1e-4, (case, special, gaps)
            assert gaps[2] < 1e-9 or gaps[0] > gaps[1] > gaps[2], (case, special, gaps)
