"""Hypotheses about parameters as a person writes them: equations, or values by name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np

from mostlikely.errors import ModelError, nearest
from mostlikely.likelihood.keys import find_key, label
from mostlikely.solve.objective import Vector

__all__ = ["read_hypotheses", "read_values"]


def read_hypotheses(text: str, keys: Sequence[Any]) -> tuple[Vector, Vector]:
    """Linear equations such as "x1 = 0, x2 - x3 = 1" as L and c of L θ = c.

    Raises
    ------
    ModelError
        If it is not a list of linear equations in parameters.
    """
    names: dict[str, Any] = {}
    words = [k if isinstance(k, str) else k[1] for k in keys]
    words = [
        word if words.count(word) == 1 or isinstance(k, str) else label(k)
        for k, word in zip(keys, words, strict=True)
    ]
    text = " ".join(text.split()).replace("==", "=")
    if re.search(r"[<>!]", text):
        raise ModelError(
            f"the hypothesis {text!r} is an inequality; a test here is of equations, such as "
            f"'{words[0]} = 0'."
        )
    for key in keys:
        for word in [key] if isinstance(key, str) else [label(key), f"{key[0]}:{key[1]}", key[1]]:
            names.setdefault(word, key)
    placed = text
    places: dict[str, Any] = {}
    for k, word in enumerate(sorted(names, key=len, reverse=True)):
        pattern = rf"(?<![\w\]\[.]){re.escape(word)}(?![\w\[.(])"
        if re.search(pattern, placed):
            places[f"v_{k}_"] = find_key(word, keys)
            placed = re.sub(pattern, f"v_{k}_", placed)
    rows, values = [], []
    for equation in _levels(placed, text, places, keys):
        left, equals, right = equation.partition("=")
        try:
            row, constant = _linear(f"({left}) - ({right if equals else '0'})", places, keys)
        except KeyError as error:
            unknown = str(error.args[0])
            raise ModelError(
                f"the hypothesis {text!r} names {unknown!r}, which is no parameter; "
                f"{nearest(unknown, words)}"
            ) from None
        except (SyntaxError, ValueError, TypeError, RecursionError):
            raise ModelError(
                f"the hypothesis {text!r} cannot be read; write linear equations in the "
                f"parameters, such as '{words[0]} = 0', several of them with commas. The "
                f"parameters are {', '.join(words[:20])}{', ...' * (len(words) > 20)}."
            ) from None
        if not row.any():
            raise ModelError(f"the hypothesis {text!r} names no parameter.")
        rows.append(row)
        values.append(-constant)
    return np.array(rows), np.array(values)


def _levels(placed: str, text: str, places: dict[str, Any], keys: Sequence[Any]) -> Iterator[str]:
    """The equations, each of no level of a column where its name stands alone."""
    for equation, word in zip(placed.split(","), text.split(","), strict=True):
        heads = tuple(head.format(word.strip()) for head in ("{}[", "C({})[", "C({}, "))
        levels = [k for k in keys if not isinstance(k, str) and k[1].startswith(heads)]
        if "=" in equation or equation != word or not levels:
            yield equation
            continue
        for k in levels:
            place = f"v_{len(places)}_of_"
            places[place] = k
            yield place


def read_values(asked: Mapping[Any, Any], keys: Sequence[Any]) -> tuple[Vector, Vector, str]:
    """Values of parameters by key as L and c of L θ = c, and in words.

    Raises
    ------
    ModelError
        If they are no finite numbers.
    """
    for key, value in asked.items():
        if not isinstance(value, Real) or not np.isfinite(float(value)):
            raise ModelError(f"a hypothesis puts {label(key)} at a finite number; got {value!r}.")
    rows = np.array([[float(k == key) for k in keys] for key in asked])
    words = ", ".join(f"{label(k)} = {v:g}" for k, v in asked.items())
    return rows, np.array([float(v) for v in asked.values()]), words


def _linear(text: str, places: Mapping[str, Any], keys: Sequence[Any]) -> tuple[Vector, float]:
    """Coefficients and constant of a linear expression."""
    if not all(part.strip() for part in text.strip("()").split(") - (")):
        raise ValueError(text)  # nothing on one side
    tree = ast.parse(text.strip(), mode="eval").body

    def of(node: Any) -> Vector:
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return np.append(np.zeros(len(keys)), float(str(node.value)))
        if isinstance(node, ast.Name):
            out = np.zeros(len(keys) + 1)
            out[list(keys).index(places[node.id])] = 1.0
            return out
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            return -of(node.operand) if isinstance(node.op, ast.USub) else of(node.operand)
        if isinstance(node, ast.BinOp):
            a, b = of(node.left), of(node.right)
            if isinstance(node.op, ast.Add):
                return a + b
            if isinstance(node.op, ast.Sub):
                return a - b
            if isinstance(node.op, ast.Mult) and not (a[:-1].any() and b[:-1].any()):
                return np.asarray(a * b[-1] if a[:-1].any() else b * a[-1])
            if isinstance(node.op, ast.Div) and not b[:-1].any() and b[-1] != 0.0:
                return np.asarray(a / b[-1])
        raise ValueError(text)

    out = of(tree)
    if not np.isfinite(out).all():
        raise ValueError(text)
    return out[:-1], float(out[-1])
