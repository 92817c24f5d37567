"""What docs/guides/boosting.md shows of the trainings: every number, a table and a picture."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.boosting import CASES, DEPTH, OURS, PATIENCE, RATE, ROUNDS, measure

FOLDER = Path(__file__).parents[2] / "docs" / "guides" / "evidence"


def table(results: list[dict[str, Any]]) -> str:
    """The results in Markdown."""
    lines = [
        f"Trees of depth {DEPTH}, learning rate {RATE:g}, at most {ROUNDS} rounds, stopped by a "
        f"fifth of the rows once {PATIENCE} rounds have not helped. The log-score is the mean "
        "log-density of unseen rows; larger is better. Rows with the same predictors (a person's "
        "years) stay together, and errors are theirs. Times are the processor's, on one thread. "
        f"Versions: {', '.join(f'{p} {v}' for p, v in results[0]['versions'].items())}.",
        "",
        "| data and noise | library | log-score ± SE | ours less theirs ± SE | rounds kept "
        "| training | ours/theirs |",
        "|---|---|---|---|---|---|---|",
    ]
    for result in results:
        for i, (library, of) in enumerate(result["libraries"].items()):
            trees = of["kept"] > 0.0
            apart = (
                "" if library == OURS else f"{of['ours_less']:+.4f} ± {of['ours_less_error']:.4f}"
            )
            cells = (
                f"{result['case']}, n = {result['n']:,}, {result['splits']} splits"
                if i == 0
                else "",
                library,
                f"{of['score']:.4f} ± {of['score_error']:.4f}",
                apart,
                f"{of['kept']:.0f}" if trees else "",
                f"{of['seconds']:.2f} s" if trees else "",
                f"{of['ratio']:.2f}" if trees and library != OURS else "",
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def draw(results: list[dict[str, Any]], path: Path) -> None:
    """Left, how much better we are, with two standard errors; right, the ratio of times."""
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.ticker import FormatStrFormatter, LogLocator, NullLocator

    from mostlikely.plot.look import BLUE, GRID, INK, RED, styled

    colours = {"NGBoost": BLUE, "XGBoostLSS": RED}
    with styled(), mpl.rc_context({"svg.hashsalt": "mostlikely", "svg.fonttype": "path"}):
        figure = Figure(figsize=(9.2, 1.3 + 0.5 * len(results)), layout="constrained")
        better, faster = figure.subplots(1, 2, sharey=True)
        shown: dict[str, Any] = {}
        for place, result in enumerate(results):
            for library, colour in colours.items():
                of = result["libraries"].get(library)
                if of is None:
                    continue
                at = place + (0.14 if library == "XGBoostLSS" else -0.14)
                better.errorbar(
                    of["ours_less"], at, xerr=2.0 * of["ours_less_error"], fmt="o", ms=5,
                    color=colour, capsize=2,
                )  # fmt: skip
                (shown[library],) = faster.plot(1.0 / of["ratio"], at, "o", ms=6, color=colour)
        better.axvline(0.0, color=INK, lw=0.8)
        faster.axvline(1.0, color=INK, lw=0.8)
        faster.set_xscale("log")
        faster.xaxis.set_major_locator(LogLocator(2.0))
        faster.xaxis.set_major_formatter(FormatStrFormatter("%g"))
        faster.xaxis.set_minor_locator(NullLocator())
        better.set_yticks(range(len(results)), [r["case"] for r in results])
        better.set_ylim(len(results) - 0.5, -0.5)
        better.set_title("Log-score per row, ours less theirs (± 2 SE)")
        faster.set_title("Training time, theirs over ours")
        better.set_xlabel("right of the line: ours is better")
        faster.set_xlabel("right of the line: ours is faster")
        for axes in (better, faster):
            axes.grid(visible=False, axis="y")
            for between in range(1, len(results)):
                axes.axhline(between - 0.5, color=GRID, lw=0.6)
        figure.legend(shown.values(), shown.keys(), loc="outside lower center", ncols=2)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def write(results: list[dict[str, Any]], folder: Path) -> None:
    """Table and picture."""
    (folder / "boosting.inc").write_text(table(results), encoding="utf-8")
    draw(results, folder / "boosting.svg")


def main(arguments: list[str] | None = None) -> None:
    """Measure and write, or only write."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--draw", action="store_true", help="from the numbers that are there")
    parser.add_argument("--only", default="", help="cases with these words in their name")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args(arguments)
    path = options.folder / "boosting.json"
    if options.draw:
        results = json.loads(path.read_text("utf-8"))
    else:
        results = []
        for case in CASES:
            if options.only.lower() in case.name.lower():
                results.append(measure(case, case.rows(), ROUNDS))
                print(table(results[-1:]).partition("\n\n")[2])
        options.folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    write(results, options.folder)
