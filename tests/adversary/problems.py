"""A model with its data: as text that can be pasted, as a fit, as the judges' likelihood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

import mostlikely as ml
from tests.adversary.densities import (
    DENSITIES,
    GO_WITH,
    INVERSE,
    LIMITS,
    OWN_LINK,
    STAY_CONSTANT,
    Density,
)

__all__ = ["Own", "Problem", "literal"]

#: Logarithms of shapes beyond this are the limits' own: there plain formulas cancel.
FAR = 11.5


@dataclass(frozen=True)
class Block:
    """A parameter's predictor: coordinates `start` to `stop`, through the inverse of a link."""

    name: str
    role: str
    link: str
    keys: tuple[Any, ...]
    X: np.ndarray | None = None
    fixed: float | None = None


@dataclass(frozen=True)
class Own:
    """The judges' log-likelihood, of many points at once.

    Parameters
    ----------
    density : Density
        Of a row.
    blocks : tuple of Block
        The predictors, in the order of the parameters.
    y, w : arrays, shape (n,)
        The response and the weights.
    extra : tuple
        What else the density takes: numbers of trials.
    gained : float
        What is to be added to a height, since y was divided by a scale.
    """

    density: Density
    blocks: tuple[Block, ...]
    y: np.ndarray
    w: np.ndarray
    extra: tuple[Any, ...] = ()
    gained: float = 0.0

    @property
    def keys(self) -> list[Any]:
        return [key for block in self.blocks for key in block.keys]

    @property
    def size(self) -> int:
        return len(self.keys)

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Heights of points on the links' scales, (k, p) to (k,)."""
        points = np.atleast_2d(points)
        natural, at = [], 0
        with np.errstate(all="ignore"):
            for block in self.blocks:
                if block.fixed is not None:
                    natural.append(block.fixed)
                    continue
                theta = points[:, at : at + len(block.keys)]
                at += len(block.keys)
                eta = theta if block.X is None else theta @ block.X.T
                if block.role == "positive" and block.link == "log":
                    eta = np.where(eta > FAR, np.nan, eta)
                natural.append(INVERSE[block.link](eta))
            rows = self.density.log_prob(self.y, *natural, *self.extra)
            heights = np.sum(np.where(self.w > 0, self.w * rows, 0.0), axis=-1)
        return np.where(np.isfinite(heights), heights, -np.inf) + self.gained

    def linked(self, params: Mapping[Any, float]) -> np.ndarray:
        """A fit's parameters on the links' scales; those of constants are natural in a fit."""
        found = []
        with np.errstate(all="ignore"):
            for block in self.blocks:
                for key in block.keys:
                    value = float(params[key])
                    if block.X is None and block.link == "log":
                        value = np.log(value)
                    elif block.X is None and block.link == "logit":
                        value = np.log(value) - np.log1p(-value)
                    found.append(value)
        return np.array(found)


def literal(values: Any) -> str:
    """Numbers as one would type them, every digit kept."""
    return "[" + ", ".join(repr(v if isinstance(v, str) else float(v)) for v in values) + "]"


