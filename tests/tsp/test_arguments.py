"""Wrong input: one clear line that names the argument, and never a crash."""

import numpy as np
import pytest
import scipy.sparse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from wayseer.tsp import TSPInstance, candidates, eax, k_opt, knn, or_opt, solve

from .oracles import check

POINTS = np.random.default_rng(0).random((20, 2))
N = len(POINTS)
COSTS = np.random.default_rng(1).integers(1, 99, (N, N))


def with_entry(array, index, value):
    changed = array.astype(np.result_type(array, np.asarray(value)))
    changed[index] = value
    return changed


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (np.empty((0, 2)), ValueError, "empty"),
        (np.empty((0, 0)), ValueError, "empty"),
        ([], ValueError, r"x has shape \(0,\)"),
        (
            with_entry(POINTS, (3, 1), np.nan),
            ValueError,
            r"points\[3, 1\] is nan; all entries must be finite",
        ),
        (with_entry(POINTS, (3, 1), -np.inf), ValueError, r"points\[3, 1\] is -inf"),
        (POINTS * 1e200, ValueError, "scale the coordinates down"),
        (with_entry(COSTS, (3, 4), np.nan), ValueError, r"matrix\[3, 4\] is nan"),
        (
            with_entry(COSTS, (3, 4), np.inf),
            ValueError,
            r"matrix\[3, 4\] is inf.*give a forbidden edge a large cost",
        ),
        (with_entry(COSTS, (3, 4), -7), ValueError, r"matrix\[3, 4\] is -7.*add a constant to all entries"),
        (COSTS * 2**55, ValueError, "beyond int64"),
        (with_entry(COSTS.astype(np.uint64), (0, 1), 2**64 - 1), ValueError, "beyond int64"),
        (np.full((N, N), 1e308), ValueError, "overflow|too large|scale"),
        (
            np.ones((20, 5)),
            ValueError,
            r"x has shape \(20, 5\); allowed are points \(n, 2\) or \(n, 3\) and a matrix",
        ),
        (np.ones(20), ValueError, r"x has shape \(20,\)"),
        (np.ones((4, 4, 4)), ValueError, r"x has shape \(4, 4, 4\)"),
        (5, ValueError, r"x has shape \(\)"),
        ([[0, 1], [2]], ValueError, "x: rows have different lengths"),
        (COSTS > 50, TypeError, "x has dtype bool"),
        (COSTS.astype(object), TypeError, "x has dtype object"),
        (POINTS.astype(complex), TypeError, "x has dtype complex128"),
        (POINTS.astype("datetime64[s]"), TypeError, "x has dtype datetime64"),
        ("berlin52.tsp", TypeError, "x has dtype"),
        (None, TypeError, "x has dtype object"),
        ({}, TypeError, "x has dtype object"),
        (scipy.sparse.csr_array(COSTS), TypeError, "x: sparse matrices are not allowed here"),
        (np.ma.masked_array(POINTS, POINTS > 0.9), (TypeError, ValueError), "mask"),
    ],
)
def test_a_wrong_problem_is_refused(x, error, message):
    for call in (solve, eax, lambda x: or_opt(x, np.arange(N)), lambda x: knn(x, 3), candidates):
        with pytest.raises(error, match=message) as caught:
            call(x)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"time_limit": 0}, ValueError, "time_limit must be positive, got 0"),
        ({"time_limit": -1.5}, ValueError, "time_limit must be positive, got -1.5"),
        ({"time_limit": np.nan}, ValueError, "time_limit must be finite, got nan"),
        ({"time_limit": "10"}, TypeError, "time_limit must be a number, got '10'"),
        ({"time_limit": True}, TypeError, "time_limit must be a number"),
        ({"time_limit": [1]}, TypeError, "time_limit must be a number"),
        ({"seed": -1}, ValueError, "seed must be at least 0, got -1"),
        ({"seed": 2**64}, ValueError, "seed must be at most 18446744073709551615"),
        ({"seed": 1.0}, TypeError, "seed must be an integer"),
        ({"seed": None}, TypeError, "seed must be an integer"),
        ({"method": "lkh"}, ValueError, "unknown method 'lkh'; allowed are auto, ils, eax, mcts, exact"),
        ({"method": None}, TypeError, "method must be one of auto"),
        ({"metric": "EUC2D"}, ValueError, "unknown metric 'EUC2D'; allowed are EUC_2D"),
        ({"metric": "EUC_3D"}, ValueError, r"EUC_3D takes \(n, 3\)"),
        ({"metric": "explicit"}, ValueError, "square"),
        ({"metric": 2}, TypeError, "metric must be one of"),
        ({"threads": 0}, ValueError, "threads must be at least 1, got 0"),
        ({"threads": 10**6}, ValueError, "threads must be at most"),
        ({"threads": 1.0}, TypeError, "threads must be an integer"),
        ({"max_kicks": -1}, ValueError, "max_kicks must be at least 0, got -1"),
        ({"max_kicks": 2**63}, ValueError, "max_kicks must be at most"),
        ({"max_iterations": -1}, ValueError, "max_iterations must be at least 0, got -1"),
        ({"max_iterations": 1e3}, TypeError, "max_iterations must be an integer, got 1000.0"),
        ({"callback": 3}, TypeError, "callback must be callable, got int"),
        ({"target": np.nan}, ValueError, "target must be finite, got nan"),
        ({"target": "short"}, TypeError, "target must be a number, got 'short'"),
        ({"memory_limit": -1}, ValueError, "memory_limit must be at least 0, got -1"),
        ({"memory_limit": 1e9}, TypeError, "memory_limit must be an integer"),
        ({"memory_limit": 100}, ValueError, r"\d+ bytes, memory_limit allows 100"),
        ({"bound": "no"}, TypeError, "bound must be True or False, got 'no'"),
        ({"raise_on_interrupt": "yes"}, TypeError, "raise_on_interrupt must be True or False, got 'yes'"),
        (
            {"method": "exact", "x": np.zeros((21, 2))},
            ValueError,
            "method 'exact' takes at most 20 nodes, got 21",
        ),
        ({"iterations": 5}, TypeError, "unexpected argument 'iterations'"),
        ({"alpha": 1.0}, TypeError, "unexpected argument 'alpha'"),
        ({"init": np.arange(N - 1)}, ValueError, "init has 19 ids, the problem has 20; id 19 is missing"),
        (
            {"init": np.r_[np.arange(N), 3]},
            ValueError,
            "init has 21 ids, the problem has 20; id 3 is given twice",
        ),
        ({"init": np.arange(1, N + 1)}, ValueError, r"init\[19\] = 20 is out of range; allowed are 0..19"),
        ({"init": np.arange(N) - 1}, ValueError, r"init\[0\] = -1 is out of range"),
        (
            {"init": np.r_[5, np.arange(1, N)]},
            ValueError,
            "id 5 is given twice .at 0 and 5., id 0 is missing",
        ),
        ({"init": np.arange(float(N))}, TypeError, "init has dtype float64; ids must be integers"),
        ({"init": np.arange(N) > 3}, TypeError, "init has dtype bool"),
        ({"init": np.arange(N).reshape(4, 5)}, ValueError, r"init has shape \(4, 5\); allowed is \(20,\)"),
        ({"init": "01234"}, TypeError, "init has dtype"),
        ({"candidates": np.full((N, 3), N)}, ValueError, r"candidates\[0, 0\] = 20 is out of range"),
        (
            {"candidates": np.full((N, 3), -2)},
            ValueError,
            r"candidates\[0, 0\] = -2 is out of range.*-1 for padding",
        ),
        (
            {"candidates": np.full((N, 3), 2**40)},
            ValueError,
            r"candidates\[0, 0\] = 1099511627776 is out of range",
        ),
        ({"candidates": np.ones((N, 3))}, TypeError, "candidates has dtype float64"),
        (
            {"candidates": np.zeros((3, N), dtype=int)},
            ValueError,
            r"candidates must have shape \(20, K\), got \(3, 20\)",
        ),
        ({"candidates": np.arange(N)}, ValueError, r"candidates must have shape \(20, K\), got \(20,\)"),
        (
            {"candidates": scipy.sparse.eye_array(5)},
            ValueError,
            r"candidates must have shape \(20, 20\), got \(5, 5\)",
        ),
        ({"candidates": [[1], [2, 3]]}, ValueError, "candidates: rows have different lengths"),
        ({"heatmap": np.ones((5, 5))}, ValueError, r"heatmap must have shape \(20, 20\).*got \(5, 5\)"),
        (
            {"heatmap": scipy.sparse.eye_array(5)},
            ValueError,
            r"heatmap must have shape \(20, 20\), got \(5, 5\)",
        ),
        ({"heatmap": with_entry(np.ones((N, N)), (2, 3), np.nan)}, ValueError, r"heatmap\[2, 3\] is NaN"),
        (
            {"heatmap": with_entry(np.ones((N, N)), (2, 3), np.inf)},
            ValueError,
            r"heatmap\[2, 3\] is too large",
        ),
        ({"heatmap": with_entry(np.ones((N, N)), (2, 3), -0.5)}, ValueError, r"heatmap\[2, 3\] is negative"),
        ({"heatmap": (np.zeros((N, 2)), np.ones((N, 2)))}, TypeError, "indices.* must hold integer node ids"),
        ({"heatmap": (np.full((N, 2), N), np.ones((N, 2)))}, ValueError, "= 20 is out of range"),
        (
            {"heatmap": (np.zeros((N, 2), int), np.ones((N, 3)))},
            ValueError,
            r"values.* must have shape \(20, 2\)",
        ),
        (
            {"heatmap": (np.ones((N, 2), int), np.ones((N, 2)))},
            ValueError,
            r"entry \(0, 1\) is given more than once",
        ),
        ({"heatmap": "heat"}, TypeError, "heatmap must hold real numbers"),
        ({"heatmap": np.ones((N, N), complex)}, TypeError, "heatmap must hold real numbers"),
        ({"method": "mcts", "init": np.arange(N)}, ValueError, "init has no meaning for method 'mcts'"),
        ({"method": "mcts", "gamma": 1}, TypeError, "unexpected keyword argument 'gamma'"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_wrong_arguments_are_named(options, error, message):
    options = {"x": POINTS, "max_iterations": 3, "max_kicks": None, **options}
    with pytest.raises(error, match=message) as caught:
        solve(options.pop("x"), **options)
    assert "\n" not in str(caught.value)
    assert "incompatible function arguments" not in str(caught.value)


def test_an_instance_keeps_its_own_metric():
    instance = TSPInstance.from_points(POINTS * 1000, "EUC_2D")
    with pytest.raises(ValueError, match="metric is 'ATT', but the instance has its own: 'EUC_2D'"):
        solve(instance, metric="ATT")
    assert solve(instance, metric="euc_2d", max_kicks=5).length == solve(instance, max_kicks=5).length
    with pytest.raises(ValueError, match="takes points"):
        solve(COSTS, metric="EUC_2D")


def test_coordinates_beyond_int64_are_refused_and_those_below_are_exact():
    for metric in ("EUC_2D", "CEIL_2D", "ATT", "MAX_2D", "MAN_2D"):
        check(solve(POINTS * 1e9, metric=metric, max_iterations=3), POINTS * 1e9, metric)
        with pytest.raises(ValueError, match="int64"):
            solve(POINTS * 1e19, metric=metric)
    with pytest.raises(ValueError, match="exact up to 2\\^53"):
        solve((POINTS * 2**60).astype(np.int64), metric="EUC_2D")


def test_numpy_scalars_are_numbers():
    result = solve(
        POINTS,
        time_limit=np.float32(30),
        seed=np.uint64(2**64 - 1),
        threads=np.int8(2),
        max_kicks=np.int64(3),
        max_iterations=np.int32(1),
        target=np.float64(-1),
        memory_limit=np.int64(2**30),
        bound=np.False_,
        raise_on_interrupt=np.True_,
    )
    check(result, POINTS)


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-3, 25),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=3),
    st.complex_numbers(),
    st.lists(st.integers(-2, 22), max_size=22),
    st.lists(st.lists(st.integers(-2, 22), max_size=3), max_size=4),
    st.permutations(range(N)),
    st.permutations(range(N + 1)),
    st.just(object()),
    st.just(int),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    arrays.arrays(
        dtype=st.sampled_from(
            [np.int32, np.int64, np.uint8, np.float32, np.float64, np.bool_, "S3", "U2", "M8[s]"]
        ),
        shape=st.sampled_from([(), (0,), (N,), (N, 0), (N, 1), (N, 3), (N, N), (1, N), (2, N, 3)]),
    ),
    arrays.arrays(
        dtype=st.sampled_from([np.int16, np.int64]),
        shape=st.sampled_from([(N,), (N, 1), (N, 4), (N, N)]),
        elements=st.integers(-1, N),
    ),
    st.tuples(
        arrays.arrays(np.int64, (N, 2), elements=st.integers(-1, N)),
        arrays.arrays(np.float64, (N, 2), elements=st.floats(-0.5, width=32)),
    ),
    arrays.arrays(np.float64, (N, N), elements=st.floats(0, 1)).map(scipy.sparse.csr_array),
)
OPTIONS = ("metric", "time_limit", "seed", "init", "candidates", "heatmap", "method", "max_kicks")
OPTIONS += ("max_iterations", "callback", "target", "bound", "memory_limit", "raise_on_interrupt")


