"""solve(): published optima, and one answer for one instance in whatever form it comes."""

import numpy as np
import pytest

from wayseer.tsp import TSPInstance, eax, random_clustered, random_uniform, solve, tour_length

from .oracles import check, cost_matrix, tsplib


@pytest.mark.parametrize("name", ["att48", "berlin52", "gr17", "gr120", "swiss42", "ulysses16"])
def test_small_tsplib_optima_are_reached_without_a_clock(data_dir, name):
    instance, optimum = tsplib(data_dir, name)
    result = check(solve(instance), instance)
    assert result.length == optimum
    assert result.status == "converged"


@pytest.mark.parametrize("name", ["lin318", "pa561", "pcb442"])
def test_larger_tsplib_optima_are_reached(data_dir, name):
    instance, optimum = tsplib(data_dir, name)
    result = check(solve(instance, target=optimum, time_limit=100), instance)
    assert result.length == optimum
    assert result.status == "target"


@pytest.mark.parametrize("method", ["auto", "ils", "eax", "mcts"])
@pytest.mark.parametrize("n", [5, 8, 13, 50, 500])
def test_every_method_returns_a_tour_of_the_length_it_says(method, n):
    for instance in (random_uniform(n, seed=1), random_clustered(n, seed=2)):
        limits = (
            {"max_iterations": 50} if method in ("ils", "mcts") else {"max_iterations": 2, "max_kicks": 50}
        )
        result = check(solve(instance, method=method, **limits), instance)
        assert result.n == n
        if n >= 13:
            assert result.method == ("eax" if method == "auto" else method)


@pytest.mark.parametrize("method", ["ils", "eax"])
@pytest.mark.parametrize(
    "metric", ["EUC_2D", "EUC_3D", "CEIL_2D", "ATT", "GEO", "MAX_2D", "MAX_3D", "MAN_2D", "MAN_3D", "euclid"]
)
def test_every_metric_gives_a_tour_of_the_length_it_says(metric, method):
    points = np.random.default_rng(0).uniform(-80, 80, (70, 3 if metric.endswith("3D") else 2))
    instance = TSPInstance.from_points(points, metric)
    result = check(solve(points, metric=metric, method=method, max_kicks=500), instance)
    assert result.length <= 1.05 * solve(cost_matrix(instance), max_kicks=500).length


def test_points_and_their_matrix_in_every_type_have_the_same_optimum():
    points = np.random.default_rng(1).integers(0, 1000, (200, 2))
    rounded = TSPInstance.from_points(points, "EUC_2D")
    costs = cost_matrix(rounded)
    expected = solve(rounded).length
    for matrix in (costs.astype(np.int32), costs, costs.astype(np.float32), costs.astype(np.float64)):
        result = check(solve(matrix), matrix)
        assert result.length == expected
    free = TSPInstance.from_points(points)
    assert solve(cost_matrix(free)).length == pytest.approx(solve(free).length, rel=1e-12)


@pytest.mark.parametrize("scale", [1000, 2**-40, 2.0**200])
def test_scaled_coordinates_scale_the_length(scale):
    points = np.random.default_rng(2).integers(0, 1000, (200, 2))
    plain = solve(points)
    assert solve(points * scale).length == pytest.approx(scale * plain.length, rel=1e-9)


def test_shifted_coordinates_keep_the_length():
    points = np.random.default_rng(3).integers(0, 1000, (150, 2))
    assert solve(points + 10**9).length == pytest.approx(solve(points).length, rel=1e-9)


@pytest.mark.parametrize(
    "dtype", [np.float32, np.float16, np.int8, np.uint16, np.int32, np.uint64, ">f8", "<i8"]
)
def test_points_of_every_type_are_the_same_points(dtype):
    points = np.random.default_rng(4).integers(0, 120, (100, 2))
    expected = solve(points.astype(float), max_iterations=2, max_kicks=10)
    result = check(solve(points.astype(dtype), max_iterations=2, max_kicks=10), points)
    assert np.array_equal(result.tour, expected.tour)


@pytest.mark.parametrize("kind", ["points", "matrix"])
def test_the_layout_of_an_array_does_not_matter(kind):
    rng = np.random.default_rng(5)
    x = rng.random((60, 2)) if kind == "points" else rng.integers(1, 99, (60, 60))
    read_only = x.copy()
    read_only.flags.writeable = False
    forms = [np.asfortranarray(x), np.repeat(x, 2, axis=0)[::2], x[::-1].copy()[::-1], read_only, x.tolist()]
    expected = solve(x, max_iterations=2, max_kicks=10)
    for form in forms:
        assert np.array_equal(solve(form, max_iterations=2, max_kicks=10).tour, expected.tour)
    assert not expected.tour.flags.writeable


def test_the_input_is_left_as_it_was():
    rng = np.random.default_rng(6)
    points, costs, init = rng.random((50, 2)), rng.random((50, 50)), rng.permutation(50)
    candidates, heatmap = rng.integers(-1, 50, (50, 4)), rng.random((50, 50))
    before = [a.copy() for a in (points, costs, init, candidates, heatmap)]
    for x in (points, costs):
        solve(x, init=init, candidates=candidates, heatmap=heatmap, max_iterations=3)
    for a, b in zip((points, costs, init, candidates, heatmap), before, strict=True):
        assert np.array_equal(a, b)
        assert a.flags.writeable


