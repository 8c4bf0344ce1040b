import copy
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from wayseer import hashing
from wayseer.hashing import StrataMap, TableFullError

from .key_arrays import NUMBERS, number_arrays
from .oracles import plain


class Model(RuleBasedStateMachine):
    """Random operations beside a dict, and the slot of every key beside another."""

    @initialize(
        dtype=st.sampled_from(NUMBERS),
        value_dtype=st.sampled_from(["i8", "f4", "u1", "i4"]),
        capacity=st.sampled_from([1, 5, 56, 112]),
        hasher=st.sampled_from(["default", "siphash13", "siphash24"]),
    )
    def start(self, dtype, value_dtype, capacity, hasher):
        self.dtype, self.value_dtype = dtype, np.dtype(value_dtype)
        self.map = StrataMap(capacity, dtype, value_dtype, max_load=1.0, seed=1, hasher=hasher)
        self.set = StrataMap(capacity, dtype, None, max_load=1.0, seed=1, hasher=hasher)
        self.model = {}
        self.slots = {}

    def draw(self, data):
        return data.draw(number_arrays([self.dtype], min_dims=1, max_dims=1, max_side=60)).astype(self.dtype)

    @rule(data=st.data(), policy=st.sampled_from(["first", "last"]))
    def insert(self, data, policy):
        keys = self.draw(data)
        values = np.arange(len(keys)).astype(self.value_dtype) + self.value_dtype.type(len(self.model) % 50)
        done = len(keys)
        for position, (key, value) in enumerate(zip(keys, values, strict=True)):
            if plain(key) not in self.model and len(self.model) == self.map.capacity:
                done = position
                break
            if policy == "last":
                self.model[plain(key)] = value
            else:
                self.model.setdefault(plain(key), value)
        if done < len(keys):
            for insert in (
                lambda: self.map.insert(keys, values, policy),
                lambda: self.set.insert(keys, duplicates=policy),
            ):
                with pytest.raises(TableFullError) as caught:
                    insert()
                assert caught.value.inserted == done
                assert caught.value.size == caught.value.capacity == self.map.capacity
            found = self.map.slots(keys[:done])
        else:
            found = self.map.insert(keys, values, duplicates=policy)
            assert self.set.insert(keys).tolist() == found.tolist()
        for key, slot in zip(keys[:done], found, strict=True):
            assert self.slots.setdefault(plain(key), slot) == slot

    @rule(data=st.data())
    def erase(self, data):
        keys = self.draw(data)
        gone = {plain(k) for k in keys} & set(self.model)
        for key in gone:
            del self.model[key], self.slots[key]
        assert self.map.erase(keys) == len(gone)
        assert self.set.erase(keys) == len(gone)

    @rule(data=st.data())
    def find(self, data):
        keys = self.draw(data)
        expected = [plain(k) in self.model for k in keys]
        assert self.map.contains(keys).tolist() == expected
        assert self.set.contains(keys).tolist() == expected
        assert self.map.slots(keys).tolist() == [self.slots.get(plain(k), -1) for k in keys]
        values = self.map.get(keys, 7)
        assert values.dtype == self.value_dtype
        assert values.tolist() == [self.model.get(plain(k), 7) for k in keys]

    @rule()
    def clear(self):
        self.map.clear()
        self.set.clear()
        self.model.clear()
        self.slots.clear()

    @rule()
    def rebuild(self):
        self.map.rebuild_filters()
        self.set.rebuild_filters()

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

    @rule(more=st.integers(0, 60))
    def rehash(self, more):
        capacity = max(1, len(self.model) + more)
        old = self.map.keys_view
        before = old.copy()
        moved = self.map.rehash(capacity)
        assert moved.tolist() == self.set.rehash(capacity).tolist()
        assert old.tobytes() == before.tobytes()
        self.slots = {key: moved[slot] for key, slot in self.slots.items()}
        assert np.count_nonzero(moved >= 0) == len(self.model)

    @invariant()
    def holds_the_same(self):
        if not hasattr(self, "model"):
            return
        assert len(self.map) == len(self.set) == len(self.model)
        occupied = self.map.occupied
        for view in (self.map.keys_view, self.set.keys_view, self.map.values_view):
            assert view.shape == occupied.shape
            assert not view.flags.writeable
        assert np.flatnonzero(occupied).tolist() == sorted(self.slots.values())
        for table in (self.map, self.set):
            keys = table.keys_view
            assert {plain(keys[s]): s for s in np.flatnonzero(occupied)} == self.slots
        values = self.map.values_view
        assert {plain(k): values[s] for k, s in zip(self.map, np.flatnonzero(occupied), strict=True)} == (
            self.model
        )
        stats = self.map.stats()
        assert (stats["size"], stats["slots"]) == (len(self.model), len(occupied))
        assert sum(stats["hit_path_hist"]) == len(self.model)


