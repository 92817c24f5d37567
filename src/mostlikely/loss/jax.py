"""The loss of a family as a pure function for JAX, made of the same steps as PyTorch's."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy import special

from mostlikely.errors import DataError, ModelError
from mostlikely.loss import check
from mostlikely.loss.graph import LOG_EXPIT
from mostlikely.loss.reading import Reading, Settings, reach, scale_power
from mostlikely.loss.replay import OPERATORS, Replay, choice

__all__ = ["Loss"]


class Arrays(check.Kit):
    """JAX's."""

    array, word, floats = jax.Array, "an array", "target.astype(float)"
    moved = "jnp.moveaxis(input, {}, -1)"

    @staticmethod
    def is_float(x: Any) -> bool:
        """Whether it holds floats."""
        return bool(jnp.issubdtype(x.dtype, jnp.floating))

    @staticmethod
    def cast(x: Any, dtype: Any) -> Any:
        """The same in another type."""
        return x.astype(dtype)

    @staticmethod
    def columns(x: Any) -> list[Any]:
        """Its parts along the last axis."""
        return [x[..., k] for k in range(x.shape[-1])]

    @staticmethod
    def number(x: Any, like: Any) -> Any:
        """On JAX's own device."""
        return jnp.asarray(x, dtype=float)

    @staticmethod
    def extremes(x: Any) -> tuple[float, float] | None:
        """A transform passes on what has no values."""
        if isinstance(x, jax.core.Tracer):
            return None
        rows = np.asarray(x)
        return float(rows.min()), float(rows.max())

    @staticmethod
    def rows(x: Any, step: int = 1) -> Any:
        """On the CPU."""
        return np.asarray(x, dtype=np.float64).reshape(-1)[::step]


def _stack(*columns: Any) -> Any:
    return jnp.stack(jnp.broadcast_arrays(*columns), -1)


def _gather(y: Any, table: Any) -> Any:
    table = jnp.broadcast_to(table, (*y.shape, table.shape[-1]))
    return jnp.take_along_axis(table, y.astype(int)[..., None], -1)[..., 0]


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **OPERATORS,
    "scale": operator.mul,
    "pow": jnp.power,
    "lgamma": special.gammaln,
    LOG_EXPIT: jax.nn.log_sigmoid,
    "logsumexp": lambda x: special.logsumexp(x, -1),
    "stack": _stack,
    "gather": _gather,
    "pick": choice(jnp.where),
    "where_numbers": lambda condition, a, b, like: jnp.where(condition, a, b).astype(like.dtype),
}


class Program(Replay):
    """A function from input arrays to output arrays."""

    def function(self, name: str) -> Callable[..., Any]:
        """JAX's."""
        found = _FUNCTIONS.get(name)
        plain = name.removeprefix("special.")
        for library in (jnp, special):
            found = found or getattr(library, plain, None)
        if found is None:
            raise TypeError(f"JAX has no {plain}.")
        return found


@jax.custom_vjp  # type: ignore[untyped-decorator, unused-ignore]
def _without_nan(x: Any) -> Any:
    """Itself; of a row whose gradient is no number, as inf - inf far out, none comes back."""
    return x


def _gradient_without_nan(_: None, gradient: Any) -> tuple[Any]:
    return (jnp.nan_to_num(gradient, nan=0.0, posinf=jnp.inf, neginf=-jnp.inf),)


_without_nan.defvjp(lambda x: (x, None), _gradient_without_nan)


