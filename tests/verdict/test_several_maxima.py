"""A maximum is the highest of what was searched, and every limit declared is compared with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize, stats

import mostlikely as ml
from mostlikely.solve.optimum import Stop
from mostlikely.verdict import search
from mostlikely.verdict.check import Again, Ended
from mostlikely.verdict.estimate import climbed, estimate
from mostlikely.verdict.special_limit import SpecialLimit
from tests.truths.cases import draws, laws

OUTLIER = np.r_[np.random.default_rng(1).normal(size=9), 100.0]


def continuous() -> list[type[ml.Family]]:
    known = [f for f in ml.families() if any(p.known for p in f.parameters.values())]
    return [f for f in ml.families() if f not in known and not f.labels and not f.support.discrete]


def climbed_by_simplex(fit: ml.Fit, begin: dict[str, float]) -> float:
    """Where Nelder and Mead's method gets from a point, on the public log-likelihood."""
    family = fit.model
    links = [family.link(k) for k in family.free]

    def loss(x: np.ndarray) -> float:
        with np.errstate(all="ignore"):
            values = {k: float(f.inverse(v)) for k, f, v in zip(family.free, links, x, strict=True)}
            value = fit.log_likelihood(values) if np.isfinite(list(values.values())).all() else 0.0
        return -value if np.isfinite(value) and value != 0.0 else 1e300

    x = np.array([float(f.forward(begin[k])) for k, f in zip(family.free, links, strict=True)])
    return -optimize.minimize(loss, x, method="Nelder-Mead", options={"maxiter": 600}).fun


@pytest.mark.parametrize("family", continuous(), ids=lambda f: f.__name__)
@pytest.mark.parametrize("spreads", [10.0, 1000.0])
def test_an_outlier_hides_no_maximum(family: type[ml.Family], spreads: float) -> None:
    y = np.array(draws(laws(family)[0])[:9])
    far = np.median(y) + spreads * y.std()
    if not family.support.contains(far):
        pytest.skip("no value of this support is an outlier")
    y[-1] = far
    fit = ml.fit(family(), y)
    if fit.loglik == np.inf:
        assert "without bound" in str(fit.verdict)
        return
    assert fit.verdict.ok, str(fit.verdict)
    if "at an observation" in str(fit.verdict):
        return  # a local maximum, from which the simplex may leave for what has no bound
    begin = {k: between for k, between in laws(family)[0].values.items() if k in family().free}
    for name, param in family.parameters.items():
        if param.unit == 1 and param.domain.low == 0.0:
            begin[name] = max(begin[name], 0.3 * float(y.std()))
    assert climbed_by_simplex(fit, begin) <= fit.loglik + 1e-6 * abs(fit.loglik)


def test_a_location_many_spreads_away_is_no_limit() -> None:
    fit = ml.fit("logistic", OUTLIER)
    reference = stats.logistic.fit(OUTLIER, loc=2.5, scale=10.0)
    assert fit.verdict.kind == "interior"
    assert fit.loglik >= stats.logistic.logpdf(OUTLIER, *reference).sum() - 1e-9
    assert fit.params["mu"] == pytest.approx(reference[0], rel=1e-3)


@pytest.mark.parametrize("seed", [1, 6, 7, 9])
def test_a_skew_normal_without_maximum_is_half_normal_at_an_end(seed: int) -> None:
    y = np.random.default_rng(seed).normal(size=5)
    fit = ml.fit("skewnormal", y)
    sides = [np.mean((y - end) ** 2) for end in (y.min(), y.max())]
    height = max(2.5 * np.log(2.0 / np.pi) - 2.5 * np.log(s) - 2.5 for s in sides)
    assert fit.verdict.kind == "boundary"
    assert fit.loglik == pytest.approx(height, rel=1e-12)
    assert fit.params["mu"] in (y.min(), y.max())


def test_a_generalized_gamma_becomes_the_power_function() -> None:
    y = np.r_[np.exp(np.random.default_rng(1).normal(size=9)), 1e-3]
    a = 1.0 / np.mean(np.log(y.max() / y))
    height = np.sum(np.log(a) + (a - 1.0) * np.log(y) - a * np.log(y.max()))
    fit = ml.fit("generalizedgamma", y)
    assert fit.verdict.kind == "boundary"
    assert fit.loglik == pytest.approx(height, rel=1e-12)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_an_asymmetric_laplace_becomes_exponential_from_an_end(sign: float) -> None:
    y = sign * np.array([-0.9, 0.3, 2.0, -1.7, 100.0])
    fit = ml.fit("asymmetriclaplace", y)
    mean = np.mean(np.abs(y - sign * -1.7))
    assert fit.loglik == pytest.approx(-5.0 * np.log(mean) - 5.0, rel=1e-12)
    assert fit.params["quantile"] == (0.0 if sign > 0.0 else 1.0)


def test_a_huber_law_becomes_laplace() -> None:
    y = np.r_[0.0, np.tile([0.01, -0.01], 3), 1.0, -1.0, 3.0, -3.0]
    fit = ml.fit("huber", y)
    laplace = stats.laplace.logpdf(y, np.median(y), np.mean(np.abs(y))).sum()
    assert fit.params["delta"] == 0.0
    assert fit.loglik == pytest.approx(laplace, rel=1e-12)