TestModel = Model.TestCase
TestModel.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_every_slot_can_be_filled_and_keeps_its_key():
    rng = np.random.default_rng(1)
    keys = rng.permutation(56 * 300) * 977
    s = StrataMap(len(keys), max_load=1.0, seed=3)
    slots = s.insert(keys, keys // 977)
    assert np.sort(slots).tolist() == list(range(len(keys)))
    with pytest.raises(TableFullError, match=rf"holds {len(keys)} keys, its capacity is {len(keys)}; 2 "):
        s.insert([keys[0], keys[1], -1, keys[2]])
    s[keys[:2]] = [7, 8]  # a full table takes values for keys that it has
    assert s[keys[:2]].tolist() == [7, 8]
    for _ in range(5):
        some = rng.choice(keys, 4000, replace=False)
        assert s.erase(some) == len(some)
        kept = s.slots(keys)
        s.insert(some, some // 977)
        np.testing.assert_array_equal(s.slots(keys)[kept >= 0], kept[kept >= 0])
    np.testing.assert_array_equal(s.keys_view[s.slots(keys)], keys)


def test_results_have_the_shape_of_the_keys():
    s = StrataMap(10)
    slots = s.insert([[1, 2], [3, 1]], [[10, 20], [30, 40]])
    assert slots.shape == (2, 2)
    assert slots[0, 0] == slots[1, 1]
    assert s[[[1], [2]]].tolist() == [[10], [20]]
    assert isinstance(s.slots(1), np.int64)
    assert s.slots(99) == s.slots(0.5) == -1
    assert 3 in s
    assert 2**80 not in s
    assert s.insert(np.empty((0, 3), int)).shape == (0, 3)
    assert s[np.int8(2)] == 20


def test_values_are_zero_without_values():
    s = StrataMap(10, "float32", "datetime64[s]")
    s.insert([1.5, 2.5])
    assert s[[1.5]].tolist() == [np.datetime64(0, "s").item()]
    s[1.5] = np.datetime64("2020-01-01", "s")
    assert str(s[1.5]) == "2020-01-01T00:00:00"


def test_duplicates_can_be_an_error():
    s = StrataMap(10)
    with pytest.raises(ValueError, match="duplicate key 4 at position 2"):
        s.insert([3, 4, 4, 5], 1, duplicates="error")
    assert sorted(s) == [3, 4]
    with pytest.raises(ValueError, match="duplicate key 3 at position 0"):
        s.insert([3], 2, duplicates="error")
    assert s[3] == 1


def test_a_seed_repeats_the_slots():
    keys = np.arange(500) ** 2
    for seed in (0, 1, 2**64 - 1):
        a, b = StrataMap(500, seed=seed), StrataMap(500, seed=seed)
        assert a.insert(keys).tolist() == b.insert(keys).tolist()
        moved = a.rehash(2000)
        assert a.seed == b.seed
        assert a.slots(keys).tolist() == moved[b.slots(keys)].tolist()


def test_views_outlive_the_table():
    s = StrataMap(10, "int16")
    slots = s.insert([-5, 300])
    keys = s.keys_view
    del s
    assert keys[slots].tolist() == [-5, 300]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: StrataMap(0), ValueError, "capacity must be at least 1, got 0"),
        (lambda: StrataMap(1.5), TypeError, "capacity must be an integer"),
        (lambda: StrataMap(2**40 + 1), OverflowError, "2\\^40"),
        (lambda: StrataMap(2**40, max_load=1e-9), MemoryError, "bad_alloc"),
        (lambda: StrataMap(1, max_load=0), ValueError, "max_load"),
        (lambda: StrataMap(1, max_load=1.01), ValueError, "max_load"),
        (lambda: StrataMap(1, max_load=float("nan")), ValueError, "max_load"),
        (lambda: StrataMap(1, "U5"), TypeError, "HashMap for strings"),
        (lambda: StrataMap(1, "complex128"), TypeError, "key_dtype has dtype complex128"),
        (lambda: StrataMap(1, value_dtype="O"), TypeError, "values has dtype object"),
        (lambda: StrataMap(1, seed=-1), ValueError, "seed"),
        (lambda: StrataMap(1).insert([1], [1, 2]), ValueError, r"values has shape \(2,\), keys has \(1,\)"),
        (lambda: StrataMap(1).insert([1], duplicates="all"), ValueError, "unknown duplicates"),
        (lambda: StrataMap(1, "int8").insert([300]), OverflowError, "300.*int8 cannot hold"),
        (lambda: StrataMap(1, value_dtype="u1").insert([1], 300), OverflowError, "300, which uint8"),
        (lambda: StrataMap(1).insert(["x"]), TypeError, "cannot equal"),
        (lambda: StrataMap(1)[[5]], KeyError, "1 of 1 keys are missing"),
        (lambda: StrataMap(1, value_dtype=None).get([1]), TypeError, "get: this table is a set"),
        (lambda: StrataMap(1, value_dtype=None)[1], TypeError, "is a set"),
        (lambda: StrataMap(1, value_dtype=None).values_view, TypeError, "is a set"),
        (lambda: StrataMap(1, value_dtype=None).insert([1], [1]), TypeError, "is a set"),
        (lambda: StrataMap(5).rehash(0), ValueError, "capacity must be at least 1"),
    ],
)
def test_wrong_arguments_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_table_is_not_rehashed_below_its_size():
    s = StrataMap(5)
    s.insert([1, 2, 3])
    with pytest.raises(ValueError, match="capacity: got 2, allowed at least the size, 3"):
        s.rehash(2)
    assert sorted(s) == [1, 2, 3]


