"""Readers and writers: every format there and back, every fault with its file and line."""

import contextlib
import gzip
import json
import random
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import sparse

from wayseer import FormatError
from wayseer.tsp import TSPInstance, read_tour, read_tsplib, tour_length, write_tour, write_tsplib
from wayseer.tsp.io import EDGE_WEIGHT_FORMATS, read_coordinate_lines, read_heatmap
from wayseer.tsp.metrics import DIMENSIONS

SQUARE = """NAME: square
TYPE: TSP
COMMENT: four corners
DIMENSION: 4
EDGE_WEIGHT_TYPE: EUC_2D
NODE_COORD_SECTION
1 0 0
2 0 10
3 10 10
4 10 0
EOF
"""
MATRIX = """NAME: m
TYPE: TSP
DIMENSION: 3
EDGE_WEIGHT_TYPE: EXPLICIT
EDGE_WEIGHT_FORMAT: FULL_MATRIX
EDGE_WEIGHT_SECTION
0 1 2
1 0 3
2 3 0
EOF
"""
TOUR = "NAME : t\nTYPE : TOUR\nDIMENSION : 4\nTOUR_SECTION\n1\n3\n2\n4\n-1\nEOF\n"


@pytest.fixture
def write(tmp_path):
    def write(text, name="file.tsp"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def _same(a, b):
    assert (a.name, a.comment, a.metric, a.n) == (b.name, b.comment, b.metric, b.n)
    for field in ("points", "display"):
        np.testing.assert_array_equal(getattr(a, field), getattr(b, field))
    if a.matrix is not None:
        off = ~np.eye(a.n, dtype=bool)
        np.testing.assert_array_equal(a.matrix[off], b.matrix[off])
        assert a.integer == b.integer


# --- the shipped instances ------------------------------------------------------------------------------


def _shipped(data_dir, pattern):
    return sorted((data_dir / "tsp" / "tsplib").glob(pattern))


def test_shipped_optimal_tours_have_the_published_lengths(data_dir):
    optima = json.loads((data_dir / "tsp" / "tsplib" / "optima.json").read_text())
    tours = _shipped(data_dir, "*.opt.tour")
    assert len(tours) == 8
    for path in tours:
        name = path.name.removesuffix(".opt.tour")
        instance = read_tsplib(path.with_name(f"{name}.tsp.gz"))
        length = tour_length(instance, read_tour(path, instance.n))
        assert isinstance(length, int)
        assert length == optima[name], name


def test_shipped_instances_survive_a_round_trip(data_dir, tmp_path):
    files = _shipped(data_dir, "*tsp.gz")
    assert len(files) == 18
    for path in files:
        instance = read_tsplib(path)
        assert instance.symmetric == path.name.endswith(".tsp.gz")
        write_tsplib(tmp_path / "copy.tsp.gz", instance)
        _same(read_tsplib(tmp_path / "copy.tsp.gz"), instance)


# --- round trips ----------------------------------------------------------------------------------------

_finite = st.floats(-1e9, 1e9, allow_subnormal=False)
_names = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=20)


