"""The command line: ``mostlikely fit gamma data.csv --y amount``.

Exit codes: 0, all is well; 1, fitted, but the verdict is not ok; 2, the input cannot be used, and
one sentence on standard error says why.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

import mostlikely as ml
from mostlikely.cli import beside, pages, read, write
from mostlikely.cli import options as given
from mostlikely.cli.model import Seen, fitted_of, model_of, penalty_of, response_of
from mostlikely.cli.options import Format, Interval, Method, Missing, WeightKind
from mostlikely.errors import ModelError, MostLikelyError

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


@app.callback(invoke_without_command=True)
def _start(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"mostlikely {ml.__version__}")
        raise typer.Exit(OK)


@app.command()
def fit(
    family: given.Family,
    data: given.File,
    formula: given.Formula = None,
    y: given.Response = None,
    event: given.Event = None,
    entry: given.Entry = None,
    interval_censored: given.IntervalCensored = None,
    rounded_to: given.RoundedTo = None,
    truncated: given.Truncated = None,
    weights: given.Weights = None,
    weight_kind: given.Kind = WeightKind.frequency,
    formulas: given.Formulas = None,
    links: given.Links = None,
    offsets: given.Offsets = None,
    levels: given.Levels = None,
    fix: given.Fixed = None,
    penalty: given.Penalty = None,
    start: given.Start = None,
    max_steps: given.Steps = 200,
    covariance: given.Covariance = None,
    cluster: given.Clusters = None,
    interval: Annotated[
        Interval, typer.Option("--interval", help="Kind of the intervals.")
    ] = Interval.wald,
    level: given.Width = 0.95,
    ratios: Annotated[
        bool, typer.Option("--exp", help="Coefficients as ratios: odds, rates, times.")
    ] = False,
    small_sample: given.Small = False,
    quantiles: Annotated[
        list[float] | None,
        typer.Option("--quantile", metavar="Q", help="This quantile too, of a sample. Repeatable."),
    ] = None,
    missing: given.Gaps = Missing.stop,
    reading: given.Reading = None,
    output: given.Output = Format.table,
    latex: given.Latex = False,
    plot: given.Picture = None,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help="Keep the fit; see predict.")
    ] = None,
    save_data: Annotated[
        bool, typer.Option("--save-data", help="Keep the rows in that file too.")
    ] = False,
) -> None:
    """Fit one noise model: estimates, standard errors, intervals, and a verdict."""
    write.check(output, latex)
    fitted = fitted_of(
        family,
        data,
        formula,
        Seen(y, event, entry, interval_censored, rounded_to, truncated),
        weights,
        reading,
        formulas=formulas,
        links=links,
        offsets=offsets,
        fixed=fix,
        levels=levels,
        covariance=covariance,
        cluster=cluster,
        penalty=penalty_of(penalty),
        weight_kind=weight_kind.value,
        missing=missing.value,
        start=read.values(start or [], "--start"),
        max_steps=max_steps,
    )
    kind: dict[str, Any] = {
        "level": level,
        "method": interval.value,
        "small_sample": small_sample,
    }
    shown = {**kind, "exponentiate": ratios}
    if quantiles and fitted.has_predictors:
        raise ModelError(
            "each row has a quantile of its own; save the fit, and ask for --quantile of rows: "
            "mostlikely predict saved.json rows.csv --quantile 0.9."
        )
    asked = [{"q": q} for q in quantiles or []]
    points = write.quantities(fitted, "quantile", asked, level, interval.value)
    if latex:
        write.verbatim(fitted.to_latex(**shown))
    elif output is Format.table:
        write.show(fitted.page(**shown))
    elif output is Format.json:
        found = write.fit_values(fitted, fitted.records(**kind), level, interval.value)
        found |= {"ratios": fitted.records(**shown)} if ratios else {}
        write.as_json(found | ({"quantiles": points.rows} if quantiles else {}))
    else:
        write.as_csv([*fitted.records(**shown), *points.rows])
    if quantiles and output is Format.table:
        write.verbatim("\n" + "\n".join(points.sentences))
    if save is not None:
        write.to_file(save, lambda path: fitted.save(path, data=save_data))
        write.remark(f"Saved the fit in {save}.")
    if plot is not None:
        write.picture([fitted], plot)
    raise typer.Exit(OK if fitted.verdict.ok else NOT_OK)


@app.command()
def compare(
    data: given.File,
    formula: given.Formula = None,
    y: given.Response = None,
    event: given.Event = None,
    entry: given.Entry = None,
    interval_censored: given.IntervalCensored = None,
    rounded_to: given.RoundedTo = None,
    truncated: given.Truncated = None,
    models: Annotated[
        str | None,
        typer.Option(metavar="NAME,NAME", help="Which; by default all that can hold the data."),
    ] = None,
    weights: given.Weights = None,
    weight_kind: given.Kind = WeightKind.frequency,
    formulas: given.Formulas = None,
    links: given.Links = None,
    offsets: given.Offsets = None,
    penalty: given.Penalty = None,
    missing: given.Gaps = Missing.stop,
    reading: given.Reading = None,
    output: given.Output = Format.table,
    latex: given.Latex = False,
) -> None:
    """Fit several noise models to the same data and rank them by AIC."""
    write.check(output, latex)
    names = None if models is None else [n.strip() for n in models.split(",") if n.strip()]
    seen = Seen(y, event, entry, interval_censored, rounded_to, truncated)
    if names is None and any((formula, formulas, links, offsets)):
        raise ModelError("with a formula name the models to compare: --models poisson,...")
    formula, seen = seen.beside(formula)
    words = (formula, formulas, links, offsets)
    table = read.table(data, reading)
    read.check(table, {"--weights": weights})
    chosen = None if names is None else [model_of(name, *words) for name in names]
    follows = bool(chosen) and any(model.all_predictors for model in chosen or ())
    compared = ml.compare(
        chosen,
        table,
        response_of(seen, table, data, follows, (weights,)),
        weights=weights,
        weight_kind=weight_kind.value,
        missing=missing.value,
        penalty=penalty_of(penalty),
    )
    if latex:
        write.verbatim(compared.to_latex())
    elif output is Format.json:
        write.as_json({"models": compared.records(), "refused": compared.refused})
    else:
        write.result(compared, output)
    if compared.interrupted:
        raise KeyboardInterrupt  # what was done is shown, and the command has failed all the same
    raise typer.Exit(OK if compared.best.verdict.ok else NOT_OK)


@app.command()
def predict(
    saved: Annotated[
        Path, typer.Argument(metavar="SAVED", help="A fit that was saved: fit --save saved.json.")
    ],
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="[DATA]", help="New rows, in a file of any kind.", show_default=False
        ),
    ] = None,
    what: Annotated[
        str, typer.Option("--what", help="mean, sd, quantile, cdf, probability, a parameter, ...")
    ] = "mean",
    quantile: Annotated[
        float | None, typer.Option("--quantile", metavar="Q", help="This quantile.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="VALUE", help="Of cdf, sf and hazard: a number or a column."),
    ] = None,
    label: Annotated[
        str | None, typer.Option("--label", metavar="LABEL", help="Of which label the probability.")
    ] = None,
    period: Annotated[
        float | None, typer.Option("--period", help="Of return_level: one observation in so many.")
    ] = None,
    covariance: given.Covariance = None,
    level: given.Width = 0.95,
    prediction: Annotated[
        bool, typer.Option("--new", help="Also where a new observation of each row lies.")
    ] = False,
    reading: given.Reading = None,
    output: given.Output = Format.table,
    latex: given.Latex = False,
) -> None:
    """Say what a saved fit expects of new rows, with errors and intervals."""
    write.check(output, latex)
    fitted = read.saved(saved)
    table = None if data is None else read.table(data, reading)
    asked = {"q": quantile, "at": read.number_or(at), "level": read.label(label), "period": period}
    what = "quantile" if quantile is not None else what
    asked = {k: v for k, v in asked.items() if v is not None} | {"covariance": covariance}
    kind: dict[str, Any] = {}
    if table is None and not fitted.has_predictors and not prediction:
        found: Any = write.quantities(fitted, what, [asked], level)
    else:
        found = fitted.predict(table, what=what, **asked)
        kind = {"level": level, "prediction": prediction}
    if latex:
        write.verbatim(found.to_latex(**kind))
    else:
        write.result(found, output, **kind)
    raise typer.Exit(OK if fitted.verdict.ok else NOT_OK)


@app.command("test")
def hypothesis_tests(
    family: Annotated[
        str, typer.Argument(metavar="FAMILY", help="A noise model, or a saved fit: saved.json.")
    ],
    data: Annotated[
        str | None, typer.Argument(metavar="[DATA]", help="As of fit.", show_default=False)
    ] = None,
    formula: given.Formula = None,
    hypotheses: Annotated[
        list[str] | None,
        typer.Option(
            "--hypothesis",
            metavar="EQUATION",
            help='"x = 0", "x = z, shape = 1", the name of a column of labels; each is a test of '
            "its own. Without one, each term is tested.",
        ),
    ] = None,
    method: Annotated[
        Method | None, typer.Option("--method", help="How; by default lr, of robust errors wald.")
    ] = None,
    y: given.Response = None,
    event: given.Event = None,
    entry: given.Entry = None,
    interval_censored: given.IntervalCensored = None,
    rounded_to: given.RoundedTo = None,
    truncated: given.Truncated = None,
    weights: given.Weights = None,
    weight_kind: given.Kind = WeightKind.frequency,
    formulas: given.Formulas = None,
    links: given.Links = None,
    offsets: given.Offsets = None,
    levels: given.Levels = None,
    fix: given.Fixed = None,
    penalty: given.Penalty = None,
    covariance: given.Covariance = None,
    cluster: given.Clusters = None,
    small_sample: given.Small = False,
    missing: given.Gaps = Missing.stop,
    reading: given.Reading = None,
    output: given.Output = Format.table,
    latex: given.Latex = False,
) -> None:
    """Test hypotheses about a model's parameters, or each of its terms."""
    write.check(output, latex)
    if family.endswith(".json"):
        if data is not None:
            raise ModelError(
                f"{family} is a saved fit, and is tested without other data; got {data}."
            )
        fitted = read.saved(family)
        fitted = fitted if covariance is None else fitted.with_covariance(covariance)
    elif data is None:
        raise ModelError("there are no data: mostlikely test FAMILY DATA, or test saved.json.")
    else:
        fitted = fitted_of(
            family,
            data,
            formula,
            Seen(y, event, entry, interval_censored, rounded_to, truncated),
            weights,
            reading,
            formulas=formulas,
            links=links,
            offsets=offsets,
            fixed=fix,
            levels=levels,
            covariance=covariance,
            cluster=cluster,
            penalty=penalty_of(penalty),
            weight_kind=weight_kind.value,
            missing=missing.value,
        )
    if hypotheses:
        how = None if method is None else method.value
        tests = [fitted.test(h, method=how, small_sample=small_sample) for h in hypotheses]
        found: Any = write.Rows(
            [row for one in tests for row in one.records()], [str(one) for one in tests]
        )
    elif method is not None:
        raise ModelError("--method is of a --hypothesis; without one each term is tested.")
    else:
        found = ml.anova(fitted, small_sample=small_sample)
    if latex:
        write.verbatim(found.to_latex())
    else:
        write.result(found, output)
    raise typer.Exit(OK if fitted.verdict.ok else NOT_OK)


for verb in (beside.families, beside.noise, beside.derive, beside.demo):
    app.command()(verb)
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
