"""The loss is the noise model: losses of families, and the noise that a loss assumes.

PyTorch or JAX is imported when a loss is asked for.

A family's ``log_prob`` is called once on nodes that note what is done to them (`graph`); what is
left is taken again in the calls of the library that trains. Open `reading` first, then `torch`,
`jax` and `boosting`. The other way round, `noise` says what a loss assumes, by the catalogue
(`entry`, `numbers`, `labels`, `without`), and `pick` which loss residuals ask for.

Nothing here may write a density a second time, or know how estimators are spelt.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, overload

from mostlikely.errors import MissingPackage, ModelError, nearest
from mostlikely.peers import with_known_options

if TYPE_CHECKING:
    from mostlikely.loss.jax import Loss as JaxLoss
    from mostlikely.loss.layer import Head
    from mostlikely.loss.torch import Loss

__all__ = ["head", "loss"]


#: By the word for it: how a library that trains is called.
FRAMEWORKS = {"torch": "PyTorch", "jax": "JAX"}


@overload
def loss(
    family: Any,
    *,
    reduction: Literal["mean", "sum", "none"] = "mean",
    normalised: bool = True,
    natural: bool = False,
    beta: float | None = None,
    validate_args: bool | None = None,
    framework: Literal["torch"] = "torch",
) -> Loss: ...


@overload
def loss(
    family: Any,
    *,
    reduction: Literal["mean", "sum", "none"] = "mean",
    normalised: bool = True,
    natural: bool = False,
    beta: float | None = None,
    validate_args: bool | None = None,
    framework: Literal["jax"],
) -> JaxLoss: ...


@with_known_options
def loss(
    family: Any,
    *,
    reduction: Literal["mean", "sum", "none"] = "mean",
    normalised: bool = True,
    natural: bool = False,
    beta: float | None = None,
    validate_args: bool | None = None,
    framework: Literal["torch", "jax"] = "torch",
) -> Loss | JaxLoss:
    """The loss that belongs to a noise model: its negative log-likelihood, as a PyTorch module.

    With ``framework="jax"`` it is a pure function for JAX, to be called in the same way with arrays
    and to be transformed by ``jax.grad``, ``jax.hessian``, ``jax.jit`` and ``jax.vmap``; forward
    derivatives alone (``jax.jvp`` of the loss itself) are refused by JAX.

    ``loss(input, target, *, weight=None)`` reads the family's own ``log_prob``, so that value and
    gradient are those of a fit. ``input`` is one of

    - a tensor with one column per free parameter, of shape ``(*target.shape, k)``, or, where there
      is one parameter, of the target's own shape: what `head` gives;
    - k tensors in the order of the parameters, as a sequence or one by one, ``loss(mu, sigma,
      target)``, or a mapping from their names; each of the target's shape, or a single number of
      no dimensions, shared by all rows.

    Nothing is broadcast beyond that: (n, 1) against (n,) is refused. Half precision is computed in
    float32. A weighted mean is Σ wᵢ lossᵢ / Σ wᵢ. A head so far out that its parameter leaves the
    range of floats counts as at the end of that range, and still receives the gradient there.

    Parameters
    ----------
    family : Family, type or str
        ``ml.StudentT()``, ``ml.Normal(sigma=1)``, ``"gamma"``. Parameters bound to numbers are
        known; one bound to a column, ``ml.Binomial(n="trials")``, is given under its own name in a
        mapping. Targets of `Categorical` are places of levels, the base first, and its heads
        log-ratios to the base; as many heads as levels are taken for logits. ``Categorical()``
        without levels takes its classes from the head, which then holds logits of shape (n, K).
    reduction : {"mean", "sum", "none"}
        Over all rows; "none" gives one loss per row, of the target's shape.
    normalised : bool
        The exact negative log-likelihood. False drops the terms that no free parameter enters, as
        most losses of PyTorch's do: the gradient is the same.
    natural : bool
        Whether ``input`` holds the parameters themselves, and not heads on the scale of the links.
    beta : float, optional
        Weights each row by scale**(2 beta), which receives no gradient: the β-NLL (Seitzer,
        Tavakoli, Antic and Martius, *On the pitfalls of heteroscedastic uncertainty estimation*,
        ICLR 2022, eq. 5). 0 is the likelihood; 1 gives the mean the gradient of squared error; they
        recommend 0.5. For families with a location and a scale.
    validate_args : bool, optional
        Whether to look at values: targets inside the support, heads that are numbers, weights that
        are not negative. By default where looking is cheap, on a CPU outside `torch.compile`,
        `torch.func.vmap` and JAX's transforms. Of more than 4,096 targets that should be whole
        numbers so many, evenly spaced, are asked whether they are. Shapes and types are always
        checked.
    framework : {"torch", "jax"}
        Whose tensors or arrays it takes.

    Raises
    ------
    MissingPackage
        Without PyTorch, or JAX.
    ModelError
        For a family without free parameters or with a formula, an unknown reduction, or ``beta``
        where there is no scale.
    DataError
        When it is called: for shapes, types or values as above, an empty batch, weights that are
        all zero.

    Examples
    --------
    >>> import mostlikely as ml
    >>> try:
    ...     print(ml.loss(ml.StudentT(df=4), reduction="sum"))
    ... except ml.MissingPackage as error:
    ...     print("Loss(StudentT(df=4), reduction='sum')")
    Loss(StudentT(df=4), reduction='sum')
    """
    made: Loss | JaxLoss = _module(framework).Loss(
        family,
        reduction=reduction,
        normalised=normalised,
        natural=natural,
        beta=beta,
        validate_args=validate_args,
    )
    return made


def head(
    family: Any, in_features: int, *, bias: bool = True, constant: str | Iterable[str] = ()
) -> Head:
    """The last layer of a network for a noise model: one linear output per free parameter.

    A `torch.nn.Linear` whose outputs are heads on the scale of the links, in the order of the
    parameters, of shape (..., k), or (...) where there is one parameter: what `loss` takes.
    ``head.parameters_of(output)`` gives the parameters themselves, by name.

    Parameters
    ----------
    family : Family, type or str
        As in `loss`.
    in_features : int
        The width of the layer before.
    bias : bool
        Whether each output has an intercept.
    constant : str or iterable of str
        Parameters that are trained but are one number for all rows: ``"df"``. They begin in the
        middle of their typical range, for targets of spread 1, and are ``head.constants``, one
        head each.

    Raises
    ------
    MissingPackage
        Without PyTorch.
    ModelError
        As `loss`; for a width that is no whole number; for a constant that is no free parameter, or
        if none is left to follow the rows.

    Examples
    --------
    >>> import mostlikely as ml
    >>> try:
    ...     print(ml.head(ml.Normal(), 16))
    ... except ml.MissingPackage as error:
    ...     print("Head(Normal(), in_features=16, out_features=2, bias=True)")
    Head(Normal(), in_features=16, out_features=2, bias=True)
    >>> try:
    ...     print(ml.head(ml.StudentT(), 16, constant="df"))
    ... except ml.MissingPackage as error:
    ...     print("Head(StudentT(), constant=df, in_features=16, out_features=2, bias=True)")
    Head(StudentT(), constant=df, in_features=16, out_features=2, bias=True)
    """
    made: Head = _module("torch", "layer").Head(family, in_features, bias=bias, constant=constant)
    return made


def _module(framework: str, module: str = "") -> Any:
    """The module of a framework, or another of its own."""
    if framework not in FRAMEWORKS:
        raise ModelError(f"no framework {framework!r}; {nearest(str(framework), FRAMEWORKS)}")
    try:
        import_module(framework)
    except ImportError:
        raise MissingPackage(
            f"losses for training need {FRAMEWORKS[framework]}: "
            f'pip install "mostlikely[{framework}]".'
        ) from None
    return import_module(f"mostlikely.loss.{module or framework}")
