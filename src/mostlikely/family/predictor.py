"""What a parameter may be bound to instead of a number: a formula, a function, a column.

These are declarations; they know no data. `data.design` turns them into columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from mostlikely.calculus.link import LINKS, Link, power
from mostlikely.calculus.settled import Settled
from mostlikely.errors import ModelError, nearest

__all__ = ["Predictor", "as_link", "bound_to", "linear", "nonlinear"]


@dataclass(frozen=True)
class Predictor:
    """How a parameter follows the data.

    Parameters
    ----------
    formula : str, optional
        A model formula; its left side, if it has one, names the response.
    link : Link, optional
        The scale on which it is linear; None is the parameter's own.
    offset : str or array, optional
        A column, an expression of columns, or one number per row: added with coefficient one.
    function : callable, optional
        ``function(data, **coefficients)``, which gives the parameter itself.
    start : mapping
        Where its coefficients begin.
    column : str, optional
        The column that holds the parameter, known for every row.
    shared : tuple of str
        Its coefficients that other predictors of the family have too, by name.
    """

    formula: str | None = None
    link: Link | None = None
    offset: Any = None
    function: Callable[..., Any] | None = field(default=None, compare=False)
    start: Mapping[str, float] = field(default_factory=dict, hash=False)
    column: str | None = None
    shared: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.column is not None:
            return repr(self.column)
        if self.start:
            return f"nonlinear({', '.join(self.start)}{self._sharing})"
        if self.link is None and self.offset is None and not self.shared:
            return repr(self.formula)
        options = "" if self.link is None else f", link={self.link.name!r}"
        options += "" if self.offset is None else f", offset={_short(self.offset)}"
        options += self._sharing
        inside = (
            options.removeprefix(", ") if self.formula is None else f"{self.formula!r}{options}"
        )
        return f"linear({inside})"

    @property
    def empty(self) -> bool:
        """Whether it waits for the columns of ``X=``."""
        return self.formula is None and self.function is None and self.column is None

    @property
    def _sharing(self) -> str:
        return f", shared={list(self.shared)}" if self.shared else ""

    @property
    def names_response(self) -> bool:
        """Whether the formula has a left side."""
        return self.formula is not None and self.formula.partition("~")[0].strip() != ""

    def describe(self) -> dict[str, Any]:
        """In plain values; a function is only named."""
        plain = {
            "formula": self.formula,
            "link": self.link and self.link.name,
            "offset": self.offset if isinstance(self.offset, str) else None,
            "column": self.column,
            "start": dict(self.start) or None,
            "shared": list(self.shared) or None,
        }
        return {k: v for k, v in plain.items() if v is not None}


def _short(offset: Any) -> str:
    return repr(offset) if isinstance(offset, str) else "<array>"


def linear(
    formula: Any = None, *, link: Any = None, offset: Any = None, shared: Iterable[str] = ()
) -> Predictor:
    """A parameter that is linear in columns of the data, on the scale of a link.

    Parameters
    ----------
    formula : str, optional
        As in ``"~ age + C(sex)"``; with a left side, ``"y ~ age"``, it names the response. A dot
        is all columns that have no other role: ``"y ~ ."``, ``"y ~ . - age"``. Functions of your
        own are not known to it: compute a column first. A formula is code that is run: take none
        from strangers. None stands for the columns of ``X=``.
    link : str or Link, optional
        "identity", "log", "logit", "probit", "cloglog", "loglog", "cauchit", "inverse",
        "inverse_squared", "sqrt", "softplus", or a power such as "power(0.5)". By default that of
        the parameter's domain.
    offset : str or array-like of shape (rows,), optional
        What is added to the predictor with coefficient one: a column's name, an expression of
        columns such as ``"log(exposure)"``, or the numbers.
    shared : list of str, optional
        Terms whose coefficient is one number in all predictors of the family that say so, as in
        `nonlinear`.

    Raises
    ------
    ModelError
        If there is no such link.

    Examples
    --------
    >>> import mostlikely as ml
    >>> ml.Gamma(mean=ml.linear("~ age", link="inverse"))
    Gamma(mean=linear('~ age', link='inverse'))
    """
    if formula is not None and not isinstance(formula, str):
        raise ModelError(f"a formula is a string, such as '~ age'; got {type(formula).__name__}.")
    if formula is not None:
        formula = formula if "~" in formula else f"~ {formula}"
    return Predictor(
        formula, None if link is None else as_link(link), offset, shared=_names(shared)
    )


def nonlinear(function: Callable[..., Any], start: Any, *, shared: Iterable[str] = ()) -> Predictor:
    """A parameter that is any smooth function of columns and coefficients of its own.

    Parameters
    ----------
    function : callable
        ``function(d, **coefficients)``; ``d["column"]`` is an array. NumPy and `scipy.special`
        calls; its derivatives are exact. It gives the parameter itself, not its link.
    start : mapping of str to float
        The coefficients, by the names of the function's arguments, and where to begin.
    shared : list of str, optional
        Those that are one number in all predictors of the family that say so. Its key is then its
        name alone, ``"K"`` instead of ``("mu", "K")``.

    Raises
    ------
    ModelError
        If ``function`` cannot be called, there are no start values, or ``shared`` names none of
        the coefficients.

    Examples
    --------
    >>> import mostlikely as ml
    >>> rate = ml.nonlinear(lambda d, a, b: a * d["x"] ** b, start={"a": 1.0, "b": 0.5})
    >>> ml.Normal(mu=rate)
    Normal(mu=nonlinear(a, b))

    A spread that grows with the same exponent as the mean:

    >>> f = lambda d, a, b: a * d["x"] ** b
    >>> rate = ml.nonlinear(f, start={"a": 1.0, "b": 0.5}, shared=["b"])
    >>> noise = ml.nonlinear(f, start={"a": 0.1, "b": 0.5}, shared=["b"])
    >>> ml.Normal(mu=rate, sigma=noise)
    Normal(mu=nonlinear(a, b, shared=['b']), sigma=nonlinear(a, b, shared=['b']))
    """
    if not callable(function):
        raise ModelError(
            "ml.nonlinear needs a function of (data, coefficients...); got "
            f"{type(function).__name__}."
        )
    if not isinstance(start, Mapping) or not start:
        raise ModelError(
            'ml.nonlinear needs start={"name": value} for each coefficient: where to begin is '
            "not something that an arbitrary function tells."
        )
    wrong = next((k for k, v in start.items() if not _finite(v)), None)
    if wrong is not None:
        raise ModelError(f"start: {wrong} must be a finite number; got {start[wrong]!r}.")
    names = _names(shared)
    unknown = [name for name in names if name not in start]
    if unknown:
        raise ModelError(
            f"shared={list(names)}: {unknown[0]!r} is no coefficient in start; "
            f"{nearest(unknown[0], start)}"
        )
    begun = {k: float(v) for k, v in start.items()}
    return Predictor(function=Settled(function), start=begun, shared=names)


def _names(shared: Iterable[str]) -> tuple[str, ...]:
    return (shared,) if isinstance(shared, str) else tuple(shared)


def _finite(value: Any) -> bool:
    try:
        return isfinite(value)
    except TypeError:
        return False


def as_link(link: Any) -> Link:
    """A link by its name, "power(0.5)" included."""
    if isinstance(link, Link):
        return link
    name = str(link)
    if name.startswith("power(") and name.endswith(")"):
        try:
            exponent = float(name[6:-1])
        except ValueError:
            exponent = 0.0
        if exponent == 0.0:
            raise ModelError(f"link={name!r}: a power is a number other than 0, as in 'power(2)'.")
        return power(exponent)
    if name not in LINKS:
        raise ModelError(f"there is no link {name!r}; {nearest(name, [*LINKS, 'power(0.5)'])}")
    return LINKS[name]


def bound_to(value: Any) -> Predictor | None:
    """The predictor that a bound value is, or None if it is to be a number."""
    if isinstance(value, Predictor):
        return value
    if isinstance(value, str):
        return Predictor(formula=value) if "~" in value else Predictor(column=value)
    return None


def restored(plain: Mapping[str, Any]) -> Predictor:
    """The predictor of a description; a function is not saved, and so is not there."""
    link = plain.get("link")
    return Predictor(
        plain.get("formula"),
        None if link is None else as_link(link),
        plain.get("offset"),
        None,
        plain.get("start") or {},
        plain.get("column"),
        tuple(plain.get("shared") or ()),
    )
