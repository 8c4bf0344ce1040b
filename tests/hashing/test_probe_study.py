import numpy as np
import pytest

from wayseer import hashing as wh
from wayseer.hashing.probe_study import SCHEMES, Cost, over_seeds

BUCKET_SCHEMES = {"strata", "single level"}


def test_rows():
    seen = []
    rows = wh.probe_study(
        list(SCHEMES), 2**12, [0.9, 0.99], [1, 2], callback=lambda done, total: seen.append((done, total))
    )
    assert seen == [(k, 32) for k in range(33)]
    assert {(row.scheme, row.operation) for row in rows} == {
        *((scheme, "insert") for scheme in set(SCHEMES) - BUCKET_SCHEMES),
        *(
            (scheme, operation)
            for scheme in BUCKET_SCHEMES
            for operation in ("hit, buckets", "miss, buckets")
        ),
        ("elastic", "hit"),
        ("elastic", "hit, calibrated"),
        ("elastic", "miss"),
        ("funnel", "insert, buckets"),
    }
    assert len(rows) == 14 * 2 * 2
    for row in rows:
        assert row.n == 2**12
        assert 1 <= row.mean <= row.max
    assert rows == wh.probe_study(list(SCHEMES), 2**12, [0.9, 0.99], [1, 2])


@pytest.mark.parametrize("scheme", ["elastic", "funnel"])
def test_rows_are_what_look_ups_cost(scheme):
    rows = {row.operation: row for row in wh.probe_study([scheme], 30_000, [0.95], [4])}
    table = (wh.ElasticTable if scheme == "elastic" else wh.FunnelTable)(30_000, 1 - 0.95, seed=4)
    keys = (np.arange(table.capacity, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)).view(np.int64)
    inserted = table.insert(keys)
    hits = table.find(keys)[1]
    row = rows["insert"]
    assert (row.mean, row.max, row.last) == (inserted.mean(), inserted.max(), inserted[-10_000:].mean())
    if scheme == "elastic":
        row = rows["hit"]
        assert row.mean == pytest.approx(hits.mean())
        assert (row.max, row.last) == (hits.max(), hits[-10_000:].mean())
        assert rows["miss"].mean == table.find(-1)[1]
        # the pair of the insertion, or one before it that happens to be the same slot
        calibrated = table.find_calibrated(keys)[1].mean()
        assert calibrated <= rows["hit, calibrated"].mean <= calibrated * 1.001
    else:
        row = rows["insert, buckets"]
        assert table.fill[-2:].sum() == 0  # so a level is a bucket
        ends = np.cumsum(table.levels())
        buckets = np.searchsorted(ends, table.find(keys)[0], side="right") + 1
        assert row.mean == pytest.approx(buckets.mean())
        assert (row.max, row.last) == (buckets.max(), buckets[-10_000:].mean())


def test_levels_shorten_the_longest_searches():
    rows = {
        (row.scheme, row.operation): row
        for row in wh.probe_study(sorted(BUCKET_SCHEMES), 2**20, [0.999], [1])
    }
    strata, single = rows["strata", "hit, buckets"], rows["single level", "hit, buckets"]
    assert strata.mean == pytest.approx(1.366, rel=0.02)
    assert strata.max <= 16
    assert single.mean == pytest.approx(1.31, rel=0.02)
    assert single.max > 100
    assert rows["strata", "miss, buckets"].mean == pytest.approx(1.374, rel=0.02)
    assert rows["single level", "miss, buckets"].mean == pytest.approx(1.30, rel=0.02)
    table = wh.StrataMap(round(0.999 * 2**20), value_dtype=None, max_load=0.999, seed=5)
    table.insert(np.arange(table.capacity))
    assert table.stats()["hit_path_mean"] == pytest.approx(strata.mean, rel=0.01)


def test_more_schemes_can_be_registered(monkeypatch):
    def measure(n, load, seed):
        return {"hit, buckets": Cost(1.0, 2, 1.5), "miss, buckets": Cost(1.0, seed)}

    monkeypatch.setitem(SCHEMES, "mine", measure)
    rows = wh.probe_study(["mine"], 100, [0.5], [1, 2])
    assert [row.max for row in rows] == [2, 1, 2, 2]
    assert over_seeds(rows) == {
        ("mine", "hit, buckets", 0.5): Cost(1.0, 2, 1.5),
        ("mine", "miss, buckets", 0.5): Cost(1.0, 2, None),
    }


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"schemes": ["tunnel"]}, ValueError, "unknown scheme 'tunnel'; allowed are uniform, double,"),
        ({"schemes": []}, ValueError, "schemes is empty"),
        ({"schemes": "linear"}, TypeError, "schemes must be a list, got 'linear'"),
        ({"schemes": [["linear"]]}, TypeError, "scheme must be one of uniform, double,"),
        ({"loads": [1.0]}, ValueError, "load must be above 0 and below 1, got 1.0"),
        ({"loads": 0.5}, TypeError, "loads must be a list, got 0.5"),
        ({"seeds": [-1]}, ValueError, "seed must be at least 0"),
        ({"n": 0}, ValueError, "n must be at least 1"),
        ({"n": 1000, "schemes": ["quadratic"]}, ValueError, "powers of two"),
        ({"loads": [0.5], "schemes": ["funnel"]}, ValueError, "delta: got 0.5, allowed above 0, up to 1/8"),
    ],
)
def test_wrong_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        wh.probe_study(**{"schemes": ["linear"], "n": 64, "loads": [0.5]} | arguments)


def test_plot():
    pytest.importorskip("matplotlib").use("Agg")
    rows = wh.probe_study(["linear", "funnel"], 2**12, [0.9, 0.99, 1 - 2**-7], [1, 2])
    average, maximum = wh.plot_probes(rows)
    assert [line.get_label() for line in average.lines] == [
        "linear: insert",
        "funnel: insert",
        "funnel: insert, buckets",
    ]
    means = [row.mean for row in rows if row.scheme == "linear" and row.load == 0.9]
    np.testing.assert_allclose(average.lines[0].get_ydata()[0], np.mean(means))
    assert maximum.lines[0].get_ydata()[2] == max(
        row.max for row in rows if row.scheme == "linear" and row.load == 1 - 2**-7
    )
    again = wh.plot_probes(rows, axes=(average, maximum))
    assert again == (average, maximum)
    assert [tick.get_text() for tick in average.get_xticklabels()] == ["0.9", "0.99", "$1-2^{-7}$"]
    with pytest.raises(ValueError, match="no rows"):
        wh.plot_probes([])
