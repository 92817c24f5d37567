"""A small network under several noise models, on real data: what each predicts of rows unseen.

The network, its inputs, its start and the rows it sees are the same; only the loss and the last
layer differ. ``python -m benchmarks.networks`` trains them all (minutes on one core) and writes the
tables and pictures of docs/guides/networks.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import torch

import mostlikely as ml
from mostlikely.estimators.scorers import crps
from mostlikely.family.distribution import Distribution

#: Units of the one hidden layer, Adam's rate and steps, and steps without a gain until it is over.
WIDTH, RATE, STEPS, PATIENCE = 16, 0.02, 500, 50
#: Steps of those that nothing stops.
LONG = 300
#: The share of the training rows that only say when to stop.
VALIDATION = 0.2
FOLDS, REPEATS = 10, 2


@dataclass(frozen=True)
class Noise:
    """What is believed of the noise: the family that is trained, and its last layer."""

    name: str
    family: Any
    constant: tuple[str, ...] = ()
    beta: float | None = None


FIXED = Noise("Normal, σ fixed (MSE)", ml.Normal(sigma=1))
HEAD = Noise("Normal, σ head", ml.Normal())
BETA = Noise("Normal, σ head, β = 0.5", ml.Normal(), beta=0.5)
STUDENT = Noise("Student-t, σ head", ml.StudentT(), constant=("df",))
NOISES = (FIXED, HEAD, BETA, STUDENT)


@dataclass(frozen=True, eq=False)
class Rows:
    """A data set: columns in, one number out.

    ``spoilt`` are the targets that are trained on, if those are not the true ones. Without
    ``early`` stopping all training rows are trained on, for `LONG` steps.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    spoilt: np.ndarray | None = None
    early: bool = True


@cache
def food() -> Rows:
    data = ml.datasets.load("food_expenditure")
    return Rows("food_expenditure", data["income"][:, None], data["food"])


@cache
def weights() -> Rows:
    data = ml.datasets.load("reported_weight")
    return Rows("reported_weight", data["reported"][:, None], data["measured"])


@cache
def diabetes() -> Rows:
    from sklearn.datasets import load_diabetes

    return Rows("diabetes", *load_diabetes(return_X_y=True))


@cache
def endless() -> Rows:
    return replace(diabetes(), name="diabetes, no early stop", early=False)


@cache
def slipped() -> Rows:
    """Diabetes; the decimal point of one training target in twenty slips."""
    clean = diabetes()
    slips = np.random.default_rng(1).random(len(clean.y)) < 0.05
    return replace(clean, name="diabetes, slipped", spoilt=np.where(slips, 10.0, 1.0) * clean.y)


def wrong_row() -> int:
    """Whose height and weight were written into each other's place."""
    return int(np.argmax(weights().y))


