"""The correlation metric: against brute force, and what it says about wrong input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

import wayseer.clustering as wc

Edges = list[tuple[int, int]]


def graph_of(n: int, edges: Edges) -> wc.Graph:
    u, v = (list(ends) for ends in zip(*edges, strict=True)) if edges else ([], [])
    return wc.from_edges(u, v, n=n)


@st.composite
def graphs(draw: st.DrawFn, most: int = 14) -> wc.Graph:
    n = draw(st.integers(1, most))
    pairs = [(u, v) for u in range(n) for v in range(u + 1, n)]
    return graph_of(n, draw(st.lists(st.sampled_from(pairs), unique=True) if pairs else st.just([])))


def jaccard(g: wc.Graph) -> tuple[np.ndarray, np.ndarray]:
    """Common closed neighbours and sizes of unions, all pairs."""
    a = (g.to_scipy().toarray() + np.eye(g.n)).astype(np.int64)
    common = a @ a
    sizes = np.diag(common)
    return common, sizes[:, None] + sizes[None, :] - common


def stored(matrix: scipy.sparse.csr_array) -> dict[tuple[int, int], float]:
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return dict(zip(zip(rows.tolist(), matrix.indices.tolist(), strict=True), matrix.data, strict=True))


@given(graphs(), st.integers(1, 999_999), st.sampled_from(["exact_wedge", "exact_filtered", "auto"]))
def test_pairs_and_distances_are_those_of_brute_force(g: wc.Graph, r: int, engine: str) -> None:
    common, union = jaccard(g)
    near = common * 10**6 >= (10**6 - r) * union
    np.fill_diagonal(near, False)
    d = wc.correlation_metric(g, r / 10**6, engine)
    assert d.shape == (g.n, g.n)
    assert d.has_sorted_indices
    found = stored(d)
    assert found.keys() == {(int(u), int(v)) for u, v in np.argwhere(near)}
    for (u, v), value in found.items():
        assert value == pytest.approx(1 - common[u, v] / union[u, v], abs=1e-15)


def test_pairs_at_distance_zero_are_stored() -> None:
    clique = graph_of(5, [(0, 1), (0, 2), (1, 2), (3, 4)])
    d = wc.correlation_metric(clique)
    assert d.nnz == 8
    assert (d.data == 0).all()
    assert wc.correlation_metric(graph_of(3, [])).nnz == 0


@given(graphs(), st.sampled_from(["plain", "adjusted"]))
def test_numbering_does_not_matter(g: wc.Graph, metric: str) -> None:
    order = np.random.default_rng(0).permutation(g.n)
    u, v, _ = g.edges()
    other = wc.from_edges(order[u], order[v], n=g.n)
    d = stored(wc.correlation_metric(g, 0.8, metric=metric))
    assert {(order[a], order[b]): x for (a, b), x in d.items()} == stored(
        wc.correlation_metric(other, 0.8, metric=metric)
    )


@given(graphs(), st.floats(0.05, 0.95), st.floats(0.3, 0.95), st.floats(0.3, 4))
def test_adjusted_metric_follows_its_rule(g: wc.Graph, r: float, far: float, isolate: float) -> None:
    common, union = jaccard(g)
    positive = g.to_scipy().toarray() != 0
    negative = ~positive & ~np.eye(g.n, dtype=bool)

    def within(radius: float) -> np.ndarray:
        return common * 10**6 >= round((1 - radius) * 10**6) * union

    crowd = (negative & within(far)).sum(axis=1)
    alone = crowd >= isolate * (g.degrees + 1)
    kept = within(r) & (positive | (negative & within(far)))
    kept &= ~alone[:, None] & ~alone[None, :]
    found = stored(wc.correlation_metric(g, r, metric="adjusted", far=far, isolate=isolate))
    assert found.keys() == {(int(u), int(v)) for u, v in np.argwhere(kept)}


def test_threads_and_engines_agree_on_a_larger_graph() -> None:
    rng = np.random.default_rng(1)
    n = 3000
    u, v = rng.integers(0, n, 12_000), (rng.pareto(1.0, 12_000) * 20).astype(np.int64) % n
    g = wc.from_edges(u[u != v], v[u != v], n=n, merge="first")
    g = wc.from_scipy((g.to_scipy() != 0).astype(np.float64))
    one = wc.correlation_metric(g, 0.8, "exact_wedge")
    for engine in ("exact_filtered", "exact_wedge"):
        two = wc.correlation_metric(g, 0.8, engine, threads=2)
        assert np.array_equal(one.indptr, two.indptr)
        assert np.array_equal(one.indices, two.indices)
        assert np.array_equal(one.data, two.data)
    sketched = wc.correlation_metric(g, 0.8, "minhash", seed=3)
    exact = stored(one)
    assert all(exact[pair] == x for pair, x in stored(sketched).items())
    assert sketched.nnz >= 0.9 * one.nnz


def test_weights_of_one_are_no_weights() -> None:
    g = wc.from_edges([0, 1], [1, 2], [1.0, 1.0])
    assert wc.correlation_metric(g).nnz == wc.correlation_metric(wc.from_edges([0, 1], [1, 2])).nnz


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda g: wc.correlation_metric(g, 0.0), ValueError, "r_max must be between 0 and 1"),
        (lambda g: wc.correlation_metric(g, 1.0), ValueError, "r_max must be between 0 and 1"),
        (lambda g: wc.correlation_metric(g, float("nan")), ValueError, "r_max must be finite"),
        (lambda g: wc.correlation_metric(g, "0.7"), TypeError, "r_max must be a number"),
        (lambda g: wc.correlation_metric(g, engine="fast"), ValueError, "unknown engine 'fast'"),
        (lambda g: wc.correlation_metric(g, metric="other"), ValueError, "unknown metric 'other'"),
        (lambda g: wc.correlation_metric(g, threads=0), ValueError, "threads must be at least 1"),
        (lambda g: wc.correlation_metric(g, seed=-1), ValueError, "seed must be at least 0"),
        (lambda g: wc.correlation_metric(g, far=1.5, metric="adjusted"), ValueError, "far must be"),
        (lambda g: wc.correlation_metric(g, isolate=-1, metric="adjusted"), ValueError, "isolate must be"),
        (lambda g: wc.correlation_metric(wc.from_edges([0], [1], [-1.0])), ValueError, "multicut"),
        (lambda g: wc.correlation_metric(wc.from_edges([0], [1], [2.0])), ValueError, "without weights"),
    ],
)
def test_wrong_input(call: Callable[[wc.Graph], Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call(wc.from_edges([0, 1], [1, 2]))
