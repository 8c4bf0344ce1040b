"""Files: what is written is read back, what is damaged is a FormatError with its line."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import wayseer.clustering as wc
from wayseer import FormatError
from wayseer.clustering.hypergraph import EdgeColoredHypergraph
from wayseer.clustering.problem import Graph

SNAP = {  # n, m, largest degree
    "ego-facebook-0": (333, 2519, 77),
    "ego-facebook-107": (1034, 26749, 253),
    "ego-facebook-348": (224, 3192, 99),
    "ego-facebook-414": (150, 1693, 57),
    "ego-facebook-686": (168, 1656, 77),
    "ego-facebook-698": (61, 270, 29),
    "ego-facebook-1684": (786, 14024, 136),
    "ego-facebook-1912": (747, 30025, 293),
    "ego-facebook-3437": (534, 4813, 107),
    "ego-facebook-3980": (52, 146, 18),
    "lastfm-asia": (7624, 27806, 216),
    "ca-HepTh": (9875, 25973, 65),
    "ca-GrQc": (5241, 14484, 81),
    "cora-correlation": (1774, 64955, 238),
}
ECC = {  # n, hyperedges, colours, largest hyperedge
    "Brain": (638, 21180, 2, 2),
    "DAWN": (2109, 87104, 10, 22),
    "MAG-10": (80198, 51889, 10, 25),
}


@pytest.mark.parametrize("name", SNAP)
def test_snap_graphs_have_their_published_sizes(data_dir: Path, name: str) -> None:
    g = wc.read_graph(data_dir / "clustering" / "snap" / f"{name}.txt.gz")
    assert (g.n, g.m, int(g.degrees.max())) == SNAP[name]
    assert g.vertex_ids is None
    assert g.weights is None


def test_bitcoin_otc_directed_ratings_are_summed(data_dir: Path) -> None:
    path = data_dir / "clustering" / "signed" / "soc-sign-bitcoin-otc.csv.gz"
    g = wc.read_graph(path, merge="sum")
    _, _, w = g.edges()
    assert w is not None
    assert g.vertex_ids is not None
    assert (g.n, g.m) == (5881, 21492)
    assert ((w > 0).sum(), (w < 0).sum(), (w == 0).sum()) == (18281, 3153, 58)
    assert (w[w > 0].sum(), w[w < 0].sum()) == (62204, -26184)
    assert (np.diff(g.vertex_ids) > 0).all()
    with pytest.raises(FormatError, match=r"csv\.gz:543: edge 2 - 1 is given again \(first in line 256\)"):
        wc.read_graph(path)


@pytest.mark.parametrize("name", ECC)
def test_edge_coloured_hypergraphs_have_their_published_sizes(data_dir: Path, name: str) -> None:
    h = wc.read_ecc(data_dir / "clustering" / "ecc" / f"{name}.txt.gz")
    assert (h.n, h.m, h.n_colors, h.rank) == ECC[name]
    assert h.color_ids is not None
    assert h.color_ids.tolist() == list(range(1, h.n_colors + 1))
    checked = EdgeColoredHypergraph.from_arrays(h.offsets, h.members, h.colors)
    assert (checked.n, checked.n_colors) == (h.n, h.n_colors)


def small_graph(seed: int, weights: str | None = None, spread: bool = False) -> Graph:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 30))
    pairs = np.argwhere(np.triu(rng.random((n, n)) < 0.3, 1))
    pairs = np.concatenate([pairs, [[i, i + 1] for i in range(n - 1)]])  # no vertex without edges
    pairs = np.unique(pairs, axis=0)
    w = None
    if weights == "integers":
        w = rng.integers(1, 100, len(pairs)).astype(float)
    elif weights == "reals":
        w = rng.normal(size=len(pairs)) * 10.0 ** rng.integers(-20, 20, len(pairs))
    g = wc.from_edges(pairs[:, 0], pairs[:, 1], w, n)
    ids = np.sort(rng.choice(10**12, n, replace=False)) - 5 * 10**11 if spread else None
    return Graph(g.offsets, g.targets, g.weights, ids)


def assert_same(a: Graph, b: Graph) -> None:
    assert np.array_equal(a.offsets, b.offsets)
    assert np.array_equal(a.targets, b.targets)
    for x, y in ((a.weights, b.weights), (a.vertex_ids, b.vertex_ids)):
        assert (x is None) == (y is None)
        if x is not None and y is not None:
            assert np.array_equal(x, y)


@pytest.mark.parametrize("weights", [None, "integers", "reals"])
@pytest.mark.parametrize(
    "suffix", [".txt", ".csv.gz", ".tsv.bz2", ".edges.xz", ".graph", ".mtx", ".npz", ".multicut"]
)
def test_what_is_written_is_read_back(tmp_path: Path, suffix: str, weights: str | None) -> None:
    if (suffix, weights) in ((".graph", "reals"), (".multicut", None)):
        with pytest.raises(ValueError, match=r"weight"):
            wc.write_graph(tmp_path / f"g{suffix}", small_graph(0, weights))
        assert not list(tmp_path.iterdir())
        return
    for seed in range(10):
        spread = suffix in (".txt", ".csv.gz", ".npz") and seed % 2 == 1
        g = small_graph(seed, weights, spread)
        wc.write_graph(tmp_path / f"g{suffix}", g)
        assert_same(wc.read_graph(tmp_path / f"g{suffix}"), g)


def test_vertices_without_edges_are_kept_or_missed_aloud(tmp_path: Path) -> None:
    g = wc.from_edges([0, 1], [1, 3], n=5)
    for suffix in (".graph", ".mtx", ".npz"):
        wc.write_graph(tmp_path / f"g{suffix}", g)
        assert_same(wc.read_graph(tmp_path / f"g{suffix}"), g)
    with pytest.warns(UserWarning, match="2 vertices have no edge"):
        wc.write_graph(tmp_path / "g.txt", g)
    back = wc.read_graph(tmp_path / "g.txt")
    assert back.vertex_ids is not None
    assert back.vertex_ids.tolist() == [0, 1, 3]


def test_empty_graphs(tmp_path: Path) -> None:
    g = wc.from_edges([], [], n=0)
    for suffix in (".txt", ".graph", ".mtx", ".npz"):
        wc.write_graph(tmp_path / f"g{suffix}", g)
        assert wc.read_graph(tmp_path / f"g{suffix}").n == 0


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_files_are_recognised_by_their_content(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    packed = pack(b"5 9\r\n9 11\r\n")
    path = tmp_path / "g.txt"
    path.write_bytes(packed)
    g = wc.read_graph(path)
    assert g.vertex_ids is not None
    assert g.vertex_ids.tolist() == [5, 9, 11]
    for cut in (len(packed) - 1, len(packed) // 2, 10):
        path.write_bytes(packed[:cut])
        with pytest.raises(FormatError, match="damaged"):
            wc.read_graph(path)
    path.write_bytes(packed)
    with pytest.raises(ValueError, match="memory_limit = 5 bytes"):
        wc.read_graph(path, memory_limit=5)


def test_the_suffix_or_the_format_decides(tmp_path: Path) -> None:
    text = "3 2\n2\n1 3\n2\n"
    path = tmp_path / "g.dat"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"suffix does not say.*\.mtx.*format= one of edges"):
        wc.read_graph(path)
    assert wc.read_graph(path, format="metis").m == 2
    with pytest.raises(FormatError, match=r"g\.dat:2: has 1 field, the first line of data has 2"):
        wc.read_graph(path, format="edges")
    with pytest.raises(ValueError, match="unknown format 'dimacs'; allowed are edges"):
        wc.read_graph(path, format="dimacs")
    path = tmp_path / "m.txt"
    path.write_text("# costs\nMULTICUT\n0 1 -1.5\n1 2 2\n")
    assert wc.read_graph(path).signed


def test_signed_lists_need_weights(tmp_path: Path) -> None:
    path = tmp_path / "g.txt"
    path.write_text("1 2\n")
    with pytest.raises(FormatError, match=r"g\.txt:1: has 2 fields; allowed are u v w \[time\]"):
        wc.read_graph(path, format="signed")
    path.write_text("1\t2\t-1\t1289241911.72836\n2\t3\t1\t1289241941\n")
    assert wc.read_graph(path, format="signed").edges()[2].tolist() == [-1.0, 1.0]  # type: ignore[union-attr]


def test_matrices_that_are_not_symmetric(tmp_path: Path) -> None:
    a = np.array([[0, 1.0, 3], [2, 0, 0], [3, 0, 0]])
    head = "%%MatrixMarket matrix coordinate real general\n3 3 4\n1 2 1\n1 3 3\n2 1 2\n3 1 3\n"
    (tmp_path / "a.mtx").write_text(head)
    scipy.sparse.save_npz(tmp_path / "a.npz", scipy.sparse.csr_array(a))
    (tmp_path / "a.graph").write_text("3 2 1\n2 1 3 3\n1 2\n1 3\n")
    for name in ("a.mtx", "a.npz", "a.graph"):
        with pytest.raises(FormatError, match="not symmetric: 2 entries differ"):
            wc.read_graph(tmp_path / name)
        for how, weight in (("max", 2), ("min", 1), ("sum", 3)):
            g = wc.read_graph(tmp_path / name, symmetrize=how)
            assert g.to_scipy()[0, 1] == weight
    (tmp_path / "a.txt").write_text("1 2\n")
    with pytest.raises(ValueError, match="symmetrize='max' is for matrices"):
        wc.read_graph(tmp_path / "a.txt", symmetrize="max")


@pytest.mark.parametrize("kind", ["csr", "csc", "coo", "bsr", "dia"])
def test_matrices_of_scipy(tmp_path: Path, kind: str) -> None:
    g = small_graph(3, "integers")
    matrix = getattr(scipy.sparse, f"{kind}_array")(g.to_scipy())
    scipy.sparse.save_npz(tmp_path / "g.npz", matrix)
    assert_same(wc.read_graph(tmp_path / "g.npz"), g)


def test_archives_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "g.npz"
    good = {"offsets": np.array([0, 1, 2]), "targets": np.array([1, 0], np.int32)}
    np.savez(path, **good)  # type: ignore[arg-type]
    assert wc.read_graph(path).m == 1
    for change, message in (
        ({"targets": np.array([1, 2], np.int32)}, "row 1 has the target 2; allowed are 0..1"),
        ({"targets": np.array([1, 0])}, "targets has dtype int64.*allowed is one dimension of int32"),
        ({"offsets": np.array([0, 2, 1])}, "less than the one before"),
        ({"weights": np.array([1.0, 2.0])}, "not symmetric: 2 arcs"),
        ({"weights": np.array([1.0])}, "1 weights; there are 2 targets"),
        ({"weights": np.array([np.nan, np.nan])}, r"weights\[0\] is nan"),
        ({"vertex_ids": np.array([1])}, "vertex_ids has dtype"),
        ({"offsets": np.array([], np.int64)}, "offsets is empty"),
    ):
        np.savez(path, **(good | change))  # type: ignore[arg-type]
        with pytest.raises(FormatError, match=message):
            wc.read_graph(path)
    np.savez(path, a=np.arange(3))
    with pytest.raises(FormatError, match="arrays a; a graph has offsets"):
        wc.read_graph(path)
    np.savez(path, offsets=np.array([0, None], dtype=object), targets=good["targets"])
    with pytest.raises(FormatError, match="holds Python objects"):
        wc.read_graph(path)
    with pytest.raises(ValueError, match="larger than memory_limit = 100"):
        wc.read_graph(path, memory_limit=100)


def test_headers_cannot_ask_for_more_memory_than_allowed(tmp_path: Path) -> None:
    (tmp_path / "a.mtx").write_text(
        "%%MatrixMarket matrix coordinate pattern symmetric\n2000000000 2000000000 0\n"
    )
    with pytest.raises(FormatError, match="memory_limit allows"):
        wc.read_graph(tmp_path / "a.mtx")
    matrix = scipy.sparse.coo_array(([1.0], ([0], [1])), shape=(2_000_000_000, 2_000_000_000))
    scipy.sparse.save_npz(tmp_path / "a.npz", matrix)
    with pytest.raises(FormatError, match="memory_limit allows"):
        wc.read_graph(tmp_path / "a.npz")
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive:
        buffer = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            buffer, {"descr": "<i8", "fortran_order": False, "shape": (10**15,)}
        )
        archive.writestr("offsets.npy", buffer.getvalue())
    with pytest.raises(FormatError, match="its header says"):
        wc.read_graph(tmp_path / "b.npz")


def test_missing_files_are_os_errors(tmp_path: Path) -> None:
    for read in (wc.read_graph, wc.read_ecc, wc.read_labels):
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "none.txt")
    with pytest.raises(FileNotFoundError):
        wc.read_graph(tmp_path / "none.npz")


def test_benson_triples(tmp_path: Path) -> None:
    (tmp_path / "d-nverts.txt").write_text("2\n1\n3\n")
    (tmp_path / "d-simplices.txt").write_text("7\n9\n9\n7\n9\n100\n")
    with gzip.open(tmp_path / "d-edge-labels.txt.gz", "wb") as packed:
        packed.write(b"5\n5\n8\n")
    for path in (tmp_path, tmp_path / "d", str(tmp_path / "d-")):
        h = wc.read_ecc(path)
        assert h.offsets.tolist() == [0, 2, 3, 6]
        assert h.members.tolist() == [0, 1, 1, 0, 1, 2]
        assert h.vertex_ids is not None
        assert h.vertex_ids.tolist() == [7, 9, 100]
        assert h.color_ids is not None
        assert h.color_ids[h.colors].tolist() == [5, 5, 8]
    (tmp_path / "d-nverts.txt").write_text("2\n0\n3\n")
    with pytest.raises(FormatError, match="hyperedge 1 has 0 vertices"):
        wc.read_ecc(tmp_path)
    (tmp_path / "d-nverts.txt").write_text("2\n2\n")
    with pytest.raises(FormatError, match="3 colours for 2 hyperedges"):
        wc.read_ecc(tmp_path)
    (tmp_path / "d-nverts.txt").write_text("2\nx\n3\n")
    with pytest.raises(FormatError, match=r"d-nverts\.txt:2: 'x' is no integer"):
        wc.read_ecc(tmp_path)
    (tmp_path / "d-simplices.txt").unlink()
    with pytest.raises(FormatError, match=r"no file \*-simplices\.txt"):
        wc.read_ecc(tmp_path / "d")


def test_hypergraph_lines(tmp_path: Path) -> None:
    path = tmp_path / "h.txt"
    path.write_text("1,2 1\n3,4,3 2\n")
    with pytest.raises(FormatError, match=r"h\.txt:2: vertex 3 is twice in hyperedge 1"):
        wc.read_ecc(path)
    path.write_text("1,2 1\n3,4\n")
    with pytest.raises(FormatError, match=r"h\.txt:2: the colour is missing"):
        wc.read_ecc(path)


@pytest.mark.parametrize("suffix", [".txt", ".txt.gz"])
def test_labels_are_read_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"labels{suffix}"
    labels, ids = np.array([3, -1, 3, 10**12]), np.array([40, 10, 30, 20])
    wc.write_labels(path, labels)
    assert wc.read_labels(path, 4).tolist() == labels.tolist()
    wc.write_labels(path, labels, ids)
    assert wc.read_labels(path, 4, ids=ids).tolist() == labels.tolist()
    assert wc.read_labels(path, ids=ids[::-1]).tolist() == labels[::-1].tolist()
    wc.write_labels(path, labels, np.arange(4)[::-1])
    assert wc.read_labels(path).tolist() == labels[::-1].tolist()
    wc.write_labels(path, np.empty(0, np.int64))
    assert wc.read_labels(path, 0).shape == (0,)


def test_labels_that_do_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    for text, message in (
        ("1\n2\n", "has 2 labels; there are 3 vertices"),
        ("1\nx\n3\n", r"labels\.txt:2: 'x' is no integer"),
        ("1\n2 3\n4\n", r"labels\.txt:2: has 2 fields, the first line of data has 1"),
        ("0 1\n0 2\n1 3\n", "vertex 0 is given twice"),
        ("0 1\n1 2\n3 3\n", "vertex 3 is unknown and vertex 2 has no label"),
        ("0 1 2\n", r"labels\.txt:1: has 3 fields"),
        ("1.5\n2\n3\n", r"labels\.txt:1: '1.5' is no integer"),
    ):
        path.write_text(text)
        with pytest.raises(FormatError, match=message):
            wc.read_labels(path, 3)
    with pytest.raises(TypeError, match="labels has dtype float64"):
        wc.write_labels(path, [0.5])
    with pytest.raises(ValueError, match="ids has 1 entries, labels has 2"):
        wc.write_labels(path, [1, 2], [1])
    with pytest.raises(ValueError, match="an id twice"):
        wc.read_labels(path, ids=[1, 1])


# ---- damage ----

TEXTS = {
    ".txt": b"# c\n0 1 5\n1 2 -3.25e1\n7 0 1\n9 7 2\n",
    ".csv": b"source,target\n1,2\n2,3\n3,99\n",
    ".graph": b"4 2 11 1\n5 2 7\n5 1 7 3 9\n5 2 9\n5\n",
    ".mtx": b"%%MatrixMarket matrix coordinate real general\n3 3 4\n2 1 4\n1 2 4\n3 2 -1\n2 3 -1\n",
    ".multicut": b"MULTICUT\n0 1 2\n1 2 -1\n",
    ".ecc": b"1,4 2\n3,4,7 1\n9 2\n",
    ".labels": b"0 5\n1 5\n2 3\n",
}


def archives() -> dict[str, bytes]:
    g = small_graph(1, "reals", spread=True)
    buffers = {"own": io.BytesIO(), "scipy": io.BytesIO(), "packed": io.BytesIO(), "coo": io.BytesIO()}
    assert g.weights is not None
    assert g.vertex_ids is not None
    np.savez(buffers["own"], offsets=g.offsets, targets=g.targets, weights=g.weights, vertex_ids=g.vertex_ids)
    scipy.sparse.save_npz(buffers["scipy"], g.to_scipy(), compressed=False)
    scipy.sparse.save_npz(buffers["packed"], g.to_scipy())
    scipy.sparse.save_npz(buffers["coo"], g.to_scipy().tocoo(), compressed=False)
    return {name: buffer.getvalue() for name, buffer in buffers.items()}


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    data = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.sampled_from(["flip", "byte", "cut", "insert", "delete"])):
            case "flip" if data:
                data[place] ^= 1 << draw(st.integers(0, 7))
            case "byte" if data:
                data[place] = draw(st.sampled_from(b"0123456789-+. ,\n\r\t#%eE\x00\xff"))
            case "cut":
                del data[place:]
            case "insert":
                data[place:place] = draw(st.binary(min_size=1, max_size=8))
            case "delete":
                del data[place : place + draw(st.integers(1, 8))]
            case _:
                pass
    return bytes(data)


def read_whatever(path: Path) -> None:
    """Read by suffix; only FormatError and ValueError may come out, and a graph is a graph."""
    limit = 1 << 22
    try:
        if path.name.endswith(".ecc"):
            wc.read_ecc(path, memory_limit=limit)
            return
        if path.name.endswith(".labels"):
            wc.read_labels(path, memory_limit=limit)
            return
        g = wc.read_graph(path, memory_limit=limit)
    except ValueError as error:  # FormatError is one
        message = str(error)
    else:
        message = ""
        wc.from_scipy(g.to_scipy())
    assert "\n" not in message


FUZZ = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("suffix", TEXTS)
@FUZZ
@given(data=st.data())
def test_damaged_text_is_an_error_or_a_graph(tmp_path: Path, suffix: str, data: st.DataObject) -> None:
    path = tmp_path / f"g{suffix}"
    path.write_bytes(data.draw(damaged(TEXTS[suffix])))
    read_whatever(path)


@pytest.mark.parametrize("kind", ["own", "scipy", "packed", "coo"])
@FUZZ
@given(data=st.data())
def test_damaged_archives_are_an_error_or_a_graph(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    path = tmp_path / "g.npz"
    path.write_bytes(data.draw(damaged(archives()[kind])))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read_whatever(path)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
@FUZZ
@given(data=st.data())
def test_damaged_packed_files_are_an_error_or_a_graph(
    tmp_path: Path, pack: object, data: st.DataObject
) -> None:
    assert callable(pack)
    path = tmp_path / "g.txt"
    path.write_bytes(data.draw(damaged(pack(TEXTS[".txt"]))))
    read_whatever(path)


@FUZZ
@given(content=st.binary(max_size=200), suffix=st.sampled_from([*TEXTS, ".npz"]))
def test_garbage_is_an_error_or_a_graph(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"g{suffix}"
    path.write_bytes(content)
    read_whatever(path)


@given(
    edges=st.lists(
        st.tuples(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1)).filter(
            lambda e: e[0] != e[1]
        ),
        max_size=30,
        unique_by=lambda e: (min(e), max(e)),
    ),
    separator=st.sampled_from([" ", "\t", ",", " , ", "  "]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_ids_are_numbered_in_ascending_order(
    tmp_path: Path, edges: list[tuple[int, int]], separator: str
) -> None:
    path = tmp_path / "g.txt"
    path.write_text("".join(f"{u}{separator}{v}\n" for u, v in edges))
    g = wc.read_graph(path)
    ids = sorted({x for edge in edges for x in edge})
    names = np.arange(g.n) if g.vertex_ids is None else g.vertex_ids
    assert names.tolist() == ids
    u, v, _ = g.edges()
    found = {(int(names[a]), int(names[b])) for a, b in zip(u, v, strict=True)}
    assert found == {(min(e), max(e)) for e in edges}
