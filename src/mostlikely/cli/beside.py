"""The verbs beside those of fits: `families`, `noise`, `derive`, `demo`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

import mostlikely as ml
from mostlikely import report
from mostlikely.cli import read, write
from mostlikely.cli.options import Family, Fixed, Format, Output
from mostlikely.errors import MissingPackage
from mostlikely.tables.page import speaks_unicode

__all__ = ["demo", "derive", "families", "noise"]


def families(output: Output = Format.table) -> None:
    """List the noise models, by kind: their parameters and where y may lie."""
    rows = report.family_rows()
    if output is Format.table:
        write.show(report.families_view(rows, not speaks_unicode(sys.stdout)))
    elif output is Format.json:
        write.as_json(rows)
    else:
        write.as_csv([{**row, "parameters": " ".join(row["parameters"])} for row in rows])


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


def derive(
    family: Family,
    fix: Fixed = None,
    latex: Annotated[bool, typer.Option("--latex", help="As LaTeX, for a document.")] = False,
) -> None:
    """Show how a noise model's estimates are found, from its density to its standard errors."""
    known = read.values(fix or [], "--fix")
    derivation = ml.derive(ml.family(family)(**known) if known else family)
    write.verbatim(derivation.latex() if latex else str(derivation))


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
