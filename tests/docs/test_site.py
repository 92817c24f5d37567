"""The site builds without a warning, says everything that is public, and needs no network."""

from __future__ import annotations

import re
import warnings
from io import StringIO
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils
from sphinx.util.inventory import InventoryFile

import mostlikely as ml
from mostlikely.family import families
from tests.derivation.every import DERIVED
from tests.docs.pages import DOCS

# One build for all of these tests, where the families' derivations are.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group(DERIVED)]
SAID = "said.txt"


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The built pages, and what the builder said about them."""
    folder = tmp_path_factory.mktemp("docs")
    html, said = folder / "html", StringIO()
    with warnings.catch_warnings(), patch_docutils(DOCS), docutils_namespace():
        warnings.simplefilter("ignore")  # of Python's, from the builder's parts; its own are read
        app = Sphinx(DOCS, DOCS, html, folder / "trees", "html", status=None, warning=said)
        app.build()
    (html / SAID).write_text(said.getvalue())
    return html


def test_site_builds_without_a_warning(site):
    assert (site / SAID).read_text() == ""


def test_docs_and_exports_are_the_same_words(site):
    inventory = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="")
    entries = {
        name.removeprefix("mostlikely.")
        for kind in ("py:function", "py:class", "py:exception", "py:data", "py:module")
        for name in inventory.data.get(kind, {})
        if name.count(".") == 1
    }
    assert entries == {*ml.__all__, *(family.__name__ for family in families())}


def test_docs_have_every_estimator_and_scorer(site):
    estimators = pytest.importorskip("mostlikely.estimators", reason="they need scikit-learn")
    inventory = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="")
    entries = {
        name.rpartition(".")[2]
        for kind in ("py:function", "py:class")
        for name in inventory.data.get(kind, {})
        if name.rpartition(".")[0] == "mostlikely.estimators"
    }
    assert entries == {*estimators.__all__}


@pytest.mark.parametrize("family", families(), ids=lambda f: f.__name__)
def test_family_has_its_page(site, family):
    page = (site / "families" / "generated" / f"{family.__name__}.html").read_text("utf-8")
    assert "<svg" in page
    for parameter in family.parameters:
        assert f">{parameter}<" in page


def test_pages_need_no_network(site):
    fetched = re.compile(r"""<(?:script|link|img|iframe)[^>]+(?:src|href)=["'](?:https?:)?//""")
    for page in site.rglob("*.html"):
        assert not fetched.search(page.read_text("utf-8")), page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(?:https?:)?//", sheet.read_text("utf-8")), sheet


def test_formulas_are_mathml(site):
    page = (site / "families" / "generated" / "Normal.html").read_text("utf-8")
    assert "<math" in page
    assert "<mi>σ</mi>" in page
