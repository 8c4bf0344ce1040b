"""Values of every accepted dtype as words of 4 or 8 bytes, which is what the compiled tables hold."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer._common.arrays import dense_array, shown
from wayseer.hashing.casts import exact_cast


def word_size(dtype: np.dtype[Any]) -> int:
    """Of the words that hold values of a dtype: 4 or 8 bytes."""
    return 8 if dtype.itemsize == 8 else 4


def packed_dtype(dtype: np.dtype[Any]) -> type[np.uint32] | type[np.uint64]:
    """Of the words that hold values of a dtype."""
    return np.uint64 if dtype.itemsize == 8 else np.uint32


def read_values(values: ArrayLike, shape: tuple[int, ...]) -> NDArray[Any]:
    """Values in native byte order and of the shape of the keys; one value goes for all."""
    array = dense_array(values, "values")
    if array.dtype.kind not in "biufmM" or array.dtype.itemsize > 8:
        raise TypeError(
            f"values has dtype {array.dtype}; allowed are bool, integers, floats, datetime64, timedelta64"
        )
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if array.ndim == 0:
        array = np.broadcast_to(array, shape)
    if array.shape != shape:
        raise ValueError(f"values has shape {array.shape}, keys has {shape}")
    return array


def cast_values(
    values: NDArray[Any], dtype: np.dtype[Any], name: str
) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Values as another dtype, and which keep their value; None if all do."""
    if values.dtype == dtype:
        return values, None
    if not (values.dtype.kind in "biuf" and dtype.kind in "biuf") and values.dtype.kind != dtype.kind:
        raise TypeError(f"{name} has dtype {values.dtype}, the map holds {dtype}")
    cast, valid = exact_cast(values, dtype)
    if values.dtype.kind == "f" and dtype.kind == "f":  # rounding is what narrow floats are for
        valid = None
    return cast, valid


def cast_default(default: Any, dtype: np.dtype[Any]) -> int:
    """The word of a default, which must be one that the dtype holds."""
    array = np.asarray(default)
    if array.ndim != 0:
        raise TypeError(f"default must be one value, got {shown(default)}")
    array = read_values(array, ())
    cast, valid = cast_values(array, dtype, "default")
    if valid is not None and not valid.all():
        raise OverflowError(f"default {shown(default)} is no {dtype}; give one that is")
    return int(pack_values(np.asarray(cast).reshape(1))[0])


def pack_values(values: NDArray[Any]) -> NDArray[Any]:
    """Values as words."""
    size = values.dtype.itemsize
    words = np.ascontiguousarray(values).view(f"u{size}")
    return words.astype(np.uint32) if size < 4 else words


def unpack_values(words: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Words as the values they hold."""
    size = dtype.itemsize
    return (words.astype(f"u{size}") if size < 4 else words).view(dtype)
