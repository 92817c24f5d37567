"""The formula on a family's page is the formula that its fits use, only shorter."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from formula import reading

from mostlikely.family import families
from tests.truths.cases import laws


@pytest.mark.parametrize("family", families(), ids=lambda f: f.__name__)
def test_page_shows_the_log_density(family):
    assert reading(family) is not None, "SymPy cannot read this log_prob; the page shows its source"
    for law in laws(family):
        check(law, reading(law.family))


def check(law, read):
    symbols = [read.y, *read.parameters.values()]
    holds = sympy.lambdify(symbols, sympy.true if read.inside is None else read.inside)
    formulas = [
        sympy.lambdify(symbols, formula, modules=["scipy", "numpy"])
        for formula in read.levels or (read.formula,)
    ]
    y = np.arange(len(formulas)) if read.levels else law.sample(5, seed=1)
    assert np.all(holds(y, *law.arguments))
    places = y if read.levels else [0] * len(y)
    shown = [float(formulas[k](v, *law.arguments)) for k, v in zip(places, y, strict=True)]
    np.testing.assert_allclose(shown, law.log_prob(y), rtol=1e-9, atol=1e-9)
