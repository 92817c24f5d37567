"""Bad input, labels without an order, files: an answer, or a sentence of the library's own."""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import mostlikely as ml
from tests.adversary.judges import Break
from tests.adversary.trials import Trial, quiet

__all__ = ["bad", "files", "labels"]

N = 6
Y = [2.0, 3.5, 1.2, 4.4, 2.2, 3.1]
#: Columns as text, and whether they must be refused.
COLUMNS = {
    "{10.5, 2.25, 7.75, 1.5, 99.0, 3.3}": True,
    "frozenset({1.5, 2.5, 3.5, 4.5, 5.5, 6.5})": True,
    "{'a': 1, 'b': 2, 'c': 3, 'd': 4, 'e': 5, 'f': 6}": True,
    "{1.5: 0, 2.5: 0, 3.5: 0, 4.5: 0, 5.5: 0, 6.5: 0}.keys()": True,
    "np.array([2**63 + i for i in range(6)], dtype=np.uint64)": True,
    "[2**60 + i for i in range(6)]": True,
    "[2**70 + i for i in range(6)]": False,
    "np.arange(6) + 1j": True,
    "[1.0, 2.0, None, 4.0, 5.0, 6.0]": True,
    "[1.0, 2.0, float('nan'), 4.0, 5.0, 6.0]": True,
    "[1.0, 2.0, float('inf'), 4.0, 5.0, 6.0]": True,
    "[1.0, 2.0, 3.0]": True,
    "[[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]]": False,
    "[[1.0, 2.0], [2.0], [3.0], [4.0], [5.0], [6.0]]": True,
    "b'abcdef'": False,
    "'abcdef'": True,
    "range(6)": False,
    "iter([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])": False,
    "np.array(['2020-01-01'] * 6, dtype='datetime64[D]')": False,
    "[object()] * 6": True,
    "np.ma.masked_array(np.arange(6.0), [1, 0, 0, 0, 0, 0])": False,
    "[1e308, -1e308, 1e308, 1.0, 2.0, 3.0]": False,
    "[1e-310, 2e-310, 3e-310, 4e-310, 1e-310, 5e-310]": False,
    "[True, False, True, False, True, True]": False,
    "lambda: 3": True,
    "3.0": False,
    "None": True,
}
#: Formulas.
FORMULAS = (
    "y ~ exec('1')", "y ~ eval('x')", "y ~ __import__('os')", "y ~ open('x')", "y ~ x.real",
    "y ~ (x + g)**50", "y ~ (x + g + z)**9", "y ~ x**x", "y ~ x**0", "y ~ x ~ x", "y ~", "~", "",
    "y", "y ~ (x", "y ~ x)", "y ~ x + + x", "y ~ nothing", "y ~ C(nothing)", "y ~ log(x)",
    "y ~ log(-x)", "y ~ x / 0", "y ~ x[0]", "y ~ lambda: 1", "y ~ C(g", "y ~ poly(x, 3)",
    "y ~ bs(x, 99)", "y ~ scale(x)", "y ~ 0", "y ~ 0 + 0", "y ~ g:g", "y ~ x:x", "y ~ -1",
    "log(y) ~ x", "y + x ~ x", "1 ~ x", "y ~ y", "y ~ `x`", "y ~ x | g", "y ~ .", "y ~ I(x",
    "y ~ I(x**2)", "y ~ np.log(x)", "y ~ C(x, 3)", "y ~ exp(1000 * x)", "y ~ 'x'", "y ~ 1e400",
    "y ~ x\n+ z", "y ~ x;1", "y ~ ((((((x))))))", "y ~ C(C(g))", "y ~ x %in% g", "y ~ offset(x)",
    "y ~ x * g * z * x * g", "y ~ True", "y ~ None", "y ~ print(x)", "y ~ getattr(x, 'y')",
)  # fmt: skip
#: Starts, weights and other options, as text.
OPTIONS = (
    "start={0: 1}", "start={None: 1}", "start={('a',): 1}", "start={'mu': 'a'}",
    "start={'mu': None}", "start={'mu': float('nan')}", "start={'sigma': -1}",
    "start={'mu': [1, 2]}", "start=3", "start=[1]", "start={'df': 0}", "start={1.5: 2}",
    "start={('mu', 'x', 'z'): 1}", "start={b'mu': 1}", "weights=[1, 2]", "weights=[-1.0] * 6",
    "weights=[float('nan')] * 6", "weights=['a'] * 6", "weights=[0.0] * 6", "weights=1",
    "weights='nothing'", "weights={1, 2, 3, 4, 5, 6}", "weights=[1e308] * 6", "weights=[None] * 6",
    "weights=[1 + 1j] * 6", "max_steps=0", "max_steps=-1", "max_steps='a'", "max_steps=1.5",
    "missing='what'", "missing=None", "weight_kind='what'", "weight_kind=3", "penalty=3",
    "penalty='ridge'", "offset=[1, 2]", "offset='nothing'", "offset=[float('inf')] * 6",
    "offset={1, 2, 3, 4, 5, 6}", "y='nothing'", "y=3", "X=[[1.0]] * 5", "X='a'",
)  # fmt: skip
#: Words asked of a plain fit.
WORDS = (
    "test()", "test('')", "test('nothing = 0')", "test('mu')", "test('mu = ')", "test(mu='a')",
    "test(mu=None)", "test({0: 1})", "test(0)", "test('mu = 1, mu = 2')",
    "test(mu=1, method='what')", "test('mu = 1e400')", "test('mu = sigma')", "test(sigma=0)",
    "test(sigma=-1)", "interval('nothing')", "interval(0)", "interval('mu', 1.5)",
    "interval('mu', 0)", "interval('mu', 'a')", "interval('mu', method='what')",
    "profile('nothing')", "profile(0)", "predict(None, 'what')", "predict(None, 'quantile', q=2)",
    "predict(None, 'quantile', q='a')", "predict(None, 'quantile')",
    "predict(None, 'cdf', at='a')", "predict(None, 'cdf', at=None)", "quantity(3)",
    "quantity(lambda p: p['nothing'])", "quantity(lambda p: 'a')", "log_likelihood({0: 1})",
    "log_likelihood(nothing=1)", "log_likelihood(mu='a')", "log_likelihood(sigma=-1)",
    "score({0: 1})", "score(mu=float('nan'))", "covariance('what')", "covariance(3)", "sample(-1)",
    "sample('a')", "sample(3, seed='a')", "residuals('what')", "compare(3)", "compare()",
    "summary(level=2)", "save(3)",
)  # fmt: skip


