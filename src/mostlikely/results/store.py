"""Saved fits: JSON files that a person can read and that run no code when loaded."""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path
from typing import Any

from mostlikely.errors import DataError, ModelError
from mostlikely.inference.fitted import Fitted
from mostlikely.inference.without_rows import columns_of_bound, without_rows
from mostlikely.likelihood.build import BoundTogether
from mostlikely.results.plain import keyed, plain, tree
from mostlikely.results.saved_design import check_formulas, plain_bound
from mostlikely.results.saved_proof import plain_proof, plain_verdict
from mostlikely.results.saved_rows import plain_rows

__all__ = ["numbers", "read", "save", "text", "to_dict"]

#: 1 held the estimate, its covariance and the verdict; 2 what predicts, tests and draws besides.
FORMAT = 2
#: What is written below what a person reads, each in a line of its own.
LONG = ("covariance", "design", "proof", "data")


def numbers(fit: Fitted) -> dict[str, Any]:
    """The numbers of a fit as plain JSON values; what is not a finite number is a string."""
    return {
        "mostlikely": FORMAT,
        "model": tree(fit.model.describe()),
        "params": keyed(fit.params),
        "loglik": plain(float(fit.loglik)),
        "n": plain(fit.n),
        "df": plain(fit.df),
        "label": fit.label,
        "rows": fit.rows,
        "dropped": fit.dropped,
        "weight_kind": fit.weight_kind,
        "penalty": fit.penalty and tree(fit.penalty.describe()),
        "limit": fit.limit
        and {
            "model": tree(fit.limit.family.describe()),
            "params": keyed(fit.limit.values),
        },
        "verdict": plain_verdict(fit.verdict),
        "library": fit._library,
        "errors": fit._chosen and list(fit._chosen),
        "covariance": [[plain(v) for v in row] for row in fit.covariance().tolist()],
    }


def to_dict(fit: Fitted, data: bool = False) -> dict[str, Any]:
    """`numbers`, with what predicts, tests and draws.

    Parameters
    ----------
    fit : Fitted
    data : bool
        Whether the rows are among them.

    Raises
    ------
    ModelError
        If a term is not of the closed grammar, or rows are asked for that are not there.
    """
    found: dict[str, Any] = {**numbers(fit), "design": None, "proof": None, "data": None}
    check_formulas(found["model"])
    if data or fit.has_data:
        whole = fit.evidence("a file with data=True")
        light = without_rows(fit, whole)
        found["data"] = plain_rows(whole) if data else None
    elif fit.has_memory:
        light = fit.evidence(rows=False)
    else:
        return found
    bound = light.bound
    bounds = bound.members if isinstance(bound, BoundTogether) else [bound] if bound else []
    found["design"] = {
        "together": isinstance(bound, BoundTogether),
        "members": [plain_bound(one, columns_of_bound(one)) for one in bounds],
    }
    found["proof"] = plain_proof(light.proof)
    return found


def save(fit: Fitted, path: Any, data: bool = False) -> None:
    """Write `text` to a file."""
    if not isinstance(path, str | PathLike):
        raise DataError(f"a fit is saved to the path of a file; got {path!r}.")
    if not isinstance(data, bool):
        raise ModelError(
            f"data= is True, which keeps the data in the file, or False; got {data!r}."
        )
    Path(path).write_text(text(fit, data), encoding="utf-8")


def text(fit: Fitted, data: bool = False) -> str:
    """`to_dict` as JSON: what a person reads line by line, and a line for each of the rest."""
    found = to_dict(fit, data)
    short = {k: v for k, v in found.items() if k not in LONG}
    lines = json.dumps(short, indent=1, allow_nan=False).removesuffix("\n}")
    for name in LONG:
        lines += f',\n "{name}": {json.dumps(found[name], allow_nan=False)}'
    return lines + "\n}\n"


def read(path: Any) -> dict[str, Any]:
    """The plain values of a saved fit.

    Raises
    ------
    DataError
        If the file is not a saved fit, or is of a later format.
    """
    try:
        saved = json.loads(Path(path).read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"{path} is not a saved fit: {error}.") from None
    if not isinstance(saved, dict) or "mostlikely" not in saved:
        raise DataError(f"{path} is not a saved fit: it has no 'mostlikely' entry.")
    if not isinstance(saved["mostlikely"], int) or saved["mostlikely"] > FORMAT:
        raise DataError(
            f"{path} was saved in format {saved['mostlikely']}, and this version reads up to "
            f"{FORMAT}; upgrade mostlikely."
        )
    return saved
