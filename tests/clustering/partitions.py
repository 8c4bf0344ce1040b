"""Exhaustive answers that the tests of the clustering room compare with."""

from functools import cache

import numpy as np

import wayseer.clustering as wc


@cache
def partitions(n):
    """All partitions of n elements as labels, an array (Bell(n), n)."""
    rows = np.zeros((1, 0), dtype=np.int32)
    for _ in range(n):
        used = rows.max(axis=1, initial=-1) + 1
        rows = np.vstack(
            [np.c_[rows[used >= label], np.full((used >= label).sum(), label)] for label in range(n)]
        )
    return rows


def random_graph(rng, n, density=0.5, low=0, high=0):
    """A random graph; integer weights low..high without 0, or none."""
    u, v = np.triu_indices(n, 1)
    kept = rng.random(len(u)) < density
    u, v = u[kept], v[kept]
    if low == high == 0:
        return wc.from_edges(u, v, n=n)
    w = rng.integers(low, high + 1, len(u))
    return wc.from_edges(u, v, np.where(w == 0, 1, w).astype(float), n=n)


def attractions(graph, resolution, k):
    """w_uv - gamma k_u k_v as a matrix, 0 on the diagonal."""
    k = np.ones(graph.n) if k is None else np.asarray(k, float)
    a = graph.to_scipy().toarray() - resolution * np.outer(k, k)
    np.fill_diagonal(a, 0.0)
    return a


def least_cost(graph, resolution=0.5, k=None):
    """The smallest LambdaCC cost of all partitions."""
    a = attractions(graph, resolution, k)
    together = partitions(graph.n)[:, :, None] == partitions(graph.n)[:, None, :]
    inside = np.einsum("pij,ij->p", together, a) / 2
    return float(np.maximum(a, 0).sum() / 2 - inside.max())


def least_multicut(graph):
    """The smallest multicut value of all partitions."""
    u, v, w = graph.edges()
    w = np.ones(len(u)) if w is None else w
    rows = partitions(graph.n)
    return float(((rows[:, u] != rows[:, v]) * w).sum(axis=1).min(initial=0))


def check(result, graph, value):
    """What holds for every result: numbered labels, the objective recomputed, a falling trajectory."""
    labels = result.labels
    assert labels.dtype == np.int32
    assert labels.shape == (graph.n,)
    first = np.unique(labels, return_index=True)[1]
    assert np.array_equal(np.sort(first), first)  # numbered in order of first appearance
    assert result.n_clusters == len(first)
    assert result.objective == value or abs(result.objective - value) < 1e-9 * max(1, abs(value))
    assert result.lower_bound is None or result.lower_bound <= result.objective + 1e-6
    values = [objective for _, objective in result.trajectory]
    assert values == sorted(values, reverse=True)
    seconds = [s for s, _ in result.trajectory]
    assert seconds == sorted(seconds)
