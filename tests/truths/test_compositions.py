"""A family made of families is a family, and obeys what all obey."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

import mostlikely as ml
from mostlikely.family.base import Family
from tests.truths import test_cdf, test_declaration, test_density, test_score
from tests.truths.cases import laws


class _Shifted(ml.Shifted):
    """A shifted family under a name of its own, as the truths want it."""

    of: type[Family]

    def __init__(self, **bound: Any) -> None:
        super().__init__(self.of, **bound)


def shifted(inner: type[Family], **typical: tuple[float, float]) -> type[Family]:
    class Composition(_Shifted):
        """Values that follow another family beyond a shift."""

        of = inner
        exempt = inner.exempt

    Composition.parameters = {
        k: replace(p, typical=typical.get(k, p.typical))
        for k, p in {**inner.parameters, **ml.Shifted.parameters}.items()
    }
    Composition.__name__ = f"Shifted{inner.__name__}"
    return Composition


# Where a density jumps or spikes at the shift, its score has no mean: the shapes begin beyond.
COMPOSITIONS = (
    shifted(ml.Weibull, shape=(3.0, 6.0)),
    shifted(ml.Gamma, shape=(4.0, 30.0)),
    shifted(ml.LogNormal),
    shifted(ml.InverseGaussian),
)


def _truths(*modules: ModuleType) -> list[Callable[[type[Family]], None]]:
    """The truths of these files that need nothing but a family."""
    return [
        f
        for module in modules
        for name, f in vars(module).items()
        if name.startswith("test_") and list(inspect.signature(f).parameters) == ["family"]
    ]


@pytest.mark.parametrize("composition", COMPOSITIONS, ids=lambda c: c.__name__)
@pytest.mark.parametrize(
    "truth",
    _truths(test_density, test_cdf, test_score, test_declaration),
    ids=lambda f: f.__name__.removeprefix("test_"),
)
def test_composition_obeys(
    truth: Callable[[type[Family]], None], composition: type[Family]
) -> None:
    reason = composition.exempt.get(truth.__name__.removeprefix("test_"))
    if reason is not None:
        pytest.skip(reason)
    truth(composition)


def test_compositions_are_drawn_as_they_are_declared() -> None:
    for composition in COMPOSITIONS:
        law = laws(composition)[0]
        assert set(law.values) == {*composition.of.parameters, "shift"}
