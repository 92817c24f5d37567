"""Terms that a file may hold: a closed grammar, and nothing outside it."""

from __future__ import annotations

import pytest
from formulaic.parser.types import Factor

import mostlikely as ml
from mostlikely.data.formula.grammar import check_formula, check_terms

FINE = [
    "y ~ 1",
    "~ x",
    "y ~ .",
    "y ~ . - x",
    "np.log(y) ~ x * C(g) - 1",
    "y ~ bs(x, df=4, degree=2, extrapolation='clip'):z",
    "y ~ cr(x, df=3) + cc(z, df=4) + poly(x, 3, raw=True)",
    "y ~ C(g, contr.treatment(base='b')) + C(g, contr.sum) + C(g, Treatment('b')) + C(g, Sum)",
    "y ~ C(g, levels=['a', 'b', 'c']) + C(x > 0) + C(g == 'a')",
    "y ~ center(x) + scale(x, ddof=0) + standardize(z)",
    "y ~ I(-x ** 2 / 3.5 + 1e-3) + {x + z} + np.where(x > 0, x, 0) + np.clip(x, -1, 1)",
    "y ~ `a column` + I(`a column` * 2) + Q('a column')",
    "y ~ np.sin(2 * np.pi * x) + np.maximum(x, z) + log(z) + exp10(x)",
    "y ~ (x + z) ** 2 + x %in% g",
    "`the response` ~ x",
]
HOSTILE = [
    "I(__import__('os').getpid() * x)",
    "eval('1')",
    "exec('1')",
    "getattr(x, 'a')",
    "I(x.clip(0))",
    "I(x.__class__)",
    "np.load('f')",
    "np.fromfile('f')",
    "np.add.reduce(x)",
    "np.exp(x, out=x)",
    "np.frompyfunc(print, 1, 1)(x)",
    "np.lib.npyio.os.getpid()",
    "I((lambda: x)())",
    "I([k for k in x])",
    "I(x if True else x)",
    "I(x[0])",
    "I((z := x))",
    "I(f'{x}')",
    "bs(x, df=4, _state=x)",
    "bs(**x)",
    "bs(*x)",
    "hashed(g, levels=5, hash_func=exec)",
    "C(g, contr.custom(x))",
    "C(g, np.load)",
    "log(print)(x)",
    "I(__builtins__)",
    "Q('x\"] or open(\"f')",
    "Q(\"x' or open('f\")",
    "Q('x\\\\')",
    "bs(x, df=4, extrapolation='\") or open(\"f')",
    "I('a' * 9)",
    "I(x @ z)",
    "I(x and z)",
]


@pytest.mark.parametrize("formula", FINE)
def test_columns_numbers_and_known_functions_are_fine(formula):
    check_formula(formula)


@pytest.mark.parametrize("term", HOSTILE)
def test_anything_else_is_refused_on_either_side(term):
    with pytest.raises(ml.ModelError, match=r"\.$"):
        check_formula(f"y ~ z + x:{term}")
    if "open(" not in term:  # else it is no response, as it cannot be read at all
        with pytest.raises(ml.ModelError, match=r"\.$"):
            check_formula(f"{term} ~ x")


@pytest.mark.parametrize("mark", ["'", "\\", "\n"])
def test_text_with_a_mark_that_ends_or_escapes_a_string_is_refused(mark):
    """The formula library writes the text of a call into code that it makes."""
    factor = Factor(f"bs(x, df=4, extrapolation={'a' + mark + '#'!r})", eval_method="python")
    with pytest.raises(ml.ModelError, match="with a quotation mark or a backslash in it"):
        check_terms([factor], ["x"])


def test_names_are_those_of_columns_where_these_are_known():
    check_terms([Factor("np.log(x)", eval_method="python")], ["x"])
    for factor in (Factor("np.log(z)", eval_method="python"), Factor("z", eval_method="lookup")):
        with pytest.raises(ml.ModelError, match="the name 'z', which is no column"):
            check_terms([factor], ["x"])


def test_a_term_nested_without_end_is_refused():
    with pytest.raises(ml.ModelError):
        check_formula("y ~ I(" + "-" * 100_000 + "x)")
    with pytest.raises(ml.ModelError):
        check_formula("y ~ I(" + "x+" * 20_000 + "x)")
