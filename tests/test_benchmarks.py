"""The comparison of two checkouts: what it times, and what it says of a slower one."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import against
from benchmarks.pair import Pair, Work, measure, started

FIT = Work("fit", "y = np.arange(3.0)", "import mostlikely as ml", "ml.fit(y)")


def checkout(root: Path, seconds: float | None) -> Path:
    """A library whose fit takes so long, or that has none."""
    code = "" if seconds is None else f"import time\ndef fit(y): time.sleep({seconds})\n"
    (root / "src" / "mostlikely").mkdir(parents=True)
    (root / "src" / "mostlikely" / "__init__.py").write_text(code)
    return root


def said(monkeypatch, new: Path, old: Path, work: Work = FIT) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(against, "HERE", new.resolve())
    against.compare(old, [work], 3, lines.append)
    return lines


def test_every_work_is_timed_once_and_has_a_name_of_its_own():
    works = against.works([], "")
    assert len({work.name for work in works}) == len(works)
    assert len({(work.data, work.code) for work in works}) == len(works)
    assert all("random" in work.data for work in works)  # the lines themselves, not their name
    assert {work.name for work in against.works(["speed"], "weibull")} == {
        "Weibull, n = 1e6, with SE"
    }


def test_a_slower_checkout_is_said_to_be_slower(tmp_path, monkeypatch):
    slow, fast = checkout(tmp_path / "slow", 0.03), checkout(tmp_path / "fast", 0.003)
    ratios = []
    for new, old in ((slow, fast), (fast, slow)):
        found = re.fullmatch(
            r"fit +[\d.]+ +[\d.]+ +([\d.]+) +\(.+\) +[\d.]+ +\d+", said(monkeypatch, new, old)[-1]
        )
        ratios.append(float(found[1]))
    assert ratios[0] > 2.0 and ratios[1] < 0.5


def test_a_work_that_one_side_cannot_do_is_said_to_fail_there(tmp_path, monkeypatch, capfd):
    able, unable = checkout(tmp_path / "able", 0.001), checkout(tmp_path / "unable", None)
    assert said(monkeypatch, able, unable)[-1] == "fit  there: the work ended with code 1"
    assert said(monkeypatch, unable, able)[-1] == "fit  here: the work ended with code 1"
    whole = replace(FIT, whole=True)
    assert said(monkeypatch, able, unable, whole)[-1] == "fit  there: the work ended with code 1"
    assert "has no attribute 'fit'" in capfd.readouterr().err


def test_a_path_that_is_no_checkout_is_refused(tmp_path):
    with pytest.raises(SystemExit, match="has no src/mostlikely"):
        against.compare(tmp_path, [FIT], 3, print)


@pytest.mark.parametrize("whole", [False, True])
def test_time_of_the_processor_leaves_out_what_is_waited_for(whole):
    work = Work("nap", "pass", "import time", "time.sleep(0.5)", whole)
    with closing(started(work)) as side:
        spent = side.spent()
    assert spent.wall >= 0.5 and 0.0 < spent.cpu < spent.wall - 0.3


def test_a_pair_is_timed_in_turn_in_processes_of_their_own():
    pair = Pair(
        "long | short", "pass", ("import time", "time.sleep(0.03)"), ("pass", "pass"), 1.0, 1.0
    )
    timing = measure(pair, 3)
    assert len(timing.ours) == len(timing.theirs) == len(timing.ratios) == 3
    assert min(timing.ours) >= 0.03 and timing.ratio > 2.0
    assert pair.own.name == "long"
