"""One model gives one answer through every door; today's differences are those of `known`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import mostlikely as ml
from tests.one_path.cases import BY_NAME, CASES, Case
from tests.one_path.doors import DOORS, Door, Said, plain, said, said_plainly, value_on_scale
from tests.one_path.known import DIFFERENCES, KNOWN, PLAIN, PROFILES

#: Two ways to one maximum agree to this much of log-likelihood, relative to 1 + |ℓ|.
LOGLIK = 1e-8
#: To this many standard errors in a parameter.
ERRORS = 1e-6
#: To this ratio in a standard error.
RATIO = 1e-6
#: To this ratio in an estimate that has no standard error.
WITHOUT_ERROR = 1e-9
#: Ends of profile intervals agree to this many standard errors, or to a tenth of it in proportion.
ENDS = 1e-5
#: One parameter per kind of verdict, whose profile and likelihood ratio are compared, and the
#: doors for which they are.
PROFILED = {
    "Normal": "mu",
    "Gamma": "shape",
    "StudentT": "df",
    "Laplace, odd": "mu",
    "NegativeBinomial as Poisson": "size",
    "Bernoulli without heads": "p",
    "Uniform": "low",
    "Normal ~ x": ("mu", "x"),
    "Bernoulli ~ x": ("p", "x"),
}
PROFILED_DOORS = ("y ~ 1", "all ~ 1", "joint of one", "Ridge(0)", "shuffled rows")


def differences(one: Said, other: Said) -> list[str]:
    """In what two answers differ, in a few words each; the first is right."""
    if one.values.shape != other.values.shape:
        return [f"verdict: {other.kind} for {one.kind}", f"{len(other.values)} parameters"]
    found = []
    if (one.kind, one.ok) != (other.kind, other.ok):
        found.append(f"verdict: {other.kind} for {one.kind}")
    if one.unbounded != other.unbounded:
        found.append("caveat: " + ("lost" if one.unbounded else "new"))
    gap = 0.0 if one.loglik == other.loglik else abs(one.loglik - other.loglik)
    if not gap <= LOGLIK * (1.0 + abs(one.loglik)):
        found.append(f"log-likelihood: {other.loglik!r} for {one.loglik!r}")
    if one.kind == "not identified":
        return found  # where it is flat, any value is as good
    if not same_values(one, other):
        found.append(f"estimates: {other.values} for {one.values}")
    found += [
        f"{kind} covariance: {other.covariances[kind]} for {one.covariances[kind]}"
        for kind in one.covariances.keys() & other.covariances.keys()
        if not same_covariance(one.covariances[kind], other.covariances[kind])
    ]
    return found


def same_values(one: Said, other: Said) -> bool:
    """Whether the estimates agree, in standard errors where there are any."""
    errors = roots(one.covariances["observed"])
    allowed = np.where(
        np.isfinite(errors), ERRORS * errors, WITHOUT_ERROR * np.nan_to_num(np.abs(one.values))
    )
    with np.errstate(invalid="ignore"):  # ∞ - ∞
        gap = np.where(one.values == other.values, 0.0, np.abs(one.values - other.values))
    return bool(np.all(gap <= allowed))


def roots(covariance: np.ndarray) -> np.ndarray:
    """Standard errors; NaN where there is none."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.sqrt(np.diag(covariance)))


