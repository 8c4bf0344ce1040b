"""Keys of several columns, as strings of bytes: the numbers of a row, the lengths of its texts, its texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wayseer._core import hashing as _core
from wayseer.hashing.casts import Mask
from wayseer.hashing.keys import (
    Keys,
    KeyType,
    NumberKeys,
    TextKeys,
    cast_keys,
    from_words,
    key_at,
    read_keys,
)

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class RowKeys:
    """Keys that are rows.

    Attributes
    ----------
    columns : tuple of Keys
        At least one; of equal shapes.
    name : str
        Of the argument, for messages.
    """

    columns: tuple[Keys, ...]
    name: str

    @property
    def type(self) -> KeyType:
        types = tuple(column.type for column in self.columns)
        fields = [(f"f{i}", "O" if t.text else t.dtype) for i, t in enumerate(types)]
        return KeyType(np.dtype(fields), columns=types)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.columns[0].shape

    @property
    def size(self) -> int:
        return self.columns[0].size

    def words(self) -> _core.Texts:
        """The rows in the form that the tables of strings take."""
        fixed, texts = [], []
        for column in self.columns:
            if isinstance(column, NumberKeys):
                fixed.append(_bytes_of(column.words()))
            else:
                strings = column.texts.to_list(False)
                lengths = np.fromiter(map(len, strings), np.int64, len(strings))
                fixed.append(_bytes_of(lengths.astype(np.uint32)))
                texts.append((lengths, np.frombuffer(b"".join(strings), np.uint8)))
        table = np.concatenate(fixed, axis=1)
        sizes = np.full(self.size, table.shape[1], np.int64)
        for of, _ in texts:
            sizes += of
        offsets = np.concatenate(([0], np.cumsum(sizes)))
        if not texts:
            return _core.Texts.from_offsets(offsets, table.ravel())
        out = np.empty(offsets[-1], np.uint8)
        start = offsets[:-1]
        out[start[:, None] + np.arange(table.shape[1])] = table
        start = start + table.shape[1]
        for of, flat in texts:
            out[_places(start, of)] = flat
            start = start + of
        return _core.Texts.from_offsets(offsets, out)

    def missing(self) -> Mask | None:
        """Which rows hold NaN or NaT, flat; None if none does."""
        masks = [mask for mask in (column.missing() for column in self.columns) if mask is not None]
        return np.logical_or.reduce(masks) if masks else None


def is_column(x: Any) -> bool:
    """Whether an item of a list or tuple is a column, not a key."""
    return (
        isinstance(x, list | tuple | range | NumberKeys | TextKeys)
        or (isinstance(x, np.ndarray) and x.ndim > 0)
        or hasattr(x, "__arrow_c_array__")
        or (hasattr(x, "__array__") and np.ndim(x) > 0)
    )


def read_columns(columns: Any, name: str) -> list[Keys]:
    """A list or tuple of columns of one shape."""
    if not isinstance(columns, list | tuple):
        raise TypeError(f"{name} must be a list or tuple of columns, got {type(columns).__name__}")
    if not columns:
        raise ValueError(f"{name} is empty; at least one column is needed")
    read = [read_keys(column, f"{name}[{i}]") for i, column in enumerate(columns)]
    for keys in read:
        if keys.shape != read[0].shape:
            raise ValueError(f"{keys.name} has shape {keys.shape}, {read[0].name} has {read[0].shape}")
    return read


def read_rows(x: Any, name: str) -> RowKeys:
    """A tuple or list of columns; TypeError and ValueError as `read_keys`, and for different shapes."""
    return x if isinstance(x, RowKeys) else RowKeys(tuple(read_columns(x, name)), name)


def cast_rows(rows: RowKeys, wanted: KeyType) -> tuple[RowKeys, Mask | None]:
    """Rows among those of another type, column by column; see `cast_keys`."""
    if len(rows.columns) != len(wanted.columns):
        raise ValueError(f"{rows.name} has {len(rows.columns)} columns, the table has {len(wanted.columns)}")
    pairs = [cast_keys(keys, of) for keys, of in zip(rows.columns, wanted.columns, strict=True)]
    masks = [mask for _, mask in pairs if mask is not None]
    cast = RowKeys(tuple(column for column, _ in pairs), rows.name)
    return cast, np.logical_and.reduce(masks) if masks else None


def row_at(rows: RowKeys, position: int) -> str:
    """The row at a flat position, for messages."""
    return f"({', '.join(key_at(column, position) for column in rows.columns)})"


def from_row_words(words: tuple[Any, Bytes], key_type: KeyType) -> tuple[NDArray[Any], ...]:
    """The columns of the rows whose ``words`` a table gives back."""
    offsets, data = words
    widths = [4 if t.text or t.dtype.itemsize < 8 else 8 for t in key_type.columns]
    table = data[offsets[:-1, None] + np.arange(sum(widths))]
    start = offsets[:-1] + sum(widths)
    columns = []
    for of, width, part in zip(
        key_type.columns, widths, np.split(table, np.cumsum(widths)[:-1], axis=1), strict=True
    ):
        numbers = np.ascontiguousarray(part).view(f"u{width}").ravel()
        if of.text:
            lengths = numbers.astype(np.int64)
            texts = np.concatenate(([0], np.cumsum(lengths))), data[_places(start, lengths)]
            columns.append(from_words(texts, of))
            start = start + lengths
        else:
            columns.append(from_words(numbers, of))
    return tuple(columns)


def _bytes_of(words: NDArray[Any]) -> Bytes:
    """Each word's bytes, as a row."""
    return np.ascontiguousarray(words).view(np.uint8).reshape(len(words), words.dtype.itemsize)


def _places(start: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """start[0], start[0] + 1, ... lengths[0] of them, then those from start[1] on, and so forth."""
    before = np.cumsum(lengths) - lengths
    return np.repeat(start - before, lengths) + np.arange(lengths.sum())
