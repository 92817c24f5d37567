"""A family's log-density as LaTeX, as `mostlikely.derivation` reads and writes it."""

from __future__ import annotations

from mostlikely.derivation.density import level_names
from mostlikely.derivation.latex import Latex, label
from mostlikely.derivation.reading import Reading, model_of, read
from mostlikely.errors import ModelError
from mostlikely.family.base import Family


def reading(family: type[Family] | Family) -> Reading | None:
    """The log-density, the condition under which it holds, and their symbols."""
    try:
        return read(model_of(family)[0])
    except ModelError:
        return None


def latex(family: type[Family]) -> str | None:
    """log p(y | parameters) = ..., as LaTeX; None where SymPy cannot read it."""
    found = reading(family)
    if found is None:
        return None
    printer = Latex(found.y)
    if found.levels:
        rows = [
            rf"\log\,P({found.y} = {label(name)}) &= {printer.doprint(level)}"
            for name, level in zip(level_names(found), found.levels, strict=True)
        ]
        whole = r" \\ ".join(rows)
        return rf"\begin{{aligned}} {whole} \end{{aligned}}"
    lines = printer.lines(found.formula)
    if found.inside is not None:
        lines.append(rf"\text{{where }} {printer.doprint(found.inside)}")
    given = ", ".join(map(printer.doprint, found.parameters.values()))
    whole = r" \\ &\quad ".join(lines)
    return rf"\begin{{aligned}} \log\,p({found.y} \mid {given}) &= {whole} \end{{aligned}}"
