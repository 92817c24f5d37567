"""Kernels on the standard scale: the derivatives that the plain one has, in any unit of the data.

The plain kernel differentiates a row's log-density in its parameters as the family wrote it; that
of location and scale differentiates in z, that of a scale alone in log z.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.calculus.link import LINKS
from mostlikely.data.bind import bind
from mostlikely.data.read import read_sample
from mostlikely.likelihood.kernel import log_scaled, plain, standardised
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member
from mostlikely.verdict.estimate import estimate
from tests.one_path.cases import maker, middle

N = 60
X = np.linspace(-1.0, 1.0, N)
W = np.arange(N) % 4 + 1.0


def standard_of(family):
    return maker(family)().standard


STANDARD = [f for f in ml.families() if standard_of(f)]
PLACED = [f for f in STANDARD if standard_of(f)[0]]
SCALED = [f for f in STANDARD if not standard_of(f)[0]]
#: Links other than that of the domain; all of them reach positive numbers.
LINKED = ("identity", "softplus", "sqrt", "inverse", "inverse_squared", "log")


def values_of(family):
    """Parameters of ordinary size, the location positive, so that any link reaches it."""
    law = middle(family)
    place, _ = standard_of(family)
    return {**law.values, **({place: 2.0} if place else {})}


def response(family):
    """Rows that are possible for all parameters near those values."""
    model, values = maker(family)(), values_of(family)
    law = model.at(**{k: values[k] for k in model.free})
    q = np.random.default_rng(6).permutation(np.linspace(0.1, 0.9, N))
    away = 2.0 if family is ml.Pareto else 1.0  # whose scale is where its support begins
    return away * np.asarray(law.quantile(q))


def followed(family, what):
    """The free parameters that follow a column."""
    place, scale = standard_of(family)
    free = maker(family)().free
    others = tuple(k for k in free if k not in (place, scale))
    named = {"location": (place,), "scale": (scale,), "others": others, "all": free}
    return tuple(k for k in named.get(what, ()) if k)


def each(families, whats):
    """Families with what follows a column; once where it is the same."""
    made = {(f, followed(f, what)): pytest.param(f, followed(f, what), id=f"{f.__name__}-{what}")
            for f in families for what in whats}  # fmt: skip
    return list(made.values())


def member_of(family, columns, links=None, weighted=False, constant=False):
    """A member whose parameters follow a column, or are of a constant one, and a point of it."""
    links, values, y = links or {}, values_of(family), response(family)
    options = {"weights": W} if weighted else {}
    if not columns:
        member = Member.of_sample(*read_sample(maker(family)(), y, **options))
        return member, member.linked({k: values[k] for k in member.names})
    right = "1" if constant else "x"
    bound = {}
    for k in columns:
        formula = f"~ {right}" if bound else f"y ~ {right}"
        bound[k] = ml.linear(formula, link=links.get(k))
    model = maker(family)(**bound)
    member = Member.of(bind(model, {"y": y, "x": X}, **options))
    point = {}
    for key in member.names:
        name, term = (key, None) if isinstance(key, str) else key
        link = model.link(name)
        eta = float(link.forward(np.float64(values[name])))
        point[key] = values[name] if term is None else eta if term == "Intercept" else 0.05 * eta
    return member, member.linked(point)


def by(member, kernel, x):
    """Value, score and information with a kernel of one's choice."""
    other = replace(member)
    other.__dict__["kernel"] = kernel  # where the cached property keeps it
    with np.errstate(all="ignore"):
        at = other.totals(x, 2).evaluation()
        scores = other.totals(x, 1).evaluation().score
    assert np.isfinite(at.value)
    assert np.array_equal(scores, at.score)
    return at


def assert_as_plain(member, x, kernel):
    assert member.kernel is kernel
    ours, theirs = by(member, kernel, x), by(member, plain, x)
    n = float(N if member.sample.source.w is None else W.sum())
    size = np.sqrt(np.abs(np.diag(theirs.information))) + np.sqrt(n) / member.units
    assert ours.value == pytest.approx(theirs.value, rel=1e-12)
    assert np.abs((ours.score - theirs.score) / size).max() <= 1e-12 * np.sqrt(n)
    assert np.abs((ours.information - theirs.information) / np.outer(size, size)).max() <= 1e-12


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize(
    ("family", "columns"), each(PLACED, ("sample", "location", "scale", "others", "all"))
)
def test_location_and_scale_are_differentiated_in_z(family, columns, weighted):
    assert_as_plain(*member_of(family, columns, weighted=weighted), standardised)