@pytest.mark.parametrize("metric", [name for name in DIMENSIONS if name != "euclid"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(data=st.data(), name=_names, comment=st.lists(_names, max_size=3).map("\n".join))
def test_points_survive_a_round_trip(tmp_path, metric, data, name, comment):
    dimension = DIMENSIONS[metric][0]
    coordinate = st.integers(-(10**6), 10**6).map(float) | _finite
    points = data.draw(st.lists(st.tuples(*[coordinate] * dimension), min_size=1, max_size=8))
    instance = TSPInstance(name=name, comment=comment, metric=metric, points=points)
    for file in (tmp_path / "a.tsp", tmp_path / "a.tsp.gz"):
        write_tsplib(file, instance)
        _same(read_tsplib(file), instance)


@pytest.mark.parametrize("layout", EDGE_WEIGHT_FORMATS)
@pytest.mark.parametrize("entries", [st.integers(0, 2**31 - 1), st.integers(0, 2**50), st.floats(0, 1e12)])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
@given(data=st.data(), n=st.integers(1, 6), drawn=st.booleans())
def test_matrices_survive_a_round_trip_in_every_layout(tmp_path, layout, entries, data, n, drawn):
    rows = data.draw(st.lists(st.lists(entries, min_size=n, max_size=n), min_size=n, max_size=n))
    matrix = np.array(rows)
    if layout != "FULL_MATRIX":
        matrix = np.triu(matrix, 1) + np.triu(matrix, 1).T
    display = np.arange(2.0 * n).reshape(n, 2) if drawn else None
    instance = TSPInstance(metric="explicit", matrix=matrix, display=display)
    write_tsplib(tmp_path / "a.tsp", instance, edge_weight_format=layout)
    found = read_tsplib(tmp_path / "a.tsp")
    if n > 2 or layout == "FULL_MATRIX":  # else there may be no number from which to tell floats
        _same(found, instance)


def test_column_layouts_are_transposed_row_layouts(write):
    head = (
        "TYPE: ATSP\nDIMENSION: 4\nEDGE_WEIGHT_TYPE: EXPLICIT\n"
        "EDGE_WEIGHT_FORMAT: {}\nEDGE_WEIGHT_SECTION\n{}\n"
    )
    expected = np.array([[0, 1, 2, 3], [1, 0, 4, 5], [2, 4, 0, 6], [3, 5, 6, 0]])
    for layout, numbers in {
        "UPPER_ROW": "1 2 3 4 5 6",
        "LOWER_COL": "1 2 3 4 5 6",
        "LOWER_ROW": "1 2 4 3 5 6",
        "UPPER_COL": "1 2 4 3 5 6",
        "UPPER_DIAG_ROW": "0 1 2 3 0 4 5 0 6 0",
        "LOWER_DIAG_COL": "0 1 2 3 0 4 5 0 6 0",
        "LOWER_DIAG_ROW": "0 1 0 2 4 0 3 5 6 0",
        "UPPER_DIAG_COL": "0 1 0 2 4 0 3 5 6 0",
        "FULL_MATRIX": "0 1 2 3 1 0 4 5 2 4 0 6 3 5 6 0",
    }.items():
        np.testing.assert_array_equal(read_tsplib(write(head.format(layout, numbers))).matrix, expected)


def test_asymmetric_matrix_is_row_from_column_to(write):
    text = MATRIX.replace("0 1 2\n1 0 3\n2 3 0", "0 1 2 3\n0 4 5\n6 0")  # wrapped
    assert read_tsplib(write(text)).matrix.tolist() == [[0, 1, 2], [3, 0, 4], [5, 6, 0]]
    assert not read_tsplib(write(text)).symmetric


def test_distances_of_points_can_be_written_as_a_matrix(tmp_path):
    instance = TSPInstance.from_points(np.random.default_rng(1).random((7, 2)) * 100)
    write_tsplib(tmp_path / "a.tsp", instance, edge_weight_format="UPPER_COL")
    found = read_tsplib(tmp_path / "a.tsp")
    np.testing.assert_array_equal(found.display, instance.points)
    tour = np.random.default_rng(2).permutation(7)
    assert tour_length(found, tour) == tour_length(instance, tour)


@pytest.mark.parametrize("name", ["a.tour", "a.tour.gz"])
def test_tours_survive_a_round_trip(tmp_path, name):
    tour = np.random.default_rng(0).permutation(1000)
    write_tour(tmp_path / name, tour, name="x", length=12345, comment="by hand")
    np.testing.assert_array_equal(read_tour(tmp_path / name, 1000), tour)
    assert read_tour(tmp_path / name).dtype == np.int32
    raw = (tmp_path / name).read_bytes()
    text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode()
    assert text.startswith(
        "NAME : x\nCOMMENT : Length 12345\nCOMMENT : by hand\nTYPE : TOUR\nDIMENSION : 1000\n"
    )
    assert text.endswith("\n-1\nEOF\n")


# --- what is allowed ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(":", " :"),
        lambda text: text.replace(": ", ":"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.replace("EOF\n", ""),
        lambda text: text.replace("EOF\n", "EOF"),
        lambda text: text.replace("\nEOF\n", ""),
        lambda text: text + "anything may follow\n",
        lambda text: text.replace("TYPE: TSP\n", "", 1),
        lambda text: text.replace("TYPE: TSP", "TYPE: TSP (M.~Hofmeister)"),
        lambda text: text.replace("_SECTION", "_SECTION :  "),
        lambda text: text.replace("DIMENSION: 4", "DIMENSION 4"),
        lambda text: text.lower().replace("name: square", "name: square"),
        lambda text: "\ufeff" + text,
        lambda text: "  " + text.replace("\n", "\n \t"),
        lambda text: text.replace("2 0 10\n3 10 10\n", "3 1e1 10.0\n2 -0 +10.\n"),  # not in order
        lambda text: text.replace("2 0 10\n3", "2 0\n10 3"),  # wrapped
    ],
)
def test_every_spelling_reads_the_same(write, change):
    instance = read_tsplib(write(change(SQUARE)))
    assert (instance.name, instance.comment) == ("square", "four corners")
    assert instance.points.tolist() == [[0, 0], [0, 10], [10, 10], [10, 0]]


def test_sections_may_come_before_what_they_need(write):
    head, _, body = SQUARE.partition("NODE_COORD_SECTION\n")
    text = "NODE_COORD_SECTION\n" + body.removesuffix("EOF\n") + head
    assert read_tsplib(write(text)).points.shape == (4, 2)


def test_names_and_comments(write):
    path = write(
        SQUARE.replace("NAME: square\n", "").replace("COMMENT: four", "COMMENT: a : b\nCOMMENT: four")
    )
    assert read_tsplib(path).name == "file"
    assert read_tsplib(path).comment == "a : b\nfour corners"
    latin = write(SQUARE.replace("four", "für").encode("latin-1"))
    assert read_tsplib(latin).comment == "für corners"


def test_gzip_is_recognised_by_content(write):
    assert read_tsplib(write(gzip.compress(SQUARE.encode()), "file.tsp")).n == 4


def test_matrix_dtypes(write):
    assert read_tsplib(write(MATRIX)).matrix.dtype == np.int32
    wide = MATRIX.replace("1 0 3\n2 3 0", "1 0 3000000000\n2 3000000000 0")
    assert read_tsplib(write(wide)).matrix.dtype == np.int64
    assert read_tsplib(write(MATRIX.replace("0 1 2", "0 1.0 2"))).matrix.dtype == np.float64
    exact = MATRIX.replace("1 0 3\n2 3 0", f"1 0 {2**53 + 1}\n2 {2**53 + 1} 0")
    assert read_tsplib(write(exact)).distance(1, 2) == 2**53 + 1


def test_a_diagonal_may_hold_anything(write):
    for layout, numbers in (("LOWER_DIAG_ROW", "-1 1 -1 2 3 -1"), ("UPPER_DIAG_ROW", "-1 1 2 -1 3 -1")):
        text = MATRIX.replace("FULL_MATRIX", layout).replace("0 1 2\n1 0 3\n2 3 0", numbers)
        assert tour_length(read_tsplib(write(text)), [0, 1, 2]) == 6
    assert tour_length(read_tsplib(write(MATRIX.replace("0 1 2", "-9 1 2"))), [0, 1, 2]) == 6


@pytest.mark.parametrize(
    "body", ["1 3 2 4 -1", "1\n3\n2\n4\n-1\nEOF\n", "1 3\n2 4\n", "1 3 2 4 -1 -1", "1 3 2 4\nEOF\n-1\nEOF"]
)
def test_tour_layouts(write, body):
    head = "TYPE : TOUR\nTOUR_SECTION\n"
    assert read_tour(write(head + body)).tolist() == [0, 2, 1, 3]
    assert read_tour(write("DIMENSION : 4\n" + head + body), 4).tolist() == [0, 2, 1, 3]


# --- what is refused ------------------------------------------------------------------------------------


def _edit(text, old, new):
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (_edit(SQUARE, "3 10 10", "3 10 1o"), 9, "'1o' in NODE_COORD_SECTION is not a number"),
        (_edit(SQUARE, "3 10 10", "3 nan 10"), 9, "'nan' in NODE_COORD_SECTION is not a number"),
        (
            _edit(SQUARE, "3 10 10", "nan 10 10"),
            9,
            "'nan' in NODE_COORD_SECTION is neither a number nor a keyword",
        ),
        (_edit(SQUARE, "3 10 10", "3 10 1e999"), 9, "'1e999' in NODE_COORD_SECTION is beyond float64"),
        (_edit(SQUARE, "3 10 10", "3 10-10"), 9, "'10-10' in NODE_COORD_SECTION is not a number"),
        (_edit(SQUARE, "3 10 10", "3 10"), 9, r"2 values; a line of NODE_COORD_SECTION has 3 \(id x y\)"),
        (_edit(SQUARE, "3 10 10", "3 10 10 10"), 9, "4 values; a line of NODE_COORD_SECTION has 3"),
        (_edit(SQUARE, "3 10 10", "2 10 10"), 9, "node id 2 is given twice"),
        (_edit(SQUARE, "3 10 10", "5 10 10"), 9, r"node id 5 in NODE_COORD_SECTION; allowed are 1\.\.4"),
        (_edit(SQUARE, "1 0 0", "0 0 0"), 7, r"node id 0 in NODE_COORD_SECTION; allowed are 1\.\.4"),
        (_edit(SQUARE, "3 10 10", "2.5 10 10"), 9, r"node id 2\.5"),
        (_edit(SQUARE, "4 10 0\nEOF\n", ""), 9, "NODE_COORD_SECTION ends after 9 of 12 values"),
        (_edit(SQUARE, "4 10 0\n", "4 10 0\n5 1 1\n"), 11, "NODE_COORD_SECTION holds more than 12 values"),
        (_edit(SQUARE, "DIMENSION: 4", "DIMENSION: four"), 4, "DIMENSION must be an integer.*'four'"),
        (_edit(SQUARE, "DIMENSION: 4", "DIMENSION: 0"), 4, "DIMENSION must be an integer from 1"),
        (_edit(SQUARE, "DIMENSION: 4", "DIMENSION: -4"), 4, "DIMENSION must be"),
        (_edit(SQUARE, "DIMENSION: 4", "DIMENSION: 4.0"), 4, "DIMENSION must be"),
        (_edit(SQUARE, "DIMENSION: 4", "DIMENSION: 2147483647"), 10, "ends after 12 of 6442450941"),
        (_edit(SQUARE, "DIMENSION: 4", "DIMENSION:"), 4, "DIMENSION has no value"),
        (_edit(SQUARE, "DIMENSION: 4\n", ""), None, "DIMENSION is missing"),
        (_edit(SQUARE, "DIMENSION: 4\n", "DIMENSION: 4\nDIMENSION: 4\n"), 5, "DIMENSION is given twice"),
        (_edit(SQUARE, "DIMENSION: 4", "DIMENSOIN: 4"), 4, "unknown keyword 'DIMENSOIN'"),
        (_edit(SQUARE, "DIMENSION: 4", "= 4"), 4, "expected 'KEYWORD : value', found '= 4'"),
        (
            _edit(SQUARE, "EUC_2D", "EUC_4D"),
            5,
            "EDGE_WEIGHT_TYPE 'EUC_4D' is not supported; allowed are EXPLICIT, EUC",
        ),
        (_edit(SQUARE, "EUC_2D", "EXPLICIT"), None, "EDGE_WEIGHT_SECTION is missing"),
        (_edit(SQUARE, "EUC_2D", "EUC_3D"), 7, "3 values; a line of NODE_COORD_SECTION has 4"),
        (_edit(SQUARE, "EDGE_WEIGHT_TYPE: EUC_2D\n", ""), None, "EDGE_WEIGHT_TYPE is missing"),
        (_edit(SQUARE, "TYPE: TSP", "TYPE: CVRP"), 2, "TYPE 'CVRP' is not supported; allowed are TSP, ATSP"),
        (
            _edit(SQUARE, "EOF", "FIXED_EDGES_SECTION\n1 2\n-1\nEOF"),
            11,
            "FIXED_EDGES_SECTION is not supported",
        ),
        (_edit(SQUARE, "EOF", "DEPOT_SECTION\n1\n-1\nEOF"), 11, "DEPOT_SECTION is not supported"),
        (_edit(SQUARE, "EOF", "NODE_COORD_SECTION\n1 2\nEOF"), 11, "NODE_COORD_SECTION is given twice"),
        (_edit(SQUARE, "SECTION\n", "SECTION 1 2\n"), 6, "must stand alone"),
        (_edit(SQUARE, "EOF", "EDGE_WEIGHT_SECTION\n1 2\nEOF"), 11, "stands against EDGE_WEIGHT_TYPE EUC_2D"),
        (_edit(SQUARE, "10 10", "1e300 10"), 6, "scale the coordinates down"),
        ("", None, "DIMENSION is missing"),
        ("\x00\x01\x02", 1, "expected 'KEYWORD"),
        (_edit(MATRIX, "1 0 3", "1 0 x"), 8, "'x' in EDGE_WEIGHT_SECTION is not a number"),
        (_edit(MATRIX, "1 0 3", "1 0 0x3"), 8, "'0x3' in EDGE_WEIGHT_SECTION is not a number"),
        (_edit(MATRIX, "1 0 3", "1 0 inf"), 8, "'inf' in EDGE_WEIGHT_SECTION is not a number"),
        (_edit(MATRIX, "1 0 3", "1 0. 3x"), 8, "'3x' in EDGE_WEIGHT_SECTION is not a number"),
        (_edit(MATRIX, "1 0 3", "1 0 -3"), 8, "negative cost -3.*add a constant to all entries"),
        (_edit(MATRIX, "1 0 3", "1 0 99999999999999999999"), 8, "is beyond int64"),
        (_edit(MATRIX, "1 0 3", f"1 0 {2**62}"), 6, "beyond int64"),
        (_edit(MATRIX, "2 3 0", "2 3"), 9, "EDGE_WEIGHT_SECTION ends after 8 of 9 values"),
        (_edit(MATRIX, "2 3 0", "2 3 0 7"), 9, "EDGE_WEIGHT_SECTION holds more than 9 values"),
        (
            _edit(MATRIX, "FULL_MATRIX", "FUNCTION"),
            5,
            "EDGE_WEIGHT_FORMAT 'FUNCTION' is not supported; allowed are FULL",
        ),
        (_edit(MATRIX, "EDGE_WEIGHT_FORMAT: FULL_MATRIX\n", ""), None, "EDGE_WEIGHT_FORMAT is missing"),
        (_edit(MATRIX, "FULL_MATRIX", "UPPER_ROW"), 8, "holds more than 3 values"),
    ],
)
def test_faults_of_an_instance_have_a_line(write, text, line, message):
    path = write(text)
    with pytest.raises(FormatError, match=message) as caught:
        read_tsplib(path)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"{path}:{line}: " if line else f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (_edit(TOUR, "3\n2\n", "3\n3\n"), 7, r"node 3 is given twice \(first in line 6\)"),
        (_edit(TOUR, "3\n2\n", "3\n5\n"), 7, r"node 5 is out of range; allowed are 1\.\.4"),
        (_edit(TOUR, "3\n2\n", "3\n0\n"), 7, "node 0 is out of range"),
        (_edit(TOUR, "3\n2\n", "3\n2.0\n"), 7, r"'2\.0' in TOUR_SECTION is not an integer"),
        (_edit(TOUR, "3\n2\n", "3\n"), 4, "the tour has 3 of 4 nodes; node 2 is missing"),
        (_edit(TOUR, "4\n-1\n", "4\n-1\n1 2 3 4\n-1\n"), 10, "more than one tour"),
        (_edit(TOUR, "TYPE : TOUR", "TYPE : TSP"), 2, "TYPE 'TSP' is not supported; allowed are TOUR"),
        ("TYPE : TOUR\n", None, "TOUR_SECTION is missing"),
        (_edit(TOUR, "DIMENSION : 4", "DIMENSION : 5"), 3, "DIMENSION is 5, the problem has 4 nodes"),
    ],
)
def test_faults_of_a_tour_have_a_line(write, text, line, message):
    path = write(text, "file.tour")
    with pytest.raises(FormatError, match=message) as caught:
        read_tour(path, 4)
    assert caught.value.line == line


