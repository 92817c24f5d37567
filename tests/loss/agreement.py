"""Every loss of PyTorch that is a likelihood against its family: value and gradient, row by row.

The tables of docs/guides/losses.md are made here; write them anew, where PyTorch is installed, by

    python -m tests.loss.agreement
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import mostlikely as ml
from benchmarks.marked import written
from mostlikely.loss.catalogue import CATALOGUE

PAGE = Path(__file__).parents[2] / "docs" / "guides" / "losses.md"
ROWS = 2000


class Case(NamedTuple):
    """One loss: its name, options, how to draw (y, f), and PyTorch's call on tensors (f, y)."""

    loss: str
    options: dict[str, Any]
    draw: Callable[[np.random.Generator, bool], tuple[np.ndarray, np.ndarray]]
    call: Callable[[Any, Any, Any], Any]
    shown: str
    ready: Callable[[Any, Any], Any] = lambda torch, y: y


def line(rng: np.random.Generator, extreme: bool) -> tuple[np.ndarray, np.ndarray]:
    if not extreme:
        return rng.normal(size=ROWS), rng.normal(size=ROWS)
    size = 10.0 ** rng.uniform(-100.0, 100.0, (2, ROWS)) * rng.choice([-1.0, 1.0], (2, ROWS))
    return size[0], size[1]


def scores(rng: np.random.Generator, extreme: bool) -> tuple[np.ndarray, np.ndarray]:
    reach = 700.0 if extreme else 3.0
    return rng.integers(0, 2, ROWS).astype(float), rng.uniform(-reach, reach, ROWS)


def shares(rng: np.random.Generator, extreme: bool) -> tuple[np.ndarray, np.ndarray]:
    near_0, near_1 = 10.0 ** rng.uniform(-11.0 if extreme else -1.0, -0.31, (2, ROWS))
    p = np.where(rng.random(ROWS) < 0.5, near_0, 1.0 - near_1)
    return rng.integers(0, 2, ROWS).astype(float), p


def classes(rng: np.random.Generator, extreme: bool) -> tuple[np.ndarray, np.ndarray]:
    reach = 700.0 if extreme else 3.0
    return rng.integers(0, 4, ROWS).astype(float), rng.uniform(-reach, reach, (ROWS, 4))


def log_shares(rng: np.random.Generator, extreme: bool) -> tuple[np.ndarray, np.ndarray]:
    y, f = classes(rng, extreme)
    return y, f - np.logaddexp.reduce(f, axis=1, keepdims=True)


def soft(rng: np.random.Generator, extreme: bool) -> tuple[np.ndarray, np.ndarray]:
    return rng.dirichlet([1e-2 if extreme else 1.0] * 4, ROWS), log_shares(rng, extreme)[1]


def counts(rng: np.random.Generator, extreme: bool) -> tuple[np.ndarray, np.ndarray]:
    if extreme:
        return np.rint(10.0 ** rng.uniform(-1.0, 12.0, ROWS)), rng.uniform(-600.0, 600.0, ROWS)
    return rng.poisson(3.0, ROWS).astype(float), rng.normal(1.0, 0.5, ROWS)


def means(rng: np.random.Generator, extreme: bool) -> tuple[np.ndarray, np.ndarray]:
    y, f = counts(rng, extreme)
    return y, np.exp(f)


def both(rng: np.random.Generator, extreme: bool) -> tuple[np.ndarray, np.ndarray]:
    y, mu = rng.normal(size=(2, ROWS))
    reach = 40.0 if extreme else 1.0
    return y, np.column_stack([mu, 10.0 ** rng.uniform(-reach, reach, ROWS)])


def functional(name: str, **options: Any) -> Callable[[Any, Any, Any], Any]:
    return lambda F, f, y: getattr(F, name)(f, y, reduction="none", **options)


def whole(torch: Any, y: Any) -> Any:
    return y.long()


def smoothed(torch: Any, y: Any) -> Any:
    return 0.9 * torch.nn.functional.one_hot(y.long(), 4).double() + 0.1 / 4


