"""What can be said of a likelihood whose formula SymPy does not have: the steps in general."""

from __future__ import annotations

from mostlikely.derivation.steps import Derivation, Step
from mostlikely.family.base import Family

__all__ = ["INFORMATION", "added", "in_general"]


#: Where there is no shorter formula.
INFORMATION = Step(
    "Information and standard errors",
    "Minus the matrix of second derivatives at the estimate is the observed information; standard "
    "errors are the roots of the diagonal of its inverse. A fit has both from exact derivatives.",
    r"J(\hat{\theta}) = -\frac{\partial^2 \ell}{\partial \theta \, \partial \theta^{T}}"
    r"(\hat{\theta}), \qquad \operatorname{se}(\hat{\theta}_j) = "
    r"\sqrt{\left(J^{-1}\right)_{jj}}",
    "J = -∂²ℓ/∂θ∂θᵀ at the estimate,  se(θ̂_j) = √((J⁻¹)_jj)",
)


def in_general(family: Family, why: str) -> Derivation:
    """The steps that hold for every likelihood, and why there are no others."""
    steps = (
        Step("The noise model", why, r"p(y \mid \theta)", "p(y | θ)"),
        Step(
            "The log-likelihood",
            "Observations that are independent multiply; the logarithm makes a sum of the product.",
            r"\ell(\theta) = \sum_{i=1}^{n} \log\,p(y_i \mid \theta)",
            "ℓ(θ) = Σ log p(yᵢ | θ)",
        ),
        Step(
            "The score",
            "At the top the slope in every parameter is zero. A fit takes the slopes from the "
            "formula's own lines, by exact differentiation.",
            r"\sum_{i=1}^{n} \frac{\partial}{\partial \theta} \log\,p(y_i \mid \theta) = 0",
            "Σ ∂ log p(yᵢ | θ)/∂θ = 0",
        ),
        Step(
            "The estimate",
            "The equations are solved by Newton's method, and the fit proves where it ends.",
            r"\hat{\theta} = \operatorname*{arg\,max}_{\theta} \ell",
            "θ̂ = argmax ℓ",
        ),
        INFORMATION,
    )
    estimates = dict.fromkeys(family.free)
    return Derivation(family, steps, estimates, {}, dict(estimates), None)


def added(family: Family) -> Derivation:
    """The steps of several models whose log-likelihoods add."""
    k = len(family.members)
    whole = in_general(
        family,
        f"{k} models have parameters in common: "
        f"{', '.join(member.shown for member in family.members)}.",
    )
    sums = Step(
        "The log-likelihood",
        "Data that are independent multiply their likelihoods, so the log-likelihoods of the "
        "members add; a parameter that they share is moved by all of them.",
        rf"\ell(\theta) = \sum_{{m=1}}^{{{k}}} \ell_m(\theta)",
        f"ℓ(θ) = Σ ℓ_m(θ) over {k} members",
    )
    first, _, *rest = whole.steps
    return Derivation(
        family, (first, sums, *rest), whole.estimates, {}, whole.standard_errors, None
    )
