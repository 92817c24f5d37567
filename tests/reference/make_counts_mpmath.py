"""Log-densities, their scores and tail probabilities of counts and shares, by mpmath.

Written from the textbooks, without a line of the package; run it to make counts_mpmath.json anew:

    python tests/reference/make_counts_mpmath.py
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import mpmath as mp

mp.mp.dps = 40
Number = mp.mpf
Tails = tuple[Number, Number]

#: Digits for the log-densities: log Γ(1e300) has 303 of them before the point.
MANY = 700


def times_log(x, y):
    return mp.mpf(0) if x == 0 else x * mp.log(y)


def log_choose(n, y):
    return mp.loggamma(n + 1) - mp.loggamma(y + 1) - mp.loggamma(n - y + 1)


def log_beta(a, b):
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def poisson(y, mean):
    return times_log(y, mean) - mean - mp.loggamma(y + 1)


def poisson_tails(y, mean):
    return summed(poisson, y, mean)


def geometric(y, p):
    return mp.log(p) + y * mp.log1p(-p)


def geometric_tails(y, p):
    upper = (1 - p) ** (y + 1)
    return 1 - upper, upper


def binomial(y, p, n):
    return log_choose(n, y) + times_log(y, p) + times_log(n - y, 1 - p)


def binomial_tails(y, p, n):
    return summed(binomial, y, p, n, last=n)


def negative_binomial(y, mean, size):
    total = mean + size
    coefficient = mp.loggamma(y + size) - mp.loggamma(size) - mp.loggamma(y + 1)
    return coefficient + size * mp.log(size / total) + times_log(y, mean / total)


def negative_binomial_tails(y, mean, size):
    return summed(negative_binomial, y, mean, size)


def beta_binomial(y, mean, precision, n):
    a, b = mean * precision, (1 - mean) * precision
    return log_choose(n, y) + log_beta(a + y, b + n - y) - log_beta(a, b)


def beta_binomial_tails(y, mean, precision, n):
    return summed(beta_binomial, y, mean, precision, n, last=n)


def beta(y, mean, precision):
    a, b = mean * precision, (1 - mean) * precision
    return (a - 1) * mp.log(y) + (b - 1) * mp.log1p(-y) - log_beta(a, b)


def beta_tails(y, mean, precision):
    a, b = mean * precision, (1 - mean) * precision
    return (
        mp.betainc(a, b, 0, y, regularized=True),
        mp.betainc(b, a, 0, 1 - y, regularized=True),
    )


def kumaraswamy(y, a, b):
    return mp.log(a) + mp.log(b) + (a - 1) * mp.log(y) + (b - 1) * mp.log1p(-(y**a))


def kumaraswamy_tails(y, a, b):
    upper = (1 - y**a) ** b
    return -mp.expm1(b * mp.log1p(-(y**a))), upper


def summed(law: Callable[..., Number], y: Number, *values: Number, last: Number = mp.inf) -> Tails:
    """Both tails term by term: what is small keeps its digits."""

    def total(first, end):
        terms = mp.mpf(0)
        k = first
        while k <= end:
            term = mp.exp(law(k, *values))
            terms += term
            if k > values[0] + y and term < terms * mp.mpf(10) ** -40:
                break
            k += 1
        return terms

    return total(mp.mpf(0), y), total(y + 1, last)


COUNTS = [0, 1, 2, 7, 8, 40]
SHARES = ["1e-9", "0.02", "0.3", "0.5", "0.999"]

#: family: (log-density, tails, [(parameters, y with tails, y without)]); n comes last.
CASES = {
    "Poisson": (
        poisson,
        poisson_tails,
        [
            (["0.3"], COUNTS, []),
            (["2.9"], [*COUNTS, 300], []),
            (["40"], COUNTS, []),
            (["1e-8"], [0, 1], [5]),
            (["1.25e15"], [], [0, "1.2e15", "1.25e15", "1.3e15"]),
        ],
    ),
    "Geometric": (
        geometric,
        geometric_tails,
        [(["0.3"], COUNTS, []), (["1e-9"], [0, 7, "1e9", "1e12"], []), (["0.999"], COUNTS, [])],
    ),
    "Binomial": (
        binomial,
        binomial_tails,
        [
            (["0.3", 10], [0, 1, 2, 7, 8, 9], [10]),
            (["0.999", 40], [0, 1, 20, 39], [40]),
            (["1e-9", "1e9"], [], [0, 1, 5, "1e9"]),
            (["0.25", "1e9"], [], [0, "2.5e8", "250012345", "9e8"]),
        ],
    ),
    "NegativeBinomial": (
        negative_binomial,
        negative_binomial_tails,
        [
            (["8.7", "0.4"], [*COUNTS, 300], ["1e6"]),
            (["2.9", 1], COUNTS, []),
            (["40", 20], COUNTS, []),
            (["3", "1e4"], COUNTS, []),
            (["3", "1e10"], COUNTS, []),
            (["3", "1e300"], [0, 2, 7], [40]),
            (["0.5", "1e-6"], [], COUNTS),
            (["1e6", "0.01"], [], [0, 7, "1e6", "1e9"]),
            (["1e15", "1e16"], [], [0, "1e15", "1000000100000000"]),
        ],
    ),
    "BetaBinomial": (
        beta_binomial,
        beta_binomial_tails,
        [
            (["0.3", 2, 10], [0, 1, 2, 7, 8, 9], [10]),
            (["0.7", 50, 40], [0, 1, 20, 39], [40]),
            (["0.3", "1e8", 40], [0, 12, 39], [40]),
            (["0.3", "1e300", 10], [], [0, 3, 10]),
            (["0.01", "1e-6", 10], [], [0, 3, 10]),
            (["0.5", 3, "1e9"], [], [0, 1, "5e8", "999999999"]),
        ],
    ),
    "Beta": (
        beta,
        beta_tails,
        [
            (["0.3", 5], SHARES, ["1e-300"]),
            (["0.5", 2], SHARES, []),
            (["0.9", "0.5"], SHARES, []),
            (["0.25", "1e10"], [], ["0.2499", "0.25", "0.250003"]),
            (["0.3", "1e-6"], [], SHARES),
            (["1e-6", "3"], [], SHARES),
        ],
    ),
    "Kumaraswamy": (
        kumaraswamy,
        kumaraswamy_tails,
        [
            ([1, 1], SHARES, []),
            (["2.5", 5], SHARES, []),
            (["0.3", "0.4"], SHARES, []),
            (["60", "1e10"], [], ["0.6", "0.68", "0.7"]),
            (["1e-6", "0.1"], [], SHARES),
        ],
    ),
}
KNOWN = {"Binomial", "BetaBinomial"}


def about_size(mean: Number, size: Number) -> Number:
    """Information about the size: Σ P(Y > j)/(size + j)² - mean/(size (size + mean))."""
    total, j, beyond = mp.mpf(0), 0, mp.mpf(1)
    while j <= mean or beyond > mp.mpf(10) ** -35:
        beyond -= mp.exp(negative_binomial(mp.mpf(j), mean, size))
        total += beyond / (size + j) ** 2
        j += 1
    return total - mean / (size * (size + mean))


def informations():
    for mean, size in ((5, "0.4"), ("0.01", "0.3"), (300, 2), (5, 100), (5, 10000), (50, "0.01")):
        values = mp.mpf(float(mean)), mp.mpf(float(size))
        with mp.workdps(60):
            yield [*map(float, values), float(about_size(*values))]


def score(law: Callable[..., Number], y: Number, values: list[Number], count: int) -> list[float]:
    """The first derivatives in the first ``count`` parameters."""
    return [
        float(
            mp.diff(
                lambda x, i=i: law(y, *values[:i], x, *values[i + 1 :]),
                values[i],
                h=values[i] * mp.mpf(10) ** -(MANY // 3),
            )
        )
        for i in range(count)
    ]


def rows():
    for family, (law, tails, groups) in CASES.items():
        for parameters, with_tails, without in groups:
            # both sides read the same double, so that no digit is lost in writing it down
            values = [mp.mpf(float(v)) for v in parameters]
            for y in [*with_tails, *without]:
                y_number = mp.mpf(float(y))
                with mp.workdps(MANY):
                    density = float(law(y_number, *values))
                    slopes = score(law, y_number, values, len(values) - (family in KNOWN))
                logs = [None, None]
                if y in with_tails:
                    with mp.workdps(MANY if max(values) > 1e20 else mp.mp.dps):
                        logs = [float(mp.log(t)) for t in tails(y_number, *values)]
                yield [family, float(y), [*map(float, values)], density, slopes, *logs]


if __name__ == "__main__":
    made = {
        "source": f"mpmath {mp.__version__}, {mp.mp.dps} to {MANY} digits, make_counts_mpmath.py",
        "columns": ["family", "y", "parameters", "log_prob", "score", "log_cdf", "log_sf"],
        "negative_binomial_information_about_size": list(informations()),
        "rows": list(rows()),
    }
    lines = ",\n  ".join(json.dumps(row) for row in made.pop("rows"))
    head = json.dumps(made, indent=1)[:-2]
    Path(__file__).with_name("counts_mpmath.json").write_text(
        f'{head},\n "rows": [\n  {lines}\n ]\n}}\n'
    )
