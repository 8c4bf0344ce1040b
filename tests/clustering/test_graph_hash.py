"""Graph hashing: Barber's modularity, bucket counts, look-ups, wrong input."""

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

import wayseer
import wayseer.clustering as wc

from .partitions import partitions


def blocks(count=8, users=30, items=20, noise=0.02, seed=0):
    """Users and items in groups that interact, with some noise."""
    rng = np.random.default_rng(seed)
    shape = (count * users, count * items)
    same = np.repeat(np.arange(count), users)[:, None] == np.repeat(np.arange(count), items)[None, :]
    return (rng.random(shape) < np.where(same, 0.4, noise)).astype(float)


def test_finds_planted_groups():
    hashed = wc.graph_hash(blocks(noise=0.0))
    assert hashed.n_user_buckets == hashed.n_item_buckets == 8
    assert np.array_equal(hashed.user_bucket, np.repeat(np.arange(8), 30))
    assert np.array_equal(hashed.item_bucket, np.repeat(np.arange(8), 20))
    assert hashed.reduction == 1 - 16 / 400
    assert hashed.modularity == pytest.approx(7 / 8, abs=0.01)


@given(st.integers(0, 10**6), st.floats(0.2, 5))
def test_modularity_is_between_that_of_single_vertices_and_the_best_of_all(seed, gamma):
    rng = np.random.default_rng(seed)
    matrix = (rng.random((3, 3)) < 0.6).astype(float)
    if matrix.sum() == 0:
        return
    rows = partitions(6)
    expected = gamma * np.outer(matrix.sum(1), matrix.sum(0)) / matrix.sum()
    together = rows[:, :3, None] == rows[:, None, 3:]
    best = ((matrix - expected) * together).sum(axis=(1, 2)).max() / matrix.sum()
    found = wc.graph_hash(matrix, resolution=gamma)
    assert found.modularity <= best + 1e-9
    assert found.modularity >= -1e-9


def test_buckets_are_consecutive_and_weights_count():
    matrix = scipy.sparse.csr_array(blocks() * 3.0)
    hashed = wc.graph_hash(matrix, resolution=4.0)
    for buckets, count in (
        (hashed.user_bucket, hashed.n_user_buckets),
        (hashed.item_bucket, hashed.n_item_buckets),
    ):
        assert np.array_equal(np.unique(buckets), np.arange(count))
    plain = wc.graph_hash(blocks(), resolution=4.0)
    assert hashed.modularity == pytest.approx(plain.modularity)


@pytest.mark.parametrize("wanted", [2, 9, 16, 40, 150, 399, 400])
def test_number_of_buckets(wanted):
    hashed = wc.graph_hash(blocks(), n_buckets=wanted)
    assert abs(hashed.n_user_buckets + hashed.n_item_buckets - wanted) <= max(0.02 * wanted, 1e-9)
    assert len(np.unique(hashed.user_bucket)) == hashed.n_user_buckets
    assert len(np.unique(hashed.item_bucket)) == hashed.n_item_buckets


def test_double_hashing_differs_and_separates_more():
    hashed = wc.graph_hash(blocks(noise=0.1), n_buckets=40, double=True)
    assert hashed.second is not None
    both = np.c_[hashed.user_bucket, hashed.second.user_bucket]
    assert len(np.unique(both, axis=0)) > max(hashed.n_user_buckets, hashed.second.n_user_buckets)


def test_look_ups():
    hashed = wc.graph_hash(blocks(), unseen_buckets=4)
    ids = np.array([0, 239, 240, 10**12], dtype=np.int64)
    found = hashed.lookup_users(ids)
    assert found[0] == hashed.user_bucket[0]
    assert found[1] == hashed.user_bucket[239]
    assert ((found[2:] >= hashed.n_user_buckets) & (found[2:] < hashed.n_user_buckets + 4)).all()
    many = hashed.lookup_items(np.arange(160, 10_160)) - hashed.n_item_buckets
    assert np.bincount(many, minlength=4).min() > 2000
    assert hashed.lookup_items([]).shape == (0,)
    with pytest.raises(ValueError, match="ids holds -1"):
        hashed.lookup_users([-1])
    with pytest.raises(TypeError, match="ids must be integers"):
        hashed.lookup_users([0.5])


