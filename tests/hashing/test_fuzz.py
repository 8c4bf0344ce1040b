"""10^6 random operations per kind of key beside a model, in batches. Single steps, which hypothesis shrinks,
are those of the models in test_hash_map.py and test_strata_map.py."""

import pickle

import numpy as np
import pyarrow as pa
import pytest

from wayseer import hashing as wh

OPERATIONS = 1_000_000
UNIVERSE = 6000  # keys: few enough that most operations meet others


def numbers(dtype):
    rng = np.random.default_rng(7)
    if dtype.kind == "f":
        special = np.array([np.nan, -0.0, np.inf, -np.inf, 5e-324 if dtype.itemsize == 8 else 1e-45], dtype)
        keys = np.concatenate([special, rng.normal(size=UNIVERSE).astype(dtype)])
    elif dtype.kind in "mM":
        keys = np.concatenate([[np.iinfo("i8").min, 0, -1], rng.integers(-(2**62), 2**62, UNIVERSE)]).view(
            dtype
        )
    else:
        info = np.iinfo(dtype)
        low, high = int(info.min), int(info.max)
        keys = np.concatenate(
            [np.array([low, high, 0], dtype), rng.integers(low, high, UNIVERSE, dtype, endpoint=True)]
        )
    return wh.unique(keys)


def texts(kind):
    rng = np.random.default_rng(7)
    lengths = rng.integers(0, 40, UNIVERSE)
    strings = ["", *(f"{'é' if i % 5 == 0 else 'k'}{'x' * int(n)}{i}" for i, n in enumerate(lengths))]
    if kind == "T":
        return np.array(strings, np.dtypes.StringDType())
    if kind == "S":
        return np.array([text.encode() for text in strings])
    return np.array(strings, object if kind == "arrow" else "U")


POOLS = {
    **{name: lambda name=name: numbers(np.dtype(name)) for name in ("i8", "u4", "i1", "f8", "f4", "M8[ns]")},
    **{kind: lambda kind=kind: texts(kind) for kind in ("U", "S", "T", "arrow")},
}