def refusal(call):
    """The message of a ValueError or TypeError, the only ones allowed, or None; and the result, or None."""
    try:
        return None, call()
    except (ValueError, TypeError) as error:
        return str(error), None


@pytest.mark.filterwarnings("ignore:heatmap. .* rows have no positive entry")
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(OPTIONS), value=JUNK)
def test_whatever_an_argument_is_the_result_is_a_tour_or_one_clear_line(name, value):
    options = {"max_iterations": 2, "max_kicks": 5, "method": "ils", name: value}
    message, result = refusal(lambda: solve(POINTS, **options))
    if message is None:
        check(result, POINTS, options.get("metric"))
        return
    assert "\n" not in message
    assert "incompatible function arguments" not in message
    if name != "callback" or not callable(value):  # int(seconds, length) has a message of its own
        assert name in message


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(x=JUNK)
def test_whatever_a_problem_is_the_result_is_a_tour_or_one_clear_line(x):
    message, result = refusal(lambda: solve(x, max_iterations=2, max_kicks=5))
    if message is None:
        check(result, x)
        return
    assert "\n" not in message
    assert message.startswith(("x", "points", "matrix"))


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(tour=JUNK, depth=JUNK, breadth=JUNK)
def test_whatever_a_descent_is_given_the_result_is_a_tour_or_one_clear_line(tour, depth, breadth):
    calls = {
        "tour": lambda: k_opt(POINTS, tour),
        "depth": lambda: k_opt(POINTS, np.arange(N), depth),
        "breadth": lambda: k_opt(POINTS, np.arange(N), 5, breadth),
    }
    for name, call in calls.items():
        message, result = refusal(call)
        if message is None:
            check(result, POINTS)
            continue
        assert "\n" not in message
        assert name in message


