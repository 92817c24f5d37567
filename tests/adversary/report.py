"""What was tried, what broke, how long it took: as text."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from tests.adversary.judges import UNSETTLED
from tests.adversary.trials import Outcome

__all__ = ["Record"]

#: Reproducing inputs that are kept of a kind.
KEPT = 3


@dataclass
class Record:
    """The count of trials and breaks, and the smallest inputs of each kind."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    broken: dict[str, int] = field(default_factory=Counter)
    unsettled: dict[str, int] = field(default_factory=Counter)
    kinds: dict[tuple[str, str, str], int] = field(default_factory=Counter)
    inputs: dict[tuple[str, str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    began: float = field(default_factory=time.process_time)

    def add(
        self, group: str, index: int, outcome: Outcome, less: Callable[[Outcome], Outcome]
    ) -> None:
        """Count a trial; `less` makes a breaking input smaller, where its kind is still rare."""
        self.seconds[group].append(outcome.seconds)
        kinds = {b.kind for b in outcome.breaks}
        self.unsettled[group] += bool(kinds & set(UNSETTLED))
        self.broken[group] += bool(kinds - set(UNSETTLED))
        if not kinds:
            return
        known = [(group, outcome.trial.kind, b.kind) for b in outcome.breaks]
        rare = any(len(self.inputs[key]) < KEPT for key in known)
        small = less(outcome) if rare else outcome
        for key in known:
            self.kinds[key] += 1
            if len(self.inputs[key]) < KEPT:
                found = [b for b in small.breaks if b.kind == key[2]] or outcome.breaks
                text = small.trial.text if found is not outcome.breaks else outcome.trial.text
                said = f"{text}\n    {found[0].detail}\n    trial {index}"
                self.inputs[key].append("".join(c for c in said if c.isprintable() or c == "\n"))

    def table(self) -> str:
        """A line per group."""
        lines = [
            f"{'group':16s} {'trials':>7s} {'breaks':>7s} {'ran out':>8s}"
            f" {'mean s':>7s} {'max s':>6s}"
        ]
        total = [0, 0, 0]
        for group, seconds in self.seconds.items():
            row = (len(seconds), self.broken[group], self.unsettled[group])
            total = [a + b for a, b in zip(total, row, strict=True)]
            times = f"{np.mean(seconds):7.3f} {np.max(seconds):6.2f}"
            lines.append(f"{group:16s} {row[0]:7d} {row[1]:7d} {row[2]:8d} {times}")
        lines.append(f"{'all':16s} {total[0]:7d} {total[1]:7d} {total[2]:8d}")
        spent = time.process_time() - self.began
        lines.append(f"{total[0] / spent * 3600:.0f} trials an hour of one processor")
        return "\n".join(lines)

    def breaks(self) -> str:
        """Every kind of break with inputs that reproduce it, the most frequent first."""
        lines = []
        for key, count in sorted(self.kinds.items(), key=lambda item: (item[0][0], -item[1])):
            group, kind, what = key
            lines.append(f"\n## {group}: {kind}: {what} ({count})")
            lines += self.inputs[key]
        return "\n".join(lines)
