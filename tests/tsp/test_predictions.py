"""Predictions: a right one is followed, a wrong one does no harm, and its form does not matter."""

import numpy as np
import pytest
import scipy.sparse

from wayseer.tsp import gt_prior_heatmap, or_opt, softdist_heatmap, solve, tour_length

from .oracles import check

N = 200
POINTS = np.random.default_rng(0).random((N, 2))


@pytest.fixture(scope="module")
def best():
    return solve(POINTS)


def edges_of(tour, n=None):
    """A CSR matrix with a one at every edge of the tour, both ways."""
    n = len(tour) if n is None else n
    a, b = tour, np.roll(tour, -1)
    return scipy.sparse.csr_array((np.ones(2 * len(tour)), (np.r_[a, b], np.r_[b, a])), shape=(n, n))


def adversarial(tour):
    values = 1 - edges_of(tour).toarray()
    np.fill_diagonal(values, 0)
    return values


METHODS = ["auto", "ils", "eax"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "limits",
    [
        {"time_limit": 1e-9},
        {"time_limit": 0.01},
        {"time_limit": 0.2},
        {"max_iterations": 0},
        {"max_iterations": 3},
        {"max_kicks": 0},
    ],
    ids=str,
)
def test_a_result_is_never_longer_than_the_tour_given(best, method, limits):
    result = check(solve(POINTS, init=best.tour, method=method, **limits), POINTS)
    assert result.length <= best.length


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("times", [1, 2, 5])
def test_a_tour_given_on_coincident_points_is_never_made_longer(method, times):
    points = np.repeat(POINTS[:40], times, axis=0)
    for metric in ("euclid", "EUC_2D"):
        x = points * 1000 if metric == "EUC_2D" else points
        tour = np.random.default_rng(1).permutation(len(x))
        for start in (tour, or_opt(x, tour, metric=metric).tour):
            for limits in ({"time_limit": 1e-9}, {"max_iterations": 2, "max_kicks": 5}):
                result = check(solve(x, metric=metric, init=start, method=method, **limits), x, metric)
                assert result.length <= tour_length(x, start, metric=metric)


@pytest.mark.parametrize("method", ["auto", "exact", "ils", "eax"])
@pytest.mark.parametrize("n", [1, 2, 3, 5, 7, 9, 12, 14])
def test_small_problems_take_a_tour_too(method, n):
    tour = np.random.default_rng(n).permutation(n)
    for limits in ({"time_limit": 1e-9}, {"max_kicks": 20}):
        result = check(solve(POINTS[:n], init=tour, method=method, **limits), POINTS[:n])
        assert result.length <= tour_length(POINTS[:n], tour)


@pytest.mark.parametrize("method", METHODS)
def test_a_shuffled_tour_does_no_harm(best, method):
    shuffled = np.random.default_rng(2).permutation(N)
    with_it = check(solve(POINTS, init=shuffled, method=method), POINTS)
    without = solve(POINTS, method=method)
    assert with_it.length <= 1.02 * without.length


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.int16])
def test_ids_of_every_type_are_the_same_ids(best, dtype):
    expected = solve(POINTS, init=best.tour, max_iterations=1, max_kicks=5)
    init = best.tour.astype(dtype)
    assert np.array_equal(solve(POINTS, init=init, max_iterations=1, max_kicks=5).tour, expected.tour)
    assert np.array_equal(
        solve(POINTS, init=init.tolist(), max_iterations=1, max_kicks=5).tour, expected.tour
    )
    strided = np.repeat(init, 2)[::2]
    assert np.array_equal(solve(POINTS, init=strided, max_iterations=1, max_kicks=5).tour, expected.tour)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["optimal", "or-opt"])