def test_pickles_carry_their_arrays_out_of_band():
    s = StrataMap(100_000, "int64", "float64", auto_rebuild=False)
    slots = s.insert(np.arange(100_000) * 7, np.arange(100_000) * 0.5)
    s.erase([0, 7])
    buffers = []
    body = pickle.dumps(s, 5, buffer_callback=buffers.append)
    assert len(body) < 2000
    assert len(buffers) == 3
    again = pickle.loads(body, buffers=buffers)
    assert again.slots(np.arange(2, 100_000) * 7).tolist() == slots[2:].tolist()
    assert again.stats() == s.stats()
    again.insert([-1])
    assert -1 not in s
    assert copy.deepcopy(again)[14] == 1.0


def test_stats_at_a_high_load():
    s = StrataMap(200_000, max_load=0.99, seed=1)
    s.insert(np.arange(200_000))
    stats = s.stats()
    assert stats["load"] == pytest.approx(0.99, abs=0.001)
    assert 1 < stats["hit_path_mean"] < 1.25
    assert 1 < stats["miss_path_mean"] < 1.25
    assert stats["hit_path_max"] <= 8
    assert len(stats["level_fill"]) == 3
    assert stats["bytes_per_entry"] == pytest.approx(17.3, abs=0.1)


def test_instruction_sets_agree():
    program = (
        "import numpy as np, zlib; from wayseer.hashing import StrataMap; keys = np.arange(60_000) ** 2\n"
        "for key, value in (('i8', 'i8'), ('i8', 'f4'), ('u4', 'i8'), ('u4', 'i4')):\n"
        "    s = StrataMap(30_000, key, value, max_load=0.999, seed=1)\n"
        "    s.insert(keys[:30_000], np.arange(30_000))\n"
        "    for found in (s.slots(keys), s.contains(keys), s.get(keys)): print(zlib.crc32(found.tobytes()))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "WAYSEER_SIMD": path},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for path in ("scalar", "sse2", "avx2", "avx512")
    }
    assert len(printed) == 1
    assert len(printed.pop().split()) == 12
