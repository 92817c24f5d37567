"""Noise in: which noise model a loss assumes, what it holds fixed, and how to estimate that."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.errors import ModelError, nearest
from mostlikely.family.base import Family
from mostlikely.fit import fit
from mostlikely.loss.catalogue import CATALOGUE, named, unknown
from mostlikely.loss.entry import Assumed, Entry, Option
from mostlikely.loss.ours import ours
from mostlikely.results.fit import Fit
from mostlikely.tables.page import Page, html_of, text_of
from mostlikely.tables.tabular import Tabular

__all__ = ["Noise", "called", "chosen", "losses_of", "noise_of"]

Array = NDArray[np.float64]

#: Where objects of other libraries say which loss they have, in the order of asking.
SAID = ("loss", "objective", "loss_function", "criterion")
#: Packages whose losses are those of another.
ALIASES = {"torchvision": "torch", "tensorflow": "keras"}


@dataclass(frozen=True, repr=False)
class Noise(Tabular):
    """The noise model that a loss assumes. Made by `noise_of`.

    Attributes
    ----------
    loss, formula : str
        The loss in words, and per row, with y and the prediction f.
    family : Family or None
        The noise model with what the loss holds fixed; None where there is no likelihood, or no
        family for it here.
    predicts : tuple of str
        The parameters that f gives; empty for the probabilities of labels.
    link : str
        On which scale of them f stands.
    held : str
        What is held fixed.
    relation : str
        The loss of a row as a · nll + c, nll = -log p(y | f) with every constant.
    factor : float or None
        a, at the values that are held.
    dropped : str
        c, which does not depend on f.
    how_to_estimate : str
        How to find what was held fixed.
    optimum : str
        What the best prediction is.
    reason : str
        Why there is no likelihood, or no family; empty where there is one.
    names : mapping of str to tuple of str
        What frameworks call the loss.
    remarks : tuple of str
        What else to know: weights, smoothing, clamps.

    Examples
    --------
    >>> import mostlikely as ml
    >>> noise = ml.noise_of("mse", sigma=2.0)
    >>> noise.family, noise.factor
    (Normal(sigma=2), 8.0)
    >>> noise([1.0, 5.0], [0.0, 3.0]).round(9).tolist()     # squared errors, by the family
    [1.0, 4.0]
    >>> ml.noise_of("hinge").family is None
    True
    """

    loss: str
    formula: str
    family: Family | None
    predicts: tuple[str, ...]
    link: str
    held: str
    relation: str
    factor: float | None
    dropped: str
    how_to_estimate: str
    optimum: str
    reason: str
    names: Mapping[str, tuple[str, ...]]
    remarks: tuple[str, ...]
    assumed: Assumed | None = field(default=None, compare=False)

    def __call__(self, y: Any, prediction: Any) -> Array:
        """The loss of each row, computed from the family: ``factor`` · nll + c.

        Parameters
        ----------
        y : array-like of shape (n,)
            Labels are 0, 1, ...; shares of labels are (n, classes).
        prediction : array-like of shape (n,), or (n, columns) where f has several

        Raises
        ------
        ModelError
            If there is no family.
        DataError
            If shapes do not match; nothing is broadcast.
        """
        assumed = self._assumed()
        log_prob, _ = assumed.log_prob(y, prediction)
        return assumed.dropped(y) - assumed.factor * log_prob

    def gradient(self, y: Any, prediction: Any) -> Array:
        """The slope of the loss of each row in the prediction, in the prediction's shape."""
        assumed = self._assumed()
        slopes = -assumed.factor * assumed.log_prob(y, prediction)[1]
        return np.asarray(slopes.reshape(np.shape(prediction)))

    def constant(self, y: Any) -> Array:
        """c of each row: what the loss leaves out, or adds."""
        return self._assumed().dropped(y)

    def estimate(self, y: Any, prediction: Any) -> Fit:
        """Fit what the loss holds fixed, with the predictions as they are.

        Parameters
        ----------
        y, prediction : array-like of shape (n,)

        Raises
        ------
        ModelError
            If there is no family, or nothing is held fixed.

        Examples
        --------
        >>> import mostlikely as ml
        >>> fit = ml.noise_of("mse").estimate([1.0, 5.0, 2.0], [0.0, 3.0, 2.0])
        >>> round(fit.params["sigma"] ** 2, 6)         # the mean squared error, (1 + 4 + 0)/3
        1.666667
        """
        assumed = self._assumed()
        family = assumed.family
        stays = chosen(family)
        if len(stays) == len(family.fixed) or not assumed.follows:
            raise ModelError(f"{self.loss}: {self.how_to_estimate}.")
        (name,) = assumed.predicts
        _, (f,) = assumed.rows(y, prediction)
        model = type(family)(**{name: "f"}, **stays)
        return fit(model, {"y": np.asarray(y, dtype=np.float64), "f": f}, y="y")

    def _assumed(self) -> Assumed:
        if self.assumed is None:
            why = (
                self.reason
                or "its rows have weights or columns of their own; call the loss itself."
            )
            raise ModelError(f"{self.loss}: {why}")
        return self.assumed

    def __repr__(self) -> str:
        return f"<Noise of {self.loss}: {self.family or 'none'}>"

    def __str__(self) -> str:
        return text_of(self.page())

    def _repr_html_(self) -> str:
        return html_of(self.page())

    def records(self) -> list[dict[str, Any]]:
        """Two columns, ``what`` and ``answer``, in the order of reading."""
        model = repr(self.family) if self.family is not None else "none"
        of = " and ".join(self.predicts)
        f = f"{of} on the link {self.link}" if of else f"the classes' probabilities, {self.link}"
        asked = {"loss per row": self.formula, "noise model": model}
        if self.family is not None:
            asked |= {
                "f predicts": f,
                "loss": self.relation,
                "held fixed": self.held,
                "dropped constant": self.dropped,
                "to estimate it": self.how_to_estimate,
            }
        asked["best prediction"] = self.optimum
        if self.reason:
            asked["why"] = self.reason
        asked["called"] = called(self.names)
        return [{"what": what, "answer": answer} for what, answer in asked.items()]

    def page(self) -> Page:
        """The answer as a page to read."""
        from textwrap import wrap

        cells = [
            (row["what"] if i == 0 else "", line)
            for row in self.records()
            if row["what"] != "why"  # which is what the page ends with
            for i, line in enumerate(wrap(row["answer"], 68))
        ]
        verdict = self.reason or (
            f"It is a negative log-likelihood: minimising it is fitting {self.family!r}"
            f"{', or any other value of what is held' * ('whatever' in self.held)}."
        )
        return Page(
            title=f"The noise behind {self.loss}",
            lead="Minimising a sum of losses is maximising a likelihood, if there is one.",
            header=("what", "answer"),
            rows=tuple(cells),
            words=frozenset({0, 1}),
            notes=self.remarks,
            verdict=(verdict,),
            ok=self.family is not None,
        )