def asked(text: str, call: Any, must: bool, kind: str) -> Trial:
    """Something that has to end in an answer or in the library's own error, soon."""

    def check() -> list[Break]:
        try:
            quiet(call)
        except ml.MostLikelyError as error:
            plain = str(error).strip()
            return [] if len(plain) > 10 else [Break("an error without words", plain)]
        return [Break("accepted", text)] if must else []

    return Trial(text, check, kind)


def bad(rng: np.random.Generator) -> Trial:
    """A column, formula, option or word that nobody should write."""
    which = rng.uniform()
    space = {
        "np": np,
        "ml": ml,
        "D": {"x": [1.0, 2, 3, 4, 5, 6], "y": Y, "g": list("aabbab"), "z": list("cdcdcd")},
    }
    family = str(rng.choice(["Normal", "StudentT", "Gamma", "Cauchy"]))
    must = False
    if which < 0.35:
        column, must = list(COLUMNS.items())[int(rng.integers(len(COLUMNS)))]
        place = rng.uniform()
        if place < 0.5:
            text = f'ml.fit(ml.{family}("y ~ x"), {{"x": {column}, "y": {Y}}})'
        elif place < 0.8:
            text = f"ml.fit(ml.{family}(), {column})"
            must = must and "2**" not in column and column != "[1.0, 2.0, 3.0]"
        else:
            text = f'ml.fit(ml.{family}("y ~ x"), {{"x": {Y}, "y": {column}}})'
            must = must and "2**" not in column
        if "1e308" in column or column in ("'abcdef'",):
            must = False
    elif which < 0.6:
        formula = FORMULAS[int(rng.integers(len(FORMULAS)))]
        text = f"ml.fit(ml.{family}({formula!r}), D)"
    elif which < 0.8:
        option = OPTIONS[int(rng.integers(len(OPTIONS)))]
        data = "D, y='y'" if "y=" not in option and rng.uniform() < 0.5 else "D['y']"
        text = f"ml.fit(ml.{family}(), {data}, {option})"
        if "y=" in option and data == "D, y='y'":
            text = f"ml.fit(ml.{family}(), D, {option})"
    else:
        word = WORDS[int(rng.integers(len(WORDS)))]
        text = f"ml.fit('normal', D['y']).{word}"
    code = compile(text, "<trial>", "eval")
    kind = ("column", "formula", "option", "word")[int(np.searchsorted([0.35, 0.6, 0.8], which))]
    return asked(text, lambda: eval(code, dict(space)), must, kind)


