"""Files of the field: TSPLIB instances and tours, the learning community's text lines, heatmaps.

All readers take gzip files, CRLF line ends and blank lines.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer._common import FormatError
from wayseer._common.arrays import integer, permutation
from wayseer._common.files import Pathish, read_bytes, replace_text
from wayseer.tsp.document import Document
from wayseer.tsp.tsplib import DEFAULT_LIMIT, EDGE_WEIGHT_FORMATS, one_line, read_tsplib, write_tsplib

__all__ = [
    "EDGE_WEIGHT_FORMATS",
    "read_coordinate_lines",
    "read_heatmap",
    "read_tour",
    "read_tsplib",
    "write_tour",
    "write_tsplib",
]


def read_tour(path: Pathish, n: int | None = None, *, memory_limit: int = DEFAULT_LIMIT) -> NDArray[np.int32]:
    """Read a TSPLIB tour.

    Parameters
    ----------
    path : path
        One TOUR_SECTION; ids from 1, any number on a line, ended by -1, EOF or the end of the file.
    n : int, optional
        The number of nodes, checked if given; else DIMENSION's, else as many as there are.
    memory_limit : int
        Largest file (unpacked) in bytes.

    Returns
    -------
    array (n,), int32
        The permutation of 0..n-1.

    Raises
    ------
    FormatError
        With path and line; among others for an id missing or given twice, and for several tours in one file.
    """
    document = Document.read(path, integer(memory_limit, "memory_limit", 1))
    document.choice("TYPE", ("TOUR",), default="TOUR")
    section = document.sections.get("TOUR_SECTION")
    if section is None:
        document.fail("TOUR_SECTION is missing")
    ids = document.all_numbers(section, integers=True)
    ends = np.flatnonzero(ids == -1)
    if len(ends):
        after = np.flatnonzero(ids[ends[0] :] != -1)
        if len(after):
            document.fail("more than one tour", document.line_of_value(section, int(ends[0] + after[0])))
        ids = ids[: ends[0]]
    count = document.dimension() if "DIMENSION" in document.header else n
    count = len(ids) if count is None else count
    if n is not None and count != n:
        document.fail(f"DIMENSION is {count}, the problem has {n} nodes", document.line_of("DIMENSION"))
    wrong = np.flatnonzero((ids < 1) | (ids > count))
    if len(wrong):
        line = document.line_of_value(section, int(wrong[0]))
        document.fail(f"node {ids[wrong[0]]} is out of range; allowed are 1..{count}", line)
    counts = np.bincount(ids, minlength=count + 1)
    if (counts > 1).any():
        first, second = np.flatnonzero(ids == int(np.argmax(counts > 1)))[:2]
        line = document.line_of_value(section, int(second))
        earlier = document.line_of_value(section, int(first))
        document.fail(f"node {ids[second]} is given twice (first in line {earlier})", line)
    if len(ids) != count:
        missing = int(np.argmin(counts[1:])) + 1
        document.fail(f"the tour has {len(ids)} of {count} nodes; node {missing} is missing", section.line)
    return (ids - 1).astype(np.int32)


def write_tour(
    path: Pathish,
    tour: ArrayLike,
    *,
    name: str = "",
    length: float | None = None,
    comment: str = "",
) -> None:
    """Write a TSPLIB tour, gzip if the name ends in ``.gz``; the file is replaced only when all is written.

    Parameters
    ----------
    path : path
    tour : array (n,) of integers
        A permutation of 0..n-1; written from 1.
    name : str
        Of the instance; default the file's own.
    length : int or float, optional
        Written as ``COMMENT : Length ...``, in full precision.
    comment : str
        Further comment lines.

    Raises
    ------
    ValueError, TypeError
        ``tour`` is not a permutation.
    OSError
        The file cannot be written.
    """
    order = permutation(tour, "tour", np.size(tour))
    with replace_text(path) as out:
        out.write(f"NAME : {one_line(name or Path(path).name.removesuffix('.gz'))}\n")
        if length is not None:
            out.write(f"COMMENT : Length {np.asarray(length).item()!r}\n")
        out.writelines(f"COMMENT : {line}\n" for line in comment.splitlines())
        out.write(f"TYPE : TOUR\nDIMENSION : {len(order)}\nTOUR_SECTION\n")
        out.writelines(f"{node}\n" for node in (order + 1).tolist())
        out.write("-1\nEOF\n")


def read_coordinate_lines(
    path: Pathish, memory_limit: int = DEFAULT_LIMIT
) -> list[tuple[NDArray[np.float64], NDArray[np.int32] | None]]:
    """Read the learning community's text files: ``x1 y1 ... xn yn output t1 ... tn t1``, one instance a line.

    Returns
    -------
    list of (points (n, 2) float64, tour (n,) int32 or None)
        None where a line has no ``output``. The distributed tours are not optimal, and some files carry the
        identity as a placeholder: they are no reference.

    Raises
    ------
    FormatError
        With path and line: an odd number of coordinates, a token that is no number, a tour that is no tour.
    """
    data = read_bytes(path, integer(memory_limit, "memory_limit", 1))
    found: list[tuple[NDArray[np.float64], NDArray[np.int32] | None]] = []
    for line, text in enumerate(data.split(b"\n"), 1):
        tokens = text.split()
        if not tokens:
            continue
        split = tokens.index(b"output") if b"output" in tokens else len(tokens)
        points = _floats(tokens[:split], path, line)
        if len(points) % 2 or not len(points):
            raise FormatError(f"{len(points)} coordinates; there must be two for each node", path, line)
        found.append((points.reshape(-1, 2), _line_tour(tokens[split:], len(points) // 2, path, line)))
    return found


def read_heatmap(path: Pathish) -> Any:
    """Read a heatmap from an ``.npz`` file, in a form that `wayseer.tsp.solve` takes.

    Parameters
    ----------
    path : path
        Written by ``scipy.sparse.save_npz``; or with arrays ``indptr``, ``indices``, ``values`` (CSR), or
        ``indices``, ``values`` of shape (n, K) (padded with -1), or ``heatmap`` of shape (n, n).

    Returns
    -------
    csr_array, pair of arrays, or array

    Raises
    ------
    FormatError
        The file is none of these.
    """
    from scipy import sparse

    try:
        with open(path, "rb") as raw:  # np.load would leave a damaged file open
            loaded = np.load(raw, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                raise FormatError("expected an .npz file, found a single array", path)
            arrays = {key: loaded[key] for key in loaded.files}
            if "format" in arrays:
                raw.seek(0)
                return sparse.csr_array(sparse.load_npz(raw))
        keys = set(arrays)
        if {"indptr", "indices", "values"} <= keys:
            n = len(arrays["indptr"]) - 1
            return sparse.csr_array((arrays["values"], arrays["indices"], arrays["indptr"]), shape=(n, n))
        if {"indices", "values"} <= keys:
            return arrays["indices"], arrays["values"]
        if "heatmap" in keys:
            return arrays["heatmap"]
    except FormatError:
        raise
    except (ValueError, TypeError, EOFError, KeyError, IndexError, zipfile.BadZipFile) as error:
        raise FormatError(f"not a heatmap: {str(error).splitlines()[0]}", path) from None
    raise FormatError(
        f"arrays {', '.join(sorted(keys)) or '(none)'}; a heatmap is a scipy.sparse.save_npz file, "
        "or indptr, indices, values, or indices, values of shape (n, K), or heatmap of shape (n, n)",
        path,
    )


def _floats(tokens: list[bytes], path: Pathish, line: int) -> NDArray[np.float64]:
    try:
        values = np.array(tokens, dtype="S").astype(np.float64) if tokens else np.empty(0)
    except ValueError:
        values = np.array([np.nan])
    if not np.isfinite(values).all():
        token = next((t for t in tokens if not _is_finite(t)), b"?")
        raise FormatError(f"{token.decode('latin-1')[:40]!r} is not a finite number", path, line)
    return values


def _is_finite(token: bytes) -> bool:
    try:
        return bool(np.isfinite(float(token)))
    except ValueError:
        return False


def _line_tour(tokens: list[bytes], n: int, path: Pathish, line: int) -> NDArray[np.int32] | None:
    """The tour after ``output``, which may end in its first node again."""
    if not tokens:
        return None
    try:
        ids = np.array([int(token) for token in tokens[1:]], dtype=np.int64)
        if len(ids) == n + 1 and ids[-1] == ids[0]:
            ids = ids[:-1]
        return permutation(ids - 1, "tour, counted from 0,", n)
    except (ValueError, OverflowError) as error:
        raise FormatError(f"after 'output': {error}", path, line) from None
