"""Rows of two tables whose keys are equal."""

from __future__ import annotations

from typing import Any

import numpy as np

from wayseer._common.arrays import choice
from wayseer._core import hashing as _core
from wayseer.hashing.grouping import group
from wayseer.hashing.hash_map import HashMap
from wayseer.hashing.keys import Indices, Keys, NumberKeys, read_keys
from wayseer.hashing.queries import checked_threads
from wayseer.hashing.rows import is_column, read_columns

_KINDS = ("inner", "left", "semi", "anti")


def join_indices(
    left: Any, right: Any, how: str = "inner", *, nan_equal: bool = True, threads: int = 1
) -> tuple[Indices, Indices | None]:
    """Pairs of rows with equal keys.

    Parameters
    ----------
    left, right : array_like, or list or tuple of array_like
        One column of keys each, or equally many columns each. A list or tuple is a list of columns if its
        items are arrays, lists or tuples, and one column otherwise. Columns are one-dimensional; of
        different dtypes, equal numbers are equal keys.
    how : {"inner", "left", "semi", "anti"}
        All pairs; also left rows without a match, with -1; left rows that have a match; those that have none.
    nan_equal : bool
        If false, rows that hold NaN or NaT match nothing.
    threads : int
        How many share the work, at least 1; the result is the same for any number.

    Returns
    -------
    left_rows, right_rows : ndarray of int64
        In order of ``left_rows``, then ``right_rows``. "semi" and "anti" give None for ``right_rows``, and
        each left row at most once.

    Raises
    ------
    TypeError
        A dtype that is no key; columns that never compare equal, such as numbers and strings.
    ValueError
        Different numbers of columns, columns of different lengths or of more than one dimension.

    Notes
    -----
    Expected O(left + right + pairs).

    Examples
    --------
    >>> join_indices([1, 2, 3], [3, 1, 1])
    (array([0, 0, 2]), array([1, 2, 0]))
    """
    choice(how, "how", _KINDS)
    threads = checked_threads(threads)
    left_columns, right_columns = _columns(left, "left"), _columns(right, "right")
    if len(left_columns) != len(right_columns):
        raise ValueError(f"left has {len(left_columns)} columns, right has {len(right_columns)}")
    left_codes, right_codes, groups = _number(left_columns[0], right_columns[0], nan_equal, threads)
    for a, b in zip(left_columns[1:], right_columns[1:], strict=True):
        left_more, right_more, more = _number(a, b, nan_equal, threads)
        left_codes, right_codes, groups = _number(
            _paired(left_codes, left_more, more, "left"),
            _paired(right_codes, right_more, more, "right"),
            True,
            threads,
        )
    if how in ("semi", "anti"):
        present = np.zeros(groups + 1, np.bool_)
        present[right_codes] = True
        present[-1] = False  # where the code -1 looks
        matched = present[left_codes]
        return np.flatnonzero(matched if how == "semi" else ~matched), None
    left_rows, right_rows = _core.join_pairs(left_codes, right_codes, groups, how == "left", threads)
    return left_rows, right_rows


def _number(left: Keys, right: Keys, nan_equal: bool, threads: int) -> tuple[Indices, Indices, int]:
    """Equal keys get equal numbers, by first appearance in ``right``; -1: a key that matches nothing."""
    if right.size == 0:  # an empty list is a list of anything
        return np.full(left.shape, -1, np.int64), np.empty(0, np.int64), 0
    groups = group(right, codes=True, threads=threads)
    assert groups.codes is not None
    left_codes: Indices = HashMap(right.at(groups.first)).get(left, -1, threads=threads)
    right_codes = groups.codes
    if not nan_equal:
        for keys, codes in ((left, left_codes), (right, right_codes)):
            missing = keys.missing()
            if missing is not None:
                codes[missing] = -1
    return left_codes, right_codes, len(groups.first)


def _paired(codes: Indices, others: Indices, count: int, name: str) -> Keys:
    """One key for each pair of codes. Left and right pairs with an unknown half never meet."""
    unknown = (codes < 0) | (others < 0)
    pairs = codes * count + others
    pairs[unknown] = -1 if name == "left" else -2
    return NumberKeys(pairs, name)


def _columns(table: Any, name: str) -> list[Keys]:
    if isinstance(table, list | tuple) and table and all(is_column(column) for column in table):
        columns = read_columns(table, name)
    else:
        columns = [read_keys(table, name)]
    for keys in columns:
        if len(keys.shape) != 1:
            raise ValueError(f"{keys.name} has shape {keys.shape}; columns have one dimension")
    return columns
