"""Attributes of vectors, and filters on them, as the compiled index takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wayseer._common.arrays import dense_array, integer, shown

#: What an attribute has to be: equal to a value, in (lo, hi), or one of several.
Condition: TypeAlias = Any
Filter: TypeAlias = Mapping[str, Condition]

_INT64 = np.iinfo(np.int64)


def read_filters(
    given: Any, numbers: Mapping[str, int], queries: int
) -> tuple[list[list[Any]], NDArray[np.int32]]:
    """Each different filter once, and which of them each query has (an empty array: all the first)."""
    if given is None or isinstance(given, Mapping):
        return [_conditions(given, numbers, "filter")], np.zeros(0, np.int32)
    if isinstance(given, str | bytes) or not isinstance(given, Sequence):
        raise TypeError(
            f"filter must be a mapping, a sequence of mappings or None, got {shown(given)} "
            f"({type(given).__name__})"
        )
    given = list(given)  # keeps the objects alive whose identity is looked up
    if len(given) != queries:
        raise ValueError(f"filter has {len(given)} entries for {queries} queries; allowed is one for each")
    read: list[list[Any]] = []
    known: dict[int, int] = {}  # queries often share an object
    same: dict[Any, int] = {}
    filter_of = np.empty(queries, np.int32)
    for i, item in enumerate(given):
        number = known.get(id(item))
        if number is None:
            conditions = _conditions(item, numbers, f"filter[{i}]")
            key = tuple((c[0], c[1].tobytes()) if len(c) == 2 else c for c in conditions)
            number = same.setdefault(key, len(read))
            if number == len(read):
                read.append(conditions)
            known[id(item)] = number
        filter_of[i] = number
    return read, filter_of


def _conditions(given: Any, numbers: Mapping[str, int], name: str) -> list[Any]:
    """A list of (attribute, lo, hi) or (attribute, values)."""
    if given is None:
        return []
    if not isinstance(given, Mapping):
        raise TypeError(f"{name} must be a mapping or None, got {shown(given)} ({type(given).__name__})")
    made: list[Any] = []
    for attribute, condition in given.items():
        number = numbers.get(attribute) if isinstance(attribute, str) else None
        if number is None:
            allowed = ", ".join(numbers) or "none: the index has no attributes"
            raise ValueError(f"{name} has unknown attribute {shown(attribute)}; allowed are {allowed}")
        made.append((number, *_condition(condition, f"{name}[{attribute!r}]")))
    return made


def _condition(given: Condition, name: str) -> tuple[int, int] | tuple[NDArray[np.int64]]:
    if isinstance(given, tuple):
        if len(given) != 2:
            raise ValueError(
                f"{name} is a tuple of {len(given)}, {shown(given)}; allowed is (lo, hi), or a list for one "
                "of several values"
            )
        low = _INT64.min if given[0] is None else _whole(given[0], f"{name}[0]")
        high = _INT64.max if given[1] is None else _whole(given[1], f"{name}[1]")
        if low > high or low > _INT64.max or high < _INT64.min:
            return (np.empty(0, np.int64),)
        return max(low, int(_INT64.min)), min(high, int(_INT64.max))
    if isinstance(given, np.ndarray) and given.ndim:
        return (_values(given, name),)
    if isinstance(given, range) and given.step == 1:
        return _condition((given.start, given.stop - 1), name)
    if isinstance(given, Iterable) and not isinstance(given, str | bytes | Mapping | np.ndarray):
        values = [_whole(value, f"an entry of {name}") for value in given]
        return (np.array([v for v in values if _INT64.min <= v <= _INT64.max], np.int64),)
    value = _whole(given, name)
    if not _INT64.min <= value <= _INT64.max:
        return (np.empty(0, np.int64),)
    return value, value


def _whole(value: Any, name: str) -> int:
    """A whole number or a boolean, of any size."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    return int(value) if isinstance(value, bool | np.bool_) else integer(value, name)


def _values(given: NDArray[Any], name: str) -> NDArray[np.int64]:
    """An array of values, of which those beyond int64 match nothing."""
    given = dense_array(given, name)
    if given.size == 0:
        return np.empty(0, np.int64)
    if given.ndim != 1 or given.dtype.kind not in "iub":
        raise TypeError(
            f"{name} has dtype {given.dtype} and shape {given.shape}; allowed are integers and booleans "
            "in one dimension"
        )
    if given.dtype == np.uint64:
        given = given[given <= np.uint64(_INT64.max)]
    return np.ascontiguousarray(given, np.int64)


def read_columns(attrs: Any, n: int) -> dict[str, NDArray[np.int64]]:
    """Each attribute as int64."""
    if not isinstance(attrs, Mapping):
        raise TypeError(f"attrs must be a mapping of names to arrays, got {type(attrs).__name__}")
    columns = {}
    for name, values in attrs.items():
        if not isinstance(name, str):
            raise TypeError(
                f"attrs has the name {shown(name)} ({type(name).__name__}); names must be strings"
            )
        try:
            name.encode()
        except UnicodeEncodeError:
            raise ValueError(f"attrs has the name {shown(name)}, which is not Unicode") from None
        column = dense_array(values, f"attrs[{name!r}]")
        if column.dtype.kind not in "iub":
            raise TypeError(
                f"attrs[{name!r}] has dtype {column.dtype}; allowed are integers and booleans (number the "
                "values of others first, with factorize)"
            )
        if column.shape != (n,):
            raise ValueError(f"attrs[{name!r}] must have shape ({n},) like X has rows, got {column.shape}")
        if column.dtype == np.uint64 and int(column.max()) > _INT64.max:
            raise ValueError(f"attrs[{name!r}] holds {int(column.max())}; allowed are integers below 2^63")
        columns[name] = np.ascontiguousarray(column, np.int64)
    return columns
