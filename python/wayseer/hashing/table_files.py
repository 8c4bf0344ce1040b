"""Opening tables that were saved."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from wayseer._common.arrays import choice
from wayseer._common.errors import FormatError
from wayseer._core import hashing as _core
from wayseer.hashing.hash_map import HashMap, HashSet, from_file
from wayseer.hashing.keys import KeyType
from wayseer.hashing.strata_map import StrataMap, table_class

_STRATA_MAP, _STRATA_SET = 1, 2


def open_table(
    path: str | os.PathLike[str], mmap: bool = False, verify: str = "meta"
) -> StrataMap | HashMap | HashSet:
    """Open a table that ``save`` has written: a `StrataMap`, `HashMap` or `HashSet`.

    Parameters
    ----------
    path : path
    mmap : bool
        Use the table where the file is mapped: opening takes no time and no memory, several processes share
        one copy, and the table is read-only. Otherwise it is read into memory and can be written to. Nobody
        may cut the file shorter while it is mapped; replacing it, as ``save`` does, is fine.
    verify : {"header", "meta", "all"}
        What is compared with checksums: the header; also what tells keys apart (of a `StrataMap` the tags
        and filters, 8 % of the file; of strings the index); also keys and values. A damaged part that was
        not compared gives wrong answers, never a crash.

    Raises
    ------
    wayseer.FormatError
        The file is no table, is damaged, or was written by another version; with ``path`` and ``offset``.
    OSError
        The file cannot be read.

    Notes
    -----
    The slots of a `StrataMap` are those that it had. Seed and hash function are in the file: whoever can
    read it can choose keys that collide.
    """
    choice(verify, "verify", ("header", "meta", "all"))
    file = _core.TableFile(os.fsdecode(path))
    value_dtype = _value_dtype(file.value_dtype, path) if file.value_dtype else None
    key_type = _key_type(file, path)
    if file.kind in (_STRATA_MAP, _STRATA_SET):
        table = table_class(key_type, value_dtype).open(file, verify, not mmap)
        return StrataMap._around(table, key_type, value_dtype)
    return from_file(file, key_type, value_dtype, verify, not mmap)


def _key_type(file: _core.TableFile, path: str | os.PathLike[str]) -> KeyType:
    try:
        return KeyType.from_file(file.key_dtype)
    except (TypeError, ValueError) as error:
        raise FormatError(f"key dtype at byte 32: {error}", path, offset=32) from None


def _value_dtype(name: str, path: str | os.PathLike[str]) -> np.dtype[Any]:
    try:
        dtype = np.dtype(name)
    except (TypeError, ValueError) as error:
        raise FormatError(f"value dtype at byte 48: {error}", path, offset=48) from None
    if dtype.kind == "V":
        raise FormatError(f"value dtype at byte 48: values are records of C++ ({name})", path, offset=48)
    return dtype
