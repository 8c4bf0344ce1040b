"""Maps and sets of fixed capacity that may be full, and whose keys never move."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from wayseer._common.arrays import choice, integer, number
from wayseer._core import hashing as _core
from wayseer.hashing.errors import TableFullError
from wayseer.hashing.keys import Keys, KeyType, key_at, read_keys
from wayseer.hashing.queries import (
    cast_all,
    checked_seed,
    checked_threads,
    contains_one,
    hasher_id,
    hasher_name,
    name_of_key,
    query,
)
from wayseer.hashing.values import (
    cast_default,
    cast_values,
    pack_values,
    packed_dtype,
    read_values,
    unpack_values,
    word_size,
)

_POLICIES = ("first", "last", "error")
_MAX_CAPACITY = 2**40


class StrataMap:
    """A map of fixed capacity whose keys never move: the slot of a key is a row id until it is erased.

    Made for tables that are nearly full. At load 0.99 a look-up examines 1.2 lines of 64 bytes on average,
    whether the key is there or not, and 8 at most; keys and values of 8 bytes take 17.3 bytes together.

    Parameters
    ----------
    capacity : int
        Keys that the table accepts, 1 to 2^40. It never grows by itself; see `rehash`.
    key_dtype : dtype
        Booleans, integers, floats or instants (datetime64, timedelta64). -0.0 and 0.0 are one key, and so is
        every NaN; NaT equals itself.
    value_dtype : dtype or None
        At most 8 bytes; None makes a set.
    max_load : float
        The share of slots that `capacity` keys fill, above 0 and at most 1.
    seed : int, optional
        Of the hash function, 64 bits; by default drawn anew for each table. Two tables of one seed, capacity
        and load give equal keys, inserted in one order, equal slots.
    auto_rebuild : bool
        Whether erasing tidies up once absent keys cost more than 1.5 lines; see `rebuild_filters`.
    hasher : {"default", "siphash13", "siphash24"}
        The hash function; SipHash for keys that someone may have chosen to collide, see `HashMap`.

    Raises
    ------
    TypeError
        A dtype that is no key or no value.
    OverflowError
        A capacity above 2^40.
    MemoryError
        No room for the table.

    Notes
    -----
    Any number of threads may look keys up at a time; the interpreter lock is released meanwhile. Whoever
    inserts or erases must be alone.

    Expected O(1) per key; close to load 1 the last insertions take O(capacity) each. The idea of levels and
    capped probes: M. Farach-Colton, A. Krapivin, W. Kuszmaul, "Optimal bounds for open addressing without
    reordering", 2025.

    Examples
    --------
    >>> s = StrataMap(100, seed=1)
    >>> slots = s.insert([30, 10, 20], [3, 1, 2])
    >>> s.get([10, 20, 7])
    array([ 1,  2, -1])
    >>> bool((s.slots([30, 10, 20]) == slots).all())
    True
    """

    def __init__(
        self,
        capacity: int,
        key_dtype: DTypeLike = "int64",
        value_dtype: DTypeLike | None = "int64",
        max_load: float = 0.99,
        seed: int | None = None,
        auto_rebuild: bool = True,
        hasher: str = "default",
    ) -> None:
        capacity = _capacity(capacity)
        self._type = _key_type(key_dtype)
        self._value_dtype = None if value_dtype is None else _value_type(value_dtype)
        max_load = number(max_load, "max_load")
        if not 0 < max_load <= 1:
            raise ValueError(f"max_load must be above 0 and at most 1, got {max_load}")
        # The compiled table takes 0 for "draw one".
        seed = checked_seed(seed) or 2**63
        self._table: Any = table_class(self._type, self._value_dtype)(
            capacity, max_load, seed, bool(auto_rebuild), hasher_id(hasher)
        )

    @classmethod
    def _around(cls, table: Any, key_type: KeyType, value_dtype: np.dtype[Any] | None) -> StrataMap:
        """Of a compiled table that is there already."""
        made = cls.__new__(cls)
        made._table, made._type, made._value_dtype = table, key_type, value_dtype
        return made

    @property
    def key_dtype(self) -> np.dtype[Any]:
        return self._type.dtype

    @property
    def value_dtype(self) -> np.dtype[Any] | None:
        """None if this is a set."""
        return self._value_dtype

    @property
    def capacity(self) -> int:
        return int(self._table.capacity)

    @property
    def max_load(self) -> float:
        return float(self._table.max_load)

    @property
    def seed(self) -> int:
        return int(self._table.seed)

    def insert(
        self, keys: ArrayLike | Keys, values: ArrayLike | None = None, duplicates: str = "first"
    ) -> Any:
        """Add keys.

        Parameters
        ----------
        keys : array_like
            Of a dtype whose values the table's can hold, of any shape.
        values : array_like, optional
            Of the shape of ``keys``, or one value for all; by default 0. A set takes none.
        duplicates : {"first", "last", "error"}
            What happens with a key that is there, or twice in ``keys``: its value stays, is replaced, or the
            call raises; what precedes the key stays inserted.

        Returns
        -------
        ndarray of int64, or a scalar for one key
            The slot of every key, in the shape of ``keys``.

        Raises
        ------
        TableFullError
            A new key met a full table. ``inserted`` leading positions are done and stay.
        TypeError
            Keys or values of a kind that the table does not hold.
        ValueError
            Keys and values of different shapes; a duplicate with ``duplicates="error"``; a table that is
            mapped read-only.
        OverflowError
            A key or value that the dtype cannot hold.
        """
        choice(duplicates, "duplicates", _POLICIES)
        read = cast_all(read_keys(keys, "keys"), self._type)
        words = None if values is None else pack_values(self._cast(values, read.shape).ravel())
        slots, done, reason = self._table.insert(read.words(), words, duplicates)
        if reason == "full":
            raise TableFullError(self.capacity, len(self), done)
        if reason == "duplicate":
            raise ValueError(f"duplicate key {name_of_key(read, done)} at position {done}")
        return slots.reshape(read.shape)[()]

    def __setitem__(self, keys: Any, values: Any) -> None:
        self.insert(keys, values, duplicates="last")

    def slots(self, keys: ArrayLike | Keys, *, threads: int = 1) -> Any:
        """The slots of keys, -1 where a key is absent: int64 in the shape of ``keys``.

        `threads` as in `get`.
        """
        threads = checked_threads(threads)
        words, shape, valid = query(keys, self._type, True)
        slots = self._table.slots(words, threads).reshape(shape)
        if valid is not None:
            slots[~valid] = -1
        return slots[()]

    def get(self, keys: ArrayLike | Keys, default: Any = -1, *, threads: int = 1) -> Any:
        """The values of keys, or ``default`` where a key is absent.

        Parameters
        ----------
        threads : int
            How many share the keys, at least 1; the result is the same for any number.

        Returns
        -------
        ndarray, or a scalar for one key
            Of the table's value dtype, in the shape of ``keys``.

        Raises
        ------
        TypeError
            The table is a set.
        TypeError, OverflowError
            A default that the value dtype cannot hold.
        """
        dtype = self._values_of("get")
        threads = checked_threads(threads)
        missing = cast_default(default, dtype)
        words, shape, valid = query(keys, self._type, True)
        values = unpack_values(self._table.get(words, missing, None, threads), dtype).reshape(shape)
        if valid is not None:
            values[~valid] = unpack_values(np.array([missing], packed_dtype(dtype)), dtype)
        return values[()]

    def __getitem__(self, keys: Any) -> Any:
        """The values of keys, all of which must be there; KeyError names the first that is not."""
        dtype = self._values_of("[]")
        words, shape, valid = query(keys, self._type, True)
        found = np.empty(math.prod(shape), np.bool_)
        values = unpack_values(self._table.get(words, 0, found), dtype)
        if valid is not None:
            found &= valid.ravel()
        if not found.all():
            position = int(np.argmin(found))
            count = found.size - int(np.count_nonzero(found))
            key = key_at(read_keys(keys, "keys"), position)
            raise KeyError(f"{key} (at position {position}); {count} of {found.size} keys are missing")
        return values.reshape(shape)[()]

    def contains(self, keys: ArrayLike | Keys, *, threads: int = 1) -> Any:
        """Which keys are there: booleans in the shape of ``keys``. `threads` as in `get`."""
        threads = checked_threads(threads)
        words, shape, valid = query(keys, self._type, True)
        found = self._table.contains(words, threads).reshape(shape)
        if valid is not None:
            found &= valid
        return found[()]

    def __contains__(self, key: Any) -> bool:
        return contains_one(self, key)

    def erase(self, keys: ArrayLike | Keys) -> int:
        """Remove keys; absent ones are ignored. Returns how many were removed. Nothing moves."""
        words, _, valid = query(keys, self._type, True)
        return int(self._table.erase(words if valid is None else words[valid.ravel()]))

    def clear(self) -> None:
        """Remove all keys."""
        self._table.clear()

    @property
    def keys_view(self) -> NDArray[Any]:
        """The keys by slot: a read-only view of the table's memory, anything where not `occupied`.

        It follows later changes until `rehash`, after which it shows the memory that the table has left.
        """
        return _narrow(self._table.keys_view(), self.key_dtype)

    @property
    def values_view(self) -> NDArray[Any]:
        """The values by slot; see `keys_view`. TypeError if the table is a set."""
        return _narrow(self._table_values().values_view(), self._values_of("values_view"))

    @property
    def occupied(self) -> NDArray[np.bool_]:
        """Which slots hold a key: a new array."""
        occupied: NDArray[np.bool_] = self._table.occupied()
        return occupied

    def rehash(self, capacity: int) -> NDArray[np.int64]:
        """Change the capacity, which must be at least the number of keys.

        Returns
        -------
        ndarray of int64
            For every old slot the new one of its key, -1 where there was none. Nothing has changed if the
            call raises.
        """
        slots: NDArray[np.int64] = self._table.rehash(_capacity(capacity))
        return slots

    def rebuild_filters(self) -> None:
        """Make absent keys cheap again after many erasures: O(capacity), and every key keeps its slot."""
        self._table.rebuild_filters()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the table to a file that `wayseer.hashing.open` opens, with every key in its slot.

        The file appears under its name when it is complete and on the disk. The bytes of free slots become
        zeros, in `keys_view` too.

        Raises
        ------
        OSError
            The file cannot be written.
        ValueError
            A dtype whose name is longer than 16 bytes, such as ``datetime64[1000000000ns]``.
        """
        value_dtype = "" if self._value_dtype is None else self._value_dtype.str
        self._table.save(os.fsdecode(path), self._type.file_name, value_dtype)

    @property
    def hasher(self) -> str:
        """The name of the hash function."""
        return hasher_name(self._table.hash_id)

    @property
    def read_only(self) -> bool:
        """Whether the table is a mapped file, which can be looked up in only."""
        return bool(self._table.read_only)

    def stats(self) -> dict[str, Any]:
        """How full the table is and what look-ups cost, in lines of 64 bytes examined.

        Returns
        -------
        dict
            ``size``, ``capacity``, ``slots``, ``load``; ``level_fill``, a list; ``hit_path_mean``,
            ``hit_path_max``, ``hit_path_hist`` (entry i: keys found after i lines); ``miss_path_mean`` of
            10^5 random hashes; ``filter_density``; ``erases_since_rebuild``; ``bytes_per_entry``.
        """
        stats: dict[str, Any] = self._table.stats()
        return stats

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.keys_view[self.occupied])

    def __repr__(self) -> str:
        to = "" if self._value_dtype is None else f" -> {self._value_dtype}"
        return f"StrataMap({len(self)} of {self.capacity} keys, {self.key_dtype}{to})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self._type, self._value_dtype, *self._table.state())

    def _values_of(self, operation: str) -> np.dtype[Any]:
        if self._value_dtype is None:
            raise TypeError(f"{operation}: this table is a set and holds no values")
        return self._value_dtype

    def _table_values(self) -> Any:
        self._values_of("values_view")
        return self._table

    def _cast(self, values: ArrayLike, shape: tuple[int, ...]) -> NDArray[Any]:
        dtype = self._values_of("values")
        given = read_values(values, shape)
        cast, valid = cast_values(given, dtype, "values")
        if valid is not None and not valid.all():
            wrong = given[~valid].flat[0]
            raise OverflowError(f"values holds {wrong}, which {dtype} cannot hold exactly")
        return cast


