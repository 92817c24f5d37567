"""``python -m benchmarks.networks``: train, and write the guide's tables and pictures."""

from benchmarks.networks.page import write

write()
