import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayseer.hashing import HashMap, HashSet, factorize, group_ids, isin, unique, value_counts

from .key_arrays import NUMBERS, number_arrays
from .oracles import groups, plain


def same(a, b):
    """Equal, with dtypes, and NaN equal to NaN."""
    assert a.dtype == b.dtype
    np.testing.assert_array_equal(a, b)


@given(a=number_arrays())
def test_factorize_numbers_keys_by_first_appearance(a):
    codes, uniques = factorize(a)
    expected, first, _ = groups(a)
    assert codes.dtype == np.int64
    assert codes.shape == a.shape
    np.testing.assert_array_equal(codes.ravel(), expected)
    native = a.dtype.newbyteorder("=")
    same(uniques, a.ravel()[first].astype(native))
    np.testing.assert_array_equal(uniques[codes], a)


@given(a=number_arrays(), sort=st.booleans())
def test_unique_gives_index_inverse_and_counts(a, sort):
    uniques, index, inverse, counts = unique(a, True, True, True, sort)
    codes, first, sizes = groups(a)
    if sort:
        expected = np.unique(a, return_counts=True)
        same(uniques, expected[0].astype(uniques.dtype))
        np.testing.assert_array_equal(counts, expected[1])
        np.testing.assert_array_equal(np.sort(index), first)
    else:
        np.testing.assert_array_equal(index, first)
        np.testing.assert_array_equal(counts, sizes)
        np.testing.assert_array_equal(inverse.ravel(), codes)
    assert inverse.shape == a.shape
    np.testing.assert_array_equal(uniques[inverse], a)
    same(unique(a, sort=sort), uniques)


@given(a=number_arrays())
def test_value_counts(a):
    uniques, counts = value_counts(a)
    _, first, sizes = groups(a)
    same(uniques, factorize(a)[1])
    np.testing.assert_array_equal(counts, sizes)
    uniques, counts = value_counts(a, sort="count")
    order = sorted(range(len(first)), key=lambda g: (-sizes[g], first[g]))
    np.testing.assert_array_equal(counts, sizes[order])
    np.testing.assert_array_equal(uniques, a.ravel()[first][order])


@given(a=number_arrays([np.dtype("f4"), np.dtype("f8"), np.dtype("M8[s]"), np.dtype("m8[ns]")]))
def test_missing_keys_may_be_different_keys(a):
    codes, uniques = factorize(a, nan_equal=False)
    missing = np.isnan(a) if a.dtype.kind == "f" else np.isnat(a)
    renamed, names = [], 0
    for x, gone in zip(a.ravel(), missing.ravel(), strict=True):
        names += gone
        renamed.append(("gone", names) if gone else plain(x))
    expected = list(dict.fromkeys(renamed))
    assert codes.ravel().tolist() == [expected.index(x) for x in renamed]
    np.testing.assert_array_equal(uniques[codes], a)
    first, counts = unique(a, return_index=True, return_counts=True, nan_equal=False)[1:]
    assert first.tolist() == [renamed.index(x) for x in expected]
    assert counts.tolist() == [renamed.count(x) for x in expected]
    assert not isin(a, a, nan_equal=False)[missing].any()


