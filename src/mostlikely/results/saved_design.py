"""What formulas have learnt of the data, as plain values: levels, knots, means; and back.

A term that is computed is written as it reads, and evaluated again only if it is of the closed
grammar of `data.formula.grammar`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mostlikely.data.absent import stand_ins
from mostlikely.data.bind import Bound, X
from mostlikely.data.formula.arrays import ArrayCoding
from mostlikely.data.formula.factors import Computed, Factor, Labels, Numbers, Whole
from mostlikely.data.formula.grammar import check_expression, check_formula, check_terms
from mostlikely.data.formula.terms import Coding
from mostlikely.data.response import Sample
from mostlikely.errors import ModelError
from mostlikely.results.plain import number, plain

__all__ = ["bound_of", "check_formulas", "plain_bound"]

#: What the table of a model fitted to an array calls the array.
ARRAY = "X"


def check_formulas(described: Mapping[str, Any]) -> None:
    """Raise ModelError unless all formulas and offsets of a model are of the closed grammar."""
    for word, text in _formulas(described):
        if not isinstance(text, str):
            raise ModelError(f"the file has {text!r} in the place of a {word}.")
        (check_formula if word == "formula" else check_expression)(text)


def _formulas(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inside in value.items():
            if key in ("formula", "offset") and inside is not None:
                yield key, inside
            else:
                yield from _formulas(inside)
    elif isinstance(value, list | tuple):
        for inside in value:
            yield from _formulas(inside)


def plain_bound(bound: Bound, columns: Mapping[str, Any]) -> dict[str, Any]:
    """What a bound model needs for new rows.

    Parameters
    ----------
    bound : Bound
    columns : mapping
        Its columns with their kinds, as of `inference.without_rows.columns_of_bound`.

    Raises
    ------
    ModelError
        If a term is not of the closed grammar.
    """
    codings: list[Any] = []
    places: dict[int, int] = {}
    for coding in bound.codings.values():
        if id(coding) not in places:
            places[id(coding)] = len(codings)
            codings.append(_plain_coding(coding))
    return {
        "columns": {
            ARRAY if name == X else name: [plain(v) for v in kind]
            if isinstance(kind, tuple)
            else plain(kind)
            for name, kind in columns.items()
        },
        "array": X in columns,
        "codings": codings,
        "of": {name: places[id(coding)] for name, coding in bound.codings.items()},
    }


def bound_of(saved: Mapping[str, Any], family: Any, sample: Sample) -> Bound:
    """The inverse of `plain_bound`, with rows that stand for none.

    Raises
    ------
    ModelError
        If a term is not of the closed grammar.
    """
    columns = {
        X if name == ARRAY and saved["array"] else str(name): tuple(kind)
        if isinstance(kind, list)
        else kind
        for name, kind in saved["columns"].items()
    }
    codings = [_coding(coding) for coding in saved["codings"]]
    of = {str(name): codings[place] for name, place in saved["of"].items()}
    return Bound(family, sample, stand_ins(columns), {}, of)


def _plain_coding(coding: Any) -> dict[str, Any]:
    if isinstance(coding, ArrayCoding):
        return {
            "kind": "array",
            "names": list(coding.names),
            "intercept": coding.intercept,
            "without": list(coding.without),
        }
    whole = coding.whole
    return {
        "kind": "formula",
        "terms": list(coding.terms),
        "columns": list(coding.columns),
        "groups": [[list(part) for part in group] for group in coding.groups],
        "factors": {expr: _plain_factor(factor) for expr, factor in coding.factors.items()},
        "whole": None
        if whole is None
        else {
            "memory": _plain_memory(whole.spec, whole.columns),
            "columns": list(whole.columns),
            "labels": [_plain_factor(labels) for labels in whole.labels],
            "terms": list(whole.terms),
            "keep": list(map(int, whole.keep)),
        },
    }


def _coding(saved: Mapping[str, Any]) -> Any:
    if saved["kind"] == "array":
        names, without = map(tuple, (saved["names"], saved["without"]))
        return ArrayCoding(names, bool(saved["intercept"]), without)
    whole = saved["whole"]
    if whole is not None:
        columns = tuple(whole["columns"])
        labels = [_factor(labels) for labels in whole["labels"]]
        whole = Whole(
            _memory(whole["memory"], columns),
            columns,
            tuple(one for one in labels if isinstance(one, Labels)),
            tuple(whole["terms"]),
            tuple(map(int, whole["keep"])),
        )
    return Coding(
        tuple(saved["terms"]),
        tuple(saved["columns"]),
        tuple(tuple((str(e), bool(base)) for e, base in group) for group in saved["groups"]),
        {str(expr): _factor(factor) for expr, factor in saved["factors"].items()},
        whole,
    )


def _plain_factor(factor: Factor) -> dict[str, Any]:
    match factor:
        case Numbers(column):
            return {"kind": "numbers", "column": column}
        case Labels(column, levels, base):
            return {
                "kind": "labels",
                "column": column,
                "levels": [plain(level) for level in levels],
                "base": base,
            }
        case Computed(columns, spec, called):
            return {
                "kind": "computed",
                "columns": list(columns),
                "memory": _plain_memory(spec, columns),
                "called": list(called),
            }
    raise TypeError(f"{factor!r} is no factor")


def _factor(saved: Mapping[str, Any]) -> Factor:
    match saved["kind"]:
        case "numbers":
            return Numbers(str(saved["column"]))
        case "labels":
            return Labels(str(saved["column"]), tuple(saved["levels"]), int(saved["base"]))
        case "computed":
            columns = tuple(map(str, saved["columns"]))
            return Computed(columns, _memory(saved["memory"], columns), tuple(saved["called"]))
    raise ValueError(f"there is no factor {saved['kind']!r}")


# The formula library's memory: its terms as they are written, and numbers.


def _plain_memory(spec: Any, columns: Any) -> dict[str, Any]:
    check_terms([f for term in spec.formula for f in term.factors], columns)
    return {
        "terms": [
            [[str(f.expr), f.eval_method.name.lower()] for f in term.factors]
            for term in spec.formula
        ],
        "learnt": _plain_state(spec.transform_state),
        "levels": {
            expr: [plain(level) for level in state["categories"]]
            for expr, (_, state) in spec.encoder_state.items()
            if "categories" in state
        },
    }


def _memory(saved: Mapping[str, Any], columns: Any) -> Any:
    """The library's memory; what is not remembered is the same for any rows."""
    from formulaic import SimpleFormula
    from formulaic.model_spec import ModelSpec
    from formulaic.parser.types import Factor as Written
    from formulaic.parser.types import Term

    terms = [
        Term([Written(str(expr), eval_method=str(method)) for expr, method in term])
        for term in saved["terms"]
    ]
    check_terms([f for term in terms for f in term.factors], columns)
    return ModelSpec(
        formula=SimpleFormula(terms, _ordering="none"),
        materializer="pandas",
        output="numpy",
        na_action="ignore",
        transform_state=_state(saved["learnt"]),
        encoder_state={
            expr: (Written.Kind.CATEGORICAL, {"categories": list(levels)})
            for expr, levels in saved["levels"].items()
        },
    )


def _plain_state(state: Any) -> Any:
    """Nested mappings and lists of numbers; keys that are numbers are said to be."""
    if isinstance(state, Mapping):
        return {"map": [[plain(k), _plain_state(v)] for k, v in state.items()]}
    if hasattr(state, "tolist"):
        state = state.tolist()
    if isinstance(state, list | tuple):
        return [_plain_state(v) for v in state]
    return {"flag": state} if isinstance(state, bool) else plain(state)


def _state(saved: Any) -> Any:
    if isinstance(saved, Mapping):
        if "flag" in saved:
            return bool(saved["flag"])
        return {k: _state(v) for k, v in saved["map"]}
    if isinstance(saved, list):
        return [_state(v) for v in saved]
    return number(saved) if saved in ("inf", "-inf", "nan") else saved
