"""scikit-learn and the boosting libraries are extras: the library says how to get them."""

from __future__ import annotations

import subprocess
import sys

import pytest


def printed(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("asked", ["import mostlikely.estimators", "ml.DistributionFitter"])
def test_missing_scikit_learn_is_said_with_the_line_that_installs_it(asked):
    code = (
        "import sys; sys.modules['sklearn'] = None; import mostlikely as ml\n"
        f"try: {asked}\n"
        "except ml.MissingPackage as error: print(error)\n"
    )
    assert 'pip install "mostlikely[sklearn]"' in printed(code)


def test_importing_the_library_and_an_objective_imports_none_of_the_extras():
    code = (
        "import sys, mostlikely as ml; ml.objective(ml.Poisson())([4.0], [0.0]); dir(ml)\n"
        "print([m for m in ('sklearn', 'torch', 'xgboost', 'lightgbm', 'catboost')"
        " if m in sys.modules])"
    )
    assert printed(code).strip() == "[]"
