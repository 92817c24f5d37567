"""``python -m benchmarks [speed|regression|losses|memory|digits|page]``: ratios in one run.

``python -m benchmarks [alone|speed|regression] --against PATH`` times our side alone, here and in
the checkout at PATH, in turn (``--runs 15``), and gives new over old, run by run; it needs no peer.
``--only WORDS`` chooses rows.
"""

from __future__ import annotations

import os

# One thread, unless said: set before NumPy is imported.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import argparse
import platform
import warnings
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

import mostlikely as ml
from benchmarks import against, digits, losses, memory, page, regression, speed
from benchmarks.pair import Pair, measure


def main() -> None:
    """Print the tables that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "what",
        nargs="*",
        choices=["speed", "regression", "losses", "memory", "digits", "page", "alone", []],
        default=[],
    )
    parser.add_argument("--runs", type=int, help="5, and 15 against another checkout")
    parser.add_argument("--rows", type=int, default=memory.ROWS, help="for memory")
    parser.add_argument("--only", default="", help="pairs with these words in their name")
    parser.add_argument("--against", type=Path, metavar="PATH", help="another checkout's root")
    options = parser.parse_args()
    options.runs = options.runs or (5 if options.against is None else 15)
    peerless = set(options.what) <= against.ROWS.keys()
    if options.against is not None and not peerless:
        parser.error(f"--against is for {', '.join(against.ROWS)}.")
    if options.against is None and "alone" in options.what:
        parser.error("alone is for --against: it is set beside no peer.")
    warnings.simplefilter("ignore")  # the peers'
    console = Console(width=120)
    console.print(
        f"{platform.machine()}, Python {platform.python_version()}, mostlikely {ml.__version__}"
    )
    if options.against is not None:
        found = against.works(options.what, options.only)
        against.compare(options.against, found, options.runs, partial(print, flush=True))
        return
    for what in options.what or ["speed", "regression", "digits", "memory"]:
        tables = {
            "speed": partial(_speed, speed.PAIRS),
            "regression": partial(_speed, regression.PAIRS),
            "losses": partial(_speed, losses.PAIRS),
            "memory": _memory,
            "digits": _digits,
            "page": _page,
        }
        console.print(tables[what](options))


def _speed(pairs: list[Pair], options: argparse.Namespace) -> Table:
    pairs = [pair for pair in pairs if options.only.lower() in pair.name.lower()]
    threads = os.environ["OPENBLAS_NUM_THREADS"]
    table = Table(title=f"Ours over theirs, {options.runs} runs in turn, threads: {threads}")
    for column in (
        "work",
        "ours ms (min, median)",
        "theirs ms (median)",
        "ratio",
        "must",
        "aim",
        "",
    ):
        table.add_column(column, justify="left" if column == "work" else "right")
    for pair in pairs:
        t = measure(pair, options.runs)
        ours, theirs = sorted(t.ours), sorted(t.theirs)
        middle = len(ours) // 2
        table.add_row(
            pair.name,
            f"{1e3 * ours[0]:.1f}, {1e3 * ours[middle]:.1f}",
            f"{1e3 * theirs[middle]:.1f}",
            _ratio(t.ratio),
            _ratio(pair.must),
            _ratio(pair.aim),
            "aim" if t.ratio <= pair.aim else "must" if t.ratio <= pair.must else "short",
        )
    return table


def _ratio(ratio: float) -> str:
    return f"1/{1 / ratio:.0f}" if ratio < 0.1 else f"{ratio:.2f}"


def _memory(options: argparse.Namespace) -> Table:
    table = Table(
        title=f"Peak memory over the data, n = {options.rows:.0e} (must 100 MB, aim 20 MB); "
        "regressions of a tenth of the rows on 20 columns (must a few blocks of 1 MB)"
    )
    for column in ("family", "MB", "verdict"):
        table.add_column(column, justify="right" if column == "MB" else "left")
    for family in ml.families():
        if not family.support.discrete or "levels" not in vars(family):
            found = memory.peak_over_data(family.__name__, options.rows)
            table.add_row(family.__name__, f"{found['mb']:.0f}", str(found["verdict"]))
    for layout in memory.LAYOUTS:
        found = memory.of_regression(layout, options.rows // 10)
        what = f"Poisson regression, {layout} ({found['data']:.0f} MB)"
        table.add_row(what, f"{found['mb']:.1f}", str(found["verdict"]))
    return table


def _page(options: argparse.Namespace) -> Table:
    table = Table(title=f"The page, with a table of {page.ROWS:,} rows")
    for column in ("request", "median ms", "slowest ms"):
        table.add_column(column, justify="left" if column == "request" else "right")
    for row in page.answers(options.runs):
        table.add_row(*(v if isinstance(v, str) else f"{v:.1f}" for v in row.values()))
    return table


def _digits(options: argparse.Namespace) -> Table:
    table = Table(title="Digits of NIST's univariate sets, against exact arithmetic on the floats")
    for column in ("set", "n", "mean", "sd"):
        table.add_column(column, justify="left" if column == "set" else "right")
    for row in digits.rows():
        table.add_row(row["set"], str(row["n"]), f"{row['mean']:.1f}", f"{row['sd']:.1f}")
    return table


if __name__ == "__main__":
    main()
