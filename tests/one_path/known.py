"""Where one model gives two answers today, and why: each entry is a test that must fail.

A rebuild that makes a door right turns its entry into a failure, "unexpectedly passing": then the
entry goes. None is to be added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["KNOWN", "PLAIN", "PROFILES"]

#: The case's own door.
PLAIN = "plain"
#: What goes before a door's name where profiles and likelihood ratios are compared.
PROFILES = "profiles, "

ONE, ALL, ARRAY, JOINT, RIDGE = "y ~ 1", "all ~ 1", "X", "joint of one", "Ridge(0)"
#: The doors that do not lead to the likelihood of one sample.
OTHERS = (ONE, ALL, ARRAY, JOINT, RIDGE)
#: Those of them for a family of one parameter.
SINGLE = (ONE, ARRAY, JOINT, RIDGE)
#: All doors of a regression whose dispersion takes precision weights.
OF_REGRESSIONS = (
    ARRAY,
    JOINT,
    RIDGE,
    "weights of one",
    "precisions of one",
    "repeated rows",
    "shuffled rows",
    "y in 1e-6",
    "y in 1e6",
)

#: (why, doors, cases).
DIFFERENCES: Sequence[tuple[str, Sequence[str], Sequence[str]]] = (
    (
        "caveat lost: that the likelihood is unbounded elsewhere is said of one sample only",
        OTHERS,
        (
            "GeneralizedPareto",
            "GEV",
            "StudentT",
            "StudentT, frequencies",
            "Shifted Gamma",
            "Shifted LogNormal",
        ),
    ),
    (
        "caveat lost: a regression's likelihood is unbounded too",
        (PLAIN,),
        ("GeneralizedPareto ~ x", "GEV ~ x", "StudentT ~ x"),
    ),
    (
        "expected covariance: the precision weights are ignored",
        OTHERS,
        (
            "Cauchy, precisions",
            "Gumbel, precisions",
            "Huber, precisions",
            "HyperbolicSecant, precisions",
            "Logistic, precisions",
            "Normal, precisions",
            "SkewNormal, precisions",
        ),
    ),
    (
        "caveat lost, and expected covariance: the precision weights are ignored",
        OTHERS,
        ("GEV, precisions", "StudentT, precisions"),
    ),
    (
        "ran out or not identified: the corner is climbed as if it were smooth",
        OTHERS,
        (
            "AsymmetricLaplace",
            "AsymmetricLaplace, odd",
            "AsymmetricLaplace, even",
            "AsymmetricLaplace, precisions",
            "Laplace",
            "Laplace, odd",
            "Laplace, even",
            "Laplace, frequencies",
            "Laplace, precisions",
        ),
    ),
    (
        "ran out: the corner of a regression is climbed as if it were smooth",
        (PLAIN, *OF_REGRESSIONS),
        ("AsymmetricLaplace ~ x", "Laplace ~ x"),
    ),
    (
        "observed covariance: second derivatives in a location where the density has a kink",
        OTHERS,
        ("GeneralizedNormal",),
    ),
    (
        "observed covariance at a kink, and expected covariance without the precision weights",
        OTHERS,
        ("GeneralizedNormal, precisions",),
    ),
    ("a lower local maximum: it begins from one start only", OTHERS, ("Huber",)),
    (
        "ran out: that an estimate is the sample's extreme is known of one sample only",
        (ONE, ALL, ARRAY),
        ("Pareto", "Pareto above its minimum", "Uniform"),
    ),
    (
        "refused: an extreme value has no place in a joint model",
        (JOINT,),
        ("Pareto", "Pareto above its minimum", "Uniform"),
    ),
    ("ran out: an extreme value is climbed", (RIDGE,), ("Pareto", "Pareto above its minimum")),
    ("a singular matrix: an extreme value is climbed", (RIDGE,), ("Uniform",)),
    (
        "no DataError: rows impossible under what is fixed are refused of one sample only",
        SINGLE,
        ("Pareto below its minimum",),
    ),
    (
        "interior for boundary: the limit is not asked for",
        OTHERS,
        ("Burr12 as Pareto", "Lomax as Exponential"),
    ),
    (
        "not identified for boundary: the limit is not asked for",
        (ALL, RIDGE),
        ("NegativeBinomial as Poisson", "StudentT as Normal"),
    ),
    (
        "not identified for boundary: the limit is not asked for under a penalty",
        (RIDGE,),
        ("NegativeBinomial ~ x as Poisson",),
    ),
    (
        "separation for boundary: a predictor of one constant is taken for a coefficient",
        (ONE, ARRAY),
        ("Bernoulli without heads", "Poisson of zeros"),
    ),
    (
        "not identified for boundary: the domain's edge is not asked for",
        (JOINT, RIDGE),
        ("Bernoulli without heads", "Poisson of zeros"),
    ),
    (
        "not identified for boundary: the domain's edge is not asked for",
        OTHERS,
        ("BetaBinomial of zeros",),
    ),
    (
        "estimates: the last of the climb for 0 or ∞; every intercept, and Gamma in a joint: "
        "ran out for no maximum",
        OTHERS,
        ("Normal, constant", "Gamma, constant"),
    ),
    (
        "not identified for interior: a constant column is kept, though there is no intercept",
        (ARRAY,),
        ("Ordinal", "Ordinal, sampling"),
    ),
    (
        "not identified for separation: labels are not searched in a joint model",
        (JOINT,),
        ("Categorical separated", "Ordinal separated"),
    ),
    (
        "not identified for separation: not searched under a penalty, though it is none",
        (RIDGE,),
        ("Bernoulli separated", "Categorical separated", "Ordinal separated"),
    ),
    (
        "ran out for boundary: constraints of a link are heeded by a regression only",
        (JOINT, RIDGE),
        ("Poisson, identity link, at its edge",),
    ),
    ("ran out for interior, in a small unit only", ("y in 1e-6",), ("SkewNormal ~ x",)),
)

#: (case, door) → why it differs.
KNOWN: Mapping[tuple[str, str], str] = {
    (case, door): why for why, doors, cases in DIFFERENCES for door in doors for case in cases
}
