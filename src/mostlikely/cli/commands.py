"""The command line: ``mostlikely fit gamma data.csv --y amount``.

Exit codes: 0, all is well; 1, fitted, but the verdict is not ok; 2, the input cannot be used, and
one sentence on standard error says why.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

import mostlikely as ml
from mostlikely import report
from mostlikely.cli import pages, read, write
from mostlikely.errors import MissingPackage, MostLikelyError
from mostlikely.tables.page import speaks_unicode

__all__ = ["app", "main"]

OK, NOT_OK, UNUSABLE = 0, 1, 2
#: What any program ends with that was told to stop: 128 + SIGINT.
INTERRUPTED = 130

app = typer.Typer(
    help="Fit noise models by maximum likelihood, and be told the truth about the fit.",
    epilog="Exit codes: 0 fine, 1 fitted but the verdict is not ok, 2 unusable input.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
#: Typer's class for whatever is wrong with a command line; it has no public name.
UsageError: Any = typer.BadParameter.__bases__[0]


class Format(StrEnum):
    """How results are written."""

    table = "table"
    json = "json"
    csv = "csv"


class Interval(StrEnum):
    """Kinds of confidence intervals."""

    wald = "wald"
    profile = "profile"


class WeightKind(StrEnum):
    """What a weight means."""

    frequency = "frequency"
    precision = "precision"
    sampling = "sampling"


class Missing(StrEnum):
    """What to do with missing values."""

    stop = "raise"
    drop = "drop"


File = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="A CSV or Parquet file, - for CSV on standard input, or a bundled data set such as "
        "demo:newcomb.",
        show_default=False,
    ),
]
Response = Annotated[str | None, typer.Option("--y", metavar="COLUMN", help="The column to fit.")]
Weights = Annotated[
    str | None, typer.Option("--weights", metavar="COLUMN", help="A column of weights.")
]
Kind = Annotated[WeightKind, typer.Option("--weight-kind", help="What the weights mean.")]
Gaps = Annotated[Missing, typer.Option("--missing", help="Missing values: an error, or left out.")]
Output = Annotated[Format, typer.Option("--format", help="How to write the result.")]
Picture = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE", help="Draw the fit: png, pdf or svg.")
]


@app.callback(invoke_without_command=True)
def _start(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"mostlikely {ml.__version__}")
        raise typer.Exit(OK)


@app.command()
def fit(
    family: Annotated[str, typer.Argument(help="A noise model; see 'mostlikely families'.")],
    data: File,
    formula: Annotated[
        str | None,
        typer.Argument(
            metavar="[FORMULA]",
            help='Predictors of the first parameter: "visits ~ age + C(sex)". It is run as code.',
            show_default=False,
        ),
    ] = None,
    y: Response = None,
    weights: Weights = None,
    weight_kind: Kind = WeightKind.frequency,
    predict: Annotated[
        list[str] | None,
        typer.Option(
            "--predict",
            metavar="NAME=FORMULA",
            help='What another parameter follows: sigma="~ x", or a column: n=trials. Repeatable.',
        ),
    ] = None,
    levels: Annotated[
        str | None,
        typer.Option(
            "--levels", metavar="A,B,C", help="The labels of ordinal data, the lowest first."
        ),
    ] = None,
    offset: Annotated[
        str | None, typer.Option("--offset", metavar="COLUMN", help="Added to the predictor.")
    ] = None,
    fix: Annotated[
        list[str] | None,
        typer.Option("--fix", metavar="NAME=VALUE", help="Give a parameter; may be repeated."),
    ] = None,
    start: Annotated[
        list[str] | None,
        typer.Option("--start", metavar="NAME=VALUE", help="Where to begin; may be repeated."),
    ] = None,
    max_steps: Annotated[int, typer.Option("--max-steps", help="Evaluations allowed.")] = 200,
    interval: Annotated[
        Interval, typer.Option("--interval", help="Kind of the intervals.")
    ] = Interval.wald,
    level: Annotated[float, typer.Option("--level", help="Coverage of the intervals.")] = 0.95,
    missing: Gaps = Missing.stop,
    output: Output = Format.table,
    plot: Picture = None,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help="Keep the fit for ml.load.")
    ] = None,
) -> None:
    """Fit one noise model: estimates, standard errors, intervals, and a verdict."""
    bound = {**read.words(predict or [], "--predict"), **read.values(fix or [], "--fix")}
    bound |= {} if levels is None else {"levels": read.labels(levels)}
    model = ml.family(family)(*([] if formula is None else [formula]), **bound)
    table = read.table(data)
    follows = bool(model.all_predictors)
    fitted = ml.fit(
        model,
        table,
        y if follows else read.column(table, data, y, weights),
        offset=offset,
        weights=weights,
        weight_kind=weight_kind.value,
        missing=missing.value,
        start=read.values(start or [], "--start"),
        max_steps=max_steps,
    )
    rows = fitted.records(level=level, method=interval.value)
    if output is Format.table:
        write.show(fitted.page(level=level, method=interval.value))
    elif output is Format.json:
        write.as_json(write.fit_values(fitted, rows, level, interval.value))
    else:
        write.as_csv(rows)
    if save is not None:
        write.to_file(save, fitted.save)
        write.remark(f"Saved the fit in {save}.")
    if plot is not None:
        write.picture([fitted], plot)
    raise typer.Exit(OK if fitted.verdict.ok else NOT_OK)


@app.command()
def compare(
    data: File,
    y: Response = None,
    models: Annotated[
        str | None,
        typer.Option(metavar="NAME,NAME", help="Which; by default all that can hold the data."),
    ] = None,
    weights: Weights = None,
    weight_kind: Kind = WeightKind.frequency,
    missing: Gaps = Missing.stop,
    output: Output = Format.table,
) -> None:
    """Fit several noise models to the same data and rank them by AIC."""
    table = read.table(data)
    compared = ml.compare(
        None if models is None else [name.strip() for name in models.split(",") if name.strip()],
        table,
        read.column(table, data, y, weights),
        weights=weights,
        weight_kind=weight_kind.value,
        missing=missing.value,
    )
    rows = compared.records()
    if output is Format.table:
        write.show(compared.page())
    elif output is Format.json:
        write.as_json({"models": rows, "refused": compared.refused})
    else:
        write.as_csv(rows)
    if compared.interrupted:
        raise KeyboardInterrupt  # what was done is shown, and the command has failed all the same
    raise typer.Exit(OK if compared.best.verdict.ok else NOT_OK)


@app.command()
def families(output: Output = Format.table) -> None:
    """List the noise models, by kind: their parameters and where y may lie."""
    rows = report.family_rows()
    if output is Format.table:
        write.show(report.families_view(rows, not speaks_unicode(sys.stdout)))
    elif output is Format.json:
        write.as_json(rows)
    else:
        write.as_csv([{**row, "parameters": " ".join(row["parameters"])} for row in rows])


@app.command()
def noise(
    loss: Annotated[
        str, typer.Argument(help='A loss of any framework: mse, reg:gamma, "Quantile:alpha=0.9".')
    ],
    output: Output = Format.table,
) -> None:
    """Say which noise model a loss assumes, and what it holds fixed."""
    assumed = ml.noise_of(loss)
    if output is Format.table:
        write.show(assumed.page())
    elif output is Format.json:
        write.as_json({row["what"]: row["answer"] for row in assumed.records()})
    else:
        write.as_csv(assumed.records())


@app.command()
def derive(
    family: Annotated[str, typer.Argument(help="A noise model; see 'mostlikely families'.")],
    fix: Annotated[
        list[str] | None,
        typer.Option("--fix", metavar="NAME=VALUE", help="Give a parameter; may be repeated."),
    ] = None,
    latex: Annotated[bool, typer.Option("--latex", help="As LaTeX, for a document.")] = False,
) -> None:
    """Show how a noise model's estimates are found, from its density to its standard errors."""
    known = read.values(fix or [], "--fix")
    derivation = ml.derive(ml.family(family)(**known) if known else family)
    write.verbatim(derivation.latex() if latex else str(derivation))


