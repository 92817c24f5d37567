"""The pages of a Parquet file by their own headers: how large each becomes when it is unpacked.

A reader makes room for what a page's header says, whatever the footer says of the whole. The
headers are Thrift structures in the compact protocol [1]_, with the fields of [2]_.

References
----------
.. [1] Apache Thrift, *Thrift compact protocol encoding*, doc/specs/thrift-compact-protocol.md.
.. [2] Apache Parquet, *parquet.thrift*, ``PageHeader``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

__all__ = ["Page", "pages"]

#: The fields of a page header, and of what it holds for each kind of page.
UNPACKED, PACKED, DATA, DATA_V2 = 2, 3, 5, 8
#: Where each says its encoding.
ENCODING = {DATA: 2, DATA_V2: 4}
#: Structures in structures: a page header has two.
DEEP = 6


class Page(NamedTuple):
    """A page.

    Parameters
    ----------
    size : int
        Bytes when unpacked.
    encoding : int
        Of its values, by number; -1 for a dictionary.
    """

    size: int
    encoding: int


def pages(content: bytes, start: int, end: int) -> Iterator[Page]:
    """The pages between two places of a file.

    Raises
    ------
    ValueError
        If these are no page headers.
    """
    reader = _Reader(content, start)
    if not 0 <= start <= end <= len(content):
        raise ValueError("a column lies outside of the file")
    while reader.at < end:
        header = reader.struct()
        size, packed = header.get(UNPACKED), header.get(PACKED)
        if not isinstance(size, int) or not isinstance(packed, int) or size < 0 or packed < 0:
            raise ValueError("a page has no size")
        kind = next((k for k in ENCODING if isinstance(header.get(k), dict)), None)
        yield Page(size, -1 if kind is None else header[kind].get(ENCODING[kind], -1))
        reader.at += packed


class _Reader:
    """Reads the compact protocol: whole numbers and structures; all else is passed over."""

    def __init__(self, content: bytes, at: int) -> None:
        self.content, self.at = content, at

    def byte(self) -> int:
        if self.at >= len(self.content):
            raise ValueError("a page header is cut off")
        self.at += 1
        return self.content[self.at - 1]

    def varint(self) -> int:
        found = shift = 0
        while shift < 70:
            byte = self.byte()
            found |= (byte & 0x7F) << shift
            if byte < 0x80:
                return found
            shift += 7
        raise ValueError("a number in a page header has no end")

    def struct(self, depth: int = 0) -> dict[int, Any]:
        if depth > DEEP:
            raise ValueError("a page header is too deep")
        found: dict[int, Any] = {}
        field = 0
        while (head := self.byte()) != 0:
            step, kind = head >> 4, head & 0x0F
            field = field + step if step else _signed(self.varint())
            found[field] = self.value(kind, depth)
        return found

    def value(self, kind: int, depth: int) -> Any:
        if kind in (1, 2):  # true and false are in the kind
            return None
        if kind == 3:
            return self.byte()
        if kind in (4, 5, 6):
            return _signed(self.varint())
        if kind == 7:
            self.at += 8
            return None
        if kind == 8:
            long = self.varint()  # which moves the place itself
            self.at += long
            return None
        if kind == 12:
            return self.struct(depth + 1)
        raise ValueError("a page header has a field that it cannot have")


def _signed(number: int) -> int:
    return (number >> 1) ^ -(number & 1)
