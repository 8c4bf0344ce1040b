"""Nearest neighbours among the vectors whose attributes meet a filter."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer._common.arrays import (
    INT32_MAX,
    choice,
    integer,
    shown,
)
from wayseer._common.errors import FormatError
from wayseer._core import hashing as _core
from wayseer.hashing.attribute_filters import Filter, read_columns, read_filters
from wayseer.hashing.vectors import read_queries, read_vectors

_METRICS = ("l2", "inner_product", "cosine")
_MAX_DIM = 65536
_ALL_LISTS = 0


class HybridIVF:
    """The nearest of those vectors whose attributes meet a filter.

    Vectors are put into the lists of their nearest k-means centers. A search looks at the nearest ``nprobe``
    lists that have a vector that passes the filter, and computes distances of those vectors only.

    Parameters
    ----------
    X : array_like of shape (n, d)
        The vectors, 1 to 2^31 - 1 of them in 1 to 65536 dimensions, stored as float32. They are copied.
    attrs : mapping of str to array_like of shape (n,), optional
        Whole numbers, or booleans, which are 0 and 1, within int64. Each is stored in the 1, 2, 4 or 8 bytes
        that its largest minus its smallest value needs. Filters on the first one are the fastest, since
        vectors of a list are sorted by it (then by the second, and so on).
    nlist : int, optional
        Lists, 1 to n; by default 4 sqrt(n), but at most one for 8 vectors.
    metric : {"l2", "inner_product", "cosine"}
        What ``search`` returns as the distance: the squared Euclidean distance, minus the inner product, or
        1 - cos, where a vector of zeros has distance 1 to all.
    seed : int
        Of k-means. Equal input and seed give equal indices, whatever ``threads`` is.
    threads : int
        For building.

    Raises
    ------
    ValueError
        NaN, infinite or too large entries, attributes of another length, arguments outside their limits.
    TypeError
        Attributes that are no whole numbers; vectors that are no numbers.
    KeyboardInterrupt
        Ctrl-C, within 0.1 s; there is no half-built index.

    Notes
    -----
    Building takes O(n nlist d): 6 rounds of k-means on 64 vectors for each list, then every vector's nearest
    center. Beside vectors and attributes, memory is 4 bytes for each vector, 4 d for each list, and half a
    byte or less for each vector and attribute; where lists are of 200 vectors or more, also half a page for
    each.

    J. Sivic, A. Zisserman, "Video Google: a text retrieval approach to object matching in videos", 2003;
    H. Jegou, M. Douze, C. Schmid, "Product quantization for nearest neighbor search", 2011.

    Examples
    --------
    >>> X = np.arange(20, dtype=np.float32).reshape(10, 2)
    >>> index = HybridIVF(X, {"color": [0, 1] * 5, "year": range(2010, 2020)})
    >>> ids, dist = index.search([0, 1], filter={"color": 1, "year": (2012, None)}, k=5)
    >>> ids, dist
    (array([ 3,  5,  7,  9, -1]), array([ 72., 200., 392., 648.,  inf], dtype=float32))
    """

    def __init__(
        self,
        X: ArrayLike,
        attrs: Mapping[str, ArrayLike] | None = None,
        nlist: int | None = None,
        metric: str = "l2",
        seed: int = 0,
        threads: int = 1,
    ) -> None:
        metric = choice(metric, "metric", _METRICS)
        seed = integer(seed, "seed", 0, 2**64 - 1)
        threads = integer(threads, "threads", 1, 1024)
        vectors = read_vectors(X, "X", metric)
        if vectors.ndim != 2:
            raise ValueError(f"X must have two dimensions (n, d), got shape {vectors.shape}")
        n, dim = vectors.shape
        if not 1 <= dim <= _MAX_DIM:
            raise ValueError(f"X has vectors of {dim} dimensions; allowed are 1 to {_MAX_DIM}")
        if not 1 <= n <= INT32_MAX:
            raise ValueError(f"X has {n} vectors; allowed are 1 to {INT32_MAX}")
        lists = 0 if nlist is None else integer(nlist, "nlist", 1, n)
        columns = read_columns({} if attrs is None else attrs, n)
        self._attach(
            _core.HybridIvf(vectors, list(columns), list(columns.values()), metric, lists, seed, threads)
        )

    def _attach(self, index: Any) -> None:
        self._index = index
        self._number = {name: i for i, (name, *_) in enumerate(index.attributes())}

    @classmethod
    def open(cls, path: str | os.PathLike[str], mmap: bool = True, verify: str = "meta") -> HybridIVF:
        """Open an index that `save` has written; it gives the same answers.

        Parameters
        ----------
        path : path
        mmap : bool
            Use the index where the file is mapped: opening takes little time and memory, several processes
            share one copy, and lists are read when they are first looked at. Nobody may cut the file shorter
            meanwhile; replacing it, as ``save`` does, is fine. Otherwise it is read into memory.
        verify : {"header", "meta", "all"}
            What is compared with checksums: the header and the names of attributes; also all but vectors,
            their numbers and attributes; also these. A damaged part that was not compared gives wrong
            answers, never a crash.

        Raises
        ------
        wayseer.FormatError
            The file is no such index, is damaged, or was written by another version; with ``path`` and
            ``offset``.
        OSError
            The file cannot be read.
        """
        choice(verify, "verify", ("header", "meta", "all"))
        made = cls.__new__(cls)
        try:
            made._attach(_core.HybridIvf.open(os.fsdecode(path), not mmap, verify))
        except UnicodeDecodeError as error:
            raise FormatError(f"names of attributes at byte 4096: {error}", path, offset=4096) from None
        return made

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the index to a file, as it lies in memory.

        The file appears under its name when it is complete and on the disk.

        Raises
        ------
        OSError
            The file cannot be written.
        """
        self._index.save(os.fsdecode(path))

    def search(
        self,
        Q: ArrayLike,
        filter: Filter | Sequence[Filter | None] | None = None,
        k: int = 10,
        nprobe: int | str | None = 16,
        *,
        threads: int = 1,
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The k nearest vectors that pass a filter, for each query.

        Parameters
        ----------
        Q : array_like of shape (nq, d), or (d,) for one query
        filter : mapping, optional, or a sequence of one mapping or None for each query
            A condition for each of some attributes, all of which must hold: a whole number means equality; a
            tuple (lo, hi) a range that includes both ends, of which None leaves one open, and which is empty
            where lo > hi; a list, set, range or array one of these values, none if it has none.
        k : int
            How many neighbours.
        nprobe : int, "all" or None
            How many lists to look at, not counting those where nothing passes: more find more of the true
            neighbours, slower. The rarer what passes, the more are needed, though each costs less. "all" or
            None: exact.
        threads : int
            Queries searched at a time; the result is the same.

        Returns
        -------
        ids : ndarray of int64, shape (nq, k), or (k,) for one query
            Positions in X in order of distance, equal ones in ascending order; -1 where fewer than k are
            found.
        dist : ndarray of float32, of the same shape
            See ``metric``; infinite where the id is -1.

        Raises
        ------
        ValueError
            NaN, infinite or too large entries in Q, another dimension than X has, an unknown attribute, a
            tuple that is not (lo, hi), another number of filters than queries, ``k`` or ``nprobe`` below 1.
        TypeError
            A condition that is none of the above, such as a float.
        KeyboardInterrupt
            Ctrl-C, within 0.1 s.

        Notes
        -----
        Queries with the same filter are faster together. The search ends before ``nprobe`` lists where no
        vector of a list that is left can be nearer than the k-th found (triangle inequality).
        """
        k = integer(k, "k", 1, INT32_MAX)
        threads = integer(threads, "threads", 1, 1024)
        probes = _probes(nprobe)
        queries, one = read_queries(Q, self.dim, self.metric)
        filters, filter_of = read_filters(filter, self._number, len(queries))
        ids, dist = self._index.search(queries, filters, filter_of, k, probes, threads)
        return (ids[0], dist[0]) if one else (ids, dist)

    @property
    def dim(self) -> int:
        """The dimension of the vectors."""
        return int(self._index.dim)

    @property
    def nlist(self) -> int:
        return int(self._index.lists)

    @property
    def metric(self) -> str:
        return str(self._index.metric)

    @property
    def attributes(self) -> dict[str, tuple[int, int]]:
        """Name, and smallest and largest value, of each attribute."""
        return {name: (low, high) for name, low, high, _ in self._index.attributes()}

    @property
    def nbytes(self) -> int:
        """Memory, or size of the mapped part, of everything."""
        return int(self._index.bytes)

    def __len__(self) -> int:
        return len(self._index)

    def __repr__(self) -> str:
        names = ", ".join(self._number) or "none"
        return (
            f"HybridIVF({len(self)} vectors of {self.dim} dimensions, {self.metric}, {self.nlist} lists, "
            f"attributes: {names})"
        )


def _probes(nprobe: int | str | None) -> int:
    if nprobe is None or (isinstance(nprobe, str) and nprobe == "all"):
        return _ALL_LISTS
    if isinstance(nprobe, str):
        raise ValueError(f"nprobe must be a number of lists, 'all' or None, got {shown(nprobe)}")
    return min(integer(nprobe, "nprobe", 1), INT32_MAX)
