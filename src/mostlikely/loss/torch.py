"""The loss of a family as a PyTorch module."""

from __future__ import annotations

from math import inf, isfinite, isinf
from typing import Any

import torch

from mostlikely.errors import DataError
from mostlikely.family.base import Family
from mostlikely.loss import check
from mostlikely.loss.program import Program, fused
from mostlikely.loss.reading import Reading, Settings, reach, scale_power
from mostlikely.loss.replay import Replay

__all__ = ["Loss"]

#: Counts below this are so few that differences of terms keep the digits that are promised.
FEW = {torch.float32: 128, torch.float64: 1024}
#: Of counts below this, what no parameter enters is looked up.
LOOKED_UP = 2**16
#: From so many labels on PyTorch's own cross-entropy is the faster.
MANY = 32


class Tensors(check.Kit):
    """PyTorch's."""

    array, word, floats = torch.Tensor, "a tensor", "target.float()"
    moved = "input.movedim({}, -1)"

    @staticmethod
    def is_float(x: Any) -> bool:
        """Whether it holds floats."""
        return bool(x.is_floating_point())

    @staticmethod
    def cast(x: Any, dtype: Any) -> Any:
        """The same in another type."""
        return x.to(dtype)

    @staticmethod
    def columns(x: Any) -> list[Any]:
        """Its parts along the last axis."""
        return [*x.unbind(-1)]

    @staticmethod
    def number(x: Any, like: Any) -> Any:
        """On the device of the other."""
        return torch.as_tensor(x, dtype=torch.float64, device=like.device)

    @staticmethod
    def extremes(x: Any) -> tuple[float, float] | None:
        """A transform that hides values raises RuntimeError when it is asked."""
        try:
            low, high = torch.aminmax(x.detach())
            return low.item(), high.item()
        except RuntimeError:
            return None

    @staticmethod
    def rows(x: Any, step: int = 1) -> Any:
        """On the CPU."""
        return x.detach().reshape(-1)[::step].double().cpu().numpy()


class _Reading(Reading):
    """Read for PyTorch, which has some losses in one piece."""

    def __init__(self, family: Family, natural: bool, few: bool) -> None:
        super().__init__(family, natural, few, Program)
        self.fused = fused(self.terms, self.target)
        self.pair = None if self.fused is None else Program(self.fused[1:3], self.inputs)


class _WithoutNaN(torch.autograd.Function):  # type: ignore[misc, unused-ignore]
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


class _WithoutNaNForward(_WithoutNaN):
    """The same with forward derivatives, which `torch.compile` cannot trace."""

    @staticmethod
    def jvp(ctx: Any, tangent: Any) -> Any:
        """As it is."""
        return tangent.view_as(tangent)


