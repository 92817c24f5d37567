"""What was found? The argmax of a log-likelihood, and the proof of what it is.

`estimate.estimate` is the only driver: start, reduce, climb, judge. Whoever needs another maximum
calls it. A check is one way in which the supremum can lie elsewhere than where the climb ended;
each that suspects something returns a proof with its height, and the highest wins.

Open `estimate` first, then `search` (the checks in their order, and why that one) and `check` (the
protocol). `proof` is what is handed on; `sentences` has every verdict's words, once. All else is
one check a file, with what it needs.

Nothing here may know a fit, a covariance, or how anything is printed; no check imports the driver.
"""
