"""All that the data room knows of a family: its name, its support, and `prepare`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mostlikely.calculus.domain import Domain, counts, positive, real, unit


@dataclass(frozen=True)
class Noise:
    name: str
    support: Domain

    def prepare(self, y: Any, order: object = None) -> tuple[Noise, Any]:
        return self, y


ANY = Noise("Any", real)
POSITIVE = Noise("Positive", positive)
SHARE = Noise("Share", unit)
COUNT = Noise("Count", counts)
COIN = Noise("Coin", Domain("0 or 1", 0.0, 1.0, (True, True), discrete=True))