class Trained:
    """Networks of one noise model, each with its own start and its own rows, trained side by side.

    Together they take hardly longer than one; what one does depends on none of the others. On one
    thread: the arrays are small.

    Parameters
    ----------
    noise : Noise
    x, y : arrays of shape (n, columns), (n,)
    seen : array of bool, shape (networks, n)
        The rows that each network trains on.
    seeds : sequence of int
        One per network.
    early : bool
        Whether a part of those rows says when to stop.
    """

    def __init__(
        self,
        noise: Noise,
        x: np.ndarray,
        y: np.ndarray,
        seen: np.ndarray,
        seeds: Any,
        steps: int = STEPS,
        early: bool = True,
    ):
        self.noise = noise
        self.centre = np.stack([x[s].mean(axis=0) for s in seen])[:, None]
        self.scale = np.stack([x[s].std(axis=0) for s in seen])[:, None]
        self.mean, self.sd = (np.array([[f(y[s])] for s in seen]) for f in (np.mean, np.std))
        models = [network(noise, x.shape[1], seed) for seed in seeds]
        self.model = models[0]
        self.weights = torch.func.stack_module_state(models)[0]
        stop = np.stack([np.random.default_rng(s).random(len(y)) < VALIDATION for s in seeds])
        learn, judged = (seen & ~stop, seen & stop) if early else (seen, None)
        z = torch.tensor((y - self.mean) / self.sd)
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        self.steps = self._train(self._inputs(x), z, learn, judged, steps)
        torch.set_num_threads(threads)
        self.held: dict[str, np.ndarray] = {}
        if noise.family.fixed:
            mse = ml.noise_of("mse")
            mu = self._parameters(x)["mu"]
            found = [
                mse.estimate(y[s], m[s]).params["sigma"] for s, m in zip(seen, mu, strict=True)
            ]
            self.held = {"sigma": np.array(found)[:, None]}

    def _train(
        self, x: Any, y: Any, learn: np.ndarray, judged: np.ndarray | None, steps: int
    ) -> np.ndarray:
        """Adam on all rows at once; back come the weights that the rows held back liked best."""
        loss = ml.loss(self.noise.family, beta=self.noise.beta, reduction="none")
        judge = ml.loss(self.noise.family, reduction="none")
        solver = torch.optim.Adam(self.weights.values(), RATE)
        best, at = np.full(len(y), np.inf), np.full(len(y), steps)
        kept = {k: v.detach().clone() for k, v in self.weights.items()}
        for step in range(steps):
            raw = self._outputs(x)
            if judged is not None:
                with torch.no_grad():
                    now = mean(judge(raw, y), judged).numpy()
                better = now < best
                best, at = np.where(better, now, best), np.where(better, step, at)
                for k, v in self.weights.items():
                    kept[k][better] = v.detach()[better]
                if np.all(step - at >= PATIENCE):
                    break
            solver.zero_grad()
            mean(loss(raw, y), learn).sum().backward()
            solver.step()
        if judged is not None:
            self.weights = kept
        return at

    def _outputs(self, x: Any) -> Any:
        """The heads, of shape (networks, n, k)."""
        one = lambda weights, x: torch.func.functional_call(self.model, weights, (x,))  # noqa: E731
        return torch.func.vmap(one)(self.weights, x)

    def _inputs(self, x: np.ndarray) -> Any:
        return torch.tensor((x - self.centre) / self.scale)

    def _parameters(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """In the unit of y, of shape (networks, n)."""
        with torch.no_grad():
            raw = self.model[-1].parameters_of(self._outputs(self._inputs(x)))
        found = {k: v.numpy() for k, v in raw.items()}
        found["mu"] = self.mean + self.sd * found["mu"]
        if "sigma" in found:
            found["sigma"] = self.sd * found["sigma"]
        return found

    def predict(self, x: np.ndarray) -> Distribution:
        """The law of y at each row, according to each network."""
        return Distribution(type(self.noise.family)(), {**self._parameters(x), **self.held})


def network(noise: Noise, columns: int, seed: int) -> Any:
    """One hidden layer, and the last layer that the noise asks for."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return torch.nn.Sequential(
            torch.nn.Linear(columns, WIDTH),
            torch.nn.Tanh(),
            ml.head(noise.family, WIDTH, constant=noise.constant),
        ).double()


def mean(rows: Any, among: np.ndarray) -> Any:
    """Of each network's own rows."""
    among = torch.from_numpy(among)
    return (rows * among).sum(1) / among.sum(1)


@dataclass(frozen=True, eq=False)
class Scores:
    """Of each row when it was not trained on, (repeats, n): log-score, P(Y <= y), CRPS, error."""

    log_score: np.ndarray
    below: np.ndarray
    crps: np.ndarray
    error: np.ndarray
    steps: np.ndarray
    df: np.ndarray | None


@cache
def crossed(
    rows: Rows, noise: Noise, folds: int = FOLDS, repeats: int = REPEATS, steps: int | None = None
) -> Scores:
    """Cross-validated, each time with other folds and other starts; alike for every noise."""
    n = len(rows.y)
    fold = np.stack([np.random.default_rng(r).permutation(n) % folds for r in range(repeats)])
    seen = (fold[:, None, :] != np.arange(folds)[:, None]).reshape(-1, n)
    target = rows.y if rows.spoilt is None else rows.spoilt
    steps = steps or (STEPS if rows.early else LONG)
    trained = Trained(noise, rows.x, target, seen, range(len(seen)), steps, rows.early)
    values = trained.predict(rows.x).values
    # Each repeat leaves every row out once.
    out = np.argmin(seen.reshape(repeats, folds, n), axis=1)[:, None, :]
    of = {
        k: np.take_along_axis(
            np.broadcast_to(v, seen.shape).reshape(repeats, folds, n), out, axis=1
        ).ravel()
        for k, v in values.items()
    }
    law, y = Distribution(type(noise.family)(), of), np.tile(rows.y, repeats)
    found = [law.log_prob(y), law.cdf(y), crps(law, y), y - of["mu"]]
    return Scores(*(f.reshape(repeats, n) for f in found), steps=trained.steps, df=of.get("df"))
