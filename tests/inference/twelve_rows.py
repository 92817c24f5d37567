"""Twelve rows that other programs were given: `X = sm.add_constant(T)`, and groups."""

from __future__ import annotations

import numpy as np

T = np.arange(1.0, 13.0)
V = np.array([2.1, 1.9, 3.7, 4.4, 4.1, 6.9, 5.2, 8.8, 8.1, 11.9, 9.0, 14.2])
EVENTS = np.array([3, 1, 4, 2, 6, 5, 9, 4, 8, 12, 10, 17])
BURSTS = np.array([3, 1, 7, 0, 6, 15, 2, 4, 22, 5, 30, 9])
SHARES = np.array([0.12, 0.2, 0.17, 0.33, 0.25, 0.45, 0.41, 0.38, 0.62, 0.55, 0.71, 0.8])
KILLED = np.array([1, 0, 2, 2, 4, 3, 6, 5, 7, 8, 8, 9])
SMALL = {
    "t": T,
    "v": V,
    "events": EVENTS,
    "bursts": BURSTS,
    "share": SHARES,
    "killed": KILLED,
    "log_size": np.log(T),
    "group": np.repeat([0, 1, 2, 3], 3),
    "clinic": np.tile([0, 1, 2], 4),
}