_MAPS: dict[tuple[str, int], Any] = {
    ("4", 4): _core.Strata32To32,
    ("4", 8): _core.Strata32To64,
    ("8", 4): _core.Strata64To32,
    ("8", 8): _core.Strata64To64,
}
_SETS: dict[str, Any] = {"4": _core.StrataSet32, "8": _core.StrataSet64}


def table_class(key_type: KeyType, value_dtype: np.dtype[Any] | None) -> Any:
    """The compiled table for keys and values of these types."""
    if value_dtype is None:
        return _SETS[key_type.table]
    return _MAPS[key_type.table, word_size(value_dtype)]


def _restore(
    kind: type[StrataMap], key_type: KeyType, value_dtype: np.dtype[Any] | None, *state: Any
) -> StrataMap:
    """What pickles call. A mapped table comes back as one in memory, which can be written to."""
    return kind._around(table_class(key_type, value_dtype).from_state(*state), key_type, value_dtype)


def _capacity(capacity: int) -> int:
    capacity = integer(capacity, "capacity", 1)
    if capacity > _MAX_CAPACITY:
        raise OverflowError(f"capacity must be at most 2^40, got {capacity}")
    return capacity


def _key_type(key_dtype: DTypeLike) -> KeyType:
    dtype = np.dtype(key_dtype)
    if dtype.kind in "SUTO":
        raise TypeError(f"key_dtype {dtype}: a StrataMap holds numbers and instants; use HashMap for strings")
    return read_keys(np.empty(0, dtype), "key_dtype").type


def _value_type(value_dtype: DTypeLike) -> np.dtype[Any]:
    return read_values(np.empty(0, np.dtype(value_dtype)), (0,)).dtype


def _narrow(words: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Words as what they hold, without a copy: of narrow dtypes, their low bytes."""
    step = words.dtype.itemsize // dtype.itemsize
    low = 0 if np.little_endian else step - 1
    return words.view(dtype)[low::step]
