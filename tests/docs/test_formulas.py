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
    read = reading(family)
    if read is None:
        pytest.skip("SymPy cannot read this log_prob, so the page shows its source")
    formula, inside, symbols = read
    log_density = sympy.lambdify(symbols, formula, modules=["scipy", "numpy"])
    holds = sympy.lambdify(symbols, sympy.true if inside is None else inside)
    for law in laws(family):
        y = law.sample(5, seed=1)
        assert np.all(holds(y, *law.arguments))
        shown = [float(log_density(v, *law.arguments)) for v in y]
        np.testing.assert_allclose(shown, law.log_prob(y), rtol=1e-9, atol=1e-9)
