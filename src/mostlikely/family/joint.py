"""Several models whose log-likelihoods add, with parameters in common."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from mostlikely.calculus.domain import counts, real
from mostlikely.calculus.link import LINKS, Link
from mostlikely.errors import ModelError, nearest
from mostlikely.family.base import Family, Param
from mostlikely.family.catalogue import as_family
from mostlikely.family.custom import CustomLikelihood
from mostlikely.family.predictor import Predictor

__all__ = ["JointModel", "joint"]


class JointModel(Family):
    """Several models of several responses; their log-likelihoods add.

    Made by `joint`. What its parameters are called is known once it has met data, see `resolved`.

    Parameters
    ----------
    members : tuple of Family or function
    shared : list or mapping, optional
        As in `joint`.
    """

    def __init__(self, members: tuple[Any, ...], shared: Any = None) -> None:
        self.members = members
        self.shared = shared
        self.fixed: dict[str, float] = {}
        self.parameters: Mapping[str, Param] = {}
        self.predictors: dict[str, Predictor] = {}
        self._links: dict[str, Link] = {}
        families = [m for m in members if isinstance(m, Family)]
        whole = len(families) == len(members) and all(m.support.discrete for m in families)
        self.support = counts if whole else real

    def __repr__(self) -> str:
        words = [
            repr(m) if isinstance(m, Family) else getattr(m, "__name__", "function")
            for m in self.members
        ]
        words += [] if self.shared is None else [f"shared={self.shared!r}"]
        return f"joint({', '.join(words)})"

    @property
    def name(self) -> str:
        """As it is called."""
        return "joint"

    @property
    def free(self) -> tuple[str, ...]:
        """The constants and the parameters that follow the data."""
        return (*self.parameters, *self.predictors)

    def link(self, name: str) -> Link:
        """The link of a constant or of a predictor, by its name among those of all members."""
        if name in self.parameters:
            return self.parameters[name].default_link
        return self._links.get(name, LINKS["identity"])

    def begun(self, start: Mapping[Any, float] | None) -> JointModel:
        """The same with plain functions as families, their arguments begun at ``start``.

        Raises
        ------
        ModelError
            If an argument has no value to begin at.
        """
        members = [
            m if isinstance(m, Family) else CustomLikelihood(m, _arguments(m, start or {}))
            for m in self.members
        ]
        return JointModel(tuple(members), self.shared)

    def resolved(
        self, members: tuple[Family, ...], constants: Mapping[str, tuple[int, str]]
    ) -> Self:
        """The same once its parameters have names.

        Parameters
        ----------
        members : tuple of Family
            Their levels learnt.
        constants : mapping
            The name of each constant → the member that it belongs to, and its name there.
        """
        other = type(self)(members, self.shared)
        other.parameters = {k: members[m].parameters[name] for k, (m, name) in constants.items()}
        other.constants = dict(constants)
        for m, member in enumerate(members):
            for name, predictor in member.predictors.items():
                others = [k for k, f in enumerate(members) if name in f.predictors and k != m]
                label = f"{name}{m + 1}" if others else name
                other.predictors[label] = predictor
                other._links[label] = member.link(name)
        return other

    #: See `resolved`.
    constants: Mapping[str, tuple[int, str]] = {}

    def describe(self) -> dict[str, Any]:
        """What is needed to make this model again, but for functions of one's own."""
        return {
            "family": "JointModel",
            "fixed": {},
            "members": [m.describe() for m in self.members],
            "shared": self._plain_shared(),
            "constants": {k: list(v) for k, v in self.constants.items()},
        }

    def _plain_shared(self) -> Any:
        if isinstance(self.shared, Mapping):
            return {k: [_plain(key) for key in v] for k, v in self.shared.items()}
        return None if self.shared is None else [_plain(key) for key in self.shared]

    @classmethod
    def restore(cls, description: Mapping[str, Any]) -> Self:
        """The model of a description whose members are models already."""
        shared = description["shared"]
        if isinstance(shared, Mapping):
            shared = {k: [_key(key) for key in v] for k, v in shared.items()}
        elif shared is not None:
            shared = [_key(key) for key in shared]
        members = description["members"]
        return cls(members, shared).recalled(members, description)

    def recalled(self, members: tuple[Any, ...], description: Mapping[str, Any]) -> Self:
        """The same with the names of a description."""
        constants = {k: (int(m), str(name)) for k, (m, name) in description["constants"].items()}
        return self.resolved(members, constants)


