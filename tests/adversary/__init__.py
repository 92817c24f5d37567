"""Seeded trials against independent judges: ``python -m tests.adversary --minutes 10 --seed 7``.

It uses the public words only, so that another checkout can be judged by the same trials:
``PYTHONPATH=OTHER/src python -m tests.adversary``. Times are of one thread: set
``OPENBLAS_NUM_THREADS=1``. Open `groups` for what is tried, `judges` for
what is held against it, `densities` and `climbs` for how it is known.
"""
