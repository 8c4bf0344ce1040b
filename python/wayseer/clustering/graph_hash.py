"""Hashing of users and items into buckets by clustering their graph, for smaller embedding tables."""

from __future__ import annotations

import heapq
import math
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer import _core
from wayseer._common.arrays import (
    INT32_MAX,
    check_finite,
    dense_array,
    integer,
    number,
)
from wayseer._common.limits import Callback, checked_flag
from wayseer.clustering.problem import Graph, sparse_rows
from wayseer.clustering.result import status_of
from wayseer.clustering.run import RunOptions

_BISECTIONS = 30
_NARROW = 0.01  # in log gamma; the count jumps there
_LARGEST = 1e150  # of the sum of weights, whose square is needed
_TOLERANCE = 0.02  # of n_buckets


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class GraphHash:
    """Buckets of users and items.

    Attributes
    ----------
    user_bucket, item_bucket : array (n_users,), (n_items,), int32
        0..n_user_buckets-1 and 0..n_item_buckets-1: rows of two embedding tables. Users without an edge share
        one bucket, so do items; read-only.
    n_user_buckets, n_item_buckets : int
    resolution : float
        gamma of the clustering; what was given, or what gave ``n_buckets``.
    modularity : float
        Barber's, at that resolution, of the joint clustering of users and items.
    adjusted : int
        Buckets merged or split after the clustering to come within 2 % of ``n_buckets``.
    unseen_buckets : int
        Further buckets, for ids that the graph does not know.
    status : str
        "feasible", "time_limit" or "interrupted".
    seconds : float
        Wall time.
    second : GraphHash or None
        With ``double=True`` another hashing: an id's embedding is composed of its rows in both.
    """

    user_bucket: NDArray[np.int32]
    item_bucket: NDArray[np.int32]
    n_user_buckets: int
    n_item_buckets: int
    resolution: float
    modularity: float
    adjusted: int = 0
    unseen_buckets: int = 1
    status: str = "feasible"
    seconds: float = 0.0
    second: GraphHash | None = None

    def __post_init__(self) -> None:
        for array in (self.user_bucket, self.item_bucket):
            array.flags.writeable = False

    @property
    def reduction(self) -> float:
        """Share of table rows saved: 1 - buckets / (n_users + n_items)."""
        rows = len(self.user_bucket) + len(self.item_bucket)
        return 1.0 - (self.n_user_buckets + self.n_item_buckets) / rows if rows else 0.0

    def lookup_users(self, ids: ArrayLike) -> NDArray[np.int64]:
        """The bucket of each user id.

        Ids from n_users on are unseen: they go to the buckets n_user_buckets.. n_user_buckets +
        unseen_buckets - 1, by a hash.
        """
        return self._lookup(self.user_bucket, self.n_user_buckets, ids)

    def lookup_items(self, ids: ArrayLike) -> NDArray[np.int64]:
        """The bucket of each item id; see `lookup_users`."""
        return self._lookup(self.item_bucket, self.n_item_buckets, ids)

    def _lookup(self, buckets: NDArray[np.int32], count: int, ids: ArrayLike) -> NDArray[np.int64]:
        given = dense_array(ids, "ids")
        array = given.ravel()
        if array.size == 0:
            return np.empty(given.shape, np.int64)
        if array.dtype.kind not in "iu":
            raise TypeError(f"ids has dtype {array.dtype}; ids must be integers")
        if array.dtype.kind == "i" and int(array.min()) < 0:
            raise ValueError(f"ids holds {int(array.min())}; allowed are 0 and more")
        seen = array < len(buckets)
        found = count + (_mixed(array) % np.uint64(self.unseen_buckets)).astype(np.int64)
        found[seen] = buckets[array[seen]]
        return found.reshape(given.shape)

    def __repr__(self) -> str:
        return (
            f"GraphHash(n_users={len(self.user_bucket)}, n_items={len(self.item_bucket)}, "
            f"n_user_buckets={self.n_user_buckets}, n_item_buckets={self.n_item_buckets}, "
            f"reduction={self.reduction:.3f}, modularity={self.modularity:.4f}, "
            f"resolution={self.resolution:.4g})"
        )


