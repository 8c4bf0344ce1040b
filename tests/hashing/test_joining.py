import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayseer.hashing import isin, join_indices

from .key_arrays import NUMBERS, number_arrays
from .oracles import pairs, plain


def check(left, right, how, **options):
    rows = [[tuple(plain(x) for x in row) for row in zip(*side, strict=True)] for side in (left, right)]
    li, ri = join_indices(left, right, how, **options)
    expected = pairs(*rows, how)
    assert li.dtype == np.int64
    assert li.tolist() == expected[0]
    if expected[1] is None:
        assert ri is None
    else:
        assert ri.tolist() == expected[1]


@given(data=st.data(), how=st.sampled_from(["inner", "left", "semi", "anti"]), columns=st.integers(1, 3))
def test_joins_give_the_pairs_of_equal_rows(data, how, columns):
    left, right = [], []
    n, m = data.draw(st.integers(0, 20)), data.draw(st.integers(0, 20))
    for _ in range(columns):
        dtype = data.draw(st.sampled_from(NUMBERS))
        pool = data.draw(number_arrays([dtype], min_dims=1, max_dims=1).filter(len))
        rows = st.integers(0, len(pool) - 1)
        left.append(pool[data.draw(st.lists(rows, min_size=n, max_size=n).map(lambda i: np.array(i, int)))])
        right.append(pool[data.draw(st.lists(rows, min_size=m, max_size=m).map(lambda i: np.array(i, int)))])
    check(left, right, how)


@pytest.mark.parametrize("how", ["inner", "left", "semi", "anti"])
def test_large_joins(how):
    random = np.random.default_rng(3)
    check([random.integers(0, 3000, 5000)], [random.integers(0, 3000, 4000)], how)
    check([random.integers(0, 2**40, 5000)], [random.integers(0, 2**40, 4000)], how)


def test_columns_of_different_dtypes_join_by_value():
    left, right = np.array([1, 300, 2**53 + 1]), np.array([1.0, 300.5, 2.0**53])
    li, ri = join_indices(left, right)
    assert (li.tolist(), ri.tolist()) == ([0], [0])
    assert join_indices(right, left, "anti")[0].tolist() == [1, 2]
    li, ri = join_indices([left.astype("i8"), [7, 8, 9]], [np.array([44, 1], "u1"), [8, 7]])
    assert (li.tolist(), ri.tolist()) == ([0], [1])


def test_nan_may_match_nothing():
    a = np.array([1.0, np.nan, 2.0])
    assert join_indices(a, a)[0].tolist() == [0, 1, 2]
    li, ri = join_indices(a, a, "left", nan_equal=False)
    assert li.tolist() == [0, 1, 2]
    assert ri.tolist() == [0, -1, 2]
    assert join_indices([a, a], [a, a], "semi", nan_equal=False)[0].tolist() == [0, 2]


def test_wrong_tables_are_refused():
    with pytest.raises(ValueError, match="left has 2 columns, right has 1"):
        join_indices([[1], [2]], [[1]])
    with pytest.raises(ValueError, match=r"shape \(1, 2\)"):
        join_indices(np.array([[1, 2]]), [1])
    with pytest.raises(ValueError, match=r"right\[1\] has shape \(2,\)"):
        join_indices([[1], [2]], [[1], [2, 3]])
    with pytest.raises(ValueError, match="unknown how"):
        join_indices([1], [1], "outer")
    with pytest.raises(TypeError, match="cannot equal"):
        join_indices([1], np.array(["2020"], "M8[Y]"))


@pytest.mark.parametrize("keys", [["a", "b"], [1, 2], np.array(["2020-01-01"] * 2, "M8[D]")])
def test_an_empty_list_is_one_of_anything(keys):
    assert join_indices(keys, [], how="anti")[0].tolist() == [0, 1]
    assert join_indices(keys, [], how="left")[1].tolist() == [-1, -1]
    assert join_indices([], keys)[0].tolist() == []
    assert join_indices([keys, keys], [[], []], how="semi")[0].tolist() == []
    assert isin(keys, []).tolist() == [False, False]
    assert isin(keys[0], []) is False
    assert isin([], keys).tolist() == []
