import copy
import pickle
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from wayseer import hashing
from wayseer.hashing import HashMap, HashSet

from .key_arrays import FLOATS, INTEGERS, NUMBERS, number_arrays
from .oracles import plain


@given(keys=number_arrays(), queries=st.data(), policy=st.sampled_from(["first", "last"]))
def test_map_is_a_dict(keys, queries, policy):
    values = np.arange(keys.size).reshape(keys.shape) * 3
    m = HashMap(keys, values, duplicates=policy)
    model = {}
    for key, value in zip(keys.ravel(), values.ravel(), strict=True):
        if policy == "last" or plain(key) not in model:
            model[plain(key)] = value
    asked = queries.draw(number_arrays([keys.dtype.newbyteorder("=")]))
    assert np.shape(m.get(asked)) == asked.shape
    assert np.ravel(m.get(asked)).tolist() == [model.get(plain(k), -1) for k in asked.ravel()]
    assert np.ravel(m.contains(asked)).tolist() == [plain(k) in model for k in asked.ravel()]
    np.testing.assert_array_equal(m[keys], np.reshape([model[plain(k)] for k in keys.ravel()], keys.shape))
    assert len(m) == len(model)
    stored, of = m.items()
    assert stored.dtype == keys.dtype.newbyteorder("=")
    assert {plain(k): v for k, v in zip(stored, of, strict=True)} == model
    again = pickle.loads(pickle.dumps(m))
    np.testing.assert_array_equal(again[keys], m[keys])


class Model(RuleBasedStateMachine):
    """Random operations beside a dict."""

    @initialize(
        dtype=st.sampled_from(NUMBERS),
        value_dtype=st.sampled_from(["i8", "f4", "u1", "i4"]),
        load=st.sampled_from([0.1, 0.7, 0.95]),
        hasher=st.sampled_from(["default", "siphash13", "siphash24"]),
    )
    def start(self, dtype, value_dtype, load, hasher):
        self.dtype, self.value_dtype = dtype, np.dtype(value_dtype)
        self.map = HashMap(np.empty(0, dtype), np.empty(0, value_dtype), load=load, seed=1, hasher=hasher)
        self.set = HashSet(np.empty(0, dtype), load=load, seed=2, hasher=hasher)
        self.model = {}

    def draw(self, data):
        return data.draw(number_arrays([self.dtype], min_dims=1, max_dims=1, max_side=60)).astype(self.dtype)

    @rule(data=st.data(), policy=st.sampled_from(["first", "last"]))
    def insert(self, data, policy):
        keys = self.draw(data)
        values = np.arange(len(keys)).astype(self.value_dtype) + self.value_dtype.type(len(self.model) % 50)
        before = len(self.model)
        for key, value in zip(keys, values, strict=True):
            if policy == "last":
                self.model[plain(key)] = value
            else:
                self.model.setdefault(plain(key), value)
        assert self.map.insert(keys, values, duplicates=policy) == len(self.model) - before
        assert self.set.insert(keys) == len(self.model) - before

    @rule(data=st.data())
    def erase(self, data):
        keys = self.draw(data)
        gone = {plain(k) for k in keys} & set(self.model)
        for key in gone:
            del self.model[key]
        assert self.map.erase(keys) == len(gone)
        assert self.set.erase(keys) == len(gone)

    @rule(data=st.data())
    def find(self, data):
        keys = self.draw(data)
        expected = [plain(k) in self.model for k in keys]
        assert self.map.contains(keys).tolist() == expected
        assert self.set.contains(keys).tolist() == expected
        values = self.map.get(keys, 7)
        assert values.dtype == self.value_dtype
        assert values.tolist() == [self.model.get(plain(k), 7) for k in keys]

    @rule()
    def clear(self):
        self.map.clear()
        self.set.clear()
        self.model.clear()

    @rule()
    def pickle(self):
        self.map = pickle.loads(pickle.dumps(self.map, 5))
        self.set = pickle.loads(pickle.dumps(self.set, 5))

    @rule(mmap=st.booleans())
    def save_and_open(self, mmap):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "t.wsh"
            for name in ("map", "set"):
                getattr(self, name).save(path)
                opened = hashing.open(path, mmap=mmap, verify="all")
                # a mapped table can be copied, and the copy written to
                setattr(self, name, copy.deepcopy(opened) if mmap else opened)

    @invariant()
    def holds_the_same(self):
        if not hasattr(self, "model"):
            return
        keys, values = self.map.items()
        assert len(self.map) == len(self.set) == len(keys) == len(self.model)
        assert {plain(k): v for k, v in zip(keys, values, strict=True)} == self.model
        assert {plain(k) for k in self.set} == set(self.model)