def graph_hash(
    biadjacency: Any,
    resolution: float | None = None,
    n_buckets: int | None = None,
    double: bool = False,
    seed: int = 0,
    threads: int = 1,
    *,
    unseen_buckets: int = 1,
    time_limit: float | None = None,
    callback: Callback | None = None,
) -> GraphHash:
    """Hash users and items into buckets so that those who interact alike share one.

    Parameters
    ----------
    biadjacency : scipy.sparse matrix or array (n_users, n_items)
        Entries above 0 are interactions and their weights.
    resolution : float, optional
        gamma: higher gives more buckets (published settings are 5 to 200). Default 1.
    n_buckets : int, optional
        Buckets of users and items together, met within 2 % by bisection over the resolution.
    double : bool
        Also make a second, different hashing, in ``second``.
    seed, threads, time_limit, callback
        As for `correlation_cluster`; the callback gets minus the modularity.
    unseen_buckets : int
        Buckets for ids that the graph does not know.

    Returns
    -------
    GraphHash

    Raises
    ------
    ValueError, TypeError
        Among others if both ``resolution`` and ``n_buckets`` are given.

    Notes
    -----
    Maximises ``(1/m) sum over users u and items i in the same cluster of (A_ui - gamma d_u d_i / m)`` by
    multilevel local moves; O(edges) a sweep; the products of degrees are never formed. Sources: M. Barber,
    "Modularity and community detection in bipartite networks" (2007); X. Wu et al., "GraphHash: graph
    clustering enables parameter efficiency in recommender systems" (2025).

    Examples
    --------
    >>> import numpy as np, wayseer.clustering as wc
    >>> hashed = wc.graph_hash(np.kron(np.eye(2), np.ones((3, 2))))  # two groups of 3 users and 2 items
    >>> hashed.user_bucket, hashed.item_bucket
    (array([0, 0, 0, 1, 1, 1], dtype=int32), array([0, 0, 1, 1], dtype=int32))
    """
    run = RunOptions.checked(time_limit=time_limit, seed=seed, threads=threads, callback=callback)
    double = checked_flag(double, "double")
    unseen_buckets = integer(unseen_buckets, "unseen_buckets", 1, 2**31 - 1)
    if resolution is not None and n_buckets is not None:
        raise ValueError("resolution and n_buckets are both given; allowed is one of them")
    problem = _Bipartite.of(biadjacency)
    if n_buckets is None:
        gamma = number(1.0 if resolution is None else resolution, "resolution", 0.0)
        first = problem.hashed(*problem.clustered(gamma, run), gamma, run, unseen_buckets)
    else:
        wanted = integer(n_buckets, "n_buckets", problem.sides, max(problem.rows, problem.sides))
        first = _with_buckets(problem, wanted, run, unseen_buckets)
    if not double or first.status == "interrupted":
        return first
    again = RunOptions(
        run.started, run.time_limit, seed=(run.seed + 1) % 2**64, threads=run.threads, callback=callback
    )
    if n_buckets is None:
        # The same seed would move the same way: another seed and a resolution off the first one's.
        gamma = 1.25 * first.resolution
        other = problem.hashed(*problem.clustered(gamma, again), gamma, again, unseen_buckets)
    else:
        other = _with_buckets(problem, wanted, again, unseen_buckets)
    return replace(first, second=other, seconds=time.perf_counter() - run.started)


