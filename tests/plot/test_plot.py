"""What a picture shows is what the data and the fit are; drawing it changes nothing else."""

from __future__ import annotations

import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy import stats

import mostlikely as ml
from mostlikely.inference.regions import joint_drop
from mostlikely.plot import (
    cdf_frame,
    density_frame,
    fit_plot,
    fits_plot,
    pp_frame,
    profile_frame,
    profile_plot,
    qq_frame,
    surface_frame,
)
from tests.truths.cases import laws

NEWCOMB = ml.datasets.load("newcomb")
STANDARD = ml.Normal(mu=0, sigma=1)


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def integral(frame):
    return np.trapezoid(frame["fitted"], frame["y"])


# Frames.


def test_histogram_counts_every_row_once():
    frame = density_frame(ml.fit("student_t", NEWCOMB))
    assert frame["count"].sum() == 66
    assert frame["density"] @ np.diff(frame["edges"]) == pytest.approx(1.0, rel=1e-12)
    assert frame["outside"][0] == 0.0
    counts, _ = np.histogram(NEWCOMB["deviation"], frame["edges"])
    np.testing.assert_array_equal(frame["count"], counts)


def test_fitted_density_integrates_to_one(rng):
    frame = density_frame(ml.fit("normal", rng.normal(5.0, 2.0, 20_000)))
    assert integral(frame) == pytest.approx(1.0, abs=1e-3)
    frame = density_frame(ml.fit("gamma", rng.gamma(3.0, 2.0, 20_000)))
    assert integral(frame) == pytest.approx(1.0 - frame["outside"][0], abs=2e-3)


def test_fitted_probabilities_are_those_of_the_whole_numbers():
    data = ml.datasets.load("horse_kicks")
    frame = density_frame(ml.fit("poisson", data, "deaths", weights="corps_years"))
    np.testing.assert_array_equal(frame["count"], data["corps_years"])
    np.testing.assert_array_equal(frame["y"], data["deaths"])
    np.testing.assert_allclose(frame["fitted"], stats.poisson(0.7).pmf(data["deaths"]), rtol=1e-12)


def test_wide_counts_are_shown_in_bins_of_whole_numbers(rng):
    y = rng.poisson(1000.0, 5000)
    fit = ml.fit("poisson", y)
    frame = density_frame(fit)
    width = np.diff(frame["edges"])
    assert len(width) < 100
    np.testing.assert_array_equal(frame["edges"] % 1.0, 0.5)
    assert frame["count"].sum() == 5000
    mass = stats.poisson(y.mean()).cdf(frame["edges"])
    np.testing.assert_allclose(frame["fitted"] * width, np.diff(mass), atol=1e-12)


def test_bins_do_not_cut_through_rounded_values():
    edges = density_frame(ml.fit("normal", NEWCOMB))["edges"]
    np.testing.assert_allclose(edges % 1.0, 0.5, atol=1e-9)
    edges = density_frame(ml.fit("normal", ml.datasets.load("michelson")))["edges"]
    np.testing.assert_allclose(edges * 100.0 % 1.0, 0.5, atol=1e-6)


def test_far_tails_are_left_out_and_said(rng):
    y = rng.standard_cauchy(20_000)
    frame = density_frame(ml.fit("cauchy", y))
    low, high = frame["edges"][[0, -1]]
    beyond = np.mean((y < low) | (y > high))
    assert 0.01 < beyond < 0.15
    assert frame["outside"][0] == pytest.approx(beyond, abs=1e-12)
    assert len(frame["count"]) <= 101
    assert frame["density"].max() == pytest.approx(1.0 / np.pi, rel=0.1)


def test_frequencies_draw_as_the_rows_they_stand_for(rng):
    y = np.round(rng.normal(size=40), 1)
    w = rng.integers(1, 6, 40)
    weighted = ml.fit("normal", y, weights=w)
    repeated = ml.fit("normal", np.repeat(y, w))
    for frame in (density_frame, qq_frame):
        one, other = frame(weighted), frame(repeated)
        for key in one.keys() - {"row"}:  # where it lies is another matter
            np.testing.assert_allclose(one[key], other[key], rtol=1e-9, atol=1e-9, err_msg=key)


def test_angles_are_drawn_within_one_turn(rng):
    y = rng.vonmises(3.0, 2.0, 500)
    turned = density_frame(ml.fit("von_mises", y + 2.0 * np.pi * rng.integers(-3, 4, 500)))
    assert turned["count"].sum() == 500
    assert np.ptp(turned["edges"]) == pytest.approx(2.0 * np.pi)
    assert integral(turned) == pytest.approx(1.0, abs=1e-6)
    frame = qq_frame(ml.fit("von_mises", y))
    assert np.ptp(frame["observed"]) < 2.0 * np.pi


