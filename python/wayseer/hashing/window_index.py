"""Nearest neighbours among the vectors whose label lies in a window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer._common.arrays import (
    check_finite,
    choice,
    dense_array,
    exact_float64,
    integer,
    number,
    real_array,
    shown,
)
from wayseer._core import hashing as _core
from wayseer.hashing.vectors import read_queries, read_vectors

METRICS = ("l2", "inner_product", "cosine")
_INNER = ("hnsw", "flat", "ivf")
_METHODS = ("auto", "prefilter", "postfilter", "super", "tree", "split", "joint")
_INT32_MAX = 2**31 - 1
_MAX_VECTORS = 2**30 - 1


class WindowIndex:
    """The nearest of those vectors whose label is between two bounds.

    Every vector has a label, such as a time or a price. A query is a vector and a window of labels; what
    lies outside the window is as if it were not there.

    Parameters
    ----------
    X : array_like of shape (n, d)
        The vectors, stored as float32, at most 2^30 - 1 of them. They are copied.
    labels : array_like of shape (n,)
        Integers, floats, booleans, datetime64 or timedelta64. Equal ones may occur.
    metric : {"l2", "inner_product", "cosine"}
        What ``search`` returns as the distance: the squared Euclidean distance, minus the inner product, or
        1 - cos, where a vector of zeros has distance 1 to all.
    inner : {"hnsw", "flat", "ivf"}
        What finds neighbours in a bucket of the index: a graph; comparing with every vector, which is exact
        and needs no building; or an inverted file, which is built fast.
    leaf_cutoff : int
        Buckets of this many vectors or less have no graph.
    split : int
        How many buckets of the next level a bucket is cut into, at least 2.
    shift : float or None
        Buckets also begin at every ``shift`` of their size, for the methods ``"super"`` and ``"split"``,
        above 0 and below 1. None: only those that make a tree, which halves time and memory of building;
        ``"auto"`` then is up to a quarter slower.
    seed : int
        Of the graphs. Equal input and seed give equal graphs, whatever ``threads`` is.
    threads : int
        For building.
    ef_construction : int
        The beam of building: higher makes better graphs, slower.
    costs : tuple of 2 floats, optional
        Nanoseconds per vector scanned and per vector of the beam of a graph search, which ``"auto"`` decides
        by; see `costs`. By default they are timed when the index is built, so ``"auto"`` may decide
        differently for another index of the same vectors.
    progress : callable, optional
        Called as ``progress(done, total)`` at most 10 times a second while building.

    Raises
    ------
    ValueError
        NaN or infinite entries, numbers of vectors and labels that differ, arguments outside their limits.
    TypeError
        Dtypes that are no vectors or labels.
    KeyboardInterrupt
        Ctrl-C, within 0.1 s; there is no half-built index.

    Notes
    -----
    Vectors are kept in the order of their labels, so a window is a range of them. Building searches about
    log2(n / leaf_cutoff) graphs per vector, twice that with ``shift=0.5``; each level takes 64 bytes per
    vector, or 128 where buckets exceed 65535 vectors. Graphs are walked by codes of a byte per number, which
    are kept beside the vectors; what is found is compared exactly, and distances are those of float32.

    J. Engels, B. Landrum, S. Yu, L. Dhulipala, J. Shun, "Approximate nearest neighbor search with window
    filters", 2024. K. Xu et al., "iRangeGraph", 2024, for the method ``"joint"``. Graphs: Y. Malkov,
    D. Yashunin, "Efficient and robust approximate nearest neighbor search using hierarchical navigable small
    world graphs", 2020.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.arange(20, dtype=np.float32).reshape(10, 2)
    >>> index = WindowIndex(X, labels=[3, 1, 4, 1, 5, 9, 2, 6, 5, 3])
    >>> ids, dist = index.search([0, 1], windows=[4, 6], k=5)
    >>> ids, dist
    (array([ 2,  4,  7,  8, -1]), array([ 32., 128., 392., 512.,  inf], dtype=float32))
    """

    def __init__(
        self,
        X: ArrayLike,
        labels: ArrayLike,
        metric: str = "l2",
        inner: str = "hnsw",
        leaf_cutoff: int = 1000,
        split: int = 2,
        shift: float | None = 0.5,
        seed: int = 0,
        threads: int = 1,
        *,
        ef_construction: int = 200,
        costs: tuple[float, float] | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> None:
        self._metric = choice(metric, "metric", METRICS)
        self._inner = choice(inner, "inner", _INNER)
        leaf_cutoff = integer(leaf_cutoff, "leaf_cutoff", 1, _INT32_MAX)
        split = integer(split, "split", 2, _INT32_MAX)
        if shift is not None:
            shift = number(shift, "shift")
            if not 0 < shift < 1:
                raise ValueError(f"shift must be None or above 0 and below 1, got {shift}")
        seed = integer(seed, "seed", 0, 2**64 - 1)
        threads = integer(threads, "threads", 1, 1024)
        ef_construction = integer(ef_construction, "ef_construction", 1, 10**6)
        if costs is not None:
            try:
                scan, visit = costs
            except (TypeError, ValueError):
                raise ValueError(f"costs must be two numbers, got {shown(costs)}") from None
            costs = number(scan, "costs[0]", 0), number(visit, "costs[1]", 0)
        if progress is not None and not callable(progress):
            raise TypeError(f"progress must be callable or None, got {shown(progress)}")
        vectors = read_vectors(X, "X", self._metric)
        if vectors.ndim != 2:
            raise ValueError(f"X must have two dimensions (n, d), got shape {vectors.shape}")
        if vectors.shape[1] == 0:
            raise ValueError("X has vectors of 0 dimensions; allowed are 1 or more")
        if len(vectors) > _MAX_VECTORS:
            raise ValueError(f"X has {len(vectors)} vectors; allowed are at most {_MAX_VECTORS}")
        given = _labels(labels)
        if given.shape != (len(vectors),):
            raise ValueError(f"labels must have shape ({len(vectors)},) like X has rows, got {given.shape}")
        order = np.argsort(given, kind="stable").astype(np.int32)
        self._sorted = given[order]
        self._index = _core.WindowIndex(
            vectors,
            order,
            self._metric,
            self._inner,
            leaf_cutoff,
            split,
            shift or 0.0,
            ef_construction,
            seed,
            threads,
            costs,
            progress,
        )

    def search(
        self,
        Q: ArrayLike,
        windows: ArrayLike,
        k: int,
        beam: int = 64,
        method: str = "auto",
        *,
        final_multiply: int = 1,
        threads: int = 1,
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The k nearest vectors whose label is in a window, for each query.

        Parameters
        ----------
        Q : array_like of shape (nq, d), or (d,) for one query
        windows : array_like of shape (nq, 2), or (2,) for one query
            The lowest and the highest label, both inside. Infinite bounds are allowed; a window whose
            bounds are the wrong way round is empty.
        k : int
            How many neighbours.
        beam : int
            How many vectors inside the window an approximate search keeps, and more than it returns: higher
            finds more of the true neighbours, slower. Raised to ``k`` if it is less. With ``inner="ivf"``,
            how many lists that have vectors of the window are looked at.
        method : {"auto", "prefilter", "postfilter", "super", "tree", "split", "joint"}
            ``"auto"`` takes ``"prefilter"`` or a search of graphs, whichever `costs` make the faster:
            ``"super"`` where the window fills most of a bucket, else ``"joint"``.
            ``"prefilter"`` compares with all of the window: exact. ``"joint"`` walks the links of all tree
            nodes at the window together and never leaves it. ``"tree"`` searches the nodes inside the window
            one by one, ``"split"`` the largest of them and what remains before and after; ``"postfilter"``
            searches the smallest node around the window, ``"super"`` the smallest bucket, shifted or not.
            All are exact with ``inner="flat"``.
        final_multiply : int
            The beam is at least this multiple of ``k``.
        threads : int
            Queries searched at a time; the result is the same.

        Returns
        -------
        ids : ndarray of int64, shape (nq, k), or (k,) for one query
            Positions in X in order of distance, equal ones in ascending order; -1 where the window has
            fewer than k vectors.
        dist : ndarray of float32, of the same shape
            See ``metric``; infinite where the id is -1.

        Raises
        ------
        ValueError
            NaN in a window, NaN or infinity in a query, another dimension than X has, one of Q and windows
            longer than the other, ``k`` or ``beam`` below 1.
        TypeError
            Windows of a dtype that cannot be compared with the labels.
        KeyboardInterrupt
            Ctrl-C, within 0.1 s.
        """
        k = integer(k, "k", 1, _INT32_MAX)
        beam = integer(beam, "beam", 1, _INT32_MAX)
        final_multiply = integer(final_multiply, "final_multiply", 1, _INT32_MAX)
        threads = integer(threads, "threads", 1, 1024)
        method = choice(method, "method", _METHODS)
        queries, one = read_queries(Q, self.dim, self._metric)
        bounds = dense_array(windows, "windows")
        if one and bounds.ndim == 1:
            bounds = bounds[None]
        if bounds.shape != (len(queries), 2):
            raise ValueError(
                f"windows must have shape ({len(queries)}, 2), a row for each query, got {bounds.shape}"
            )
        ids, dist = self._index.search(queries, self._ranks(bounds), k, beam, final_multiply, method, threads)
        return (ids[0], dist[0]) if one else (ids, dist)

    @property
    def dim(self) -> int:
        """The dimension of the vectors."""
        return int(self._index.dim)

    @property
    def metric(self) -> str:
        return self._metric

    @property
    def inner(self) -> str:
        return self._inner

    @property
    def costs(self) -> tuple[float, float]:
        """Nanoseconds per vector scanned, and per vector of the beam of a graph search."""
        scan, visit = self._index.costs
        return float(scan), float(visit)

    @property
    def index_bytes(self) -> int:
        """Memory beside that of the vectors and labels."""
        return int(self._index.index_bytes)

    def __len__(self) -> int:
        return len(self._index)

    def __repr__(self) -> str:
        return f"WindowIndex({len(self)} vectors of {self.dim} dimensions, {self._metric}, {self._inner})"

    def _ranks(self, windows: NDArray[Any]) -> NDArray[np.int32]:
        """The range of rows of each window."""
        low, high, empty = _comparable(windows, self._sorted.dtype)
        begin = np.searchsorted(self._sorted, low, "left")
        end = np.searchsorted(self._sorted, high, "right")
        end[empty] = begin[empty]
        return np.stack((begin, np.maximum(begin, end)), axis=1).astype(np.int32)