@pytest.mark.parametrize("method", ["auto", "ils", "eax"])
@pytest.mark.parametrize(
    "points",
    [
        pytest.param(np.full((100, 2), 0.5), id="one place"),
        pytest.param(np.arange(200)[:, None] * [1.0, 0.0], id="line"),
        pytest.param(np.arange(200)[::-1, None] * [1.0, 1.0], id="diagonal"),
        pytest.param(np.stack(np.divmod(np.arange(144), 12), axis=1), id="grid"),
        pytest.param(
            np.repeat(np.random.default_rng(0).integers(0, 99, (30, 2)), 7, axis=0), id="seven at each place"
        ),
        pytest.param(
            np.repeat(np.random.default_rng(0).integers(0, 99, (60, 2)), 3, axis=0), id="three at each place"
        ),
        pytest.param(np.where(np.random.default_rng(0).random((50, 2)) < 0.5, -0.0, 0.0), id="negative zero"),
        pytest.param(np.exp(np.random.default_rng(0).uniform(-300, 0, (100, 2))), id="all scales"),
        pytest.param(
            np.vstack([np.random.default_rng(0).random((99, 2)), [[1e12, 1e12]]]), id="one far away"
        ),
        pytest.param(np.random.default_rng(0).random((100, 2)) * 1e-300, id="tiny"),
        pytest.param(np.random.default_rng(0).random((100, 2)) * 1e149, id="huge"),
    ],
)
def test_unusual_points_are_solved(points, method):
    result = check(solve(points, method=method, max_iterations=50, max_kicks=200), points)
    instance = TSPInstance.from_points(points)
    places = np.unique(points, axis=0)
    if len(places) == 1:
        assert result.length == 0
    elif len(places) == 200:  # there and back
        assert result.length == pytest.approx(2 * float(cost_matrix(instance).max()), rel=1e-12)
    elif len(places) == 144 and method == "eax":
        assert result.length == pytest.approx(144)


@pytest.mark.parametrize("metric", ["euclid", "EUC_2D", "MAN_2D"])
def test_twins_cost_hardly_more(metric):
    places = np.random.default_rng(7).integers(0, 1000, (80, 2))
    single = solve(places, metric=metric).length
    for times in (2, 3, 4, 9):
        twins = np.random.default_rng(times).permutation(np.repeat(places, times, axis=0))
        assert check(solve(twins, metric=metric), twins, metric).length <= 1.01 * single


@pytest.mark.parametrize("method", ["ils", "eax"])
def test_edges_that_rounding_leaves_free_are_used(method):
    points = np.random.default_rng(8).random((300, 2)) * 3
    with pytest.warns(
        UserWarning, match="EUC_2D rounds distances to integers, and the coordinates span only"
    ):
        result = check(solve(points, metric="EUC_2D", method=method, max_iterations=100), points, "EUC_2D")
    assert result.length <= 6


def test_integer_lengths_beyond_int32_are_exact():
    points = np.random.default_rng(9).integers(0, 2**31, (100, 2))
    for metric in ("EUC_2D", "CEIL_2D", "ATT", "MAX_2D", "MAN_2D"):
        result = check(solve(points, metric=metric, max_iterations=5), points, metric)
        assert result.length > 2**31
    small = cost_matrix(TSPInstance.from_points(points // 2**21, "EUC_2D"))
    large = (small * 2**40).astype(np.int64)
    assert solve(large).length == solve(small).length * 2**40


@pytest.mark.parametrize("forbidden", [1e6, 1e30, 1e300])
def test_forbidden_edges_cost_no_precision(forbidden):
    rng = np.random.default_rng(6)
    n = 200
    costs = rng.random((n, n))
    costs += costs.T
    tour = rng.permutation(n)
    closed = rng.random((n, n)) < 0.9
    closed |= closed.T
    closed[tour, np.roll(tour, -1)] = closed[np.roll(tour, -1), tour] = False
    costs[closed] = forbidden
    expected = solve(np.where(closed, 1e3, costs)).length
    assert expected < 1e3
    assert check(solve(costs), costs).length <= 1.02 * expected


def test_a_bound_is_certified():
    points = np.random.default_rng(10).integers(0, 1000, (60, 2))
    optimum = solve(points, metric="EUC_2D").length
    result = check(solve(points, metric="EUC_2D", bound=True), points, "EUC_2D")
    assert result.lower_bound is not None
    assert 0.95 * optimum <= result.lower_bound <= optimum
    assert solve(points, metric="EUC_2D").lower_bound is None


def test_eax_takes_the_sizes_it_is_given():
    points = np.random.default_rng(11).random((200, 2))
    result = check(eax(points, population=30, generations=3, max_kicks=0), points)
    assert result.iterations <= 3
    assert result.kicks == 0
    assert result.method == "eax"
    better = check(eax(points, population=100), points)
    assert better.length <= result.length
    assert better.length == pytest.approx(solve(points).length, rel=0.002)
    started = check(eax(points, 2, 1, init=better.tour), points)
    assert started.length <= better.length * (1 + 1e-15)
    for wrong in ({"population": 1}, {"population": 2.5}, {"generations": -1}, {"target": "x"}):
        with pytest.raises((ValueError, TypeError), match=next(iter(wrong))):
            eax(points, **wrong)


def test_the_memory_limit_is_kept():
    points = np.random.default_rng(12).random((300, 2))
    for call in (
        lambda: solve(points, memory_limit=1000),
        lambda: eax(points, population=5000, time_limit=1, memory_limit=200_000),
        lambda: solve(points[:20], method="exact", memory_limit=100_000),
        lambda: solve(points, heatmap=np.ones((300, 300)), memory_limit=200_000),
    ):
        with pytest.raises(ValueError, match=r"\d+ bytes, memory_limit allows \d+"):
            call()


def test_the_result_prints_in_one_line():
    result = solve(np.random.default_rng(13).random((9, 2)))
    assert "\n" not in repr(result)
    assert tour_length(np.random.default_rng(13).random((9, 2)), result.tour) == pytest.approx(result.length)
