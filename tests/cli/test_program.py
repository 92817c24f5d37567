"""The command line as a program among others: streams, signals, colours."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from mostlikely.cli import main
from mostlikely.tables.page import WIDTH

PROGRAM = str(Path(sys.executable).with_name("mostlikely"))


def program(
    *words: str, given: bytes = b"", **kwargs: object
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [PROGRAM, *words], input=given, capture_output=True, check=False, **kwargs
    )


def test_program_reads_and_writes_streams():
    done = program("fit", "gamma", "-", "--format", "json", given=b"x\n1.5\n2.5\n4\n")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["params"]["mean"] == pytest.approx(8 / 3)
    done = program("fit", "gamma", "-", given=b"x\n-1\n")
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"must be positive under Gamma" in done.stderr
    assert program("fit", "normal", "-", given=b"x\n3\n3\n").returncode == 1


def test_program_writes_ascii_where_nothing_else_is_known(monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = program("fit", "bernoulli", "-", given="größe\n0\n0\n".encode())
    assert done.returncode == 0
    assert b"OK: On the boundary" in done.stdout
    assert done.stdout.isascii()
    assert program("families").returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_program_ends_quietly_when_its_reader_has_gone():
    with subprocess.Popen(
        [PROGRAM, "families", "--format", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() not in (0, 1, 2)


def test_help_waits_for_nothing_heavy():
    heavy = ("matplotlib", "narwhals", "pandas", "polars", "pyarrow", "scipy.stats", "torch")
    code = (
        "import sys; from mostlikely.cli import main; main(['--help']);"
        f"sys.exit(str([name for name in {heavy} if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == "[]\n"
    assert all(find_spec(name) for name in heavy[:3])


def test_terminal_has_colours_and_a_pipe_has_none(monkeypatch):
    class Terminal(io.StringIO):
        encoding = "utf-8"

        def isatty(self):
            return True

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    monkeypatch.delenv("NO_COLOR", raising=False)
    shown = {}
    for stream in (Terminal(), io.StringIO()):
        monkeypatch.setattr(sys, "stdout", stream)
        assert main(["fit", "normal", "demo:newcomb"]) == 0
        shown[stream.isatty()] = stream.getvalue()
    assert "\x1b[" in shown[True]
    assert "\x1b[" not in shown[False]
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown[True])
    assert plain.split() == shown[False].split()