def test_the_memory_limit_is_checked_before_allocating(write):
    huge = MATRIX.replace("DIMENSION: 3", "DIMENSION: 2000000000")
    with pytest.raises(ValueError, match=f"needs {12 * 4 * 10**18} bytes, memory_limit is {4 << 30} bytes"):
        read_tsplib(write(huge))
    with pytest.raises(ValueError, match="larger than memory_limit = 20 bytes"):
        read_tsplib(write(MATRIX), memory_limit=20)
    bomb = write(gzip.compress(b"\n" * 10_000_000))
    with pytest.raises(ValueError, match="memory_limit = 1000000 bytes"):
        read_tsplib(bomb, memory_limit=10**6)


def test_damaged_and_missing_files(write, tmp_path):
    with pytest.raises(FormatError, match="damaged gzip"):
        read_tsplib(write(gzip.compress(SQUARE.encode())[:-9]))
    with pytest.raises(FileNotFoundError):
        read_tsplib(tmp_path / "none.tsp")
    with pytest.raises(IsADirectoryError):
        read_tsplib(tmp_path)


def test_refused_writes_leave_the_old_file(tmp_path):
    path = tmp_path / "a.tsp"
    path.write_text("old")
    asymmetric = TSPInstance.from_matrix([[0, 1], [2, 0]])
    points = TSPInstance.from_points(np.ones((3, 2)))
    for instance, layout, message in (
        (asymmetric, "UPPER_ROW", "for symmetric matrices"),
        (asymmetric, "ROW", "unknown edge_weight_format 'ROW'; allowed are FULL_MATRIX"),
        (points, None, "'euclid' has no TSPLIB name"),
    ):
        with pytest.raises(ValueError, match=message):
            write_tsplib(path, instance, edge_weight_format=layout)
    with pytest.raises(TypeError, match="must be a TSPInstance"):
        write_tsplib(path, np.ones((3, 2)))
    with pytest.raises(ValueError, match="id 1 is given twice"):
        write_tour(path, [0, 1, 1])
    assert [p.read_text() for p in tmp_path.iterdir()] == ["old"]


