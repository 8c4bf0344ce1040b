"""TSPLIB instances.

G. Reinelt, "TSPLIB - A Traveling Salesman Problem Library", ORSA Journal on Computing 3 (1991), and
"TSPLIB95" (1995).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from wayseer._common import FormatError
from wayseer._common.arrays import choice, integer
from wayseer._common.files import Pathish, replace_text
from wayseer.tsp.document import Document, Section
from wayseer.tsp.metrics import DIMENSIONS, EXPLICIT
from wayseer.tsp.problem import TSPInstance

# A column-wise triangle holds the same numbers as the other triangle, row-wise.
_FORMATS = {
    "FULL_MATRIX": "FULL_MATRIX",
    "UPPER_ROW": "UPPER_ROW",
    "LOWER_ROW": "LOWER_ROW",
    "UPPER_DIAG_ROW": "UPPER_DIAG_ROW",
    "LOWER_DIAG_ROW": "LOWER_DIAG_ROW",
    "UPPER_COL": "LOWER_ROW",
    "LOWER_COL": "UPPER_ROW",
    "UPPER_DIAG_COL": "LOWER_DIAG_ROW",
    "LOWER_DIAG_COL": "UPPER_DIAG_ROW",
}
#: The EDGE_WEIGHT_FORMATs that are read and written.
EDGE_WEIGHT_FORMATS = tuple(_FORMATS)

_WEIGHT_TYPES = ("EXPLICIT", *(name for name in DIMENSIONS if name != "euclid"))
DEFAULT_LIMIT = 4 << 30


def read_tsplib(path: Pathish, memory_limit: int = DEFAULT_LIMIT) -> TSPInstance:
    """Read a TSPLIB instance (``.tsp``, ``.atsp``, gzip or not).

    Parameters
    ----------
    path : path
        Keywords may stand in any order, with or without a space before the colon; matrix rows may be wrapped.
    memory_limit : int
        Largest file (unpacked) and largest matrix in bytes.

    Returns
    -------
    TSPInstance
        Node i of the file is i - 1 here. A matrix is int32 if its entries fit, else int64, or float64 if one
        of them is written with a point or an exponent. Coordinates of an explicit instance become its
        ``display``.

    Raises
    ------
    FormatError
        Anything that is not such a file, with path and line. FIXED_EDGES_SECTION and the sections of vehicle
        routing are refused by name: leaving them out would change the problem.
    ValueError
        The file or the matrix needs more than ``memory_limit``; found before allocating.
    OSError
        The file cannot be read.

    Notes
    -----
    Linear in the size of the file; a million points take a few seconds.
    """
    limit = integer(memory_limit, "memory_limit", 1)
    document = Document.read(path, limit)
    document.choice("TYPE", ("TSP", "ATSP"), default="TSP")
    for name, section in document.sections.items():
        if name not in ("NODE_COORD_SECTION", "EDGE_WEIGHT_SECTION", "DISPLAY_DATA_SECTION"):
            document.fail(f"{name} is not supported", section.line)
    n = document.dimension()
    metric = document.choice("EDGE_WEIGHT_TYPE", _WEIGHT_TYPES)
    points, matrix, display = None, None, None
    nodes = document.sections.get("NODE_COORD_SECTION")
    weights = document.sections.get("EDGE_WEIGHT_SECTION")
    drawn = document.sections.get("DISPLAY_DATA_SECTION")
    if metric == "EXPLICIT":
        if weights is None:
            document.fail("EDGE_WEIGHT_TYPE is EXPLICIT, but EDGE_WEIGHT_SECTION is missing")
        matrix = _read_matrix(document, weights, n, limit)
        if nodes is not None:
            is_3d = document.value("NODE_COORD_TYPE", "TWOD_COORDS").upper() == "THREED_COORDS"
            display = _read_nodes(document, nodes, n, 3 if is_3d else 2)[:, :2]
    else:
        if weights is not None:
            document.fail(f"EDGE_WEIGHT_SECTION stands against EDGE_WEIGHT_TYPE {metric}", weights.line)
        if nodes is None:
            document.fail(f"EDGE_WEIGHT_TYPE is {metric}, but NODE_COORD_SECTION is missing")
        points = _read_nodes(document, nodes, n, DIMENSIONS[metric][0])
    if drawn is not None:
        display = _read_nodes(document, drawn, n, 2)
    stem = Path(os.fspath(path)).name.removesuffix(".gz").rpartition(".")
    try:
        return TSPInstance(
            name=document.header.get("NAME", ("", 0))[0] or stem[0] or stem[2],
            comment="\n".join(document.comments),
            metric=EXPLICIT if metric == "EXPLICIT" else metric,
            points=points,
            matrix=matrix,
            display=display,
        )
    except ValueError as error:
        document.fail(str(error), next(s.line for s in (weights, nodes) if s is not None))


def write_tsplib(path: Pathish, instance: TSPInstance, *, edge_weight_format: str | None = None) -> None:
    """Write a TSPLIB instance, gzip if the name ends in ``.gz``; what `read_tsplib` reads back is the same.

    Parameters
    ----------
    path : path
        Replaced only when all is written.
    instance : TSPInstance
    edge_weight_format : str, optional
        One of `EDGE_WEIGHT_FORMATS`. None: coordinates where there are any, else FULL_MATRIX. Given for an
        instance of points: all its distances are written (EXPLICIT), the coordinates for display only.

    Raises
    ------
    ValueError
        An unknown format, a triangle of an asymmetric matrix, or the metric "euclid", for which TSPLIB has no
        name (scale and round the coordinates for EUC_2D, or give a format to write the distances).
    OSError
        The file cannot be written.
    """
    if not isinstance(instance, TSPInstance):
        raise TypeError(f"instance must be a TSPInstance, got {type(instance).__name__}")
    layout = (
        None if edge_weight_format is None else choice(edge_weight_format, "edge_weight_format", _FORMATS)
    )
    if instance.matrix is not None:
        layout = layout or "FULL_MATRIX"
    if layout is None and instance.metric == "euclid":
        raise ValueError(
            "metric 'euclid' has no TSPLIB name: scale the coordinates and take EUC_2D, "
            "or give edge_weight_format to write the distances"
        )
    if layout not in (None, "FULL_MATRIX") and not instance.symmetric:
        raise ValueError(f"edge_weight_format {layout} is for symmetric matrices; use FULL_MATRIX")
    with replace_text(path) as out:
        out.write(f"NAME: {one_line(instance.name)}\n")
        out.write(f"TYPE: {'TSP' if instance.symmetric else 'ATSP'}\n")
        out.writelines(f"COMMENT: {line}\n" for line in instance.comment.splitlines())
        out.write(f"DIMENSION: {instance.n}\n")
        if layout is None:
            assert instance.points is not None
            out.write(f"EDGE_WEIGHT_TYPE: {instance.metric}\nNODE_COORD_SECTION\n")
            _write_nodes(out, instance.points)
            display = instance.display
        else:
            out.write(f"EDGE_WEIGHT_TYPE: EXPLICIT\nEDGE_WEIGHT_FORMAT: {layout}\n")
            display = instance.display
            if display is None and instance.points is not None and instance.points.shape[1] == 2:
                display = instance.points
            if display is not None:
                out.write("DISPLAY_DATA_TYPE: TWOD_DISPLAY\n")
            out.write("EDGE_WEIGHT_SECTION\n")
            out.writelines(" ".join(map(repr, row)) + "\n" for row in _weight_rows(instance, layout))
        if display is not None:
            out.write("DISPLAY_DATA_SECTION\n")
            _write_nodes(out, display)
        out.write("EOF\n")


def one_line(text: str) -> str:
    """What may stand after a keyword."""
    return " ".join(text.split())


def _read_nodes(document: Document, section: Section, n: int, dimension: int) -> NDArray[np.float64]:
    width = dimension + 1
    try:
        values = document.numbers(section, n * width)
    except FormatError as error:
        # A line of the wrong length says more than a wrong count of the whole.
        for line, tokens in document.lines(section):
            if error.line is not None and line >= error.line:
                break
            if len(tokens) != width:
                wanted = "id x y z" if dimension == 3 else "id x y"
                document.fail(f"{len(tokens)} values; a line of {section.name} has {width} ({wanted})", line)
        raise
    rows = values.reshape(n, width)
    ids = rows[:, 0]
    wrong = (ids != np.floor(ids)) | (ids < 1) | (ids > n)
    if wrong.any():
        row = int(np.argmax(wrong))
        line = document.line_of_value(section, row * width)
        document.fail(f"node id {ids[row]:.17g} in {section.name}; allowed are 1..{n}", line)
    index = ids.astype(np.int64) - 1
    if (np.diff(index) == 1).all():  # n distinct ids in range and in order
        return np.ascontiguousarray(rows[:, 1:])
    order = np.argsort(index, kind="stable")
    repeated = order[1:][np.diff(index[order]) == 0]
    if len(repeated):
        row = int(repeated.min())
        line = document.line_of_value(section, row * width)
        document.fail(f"node id {int(ids[row])} is given twice in {section.name}", line)
    return np.ascontiguousarray(rows[order, 1:])


def _read_matrix(document: Document, section: Section, n: int, limit: int) -> NDArray[Any]:
    layout = _FORMATS[document.choice("EDGE_WEIGHT_FORMAT", EDGE_WEIGHT_FORMATS)]
    needed = 12 * n * n  # the numbers as 8 bytes each, and the matrix
    if needed > limit:
        raise ValueError(
            f"{os.fspath(document.path)}: a matrix of {n} x {n} needs {needed} bytes, "
            f"memory_limit is {limit} bytes"
        )
    shift = 0 if "DIAG" in layout else 1
    count = n * n if layout == "FULL_MATRIX" else n * (n + 1 - 2 * shift) // 2
    values = document.numbers(section, count, integers=not document.is_float(section))
    negative = values < 0
    if not shift or layout == "FULL_MATRIX":
        negative[_diagonal(layout, n)] = False  # which may hold anything
    if negative.any():
        where = int(np.argmax(negative))
        document.fail(
            f"negative cost {values[where]} in {section.name}: add a constant to all entries, "
            "the optimal tour stays the same",
            document.line_of_value(section, where),
        )
    if values.dtype == np.int64 and values.size and values.max() < 2**31:
        values = values.astype(np.int32)
    if layout == "FULL_MATRIX":
        return values.reshape(n, n)
    matrix = np.zeros((n, n), values.dtype)
    end = 0
    for i in range(n):
        columns = slice(i + shift, n) if layout.startswith("UPPER") else slice(0, i + 1 - shift)
        start, end = end, end + columns.stop - columns.start
        matrix[i, columns] = values[start:end]
        matrix[columns, i] = values[start:end]
    return matrix


def _diagonal(layout: str, n: int) -> NDArray[np.int64]:
    """Where the diagonal's entries stand among the numbers of a section."""
    i = np.arange(n, dtype=np.int64)
    if layout == "FULL_MATRIX":
        return i * (n + 1)
    return i * n - i * (i - 1) // 2 if layout.startswith("UPPER") else i * (i + 3) // 2


def _weight_rows(instance: TSPInstance, layout: str) -> Iterator[list[Any]]:
    """The rows of EDGE_WEIGHT_SECTION; the diagonal, which has no meaning, as zeros."""
    rowwise = _FORMATS[layout]
    shift = 0 if "DIAG" in layout else 1
    nodes = np.arange(instance.n)
    for i in range(instance.n):
        row = instance.distances(i, nodes)
        if rowwise.startswith("UPPER"):
            row = row[i + shift :]
        elif rowwise.startswith("LOWER"):
            row = row[: i + 1 - shift]
        if len(row):
            yield row.tolist()


def _write_nodes(out: IO[str], points: NDArray[np.float64]) -> None:
    for start in range(0, len(points), 65536):
        block = points[start : start + 65536]
        if (np.abs(block) < 2**53).all() and (block == np.floor(block)).all():
            rows = block.astype(np.int64).tolist()
        else:
            rows = block.tolist()  # repr gives the shortest text that reads back as the same number
        out.writelines(f"{i} {' '.join(map(repr, row))}\n" for i, row in enumerate(rows, start + 1))