@pytest.mark.parametrize("n", [14, N, 600])
def test_the_result_is_no_longer_than_the_tour_that_a_heatmap_holds(method, kind, n):
    points = np.random.default_rng(3).random((n, 2))
    options = {"max_iterations": 5} if n == 600 else {}
    tour = solve(points, **options).tour if kind == "optimal" else or_opt(points, np.arange(n)).tour
    if kind == "or-opt":
        tour = or_opt(points, solve(points, method="ils", max_iterations=0).tour).tour
    result = check(
        solve(points, heatmap=edges_of(tour), method=method, max_iterations=0, max_kicks=0), points
    )
    assert result.length <= tour_length(points, tour) * (1 + 1e-12)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "kind", ["optimal", "random", "adversarial", "constant", "prior", "softdist", "one row"]
)
@pytest.mark.filterwarnings("ignore:heatmap. .* rows have no positive entry")
def test_no_heatmap_does_harm(best, method, kind):
    heatmaps = {
        "optimal": lambda: edges_of(best.tour),
        "random": lambda: np.random.default_rng(4).random((N, N)),
        "adversarial": lambda: adversarial(best.tour),
        "constant": lambda: np.ones((N, N)),
        "prior": lambda: gt_prior_heatmap(POINTS),
        "softdist": lambda: softdist_heatmap(POINTS),
        "one row": lambda: np.where(np.arange(N)[:, None] == 7, 1.0, 0.0) * np.ones((N, N)),
    }
    options = {"method": method, "max_kicks": 20 * N}
    result = check(solve(POINTS, heatmap=heatmaps[kind](), **options), POINTS)
    limit = best.length if kind == "optimal" else 1.02 * solve(POINTS, **options).length
    assert result.length <= limit * (1 + 1e-12)


@pytest.mark.parametrize("method", ["auto", "ils", "eax", "mcts"])
def test_a_zero_heatmap_warns_once_and_is_as_good_as_none(method):
    options = {"method": method, "max_iterations": 5}
    with pytest.warns(UserWarning, match=f"heatmap: {N} of {N} rows have no positive entry") as caught:
        result = check(solve(POINTS, heatmap=np.zeros((N, N)), **options), POINTS)
    assert len(caught) == 1
    if method != "mcts":
        assert np.array_equal(result.tour, solve(POINTS, **options).tour)


class Holder:
    def __init__(self, matrix):
        self.matrix = matrix

    def to_csr(self):
        return self.matrix


def forms_of(matrix):
    """The same heatmap in every form that is accepted."""
    dense = matrix.toarray()
    n = len(dense)
    counts = np.count_nonzero(dense, axis=1)
    indices = np.full((n, counts.max() + 2), -1)
    values = np.full(indices.shape, np.nan)  # what stands beside padding is ignored
    for i in range(n):
        columns = np.random.default_rng(i).permutation(np.flatnonzero(dense[i]))
        indices[i, 1 : 1 + len(columns)] = columns
        values[i, 1 : 1 + len(columns)] = dense[i, columns]
    scattered = scipy.sparse.coo_array(matrix)
    order = np.random.default_rng(0).permutation(scattered.nnz)
    yield "csr", matrix
    yield "csr matrix", scipy.sparse.csr_matrix(matrix)
    yield "csc", scipy.sparse.csc_array(matrix)
    yield (
        "coo",
        scipy.sparse.coo_array(
            (scattered.data[order], (scattered.row[order], scattered.col[order])), shape=(n, n)
        ),
    )
    yield "dense", dense
    yield "dense float32", dense.astype(np.float32)
    yield "fortran", np.asfortranarray(dense)
    yield "with a diagonal", dense + np.eye(n)
    yield "list", dense.tolist()
    yield "pair", (indices, values)
    yield "pair of int32", (indices.astype(np.int32), values.astype(np.float32))
    yield "object", Holder(matrix)


@pytest.mark.parametrize("method", ["ils", "eax", "mcts"])
def test_every_form_of_a_heatmap_gives_the_same_result(method):
    points = POINTS[:80]
    # Values of few bits, so that float32 is exact.
    near = softdist_heatmap(points, k=6).toarray()
    matrix = scipy.sparse.csr_array(np.round(near * 1024) / 1024 + (near > 0) / 1024)
    runs = {
        name: solve(points, heatmap=form, method=method, max_iterations=20) for name, form in forms_of(matrix)
    }
    for run in runs.values():
        check(run, points)
        assert np.array_equal(run.tour, runs["csr"].tour)