TestModel = Model.TestCase
TestModel.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_ordinals_are_given_in_order_of_first_appearance():
    m = HashMap([5, 3, 5, 9])
    assert m.value_dtype == np.int64
    assert m[[9, 3, 5]].tolist() == [2, 1, 0]
    assert m.insert([7, 5]) == 1
    assert m[7] == 3
    m.erase([5, 3])
    m.insert([1])
    assert m[1] == 4  # not that of an erased key's successor
    assert pickle.loads(pickle.dumps(m)).insert([2]) == 1


def test_one_key_gives_one_value():
    m = HashMap([1, 2], [0.5, 1.5])
    assert m[2] == 1.5
    assert isinstance(m[2], np.float64)
    assert isinstance(m.get(9, np.nan), np.float64)
    assert 2 in m
    assert 3 not in m
    assert 2**80 not in m
    with pytest.raises(TypeError, match="one key"):
        [1, 2] in m  # noqa: B015


def test_assignment_replaces_and_adds():
    m = HashMap([1, 2], [10, 20])
    m[[2, 3]] = [21, 31]
    m[4] = 41
    m[[5, 6]] = 0
    assert m[[1, 2, 3, 4, 5, 6]].tolist() == [10, 21, 31, 41, 0, 0]


@pytest.mark.parametrize("stored", [*INTEGERS, *FLOATS, np.dtype("?")])
@pytest.mark.parametrize("asked", [*INTEGERS, *FLOATS, np.dtype("?")])
def test_keys_of_other_dtypes_are_found_by_value(stored, asked):
    def pool(dtype):
        edge = {0, 1}
        for kind in [*INTEGERS]:
            info = np.iinfo(kind)
            for x in (int(info.min), int(info.max)):
                edge |= {x - 1, x, x + 1}
        edge |= {2**24 + 1, 2**53 + 1, -(2**53) - 1}
        if dtype.kind == "b":
            return np.array([False, True])
        if dtype.kind == "f":
            return np.array(
                [
                    *map(float, edge),
                    0.5,
                    -0.0,
                    np.nan,
                    np.inf,
                    -np.inf,
                    1e300 if dtype.itemsize == 8 else 1e30,
                    0.1,
                ]
            ).astype(dtype)
        info = np.iinfo(dtype)
        return np.array([x for x in edge if info.min <= x <= info.max], dtype)

    keys, queries = pool(stored), pool(asked)
    present = {plain(k) for k in keys}
    assert HashSet(keys).contains(queries).tolist() == [plain(q) in present for q in queries]
    m = HashMap(keys, np.arange(len(keys)))
    for key in queries:
        if plain(key) in present:
            assert plain(keys[m[key]]) == plain(key)
        else:
            with pytest.raises(KeyError, match="1 of 1 keys are missing"):
                m[key]
            with pytest.raises(OverflowError, match="cannot hold") if not held(key, stored) else nothing():
                copy.deepcopy(m).insert([key], 1)


def held(key, dtype):
    """Whether a dtype has the value of a NumPy scalar."""
    if plain(key) == "nan":
        return dtype.kind == "f"
    try:
        with np.errstate(all="ignore"):
            cast = np.array(plain(key)).astype(dtype).item() if dtype.kind == "f" else int(plain(key))
    except OverflowError:
        return False
    if cast != plain(key):
        return False
    if dtype.kind == "b":
        return cast in (0, 1)
    return dtype.kind == "f" or int(np.iinfo(dtype).min) <= cast <= int(np.iinfo(dtype).max)


class nothing:
    def __enter__(self):
        pass

    def __exit__(self, *_):
        pass


def test_missing_keys_are_named_and_counted():
    m = HashMap([1, 2, 3])
    with pytest.raises(KeyError, match=r"7\)? \(at position 1\); 2 of 3 keys are missing"):
        m[[1, 7, 8]]
    assert m[np.empty(0, np.int64)].tolist() == []


def test_duplicates_can_be_an_error():
    with pytest.raises(ValueError, match=r"duplicate key .*4.* at position 2"):
        HashMap([3, 4, 4], [1, 2, 3], duplicates="error")
    m = HashMap([1], [10])
    with pytest.raises(ValueError, match="position 1"):
        m.insert([2, 1, 3], [20, 11, 30], duplicates="error")
    assert m.get([1, 2, 3]).tolist() == [10, 20, -1]  # what precedes the duplicate is in
    with pytest.raises(ValueError, match="duplicate"):
        HashSet([1, 1], duplicates="error")


