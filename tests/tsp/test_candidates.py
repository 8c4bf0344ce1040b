"""Candidate edges, compared with sorting all distances."""

import numpy as np
import pytest
import scipy.spatial

from wayseer.tsp import TSPInstance, candidates, knn, solve

from .oracles import cost_matrix

METRICS = ["EUC_2D", "EUC_3D", "CEIL_2D", "ATT", "GEO", "MAX_2D", "MAX_3D", "MAN_2D", "MAN_3D", "euclid"]


def points_of(kind, n, dimension=2):
    rng = np.random.default_rng(n)
    if kind == "uniform":
        return rng.uniform(-80, 80, (n, dimension))
    if kind == "clustered":
        return (
            rng.uniform(-70, 70, (4, dimension))[rng.integers(0, 4, n)]
            + rng.normal(size=(n, dimension)) * 1e-3
        )
    if kind == "grid":
        return rng.integers(0, 9, (n, dimension)).astype(float)
    if kind == "line":
        return np.arange(n)[rng.permutation(n)][:, None] * np.eye(dimension)[0]
    return np.full((n, dimension), 12.5)


def nearest(instance, k):
    costs = cost_matrix(instance).astype(float)
    np.fill_diagonal(costs, np.inf)
    return np.argsort(costs, axis=1, kind="stable")[:, :k]


def well_formed(table, n):
    assert table.dtype == np.int32
    assert table.shape[0] == n
    for i, row in enumerate(table):
        ids = row[row >= 0]
        assert np.array_equal(ids, row[: len(ids)])  # padding comes last
        assert len(set(ids.tolist())) == len(ids)
        assert i not in ids
        assert ids.max(initial=0) < n
    return table


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("kind", ["uniform", "clustered", "grid", "line", "one place"])
def test_knn_is_what_sorting_by_distance_and_id_gives(metric, kind):
    if metric == "GEO" and kind == "line":
        pytest.skip("longitudes beyond 180 degrees")
    for n, k in ((60, 7), (300, 10)):
        instance = TSPInstance.from_points(points_of(kind, n, 3 if metric.endswith("3D") else 2), metric)
        found = well_formed(knn(instance, k), n)
        rows = np.arange(n)[:, None]
        assert np.array_equal(instance.distances(rows, found), instance.distances(rows, nearest(instance, k)))


@pytest.mark.parametrize("kind", ["grid", "one place", "matrix"])
def test_equal_distances_are_ordered_by_id(kind):
    if kind == "matrix":
        costs = np.random.default_rng(0).integers(0, 9, (60, 60))
        instance = TSPInstance.from_matrix(costs + costs.T)
    else:
        instance = TSPInstance.from_points(points_of(kind, 60), "EUC_2D")
    assert np.array_equal(knn(instance, 7), nearest(instance, 7))


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.float32, np.float64])
def test_knn_of_a_matrix_ignores_the_diagonal(dtype):
    costs = np.random.default_rng(0).integers(0, 20, (50, 50)).astype(dtype)
    costs += costs.T
    found, expected = well_formed(knn(costs, 8), 50), nearest(TSPInstance.from_matrix(costs), 8)
    rows = np.arange(50)[:, None]
    assert np.array_equal(costs[rows, found], costs[rows, expected])


def test_k_is_cut_to_the_number_of_others():
    for n in (1, 2, 5, 12):
        points = points_of("uniform", n)
        assert well_formed(knn(points, 100), n).shape == (n, n - 1)
        assert np.array_equal(knn(points, 100), nearest(TSPInstance.from_points(points), n - 1))
    assert knn(points, 1).shape == (12, 1)


@pytest.mark.parametrize("method", ["auto", "knn", "quadrant", "alpha", "delaunay"])
@pytest.mark.parametrize("kind", ["uniform", "clustered", "grid", "line", "one place"])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 9, 200])
def test_every_method_gives_a_well_formed_table(method, kind, n):
    points = points_of(kind, n)
    table = well_formed(candidates(points, method), n)
    if n >= 9 and method != "delaunay":
        assert (table[:, 0] >= 0).all()
    if method != "alpha":
        instance = TSPInstance.from_points(points)
        lengths = instance.distances(np.arange(n)[:, None], np.maximum(table, 0))
        assert (np.diff(np.where(table >= 0, lengths, 1e9), axis=1) >= -1e-9).all()
    if method != "auto":
        cut = well_formed(candidates(points, method, 3), n)
        assert cut.shape[1] <= 3