@pytest.mark.parametrize("link", LINKED)
@pytest.mark.parametrize("what", ["location", "scale"])
@pytest.mark.parametrize("family", PLACED, ids=lambda f: f.__name__)
def test_any_link_of_location_and_scale_will_do(family, what, link):
    (name,) = followed(family, what)
    both = tuple(k for k in standard_of(family) if k)
    for columns, constant in (((name,), False), (both, False), ((name,), True)):
        made = member_of(family, columns, {name: link}, constant=constant)
        assert_as_plain(*made, standardised)


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize(("family", "columns"), each(SCALED, ("sample", "others")))
def test_a_scale_alone_is_differentiated_in_log_z(family, columns, weighted):
    assert_as_plain(*member_of(family, columns, weighted=weighted), log_scaled)


@pytest.mark.parametrize("link", LINKED)
@pytest.mark.parametrize("family", SCALED, ids=lambda f: f.__name__)
def test_any_link_of_a_scale_will_do(family, link):
    scale = standard_of(family)[1]
    assert_as_plain(*member_of(family, (scale,), {scale: link}, constant=True), log_scaled)


def test_the_families_and_links_of_note_are_among_those_that_are_tried():
    assert set(LINKED) <= set(LINKS)
    assert {f.__name__ for f in PLACED} >= {"Normal", "StudentT", "GEV", "Laplace"}
    assert {f.__name__ for f in SCALED} >= {"Weibull", "Gamma", "Lomax", "Burr12"}


# Units.

UNITS = (1e-140, 1e-9, 1e9, 1e100)
ROWS = 200
Z = np.random.default_rng(9).normal(size=ROWS)


def drawn(family):
    values = dict.fromkeys(family.parameters, 2.0)
    return np.asarray(family().at(**values).sample(ROWS, seed=3))


def assert_same_shape(found, expected, unit, scale):
    """All numbers alike to twelve digits; the scale in its unit."""
    for key, value in expected.items():
        name, term = (key, "") if isinstance(key, str) else key
        other = found[key]
        if name == scale and term == "":
            other = other / unit
        elif name == scale and term == "Intercept":
            other = other - np.log(unit)
        assert other == pytest.approx(value, rel=1e-12, abs=1e-12), key


@pytest.mark.parametrize("family", [ml.Weibull, ml.Gamma, ml.Lomax], ids=lambda f: f.__name__)
@pytest.mark.parametrize("what", ["sample", "~ x"])
def test_the_unit_of_the_data_is_no_part_of_the_shape(family, what):
    y, scale = drawn(family), standard_of(family)[1]

    def fitted(unit):
        if what == "sample":
            return ml.fit(family(), unit * y)
        return ml.fit(family("y ~ x"), {"y": unit * (np.exp(0.3 * Z) * y), "x": Z})

    base = fitted(1.0)
    assert base.verdict.kind == "interior"
    for unit in UNITS:
        fit = fitted(unit)
        assert fit.verdict.kind == "interior"
        assert_same_shape(fit.params, base.params, unit, scale)
        assert fit.loglik + ROWS * np.log(unit) == pytest.approx(base.loglik, rel=1e-12)


@pytest.mark.parametrize("family", SCALED, ids=lambda f: f.__name__)
@pytest.mark.parametrize("unit", [1e-300, 1e-160])
def test_a_sample_with_a_scale_is_estimated_near_the_end_of_float64(family, unit):
    y = response(family)

    def proved(y):
        return estimate(LogLikelihood.of(Member.of_sample(*read_sample(maker(family)(), y))))

    base, proof = proved(y), proved(unit * y)
    assert proof.verdict.kind == base.verdict.kind
    assert_same_shape(proof.params, base.params, unit, standard_of(family)[1])


def test_fits_refuse_units_whose_squared_errors_are_no_floats():
    with pytest.raises(ml.DataError, match="whose square is no float64; change its unit"):
        ml.fit(ml.Weibull(), 1e-200 * drawn(ml.Weibull))