def _plain(key: Any) -> Any:
    return key if isinstance(key, str) else list(key)


def _key(plain: Any) -> Any:
    return plain if isinstance(plain, str) else tuple(plain)


def _arguments(function: Callable[..., Any], start: Mapping[Any, float]) -> dict[str, float]:
    """Where the arguments of a function begin."""
    name = getattr(function, "__name__", "function")
    _, *arguments = inspect.signature(function).parameters.values()
    if any(a.kind is a.VAR_KEYWORD for a in arguments):
        return {k: v for k, v in start.items() if isinstance(k, str)}
    missing = [a.name for a in arguments if a.name not in start and a.default is a.empty]
    if missing:
        raise ModelError(
            f"start= has no value for {missing[0]!r}, an argument of {name}: a function as a "
            f"member of a joint model needs start={{{missing[0]!r}: 1.0, ...}} in ml.fit; "
            f"{nearest(missing[0], map(str, start))}"
        )
    return {a.name: float(start[a.name]) for a in arguments if a.name in start}


def joint(*members: Any, shared: Any = None) -> JointModel:
    """A model whose log-likelihood is the sum of its members', with parameters in common.

    Members are fitted together: each reads its own response, from one table or from one of its
    own, ``ml.fit(ml.joint(a, b), [table_a, table_b])``. Rows that lack a value only for one member
    are left out of that member alone.

    Parameters
    ----------
    *members : Family, type, str or function
        With predictors or without: ``ml.Normal("y ~ x")``, ``ml.Gamma(mean="t ~ 1")``; or a
        function of (row data, parameters...) that gives a log-density per row, with ``start=``.
    shared : list, or mapping of str to list, optional
        What is one number for all members that have it. By default every name (key of
        ``fit.params``) that occurs in more than one. A list says exactly which: keys such as
        "sigma" or ("mu", "x"); a parameter's name, for all of its coefficients in common; a
        term's, for its coefficient whatever the parameter. A mapping ties keys of any name:
        ``{"slope": [("mean", "x"), ("p", "x")]}``. ``shared=[]`` ties none. Names that collide
        and are not shared are numbered by member: "sigma1", ("mu2", "x").

    Returns
    -------
    JointModel
        To be given to `fit`.

    Raises
    ------
    ModelError
        If there are no members, or something else than a model is one.

    Notes
    -----
    Given the parameters, the members are independent, rows of one table too. Where responses of
    one row go together, ``fit.covariance("sandwich")`` is still right: it adds a row's scores over
    members before it squares them.

    Examples
    --------
    >>> import mostlikely as ml
    >>> a, b = [9.1, 10.2, 10.7, 9.6], [8.0, 14.0, 10.0]
    >>> fit = ml.fit(ml.joint(ml.Normal(), ml.Normal(), shared=["mu"]), [a, b])
    >>> {k: round(v, 4) for k, v in fit.params.items()}
    {'mu': 9.9299, 'sigma1': 0.6049, 'sigma2': 2.601}
    """
    found: list[Any] = []
    for member in members:
        if callable(member) and not isinstance(member, type | Family):
            found.append(member)
            continue
        family = as_family(member)
        nested = family.members
        if nested and (getattr(family, "shared", None), shared) != (None, None):
            raise ModelError(
                "a joint model with shared=... is no member of another; name all members in one "
                "ml.joint(...)."
            )
        found += nested or [family]
    if not found:
        raise ModelError('ml.joint needs members: ml.joint(ml.Normal("y ~ x"), ml.Poisson("n ~ x")')
    if isinstance(shared, str):
        shared = [shared]
    if not isinstance(shared, Mapping) and shared is not None:
        if not isinstance(shared, Iterable):
            raise ModelError(
                f"shared is a list of names, such as shared=['sigma']; got {shared!r}."
            )
        shared = list(shared)
    return JointModel(tuple(found), shared)