def _labels(x: ArrayLike) -> NDArray[Any]:
    """As int64, float64, datetime64 or timedelta64."""
    given = dense_array(x, "labels")
    kind = given.dtype.kind
    if kind in "mM":
        if np.isnat(given).any():
            raise ValueError(f"labels[{int(np.argmax(np.isnat(given)))}] is NaT; allowed are instants")
        return given
    if kind == "b" or (given.size == 0 and kind == "f"):
        return given.astype(np.int64 if kind == "b" else np.float64)
    given = real_array(given, "labels")
    check_finite(given, "labels")
    if given.dtype.kind == "f":
        return given.astype(np.float64)
    if given.dtype == np.uint64 and given.size and int(given.max()) >= 2**63:
        raise ValueError(f"labels holds {int(given.max())}; allowed are integers below 2^63")
    return given.astype(np.int64)


def _comparable(
    windows: NDArray[Any], dtype: np.dtype[Any]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_]]:
    """Lower and upper bounds that compare exactly with labels of the dtype, and which windows are empty."""
    if dtype.kind in "mM":
        if windows.dtype.kind != dtype.kind:
            if windows.dtype.kind not in "OU":
                raise TypeError(f"windows has dtype {windows.dtype}, labels have {dtype}")
            try:
                windows = windows.astype(dtype.kind + "8")
            except (TypeError, ValueError):
                raise TypeError(f"windows cannot be read as {dtype}") from None
        if np.isnat(windows).any():
            raise ValueError("windows holds NaT; allowed are instants")
        low, high = windows[:, 0], windows[:, 1]
        return low, high, high < low
    if windows.dtype.kind == "b":
        windows = windows.astype(np.int64)
    windows = real_array(windows, "windows")
    low, high = windows[:, 0], windows[:, 1]
    if windows.dtype.kind == "f" and np.isnan(windows).any():
        raise ValueError(f"windows[{int(np.argmax(np.isnan(windows).any(axis=1)))}] holds NaN")
    empty = high < low
    if dtype.kind == "f":
        exact = exact_float64(windows, "windows")
        return exact[:, 0], exact[:, 1], empty
    limits = np.iinfo(np.int64)
    if windows.dtype.kind == "f":
        low, high = np.ceil(low.astype(np.float64)), np.floor(high.astype(np.float64))
        empty = empty | (high < low) | (low >= 2.0**63) | (high < -(2.0**63))
        return _to_int64(low), _to_int64(high), empty
    if windows.dtype == np.uint64:
        empty = empty | (low > limits.max)
        low, high = np.minimum(low, np.uint64(limits.max)), np.minimum(high, np.uint64(limits.max))
    return low.astype(np.int64), high.astype(np.int64), empty


def _to_int64(whole: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole numbers and infinities, cut to the range."""
    limits = np.iinfo(np.int64)
    inside = np.clip(whole, -(2.0**63), 2.0**63 - 1024).astype(np.int64)
    inside[whole >= 2.0**63] = limits.max
    return inside
