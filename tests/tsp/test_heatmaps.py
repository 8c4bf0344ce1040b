"""Heatmaps: every accepted form gives the same arrays, every wrong one an error that names it; the priors."""

import warnings

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import wayseer.tsp as tsp
from wayseer.tsp.heatmaps import GT_PRIOR, as_edge_values, largest_per_row, size_class


def dense_of(arrays, n):
    indptr, columns, values = arrays
    assert indptr.dtype == np.int64
    assert columns.dtype == np.int32
    assert values.dtype == np.float32
    assert indptr.shape == (n + 1,)
    assert indptr[0] == 0
    assert indptr[-1] == len(columns) == len(values)
    for i in range(n):
        assert (np.diff(columns[indptr[i] : indptr[i + 1]]) > 0).all()
    assert (values > 0).all()
    dense = np.zeros((n, n), dtype=np.float32)
    dense[np.repeat(np.arange(n), np.diff(indptr)), columns] = values
    return dense


def pair_of(dense):
    """(indices, values) with padding and unsorted rows."""
    n = len(dense)
    indices = np.full((n, n + 2), -1)
    values = np.full((n, n + 2), np.nan)  # padding's values do not matter
    for i in range(n):
        (columns,) = np.nonzero(dense[i])
        indices[i, 1 : 1 + len(columns)] = columns[::-1]
        values[i, 1 : 1 + len(columns)] = dense[i, columns[::-1]]
    return indices, values


class WithToCsr:
    def __init__(self, dense):
        self.dense = dense

    def to_csr(self):
        return scipy.sparse.csr_matrix(self.dense)


def unsorted_csr(dense):
    csr = scipy.sparse.csr_array(dense)
    columns, values = csr.indices.copy(), csr.data.copy()
    for i in range(len(dense)):
        row = slice(csr.indptr[i], csr.indptr[i + 1])
        columns[row], values[row] = columns[row][::-1].copy(), values[row][::-1].copy()
    return scipy.sparse.csr_array((values, columns, csr.indptr), shape=csr.shape)


FORMS = {
    "dense": lambda h: h,
    "list": lambda h: h.tolist(),
    "fortran": np.asfortranarray,
    "csr": scipy.sparse.csr_array,
    "csr_matrix": scipy.sparse.csr_matrix,
    "csr, unsorted": unsorted_csr,
    "csc": scipy.sparse.csc_array,
    "coo": scipy.sparse.coo_matrix,
    "lil": scipy.sparse.lil_array,
    "pair": pair_of,
    "to_csr": WithToCsr,
}


@given(
    st.integers(1, 8).flatmap(
        lambda n: hnp.arrays(np.float32, (n, n), elements=st.sampled_from([0, 0, 0.25, 0.5, 3]))
    )
)
@settings(max_examples=50, deadline=None)
def test_every_form_gives_the_same_arrays(dense):
    expected = dense.copy()
    np.fill_diagonal(expected, 0)
    for name, form in FORMS.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # rows may be zero
            arrays = as_edge_values(form(dense), len(dense))
        np.testing.assert_array_equal(dense_of(arrays, len(dense)), expected, err_msg=name)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float16, np.float32, np.float64])
def test_dtypes(dtype):
    dense = np.array([[0, 1, 0], [1, 0, 1], [1, 1, 0]]).astype(dtype)
    for form in ("dense",) if dtype is np.float16 else ("dense", "csr"):  # scipy knows no float16
        np.testing.assert_array_equal(dense_of(as_edge_values(FORMS[form](dense), 3), 3), dense.astype(float))


def test_blocks_of_a_large_dense_heatmap(monkeypatch):
    rng = np.random.default_rng(1)
    dense = rng.random((50, 50)) * (rng.random((50, 50)) < 0.2) + np.eye(50, k=1) + np.eye(50, k=-1)
    monkeypatch.setattr("wayseer.tsp.heatmaps._DENSE_BLOCK", 7 * 50)
    expected = dense.astype(np.float32)
    np.fill_diagonal(expected, 0)
    np.testing.assert_array_equal(dense_of(as_edge_values(dense, 50), 50), expected)


def ones(n=4):
    return np.ones((n, n))


def with_entry(value, i=1, j=2):
    dense = ones()
    dense[i, j] = value
    return dense


PAIR = (np.array([[1, 2], [0, 2], [0, 1]]), np.ones((3, 2)))

