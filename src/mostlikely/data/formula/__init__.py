"""Which columns does a formula mean? Read, turned into columns, kept for new rows.

What has been learnt from the data of the fit (levels, knots, centres) is kept in the coding, so
that new rows give the same columns. No matrix of all rows is made: a design is read in blocks, and
factors of many levels stay codes.

Open `terms` first (a formula to the pieces of a design), then `design` (blocks, and the sums over
them). `parse` takes formulas apart, `factors` and `pieces` are what terms are made of, `arrays`
does without a formula, `functions` runs the user's own, `orthogonal` has columns of one size.

Nothing here may know a family or a parameter. A formula is code that is run.
"""
