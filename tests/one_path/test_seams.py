"""What others may add: each in a few lines, through the path that every fit takes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize, special, stats

import mostlikely as ml
from mostlikely.calculus.components import pairs
from mostlikely.data.bind import bind
from mostlikely.data.observation import Exact
from mostlikely.data.read import read_sample
from mostlikely.data.response import Sample
from mostlikely.data.source.blocks import Array, Block, Rows, some
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member
from mostlikely.likelihood.rows import MOST as BLOCK
from mostlikely.verdict.estimate import estimate

RNG = np.random.default_rng(20)
N = 200
X = RNG.normal(size=N)


def sample_of(source, n, low, high, observation=None):
    """A sample that was never read from a table."""
    seen = Exact() if observation is None else observation
    return Sample(seen, "y", "frequency", n, 0, float(n), False, low, high, False, n, source)


# What was seen of y: a time that had not come yet.


class CensoredRight:
    name, density, points = "censored right", False, 1

    def log_prob(self, family, block, values):
        return family.log_sf(block.y, *values)


def censored(model, table, seen):
    """Rows that were seen to the end, and rows that were not, with the same parameters."""
    members = [Member.of(bind(model, {k: v[rows] for k, v in table.items()}, "y"))
               for rows in (seen, ~seen)]  # fmt: skip
    late = replace(members[1].sample, observation=CensoredRight())
    members[1] = replace(members[1], sample=late)
    ties = [(key, ((0, k), (1, k))) for k, key in enumerate(members[0].names)]
    places = [np.flatnonzero(seen), np.flatnonzero(~seen)]
    whole = bind(model, table, "y").sample
    return LogLikelihood.together(model, members, ties, whole, places)


ENDS = RNG.uniform(1.0, 6.0, N)
TIMES = 3.0 * np.exp(0.4 * X) * RNG.standard_exponential(N) ** (1.0 / 1.7)
SEEN = TIMES <= ENDS
STUDY = {"y": np.minimum(TIMES, ENDS), "x": X}


def test_a_censored_sample_has_the_estimate_of_its_own_equations():
    proof = estimate(censored(ml.Weibull("y ~ 1"), STUDY, SEEN))
    y, events = STUDY["y"], SEEN.sum()

    def profile(k):  # Cohen (Technometrics 7, 1965, 579-588): the scale solves itself
        return 1.0 / k + np.log(y[SEEN]).mean() - np.sum(y**k * np.log(y)) / np.sum(y**k)

    shape = optimize.brentq(profile, 0.1, 10.0, xtol=1e-15, rtol=1e-14)
    scale = (np.sum(y**shape) / events) ** (1.0 / shape)
    assert proof.verdict.kind == "interior"
    assert proof.params["shape"] == pytest.approx(shape, rel=1e-10)
    assert proof.params["scale", "Intercept"] == pytest.approx(np.log(scale), rel=1e-10)


@pytest.mark.parametrize("formulas", [("y ~ x",), ("y ~ x", "~ x")], ids=str)
def test_a_censored_regression_has_the_maximum_that_scipy_finds(formulas):
    loglik = censored(ml.Weibull(*formulas), STUDY, SEEN)
    proof = estimate(loglik)

    def loss(b):
        log_shape = b[2] + (b[3] * X if len(b) > 3 else 0.0)
        w = np.exp(log_shape) * (np.log(STUDY["y"]) - b[0] - b[1] * X)
        return np.sum(np.exp(w)) - np.sum((log_shape - np.log(STUDY["y"]) + w)[SEEN])

    found = optimize.minimize(loss, np.zeros(2 * len(formulas) + (len(formulas) < 2)))
    assert proof.loglik == pytest.approx(-found.fun, rel=1e-10)
    ours = np.array([*proof.params.values()])
    ours[2:] = ours[2:] if len(formulas) > 1 else np.log(ours[2:])
    assert ours == pytest.approx(found.x, abs=1e-5)
    assert loss(ours) == pytest.approx(-proof.loglik, rel=1e-13)


def test_points_do_not_stand_for_rows_that_were_not_seen_to_the_end():
    rng = np.random.default_rng(8)
    t, end = rng.gamma(2.0, 1.5, 12_000), rng.uniform(1.0, 6.0, 12_000)
    y, seen = np.minimum(t, end), t <= end  # a gamma's statistics do not make its tail
    proof = estimate(censored(ml.Gamma("y ~ 1"), {"y": y}, seen))
    shape = proof.params["shape"]
    law = stats.gamma(shape, scale=np.exp(proof.params["mean", "Intercept"]) / shape)
    expected = law.logpdf(y[seen]).sum() + law.logsf(y[~seen]).sum()
    assert proof.verdict.kind == "interior"
    assert proof.loglik == pytest.approx(expected, rel=1e-12)


# Where rows come from: three frames, one after the other.


class Frames:
    """Rows that are read from one frame at a time."""

    w, unit, gaps = None, 1.0, False

    def __init__(self, *frames):
        self.frames = frames

    def __len__(self):
        return sum(map(len, self.frames))

    def blocks(self, size=BLOCK):
        for frame in self.frames:
            for start in range(0, len(frame), size):
                yield Block(frame[start : start + size])

    def pick(self, size):
        y = np.concatenate(self.frames)[some(len(self), size)]
        return y, np.ones(len(y))


@pytest.mark.parametrize("cuts", [(BLOCK, 2 * BLOCK), (5_000, 5_007)], ids=["aligned", "not"])
@pytest.mark.parametrize("family", [ml.Weibull(), ml.Gamma(), ml.StudentT()], ids=str)
def test_frames_are_fitted_as_the_sample_that_they_make(family, cuts):
    y = np.random.default_rng(1).weibull(1.7, 3 * BLOCK - 9)
    end = float(y.min()), float(y.max())
    ours, theirs = (
        estimate(LogLikelihood.of(Member.of_sample(family, sample_of(source, len(y), *end))))
        for source in (Frames(*np.split(y, cuts)), Rows(Array(y)))
    )
    near = {"rel": 0.0, "abs": 0.0} if cuts[0] == BLOCK else {"rel": 1e-13}
    assert ours.verdict.kind == theirs.verdict.kind == "interior"
    assert ours.params == pytest.approx(theirs.params, **near)
    assert ours.loglik == pytest.approx(theirs.loglik, **near)


def test_frames_may_have_predictors():
    rng = np.random.default_rng(2)
    y = np.exp(0.3 * X) * rng.weibull(1.7, N)
    whole = Member.of(bind(ml.Weibull("y ~ x"), {"y": y, "x": X}))
    parts = replace(whole.sample, source=Frames(*np.split(y, (90, 120))))
    ours, theirs = (
        estimate(LogLikelihood.of(member)) for member in (replace(whole, sample=parts), whole)
    )
    assert ours.params == pytest.approx(theirs.params, rel=1e-13)


# What rows add up to: a sum for each group.


def grouped(member, x, group, groups):
    """Value, score and information of each group in its local variables, in one pass."""
    width = len(member.layout.variables)
    value, score = np.zeros(groups), np.zeros((groups, width))
    information = np.zeros((groups, width, width))

    def add(rows, local, terms):
        each = np.broadcast_to(local.rows(terms), rows.block.y.shape)
        return np.bincount(group[rows.place], each, groups)

    for rows, local in member.local(x):
        value += add(rows, local, local.value)
        for i, terms in enumerate(local.grad):
            score[:, i] += add(rows, local, terms)
        for (i, j), terms in zip(pairs(width), local.hess, strict=True):
            bend = add(rows, local, terms)
            information[:, i, j] -= bend
            information[:, j, i] -= bend if i != j else 0.0
    return value, score, information


@pytest.mark.parametrize("family", [ml.Weibull, ml.Normal, ml.Gamma, ml.Poisson], ids=str)
def test_one_pass_gives_what_a_member_of_each_group_gives(family):
    rng = np.random.default_rng(4)
    group, y = rng.integers(0, 50, 20_000), rng.poisson(4.0, 20_000) + 1.0
    table = {"y": y, "g": [f"g{g:02d}" for g in group]}
    width = len(family.parameters)
    member = Member.of(bind(family(*["y ~ 0 + g", "~ 0 + g"][:width]), table))
    etas = 1.0 + 0.1 * rng.normal(size=(50, width))  # each group at a point of its own
    point = member.linked(dict(zip(member.names, etas.T.ravel(), strict=True)))
    value, score, information = grouped(member, point, group, 50)
    for g in range(50):
        alone = Member.of_sample(*read_sample(family(), y[group == g]))(etas[g])
        assert value[g] == pytest.approx(alone.value, rel=1e-13)
        assert score[g] == pytest.approx(alone.score, rel=1e-11, abs=1e-10)
        assert information[g] == pytest.approx(alone.information, rel=1e-11, abs=1e-10)


# A response of two columns.


class TwoNormals(ml.Family):
    """Two measurements of a row, correlated, of the same spread."""

    left = ml.Param(ml.domains.real, "mean of the first", unit=1)
    right = ml.Param(ml.domains.real, "mean of the second", unit=1)
    sigma = ml.Param(ml.domains.positive, "standard deviation", typical=(0.3, 4.0), unit=1)
    lean = ml.Param(ml.domains.real, "arctanh of the correlation")

    def log_prob(y, left, right, sigma, lean):
        u, v, r = (y[:, 0] - left) / sigma, (y[:, 1] - right) / sigma, ml.ops.tanh(lean)
        rest = 1.0 - r * r
        q = (u * u - 2.0 * r * u * v + v * v) / rest
        return -0.5 * (q + ml.ops.log(rest)) - 2.0 * ml.ops.log(sigma) - np.log(2.0 * np.pi)


class OneMean(TwoNormals):
    """The same with one mean: a location and a scale, whose density has the scale twice."""

    mu = ml.Param(ml.domains.real, "mean of both", unit=1)
    sigma = TwoNormals.sigma
    lean = TwoNormals.lean

    def log_prob(y, mu, sigma, lean):
        return TwoNormals.log_prob(y, mu, mu, sigma, lean)


def two_columns(family, n):
    y = RNG.multivariate_normal([1.0, -2.0], [[4.0, 2.4], [2.4, 4.0]], n)
    sample = sample_of(Rows(Array(y)), n, float(y.min()), float(y.max()))
    return y, estimate(LogLikelihood.of(Member.of_sample(family, sample)))


@pytest.mark.parametrize("n", [100, 20_001])
def test_a_response_of_two_columns_has_its_means_and_its_correlation(n):
    y, proof = two_columns(TwoNormals(), n)
    (a, b), ((aa, ab), (_, bb)) = y.mean(0), np.cov(y.T, bias=True)
    variance = 0.5 * (aa + bb)  # the spread is one: the sums of squares of both count alike
    assert proof.verdict.kind == "interior"
    assert [*proof.params.values()] == pytest.approx(
        [a, b, np.sqrt(variance), np.arctanh(ab / variance)], rel=1e-9
    )


def test_a_location_and_a_scale_of_two_columns_are_not_those_of_one():
    y, proof = two_columns(OneMean(), 100)
    mean = y.mean()
    r = y - mean
    variance, lean = np.mean(r * r), np.mean(r[:, 0] * r[:, 1])
    assert [*proof.params.values()] == pytest.approx(
        [mean, np.sqrt(variance), np.arctanh(lean / variance)], rel=1e-9
    )


# A class that is not seen.


class Mixture(ml.Family):
    """A row is of one of two normals, and does not say of which."""

    first = ml.Param(ml.domains.real, "mean of the first", unit=1)
    second = ml.Param(ml.domains.real, "mean of the second", unit=1)
    sigma = ml.Param(ml.domains.positive, "spread of each", typical=(0.3, 4.0), unit=1)
    share = ml.Param(ml.domains.unit, "share of the first", typical=(0.2, 0.8))

    def log_prob(y, first, second, sigma, share):
        a, b = (y - first) / sigma, (y - second) / sigma
        one = ml.ops.log(share) - 0.5 * a * a
        other = ml.ops.log(1.0 - share) - 0.5 * b * b
        return ml.ops.logaddexp(one, other) - ml.ops.log(sigma) - 0.5 * np.log(2.0 * np.pi)

    def start(y, w):
        first, second = np.quantile(y, [0.2, 0.8])
        return {"first": first, "second": second, "sigma": 0.5 * y.std(), "share": 0.5}


def test_a_latent_class_is_where_expectation_and_maximisation_come_to_rest():
    rng = np.random.default_rng(5)
    y = np.where(rng.random(400) < 0.3, rng.normal(-2.0, 0.8, 400), rng.normal(1.5, 0.8, 400))
    a, b, sigma, share = -2.0, 1.5, 1.0, 0.5
    for _ in range(500):
        r = special.expit(special.logit(share) + ((y - b) ** 2 - (y - a) ** 2) / (2.0 * sigma**2))
        a, b, share = np.average(y, weights=r), np.average(y, weights=1.0 - r), r.mean()
        sigma = np.sqrt(np.mean(r * (y - a) ** 2 + (1.0 - r) * (y - b) ** 2))
    fit = ml.fit(Mixture(), y)
    assert fit.verdict.kind == "interior"
    assert [*fit.params.values()] == pytest.approx([a, b, sigma, share], rel=1e-9)