def test_quadrant_takes_the_nearest_of_each_quadrant():
    points = points_of("uniform", 150)
    table = candidates(points, "quadrant", 8)
    distances = cost_matrix(TSPInstance.from_points(points))
    for i, row in enumerate(table):
        dx, dy = (points - points[i]).T
        for right, up in ((0, 0), (0, 1), (1, 0), (1, 1)):
            inside = np.flatnonzero(((dx >= 0) == right) & ((dy >= 0) == up))
            inside = inside[inside != i]
            two = inside[np.argsort(distances[i, inside], kind="stable")[:2]]
            assert set(two.tolist()) <= set(row.tolist())


def test_auto_holds_the_seven_nearest_and_the_nearest_of_each_quadrant():
    points = points_of("uniform", 400)
    table = candidates(points)
    near = nearest(TSPInstance.from_points(points), 7)
    for i in range(400):
        assert set(near[i].tolist()) <= set(table[i].tolist())
    assert table.shape[1] <= 11


def test_delaunay_has_the_edges_of_the_triangulation():
    points = np.random.default_rng(1).random((300, 2))
    triangles = scipy.spatial.Delaunay(points).simplices
    edges = np.sort(np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]]), axis=1)
    expected = {(int(a), int(b)) for a, b in edges}
    table = candidates(points, "delaunay")
    found = {(min(i, j), max(i, j)) for i, row in enumerate(table.tolist()) for j in row if j >= 0}
    assert found == expected


def test_most_edges_of_a_good_tour_are_candidates():
    points = np.random.default_rng(2).random((200, 2))
    tour = solve(points).tour
    edges = np.c_[np.r_[tour, np.roll(tour, -1)], np.r_[np.roll(tour, -1), tour]]
    shares = {}
    for method, k in (("alpha", 5), ("knn", 5), ("quadrant", None), ("auto", None), ("delaunay", None)):
        table = candidates(points, method, k)
        shares[method] = np.mean([j in table[i] for i, j in edges])
    assert min(shares.values()) > 0.93
    assert shares["alpha"] > 0.98
    assert shares["alpha"] >= shares["knn"]


def test_alpha_ranks_the_edges_of_a_minimum_spanning_tree_first():
    points = np.random.default_rng(3).random((100, 2))
    tree = scipy.sparse.csgraph.minimum_spanning_tree(cost_matrix(TSPInstance.from_points(points))).tocoo()
    table = candidates(points, "alpha", 10)
    inside = [j in table[i] or i in table[j] for i, j in zip(tree.row, tree.col, strict=True)]
    assert np.mean(inside) > 0.97


def test_methods_that_do_not_fit_the_instance_say_so():
    matrix = cost_matrix(TSPInstance.from_points(points_of("uniform", 30)))
    assert well_formed(candidates(matrix), 30).shape == (30, 10)
    assert well_formed(candidates(matrix, "alpha"), 30).shape == (30, 7)
    for method in ("quadrant", "delaunay"):
        with pytest.raises(ValueError, match=method):
            candidates(matrix, method)
    with pytest.raises(ValueError, match="delaunay"):
        candidates(points_of("uniform", 30, 3), "delaunay")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: knn(x, 0), ValueError, "k must be at least 1, got 0"),
        (lambda x: knn(x, 2.0), TypeError, "k must be an integer"),
        (lambda x: knn(x, None), TypeError, "k must be an integer"),
        (lambda x: candidates(x, k=-1), ValueError, "k must be at least 1, got -1"),
        (
            lambda x: candidates(x, "near"),
            ValueError,
            "unknown method 'near'; allowed are auto, knn, quadrant",
        ),
        (lambda x: candidates(x, 3), TypeError, "method must be one of"),
        (lambda x: candidates(x, metric="x"), ValueError, "unknown metric 'x'"),
        (lambda x: candidates(x[:, :1]), ValueError, r"x has shape \(20, 1\)"),
        (lambda x: knn(x, 2**40), None, None),
    ],
)
def test_wrong_arguments_are_named(call, error, message):
    points = points_of("uniform", 20)
    if error is None:
        assert call(points).shape == (20, 19)
        return
    with pytest.raises(error, match=message):
        call(points)
