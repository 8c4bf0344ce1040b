"""Bounds of the clustering room: below the optimum, at least the published values, certificates that bite."""

import gzip
import itertools
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wayseer.clustering as wc

EGO = {  # CLB, CLB+ of all pairs without probing, best value known
    "0": (32, 36, 43),
    "107": (95, 104, 118),
    "348": (39, 44, 48),
    "414": (18, 22, 25),
    "686": (31, 34, 38),
    "698": (11, 12, 14),
    "1684": (52, 60, 69),
    "1912": (118, 139, 148),
    "3437": (49, 52, 55),
    "3980": (8, 9, 10),
}
LARGE = {"lastfm-asia": (106, 113), "ca-HepTh": (34, 38), "ca-GrQc": (35, 36)}  # CLB, best value known
GREEDY = {  # greedy packing of bad triangles
    "ego-facebook-107": 12240,
    "ego-facebook-1912": 11068,
    "ca-GrQc": 4551,
    "ca-HepTh": 10781,
    "lastfm-asia": 13449,
    "cora-correlation": 9141,
}


def load(data_dir: Path, name: str) -> wc.Graph:
    path = data_dir / "clustering" / "snap" / f"{name}.txt.gz"
    if not path.is_file():
        pytest.skip(f"no {path}")
    with gzip.open(path, "rt") as file:
        edges = np.loadtxt(file, dtype=np.int64)
    ids, edges = np.unique(edges, return_inverse=True)  # vertices without edges are left out
    edges = edges.reshape(-1, 2)
    return wc.from_edges(edges[:, 0], edges[:, 1], n=len(ids))


def partitions(n: int) -> list[list[int]]:
    found: list[list[int]] = [[]]
    for _ in range(n):
        found = [[*p, label] for p in found for label in range(max(p, default=-1) + 2)]
    return found


@st.composite
def graphs(draw: st.DrawFn, most: int = 6) -> wc.Graph:
    n = draw(st.integers(1, most))
    pairs = list(itertools.combinations(range(n), 2))
    chosen = [pair for pair in pairs if draw(st.booleans())]
    u, v = (np.array([pair[i] for pair in chosen], dtype=np.int64) for i in (0, 1))
    return wc.from_edges(u, v, n=n)


def random_graph(n: int, density: float, seed: int) -> wc.Graph:
    rng = np.random.default_rng(seed)
    u, v = np.triu_indices(n, 1)
    keep = rng.random(len(u)) < density
    return wc.from_edges(u[keep], v[keep], n=n)


@given(graphs())
def test_bounds_are_below_the_optimum(g: wc.Graph) -> None:
    every = partitions(g.n)
    best = min(wc.evaluate(g, labels, "min_max") for labels in every)
    least = min(wc.evaluate(g, labels) for labels in every)
    near, far = wc.clb(g), wc.clb(g, far_pairs=True)
    assert int(near) <= int(far) <= best
    assert wc.evaluate(g, near.labels, "min_max") <= 4 * best
    plus = wc.clb_plus(g, probing=False, branching=False, lp=False)
    assert int(near) <= int(plus) <= best
    exact = wc.clb_plus(g)  # branching, at this size
    assert exact.optimal
    assert exact.status == "optimal"
    assert int(exact) == best == wc.evaluate(g, exact.labels, "min_max")
    given_it = wc.clb_plus(g, init=exact.labels, branching=False, lp=False)
    assert given_it.optimal == (int(given_it) == best)
    packing = wc.triangle_packing(g)
    assert wc.verify_packing(g, packing) <= packing.bound <= least


@pytest.mark.parametrize("name", EGO)
def test_ego_networks(data_dir: Path, name: str) -> None:
    g = load(data_dir, f"ego-facebook-{name}")
    plain, propagated, best = EGO[name]
    assert int(wc.clb(g)) == plain
    assert int(wc.clb(g, far_pairs=True)) == plain
    assert propagated <= int(wc.clb_plus(g, probing=False, branching=False)) <= best


@pytest.mark.parametrize("name", LARGE)
def test_clb_of_large_graphs(data_dir: Path, name: str) -> None:
    assert int(wc.clb(load(data_dir, name))) == LARGE[name][0]


def test_clb_plus_closes_part_of_the_gap_of_large_graphs(data_dir: Path) -> None:
    closed = sum(int(wc.clb_plus(load(data_dir, name))) - LARGE[name][0] for name in LARGE)
    assert closed >= 0.15 * sum(best - plain for plain, best in LARGE.values())


def test_probing_and_branching_values(data_dir: Path) -> None:
    assert int(wc.clb_plus(load(data_dir, "ego-facebook-698"), branching=False)) == 14
    assert 23 <= int(wc.clb_plus(load(data_dir, "ego-facebook-414"))) <= 25
    smallest = load(data_dir, "ego-facebook-3980")
    proven = wc.clb_plus(smallest)
    assert proven.optimal
    assert int(proven) == 10 == wc.evaluate(smallest, proven.labels, "min_max")


