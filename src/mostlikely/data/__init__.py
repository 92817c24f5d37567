"""What was seen? From what the user has to blocks of rows, read and validated once.

A `Sample` is a response that has been looked at: every row a number, finite, inside the support.
It is read in blocks, and not held twice. A `Weighting` says what a weight means, an `Observation`
what a row adds to the log-likelihood by how it was seen.

Open `read` first (one sample, or one sentence that says what is wrong), then `bind` (formulas,
columns and offsets to one set of rows; new rows by what was learnt). `source/` reads columns of any
container, `formula/` turns formulas into designs.

Nothing here may know a likelihood or a solver; of families it reads what they declare.
"""

from mostlikely.data.observation import Exact
from mostlikely.data.read import read_sample
from mostlikely.data.response import Sample
from mostlikely.data.source.blocks import BLOCK, Block

__all__ = ["BLOCK", "Block", "Exact", "Sample", "read_sample"]
