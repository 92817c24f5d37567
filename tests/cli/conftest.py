"""A run of the command line in an empty folder, in this process."""

from __future__ import annotations

import io
import sys

import pytest

from mostlikely.cli import main
from tests.cli.said import Said


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Runs the command line in an empty folder, in this process."""
    monkeypatch.chdir(tmp_path)

    def runner(*words: str, given: bytes = b"") -> Said:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        code = main(words)
        return Said(code, *capsys.readouterr())

    return runner
