"""Arrow arrays through the Arrow C data interface."""

import datetime

import numpy as np
import pytest

from wayseer.hashing import HashMap, factorize, isin, join_indices, unique, value_counts

pa = pytest.importorskip("pyarrow")


@pytest.mark.parametrize("kind", ["string", "large_string", "binary", "large_binary"])
def test_strings(kind):
    words = ["tea", "", "coffee, black, no sugar", "tea", "naïve", ""]
    if "binary" in kind:
        words = [w.encode() + b"\0" for w in words]
    array = pa.array(words, getattr(pa, kind)())
    for offset in (0, 1, 3, len(words)):
        part = array[offset:]
        order = list(dict.fromkeys(words[offset:]))
        codes, uniques = factorize(part)
        assert codes.tolist() == [order.index(w) for w in words[offset:]]
        assert isinstance(uniques, pa.Array)
        assert uniques.to_pylist() == order
        assert unique(part, sort=True).to_pylist() == sorted(order)
        m = HashMap(part)
        assert m[array[offset:]].tolist() == codes.tolist()
        assert m.keys().tolist() == order
    assert value_counts(array)[1].tolist() == [2, 2, 1, 1]


@pytest.mark.parametrize(
    "kind", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]
)
def test_numbers(kind):
    array = pa.array([3, 1, 3, 100], getattr(pa, kind)())
    codes, uniques = factorize(array[1:])
    assert codes.tolist() == [0, 1, 2]
    assert uniques.tolist() == [1, 3, 100]
    assert uniques.dtype == kind
    assert HashMap([1, 3]).get(array).tolist() == [1, 0, 1, -1]
    assert factorize(array[:0])[0].tolist() == []


def test_booleans_and_instants():
    assert factorize(pa.array([True, False, True])[1:])[0].tolist() == [0, 1]
    days = pa.array([datetime.date(2020, 1, 1), datetime.date(1960, 5, 5)])
    assert factorize(days)[1].tolist() == [datetime.date(2020, 1, 1), datetime.date(1960, 5, 5)]
    assert isin(days, np.array(["1960-05-05T00:00"], "M8[s]")).tolist() == [False, True]
    stamps = pa.array(np.array(["2020-01-01T00:00:01"], "M8[us]"))
    assert factorize(stamps)[1].dtype == "M8[us]"
    assert factorize(pa.array(np.array([5], "m8[ns]")))[1].dtype == "m8[ns]"


def test_joins_and_mixed_look_ups():
    li, ri = join_indices(pa.array(["a", "b"]), np.array(["b", "a", "b"]))
    assert (li.tolist(), ri.tolist()) == ([0, 1, 1], [1, 0, 2])
    assert isin(["a", "z"], pa.array(["z"])).tolist() == [False, True]


def test_what_outlives_its_source():
    m = HashMap(pa.array(["a" * 50, "b" * 50]))
    assert m["b" * 50] == 1
    _, uniques = factorize(pa.array([1, 2, 2]))
    assert uniques.tolist() == [1, 2]


def test_nulls_and_other_kinds_are_refused():
    with pytest.raises(ValueError, match="a: position 1 is null"):
        factorize(pa.array(["x", None]))
    with pytest.raises(ValueError, match="position 2 is null"):
        factorize(pa.array([1, 2, None]))
    assert factorize(pa.array([None, 2])[1:])[0].tolist() == [0]
    with pytest.raises(TypeError, match="Arrow array of format"):
        factorize(pa.array([[1]]))
    with pytest.raises(TypeError, match="dictionary"):
        factorize(pa.array(["a"]).dictionary_encode())
