"""The project's habits, held by tests: style, types, the order of imports, small modules."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import mostlikely as ml
from mostlikely.family import families
from mostlikely.family.base import Family

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "mostlikely"
#: A file that one cannot read in one sitting is two rooms.
LINES = 400
#: What a first fit of an array does not need, and so does not wait for.
LAZY = (
    "matplotlib", "narwhals", "pandas", "polars", "pyarrow", "rich", "scipy.optimize",
    "scipy.stats", "sympy", "torch", "typer",
)  # fmt: skip


def run(*command: str, **kwargs: object) -> str:
    """What the command printed; the test fails, and shows it, unless the command succeeds."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, **kwargs)
    printed = done.stdout + done.stderr
    assert done.returncode == 0, f"{' '.join(command)}\n{printed}"
    return printed


def installed(tool: str) -> str:
    """A command of this environment, whether or not it is activated."""
    return str(Path(sys.executable).with_name(tool))


def test_ruff_finds_nothing():
    run(installed("ruff"), "check", "--no-cache", ".")


def test_ruff_would_format_nothing():
    run(installed("ruff"), "format", "--no-cache", "--check", ".")


@pytest.mark.slow
@pytest.mark.xdist_group("types")
def test_types_are_strict():
    run(sys.executable, "-m", "mypy")


def test_imports_run_one_way():
    run(installed("lint-imports"), "--no-cache")


def test_files_can_be_read_in_one_sitting():
    long = {
        str(path.relative_to(PACKAGE)): lines
        for path in PACKAGE.rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LINES
    }
    assert not long


def documented() -> dict[str, object]:
    """The public functions and classes; a domain is documented by its class."""
    words = {name: getattr(ml, name) for name in ml.__all__}
    return {
        getattr(page, "__name__", name): page
        for name, word in words.items()
        if not inspect.ismodule(word)
        for page in [word if inspect.isroutine(word) or inspect.isclass(word) else type(word)]
    }


@pytest.mark.parametrize(("name", "word"), documented().items(), ids=documented())
def test_public_name_is_documented_by_example(name, word):
    page = inspect.getdoc(word)
    assert page, f"{name} has no docstring"
    if not (inspect.isclass(word) and issubclass(word, Exception)):
        assert ">>> " in page, f"{name} has no example"


@pytest.mark.parametrize("family", families(), ids=lambda f: f.__name__)
def test_family_says_what_it_is_for(family):
    assert family.__doc__
    assert family.__doc__ != Family.__doc__
    assert all(param.meaning for param in family.parameters.values())


def test_import_waits_for_nothing_that_is_not_needed():
    loaded = run(
        sys.executable,
        "-c",
        "import sys, mostlikely as ml; ml.fit(ml.Gamma(), [1.0, 2.0, 4.0]);"
        f"print([name for name in {LAZY} if name in sys.modules])",
    )
    assert loaded.strip() == "[]"


def test_wheel_ships_pages_types_and_data(tmp_path):
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", str(tmp_path))
    (wheel,) = tmp_path.glob("*.whl")
    shipped = set(zipfile.ZipFile(wheel).namelist())
    here = {
        str(path.relative_to(PACKAGE.parent))
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert here <= shipped
    assert "mostlikely/py.typed" in shipped
    assert any(name.startswith("mostlikely/datasets/") for name in shipped)


def test_ci_runs_the_command_of_the_readme():
    (command,) = re.findall(r"^.*-m pytest.*$", (ROOT / "README.md").read_text(), re.MULTILINE)
    script = (ROOT / ".ci" / "run").read_text()
    assert "command=$(grep -- '-m pytest' README.md)" in script
    runs = re.findall(r"^(?:eval|.*/python -m pytest).*", script, re.MULTILINE)
    assert runs[0] == 'eval "$command"'
    assert "[test]" in command


def test_a_group_of_tests_stays_in_one_process(tmp_path):
    (tmp_path / "test_group.py").write_text(
        "import pytest\n"
        "pytestmark = pytest.mark.xdist_group('together')\n"
        "@pytest.mark.parametrize('k', range(6))\n"
        "def test_one(k): pass\n"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    printed = run(sys.executable, "-m", "pytest", "-v", "-n2", "--dist=loadgroup", str(tmp_path))
    assert len(set(re.findall(r"\[(gw\d)\]", printed))) == 1


def test_version_is_said_in_one_place():
    assert "version" not in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"## {ml.__version__}" in (ROOT / "CHANGELOG.md").read_text()