class Loss(Settings):
    """The negative log-likelihood of a family; made, and documented, by `mostlikely.loss`."""

    def __init__(self, family: Any, **settings: Any) -> None:
        self.settle(family, **settings)
        natural, beta = self.natural, self.beta
        try:
            self.reading = Reading(self.family, natural, False, Program)
        except TypeError as error:
            raise ModelError(f"{self.family} cannot be a loss for JAX: {error}") from None
        self._scale = None if beta is None else scale_power(self.family, natural, beta, Program)

    def __repr__(self) -> str:
        return f"Loss({self.shown}, framework='jax')"

    def __call__(self, input: Any, *more: Any, target: Any = None, weight: Any = None) -> Any:
        """The loss; see `mostlikely.loss`."""
        family = self.family
        input, target = check.parted(input, more, target)
        input, target, weight = (_arrays(x) for x in (input, target, weight))
        of_classes = self.of_classes(Arrays, input, target)
        if of_classes is not None:
            return of_classes(input, target=target, weight=weight)
        dtype = _dtype(input, target)
        y = check.as_target(Arrays, target, family.name, family.support, dtype, False)
        heads, matrix = check.as_heads(Arrays, input, self.names, self.columns, y, self.levels)
        if matrix is not None:  # logits of all labels: the base's is subtracted
            rest = matrix.shape[-1] == self.levels
            heads = Arrays.columns(matrix[..., 1:] - matrix[..., :1] if rest else matrix)
        heads = [h.astype(dtype) for h in heads]
        w = None if weight is None else check.as_weight(Arrays, weight, y, dtype)
        if self.reduction == "mean" and y.size == 0:
            raise DataError("the batch is empty, so there is no mean to take.")
        looking = self.validate_args
        if looking is None:
            looking = jax.default_backend() == "cpu"
        if looking and y.size:
            self._look(y, target, heads, w)
        if not self.reading.tame:
            free = [_without_nan(jnp.broadcast_to(h, y.shape)) for h in heads[: len(self.names)]]
            within = map(self._within_reach, self.names, free)
            heads = [*within, *heads[len(self.names) :]]
        return self._reduced([y, *heads], w)

    def _look(self, y: Any, target: Any, heads: list[Any], w: Any) -> None:
        if w is not None:
            check.look_at_weight(Arrays, w, self.reduction == "mean")
        support, whole = self.family.support, not Arrays.is_float(target)
        check.look_at_target(Arrays, y, self.family.name, support, whole)
        domains = {k: self.family.parameters[k].domain for k in self.names if self.natural}
        named = dict(zip([*self.names, *self.columns], heads, strict=True))
        check.look_at_heads(Arrays, named, domains or None)

    def _within_reach(self, name: str, head: Any) -> Any:
        """A head whose parameter is a float; one beyond keeps the gradient of the end."""
        far = None if self.natural else reach(self.family, name, jnp.finfo(head.dtype).bits)
        if far is None:
            return head
        return head + jax.lax.stop_gradient(jnp.clip(head, -far, far) - head)

    def _reduced(self, inputs: list[Any], w: Any) -> Any:
        reading, y = self.reading, inputs[0]
        rows = reading.kept(inputs)[0] * reading.factor
        if self.normalised:
            free = 0.0 if reading.free is None else reading.free(inputs)[0]
            rows = rows + free + reading.number
        rows = jnp.broadcast_to(rows, y.shape)
        if self._scale is not None:
            scale = self._scale
            by = scale(inputs)[0] if isinstance(scale, Replay) else scale
            rows = rows * jax.lax.stop_gradient(by)
        rows = rows if w is None else w * rows
        if self.reduction == "none":
            return rows
        total = rows.sum()
        if self.reduction == "sum":
            return total
        return total / (y.size if w is None else w.sum())


def _arrays(x: Any) -> Any:
    """NumPy's arrays as JAX's; what holds several keeps its shape."""
    if isinstance(x, Mapping):
        return {k: _arrays(v) for k, v in x.items()}
    if isinstance(x, list | tuple):
        return [_arrays(v) for v in x]
    return jnp.asarray(x) if isinstance(x, np.ndarray) else x


def _dtype(given: Any, target: Any) -> Any:
    """The type of the heads, half precision raised."""
    parts = [*given.values()] if isinstance(given, dict) else given
    arrays = parts if isinstance(parts, list) else [parts]
    floats = [
        [a.dtype for a in among if isinstance(a, jax.Array) and Arrays.is_float(a)]
        for among in (arrays, [target])
    ]
    found = jnp.result_type(*(floats[0] or floats[1] or [float]))
    return jnp.promote_types(found, jnp.float32)
