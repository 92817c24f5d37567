"""Where one model gives two answers today, and why: each entry is a test that must fail.

A rebuild that makes a door right turns its entry into a failure, "unexpectedly passing": then the
entry goes. None is to be added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["KNOWN", "PLAIN", "PROFILES"]

#: The case's own door.
PLAIN = "plain"
#: What goes before a door's name where profiles and likelihood ratios are compared.
PROFILES = "profiles, "

ONE, ALL, ARRAY, JOINT, RIDGE = "y ~ 1", "all ~ 1", "X", "joint of one", "Ridge(0)"
#: The doors that do not lead to the likelihood of one sample.
OTHERS = (ONE, ALL, ARRAY, JOINT, RIDGE)
#: Those of them for a family of one parameter.
SINGLE = (ONE, ARRAY, JOINT, RIDGE)
#: All doors of a regression whose dispersion takes precision weights.
OF_REGRESSIONS = (
    ARRAY,
    JOINT,
    RIDGE,
    "weights of one",
    "precisions of one",
    "repeated rows",
    "shuffled rows",
    "y in 1e-6",
    "y in 1e6",
)

#: (why, doors, cases).
DIFFERENCES: Sequence[tuple[str, Sequence[str], Sequence[str]]] = ()

#: (case, door) → why it differs.
KNOWN: Mapping[tuple[str, str], str] = {
    (case, door): why for why, doors, cases in DIFFERENCES for door in doors for case in cases
}
