"""From what the user has to blocks of rows: read, validated once, summed in any number."""

from mostlikely.data.observation import Exact
from mostlikely.data.read import read_sample
from mostlikely.data.response import Sample
from mostlikely.data.source.blocks import BLOCK, Block

__all__ = ["BLOCK", "Block", "Exact", "Sample", "read_sample"]