@dataclass(frozen=True)
class Problem:
    """A model of one response.

    Parameters
    ----------
    family : str
        Its name.
    data : dict
        Columns, "y" among them.
    formulas : dict
        Parameter to the columns of its predictor; an intercept is always there.
    links : dict
        Parameter to a link that is not its own.
    fixed : dict
        Parameter to its value.
    weights : array, optional
        Frequencies, whole or not.
    trials : int, optional
        Of binomial families.
    door : str
        "array", "frame" or "constant" (``"y ~ 1"``), where no parameter has a predictor.
    """

    family: str
    data: dict[str, np.ndarray]
    formulas: dict[str, tuple[str, ...]] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    fixed: dict[str, float] = field(default_factory=dict)
    weights: np.ndarray | None = None
    trials: int | None = None
    door: str = "array"

    @property
    def density(self) -> Density:
        return DENSITIES[self.family]

    @property
    def y(self) -> np.ndarray:
        return np.asarray(self.data["y"], dtype=float)

    @property
    def w(self) -> np.ndarray:
        return np.ones(len(self.y)) if self.weights is None else self.weights

    @property
    def first(self) -> str:
        return next(iter(self.density.roles))

    @property
    def model_text(self) -> str:
        """The model as Python."""
        bound = []
        formulas = self.formulas
        if self.door == "constant":
            formulas = {self.first: ()} | formulas
        for name, columns in formulas.items():
            left = "y" if name == self.first else ""
            text = f"{left} ~ {' + '.join(columns) or '1'}".strip()
            term = repr(text).replace("'", '"')
            if name in self.links:
                term = f'ml.linear({term}, link="{self.links[name]}")'
            bound.append(term if name == self.first else f"{name}={term}")
        bound.sort(key=lambda said: "=" in said.split("(")[0] and not said.startswith('"'))
        bound += [f"{name}={value!r}" for name, value in self.fixed.items()]
        bound += [f"n={self.trials}"] if self.trials else []
        return f"ml.{self.family}({', '.join(bound)})"

    @property
    def text(self) -> str:
        """The fit as Python, if the data are few."""
        if len(self.y) > 60:
            return f"ml.fit({self.model_text}, <{len(self.y)} rows>)"
        columns = {k: v for k, v in self.data.items() if k == "y" or self.uses(k)}
        if self.plain:
            said = literal(columns["y"])
        else:
            said = "{" + ", ".join(f'"{k}": {literal(v)}' for k, v in columns.items()) + "}"
        more = "" if self.plain or self.first in self.formulas else ', y="y"'
        if self.door == "constant":
            more = ""
        if self.weights is not None:
            more += f", weights={literal(self.weights)}"
        return f"ml.fit({self.model_text}, {said}{more})"

    def uses(self, column: str) -> bool:
        return any(column in columns for columns in self.formulas.values())

    @property
    def plain(self) -> bool:
        return self.door == "array" and not self.formulas

    @property
    def model(self) -> Any:
        return eval(self.model_text, {"ml": ml})

    def fit(self, **more: Any) -> ml.Fit:
        if self.weights is not None:
            more["weights"] = self.weights
        if self.plain:
            return ml.fit(self.model, self.data["y"], **more)
        if self.first not in self.formulas and self.door != "constant":
            more["y"] = "y"
        return ml.fit(self.model, dict(self.data), **more)

    def key(self, parameter: str, column: str | None = None) -> Any:
        """As a fit's params call it."""
        if parameter in self.formulas or (self.door == "constant" and parameter == self.first):
            return (parameter, column or "Intercept")
        return parameter

    def take(self, rows: np.ndarray) -> Problem:
        """Some rows of it, or all in another order."""
        weights = None if self.weights is None else self.weights[rows]
        return replace(self, data={k: v[rows] for k, v in self.data.items()}, weights=weights)

    def own(self) -> Own:
        """The judges' likelihood in the fit's own coordinates."""
        return self._own(self.family, {k: k for k in self.density.roles}, False)

    def scaled(self, family: str | None = None, places: dict[str, str] | None = None) -> Own:
        """The judges' likelihood with y and columns in units of their own; of a limit, if named."""
        return self._own(family or self.family, places or {k: k for k in self.density.roles}, True)

    def limits(self) -> dict[str, Own]:
        """The likelihoods of the declared limits, whose parameters are not held by the model."""
        found = {}
        for name, places in LIMITS.get(self.family, []):
            gone = set(self.density.roles) - set(places.values())
            held = set(GO_WITH.get((self.family, name), ())) & (set(self.fixed) | set(self.links))
            held |= set(STAY_CONSTANT.get((self.family, name), ())) & set(self.formulas)
            if not (held or gone & (set(self.fixed) | set(self.formulas) | set(self.links))):
                found[name] = self.scaled(name, places)
        return found

    def _own(self, family: str, places: dict[str, str], scaled: bool) -> Own:
        density = DENSITIES[family]
        y, w, gained = self.y, self.w, 0.0
        scaled = scaled and not self.fixed and not self.links
        if scaled and density.support == "real":
            middle, spread = np.median(y), _spread(y)
            y, gained = (y - middle) / spread, -np.sum(w) * np.log(spread)
        elif scaled and density.support == "positive":
            spread = np.exp(np.mean(np.log(y[y > 0]))) if np.any(y > 0) else 1.0
            y, gained = y / spread, -np.sum(w) * np.log(spread)
        blocks = []
        for name, role in density.roles.items():
            mine = places[name]
            fixed = self.fixed.get(mine)
            columns, X = self.formulas.get(mine, ()), None
            if mine in self.formulas:
                X = np.column_stack([np.ones(len(y)), *(self.data[c] for c in columns)])
                if scaled:
                    X = _standard(X)
            elif self.door == "constant" and mine == self.first:
                X = np.ones((len(y), 1))
            keys: tuple[Any, ...] = (mine,)
            if X is not None:
                keys = tuple((mine, c) for c in ("Intercept", *columns))
            link = self.links.get(mine, OWN_LINK[role])
            blocks.append(Block(name, role, link, () if fixed is not None else keys, X, fixed))
        extra = (float(self.trials),) if density.support == "trials" else ()
        return Own(density, tuple(blocks), y, w, extra, gained)


def _spread(y: np.ndarray) -> float:
    low, high = np.quantile(y, [0.25, 0.75])
    return float(high - low) or float(np.std(y)) or 1.0


def _standard(X: np.ndarray) -> np.ndarray:
    X = X.astype(float).copy()
    middle, spread = X[:, 1:].mean(axis=0), X[:, 1:].std(axis=0)
    X[:, 1:] = (X[:, 1:] - middle) / np.where(spread > 0, spread, 1.0)
    return X
