"""The loss of a family as a PyTorch module."""

from __future__ import annotations

from math import inf, isfinite, isinf
from typing import Any

import torch

from mostlikely.errors import DataError, ModelError, nearest
from mostlikely.family import as_family
from mostlikely.family.base import Family
from mostlikely.loss import check
from mostlikely.loss.graph import Graph, Node
from mostlikely.loss.program import Program, fused, tame
from mostlikely.loss.terms import Terms

__all__ = ["Loss", "linked", "readable"]

REDUCTIONS = ("mean", "sum", "none")
#: Counts below this are so few that differences of terms keep the digits that are promised.
FEW = {torch.float32: 128, torch.float64: 1024}
#: Of counts below this, what no parameter enters is looked up.
LOOKED_UP = 2**16
#: From so many labels on PyTorch's own cross-entropy is the faster.
MANY = 32
#: How far out a head of a log or logit may be, so that its parameter, its square and products with
#: those of others are floats: for parameters in the unit of y, and for pure numbers.
REACH = {torch.float32: (40.0, 20.0), torch.float64: (340.0, 170.0)}


def readable(model: Any) -> Family:
    """The model that is meant, if it can be a loss.

    Raises
    ------
    ModelError
        If it has no free parameter, a formula, or is a plain function.
    """
    family = as_family(model)
    if family.own:
        raise ModelError("a plain function has no target; declare a Family with a log_prob.")
    waiting = [k for k, p in family.predictors.items() if p.column is None]
    if waiting or len(family.all_predictors) > len(family.predictors):
        raise ModelError(
            f"{family!r} has a formula, and in training the network is the formula: leave it out, "
            f"ml.loss(ml.{family.name}())."
        )
    if not family.free:
        raise ModelError(f"{family!r} has no free parameter, so there is nothing to train.")
    return family


class Reading:
    """A family's negative log-density, read.

    Parameters
    ----------
    family : Family
    natural : bool
        Whether parameters come themselves, or heads.
    few : bool
        Whether all targets are counts below `FEW`, or the terms that would cancel are dropped.
    """

    def __init__(self, family: Family, natural: bool, few: bool) -> None:
        graph = Graph(few, 1 + len(family.parameters) if family.labels else 0)
        y = graph.input("y", False)
        heads = [graph.input(k, True) for k in family.free]
        columns = {k: graph.input(k, False) for k in family.columns}
        values = heads if natural else linked(family, heads)
        free = dict(zip(family.free, values, strict=True))
        try:
            formula = family.log_prob(y, *family.arguments({**free, **columns}))
        except TypeError as error:
            raise ModelError(f"PyTorch cannot read the log-density of {family}: {error}") from None
        terms = Terms(formula, -1.0)
        inputs = [y, *heads, *columns.values()]
        self.number, terms.number = terms.number, 0.0
        dropped = Terms(0.0)
        dropped.parts = {p: c for p, c in terms.parts.items() if not p.depends}
        terms.parts = {p: c for p, c in terms.parts.items() if p.depends}
        self.tame = natural or all(tame(h, terms) for h in heads)
        self.fused = fused(terms, y)
        self.pair = None if self.fused is None else Program(self.fused[1:3], inputs)
        self.factor = 1.0
        if len(terms.parts) == 1:
            ((part, self.factor),) = terms.parts.items()
            terms.parts = {part: 1.0}
        self.kept = Program([terms.sum()], inputs)
        self.free = Program([dropped.sum()], inputs) if dropped.parts else None
        #: Whether what no parameter enters is a function of the target alone.
        self.of_target = self.free is not None and self.free.reads <= {"y"}


def linked(family: Family, heads: list[Any]) -> list[Any]:
    """The free parameters at their heads; probabilities know what they leave of one."""
    values = family.natural(heads)
    if type(family).natural is Family.natural:
        for value, head, link in zip(values, heads, family.links().values(), strict=True):
            if link.rest is not None and isinstance(value, Node) and value.rest is None:
                value.rest = link.rest(head)
    return values


