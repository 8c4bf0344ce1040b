"""The graphs that the clustering room works on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray

from wayseer import _core
from wayseer._common.arrays import (
    INT32_MAX,
    check_finite,
    choice,
    dense_array,
    exact_float64,
    id_array,
    integer,
    real_array,
)
from wayseer._common.limits import checked_flag

_MERGE = ("error", "first", "sum")


@dataclass(frozen=True, eq=False, repr=False)
class Graph:
    """An undirected graph with or without edge weights, in compressed sparse rows.

    Made by `from_edges`, `from_scipy`, `from_networkx` and `read_graph`, which validate it.

    Attributes
    ----------
    offsets : array (n + 1,), int64
    targets : array (2 m,), int32
        The neighbours of vertex v are ``targets[offsets[v]:offsets[v + 1]]``, ascending; every edge is in
        both rows. No self-loops, no parallel edges.
    weights : array (2 m,), float64, or None
        Parallel to ``targets``; None: every edge weighs 1.
    vertex_ids : array (n,), or None
        What the vertices were called in the file; None: 0..n-1.
    names : tuple, or None
        Node objects of a networkx graph.
    """

    offsets: NDArray[np.int64]
    targets: NDArray[np.int32]
    weights: NDArray[np.float64] | None = None
    vertex_ids: NDArray[Any] | None = None
    names: tuple[Any, ...] | None = None

    @property
    def n(self) -> int:
        """Number of vertices."""
        return len(self.offsets) - 1

    @property
    def m(self) -> int:
        """Number of edges."""
        return len(self.targets) // 2

    @property
    def degrees(self) -> NDArray[np.int64]:
        """Number of neighbours of each vertex."""
        return np.diff(self.offsets)

    @property
    def signed(self) -> bool:
        """True if a weight is negative."""
        return self.weights is not None and bool(self.weights.size) and float(self.weights.min()) < 0

    @cached_property
    def core(self) -> _core.clustering.Graph:
        """The C++ view of the graph; borrows its arrays."""
        return _core.clustering.Graph(self.offsets, self.targets, self.weights)

    def edges(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64] | None]:
        """Arrays u, v, w of the edges with u < v; w is None without weights."""
        u = np.repeat(np.arange(self.n, dtype=np.int32), self.degrees)
        once = u < self.targets
        return u[once], self.targets[once], None if self.weights is None else self.weights[once]

    def to_scipy(self) -> scipy.sparse.csr_array:
        """The adjacency matrix; without weights its entries are 1."""
        data = np.ones(len(self.targets)) if self.weights is None else self.weights
        return scipy.sparse.csr_array((data, self.targets, self.offsets), shape=(self.n, self.n))

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "core"}

    def __repr__(self) -> str:
        kind = "" if self.weights is None else ", signed" if self.signed else ", weighted"
        return f"Graph(n={self.n}, m={self.m}{kind})"


def from_edges(
    u: ArrayLike,
    v: ArrayLike,
    w: ArrayLike | None = None,
    n: int | None = None,
    *,
    merge: str = "error",
    drop_loops: bool = False,
) -> Graph:
    """A graph of edge arrays.

    Parameters
    ----------
    u, v : array (m,) of int
        Edge e joins u[e] and v[e]; (u, v) and (v, u) are the same edge.
    w : array (m,) of numbers, optional
        Weights, finite; negative ones are for `multicut`.
    n : int, optional
        Number of vertices; default the largest id plus 1.
    merge : str
        What to do with an edge given more than once: "error", "first" (keep its first weight) or "sum".
    drop_loops : bool
        Drop edges u-u instead of refusing them.

    Raises
    ------
    ValueError, TypeError
        The message names the edge.

    Notes
    -----
    O(n + m), by two counting sorts.
    """
    choice(merge, "merge", _MERGE)
    drop_loops = checked_flag(drop_loops, "drop_loops")
    heads, tails = dense_array(u, "u"), dense_array(v, "v")
    for array, name in ((heads, "u"), (tails, "v")):
        if array.ndim != 1:
            raise ValueError(f"{name} has shape {array.shape}; allowed is (m,)")
    if heads.shape != tails.shape:
        raise ValueError(f"u has {len(heads)} entries, v has {len(tails)}")
    if n is None:
        n = 1 + max((int(a.max()) for a in (heads, tails) if a.size and a.dtype.kind in "iu"), default=-1)
    n = integer(n, "n", 0, INT32_MAX - 1)
    weights = None if w is None else exact_float64(real_array(w, "w"), "w")
    if weights is not None:
        if weights.shape != heads.shape:
            raise ValueError(f"w has shape {weights.shape}, u has {heads.shape}")
        check_finite(weights, "w")
    offsets, targets, data = _core.clustering.build_graph(
        n, id_array(heads, "u", n), id_array(tails, "v", n), weights, merge=merge, drop_loops=drop_loops
    )
    if data is not None:
        _check_sum(data)
    return Graph(offsets, targets, data)


def sparse_rows(matrix: Any, name: str) -> scipy.sparse.csr_array:
    """A matrix, dense or sparse, as float64 rows of our own: checked, in order, duplicates summed.

    TypeError for other than booleans and real numbers; ValueError for other than two dimensions, for indices
    that leave the matrix, and for integers that float64 cannot hold.
    """
    if not scipy.sparse.issparse(matrix):
        array = dense_array(matrix, name)
        array = array.astype(np.int8) if array.dtype.kind == "b" else real_array(array, name)
        if array.ndim != 2:
            raise ValueError(f"{name} has shape {array.shape}; allowed are two dimensions")
        return scipy.sparse.csr_array(exact_float64(array, name))
    if matrix.dtype.kind not in "biuf":
        raise TypeError(f"{name} has dtype {matrix.dtype}; allowed are booleans, integers and floats")
    if matrix.ndim != 2:
        raise ValueError(f"{name} has shape {matrix.shape}; allowed are two dimensions")
    if hasattr(matrix, "check_format"):  # csr, csc, bsr: indices may have been written over
        matrix.check_format(full_check=True)
    entries = matrix.tocoo()
    for indices, length in zip(entries.coords, entries.shape, strict=True):
        if indices.size and not (int(indices.min()) >= 0 and int(indices.max()) < length):
            raise ValueError(f"{name}: an index is out of range; allowed are 0..{length - 1}")
    data = entries.data.astype(np.int8) if matrix.dtype.kind == "b" else entries.data
    values = exact_float64(real_array(data, name), name)
    rows = scipy.sparse.csr_array(scipy.sparse.coo_array((values.copy(), entries.coords), entries.shape))
    if matrix.dtype.kind == "b":
        rows.data = np.minimum(rows.data, 1.0)
    return rows


def _check_sum(weights: NDArray[np.float64]) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        total = float(np.abs(weights).sum())
    if not np.isfinite(total):
        raise ValueError("weights: their sum is larger than float64 can hold")


def from_scipy(matrix: Any, *, symmetrize: str | None = None, drop_loops: bool = False) -> Graph:
    """A graph of a symmetric sparse or dense adjacency matrix; zeros are no edges.

    Parameters
    ----------
    matrix : scipy.sparse matrix or array, or array (n, n)
        Entries are weights, finite; a matrix of ones (or booleans) gives a graph without weights.
    symmetrize : str, optional
        For a matrix that is not symmetric: "max", "min" or "sum" of an entry and its mirror image.
    drop_loops : bool
        Ignore the diagonal instead of refusing entries on it.

    Raises
    ------
    ValueError
        Not square, not symmetric (with the number of entries that differ), not finite, an entry on the
        diagonal.
    """
    drop_loops = checked_flag(drop_loops, "drop_loops")
    if symmetrize is not None:
        choice(symmetrize, "symmetrize", ("max", "min", "sum"))
    rows = sparse_rows(matrix, "matrix")
    if rows.shape[0] != rows.shape[1]:
        raise ValueError(f"matrix has shape {rows.shape}; allowed is (n, n)")
    integer(rows.shape[0], "n", 0, INT32_MAX - 1)
    if rows.nnz and not np.isfinite(rows.data).all():
        at = int(np.argmin(np.isfinite(rows.data)))
        row = int(np.searchsorted(rows.indptr, at, side="right")) - 1
        raise ValueError(f"matrix[{row}, {rows.indices[at]}] is {rows.data[at]}; all entries must be finite")
    diagonal = rows.diagonal()
    if diagonal.any():
        if not drop_loops:
            v = int(np.flatnonzero(diagonal)[0])
            raise ValueError(
                f"matrix[{v}, {v}] = {diagonal[v]:g} is a self-loop; "
                "set drop_loops=True to ignore the diagonal"
            )
        rows = rows - scipy.sparse.diags_array(diagonal, format="csr")
    rows.eliminate_zeros()
    mirror = scipy.sparse.csr_array(rows.T)
    difference = rows - mirror
    difference.eliminate_zeros()
    if difference.nnz:
        if symmetrize is None:
            raise ValueError(
                f"matrix is not symmetric: {difference.nnz} entries differ from their mirror image; "
                "symmetrize='max', 'min' or 'sum' makes it so"
            )
        rows = (
            rows.maximum(mirror)
            if symmetrize == "max"
            else rows.minimum(mirror)
            if symmetrize == "min"
            else rows + mirror
        )
        rows.eliminate_zeros()
    rows.sort_indices()
    weights = np.ascontiguousarray(rows.data, dtype=np.float64)
    _check_sum(weights)
    return Graph(
        np.ascontiguousarray(rows.indptr, dtype=np.int64),
        np.ascontiguousarray(rows.indices, dtype=np.int32),
        None if (weights == 1.0).all() else weights,
    )


def from_networkx(graph: Any, weight: str | None = "weight") -> Graph:
    """A graph of an undirected networkx graph.

    Parameters
    ----------
    graph : networkx.Graph
        Parallel edges of a multigraph are summed; self-loops are an error.
    weight : str, optional
        The edge attribute with the weights; edges without it weigh 1. None: no weights.

    Notes
    -----
    The nodes are numbered in their order in the graph and kept in ``names``, for
    `ClusteringResult.as_dict`.
    """
    if not hasattr(graph, "nodes") or not hasattr(graph, "edges") or not hasattr(graph, "is_directed"):
        raise TypeError(f"graph must be a networkx.Graph, got {type(graph).__name__}")
    if graph.is_directed():
        raise ValueError("graph is directed; graph.to_undirected() makes it undirected")
    names = tuple(graph.nodes)
    index = {name: i for i, name in enumerate(names)}
    triples = [
        (index[a], index[b], 1.0 if weight is None else data.get(weight, 1.0))
        for a, b, data in graph.edges(data=True)
    ]
    u, v, w = zip(*triples, strict=True) if triples else ((), (), ())
    merge = "sum" if graph.is_multigraph() else "error"
    made = from_edges(np.array(u, np.int64), np.array(v, np.int64), np.array(w), len(names), merge=merge)
    assert made.weights is not None
    plain = bool((made.weights == 1.0).all())
    return Graph(made.offsets, made.targets, None if plain else made.weights, None, names)


def as_graph(graph: Any) -> Graph:
    """A `Graph` of whatever stands for one: itself, a scipy.sparse or dense matrix, a networkx graph."""
    if isinstance(graph, Graph):
        return graph
    if hasattr(graph, "nodes") and hasattr(graph, "is_directed"):
        return from_networkx(graph)
    return from_scipy(graph)


def positive_graph(graph: Any) -> Graph:
    """A graph of the complete model: a negative weight is an error that names `multicut`."""
    g = as_graph(graph)
    if g.signed:
        assert g.weights is not None
        at = int(np.argmin(g.weights))
        u = int(np.searchsorted(g.offsets, at, side="right")) - 1
        raise ValueError(
            f"edge {u}-{g.targets[at]} has the negative weight {g.weights[at]:g}; "
            "use multicut() for signed weights"
        )
    return g


def unweighted_graph(graph: Any) -> Graph:
    """A graph of the complete unweighted model; a weight other than 1 is an error."""
    g = positive_graph(graph)
    if g.weights is None:
        return g
    if g.weights.size and not (g.weights == 1.0).all():
        at = int(np.argmin(g.weights == 1.0))
        u = int(np.searchsorted(g.offsets, at, side="right")) - 1
        raise ValueError(
            f"edge {u}-{g.targets[at]} weighs {g.weights[at]:g}; this objective needs a graph without weights"
        )
    return Graph(g.offsets, g.targets, None, g.vertex_ids, g.names)


def label_array(labels: ArrayLike, name: str, n: int) -> NDArray[np.int32]:
    """Labels, any integers, as int32 numbered 0..k-1 in order of first appearance."""
    array = dense_array(labels, name)
    if array.shape != (n,):
        raise ValueError(f"{name} has shape {array.shape}; the graph has {n} vertices")
    if array.size == 0:
        return np.empty(0, np.int32)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name} has dtype {array.dtype}; labels must be integers")
    if not (int(array.min()) >= 0 and int(array.max()) < n):
        array = np.unique(array, return_inverse=True)[1]
    numbered, _ = _core.clustering.renumber(np.ascontiguousarray(array, dtype=np.int32))
    return numbered
