"""Distinct keys: `unique`, `factorize`, `value_counts`, `isin` and `group_ids`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from wayseer._common.arrays import choice
from wayseer._core import hashing as _core
from wayseer.hashing.hash_map import HashSet
from wayseer.hashing.keys import Indices, Keys, NumberKeys, read_keys
from wayseer.hashing.queries import checked_threads
from wayseer.hashing.rows import read_columns


@dataclass(frozen=True)
class Groups:
    """Equal keys, numbered in order of first appearance.

    Attributes
    ----------
    first : ndarray of int64, shape (groups,)
        Flat position of each group's first key, ascending.
    codes : ndarray of int64, shape (n,), or None
        Each key's group.
    counts : ndarray of int64, shape (groups,), or None
        The groups' sizes.
    """

    first: Indices
    codes: Indices | None
    counts: Indices | None


def group(
    keys: Keys, *, codes: bool = False, counts: bool = False, nan_equal: bool = True, threads: int = 1
) -> Groups:
    """The groups of equal keys; with ``nan_equal=False`` each NaN or NaT is a group of its own."""
    missing = None if nan_equal else keys.missing()
    if missing is None:
        return Groups(*_core.group(keys.words(), codes, counts, _core.random_seed(), threads))
    kept, alone = np.flatnonzero(~missing), np.flatnonzero(missing)
    known = Groups(*_core.group(keys.at(kept).words(), codes, counts, _core.random_seed(), threads))
    first = np.concatenate([kept[known.first], alone])
    order = np.argsort(first)
    number = np.empty_like(order)
    number[order] = np.arange(len(order))
    all_codes = all_counts = None
    if known.codes is not None:
        all_codes = np.empty(keys.size, np.int64)
        all_codes[kept] = number[known.codes]
        all_codes[alone] = number[len(known.first) :]
    if known.counts is not None:
        all_counts = np.concatenate([known.counts, np.ones(len(alone), np.int64)])[order]
    return Groups(first[order], all_codes, all_counts)


def factorize(a: ArrayLike, *, nan_equal: bool = True, threads: int = 1) -> tuple[Indices, Any]:
    """Number the distinct keys in order of first appearance.

    Parameters
    ----------
    a : array_like
        Keys of any kind that `HashMap` takes, of any shape.
    nan_equal : bool
        If false, each NaN and each NaT is a key of its own.
    threads : int
        How many share the work, at least 1; the result is the same for any number.

    Returns
    -------
    codes : ndarray of int64
        In the shape of ``a``: ``uniques[codes]`` equals ``a``.
    uniques : ndarray
        The distinct keys, of the dtype of ``a``; for an Arrow array an Arrow array.

    Raises
    ------
    TypeError
        A dtype that is no key.
    ValueError
        Masked entries.

    Notes
    -----
    Expected O(n). Keys in order and whole numbers of a range up to 4 n take no hash table.

    Examples
    --------
    >>> factorize(["b", "a", "b"])
    (array([0, 1, 0]), array(['b', 'a'], dtype='<U1'))
    """
    threads = checked_threads(threads)
    keys = read_keys(a, "a")
    groups = group(keys, codes=True, nan_equal=nan_equal, threads=threads)
    assert groups.codes is not None
    return groups.codes.reshape(keys.shape), keys.take(groups.first)


def unique(
    a: ArrayLike,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    sort: bool = False,
    *,
    nan_equal: bool = True,
    threads: int = 1,
) -> Any:
    """The distinct keys, in order of first appearance.

    Parameters
    ----------
    a : array_like
        Keys of any kind that `HashMap` takes, of any shape.
    return_index, return_inverse, return_counts : bool
        What to return besides.
    sort : bool
        Ascending keys, as `numpy.unique` gives them; NaN and NaT last.
    nan_equal : bool
        If false, each NaN and each NaT is a key of its own.
    threads : int
        How many share the work, at least 1; the result is the same for any number.

    Returns
    -------
    uniques : ndarray
        The distinct keys, of the dtype of ``a``; for an Arrow array an Arrow array.
    index : ndarray of int64
        Flat position of each one's first appearance.
    inverse : ndarray of int64
        In the shape of ``a``: ``uniques[inverse]`` equals ``a``.
    counts : ndarray of int64
        How often each appears.

    Raises
    ------
    TypeError
        A dtype that is no key.
    ValueError
        Masked entries.

    Examples
    --------
    >>> unique([3, 1, 3], return_counts=True)
    (array([3, 1]), array([2, 1]))
    """
    threads = checked_threads(threads)
    keys = read_keys(a, "a")
    groups = group(keys, codes=return_inverse, counts=return_counts, nan_equal=nan_equal, threads=threads)
    first, codes, counts = groups.first, groups.codes, groups.counts
    if sort:
        order = keys.order(first)
        first = first[order]
        if codes is not None:
            rank = np.empty_like(order)
            rank[order] = np.arange(len(order))
            codes = rank[codes]
        if counts is not None:
            counts = counts[order]
    uniques = keys.take(first)
    extras: list[Any] = []
    if return_index:
        extras.append(first)
    if codes is not None:
        extras.append(codes.reshape(keys.shape))
    if counts is not None:
        extras.append(counts)
    return (uniques, *extras) if extras else uniques


def value_counts(
    a: ArrayLike, sort: str | None = None, *, nan_equal: bool = True, threads: int = 1
) -> tuple[Any, Indices]:
    """How often each distinct key appears.

    Parameters
    ----------
    a : array_like
        Keys of any kind that `HashMap` takes, of any shape.
    sort : {None, "count"}
        Order of first appearance, or the most frequent first and among equals the one that appears first.
    nan_equal : bool
        If false, each NaN and each NaT is a key of its own.
    threads : int
        How many share the work, at least 1; the result is the same for any number.

    Returns
    -------
    uniques : ndarray
        The distinct keys; for an Arrow array an Arrow array.
    counts : ndarray of int64

    Examples
    --------
    >>> value_counts([5, 7, 7], sort="count")
    (array([7, 5]), array([2, 1]))
    """
    if sort is not None:
        choice(sort, "sort", ["count"])
    threads = checked_threads(threads)
    keys = read_keys(a, "a")
    groups = group(keys, counts=True, nan_equal=nan_equal, threads=threads)
    first, counts = groups.first, groups.counts
    assert counts is not None
    if sort is not None:
        order = np.argsort(-counts, kind="stable")
        first, counts = first[order], counts[order]
    return keys.take(first), counts


def isin(a: ArrayLike, b: ArrayLike, *, nan_equal: bool = True, threads: int = 1) -> Any:
    """Which keys of ``a`` are among those of ``b``.

    Parameters
    ----------
    a, b : array_like
        Keys of any shape. Of different dtypes, equal numbers are equal keys; nothing is rounded.
    nan_equal : bool
        If false, NaN and NaT are in nothing.
    threads : int
        How many share the work, at least 1; the result is the same for any number.

    Returns
    -------
    ndarray of bool, or bool for one key
        In the shape of ``a``.

    Raises
    ------
    TypeError
        A dtype that is no key; kinds that never compare equal, such as numbers and strings.

    Examples
    --------
    >>> isin([1, 2, 3], [3.0, 1.0])
    array([ True, False,  True])
    """
    threads = checked_threads(threads)
    queries, keys = read_keys(a, "a"), read_keys(b, "b")
    if keys.size == 0:  # an empty list is a list of anything
        absent = np.zeros(queries.shape, np.bool_)
        return absent if absent.ndim else False
    if not nan_equal:
        missing = keys.missing()
        if missing is not None:
            keys = keys.at(np.flatnonzero(~missing))
    return HashSet(keys, nan_equal=nan_equal).contains(queries, threads=threads)


def group_ids(
    columns: Sequence[ArrayLike], *, nan_equal: bool = True, threads: int = 1
) -> tuple[Indices, Indices]:
    """Number the distinct rows of several columns in order of first appearance.

    Parameters
    ----------
    columns : sequence of array_like
        At least one; of equal shape, each of any kind that `HashMap` takes.
    nan_equal : bool
        If false, a row that holds NaN or NaT equals no other.
    threads : int
        How many share the work, at least 1; the result is the same for any number.

    Returns
    -------
    codes : ndarray of int64
        Each row's number, in the shape of the columns.
    first : ndarray of int64
        Flat position of the first row of each number.

    Raises
    ------
    TypeError
        Not a sequence of columns; a dtype that is no key.
    ValueError
        No columns, or columns of different shapes.

    Examples
    --------
    >>> group_ids([[1, 1, 1], ["x", "y", "x"]])
    (array([0, 1, 0]), array([0, 1]))
    """
    threads = checked_threads(threads)
    read = read_columns(columns, "columns")
    groups = group(read[0], codes=True, nan_equal=nan_equal, threads=threads)
    for keys in read[1:]:
        other = group(keys, codes=True, nan_equal=nan_equal, threads=threads)
        assert groups.codes is not None
        assert other.codes is not None
        # Fewer than 2^31 rows, so fewer groups: a pair of them fits one word.
        pairs = groups.codes * len(other.first) + other.codes
        groups = group(NumberKeys(pairs, "columns"), codes=True, threads=threads)
    assert groups.codes is not None
    return groups.codes.reshape(read[0].shape), groups.first