def half_normal_about_a_line(x: np.ndarray, y: np.ndarray, sign: float) -> float:
    """The supremum of the limit, its squares made least within the constraints by SLSQP."""
    size, line = len(y), np.c_[np.ones(len(y)), x]
    begin = [y.min() - 5.0 if sign > 0.0 else y.max() + 5.0, 0.0]
    sides = {"type": "ineq", "fun": lambda b: sign * (y - line @ b)}
    found = optimize.minimize(
        lambda b: np.mean((y - line @ b) ** 2), begin, constraints=[sides], tol=1e-14
    )
    return 0.5 * size * (np.log(2.0 / np.pi) - np.log(found.fun) - 1.0)


@pytest.mark.parametrize("seed", [7, 40])
def test_a_skew_regression_at_its_singular_point_is_searched_from_both_sides(seed: int) -> None:
    r = np.random.default_rng(seed)
    x = r.normal(size=50)
    y = 1.0 + x - r.gamma(2.0, 1.0, 50)
    fit = ml.fit(ml.SkewNormal("y ~ x"), {"x": x, "y": y})
    assert fit.params["shape"] == -np.inf
    assert fit.loglik == pytest.approx(half_normal_about_a_line(x, y, -1.0), abs=1e-7)
    mirrored = ml.fit(ml.SkewNormal("y ~ x"), {"x": x, "y": -y})
    assert mirrored.params["shape"] == np.inf
    assert mirrored.loglik == pytest.approx(fit.loglik, rel=1e-12)


def exponential_beyond_a_line(x: np.ndarray, y: np.ndarray) -> float:
    """The mean distance of y above the line of greatest mean below all of y."""
    line = np.c_[np.ones(len(y)), x]
    found = optimize.linprog(-line.mean(axis=0), A_ub=line, b_ub=y, bounds=[(None, None)] * 2)
    return float(y.mean() + found.fun)


def test_errors_on_one_side_of_a_line_are_a_linear_program() -> None:
    r = np.random.default_rng(0)
    x, e = r.normal(size=15), r.exponential(size=15)
    y, n = x + e, 15
    expected = -n * np.log(exponential_beyond_a_line(x, y)) - n
    laplace = ml.fit(ml.AsymmetricLaplace("y ~ x"), {"x": x, "y": y})
    assert laplace.loglik == pytest.approx(expected, rel=1e-9)
    pareto = ml.fit(ml.GeneralizedGamma("y ~ x"), {"x": x, "y": np.exp(y)})
    assert pareto.loglik == pytest.approx(expected - y.sum(), rel=1e-9)
    burr = ml.fit(ml.Burr12("y ~ x"), {"x": x, "y": np.exp(y)})
    assert burr.loglik == pytest.approx(expected - y.sum(), rel=1e-9)
    power = ml.fit(ml.GeneralizedGamma("y ~ x"), {"x": -x, "y": np.exp(-y)})
    assert power.loglik == pytest.approx(expected + y.sum(), rel=1e-9)
    assert {f.verdict.kind for f in (laplace, pareto, burr, power)} == {"boundary"}


def test_weights_of_a_limit_on_one_side_count_rows() -> None:
    r = np.random.default_rng(3)
    x, w = r.normal(size=20), r.integers(0, 4, 20)
    y = x + np.abs(r.normal(size=20))
    counted = ml.fit(ml.SkewNormal("y ~ x"), {"x": x, "y": y}, weights=w)
    repeated = ml.fit(ml.SkewNormal("y ~ x"), {"x": np.repeat(x, w), "y": np.repeat(y, w)})
    assert counted.loglik == pytest.approx(repeated.loglik, rel=1e-10)
    assert counted.verdict.kind == repeated.verdict.kind


@pytest.mark.parametrize("y", [[0.87], [0.87276127], [0.2, 0.2, 0.2]])
def test_one_value_of_a_kumaraswamy_has_no_bound(y: list[float]) -> None:
    fit = ml.fit("kumaraswamy", y)
    assert fit.verdict.kind == "no maximum"
    assert fit.loglik == np.inf


TIED = [1.83, 1.69, 3.24, 1.99, 1.69, 1.79, 2.78, 1.7, 4.85, 2.35]
TIED += [3.37, 1.72, 3.96, 2.35, 2.29, 3.33, 3.97, 3.53, 3.11, 1.69]


def test_a_gev_whose_lower_end_rises_to_the_smallest_value_has_no_maximum() -> None:
    fit = ml.fit("gev", TIED)
    assert fit.verdict.kind == "no maximum" and fit.loglik == np.inf
    assert "rises to the smallest observation" in str(fit.verdict)
    steep = [fit.log_likelihood(mu=1.69, sigma=s, xi=30.0) for s in (1e-3, 1e-9)]
    assert steep[1] > steep[0] + 10.0


