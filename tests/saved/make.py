"""Makes the saved fits of this folder, and the record of the lesson's numbers.

It was run once, at the first format of saved fits. A file that is there is never written again:
what an earlier version saved is what a later one has to read, and to find again.

    python -m tests.saved.make

Data are quantiles of uniform draws, rounded, so that they are the same with every SciPy.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

import mostlikely as ml
from mostlikely.web import resources

FOLDER = Path(__file__).parent
LESSON = FOLDER / "lesson.json.gz"
#: Of the resources that an exported lesson has, those with numbers.
COMPUTED = ("lesson/", "families/")


def drawn(seed: int, n: int, law: Any) -> np.ndarray:
    """A sample of a law of SciPy's, to six decimals."""
    return np.round(law.ppf(np.random.default_rng(seed).random(n)), 6)


def labelled(seed: int, n: int, letters: str) -> list[str]:
    """Labels, each as likely as the others."""
    at = (np.random.default_rng(seed).random(n) * len(letters)).astype(int)
    return [letters[k] for k in at]


def density(d: Any, location: float, scale: float) -> Any:
    """The log-density of a logistic distribution: a model of one's own."""
    z = (d["y"] - location) / scale
    return -z - 2.0 * np.log1p(np.exp(-z)) - np.log(scale)


# The fits.


def gamma() -> ml.Fit:
    return ml.fit(ml.Gamma(), drawn(1, 60, stats.gamma(2.3, scale=1.7)))


def student_t() -> ml.Fit:
    return ml.fit(ml.StudentT(), drawn(2, 80, stats.t(3.0, loc=-4.0, scale=2.5)))


def negative_binomial() -> ml.Fit:
    x, g = drawn(3, 90, stats.norm()), labelled(4, 90, "abc")
    exposure = drawn(5, 90, stats.uniform(1.0, 4.0))
    effect = np.array([{"a": 0.0, "b": 0.5, "c": -0.4}[label] for label in g])
    mean = exposure * np.exp(0.4 + 0.3 * x + effect)
    y = drawn(6, 90, stats.nbinom(2, 2.0 / (2.0 + mean)))
    table = {"x": x, "g": g, "t": np.log(exposure), "y": y}
    return ml.fit(ml.NegativeBinomial("y ~ x + C(g)"), table, offset="t")


def heteroscedastic() -> ml.Fit:
    x, z = drawn(7, 70, stats.norm()), drawn(8, 70, stats.uniform(-1.0, 2.0))
    table = {"x": x, "z": z, "y": drawn(9, 70, stats.norm(1.0 + 2.0 * x, np.exp(0.2 + 0.8 * z)))}
    return ml.fit(ml.Normal("y ~ x", sigma="~ z"), table)


def joint() -> ml.Fit:
    x = drawn(10, 60, stats.norm())
    table = {
        "x": x,
        "u": drawn(11, 60, stats.gamma(3.0, scale=np.exp(0.2 + 0.4 * x) / 3.0)),
        "b": drawn(12, 60, stats.bernoulli(1.0 / (1.0 + np.exp(0.3 - 0.4 * x)))),
    }
    shared = {"slope": [("mean", "x"), ("p", "x")]}
    return ml.fit(ml.joint(ml.Gamma("u ~ x"), ml.Bernoulli("b ~ x"), shared=shared), table)


def ridge() -> ml.Fit:
    x, z = drawn(13, 50, stats.norm()), drawn(14, 50, stats.norm())
    table = {"x": x, "z": z, "y": drawn(15, 50, stats.poisson(np.exp(0.5 + 0.4 * x - 0.2 * z)))}
    return ml.fit(ml.Poisson("y ~ x + z"), table, penalty=ml.Ridge(2.5))


def _separated() -> dict[str, Any]:
    x, z = drawn(16, 40, stats.norm()), drawn(17, 40, stats.norm())
    return {"x": x, "z": z, "y": (x > 0.3) * 1.0}


