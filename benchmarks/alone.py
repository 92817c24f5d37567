"""Works of ours that are set beside no peer: for ``--against`` another checkout."""

from __future__ import annotations

from benchmarks.pair import Work

_ML = "import mostlikely as ml"
_RNG = "rng = np.random.default_rng(0); n = {n}; "
#: What a sample of each family is drawn from.
_SAMPLES = {
    "Normal": "y = 3.0 + 2.0 * rng.standard_normal(n)",
    "Gamma": "y = rng.gamma(2.0, 3.0, n)",
    "Weibull": "y = 3.0 * rng.weibull(1.7, n)",
    "StudentT": "y = 1.0 + 2.0 * rng.standard_t(4, n)",
}
_TABLE = (
    _RNG + "a, b, c = rng.standard_normal((3, n)); eta = 0.3 + 0.2 * a - 0.1 * b + 0.1 * c; "
    "y = {y}; d = {{'y': y, 'a': a, 'b': b, 'c': c}}"
)
#: What the response of each regression is drawn from.
_RESPONSES = {
    "Normal": "eta + rng.standard_normal(n)",
    "Poisson": "rng.poisson(np.exp(eta))",
    "Gamma": "rng.gamma(2.0, np.exp(eta) / 2.0)",
    "StudentT": "eta + rng.standard_t(5, n)",
}
_FACTOR = (
    _RNG
    + "k = rng.integers(0, 10, n); y = 0.1 * k + rng.standard_normal(n); d = {{'y': y, 'g': {g}}}"
)
_LEVELS = {"whole numbers": "k", "strings": "np.array(list('abcdefghij'))[k]"}
#: The same ten labels as their holders have them; objects are a Python string for each row.
_HOLDERS = {
    **_LEVELS,
    "words": "np.array([f'level {c}' for c in 'abcdefghij'])[k]",
    "a list": "np.array(list('abcdefghij'))[k].tolist()",
    "objects": "np.array(list('abcdefghij'))[k].astype(object)",
    "pandas objects": "pd.Series(list(np.array(list('abcdefghij'))[k]), dtype=object)",
    "pandas strings": "pd.Series(np.array(list('abcdefghij'))[k].astype(object), dtype='string')",
    "a pandas categorical": "pd.Series(pd.Categorical(np.array(list('abcdefghij'))[k]))",
    "Polars strings": "pl.Series(np.array(list('abcdefghij'))[k])",
    "a Polars Categorical": "pl.Series(np.array(list('abcdefghij'))[k]).cast(pl.Categorical)",
    "Arrow strings": "pl.Series(np.array(list('abcdefghij'))[k]).to_arrow()",
}
_LINE = _RNG + "x = rng.standard_normal(n); y = {unit} * (1.0 + 2.0 * x + rng.standard_normal(n))"


def _sample(family: str, n: int) -> Work:
    data = _RNG.format(n=n) + _SAMPLES[family]
    return Work(f"{family}(), n = {n:,}", data, _ML, f"ml.fit(ml.{family}(), y).standard_errors")


def _regression(family: str, n: int) -> Work:
    data = _TABLE.format(n=n, y=_RESPONSES[family])
    code = f"ml.fit(ml.{family}('y ~ a + b + c'), d).standard_errors"
    return Work(f"{family}('y ~ a + b + c'), n = {n:,}", data, _ML, code)


WORKS = [
    *(_sample(family, n) for family in _SAMPLES for n in (50, 1_000, 50_000, 1_000_000)),
    Work(
        "Gamma('y ~ 1'), n = 1,000,000",
        _RNG.format(n=1_000_000) + _SAMPLES["Gamma"] + "; d = {'y': y}",
        _ML,
        "ml.fit(ml.Gamma('y ~ 1'), d).standard_errors",
    ),
    *(_regression(family, n) for family in _RESPONSES for n in (200, 20_000, 100_000, 300_000)),
    *(
        Work(
            f"Normal('y ~ C(g)'), g of {levels}, n = 1,000,000",
            _FACTOR.format(n=1_000_000, g=made),
            _ML,
            "ml.fit(ml.Normal('y ~ C(g)'), d).standard_errors",
        )
        for levels, made in _LEVELS.items()
    ),
    *(
        Work(
            f"reading 'y ~ C(g)' alone, g of {holder}, n = 1,000,000",
            _FACTOR.format(n=1_000_000, g=made),
            f"{_ML}, pandas as pd, polars as pl; from mostlikely.data.bind import bind",
            "bind(ml.Normal('y ~ C(g)'), d)",
        )
        for holder, made in _HOLDERS.items()
    ),
    *(
        Work(
            f"profile intervals of Normal('y ~ x'), n = 1,000, y of size {unit}",
            _LINE.format(n=1_000, unit=unit) + "; d = {'y': y, 'x': x}",
            _ML,
            "ml.fit(ml.Normal('y ~ x'), d).interval(method='profile')",
        )
        for unit in ("1", "1e-6")
    ),
]
