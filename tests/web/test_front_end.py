"""The front end: what is shipped is what its source builds, its types hold, its own tests pass.

These need Node and ``npm ci --prefix page``; who uses the library, or changes its Python, does not.
"""

from __future__ import annotations

import filecmp
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE, SHIPPED = ROOT / "page", ROOT / "src/mostlikely/web/static"

pytestmark = [
    pytest.mark.skipif(
        shutil.which("npx") is None or not (PAGE / "node_modules").is_dir(),
        reason="the front end's tools are not here: install Node, then npm ci --prefix page",
    ),
    pytest.mark.xdist_group("node"),
    pytest.mark.slow,
]


def run(*command: str) -> str:
    done = subprocess.run(
        ["npx", "--no-install", *command], cwd=PAGE, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_what_is_shipped_is_what_the_source_builds(tmp_path):
    run("vite", "build", "--outDir", str(tmp_path), "--emptyOutDir", "--logLevel", "error")
    names = files(tmp_path)
    assert names == files(SHIPPED)
    same, _, _ = filecmp.cmpfiles(tmp_path, SHIPPED, names, shallow=False)
    assert sorted(same) == names, "run: npm run build --prefix page"


def test_the_front_end_is_typed():
    assert "0 errors and 0 warnings" in run("svelte-check", "--tsconfig", "./tsconfig.json")


def test_the_front_ends_own_tests_pass():
    run("vitest", "run")


def test_nothing_shipped_asks_another_host():
    for path in SHIPPED.rglob("*"):
        if path.suffix in (".html", ".css"):
            assert "http://" not in path.read_text() and "https://" not in path.read_text(), path
