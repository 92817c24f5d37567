"""Every loss that is known, by name: of real numbers, of labels and counts, without likelihood."""

from __future__ import annotations

from functools import cache

from mostlikely.errors import ModelError, nearest
from mostlikely.loss import labels, numbers, without
from mostlikely.loss.entry import Entry

__all__ = ["CATALOGUE", "named", "plain", "unknown"]

#: Those that are negative log-likelihoods come first.
CATALOGUE: tuple[Entry, ...] = numbers.LOSSES + labels.LOSSES + without.LOSSES


def plain(name: str) -> str:
    """A name without case, spaces and punctuation."""
    return "".join(c for c in name.lower() if c.isalnum())


@cache
def index() -> dict[str, dict[str, Entry]]:
    """Framework → plain name → loss; under "" the first that has the name in any framework."""
    found: dict[str, dict[str, Entry]] = {"": {}}
    for loss in CATALOGUE:
        found[""].setdefault(plain(loss.name), loss)
        for framework, names in loss.names.items():
            for name in names:
                found.setdefault(framework, {}).setdefault(plain(name), loss)
                found[""].setdefault(plain(name), loss)
    return found


def named(name: str, framework: str = "") -> Entry | None:
    """The loss of that name: in the framework if it has one, else in whichever has it first."""
    known = index()
    return known.get(framework, {}).get(plain(name)) or known[""].get(plain(name))


def unknown(name: str) -> ModelError:
    """What to say of a name that is not known, with the nearest one."""
    words = [w for loss in CATALOGUE for names in loss.names.values() for w in names]
    clause = nearest(name, words)
    if not clause.startswith("did you mean"):
        clause = 'those that are known are in the guide on losses, as "mse" or torch.nn.MSELoss.'
    return ModelError(f"there is no loss {name!r} here; {clause}")
