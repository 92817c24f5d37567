"""Recorded regressions, fitted by the public words and compared with R, and NIST's certificates.

`tests/reference/README.md` says where each number comes from.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from math import inf, isinf, log, log10, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mostlikely as ml

FOLDER = Path(__file__).parent / "reference" / "regression"
CASES = {c["id"]: c for c in json.loads((FOLDER / "cases.json").read_text("utf-8"))}


def columns(case: str) -> dict[str, Any]:
    record = CASES[case]
    if "data" in record:
        return {name: np.array(column) for name, column in record["data"].items()}
    with (FOLDER / record["csv"]).open(encoding="utf-8", newline="") as lines:
        names, *rows = csv.reader(lines)
    return dict(zip(names, np.array(rows, dtype=float).T, strict=True))


# Cases with an interior maximum.


@dataclass(frozen=True)
class Reading:
    """A case in our words: the model, and the key of each of R's parameters."""

    model: ml.Family
    keys: Mapping[str, Any]
    more: Mapping[str, Any] = field(default_factory=dict)


def coefficients(parameter: str, terms: str, prefix: str = "") -> dict[str, Any]:
    """Keys of coefficients that R calls by the same terms."""
    keys = {prefix + term: (parameter, term) for term in terms.split()}
    return {f"{prefix}(Intercept)": (parameter, "Intercept"), **keys}


def plus(terms: str) -> str:
    return " + ".join(terms.split())


