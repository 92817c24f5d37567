"""What a loss is given, checked: shapes and types always, values where looking is cheap.

For tensors and for arrays alike: what differs between libraries is their `Kit`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from mostlikely.calculus.domain import Domain
from mostlikely.errors import DataError, nearest

__all__ = [
    "Kit",
    "as_heads",
    "as_target",
    "as_weight",
    "cutpoints",
    "logits",
    "look_at_heads",
    "look_at_target",
    "look_at_weight",
    "parted",
]

#: The label by which PyTorch leaves a row out, unless told otherwise.
IGNORED = -100
#: How many targets are asked whether they are whole numbers.
ASKED = 2**12


class Kit:
    """What the checks ask of a library; each has its own."""

    #: Its type of arrays, and what such a thing is called.
    array: Any
    word: str
    #: How a person makes floats of the target, and moves the axis of classes to the end.
    floats: str
    moved: str

    @staticmethod
    def is_float(x: Any) -> bool:
        """Whether it holds floats."""
        raise NotImplementedError

    @staticmethod
    def cast(x: Any, dtype: Any) -> Any:
        """The same in another type."""
        raise NotImplementedError

    @staticmethod
    def columns(x: Any) -> list[Any]:
        """Its parts along the last axis."""
        raise NotImplementedError

    @staticmethod
    def number(x: Any, like: Any) -> Any:
        """A plain number as an array of no dimensions, beside another."""
        raise NotImplementedError

    @staticmethod
    def extremes(x: Any) -> tuple[float, float] | None:
        """Smallest and largest entry, NaN if there is one; None where values are hidden."""
        raise NotImplementedError

    @staticmethod
    def rows(x: Any, step: int = 1) -> Any:
        """Every ``step``-th entry, in NumPy's float64."""
        raise NotImplementedError


def shape(x: Any) -> tuple[int, ...]:
    """As it reads in a sentence."""
    return tuple(x.shape)


def as_target(kit: type[Kit], y: Any, family: str, support: Domain, dtype: Any, keep: bool) -> Any:
    """The targets in the heads' type; whole numbers as they are where ``keep`` says so.

    Raises
    ------
    DataError
        If they are no array, or whole numbers where real ones are meant.
    """
    if not isinstance(y, kit.array):
        raise DataError(f"the target must be {kit.word}; got {type(y).__name__}.")
    if not kit.is_float(y):
        kind = str(y.dtype).removeprefix("torch.")
        if kind.startswith("complex"):
            raise DataError(f"the target is complex, and y of {family} is {support}.")
        if not support.discrete:
            raise DataError(
                f"the target is {kind}, and y of {family} is {support}, not a label or a count; if "
                f"these are amounts, pass {kit.floats}."
            )
        if keep and kind != "bool":
            return y
    return y if y.dtype == dtype else kit.cast(y, dtype)


def as_heads(
    kit: type[Kit],
    given: Any,
    names: Sequence[str],
    columns: Sequence[str],
    y: Any,
    levels: int | None,
) -> tuple[list[Any], Any]:
    """One tensor per name, and None; or, of labels, None for each and the matrix of all.

    Parameters
    ----------
    given : tensor, sequence or mapping
    names : sequence of str
        The free parameters.
    columns : sequence of str
        Known values of each row, given by name after the free ones.
    y : tensor
        The targets.
    levels : int, optional
        How many logits may come in place of one fewer heads.

    Raises
    ------
    DataError
        If the names, their number or the shapes do not fit.
    """
    k = len(names)
    if isinstance(given, Mapping):
        wanted = [*names, *columns]
        for name in given:
            if name not in wanted:
                raise DataError(f"there is no head {name!r}; {nearest(str(name), wanted)}")
        missing = [name for name in wanted if name not in given]
        if missing:
            raise DataError(f"the input has no {' and no '.join(missing)}.")
        return [_part(kit, given[name], name, y) for name in wanted], None
    if columns:
        raise DataError(
            f"{' and '.join(columns)} differ from row to row: pass a mapping with "
            f"{', '.join([*names, *columns])}."
        )
    if isinstance(given, kit.array):
        return _columns(kit, given, names, y, levels)
    if not isinstance(given, Sequence):
        raise DataError(
            f"the input must be {kit.word}, or {k} of them in a list or by name; got "
            f"{type(given).__name__}."
        )
    if len(given) != k:
        raise DataError(
            f"the input holds {len(given)} {kit.word.split()[1]}s for {k} parameters: "
            f"{', '.join(names)}."
        )
    return [_part(kit, x, name, y) for x, name in zip(given, names, strict=True)], None