# --- fuzzing --------------------------------------------------------------------------------------------

_pieces = st.sampled_from(
    [
        b"",
        b"\n",
        b"\r",
        b" ",
        b":",
        b"-1",
        b"0",
        b"1",
        b"9" * 30,
        b"nan",
        b"1e400",
        b".",
        b"-",
        b"EOF\n",
        b"\x00",
        b"\xff",
    ]
    + [
        b"DIMENSION: 3\n",
        b"TYPE: ATSP\n",
        b"EDGE_WEIGHT_SECTION\n",
        b"NODE_COORD_SECTION\n",
        b"TOUR_SECTION\n",
    ]
    + [name.encode() for name in (*EDGE_WEIGHT_FORMATS, *DIMENSIONS, "EXPLICIT")]
)


@pytest.mark.parametrize("text", [SQUARE, MATRIX, TOUR])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(data=st.data())
def test_mutated_files_read_or_fail_cleanly(tmp_path, text, data):
    mutated = text.encode()
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(mutated)))
        length = data.draw(st.integers(0, 12))
        mutated = mutated[:start] + data.draw(_pieces) + mutated[start + length :]
    path = tmp_path / "fuzz"
    path.write_bytes(mutated)
    try:
        instance = read_tsplib(path, memory_limit=10**6)
        assert instance.distances(np.arange(instance.n), 0).min() >= 0
    except FormatError as error:
        assert error.path == str(path)  # noqa: PT017
        assert error.line is None or 1 <= error.line <= len(re.split(b"\r\n|\r|\n", mutated))  # noqa: PT017
    except ValueError as error:
        assert "memory_limit" in str(error)  # noqa: PT017
    try:
        tour = read_tour(path)
        assert sorted(tour.tolist()) == list(range(len(tour)))
    except FormatError:
        pass


