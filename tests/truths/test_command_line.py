"""Every family is on the command line by being declared, and says the same there as in Python."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mostlikely.cli import main
from mostlikely.family.base import Family
from tests.truths.cases import laws
from tests.truths.test_fit import data, fitted


def test_command_line_lists_it(family: type[Family], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["families", "--format", "json"]) == 0
    listed = {row["family"]: row for row in json.loads(capsys.readouterr().out)}
    assert listed[family.__name__]["parameters"] == list(family.parameters)


def test_command_line_fits_it(
    family: type[Family], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    law = laws(family)[0]
    fit = fitted(law)
    source = tmp_path / "data.csv"
    source.write_text("amount\n" + "".join(f"{v!r}\n" for v in data(law).tolist()))
    fixed = [f"--fix={k}={v!r}" for k, v in law.family.fixed.items()]
    code = main(["fit", family.__name__, str(source), "--y=amount", "--format=json", *fixed])
    assert code == (0 if fit.verdict.ok else 1)
    shown = json.loads(capsys.readouterr().out)
    assert shown["loglik"] == pytest.approx(fit.loglik, rel=1e-12)
    for name, value in fit.params.items():
        assert float(shown["params"][name]) == pytest.approx(value, rel=1e-7)
        error = shown["standard_errors"][name]
        shown_error = np.nan if error is None else float(error)
        assert shown_error == pytest.approx(fit.standard_errors[name], rel=1e-6, nan_ok=True)
    assert shown["verdict"]["kind"] == fit.verdict.kind
