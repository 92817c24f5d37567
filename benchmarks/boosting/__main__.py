"""``python -m benchmarks.boosting`` writes ``docs/guides/evidence/boosting.*``.

Every number (JSON), the table and the picture; with ``--draw`` the last two from the numbers there.
"""

from benchmarks.boosting.page import main

main()
