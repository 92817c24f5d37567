"""How large a Parquet file becomes when it is read, asked before it is read."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from mostlikely.errors import DataError

__all__ = ["refuse_large"]


def refuse_large(content: bytes, name: str, columns: int, cells: int, size: int) -> None:
    """Raise DataError if a Parquet file says that it is larger than that, or is found to be.

    A few kilobytes can stand for gigabytes: pages are compressed, and one value may stand for
    a billion rows. The footer says how large the pages and how many the rows are; as a footer may
    lie, the rows are counted too, a batch at a time, text as codes, until they are too many.

    Parameters
    ----------
    content : bytes
    name : str
        Of the file.
    columns, cells, size : int
        The largest number of columns, of cells, and of bytes in memory.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise DataError(
            f"{name} is a Parquet file, and to look at it before it is read takes pyarrow: "
            'pip install "mostlikely[files]"'
        ) from None
    try:
        file = pq.ParquetFile(BytesIO(content))
        about = file.metadata
        unpacked = sum(about.row_group(k).total_byte_size for k in range(about.num_row_groups))
        wide, rows = about.num_columns, about.num_rows
        texts = [f.name for f in file.schema_arrow if _is_text(f.type)]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable(name, error) from None
    if wide > columns:
        raise DataError(f"{name} has {wide:,} columns; the page takes up to {columns:,}.")
    if rows * wide > cells or unpacked > size:
        raise _large(name, cells, size)
    try:
        file = pq.ParquetFile(BytesIO(content), read_dictionary=texts)
        seen = held = 0
        for batch in file.iter_batches(batch_size=8192):
            seen, held = seen + batch.num_rows, held + _expanded(batch)
            if seen * wide > cells or held > size:
                raise _large(name, cells, size)
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise _unreadable(name, error) from None


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    of = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_binary,
        pa.types.is_large_binary,
    )
    return any(is_one(kind) for is_one in of)


def _expanded(batch: Any) -> int:
    """Bytes of a batch when each row holds its own text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    total = 0
    for column in batch.columns:
        if pa.types.is_dictionary(column.type):
            lengths = pc.binary_length(column.dictionary).take(column.indices.drop_null())
            total += pc.sum(lengths).as_py() or 0
        total += column.nbytes
    return total


def _large(name: str, cells: int, size: int) -> DataError:
    return DataError(
        f"{name} is too large when it is unpacked: the page takes up to {cells:,} cells and "
        f"{size // 2**20} MB. Larger files are fitted from the command line or Python."
    )


def _unreadable(name: str, error: Exception) -> DataError:
    reason = " ".join(str(error).split())[:200].rstrip(". ")
    return DataError(f"{name} cannot be read as a table: {reason}.")
