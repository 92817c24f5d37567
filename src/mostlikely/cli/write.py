"""What the command line gives: text, JSON, CSV, pictures, and one sentence when it cannot."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mostlikely.errors import DataError, ModelError
from mostlikely.tables.page import WIDTH, Page, in_ascii, number, speaks_unicode, text_of, view
from mostlikely.tables.tabular import Tabular

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mostlikely.results.fit import Fit

__all__ = [
    "Rows",
    "as_csv",
    "as_json",
    "check",
    "complaint",
    "fit_values",
    "note",
    "picture",
    "quantities",
    "remark",
    "result",
    "say",
    "show",
    "to_file",
    "verbatim",
]

#: The columns of a table of coefficients.
COLUMNS = (
    *("parameter", "term", "estimate", "std_error", "statistic", "p_value"),
    *("conf_low", "conf_high"),
)


def _bare(value: str) -> str:
    """A value without the quotes that no shell needs."""
    return value[1:-1] if re.fullmatch(r"(['\"])[\w.-]*\w\1", value) else value


#: What the library's sentences advise, as it is typed here.
IN_OPTIONS: list[tuple[re.Pattern[str], Any]] = [
    (re.compile(pattern), option)
    for pattern, option in (
        (r"\b(missing|level)=(['\"]?)([\w.]+)\2", r"--\1 \3"),
        (r"\bweight_kind=(['\"])(\w+)\1", r"--weight-kind \2"),
        (r"\bmethod=(['\"])(\w+)\1", r"--interval \2"),
        (r"\bexponentiate=True", "--exp"),
        (r"\bsmall_sample=(True|(?!\w))", "--small-sample"),
        (r"\bq is a probability\b", "--quantile is a probability"),
        (r"^there is no (covariance|link)( kind)? '", r"--\1: there is no \1\2 '"),
        (r"^there is no prediction '", "--what: there is no prediction '"),
        (r"\bfit\.test\((\"[^\"]*\")\)", r"--hypothesis \1"),
        (
            r"No such option: --predict\b.*",
            '--predict is called --formula: --formula sigma="~ x", --formula n=trials.',
        ),
        (r"keep them, fit\.save\(path, data=True\)", "keep them, fit --save-data"),
        (
            r"\b(covariance|cluster|penalty|offset|link|at|period|what)=(['\"])([\w.]+)\2",
            r"--\1 \3",
        ),
        (r"\b(covariance|cluster|penalty|offset|at|period)=(?!\w)", r"--\1"),
        (r"\bq=([\d.]*\d|(?!\w))", r"--quantile \1"),
        (
            r"\b(?:Ordinal|Categorical)\(levels=\[[^]]*\]\)(, or pass an ordered categorical)?",
            "--levels a,b,c",
        ),
        (r"\bml\.compare\(\[\"(\w+)\"\], y\)", r"--models \1"),
        (r"(needs \w+, .*): \w+\((\w+=\w+)\)", r"\1: --fix \2"),
        (
            r"(?<!--read )\b(encoding|separator|decimal|comment|skip|sheet|ragged|blank)="
            r"('[^']*'|\"[^\"]*\"|\w*)",
            lambda found: f"--read {found[1]}={_bare(found[2])}",
        ),
        (r"\bValue error, ", ""),
    )
]


def complaint(sentence: str) -> None:
    """One sentence on standard error, with the options' names where it has Python's."""
    _put(sys.stderr, f"mostlikely: {_typed(' '.join(sentence.split()))}\n")


def _typed(sentence: str) -> str:
    """A sentence of the library with what is typed here where it has Python's."""
    for pattern, option in IN_OPTIONS:
        sentence = pattern.sub(option, sentence)
    return sentence


def remark(sentence: str) -> None:
    """On standard error, where it does not mix with results."""
    sys.stdout.flush()
    _put(sys.stderr, f"{sentence}\n")


def note(sentence: str) -> None:
    """What was done to the input, on standard error, with the options' names."""
    remark(f"mostlikely: {_typed(sentence)}")


def say(text: str) -> None:
    """Words between tables, wrapped as they are."""
    import textwrap

    lines = (textwrap.fill(line, WIDTH) for line in text.split("\n"))
    _put(sys.stdout, "\n".join(lines) + "\n")


def verbatim(text: str) -> None:
    """Lines as they are."""
    _put(sys.stdout, text.rstrip("\n") + "\n")


