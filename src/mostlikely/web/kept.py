"""What the page keeps of a fit: the fit itself, and what was asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.errors import DataError, ModelError, nearest
from mostlikely.plot.frames import density_frame
from mostlikely.results.fit import Fit
from mostlikely.web.models import Asked, key_of
from mostlikely.web.tables import Shelf, gaps

__all__ = ["Kept", "kept"]


@dataclass(frozen=True, eq=False)
class Kept:
    """A fit with what was asked for it.

    Parameters
    ----------
    fit : Fit
    asked : Asked
    seconds : float
    """

    fit: Fit
    asked: Asked
    seconds: float

    @cached_property
    def keys(self) -> dict[str, Any]:
        """The fit's own key of each parameter, by the page's."""
        return {self.asked.shown(key_of(k)): k for k in self.fit.params}

    @cached_property
    def density(self) -> dict[str, NDArray[Any]]:
        """The histogram and the fitted density."""
        return density_frame(self.fit)

    @cached_property
    def rows(self) -> NDArray[Any]:
        """Where the rows of the sample stand in the table."""
        asked, fit = self.asked, self.fit
        table = fit.evidence("the explorer").table
        if table is not None:
            return np.asarray(asked.rows[table.positions(range(table.rows))])
        seen = ~gaps(asked.table.columns[asked.y])
        if asked.weight is not None:
            w = asked.table.columns[asked.weight]
            seen &= ~gaps(w) & (w != 0)
        return np.asarray(asked.rows[seen[asked.rows]])

    def key(self, name: Any) -> Any:
        """The fit's key of a parameter that the page names.

        Raises
        ------
        ModelError
            If it has none of that name.
        """
        if not isinstance(name, str) or name not in self.keys:
            raise ModelError(
                f"{self.fit.model.name} has no free parameter {name!r}; "
                f"{nearest(str(name), self.keys)}"
            )
        return self.keys[name]


def kept(shelf: Shelf, ask: Mapping[str, Any], slug: Any = None) -> Kept:
    """The fit that a request is about.

    Raises
    ------
    DataError
        If the table is not there, or the family has not been fitted to it.
    """
    slug = ask.get("slug") if slug is None else slug
    fits = shelf.get(ask.get("table")).fits
    found: Kept | None = fits.get(slug) if isinstance(slug, str) else None
    if found is None:
        near = nearest(str(slug), list(fits))
        raise DataError(f"{slug!r} has not been fitted to this table; {near}")
    return found