def test_precise_rows_count_once_and_are_judged_by_their_own_distribution(rng):
    w = rng.uniform(0.05, 20.0, 2000)
    y = rng.normal(1.0, 2.0 / np.sqrt(w))
    fit = ml.fit("normal", y, weights=w, weight_kind="precision")
    frame = density_frame(fit)
    assert frame["count"].sum() == pytest.approx(2000 * (1.0 - frame["outside"][0]))
    frame = qq_frame(fit)
    mu, sigma = fit.params.values()
    np.testing.assert_allclose(frame["observed"], np.sort((y - mu) / sigma * np.sqrt(w)), rtol=1e-7)
    assert frame["residual"][0] == 1.0


@pytest.mark.parametrize("family", ["normal", "gamma", "student_t", "gumbel"])
def test_exact_quantiles_lie_on_the_line(family):
    law = laws(ml.family(family))[0]
    n = 200
    y = law.quantile(stats.beta(np.arange(1, n + 1), np.arange(n, 0, -1)).median())
    frame = qq_frame(ml.fit(type(law.family)(**law.values), y))
    np.testing.assert_allclose(frame["observed"], frame["fitted"], rtol=1e-7, atol=1e-9)


def test_band_is_where_order_statistics_lie():
    y = np.linspace(-2.0, 2.0, 7)
    frame = qq_frame(ml.fit(STANDARD, y))
    order = stats.beta(np.arange(1, 8), np.arange(7, 0, -1))
    np.testing.assert_allclose(frame["low"], stats.norm.ppf(order.ppf(0.025)), rtol=1e-10)
    np.testing.assert_allclose(frame["high"], stats.norm.ppf(order.ppf(0.975)), rtol=1e-10)


def test_band_covers_each_order_statistic_95_times_in_100(rng):
    inside = []
    for _ in range(200):
        frame = qq_frame(ml.fit(STANDARD, rng.standard_normal(20)))
        inside.append((frame["low"] < frame["observed"]) & (frame["observed"] < frame["high"]))
    assert np.mean(inside) == pytest.approx(0.95, abs=0.02)


def test_counts_that_follow_the_law_stay_inside_the_band(rng):
    inside = []
    for _ in range(40):
        frame = qq_frame(ml.fit(ml.Poisson(mean=2.5), rng.poisson(2.5, 100)))
        inside.append((frame["low"] < frame["observed"]) & (frame["observed"] < frame["high"]))
    assert 0.95 < np.mean(inside) <= 1.0
    frame = qq_frame(ml.fit("poisson", [0] * 30 + [1, 9, 22]))
    assert frame["observed"][-1] > frame["high"][-1]


def test_large_samples_show_few_points_and_both_ends(rng):
    y = rng.standard_normal(150_000)
    frame = qq_frame(ml.fit("normal", y))
    assert 1000 < len(frame["observed"]) <= 2000
    assert (frame["observed"][0], frame["observed"][-1]) == (y.min(), y.max())
    assert np.all(np.diff(frame["observed"]) >= 0)


def test_family_without_quantiles_is_drawn_by_its_density(rng):
    class Density(ml.Family):
        """A normal law that declares nothing but its density."""

        mu = ml.Param(ml.domains.real, "centre", typical=(-1.0, 1.0))
        support = ml.domains.real

        def log_prob(y, mu):
            return -0.5 * (y - mu) ** 2 - 0.5 * np.log(2.0 * np.pi)

        def start(y, w):
            return {"mu": np.average(y, weights=w)}

    class Drawn(Density):
        """The same, and how to draw from it."""

        def sample(rng, n, mu):
            return rng.normal(mu, 1.0, n)

    y = rng.normal(size=30)
    assert len(fit_plot(ml.fit(Density(), y)).axes) == 1
    frame = qq_frame(ml.fit(Drawn(), y), points=30)
    np.testing.assert_allclose(frame["observed"], np.sort(y - y.mean()), atol=1e-6)
    assert frame["residual"][0] == 1.0