def test_shuffled_lines_of_a_shipped_file_fail_cleanly(data_dir, tmp_path):
    for name in ("gr17.tsp.gz", "ulysses16.tsp.gz", "br17.atsp.gz"):
        lines = gzip.decompress((data_dir / "tsp" / "tsplib" / name).read_bytes()).splitlines(keepends=True)
        for seed in range(50):
            shuffled = lines.copy()
            random.Random(seed).shuffle(shuffled)
            (tmp_path / "a").write_bytes(b"".join(shuffled))
            with contextlib.suppress(FormatError):
                read_tsplib(tmp_path / "a")


# --- the learning community's lines ---------------------------------------------------------------------


def test_coordinate_lines(write):
    path = write("0 0 0 1 1 1 1 0 output 1 2 3 4 1\n\n0.5 0.25 1e-3 2\r\n1 2 output 1\n", "a.txt")
    (square, tour), (pair, none), (single, alone) = read_coordinate_lines(path)
    assert square.tolist() == [[0, 0], [0, 1], [1, 1], [1, 0]]
    assert tour.tolist() == [0, 1, 2, 3]
    assert pair.tolist() == [[0.5, 0.25], [0.001, 2.0]]
    assert none is None
    assert (single.tolist(), alone.tolist()) == ([[1.0, 2.0]], [0])


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("0 0 1\n", 1, "3 coordinates; there must be two for each node"),
        ("0 0\n0 x\n", 2, "'x' is not a finite number"),
        ("0 0\n\n0 nan\n", 3, "'nan' is not a finite number"),
        ("0 0 1 1 output 1 1\n", 1, "after 'output': .*id 0 is given twice"),
        ("0 0 1 1 output 1 3\n", 1, "out of range"),
        ("0 0 1 1 output 1 b\n", 1, "after 'output': invalid literal"),
        ("0 0 1 1 output 1 99999999999999999999\n", 1, "after 'output'"),
        ("output 1\n", 1, "0 coordinates"),
        ("0 0 1 1 output\n", 1, "tour, counted from 0, has 0 ids"),
    ],
)
def test_faults_of_coordinate_lines(write, text, line, message):
    with pytest.raises(FormatError, match=message) as caught:
        read_coordinate_lines(write(text, "a.txt"))
    assert caught.value.line == line


