"""TSPInstance: what it accepts, what it refuses, and TSPLIB's distances."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from wayseer.tsp import TSPInstance, tour_length
from wayseer.tsp.metrics import DIMENSIONS, METRICS
from wayseer.tsp.problem import as_instance


def _nint(x):
    return math.floor(x + 0.5)


def _reference(metric, a, b):
    """TSPLIB 95's formulas once more, number by number."""
    d = [p - q for p, q in zip(a, b, strict=True)]
    if metric in ("EUC_2D", "EUC_3D"):
        return _nint(math.sqrt(sum(x * x for x in d)))
    if metric == "CEIL_2D":
        return math.ceil(math.sqrt(sum(x * x for x in d)))
    if metric in ("MAX_2D", "MAX_3D"):
        return max(_nint(abs(x)) for x in d)
    if metric in ("MAN_2D", "MAN_3D"):
        return _nint(sum(abs(x) for x in d))
    if metric == "ATT":
        r = math.sqrt((d[0] * d[0] + d[1] * d[1]) / 10.0)
        return _nint(r) + (1 if _nint(r) < r else 0)
    if metric == "GEO":
        (lat1, lon1), (lat2, lon2) = (
            [3.141592 * (math.trunc(x) + 5.0 * (x - math.trunc(x)) / 3.0) / 180.0 for x in p] for p in (a, b)
        )
        q1, q2, q3 = math.cos(lon1 - lon2), math.cos(lat1 - lat2), math.cos(lat1 + lat2)
        return int(6378.388 * math.acos(max(-1.0, min(1.0, 0.5 * ((1.0 + q1) * q2 - (1.0 - q1) * q3)))) + 1.0)
    return math.sqrt(sum(x * x for x in d))


@pytest.mark.parametrize("metric", DIMENSIONS)
@given(data=st.data())
def test_distances_follow_tsplib(metric, data):
    dimension = data.draw(st.sampled_from(DIMENSIONS[metric]))
    bound = 89.59 if metric == "GEO" else 1e4
    elements = st.integers(-90, 90).map(float) | st.floats(-bound, bound, allow_subnormal=False)
    points = data.draw(arrays.arrays(np.float64, (4, dimension), elements=elements))
    instance = TSPInstance.from_points(points, metric)
    i, j = np.divmod(np.arange(16), 4)
    found = instance.distances(i, j)
    expected = [
        0 if a == b else _reference(metric, points[a].tolist(), points[b].tolist())
        for a, b in zip(i, j, strict=True)
    ]
    if metric == "euclid":
        assert found.tolist() == pytest.approx(expected, rel=1e-12)
    else:
        assert found.dtype == np.int64
        assert found.tolist() == expected


def test_geo_truncates_degrees_and_counts_one_between_twins():
    twins = TSPInstance.from_points([[38.24, 20.42], [38.24, 20.42], [39.57, 26.15]], "GEO")
    assert twins.distance(0, 0) == 0
    assert twins.distance(0, 1) == 1  # only a node and itself are 0 apart
    assert twins.distance(0, 2) == 509  # ulysses16, nodes 1 and 2
    assert isinstance(twins.distance(0, 2), int)


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.float32, np.float64])
def test_a_contiguous_matrix_is_not_copied(dtype):
    matrix = np.arange(16, dtype=dtype).reshape(4, 4)
    instance = TSPInstance.from_matrix(matrix)
    assert np.shares_memory(instance.matrix, matrix)
    assert matrix.flags.writeable  # only the instance's view is not
    with pytest.raises(ValueError, match="read-only"):
        instance.matrix[0, 0] = 1
    assert instance.integer == (np.dtype(dtype).kind == "i")
    assert instance.distance(1, 2) == 6


@pytest.mark.parametrize(
    ("dtype", "kept"),
    [
        (np.int8, np.int32),
        (np.uint16, np.int32),
        (np.uint32, np.int64),
        (np.uint64, np.int64),
        (np.float16, np.float32),
        (">i8", np.int64),
    ],
)
def test_other_matrix_dtypes_are_converted(dtype, kept):
    instance = TSPInstance.from_matrix(np.ones((3, 3), dtype=dtype))
    assert instance.matrix.dtype == kept
    assert TSPInstance.from_matrix(np.ones((6, 6), kept)[::2, ::2]).matrix.flags.c_contiguous


