"""Maps and sets of keys, looked up in batches."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer._common.arrays import choice, number
from wayseer._core import hashing as _core
from wayseer.hashing.keys import Keys, KeyType, as_words, from_words
from wayseer.hashing.queries import (
    cast_all,
    checked_seed,
    checked_threads,
    contains_one,
    hasher_id,
    hasher_name,
    name_of_key,
    query,
    read_keys_like,
    read_table_keys,
)
from wayseer.hashing.rows import RowKeys, from_row_words
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
_HIGHEST_LOAD = 0.95


class HashMap:
    """A map from keys of one dtype to values of one dtype.

    All look-ups take arrays of any shape, and are fast because they do: the memory lines of hundreds of keys
    are asked for at a time. Numbers lie in lines of 64 bytes under open addressing, strings in an arena
    beside a table of tags.

    Parameters
    ----------
    keys : array_like
        Booleans, integers, floats, instants (datetime64, timedelta64) or strings, of any shape. -0.0 and 0.0
        are one key, and so is every NaN; NaT equals itself. Or a tuple of arrays or lists of these, all of
        one shape: then keys are rows, what is looked up is a tuple of as many columns, and `keys` and
        `items` give such a tuple back.
    values : array_like, optional
        Of the shape of ``keys``; a dtype of at most 8 bytes. By default each key gets its ordinal: its
        number, as int64, in order of first appearance.
    load : float
        How full the table may get before it grows, above 0 and at most 0.95. More makes it smaller and,
        above 0.75, look-ups of absent keys slower.
    seed : int, optional
        Of the hash function, 64 bits; by default drawn anew for each map.
    duplicates : {"first", "last", "error"}
        Of equal keys, which one's value is stored.
    nan_equal : bool
        If false, NaN and NaT are no keys: inserting one is a ValueError, looking one up finds nothing.
    hasher : {"default", "siphash13", "siphash24"}
        The hash function. SipHash is for keys that come from people who may want the table to be slow: with
        a seed that they do not know, they cannot choose keys that collide. It is slower by some 5 to 20 ns
        for a number and more for long strings; siphash24 is the more cautious of the two.

    Raises
    ------
    TypeError
        A dtype that is no key or no value.
    ValueError
        Keys and values of different shapes; equal keys with ``duplicates="error"``.

    Notes
    -----
    Any number of threads may look keys up at a time; the interpreter lock is released meanwhile. Whoever
    inserts, erases or saves must be alone. Seeds hide the order of the table from chance; where keys come
    from an adversary who sees how long answers take, choose another ``hasher``.

    A table that `wayseer.hashing.open` has mapped is read-only: what would change it raises ValueError.

    Expected O(1) per key.

    Examples
    --------
    >>> m = HashMap([30, 10, 20, 10])
    >>> m[[10, 20]]
    array([1, 2])
    >>> m.get([[20], [7]])
    array([[ 2],
           [-1]])
    """

    def __init__(
        self,
        keys: ArrayLike | Keys | RowKeys,
        values: ArrayLike | None = None,
        *,
        load: float = 0.7,
        seed: int | None = None,
        duplicates: str = "first",
        nan_equal: bool = True,
        hasher: str = "default",
    ) -> None:
        load, seed, hash_id = _load(load), checked_seed(seed), hasher_id(hasher)
        choice(duplicates, "duplicates", _POLICIES)
        read = read_table_keys(keys)
        given = None if values is None else read_values(values, read.shape)
        self._type = read.type
        self._ordinals = given is None
        self._value_dtype: np.dtype[Any] = np.dtype(np.int64) if given is None else given.dtype
        self._max_load = load
        self._nan_equal = nan_equal
        self._table: Any = _MAPS[read.type.table, word_size(self._value_dtype)](load, seed, hash_id)
        self._insert(read, given, duplicates)

    @property
    def key_dtype(self) -> np.dtype[Any]:
        return self._type.dtype

    @property
    def value_dtype(self) -> np.dtype[Any]:
        return self._value_dtype

    def insert(
        self, keys: ArrayLike | Keys | RowKeys, values: ArrayLike | None = None, *, duplicates: str = "first"
    ) -> int:
        """Add keys.

        Parameters
        ----------
        keys : array_like
            Of a dtype whose values the map's can hold.
        values : array_like, optional
            Of the shape of ``keys``, or one value for all. Without them new keys of a map that was made
            without get the next ordinals.
        duplicates : {"first", "last", "error"}
            What happens with a key that is there: its value stays, is replaced, or the call raises; what
            precedes the key stays inserted.

        Returns
        -------
        int
            How many keys are new.

        Raises
        ------
        TypeError
            Keys or values of a kind that the map does not hold; no values for a map made with values.
        ValueError
            Keys and values of different shapes; a duplicate with ``duplicates="error"``.
        OverflowError
            A key or value that the map's dtype cannot hold.
        """
        choice(duplicates, "duplicates", _POLICIES)
        read = cast_all(read_keys_like(keys, self._type), self._type)
        if values is None:
            if not self._ordinals:
                raise TypeError("values: this map was made with values, so new keys need them")
            if duplicates == "last":
                raise ValueError("duplicates='last' needs values: ordinals are given to new keys only")
            return self._insert(read, None, duplicates)
        given = read_values(values, read.shape)
        cast, valid = cast_values(given, self._value_dtype, "values")
        if valid is not None and not valid.all():
            wrong = given[~valid].flat[0]
            raise OverflowError(f"values holds {wrong}, which {self._value_dtype} cannot hold exactly")
        return self._insert(read, cast, duplicates)

    def __setitem__(self, keys: Any, values: Any) -> None:
        self.insert(keys, values, duplicates="last")

    def get(self, keys: ArrayLike | Keys | RowKeys, default: Any = -1, *, threads: int = 1) -> Any:
        """The values of keys, or ``default`` where a key is absent.

        Parameters
        ----------
        threads : int
            How many share the keys, at least 1; the result is the same for any number.

        Returns
        -------
        ndarray, or a scalar for one key
            Of the map's value dtype, in the shape of ``keys``.

        Raises
        ------
        TypeError, OverflowError
            A default that the value dtype cannot hold.
        """
        threads = checked_threads(threads)
        missing = cast_default(default, self._value_dtype)
        words, shape, valid = self._query(keys)
        values = unpack_values(self._table.get(words, missing, None, threads), self._value_dtype).reshape(
            shape
        )
        if valid is not None:
            values[~valid] = unpack_values(
                np.array([missing], packed_dtype(self._value_dtype)), self._value_dtype
            )
        return values[()]

    def __getitem__(self, keys: Any) -> Any:
        """The values of keys, all of which must be there; KeyError names the first that is not."""
        words, shape, valid = self._query(keys)
        found = np.empty(int(np.prod(shape)), np.bool_)
        values = unpack_values(self._table.get(words, 0, found), self._value_dtype)
        if valid is not None:
            found &= valid.ravel()
        if not found.all():
            position = int(np.argmin(found))
            count = found.size - int(np.count_nonzero(found))
            key = name_of_key(read_keys_like(keys, self._type), position)
            raise KeyError(f"{key} (at position {position}); {count} of {found.size} keys are missing")
        return values.reshape(shape)[()]

    def contains(self, keys: ArrayLike | Keys | RowKeys, *, threads: int = 1) -> Any:
        """Which keys are there: booleans in the shape of ``keys``. `threads` as in `get`."""
        return _contains(self._table, checked_threads(threads), *self._query(keys))

    def __contains__(self, key: Any) -> bool:
        return contains_one(self, key)

    def erase(self, keys: ArrayLike | Keys | RowKeys) -> int:
        """Remove keys; absent ones are ignored. Returns how many were removed."""
        words, _, valid = self._query(keys)
        return int(self._table.erase(words if valid is None else _select(words, valid)))

    def clear(self) -> None:
        """Remove all keys. Ordinals start again at 0."""
        self._table.clear()
        self._table.ordinal = 0

    def items(self) -> tuple[Any, NDArray[Any]]:
        """All keys and their values: strings and rows in order of insertion, numbers in no useful one."""
        words, values = self._table.items()
        return _keys_from(words, self._type), unpack_values(values, self._value_dtype)

    def keys(self) -> Any:
        """All keys, in the order of `items`."""
        return self.items()[0]

    def values(self) -> NDArray[Any]:
        """All values, in the order of `items`."""
        return self.items()[1]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the map to a file that `wayseer.hashing.open` opens.

        The file appears under its name when it is complete and on the disk; an older one stays until then.

        Raises
        ------
        TypeError
            Keys of dtype object, and rows. Strings of every other kind can be saved.
        OSError
            The file cannot be written.
        ValueError
            A dtype whose name is longer than 16 bytes, such as ``datetime64[1000000000ns]``.
        """
        flags = _flags(self._type, self._nan_equal) | (_ORDINALS if self._ordinals else 0)
        self._table.save(os.fsdecode(path), self._type.file_name, self._value_dtype.str, flags)

    @property
    def read_only(self) -> bool:
        """Whether this is a mapped file, which can be looked up in only."""
        return bool(self._table.read_only)

    @property
    def hasher(self) -> str:
        """The name of the hash function."""
        return hasher_name(self._table.hash_id)

    def stats(self) -> dict[str, Any]:
        """Size, load, bytes of memory, bytes per key and seed."""
        return _stats(self._table)

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[Any]:
        return _each(self.keys(), self._type)

    def __repr__(self) -> str:
        return f"HashMap({len(self)} keys, {self.key_dtype} -> {self.value_dtype})"

    def __reduce__(self) -> tuple[Any, ...]:
        words, values = self._table.items()
        about = {
            "ordinals": self._ordinals,
            "ordinal": self._table.ordinal,
            "load": self._max_load,
            "seed": self._table.seed,
            "nan_equal": self._nan_equal,
            "hash_id": self._table.hash_id,
        }
        return _restore_map, (type(self), self._type, words, self._value_dtype, values, about)

    def _insert(self, keys: Keys | RowKeys, values: NDArray[Any] | None, duplicates: str) -> int:
        if not self._nan_equal:
            _refuse_missing(keys)
        words = keys.words()
        if values is None:
            added = self._table.insert_ordinals(words, duplicates)
        else:
            added = self._table.insert(words, pack_values(values.ravel()), duplicates)
        return _checked(added, keys)

    def _query(
        self, keys: ArrayLike | Keys | RowKeys
    ) -> tuple[Any, tuple[int, ...], NDArray[np.bool_] | None]:
        return query(keys, self._type, self._nan_equal)


