"""What the pages say happens, happens: every example in README and docs is run."""

from __future__ import annotations

import doctest
import math
import re

import numpy as np
import pytest
import scipy.stats

import mostlikely as ml
from tests.docs.pages import DOCS, ROOT, examples, written
from tests.truths.cases import laws

OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
ROW = re.compile(r"^\| ([A-Z]\w+) \| `([^`]+)` \|", re.MULTILINE)
TRANSLATIONS = ROW.findall((DOCS / "guides" / "parameterisations.md").read_text(encoding="utf-8"))


#: The page on floats shows what becomes of numbers that are too small for one.
PAGES = [
    pytest.param(p, marks=pytest.mark.underflows) if p.stem == "floats" else p for p in written()
]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_examples_print_what_the_page_shows(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # for files that it saves
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    session = doctest.DocTestParser().get_doctest(
        examples(page, "pycon"), {}, page.name, str(page), 0
    )
    printed: list[str] = []
    runner.run(session, out=printed.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(printed)


def test_readme_ten_lines_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = examples(ROOT / "README.md", "python")
    assert source
    exec(compile(source, "README.md", "exec"), {})


def test_newcomers_family_is_a_family():
    page: dict[str, type[ml.Family]] = {}
    exec(compile(examples(ROOT / "CONTRIBUTING.md", "python"), "CONTRIBUTING.md", "exec"), page)
    maxwell = page["Maxwell"]().at(scale=2.0)
    y = maxwell.sample(400, seed=1)
    np.testing.assert_allclose(maxwell.log_prob(y), scipy.stats.maxwell(scale=2.0).logpdf(y))
    fit = ml.fit(page["Maxwell"](), y)
    assert fit.verdict.kind == "interior"
    assert fit.params["scale"] == pytest.approx(np.sqrt(np.mean(y**2) / 3.0))


@pytest.mark.parametrize(("name", "code"), TRANSLATIONS, ids=[name for name, _ in TRANSLATIONS])
def test_scipy_translation_is_the_same_density(name, code):
    for law in laws(getattr(ml, name)):
        names = {**vars(scipy.stats), "exp": math.exp, "log": math.log, "sqrt": math.sqrt}
        peer = eval(code, names, dict(law.values))
        y = law.sample(20, seed=1)
        log_density = peer.logpmf if law.family.support.discrete else peer.logpdf
        np.testing.assert_allclose(law.log_prob(y), log_density(y), rtol=1e-7, atol=1e-9)