def test_profile_falls_by_the_same_at_both_ends_of_the_interval():
    fit = ml.fit("student_t", NEWCOMB)
    frame = profile_frame(fit, "df")
    at_ends = np.interp(frame["interval"], frame["value"], frame["profile"])
    np.testing.assert_allclose(at_ends, -frame["drop"][0], atol=0.05)
    assert frame["drop"][0] == pytest.approx(1.920729, rel=1e-6)  # half of R's qchisq(0.95, 1)
    assert frame["profile"].max() <= 1e-9


# Drawing.


@pytest.mark.parametrize("family", ml.families(), ids=lambda f: f.__name__)
def test_every_family_can_be_drawn(family):
    law = laws(family)[0]
    figure = fit_plot(ml.fit(law.family, law.sample(200, seed=3)))
    figure.draw_without_rendering()  # every line and word is placed; pixels take longest
    assert all(ax.get_title(loc="left") for ax in figure.axes)


def test_two_fits_are_two_rows_with_their_headings():
    figure = fits_plot([ml.fit("normal", NEWCOMB), ml.fit("student_t", NEWCOMB)])
    assert len(figure.axes) == 4
    headings = [sub.get_suptitle() for sub in figure.subfigs]
    assert [h.split()[0] for h in headings] == ["Normal", "StudentT"]


def test_axes_of_ones_own_are_drawn_upon():
    figure, axes = plt.subplots(1, 3)
    fit = ml.fit("normal", NEWCOMB)
    assert fit_plot(fit, axes[:2]) is figure
    assert profile_plot(fit, "mu", axes[2]) is figure
    assert [ax.get_xlabel() for ax in axes] == [
        *("deviation", "fitted quantiles of deviation", "mu: mean of y"),
    ]


def test_labels_are_bars_with_their_names():
    (ax,) = fit_plot(ml.fit("categorical", ["b", "a", "c", "b"])).axes
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["a", "b", "c"]
    assert [bar.get_height() for bar in ax.patches] == [0.25, 0.5, 0.25]


@pytest.mark.parametrize("y", [[3.0, 3.0, 3.0], [1e90, 2e90, 5e90], [1e-90, 3e-90]])
def test_odd_samples_can_be_drawn(y):
    fit_plot(ml.fit("normal", y)).canvas.draw()


def test_estimate_that_is_no_distribution_shows_the_data_alone():
    fit = ml.fit("normal", [3.0, 3.0, 3.0])
    assert len(fit_plot(fit).axes) == 1
    assert np.isnan(density_frame(fit)["fitted"]).all()
    with pytest.raises(ml.ModelError, match="no distribution"):
        qq_frame(fit)


def test_dollar_in_a_name_is_no_mathematics():
    figure = fit_plot(ml.fit("normal", {"$ a_b $ of $\\frac$": [1.0, 2.0, 4.0]}))
    figure.canvas.draw()


def test_settings_of_the_user_stay_theirs():
    before = dict(mpl.rcParams)
    fit_plot(ml.fit("normal", NEWCOMB))
    assert dict(mpl.rcParams) == before


def test_loaded_fit_says_that_a_picture_needs_the_data(tmp_path):
    ml.fit("normal", NEWCOMB).save(tmp_path / "fit.json")
    with pytest.raises(ml.ModelError, match="needs the data"):
        ml.load(tmp_path / "fit.json").plot()


def test_missing_matplotlib_is_said_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ml.MissingPackage, match=r'pip install "mostlikely\[plot\]"'):
        ml.fit("normal", NEWCOMB).plot()


# Distribution functions and surfaces.


def test_the_steps_are_the_empirical_distribution_function():
    y, w = [3.0, 1.0, 3.0, 7.0], [1.0, 2.0, 1.0, 4.0]
    frame = cdf_frame(ml.fit("normal", {"y": y, "w": w}, "y", weights="w"))
    assert frame["step"].tolist() == [1.0, 3.0, 7.0]
    assert frame["share"].tolist() == [0.25, 0.5, 1.0]


@pytest.mark.parametrize("family", ["gamma", "generalized_normal", "poisson", "student_t"])
def test_the_curve_is_the_fitted_distribution_function(family, rng):
    fit = ml.fit(family, rng.poisson(4.0, 50) if family == "poisson" else rng.gamma(4.0, size=50))
    frame = cdf_frame(fit)
    law = fit.distribution
    np.testing.assert_allclose(frame["fitted"], law.cdf(frame["y"]), rtol=1e-12)
    assert np.all(np.diff(frame["fitted"]) >= -1e-12)