# --- heatmaps -------------------------------------------------------------------------------------------


def test_heatmaps_of_every_form(tmp_path):
    path = tmp_path / "h.npz"
    heatmap = sparse.random_array((6, 6), density=0.4, format="csr", rng=np.random.default_rng(0))
    for stored in (heatmap, heatmap.tocoo(), sparse.csr_matrix(heatmap)):
        sparse.save_npz(path, stored)
        np.testing.assert_array_equal(read_heatmap(path).toarray(), heatmap.toarray())
    np.savez(path, indptr=heatmap.indptr, indices=heatmap.indices, values=heatmap.data)
    np.testing.assert_array_equal(read_heatmap(path).toarray(), heatmap.toarray())
    np.savez(path, heatmap=heatmap.toarray())
    np.testing.assert_array_equal(read_heatmap(path), heatmap.toarray())
    np.savez(path, indices=np.array([[1, -1]]), values=np.array([[0.5, 0]]))
    indices, values = read_heatmap(path)
    assert (indices.tolist(), values.tolist()) == ([[1, -1]], [[0.5, 0.0]])


def test_what_is_no_heatmap(tmp_path):
    path = tmp_path / "h.npz"
    np.savez(path, other=np.ones(3))
    with pytest.raises(FormatError, match="arrays other; a heatmap is"):
        read_heatmap(path)
    np.savez(path, indptr=np.array([0, 5]), indices=np.array([0]), values=np.array([1.0]))
    with pytest.raises(FormatError, match="not a heatmap"):
        read_heatmap(path)
    np.savez(path, heatmap=np.array([{}], dtype=object))
    with pytest.raises(FormatError, match="not a heatmap"):
        read_heatmap(path)
    np.save(tmp_path / "h.npy", np.ones((2, 2)))
    with pytest.raises(FormatError, match=r"expected an \.npz file"):
        read_heatmap(tmp_path / "h.npy")
    for content in (b"", b"text", b"PK\x03\x04 broken"):
        path.write_bytes(content)
        with pytest.raises(FormatError):
            read_heatmap(path)
    with pytest.raises(FileNotFoundError):
        read_heatmap(tmp_path / "none.npz")
