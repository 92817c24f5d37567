"""The page of each family, its derivation, and the data sets: resources made from the registry."""

from __future__ import annotations

import inspect
import re
from functools import cache
from importlib import import_module
from math import isinf, pi
from typing import Any

import numpy as np

import mostlikely as ml
from mostlikely.calculus.domain import Domain, angle
from mostlikely.errors import MissingPackage, MostLikelyError
from mostlikely.family import families
from mostlikely.family.base import Family, Param, SpecialCase
from mostlikely.loss.noise import losses_of
from mostlikely.report.families import first_line
from mostlikely.web import explore
from mostlikely.web.models import slug_of
from mostlikely.web.resources import program_of, resource

__all__ = ["derivation_of", "entry", "middle"]

Json = dict[str, Any]
Page = type[Family]

#: Rows of the sample on a family's page, and the seed of its draws.
ROWS, SEED = 60, 1


def slugs() -> list[str]:
    """Every family by its name in addresses."""
    return [slug_of(family) for family in families()]


def entry(family: Page) -> Json:
    """What the list of families says of one."""
    return {
        "name": family.__name__,
        "slug": slug_of(family),
        "kind": family.__module__.split(".")[-2],
        "summary": first_line(family),
        "parameters": [_parameter(name, p) for name, p in family.parameters.items()],
        "support": _where(family),
        "range": [-pi, pi] if family.support is angle else _ends(family.support),
        "discrete": family.support.discrete,
        "labels": family.labels,
        "relations": [
            _special_case(case) for case in family.special_cases if case.family in families()
        ],
    }


def _parameter(name: str, param: Param) -> Json:
    return {
        "name": name,
        "latex": latex_of(name),
        "meaning": param.meaning,
        "domain": _ends(param.domain),
        "typical": list(param.typical),
        "link": param.default_link.name,
        "known": param.known,
        "integer": param.domain.discrete,
    }


def _ends(domain: Domain) -> list[float | None]:
    return [None if isinf(end) else end for end in (domain.low, domain.high)]


def _where(family: Page) -> str:
    """What y may be, in words that follow "y is": a label is no count."""
    if not family.labels:
        return str(family.support)
    return f"one of several labels, here {int(family.support.high) + 1}"


def _prose(family: Page) -> str:
    """What a family's docstring says before its sections begin."""
    return re.split(r"\n+\w[\w ]*\n-{3,}\n", inspect.getdoc(family) or "")[0]


def _special_case(case: SpecialCase) -> Json:
    """A relative, and at which values; an infinite one has no number in JSON."""
    values = {k: str(float(v)) if isinf(v) else float(v) for k, v in case.when.items()}
    spelled = {"inf": "Infinity", "-inf": "-Infinity"}
    at = {k: spelled.get(v, v) if isinstance(v, str) else v for k, v in values.items()}
    return {"to": case.family.__name__, "slug": slug_of(case.family), "at": at}


def latex_of(name: str) -> str:
    """A parameter's name in formulas: Greek letters as such, words upright."""
    return str(_printer().doprint(_sympy().Symbol(name)))


@resource("families")
def _families() -> Json:
    """All of them, by kind."""
    return {"families": [entry(family) for family in families()]}


@resource("families/{}", of=slugs)
def _family(slug: str) -> Json:
    """A family's page."""
    family = ml.family(slug)
    program, why = program_of(family)
    moments, _ = program_of(family, "moments")
    derivation = _derivation(slug)
    return {
        **entry(family),
        "docstring": _prose(family),
        "declaration": inspect.getsource(family),
        "formula_latex": (derivation["steps"] or [{"latex": None}])[0]["latex"],
        "program": program,
        "why": why,
        "moments": moments,
        "derivation": derivation,
        "losses": _losses(family),
        "code": _code(family),
        "sample": _sample(family),
    }


@resource("derive/{}", of=slugs)
@cache
def _derivation(slug: str) -> Json:
    """How the estimate of a family is found, step by step."""
    return derivation_of(ml.family(slug))


