"""What our own losses say of themselves: a family is its noise."""

from __future__ import annotations

import inspect
from typing import Any

from mostlikely.calculus.jet import Jet
from mostlikely.errors import ModelError
from mostlikely.family import as_family
from mostlikely.family.base import Family
from mostlikely.loss.entry import Assumed
from mostlikely.loss.reading import unnamed

__all__ = ["ours"]

#: How the objects are made that have a family and are trained by its likelihood.
MADE = {"Loss": "ml.loss", "Objective": "ml.objective"}


def ours(loss: Any) -> dict[str, Any] | None:
    """The attributes of the `Noise` of `ml.loss`, `ml.objective` or an estimator of ours.

    None for whatever else. What an object of ours has under ``family`` is what it believes; nothing
    of PyTorch or scikit-learn is imported to know it.
    """
    kind = type(loss)
    if inspect.isclass(loss) or kind.__module__.partition(".")[0] != "mostlikely":
        return None
    if kind.__name__ not in MADE and not hasattr(loss, "get_params"):
        return None
    if not hasattr(loss, "family"):
        return None
    family = as_family(loss.family)
    natural = bool(getattr(loss, "natural", False))
    whole = bool(getattr(loss, "normalised", True))
    beta = getattr(loss, "beta", None)
    links = ["identity" if natural else link.name for link in family.links().values()]
    fixed = ", ".join(f"{k} = {v:g}" for k, v in family.fixed.items())
    scale = family.standard[1] if family.standard else "scale"
    weight = f"{scale}^{2.0 * beta:g} · " if beta else ""
    of_classes = unnamed(family)  # as many as the head has
    best = "probabilities" if of_classes else " and ".join(family.free)
    return {
        "loss": f"the {'β-weighted ' if beta else ''}negative log-likelihood of {family!r}",
        "formula": f"{weight}-log p(y | f){'' if whole else ' + c'}",
        "family": family,
        "predicts": () if of_classes else family.free,
        "link": "by softmax"
        if of_classes
        else links[0]
        if len(set(links)) == 1
        else ", ".join(links),
        "held": fixed or "nothing",
        "relation": f"{weight}nll{'' if whole else ' + c'}",
        "factor": None if beta else 1.0,
        "dropped": "nothing" if whole else "the terms that no free parameter enters",
        "how_to_estimate": (
            f"leave {' and '.join(family.fixed)} free"
            if fixed
            else "nothing is fixed, so there is nothing to estimate"
        ),
        "optimum": f"the {best} under which the data are most probable",
        "reason": "",
        "names": {"mostlikely": (MADE.get(kind.__name__, kind.__name__),)},
        "remarks": (
            f"The weight {weight[:-3]} receives no gradient (β-NLL): each row's own optimum stays "
            "where it is.",
        )
        if beta
        else (),
        "assumed": None
        if beta or family.columns or of_classes
        else _assumed(family, links, natural, whole),
    }


def _assumed(family: Family, links: list[str], natural: bool, whole: bool) -> Assumed:
    """The same, computed row by row."""

    def joint(y: Any, heads: list[Jet]) -> Jet:
        values = heads if natural else family.natural(heads)
        found: Jet = family.log_prob(
            y, *family.arguments(dict(zip(family.free, values, strict=True)))
        )
        return found

    def constant(y: Any) -> float:
        if whole:
            return 0.0
        raise ModelError(
            "the terms that normalised=False drops are not computed here; ask of the loss with "
            "normalised=True, which drops none."
        )

    if links == ["identity"]:
        return Assumed(family, family.free, constant=constant)
    return Assumed(family, family.free, constant=constant, inverse=(), rest=joint)
