"""What a loss is given, checked: shapes and types always, values where looking is cheap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from mostlikely.calculus.domain import Domain
from mostlikely.errors import DataError, nearest

__all__ = [
    "as_heads",
    "as_target",
    "as_weight",
    "look_at_heads",
    "look_at_target",
    "look_at_weight",
]

#: How many targets are asked whether they are whole numbers.
ASKED = 2**12


def shape(x: Any) -> tuple[int, ...]:
    """As it reads in a sentence."""
    return tuple(x.shape)


def computed(dtype: Any) -> Any:
    """The type in which a loss of heads of this type is computed."""
    return torch.float32 if dtype in (torch.float16, torch.bfloat16) else dtype


def as_target(y: Any, family: str, support: Domain, dtype: Any, keep: bool) -> Any:
    """The targets in the heads' type; whole numbers as they are where ``keep`` says so.

    Raises
    ------
    DataError
        If they are no tensor, or whole numbers where real ones are meant.
    """
    if not isinstance(y, torch.Tensor):
        raise DataError(f"the target must be a tensor; got {type(y).__name__}.")
    keep = keep and not y.is_floating_point() and y.dtype != torch.bool
    if y.is_complex():
        raise DataError(f"the target is complex, and y of {family} is {support}.")
    if not y.is_floating_point() and not support.discrete:
        kind = str(y.dtype).removeprefix("torch.")
        raise DataError(
            f"the target is {kind}, and y of {family} is {support}, not a label or a count; if "
            "these are amounts, pass target.float()."
        )
    return y if y.dtype == dtype or keep else y.to(dtype)


def as_heads(
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
        return [_part(given[name], name, y) for name in wanted], None
    if columns:
        raise DataError(
            f"{' and '.join(columns)} differ from row to row: pass a mapping with "
            f"{', '.join([*names, *columns])}."
        )
    if isinstance(given, torch.Tensor):
        return _columns(given, names, y, levels)
    if not isinstance(given, Sequence):
        raise DataError(
            f"the input must be a tensor, or {k} of them in a list or by name; got "
            f"{type(given).__name__}."
        )
    if len(given) != k:
        raise DataError(
            f"the input holds {len(given)} tensors for {k} parameters: {', '.join(names)}."
        )
    return [_part(x, name, y) for x, name in zip(given, names, strict=True)], None


def _columns(given: Any, names: Sequence[str], y: Any, levels: int | None) -> tuple[list[Any], Any]:
    k = len(names)
    if not given.is_floating_point():
        raise DataError(f"the input is {given.dtype}; heads are floats.")
    if k == 1 and given.shape == y.shape:
        return ([given], None) if levels is None else ([None], given.unsqueeze(-1))
    if given.dim() and given.shape[:-1] == y.shape:
        if levels is not None and given.shape[-1] in (k, levels):
            return [None] * k, given
        if given.shape[-1] == k > 1:
            return [*given.unbind(-1)], None
    wanted = f"{shape(y) if k == 1 else (*shape(y), k)}"
    several = f" (or {levels} logits)" if levels is not None else ""
    column = given.shape == (*y.shape, 1) and k == 1
    cure = "; take the column out of it, input.squeeze(-1)" if column else ""
    raise DataError(
        f"an input of shape {shape(given)} does not fit a target of shape {shape(y)}: one head for "
        f"each of {', '.join(names)}{several} is a shape of {wanted}, and nothing is broadcast"
        f"{cure}."
    )


def _part(x: Any, name: str, y: Any) -> Any:
    if not isinstance(x, torch.Tensor):
        x = torch.as_tensor(x, dtype=torch.float64, device=y.device)
    if x.dim() and x.shape != y.shape:
        raise DataError(
            f"{name} has shape {shape(x)} and the target {shape(y)}: each parameter is of the "
            "target's shape, or of no dimensions; nothing is broadcast."
        )
    return x


def as_weight(w: Any, y: Any, dtype: Any) -> Any:
    """The weights in the heads' type.

    Raises
    ------
    DataError
        If they are no tensor of the targets' shape.
    """
    if not isinstance(w, torch.Tensor):
        raise DataError(f"the weight must be a tensor; got {type(w).__name__}.")
    if w.shape != y.shape:
        raise DataError(
            f"the weight has shape {shape(w)} and the target {shape(y)}: there is one for each row."
        )
    return w.to(dtype)


# Values. A transform that hides them raises RuntimeError when it is asked; then nobody looks.


def extremes(x: Any) -> tuple[float, float] | None:
    """Smallest and largest entry, NaN if there is one; None where values are hidden."""
    try:
        low, high = torch.aminmax(x.detach())
        return low.item(), high.item()
    except RuntimeError:
        return None


def look_at_target(y: Any, family: str, support: Domain, whole: bool) -> float | None:
    """The largest target, or None where values are hidden.

    Raises
    ------
    DataError
        If one lies outside the support.
    """
    found = extremes(y)
    if found is None:
        return None
    inside = support.holds(*found)
    if inside and support.discrete and not whole:
        few = y.detach().reshape(-1)
        few = few[:: max(1, few.numel() // ASKED)]
        inside = torch.equal(few, torch.round(few))
    if not inside:
        rows = y.detach().double().reshape(-1).cpu().numpy()
        outside = ~support.contains(rows)
        places = outside.nonzero()[0]
        few_rows = ", ".join(f"{rows[p]:g} (row {p})" for p in places[:3])
        more = f" and {len(places) - 3} more" if len(places) > 3 else ""
        raise DataError(f"under {family} a target is {support}; got {few_rows}{more}.")
    return found[1]


def look_at_heads(heads: Mapping[str, Any], domains: Mapping[str, Domain] | None) -> list[Any]:
    """The extremes of each head, None for those that are hidden.

    Raises
    ------
    DataError
        If one is NaN or infinite, or, where ``domains`` are given, outside its own.
    """
    seen = []
    for name, x in heads.items():
        found = extremes(x)
        seen.append(found)
        if found is None:
            continue
        if not all(abs(edge) < float("inf") for edge in found):
            bad = (~torch.isfinite(x.detach())).reshape(-1).nonzero().reshape(-1)
            kind = "NaN" if torch.isnan(x.detach()).any() else "infinite"
            raise DataError(
                f"the head of {name} is {kind} in {len(bad)} of {x.numel()} rows, the first of "
                f"them {int(bad[0])}; training has diverged, or an input holds what is no number."
            )
        if domains is not None and name in domains and not domains[name].holds(*found):
            raise DataError(
                f"{name} must be {domains[name]}, and reaches from {found[0]:g} to {found[1]:g}; "
                "heads on the scale of the link are read with natural=False."
            )
    return seen


def look_at_weight(w: Any, mean: bool) -> None:
    """Raise DataError if a weight is negative or no number, or, for a mean, if all are zero."""
    found = extremes(w)
    if found is None:
        return
    if not (found[0] >= 0.0 and found[1] < float("inf")):
        raise DataError(
            f"weights must be zero or positive; they reach from {found[0]:g} to {found[1]:g}."
        )
    if mean and found[1] == 0.0:
        raise DataError("all weights are zero, so there is no mean to take.")