def firth() -> ml.Fit:
    return ml.fit(ml.Bernoulli("y ~ x + z"), _separated(), penalty=ml.Firth())


def separation() -> ml.Fit:
    return ml.fit(ml.Bernoulli("y ~ x + z"), _separated())


def categorical() -> ml.Fit:
    x = drawn(18, 120, stats.norm())
    noise = [drawn(19 + k, 120, stats.gumbel_r()) for k in range(3)]
    best = np.argmax([noise[0], 0.4 + 0.7 * x + noise[1], -0.2 - 0.5 * x + noise[2]], axis=0)
    return ml.fit(ml.Categorical("y ~ x"), {"x": x, "y": [f"k{b}" for b in best]})


def ordinal() -> ml.Fit:
    x = drawn(22, 100, stats.norm())
    latent = 0.9 * x + drawn(23, 100, stats.logistic())
    return ml.fit(ml.Ordinal("y ~ x"), {"x": x, "y": np.digitize(latent, [-1.0, 0.3, 1.5])})


def shifted() -> ml.Fit:
    return ml.fit(ml.Shifted(ml.LogNormal()), 5.0 + drawn(24, 90, stats.lognorm(0.6, scale=3.0)))


def own() -> ml.Fit:
    table = {"y": drawn(25, 75, stats.logistic(3.0, 1.4))}
    return ml.fit(density, table, start={"location": 2.0, "scale": 1.0})


def limit() -> ml.Fit:
    return ml.fit(ml.NegativeBinomial(), drawn(26, 60, stats.binom(10, 0.5)))


def weights() -> ml.Fit:
    x = drawn(27, 60, stats.norm())
    table = {
        "x": x,
        "y": drawn(28, 60, stats.gamma(2.0, scale=np.exp(0.6 - 0.3 * x) / 2.0)),
        "w": drawn(29, 60, stats.uniform(0.5, 3.0)),
    }
    return ml.fit(ml.Gamma("y ~ x"), table, weights="w", weight_kind="sampling")


def edge() -> ml.Fit:
    return ml.fit(ml.Bernoulli(), [1.0] * 12)


def dropped() -> ml.Fit:
    x, y = drawn(30, 40, stats.norm()), drawn(31, 40, stats.logistic())
    y[[3, 17]] = np.nan
    return ml.fit(ml.Logistic("y ~ x"), {"x": x, "y": y}, missing="drop")


FITS: dict[str, Callable[[], ml.Fit]] = {
    made.__name__: made
    for made in (
        gamma,
        student_t,
        negative_binomial,
        heteroscedastic,
        joint,
        ridge,
        firth,
        separation,
        categorical,
        ordinal,
        shifted,
        own,
        limit,
        weights,
        edge,
        dropped,
    )
}


# The lesson.


def numbers(value: Any) -> Any:
    """What a resource holds but its text, its flags and its programs; None if there is nothing.

    A program is a list of operations: the same function may be written in another way.
    """
    if isinstance(value, dict):
        if {"inputs", "steps", "out"} <= value.keys():
            return None
        kept = {k: inner for k, v in value.items() if (inner := numbers(v)) is not None}
        return kept or None
    if isinstance(value, list):
        inside = [numbers(v) for v in value]
        return inside if any(v is not None for v in inside) else None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else None


def computed() -> Iterator[str]:
    """The names of the resources whose numbers are recorded."""
    return (name for name in resources.names() if name.startswith(COMPUTED))


def lesson(name: str) -> Any:
    """The numbers of one resource."""
    return numbers(json.loads(resources.written(name)))


def rounded(value: Any) -> Any:
    """To twelve digits."""
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return float(f"{value:.12g}") if isinstance(value, float) else value


def main() -> None:
    """Write the files that are not there."""
    for name, made in FITS.items():
        path = FOLDER / f"{name}.json"
        if not path.exists():
            made().save(path)
    if not LESSON.exists():
        held = {name: rounded(kept) for name in computed() if (kept := lesson(name)) is not None}
        text = json.dumps(held, separators=(",", ":"))
        LESSON.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
