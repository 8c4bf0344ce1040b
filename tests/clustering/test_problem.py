"""Graphs, hypergraphs and what a clustering costs, against every pair one by one."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from typing import Any

import networkx
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import wayseer.clustering as wc
from wayseer.clustering.problem import Graph, as_graph, label_array

# ---- the evaluator ----


@st.composite
def matrices(draw: st.DrawFn, signed: bool = False, plain: bool = False) -> NDArray[np.float64]:
    """A symmetric matrix of small numbers, most of them multiples of 1/4, so that sums are exact."""
    n = draw(st.integers(0, 9))
    values = [0.0, 1.0] if plain else [0.0, 0.0, 0.25, 1.0, 2.5, 3.0] + ([-1.0, -0.5, -4.0] if signed else [])
    matrix = np.zeros((n, n))
    for u in range(n):
        for v in range(u + 1, n):
            matrix[u, v] = matrix[v, u] = draw(st.sampled_from(values))
    return matrix


def pairs(n: int) -> list[tuple[int, int]]:
    return [(u, v) for u in range(n) for v in range(u + 1, n)]


def some_labels(data: st.DataObject, n: int) -> list[int]:
    return data.draw(st.lists(st.integers(-3, 3) | st.just(10**15), min_size=n, max_size=n))


@given(matrix=matrices(plain=True), data=st.data())
def test_unweighted_objectives(matrix: NDArray[np.float64], data: st.DataObject) -> None:
    n = len(matrix)
    labels = some_labels(data, n)
    y = np.zeros(n, np.int64)
    for u, v in pairs(n):
        if (labels[u] == labels[v]) != (matrix[u, v] == 1):
            y[[u, v]] += 1
    g = wc.from_scipy(matrix)
    wrong = int(y.sum()) // 2
    assert wc.disagreement_vector(g, labels).tolist() == y.tolist()
    assert wc.evaluate(g, labels) == wrong
    assert wc.evaluate(g, labels, "agreements") == n * (n - 1) // 2 - wrong
    assert wc.evaluate(g, labels, "min_max") == max(y, default=0)
    assert wc.evaluate(g, labels, "lp", p=math.inf) == max(y, default=0)
    for p in (1, 2, 3.5):
        expected = sum(float(x) ** p for x in y) ** (1 / p)
        assert wc.evaluate(g, labels, "lp", p=p) == pytest.approx(expected, rel=1e-12)


@given(
    matrix=matrices(),
    resolution=st.sampled_from([0.0, 0.25, 0.5, 1.0, 3.0]),
    kind=st.sampled_from(["ones", "degree", "given"]),
    data=st.data(),
)
def test_resolution_objectives(
    matrix: NDArray[np.float64], resolution: float, kind: str, data: st.DataObject
) -> None:
    n = len(matrix)
    labels = some_labels(data, n)
    k, node_weights = np.ones(n), None
    if kind == "degree":
        k, node_weights = matrix.sum(axis=1), "degree"
    elif kind == "given":
        k = np.array(data.draw(st.lists(st.sampled_from([0.0, 0.5, 2.0]), min_size=n, max_size=n)))
        node_weights = k  # type: ignore[assignment]
    quality = cost = 0.0
    for u, v in pairs(n):
        a = matrix[u, v] - resolution * k[u] * k[v]
        if labels[u] == labels[v]:
            quality += a
            cost += max(0.0, -a)
        else:
            cost += max(0.0, a)
    g = wc.from_scipy(matrix)
    options: dict[str, Any] = {"resolution": resolution, "node_weights": node_weights}
    assert wc.evaluate(g, labels, "quality", **options) == pytest.approx(quality, abs=1e-9)
    assert wc.evaluate(g, labels, "cost", **options) == pytest.approx(cost, abs=1e-9)


@given(matrix=matrices(plain=True), data=st.data())
def test_half_resolution_is_half_the_disagreements(matrix: NDArray[np.float64], data: st.DataObject) -> None:
    labels = some_labels(data, len(matrix))
    g = wc.from_scipy(matrix)
    wrong = wc.evaluate(g, labels)
    assert 2 * wc.evaluate(g, labels, "cost") == wrong
    assert g.m - 2 * wc.evaluate(g, labels, "quality") == wrong


@given(matrix=matrices(signed=True), data=st.data())
def test_signed_objectives(matrix: NDArray[np.float64], data: st.DataObject) -> None:
    n = len(matrix)
    labels = some_labels(data, n)
    cut = sum(matrix[u, v] for u, v in pairs(n) if labels[u] != labels[v])
    wrong = sum(
        abs(matrix[u, v])
        for u, v in pairs(n)
        if (labels[u] == labels[v]) != (matrix[u, v] > 0) and matrix[u, v]
    )
    g = wc.from_scipy(matrix)
    assert wc.evaluate(g, labels, "multicut") == cut
    assert wc.evaluate(g, labels, "disagreements_weighted") == wrong
    assert wc.evaluate(g, [0] * n, "multicut") == 0


@given(matrix=matrices(plain=True), data=st.data())
def test_names_of_vertices_and_labels_do_not_matter(matrix: NDArray[np.float64], data: st.DataObject) -> None:
    n = len(matrix)
    labels = np.array(some_labels(data, n), np.int64)
    order = np.array(data.draw(st.permutations(range(n))), np.int64)
    for objective in ("disagreements", "min_max", "lp"):
        expected = pytest.approx(wc.evaluate(matrix, labels, objective, p=2), rel=1e-12)
        assert wc.evaluate(matrix[np.ix_(order, order)], labels[order], objective, p=2) == expected
        assert wc.evaluate(matrix, -7 * labels, objective, p=2) == expected
    wider = np.pad(matrix, ((0, 1), (0, 1)))  # a vertex without edges, alone
    assert wc.evaluate(wider, [*labels, 99], "disagreements") == wc.evaluate(matrix, labels)


def test_large_sums_do_not_overflow() -> None:
    n = 200_000
    g = wc.from_edges([], [], n=n)
    assert wc.evaluate(g, np.zeros(n, int)) == n * (n - 1) // 2
    assert wc.evaluate(g, np.zeros(n, int), "lp", p=1) == n * (n - 1)
    assert wc.evaluate(g, np.zeros(n, int), "lp", p=400) == pytest.approx((n - 1) * n ** (1 / 400))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda g: wc.evaluate(g, [0, 0]), r"labels has shape \(2,\); the graph has 3 vertices"),
        (
            lambda g: wc.evaluate(g, [0, 0, 1], "modularity"),
            "unknown objective 'modularity'; allowed are",
        ),
        (lambda g: wc.evaluate(g, [0, 0, 1], "lp", p=0.5), "p must be at least 1.0, got 0.5"),
        (lambda g: wc.evaluate(g, [0, 0, 1], "lp", p=float("nan")), "p must be finite, got nan"),
        (
            lambda g: wc.evaluate(g, [0, 0, 1], "cost", resolution=-1),
            "resolution must be at least 0.0",
        ),
        (lambda g: wc.evaluate(g, [0, 0, 1], "cost", resolution=math.inf), "resolution must be finite"),
        (lambda g: wc.evaluate(g, [0, 0, 1], "cost", node_weights=[1, 2]), r"node_weights has shape \(2,\)"),
        (lambda g: wc.evaluate(g, [0, 0, 1], "cost", node_weights=[1, -2, 1]), r"node_weights\[1\] is -2"),
        (
            lambda g: wc.evaluate(g, [0, 0, 1], "cost", node_weights=[1, math.nan, 1]),
            r"node_weights\[1\] is nan",
        ),
        (lambda g: wc.evaluate(g, [0, 0, 1], "cost", node_weights="rank"), "unknown node_weights 'rank'"),
    ],
)
def test_wrong_arguments_of_evaluate(call: Callable[[Graph], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(wc.from_edges([0, 1], [1, 2]))


def test_sparse_matrices_are_taken_as_they_mean() -> None:
    twice = (np.array([100, 100, 100, 100], np.int8), ([0, 0, 1, 1], [1, 1, 0, 0]))
    summed = wc.from_scipy(scipy.sparse.coo_array(twice, shape=(2, 2)))
    assert summed.weights is not None
    assert summed.weights.tolist() == [200.0, 200.0]
    flags = scipy.sparse.coo_array((np.ones(4, bool), twice[1]), shape=(2, 2))
    assert wc.from_scipy(flags).weights is None
    assert wc.from_scipy(flags.tolil()).m == 1
    for matrix, error, message in (
        (scipy.sparse.coo_array([1.0, 0.0]), ValueError, "two dimensions"),
        (scipy.sparse.lil_array([[0, 1j], [1j, 0]]), TypeError, "dtype complex"),
        (scipy.sparse.csr_array([[0, 2**53], [2**53 + 1, 0]]), ValueError, "exact up to"),
    ):
        with pytest.raises(error, match=message):
            wc.from_scipy(matrix)
    broken = scipy.sparse.csr_array([[0, 1], [1, 0]])
    broken.indices[0] = 77
    with pytest.raises(ValueError, match="indices"):
        wc.from_scipy(broken)
    with pytest.raises(ValueError, match="unknown symmetrize 'all'"):
        wc.from_scipy(np.zeros((2, 2)), symmetrize="all")
    with pytest.raises(ValueError, match="their sum is larger"):
        wc.from_edges([0, 1], [1, 0], [1e308, 1e308], merge="sum")


def test_models_are_not_mixed() -> None:
    signed = wc.from_edges([0, 1], [1, 2], [1.0, -2.0])
    for objective in ("disagreements", "min_max", "cost", "quality"):
        with pytest.raises(ValueError, match=r"edge 1-2 has the negative weight -2; use multicut\(\)"):
            wc.evaluate(signed, [0, 0, 1], objective)
    weighted = wc.from_edges([0, 1], [1, 2], [1.0, 2.0])
    with pytest.raises(ValueError, match="edge 1-2 weighs 2; this objective needs a graph without weights"):
        wc.evaluate(weighted, [0, 0, 1], "min_max")
    assert wc.evaluate(weighted, [0, 0, 1]) == wc.evaluate(weighted, [0, 0, 1], "cost")
    ones = wc.from_edges([0, 1], [1, 2], [1.0, 1.0])
    assert wc.evaluate(ones, [0, 0, 1]) == 1


def test_labels_are_any_integers_but_nothing_else() -> None:
    assert label_array(np.array([7, -2, 7, 2**62], np.int64), "labels", 4).tolist() == [0, 1, 0, 2]
    assert label_array(np.array([2**64 - 1, 0], np.uint64), "labels", 2).tolist() == [0, 1]
    assert label_array([], "labels", 0).dtype == np.int32
    for wrong in ([0.0, 1.0], ["a", "b"], [True, False]):
        with pytest.raises(TypeError, match="labels must be integers"):
            label_array(wrong, "labels", 2)


# ---- graphs ----


@given(matrix=matrices(signed=True), data=st.data())
def test_every_way_in_gives_the_same_graph(matrix: NDArray[np.float64], data: st.DataObject) -> None:
    n = len(matrix)
    edges = data.draw(st.permutations([(u, v) for u, v in pairs(n) if matrix[u, v]]))
    ends = [(v, u) if data.draw(st.booleans()) else (u, v) for u, v in edges]
    u, v = ([e[i] for e in ends] for i in (0, 1))
    made = wc.from_edges(u, v, [matrix[e] for e in ends], n)
    graph = networkx.Graph()
    graph.add_nodes_from(range(n))
    graph.add_weighted_edges_from((a, b, matrix[a, b]) for a, b in ends)
    for g in (
        wc.from_scipy(matrix),
        wc.from_scipy(scipy.sparse.coo_matrix(matrix)),
        wc.from_scipy(scipy.sparse.lil_array(matrix)),
        wc.from_networkx(graph),
        pickle.loads(pickle.dumps(made)),
    ):
        assert (g.to_scipy() != made.to_scipy()).nnz == 0
        assert np.array_equal(g.offsets, made.offsets)
        assert np.array_equal(g.targets, made.targets)
        assert np.array_equal(g.degrees, np.count_nonzero(matrix, axis=0))
        assert (g.n, g.m, g.signed) == (n, len(edges), bool((matrix < 0).any()))


def test_merging() -> None:
    u, v, w = [0, 1, 2], [1, 0, 1], [1.0, 5.0, 2.0]
    with pytest.raises(ValueError, match="0 -> 1 more than once"):
        wc.from_edges(u, v, w)
    assert wc.from_edges(u, v, w, merge="first").edges()[2].tolist() == [1.0, 2.0]  # type: ignore[union-attr]
    assert wc.from_edges(u, v, w, merge="sum").edges()[2].tolist() == [6.0, 2.0]  # type: ignore[union-attr]
    with pytest.raises(ValueError, match=r"0 -> 0 at edge 0.*no self-loops"):
        wc.from_edges([0, 0], [0, 1])
    assert wc.from_edges([0, 0], [0, 1], drop_loops=True).m == 1


def test_empty_graphs_cost_nothing() -> None:
    for g in (wc.from_edges([], []), wc.from_scipy(np.zeros((0, 0))), wc.from_networkx(networkx.Graph())):
        assert (g.n, g.m) == (0, 0)
        for objective in ("disagreements", "agreements", "min_max", "lp", "cost", "quality", "multicut"):
            assert wc.evaluate(g, [], objective) == 0


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: wc.from_edges([0, -1], [1, 2]), ValueError, r"u\[1\] = -1 is out of range"),
        (
            lambda: wc.from_edges([0, 1], [1, 5], n=3),
            ValueError,
            r"v\[1\] = 5 is out of range; allowed are 0",
        ),
        (lambda: wc.from_edges([0.0], [1]), TypeError, "u has dtype float64; ids must be integers"),
        (lambda: wc.from_edges([0], [1, 2]), ValueError, "u has 1 entries, v has 2"),
        (lambda: wc.from_edges([[0]], [[1]]), ValueError, r"u has shape \(1, 1\); allowed is \(m,\)"),
        (
            lambda: wc.from_edges([0], [1], [math.nan]),
            ValueError,
            r"w\[0\] is nan; all entries must be",
        ),
        (lambda: wc.from_edges([0], [1], [math.inf]), ValueError, r"w\[0\] is inf"),
        (lambda: wc.from_edges([0], [1], [1, 2]), ValueError, r"w has shape \(2,\), u has"),
        (lambda: wc.from_edges([0], [1], ["x"]), TypeError, "w has dtype"),
        (lambda: wc.from_edges([0], [1], [2**53 + 1]), ValueError, "float64 is exact up to"),
        (lambda: wc.from_edges([0], [1], n=2**31 - 1), ValueError, "n must be at most 2147483646"),
        (lambda: wc.from_edges([0], [2**31]), ValueError, "n must be at most 2147483646"),
        (lambda: wc.from_edges([0], [1], n=2.0), TypeError, "n must be an integer"),
        (
            lambda: wc.from_edges([0], [1], merge="max"),
            ValueError,
            "unknown merge 'max'; allowed are",
        ),
        (lambda: wc.from_edges([0], [1], drop_loops=1), TypeError, "drop_loops must be True or False"),
        (
            lambda: wc.from_scipy(np.zeros((2, 3))),
            ValueError,
            r"matrix has shape \(2, 3\); allowed is",
        ),
        (lambda: wc.from_scipy(np.array([[0, 1], [0, 0]])), ValueError, "not symmetric: 2 entries differ"),
        (
            lambda: wc.from_scipy(np.eye(2)),
            ValueError,
            r"matrix\[0, 0\] = 1 is a self-loop",
        ),
        (lambda: wc.from_scipy(np.array([[0, np.nan], [np.nan, 0]])), ValueError, r"matrix\[0, 1\] is nan"),
        (lambda: wc.from_scipy(np.array([[0, 1j], [1j, 0]])), TypeError, "matrix has dtype complex128"),
        (lambda: wc.from_scipy(np.array([["a"]])), TypeError, "matrix has dtype"),
        (
            lambda: wc.from_scipy(np.array([[0, 1], [0, 0]]), symmetrize="mean"),
            ValueError,
            "unknown symmetrize",
        ),
        (lambda: wc.from_networkx(networkx.DiGraph([(0, 1)])), ValueError, "graph is directed"),
        (lambda: wc.from_networkx([1, 2]), TypeError, "graph must be a networkx.Graph, got list"),
        (lambda: wc.from_networkx(networkx.Graph([(0, 0)])), ValueError, "no self-loops"),
    ],
)
def test_wrong_graphs(call: Callable[[], Graph], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        call()


def test_symmetrize_and_the_callers_matrix() -> None:
    matrix = scipy.sparse.csr_array(np.array([[0.0, 1.0, 0.0], [3.0, 0.0, 2.0], [0.0, 0.0, 7.0]]))
    before = matrix.toarray()
    for how, expected in (("max", [3, 2]), ("min", [1]), ("sum", [4, 2])):
        g = wc.from_scipy(matrix, symmetrize=how, drop_loops=True)
        assert g.edges()[2].tolist() == expected if how != "min" else g.m == 1  # type: ignore[union-attr]
    assert np.array_equal(matrix.toarray(), before)
    assert as_graph(np.array([[0, 1], [1, 0]], bool)).m == 1


def test_names_of_networkx_nodes_are_kept() -> None:
    graph = networkx.Graph([("b", "a"), ("a", "c")])
    g = wc.from_networkx(graph)
    assert g.names == ("b", "a", "c")
    multi = networkx.MultiGraph([("x", "y"), ("x", "y")])
    assert wc.from_networkx(multi).edges()[2].tolist() == [2.0]  # type: ignore[union-attr]


# ---- hypergraphs ----


def test_hypergraphs_hold_what_they_were_given() -> None:
    h = wc.EdgeColoredHypergraph.from_lists([[0, 2], [1], (2, 1, 0)], [1, 0, 1], [1, 0, 2.5], n=5)
    assert (h.n, h.m, h.n_colors, h.rank, h.total_weight) == (5, 3, 2, 3, 3.5)
    assert [h.edge(e).tolist() for e in range(3)] == [[0, 2], [1], [2, 1, 0]]
    offsets, members = np.array([0, 1], np.int64), np.array([0], np.int32)
    assert wc.EdgeColoredHypergraph.from_arrays(offsets, members, [0]).members is members
    empty = wc.EdgeColoredHypergraph.from_lists([], [])
    assert (empty.n, empty.m, empty.n_colors, empty.rank) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("edges", "colors", "options", "kind", "message"),
    [
        ([[0], []], [0, 0], {}, ValueError, "hyperedge 1 is empty"),
        ([[0, 1], [2, 3, 2]], [0, 0], {}, ValueError, "vertex 2 is twice in hyperedge 1"),
        ([[0, 1], [2]], [0], {}, ValueError, r"colors has shape \(1,\); there are 2 hyperedges"),
        ([[0, -1]], [0], {}, ValueError, r"members\[1\] = -1 is out of range"),
        ([[0, 1]], [-1], {}, ValueError, r"colors\[0\] = -1 is out of range"),
        ([[0, 1]], [0.5], {}, TypeError, "colors has dtype float64"),
        ([[0, 0.5]], [0], {}, TypeError, r"edges\[0\] has dtype float64"),
        ([0], [0], {}, ValueError, r"edges\[0\] is 0; allowed is a list"),
        ([[0, 3]], [0], {"n": 3}, ValueError, r"members\[1\] = 3 is out of range; allowed are 0..2"),
        ([[0]], [3], {"n_colors": 2}, ValueError, r"colors\[0\] = 3 is out of range; allowed are 0..1"),
        ([[0]], [0], {"weights": [-1]}, ValueError, r"weights\[0\] is -1; allowed are 0 and more"),
        ([[0]], [0], {"weights": [math.nan]}, ValueError, r"weights\[0\] is nan"),
        ([[0]], [0], {"weights": [1, 2]}, ValueError, r"weights has shape \(2,\)"),
    ],
)
def test_wrong_hypergraphs(
    edges: Any, colors: Any, options: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        wc.EdgeColoredHypergraph.from_lists(edges, colors, **options)


def test_wrong_offsets_of_hypergraphs() -> None:
    for offsets, message in (
        ([0, 2], "offsets runs from 0 to 2; allowed is from 0 to 3"),
        ([0, 3, 2, 3], r"offsets\[2\] = 2 is less than offsets\[1\] = 3"),
        ([], "offsets has shape"),
    ):
        with pytest.raises(ValueError, match=message):
            wc.EdgeColoredHypergraph.from_arrays(offsets, [0, 1, 2], [0] * max(0, len(offsets) - 1))