@app.command()
def demo(
    plot: Annotated[
        Path, typer.Option("--plot", metavar="FILE", help="Where to put the picture.")
    ] = Path("mostlikely-demo.png"),
) -> None:
    """A short story: what light told Simon Newcomb, under two beliefs about his errors."""
    about = ml.datasets.about("newcomb")
    (column,) = about["columns"]
    times = ml.datasets.load("newcomb")
    normal, student = ml.fit(ml.Normal(), times), ml.fit(ml.StudentT(), times)
    write.say(f"{about['title']}\n\n{about['story']} ({column}: {about['columns'][column]})\n")
    write.say("First belief: the errors are normal.\n")
    write.show(normal.page())
    write.say(
        "\nSecond belief: now and then something goes badly wrong. Tails get a parameter, df.\n"
    )
    write.show(student.page())
    write.say("\nWhich belief do the data support?\n")
    write.show(ml.compare([ml.Normal(), ml.StudentT()], times).page())
    low, high = student.interval("mu")
    write.say(
        f"\nThe two short times pull the normal mean down to {normal.params['mu']:.1f}, and its "
        f"standard deviation up to {normal.params['sigma']:.1f}. Under Student's t they count for "
        f"little: mu = {student.params['mu']:.1f}, between {low:.1f} and {high:.1f}. Light as we "
        "know it now would take 33.02: better noise models do not mend an instrument that is off.\n"
    )
    try:
        write.picture([normal, student], plot)
    except MissingPackage as missing:
        write.say(f"There would be a picture, but {missing}")
        return
    write.say("Next: mostlikely fit student_t demo:newcomb --interval profile, or your own data.")


app.command()(pages.learn)
app.command()(pages.explore)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    if arguments is None and sys.platform != "win32":  # as a program among others in a pipe
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    words = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    try:
        code = app(args=words, prog_name="mostlikely", standalone_mode=False)
        sys.stdout.flush()
    except UsageError as error:
        write.complaint(error.format_message())
        return UNUSABLE
    except MostLikelyError as error:
        write.complaint(str(error))
        return UNUSABLE
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    return int(code or OK)
