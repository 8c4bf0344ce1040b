"""Arguments that all tables take alike: seeds, keys to store and keys to look up."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer._common.arrays import choice, integer, shown
from wayseer._core import hashing as _core
from wayseer.hashing.casts import Mask
from wayseer.hashing.keys import Keys, KeyType, cast_keys, key_at, read_keys
from wayseer.hashing.rows import RowKeys, cast_rows, is_column, read_rows, row_at


def checked_seed(seed: int | None) -> int:
    """A seed of 64 bits; None draws one."""
    if seed is None:
        return _core.random_seed()
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise TypeError(f"seed must be an integer, got {shown(seed)}")
    if not 0 <= seed < 2**64:
        raise ValueError(f"seed must be at least 0 and below 2^64, got {seed}")
    return int(seed)


#: Hash functions by name, and what compiled tables and files call them.
HASHERS = {"default": 1, "siphash13": 2, "siphash24": 3}


def hasher_id(hasher: str) -> int:
    """The number of a hash function that users name."""
    return HASHERS[choice(hasher, "hasher", tuple(HASHERS))]


def hasher_name(hash_id: int) -> str:
    """The name of a hash function."""
    return {number: name for name, number in HASHERS.items()}[hash_id]


def checked_threads(threads: int) -> int:
    """A number of threads, 1 to 1024."""
    return integer(threads, "threads", 1, 1024)


def read_table_keys(x: Any) -> Keys | RowKeys:
    """What a table is made from: keys, or rows if it is a tuple of arrays or lists."""
    if isinstance(x, RowKeys):
        return x
    columns = isinstance(x, tuple) and len(x) > 0 and all(is_column(column) for column in x)
    return read_rows(x, "keys") if columns else read_keys(x, "keys")


def read_keys_like(x: Any, wanted: KeyType) -> Keys | RowKeys:
    """What is looked up in a table, or added to it."""
    return read_rows(x, "keys") if wanted.columns else read_keys(x, "keys")


def name_of_key(keys: Keys | RowKeys, position: int) -> str:
    """The key at a flat position, for messages."""
    return row_at(keys, position) if isinstance(keys, RowKeys) else key_at(keys, position)


def _cast(keys: Keys | RowKeys, wanted: KeyType) -> tuple[Keys | RowKeys, Mask | None]:
    return cast_rows(keys, wanted) if isinstance(keys, RowKeys) else cast_keys(keys, wanted)


def cast_all(keys: Keys | RowKeys, wanted: KeyType) -> Keys | RowKeys:
    """Keys as those of a table's type, which must hold them all."""
    cast, valid = _cast(keys, wanted)
    if valid is not None:
        position = int(np.argmin(valid.ravel()))
        key = name_of_key(keys, position)
        raise OverflowError(f"keys holds {key} (at position {position}), which {wanted} cannot hold")
    return cast


def query(
    keys: ArrayLike | Keys | RowKeys, wanted: KeyType, nan_equal: bool
) -> tuple[Any, tuple[int, ...], NDArray[np.bool_] | None]:
    """Words, shape, and which of them can be in a table of the type at all (None: all)."""
    read = read_keys_like(keys, wanted)
    cast, valid = _cast(read, wanted)
    if not nan_equal:
        mask = read.missing()
        if mask is not None:
            possible = ~mask.reshape(read.shape)
            valid = possible if valid is None else valid & possible
    return cast.words(), read.shape, valid


def contains_one(table: Any, key: Any) -> bool:
    """What ``key in table`` says."""
    try:
        found = table.contains(key)
    except OverflowError:  # an integer beyond 64 bits is in no table
        return False
    if np.ndim(found) != 0:
        raise TypeError(f"`in` takes one key, got an array of shape {np.shape(found)}; use contains()")
    return bool(found)
