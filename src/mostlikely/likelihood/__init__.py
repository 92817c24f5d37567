"""How probable are the data? Models with their rows, as functions of their parameters.

A `LogLikelihood` is a list of members and perhaps a penalty; a `Member` is family × predictors ×
rows. It is what solvers climb (an objective that can be divided by rows), and what checks ask for
the same model elsewhere: on a part of the rows, with constants held, at a special case.

Open `loglikelihood` first, then `member`, `kernel` (a block's derivatives) and `sums` (what is
added). `coordinates` and `shared` say how parameters and coordinates belong together, `build` makes
one from a model and data, `reduce` has the same sum on fewer rows, `starts` where to begin.

Nothing here may say what an end of a climb means: that is `verdict`.
"""