def same_covariance(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether entries agree in proportion to the errors of both parameters, gaps included."""
    errors = roots(one)
    allowed = 2.0 * RATIO * np.outer(errors, errors)
    absent = np.isnan(one)
    return bool(
        np.array_equal(absent, np.isnan(other))
        and np.all(np.abs(one - other)[~absent] <= allowed[~absent])
    )


# One answer.


def pairs(cases: Any, doors: Any, prefix: str = "") -> list[Any]:
    """A test for each case and each door that it has; those of `KNOWN` must fail.

    The tests of a case share a process, where the answer that they must give is found once.
    """
    return [
        pytest.param(
            case, door, id=f"{case.name}-{door.name}", marks=marks(case, prefix + door.name)
        )
        for case in cases
        for door in doors
        if door.opens(case)
    ]


def marks(case: Case, door: str) -> list[Any]:
    together = pytest.mark.xdist_group(f"case {case.name}")
    reason = KNOWN.get((case.name, door))
    known = [] if reason is None else [pytest.mark.xfail(strict=True, reason=reason)]
    return [together, *known]


@pytest.mark.parametrize("case", [pytest.param(c, id=c.name, marks=marks(c, PLAIN)) for c in CASES])
def test_the_plain_door_says_how_it_ends(case: Case) -> None:
    if case.refused:
        with pytest.raises(ml.DataError, match="impossible"):
            plain(case)
        return
    here = said(plain(case), case)
    assert (here.kind, here.unbounded) == (case.kind, case.unbounded), str(plain(case).verdict)


@pytest.mark.parametrize(("case", "door"), pairs([c for c in CASES if not c.refused], DOORS))
def test_every_door_gives_one_answer(case: Case, door: Door) -> None:
    right = said_plainly(case, door)
    # Two climbs that both stop at once agree about nothing; other weights are other data.
    assert right.kind == case.kind or door.against is not plain
    found = differences(right, said(door.fit(case), case, door.unit))
    assert not found, "; ".join(found)


@pytest.mark.parametrize(("case", "door"), pairs([c for c in CASES if c.refused], DOORS))
def test_impossible_rows_are_refused_at_every_door(case: Case, door: Door) -> None:
    with pytest.raises(ml.DataError, match="impossible"):
        door.fit(case)


@pytest.mark.parametrize(
    ("case", "door"),
    pairs(
        [BY_NAME[name] for name in PROFILED],
        [door for door in DOORS if door.name in PROFILED_DOORS],
        PROFILES,
    ),
)
def test_profiles_and_likelihood_ratios_are_the_same(case: Case, door: Door) -> None:
    name, right, other = PROFILED[case.name], plain(case), door.fit(case)
    ends = right.interval(name, method="profile")
    estimate, error = right.params[name], right.standard_errors[name]
    key = next(k for k in other.params if k == name or (case.x is None and k[0] == name))
    lower, upper = other.interval(key, method="profile")
    if key != name:
        with np.errstate(all="ignore"):
            lower, upper = map(right.model.link(name).inverse, (lower, upper))
    near = {"abs": ENDS * error} if np.isfinite(error) else {"rel": ENDS / 10.0}
    assert (lower, upper) == pytest.approx(ends, **near)
    end = max(e for e in ends if np.isfinite(e))
    value = 0.5 * (estimate + end) if np.isfinite(estimate) else 2.0 * end
    there = ratio(right, name, value)
    again = ratio(other, key, value if key == name else value_on_scale(case, key[0], value))
    allowed = 2.0 * LOGLIK * (1.0 + abs(right.loglik))
    assert again.statistic == pytest.approx(there.statistic, abs=allowed)
    assert (again.df, there.df) == (1, 1)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(BY_NAME[n], id=n, marks=marks(BY_NAME[n], PROFILES + PLAIN))
        for n in ("Normal",)
    ],
)
def test_a_hypothesis_is_a_mapping_at_the_plain_door_too(case: Case) -> None:
    by_name = plain(case).test(mu=0.25)
    assert plain(case).test({"mu": 0.25}).statistic == pytest.approx(by_name.statistic, rel=1e-12)


def ratio(fit: ml.Fit, key: Any, value: float) -> Any:
    """The likelihood-ratio test of one value."""
    return fit.test(**{key: value}) if isinstance(key, str) else fit.test({key: value})


def test_what_is_known_names_a_case_and_its_door_once() -> None:
    """An entry that no test reads would be believed for ever."""
    assert len(KNOWN) == sum(len(doors) * len(cases) for _, doors, cases in DIFFERENCES)
    real = {(c.name, PLAIN) for c in CASES}
    real |= {(c.name, d.name) for c in CASES for d in DOORS if d.opens(c)}
    real |= {("Normal", PROFILES + PLAIN)}
    real |= {(name, PROFILES + door) for name in PROFILED for door in PROFILED_DOORS}
    assert not KNOWN.keys() - real