@pytest.mark.parametrize("n", [0, 1, 255, 256, 257, 5000, 300_000])
@pytest.mark.parametrize("dtype", ["i4", "u8", "f4", "f8", "i2", "M8[ns]"])
def test_large_arrays_agree_with_numpy(n, dtype):
    random = np.random.default_rng(n)
    a = random.integers(-(2**62), 2**62, max(1, n // 3))[random.integers(0, max(1, n // 3), n)].astype(dtype)
    uniques, index, inverse, counts = unique(a, True, True, True, sort=True)
    expected = np.unique(a, return_index=True, return_inverse=True, return_counts=True)
    for ours, theirs in zip((uniques, index, inverse, counts), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(HashSet(a).contains(a), True)
    codes, first_seen = factorize(a)
    np.testing.assert_array_equal(HashMap(a)[a], codes)
    np.testing.assert_array_equal(np.sort(codes), np.sort(np.unique(a, return_inverse=True)[1] * 0 + codes))
    np.testing.assert_array_equal(first_seen[codes], a)


@given(a=number_arrays(), b=number_arrays())
def test_isin_compares_values_exactly(a, b):
    if {a.dtype.kind, b.dtype.kind} - set("biuf") and a.dtype.kind != b.dtype.kind and a.size and b.size:
        with pytest.raises(TypeError, match="cannot equal"):
            isin(a, b)
        return
    if a.dtype.kind in "mM":  # Python compares instants of one unit
        if a.dtype != b.dtype:
            return
        pool = {plain(x) for x in b.ravel()}
    else:
        pool = {plain(x) for x in b.ravel()}
    found = isin(a, b)
    assert np.shape(found) == a.shape
    assert np.ravel(found).tolist() == [plain(x) in pool for x in a.ravel()]


def test_isin_converts_units_of_time():
    days = np.array(["2020-01-01", "2020-01-02", "NaT"], "M8[D]")
    seconds = np.array(["2020-01-01T00:00:00", "2020-01-02T00:00:01", "NaT"], "M8[s]")
    assert isin(days, seconds).tolist() == [True, False, True]
    assert isin(seconds, days).tolist() == [True, False, True]
    far = np.array([2**62], "M8[s]")  # beyond what nanoseconds can say
    assert not isin(far, np.array([0], "M8[ns]"))[0]


@given(data=st.data(), columns=st.integers(1, 3))
def test_group_ids_number_rows(data, columns):
    shape = data.draw(st.sampled_from([(), (0,), (7,), (3, 4)]))
    cols = []
    for _ in range(columns):
        dtype = data.draw(st.sampled_from(NUMBERS))
        pool = data.draw(number_arrays([dtype], min_dims=1, max_dims=1).filter(len))
        cols.append(
            pool[
                data.draw(
                    st.lists(st.integers(0, len(pool) - 1), min_size=1)
                    .map(np.array)
                    .map(lambda i: np.resize(i, shape))
                )
            ]
        )
    codes, first = group_ids(cols)
    number = {}
    expected = [
        number.setdefault(tuple(plain(x) for x in row), len(number))
        for row in zip(*(c.ravel() for c in cols), strict=True)
    ]
    assert codes.shape == shape
    assert codes.ravel().tolist() == expected
    assert first.tolist() == [expected.index(g) for g in range(len(number))]


def test_scalars_and_lists_are_keys_too():
    codes, uniques = factorize(5)
    assert codes.shape == ()
    assert uniques.tolist() == [5]
    assert unique([]).tolist() == []
    assert isinstance(isin(3, [1, 3]), np.bool_)
    assert isin(3, [1, 3])
    assert value_counts([True, False, True])[1].tolist() == [2, 1]


@pytest.mark.parametrize(
    ("a", "error", "message"),
    [
        (np.array([1j]), TypeError, "a has dtype complex128; allowed are"),
        (np.array([1.0], np.float16), TypeError, "float16"),
        (np.array([1.0], np.longdouble), TypeError, "longdouble|float128"),
        (np.array([None]), TypeError, "a"),
        (np.zeros(2, "i4,i4"), TypeError, "allowed are"),
        (np.ma.array([1, 2], mask=[0, 1]), ValueError, "masked"),
        ([[1], [2, 3]], ValueError, "different lengths"),
        ([2**64], OverflowError, "64 bits"),
        ([2**63 + 1, -1], OverflowError, "holds 9223372036854775809"),
    ],
)
def test_what_is_no_key_is_refused(a, error, message):
    for function in (unique, factorize, value_counts):
        with pytest.raises(error, match=message):
            function(a)


def test_wrong_columns_are_refused():
    with pytest.raises(TypeError, match="columns must be a list or tuple"):
        group_ids(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="at least one column"):
        group_ids([])
    with pytest.raises(ValueError, match=r"columns\[1\] has shape \(2,\), columns\[0\] has \(3,\)"):
        group_ids([[1, 2, 3], [1, 2]])
    with pytest.raises(ValueError, match="unknown sort"):
        value_counts([1], sort="name")
