"""Argument checks: each names the argument, what was given and what is allowed."""

from __future__ import annotations

import math
import numbers
import operator
import reprlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

INT32_MAX = 2**31 - 1


def shown(value: Any) -> str:
    """A value in an error message: one short line, whatever it is."""
    return " ".join(reprlib.repr(value).split())


def dense_array(x: Any, name: str) -> NDArray[Any]:
    """``x`` as an array of any dtype; ValueError for masked entries and rows of different lengths."""
    if np.ma.is_masked(x):
        raise ValueError(f"{name} has masked entries; fill them first")
    try:
        return np.asarray(x)
    except ValueError:
        raise ValueError(f"{name}: rows have different lengths") from None


def real_array(x: Any, name: str) -> NDArray[Any]:
    """``x`` as an array of integers or floats, not copied when it is one.

    Raises
    ------
    TypeError
        Booleans, complex numbers, text, dates or objects.
    ValueError
        Rows of different lengths.
    """
    if hasattr(x, "toarray") and hasattr(x, "nnz"):
        raise TypeError(f"{name}: sparse matrices are not allowed here, give a dense array")
    array = dense_array(x, name)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} has dtype {array.dtype}; allowed are integers and floats")
    if array.dtype.itemsize > 8:  # long double
        array = array.astype(np.float64)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def check_finite(array: NDArray[Any], name: str) -> None:
    """Raise ValueError naming the first entry that is NaN or infinite."""
    if array.dtype.kind != "f" or array.size == 0:
        return
    # min and max carry NaN along and need no temporary array
    if math.isfinite(array.min()) and math.isfinite(array.max()):
        return
    first = np.unravel_index(int(np.argmin(np.isfinite(array))), array.shape)
    index = ", ".join(str(int(i)) for i in first)
    raise ValueError(f"{name}[{index}] is {array[first]}; all entries must be finite")


def exact_float64(array: NDArray[Any], name: str) -> NDArray[np.float64]:
    """Contiguous float64, without a copy if it is that; integers that float64 cannot hold are an error."""
    converted = np.ascontiguousarray(array, dtype=np.float64)
    if array.dtype.kind in "iu" and array.dtype.itemsize == 8 and array.size:
        largest = max(int(array.max()), -int(array.min()))
        if largest > 2**53:
            raise ValueError(
                f"{name} holds the integer {largest} (absolute value); float64 is exact up to 2^53"
            )
    return converted


def id_array(x: Any, name: str, n: int, *, padding: bool = False) -> NDArray[np.int32]:
    """``x`` as contiguous int32 ids in 0..n-1 (and -1 where ``padding`` is allowed).

    Raises
    ------
    TypeError
        A dtype other than an integer one.
    ValueError
        An id out of range, with its index.
    """
    array = dense_array(x, name)
    if array.size == 0 and array.dtype.kind == "f":  # an empty list
        array = array.astype(np.int32)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name} has dtype {array.dtype}; ids must be integers")
    lowest = -1 if padding else 0
    if array.size and not (lowest <= int(array.min()) and int(array.max()) < n):
        wrong = (array < lowest) | (array >= n)
        first = np.unravel_index(int(np.argmax(wrong)), array.shape)
        index = ", ".join(str(int(i)) for i in first)
        allowed = f"0..{n - 1}" + (" (or -1 for padding)" if padding else "")
        raise ValueError(f"{name}[{index}] = {array[first]} is out of range; allowed are {allowed}")
    return np.ascontiguousarray(array, dtype=np.int32)


def permutation(x: Any, name: str, n: int) -> NDArray[np.int32]:
    """``x`` as a contiguous int32 permutation of 0..n-1; the error names an id missing or given twice."""
    ids = id_array(x, name, n)
    if ids.ndim != 1:
        raise ValueError(f"{name} has shape {ids.shape}; allowed is ({n},)")
    counts = np.bincount(ids, minlength=n)
    twice = int(np.argmax(counts > 1)) if (counts > 1).any() else None
    missing = int(np.argmin(counts)) if (counts == 0).any() else None
    if len(ids) != n:
        detail = f"; id {missing} is missing" if missing is not None else f"; id {twice} is given twice"
        raise ValueError(f"{name} has {len(ids)} ids, the problem has {n}{detail}")
    if twice is not None:
        at = np.flatnonzero(ids == twice)
        raise ValueError(
            f"{name} is not a permutation: id {twice} is given twice (at {at[0]} and {at[1]}), "
            f"id {missing} is missing"
        )
    return ids


def integer(value: Any, name: str, minimum: int | None = None, maximum: int | None = None) -> int:
    """``value`` as an int within bounds; floats and booleans are a TypeError."""
    if isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be an integer, got {shown(value)}")
    try:
        result = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {shown(value)} ({type(value).__name__})") from None
    _check_bounds(result, name, minimum, maximum)
    return result


def number(value: Any, name: str, minimum: float | None = None, maximum: float | None = None) -> float:
    """``value`` as a finite float within bounds; booleans, text and NaN are errors."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a number, got {shown(value)} ({type(value).__name__})")
    result = float(value)
    if not math.isfinite(result):
        raise ValueError(f"{name} must be finite, got {result}")
    _check_bounds(result, name, minimum, maximum)
    return result


def choice(value: Any, name: str, allowed: Iterable[str]) -> str:
    """``value`` if it is one of the allowed names."""
    names = list(allowed)
    if not isinstance(value, str):
        raise TypeError(f"{name} must be one of {', '.join(names)}, got {shown(value)}")
    if value not in names:
        raise ValueError(f"unknown {name} {shown(value)}; allowed are {', '.join(names)}")
    return value


def _check_bounds(value: float, name: str, minimum: float | None, maximum: float | None) -> None:
    if minimum is not None and value < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {value}")
    if maximum is not None and value > maximum:
        raise ValueError(f"{name} must be at most {maximum}, got {value}")