BAD = {
    "shape": (np.ones((3, 4)), 4, ValueError, r"shape \(4, 4\).*\(3, 4\)"),
    "size": (ones(5), 4, ValueError, r"shape \(4, 4\).*\(5, 5\)"),
    "sparse size": (scipy.sparse.csr_array(ones(5)), 4, ValueError, r"shape \(4, 4\)"),
    "nan": (with_entry(np.nan), 4, ValueError, r"\[1, 2\] is NaN"),
    "infinite": (with_entry(np.inf), 4, ValueError, r"\[1, 2\] is too large"),
    "beyond float32": (with_entry(1e39), 4, ValueError, r"\[1, 2\] is too large"),
    "negative": (with_entry(-0.5), 4, ValueError, r"\[1, 2\] is negative"),
    "negative csr": (scipy.sparse.csr_array(with_entry(-0.5)), 4, ValueError, r"\[1, 2\] is negative"),
    "nan coo": (scipy.sparse.coo_array(with_entry(np.nan)), 4, ValueError, r"\[1, 2\] is NaN"),
    "complex": (with_entry(1) * 1j, 4, TypeError, "real numbers"),
    "text": (np.full((4, 4), "x"), 4, TypeError, "real numbers"),
    "object": (object(), 4, TypeError, "real numbers"),
    "ragged": ([[1, 2], [1]], 2, TypeError, "array of numbers"),
    "float ids": ((PAIR[0].astype(float), PAIR[1]), 3, TypeError, r"indices\) must hold integer"),
    "ids out of range": ((PAIR[0] + 1, PAIR[1]), 3, ValueError, r"\[0, 1\] = 3 is out of range.*0\.\.2"),
    "negative ids": ((PAIR[0] - 2, PAIR[1]), 3, ValueError, r"\[1, 0\] = -2 is out of range"),
    "pair rows": ((PAIR[0], PAIR[1]), 4, ValueError, r"indices\) must have shape \(4, K\)"),
    "pair shapes": ((PAIR[0], PAIR[1][:, :1]), 3, ValueError, r"values\) must have shape \(3, 2\)"),
    "pair nan": ((PAIR[0], PAIR[1] * np.nan), 3, ValueError, r"\[0, 1\] is NaN"),
    "twice in a pair": ((PAIR[0] * 0 + 1, PAIR[1]), 3, ValueError, r"entry \(0, 1\) is given more than once"),
    "twice in coo": (
        scipy.sparse.coo_array((np.ones(2), ([2, 2], [0, 0])), shape=(3, 3)),
        3,
        ValueError,
        r"entry \(2, 0\) is given more than once",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_wrong_heatmaps_are_named(name):
    heatmap, n, error, message = BAD[name]
    with pytest.raises(error, match=message) as caught:
        as_edge_values(heatmap, n, argument="prediction")
    assert str(caught.value).startswith("prediction")
    with pytest.raises(error, match=message):
        tsp.mcts(tsp.random_uniform(n, seed=1), heatmap, max_iterations=1)


def test_damaged_csr():
    csr = scipy.sparse.csr_array(ones(3))
    csr.indices[4] = 7
    with pytest.raises(ValueError, match=r"names node 7, allowed are 0\.\.2"):
        as_edge_values(csr, 3)
    csr = scipy.sparse.csr_array(ones(3))
    csr.indptr[1] = 8
    with pytest.raises(ValueError, match="not a valid CSR"):
        as_edge_values(csr, 3)


def test_memory_limit_names_both_figures():
    for form in ("dense", "csr", "pair"):
        with pytest.raises(ValueError, match=r"needs \d+ bytes, memory_limit allows 1000"):
            as_edge_values(FORMS[form](ones(20)), 20, 1000)


def test_zero_rows_warn_once_with_their_count():
    dense = ones(5)
    dense[1] = dense[3] = 0
    with pytest.warns(UserWarning, match="2 of 5 rows") as caught:
        as_edge_values(dense, 5)
    assert len(caught) == 1
    as_edge_values(dense, 5, warn_zero_rows=False)
    with pytest.warns(UserWarning, match="2 of 5 rows"):
        tsp.mcts(tsp.random_uniform(5, seed=1), dense, max_iterations=10)


def test_largest_per_row():
    dense = np.array([[0, 3, 1, 2], [5, 0, 5, 5], [0, 1, 0, 0], [1, 2, 3, 0]], dtype=float)
    kept = dense_of(largest_per_row(as_edge_values(dense, 4), 2), 4)
    assert kept.tolist() == [[0, 3, 0, 2], [5, 0, 5, 0], [0, 1, 0, 0], [0, 2, 3, 0]]


# --- priors ---------------------------------------------------------------------------------------------


def sorted_neighbours(points, i):
    d = np.hypot(*(points - points[i]).T)
    return [j for j in np.lexsort((np.arange(len(points)), d)) if j != i]


@pytest.mark.parametrize("n", [2, 3, 10, 200, 800])
def test_gt_prior_is_the_published_table_by_rank(n):
    points = tsp.random_uniform(n, seed=n)
    heatmap = tsp.gt_prior_heatmap(points)
    assert heatmap.shape == (n, n)
    assert heatmap.format == "csr"
    np.testing.assert_allclose(heatmap.sum(axis=1), 1)
    published = np.array(GT_PRIOR[size_class(n)][: n - 1])
    published /= published.sum()
    dense = heatmap.toarray()
    for i in range(0, n, max(1, n // 10)):
        np.testing.assert_allclose(dense[i, sorted_neighbours(points, i)[: len(published)]], published)
        assert np.count_nonzero(dense[i]) == len(published)


def test_published_tables():
    for n, table in GT_PRIOR.items():
        assert sum(table) == pytest.approx(1, abs=2e-4), n
    assert [size_class(n) for n in (5, 500, 749, 750, 1000, 4999, 5000, 100_000)] == [
        500, 500, 500, 1000, 1000, 1000, 10000, 10000,
    ]  # fmt: skip


def test_gt_prior_of_a_matrix_and_of_coincident_points():
    points = tsp.random_uniform(40, seed=1)
    matrix = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    np.testing.assert_array_equal(
        tsp.gt_prior_heatmap(points).toarray(), tsp.gt_prior_heatmap(matrix).toarray()
    )
    same = tsp.gt_prior_heatmap(np.zeros((6, 2)))
    np.testing.assert_allclose(same.sum(axis=1), 1)
    assert same.diagonal().sum() == 0
    assert tsp.gt_prior_heatmap(np.zeros((1, 2))).nnz == 0


def test_softdist_is_the_softmax_of_the_distances():
    n = 30
    points = tsp.random_uniform(n, seed=4)
    d = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    for tau in (0.01, 0.1):
        expected = np.exp(-d / tau)
        np.fill_diagonal(expected, 0)
        expected /= expected.sum(axis=1, keepdims=True)
        full = tsp.softdist_heatmap(points, tau=tau, k=n - 1)
        np.testing.assert_allclose(full.toarray(), expected, rtol=1e-9, atol=1e-300)
        near = tsp.softdist_heatmap(points, tau=tau, k=5).toarray()
        assert (np.count_nonzero(near, axis=1) == 5).all()
        np.testing.assert_allclose(near.sum(axis=1), 1)
        rank = np.argsort(np.argsort(d, axis=1), axis=1)
        kept = np.where((rank >= 1) & (rank <= 5), expected, 0)
        np.testing.assert_allclose(near, kept / kept.sum(axis=1, keepdims=True), rtol=1e-9)


def test_softdist_does_not_depend_on_the_unit():
    points = tsp.random_uniform(60, seed=4)
    moved = (points * 2**20).round() + 2**21  # any box but the unit square's
    a = tsp.softdist_heatmap(moved)
    b = tsp.softdist_heatmap(moved * 8)
    np.testing.assert_allclose(a.toarray(), b.toarray())
    matrix = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    np.testing.assert_allclose(
        tsp.softdist_heatmap(matrix).toarray(), tsp.softdist_heatmap(matrix * 64).toarray()
    )


def test_softdist_published_temperatures():
    for n, tau in ((500, 0.0066), (1000, 0.0051)):
        points = tsp.random_uniform(n, seed=1)
        np.testing.assert_array_equal(
            tsp.softdist_heatmap(points).toarray(), tsp.softdist_heatmap(points, tau=tau).toarray()
        )
    assert tsp.softdist_heatmap(points).nnz == 50 * 1000


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"tau": 0}, ValueError, "tau"),
        ({"tau": -1.0}, ValueError, "tau"),
        ({"tau": np.nan}, ValueError, "tau"),
        ({"tau": "hot"}, TypeError, "tau"),
        ({"k": 0}, ValueError, "k must be"),
        ({"k": 2.5}, TypeError, "k must be"),
    ],
)
def test_softdist_errors(arguments, error, message):
    with pytest.raises(error, match=message):
        tsp.softdist_heatmap(tsp.random_uniform(10, seed=1), **arguments)