class HashSet:
    """A set of keys of one dtype; see `HashMap`, of which this is the half without values.

    Parameters
    ----------
    keys : array_like
        Of any shape.
    load, seed, duplicates, nan_equal, hasher
        As for `HashMap`; of ``duplicates`` only "first" and "error" differ.

    Examples
    --------
    >>> s = HashSet(["tea", "coffee"])
    >>> s.contains(["coffee", "cocoa"])
    array([ True, False])
    """

    def __init__(
        self,
        keys: ArrayLike | Keys | RowKeys,
        *,
        load: float = 0.7,
        seed: int | None = None,
        duplicates: str = "first",
        nan_equal: bool = True,
        hasher: str = "default",
    ) -> None:
        load, seed, hash_id = _load(load), checked_seed(seed), hasher_id(hasher)
        choice(duplicates, "duplicates", _POLICIES)
        read = read_table_keys(keys)
        self._type = read.type
        self._max_load = load
        self._nan_equal = nan_equal
        self._table: Any = _SETS[read.type.table](load, seed, hash_id)
        self._insert(read, duplicates)

    @property
    def key_dtype(self) -> np.dtype[Any]:
        return self._type.dtype

    def insert(self, keys: ArrayLike | Keys | RowKeys, *, duplicates: str = "first") -> int:
        """Add keys. Returns how many are new; errors as in `HashMap.insert`."""
        choice(duplicates, "duplicates", _POLICIES)
        return self._insert(cast_all(read_keys_like(keys, self._type), self._type), duplicates)

    def contains(self, keys: ArrayLike | Keys | RowKeys, *, threads: int = 1) -> Any:
        """Which keys are there: booleans in the shape of ``keys``. `threads` as in `HashMap.get`."""
        return _contains(self._table, checked_threads(threads), *query(keys, self._type, self._nan_equal))

    def __contains__(self, key: Any) -> bool:
        return contains_one(self, key)

    def erase(self, keys: ArrayLike | Keys | RowKeys) -> int:
        """Remove keys; absent ones are ignored. Returns how many were removed."""
        words, _, valid = query(keys, self._type, self._nan_equal)
        return int(self._table.erase(words if valid is None else _select(words, valid)))

    def clear(self) -> None:
        """Remove all keys."""
        self._table.clear()

    def keys(self) -> Any:
        """All keys: strings and rows in order of insertion, numbers in no useful one."""
        return _keys_from(self._table.keys(), self._type)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the set to a file that `wayseer.hashing.open` opens.

        The file appears under its name when it is complete and on the disk; an older one stays until then.

        Raises
        ------
        TypeError
            Keys of dtype object, and rows. Strings of every other kind can be saved.
        OSError
            The file cannot be written.
        ValueError
            A dtype whose name is longer than 16 bytes, such as ``datetime64[1000000000ns]``.
        """
        flags = _flags(self._type, self._nan_equal)
        self._table.save(os.fsdecode(path), self._type.file_name, flags)

    @property
    def read_only(self) -> bool:
        """Whether this is a mapped file, which can be looked up in only."""
        return bool(self._table.read_only)

    @property
    def hasher(self) -> str:
        """The name of the hash function."""
        return hasher_name(self._table.hash_id)

    def stats(self) -> dict[str, Any]:
        """Size, load, bytes of memory, bytes per key and seed."""
        return _stats(self._table)

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[Any]:
        return _each(self.keys(), self._type)

    def __repr__(self) -> str:
        return f"HashSet({len(self)} keys, {self.key_dtype})"

    def __reduce__(self) -> tuple[Any, ...]:
        about = {
            "load": self._max_load,
            "seed": self._table.seed,
            "nan_equal": self._nan_equal,
            "hash_id": self._table.hash_id,
        }
        return _restore_set, (type(self), self._type, self._table.keys(), about)

    def _insert(self, keys: Keys | RowKeys, duplicates: str) -> int:
        if not self._nan_equal:
            _refuse_missing(keys)
        return _checked(self._table.insert(keys.words(), duplicates), keys)


_MAPS: dict[tuple[str, int], Any] = {
    ("4", 4): _core.Map32To32,
    ("4", 8): _core.Map32To64,
    ("8", 4): _core.Map64To32,
    ("8", 8): _core.Map64To64,
    ("text", 4): _core.TextMap32,
    ("text", 8): _core.TextMap64,
}
_SETS: dict[str, Any] = {"4": _core.Set32, "8": _core.Set64, "text": _core.TextSet}


# arguments


def _load(load: float) -> float:
    load = number(load, "load")
    if not 0 < load <= 1:
        raise ValueError(f"load must be above 0 and at most {_HIGHEST_LOAD}, got {load}")
    if load > _HIGHEST_LOAD:
        raise ValueError(f"load must be at most {_HIGHEST_LOAD}, got {load}; StrataMap goes up to 1")
    return load


def _checked(added: int, keys: Keys | RowKeys) -> int:
    if added < 0:
        position = -1 - added
        raise ValueError(f"duplicate key {name_of_key(keys, position)} at position {position}")
    return added


def _refuse_missing(keys: Keys | RowKeys) -> None:
    mask = keys.missing()
    if mask is not None:
        raise ValueError(
            f"{keys.name} holds NaN or NaT at position {int(np.argmax(mask))}, "
            "which with nan_equal=False is no key"
        )


# look-up


def _select(words: Any, valid: NDArray[np.bool_]) -> Any:
    if isinstance(words, _core.Texts):
        return words.select(np.flatnonzero(valid))
    return words[valid.ravel()]


def _keys_from(words: Any, key_type: KeyType) -> Any:
    return from_row_words(words, key_type) if key_type.columns else from_words(words, key_type)


def _each(keys: Any, key_type: KeyType) -> Iterator[Any]:
    return zip(*keys, strict=True) if key_type.columns else iter(keys)


def _contains(
    table: Any, threads: int, words: Any, shape: tuple[int, ...], valid: NDArray[np.bool_] | None
) -> Any:
    found = table.contains(words, threads).reshape(shape)
    if valid is not None:
        found &= valid
    return found[()]


def _stats(table: Any) -> dict[str, Any]:
    size = len(table)
    return {
        "size": size,
        "load": table.load,
        "bytes": table.bytes,
        "bytes_per_entry": table.bytes / size if size else float("nan"),
        "seed": table.seed,
    }


# files and pickles


# Flags in files.
_ORDINALS, _NAN_IS_NO_KEY, _BYTES = 1, 2, 4


def _flags(key_type: KeyType, nan_equal: bool) -> int:
    return (0 if nan_equal else _NAN_IS_NO_KEY) | (_BYTES if key_type.text == "bytes" else 0)


def from_file(
    file: _core.TableFile, key_type: KeyType, value_dtype: np.dtype[Any] | None, verify: str, copy: bool
) -> HashMap | HashSet:
    """The map or set in a file; read-only unless it is a copy."""
    if value_dtype is None:
        made: HashMap | HashSet = HashSet.__new__(HashSet)
        made._table = _SETS[key_type.table].open(file, verify, copy)
    else:
        made = HashMap.__new__(HashMap)
        made._table = _MAPS[key_type.table, word_size(value_dtype)].open(file, verify, copy)
        made._value_dtype = value_dtype
        made._ordinals = bool(file.flags & _ORDINALS)
    is_bytes = key_type.arrow and file.flags & _BYTES
    made._type = replace(key_type, text="bytes") if is_bytes else key_type
    made._max_load = made._table.max_load
    made._nan_equal = not file.flags & _NAN_IS_NO_KEY
    return made


def _restore_map(
    kind: type[HashMap],
    key_type: KeyType,
    words: Any,
    value_dtype: np.dtype[Any],
    values: NDArray[Any],
    about: dict[str, Any],
) -> HashMap:
    restored = kind.__new__(kind)
    restored._type = key_type
    restored._ordinals = about["ordinals"]
    restored._value_dtype = value_dtype
    restored._max_load = about["load"]
    restored._nan_equal = about["nan_equal"]
    restored._table = _MAPS[key_type.table, word_size(value_dtype)](
        about["load"], about["seed"], about["hash_id"]
    )
    restored._table.insert(as_words(words), values, "first")
    restored._table.ordinal = about["ordinal"]
    return restored


def _restore_set(kind: type[HashSet], key_type: KeyType, words: Any, about: dict[str, Any]) -> HashSet:
    restored = kind.__new__(kind)
    restored._type = key_type
    restored._max_load = about["load"]
    restored._nan_equal = about["nan_equal"]
    restored._table = _SETS[key_type.table](about["load"], about["seed"], about["hash_id"])
    restored._table.insert(as_words(words), "first")
    return restored