@pytest.mark.parametrize("name", GREEDY)
def test_packing_values(data_dir: Path, name: str) -> None:
    g = load(data_dir, name)
    greedy = wc.triangle_packing(g, max_rounds=0)
    assert greedy.bound == greedy.greedy >= 0.97 * GREEDY[name]
    packing = wc.triangle_packing(g, max_rounds=3)
    assert packing.bound > greedy.bound
    assert packing.bound - 1 < wc.verify_packing(g, packing) <= packing.bound


def test_a_tampered_certificate_is_refused() -> None:
    g = random_graph(30, 0.3, 0)
    packing = wc.triangle_packing(g)
    assert (
        wc.verify_packing(g, {"triangles": packing.triangles, "values": packing.values}) > packing.bound - 1
    )
    for index in range(len(packing.values)):
        values = packing.values.copy()
        values[index] = -values[index]
        with pytest.raises(ValueError, match=f"triangle {index} .*negative"):
            wc.verify_packing(g, (packing.triangles, values))
    with pytest.raises(ValueError, match="above 1"):
        wc.verify_packing(g, (packing.triangles, packing.values * 2.1))
    turned = packing.triangles[:, [1, 0, 2]]
    with pytest.raises(ValueError, match="at its centre"):
        wc.verify_packing(g, (turned, packing.values))
    doubled = np.repeat(packing.triangles[packing.values == 1.0][:1], 2, axis=0)
    with pytest.raises(ValueError, match="above 1"):
        wc.verify_packing(g, (doubled, np.ones(2)))
    with pytest.raises(ValueError, match=r"shape"):
        wc.verify_packing(g, (packing.triangles, packing.values[1:]))
    with pytest.raises(ValueError, match="out of range"):
        wc.verify_packing(g, (packing.triangles + g.n, packing.values))
    with pytest.raises(ValueError, match="finite"):
        wc.verify_packing(g, (packing.triangles, packing.values * np.nan))
    with pytest.raises(TypeError, match="packing"):
        wc.verify_packing(g, packing.triangles)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="keys"):
        wc.verify_packing(g, {"triangles": packing.triangles})


def test_same_seed_same_packing() -> None:
    g = random_graph(200, 0.1, 1)
    one, two = wc.triangle_packing(g, seed=3), wc.triangle_packing(g, seed=3)
    assert one.triangles.tobytes() == two.triangles.tobytes()
    assert one.values.tobytes() == two.values.tobytes()


def test_limits_are_kept_and_bounds_stay_valid() -> None:
    g = random_graph(250, 0.2, 2)
    started = time.perf_counter()
    cut_short = wc.clb_plus(g, branching=True, time_limit=0.3)
    assert time.perf_counter() - started < 5
    assert cut_short.status == "time_limit"
    assert int(cut_short) <= wc.evaluate(g, cut_short.labels, "min_max")
    assert int(wc.clb(g, time_limit=1e-6)) <= int(wc.clb(g))
    packing = wc.triangle_packing(g, time_limit=1e-6)
    assert packing.status == "time_limit"
    wc.verify_packing(g, packing)


def test_interrupt_returns_what_is_proven() -> None:
    g = random_graph(250, 0.2, 2)
    timer = threading.Timer(0.3, signal.raise_signal, [signal.SIGINT])
    timer.start()
    found = wc.clb_plus(g, branching=True, time_limit=60)
    timer.join()
    assert found.status == "interrupted"
    assert int(found) >= int(wc.clb(g))


def test_empty_graphs() -> None:
    for n in (0, 1, 3):
        g = wc.from_edges([], [], n=n)
        assert int(wc.clb(g)) == int(wc.clb_plus(g)) == wc.triangle_packing(g).bound == 0


def test_wrong_arguments() -> None:
    g = random_graph(70, 0.3, 3)
    with pytest.raises(TypeError, match="far_pairs"):
        wc.clb(g, far_pairs=1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="time_limit"):
        wc.clb(g, time_limit=-1)
    for name in ("probing", "branching", "lp"):
        with pytest.raises(ValueError, match=name):
            wc.clb_plus(g, **{name: "always"})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="lp is possible up to 250"):
        wc.clb_plus(random_graph(251, 0.01, 0), lp=True)
    with pytest.raises(ValueError, match="max_rounds"):
        wc.triangle_packing(g, max_rounds=-1)
    with pytest.raises(ValueError, match="seed"):
        wc.triangle_packing(g, seed=-1)
    weighted = wc.from_edges([0], [1], [2.0])
    for function in (wc.clb, wc.clb_plus, wc.triangle_packing):
        with pytest.raises(ValueError, match="without weights"):
            function(weighted)
