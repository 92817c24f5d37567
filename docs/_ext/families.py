"""One page per family, made from its declaration while the docs are built. Nothing is kept."""

from __future__ import annotations

import importlib
import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from formula import latex
from picture import density_svg, middle
from sphinx.application import Sphinx

import mostlikely as ml
from mostlikely.family import families
from mostlikely.family.base import Family, SpecialCase

#: Formula → what it gives when declared, and how that is derived otherwise.
READERS = {
    "log_cdf": ("distribution function", "quadrature of the density"),
    "quantile": ("quantile function", "bisection over the floats"),
    "moments": ("mean and variance", "quadrature"),
    "information": ("expected information", "quadrature of the score's outer product"),
    "mle": ("estimate", "Newton's method in a trust region"),
    "statistics": ("sufficient statistics", "none: every pass reads all rows"),
    "start": ("start values", "the middle of the typical ranges"),
    "sample": ("random draws", "none"),
}


def write(app: Sphinx) -> None:
    """Write the page of every family, and the list of them by kind."""
    folder = Path(app.srcdir) / "families" / "generated"
    folder.mkdir(exist_ok=True)
    pages = {f"{family.__name__}.md": page(family) for family in families()}
    for package in dict.fromkeys(map(kind, families())):
        pages[f"{group(package)}.md"] = of_kind(package)
    pages["kinds.md"] = "\n".join(kinds())
    for old in folder.glob("*.md"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def kind(family: type[Family]) -> str:
    return family.__module__.rpartition(".")[0]


def kinds() -> Iterator[str]:
    """A table of families for each kind, and the hidden table of contents."""
    for package in dict.fromkeys(map(kind, families())):
        yield f"## {title(package)}\n\n| family | parameters | for |\n|---|---|---|"
        for family in families():
            if kind(family) == package:
                page, names = f"generated/{family.__name__}.md", ", ".join(family.parameters)
                yield f"| [{family.__name__}]({page}) | {names} | {purpose(family)} |"
        yield ""
    yield "```{toctree}\n:hidden:\n"
    yield from (f"generated/{group(package)}" for package in dict.fromkeys(map(kind, families())))
    yield "```\n"


def title(package: str) -> str:
    """What the families of a folder have in common: the first line of its docstring."""
    return (importlib.import_module(package).__doc__ or package).strip().rstrip(".")


def group(package: str) -> str:
    """The name of the page of a kind."""
    return f"kind-{package.rpartition('.')[2]}"


def of_kind(package: str) -> str:
    """The page of a kind, below which the sidebar has its families."""
    mine = [family for family in families() if kind(family) == package]
    rows = [f"| [{f.__name__}]({f.__name__}.md) | {purpose(f)} |" for f in mine]
    contents = "\n".join(f.__name__ for f in mine)
    return "\n".join(
        [
            f"# {title(package)}\n",
            "| family | for |",
            "|---|---|",
            *rows,
            f"\n```{{toctree}}\n:hidden:\n\n{contents}\n```\n",
        ]
    )


def purpose(family: type[Family]) -> str:
    """The first paragraph of its docstring, on one line."""
    return " ".join((inspect.getdoc(family) or "").split("\n\n")[0].split())


def page(family: type[Family]) -> str:
    """Everything that the declaration says, as MyST."""
    name = family.__name__
    sections = [
        f"# {name}",
        f"```{{eval-rst}}\n.. autoclass:: mostlikely.{name}{signature(family)}\n```",
        density_svg(family),
        f"`y` is {family.support}.",
        parameters(family),
        "## Log-density",
        log_density(family),
        "## From the density to the estimate",
        steps(family),
        "## Fit it",
        example(family),
        "## Declared and derived",
        derived(family),
        relatives(family),
        remarks(family),
        "## The whole declaration",
        f"```python\n{textwrap.dedent(inspect.getsource(family)).strip()}\n```",
    ]
    return "\n\n".join(s for s in sections if s) + "\n"


def parameters(family: type[Family]) -> str:
    lines = [
        "| parameter | meaning | domain | unit | link | typical |",
        "|---|---|---|---|---|---|",
    ]
    units = {-1: "1/unit of y", 0: "none", 1: "unit of y"}
    for name, p in family.parameters.items():
        unit = units.get(p.unit, f"(unit of y)^{p.unit}")
        link = "known beforehand" if p.known else str(p.default_link)
        low, high = p.typical
        lines.append(
            f"| `{name}` | {p.meaning} | {p.domain} | {unit} | {link} | {low:g} to {high:g} |"
        )
    return "\n".join(lines)


def log_density(family: type[Family]) -> str:
    formula = latex(family)
    if formula is not None:
        return f"$$\n{formula}\n$$"
    source = textwrap.dedent(inspect.getsource(family.log_prob))
    return f"```python\n{source.strip()}\n```"


def steps(family: type[Family]) -> str:
    """Its derivation, without the density, which stands above."""
    _, *rest = ml.derive(family).steps
    return "\n\n".join(f"**{s.title}.** {s.sentence}\n\n$$\n{s.latex}\n$$" for s in rest)


def example(family: type[Family]) -> str:
    """A sample of the family, its fit, and what the fit prints: run here, so always true."""
    values = middle(family)
    known = {k: v for k, v in values.items() if family.parameters[k].known}
    free = {k: v for k, v in values.items() if k not in known}
    model = f"ml.{family.__name__}({bound(known)})"
    y = family(**known).at(**free).sample(200, seed=1)
    return (
        f"```pycon\n>>> import mostlikely as ml\n>>> model = {model}\n"
        f">>> y = model.at({bound(free)}).sample(200, seed=1)\n"
        f">>> print(ml.fit(model, y))\n{ml.fit(family(**known), y)}\n```"
    )


def bound(values: dict[str, float]) -> str:
    """Values as the arguments of a call."""
    if all(map(str.isidentifier, values)):
        return ", ".join(f"{k}={v:g}" for k, v in values.items())
    return f"**{values}"


def signature(family: type[Family]) -> str:
    """The parameters, where they have names that Python can call; else what autodoc finds."""
    names = list(family.parameters)
    return f"({', '.join(names)})" if all(map(str.isidentifier, names)) else ""


def derived(family: type[Family]) -> str:
    lines = [
        "| what | how |",
        "|---|---|",
        "| log-density | declared: `log_prob` |",
        "| score, observed information | exact derivatives of `log_prob` |",
    ]
    for formula, (what, otherwise) in READERS.items():
        how = otherwise if getattr(family, formula) is None else f"declared: `{formula}`"
        lines.append(f"| {what} | {how} |")
    return "\n".join(lines)


def relatives(family: type[Family]) -> str:
    lines = [f"- {link(case.family)}: {related(family, case)}." for case in family.special_cases]
    lines += [
        f"- A special case of {link(general)}: {related(general, case)}."
        for general in families()
        for case in general.special_cases
        if case.family is family
    ]
    return "\n".join(["## Relatives", "", *lines]) if lines else ""


def related(general: type[Family], case: SpecialCase) -> str:
    """When a general family becomes the special one, in words."""
    if not case.when:
        values = middle(case.family)
        special, whole = bound(values), bound(case.at(**values))
        return f"`{case.family.__name__}({special})` is `{general.__name__}({whole})`"
    sign = {np.inf: "→ ∞", -np.inf: "→ −∞"}
    return ", ".join(f"`{k}` {sign.get(v, f'= {v:g}')}" for k, v in case.when.items())


def link(family: type[Family]) -> str:
    if family not in families():  # a limit's law that has no page
        return f"`{family.__name__}`"
    return f"[{family.__name__}]({family.__name__}.md)"


def remarks(family: type[Family]) -> str:
    """What a user of the family should know that no formula says."""
    lines = []
    if family.nonsmooth:
        lines.append(
            f"The density has a corner in {', '.join(family.nonsmooth)}: its standard error comes "
            "from the expected information."
        )
    for name, power in family.precision_weights.items():
        factor = "w" if power == 1.0 else f"w^{power:g}"
        lines.append(f"A precision weight w multiplies `{name}` by {factor}.")
    lines += [f"Not held to the test *{truth}*: {why}." for truth, why in family.exempt.items()]
    return "\n".join(["## Remarks", "", *(f"- {line}" for line in lines)]) if lines else ""


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
