"""Random instances."""

import numpy as np
import pytest

from wayseer.tsp import random_clustered, random_uniform


@pytest.mark.parametrize("make", [random_uniform, random_clustered])
@pytest.mark.parametrize("n", [1, 2, 99, 5000])
def test_points_lie_in_the_unit_square_and_follow_the_seed(make, n):
    points = make(n, 3)
    assert points.shape == (n, 2)
    assert points.dtype == np.float64
    assert points.min() >= 0.0
    assert points.max() <= 1.0
    np.testing.assert_array_equal(points, make(n, 3))
    assert not np.array_equal(points, make(n, 4))


def test_uniform_points_are_known():
    # NumPy guarantees PCG64's stream.
    np.testing.assert_array_equal(
        random_uniform(2, 0), np.random.Generator(np.random.PCG64(0)).random((2, 2))
    )
    assert random_uniform(1, 0)[0].tolist() == [0.6369616873214543, 0.2697867137638703]


def test_clustered_points_cluster():
    def crowding(points):
        cells = np.floor(points * 10).astype(int)
        return np.bincount(cells[:, 0].clip(0, 9) * 10 + cells[:, 1].clip(0, 9), minlength=100).std()

    uniform, clustered = random_uniform(4000, 1), random_clustered(4000, 1)
    assert crowding(clustered) > 5 * crowding(uniform)
    assert crowding(random_clustered(4000, 1, clusters=4000)) < 2 * crowding(uniform)
    one = random_clustered(4000, 1, clusters=1)
    assert (one.std(axis=0) < 3 / 4000**0.5).all()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, 1), ValueError, "n must be at least 1, got 0"),
        ((1.5, 1), TypeError, "n must be an integer"),
        ((2**31, 1), ValueError, "n must be at most"),
        ((5, -1), ValueError, "seed must be at least 0, got -1"),
        ((5, None), TypeError, "seed must be an integer"),
    ],
)
def test_wrong_arguments(arguments, error, message):
    for make in (random_uniform, random_clustered):
        with pytest.raises(error, match=message):
            make(*arguments)


def test_wrong_clusters():
    with pytest.raises(ValueError, match="clusters must be at most 5, got 6"):
        random_clustered(5, 1, clusters=6)