def test_points_are_float64_and_not_copied():
    points = np.random.default_rng(0).random((5, 3))
    assert np.shares_memory(TSPInstance.from_points(points).points, points)
    assert TSPInstance.from_points([[1, 2], [3, 4]]).points.dtype == np.float64


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: TSPInstance.from_points([[0, 0], [np.nan, 1]]), ValueError, r"points\[1, 0\] is nan"),
        (lambda: TSPInstance.from_points([[0, np.inf]]), ValueError, r"points\[0, 1\] is inf"),
        (
            lambda: TSPInstance.from_points([1, 2]),
            ValueError,
            r"points has shape \(2,\).*\(n, 2\) or \(n, 3\)",
        ),
        (lambda: TSPInstance.from_points(np.ones((4, 3)), "EUC_2D"), ValueError, r"EUC_2D takes \(n, 2\)"),
        (lambda: TSPInstance.from_points(np.ones((4, 2)), "EUC_3D"), ValueError, r"EUC_3D takes \(n, 3\)"),
        (lambda: TSPInstance.from_points(np.empty((0, 2))), ValueError, "points is empty"),
        (lambda: TSPInstance.from_points([[True, False]]), TypeError, "dtype bool"),
        (lambda: TSPInstance.from_points([[2**60, 0]]), ValueError, r"exact up to 2\^53"),
        (lambda: TSPInstance.from_points([[0, 0], [1e200, 0]]), ValueError, "scale the coordinates down"),
        (lambda: TSPInstance.from_points([[0, 0], [4e18, 0]], "EUC_2D"), ValueError, "beyond int64"),
        (
            lambda: TSPInstance.from_points(np.ones((4, 2)), "EUC2D"),
            ValueError,
            "unknown metric 'EUC2D'; allowed",
        ),
        (lambda: TSPInstance.from_points(np.ones((4, 2)), "explicit"), ValueError, "takes a matrix"),
        (lambda: TSPInstance.from_points(np.ones((4, 2)), 3), TypeError, "metric must be one of EUC_2D"),
        (lambda: TSPInstance.from_matrix(np.ones((3, 4))), ValueError, r"shape \(3, 4\); it must be square"),
        (lambda: TSPInstance.from_matrix(np.empty((0, 0))), ValueError, "matrix is empty"),
        (
            lambda: TSPInstance.from_matrix([[0, -1], [1, 0]]),
            ValueError,
            r"matrix\[0, 1\] is -1.*add a constant",
        ),
        (lambda: TSPInstance.from_matrix([[0, 1.0], [np.nan, 0]]), ValueError, r"matrix\[1, 0\] is nan"),
        (lambda: TSPInstance.from_matrix([[0, np.inf], [1, 0]]), ValueError, "forbidden edge a large cost"),
        (lambda: TSPInstance.from_matrix(np.full((4, 4), 2**60)), ValueError, "beyond int64"),
        (lambda: TSPInstance.from_matrix(np.full((2, 2), 2**63, np.uint64)), ValueError, "beyond int64"),
        (lambda: TSPInstance.from_matrix(np.ones((2, 2), complex)), TypeError, "dtype complex128"),
        (lambda: TSPInstance.from_matrix(np.ones((2, 2), object)), TypeError, "dtype object"),
        (
            lambda: TSPInstance(metric="explicit", matrix=np.ones((3, 3)), display=np.ones((2, 2))),
            ValueError,
            r"display has shape \(2, 2\); allowed is \(3, 2\)",
        ),
        (lambda: TSPInstance(metric="GEO", matrix=np.ones((3, 3))), ValueError, "'GEO' takes points"),
        (lambda: TSPInstance(points=np.ones((3, 2)), name=3), TypeError, "name must be a string"),
    ],
)
def test_wrong_input_is_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_fault_far_down_a_large_matrix_is_found():
    matrix = np.ones((1500, 1500), np.float32)
    matrix[1400, 7] = -2
    with pytest.raises(ValueError, match=r"matrix\[1400, 7\] is -2"):
        TSPInstance.from_matrix(matrix)


@pytest.mark.parametrize("diagonal", [7, -1, np.nan, np.inf, -np.inf, 2.0**61])
def test_the_diagonal_has_no_meaning(diagonal):
    matrix = np.ones((3, 3))
    np.fill_diagonal(matrix, diagonal)
    instance = TSPInstance.from_matrix(matrix)
    assert instance.symmetric
    assert tour_length(instance, [2, 0, 1]) == 3.0
    assert instance.distance(1, 1) == 0.0


def test_large_diagonal_of_integers_does_not_count_towards_overflow():
    matrix = np.ones((3, 3), np.int64)
    np.fill_diagonal(matrix, 2**62)
    assert tour_length(matrix, [0, 1, 2], metric="explicit") == 3


