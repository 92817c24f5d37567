"""Sphinx configuration. `sphinx-build -W docs docs/_build` needs no network, nor do its pages."""

from __future__ import annotations

import sys
from pathlib import Path

import mostlikely as ml

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "mostlikely"
author = "mostlikely contributors"
project_copyright = f"2026, {author}"
version = release = ml.__version__

extensions = [
    "families",
    "mathml",
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "words",
]
exclude_patterns = ["_build", "families/generated/kinds.md"]
default_role = "py:obj"

html_theme = "furo"
html_title = f"mostlikely {version}"
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["house.css"]
html_copy_source = False
html_show_sphinx = False

myst_enable_extensions = ["deflist", "dollarmath", "substitution"]
myst_heading_anchors = 3
myst_substitutions = {
    "vocabulary": ", ".join(f"`{word}`" for word in ml.ops.__all__),
    "domains": ", ".join(
        f"`{name}`" for name, one in vars(ml.domains).items() if isinstance(one, ml.domains.Domain)
    ),
}

copybutton_prompt_text = r">>> |\.\.\. |\$ "  # the code alone, without what it prints
copybutton_prompt_is_regexp = True

autodoc_typehints = "none"  # the docstrings say the types, in words
napoleon_google_docstring = False
napoleon_use_ivar = True