def test_many_steps_are_thinned_with_both_ends_kept(rng):
    y = rng.normal(size=5000)
    frame = cdf_frame(ml.fit("normal", y), points=100)
    assert len(frame["step"]) == 100
    assert (frame["step"][0], frame["step"][-1]) == (y.min(), y.max())
    np.testing.assert_allclose(
        frame["share"], [(y <= step).mean() for step in frame["step"]], rtol=1e-12
    )


def test_probabilities_are_where_they_should_be_under_the_truth(rng):
    """Of the law that the data were drawn from, medians of uniform order statistics."""
    y = rng.exponential(3.0, 4000)
    frame = pp_frame(ml.fit("exponential", y))
    np.testing.assert_allclose(frame["fitted"], frame["share"], atol=0.03)
    law = ml.fit("exponential", y).distribution
    np.testing.assert_allclose(law.cdf(y[frame["row"].astype(int)]), frame["fitted"], rtol=1e-12)


def test_rows_of_a_quantile_plot_are_those_of_the_data(rng):
    y = np.where(rng.random(200) < 0.1, np.nan, rng.normal(size=200))
    frame = qq_frame(ml.fit("normal", {"y": y}, "y", missing="drop"))
    kept = y[~np.isnan(y)]
    np.testing.assert_array_equal(kept[frame["row"].astype(int)], frame["observed"])


def test_the_surface_falls_from_the_estimate_as_the_likelihood_does():
    y = [2.1, 1.9, 2.0, 2.3, 1.8]
    fit = ml.fit("normal", y)
    frame = surface_frame(fit, "mu", "sigma", 7, 3.0)
    assert frame["delta"][3, 3] == pytest.approx(0.0, abs=1e-12)
    assert frame["delta"].max() < 1e-12
    mu, sigma = frame["first"][5], frame["second"][1]
    there = stats.norm(mu, sigma).logpdf(y).sum() - fit.loglik
    assert frame["delta"][1, 5] == pytest.approx(there, abs=1e-10)
    assert frame["second"].min() > 0.0  # evenly spaced on the log scale
    np.testing.assert_allclose(np.diff(np.log(frame["second"]), 2), 0.0, atol=1e-6)


SURFACES = {
    "three parameters": (ml.GeneralizedGamma(), "mu", "Q"),
    "a corner": (ml.AsymmetricLaplace(), "mu", "quantile"),
    "a regression": (ml.Gamma("y ~ x + z"), ("mean", "x"), ("mean", "z")),
    "a coefficient and a constant": (ml.Gamma("y ~ x + z"), ("mean", "z"), "shape"),
    "two formulas": (ml.Normal("y ~ x", sigma="~ z"), ("mu", "x"), ("sigma", "z")),
}


@pytest.mark.parametrize("name", SURFACES)
def test_the_others_are_at_their_best_as_the_likelihood_ratio_has_them(name, rng):
    model, first, second = SURFACES[name]
    x, z = rng.normal(size=(2, 120))
    y = rng.laplace(size=120) if name == "a corner" else rng.gamma(3.0, np.exp(0.3 * x))
    fit = ml.fit(model, {"x": x, "z": z, "y": y}, "y")
    frame = surface_frame(fit, first, second, 5, 2.0)
    held = surface_frame(fit, first, second, 5, 2.0, "held")
    assert np.all(frame["delta"] >= held["delta"] - 1e-7)
    assert frame["delta"][0, 4] > held["delta"][0, 4] + 1e-3
    for i, j in ((0, 0), (1, 3), (4, 2)):
        values = {first: float(frame["first"][j]), second: float(frame["second"][i])}
        ratio = fit.test(values) if fit.has_predictors else fit.test(**values)
        assert frame["delta"][i, j] == pytest.approx(-0.5 * ratio.statistic, abs=1e-5)


def test_half_a_chi_square_bounds_a_joint_region():
    assert joint_drop(0.95) == pytest.approx(0.5 * stats.chi2(2).ppf(0.95))


def test_a_surface_can_be_stopped_between_its_rows():
    def stop(share):
        seen.append(share)
        if len(seen) == 2:
            raise KeyboardInterrupt

    seen: list[float] = []
    fit = ml.fit("normal", [2.1, 1.9, 2.0, 2.3, 1.8])
    with pytest.raises(KeyboardInterrupt):
        surface_frame(fit, "mu", "sigma", 5, 3.0, seen=stop)
    assert seen == [0.2, 0.4]


def test_no_surface_is_drawn_where_there_is_no_standard_error():
    fit = ml.fit("pareto", [1.0, 2.0, 4.0])
    with pytest.raises(ml.ModelError, match="no standard error"):
        surface_frame(fit, *fit.params)
