"""Strings as keys, whatever they come in."""

import gzip
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayseer.hashing import HashMap, HashSet, factorize, group_ids, isin, join_indices, unique, value_counts

from .oracles import pairs

# Lengths around 12 and 16 bytes, where the tables store strings differently; zeros, surrogates, planes.
letters = st.sampled_from(["a", "b", "\0", "é", "\u20ac", "\U0001f600", "\ud800", "z" * 11, "y" * 40])
words = st.lists(letters, max_size=5).map("".join)
whole = words.filter(lambda s: not s.endswith("\0"))  # dtype U cannot tell zeros at the end


def string_dtypes():
    dtypes = {"U": lambda x: np.array(x, "U"), "object": as_objects, "list": list}
    if hasattr(np.dtypes, "StringDType"):
        dtypes["StringDType"] = lambda x: as_objects(x).astype(np.dtypes.StringDType())
    return dtypes


def as_objects(x):
    array = np.empty(len(x), object)
    array[:] = x
    return array


STRINGS = string_dtypes()


@given(x=st.lists(whole, max_size=40), kind=st.sampled_from(sorted(STRINGS)))
def test_factorize_numbers_strings_by_first_appearance(x, kind):
    if kind == "StringDType":  # holds UTF-8, which has no surrogates
        x = [s.replace("\ud800", "") for s in x]
        x = [s for s in x if not s.endswith("\0")]
    a = STRINGS[kind](x)
    order = list(dict.fromkeys(x))
    codes, uniques = factorize(a)
    assert codes.tolist() == [order.index(s) for s in x]
    if x:
        assert uniques.tolist() == order
    assert unique(a, sort=True).tolist() == sorted(order)
    assert value_counts(a)[1].tolist() == [x.count(s) for s in order]
    if kind != "list":
        assert uniques.dtype == a.dtype


@given(x=st.lists(st.lists(st.sampled_from([b"a", b"\0", b"\xff", b"q" * 13]), max_size=4).map(b"".join)))
def test_bytes(x):
    a = np.array(x, "S")
    stripped = [s.rstrip(b"\0") for s in x]
    order = list(dict.fromkeys(stripped))
    codes, uniques = factorize(a)
    assert codes.tolist() == [order.index(s) for s in stripped]
    assert uniques.tolist() == order
    assert HashMap(a).get(a).tolist() == codes.tolist()
    assert HashMap(a).items()[0].tolist() == order
    assert HashMap(a).items()[0].dtype.kind == "S" or not x


@given(x=st.lists(words, max_size=40), y=st.lists(words, max_size=40), erased=st.lists(words, max_size=20))
def test_map_of_strings_is_a_dict_in_order(x, y, erased):
    m = HashMap(as_objects(x), np.arange(len(x)) * 0.5, duplicates="last")
    model = {s: i * 0.5 for i, s in enumerate(x)}
    assert m.get(as_objects(y), np.nan).tolist() == pytest.approx(
        [model.get(s, np.nan) for s in y], nan_ok=True
    )
    assert m.contains(as_objects(y)).tolist() == [s in model for s in y]
    assert m.erase(as_objects(erased)) == len({s for s in erased if s in model})
    for s in erased:
        model.pop(s, None)
    m.insert(as_objects(y), np.ones(len(y)))
    for s in y:
        model.setdefault(s, 1.0)
    for map_ in (m, pickle.loads(pickle.dumps(m, 5))):
        keys, values = map_.items()
        assert keys.tolist() == list(model)
        assert values.tolist() == list(model.values())
        assert len(map_) == len(model)
    s = HashSet(as_objects(x))
    assert s.keys().tolist() == list(dict.fromkeys(x))
    assert all((word in s) == (word in x) for word in y)


