"""The options that several verbs share, and the choices that some of them have."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Clusters",
    "Covariance",
    "Entry",
    "Event",
    "Family",
    "File",
    "Fixed",
    "Format",
    "Formula",
    "Formulas",
    "Gaps",
    "Interval",
    "IntervalCensored",
    "Kind",
    "Latex",
    "Levels",
    "Links",
    "Method",
    "Missing",
    "Offsets",
    "Output",
    "Penalty",
    "Picture",
    "Reading",
    "Response",
    "RoundedTo",
    "Small",
    "Start",
    "Steps",
    "Truncated",
    "WeightKind",
    "Weights",
    "Width",
]


class Format(StrEnum):
    """How results are written."""

    table = "table"
    json = "json"
    csv = "csv"


class Interval(StrEnum):
    """Kinds of confidence intervals."""

    wald = "wald"
    profile = "profile"


class Method(StrEnum):
    """Kinds of tests."""

    lr = "lr"
    wald = "wald"
    score = "score"


class WeightKind(StrEnum):
    """What a weight means."""

    frequency = "frequency"
    precision = "precision"
    sampling = "sampling"


class Missing(StrEnum):
    """What to do with missing values."""

    stop = "raise"
    drop = "drop"


Family = Annotated[str, typer.Argument(help="A noise model; see 'mostlikely families'.")]
File = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="A file: CSV (.gz, .zip), Parquet, .xlsx; - for one on standard input; or a bundled "
        "data set such as demo:newcomb.",
        show_default=False,
    ),
]
Formula = Annotated[
    str | None,
    typer.Argument(
        metavar="[FORMULA]",
        help='Predictors of the first parameter: "visits ~ age + C(sex)". It is run as code.',
        show_default=False,
    ),
]
Response = Annotated[str | None, typer.Option("--y", metavar="COLUMN", help="The column to fit.")]
Event = Annotated[
    str | None,
    typer.Option(
        "--event",
        metavar="COLUMN",
        help="Which rows of y were seen (1 or True), others being censored on the right; or a "
        'comparison, "status == 2".',
    ),
]
Entry = Annotated[
    str | None,
    typer.Option("--entry", metavar="COLUMN", help="From when on a row was watched."),
]
IntervalCensored = Annotated[
    tuple[str, str] | None,
    typer.Option("--interval-censored", metavar="LOW HIGH", help="Columns that y lies between."),
]
RoundedTo = Annotated[
    str | None,
    typer.Option("--rounded-to", metavar="STEP", help="What y was rounded to: 0.1, or a column."),
]
Truncated = Annotated[
    tuple[str, str] | None,
    typer.Option(
        "--truncated",
        metavar="LOW HIGH",
        help="Between which ends y could be seen at all: numbers, columns, -inf, inf.",
    ),
]
Weights = Annotated[
    str | None, typer.Option("--weights", metavar="COLUMN", help="A column of weights.")
]
Kind = Annotated[WeightKind, typer.Option("--weight-kind", help="What the weights mean.")]
Gaps = Annotated[Missing, typer.Option("--missing", help="Missing values: an error, or left out.")]
Formulas = Annotated[
    list[str] | None,
    typer.Option(
        "--formula",
        metavar="NAME=FORMULA",
        help='What a parameter follows: sigma="~ x", or a column: n=trials. Repeatable.',
    ),
]
Links = Annotated[
    list[str] | None,
    typer.Option(
        "--link",
        metavar="[NAME=]LINK",
        help="The link of the first parameter, or of another: identity, sigma=softplus. "
        "Repeatable.",
    ),
]
Offsets = Annotated[
    list[str] | None,
    typer.Option(
        "--offset",
        metavar="[NAME=]COLUMN",
        help="Added to the first parameter's predictor, or another's: a column, or an expression "
        'of columns, "log(exposure)". Repeatable.',
    ),
]
Levels = Annotated[
    str | None,
    typer.Option("--levels", metavar="A,B,C", help="The labels of ordinal data, the lowest first."),
]
Penalty = Annotated[
    str | None,
    typer.Option("--penalty", metavar="KIND", help="ridge=2, lasso=0.5 or firth."),
]
Fixed = Annotated[
    list[str] | None,
    typer.Option("--fix", metavar="NAME=VALUE", help="Give a parameter; may be repeated."),
]
Start = Annotated[
    list[str] | None,
    typer.Option("--start", metavar="NAME=VALUE", help="Where to begin; may be repeated."),
]
Steps = Annotated[int, typer.Option("--max-steps", help="Evaluations allowed.")]
Covariance = Annotated[
    str | None,
    typer.Option(
        "--covariance",
        metavar="KIND",
        help="Of the errors: observed, expected, sandwich, HC0 to HC3; with --cluster CR0, CR1, "
        "CR1S, CR2, CR3.",
    ),
]
Clusters = Annotated[
    str | None,
    typer.Option("--cluster", metavar="COLUMN", help="Rows that belong together, for the errors."),
]
Small = Annotated[
    bool,
    typer.Option("--small-sample", help="Of the normal linear model: Student's t and F, exact."),
]
Width = Annotated[float, typer.Option("--level", help="Coverage of the intervals.")]
Output = Annotated[Format, typer.Option("--format", help="How to write the result.")]
Latex = Annotated[bool, typer.Option("--latex", help="As a table in LaTeX.")]
Picture = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE", help="Draw the fit: png, pdf or svg.")
]
Reading = Annotated[
    list[str] | None,
    typer.Option(
        "--read",
        metavar="NAME=VALUE",
        help="How the file is written, where it does not say so itself: encoding=latin-1, "
        "separator=tab, decimal=, (or .), comment=!, skip=3, ragged=drop, blank=-, sheet=Data. "
        "Repeatable.",
    ),
]