def test_symmetry_is_exact_for_integers_and_relative_for_floats():
    integers = np.full((600, 600), 10**15)
    floats = integers.astype(np.float64)
    assert TSPInstance.from_matrix(integers).symmetric
    integers[599, 3] += 1
    assert not TSPInstance.from_matrix(integers).symmetric
    floats[599, 3] *= 1 + 5e-13
    assert TSPInstance.from_matrix(floats).symmetric
    floats[599, 3] *= 1 + 2e-12
    assert not TSPInstance.from_matrix(floats).symmetric


def test_as_instance_tells_points_from_matrices():
    assert as_instance(np.ones((5, 2))).metric == "euclid"
    assert as_instance(np.ones((5, 3)), "EUC_3D").metric == "EUC_3D"
    assert as_instance(np.ones((5, 2)), "euc_2d").metric == "EUC_2D"
    assert as_instance(np.ones((5, 5))).metric == "explicit"
    assert as_instance(np.ones((5, 5)), "euclid").metric == "explicit"  # the solvers' default
    for n in (2, 3):
        assert as_instance(np.ones((n, n))).points is not None
        assert as_instance(np.ones((n, n)), "explicit").matrix is not None
    assert as_instance([[5]]).n == 1
    instance = TSPInstance.from_points(np.ones((4, 2)), "GEO")
    assert as_instance(instance) is instance
    assert as_instance(instance, "GEO") is instance


@pytest.mark.parametrize(
    ("x", "metric", "error", "message"),
    [
        (TSPInstance.from_points([[0, 0]]), "GEO", ValueError, "instance has its own: 'euclid'"),
        (np.ones((5, 5)), "EUC_2D", ValueError, "takes points; x has shape"),
        (np.ones((5, 4)), None, ValueError, r"x has shape \(5, 4\); allowed are"),
        (np.ones((5, 2)), "nonsense", ValueError, "allowed are EUC_2D, EUC_3D, CEIL_2D"),
        ("text", None, TypeError, "x has dtype"),
        (None, None, TypeError, "x has dtype object"),
    ],
)
def test_as_instance_refuses(x, metric, error, message):
    with pytest.raises(error, match=message):
        as_instance(x, metric)


def test_sparse_matrices_are_refused_by_name():
    from scipy import sparse

    with pytest.raises(TypeError, match="sparse"):
        as_instance(sparse.eye(5))


@given(st.integers(1, 12), st.randoms(use_true_random=False))
def test_tour_length_does_not_depend_on_start_or_direction(n, random):
    points = np.array([[random.random(), random.random()] for _ in range(n)]) * 1000
    tour = list(range(n))
    random.shuffle(tour)
    shift = random.randrange(n)
    for metric in METRICS[:-1]:
        if DIMENSIONS[metric][0] == 2:
            length = tour_length(points, tour, metric)
            assert isinstance(length, float if metric == "euclid" else int)
            assert tour_length(points, tour[shift:] + tour[:shift], metric) == length
            assert tour_length(points, tour[::-1], metric) == length


def test_tour_length_of_an_asymmetric_matrix_has_a_direction():
    matrix = np.array([[0, 1, 9, 9], [9, 0, 2, 9], [9, 9, 0, 3], [4, 9, 9, 0]])
    assert tour_length(matrix, [0, 1, 2, 3]) == 10
    assert tour_length(matrix, [3, 2, 1, 0]) == 36


def test_tiny_instances():
    assert tour_length([[1.0, 2.0]], [0]) == 0.0
    assert tour_length([[0, 0], [3, 4]], [1, 0]) == 10.0
    with pytest.raises(ValueError, match="id 1 is given twice"):
        tour_length(np.ones((4, 2)), [0, 1, 1, 2])


def test_ids_are_checked():
    instance = TSPInstance.from_points(np.ones((4, 2)))
    for wrong in (-1, 4):
        with pytest.raises(ValueError, match="i must be at"):
            instance.distance(wrong, 0)
        with pytest.raises(ValueError, match=r"j\[0\] = .* out of range"):
            instance.distances(0, [wrong])
    with pytest.raises(TypeError, match="must be integers"):
        instance.distances([0.5], [0])


def test_repr_is_one_short_line():
    assert (
        repr(TSPInstance.from_points(np.ones((4, 2)), name="x"))
        == "TSPInstance('x', n=4, metric='euclid', 2-D)"
    )
    assert repr(as_instance(np.ones((4, 4)))) == "TSPInstance('unnamed', n=4, metric='explicit')"
