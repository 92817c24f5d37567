"""Boosted distributions on real data, ours beside NGBoost and XGBoostLSS.

Each learns from the same rows with trees of the same depth and the same learning rate, on one
thread, in turn; each stops where the same held-out part of the rows says, and keeps the rounds up
to its best. Scores are mean log-densities of rows that none has seen. Times are the processor's.

Ours is as it comes. The others are tried in several ways: with their own least size of a leaf and
with ours, XGBoostLSS in each way of ``stabilization`` too, from its constant fit, and a normal
response is standardised for it. The way that is best in the held-out part of the first split is
taken for all, and only its time is counted.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

import mostlikely as ml

RATE, DEPTH, LEAF, ROUNDS, PATIENCE = 0.1, 3, 20, 500, 30
OURS = "mostlikely"


@dataclass(frozen=True)
class Rows:
    """Predictors of shape (n, p) and responses of shape (n,)."""

    X: Any
    y: Any

    def take(self, places: Any) -> Rows:
        """Some of them."""
        return Rows(self.X[places], self.y[places])


@dataclass(frozen=True)
class Trained:
    """What one training gave.

    Attributes
    ----------
    log_prob : callable
        Rows → the log-density of each.
    rounds, kept : int
        How many were trained, and are used.
    seconds : float
    held : float
        The mean log-density of the rows that told when to stop.
    """

    log_prob: Callable[[Rows], Any]
    rounds: int
    kept: int
    seconds: float
    held: float


Train = Callable[[str, Rows, Rows, int], Trained]


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    begin = time.process_time()  # other programs may be running
    done = work()
    return done, time.process_time() - begin


def _constant(family: str, rows: Rows, held: Rows, rounds: int) -> Trained:
    fit, seconds = _timed(lambda: ml.fit(family, rows.y))
    log_prob = lambda other: fit.distribution.log_prob(other.y)  # noqa: E731
    return Trained(log_prob, 0, 0, seconds, float(np.mean(log_prob(held))))


def _ours(library: str) -> Train:
    def train(family: str, rows: Rows, held: Rows, rounds: int) -> Trained:
        model = ml.DistributionalBooster(
            family,
            library=library,
            rounds=rounds,
            learning_rate=RATE,
            max_depth=DEPTH,
            min_samples_leaf=LEAF,
            early_stopping_rounds=PATIENCE,
            params={"nthread": 1} if library == "xgboost" else {"num_threads": 1},
        )
        _, seconds = _timed(lambda: model.fit(rows.X, rows.y, validation=(held.X, held.y)))
        log_prob = lambda other: model.predict_distribution(other.X).log_prob(other.y)  # noqa: E731
        losses = model.validation_losses_
        return Trained(log_prob, len(losses), model.rounds_, seconds, -min(losses))

    return train


def _natural(leaf: int, family: str, rows: Rows, held: Rows, rounds: int) -> Trained:
    from ngboost import NGBRegressor, distns
    from sklearn.tree import DecisionTreeRegressor

    model = NGBRegressor(
        getattr(distns, {"lognormal": "LogNormal"}.get(family, family.title())),
        Base=DecisionTreeRegressor(max_depth=DEPTH, min_samples_leaf=leaf),
        n_estimators=rounds,
        learning_rate=RATE,
        verbose=False,
        random_state=0,
    )
    _, seconds = _timed(
        lambda: model.fit(rows.X, rows.y, held.X, held.y, early_stopping_rounds=PATIENCE)
    )
    kept = model.best_val_loss_itr + 1

    def log_prob(other: Rows) -> Any:
        law = model.pred_dist(other.X, max_iter=kept).dist
        return (law.logpmf if hasattr(law, "logpmf") and family == "poisson" else law.logpdf)(
            other.y
        )

    return Trained(log_prob, len(model.base_models), kept, seconds, float(np.mean(log_prob(held))))


def _stabilised(kind: str, leaf: int, family: str, rows: Rows, held: Rows, rounds: int) -> Trained:
    from importlib import import_module

    import torch
    import xgboost
    from xgboostlss.model import XGBoostLSS

    name = {"normal": "Gaussian", "lognormal": "LogNormal", "negative_binomial": "NegativeBinomial"}
    word = name.get(family, family.title())
    links = {"negative_binomial": {"response_fn_total_count": "exp"}}
    law = getattr(import_module(f"xgboostlss.distributions.{word}"), word)(
        stabilization=kind, initialize=True, **links.get(family, {"response_fn": "exp"})
    )
    model = XGBoostLSS(law)
    torch.set_num_threads(1)
    # Its settings are in the response's unit: a location in another unit would not be learned.
    measured = family == "normal"
    centre, scale = (rows.y.mean(), rows.y.std()) if measured else (0.0, 1.0)

    def work() -> None:
        data = xgboost.DMatrix(rows.X, (rows.y - centre) / scale, nthread=1)
        other = xgboost.DMatrix(held.X, (held.y - centre) / scale, nthread=1)
        model.train(
            {"eta": RATE, "max_depth": DEPTH, "min_child_weight": leaf, "nthread": 1},
            data,
            rounds,
            evals=[(data, "learned"), (other, "held")],  # it takes two, and stops by the last
            early_stopping_rounds=PATIENCE,
            verbose_eval=False,
        )

    _, seconds = _timed(work)
    trained, kept = model.booster.num_boosted_rounds(), model.booster.best_iteration + 1
    model.booster = model.booster[:kept]

    def log_prob(other: Rows) -> Any:
        found = model.predict(xgboost.DMatrix(other.X, nthread=1), pred_type="parameters")
        values = {k: torch.tensor(found[k].to_numpy(dtype=np.float64)) for k in found}
        y = torch.tensor((other.y - centre) / scale)
        return law.distribution(**values).log_prob(y).numpy() - np.log(scale)

    return Trained(log_prob, trained, kept, seconds, float(np.mean(log_prob(held))))


#: Who trains, by name, and in which ways. A family that one of them has not is left out there.
LIBRARIES: dict[str, tuple[Train, ...]] = {
    OURS: (_ours("xgboost"),),
    "mostlikely, LightGBM": (_ours("lightgbm"),),
    "NGBoost": tuple(partial(_natural, leaf) for leaf in (1, LEAF)),
    "XGBoostLSS": tuple(
        partial(_stabilised, kind, leaf) for kind in ("None", "MAD", "L2") for leaf in (1, LEAF)
    ),
    "a constant": (_constant,),
}
LACKS = {("NGBoost", "negative_binomial")}


def _diabetes() -> Rows:
    """A year's progression of diabetes from ten measurements (Efron et al. 2004), n = 442."""
    from sklearn.datasets import load_diabetes

    return Rows(*load_diabetes(return_X_y=True))