def _put(stream: Any, text: str) -> None:
    stream.write(text if speaks_unicode(stream) else in_ascii(text))


def show(shown: Page | RenderableType) -> None:
    """In colour on a terminal, as plain text elsewhere."""
    if not sys.stdout.isatty():
        sys.stdout.write(f"{text_of(shown)}\n")
        return
    from rich.console import Console

    if isinstance(shown, Page):
        shown = view(shown, not speaks_unicode(sys.stdout))
    console = Console()
    console.print(shown, width=min(console.width, 100))


def fit_values(fitted: Fit, rows: list[dict[str, Any]], level: float, method: str) -> Any:
    """A fit for JSON: the numbers that `Fit.save` writes, the criteria, errors and intervals."""
    from mostlikely.results.store import numbers

    saved = numbers(fitted)
    keyed = list(zip(saved["params"], rows, strict=True))
    return {
        **saved,
        "covariance": fitted.covariance().tolist(),
        "aic": fitted.aic,
        "bic": fitted.bic,
        "standard_errors": {key: row["std_error"] for key, row in keyed},
        "interval": {"level": level, "method": method},
        "intervals": {key: [row["conf_low"], row["conf_high"]] for key, row in keyed},
    }


@dataclass(frozen=True)
class Rows(Tabular):
    """Rows of several results, with a sentence for each."""

    rows: list[dict[str, Any]]
    sentences: list[str]

    def records(self) -> list[dict[str, Any]]:
        """All of them."""
        return self.rows


def check(output: Any, latex: bool) -> None:
    """Raise ModelError if a result is to be written in two ways."""
    if latex and output != "table":
        raise ModelError(f"--latex and --format {output.value} are two ways to write a result.")


def result(found: Tabular, output: Any, **options: Any) -> None:
    """Whatever has rows, as a table, JSON or CSV."""
    if output == "json":
        as_json(found.records(**options))
    elif output == "csv":
        as_csv(found.records(**options))
    elif isinstance(found, Rows):
        verbatim("\n".join(found.sentences))
    else:
        show(found.page(**options))


def quantities(
    fitted: Fit, what: str, asked: Sequence[dict[str, Any]], level: float, method: str = "wald"
) -> Rows:
    """Quantities of a sample with their intervals, in the columns of a table of coefficients."""
    rows, sentences = [], []
    for options in asked:
        found = fitted.quantity(what, **options)
        low, high = found.interval(level, method)
        value = next(iter(v for k, v in options.items() if k != "covariance"), None)
        numbers = (found.value, found.std_error, None, None, low, high)
        known = [None if v is None or isnan(v) else float(v) for v in numbers]
        term = None if value is None else f"{value:g}" if isinstance(value, float) else value
        rows.append(dict(zip(COLUMNS, (what, term, *known), strict=True)))
        name = " ".join(word for word in (what.replace("_", " ").capitalize(), term) if word)
        sentences.append(
            f"{name}: {number(found.value)} ({100 * level:g} % from {number(low)} to "
            f"{number(high)})"
        )
    return Rows(rows, sentences)


def as_json(value: Any) -> None:
    """Strict JSON: null where there is no number; what is infinite is "inf" or "-inf"."""
    import json

    sys.stdout.write(json.dumps(_plain(value), indent=1, allow_nan=False) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if not isinstance(value, float) or isfinite(value):
        return value
    return None if isnan(value) else str(value)


def as_csv(rows: list[dict[str, Any]]) -> None:
    """A header and the rows, however many; an empty cell where there is no value."""
    import csv

    header = max(rows, key=len, default=["term"])  # a coefficient's row says its parameter too
    writer = csv.DictWriter(sys.stdout, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def picture(fits: Sequence[Fit], path: Path) -> None:
    """Draw the fits into a file, and say so."""
    from mostlikely.plot import fits_plot

    os.environ.setdefault("MPLBACKEND", "agg")  # a file is wanted, not a window
    figure = fits_plot(fits)
    to_file(path, lambda where: figure.savefig(where, dpi=150))
    remark(f"The picture is in {path}.")


def to_file(path: Path, write: Callable[[Path], Any]) -> None:
    """Let something write a file; a DataError says why it could not."""
    try:
        write(path)
    except (OSError, ValueError) as error:  # ValueError: matplotlib knows no such format
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise DataError(f"{path} cannot be written: {reason.rstrip('.')}.") from None