@dataclass(frozen=True)
class _Bipartite:
    """Users 0..n_users-1 and items after them in one graph, with both kinds of degrees."""

    graph: Graph
    n_users: int
    user_degrees: NDArray[np.float64]  # of users, 0 for items
    item_degrees: NDArray[np.float64]

    @classmethod
    def of(cls, biadjacency: Any) -> _Bipartite:
        by_user = sparse_rows(biadjacency, "biadjacency")
        if sum(by_user.shape) >= INT32_MAX:
            raise ValueError(
                f"biadjacency has shape {by_user.shape}; allowed are fewer than 2^31 - 1 rows and columns"
            )
        check_finite(by_user.data, "biadjacency")
        if by_user.nnz and by_user.data.min() < 0:
            raise ValueError(f"biadjacency holds {by_user.data.min():g}; allowed are 0 and more")
        if by_user.nnz and by_user.data.max() > _LARGEST / by_user.nnz:
            raise ValueError(
                f"biadjacency holds {by_user.data.max():g}; the entries may add up to {_LARGEST:g}"
            )
        by_user.eliminate_zeros()
        by_item = by_user.tocsc()
        plain = bool((by_user.data == 1.0).all())
        graph = Graph(
            np.concatenate([by_user.indptr, by_user.nnz + by_item.indptr[1:]], dtype=np.int64),
            np.concatenate([by_user.indices + by_user.shape[0], by_item.indices], dtype=np.int32),
            None if plain else np.concatenate([by_user.data, by_item.data]),
        )
        degrees = np.concatenate([by_user.sum(axis=1), by_user.sum(axis=0)])
        is_user = np.arange(graph.n) < by_user.shape[0]
        return cls(graph, by_user.shape[0], np.where(is_user, degrees, 0.0), np.where(is_user, 0.0, degrees))

    @property
    def rows(self) -> int:
        return self.graph.n

    @property
    def sides(self) -> int:
        """Sides that have vertices: the fewest buckets there can be."""
        return int(self.n_users > 0) + int(self.graph.n > self.n_users)

    def clustered(self, gamma: float, run: RunOptions) -> tuple[NDArray[np.int32], str]:
        """Labels of users and items, and the core's status."""
        if self.graph.n == 0:
            return np.empty(0, np.int32), "converged"
        found = _core.clustering.maximize_bipartite_modularity(
            self.graph.core,
            gamma,
            self.user_degrees,
            self.item_degrees,
            init=None,
            seed=run.seed,
            threads=run.threads,
            limits=run.core(),
        )
        return found["labels"], found["status"]

    def buckets(self, labels: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Consecutive buckets of each side; vertices without edges in one of their own."""
        joint = np.where(self.graph.degrees == 0, self.graph.n, labels)
        return tuple(  # type: ignore[return-value]
            np.unique(side, return_inverse=True)[1].astype(np.int32)
            for side in (joint[: self.n_users], joint[self.n_users :])
        )

    def count(self, labels: NDArray[np.int32]) -> int:
        return sum(int(side.max(initial=-1)) + 1 for side in self.buckets(labels))

    def hashed(
        self, labels: NDArray[np.int32], status: str, gamma: float, run: RunOptions, unseen: int
    ) -> GraphHash:
        users, items = self.buckets(labels)
        modularity = (
            _core.clustering.bipartite_modularity(
                self.graph.core, gamma, self.user_degrees, self.item_degrees, labels
            )
            if self.graph.n
            else 0.0
        )
        return GraphHash(
            user_bucket=users,
            item_bucket=items,
            n_user_buckets=int(users.max(initial=-1)) + 1,
            n_item_buckets=int(items.max(initial=-1)) + 1,
            resolution=gamma,
            modularity=modularity,
            unseen_buckets=unseen,
            status=status_of(status),
            seconds=time.perf_counter() - run.started,
        )


def _with_buckets(problem: _Bipartite, wanted: int, run: RunOptions, unseen: int) -> GraphHash:
    """A bracket in log gamma narrowed by interpolation; then merges or splits.

    Every step starts anew: from the labels of another gamma the clusters come out worse, and their number
    depends on the way there.
    """
    low: tuple[float, int] | None = None  # log gamma and the count there, too few
    high: tuple[float, int] | None = None  # too many
    point = 0.0
    labels, status = problem.clustered(1.0, run)
    best, best_point, best_miss = labels, point, math.inf
    for step in range(_BISECTIONS):
        count = problem.count(labels)
        if abs(count - wanted) < best_miss:
            best, best_point, best_miss = labels, point, abs(count - wanted)
        if status in ("interrupted", "time_limit") or best_miss <= _TOLERANCE * wanted:
            break
        if count < wanted:
            low = point, count
        else:
            high = point, count
        if low is None or high is None:
            point += math.log(8.0) if high is None else -math.log(8.0)
        elif high[0] - low[0] < _NARROW:
            break
        else:
            share = math.log(wanted / low[1]) / math.log(high[1] / low[1])
            if step % 3 == 2:  # interpolation alone may creep along
                share = 0.5
            point = low[0] + min(max(share, 0.1), 0.9) * (high[0] - low[0])
        labels, status = problem.clustered(math.exp(point), run)
    found = problem.hashed(best, status, math.exp(best_point), run, unseen)
    return _adjusted(found, wanted, np.random.default_rng(run.seed))


def _adjusted(found: GraphHash, wanted: int, rng: np.random.Generator) -> GraphHash:
    """Merge the smallest buckets of the side that has more, or split the largest, until within 2 %."""
    sides = [found.user_bucket, found.item_bucket]
    counts = [found.n_user_buckets, found.n_item_buckets]
    miss = sum(counts) - wanted
    changes = math.ceil(abs(miss) - _TOLERANCE * wanted)
    if changes <= 0:
        return found
    if miss > 0:
        # From the side with more until both have the same, then from both in turn.
        most = 0 if counts[0] >= counts[1] else 1
        first = min(changes, counts[most] - counts[1 - most])
        merges = [(changes - first) // 2] * 2
        merges[most] = changes - merges[1 - most]
        for side in (0, 1):  # a side keeps one bucket
            spare = merges[side] - (counts[side] - 1)
            if spare > 0:
                merges[side], merges[1 - side] = counts[side] - 1, merges[1 - side] + spare
        sides = [_merged(sides[i], counts[i], merges[i]) for i in (0, 1)]
        counts = [counts[i] - merges[i] for i in (0, 1)]
    else:
        sides, counts, changes = _split(sides, counts, changes, rng)
    return replace(
        found,
        user_bucket=sides[0],
        item_bucket=sides[1],
        n_user_buckets=counts[0],
        n_item_buckets=counts[1],
        adjusted=changes,
    )


def _merged(buckets: NDArray[np.int32], count: int, times: int) -> NDArray[np.int32]:
    """The two smallest buckets made one, ``times`` times; renumbered."""
    heap = [(int(size), bucket) for bucket, size in enumerate(np.bincount(buckets, minlength=count))]
    heapq.heapify(heap)
    into = np.arange(count)
    for _ in range(times):
        size, gone = heapq.heappop(heap)
        other, kept = heap[0]
        into[gone] = kept
        heapq.heapreplace(heap, (size + other, kept))
    while (into != into[into]).any():
        into = into[into]
    return np.unique(into[buckets], return_inverse=True)[1].astype(np.int32)


def _split(
    sides: list[NDArray[np.int32]], counts: list[int], times: int, rng: np.random.Generator
) -> tuple[list[NDArray[np.int32]], list[int], int]:
    """The largest bucket of both sides halved at random, ``times`` times or until all hold one vertex."""
    sides, counts = [side.copy() for side in sides], list(counts)
    heap = []
    for side, buckets in enumerate(sides):
        order = np.argsort(buckets, kind="stable")
        for members in np.split(order, np.cumsum(np.bincount(buckets, minlength=counts[side]))[:-1]):
            heap.append((-len(members), side, int(members[0]), members))
    heapq.heapify(heap)
    done = 0
    while done < times and heap and heap[0][0] < -1:
        _, side, _, members = heapq.heappop(heap)
        members = rng.permutation(members)
        for half in np.array_split(members, 2):
            heapq.heappush(heap, (-len(half), side, int(half[0]), half))
        sides[side][half] = counts[side]
        counts[side] += 1
        done += 1
    return sides, counts, done


def _mixed(ids: NDArray[Any]) -> NDArray[np.uint64]:
    """A fixed hash of 64-bit ids (the finalizer of splitmix64)."""
    z = ids.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
