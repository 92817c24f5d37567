"""Which noise? Families, each declared once, on a page of its own.

A page is a file in a folder by the support of y (``positive/``, ``real/``, ``counts/``, ...) with a
class: parameters, support, one ``log_prob`` and a sampler. There is no list to keep: `catalogue`
finds pages, by name or all together.

Open a page first (``positive/gamma.py``), then `base` (what may be declared) and `distribution`
(what a law with known parameters can be asked). `binding` and `predictor` say what parameters are
bound to, `joint` and ``compositions/`` make models of models. Others take `formulas.Formulas`.

Nothing here may know data, a likelihood or a fit. A helper of several pages stands beside `base`:
every file in a folder of pages is taken for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mostlikely.family import custom, joint
from mostlikely.family.base import Family
from mostlikely.family.catalogue import as_family, families, family, pages
from mostlikely.family.compositions import shifted

__all__ = ["as_family", "families", "family", "pages", "restored"]


def restored(description: Mapping[str, Any]) -> Family:
    """The model that `Family.describe` described, compositions included.

    A description may hold others, of an ``inner`` model or of ``members``: they are made first, so
    that a composition finds models where it put descriptions.
    """
    description = dict(description)
    if "inner" in description:
        description["inner"] = restored(description["inner"])
    if "members" in description:
        description["members"] = tuple(restored(m) for m in description["members"])
    name = description["family"]
    made = [vars(module)[name] for module in (shifted, custom, joint) if name in module.__all__]
    cls: type[Family] = made[0] if made else family(name)
    return cls.restore(description)