@pytest.mark.parametrize("method", ["ils", "eax"])
def test_only_the_shape_of_a_row_counts(best, method):
    heatmap = gt_prior_heatmap(POINTS).toarray()
    scaled = heatmap * 2.0 ** np.random.default_rng(5).integers(-20, 20, (N, 1))
    runs = [solve(POINTS, heatmap=values, method=method, max_iterations=3) for values in (heatmap, scaled)]
    assert np.array_equal(runs[0].tour, runs[1].tour)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "kind",
    [
        "right",
        "random",
        "one node",
        "itself",
        "padding",
        "all",
        "none",
        "pattern",
        "empty pattern",
        "repeated",
    ],
)
def test_candidates_only_add(best, method, kind):
    successors = best.tour[(np.argsort(best.tour) + 1) % N]
    candidates = {
        "right": successors[:, None],
        "random": np.random.default_rng(6).integers(0, N, (N, 10)),
        "one node": np.zeros((N, 3), dtype=int),
        "itself": np.repeat(np.arange(N)[:, None], 2, axis=1),
        "padding": np.full((N, 4), -1),
        "all": np.tile(np.arange(N), (N, 1)),
        "none": np.empty((N, 0), dtype=np.int32),
        "pattern": edges_of(best.tour),
        "empty pattern": scipy.sparse.csr_array((N, N)),
        "repeated": np.repeat(successors[:, None], 50, axis=1),
    }[kind]
    options = {"method": method, "max_kicks": 20 * N}
    result = check(solve(POINTS, candidates=candidates, **options), POINTS)
    plain = solve(POINTS, **options)
    assert result.length <= 1.02 * plain.length
    if kind in ("itself", "padding", "none", "empty pattern"):
        assert np.array_equal(result.tour, plain.tour)


def test_a_pattern_and_its_table_give_the_same_result(best):
    pattern = edges_of(best.tour)
    table = np.full((N, 5), -1, dtype=np.int64)
    table[:, 1:3] = np.sort(pattern.indices.reshape(N, 2))[:, ::-1]
    options = {"method": "ils", "max_iterations": 50}
    expected = solve(POINTS, candidates=table, **options)
    for form in (
        pattern,
        scipy.sparse.coo_array(pattern),
        scipy.sparse.csc_matrix(pattern),
        table.astype(np.int8 if N < 128 else np.int16),
    ):
        assert np.array_equal(solve(POINTS, candidates=form, **options).tour, expected.tour)


@pytest.mark.parametrize("method", ["auto", "exact", "ils", "eax"])
@pytest.mark.parametrize("n", [1, 2, 3, 8, 12, 13])
@pytest.mark.filterwarnings("ignore:heatmap. .* rows have no positive entry")
def test_small_problems_take_every_prediction(method, n):
    points = POINTS[:n]
    expected = solve(points).length
    result = solve(
        points,
        heatmap=np.ones((n, n)),
        candidates=np.zeros((n, 2), dtype=int),
        init=np.arange(n),
        method=method,
        max_kicks=500,
    )
    assert check(result, points).length == pytest.approx(expected, rel=1e-9)


def test_predictions_on_coincident_points_are_mapped_along():
    points = np.repeat(POINTS[:60], 5, axis=0)
    n = len(points)
    tour = solve(points).tour
    expected = tour_length(points, tour)
    for method in ("ils", "eax"):
        limits = {"method": method, "max_iterations": 1, "max_kicks": 0}
        assert check(solve(points, heatmap=edges_of(tour), **limits), points).length <= expected * (1 + 1e-12)
        check(solve(points, candidates=np.random.default_rng(7).integers(-1, n, (n, 5)), **limits), points)
