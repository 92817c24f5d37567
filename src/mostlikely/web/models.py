"""From pickers to a model: which column is what, and the model that says so.

No formula comes from the page. A formula here is made of words of the server's own: a column whose
name is a plain word goes by it, any other by a word that it is given, so that there is nothing in
a name to be read as anything else.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import mostlikely as ml
from mostlikely.compare import candidates
from mostlikely.data.read import KINDS
from mostlikely.errors import DataError, ModelError, nearest
from mostlikely.family import families
from mostlikely.family.base import Family
from mostlikely.web.tables import Table, gaps, kind_of, taken
from mostlikely.web.values import listed, number

__all__ = ["Asked", "key_of", "slug_of"]

#: Levels of a column that is taken for labels, and predictors of a parameter, at most.
MAX_LEVELS, MAX_PREDICTORS = 200, 50
#: Different whole numbers that may be grades or codes, and are tried as labels too, at most.
MAX_GRADES = 10
#: Coefficients of a fit, and cells of the matrix that its predictors make, at most.
MAX_WIDE, MAX_DESIGN = 1_000, 50_000_000
#: Words that mean something in a formula.
TAKEN = {"C", "I", "Q", "np", "contr", "bs", "cc", "cr", "cs", "te", "poly", "lag", "center"}


def slug_of(family: Any) -> str:
    """A family's name in addresses: that of the file it is declared in."""
    return str((family if isinstance(family, type) else type(family)).__module__.split(".")[-1])


def key_of(key: Any) -> str:
    """A parameter's key as the page has it: "shape", or "mean:age" for a coefficient."""
    return key if isinstance(key, str) else ":".join(map(str, key))


