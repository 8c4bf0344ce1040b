"""or_opt and k_opt: descents that end in local optima of their moves."""

import itertools

import numpy as np
import pytest

from wayseer.tsp import TSPInstance, k_opt, or_opt, random_uniform, solve, tour_length

from .oracles import check, cost_matrix


def to_the_end(search, x, tour):
    """A descent begun again until it finds nothing: its queue may miss moves."""
    length = tour_length(x, tour)
    while True:
        result = check(search(x, tour), x)
        if result.length >= length:
            return result
        tour, length = result.tour, result.length


def two_opt_neighbours(tour):
    n = len(tour)
    for i, j in itertools.combinations(range(n), 2):
        yield np.r_[tour[:i], tour[i : j + 1][::-1], tour[j + 1 :]]


def or_opt_neighbours(tour):
    n = len(tour)
    for start, size in itertools.product(range(n), (1, 2, 3)):
        turned = np.roll(tour, -start)
        run, rest = turned[:size], turned[size:]
        for at in range(1, len(rest)):
            for piece in (run, run[::-1]):
                yield np.r_[rest[:at], piece, rest[at:]]


@pytest.mark.parametrize("kind", ["integers", "floats"])
def test_nothing_is_left_that_one_move_would_improve(kind):
    # With 11 nodes the ten nearest of a matrix are all others, so that no move is out of reach.
    for seed in range(6):
        rng = np.random.default_rng(seed)
        costs = rng.integers(0, 100, (11, 11)) if kind == "integers" else rng.random((11, 11))
        costs = costs + costs.T
        start = rng.permutation(11)
        by_or_opt = to_the_end(or_opt, costs, start)
        by_k_opt = to_the_end(lambda x, tour: k_opt(x, tour, 3, (10, 10)), costs, start)
        # or_opt inserts next to a near node only, so that of its moves 2-opt alone is complete.
        moves = [
            (by_or_opt, two_opt_neighbours),
            (by_k_opt, two_opt_neighbours),
            (by_k_opt, or_opt_neighbours),
        ]
        for result, neighbours in moves:
            for moved in neighbours(result.tour):
                assert costs[moved, np.roll(moved, -1)].sum() >= result.length * (1 - 1e-9)


@pytest.mark.parametrize("search", [or_opt, k_opt], ids=["or_opt", "k_opt"])
@pytest.mark.parametrize("metric", ["euclid", "EUC_2D", "ATT", "GEO", "MAN_2D"])
def test_a_descent_never_ends_above_its_start(search, metric):
    rng = np.random.default_rng(0)
    points = rng.uniform(-80, 80, (300, 2)).round(2)
    for tour in (rng.permutation(300), solve(points, metric=metric, max_iterations=2).tour):
        result = check(search(points, tour, metric=metric), points, metric)
        start = tour_length(points, tour, metric=metric)
        assert result.length <= start
        assert result.trace[0][1] == start
        assert result.status == "converged"


def test_deeper_and_wider_searches_are_better():
    points = random_uniform(3000, seed=0)
    start = solve(points, method="ils", max_iterations=0).tour
    lengths = [or_opt(points, np.random.default_rng(1).permutation(3000)).length]
    lengths += [k_opt(points, start, depth, (5,) * (depth - 1)).length for depth in (2, 3, 5)]
    assert lengths == sorted(lengths, reverse=True)
    assert k_opt(points, start).length < 0.7124 * (3000 * 1.0) ** 0.5 * 1.09


@pytest.mark.parametrize("search", [or_opt, k_opt], ids=["or_opt", "k_opt"])
def test_small_and_degenerate_problems_are_searched(search):
    for n in (1, 2, 3, 5, 7, 8, 9, 13):
        for points in (
            np.random.default_rng(n).random((n, 2)),
            np.zeros((n, 2)),
            np.arange(n)[:, None] * [1.0, 0.0],
        ):
            tour = np.random.default_rng(n).permutation(n)
            result = check(search(points, tour), points)
            assert result.length <= tour_length(points, tour)
            if n < 8:
                assert np.array_equal(result.tour, tour)


def test_crossing_edges_are_undone():
    square = np.array(
        [[0, 0], [9, 0], [9, 9], [0, 9], [3, 0], [6, 0], [9, 3], [9, 6], [6, 9], [3, 9], [0, 6], [0, 3]]
    )
    tour = np.random.default_rng(0).permutation(12)
    assert to_the_end(or_opt, square, tour).length == 36
    assert to_the_end(k_opt, square, tour).length == 36


@pytest.mark.parametrize("search", [or_opt, k_opt], ids=["or_opt", "k_opt"])
def test_asymmetric_costs_are_searched_in_their_own_direction(search):
    rng = np.random.default_rng(3)
    costs = rng.integers(1, 1000, (40, 40))
    tour = rng.permutation(40)
    result = check(search(costs, tour), costs)
    assert result.length <= tour_length(costs, tour)


def test_a_descent_repeats_itself():
    points = random_uniform(500, seed=1)
    tour = np.random.default_rng(2).permutation(500)
    for search in (or_opt, k_opt):
        assert np.array_equal(search(points, tour).tour, search(points, tour.astype(np.int64)).tour)
    assert np.array_equal(
        k_opt(points, tour).tour, k_opt(TSPInstance.from_points(points), tour, 5, [8, 5, 3, 2]).tour
    )
    matrix = cost_matrix(TSPInstance.from_points(points))
    check(k_opt(matrix, tour), matrix)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"tour": [0, 1]}, ValueError, "tour has 2 ids, the problem has 20"),
        ({"tour": [0] * 20}, ValueError, "tour is not a permutation: id 0 is given twice"),
        ({"tour": np.arange(20.0)}, TypeError, "tour has dtype float64"),
        ({"depth": 1}, ValueError, "depth must be at least 2, got 1"),
        ({"depth": 7}, ValueError, "depth must be at most 6, got 7"),
        ({"depth": 2.0}, TypeError, "depth must be an integer"),
        ({"breadth": (8, 5, 3)}, ValueError, "breadth needs depth - 1 = 4 values, got 3"),
        ({"breadth": (8, 0, 3, 2)}, ValueError, r"breadth\[1\] must be at least 1, got 0"),
        ({"breadth": (8, 5, 3, 256)}, ValueError, r"breadth\[3\] must be at most 255, got 256"),
        ({"breadth": (8, 5.5, 3, 2)}, TypeError, r"breadth\[1\] must be an integer"),
        ({"breadth": 5}, TypeError, "breadth"),
        ({"breadth": None}, TypeError, "breadth"),
        ({"time_limit": 0}, ValueError, "time_limit must be positive, got 0"),
        ({"metric": "EUC2D"}, ValueError, "unknown metric 'EUC2D'"),
    ],
)
def test_wrong_arguments_are_named(options, error, message):
    points = random_uniform(20, seed=3)
    options = {"tour": np.arange(20), **options}
    with pytest.raises(error, match=message):
        k_opt(points, **options)
    if not {"depth", "breadth"} & set(options):
        with pytest.raises(error, match=message):
            or_opt(points, **options)
