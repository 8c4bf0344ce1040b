"""Hypergraphs whose edges have colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer._common.arrays import (
    INT32_MAX,
    check_finite,
    dense_array,
    exact_float64,
    id_array,
    integer,
    real_array,
    shown,
)


@dataclass(frozen=True, eq=False, repr=False)
class EdgeColoredHypergraph:
    """Vertices 0..n-1 and hyperedges, each with a colour and perhaps a weight.

    Made by `from_lists`, `from_arrays` and `read_ecc`, which validate it.

    Attributes
    ----------
    offsets : array (M + 1,), int64
    members : array (offsets[M],), int32
        The vertices of hyperedge e are ``members[offsets[e]:offsets[e + 1]]``: at least one, none twice.
    colors : array (M,), int32
        The colour of each hyperedge, 0..n_colors-1.
    weights : array (M,), float64, or None
        At least 0; None: every hyperedge weighs 1.
    n : int
        Number of vertices.
    n_colors : int
    vertex_ids : array (n,), or None
        What the vertices were called in the file, ascending; None: 0..n-1.
    color_ids : array (n_colors,), or None
        The same of the colours.
    """

    offsets: NDArray[np.int64]
    members: NDArray[np.int32]
    colors: NDArray[np.int32]
    weights: NDArray[np.float64] | None
    n: int
    n_colors: int
    vertex_ids: NDArray[Any] | None = None
    color_ids: NDArray[Any] | None = None

    @classmethod
    def from_lists(
        cls,
        edges: Iterable[Sequence[int]],
        colors: ArrayLike,
        weights: ArrayLike | None = None,
        n: int | None = None,
        n_colors: int | None = None,
    ) -> EdgeColoredHypergraph:
        """A hypergraph of one list of vertices for each hyperedge.

        Parameters
        ----------
        edges : iterable of sequences of int
            The vertices of each hyperedge, 0..n-1.
        colors, weights, n, n_colors
            As of `from_arrays`.

        Raises
        ------
        ValueError, TypeError
            As `from_arrays`; the message names the hyperedge.
        """
        rows = []
        for e, edge in enumerate(edges):
            row = dense_array(edge, f"edges[{e}]")
            if row.ndim != 1:
                raise ValueError(f"edges[{e}] is {shown(edge)}; allowed is a list of vertices")
            if row.size and row.dtype.kind not in "iu":
                raise TypeError(f"edges[{e}] has dtype {row.dtype}; vertices must be integers")
            rows.append(row)
        offsets = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(row) for row in rows], out=offsets[1:])
        members = np.concatenate(rows) if offsets[-1] else np.empty(0, np.int32)
        return cls.from_arrays(offsets, members, colors, weights, n, n_colors)

    @classmethod
    def from_arrays(
        cls,
        offsets: ArrayLike,
        members: ArrayLike,
        colors: ArrayLike,
        weights: ArrayLike | None = None,
        n: int | None = None,
        n_colors: int | None = None,
    ) -> EdgeColoredHypergraph:
        """A hypergraph of the arrays that make it up, not copied where the dtypes fit.

        Parameters
        ----------
        offsets : array (M + 1,) of int
        members : array (offsets[M],) of int
            The vertices of hyperedge e are ``members[offsets[e]:offsets[e + 1]]``.
        colors : array (M,) of int
            0..n_colors-1.
        weights : array (M,) of numbers, optional
            Finite, at least 0.
        n, n_colors : int, optional
            Default one more than the largest vertex, the largest colour.

        Raises
        ------
        ValueError, TypeError
            An empty hyperedge, a vertex twice in one, a colour missing, anything out of range; the message
            names the hyperedge.

        Notes
        -----
        O(n + sum of sizes), by one stable sort of the members.
        """
        starts = dense_array(offsets, "offsets")
        if starts.ndim != 1 or not starts.size:
            raise ValueError(f"offsets has shape {starts.shape}; allowed is (M + 1,)")
        if starts.dtype.kind not in "iu":
            raise TypeError(f"offsets has dtype {starts.dtype}; offsets must be integers")
        starts = np.ascontiguousarray(starts, dtype=np.int64)
        ends = dense_array(members, "members")
        if ends.ndim != 1:
            raise ValueError(f"members has shape {ends.shape}; allowed is one dimension")
        if starts[0] != 0 or starts[-1] != len(ends):
            raise ValueError(
                f"offsets runs from {starts[0]} to {starts[-1]}; allowed is from 0 to {len(ends)}, "
                "the number of members"
            )
        sizes = np.diff(starts)
        count = len(sizes)
        if count and int(sizes.min()) < 1:
            e = int(np.argmax(sizes < 1))
            if sizes[e] < 0:
                raise ValueError(
                    f"offsets[{e + 1}] = {starts[e + 1]} is less than offsets[{e}] = {starts[e]}"
                )
            raise ValueError(f"hyperedge {e} is empty; allowed is at least one vertex")
        n = _size(n, "n", ends)
        ids = id_array(ends, "members", n)
        _check_distinct(starts, ids)

        tints = dense_array(colors, "colors")
        if tints.shape != (count,):
            raise ValueError(
                f"colors has shape {tints.shape}; there are {count} hyperedges, each has one colour"
            )
        n_colors = _size(n_colors, "n_colors", tints)
        tints = id_array(tints, "colors", n_colors)
        masses = None if weights is None else exact_float64(real_array(weights, "weights"), "weights")
        if masses is not None:
            if masses.shape != (count,):
                raise ValueError(f"weights has shape {masses.shape}; there are {count} hyperedges")
            check_finite(masses, "weights")
            if count and float(masses.min()) < 0:
                e = int(np.argmin(masses))
                raise ValueError(f"weights[{e}] is {masses[e]:g}; allowed are 0 and more")
        return cls(starts, ids, tints, masses, n, n_colors)

    @property
    def m(self) -> int:
        """Number of hyperedges."""
        return len(self.colors)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Number of vertices of each hyperedge."""
        return np.diff(self.offsets)

    @property
    def rank(self) -> int:
        """The size of the largest hyperedge; 0 without hyperedges."""
        return int(self.sizes.max(initial=0))

    @property
    def total_weight(self) -> float:
        """The weight of all hyperedges."""
        return float(self.m) if self.weights is None else float(self.weights.sum())

    def edge(self, e: int) -> NDArray[np.int32]:
        """The vertices of hyperedge e."""
        return self.members[self.offsets[e] : self.offsets[e + 1]]

    def __repr__(self) -> str:
        kind = "" if self.weights is None else ", weighted"
        return (
            f"EdgeColoredHypergraph(n={self.n}, m={self.m}, n_colors={self.n_colors}, rank={self.rank}{kind})"
        )


def _size(given: int | None, name: str, ids: NDArray[Any]) -> int:
    """The number of vertices or colours: as given, else one more than the largest id."""
    if given is None:
        given = 1 + (int(ids.max()) if ids.size and ids.dtype.kind in "iu" else -1)
        given = max(given, 0)
    return integer(given, name, 0, INT32_MAX - 1)


def _check_distinct(offsets: NDArray[np.int64], members: NDArray[np.int32]) -> None:
    """Raise ValueError for a vertex that is twice in one hyperedge."""
    if len(members) < 2:
        return
    edge = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    order = np.lexsort((members, edge))
    sorted_members = members[order]
    twice = (sorted_members[1:] == sorted_members[:-1]) & (edge[1:] == edge[:-1])  # edge[order] is edge
    if twice.any():
        at = int(np.argmax(twice))
        raise ValueError(f"vertex {sorted_members[at]} is twice in hyperedge {edge[at]}; allowed is once")
