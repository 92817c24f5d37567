"""Firth's penalty, ½ log |I|: less bias, and estimates that are finite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mostlikely.calculus.jet import seed
from mostlikely.errors import ModelError
from mostlikely.family.expectation import declared_information
from mostlikely.likelihood.expected import derivatives
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member
from mostlikely.likelihood.penalty import Penalty
from mostlikely.solve.objective import Evaluation, Vector

__all__ = ["Firth"]

#: A step for differences of the slope of Firth's penalty, in coordinates of size one.
STEP = 1e-4
#: Models of more coordinates than this climb without the curvature of Firth's penalty.
MANY = 40


@dataclass(frozen=True)
class Firth(Penalty):
    """``½ log |I|`` is added: estimates are finite, and their bias of order 1/n is gone.

    I is the expected information. For a logistic regression this is Firth's penalty, for other
    models Jeffreys' prior. Intervals and tests are of the penalised likelihood
    (``method="profile"``, ``method="lr"``).

    References
    ----------
    Firth, "Bias reduction of maximum likelihood estimates", *Biometrika* 80 (1993) 27-38, eq. 4.
    Heinze and Schemper, "A solution to the problem of separation in logistic regression",
    *Statistics in Medicine* 21 (2002) 2409-2419.

    Examples
    --------
    >>> import mostlikely as ml
    >>> data = {"x": [1, 2, 3, 4], "y": [0, 0, 1, 1]}          # separated
    >>> fit = ml.fit(ml.Bernoulli("y ~ x"), data, penalty=ml.Firth())
    >>> fit.verdict.ok, round(fit.params["p", "x"], 4)
    (True, 1.3099)
    """

    calibrated = True
    note = (
        "estimates have less bias and are finite; standard errors are those of the likelihood, "
        "profile intervals of the penalised one"
    )

    def __repr__(self) -> str:
        return "Firth()"

    def check(self, model: LogLikelihood) -> None:
        """Raise ModelError if the family's expected information is not a formula."""
        if not model.size:
            raise ModelError("Firth: the model has no free parameter.")
        if not all(member.sample.exact for member in model.members):
            raise ModelError(
                "Firth needs the expected information, and that of rows which were seen in part "
                "needs the law of what hides them; Ridge(1.0) has no such need."
            )
        for family in (member.family for member in model.members):
            typical = [0.5 * sum(p.typical) for p in family.parameters.values()]
            if declared_information(family, seed([np.float64(v) for v in typical], 1)) is None:
                raise ModelError(
                    f"Firth needs the expected information of {family.name} as a formula with "
                    "derivatives, and there is none; Ridge(1.0) has no such need."
                )

    def at(self, model: LogLikelihood, x: Vector, order: int = 2) -> Evaluation:
        """½ log |I| with its slope; its curvature by differences of the slope."""
        value, slope = _jeffreys(model, x, slope=order > 0)
        k = len(x)
        curvature = np.zeros((k, k))
        if order > 1 and k <= MANY:
            for i in range(k):
                step = np.zeros(k)
                step[i] = STEP
                ahead, behind = _jeffreys(model, x + step)[1], _jeffreys(model, x - step)[1]
                curvature[i] = -(ahead - behind) / (2.0 * STEP)
            curvature = 0.5 * (curvature + curvature.T)
            if not np.isfinite(curvature).all():
                curvature = np.zeros((k, k))
        return Evaluation(value, slope, curvature)


def _jeffreys(model: LogLikelihood, x: Vector, slope: bool = True) -> tuple[float, Vector]:
    """½ log |I(x)| and its slope, I the expected information in coordinates.

    With M = Jᵀ I(θ) J the information of a row in its local variables v, I = Σ Zᵀ M Z and
    ∂½ log|I| = ½ Σ tr(Z I⁻¹ Zᵀ ∂M) (Firth 1993, eq. 4, and the chain rule).
    """
    made = []
    total = np.zeros((model.size, model.size))
    for z, m, dm, w in _each(model, x):
        weight = np.ones(len(m)) if w is None else w
        for a, za in enumerate(z):
            for b, zb in enumerate(z):
                total += (za * (weight * m[:, a, b])[:, None]).T @ zb
        made.append((z, dm, weight))
    sign, log_size = np.linalg.slogdet(total)
    nothing = np.full(model.size, np.nan)
    if not np.isfinite(log_size) or sign <= 0.0:
        return -np.inf, nothing
    out = np.zeros(model.size)
    if slope:
        inverse = np.linalg.inv(total)
        for z, dm, weight in made:
            spread = [za @ inverse for za in z]
            lever = np.stack(
                [np.stack([np.sum(s * zb, axis=1) for zb in z], 1) for s in spread], axis=1
            )
            for c, zc in enumerate(z):
                out += zc.T @ (0.5 * weight * np.sum(dm[:, :, :, c] * lever, axis=(1, 2)))
    return 0.5 * float(log_size), out


def _each(model: LogLikelihood, x: Vector) -> Any:
    """The same over all members, rows in the coordinates of the whole."""
    for index, member in enumerate(model.members):
        seen = model.seen(index, x)
        for z, m, dm, w in _local(member, seen.x):
            yield [rows @ seen.jacobian for rows in z], m, dm, w


def _local(member: Member, x: Vector) -> Any:
    """Per block: each variable's rows in coordinates, M, its slopes in the variables, weights."""
    with np.errstate(all="ignore"):
        for rows in member.blocks():
            jets = seed(member.variables(x, rows))
            values = member.parameters(jets, rows)
            n, k = len(rows.block.y), len(jets)
            found = declared_information(member.family, values)
            names = list(member.family.parameters)
            free = [values[names.index(name)] for name in member.family.free]
            j, h = derivatives(free, k, n)
            p = len(free)
            info, di = np.zeros((n, p, p)), np.zeros((n, p, p, k))
            assert found is not None
            for a, row in enumerate(found):
                info[:, a] = np.stack([np.broadcast_to(getattr(e, "value", e), n) for e in row], 1)
                di[:, a] = derivatives(row, k, n)[0]
            m = np.einsum("nia,nij,njb->nab", j, info, j)
            dm = np.einsum("niac,nij,njb->nabc", h, info, j)
            dm = dm + dm.transpose(0, 2, 1, 3) + np.einsum("nia,nijc,njb->nabc", j, di, j)
            z = [member.carried(unit, rows) for unit in np.eye(k).tolist()]
            yield z, m, dm, member.counts(rows.block)