@pytest.mark.parametrize(
    ("name", "y", "path"),
    [
        ("lomax", [0.0, 0.4, 1.0, 2.0, 7.0], {"scale": 1e-200, "shape": 0.01}),
        ("generalizedpareto", [0.0, 0.4, 1.0, 2.0, 7.0], {"sigma": 1e-200, "xi": 100.0}),
        ("generalizednormal", [0.0, 0.4, 1.0, 1.3, 2.0], {"mu": 1.0, "scale": 0.0, "shape": 0.02}),
        ("studentt", [0.0, 0.4, 1.0, 1.3, 2.0], {"mu": 1.0, "sigma": 1e-200, "df": 0.05}),
    ],
)
def test_an_unbounded_likelihood_says_so_whatever_the_verdict(name, y, path) -> None:
    fit = ml.fit(name, y)
    assert "unbounded" in str(fit.verdict)
    if path.get("scale") == 0.0:
        power = np.mean(np.abs(np.array(y) - path["mu"]) ** path["shape"])
        path["scale"] = (path["shape"] * power) ** (1.0 / path["shape"])
    assert fit.log_likelihood(path) > fit.loglik


def test_the_verdict_says_what_was_searched() -> None:
    y = np.random.default_rng(3).standard_t(3, size=40)
    assert "highest of 5 searches and 1 limit." in str(ml.fit("studentt", y).verdict)
    assert "highest of 12 searches and 1 limit." in str(ml.fit("studentt", y, starts=12).verdict)
    assert "search" not in str(ml.fit("normal", y).verdict)
    with pytest.raises(ml.ModelError, match="starts must be a whole number"):
        ml.fit("studentt", y, starts=0)


def test_more_starts_find_a_maximum_that_one_does_not() -> None:
    y = np.r_[np.linspace(-0.2, 0.2, 5), np.linspace(39.8, 40.2, 7), np.linspace(89.9, 90.1, 6)]
    family = ml.Cauchy(scale=0.05)
    many = ml.fit(family, y, start={"mu": 0.0}, starts=40)
    mus = np.linspace(-1.0, 91.0, 18_401)[:, None]
    grid = stats.cauchy.logpdf(y, mus, 0.05).sum(axis=1).max()
    assert ml.fit(family, y, start={"mu": 0.0}).loglik < grid - 1.0
    assert many.loglik >= grid


@pytest.mark.parametrize("predictor", ["scale", "quantile"])
def test_an_end_that_a_predictor_has_is_a_verdict(predictor):
    """It was a division by zero."""
    data = {"x": [0.5, 0.6, 0.7, 0.8, 0.9], "y": [-0.1, -3.4, -1.2, 0.7, 0.1]}
    fit = ml.fit(ml.AsymmetricLaplace(**{predictor: "~ x"}), data, y="y")
    assert fit.verdict.kind in ("no maximum", "boundary", "ran out")


def test_a_climb_that_runs_off_wherever_it_goes_on_is_judged_and_has_an_end(monkeypatch):
    silent = type("Silent", (SpecialLimit,), {"suspects": lambda self, ended: False})()
    monkeypatch.setattr(search, "CHECKS", (silent,))
    went_on = []

    def runs_off(ended, again):
        went_on.append(ended)
        return replace(ended, optimum=replace(ended.optimum, stop=Stop.EDGE))

    monkeypatch.setattr(search, "_gone_on", runs_off)
    proof = ml.fit(ml.Gamma(), [1.0, 2.0, 4.0])._proof
    ended = Ended(proof.likelihood, replace(proof.optimum, stop=Stop.EDGE), ())
    again = Again(climbed, estimate, 200)
    assert search.judge(ended, again).verdict.kind == "ran out" and len(went_on) == 1


@pytest.mark.parametrize("form", [None, "y ~ x"])
def test_a_climb_on_its_way_to_a_limit_as_high_as_foreseen_need_not_go_on(monkeypatch, form):
    """The normal tails of a Student's t: 17 looks more had told nothing."""
    rng = np.random.default_rng(0)
    y, x = 1.0 + 2.0 * rng.standard_t(4, 50), rng.normal(size=50)
    y = np.sort(y) if form is None else np.tanh(y)
    went_on = []
    gone_on = search._gone_on
    monkeypatch.setattr(search, "_gone_on", lambda *a: went_on.append(a) or gone_on(*a))
    model, data = (ml.StudentT(), y) if form is None else (ml.StudentT(form), {"x": x, "y": y})
    fit = ml.fit(model, data)
    assert fit.verdict.kind == "boundary" and fit.params["df"] == np.inf
    assert not went_on
    monkeypatch.setattr(search, "AS_FORESEEN", -1.0)
    assert ml.fit(model, data).params == fit.params and went_on


def test_the_least_values_of_a_lomax_may_have_a_maximum_of_their_own() -> None:
    y = np.array([1e-9, 1.08, 1e-9, 0.27, 0.31, 0.27])
    scales = np.geomspace(1e-11, 1e2, 4_000)
    tails = np.mean(np.log1p(y / scales[:, None]), axis=1)
    best = np.max(-len(y) * (np.log(scales) + np.log(tails) + tails + 1.0))
    assert ml.fit(ml.Lomax(), y).loglik == pytest.approx(best, abs=1e-4)
