"""The page's TypeScript, run by Node as a browser would that allows no code made of text."""

from __future__ import annotations

import json
import shutil
import subprocess
from math import isfinite
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "page"
BUNDLER = PAGE / "node_modules" / ".bin" / "esbuild"

#: Why it cannot be run here; empty where it can.
MISSING = ("Node is not here" if shutil.which("node") is None else "") or (
    "" if BUNDLER.exists() else "the page's packages are not here: cd page && npm ci"
)

_CALL = """
import * as page from "./page.mjs";
import { readFileSync } from "node:fs";
const said = (x) => (ArrayBuffer.isView(x) || Array.isArray(x) ? Array.from(x, said) : String(x));
const heard = (key, x) => (x === "NaN" || x === "Infinity" || x === "-Infinity" ? Number(x) : x);
const given = JSON.parse(readFileSync(0, "utf8"), heard);
console.log(JSON.stringify(given.map((one) => said(CALL(page, one)))));
"""


def run(folder: Path, script: str, given: list[Any]) -> list[Any]:
    """What a function ``(page, one) => array``, given as text, finds of each of ``given``.

    ``page`` has all that ``formula``, ``special`` and ``argmax`` export; numbers come back as such.
    """
    lib = PAGE / "src" / "lib"
    source = folder / "page.ts"
    names = ("formula", "special", "argmax")
    source.write_text("".join(f'export * from "{lib / n}";\n' for n in names), encoding="utf-8")
    bundle = [str(BUNDLER), str(source), "--bundle", "--format=esm", "--log-level=warning"]
    subprocess.run([*bundle, f"--outfile={folder / 'page.mjs'}"], check=True, timeout=120)
    call = folder / "call.mjs"
    call.write_text(_CALL.replace("CALL(", f"({script})("), encoding="utf-8")
    done = subprocess.run(
        ["node", "--disallow-code-generation-from-strings", str(call)],
        input=json.dumps(_plain(given), allow_nan=False),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return _numbers(json.loads(done.stdout))


def _plain(x: Any) -> Any:
    if isinstance(x, dict):
        return {k: _plain(v) for k, v in x.items()}
    if isinstance(x, list | tuple):
        return [_plain(v) for v in x]
    if isinstance(x, float) and not isfinite(x):
        return str(x).replace("inf", "Infinity").replace("nan", "NaN")
    return x


def _numbers(x: Any) -> Any:
    if isinstance(x, list):
        return [_numbers(v) for v in x]
    try:
        return float(x)
    except ValueError:
        return x
