"""A Parquet file from a browser: how large it becomes is asked before it is read, and counted then.

A few kilobytes can stand for gigabytes: pages are compressed, one value may stand for a billion
rows, and one text of a dictionary for each of them.
"""

from __future__ import annotations

from collections import Counter
from io import BytesIO
from typing import Any

from mostlikely.errors import DataError
from mostlikely.web.thrift import pages

__all__ = ["read_parquet"]

#: The encoding in which a text is what it shares with the one before, and the rest: a row of a
#: byte may be a megabyte of text.
DELTA_BYTE_ARRAY = 7
#: More pages than a file of a table has.
MAX_PAGES = 200_000


def read_parquet(content: bytes, name: str, columns: int, cells: int, size: int) -> Any:
    """The table in a Parquet file, unless it says that it is larger, or is found to be.

    The footer says how many the rows are and how large the pages. As a footer may lie, each page's
    own header is asked, and the rows are counted while they are read, a batch at a time, text as
    codes, until they are too many. Columns of lists, of structures and of bytes, which nothing here
    uses, are not read at all.

    Parameters
    ----------
    content : bytes
    name : str
        Of the file.
    columns, cells, size : int
        The largest number of columns, of cells, and of bytes in memory.

    Returns
    -------
    narwhals.DataFrame

    Raises
    ------
    DataError
        If it is too large, or cannot be read.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise DataError(
            f"{name} is a Parquet file, and to look at it before it is read takes pyarrow: "
            'pip install "mostlikely[files]".'
        ) from None
    try:
        file = pq.ParquetFile(BytesIO(content))
        about = file.metadata
        wide, rows = about.num_columns, about.num_rows
        if wide > columns:
            raise DataError(f"{name} has {wide:,} columns; the page takes up to {columns:,}.")
        if rows * wide > cells or _unpacked(content, about, name, size) > size:
            raise _large(name, cells, size)
        fields = _flat(file)
        texts = [f.name for f in fields if _is_text(f.type)]
        file = pq.ParquetFile(BytesIO(content), read_dictionary=texts)
        batches, seen, held = [], 0, 0
        for batch in file.iter_batches(batch_size=8192, columns=[f.name for f in fields]):
            seen, held = seen + batch.num_rows, held + _expanded(batch)
            if seen * wide > cells or held > size:
                raise _large(name, cells, size)
            batches.append(batch)
        return _frame(batches, fields)
    except DataError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())[:200].rstrip(". ")
        raise DataError(f"{name} cannot be read as a table: {reason}.") from None


def _unpacked(content: bytes, about: Any, name: str, size: int) -> int:
    """Bytes of all pages by their own headers, or the first number that is too large."""
    total = count = 0
    for k in range(about.num_row_groups):
        group = about.row_group(k)
        for column in map(group.column, range(group.num_columns)):
            if not column.num_values:  # a reader reads no page then
                continue
            first, data = column.dictionary_page_offset, column.data_page_offset
            start = data if first is None or not 0 < first < data else first
            for page in pages(content, start, start + column.total_compressed_size):
                total, count = total + page.size, count + 1
                if page.encoding == DELTA_BYTE_ARRAY:
                    raise DataError(
                        f"{name} has texts by what they share with the one before "
                        "(DELTA_BYTE_ARRAY), whose length is not known before they are read; "
                        "write it with a dictionary, or plain."
                    )
                if total > size or count > MAX_PAGES:
                    return size + 1
    return total


def _flat(file: Any) -> list[Any]:
    """The columns of one value a row; a name that also leads into another column is left out."""
    fields = list(file.schema_arrow)
    paths = Counter(file.schema.column(k).path for k in range(len(file.schema)))
    kept = [f for f in fields if _is_flat(f.type)]
    nested = paths - Counter(f.name for f in kept)
    return [f for f in kept if not any(f"{path}.".startswith(f"{f.name}.") for path in nested)]


def _is_flat(kind: Any) -> bool:
    import pyarrow.types as are

    if are.is_dictionary(kind):
        kind = kind.value_type
    numbers = are.is_integer(kind) or are.is_floating(kind) or are.is_decimal(kind)
    others = are.is_boolean(kind) or are.is_temporal(kind) or are.is_null(kind)
    return bool(numbers or others or _is_text(kind))


def _is_text(kind: Any) -> bool:
    import pyarrow.types as are

    return bool(are.is_string(kind) or are.is_large_string(kind))


def _expanded(batch: Any) -> int:
    """Bytes of a batch when each row holds its own text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    total = 0
    for column in batch.columns:
        if pa.types.is_dictionary(column.type) and _is_text(column.type.value_type):
            lengths = pc.binary_length(column.dictionary).take(column.indices.drop_null())
            total += pc.sum(lengths).as_py() or 0
        total += column.nbytes
    return total


def _frame(batches: list[Any], fields: list[Any]) -> Any:
    """Batches as one table; codes of numbers are the numbers again."""
    import narwhals as nw
    import pyarrow as pa

    if not batches:
        return nw.from_native(pa.schema(fields).empty_table(), eager_only=True)
    table = pa.Table.from_batches(batches)
    for place, column in enumerate(table.columns):
        if pa.types.is_dictionary(column.type) and not _is_text(column.type.value_type):
            plain = column.cast(column.type.value_type)
            table = table.set_column(place, table.column_names[place], plain)
    return nw.from_native(table, eager_only=True)


def _large(name: str, cells: int, size: int) -> DataError:
    return DataError(
        f"{name} is too large when it is unpacked: the page takes up to {cells:,} cells and "
        f"{size // 2**20} MB. Larger files are fitted from the command line or Python."
    )