def test_nan_may_be_no_key():
    with pytest.raises(ValueError, match="NaN or NaT at position 1"):
        HashMap([1.0, np.nan], nan_equal=False)
    s = HashSet(np.array(["2020", "2021"], "M8[Y]"), nan_equal=False)
    assert s.contains(np.array(["2021", "NaT"], "M8[Y]")).tolist() == [True, False]
    with pytest.raises(ValueError, match="NaT"):
        s.insert(np.array(["NaT"], "M8[Y]"))
    assert HashMap([1.0], nan_equal=False).get([np.nan, 1.0]).tolist() == [-1, 0]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: HashMap([1, 2], [1]), ValueError, r"values has shape \(1,\), keys has \(2,\)"),
        (lambda: HashMap([1], ["x"]), TypeError, "values has dtype"),
        (lambda: HashMap([1], [1j]), TypeError, "values has dtype"),
        (lambda: HashMap([1], load=0), ValueError, "load"),
        (lambda: HashMap([1], load=1.5), ValueError, "load"),
        (lambda: HashMap([1], load=0.99), ValueError, "0.95"),
        (lambda: HashMap([1], load=float("nan")), ValueError, "load"),
        (lambda: HashMap([1], seed=-1), ValueError, "seed"),
        (lambda: HashMap([1], seed=2**64), ValueError, "seed"),
        (lambda: HashMap([1], seed=1.0), TypeError, "seed"),
        (lambda: HashMap([1], duplicates="all"), ValueError, "unknown duplicates"),
        (lambda: HashMap([1], [2]).insert([3]), TypeError, "need"),
        (lambda: HashMap([1]).insert([3], duplicates="last"), ValueError, "last"),
        (lambda: HashMap([1], np.array([2], "u1")).get([3]), OverflowError, "default -1 is no uint8"),
        (lambda: HashMap([1]).get([3], 0.5), OverflowError, "default 0.5"),
        (lambda: HashMap([1]).get([3], "x"), TypeError, "dtype"),
        (lambda: HashMap([1]).get([3], [1]), TypeError, "one value"),
        (lambda: HashMap([1], [5]).insert([2], [2**64 - 1]), OverflowError, "cannot hold"),
        (lambda: HashMap([1]).get(np.array(["2020"], "M8[Y]")), TypeError, "cannot equal"),
        (lambda: HashMap(np.array([1], "i1")).insert([300]), OverflowError, "300.*int8 cannot hold"),
    ],
)
def test_wrong_arguments_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_pickles_carry_their_arrays_out_of_band():
    m = HashMap(np.arange(100_000) * 7, np.arange(100_000) * 0.5)
    buffers = []
    body = pickle.dumps(m, 5, buffer_callback=buffers.append)
    assert len(body) < 2000
    assert len(buffers) == 2
    again = pickle.loads(body, buffers=buffers)
    assert again[[7, 699_993]].tolist() == [0.5, 49_999.5]
    assert again.stats()["seed"] == m.stats()["seed"]
    assert copy.deepcopy(again)[14] == 1.0


def test_stats_tell_the_size_of_the_table():
    m = HashMap(np.arange(10_000), load=0.5)
    stats = m.stats()
    assert stats["size"] == 10_000
    assert 0.2 < stats["load"] <= 0.5
    assert stats["bytes_per_entry"] == stats["bytes"] / 10_000
    assert 16 < stats["bytes_per_entry"] < 80
    assert len(HashMap(np.zeros(1_000_000, np.int64)).items()[0]) == 1
    assert HashMap(np.zeros(1_000_000, np.int64)).stats()["bytes"] < 10_000  # room for the distinct keys only


def test_seeds_make_tables_repeatable():
    keys = np.arange(1000) ** 3
    a, b = HashMap(keys, seed=5), HashMap(keys, seed=5)
    np.testing.assert_array_equal(a.keys(), b.keys())
    np.testing.assert_array_equal(np.sort(HashMap(keys).keys()), keys)
    assert sorted(HashSet(keys, seed=np.uint64(5)).keys().tolist()) == keys.tolist()


def test_readers_may_be_many():
    keys = np.random.default_rng(1).integers(0, 2**60, 200_000)
    m = HashMap(keys)
    expected = m[keys]
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(m[keys])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    for answer in answers:
        np.testing.assert_array_equal(answer, expected)