def logits(kit: type[Kit], given: Any, target: Any) -> int:
    """The number of classes that a matrix of logits has.

    Raises
    ------
    DataError
        If there is not one row for each label.
    """
    for word, x in (("logits", given), ("labels", target)):
        if not isinstance(x, kit.array):
            raise DataError(f"the {word} must be {kit.word}; got {type(x).__name__}.")
    seen, labels = shape(given), shape(target)
    if len(seen) == len(labels) + 1 and seen[:-1] == labels and seen[-1] > 1:
        return int(seen[-1])
    wanted = "".join(f"{size}, " for size in labels) + ("K" if labels else "K,")
    one = seen in (labels, (*labels, 1)) and len(labels) < 2
    cure = "; two classes of one logit are ml.Bernoulli()" if one else fitting(kit, given, target)
    raise DataError(
        f"logits of shape {seen} do not fit labels of shape {labels}: for K classes, two or more, "
        f"logits are of shape ({wanted}), a row for each label{cure}."
    )


def cutpoints(kit: type[Kit], given: Any, target: Any, family: str, heads: int) -> None:
    """Raise DataError if there are not as many heads as ordered classes without names have.

    So many heads belong to one number of classes whatever their names; of others it is to be said.
    """
    if not isinstance(given, kit.array) or not isinstance(target, kit.array):
        return
    seen, labels = shape(given), shape(target)
    if (seen[:-1] == labels and seen[-1] != heads) or seen == labels:
        raise DataError(
            f"an input of shape {seen} does not fit a target of shape {labels}: {family}() without "
            f"levels has {heads} heads, its cutpoints; K classes have K - 1 and are named: "
            f"ml.{family}(levels=range(K))."
        )


def fitting(kit: type[Kit], given: Any, target: Any, labels: bool = True) -> str:
    """A clause that says how the two would fit, where their shapes tell; else nothing.

    Parameters
    ----------
    labels : bool
        Whether targets are labels.
    """
    heads, y = shape(given), shape(target)
    if y[-1:] == (1,) and heads[:-1] == y[:-1]:
        return "; take the column out of the target, target.squeeze(-1)"
    if labels and heads == y:
        return "; labels are places of classes: target.argmax(-1)"
    if heads == y[:-1]:
        return "; heads come first: loss(input, target)"
    for axis in range(len(heads) - 1):
        if heads[:axis] + heads[axis + 1 :] == y:
            return f"; what is one axis of each row comes last: {kit.moved.format(axis)}"
    return ""


def parted(first: Any, more: tuple[Any, ...], target: Any) -> tuple[Any, Any]:
    """Heads and target of a call that may give each head by itself, the target last.

    Raises
    ------
    DataError
        If nothing but one of them is given.
    """
    if target is None:
        if not more:
            raise DataError("the loss is called with heads and a target: loss(input, target).")
        *more_heads, target = more
    else:
        more_heads = [*more]
    return ([first, *more_heads] if more_heads else first), target


def _columns(
    kit: type[Kit], given: Any, names: Sequence[str], y: Any, levels: int | None
) -> tuple[list[Any], Any]:
    k = len(names)
    if not kit.is_float(given):
        raise DataError(f"the input is {given.dtype}; heads are floats.")
    if k == 1 and given.shape == y.shape:
        return ([given], None) if levels is None else ([None], given[..., None])
    if given.ndim and given.shape[:-1] == y.shape:
        if levels is not None and given.shape[-1] in (k, levels):
            return [None] * k, given
        if given.shape[-1] == k > 1:
            return kit.columns(given), None
    wanted = f"{shape(y) if k == 1 else (*shape(y), k)}"
    several = f" (or {levels} logits)" if levels is not None else ""
    column = given.shape == (*y.shape, 1) and k == 1
    cure = (
        "; take the column out of it, input.squeeze(-1)"
        if column
        else fitting(kit, given, y, levels is not None)
    )
    raise DataError(
        f"an input of shape {shape(given)} does not fit a target of shape {shape(y)}: one head for "
        f"each of {', '.join(names)}{several} is a shape of {wanted}, and nothing is broadcast"
        f"{cure}."
    )


