"""What the sixth part of the lesson shows: every loss of the catalogue with the noise behind it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from mostlikely.calculus.domain import real
from mostlikely.errors import ModelError
from mostlikely.family import pages
from mostlikely.family.base import Family, Param
from mostlikely.loss.catalogue import CATALOGUE
from mostlikely.loss.entry import Assumed
from mostlikely.loss.noise import Noise, noise_of
from mostlikely.web.models import slug_of
from mostlikely.web.programs import program
from mostlikely.web.resources import resource

__all__ = ["losses"]

Json = dict[str, Any]

#: The three lines of PyTorch with which the part begins.
THREE = ("MSELoss", "BCEWithLogitsLoss", "CrossEntropyLoss")
#: Whose best prediction is marked beside that of others.
CENTRES = {"mean": "MSELoss", "median": "L1Loss"}
#: Options at which a loss shows what it is for.
SHOWN = {"pinball": {"quantile": 0.9}}
#: Five data for each kind of y, the last of which is dragged; and where it may go.
SAMPLES: dict[str, tuple[list[float], tuple[float, float]]] = {
    "label": ([0, 1, 1, 1, 0], (0, 1)),
    "category": ([0, 1, 2, 2, 1], (0, 2)),
    "count": ([1, 2, 2, 3, 5], (0, 14)),
    "number": ([1.4, 1.9, 2.2, 2.9, 3.6], (0.0, 10.0)),
}
#: How a framework takes the name of a loss; the classes of scikit-learn and PyTorch are called.
CALLS = {
    "torch": "torch.nn.{}()",
    "sklearn": "{}({})",
    "xgboost": 'objective="{}"',
    "lightgbm": 'objective="{}"',
    "catboost": 'loss_function="{}"',
}
#: What takes away the penalty that scikit-learn adds unasked: with it the optimum is another one.
PLAIN = {
    "HuberRegressor": "alpha=0",
    "QuantileRegressor": "alpha=0",
    "GammaRegressor": "alpha=0",
    "PoissonRegressor": "alpha=0",
    "TweedieRegressor": "alpha=0",
    "LogisticRegression": "C=np.inf",
}


@resource("lesson/losses")
def losses() -> Json:
    """The catalogue, as the page shows it.

    Returns
    -------
    dict
        ``three``, places of three losses in ``losses``, and ``centres``, those of the losses whose
        best predictions are the mean and the median. Each of ``losses`` has the words of the
        catalogue (``name``, ``formula``, ``optimum``, ``relation``, ``held``, ``dropped``,
        ``estimate``, ``remarks``, ``reason``), ``calls``, a list of {by, code}, and, where it is a
        likelihood, ``family`` {name, slug, shown} and ``live``: the ``kind`` of y, ``columns`` of
        the prediction, what all but the first are ``held`` at, a ``sample`` with the ``range`` of
        its last datum, the ``reach`` of the first column on the figures, and the programs ``loss``
        and ``log_prob`` of y and the columns; null where the loss takes shares of labels, or
        log-probabilities whose sum it does not look at.

    Examples
    --------
    >>> found = losses()
    >>> mse = found["losses"][found["three"][0]]
    >>> mse["name"], mse["family"]["shown"], mse["live"]["columns"], mse["calls"][0]["code"]
    ('squared error', 'Normal(sigma=1)', ['f'], 'torch.nn.MSELoss()')
    """
    made = [_shown(noise_of(entry.name, **SHOWN.get(entry.name, {}))) for entry in CATALOGUE]
    return {
        "three": [_place(name) for name in THREE],
        "centres": {centre: _place(name) for centre, name in CENTRES.items()},
        "losses": made,
    }


def _place(name: str) -> int:
    """Where the loss that PyTorch calls so stands in the catalogue."""
    return next(i for i, entry in enumerate(CATALOGUE) if name in entry.names.get("torch", ()))


def _shown(noise: Noise) -> Json:
    model = noise.family
    return {
        "name": noise.loss,
        "formula": noise.formula,
        "optimum": noise.optimum,
        "relation": noise.relation,
        "held": noise.held,
        "dropped": noise.dropped,
        "estimate": noise.how_to_estimate,
        "remarks": list(noise.remarks),
        "reason": noise.reason,
        "link": noise.link,
        "calls": list(_calls(noise)),
        "family": None
        if model is None
        else {"name": _title(model), "slug": _slug(model), "shown": repr(model)},
        "live": None if noise.assumed is None else _live(noise, noise.assumed),
    }


def _title(model: Family) -> str:
    """A family's name; a composition goes by that of its inner one, too."""
    inner = getattr(model, "inner", None)
    return model.name if inner is None else f"{model.name} {inner.name}"


