"""What is handed back? A fit, what it says of its rows and of other fits, and its file.

A `Fit` is frozen. What it knows, and how sure it is, is `inference.fitted`; here it gets words,
pictures and a file. `comparison` has fits side by side, `effects` the marginal effects of one,
`store` the file: plain JSON that runs no code.

Open `fit` first: its fields (`inference.estimate`) are all that a loaded fit knows; the proof and
the data are in `Fit.evidence`, which says so in a sentence where they are gone.

Nothing here may compute: a formula belongs to `inference`, a table to `report`, a picture to
`plot`. What was saved must load for ever: `tests/saved` holds files of the first format.
"""