#: Words that have an order which no alphabet knows.
SCALES = (
    ("low", "medium", "high"), ("never", "sometimes", "often", "always"), ("1", "2", "9", "10"),
    ("bad", "fair", "good"), ("Unlikely", "SomewhatLikely", "VeryLikely"),
    ("small", "large", "huge"),
)  # fmt: skip


def labels(rng: np.random.Generator) -> Trial:
    """Ordered labels: in the order that is declared, and refused where none is."""
    import pandas as pd

    scale = SCALES[int(rng.integers(len(SCALES)))]
    n = int(rng.choice([10, 20]))
    x = np.round(rng.normal(size=n), 2)
    place = np.clip(np.round(x + rng.normal(size=n) + 1), 0, len(scale) - 1).astype(int)
    place[: len(scale)] = np.arange(len(scale))
    y = [scale[k] for k in place]
    way = str(rng.choice(["text", "category", "ordered", "levels", "numbers"]))
    data: Any = {"y": y, "x": x}
    model = 'ml.Ordinal("y ~ x")'
    if way in ("category", "ordered"):
        levels = list(scale) if way == "ordered" else None
        data = pd.DataFrame({"y": pd.Categorical(y, levels, ordered=way == "ordered"), "x": x})
    elif way == "levels":
        model = f'ml.Ordinal("y ~ x", levels={list(scale)})'
    elif way == "numbers":
        data = {"y": place, "x": x}
    text = f'ml.fit({model}, {{"y": {y}, "x": {x.tolist()}}})  # y as {way}'
    if way in ("text", "category"):
        return asked(text, lambda: ml.fit(eval(model), data), True, f"Ordinal, {way}")

    def check() -> list[Break]:
        fit = quiet(lambda: ml.fit(eval(model), data))
        same = quiet(lambda: ml.fit(ml.Ordinal("y ~ x"), {"y": place.astype(float), "x": x}))
        if abs(fit.loglik - same.loglik) > 1e-8:
            return [Break("order is not the declared one", f"{fit.loglik}, {same.loglik}")]
        return []

    return Trial(text, check, f"Ordinal, {way}")


#: A file's text, and a word that a refusal should have.
BODY = "y,x\n1.5,1\n2.5,2\n2.0,3\n4.5,4\n"
FILES = {
    "plain": (BODY, "utf-8", ""),
    "mark": (BODY, "utf-8-sig", ""),
    "comments": ("# gauge 7\n# 2020, raw\n" + BODY, "utf-8", "comment"),
    "one comment": ("# raw\n" + BODY, "utf-8", "comment"),
    "utf-16": (BODY, "utf-16", "utf-16"),
    "utf-16 little": (BODY, "utf-16-le", "utf-16"),
    "latin-1": (BODY.replace("x", "größe"), "latin-1", "utf-8"),
    "tabs": (BODY.replace(",", "\t"), "utf-8", ""),
    "semicolons": (BODY.replace(",", ";").replace(".", ","), "utf-8", ""),
    "empty": ("", "utf-8", "empty"),
    "header only": ("y,x\n", "utf-8", ""),
    "two of one name": ("y,y\n1,2\n2,3\n", "utf-8", ""),
    "spaces": (BODY.replace(",", ", "), "utf-8", ""),
    "quotes": (BODY.replace("1.5", '"1.5"'), "utf-8", ""),
    "a last comment": (BODY + "# end\n", "utf-8", ""),
}


def program(*words: str) -> tuple[int, str]:
    """What the command line's program ends with, and says, within this process."""
    from mostlikely.cli import main

    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            # with its words given, for without them it takes the process's signals too
            code = quiet(lambda: main(words))
    except SystemExit as end:
        code = end.code
    return int(code or 0), said.getvalue()


def files(rng: np.random.Generator) -> Trial:
    """A file on the command line: read, or refused with its cause."""
    name = str(rng.choice(list(FILES)))
    text, encoding, word = FILES[name]
    column = "größe" if name == "latin-1" else "x"

    def check() -> list[Break]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "data.csv"
            path.write_bytes(text.encode(encoding))
            code, shown = program("fit", "normal", str(path), f"y ~ {column}", "--format", "json")
        shown = shown.replace(str(path), "data.csv").strip()
        if "Traceback" in shown or code not in (0, 2):
            return [Break("exception", shown[-240:])]
        if code == 0 and "0.85" not in shown:
            return [Break("read wrong", shown[:240])]
        if code == 2 and word not in shown.lower():
            return [Break("refused without its cause", shown[:240])]
        if code == 2 and not word and name in ("plain", "mark", "semicolons"):
            return [Break("refused", shown[:240])]
        return []

    return Trial(f"mostlikely fit normal <{name}>", check, f"file, {name}")