def noise_of(loss: Any, **options: Any) -> Noise:
    """The noise model that a loss assumes, what it holds fixed, and how to estimate that.

    Parameters
    ----------
    loss : str, class, function or object
        A name, as "mse", "reg:squarederror" or "Quantile:alpha=0.9"; a class, an instance or a
        function of PyTorch, as ``torch.nn.MSELoss()`` or ``F.cross_entropy``; an estimator or a
        metric of scikit-learn; an estimator of XGBoost, LightGBM or CatBoost; a loss of Keras;
        what `loss` and `objective` give, and estimators of ours.
        Libraries are recognised by name and never imported.
    **options : float
        What the loss holds fixed, or its own parameters: ``sigma=2``, ``delta=1.5``,
        ``quantile=0.9``; by default those of the object, or one.

    Returns
    -------
    Noise
        Its ``family`` is None, and its ``reason`` says why, where there is no likelihood.

    Raises
    ------
    ModelError
        For a loss that is not known, with the nearest name, or an option that the loss has not.

    Examples
    --------
    >>> import mostlikely as ml
    >>> ml.noise_of("pinball", quantile=0.9).family
    AsymmetricLaplace(scale=1, quantile=0.9)
    >>> ml.noise_of("mse").how_to_estimate
    'σ̂² = the mean squared error (of the training rows, divisor n)'
    >>> ml.noise_of("msee")
    Traceback (most recent call last):
        ...
    mostlikely.errors.ModelError: there is no loss 'msee' here; did you mean 'mse'?
    """
    own = ours(loss)
    if own is not None:
        if options:
            raise ModelError(
                f"the loss of {own['family']!r} says itself what is fixed; leave out "
                f"{next(iter(options))}, or give it to the family."
            )
        return Noise(**own)
    name, framework, given = _read(loss)
    entry = named(name, framework)
    if entry is None:
        raise unknown(name)
    wrong = [k for k in options if k not in entry.options]
    if wrong:
        clause = nearest(wrong[0], entry.options)
        raise ModelError(f"{entry.name} has no option {wrong[0]!r}; {clause}")
    values = {
        k: _checked(entry, k, options.get(k, _asked(option, framework, given)))
        for k, option in entry.options.items()
    }
    for value, other in entry.becomes.items():
        if value in values.values():
            return noise_of(other)
    return _noise(entry, values)


