"""The published schemes: contract, statistics, and agreement with a dict."""

import math
import pickle

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import wayseer
from wayseer import hashing as wh

SCHEMES = [
    wh.UniformTable,
    wh.LinearTable,
    wh.QuadraticTable,
    wh.DoubleHashTable,
    wh.ElasticTable,
    wh.FunnelTable,
]
GREEDY = [scheme for scheme in SCHEMES if scheme is not wh.ElasticTable]
KEYS = np.arange(1, 300_000) * 0x9E3779B97F4A7C1
ENDS = [-(2**63), 2**63 - 1, 0, -1, 1]


def test_the_room_is_reached_from_the_package():
    assert wayseer.hashing is wh


# --- the common contract --------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", SCHEMES)
def test_insert_and_find(scheme):
    table = scheme(2048, 0.1, seed=3)
    assert (table.n, table.delta, table.seed) == (2048, 0.1, 3)
    assert table.capacity == 2048 - 204
    keys = np.r_[ENDS, KEYS[: table.capacity - len(ENDS)]]
    probes = table.insert(keys)
    assert probes.dtype == np.int64
    assert probes.min() == 1
    assert len(table) == table.capacity == table.fill.sum()
    assert table.levels().sum() == 2048
    assert (table.fill <= table.levels()).all()
    slots, costs = table.find(keys)
    assert slots.dtype == costs.dtype == np.int64
    assert len(set(slots)) == len(keys)
    assert slots.min() >= 0
    assert slots.max() < 2048
    if scheme is not wh.ElasticTable:
        np.testing.assert_array_equal(probes, costs)  # greedy: a hit costs what its insertion did
    assert (table.find(keys + 2)[0] >= 0).sum() < 5
    assert -1 in table
    assert 2 not in table


@pytest.mark.parametrize("scheme", SCHEMES)
def test_shapes_and_types_of_keys(scheme):
    table = scheme(512, 0.1)
    assert table.insert(np.arange(6).reshape(2, 3)).shape == (2, 3)
    assert table.insert(np.arange(6, 8, dtype=np.uint8)).shape == (2,)
    assert table.insert(100).shape == ()
    assert table.insert([]).shape == (0,)
    assert table.insert(np.arange(20, 40)[::-2]).shape == (10,)
    slots, probes = table.find(np.array([[0, 7], [100, 101]], dtype=np.int32, order="F"))
    assert (slots >= 0).tolist() == [[True, True], [True, False]]
    assert probes.shape == (2, 2)
    for wrong in ([1.0], [True], ["a"], [None], np.array(["2020"], dtype="datetime64")):
        with pytest.raises(TypeError, match="keys must be integers"):
            table.insert(wrong)
    for wrong in (2**63, [2**64], np.array([2**63], dtype=np.uint64), [-(2**63) - 1]):
        with pytest.raises(ValueError, match="64 bits"):
            table.find(wrong)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_duplicates_and_full_tables_keep_the_keys_before(scheme):
    table = scheme(512, 0.1)
    with pytest.raises(ValueError, match=r"keys\[3\] = 2 is in the table already"):
        table.insert([1, 2, 3, 2, 4])
    assert len(table) == 3
    with pytest.raises(wh.TableFullError) as caught:
        table.insert(KEYS[:1000])
    error = caught.value
    assert (error.capacity, error.size, error.inserted) == (461, 461, 458)
    assert str(error) == (
        "table is full: it holds 461 keys, its capacity is 461; 458 keys of this batch were inserted"
    )
    assert (table.find(KEYS[:1000])[0] >= 0).sum() == 458
    with pytest.raises(ValueError, match=r"keys\[0\]"):
        table.insert(2)  # said before "full"


def test_positions_count_from_the_start_of_a_long_batch():
    table = wh.UniformTable(2**16, 0.1)
    keys = np.arange(50_000)
    keys[40_000] = 7
    with pytest.raises(ValueError, match=r"keys\[40000\] = 7 "):
        table.insert(keys)
    with pytest.raises(wh.TableFullError) as caught:
        table.insert(np.arange(100_000, 150_000))
    assert caught.value.inserted == table.capacity - 40_000


