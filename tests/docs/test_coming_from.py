"""What the page for those who come from elsewhere says to write can be written."""

from __future__ import annotations

import re

import numpy as np
import pytest

import mostlikely as ml
from tests.docs.pages import DOCS

PAGE = (DOCS / "guides" / "coming-from.md").read_text(encoding="utf-8")
#: The second column of each row of a table, with an escaped bar inside code set aside.
ROWS = [line.replace(r"\|", "or").split("|")[2] for line in PAGE.splitlines() if line[:2] == "| "]
CALLS = sorted({c for row in ROWS for c in re.findall(r"`((?:ml|fit|p)\.[^`]+)`", row)})

N = 60
RNG = np.random.default_rng(5)
X = RNG.normal(size=N)
DF = {"x": X, "dose": X, "z": RNG.normal(size=N), "g": RNG.choice(list("abc"), N), "log_e": 0.1 * X}
COUNTS = RNG.negative_binomial(2, 0.3, N)
RESPONSES = {
    "Bernoulli": RNG.integers(0, 2, N),
    "Beta": RNG.beta(2.0, 3.0, N),
    "Binomial": COUNTS,
    "Categorical": RNG.choice(list("uvw"), N),
    "Gamma": RNG.gamma(2.0, size=N),
    "NegativeBinomial": COUNTS,
    "Normal": 1.0 + X + RNG.normal(size=N),
    "Ordinal": RNG.integers(1, 4, N),
    "Poisson": COUNTS,
    "Weibull": RNG.weibull(2.0, N),
}


SEEN = {
    "time": RNG.weibull(2.0, N),
    "died": RNG.integers(0, 2, N),
    "start": np.zeros(N),
    "left": RNG.normal(size=N),
}
SEEN["right"] = SEEN["left"] + 1.0


def data(family: str) -> dict[str, object]:
    y = RESPONSES[family]
    return {
        **DF,
        "y": y,
        "k": y,
        "killed": y,
        "job": y,
        "n": np.full(N, 60),
        "trials": [60] * N,
        **SEEN,
    }


@pytest.mark.parametrize("code", CALLS)
def test_what_the_tables_say_runs(code):
    df = data(found.group(1) if (found := re.search(r"ml\.([A-Z]\w+)", code)) else "Normal")
    plain = data("Normal")
    a, b = ml.fit(ml.Normal("y ~ 1"), plain), ml.fit(ml.Normal("y ~ x"), plain)
    names = {"ml": ml, "df": df, "X": X[:, None], "y": df["y"], "a": a, "b": b, "fit": b}
    names |= {
        "g": DF["g"],
        "new": {"x": [0.5]},
        "p": b.predict({"x": [0.5]}),
        "data": df,
        "inf": np.inf,
    }
    if code.startswith("ml.fit(f"):
        names |= {"f": lambda d, m: -((d["y"] - m) ** 2)}
        code = code.replace("{...}", "{'m': 0.0}")
    if "nonlinear" in code:
        curve = lambda d, c: c * d["x"]  # noqa: E731
        names |= {"f": curve}
        code = code.replace("start=", "start={'c': 1.0}")
    made = eval(code, names)
    if isinstance(made, ml.Family):
        made = ml.fit(
            made,
            df,
            y=None if "y ~" in code or "k" in code or "job" in code or "censored" in code else "y",
        )
    if isinstance(made, ml.Fit):
        assert made.verdict.ok, made.verdict