def cases() -> list[Case]:
    return [
        Case("mse", {"sigma": 0.7}, line, functional("mse_loss"), "mse_loss"),
        Case("l1_loss", {"scale": 0.7}, line, functional("l1_loss"), "l1_loss"),
        Case(
            "huber_loss",
            {"delta": 1.3, "scale": 0.7},
            line,
            functional("huber_loss", delta=1.3),
            "huber_loss(delta=1.3)",
        ),
        Case(
            "smooth_l1_loss",
            {"beta": 0.3, "scale": 2.0},
            line,
            functional("smooth_l1_loss", beta=0.3),
            "smooth_l1_loss(beta=0.3)",
        ),
        Case(
            "bce_with",
            {},
            scores,
            functional("binary_cross_entropy_with_logits"),
            "binary_cross_entropy_with_logits",
        ),
        Case(
            "binary_cross_entropy",
            {},
            shares,
            functional("binary_cross_entropy"),
            "binary_cross_entropy",
        ),
        Case("cross_entropy", {}, classes, functional("cross_entropy"), "cross_entropy", whole),
        Case(
            "label_smoothing",
            {},
            classes,
            functional("cross_entropy", label_smoothing=0.1),
            "cross_entropy(label_smoothing=0.1)",
            whole,
        ),
        Case("nll_loss", {}, log_shares, functional("nll_loss"), "nll_loss", whole),
        Case("kl_div", {}, soft, lambda F, f, y: F.kl_div(f, y, reduction="none").sum(1), "kl_div"),
        Case("poisson_nll_loss", {}, counts, functional("poisson_nll_loss"), "poisson_nll_loss"),
        Case(
            "poisson_nll_loss",
            {"full": True},
            counts,
            functional("poisson_nll_loss", full=True),
            "poisson_nll_loss(full=True)",
        ),
        Case(
            "poisson_nll_loss",
            {"log_input": False},
            means,
            functional("poisson_nll_loss", log_input=False, eps=0.0),
            "poisson_nll_loss(log_input=False)",
        ),
        Case("gaussian_nll_loss", {}, both, gaussian(full=False), "gaussian_nll_loss"),
        Case(
            "gaussian_nll_loss",
            {"full": True},
            both,
            gaussian(full=True),
            "gaussian_nll_loss(full=True)",
        ),
    ]


def gaussian(full: bool) -> Callable[[Any, Any, Any], Any]:
    return lambda F, f, y: F.gaussian_nll_loss(
        f[:, 0], y, f[:, 1], full=full, eps=1e-300, reduction="none"
    )


def sklearn_cases() -> list[tuple[str, str, dict[str, Any], Callable[..., Any], dict[str, Any]]]:
    """Metric, loss, options of ours, draws of (y, f), options of theirs."""

    def amounts(rng: np.random.Generator, extreme: bool) -> tuple[np.ndarray, np.ndarray]:
        reach = 20.0 if extreme else 0.5
        y, f = 10.0 ** rng.uniform(-reach, reach, (2, ROWS))
        return y, f

    return [
        ("mean_squared_error", "squared error", {}, line, {}),
        ("mean_absolute_error", "absolute error", {}, line, {}),
        ("mean_pinball_loss", "pinball", {"quantile": 0.9}, line, {"alpha": 0.9}),
        ("mean_squared_log_error", "squared log error", {"sigma": 0.7}, amounts, {}),
        ("mean_poisson_deviance", "Poisson deviance", {}, means, {}),
        ("mean_gamma_deviance", "gamma deviance", {"shape": 2.5}, amounts, {}),
        ("mean_tweedie_deviance", "tweedie", {"power": 3}, amounts, {"power": 3}),
    ]


