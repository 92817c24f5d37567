"""Levels in an order: what they are, where the cutpoints lie, and what moves them.

R's numbers are from R 4.2.2 with MASS 7.3-58.2, printed with 15 digits::

    library(MASS)
    y <- factor(c("low", "mid", "high", "top"), levels = c("low", "mid", "high", "top"))
    f <- polr(y ~ 1, weights = c(10, 25, 7, 3), method = m, Hess = TRUE,
              control = list(reltol = 1e-15, maxit = 1000))
    c(f$zeta, sqrt(diag(vcov(f))), logLik(f))
    h <- polr(Sat ~ Infl + Type + Cont, weights = Freq, data = housing, method = m, Hess = TRUE,
              control = list(reltol = 1e-16, maxit = 5000))
    c(coef(h), h$zeta, sqrt(diag(vcov(h))), logLik(h)); predict(h, housing[c(1, 40), ], type = "p")

R stops some 1e-7 before the maximum, and differentiates numerically there. Its "cauchit" is no
witness: polr holds every cut - eta within 100, where a Cauchy tail still has 0.3 %. The maximum of
that likelihood by R alone, with optim begun anew twenty times and optimHess::

    X <- model.matrix(~ Infl + Type + Cont, housing)[, -1]; k <- as.integer(housing$Sat)
    nll <- function(b) { z <- c(-Inf, b[7:8], Inf); e <- X %*% b[1:6]
      -sum(housing$Freq * log(pcauchy(z[k + 1] - e) - pcauchy(z[k] - e))) }
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats

import mostlikely as ml
from mostlikely.calculus.jet import seed
from mostlikely.calculus.link import LINKS
from mostlikely.errors import DataError, ModelError
from tests.truths.cases import rng_of

LEVELS = ["low", "mid", "high", "top"]
COUNTS = [10, 25, 7, 3]
MARKS = [level for level, count in zip(LEVELS, COUNTS, strict=True) for _ in range(count)]
NOISE: dict[str, Any] = {
    "logit": stats.logistic,
    "probit": stats.norm,
    "cloglog": stats.gumbel_l,
    "loglog": stats.gumbel_r,
    "cauchit": stats.cauchy,
}
#: R's cutpoints and their standard errors; polr.
SAMPLE = {
    "logit": (
        [-1.25276297275197, 1.252762978163, 2.63905734192361],
        [0.358568553029339, 0.358568621436837, 0.597614317070837],
    ),
    "probit": (
        [-0.764709674069112, 0.764709678368296, 1.50108593736765],
        [0.208107948950885, 0.20810795623398, 0.287571183165316],
    ),
    "cloglog": (
        [-1.38105042020115, 0.408179691186467, 0.996228899283353],
        [0.31706007637976, 0.185420337706357, 0.20596855035714],
    ),
    "loglog": (
        [-0.40817968553564, 1.38105041589167, 2.67375210214067],
        [0.1854204203152, 0.317060619782463, 0.577464780248907],
    ),
}


def sample(link: str = "logit", **more: Any) -> ml.Fit:
    return ml.fit(ml.Ordinal(levels=LEVELS, link=link, **more), MARKS)


# A sample.


@pytest.mark.parametrize("link", SAMPLE)
def test_weighted_sample_equals_r(link: str) -> None:
    table = {"mark": LEVELS, "times": COUNTS}
    fit = ml.fit(ml.Ordinal(levels=LEVELS, link=link), table, y="mark", weights="times")
    cuts, errors = SAMPLE[link]
    assert list(fit.params) == ["cut[1]", "cut[2]", "cut[3]"]
    assert list(fit.params.values()) == pytest.approx(cuts, abs=1e-7)
    assert list(fit.standard_errors.values()) == pytest.approx(errors, rel=3e-6)
    assert fit.loglik == pytest.approx(-50.8848575786274, rel=1e-14)
    assert fit.n == 45 and fit.verdict.kind == "interior"


@pytest.mark.parametrize("link", NOISE)
def test_cutpoints_are_quantiles_of_the_shares(link: str) -> None:
    """The model is saturated: the fitted probabilities are the shares, whatever the link."""
    fit = sample(link)
    with mp.workdps(30):
        share = sum(n * mp.log(mp.mpf(n) / 45) for n in COUNTS)
    assert fit.loglik == pytest.approx(float(share), rel=1e-14)
    below = np.cumsum(COUNTS)[:-1] / 45
    assert list(fit.params.values()) == pytest.approx(NOISE[link].ppf(below), rel=1e-12)
    slopes = NOISE[link].pdf(list(fit.params.values()))
    covariance = np.minimum.outer(below, below) - np.outer(below, below)
    wanted = covariance / np.outer(slopes, slopes) / 45  # the delta method from the shares
    assert fit.covariance() == pytest.approx(wanted, rel=1e-9)
    assert fit.covariance(kind="expected") == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("link", NOISE)
def test_probabilities_and_draws_are_those_of_the_hidden_number(link: str) -> None:
    cuts = np.array([-1.5, -0.2, 0.1, 2.0])
    model = ml.Ordinal(0.3, scale=1.7, link=link, levels="abcde")
    law = model.at(**{f"cut[{k}]": cut for k, cut in enumerate(cuts, 1)})
    below = NOISE[link](loc=0.3, scale=1.7).cdf([-np.inf, *cuts, np.inf])
    assert law.prob(np.arange(5.0)) == pytest.approx(np.diff(below), rel=1e-12)
    assert law.cdf(np.arange(5.0)) == pytest.approx(below[1:], rel=1e-12)
    assert law.sf(np.arange(4.0)) == pytest.approx(1.0 - below[1:-1], rel=1e-12)
    assert law.quantile(below[1:-1] * 0.999).tolist() == [0.0, 1.0, 2.0, 3.0]
    draws = law.sample(20_000, seed=rng_of(link, "hidden"))
    seen = np.bincount(draws.astype(int), minlength=5)
    assert stats.chisquare(seen, 20_000 * np.diff(below)).pvalue > 1e-4


@pytest.mark.parametrize("link", NOISE)
def test_a_level_far_in_a_tail_keeps_its_probability(link: str) -> None:
    """Between 30 and 30 + 2**-20 standard units, against 60 digits, with the exact slope."""
    far = {"cloglog": 5.0, "loglog": 30.0}.get(link, 30.0)
    width = 2.0**-20
    upper: Any = {
        "logit": lambda x: 1 / (1 + mp.exp(x)),
        "probit": lambda x: mp.erfc(x / mp.sqrt(2)) / 2,
        "cloglog": lambda x: mp.exp(-mp.exp(x)),
        "loglog": lambda x: -mp.expm1(-mp.exp(-x)),
        "cauchit": lambda x: mp.atan2(1, x) / mp.pi,
    }[link]

    def exact(location: mp.mpf) -> mp.mpf:
        low = mp.mpf(far) - location
        return mp.log(upper(low) - upper(low + mp.mpf(width)))

    model = ml.Ordinal(link=link, levels=(0, 1, 2))
    location, *_ = seed([np.float64(0.0)])
    jet = model.log_prob(np.ones(1), location, 1.0, np.float64(far), np.float64(far + width))
    with mp.workdps(60):
        slopes = [float(mp.diff(exact, 0, n, h=mp.mpf(10) ** -15)) for n in (0, 1, 2)]
    found = [float(np.ravel(part)[0]) for part in (jet.value, jet.grad[0], jet.hess[0])]
    assert found == pytest.approx(slopes, rel=1e-12, abs=1e-15)


def test_known_cutpoints_leave_the_rest_in_proportion() -> None:
    for name, below in (("cut[1]", 1), ("cut[2]", 2), ("cut[3]", 3)):
        fit = sample(**{name: 0.4})
        assert name not in fit.params and fit.verdict.kind == "interior"
        law = fit.distribution
        assert law.cdf(below - 1.0) == pytest.approx(stats.logistic.cdf(0.4), rel=1e-12)
        seen, found = np.array(COUNTS, dtype=float), law.prob(np.arange(4.0))
        for part in (slice(None, below), slice(below, None)):
            shares = seen[part] / seen[part].sum()
            assert found[part] / found[part].sum() == pytest.approx(shares, rel=1e-9)
        free = sample()
        assert free.test(**{name: 0.4}).statistic == pytest.approx(
            2.0 * (free.loglik - fit.loglik), rel=1e-9
        )


def test_a_test_may_pass_the_other_cutpoints() -> None:
    """All cutpoints above the first estimate move beyond it: two likelihoods of shares."""
    found = sample().test(**{"cut[1]": 4.0}).statistic
    p = stats.logistic.cdf(4.0)
    held = 10 * np.log(p) + 35 * np.log1p(-p) + sum(n * np.log(n / 35) for n in COUNTS[1:])
    assert found == pytest.approx(2.0 * (-50.8848575786274 - held), rel=1e-9)


def test_profile_intervals_are_those_of_a_coin() -> None:
    """The levels on either side divide what a cutpoint leaves them as they like."""
    found = sample().interval(method="profile")
    for k in (1, 2, 3):
        coin = ml.fit("bernoulli", [LEVELS.index(v) < k for v in MARKS]).interval(method="profile")
        assert found[f"cut[{k}]"] == pytest.approx(stats.logistic.ppf(coin["p"]), rel=1e-7)


def test_two_levels_are_a_coin() -> None:
    fit = ml.fit(ml.Ordinal(), [True, False, True, True])
    assert dict(fit.params) == pytest.approx({"cut[1]": -np.log(3.0)})
    assert fit.loglik == ml.fit("bernoulli", [1, 0, 1, 1]).loglik


def test_many_levels_are_fitted() -> None:
    y = rng_of("forty levels").integers(0, 40, 20_000)
    fit = ml.fit("ordinal", y)
    below = np.cumsum(np.bincount(y))[:-1] / 20_000
    assert list(fit.params.values()) == pytest.approx(stats.logistic.ppf(below), rel=1e-10)
    assert fit.verdict.kind == "interior"


# Levels.


@pytest.mark.parametrize(
    ("y", "levels"),
    [
        (np.array([10, 9, 2]), (2, 9, 10)),
        (pd.Series(pd.Categorical([1, 3, 2], categories=[3, 2, 1], ordered=True)), (3, 2, 1)),
        (pd.Series(pd.Categorical(["b", "a"], ["c", "b", "a"], ordered=True)), ("b", "a")),
        (pl.Series(["b", "c", "a"], dtype=pl.Enum(["c", "a", "b"])), ("c", "a", "b")),
        (pd.Series(pd.Categorical([1, 3, 2], categories=[3, 2, 1])), (1, 2, 3)),
    ],
    ids=["ints", "pandas", "unused", "enum", "not ordered"],
)
def test_levels_are_in_the_order_of_the_column_or_of_numbers(
    y: Any, levels: tuple[Any, ...]
) -> None:
    alone = ml.fit(ml.Ordinal(), y).model
    assert alone.levels == levels
    assert alone.parameters["cut[1]"].meaning == f"where {levels[0]} gives way to {levels[1]}"
    beside = {"y": y, "x": np.arange(len(y)) % 2}
    assert ml.fit(ml.Ordinal("y ~ x"), beside).model.levels == levels


@pytest.mark.parametrize(
    "y",
    [
        ["low", "medium", "high"],
        ["10", "9", "2"],
        np.array(["b", "a", "c"]),
        pd.Series(pd.Categorical(["low", "mid", "high"], ["low", "mid", "high"])),
        pl.Series(["b", "c", "a"], dtype=pl.Categorical),
        pl.Series(["b", "c", "a"]),
    ],
    ids=["words", "numbers as text", "array", "pandas, not ordered", "polars", "polars strings"],
)
def test_text_has_no_order_of_its_own(y: Any) -> None:
    x = np.arange(3.0)
    for refused in (
        lambda: ml.fit("ordinal", y),
        lambda: ml.fit(ml.Ordinal("r ~ x"), {"r": y, "x": x}),
    ):
        with pytest.raises(DataError, match=r"nothing says their order.*levels=\[\.\.\.\]"):
            refused()
    named = ml.fit(ml.Ordinal(levels=list(dict.fromkeys(y))), y)
    assert named.model.levels == tuple(y)


def test_named_levels_beat_the_order_of_the_column() -> None:
    y = pd.Series(pd.Categorical(["b", "c", "a"], categories=["c", "a", "b"], ordered=True))
    assert ml.fit(ml.Ordinal(levels=["b", "c", "a"]), y).model.levels == ("b", "c", "a")


def test_reversed_levels_turn_the_signs() -> None:
    backwards = ml.fit(ml.Ordinal(levels=LEVELS[::-1]), MARKS)
    turned = [-v for v in reversed(sample().params.values())]
    assert list(backwards.params.values()) == pytest.approx(turned, rel=1e-10)


@pytest.mark.parametrize(
    ("model", "y", "sentence"),
    [
        (ml.Ordinal(), ["a", "a"], r"all labels are 'a'; .* Ordinal\(levels=\['a', \.\.\.\]\)"),
        (ml.Ordinal(), ["a", 1], r"different types \(int, str\)"),
        (ml.Ordinal(), np.linspace(0.0, 1.0, 500), "500 different labels"),
        (ml.Ordinal(levels=LEVELS), ["low", "mid", "high"], "the level 'top' does not occur"),
        (ml.Ordinal(levels=LEVELS), ["mid"], "the levels 'low', 'high', 'top' do not occur"),
        (ml.Ordinal(levels=["b", "a"]), ["a", "b", "c"], r"levels 'b', 'a' occur .*'c' \(row 2\)"),
        (ml.Ordinal(), [None, None], "2 missing values"),
        (ml.Ordinal(), [], "empty"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(
    model: ml.Family, y: Any, sentence: str
) -> None:
    with pytest.raises(DataError, match=sentence):
        ml.fit(model, y)


def test_models_that_make_no_sense_are_refused() -> None:
    for levels in (["a"], ["a", "a"], ["1", 1]):
        with pytest.raises(ModelError, match="at least two levels"):
            ml.Ordinal(levels=levels)
    with pytest.raises(ModelError, match="no link 'probits'; did you mean 'probit'"):
        ml.Ordinal(link="probits")
    with pytest.raises(ModelError, match="no parameter 'cut\\[3\\]'"):
        ml.Ordinal(levels="abc", **{"cut[3]": 0.5})
    with pytest.raises(ModelError, match="must be a number to be fixed; got 'high'"):
        ml.Ordinal(**{"cut[1]": "high"})
    with pytest.raises(ModelError, match=r"increase; got cut\[1\]=2 and cut\[2\]=1"):
        ml.Ordinal(levels="abc", **{"cut[1]": 2.0, "cut[2]": 1.0})
    with pytest.raises(ModelError, match=r"increase; got cut\[1\]=1 and cut\[2\]=1"):
        ml.Ordinal().at(**{"cut[1]": 1.0, "cut[2]": 1.0})
    with pytest.raises(ModelError, match="nonproportional is a formula"):
        ml.Ordinal(nonproportional="x")
    with pytest.raises(ModelError, match="scale must be positive"):
        ml.Ordinal(scale=-1)
    with pytest.raises(ModelError, match="no parameter 'centre'"):
        ml.Ordinal(centre=1)


def test_a_missing_label_is_counted_not_fitted() -> None:
    with pytest.raises(DataError, match=r"1 missing value \(row 1\)"):
        ml.fit("ordinal", [1, None, 2])
    assert ml.fit("ordinal", [1, None, 2], missing="drop").n == 2


def test_nothing_seen_leaves_three_levels() -> None:
    family, places = ml.Ordinal().prepare([None, None])
    assert family.levels == (0, 1, 2) and np.isnan(places).all()


def test_a_start_keeps_cutpoints_apart_where_a_level_is_missing() -> None:
    """A part of the rows may lack a rare level."""
    found = ml.Ordinal(levels="abcd").start(np.array([0.0, 2.0, 2.0]), np.ones(3))
    cuts = [found[f"cut[{k}]"] for k in (1, 2, 3)]
    assert np.isfinite(cuts).all() and np.all(np.diff(cuts) > 0.0)


def test_crossed_cutpoints_are_impossible() -> None:
    model = ml.Ordinal(levels="abcd")
    for cuts in ((0.0, 1.0, 0.5), (1.0, 1.0, 2.0)):
        found = model.log_prob(np.arange(4.0), 0.0, 1.0, *map(np.float64, cuts))
        assert np.all(found == -np.inf), cuts


# What moves the cutpoints.


def housing() -> pd.DataFrame:
    """`MASS::housing` (Madsen 1976): satisfaction of 1681 tenants in Copenhagen."""
    frequencies = """
        21 21 28 34 22 36 10 11 36 61 23 17 43 35 40 26 18 54 13 9 10 8 8 12 6 7 9 18 6 7 15 13 13 7
        5 11 14 19 37 17 23 40 3 5 23 78 46 43 48 45 86 15 25 62 20 23 20 10 22 24 7 10 21 57 23 13
        31 21 13 5 6 13"""
    three, types = ["Low", "Medium", "High"], ["Tower", "Apartment", "Atrium", "Terrace"]
    rows = [row[::-1] for row in product(["Low", "High"], types, three, three)]
    table = pd.DataFrame(rows, columns=["Sat", "Infl", "Type", "Cont"])
    orders = {"Sat": three, "Infl": three, "Type": types, "Cont": ["Low", "High"]}
    for name, order in orders.items():
        table[name] = pd.Categorical(table[name], order, ordered=name == "Sat")
    return table.assign(Freq=list(map(int, frequencies.split())))


HOUSING = housing()
#: R's coefficients with the two cutpoints, their standard errors, and the log-likelihood.
POLR = {
    "logit": (
        "0.566393738331161 1.28881910896275 -0.572350002326708 -0.366186370939805 "
        "-1.09101465912575 0.360284005296117 -0.496135137181298 0.690708259056983",
        "0.104652784381422 0.127156147663349 0.119238011895305 0.155173336387358 "
        "0.151486022514996 0.0955357977365203 0.124847245017211 0.125471939451136",
        -1739.57464952947,
    ),
    "probit": (
        "0.346422760281987 0.782914645476111 -0.347536744359686 -0.21788753275054 "
        "-0.664173494505313 0.222385829993011 -0.299827920640863 0.426720834745838",
        "0.0641370597993887 0.0764262033776842 0.0722909298911337 0.0947660680032247 "
        "0.0918000396076535 0.058122668594614 0.0761537320924751 0.0764043352226877",
        -1739.84442128207,
    ),
    "cloglog": (
        "0.382046981467467 0.915374791164378 -0.407197036962375 -0.2805276860114 "
        "-0.742454745743463 0.209225283029661 -0.79620821690175 0.0553758163414787",
        "0.0702598255843377 0.0925604136971517 0.08607108452959 0.111149266780836 "
        "0.101330444423876 0.0651055760604572 0.0896492861817736 0.0855965004560206",
        -1742.02658518026,
    ),
    "loglog": (
        "0.36699707889068 0.790324098279769 -0.348737129384535 -0.195730080020413 "
        "-0.698126878617821 0.267957349685319 0.0863878643898877 0.892210137710951",
        "0.0726521894975998 0.0805541387508755 0.0756630847747315 0.0987650915506855 "
        "0.104295516419102 0.0636430189307762 0.0832512214298057 0.0872712916110148",
        -1745.70483682459,
    ),
    "cauchit": (
        "0.506231164565542 1.12552529165911 -0.498641394537846 -0.357804453488925 "
        "-0.931442046498652 0.283203223112073 -0.464466212675261 0.599021375917805",
        "0.0943228663317896 0.118681081233782 0.108426147948052 0.135343308528683 "
        "0.136257533066976 0.0843594586990744 0.112259047842285 0.114061726332517",
        -1742.1562249163,
    ),
}
TERMS = "Infl[T.Medium] Infl[T.High] Type[T.Apartment] Type[T.Atrium] Type[T.Terrace] Cont[T.High]"


def tenants(link: str = "logit") -> ml.Fit:
    return ml.fit(ml.Ordinal("Sat ~ Infl + Type + Cont", link=link), HOUSING, weights="Freq")


@pytest.mark.parametrize("link", POLR)
def test_proportional_odds_equal_r(link: str) -> None:
    fit = tenants(link)
    values, errors, loglik = POLR[link]
    keys = [("location", term) for term in TERMS.split()]
    assert list(fit.params) == [*keys, "cut[1]", "cut[2]"]
    assert list(fit.params.values()) == pytest.approx(list(map(float, values.split())), abs=2e-6)
    assert list(fit.standard_errors.values()) == pytest.approx(
        list(map(float, errors.split())), rel=1e-4
    )
    assert fit.loglik == pytest.approx(loglik, abs=1e-8)
    assert fit.verdict.kind == "interior"


def test_link_scale_of_the_scale_is_the_log() -> None:
    """Two groups, three levels: location and log scale of the second are known in closed form."""
    counts = {"a": [30, 50, 20], "b": [10, 25, 65]}
    rows = [(k, v, n) for k, c in counts.items() for v, n in zip("lmh", c, strict=True)]
    table = pd.DataFrame(rows, columns=["g", "y", "n"])
    model = ml.Ordinal("y ~ g", scale="~ g", link="probit", levels="lmh")
    fit = ml.fit(model, table, weights="n")
    a, b = (stats.norm.ppf(np.cumsum(c)[:2] / 100) for c in counts.values())
    scale = (a[1] - a[0]) / (b[1] - b[0])
    wanted = {
        ("location", "g[T.b]"): a[0] - scale * b[0],
        ("scale", "g[T.b]"): np.log(scale),
        "cut[1]": a[0],
        "cut[2]": a[1],
    }
    assert dict(fit.params) == pytest.approx(wanted, abs=1e-7)
    assert str(fit.model) == (
        "Ordinal('y ~ g', scale='~ g', link='probit', levels=['l', 'm', 'h'])"
    )


@pytest.mark.parametrize("link", NOISE)
def test_each_cutpoint_may_have_its_own_coefficient(link: str) -> None:
    """With one binary predictor the cutpoints of either group are its own quantiles."""
    counts = {0: [30, 45, 15, 10], 1: [5, 15, 55, 25]}
    rows = [(x, v, n) for x, c in counts.items() for v, n in enumerate(c)]
    table = pd.DataFrame(rows, columns=["x", "y", "n"])
    fit = ml.fit(ml.Ordinal(nonproportional="y ~ x", link=link), table, weights="n")
    zero, one = (NOISE[link].ppf(np.cumsum(c)[:-1] / 100) for c in counts.values())
    wanted: dict[Any, float] = {}
    for k in (1, 2, 3):
        wanted[f"cut[{k}]", "Intercept"] = zero[k - 1]
        wanted[f"cut[{k}]", "x"] = one[k - 1] - zero[k - 1]
    assert list(fit.params) == list(wanted)
    assert dict(fit.params) == pytest.approx(wanted, abs=1e-6)
    assert fit.verdict.kind == "interior"


def test_an_offset_is_a_location_that_is_known() -> None:
    table = HOUSING.assign(x=np.linspace(-1.0, 1.0, len(HOUSING)), y=HOUSING["Sat"])
    plain = ml.fit(ml.Ordinal("y ~ x"), table, weights="Freq")
    moved = ml.fit(ml.Ordinal(ml.linear("y ~ x", offset="x")), table, weights="Freq")
    assert moved.params["location", "x"] == pytest.approx(plain.params["location", "x"] - 1.0)
    assert moved.loglik == pytest.approx(plain.loglik, rel=1e-12)


def test_columns_of_an_array_are_the_same_without_an_intercept() -> None:
    rng = rng_of("array")
    x, y = rng.normal(size=(60, 2)), np.arange(60) % 3
    fit = ml.fit(ml.Ordinal(), X=x, y=y)
    wanted = ml.fit(ml.Ordinal("y ~ x1 + x2"), {"x1": x[:, 0], "x2": x[:, 1], "y": y})
    assert dict(fit.params) == pytest.approx(dict(wanted.params), abs=1e-9)
    assert fit.verdict.kind == "interior"


def test_mean_place_of_a_row_and_the_cutpoints_profiles() -> None:
    """R: 0.378449354847, 0.287675109134, 0.333875536019 and 0.194220991330, 0.247058854338, ..."""
    fit = tenants()
    two = HOUSING.iloc[[0, 39]]
    assert fit.predict(two, what="cdf", at=0).value == pytest.approx(
        [0.378449354847, 0.194220991330], abs=1e-6
    )
    shares = np.array([[0.287675109134, 0.333875536019], [0.247058854338, 0.558720154333]])
    assert fit.predict(two).value == pytest.approx(shares @ [1.0, 2.0], abs=1e-6)
    low, high = fit.interval("cut[1]", method="profile")
    for end in (low, high):
        rest = ml.fit(
            ml.Ordinal("Sat ~ Infl + Type + Cont", levels=fit.model.levels, **{"cut[1]": end}),
            HOUSING,
            weights="Freq",
        )
        assert 2.0 * (fit.loglik - rest.loglik) == pytest.approx(3.841458821, abs=1e-5)


def test_the_cutpoints_are_the_intercept() -> None:
    """However the formula is written, it has no intercept of its own."""
    wanted = ml.fit(ml.Ordinal("Sat ~ Cont"), HOUSING, weights="Freq")
    assert list(wanted.params) == [("location", "Cont[T.High]"), "cut[1]", "cut[2]"]
    for formula in ("Sat ~ 1 + Cont", "Sat ~ 0 + Cont"):
        fit = ml.fit(ml.Ordinal(formula), HOUSING, weights="Freq")
        assert fit.loglik == pytest.approx(wanted.loglik, rel=1e-12), formula
        assert ("location", "Intercept") not in fit.params, formula


# What is written, kept, and shown.


def test_models_are_written_as_they_are_made() -> None:
    for text in (
        "Ordinal()",
        "Ordinal('rating ~ temp + contact')",
        "Ordinal(location='~ temp', scale='~ x', link='probit')",
        "Ordinal(location=0.5, scale=2)",
        "Ordinal('y ~ x', nonproportional='~ z', link='cauchit', levels=[1, 2, 3])",
        "Ordinal(nonproportional='y ~ z')",
    ):
        assert repr(eval(text, {"Ordinal": ml.Ordinal})) == text


def test_a_model_is_made_again_from_its_description() -> None:
    for model in (
        ml.Ordinal(levels=LEVELS, link="cloglog", **{"cut[2]": 0.5}),
        ml.Ordinal("y ~ x", scale="~ z"),
        ml.Ordinal("y ~ x", nonproportional="~ z", levels=LEVELS),
        ml.Ordinal(nonproportional=ml.linear("~ z")),
    ):
        back = ml.Ordinal.restore(model.describe())
        assert back == model and repr(back) == repr(model)


def test_save_and_load_round_trip(tmp_path: Path) -> None:
    fit = sample("probit")
    fit.save(tmp_path / "fit.json")
    back = ml.load(tmp_path / "fit.json")
    assert repr(back.model) == repr(fit.model) and dict(back.params) == dict(fit.params)
    assert back.distribution.prob(1.0) == fit.distribution.prob(1.0)


def test_report_says_the_order_and_compare_leaves_it_out() -> None:
    text = sample().summary()
    assert "The levels in order: low < mid < high < top." in text
    assert "The base" not in text
    ranked = ml.compare(None, [0, 1, 2, 1, 0, 3])
    assert not any(f.model.labels for f in ranked)


def test_learning_leaves_the_model_as_it_was() -> None:
    model = ml.Ordinal(nonproportional="y ~ x")
    ml.fit(model, {"y": [0, 1, 2, 3, 1, 2, 0, 3], "x": [1, 2, 3, 4, 2, 1, 3, 2]})
    assert model.levels is None and not model.predictors and len(model.parameters) == 4


def test_links_are_those_of_the_library() -> None:
    assert set(NOISE) <= set(LINKS)
    for link in NOISE:
        ml.Ordinal(link=link)
