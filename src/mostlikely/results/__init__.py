"""What is handed back? A fit, what it says of its rows and of other fits, and its file.

A `Fit` is frozen. Its methods are short calls into the folders below: how sure it is of its numbers
(`uncertainty`), what it says of rows and columns (`effects`), information criteria (`criteria`).
`comparison` has fits side by side, `store` the file of one: plain JSON that runs no code.

Open `fit` first: its fields are all that a loaded fit knows; the proof and the data are in
`Fit.evidence`, which says so in a sentence where they are gone.

Nothing here may compute: a formula belongs to `inference`, a table to `report`, a picture to
`plot`. What was saved must load for ever: `tests/saved` holds files of the first format.
"""