def test_one_look_up():
    hashed = wc.graph_hash(blocks())
    assert hashed.lookup_users(5) == hashed.user_bucket[5]
    assert hashed.lookup_users([[1, 2]]).shape == (1, 2)


def test_buckets_of_a_random_graph_with_many_components():
    rng = np.random.default_rng(3)
    matrix = scipy.sparse.random_array((2000, 1000), density=0.0005, rng=rng)
    for wanted in (10, 100, 2900):
        hashed = wc.graph_hash(matrix, n_buckets=wanted)
        assert abs(hashed.n_user_buckets + hashed.n_item_buckets - wanted) <= max(1, 0.02 * wanted)
        for buckets in (hashed.user_bucket, hashed.item_bucket):
            assert np.array_equal(np.unique(buckets), np.arange(buckets.max() + 1))


def test_archives_are_checked(tmp_path):
    path = tmp_path / "m.npz"
    matrix = scipy.sparse.csr_array(blocks())
    scipy.sparse.save_npz(path, matrix)
    assert (wc.read_biadjacency(path) != matrix).nnz == 0
    matrix.indices[0] = 10**6
    scipy.sparse.save_npz(path, matrix)
    with pytest.raises(wayseer.FormatError, match="not a sparse matrix"):
        wc.read_biadjacency(path)
    whole = path.read_bytes()
    for damaged in (b"", b"nothing", whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(wayseer.FormatError):
            wc.read_biadjacency(path)
    with pytest.raises(ValueError, match="indices"):
        wc.graph_hash(matrix)


def test_users_without_items_share_a_bucket():
    matrix = blocks()
    matrix[[3, 50, 70]] = 0
    hashed = wc.graph_hash(matrix)
    assert len(set(hashed.user_bucket[[3, 50, 70]])) == 1
    assert (hashed.user_bucket == hashed.user_bucket[3]).sum() == 3


def test_same_seed_same_buckets():
    one, two = (wc.graph_hash(blocks(noise=0.2), 2.0, seed=5, threads=t) for t in (1, 2))
    assert one.user_bucket.tobytes() == two.user_bucket.tobytes()
    assert one.modularity == two.modularity


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (2, 2)])
def test_no_edges(shape):
    hashed = wc.graph_hash(np.zeros(shape))
    assert hashed.n_user_buckets == min(shape[0], 1)
    assert hashed.n_item_buckets == min(shape[1], 1)


@pytest.mark.parametrize(
    ("matrix", "arguments", "error", "message"),
    [
        (np.ones((2, 2)), {"resolution": 1.0, "n_buckets": 3}, ValueError, "both given"),
        (np.ones((2, 2)), {"n_buckets": 1}, ValueError, "n_buckets must be at least 2"),
        (np.ones((2, 2)), {"n_buckets": 5}, ValueError, "n_buckets must be at most 4"),
        (np.ones((2, 2)), {"resolution": -1.0}, ValueError, "resolution must be at least 0"),
        (-np.ones((2, 2)), {}, ValueError, "holds -1"),
        (np.full((2, 2), np.nan), {}, ValueError, "must be finite"),
        (np.ones(3), {}, ValueError, r"shape \(3,\)"),
        (scipy.sparse.coo_array([1.0, 0.0]), {}, ValueError, r"shape \(2,\)"),
        (np.full((2, 2), 1e308), {}, ValueError, "may add up to"),
        (np.array([["a"]]), {}, TypeError, "dtype"),
        (np.ones((2, 2)), {"double": 1}, TypeError, "double must be True or False"),
    ],
)
def test_wrong_input(matrix, arguments, error, message):
    with pytest.raises(error, match=message):
        wc.graph_hash(matrix, **arguments)