def test_strings_of_all_dtypes_are_the_same_keys():
    x = ["tea", "coffee", "", "Ærø", "a much longer string than fits"]
    for make in STRINGS.values():
        m = HashMap(make(x))
        for other in STRINGS.values():
            assert m[other(x[::-1])].tolist() == [4, 3, 2, 1, 0]
    assert m["coffee"] == 1
    assert "cocoa" not in m
    with pytest.raises(TypeError, match="cannot equal"):
        m.get(np.array([b"tea"]))
    with pytest.raises(TypeError, match="cannot equal"):
        m.get([1])
    with pytest.raises(TypeError, match="cannot equal"):
        HashMap([1]).get(["tea"])
    with pytest.raises(KeyError, match=r"'cocoa'.* \(at position 1\); 2 of 3"):
        m[["tea", "cocoa", "milk"]]


def test_layouts_of_dtype_u():
    a = np.array([["a", "bb"], ["bb", "ccc"]])
    for x in (a, a.T, a[::-1], a.astype(">U3"), a[:, :1], np.array("a")):
        codes, uniques = factorize(x)
        assert codes.shape == x.shape
        np.testing.assert_array_equal(uniques[codes], x)
    assert factorize(np.empty((0, 3), "U5"))[0].shape == (0, 3)
    assert (
        factorize(np.zeros(3, "U0") if np.dtype("U0").itemsize == 0 else np.array(["", "", ""]))[0].tolist()
        == [0] * 3
    )


def test_lists_keep_zeros_at_the_end():
    assert factorize(["a", "a\0", "a"])[0].tolist() == [0, 1, 0]
    assert HashMap(["a\0", "a"]).keys().tolist() == ["a\0", "a"]
    with pytest.raises(ValueError, match="end in zeros"):
        factorize([b"a", b"a\0"])


@pytest.mark.parametrize(
    ("a", "message"),
    [
        (["a", 1], "position 1 holds int, not str"),
        (np.array(["a", None], object), "position 1 holds NoneType, not str"),
        (np.array(["a", float("nan")], object), "position 1 holds float"),
        ([b"a", "b"], "not"),
    ],
)
def test_objects_must_all_be_strings(a, message):
    with pytest.raises(TypeError, match=message):
        factorize(a)


def test_rows_with_strings():
    codes, first = group_ids([["a", "b", "a", "a"], [1, 1, 1, 2]])
    assert codes.tolist() == [0, 1, 0, 2]
    assert first.tolist() == [0, 1, 3]
    left, right = [["a", "b", "c"], [1, 2, 3]], [np.array(["c", "a", "a"], object), [3.0, 1.0, 7.0]]
    for how in ("inner", "left", "semi", "anti"):
        li, ri = join_indices(left, right, how)
        expected = pairs([("a", 1), ("b", 2), ("c", 3)], [("c", 3), ("a", 1), ("a", 7)], how)
        assert li.tolist() == expected[0]
        assert ri is expected[1] or ri.tolist() == expected[1]


@given(x=st.lists(whole, max_size=30), y=st.lists(whole, max_size=30))
def test_isin(x, y):
    assert isin(np.array(x, "U"), as_objects(y)).tolist() == [s in y for s in x]


def test_churn_keeps_the_table_small():
    m = HashMap(np.empty(0, "U1"), np.empty(0))
    for i in range(200):
        m.insert([f"a rather long key {j}" for j in range(i, i + 50)], 1.0)
        m.erase([f"a rather long key {j}" for j in range(i + 40)])
    assert len(m) == 10
    assert m.stats()["bytes"] < 50_000
    assert m.keys().tolist() == [f"a rather long key {j}" for j in range(239, 249)]


def test_all_english_words(data_dir):
    path = data_dir / "hashing" / "words_en.txt.gz"
    if not path.exists():
        pytest.skip("skipped: no data (words_en)")
    x = gzip.decompress(path.read_bytes()).decode().split("\n")[:-1]
    assert len(x) == 104_334
    drawn = np.random.default_rng(1).integers(0, len(x), 300_000)
    a = np.array(x, object)
    assert factorize(a)[0].tolist() == list(range(len(x)))
    m = HashMap(a)
    np.testing.assert_array_equal(m[a[drawn]], drawn)
    codes, uniques = factorize(a[drawn].astype("U"))
    np.testing.assert_array_equal(uniques[codes], a[drawn])
    assert len(uniques) == len(np.unique(drawn))
    again = pickle.loads(pickle.dumps(m))
    np.testing.assert_array_equal(again[a], np.arange(len(x)))
