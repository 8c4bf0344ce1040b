"""Checked costs of pairs and triples: shapes, ids, numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer._common.arrays import check_finite, exact_float64, id_array, integer, number, real_array, shown


def condensed_pairs(pair_costs: ArrayLike) -> tuple[int, NDArray[np.float64]]:
    """n, and the costs of the pairs i < j row by row, of a matrix or of such an array."""
    array = real_array(np.empty(0) if is_empty(pair_costs) else pair_costs, "pair_costs")
    if array.ndim == 2 and array.shape[0] == array.shape[1]:
        n = array.shape[0]
        i, j = np.triu_indices(n, 1)
        upper = cost_array(array[i, j], "pair_costs", of_matrix=(i, j))
        lower = cost_array(array[j, i], "pair_costs", of_matrix=(j, i))
        different = int((upper != lower).sum())
        if different:
            at = int(np.flatnonzero(upper != lower)[0])
            raise ValueError(
                f"pair_costs is not symmetric: {different} pairs differ from their mirror image, "
                f"[{i[at]}, {j[at]}] is {upper[at]:g}, [{j[at]}, {i[at]}] is {lower[at]:g}"
            )
        return n, upper
    n = (1 + math.isqrt(1 + 8 * array.size)) // 2
    if array.ndim != 1 or n * (n - 1) // 2 != array.size:
        raise ValueError(
            f"pair_costs has shape {array.shape}; allowed are (n, n) and (n (n - 1) / 2,), such as "
            f"({n * (n - 1) // 2},) or ({n * (n + 1) // 2},)"
        )
    return n, cost_array(array, "pair_costs")


def is_empty(values: Any) -> bool:
    """An empty list or tuple, which NumPy would make an array of floats."""
    return isinstance(values, list | tuple) and len(values) == 0


def cost_array(
    values: ArrayLike, name: str, of_matrix: tuple[NDArray[np.intp], NDArray[np.intp]] | None = None
) -> NDArray[np.float64]:
    """Contiguous, finite float64."""
    array = exact_float64(real_array(np.empty(0) if is_empty(values) else values, name), name)
    if of_matrix is not None and array.size and not np.isfinite(array).all():
        at = int(np.argmin(np.isfinite(array)))
        i, j = (int(index[at]) for index in of_matrix)
        raise ValueError(f"{name}[{i}, {j}] is {array[at]}; all entries must be finite")
    check_finite(array, name)
    return array


def distinct_rows(rows: ArrayLike, name: str, n: int, width: int) -> NDArray[np.int32]:
    """Ids (m, width), none twice in a row, no two rows of the same ids."""
    ids = id_array(np.empty((0, width), np.int32) if is_empty(rows) else rows, name, n)
    if ids.size == 0:
        ids = ids.reshape(0, width)
    if ids.ndim != 2 or ids.shape[1] != width:
        raise ValueError(f"{name} has shape {ids.shape}; allowed is (m, {width})")
    ordered = np.sort(ids, axis=1)
    repeated = (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)
    if repeated.any():
        at = int(np.argmax(repeated))
        raise ValueError(f"{name}[{at}] = {tuple(ids[at].tolist())} has a repeated id")
    order = np.lexsort(ordered.T[::-1])
    same = (ordered[order[1:]] == ordered[order[:-1]]).all(axis=1)
    if same.any():
        at = int(np.argmax(same))
        first, second = sorted((int(order[at]), int(order[at + 1])))
        raise ValueError(f"{name}[{first}] and {name}[{second}] are both {tuple(ordered[first].tolist())}")
    return ids


def triples_of(costs: Mapping[Any, Any], n: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """The keys (t, 3) and the costs (t,) of a dict."""
    for key in costs:
        if not isinstance(key, tuple) or len(key) != 3:
            raise TypeError(f"triple_costs: key {shown(key)} is no triple (i, j, k)")
        for i in key:
            integer(i, f"triple_costs: id in key {shown(key)}", 0, n - 1)
    values = [number(cost, f"triple_costs[{key}]") for key, cost in costs.items()]
    keys = np.array(list(costs), dtype=np.int32).reshape(-1, 3)
    try:
        return distinct_rows(keys, "triples", n, 3), np.array(values, dtype=np.float64)
    except ValueError as error:
        raise ValueError(f"triple_costs: {error}") from None


def triple_places(triples: NDArray[np.integer[Any]], n: int) -> NDArray[np.int64]:
    """Where triples (t, 3) of ids 0..n-1, in any order, stand in the array of all i < j < k."""
    i, j, k = np.sort(triples, axis=1).astype(np.int64).T
    left_i, left_j = n - i, n - j
    before_i = n * (n - 1) * (n - 2) // 6 - left_i * (left_i - 1) * (left_i - 2) // 6
    before_j = (left_i - 1) * (left_i - 2) // 2 - left_j * (left_j - 1) // 2
    places: NDArray[np.int64] = before_i + before_j + (k - j - 1)
    return places
