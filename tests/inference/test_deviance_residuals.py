"""Deviance residuals: R's, where R has them, and by brute force for every family."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

import mostlikely as ml
from mostlikely.family.catalogue import families
from tests.truths.cases import draws, laws

X = np.arange(8.0)
W = np.array([1.0, 4.0, 1.0, 9.0, 1.0, 2.0, 1.0, 3.0])
Y = np.array([1.2, 0.7, 2.9, 2.2, 5.1, 3.9, 9.4, 8.8])
#: R 4.2.2: residuals(glm(y ~ x, family), "deviance"), and MASS 7.3's glm.nb.
OF_R = {
    "Poisson": (
        ml.Poisson("y ~ x"),
        [2, 3, 1, 6, 8, 7, 15, 21],
        "0.3275559739, 0.4635502288, -1.4731741686, 0.5669716709, 0.4466246286, -0.9464741562, "
        "0.2234853636, 0.1298833432",
    ),
    "Bernoulli": (
        ml.Bernoulli("y ~ x"),
        [0, 0, 1, 0, 1, 1, 0, 1],
        "-0.6300421542, -0.7636846486, 1.4628228828, -1.0869221389, 1.0869221389, 0.9166495277, "
        "-1.6580776899, 0.6300421542",
    ),
    "Binomial": (
        ml.Binomial("y ~ x", n=10),
        [1, 0, 3, 2, 5, 6, 8, 9],
        "0.6430167494, -1.4225117322, 0.9459817867, -0.7415906482, 0.1975794314, -0.2685949596, "
        "0.1295357961, 0.2022384210",
    ),
    "Gamma": (
        ml.Gamma("y ~ x"),
        Y,
        "0.1480829499, -0.6464543528, 0.3912455940, -0.2296044777, 0.2851837410, -0.3090397759, "
        "0.2328191672, -0.1668575540",
    ),
    "InverseGaussian": (
        ml.InverseGaussian("y ~ x"),
        Y,
        "0.1544265144, -0.6112109038, 0.2644238769, -0.1427618328, 0.1368995304, -0.1431763341, "
        "0.0778083298, -0.0570656403",
    ),
    "NegativeBinomial": (
        ml.NegativeBinomial("y ~ x"),
        [0, 9, 1, 12, 2, 30, 4, 50],
        "-1.5612975318, 1.0739261675, -1.1135177535, 0.4942091478, -1.2624795280, 0.6604569362, "
        "-1.3771591446, 0.3354750911",
    ),
}
#: The same with weights=, which are precisions.
WEIGHTED = {
    "Normal": (
        ml.Normal("y ~ x"),
        "2.1138775510, 0.6465306122, 1.2326530612, -2.2738775510, 0.8514285714, -2.3181557822, "
        "2.5702040816, 1.1770875896",
    ),
    "Gamma": (
        ml.Gamma("y ~ x"),
        "0.5008994913, -0.8253727711, 0.6810561587, -0.0924412443, 0.4786509040, -0.2623477115, "
        "0.3400507874, -0.1881336675",
    ),
}


def numbers(text):
    return [float(word) for word in text.split(",")]


@pytest.mark.parametrize("name", OF_R)
def test_deviance_residuals_are_those_of_glm(name):
    model, y, wanted = OF_R[name]
    found = ml.fit(model, {"x": X, "y": y}).residuals("deviance")
    np.testing.assert_allclose(found, numbers(wanted), atol=2e-6)


@pytest.mark.parametrize("name", WEIGHTED)
def test_precision_weights_are_those_of_glm(name):
    model, wanted = WEIGHTED[name]
    fit = ml.fit(model, {"x": X, "y": Y, "w": W}, weights="w", weight_kind="precision")
    np.testing.assert_allclose(fit.residuals("deviance"), numbers(wanted), atol=1e-6)


def test_those_of_least_squares_are_what_is_left_over():
    fit = ml.fit(ml.Normal("y ~ x", sigma="~ x"), {"x": X, "y": Y})
    np.testing.assert_allclose(fit.residuals("deviance"), Y - fit.fitted, rtol=1e-9)


def test_those_of_a_scale_are_by_the_saturated_scale():
    """Weibull: log y is at its best where the scale is y, and (y/scale)^shape one."""
    fit = ml.fit(ml.Weibull("y ~ x"), {"x": X, "y": Y})
    scale = fit.predict(what="scale").value
    u = fit.params["shape"] * np.log(Y / scale)
    wanted = np.sign(u) * np.sqrt(2.0 * (np.exp(u) - 1.0 - u))
    np.testing.assert_allclose(fit.residuals("deviance"), wanted, rtol=1e-6)


@pytest.mark.parametrize("family", families(), ids=lambda f: f.__name__)
def test_every_family_has_them_or_says_that_it_has_none(family):
    law = laws(family, 1)[0]
    y = np.asarray(draws(law)[:60])
    known = {k: law.values[k] for k, p in law.family.parameters.items() if p.known}
    if law.family.labels:
        with pytest.raises(ml.ModelError, match="labels have no deviance residuals"):
            ml.fit(family(), y.astype(int)).residuals("deviance")
        return
    fit = ml.fit(family(**known), y)
    if family.__name__ in ("Uniform", "Pareto"):  # a row at an end likes ends beyond it best
        with pytest.raises(ml.ModelError, match=r"has no saturated model .* take quantile"):
            fit.residuals("deviance")
        return
    found, y = fit.residuals("deviance")[:12], y[:12]
    at = fit.distribution
    name = next(k for k, p in at.family.parameters.items() if not p.known)
    link, values = at.family.link(name), dict(at.values)
    gaps = []
    for one in y:

        def loss(eta, one=one):
            here = {**values, name: float(link.inverse(np.float64(eta)))}
            return -float(at.family.log_prob(np.float64(one), *here.values()))

        with np.errstate(all="ignore"):
            begin = float(link.forward(np.float64(values[name])))
            starts = [begin + d for d in np.linspace(-40.0, 40.0, 161)]
            lowest = min((loss(e), e) for e in starts if np.isfinite(loss(e)))[1]
            top = optimize.minimize_scalar(
                loss, bounds=(lowest - 0.5, lowest + 0.5), method="bounded", options={"xatol": 1e-9}
            )
            gaps.append(2.0 * (loss(begin) - min(top.fun, loss(lowest), loss(begin))))
    gaps = np.array(gaps)
    # either as they are, or one number, the dispersion, times them
    seen = gaps > 1e-6
    share = found[seen] ** 2 / gaps[seen]
    np.testing.assert_allclose(share, np.median(share), rtol=2e-4)
    if at.family.name not in ("Normal", "Gamma", "InverseGaussian"):  # of a limit: the limit
        assert np.median(share) == pytest.approx(1.0, rel=1e-4)
    if at.family.name != "VonMises":
        order = np.argsort(y)
        assert np.all(np.diff(np.sign(found[order])) >= 0.0)  # below, and then above