class Fuzz:
    """A model: values by the position of the key in a pool of distinct keys, -1 where absent."""

    def __init__(self, pool, seed):
        self.pool, self.rng = pool, np.random.default_rng(seed)
        self.present = np.zeros(len(pool), bool)
        self.values = np.full(len(pool), -1)
        self.done = 0

    def draw(self, most=4000):
        """Positions of some keys, many twice, from all of the pool or from a corner of it."""
        count = int(self.rng.integers(1, most))
        bound = len(self.pool) if self.rng.random() < 0.7 else max(1, len(self.pool) // 20)
        self.done += count
        return self.rng.integers(0, bound, count)

    def keys(self, at):
        """The keys at positions; zeros and NaN of either sign."""
        keys = self.pool[at]
        if keys.dtype.kind == "f":
            keys[((keys == 0) | np.isnan(keys)) & (self.rng.random(len(keys)) < 0.5)] *= -1
        return keys

    def store(self, at, values, policy):
        """Returns how many are new."""
        first, where = np.unique(at, return_index=True)
        if policy == "last":
            self.values[at] = values  # NumPy assigns in order: of equal positions the last stays
        else:
            new = ~self.present[first]
            self.values[first[new]] = values[where[new]]
        added = int(np.count_nonzero(~self.present[first]))
        self.present[first] = True
        return added

    def remove(self, at):
        gone = np.unique(at)[self.present[np.unique(at)]]
        self.present[gone] = False
        self.values[gone] = -1
        return len(gone)


@pytest.mark.parametrize("hasher", ["default", "siphash13"])
@pytest.mark.parametrize("kind", POOLS)
def test_hash_map(tmp_path, kind, hasher):
    fuzz = Fuzz(POOLS[kind](), 11)
    as_keys = (lambda x: pa.array(x, pa.string())) if kind == "arrow" else (lambda x: x)
    load = [0.5, 0.7, 0.95][len(kind) % 3]
    m = wh.HashMap(as_keys(fuzz.pool[:0]), np.empty(0, "i8"), load=load, hasher=hasher)
    s = wh.HashSet(as_keys(fuzz.pool[:0]), load=load, hasher=hasher)
    path = tmp_path / "t.wsh"
    operations = OPERATIONS // (1 if hasher == "default" else 20)
    if kind in ("T", "arrow"):  # NumPy's and Python's share of the time is large
        operations //= 4
    while fuzz.done < operations:
        operation = fuzz.rng.choice(
            ["insert", "assign", "erase", "find", "rare"], p=[0.3, 0.15, 0.25, 0.25, 0.05]
        )
        at = fuzz.draw()
        keys = as_keys(fuzz.keys(at))
        match operation:
            case "insert" | "assign":
                values = fuzz.rng.integers(0, 2**40, len(at))
                policy = "last" if operation == "assign" else "first"
                added = fuzz.store(at, values, policy)
                assert m.insert(keys, values, duplicates=policy) == s.insert(keys) == added
            case "erase":
                gone = fuzz.remove(at)
                assert m.erase(keys) == s.erase(keys) == gone
            case "find":
                np.testing.assert_array_equal(m.get(keys), fuzz.values[at])
                np.testing.assert_array_equal(s.contains(keys), fuzz.present[at])
            case "rare":
                match fuzz.rng.integers(0, 4):
                    case 0 if fuzz.rng.random() < 0.3:
                        m.clear()
                        s.clear()
                        fuzz.remove(np.arange(len(fuzz.pool)))
                    case 1:
                        m, s = pickle.loads(pickle.dumps(m)), pickle.loads(pickle.dumps(s))
                    case _:
                        m.save(path)
                        mapped = wh.open(path, mmap=True, verify="all")
                        np.testing.assert_array_equal(mapped.get(keys), fuzz.values[at])
                        m = wh.open(path)
                        s.save(path)
                        s = wh.open(path)
        assert len(m) == len(s) == np.count_nonzero(fuzz.present)
    everything = as_keys(fuzz.pool)
    np.testing.assert_array_equal(m.get(everything), fuzz.values)
    stored, values = m.items()
    np.testing.assert_array_equal(m.get(as_keys(stored)), values)


@pytest.mark.parametrize("hasher", ["default", "siphash24"])
@pytest.mark.parametrize(
    ("kind", "max_load"), [("i8", 1.0), ("u4", 0.99), ("f8", 0.9), ("f4", 1.0), ("M8[ns]", 0.5), ("i1", 0.99)]
)
def test_strata_map(tmp_path, kind, max_load, hasher):
    """At capacity most of the time: half as many keys as the pool has. A slot stays while its key does."""
    fuzz = Fuzz(POOLS[kind](), 13)
    s = wh.StrataMap(max(1, len(fuzz.pool) // 2), fuzz.pool.dtype, max_load=max_load, hasher=hasher)
    slots = np.full(len(fuzz.pool), -1)
    path = tmp_path / "t.wsh"
    while fuzz.done < (OPERATIONS if hasher == "default" else OPERATIONS // 20):
        operation = fuzz.rng.choice(
            ["insert", "assign", "erase", "find", "rare"], p=[0.35, 0.15, 0.2, 0.25, 0.05]
        )
        at = fuzz.draw(1500)
        keys = fuzz.keys(at)
        match operation:
            case "insert" | "assign":
                values = fuzz.rng.integers(0, 2**40, len(at))
                policy = "last" if operation == "assign" else "first"
                room = s.capacity - len(s)
                first, where = np.unique(at, return_index=True)
                new = np.sort(where[~fuzz.present[first]])
                done = len(at) if len(new) <= room else int(new[room])
                if done < len(at):
                    with pytest.raises(wh.TableFullError) as caught:
                        s.insert(keys, values, duplicates=policy)
                    assert caught.value.inserted == done
                    found = s.slots(keys[:done])
                else:
                    found = s.insert(keys, values, duplicates=policy)
                known = slots[at[:done]] >= 0
                assert (slots[at[:done]][known] == found[known]).all()
                slots[at[:done]] = found
                fuzz.store(at[:done], values[:done], policy)
            case "erase":
                assert s.erase(keys) == fuzz.remove(at)
                slots[at] = -1
            case "find":
                np.testing.assert_array_equal(s.get(keys), fuzz.values[at])
                np.testing.assert_array_equal(s.slots(keys), slots[at])
            case "rare":
                match fuzz.rng.integers(0, 5):
                    case 0 if fuzz.rng.random() < 0.3:
                        s.clear()
                        fuzz.remove(np.arange(len(fuzz.pool)))
                        slots[:] = -1
                    case 1:
                        s = pickle.loads(pickle.dumps(s))
                    case 2:
                        s.rebuild_filters()
                    case 3 if fuzz.rng.random() < 0.3:
                        moved = s.rehash(s.capacity)
                        slots[slots >= 0] = moved[slots[slots >= 0]]
                    case _:
                        s.save(path)
                        np.testing.assert_array_equal(wh.open(path, mmap=True).slots(keys), slots[at])
                        s = wh.open(path, verify="all")
        assert len(s) == np.count_nonzero(fuzz.present)
        assert np.count_nonzero(s.occupied) == len(s)
    np.testing.assert_array_equal(s.slots(fuzz.pool), slots)
    np.testing.assert_array_equal(s.get(fuzz.pool), fuzz.values)


def test_a_full_table_keeps_its_slots_through_a_million_operations():
    rng = np.random.default_rng(5)
    keys = rng.permutation(56 * 100) * 1_000_003
    kept, churn = keys[:2800], keys[2800:]
    s = wh.StrataMap(len(keys), max_load=1.0, value_dtype=None)
    slots = s.insert(kept)
    s.insert(churn)
    done = 0
    while done < 1_000_000:
        some = churn[rng.integers(0, len(churn), 2000)]
        gone = s.erase(some)
        fresh = rng.integers(-(2**40), -1, gone)
        s.insert(np.unique(fresh))
        s.erase(fresh)
        s.insert(some)
        done += 2 * len(some) + 2 * gone
        assert len(s) == len(keys)
    np.testing.assert_array_equal(s.slots(kept), slots)


@pytest.mark.parametrize("columns", [("i8", "i1"), ("f8", "U"), ("M8[ns]", "u4", "S")])
def test_tuples_of_columns_join_and_group_like_dict_keys(columns):
    rng = np.random.default_rng(3)
    n = 20_000
    pools = [POOLS[kind]()[:40] for kind in columns]
    left = [pool[rng.integers(0, len(pool), n)] for pool in pools]
    right = [pool[rng.integers(0, len(pool), n // 4)] for pool in pools]
    index = [wh.HashMap(pool) for pool in pools]
    rows = [
        list(zip(*(m[c].tolist() for m, c in zip(index, side, strict=True)), strict=True))
        for side in (left, right)
    ]
    codes, first = wh.group_ids(left)
    number = {}
    assert codes.tolist() == [number.setdefault(row, len(number)) for row in rows[0]]
    assert [rows[0][i] for i in first] == list(number)
    li, _ = wh.join_indices(left, right, how="semi")
    there = set(rows[1])
    assert li.tolist() == [i for i, row in enumerate(rows[0]) if row in there]
