"""Tables whose keys are rows of several columns."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayseer.hashing import HashMap, HashSet, StrataMap

COLUMNS = {
    "int": (np.dtype(np.int64), st.integers(-3, 3)),
    "byte": (np.dtype(np.uint8), st.integers(0, 3)),
    "float": (np.dtype(np.float64), st.sampled_from([0.0, -0.0, 1.5, float("nan")])),
    "day": (np.dtype("M8[D]"), st.sampled_from(["2020-01-01", "2020-01-02", "NaT"])),
    "text": (np.dtypes.StringDType(), st.sampled_from(["", "a", "a\0", "ä", "aa", "b" * 40])),
    "bytes": (np.dtype("S3"), st.sampled_from([b"", b"x", b"xyz"])),
}


def tables(rows):
    return st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=3).flatmap(
        lambda kinds: st.tuples(
            st.just(kinds), *(st.lists(COLUMNS[k][1], min_size=rows, max_size=rows) for k in kinds)
        )
    )


def arrays(kinds, columns):
    return tuple(np.array(column, COLUMNS[kind][0]) for kind, column in zip(kinds, columns, strict=True))


def plain(x):
    return "missing" if x != x else x


def rows_of(columns):
    return [tuple(plain(x) for x in row) for row in zip(*(c.tolist() for c in columns), strict=True)]


@given(st.data(), st.integers(0, 12))
def test_behaves_like_a_dict_of_tuples(data, size):
    kinds, *columns = data.draw(tables(size))
    stored = arrays(kinds, columns)
    m, model = HashMap(stored), {}
    for row in rows_of(stored):
        model.setdefault(row, len(model))
    assert len(m) == len(model)
    keys, values = m.items()
    assert dict(zip(rows_of(keys), values.tolist(), strict=True)) == model
    assert rows_of(keys) == list(model)  # in order of insertion
    asked = arrays(kinds, [data.draw(st.lists(COLUMNS[k][1], min_size=5, max_size=5)) for k in kinds])
    assert m.get(asked).tolist() == [model.get(row, -1) for row in rows_of(asked)]
    assert m.contains(asked).tolist() == [row in model for row in rows_of(asked)]
    assert pickle.loads(pickle.dumps(m)).get(asked).tolist() == m.get(asked).tolist()
    assert m.erase(asked) == len(set(rows_of(asked)) & set(model))
    assert not m.contains(asked).any()
    assert len(HashSet(stored)) == len(model)


def test_shapes_scalars_and_other_dtypes():
    m = HashMap((np.arange(4).reshape(2, 2), [["a", "b"], ["c", "d"]]))
    assert m[([[3]], [["d"]])].tolist() == [[3]]
    assert m.get((3, "d")) == 3
    assert (3, "d") in m
    assert (3, "c") not in m
    assert m.get(([1.0, 1.5, 2.0**60], ["b", "b", "b"])).tolist() == [1, -1, -1]
    assert m.get((np.array([1], np.int8), np.array(["b"], "U3"))).tolist() == [1]
    m[([9], ["z"])] = 7
    assert m[(9, "z")] == 7
    assert list(HashSet(([1], ["x"]))) == [(1, "x")]
    m.clear()
    assert m.keys()[0].tolist() == []


def test_rows_with_nan_are_no_keys_if_nan_equals_nothing():
    m = HashMap(([1, 2], [0.5, 1.5]), nan_equal=False)
    assert m.get(([1, 1], [0.5, np.nan])).tolist() == [0, -1]
    with pytest.raises(ValueError, match="NaN"):
        m.insert(([3], [np.nan]))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: m.get([1, 2]), TypeError, r"keys\[1\] has dtype int64, which cannot equal"),
        (lambda m: m.get(5), TypeError, "keys must be a list or tuple of columns, got int"),
        (lambda m: m.get(([1], ["a"], [1])), ValueError, "keys has 3 columns, the table has 2"),
        (lambda m: m.get(([1, 2], ["a"])), ValueError, r"keys\[1\] has shape \(1,\), keys\[0\] has \(2,\)"),
        (lambda m: m.get((["a"], [1])), TypeError, r"keys\[0\] has dtype <U1, which cannot equal"),
        (lambda m: m[([9], ["a"])], KeyError, r"\(9, 'a'\) \(at position 0\); 1 of 1 keys"),
        (lambda m: m.insert(([2**63], ["a"])), OverflowError, r"\(9223372036854775808, 'a'\)"),
        (lambda m: m.save("rows.wsh"), TypeError, "keys of several columns cannot be saved"),
        (
            lambda m: HashMap(([1, 1], ["a", "a"]), duplicates="error"),
            ValueError,
            r"duplicate key \(1, 'a'\)",
        ),
        (lambda m: HashMap(([1], [2j])), TypeError, r"keys\[1\] has dtype complex128"),
    ],
)
def test_wrong_input(call, error, message):
    with pytest.raises(error, match=message):
        call(HashMap(([1, 2], ["a", "b"])))


def test_strata_maps_take_no_rows():
    with pytest.raises((TypeError, ValueError)):
        StrataMap(10).insert((np.array([1]), np.array(["a"])))