def _slug(model: Family) -> str | None:
    """Where the family's page is; a composition has none."""
    return slug_of(type(model)) if model.name.lower() in pages() else None


def _calls(noise: Noise) -> Iterable[Json]:
    """One line for each framework, and the library's own."""
    for by, form in CALLS.items():
        names = noise.names.get(by, ())
        classes = [n for n in names if n[0].isupper() and n != n.upper()]
        words = [n for n in names if n not in classes or by == "catboost"]
        name = next(iter(classes if by in ("torch", "sklearn") else words), None)
        if name is not None and by == "torch" and noise.family is None:
            yield {"by": by, "code": name}  # which need not be one of PyTorch's own
        elif name is not None:
            yield {"by": by, "code": form.format(name, PLAIN.get(name, ""))}
        elif by == "sklearn" and words:
            yield {"by": by, "code": f'"{words[0]}"'}
    if noise.family is not None:
        model = re.sub(r"\b([A-Z]\w*)\(", r"ml.\1(", repr(noise.family))
        yield {"by": "mostlikely", "code": f"ml.loss({model})"}


def _live(noise: Noise, assumed: Assumed) -> Json | None:
    """What the page draws: the loss and the density as programs of y and the prediction."""
    model = assumed.family
    if model.labels and noise.relation != "nll":  # no loss of one label and its scores
        return None
    kind = _kind(model)
    sample, reach = SAMPLES[kind]
    # the scores of labels are counted as the labels are
    count, first = (1 + len(model.parameters), 0) if model.labels else (len(assumed.predicts), 1)
    columns = ["f"] if count == 1 else [f"f{k}" for k in range(first, first + count)]
    try:
        loss, log_prob = (program(_recorded(assumed, columns, which)) for which in range(2))
    except ModelError:
        return None
    return {
        "kind": kind,
        "columns": columns,
        "held": [0.0 if model.labels else 1.0] * (count - 1),
        "sample": sample,
        "range": reach,
        "reach": _reach(assumed, kind),
        "loss": loss,
        "log_prob": log_prob,
    }


def _kind(model: Family) -> str:
    """Which of the samples are data of the family."""
    if model.labels:
        return "category"
    if model.support.high == 1.0:
        return "label"
    return "count" if model.support.discrete else "number"


def _reach(assumed: Assumed, kind: str) -> tuple[float, float]:
    """Where the first column of the prediction is drawn: about where it may be best."""
    if kind == "category" or assumed.inverse == "logit":
        return -4.0, 4.0
    param = assumed.family.parameters[assumed.predicts[0]]
    low, high = SAMPLES[kind][1]
    if kind == "label":
        return 0.02, 0.98
    if assumed.inverse == "log" or (kind == "number" and assumed.follows and param.unit == 0):
        return -1.0, 3.0
    return max(low, 0.3) if param.domain.low == 0.0 else low, high


def _recorded(assumed: Assumed, columns: list[str], which: int) -> Family:
    """A family of which the formula is the loss (0) or the log-density (1), to be written down."""

    class Recorded(Family):
        """A formula of y and of what is predicted."""

        parameters = {name: Param(real, "a column of the prediction") for name in columns}  # noqa: RUF012
        support = assumed.family.support

        def log_prob(self, y: Any, *f: Any) -> Any:
            return assumed.formula(y, f)[which]

    return Recorded()