def derivation_of(family: Any) -> Json:
    """The derivation of a family, or of one with parameters bound to numbers, as plain values."""
    steps: list[Json] = []
    estimates: dict[str, str | None] = {}
    why = ""
    try:
        found = ml.derive(family)
    except MostLikelyError as error:
        why = str(error)
    else:
        steps = [
            {k: getattr(step, k) for k in ("title", "sentence", "latex", "text")}
            for step in found.steps
        ]
        estimates = {k: None if e is None else _written(e) for k, e in found.estimates.items()}
    name = (family if isinstance(family, type) else type(family)).__name__
    return {"family": name, "steps": steps, "estimates": estimates, "why": why}


def _written(expression: Any) -> str:
    """A closed form in LaTeX, as the derivation prints it."""
    (y,) = [s for s in expression.atoms(_sympy().Symbol) if s.name == "y"] or [None]
    places = tuple(map(str, range(100)))  # without data labels are called by their places
    return str(_printer(y, _sympy().Symbol("n"), labels=places).doprint(expression))


def _printer(*given: Any, **named: Any) -> Any:
    _sympy()  # says what is missing
    from mostlikely.derivation.latex import Latex

    return Latex(*given, **named)


def _sympy() -> Any:
    try:
        return import_module("sympy")
    except ImportError:
        raise MissingPackage('formulas need SymPy: pip install "mostlikely[web]".') from None


def _losses(family: Page) -> list[Json]:
    """The losses whose noise it is."""
    return [
        {
            "name": noise.loss,
            "relation": noise.relation,
            "formula": noise.formula,
            "held": noise.held,
            "optimum": noise.optimum,
        }
        for noise in losses_of(family)
    ]


def _code(family: Page) -> Json:
    """The family in each of the words that it is used by."""
    known = {k: 10.0 for k, p in family.parameters.items() if p.known}
    inside = ", ".join(f"{k}={v:g}" for k, v in known.items())
    model, slug = f"ml.{family.__name__}({inside})", slug_of(family)
    fixed = "".join(f" --fix {k}={v:g}" for k, v in known.items())
    code: Json = {
        "python": f"import mostlikely as ml\n\nfit = ml.fit({model}, y)\nprint(fit)\n",
        "cli": f"mostlikely fit {slug} data.csv --y column{fixed}",
        "torch": None,
        "sklearn": None,
        "boosting": None,
    }
    if family.labels:
        code["sklearn"] = (
            "from mostlikely.estimators import MaximumLikelihoodClassifier\n\n"
            "model = MaximumLikelihoodClassifier().fit(X, y)\n"
        )
        return code
    code["torch"] = (
        "import mostlikely as ml\n\n"
        f"head, loss = ml.head({model}, 16), ml.loss({model})\n"
        "loss(head(features), y).backward()\n"
    )
    code["sklearn"] = (
        "import mostlikely as ml\n"
        "from mostlikely.estimators import MaximumLikelihoodRegressor\n\n"
        f"model = MaximumLikelihoodRegressor({model}).fit(X, y)\n"
    )
    code["boosting"] = (
        "import mostlikely as ml\nfrom mostlikely.estimators import DistributionalBooster\n\n"
        f"model = DistributionalBooster({model}).fit(X, y)\n"
        "model.predict_distribution(X)\n"
    )
    return code


def middle(family: Page) -> dict[str, float]:
    """Each parameter in the middle of what is typical for it."""
    return {name: _middle(param) for name, param in family.parameters.items()}


def _middle(param: Param) -> float:
    low, high = param.typical
    value = (low * high) ** 0.5 if low > 0.0 else 0.5 * (low + high)
    return float(np.rint(value)) if param.domain.discrete else float(f"{value:.2g}")


def _sample(family: Page) -> list[Any]:
    """Draws from it, always the same."""
    values = middle(family)
    known = {k: values[k] for k, p in family.parameters.items() if p.known}
    if family.labels or not values:
        return []
    try:
        law = family(**known).at(**{k: v for k, v in values.items() if k not in known})
        draws = law.sample(ROWS, seed=SEED)
    except MostLikelyError:
        return []
    return [float(f"{v:.4g}") for v in draws]


@resource("examples")
def _examples() -> Json:
    """The bundled data sets, with their stories."""
    return {"examples": explore.examples()}
