"""Shifted families: what they are, where their likelihood has no bound, what is then said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.errors import ModelError
from mostlikely.family.base import Family
from mostlikely.likelihood.member import Member

REFERENCE = Path(__file__).parents[1] / "reference" / "counts.json"
BEARINGS = next(c for c in json.loads(REFERENCE.read_text("utf-8")) if c["id"] == "adv_lnorm3")

#: Inner families whose density at zero can grow while the rest of a sample stays possible.
UNBOUNDED = [
    ml.Burr12, ml.Gamma, ml.GeneralizedGamma, ml.InverseGamma, ml.LogLogistic, ml.LogNormal,
    ml.Lomax, ml.Weibull,
]  # fmt: skip
#: Those whose density at zero is finite, or zero whatever else happens.
BOUNDED = [
    ml.BirnbaumSaunders, ml.Exponential, ml.Gompertz, ml.HalfNormal, ml.InverseGaussian,
    ml.Rayleigh, ml.Gamma(shape=3), ml.LogNormal(sigma=1), ml.Weibull(shape=2),
]  # fmt: skip


def test_parameters_are_the_inner_ones_and_the_shift() -> None:
    model = ml.Shifted(ml.Weibull(shape=2))
    assert list(model.parameters) == ["scale", "shape", "shift"]
    assert model.free == ("scale", "shift")
    assert repr(model) == "Shifted(Weibull(shape=2))"
    assert repr(ml.Shifted("gamma", shift=1.5)) == "Shifted(Gamma(), shift=1.5)"
    assert repr(ml.Shifted(ml.Gamma).with_fixed(shape=1.0)) == "Shifted(Gamma(shape=1))"
    assert ml.Shifted(ml.Gamma) == ml.Shifted("gamma") != ml.Shifted("weibull")


@pytest.mark.parametrize(
    ("inner", "sentence"),
    [
        (ml.Normal, "family of positive values, such as ml.Shifted(ml.Gamma()); under Normal y is"),
        (ml.Poisson, "under Poisson y is a count"),
        (ml.Beta, "under Beta y is strictly between 0 and 1"),
        (ml.Pareto, "Pareto has a place of its own where y begins, minimum"),
        (ml.Shifted(ml.Gamma()), "Shifted has a place of its own where y begins, shift"),
        ("gama", "did you mean 'Gamma'"),
    ],
)
def test_only_families_that_begin_at_zero_can_be_shifted(inner: object, sentence: str) -> None:
    with pytest.raises(ModelError) as refused:
        ml.Shifted(inner)
    assert sentence in str(refused.value)


def test_unknown_and_impossible_values_are_refused() -> None:
    with pytest.raises(ModelError, match="no parameter 'shfit'; did you mean 'shift'"):
        ml.Shifted("gamma", shfit=1.0)
    with pytest.raises(ModelError, match="shape must be positive; got -1"):
        ml.Shifted("gamma", shape=-1.0)


def test_everything_moves_with_the_shift() -> None:
    inner = ml.Gamma().at(mean=3.0, shape=2.0)
    moved = ml.Shifted("gamma").at(mean=3.0, shape=2.0, shift=-5.0)
    x = np.array([-1.0, 0.0, 1e-3, 0.7, 4.0, 40.0])
    for name in ("log_prob", "log_cdf", "log_sf"):
        ours, theirs = getattr(moved, name)(x - 5.0), getattr(inner, name)(x)
        assert ours == pytest.approx(theirs, rel=1e-10), name
    q = np.array([0.0, 0.1, 0.5, 1.0])
    assert moved.quantile(q).tolist() == (inner.quantile(q) - 5.0).tolist()
    assert (moved.mean, moved.variance) == (inner.mean - 5.0, inner.variance)
    assert moved.sample(5, seed=1).tolist() == (inner.sample(5, seed=1) - 5.0).tolist()
    assert moved.ends == (-5.0, np.inf)


def test_a_family_without_tails_of_its_own_keeps_derived_ones() -> None:
    class Bare(Family):
        scale = ml.Param(ml.domains.positive, "scale of y", unit=1)
        support = ml.domains.positive

        def log_prob(y, scale):
            return -y / scale - np.log(scale)

        def sample(rng, n, scale):
            return scale * rng.standard_exponential(n)

    law = ml.Shifted(Bare()).at(scale=2.0, shift=1.0)
    assert law.cdf(3.0) == pytest.approx(-np.expm1(-1.0), rel=1e-9)
    assert law.quantile(0.5) == pytest.approx(1.0 + 2.0 * np.log(2.0), rel=1e-9)
    assert law.mean == pytest.approx(3.0, rel=1e-9)


@pytest.mark.parametrize("inner", UNBOUNDED, ids=lambda f: f.__name__)
def test_no_bound_is_found_where_there_is_none(inner: type[Family]) -> None:
    """Witnessed on a sample: as the shift nears the smallest value some likelihood rises again."""
    model = ml.Shifted(inner)
    middle = [0.5 * (p.typical[0] + p.typical[1]) for p in model.parameters.values()]
    assert model.unbounded(*middle) == "shift approaches the smallest value"
    assert "unbounded as shift approaches the smallest value" in model.caveat(*middle)
    assert ml.Shifted(inner, shift=0.0).unbounded(*middle) is None
    assert ml.Shifted(inner, shift=0.0).caveat(*middle) is None


@pytest.mark.parametrize("inner", BOUNDED, ids=repr)
def test_no_warning_where_there_is_a_bound(inner: object) -> None:
    model = ml.Shifted(inner)
    middle = [0.5 * (p.typical[0] + p.typical[1]) for p in model.parameters.values()]
    assert model.unbounded(*middle) is None


def test_a_sample_shows_that_there_is_no_bound() -> None:
    """The same four values: nearer shifts give any height to Weibull, and none to Rayleigh."""
    y = np.array([0.0, 1.0, 2.0, 4.0])
    gaps = 10.0 ** -np.array([20.0, 60.0, 180.0])
    weibull = [ml.log_likelihood("weibull", y + gap, scale=1.0, shape=0.2) for gap in gaps]
    assert np.all(np.diff(weibull) > 50.0)
    lognormal = []
    for gap in gaps:  # its own best parameters, in closed form
        x = np.log(y + gap)
        lognormal.append(ml.log_likelihood("lognormal", y + gap, mu=x.mean(), sigma=x.std()))
    assert np.all(np.diff(lognormal) > 50.0)
    rayleigh = [ml.fit("rayleigh", y + gap).loglik for gap in gaps]
    assert np.all(np.diff(rayleigh) < 0.0)


def test_the_lognormal_of_hill_ends_at_its_local_maximum() -> None:
    y, theirs = np.array(BEARINGS["data"]), BEARINGS["estimates"]
    names = dict(zip(("mu", "sigma", "shift"), ("meanlog", "sdlog", "loc"), strict=True))
    at = {ours: theirs[k] for ours, k in names.items()}
    found = ml.log_likelihood(ml.Shifted(ml.LogNormal()), y, **at)
    assert found == pytest.approx(BEARINGS["loglik"], rel=1e-13)
    fit = ml.fit(ml.Shifted(ml.LogNormal()), y)
    assert fit.verdict.kind == "interior" and fit.verdict.ok
    assert "unbounded as shift approaches the smallest value" in str(fit.verdict)
    assert "local maximum" in str(fit.verdict)
    for ours, k in names.items():
        error = BEARINGS["se"][k]
        assert abs(fit.params[ours] - theirs[k]) < 1e-6 * error, ours
        assert fit.standard_errors[ours] == pytest.approx(error, rel=1e-6), ours


def test_a_local_maximum_is_preferred_to_the_way_up_without_end() -> None:
    """A Weibull of the bearings is likelier near the smallest value than at its maximum inside."""
    y = np.array(BEARINGS["data"])
    fit = ml.fit(ml.Shifted(ml.Weibull()), y)
    assert fit.verdict.kind == "interior" and "unbounded" in str(fit.verdict)
    near = {"scale": 70.0, "shape": 0.77, "shift": y.min() - 1e-14 * y.min()}
    assert ml.log_likelihood(ml.Shifted("weibull"), y, **near) > fit.loglik
    slopes = ml.score(ml.Shifted("weibull"), y, **fit.params)
    for name, slope in slopes.items():
        assert abs(slope) * fit.standard_errors[name] < 1e-5, name


def test_where_no_local_maximum_is_met_the_verdict_says_so() -> None:
    """A decreasing sample, whose Weibull has a shape below one at every shift."""
    y = -(np.log(np.linspace(0.99, 0.01, 30)) ** 2) * -1.0
    fit = ml.fit(ml.Shifted(ml.Weibull()), np.abs(y))
    assert fit.verdict.kind == "no maximum" and not fit.verdict.ok
    assert "grows without bound as shift approaches the smallest value" in str(fit.verdict)


@pytest.mark.parametrize("inner", ["exponential", "half_normal"])
def test_a_density_that_jumps_begins_at_the_smallest_value(inner: str) -> None:
    y = np.array(BEARINGS["data"])
    fit = ml.fit(ml.Shifted(inner), y)
    assert fit.verdict.kind == "boundary" and fit.verdict.ok
    assert fit.params["shift"] == y.min()
    assert fit.loglik == pytest.approx(ml.fit(inner, y - y.min()).loglik, rel=1e-12)


def test_a_known_shift_is_the_inner_fit_of_moved_data() -> None:
    y = np.array(BEARINGS["data"])
    fit, inner = ml.fit(ml.Shifted("gamma", shift=5.0), y), ml.fit("gamma", y - 5.0)
    assert fit.loglik == pytest.approx(inner.loglik, rel=1e-13)
    for name, value in inner.params.items():
        assert fit.params[name] == pytest.approx(value, rel=1e-9)
    assert "unbounded" not in str(fit.verdict)


def test_moving_and_rescaling_the_data_moves_and_rescales_the_fit() -> None:
    y = np.array(BEARINGS["data"])
    fit = ml.fit(ml.Shifted("gamma"), y)
    other = ml.fit(ml.Shifted("gamma"), 1e6 * (y + 100.0))
    assert other.params["shift"] == pytest.approx(1e6 * (fit.params["shift"] + 100.0), rel=1e-6)
    assert other.params["shape"] == pytest.approx(fit.params["shape"], rel=1e-6)
    assert other.loglik == pytest.approx(fit.loglik - len(y) * np.log(1e6), rel=1e-12)


def test_starts_lie_below_the_smallest_value_near_and_far() -> None:
    y = np.array(BEARINGS["data"])
    starts = ml.Shifted("weibull").start(y, np.ones_like(y))
    shifts = np.array([start["shift"] for start in starts])
    assert len(starts) >= 5 and np.all(shifts < y.min()) and np.ptp(shifts) > np.ptp(y)
    assert all({"scale", "shape", "shift"} == set(start) for start in starts)
    # a constant sample, and one whose spread is lost beside its size
    for sample in (np.full(9, 3.0), 1e15 + np.arange(3.0)):
        for start in ml.Shifted("weibull").start(sample, np.ones_like(sample)):
            assert start["shift"] < sample.min()
            assert np.all(np.isfinite(list(start.values())))


def test_value_and_score_outside_are_that_of_an_impossible_row() -> None:
    model = ml.Shifted("lognormal")
    _, sample = ml.data.read_sample(model, [1.0, 2.0, 5.0])
    at = Member.of_sample(model, sample)(np.array([0.0, 0.0, 1.5]))
    assert at.value == -np.inf


def test_save_and_load_round_trip(tmp_path: Path) -> None:
    model = ml.Shifted(ml.Gamma(shape=2.0))
    fit = ml.fit(model, BEARINGS["data"])
    fit.save(tmp_path / "fit.json")
    back = ml.load(tmp_path / "fit.json")
    assert back.model == model and dict(back.params) == dict(fit.params)
