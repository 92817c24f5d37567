"""Formulas as MathML, written while the docs are built: no script, no font, no network.

MathJax and KaTeX would have to be fetched or bundled, LaTeX installed; MathML is read by every
browser and by screen readers, and the translator comes with docutils, which Sphinx needs anyway.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx


def visit_inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(tex2mathml(node.astext()))
    raise nodes.SkipNode


def visit_block(translator: Any, node: nodes.math_block) -> None:
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    # A bracket that is opened on one line and closed on another would hold both on one.
    text = re.sub(r"\\bigg?[lr]", "", node.astext())
    text = text.replace(r"\operatorname*", r"\mathrm")  # which the translator does not know
    translator.body.append(tex2mathml(text, as_block=True))
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
