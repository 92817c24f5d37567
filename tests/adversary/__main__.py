"""``python -m tests.adversary --minutes 10 --seed 7 [--only GROUP] [--trial N] [--out FILE]``."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import mostlikely as ml
from tests.adversary.groups import GROUPS, SHARES
from tests.adversary.report import Record
from tests.adversary.trials import run, shrunk, stream

#: Seconds between two writings of the record.
PAUSE = 20.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.adversary", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", nargs="*", choices=list(GROUPS), metavar="GROUP")
    parser.add_argument("--trial", type=int, help="one trial of a group, by its number")
    parser.add_argument("--shrink", type=float, default=4.0, help="seconds for a smaller input")
    parser.add_argument("--out", type=Path, help="where the breaks are written")
    asked = parser.parse_args()
    groups = {name: GROUPS[name] for name in asked.only or GROUPS}
    if asked.trial is not None:
        return one(groups, asked.seed, asked.trial)
    record, until, said = Record(), time.time() + 60 * asked.minutes, time.time()
    counts = dict.fromkeys(groups, 0)
    while time.time() < until:
        # the group that is furthest behind its share is next
        group = min(groups, key=lambda name: (counts[name] + 1) / SHARES[name])
        index = counts[group]
        trial = groups[group](stream(group, asked.seed, index))
        record.add(group, index, run(trial), lambda found: shrunk(found, asked.shrink))
        counts[group] += 1
        if time.time() - said > PAUSE:
            said = time.time()
            write(record, asked)
    write(record, asked)
    print(f"{ml.__file__}\n{record.breaks()}\n\n{record.table()}")
    return 1 if any(record.broken.values()) else 0


def one(groups, seed: int, index: int) -> int:
    for group, draw in groups.items():
        outcome = run(draw(stream(group, seed, index)))
        print(f"{group} {index}: {outcome.trial.kind}, {outcome.seconds:.2f} s")
        print(outcome.trial.text)
        for found in outcome.breaks:
            print(f"  {found.kind}: {found.detail}")
    return 0


def write(record: Record, asked: argparse.Namespace) -> None:
    if asked.out:
        asked.out.write_text(f"{record.table()}\n{record.breaks()}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