class Loss(Settings, torch.nn.Module):
    """The negative log-likelihood of a family; made, and documented, by `mostlikely.loss`."""

    def __init__(self, family: Any, **settings: Any) -> None:
        super().__init__()
        self.settle(family, **settings)
        natural, beta = self.natural, self.beta
        self.reading = _Reading(self.family, natural, False)
        counts = self.family.support.discrete and self.reading.of_target and not self.columns
        self.few = _Reading(self.family, natural, True) if counts else None
        if self.few is not None and not self.normalised:
            self.reading = self.few  # there the difference is itself what is asked for
        self._tables: dict[Any, Any] = {}
        read = None if beta is None else scale_power(self.family, natural, beta, Program)
        self._scale = read

    def __reduce__(self) -> Any:
        """What was asked for; the steps are read again."""
        return _again, (self.family, self.settings)

    def extra_repr(self) -> str:
        """What PyTorch shows between the brackets."""
        return self.shown

    def forward(self, input: Any, *more: Any, target: Any = None, weight: Any = None) -> Any:
        """The loss; see `mostlikely.loss`."""
        input, target = check.parted(input, more, target)
        of_classes = self.of_classes(Tensors, input, target)
        if of_classes is not None:
            return of_classes(input, target=target, weight=weight)
        dtype = _dtype(input, target)
        family = self.family
        y = check.as_target(
            Tensors, target, family.name, family.support, dtype, self.levels is not None
        )
        heads, matrix = check.as_heads(Tensors, input, self.names, self.columns, y, self.levels)
        if matrix is None:
            heads = [h.to(dtype) for h in heads]
        else:
            matrix = matrix.to(dtype)
        w = None if weight is None else check.as_weight(Tensors, weight, y, dtype)
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
            check.look_at_weight(Tensors, w, self.reduction == "mean")
        support = self.family.support
        if isinf(support.low) and isinf(support.high) and not support.discrete:
            return None  # what is no number shows in the loss
        return self._look_at_target(y, target)

    def _look_at_target(self, y: Any, target: Any) -> float | None:
        whole = not target.is_floating_point()
        return check.look_at_target(Tensors, y, self.family.name, self.family.support, whole)

    def _seen(self, heads: list[Any]) -> list[Any]:
        """The extremes of each head."""
        names = [*self.names, *self.columns] if len(heads) > 1 else [" and ".join(self.names)]
        domains = {k: self.family.parameters[k].domain for k in self.names if self.natural}
        return check.look_at_heads(Tensors, dict(zip(names, heads, strict=True)), domains or None)

    def _within_reach(self, heads: list[Any], y: Any, looking: bool) -> list[Any]:
        """Heads whose parameters are floats; those beyond keep the gradient of the end."""
        seen: list[Any] = self._seen(heads) if looking else [None] * len(heads)
        bits = torch.finfo(heads[0].dtype).bits
        without_nan = _WithoutNaN if torch.compiler.is_compiling() else _WithoutNaNForward
        out = [without_nan.apply(h.expand(y.shape)) for h in heads]
        for i, (name, head) in enumerate(zip(self.names, heads, strict=False)):
            far = reach(self.family, name, bits)
            if far is None:
                continue
            found = seen[i]
            if found is None or not -far <= found[0] <= found[1] <= far:
                out[i] = out[i] + (head.clamp(-far, far) - head).detach()
        return out

    def _reduced(
        self, reading: _Reading, inputs: list[Any], matrix: Any, w: Any, largest: Any
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
        self, loss: Any, reading: _Reading, inputs: list[Any], w: Any, largest: Any
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
        self, reading: _Reading, rows: Any, inputs: list[Any], w: Any, largest: Any
    ) -> Any:
        rows = rows * reading.factor + reading.number * self.normalised
        dropped = self._dropped(reading, inputs, largest) if self.normalised else None
        rows = rows if dropped is None else rows + dropped
        scale = self._scale
        by = scale(inputs)[0].detach() if isinstance(scale, Program) else scale
        return self._total(rows * by, w)

    def _dropped(self, reading: _Reading, inputs: list[Any], largest: Any) -> Any:
        """The terms that depend on the target alone, one per row; None if there are none."""
        if reading.free is None:
            return None
        y = inputs[0]
        few = largest is not None and largest < LOOKED_UP and self.few is not None
        if few and not y.requires_grad:
            return self._table(reading, reading.free, y, int(largest))[y.to(torch.int64)]
        rows = reading.free(inputs)[0]
        return rows if rows.shape == y.shape else rows.expand(y.shape)

    def _table(self, reading: _Reading, dropped: Replay, y: Any, largest: int) -> Any:
        """What `_dropped` finds for each count up to the largest."""
        key = reading, y.dtype, y.device
        if key not in self._tables or len(self._tables[key]) <= largest:
            size = 1 << largest.bit_length()
            counts = torch.arange(size, dtype=torch.float64)
            self._tables[key] = dropped([counts] * (1 + len(self.names)))[0].to(y)
        return self._tables[key]


def _cross_entropy(logits: Any, y: Any, reduction: str) -> Any:
    """log Σ exp(head) less the label's own head, in PyTorch's one piece."""
    places = y.to(torch.int64)
    if y.dim() > 1:
        places, logits = places.reshape(-1), logits.reshape(-1, logits.shape[-1])
    return torch.nn.functional.cross_entropy(logits, places, reduction=reduction)


def _again(family: Family, settings: dict[str, Any]) -> Loss:
    return Loss(family, **settings)


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
    half = found in (torch.float16, torch.bfloat16)
    return torch.float32 if half else found


def _is_finite(loss: Any) -> bool:
    try:
        return isfinite(loss.detach().sum().item())
    except RuntimeError:
        return True
