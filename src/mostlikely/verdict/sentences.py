"""The words of every verdict, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mostlikely.solve.optimum import Optimum, Stop
from mostlikely.verdict.verdict import LEFT_TO_GAIN, Verdict


def number(x: float) -> str:
    """A number as it stands in a sentence."""
    if np.isinf(x):
        return "∞" if x > 0 else "−∞"
    return f"{x:.6g}"


def _left(decrement: float) -> str:
    return f"{max(2.0 * decrement, 1e-15):.0e}"


def _and(words: Sequence[str]) -> str:
    return " and ".join(words)


def _ends(ends: Mapping[str, float]) -> str:
    return _and([f"{k} → {number(v)}" for k, v in ends.items()])


def nothing_free() -> Verdict:
    """A model without parameters."""
    return Verdict("interior", True, "Nothing to estimate: every parameter is given.", 0.0)


def interior(
    best: Optimum,
    lower: Sequence[float] = (),
    caveats: Sequence[str] = (),
    penalty: Any = None,
) -> Verdict:
    """A maximum inside.

    Parameters
    ----------
    best : Optimum
    lower : sequence of float
        How much lower other local maxima are.
    caveats : sequence of str
        Sentences of the family about this estimate.
    penalty : Penalty, optional
    """
    said = (
        "An interior maximum: the score is zero, the information positive definite, and less than "
        f"{_left(best.decrement)} of log-likelihood is {LEFT_TO_GAIN}"
    )
    if penalty is not None:
        said = (
            f"A maximum of the likelihood with {penalty!r}: its slope is zero, its curvature "
            f"positive definite, and less than {_left(best.decrement)} is {LEFT_TO_GAIN}"
        )
    words = [said]
    if lower:
        words.append(
            f"The search also found {len(lower)} other local maxim{'um' * (len(lower) == 1) or 'a'}"
            f", {lower[0]:.3g} lower in log-likelihood."
        )
    return Verdict("interior", True, " ".join([*words, *caveats]), best.decrement)


def searched(searches: int, limits: int) -> str:
    """What was searched, where a maximum is not proven to be the highest of all."""
    told = [
        f"{n} {what}{'' if n == 1 else word}"
        for n, what, word in ((searches, "search", "es"), (limits, "limit", "s"))
        if n
    ]
    return f"It is the highest of {_and(told)}."


def pole_at_zero(clause: str) -> str:
    """A likelihood without bound where zeros are among the data."""
    return (
        f"With zeros among the data the likelihood is unbounded, as {clause}; this is a local "
        "maximum."
    )


def lasso(penalty: Any, zeros: int, shrunk: int, best: Optimum) -> Verdict:
    """A maximum where some coefficients are zero exactly."""
    said = (
        f"A maximum of the likelihood with {penalty!r}: {zeros} of {shrunk} coefficients are zero, "
        f"where no slope exceeds {penalty.strength:g}; in the others the slope is zero and less "
        f"than {_left(best.decrement)} is left to gain."
    )
    return Verdict("interior", True, said, best.decrement)


def flat(
    moving: Sequence[str], value: float | None, decrement: float, rank: int | None = None
) -> Verdict:
    """A level: parameters that can move without changing the likelihood, or that of any row."""
    if len(moving) == 1 and value is not None:
        what = f"{moving[0]} can take any value near {number(value)}"
    else:
        what = f"{_and(moving[:6])} can move {'together ' * (len(moving) > 1)}"
    several = len(moving) > 1
    cure = "Leave one out, or fix one" if several else "Fix it, or leave it out"
    said = (
        f"Not identified: the likelihood is flat, {what.rstrip()} without changing it. {cure}, or "
        f"collect data that tell {'them apart' if several else 'it'}."
    )
    if rank is not None:
        said += (
            " Predictions, the log-likelihood and whatever is said of other parameters do not "
            f"depend on it; anova and the criteria count {rank} parameters."
        )
    return Verdict("not identified", False, said, decrement, tuple(moving))


def dependent(equations: Sequence[str], concerned: Sequence[str], decrement: float) -> Verdict:
    """Columns that are combinations of others."""
    said = (
        f"Not identified: the columns are dependent, {'; '.join(equations)}, so these "
        "coefficients can move together without changing the likelihood. Leave one out. All "
        "others are as they should be."
    )
    return Verdict("not identified", False, said, decrement, tuple(concerned))


def at_special_case(
    ends: Mapping[str, float],
    family: str,
    special: str,
    decrement: float,
    concerned: Sequence[str],
    member: int | None = None,
) -> Verdict:
    """The family becomes a special case of itself.

    Parameters
    ----------
    ends : mapping of parameter to float
        Where it does.
    family, special : str
    member : int, optional
        Which member's, where there are several; counted from 1.
    """
    whose = family if member is None else f"{family} of member {member}"
    where = ", ".join(f"{k} → {number(v)}" for k, v in ends.items())
    said = (
        f"On the boundary: {where}, where {whose} becomes {special}, and the likelihood falls "
        "from there."
    )
    return Verdict("boundary", True, said, decrement, tuple(concerned))


def on_domain_edge(edges: Mapping[str, float], lost: Sequence[str], decrement: float) -> Verdict:
    """The top lies on the edge of a domain; ``lost`` are parameters that no longer matter."""
    many = len(edges) > 1
    where = _and([f"{k} = {number(v)}" for k, v in edges.items()])
    said = (
        f"On the boundary: {where}, the edge{'s' if many else ''} of "
        f"{'their domains' if many else 'its domain'}; the likelihood falls all the way from "
        f"there, so {_and(list(edges))} {'have' if many else 'has'} no standard error, and "
        f"{'their intervals are' if many else 'its interval is'} one-sided."
    )
    if lost:
        said += f" There {_and(lost)} no longer matter{'s' if len(lost) == 1 else ''}."
    return Verdict("boundary", True, said, decrement, tuple(edges))


def on_sample_extremes(values: Mapping[str, float], ok: bool, decrement: float) -> Verdict:
    """Estimates that are extreme values of the sample."""
    many = len(values) > 1
    said = (
        f"On the boundary: the estimate{'s' if many else ''} of {_and(list(values))} "
        f"{'are' if many else 'is'} the sample's own extreme value{'s' if many else ''}, "
        f"{_and([number(v) for v in values.values()])}; the likelihood jumps to zero there, so "
        "there is no standard error, and the interval is one-sided."
    )
    return Verdict("boundary", ok, said, decrement, tuple(values))


def constant_sample(label: str, names: Sequence[str]) -> Verdict:
    """Every value is the same, and the extremes close in on it."""
    said = (
        f"No maximum: every value of {label} is the same, and the likelihood grows without bound "
        f"as {_and(names)} close{'' if len(names) > 1 else 's'} in on it."
    )
    return Verdict("no maximum", False, said, parameters=tuple(names))


def on_edges(
    edges: Sequence[tuple[str, Sequence[int], int]],
    stuck: Mapping[str, float],
    free: bool,
    names: Sequence[str],
    decrement: float,
) -> Verdict:
    """Rows on the edge of what a link can reach.

    Parameters
    ----------
    edges : sequence of (str, sequence of int, int)
        What is on its edge, as in "mean is 0"; the first of the rows, none where all are; how many.
    stuck : mapping of str to float
        Coefficients that the edges settle.
    free : bool
        Whether any other is left.
    names : sequence of str
        The parameters concerned.
    decrement : float
    """
    said = []
    for what, rows, count in edges:
        which = f" in row{'s' if count > 1 else ''} {', '.join(map(str, rows))}" if rows else ""
        said.append(what + which + (", ..." if count > len(rows) and rows else ""))
    settled = [f"{term} is {number(value)} there" for term, value in list(stuck.items())[:6]]
    crossing = all(what.endswith(" meet") for what, _, _ in edges)
    further = "they would cross" if crossing else "a link would leave the domain"
    words = [
        f"On the boundary: {_and(said)}; beyond {further}, and the likelihood falls from there."
    ]
    if settled:
        words.append(f"{_and(settled)}.")
    if free:
        words.append("Errors are those of the other rows, along that edge.")
    else:
        words.append("These rows settle every coefficient, so there are no standard errors.")
    return Verdict("boundary", True, " ".join(words), decrement, tuple(names))


def nowhere_inside(names: Sequence[str]) -> Verdict:
    """No coefficients at which every row is possible."""
    whose = "its domain" if len(names) == 1 else "their domains"
    said = (
        f"No maximum: no coefficients put {_and(names)} inside {whose} in every row, so the "
        "likelihood is zero everywhere. Choose another link, or look at the offset."
    )
    return Verdict("no maximum", False, said, parameters=tuple(names))


def exact_fit(
    scale: str,
    end: float,
    rows: Sequence[int],
    count: int,
    concerned: Sequence[str],
    height: float,
) -> Verdict:
    """The fitted values meet the data: in some rows, of which the first are given, or in all."""
    rises = "grows without bound" if height == np.inf else f"rises towards {number(height)}"
    what, where = "the data", ""
    remedy = "With as many coefficients as rows, or data without noise, the noise cannot be"
    if rows:
        more = ", ..." if count > len(rows) else ""
        what = f"row{'s' * (count > 1)} {', '.join(map(str, rows))}{more}"
        where = " there"
        remedy = f"Predictors tell {what} apart from the others, so the noise there cannot be"
    said = (
        f"No maximum: the fitted values meet {what} exactly, and the likelihood {rises} as "
        f"{scale} → {number(end)}{where}. {remedy} estimated: fix it, or use fewer terms."
    )
    return Verdict("no maximum", False, said, parameters=tuple(concerned))


def met_elsewhere(name: str, end: float) -> str:
    """What a maximum inside is told with where rows can be met exactly at other coefficients."""
    there = f"{name} → {number(end)} there; this is a local maximum."
    return f"The likelihood is unbounded: other coefficients meet some rows exactly as {there}"


def rising(ends: Mapping[str, float], supremum: float, constant: str | None) -> Verdict:
    """The likelihood rises as far as it was followed; ``constant`` names a constant sample."""
    if supremum < np.inf:
        said = (
            f"No maximum: the likelihood rises towards {number(supremum)} as {_ends(ends)}, and "
            "never gets there. Fix one of these parameters, or choose the simpler family of that "
            "limit."
        )
    else:
        said = f"No maximum: the likelihood grows without bound as {_ends(ends)}."
        said += (
            " Fix one of these parameters, or choose a family that cannot do so."
            if constant is None
            else f" Every value of {constant} is the same, so these data cannot tell how much it "
            "varies."
        )
    return Verdict("no maximum", False, said, parameters=tuple(ends))


def endless(clause: str, names: Sequence[str]) -> Verdict:
    """A likelihood without bound, and no local maximum met."""
    said = (
        f"No maximum: the likelihood grows without bound as {clause}, and the climb met no local "
        "maximum before that. Fix a parameter, or choose another family."
    )
    return Verdict("no maximum", False, said, parameters=tuple(names))


@dataclass(frozen=True)
class Touched:
    """The rows of a member in which something becomes certain.

    Parameters
    ----------
    first : sequence of int
        Some of them, as the user counts rows.
    count, rows : int
        How many they are, of how many.
    sure : bool
        Whether each of them is then predicted without error.
    member : int, optional
        Which member's, where there are several; counted from 1.
    """

    first: Sequence[int]
    count: int
    rows: int
    sure: bool
    member: int | None = None

    def __str__(self) -> str:
        whose = "" if self.member is None else f" of member {self.member}"
        some = ", ".join(map(str, self.first)) + (", ..." if self.count > len(self.first) else "")
        return f"{self.count} of {self.rows} rows{whose} (rows {some})"


def separation(
    ends: Mapping[str, float],
    mixed: Sequence[str],
    open_ended: Sequence[str],
    touched: Sequence[Touched],
    *,
    single: bool,
    finite: bool | None,
    beside: Verdict | None = None,
) -> Verdict:
    """Rows are separated.

    Parameters
    ----------
    ends : mapping of parameter to ±∞
        What runs off, whichever direction is taken.
    mixed : sequence of str
        All that takes part in one direction.
    open_ended : sequence of str
        What the limit does not tell.
    touched : sequence of Touched
    single : bool
        Whether there is one direction only.
    finite : bool or None
        Whether anything is finite; None where that has not been found.
    beside : Verdict, optional
        Of what is left, where that has its maximum on a boundary.
    """
    which = _and([f"{k} → {number(v)}" for k, v in list(ends.items())[:6]])
    which = which or f"a combination of {_and(mixed[:6])} runs off"
    fixed = ", in fixed proportions" if single else ""
    together = f" together{fixed}" if len(ends) > 1 else ""
    sure, partly = [t for t in touched if t.sure], [t for t in touched if not t.sure]
    rows = []
    if sure:
        rows.append(f"{_and(list(map(str, sure)))} are then predicted without error")
    if partly:
        rows.append(
            f"in {_and(list(map(str, partly)))} some or all of the other levels then have no "
            "probability"
        )
    anything = f"{_and(open_ended[:6])} can then have any value. " if ends and open_ended else ""
    left = {
        None: "What the others come to has not been found.",
        True: "The other coefficients are finite, and estimated by the remaining rows.",
        False: "No coefficient is finite.",
    }[finite]
    rest = "" if beside is None else f" The remaining rows: {beside}"
    said = (
        f"Separation: {which}{together}; {'; '.join(rows)}, and the likelihood rises towards its "
        f"supremum without reaching it. {anything}{left}{rest} Remedies: leave the term out, merge "
        "levels, or collect rows that differ."
    )
    return Verdict("separation", False, said, parameters=tuple(ends))


def unfinished(best: Optimum, advice: str | None = None) -> Verdict:
    """The search ended without a proof."""
    advice = advice or {
        Stop.RAN_OUT: "To go on, allow more with max_steps=, or begin nearer with start={...}.",
        Stop.STALLED: "The density may have a corner or a jump there; try start={...}.",
        Stop.NO_START: "Give start={...} at which every row is possible.",
    }.get(best.stop, "Try start={...}.")
    left = f"; about {best.decrement:.2g} is still to gain" if np.isfinite(best.decrement) else ""
    steps = "" if best.stop is Stop.NO_START else f" after {best.steps} steps{left}"
    said = f"Not converged: {best.stop}{steps}. {advice}"
    return Verdict("ran out", False, said, best.decrement)
