"""Numbers and instants among those of another dtype, exactly or not at all."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def exact_cast(array: NDArray[Any], dtype: np.dtype[Any]) -> tuple[NDArray[Any], Mask | None]:
    """``array`` as ``dtype``, and which entries keep their value; None if all do."""
    old = array.dtype
    if old == dtype or (old.kind == dtype.kind and old.kind in "biuf" and old.itemsize <= dtype.itemsize):
        return array.astype(dtype, copy=False), None
    with np.errstate(all="ignore"):
        if old.kind == "f" and dtype.kind in "biu":
            low, high = _range(dtype)
            valid = (array == np.floor(array)) & (array >= low) & (array < float(high + 1))
            return np.where(valid, array, 0).astype(dtype), valid
        cast = array.astype(dtype)
        if old.kind in "biu" and dtype.kind in "biu":
            back = cast.astype(old)
            valid = (back == array) & ((array < 0) == (cast < 0))
        elif old.kind in "biu":  # to floats; all that come from integers are whole
            low, high = _range(old)
            inside = (cast >= low) & (cast < float(high + 1))
            valid = inside & (np.where(inside, cast, 0).astype(old) == array)
        elif old.kind == "f":
            valid = (cast.astype(old) == array) | np.isnan(array)
        else:
            valid = (cast.astype(old) == array) | np.isnat(array)
    return cast, valid


def _range(dtype: np.dtype[Any]) -> tuple[int, int]:
    if dtype.kind == "b":
        return 0, 1
    return int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
