"""What is wrong where a climb cannot begin (the row, the term), or with a function's sign."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mostlikely.calculus.jet import Jet, seed
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member
from mostlikely.solve.climb import climb
from mostlikely.solve.maximise import Options
from mostlikely.solve.objective import Vector
from mostlikely.solve.optimum import Stop
from mostlikely.verdict.proof import Proof

__all__ = ["sign_told", "where_not_finite"]


def where_not_finite(loglik: LogLikelihood, x: Vector) -> str | None:
    """The first row whose log-density, or a derivative of it, is no finite number at a point."""
    for index, member in enumerate(loglik.members):
        own = x if loglik.shared is None else loglik.seen(index, x).x
        with np.errstate(all="ignore"):
            said = _of_member(member, own)
        if said is not None:
            return said
    return None


def _of_member(member: Member, x: Vector) -> str | None:
    rows, table = member.whole(), member.table
    jets = seed(member.variables(x, rows), 2)
    values = member.parameters(jets, rows)

    def first(wrong: object) -> tuple[int, int] | None:
        """The first row, where it is read, and where it stands in the user's table."""
        found = np.flatnonzero(np.broadcast_to(np.asarray(wrong), (member.rows,)))
        if not len(found):
            return None
        at = int(found[0])
        return at, at if table is None else int(table.positions([at])[0])

    for name, value in zip(member.family.parameters, values, strict=True):
        number = value.value if isinstance(value, Jet) else value
        domain = member.family.parameters[name].domain
        if at := first(~np.asarray(domain.contains(number)) & (not member.family.own)):
            shown = float(np.broadcast_to(number, (member.rows,))[at[0]])
            return f"at the start {name} is {shown:g} in row {at[1]}, and must be {domain}"
    jet = member.log_prob(values, rows)
    if not isinstance(jet, Jet):
        return None
    if at := first(~np.isfinite(jet.value)):
        shown = float(np.broadcast_to(jet.value, (member.rows,))[at[0]])
        return f"at the start the log-density of row {at[1]} is {shown:g}"
    for variable, slope in zip(member.layout.variables, jet.grad, strict=True):
        part = member.parts[variable.part]
        place = variable.place.start - member.slices[variable.part].start
        key = part.keys[place] if part.basis is None else part.name
        if slope is not None and (at := first(~np.isfinite(slope))):
            name = key if isinstance(key, str) else " of ".join(map(str, reversed(key)))
            return f"at the start the derivative in {name} is no finite number in row {at[1]}"
    at = first(sum(~np.isfinite(h) for h in jet.hess or () if h is not None))
    return at and f"at the start a second derivative is no finite number in row {at[1]}"


def sign_told(proof: Proof, loglik: LogLikelihood, x: Vector, options: Options) -> Proof:
    """The proof itself; where minus a user's function has a maximum inside, with a word of that."""
    if proof.verdict.ok or loglik.shared is not None or not loglik.member.family.own:
        return proof
    (part,) = loglik.member.parts
    function = part.function
    assert function is not None
    turned = replace(part, function=lambda d, **at: -function(d, **at))
    minus = LogLikelihood.of(replace(loglik.member, parts=(turned,)))
    if climb(minus, [x], options=options)[0].stop is not Stop.OPTIMUM:
        return proof
    sentence = (
        f"{proof.verdict.sentence} Minus the function has an interior maximum: it seems to give "
        "minus the log-density, as what is minimised elsewhere does. Change its sign."
    )
    return replace(proof, verdict=replace(proof.verdict, sentence=sentence))
