"""Keys, numbers and arrays as plain values of JSON, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.errors import DataError

__all__ = [
    "array_of",
    "key_of",
    "keyed",
    "mapped",
    "name_of",
    "number",
    "plain",
    "plain_array",
    "tree",
]


def name_of(key: Any) -> str:
    """A parameter's key as JSON takes it: a coefficient's is a list in a string."""
    return key if isinstance(key, str) else json.dumps(key, ensure_ascii=False)


def key_of(name: str) -> Any:
    """A parameter's key as it was before JSON: "[mu, x]" was ("mu", "x")."""
    return tuple(json.loads(name)) if name.startswith("[") else name


def keyed(values: Mapping[Any, Any]) -> dict[str, Any]:
    """Numbers by key."""
    return {name_of(k): plain(float(v)) for k, v in values.items()}


def mapped(values: Mapping[str, Any]) -> dict[Any, float]:
    """The inverse of `keyed`."""
    return {key_of(k): number(v) for k, v in values.items()}


def plain(value: Any) -> Any:
    """JSON has no infinity and no NaN; they are strings that `float` reads. NumPy's are Python's.

    Raises
    ------
    DataError
        For what is neither a number nor text.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if value is None or isinstance(value, str | int):
        return value
    raise DataError(
        f"a saved fit holds numbers and text, and {value!r} is {type(value).__name__}; make labels "
        "text before fitting, or pickle the fit."
    )


def tree(value: Any) -> Any:
    """Mappings and lists of what `plain` takes."""
    if isinstance(value, Mapping):
        return {str(k): tree(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [tree(v) for v in value]
    return plain(value)


def number(value: Any) -> float:
    """A number that `plain` may have written as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(f"{value!r} is no number")
    return float(value)


def plain_array(values: Any) -> dict[str, Any]:
    """An array of numbers with its shape."""
    array = np.asarray(values, dtype=float)
    return {"shape": list(array.shape), "of": [plain(v) for v in array.ravel().tolist()]}


def array_of(saved: Mapping[str, Any], dimensions: int) -> NDArray[np.float64]:
    """The inverse of `plain_array`."""
    shape = tuple(int(n) for n in saved["shape"])
    values = [number(v) for v in saved["of"]]
    if len(shape) != dimensions or min(shape, default=0) < 0 or prod(shape) != len(values):
        raise ValueError(f"an array of shape {shape} has {len(values)} numbers")
    return np.array(values, dtype=float).reshape(shape)
