"""Edge heatmaps of the tsp room: two classical priors, and one reader for every form a heatmap may come in.

A heatmap is a nonnegative n x n matrix whose entry (i, j) says how much a predictor believes in the edge
i-j of the optimal tour. Row i belongs to node i; the matrix need not be symmetric or normalised.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from wayseer._common.arrays import integer, number
from wayseer.tsp.candidates import knn
from wayseer.tsp.problem import TSPInstance, as_instance

__all__ = ["EdgeArrays", "as_edge_values", "gt_prior_heatmap", "largest_per_row", "softdist_heatmap"]

EdgeArrays = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]

_DENSE_BLOCK = 1 << 22  # entries of a dense heatmap looked at together


def as_edge_values(
    heatmap: Any,
    n: int,
    memory_limit: int = 4 << 30,
    *,
    argument: str = "heatmap",
    warn_zero_rows: bool = True,
) -> EdgeArrays:
    """The CSR arrays of a heatmap for the C++ core, whatever form it comes in.

    Parameters
    ----------
    heatmap : array (n, n), scipy.sparse matrix or array, tuple (indices, values), or object with ``to_csr()``
        In the tuple, ``indices`` (n, K) holds integer node ids with -1 as padding (whose values are ignored)
        and ``values`` (n, K) the entries. The diagonal is ignored and zeros are dropped.
    n : int
        Number of nodes.
    memory_limit : int
        Bytes that the conversion may allocate.
    argument : str
        The name that error messages use.
    warn_zero_rows : bool
        Warn, once and with their count, about rows without a positive entry. Such rows are allowed: the
        solvers fall back to what they know without a prediction.

    Returns
    -------
    (indptr int64 (n + 1,), indices int32, values float32)
        Rows in order, columns ascending, no duplicates, all values > 0.

    Raises
    ------
    ValueError
        Wrong shape; an entry that is NaN, infinite, negative or beyond float32; a node id out of range; the
        same edge twice in a row (also in COO input: there is no telling whether a sum or a maximum is meant);
        more memory than ``memory_limit``.
    TypeError
        Ids or entries of a wrong type, or no known form of heatmap.
    """
    to_csr = getattr(heatmap, "to_csr", None)
    if callable(to_csr):
        heatmap = to_csr()
    if scipy.sparse.issparse(heatmap):
        arrays = _from_sparse(heatmap, n, memory_limit, argument)
    elif isinstance(heatmap, tuple) and len(heatmap) == 2:
        arrays = _from_pair(heatmap[0], heatmap[1], n, memory_limit, argument)
    else:
        arrays = _from_dense(heatmap, n, memory_limit, argument)
    if warn_zero_rows:
        empty = int(np.count_nonzero(np.diff(arrays[0]) == 0))
        if empty:
            warnings.warn(
                f"{argument}: {empty} of {n} rows have no positive entry; "
                "those nodes use the built-in candidates",
                stacklevel=3,
            )
    return arrays


def _numbers(values: Any, argument: str) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{argument} must be an array of numbers: {error}") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{argument} must hold real numbers, got dtype {array.dtype}")
    return array


def _check_values(values: NDArray[Any], where: Any, argument: str) -> None:
    """`where(k)` names the k-th value for the message."""
    if values.size == 0:
        return
    # One pass for the good case: NaN fails every comparison.
    low, high = values.min(), values.max()
    if low >= 0 and high <= np.finfo(np.float32).max:
        return
    flat = values.ravel()
    bad = ~((flat >= 0) & (flat <= np.finfo(np.float32).max))
    k = int(np.argmax(bad))
    value = flat[k]
    if np.isnan(value):
        what = "is NaN"
    elif value < 0:
        what = f"is negative ({value}); a heatmap holds probabilities or nonnegative scores"
    else:
        what = f"is too large ({value}); values must fit float32"
    raise ValueError(f"{argument}{where(k)} {what}")


def _check_memory(entries: int, n: int, memory_limit: int, argument: str) -> None:
    # ids, values, sort keys and their order, all at once
    needed = 32 * entries + 24 * (n + 1)
    if needed > memory_limit:
        raise ValueError(
            f"{argument}: reading {entries} entries needs {needed} bytes, memory_limit allows {memory_limit}"
        )


def _canonical(
    rows: NDArray[Any], columns: NDArray[Any], values: NDArray[Any], n: int, argument: str
) -> EdgeArrays:
    keep = (values > 0) & (rows != columns)
    if not keep.all():
        rows, columns, values = rows[keep], columns[keep], values[keep]
    keys = rows.astype(np.int64) * n + columns
    step = np.diff(keys)
    if step.size and step.min() <= 0:
        order = np.argsort(keys, kind="stable")
        keys, columns, values = keys[order], columns[order], values[order]
        twice = np.flatnonzero(np.diff(keys) == 0)
        if twice.size:
            i, j = divmod(int(keys[twice[0]]), n)
            raise ValueError(f"{argument}: entry ({i}, {j}) is given more than once")
    indptr = np.searchsorted(keys, np.arange(n + 1, dtype=np.int64) * n)
    return (
        indptr.astype(np.int64, copy=False),
        np.ascontiguousarray(columns, dtype=np.int32),
        np.ascontiguousarray(values, dtype=np.float32),
    )


def _from_sparse(matrix: Any, n: int, memory_limit: int, argument: str) -> EdgeArrays:
    if matrix.shape != (n, n):
        raise ValueError(f"{argument} must have shape ({n}, {n}), got {matrix.shape}")
    _check_memory(int(matrix.nnz), n, memory_limit, argument)
    if matrix.format == "csr":
        indptr, columns, values = matrix.indptr, matrix.indices, matrix.data
        counts = np.diff(indptr)
        if len(indptr) != n + 1 or indptr[0] != 0 or (counts < 0).any() or indptr[-1] > len(columns):
            raise ValueError(
                f"{argument} is not a valid CSR matrix: indptr must ascend from 0 to its number of entries"
            )
        rows = np.repeat(np.arange(n, dtype=np.int64), counts)
        columns, values = columns[: indptr[-1]], values[: indptr[-1]]
    else:
        coo = matrix.tocoo()
        rows, columns, values = coo.row, coo.col, coo.data
    values = _numbers(values, f"{argument}.data")
    for ids in (rows, columns):
        if ids.size and (ids.min() < 0 or ids.max() >= n):
            bad = ids[(ids < 0) | (ids >= n)][0]
            raise ValueError(f"{argument} names node {bad}, allowed are 0..{n - 1}")
    _check_values(values, lambda k: f"[{rows[k]}, {columns[k]}]", argument)
    return _canonical(rows, columns, values, n, argument)


def _from_pair(indices: Any, values: Any, n: int, memory_limit: int, argument: str) -> EdgeArrays:
    ids = _numbers(indices, f"{argument}[0] (indices)")
    numbers = _numbers(values, f"{argument}[1] (values)")
    if ids.dtype.kind not in "iu":
        raise TypeError(f"{argument}[0] (indices) must hold integer node ids, got dtype {ids.dtype}")
    if ids.ndim != 2 or ids.shape[0] != n:
        raise ValueError(f"{argument}[0] (indices) must have shape ({n}, K), got {ids.shape}")
    if numbers.shape != ids.shape:
        raise ValueError(
            f"{argument}[1] (values) must have shape {ids.shape} like the indices, got {numbers.shape}"
        )
    width = ids.shape[1]
    _check_memory(ids.size, n, memory_limit, argument)
    if ids.size and (ids.min() < -1 or ids.max() >= n):
        i, k = np.argwhere((ids < -1) | (ids >= n))[0]
        raise ValueError(
            f"{argument}[0] (indices)[{i}, {k}] = {ids[i, k]} is out of range, "
            f"allowed are 0..{n - 1} and -1 as padding"
        )
    used = ids.ravel() >= 0
    rows = np.repeat(np.arange(n, dtype=np.int64), width)[used]
    columns, entries = ids.ravel()[used], numbers.ravel()[used]
    _check_values(entries, lambda k: f"[{rows[k]}, {columns[k]}]", argument)
    return _canonical(rows, columns, entries, n, argument)


def _from_dense(matrix: Any, n: int, memory_limit: int, argument: str) -> EdgeArrays:
    array = _numbers(matrix, argument)
    if array.shape != (n, n):
        raise ValueError(
            f"{argument} must have shape ({n}, {n}) (or be a sparse matrix, or a tuple (indices, values)), "
            f"got {array.shape}"
        )
    block = max(1, _DENSE_BLOCK // max(1, n))
    starts = range(0, n, block)
    entries = 0
    for start in starts:
        part = array[start : start + block]
        _check_values(part, lambda k, start=start: f"[{start + k // n}, {k % n}]", argument)
        entries += int(np.count_nonzero(part))
    _check_memory(entries, n, memory_limit, argument)
    counts = np.zeros(n + 1, dtype=np.int64)
    columns = np.empty(entries, dtype=np.int32)
    values = np.empty(entries, dtype=np.float32)
    filled = 0
    for start in starts:
        part = array[start : start + block].astype(np.float32)  # a copy, and what underflows becomes 0
        local = np.arange(part.shape[0])
        part[local, local + start] = 0
        i, j = np.nonzero(part)
        columns[filled : filled + i.size] = j
        values[filled : filled + i.size] = part[i, j]
        counts[start + 1 : start + 1 + part.shape[0]] = np.bincount(i, minlength=part.shape[0])
        filled += i.size
    return np.cumsum(counts), columns[:filled], values[:filled]


def largest_per_row(arrays: EdgeArrays, k: int) -> EdgeArrays:
    """The k largest entries of each row (ties: the lower column), rows still ascending by column."""
    indptr, columns, values = arrays
    n = len(indptr) - 1
    rows = np.repeat(np.arange(n, dtype=np.int64), np.diff(indptr))
    order = np.lexsort((columns, -values, rows))
    rank = np.arange(len(values), dtype=np.int64) - np.repeat(indptr[:-1], np.diff(indptr))
    keep = np.zeros(len(values), dtype=bool)
    keep[order[rank < k]] = True
    counts = np.bincount(rows[keep], minlength=n)
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64), columns[keep], values[keep]


# Share of optimal-tour edges that lead to the k-th nearest neighbour, k = 1, 2, ... on uniform instances of
# 500, 1000 and 10000 nodes. Source: X. Pan, C. Wang, C. Ying, Y. Xue, T. Yu, "Rethinking the 'Heatmap +
# Monte Carlo Tree Search' Paradigm for Solving Large Scale TSP" (2024), its "GT-Prior".
GT_PRIOR: dict[int, tuple[float, ...]] = {
    500: (
        0.440078, 0.256266, 0.132750, 0.0732656, 0.0408125, 0.0235938, 0.0134063, 0.00775, 0.00448438,
        0.00273438, 0.00178125, 0.0011875, 0.0006875, 0.000375, 0.000375, 0.0001875, 0.000078125, 0.000015625,
        0.000046875, 0.000015625, 0.000046875, 0.00003125, 0.000015625, 0.000015625,
    ),
    1000: (
        0.437555, 0.254719, 0.137672, 0.0741094, 0.0397891, 0.0235156, 0.0132266, 0.00745312, 0.00473438,
        0.00300781, 0.00159375, 0.00108594, 0.0005625, 0.000296875, 0.000265625, 0.000171875, 0.000101562,
        0.000046875, 0.000015625, 0.00003125, 0.0000234375, 0.0000078125, 0.000015625,
    ),
    10000: (
        0.441756, 0.254094, 0.132925, 0.07195, 0.0395188, 0.02375, 0.0141438, 0.00809375, 0.0049125,
        0.00333125, 0.00184375, 0.0011125, 0.0008375, 0.00055625, 0.000375, 0.0002625, 0.00018125, 0.0000875,
        0.00006875, 0.00005, 0.00005, 0.000025, 0.000025, 0.00000625, 0.0000125, 0.00000625, 0.00000625,
        0.00000625, 0.00000625, 0.00000625,
    ),
}  # fmt: skip

SOFTDIST_TAU = {500: 0.0066, 1000: 0.0051, 10000: 0.0018}


def size_class(n: int) -> int:
    """The published instance size (500, 1000 or 10000) whose figures are used for n nodes."""
    if n >= 5000:
        return 10000
    return 1000 if n >= 750 else 500


def gt_prior_heatmap(x: Any, *, metric: str | None = None) -> scipy.sparse.csr_array:
    """The rank prior: how often the k-th nearest neighbour is a neighbour in the optimal tour.

    Parameters
    ----------
    x, metric
        As for `wayseer.tsp.solve`; symmetric costs only.

    Returns
    -------
    scipy.sparse.csr_array (n, n), float64
        Entry (i, j) is the published frequency of j's rank among the nearest neighbours of i (ties by id);
        about 30 entries per row, rows sum to 1. Not symmetric.

    Raises
    ------
    ValueError, TypeError
        As `wayseer.tsp.solve`.

    Notes
    -----
    O(n) for points, O(n^2) for a matrix. Frequencies are those of uniform instances of 500, 1000 (from n =
    750) and 10000 (from n = 5000) nodes; they hardly depend on n. Source: X. Pan, C. Wang, C. Ying, Y. Xue,
    T. Yu, "Rethinking the 'Heatmap + Monte Carlo Tree Search' Paradigm for Solving Large Scale TSP" (2024).
    """
    instance = as_instance(x, metric)
    n = instance.n
    if n == 1:
        return scipy.sparse.csr_array((1, 1), dtype=np.float64)
    prior = np.array(GT_PRIOR[size_class(n)][: n - 1])
    prior /= prior.sum()
    neighbours = knn(instance, len(prior))
    return _csr(neighbours, np.broadcast_to(prior, neighbours.shape))


def softdist_heatmap(
    x: Any, tau: float | None = None, k: int | None = None, *, metric: str | None = None
) -> scipy.sparse.csr_array:
    """SoftDist: the softmax of the negative distances.

    Parameters
    ----------
    x, metric
        As for `wayseer.tsp.solve`; symmetric costs only.
    tau : float, optional
        Temperature, in units of the side of the square that holds the points. None: 0.0066 for n = 500,
        0.0051 for 1000, 0.0018 for 10000 (as published), 0.15 / sqrt(n) for others.
    k : int, optional
        Only the k nearest neighbours get an entry. None: 50; n - 1 gives full rows.

    Returns
    -------
    scipy.sparse.csr_array (n, n), float64
        H(i, j) = exp(-d(i, j) / tau) / sum over the row. Rows sum to 1.

    Raises
    ------
    ValueError, TypeError
        As `wayseer.tsp.solve`; ``tau`` not positive, or ``k`` below 1.

    Notes
    -----
    The square is [0, 1]^2 where the points lie in it and span at least half of it, else it has the longer
    side of their bounding box. Distances are Euclidean for every metric on points in a plane or in space.
    For GEO and for matrices the unit is set so that the mean distance to the nearest neighbour is 0.5 /
    sqrt(n), as for uniform points. O(n k log k). Source: Y. Xia et al., "Position: Rethinking Post-Hoc
    Search-Based Neural Approaches for Solving Large-Scale Traveling Salesman Problems" (2024).
    """
    instance = as_instance(x, metric)
    n = instance.n
    temperature = None if tau is None else number(tau, "tau")
    if temperature is None:
        temperature = SOFTDIST_TAU.get(n, 0.15 / n**0.5)
    elif temperature <= 0:
        raise ValueError(f"tau must be positive, got {temperature}")
    width = 50 if k is None else integer(k, "k", 1)
    if n == 1:
        return scipy.sparse.csr_array((1, 1), dtype=np.float64)
    neighbours = knn(instance, min(width, n - 1))
    distances = _unit_distances(instance, neighbours)
    # The nearest is first, so no exponent is positive.
    weights = np.exp((distances[:, :1] - distances) / temperature)
    weights /= weights.sum(axis=1, keepdims=True)
    return _csr(neighbours, weights)


def _unit_distances(instance: TSPInstance, neighbours: NDArray[np.int32]) -> NDArray[np.float64]:
    if instance.points is None or instance.metric == "GEO":
        rows = np.arange(instance.n)[:, None]
        distances = instance.distances(rows, neighbours).astype(np.float64)
        distances.sort(axis=1)
        nearest = float(distances[:, 0].mean())
        return distances * (0.5 / instance.n**0.5 / nearest) if nearest > 0 else distances
    points = instance.points
    distances = np.empty(neighbours.shape)
    for rank in range(neighbours.shape[1]):  # no (n, k, 2) array
        distances[:, rank] = np.sqrt(((points - points[neighbours[:, rank]]) ** 2).sum(axis=1))
    low, high = points.min(axis=0), points.max(axis=0)
    side = float((high - low).max())
    if low.min() >= 0 and high.max() <= 1 and side >= 0.5:
        return distances
    return distances / side if side > 0 else distances


def _csr(neighbours: NDArray[np.int32], values: NDArray[np.float64]) -> scipy.sparse.csr_array:
    n, width = neighbours.shape
    order = np.argsort(neighbours, axis=1)
    indptr = np.arange(n + 1, dtype=np.int64) * width
    columns = np.take_along_axis(neighbours, order, axis=1).ravel()
    return scipy.sparse.csr_array(
        (np.take_along_axis(values, order, axis=1).ravel(), columns, indptr), shape=(n, n)
    )
