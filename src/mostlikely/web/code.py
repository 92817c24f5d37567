"""A fit written down: as a script that runs, as a command, as a loss for PyTorch."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

import mostlikely as ml
from mostlikely.errors import MostLikelyError
from mostlikely.web.kept import Kept
from mostlikely.web.models import Asked, slug_of
from mostlikely.web.tables import Table, kind_of

__all__ = ["command", "loss", "pasted", "script", "written"]

Json = dict[str, Any]


def pasted(table: Table, content: bytes) -> Table:
    """A table that lies in no file: its script has the text itself, and no command reads it."""
    text = content.decode("utf-8-sig")
    plain = '"""' not in text and "\\" not in text and "\r" not in text
    said = f'"""\\\n{text.rstrip()}\n"""' if plain else repr(text)
    script = table.script.replace(repr(table.name), f"io.StringIO({said})", 1)
    return replace(table, script=f"import io\n\n{script}", source="")


def written(one: Kept) -> Json:
    """All three; where there is none, None, and ``why`` says it."""
    found: Json = {"python": script(one)}
    why: Json = {}
    for name, write in (("cli", command), ("torch", loss)):
        try:
            found[name] = write(one)
        except MostLikelyError as error:
            found[name], why[name] = None, str(error)
    return {**found, "why": why}


def script(one: Kept) -> str:
    """A program that comes to the same fit from the same file."""
    asked, table = one.asked, one.asked.table
    lines = ["import mostlikely as ml", "import pandas as pd", "", table.script]
    if asked.excluded:
        lines.append(f"data = data.drop(index={asked.excluded})")
    if asked.renamed:
        lines.append(f"data = data.rename(columns={asked.renamed!r})")
    arguments = [_model(one), "data", repr(asked.renamed.get(asked.y, asked.y))]
    if asked.weight is not None:
        weight = asked.renamed.get(asked.weight, asked.weight)
        arguments += [f"weights={weight!r}", f"weight_kind={asked.weight_kind!r}"]
    arguments.append('missing="drop"')
    lines += ["", f"fit = ml.fit({', '.join(arguments)})", "print(fit)"]
    return "\n".join(lines) + "\n"


def _model(one: Kept) -> str:
    """The model as it is written in Python."""
    asked, family = one.asked, type(one.fit.model)
    words = asked.words
    bound = [repr(asked.formula(asked.first, words))] if asked.first else []
    more: dict[str, Any] = {k: asked.formula(p, words) for k, p in asked.also.items()}
    more |= {k: words[v] if isinstance(v, str) else v for k, v in _fixed(one).items()}
    if asked.order and family.ordered:
        more["levels"] = asked.levels()
    if all(map(str.isidentifier, more)):
        bound += [f"{k}={v!r}" for k, v in more.items()]
    else:
        bound.append(f"**{more!r}")
    return f"ml.{family.__name__}({', '.join(bound)})"


def _fixed(one: Kept) -> dict[str, Any]:
    """What is given of the parameters that this family has."""
    known = one.fit.model.parameters
    return {k: v for k, v in one.asked.fixed.items() if k in known}


def command(one: Kept) -> str:
    """The same fit from the command line.

    Raises
    ------
    DataError
        Where a command cannot say it.
    """
    asked = one.asked
    if not asked.table.source:
        raise ml.DataError(
            "what was pasted lies in no file that the command line could read; save it as one, or "
            "use Python."
        )
    if asked.excluded:
        raise ml.DataError(
            "the command line leaves no single rows out; delete them in the file, or use Python."
        )
    if turned := [name for name in asked.used if name in asked.table.turned]:
        raise ml.DataError(
            f"the command line takes {turned[0]} for text; write its cells as numbers, leave those "
            "empty that are none, or use Python."
        )
    names = {name: _quoted(asked, name) for name in asked.used}
    words = ["mostlikely", "fit", slug_of(one.fit.model), asked.table.source]
    if asked.first:
        words.append(asked.formula(asked.first, names))
    words += ["--y", asked.y]
    for name, predictors in asked.also.items():
        words += ["--formula", f"{name}={asked.formula(predictors, names)}"]
    for name, value in _fixed(one).items():
        option = "--formula" if isinstance(value, str) else "--fix"
        words += [option, f"{name}={value if isinstance(value, str) else repr(value)}"]
    if asked.order and one.fit.model.ordered:
        words += ["--levels", _parted(asked.levels())]
    if asked.weight is not None:
        words += ["--weights", asked.weight, "--weight-kind", asked.weight_kind]
    return shlex.join([*words, "--missing", "drop"])


def _parted(levels: list[str]) -> str:
    """Labels as the command line takes them, parted by commas."""
    numbers = all(level.lstrip("+-").isdecimal() for level in levels)
    if numbers or any("," in level or level != level.strip() for level in levels):
        raise ml.DataError("the command line cannot write these labels in a line; use Python.")
    return ",".join(levels)


def _quoted(asked: Asked, name: str) -> str:
    """A column's name as a formula takes it."""
    if asked.words[name] == name:
        return name
    if "`" in name or not name.isprintable():
        raise ml.DataError(f"a command cannot name the column {name!r}; use Python.")
    return f"`{name}`"


def loss(one: Kept) -> str:
    """The noise model as a loss for a network, with as many inputs as there are columns.

    Raises
    ------
    DataError
        Where a network's outputs cannot be its parameters.
    """
    asked, family = one.asked, type(one.fit.model)
    given = {k: v for k, v in _fixed(one).items() if not isinstance(v, str)}
    if len(given) < len(_fixed(one)):
        raise ml.DataError("a loss with a parameter in a column is written by hand; see ml.loss.")
    if family.ordered and len(one.fit.model.levels or ()) > 2:
        raise ml.DataError(
            "a network's outputs are in no order, and cutpoints that cross have no likelihood; "
            "take the loss of Categorical, or write one with cutpoints of its own."
        )
    if kind_of(asked.table.columns[asked.y]) == "text" or family.labels:
        levels = one.fit.model.levels or ()
        places = {level: k for k, level in enumerate(levels)}
        note = f"# targets are the places of the levels: {places!r}\n"
        model = f"ml.{family.__name__}(levels={list(levels)!r})"
    else:
        inside = ", ".join(f"{k}={v!r}" for k, v in given.items())
        note, model = "", f"ml.{family.__name__}({inside})"
    columns = len({c for p in (asked.first, *asked.also.values()) for c, _ in p}) or 1
    return (
        "import mostlikely as ml\nimport torch\n\n"
        f"{note}"
        f"model = {model}\n"
        f"network = torch.nn.Sequential(torch.nn.Linear({columns}, 32), torch.nn.ReLU(), "
        "ml.head(model, 32))\n"
        "loss = ml.loss(model)\n"
        "# loss(network(x), y).backward()\n"
        f"{_reached(one)}"
    )


def _reached(one: Kept) -> str:
    """What a network has to beat: the mean loss of the fit's own parameters."""
    if one.asked.weight is not None and one.asked.weight_kind == "precision":
        return ""  # a precision is no weight of a mean
    rows = "weighted rows" if one.asked.weight is not None else "rows"
    said = f"{-one.fit.loglik / one.fit.n:.9g}"
    return f"# the fit of these {one.fit.n:.12g} {rows} has a mean loss of {said}.\n"