def _visits() -> Rows:
    """Visits to a doctor in the RAND health insurance experiment, n = 20,190, nine predictors."""
    from statsmodels.datasets import randhie

    table = randhie.load_pandas().data
    y = table.pop("mdvis").to_numpy(dtype=np.float64)
    return Rows(table.to_numpy(dtype=np.float64), y)


def _some_visits() -> Rows:
    """The same of those who went at all, n = 13,883."""
    rows = _visits()
    return rows.take(rows.y > 0.0)


@dataclass(frozen=True)
class Case:
    """A data set with a noise model."""

    name: str
    rows: Callable[[], Rows]
    family: str
    folds: int
    repeats: int


CASES = (
    Case("diabetes, Normal", _diabetes, "normal", 5, 2),
    Case("diabetes, Gamma", _diabetes, "gamma", 5, 2),
    Case("visits, Poisson", _visits, "poisson", 3, 1),
    Case("visits, negative binomial", _visits, "negative_binomial", 3, 1),
    Case("visits if any, LogNormal", _some_visits, "lognormal", 3, 1),
)


def _groups(rows: Rows) -> Any:
    """Rows with the same predictors are one: of a person whose years are several rows, mostly."""
    return np.ravel(np.unique(rows.X, axis=0, return_inverse=True)[1])


def _splits(group: Any, repeats: int, folds: int) -> Iterator[tuple[int, Any, Any, Any]]:
    """The repeat's number; rows to learn from, to tell when to stop, and to score.

    Rows of one group stay together.
    """
    for repeat in range(repeats):
        rng = np.random.default_rng(repeat)
        parts = np.array_split(rng.permutation(group.max() + 1), folds)
        for k, test in enumerate(parts):
            rest = rng.permutation(np.concatenate([p for i, p in enumerate(parts) if i != k]))
            cut = len(rest) // 5
            found = (np.flatnonzero(np.isin(group, g)) for g in (rest[cut:], rest[:cut], test))
            learn, held, scored = found
            yield repeat, learn, held, scored


def measure(case: Case, rows: Rows, rounds: int) -> dict[str, Any]:
    """All libraries on one case: scores, differences from ours with their errors, times."""
    from threadpoolctl import threadpool_limits

    able = {k: ways for k, ways in LIBRARIES.items() if (k, case.family) not in LACKS}
    n, group = len(rows.y), _groups(rows)
    scores = {k: np.zeros((case.repeats, n)) for k in able}
    times: dict[str, list[Trained]] = {k: [] for k in able}
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")  # the peers'
        warm = rows.take(np.arange(min(n, 200)))
        for ways in able.values():
            for train in ways:
                train(case.family, warm, warm, 3)
        for repeat, learn, held, test in _splits(group, case.repeats, case.folds):
            for k, ways in able.items():
                made = [
                    (train(case.family, rows.take(learn), rows.take(held), rounds), train)
                    for train in ways
                ]
                best, train = max(made, key=lambda pair: pair[0].held)
                able[k] = (train,)
                scores[k][repeat, test] = best.log_prob(rows.take(test))
                times[k].append(best)
    return {
        "case": case.name,
        "n": n,
        "versions": versions(),
        "splits": case.folds * case.repeats,
        "groups": int(group.max() + 1),
        "libraries": {k: _summary(scores, times, k, group) for k in able},
    }


def versions() -> dict[str, str]:
    """Of those that are here."""
    found = {}
    for package in ("ngboost", "xgboostlss", "xgboost-cpu", "lightgbm"):
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def _mean(x: Any, group: Any) -> tuple[float, float]:
    """The mean of rows, and its standard error by the groups' sums of what is left."""
    mean = x.mean()
    sums = np.bincount(group, weights=x - mean)
    return mean, float(np.sqrt(len(sums) / (len(sums) - 1.0) * (sums @ sums)) / len(x))


def _summary(
    scores: dict[str, Any], times: dict[str, list[Trained]], k: str, group: Any
) -> dict[str, float]:
    # Each row's score is the mean over repeats, so that rows are counted once.
    own, ours = scores[k].mean(axis=0), scores[OURS].mean(axis=0)
    total = {j: sum(t.seconds for t in times[j]) for j in (k, OURS)}
    (score, error), (less, less_error) = _mean(own, group), _mean(ours - own, group)
    return {
        "score": score,
        "score_error": error,
        "ours_less": less,
        "ours_less_error": less_error,
        "seconds": total[k] / len(times[k]),
        "ratio": total[OURS] / total[k],
        "rounds": float(np.mean([t.rounds for t in times[k]])),
        "kept": float(np.mean([t.kept for t in times[k]])),
    }