@dataclass(frozen=True)
class Asked:
    """What a person has picked.

    Parameters
    ----------
    table : Table
    y : str
        The response's column.
    first : tuple of (str, str)
        Columns that the first parameter follows, each with its kind, "number" or "factor".
    also : mapping of str to such tuples
        The same of other parameters.
    weight : str, optional
    weight_kind : str
    fixed : mapping of str to float or str
        Parameters that are given: a number, or the column that holds it.
    order : tuple of str
        The labels of the response from the lowest to the highest, where a person has said it.
    rows : array of positions
        Those that are not excluded.
    """

    table: Table
    y: str
    first: tuple[tuple[str, str], ...] = ()
    also: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    weight: str | None = None
    weight_kind: str = "frequency"
    fixed: Mapping[str, Any] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    rows: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp), repr=False)

    @staticmethod
    def of(table: Table, ask: Mapping[str, Any]) -> Asked:
        """What a request asks for, every name looked up.

        Raises
        ------
        DataError, ModelError
            For a column that is not there, or a kind that does not go with it.
        """
        y = ask.get("y")
        table.column(y)
        weight, kind = ask.get("weight") or None, "frequency"
        if weight is not None:
            weight, kind = _part(weight, "column"), _part(weight, "kind")
            table.column(weight)
            if kind not in KINDS:
                raise ModelError(f"weight: there is no kind {kind!r}; {nearest(str(kind), KINDS)}")
        also, fixed = ask.get("also") or {}, ask.get("fixed") or {}
        if not isinstance(also, dict) or not isinstance(fixed, dict):
            raise ModelError("also and fixed are objects, by the names of parameters.")
        return Asked(
            table,
            str(y),
            _predictors(table, ask.get("predictors") or []),
            {name: found for name, p in also.items() if (found := _predictors(table, p))},
            weight,
            kind,
            {name: _given(table, name, value) for name, value in fixed.items()},
            _order(table, str(y), ask.get("order")),
            table.kept(listed("exclude", ask.get("exclude"), "rows")),
        )

    @property
    def excluded(self) -> list[int]:
        """The rows that are left out, from 0."""
        return sorted(set(range(self.table.rows)) - set(self.rows.tolist()))

    @property
    def words(self) -> dict[str, str]:
        """What each column is called in a formula, by its name."""
        found = {}
        for place, name in enumerate(self.table.columns, start=1):
            word = name
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or name in TAKEN:
                word = f"column_{place}"
            if keyword.iskeyword(word):
                word = f"column_{place}"
            while word != name and word in self.table.columns:
                word += "_"
            found[name] = word
        return found

    @property
    def used(self) -> list[str]:
        """The columns that the model reads."""
        names = [self.y, *(c for c, _ in self.first)]
        names += [c for predictors in self.also.values() for c, _ in predictors]
        names += [] if self.weight is None else [self.weight]
        names += [v for v in self.fixed.values() if isinstance(v, str)]
        return list(dict.fromkeys(names))

    @property
    def renamed(self) -> dict[str, str]:
        """The columns in use that go by another word, with that word."""
        words = self.words
        predict = {c for p in (self.first, *self.also.values()) for c, _ in p}
        predict |= {v for v in self.fixed.values() if isinstance(v, str)}
        return {c: words[c] for c in self.used if c in predict and words[c] != c}

    def shown(self, text: str) -> str:
        """A term or a sentence with the columns' own names."""
        names = {word: name for name, word in self.renamed.items()}
        if not names:
            return text
        return re.sub(rf"\b({'|'.join(names)})\b", lambda found: names[found[1]], text)

    def data(self) -> dict[str, NDArray[Any]]:
        """The columns in use, the rows in use, by the words of the formulas."""
        columns = taken({name: self.table.columns[name] for name in self.used}, self.rows)
        words = self.renamed
        return {words.get(name, name): column for name, column in columns.items()}

    def formula(self, predictors: Iterable[tuple[str, str]], words: Mapping[str, str]) -> str:
        """A formula's right side, in words that are given."""
        parts = []
        for name, kind in predictors:
            as_labels = kind == "factor" and kind_of(self.table.columns[name]) == "number"
            parts.append(f"C({words[name]})" if as_labels else words[name])
        return f"~ {' + '.join(parts)}"

    def models(self, chosen: Any) -> list[type[Family]]:
        """The families to fit: those named, or all that take a response of this kind."""
        self._refuse_large()
        if chosen != "all":
            if not isinstance(chosen, list) or not chosen or len(chosen) > len(families()):
                raise ModelError('families is "all", or a list of one or more.')
            return [ml.family(str(name)) for name in dict.fromkeys(map(str, chosen))]
        labelled = [f for f in families() if f.labels]
        if kind_of(self.table.columns[self.y]) == "text":
            return labelled
        return [*candidates(), *(labelled if self._may_be_grades() else [])]

    def _may_be_grades(self) -> bool:
        """Whether the response is of few whole numbers, which may be grades or codes."""
        column = self.table.columns[self.y]
        if kind_of(column) != "number":
            return False
        seen = column[~gaps(column)]
        distinct = np.unique(seen)
        few = 2 <= len(distinct) <= min(MAX_GRADES, len(seen) // 2)
        return few and bool(np.all(np.rint(distinct) == distinct)) and set(distinct) != {0.0, 1.0}

    def levels(self) -> list[str]:
        """The labels in the order that a person has said, those that occur in the rows in use."""
        seen = set(self.table.columns[self.y][self.rows])
        return [label for label in self.order if label in seen]

    def _refuse_large(self) -> None:
        """Raise DataError where a fit would fill the memory."""
        y = self.table.columns[self.y]
        if kind_of(y) == "text" and (labels := _levels(y)) > MAX_LEVELS:
            raise DataError(
                f"{self.y} has {labels:,} different texts, and the page takes up to {MAX_LEVELS}; "
                "are they names, and no labels?"
            )
        wide = 0
        for name, kind in (p for of in (self.first, *self.also.values()) for p in of):
            column = self.table.columns[name]
            wide += _levels(column) if kind == "factor" or kind_of(column) == "text" else 1
        if wide > MAX_WIDE or wide * len(self.rows) > MAX_DESIGN:
            raise DataError(
                f"{wide:,} coefficients over {len(self.rows):,} rows are too large for the page; "
                "leave predictors out, or fit from Python."
            )

    def model(self, family: type[Family], several: bool) -> Family:
        """One family as picked.

        Parameters
        ----------
        family : type
        several : bool
            Whether others are fitted beside it: then what is given of a parameter that it has not
            is of the others.
        """
        bound: dict[str, Any] = {
            name: value
            for name, value in self.fixed.items()
            if not several or name in family.parameters
        }
        words = self.words
        bound = {k: words[v] if isinstance(v, str) else v for k, v in bound.items()}
        for name, predictors in self.also.items():
            bound[name] = self.formula(predictors, words)
        if self.order and family.ordered:
            bound["levels"] = self.levels()
        return family(*[self.formula(self.first, words)] * bool(self.first), **bound)

    def fit(self, family: type[Family], several: bool) -> Any:
        """The fit of one family."""
        return ml.fit(
            self.model(family, several),
            self.data(),
            self.renamed.get(self.y, self.y),
            weights=None if self.weight is None else self.renamed.get(self.weight, self.weight),
            weight_kind=self.weight_kind,
            missing="drop",
        )


def _part(entry: Any, name: str) -> Any:
    if not isinstance(entry, dict) or not isinstance(entry.get(name), str):
        raise ModelError(f"{entry!r} should be an object that says its {name}.")
    return entry[name]


def _predictors(table: Table, entries: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(entries, list) or len(entries) > MAX_PREDICTORS:
        raise ModelError(f"predictors are a list of up to {MAX_PREDICTORS} columns.")
    found = []
    for entry in entries:
        name, kind = _part(entry, "column"), _part(entry, "kind")
        column = table.column(name)
        if kind not in ("number", "factor"):
            raise ModelError(f"{name}: a predictor is a number or a factor; got {kind!r}.")
        if kind_of(column) == "date":
            raise DataError(f"{name} holds dates, which predict nothing here; make it a number.")
        if kind == "number" and kind_of(column) == "text":
            raise DataError(f"{name} holds text and is no number; take it as a factor.")
        if kind == "factor" and (levels := _levels(column)) > MAX_LEVELS:
            raise DataError(
                f"{name} has {levels:,} levels, and the page takes up to {MAX_LEVELS}; is it a "
                "number? Otherwise group the rare ones, or fit from Python."
            )
        found.append((name, kind))
    return tuple(dict.fromkeys(found))


def _order(table: Table, y: str, entries: Any) -> tuple[str, ...]:
    """The labels of a column of text in an order: each of them, once."""
    order = tuple(listed("order", entries))
    column = table.columns[y]
    if order and kind_of(column) != "text":
        raise ModelError(f"{y} holds no text: numbers have an order of their own.")
    if order and sorted(order) != sorted(set(column[~gaps(column)].tolist())):
        raise ModelError(f"order should have each label of {y} once.")
    return order


def _levels(column: NDArray[Any]) -> int:
    return len(set(column[~gaps(column)].tolist()))


def _given(table: Table, name: str, value: Any) -> Any:
    """A parameter's value: a number, or the column that holds it."""
    if isinstance(value, dict):
        column = _part(value, "column")
        table.column(column)
        return column
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ModelError(f"fixed: {name} is a number, or a column; got {value!r}.")
    return number(f"fixed: {name}", value)
