"""Where is the maximum? Solvers of objectives θ → (value, score, information).

An objective says how large an ordinary step is in each coordinate (``units``) and what sets its
rounding (``total``); the rest is calculus. Every solver returns a point with why it stopped
there (`optimum.Stop`), and what is said of a point was computed at it.

Open `objective` first, then `climb` (from starts to maxima) and `maximise` (Newton's method in a
trust region). Maxima of other kinds: `constrained` (within linear constraints), `restrict` (where
functions keep their values), `corners` (of absolute losses), `lasso`. `profile` finds the end of
an interval.

Nothing here may know a family, a table, a parameter's name, or a verdict.
"""