def chosen(family: Family) -> dict[str, float]:
    """Of what is fixed that which stays so where the rest is estimated: what a person chose."""
    of = family.parameters
    return {k: v for k, v in family.fixed.items() if of[k].known or of[k].chosen}


def losses_of(family: type[Family]) -> list[Noise]:
    """The losses of the catalogue whose noise a family is, in its order."""
    return [noise for n in CATALOGUE if type((noise := noise_of(n.name)).family) is family]


def called(names: Mapping[str, tuple[str, ...]], most: int = 4) -> str:
    """What frameworks call a loss, at most so many names of each."""
    return "; ".join(
        f"{framework} {', '.join(words[:most])}{', ...' * (len(words) > most)}"
        for framework, words in names.items()
        if framework != "other"
    )


def _noise(entry: Entry, values: dict[str, Any]) -> Noise:
    assumed = None if entry.assumes is None else entry.assumes(**values)
    link = entry.link
    if assumed is not None and isinstance(assumed.inverse, str) and assumed.predicts:
        link = assumed.inverse
    return Noise(
        loss=entry.name,
        formula=entry.formula,
        family=None if assumed is None else assumed.family,
        predicts=() if assumed is None else assumed.predicts,
        link=link,
        held=entry.held,
        relation=entry.relation,
        factor=None if assumed is None else assumed.factor,
        dropped=entry.dropped,
        how_to_estimate=entry.estimate,
        optimum=entry.optimum,
        reason=entry.reason,
        names=entry.names,
        remarks=entry.remarks,
        assumed=assumed,
    )


def _read(loss: Any) -> tuple[str, str, Mapping[str, Any]]:
    """Name, framework and whatever may say an option."""
    if isinstance(loss, str):
        name, _, rest = loss.partition(":")
        if named(loss) is not None or "=" not in rest:
            return loss, "", {}
        pairs = (part.partition("=") for part in rest.replace(";", ",").split(","))
        return name, "", {k.strip(): v.strip() for k, _, v in pairs}
    if isinstance(loss, Noise):
        return loss.loss, "", {}
    if not (inspect.isclass(loss) or callable(loss) or hasattr(loss, "__dict__")):
        raise ModelError(
            'a loss is a name, such as "mse", or a class, function or object of a library; got '
            f"{type(loss).__name__}."
        )
    kind = loss if inspect.isclass(loss) or inspect.isroutine(loss) else type(loss)
    package = (getattr(kind, "__module__", None) or "").partition(".")[0]
    framework = ALIASES.get(package, package)
    if kind is loss:
        return kind.__name__, framework, {}
    given = _attributes(loss)
    if given.get("label_smoothing"):
        return "label smoothing", framework, given
    for word in SAID:
        said = given.get(word)
        if isinstance(said, str) and named(said, framework) is not None:
            return said, framework, given
        if isinstance(said, str) and "=" in said:
            name, _, options = _read(said)
            return name, framework, {**given, **options}
    return kind.__name__, framework, given


def _attributes(loss: Any) -> Mapping[str, Any]:
    """What an object says of itself: its parameters, where it has a list, and its attributes."""
    listed = getattr(loss, "get_params", None)
    try:
        params = dict(listed()) if callable(listed) else {}
    except Exception:  # an estimator of someone's that cannot list its parameters is still one
        params = {}
    return {**params, **vars(loss)}


def _asked(option: Option, framework: str, given: Mapping[str, Any]) -> Any:
    """What the object says of an option, under the names that frameworks give it."""
    for name in option.names:
        package, _, attribute = name.rpartition(".")
        if package in ("", framework) and given.get(attribute) is not None:
            return given[attribute]
    return option.default


def _checked(entry: Entry, name: str, value: Any) -> Any:
    """The value of an option, inside its range."""
    option = entry.options[name]
    if isinstance(option.default, bool):
        return bool(value)
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not (option.low < number < option.high):
        above = f"above {option.low:g}" if np.isfinite(option.low) else "finite"
        below = f" and below {option.high:g}" if np.isfinite(option.high) else ""
        raise ModelError(f"{entry.name}: {name} must be a number {above}{below}; got {value!r}.")
    return number