class _Told(torch.autograd.Function):  # type: ignore[misc, unused-ignore]
    """Itself; of a row whose gradient is no number, as inf - inf far out, none comes back."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Any) -> Any:
        """As it is."""
        return x.view_as(x)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Nothing is kept."""

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        """Without NaN."""
        return torch.nan_to_num(gradient, nan=0.0, posinf=inf, neginf=-inf)


class _ToldForward(_Told):
    """The same with forward derivatives, which `torch.compile` cannot trace."""

    @staticmethod
    def jvp(ctx: Any, tangent: Any) -> Any:
        """As it is."""
        return tangent.view_as(tangent)


class Loss(torch.nn.Module):
    """The negative log-likelihood of a family; made, and documented, by `mostlikely.loss`."""

    def __init__(
        self,
        family: Any,
        *,
        reduction: str = "mean",
        normalised: bool = True,
        natural: bool = False,
        beta: float | None = None,
        validate_args: bool | None = None,
    ) -> None:
        super().__init__()
        if reduction not in REDUCTIONS:
            raise ModelError(f"no reduction {reduction!r}; {nearest(str(reduction), REDUCTIONS)}")
        self.family = readable(family)
        self.reduction, self.normalised, self.natural = reduction, normalised, natural
        self.beta, self.validate_args = beta, validate_args
        self.names, self.columns = self.family.free, tuple(self.family.columns)
        levels = self.family.labels and not self.family.ordered and not self.family.fixed
        self.levels = 1 + len(self.names) if levels and not natural else None
        self.reading = Reading(self.family, natural, False)
        counts = self.family.support.discrete and self.reading.of_target and not self.columns
        self.few = Reading(self.family, natural, True) if counts else None
        if self.few is not None and not normalised:
            self.reading = self.few  # there the difference is itself what is asked for
        self._tables: dict[Any, Any] = {}
        self._scale = None if beta is None else self._read_scale(beta)

    def __reduce__(self) -> Any:
        """What was asked for; the steps are read again."""
        options = ("reduction", "normalised", "natural", "beta", "validate_args")
        return _again, (self.family, {k: getattr(self, k) for k in options})

    def extra_repr(self) -> str:
        """What differs from the defaults."""
        shown = {
            "reduction": (self.reduction, "mean"),
            "normalised": (self.normalised, True),
            "natural": (self.natural, False),
            "beta": (self.beta, None),
            "validate_args": (self.validate_args, None),
        }
        return ", ".join(
            [repr(self.family), *(f"{k}={v!r}" for k, (v, usual) in shown.items() if v != usual)]
        )

    def _read_scale(self, beta: float) -> Program | float:
        """scale**(2 beta), of the same heads."""
        standard = self.family.standard
        if standard is None or standard[0] is None:
            raise ModelError(
                f"beta weights rows by the scale beside a location, and {self.family.name} has no "
                "such pair."
            )
        if not 0.0 <= beta <= 1.0:
            raise ModelError(f"beta must be between 0 and 1; got {beta:g}.")
        if standard[1] in self.family.fixed:
            return float(self.family.fixed[standard[1]] ** (2.0 * beta))
        graph = Graph()
        inputs = [graph.input("y", False), *(graph.input(k, True) for k in self.names)]
        values = inputs[1:] if self.natural else linked(self.family, inputs[1:])
        scale = values[self.names.index(standard[1])]
        return Program([scale ** (2.0 * beta)], inputs) if beta else 1.0

    def forward(self, input: Any, *more: Any, target: Any = None, weight: Any = None) -> Any:
        """The loss; see `mostlikely.loss`."""
        input, target = _parted(input, more, target)
        dtype = _dtype(input, target)
        family = self.family
        y = check.as_target(target, family.name, family.support, dtype, self.levels is not None)
        heads, matrix = check.as_heads(input, self.names, self.columns, y, self.levels)
        heads = [h if h is None else h.to(dtype) for h in heads]
        matrix = None if matrix is None else matrix.to(dtype)
        w = None if weight is None else check.as_weight(weight, y, dtype)
        if self.reduction == "mean" and y.numel() == 0:
            raise DataError("the batch is empty, so there is no mean to take.")
        looking = self._looks(y)
        largest = self._look(y, target, w) if looking else None
        reading = self.reading
        if self.few is not None and largest is not None and largest < FEW[dtype]:
            reading = self.few
        if not reading.tame:
            heads = self._within_reach(heads, y, looking)
        elif looking and self.natural:
            self._seen(heads)
        loss = self._reduced(reading, [y, *heads], matrix, w, largest)
        if looking and not _is_finite(loss):
            self._look_at_target(y, target)
            self._seen(heads if matrix is None else [matrix])
        return loss

    def _looks(self, y: Any) -> bool:
        """Whether values are looked at."""
        if torch.compiler.is_compiling() or y.numel() == 0:
            return False
        return y.device.type == "cpu" if self.validate_args is None else self.validate_args

    def _look(self, y: Any, target: Any, w: Any) -> float | None:
        if w is not None:
            check.look_at_weight(w, self.reduction == "mean")
        support = self.family.support
        if isinf(support.low) and isinf(support.high) and not support.discrete:
            return None  # what is no number shows in the loss
        return self._look_at_target(y, target)

    def _look_at_target(self, y: Any, target: Any) -> float | None:
        whole = not target.is_floating_point()
        return check.look_at_target(y, self.family.name, self.family.support, whole)

    def _seen(self, heads: list[Any]) -> list[Any]:
        """The extremes of each head."""
        names = [*self.names, *self.columns] if len(heads) > 1 else [" and ".join(self.names)]
        domains = {k: self.family.parameters[k].domain for k in self.names if self.natural}
        return check.look_at_heads(dict(zip(names, heads, strict=True)), domains or None)

    def _within_reach(self, heads: list[Any], y: Any, looking: bool) -> list[Any]:
        """Heads whose parameters are floats; those beyond keep the gradient of the end."""
        seen: list[Any] = self._seen(heads) if looking else [None] * len(heads)
        in_unit, pure = REACH[heads[0].dtype]
        told = _Told if torch.compiler.is_compiling() else _ToldForward
        out = [told.apply(h.expand(y.shape)) for h in heads]
        for i, (name, head) in enumerate(zip(self.names, heads, strict=False)):
            if self._reaches(name):
                continue
            reach = in_unit if self.family.parameters[name].unit else pure
            found = seen[i]
            if found is None or not -reach <= found[0] <= found[1] <= reach:
                out[i] = out[i] + (head.clamp(-reach, reach) - head).detach()
        return out

    def _reaches(self, name: str) -> bool:
        """Whether the parameter is its own head."""
        joint = type(self.family).natural is not Family.natural
        return not joint and self.family.link(name).name == "identity"

    def _reduced(
        self, reading: Reading, inputs: list[Any], matrix: Any, w: Any, largest: Any
    ) -> Any:
        y = inputs[0]
        plain = w is None and self._scale is None and self.reduction != "none"
        if plain and reading.fused is not None and reading.pair is not None:
            function, _, _, factor = reading.fused
            a, b = reading.pair(inputs)
            if a.shape != b.shape:
                a, b = torch.broadcast_tensors(a, b)
            loss = function(a, b, reduction=self.reduction)
            loss = loss if factor == 1.0 else loss * factor
            return self._completed(loss, reading, inputs, w, largest)
        if plain and matrix is not None and self.levels and self.levels >= MANY:
            return _cross_entropy(self._matrix(matrix), y, self.reduction)
        (rows,) = reading.kept(inputs, self._matrix(matrix))
        if rows.shape != y.shape:
            rows = rows.expand(y.shape)
        if self._scale is not None:
            return self._weighted_by_scale(reading, rows, inputs, w, largest)
        loss = self._total(rows, w)
        loss = loss if reading.factor == 1.0 else loss * reading.factor
        return self._completed(loss, reading, inputs, w, largest)

    def _matrix(self, matrix: Any) -> Any:
        """The heads of all labels side by side, that of the base among them."""
        if matrix is None or matrix.shape[-1] == self.levels:
            return matrix
        return torch.nn.functional.pad(matrix, (1, 0))

    def _total(self, rows: Any, w: Any) -> Any:
        """One number of rows, or all of them."""
        rows = rows if w is None else w * rows
        if self.reduction == "none":
            return rows
        total = rows.sum() if self.reduction == "sum" or w is not None else rows.mean()
        return total / w.sum() if w is not None and self.reduction == "mean" else total

    def _completed(
        self, loss: Any, reading: Reading, inputs: list[Any], w: Any, largest: Any
    ) -> Any:
        """With the terms that no parameter enters."""
        if not self.normalised:
            return loss
        rows = self._dropped(reading, inputs, largest)
        if rows is not None:
            loss = loss + self._total(rows, w)
        if reading.number == 0.0:
            return loss
        if self.reduction == "mean":
            return loss + reading.number
        if self.reduction == "sum":
            return loss + reading.number * (inputs[0].numel() if w is None else w.sum())
        return loss + (reading.number if w is None else reading.number * w)

    def _weighted_by_scale(
        self, reading: Reading, rows: Any, inputs: list[Any], w: Any, largest: Any
    ) -> Any:
        rows = rows * reading.factor + reading.number * self.normalised
        dropped = self._dropped(reading, inputs, largest) if self.normalised else None
        rows = rows if dropped is None else rows + dropped
        scale = self._scale
        by = scale(inputs)[0].detach() if isinstance(scale, Program) else scale
        return self._total(rows * by, w)

    def _dropped(self, reading: Reading, inputs: list[Any], largest: Any) -> Any:
        """The terms that depend on the target alone, one per row; None if there are none."""
        if reading.free is None:
            return None
        y = inputs[0]
        few = largest is not None and largest < LOOKED_UP and self.few is not None
        if few and not y.requires_grad:
            return self._table(reading, reading.free, y, int(largest))[y.to(torch.int64)]
        rows = reading.free(inputs)[0]
        return rows if rows.shape == y.shape else rows.expand(y.shape)

    def _table(self, reading: Reading, dropped: Program, y: Any, largest: int) -> Any:
        """What `_dropped` finds for each count up to the largest."""
        key = reading, y.dtype, y.device
        if key not in self._tables or len(self._tables[key]) <= largest:
            size = 1 << largest.bit_length()
            counts = torch.arange(size, dtype=torch.float64)
            self._tables[key] = dropped([counts] * (1 + len(self.names)))[0].to(y)
        return self._tables[key]