QUADRATIC = "y ~ x + I(x ** 2)"
CURVE = {"b0": ("mu", "Intercept"), "b1": ("mu", "x"), "b2": ("mu", "I(x ** 2)")}
LOG_SIGMA = {"g0": ("sigma", "Intercept"), "g1": ("sigma", "x")}
BIRTHWT = "age lwt race2 race3 smoke ptd ht ui ftv1 ftv2p"
INSURANCE = (
    "District2 District3 District4 Group1-1.5l Group1.5-2l Group>2l Age25-29 Age30-35 Age>35"
)
CPUS = "lsyct lmmax lmmin lcach"
QUINE = "EthN SexM AgeF1 AgeF2 AgeF3 LrnSL"
GASOLINE = "temp batch1 batch2 batch3 batch4 batch5 batch6 batch7 batch8 batch9"
SALAMANDERS = "mined PR DM EC.A EC.L DES.L DF"
READINGS = {
    "fremantle_gev_reg": Reading(
        ml.GEV(mu="y ~ t + soi"),
        {
            "b0": ("mu", "Intercept"),
            "b_t": ("mu", "t"),
            "b_soi": ("mu", "soi"),
            "scale": "sigma",
            "shape": "xi",
        },
    ),
    "menarche_logit": Reading(ml.Binomial("Menarche ~ Age", n="Total"), coefficients("p", "Age")),
    "menarche_probit": Reading(
        ml.Binomial(p=ml.linear("Menarche ~ Age", link="probit"), n="Total"),
        coefficients("p", "Age"),
    ),
    "birthwt_logit": Reading(ml.Bernoulli(f"low ~ {plus(BIRTHWT)}"), coefficients("p", BIRTHWT)),
    "insurance_poisson": Reading(
        ml.Poisson("Claims ~ " + " + ".join(f"`{term}`" for term in INSURANCE.split())),
        coefficients("mean", INSURANCE),
        {"offset": "log_holders"},
    ),
    "clotting_gamma_lot1": Reading(
        ml.Gamma(mean=ml.linear("y ~ logu", link="inverse")),
        {**coefficients("mean", "logu"), "shape": "shape"},
    ),
    "cpus_gamma_log": Reading(
        ml.Gamma(f"perf ~ {plus(CPUS)}"), {**coefficients("mean", CPUS), "shape": "shape"}
    ),
    "quine_nb": Reading(
        ml.NegativeBinomial(f"Days ~ {plus(QUINE)}"),
        {**coefficients("mean", QUINE), "theta": "size"},
    ),
    "gasoline_betareg": Reading(
        ml.Beta(f"`yield` ~ {plus(GASOLINE)}"),
        {**coefficients("mean", GASOLINE, "mu:"), "phi": "precision"},
    ),
    "gasoline_betareg_phi": Reading(
        ml.Beta(mean=f"`yield` ~ {plus(GASOLINE)}", precision="~ temp"),
        {**coefficients("mean", GASOLINE, "mu:"), **coefficients("precision", "temp", "phi:")},
    ),
    "foodexp_betareg": Reading(
        ml.Beta("y ~ income + persons"),
        {**coefficients("mean", "income persons", "mu:"), "phi": "precision"},
    ),
    "foodexp_betareg_phi": Reading(
        ml.Beta(mean="y ~ income + persons", precision="~ persons"),
        {
            **coefficients("mean", "income persons", "mu:"),
            **coefficients("precision", "persons", "phi:"),
        },
    ),
    "reading_betareg": Reading(
        ml.Beta(mean="accuracy ~ dys * iq", precision="~ dys + iq"),
        {
            **coefficients("mean", "dys iq dys:iq", "mu:"),
            **coefficients("precision", "dys iq", "phi:"),
        },
    ),
    "abdom_gamlss_no": Reading(ml.Normal(mu=QUADRATIC, sigma="~ x"), {**CURVE, **LOG_SIGMA}),
    "abdom_gamlss_tf": Reading(
        ml.StudentT(mu=QUADRATIC, sigma="~ x"), {**CURVE, **LOG_SIGMA, "nu": "df"}
    ),
    "abdom_gls_varpower": Reading(
        ml.Normal(
            mu=QUADRATIC,
            sigma=ml.nonlinear(
                lambda d, sigma, power: sigma * d["x"] ** power, start={"sigma": 1.0, "power": 1.0}
            ),
        ),
        {**CURVE, "sigma": ("sigma", "sigma"), "power": ("sigma", "power")},
    ),
    "salamanders_nb_disp": Reading(
        ml.NegativeBinomial(
            mean="count ~ " + " + ".join(f"`{t}`" for t in SALAMANDERS.split()), size="~ mined"
        ),
        {**coefficients("mean", SALAMANDERS, "mu:"), **coefficients("size", "mined", "size:")},
    ),
    "orobanche_betabin": Reading(
        ml.BetaBinomial(mean=ml.linear("m ~ 0 + C(dil)", link="identity"), n="n"),
        {**{f"p{i}": ("mean", f"C(dil)[{i}]") for i in (1, 2, 3)}, "theta": "precision"},
    ),
    "stats4_example": Reading(
        ml.Poisson(
            mean=ml.nonlinear(
                lambda d, ymax, xhalf: ymax / (1.0 + d["x"] / xhalf),
                start={"ymax": 25.0, "xhalf": 3.0},
            )
        ),
        {"ymax": ("mean", "ymax"), "xhalf": ("mean", "xhalf")},
        {"y": "y"},
    ),
    "challenger_logit": Reading(ml.Bernoulli("fail ~ temp"), coefficients("p", "temp")),
    "beetles_logit": Reading(ml.Binomial("killed ~ dose", n="n"), coefficients("p", "dose")),
}
#: Cases that the library does not get right, and what is wrong; a test sees that it still is.
KNOWN_GAPS: dict[str, str] = {}
RIGHT = [case for case in READINGS if case not in KNOWN_GAPS]


@cache
def fit_of(case: str) -> ml.Fit:
    data, reading = columns(case), READINGS[case]
    if case == "insurance_poisson":
        data["log_holders"] = np.log(data["Holders"])
    return ml.fit(reading.model, data, **reading.more)


def test_every_recorded_case_is_read():
    named = {*READINGS, *APART, *(f"nist_nls_{s}" for s in CURVES), *STRAIGHT}
    assert set(CASES) == named
    assert set(KNOWN_GAPS) <= set(CASES)


# NIST's nonlinear sets, from both of NIST's starts.