def sklearn_agreement(rows: int = 200) -> list[str]:
    """The same table for scikit-learn's metrics, each row by itself; they have no gradients."""
    from sklearn import metrics

    lines = ["| scikit-learn | family | value | value, extreme draws |", "|---|---|---|---|"]
    for metric, loss, options, draw, theirs in sklearn_cases():
        noise = ml.noise_of(loss, **options)
        found = []
        for extreme in (False, True):
            y, f = (part[:rows] for part in draw(np.random.default_rng(20260712), extreme))
            pairs = zip(y.tolist(), f.tolist(), strict=True)
            wanted = [getattr(metrics, metric)([a], [b], **theirs) for a, b in pairs]
            found.append(relative(noise(y, f), np.array(wanted)))
        cells = " | ".join("0" if d == 0.0 else f"{d:.0e}" for d in found)
        shown = ", ".join([metric, *(f"{k}={v}" for k, v in theirs.items())])
        lines.append(f"| `{shown}` | `{noise.family!r}` | {cells} |")
    return lines


def differences(case: Case, extreme: bool) -> tuple[float, float]:
    """The largest of |ours - theirs|/(1 + |theirs|) over the rows, of values and of gradients."""
    import torch

    rng = np.random.default_rng(20260712)
    y, f = case.draw(rng, extreme)
    tensor = torch.tensor(f, dtype=torch.float64, requires_grad=True)
    target = case.ready(torch, torch.tensor(y, dtype=torch.float64))
    theirs = case.call(torch.nn.functional, tensor, target)
    (slope,) = torch.autograd.grad(theirs.sum(), tensor)
    noise = noise_for(case)
    if case.loss == "label_smoothing":
        y = smoothed(torch, torch.tensor(y)).numpy()
    value = relative(noise(y, f), theirs.detach().numpy())
    return value, relative(noise.gradient(y, f), slope.numpy())


def noise_for(case: Case) -> ml.Noise:
    name = "binary_cross_entropy_with_logits" if case.loss == "bce_with" else case.loss
    return ml.noise_of(name, **case.options)


def relative(ours: np.ndarray, theirs: np.ndarray) -> float:
    assert ours.shape == theirs.shape and np.isfinite(theirs).all()
    return float(np.max(np.abs(ours - theirs) / (1.0 + np.abs(theirs))))


def agreement() -> list[str]:
    """The table of largest differences."""
    lines = [
        "| PyTorch | family | value | gradient | value, extreme draws | gradient, extreme draws |",
        "|---|---|---|---|---|---|",
    ]
    for case in cases():
        found = (*differences(case, False), *differences(case, True))
        cells = " | ".join("0" if d == 0.0 else f"{d:.0e}" for d in found)
        lines.append(f"| `{case.shown}` | `{noise_for(case).family!r}` | {cells} |")
    return lines


def dictionary() -> list[str]:
    """The table of all losses, from the catalogue alone."""
    lines = ["| loss per row | noise | held | best prediction | called |", "|---|---|---|---|---|"]
    for entry in CATALOGUE:
        noise = ml.noise_of(entry.name)
        if noise.family is None:
            continue
        lines.append(
            row(
                f"{noise.loss}: {noise.formula}",
                f"`{type(noise.family).__name__}`",
                noise.held,
                noise.optimum,
                names(noise),
            )
        )
    lines += [
        "",
        "| loss per row | why there is no family | best prediction | called |",
        "|---|---|---|---|",
    ]
    for entry in CATALOGUE:
        noise = ml.noise_of(entry.name)
        if noise.family is None:
            lines.append(
                row(f"{noise.loss}: {noise.formula}", noise.reason, noise.optimum, names(noise))
            )
    return lines


def row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '∣') for cell in cells)} |"


def names(noise: ml.Noise) -> str:
    from mostlikely.loss.noise import called

    return ", ".join(f"`{word.strip()}`" for word in called(noise.names, 2).split(";"))


if __name__ == "__main__":
    text = PAGE.read_text("utf-8")
    if find_spec("torch"):
        text = written(text, "agreement", agreement())
    if find_spec("sklearn"):
        text = written(text, "sklearn", sklearn_agreement())
    PAGE.write_text(written(text, "dictionary", dictionary()), "utf-8")