COORDINATES = st.one_of(
    st.integers(-3, 3).map(float), st.floats(-1e3, 1e3), st.floats(allow_nan=False, allow_infinity=False)
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    points=arrays.arrays(
        np.float64, st.tuples(st.integers(1, 40), st.sampled_from([2, 3])), elements=COORDINATES
    ),
    method=st.sampled_from(["auto", "ils", "eax"]),
)
def test_whatever_the_points_are_the_result_is_a_tour_or_one_clear_line(points, method):
    message, result = refusal(lambda: solve(points, method=method, max_iterations=20, max_kicks=20))
    if message is None:
        check(result, points)
        return
    assert message.startswith("points")
    assert np.abs(points).max() > 1e100


ENTRIES = st.one_of(st.integers(0, 3).map(float), st.floats(0, 1), st.floats(0, 1e300), st.just(1e30))


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    data=st.data(),
    n=st.integers(4, 24),
    symmetric=st.booleans(),
    integer=st.booleans(),
    method=st.sampled_from(["auto", "ils", "eax"]),
)
def test_whatever_a_matrix_holds_the_result_is_a_tour(data, n, symmetric, integer, method):
    elements = st.integers(0, 3) | st.integers(0, 2**45) if integer else ENTRIES
    costs = data.draw(arrays.arrays(np.int64 if integer else np.float64, (n, n), elements=elements))
    if symmetric:
        costs = np.maximum(costs, costs.T)
    check(solve(costs, method=method, max_iterations=20, max_kicks=20), costs)