def _cross_entropy(logits: Any, y: Any, reduction: str) -> Any:
    """log Σ exp(head) less the label's own head, in PyTorch's one piece."""
    places = y.to(torch.int64).reshape(-1)
    logits = logits.reshape(-1, logits.shape[-1])
    return torch.nn.functional.cross_entropy(logits, places, reduction=reduction)


def _again(family: Family, options: dict[str, Any]) -> Loss:
    return Loss(family, **options)


def _parted(first: Any, more: tuple[Any, ...], target: Any) -> tuple[Any, Any]:
    """Heads and target of a call that may give each head by itself, the target last."""
    if target is None:
        if not more:
            raise DataError("the loss is called with heads and a target: loss(input, target).")
        *more_heads, target = more
    else:
        more_heads = [*more]
    return ([first, *more_heads] if more_heads else first), target


def _dtype(given: Any, target: Any) -> Any:
    """The type of the heads, half precision raised."""
    parts = list(given.values()) if isinstance(given, dict) else given
    tensors = [parts] if isinstance(parts, torch.Tensor) else list(parts)
    found = None
    for t in tensors:
        if isinstance(t, torch.Tensor) and t.is_floating_point():
            found = t.dtype if found is None else torch.promote_types(found, t.dtype)
    if found is None:
        floats = isinstance(target, torch.Tensor) and target.is_floating_point()
        found = target.dtype if floats else torch.get_default_dtype()
    return check.computed(found)


def _is_finite(loss: Any) -> bool:
    try:
        return isfinite(loss.detach().sum().item())
    except RuntimeError:
        return True