def test_without_check_nothing_is_looked_up():
    table = wh.UniformTable(64, 0.1)
    assert table.insert([5, 5, 5], check=False).tolist() == [1, 2, 3]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_same_seed_same_table(scheme):
    tables = [scheme(1024, 0.05, seed=seed) for seed in (1, 1, 2**64 - 1)]
    slots = []
    for table in tables:
        table.insert(KEYS[:900])
        slots.append(table.find(KEYS[:900])[0])
    np.testing.assert_array_equal(slots[0], slots[1])
    assert (slots[0] != slots[2]).any()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n": 0}, ValueError, "n must be at least 1, got 0"),
        ({"n": 2**40 + 1}, OverflowError, "n must be at most 2\\^40, got 1099511627777"),
        ({"n": 2**70}, OverflowError, "n must be at most 2\\^40"),
        ({"n": 8.0}, TypeError, "n must be an integer, got 8.0"),
        ({"n": True}, TypeError, "n must be an integer"),
        ({"delta": 0}, ValueError, "delta: got 0, allowed above 0"),
        ({"delta": 1.0}, ValueError, "delta: got 1, allowed above 0"),
        ({"delta": math.nan}, ValueError, "delta must be finite"),
        ({"delta": "0.1"}, TypeError, "delta must be a number"),
        ({"seed": -1}, ValueError, "seed must be at least 0"),
        ({"seed": None}, TypeError, "seed must be an integer"),
    ],
)
def test_wrong_arguments(scheme, arguments, error, message):
    with pytest.raises(error, match=message) as caught:
        scheme(**{"n": 1024, "delta": 0.1} | arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: wh.QuadraticTable(1000, 0.1), r"n: got 1000, allowed powers of two \(quadratic probing\)"),
        (lambda: wh.DoubleHashTable(1001, 0.1), r"n: got 1001, allowed powers of two and primes"),
        (lambda: wh.ElasticTable(100, 0.1, c=0), "c: got 0, allowed above 0"),
        (lambda: wh.ElasticTable(100, 0.1, c=math.inf), "c must be finite"),
        (lambda: wh.FunnelTable(1000, 0.2), "delta: got 0.2.*, allowed above 0, up to 1/8"),
        (lambda: wh.FunnelTable(1000, 0.1, alpha=0), "alpha must be at least 1, got 0"),
        (lambda: wh.FunnelTable(1000, 0.1, beta=0), "beta must be at least 1, got 0"),
        (
            lambda: wh.FunnelTable(100, 0.1),
            "capacity too small for delta 0.1: n = 100 cannot be divided into 24 levels of buckets of 7 "
            "and a special array; the smallest valid n from there on is 177",
        ),
        (lambda: wh.phi(0, 1), "level must be at least 1"),
        (lambda: wh.phi(1, 0), "probe must be at least 1"),
    ],
)
def test_wrong_arguments_of_one_scheme(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_errors_can_be_pickled():
    error = pickle.loads(pickle.dumps(wh.TableFullError(10, 9, 3)))
    assert (error.capacity, error.size, error.inserted) == (10, 9, 3)
    assert isinstance(error, ValueError)
    assert wh.TableFullError(10, 9).inserted == 0


def test_elastic_tables_do_not_erase():
    with pytest.raises(wh.NotSupported, match="elastic hashing does not support erase"):
        wh.ElasticTable(100, 0.1).erase([1])


# --- elastic --------------------------------------------------------------------------------------------


def test_phi():
    assert [wh.phi(1, 1), wh.phi(2, 1), wh.phi(1, 2), wh.phi(1, 3)] == [0b1101, 0b11010, 0b111001, 0b111101]
    assert len({wh.phi(i, j) for i in range(1, 65) for j in range(1, 257)}) == 64 * 256
    with pytest.raises(OverflowError, match="has 66 bits, allowed 64"):
        wh.phi(1, 2**31)


@pytest.mark.parametrize("n", [1000, 2**15, 50_001])
@pytest.mark.parametrize("delta", [0.25, 0.01, 2**-12, 1e-9])
def test_elastic_occupancy_after_each_batch(n, delta):
    table = wh.ElasticTable(n, delta, seed=5)
    levels = table.levels()
    full = levels - np.floor(delta * levels / 2).astype(int)
    start = 0
    batches = table.batches()
    for batch, size in enumerate(batches):
        table.insert(KEYS[start : start + size])
        start += size
        if batch < len(batches) - 1:
            expected = np.zeros_like(levels)
            expected[:batch] = full[:batch]
            expected[batch : batch + 1] = -(-3 * levels[batch : batch + 1] // 4)
            np.testing.assert_array_equal(table.fill, expected)
    assert len(table) == table.capacity == start


def test_elastic_search_costs_are_ranks_in_phi_order():
    table = wh.ElasticTable(30_000, 0.01, seed=1)
    keys = KEYS[: table.capacity]
    table.insert(keys)
    level, probe, count = table.pairs().T
    order = [wh.phi(int(i), int(j)) for i, j in zip(level, probe, strict=True)]
    assert order == sorted(order)
    slots, probes = table.find(keys)
    np.testing.assert_array_equal(np.bincount(probes - 1, minlength=len(count)), count)
    same, fewer = table.find_calibrated(keys)
    np.testing.assert_array_equal(slots, same)
    assert fewer.mean() < 0.9 * probes.mean()
    assert table.find(-1) == (-1, len(count))  # a miss


def test_elastic_unbounded_insertions():
    one, two = (wh.ElasticTable(2**17, 0.01, c=c, seed=1) for c in (1.0, 2.0))
    most = [table.insert(KEYS[: table.capacity], check=False).max() for table in (one, two)]
    assert one.cases["case 3"] > 50
    assert two.cases["case 3"] == 0
    assert most[0] > 3 * most[1]
    assert sum(one.cases.values()) == len(one)


# --- funnel ---------------------------------------------------------------------------------------------


def test_funnel_defaults():
    table = wh.FunnelTable(2**20, 0.01)
    assert (table.alpha, table.beta, table.most_probes) == (37, 14, 543)
    assert wh.FunnelTable(2**20, 2**-14).most_probes == 1873
    assert len(table.levels()) == 37 + 2


def test_funnel_special_array_takes_keys_and_overflows():
    table = wh.FunnelTable(2**14, 0.125, alpha=2, beta=1, seed=1)
    with pytest.raises(wh.TableFullError) as caught:
        table.insert(KEYS[: table.capacity])
    error = caught.value
    assert error.size == error.inserted == len(table) < error.capacity == table.capacity
    assert (table.fill[2:] > 0).all()
    slots, probes = table.find(KEYS[: table.capacity])
    assert (slots[: error.inserted] >= 0).all()
    assert (slots[error.inserted :] == -1).all()
    assert probes.max() <= table.most_probes
    assert table.bucket_counts().sum() == len(table)


def test_funnel_erase():
    table = wh.FunnelTable(1024, 0.1)
    keys = KEYS[: table.capacity]
    table.insert(keys)
    before = table.find(keys)[0]
    assert table.erase(np.r_[keys[:500], 12345]) == 500
    assert len(table) == table.fill.sum() == len(keys) - 500
    after = table.find(keys)[0]
    assert (after[:500] == -1).all()
    np.testing.assert_array_equal(after[500:], before[500:])
    table.insert(keys[:500])
    assert (table.find(keys)[0] >= 0).all()


# --- statistics, seeds 1..5 -----------------------------------------------------------------------------


def _means(scheme, delta, n=2**17):
    tables = [scheme(n, delta, seed=seed) for seed in range(1, 6)]
    costs = [table.insert(KEYS[: table.capacity], check=False) for table in tables]
    return tables, np.array([cost.mean() for cost in costs]), np.array([cost[-500:].mean() for cost in costs])


@pytest.mark.parametrize("delta", [0.1, 0.01])
@pytest.mark.parametrize("scheme", [wh.UniformTable, wh.DoubleHashTable])
def test_uniform_and_double_hashing_cost_what_theory_says(scheme, delta):
    _, means, lasts = _means(scheme, delta)
    assert means.mean() == pytest.approx(math.log(1 / delta) / (1 - delta), rel=0.01)
    share = 500 / 2**17  # the last 500 keys see loads from 1 - delta - share on
    assert lasts.mean() == pytest.approx(math.log1p(share / delta) / share, rel=0.1)


def test_linear_probing_costs_what_theory_says():
    _, means, _ = _means(wh.LinearTable, 0.1)
    assert means.mean() == pytest.approx((1 + 1 / 0.1) / 2, rel=0.05)


@pytest.mark.parametrize(("delta", "insert", "hit"), [(0.1, 3.14, 6.9), (0.01, 5.31, 12.8)])
def test_elastic_costs(delta, insert, hit):
    tables, means, _ = _means(wh.ElasticTable, delta)
    assert means.mean() == pytest.approx(insert, rel=0.02)
    hits = [table.find(KEYS[: table.capacity])[1].mean() for table in tables]
    assert np.mean(hits) == pytest.approx(hit, rel=0.02)


@pytest.mark.parametrize(("delta", "slots", "buckets"), [(0.1, 22.5, 3.64), (0.01, 48.8, 3.95)])
def test_funnel_costs(delta, slots, buckets):
    tables, means, _ = _means(wh.FunnelTable, delta)
    assert means.mean() == pytest.approx(slots, rel=0.02)
    counts = sum(table.bucket_counts() for table in tables)
    assert (np.arange(len(counts)) * counts).sum() / counts.sum() == pytest.approx(buckets, rel=0.02)
    for table in tables:
        assert table.fill[-2:].sum() == 0
        assert table.find(KEYS)[1].max() <= table.most_probes


# --- against a dict -------------------------------------------------------------------------------------

any_key = st.one_of(st.integers(-30, 30), st.sampled_from(ENDS), st.integers(-(2**63), 2**63 - 1))
TABLES = [
    lambda seed: wh.UniformTable(31, 1e-9, seed),
    lambda seed: wh.LinearTable(31, 0.1, seed),
    lambda seed: wh.QuadraticTable(32, 1e-9, seed),
    lambda seed: wh.DoubleHashTable(31, 1e-9, seed),
    lambda seed: wh.ElasticTable(31, 0.05, 2.0, seed),
    lambda seed: wh.ElasticTable(7, 1e-9, 0.5, seed),
    lambda seed: wh.FunnelTable(42, 0.125, 2, 3, seed),
    lambda seed: wh.FunnelTable(129, 0.125, 1, 2, seed),
]


class AgainstDict(RuleBasedStateMachine):
    """Slots by key; they never change while the key is there."""

    @initialize(make=st.sampled_from(TABLES), seed=st.integers(0, 2**64 - 1))
    def start(self, make, seed):
        self.table = make(seed)
        self.slots = {}

    @rule(keys=st.lists(any_key, max_size=20))
    def insert(self, keys):
        done, full, repeated = len(keys), None, None
        try:
            assert (self.table.insert(keys) >= 1).all()
        except wh.TableFullError as error:
            done, full = error.inserted, error
        except ValueError as error:
            done = int(str(error).partition("[")[2].partition("]")[0])
            repeated = keys[done]
        if full is not None:
            assert full.size == len(self.slots) + done
            assert full.size == full.capacity or isinstance(self.table, wh.FunnelTable)
        if repeated is not None:
            assert repeated in self.slots or repeated in keys[:done]
        for key in keys[:done]:
            assert key not in self.slots
            self.slots[key] = int(self.table.find(key)[0])

    @rule(keys=st.lists(any_key, max_size=10))
    def find(self, keys):
        assert self.table.find(keys)[0].tolist() == [self.slots.get(key, -1) for key in keys]

    @precondition(lambda self: isinstance(self.table, wh.FunnelTable))
    @rule(keys=st.lists(any_key, max_size=10))
    def erase(self, keys):
        assert self.table.erase(keys) == sum(self.slots.pop(key, None) is not None for key in keys)

    @invariant()
    def same_content(self):
        if not hasattr(self, "table"):
            return
        assert len(self.table) == len(self.slots) == self.table.fill.sum()
        slots = self.table.find(list(self.slots))[0].tolist()
        assert slots == list(self.slots.values())
        assert len(set(slots)) == len(slots)


TestAgainstDict = AgainstDict.TestCase
TestAgainstDict.settings = settings(max_examples=40, stateful_step_count=20)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), unique=True, max_size=115), st.integers(0, 2**64 - 1))
def test_every_distinct_batch_fits_into_a_funnel(keys, seed):
    table = wh.FunnelTable(194, 0.1, seed=seed)
    assert table.capacity >= 115
    table.insert(keys)
    assert (table.find(keys)[0] >= 0).all()