def _part(kit: type[Kit], x: Any, name: str, y: Any) -> Any:
    if not isinstance(x, kit.array):
        x = kit.number(x, y)
    if x.ndim and x.shape != y.shape:
        raise DataError(
            f"{name} has shape {shape(x)} and the target {shape(y)}: each parameter is of the "
            "target's shape, or of no dimensions; nothing is broadcast."
        )
    return x


def as_weight(kit: type[Kit], w: Any, y: Any, dtype: Any) -> Any:
    """The weights in the heads' type.

    Raises
    ------
    DataError
        If they are no array of the targets' shape.
    """
    if not isinstance(w, kit.array):
        raise DataError(f"the weight must be {kit.word}; got {type(w).__name__}.")
    if w.shape != y.shape:
        raise DataError(
            f"the weight has shape {shape(w)} and the target {shape(y)}: there is one for each row."
        )
    return kit.cast(w, dtype)


# Values. Where a transform hides them nobody looks.


def look_at_target(
    kit: type[Kit], y: Any, family: str, support: Domain, whole: bool
) -> float | None:
    """The largest target, or None where values are hidden.

    Raises
    ------
    DataError
        If one lies outside the support.
    """
    found = kit.extremes(y)
    if found is None:
        return None
    inside = support.holds(*found)
    if inside and support.discrete and not whole:
        few = kit.rows(y, max(1, prod(y.shape) // ASKED))
        inside = np.array_equal(few, np.rint(few))
    if not inside:
        rows = kit.rows(y)
        outside = ~support.contains(rows)
        places = outside.nonzero()[0]
        few_rows = ", ".join(f"{rows[p]:g} (row {p})" for p in places[:3])
        more = f" and {len(places) - 3} more" if len(places) > 3 else ""
        ignored = (
            f"; a row to be left out, as {IGNORED} is elsewhere, has a label and weight 0"
            if IGNORED in rows[outside]
            else ""
        )
        raise DataError(f"under {family} a target is {support}; got {few_rows}{more}{ignored}.")
    return found[1]


def look_at_heads(
    kit: type[Kit], heads: Mapping[str, Any], domains: Mapping[str, Domain] | None
) -> list[Any]:
    """The extremes of each head, None for those that are hidden.

    Raises
    ------
    DataError
        If one is NaN or infinite, or, where ``domains`` are given, outside its own.
    """
    seen = []
    for name, x in heads.items():
        found = kit.extremes(x)
        seen.append(found)
        if found is None:
            continue
        if not all(abs(edge) < float("inf") for edge in found):
            rows = kit.rows(x)
            bad = np.flatnonzero(~np.isfinite(rows))
            kind = "NaN" if np.isnan(rows).any() else "infinite"
            raise DataError(
                f"the head of {name} is {kind} in {len(bad)} of {len(rows)} rows, the first of "
                f"them {int(bad[0])}; training has diverged, or an input holds what is no number."
            )
        if domains is not None and name in domains and not domains[name].holds(*found):
            raise DataError(
                f"{name} must be {domains[name]}, and reaches from {found[0]:g} to {found[1]:g}; "
                "heads on the scale of the link are read with natural=False."
            )
    return seen


def look_at_weight(kit: type[Kit], w: Any, mean: bool) -> None:
    """Raise DataError if a weight is negative or no number, or, for a mean, if all are zero."""
    found = kit.extremes(w)
    if found is None:
        return
    if not (found[0] >= 0.0 and found[1] < float("inf")):
        raise DataError(
            f"weights must be zero or positive; they reach from {found[0]:g} to {found[1]:g}."
        )
    if mean and found[1] == 0.0:
        raise DataError("all weights are zero, so there is no mean to take.")