def gauss(d, b1, b2, b3, b4, b5, b6, b7, b8):
    x = d["x"]
    first, second = (x - b4) / b5, (x - b7) / b8
    return b1 * np.exp(-b2 * x) + b3 * np.exp(-(first**2)) + b6 * np.exp(-(second**2))


def lanczos(d, b1, b2, b3, b4, b5, b6):
    x = d["x"]
    return b1 * np.exp(-b2 * x) + b3 * np.exp(-b4 * x) + b5 * np.exp(-b6 * x)


def cubic_ratio(d, b1, b2, b3, b4, b5, b6, b7):
    x = d["x"]
    return (b1 + b2 * x + b3 * x**2 + b4 * x**3) / (1 + b5 * x + b6 * x**2 + b7 * x**3)


def chwirut(d, b1, b2, b3):
    return np.exp(-b1 * d["x"]) / (b2 + b3 * d["x"])


def enso(d, b1, b2, b3, b4, b5, b6, b7, b8, b9):
    angle = 2.0 * np.pi * d["x"]
    total = b1 + b2 * np.cos(angle / 12.0) + b3 * np.sin(angle / 12.0)
    total = total + b5 * np.cos(angle / b4) + b6 * np.sin(angle / b4)
    return total + b8 * np.cos(angle / b7) + b9 * np.sin(angle / b7)


CURVES: dict[str, Callable[..., Any]] = {
    "Bennett5": lambda d, b1, b2, b3: b1 * (b2 + d["x"]) ** (-1.0 / b3),
    "BoxBOD": lambda d, b1, b2: b1 * (1.0 - np.exp(-b2 * d["x"])),
    "Chwirut1": chwirut,
    "Chwirut2": chwirut,
    "DanWood": lambda d, b1, b2: b1 * d["x"] ** b2,
    "ENSO": enso,
    "Eckerle4": lambda d, b1, b2, b3: b1 / b2 * np.exp(-0.5 * ((d["x"] - b3) / b2) ** 2),
    "Gauss1": gauss,
    "Gauss2": gauss,
    "Gauss3": gauss,
    "Hahn1": cubic_ratio,
    "Kirby2": lambda d, b1, b2, b3, b4, b5: (
        (b1 + b2 * d["x"] + b3 * d["x"] ** 2) / (1.0 + b4 * d["x"] + b5 * d["x"] ** 2)
    ),
    "Lanczos1": lanczos,
    "Lanczos2": lanczos,
    "Lanczos3": lanczos,
    "MGH09": lambda d, b1, b2, b3, b4: (
        b1 * (d["x"] ** 2 + d["x"] * b2) / (d["x"] ** 2 + d["x"] * b3 + b4)
    ),
    "MGH10": lambda d, b1, b2, b3: b1 * np.exp(b2 / (d["x"] + b3)),
    "MGH17": lambda d, b1, b2, b3, b4, b5: (
        b1 + b2 * np.exp(-d["x"] * b4) + b3 * np.exp(-d["x"] * b5)
    ),
    "Misra1a": lambda d, b1, b2: b1 * (1.0 - np.exp(-b2 * d["x"])),
    "Misra1b": lambda d, b1, b2: b1 * (1.0 - (1.0 + b2 * d["x"] / 2.0) ** -2.0),
    "Misra1c": lambda d, b1, b2: b1 * (1.0 - (1.0 + 2.0 * b2 * d["x"]) ** -0.5),
    "Misra1d": lambda d, b1, b2: b1 * b2 * d["x"] / (1.0 + b2 * d["x"]),
    "Nelson": lambda d, b1, b2, b3: b1 - b2 * d["x1"] * np.exp(-b3 * d["x2"]),
    "Rat42": lambda d, b1, b2, b3: b1 / (1.0 + np.exp(b2 - b3 * d["x"])),
    "Rat43": lambda d, b1, b2, b3, b4: b1 / (1.0 + np.exp(b2 - b3 * d["x"])) ** (1.0 / b4),
    "Roszman1": lambda d, b1, b2, b3, b4: (
        b1 - b2 * d["x"] - np.arctan(b3 / (d["x"] - b4)) / np.pi
    ),
    "Thurber": cubic_ratio,
}
