"""Opening tables that were saved."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from wayseer._common.arrays import choice
from wayseer._common.errors import FormatError
from wayseer._core import hashing as _core
from wayseer.hashing.keys import KeyType
from wayseer.hashing.strata_map import StrataMap, table_class

_STRATA_MAP, _STRATA_SET = 1, 2


def open_table(path: str | os.PathLike[str], mmap: bool = False, verify: str = "meta") -> StrataMap:
    """Open a table that ``save`` has written; every key has the slot that it had.

    Parameters
    ----------
    path : path
    mmap : bool
        Use the table where the file is mapped: opening takes no time and no memory, several processes share
        one copy, and the table is read-only. Otherwise it is read into memory and can be written to. Nobody
        may cut the file shorter while it is mapped; replacing it, as ``save`` does, is fine.
    verify : {"header", "meta", "all"}
        What is compared with checksums: the header; also the tags and filters, 8 % of the file; also keys
        and values. A damaged part that was not compared gives wrong answers, never a crash.

    Raises
    ------
    wayseer.FormatError
        The file is no table, is damaged, or was written by another version; with ``path`` and ``offset``.
    OSError
        The file cannot be read.
    """
    choice(verify, "verify", ("header", "meta", "all"))
    file = _core.TableFile(os.fsdecode(path))
    if file.kind not in (_STRATA_MAP, _STRATA_SET):
        raise FormatError(f"kind at byte 16: expected 1 or 2, found {file.kind}", path, offset=16)
    key_type = KeyType(_dtype(file.key_dtype, path, 32))
    value_dtype = None if file.kind == _STRATA_SET else _dtype(file.value_dtype, path, 48)
    table = table_class(key_type, value_dtype).open(file, verify, not mmap)
    return StrataMap._around(table, key_type, value_dtype)


def _dtype(name: str, path: str | os.PathLike[str], offset: int) -> np.dtype[Any]:
    try:
        return np.dtype(name)
    except (TypeError, ValueError) as error:
        raise FormatError(f"dtype at byte {offset}: {error}", path, offset=offset) from None
