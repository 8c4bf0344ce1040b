"""Graphs in ``.npz`` archives: our own arrays, and matrices of ``scipy.sparse.save_npz``."""

from __future__ import annotations

import errno
import os
import struct
import tokenize
import zipfile
import zlib
from typing import Any

import numpy as np
import scipy.sparse
from numpy.lib import format as npy
from numpy.typing import NDArray

from wayseer import _core
from wayseer._common.errors import FormatError
from wayseer._common.files import Pathish, replace_file
from wayseer.clustering.problem import Graph, from_scipy, sparse_rows

# What zipfile and numpy raise on damaged archives.
_DAMAGE = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    OverflowError,
    EOFError,
    SyntaxError,
    NotImplementedError,
    RuntimeError,
    MemoryError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
_TYPES = {"offsets": np.int64, "targets": np.int32, "weights": np.float64}


def read_archive(path: Pathish, symmetrize: str | None, drop_loops: bool, memory_limit: int) -> Graph:
    """The graph of an archive, every array of which is read once and checked."""
    arrays = _arrays(path, memory_limit)
    if {"offsets", "targets"} <= set(arrays):
        return _own_graph(path, arrays)
    if "format" in arrays:
        try:
            matrix = _matrix(arrays, memory_limit // 8)
        except _DAMAGE as error:
            raise FormatError(f"not a sparse matrix: {_first_line(error)}", path) from None
        try:
            return from_scipy(matrix, symmetrize=symmetrize, drop_loops=drop_loops)
        except (ValueError, TypeError) as error:
            raise FormatError(str(error), path) from None
    raise FormatError(
        f"arrays {', '.join(sorted(arrays)[:8]) or '(none)'}; a graph has offsets, targets and perhaps "
        "weights, or is a matrix of scipy.sparse.save_npz",
        path,
    )


def read_biadjacency(path: Pathish, *, memory_limit: int = 4 << 30) -> scipy.sparse.csr_array:
    """Read the matrix of users and items for `graph_hash`.

    Parameters
    ----------
    path : path
        An archive of ``scipy.sparse.save_npz``.
    memory_limit : int
        Largest content in bytes.

    Returns
    -------
    scipy.sparse.csr_array (n_users, n_items), float64

    Raises
    ------
    FormatError
        The archive is damaged or holds no sparse matrix of numbers; every index is checked.
    """
    arrays = _arrays(path, memory_limit)
    if "format" not in arrays:
        raise FormatError("not a matrix of scipy.sparse.save_npz", path)
    try:
        return sparse_rows(_matrix(arrays, memory_limit // 8), "matrix")
    except _DAMAGE as error:
        raise FormatError(f"not a sparse matrix: {_first_line(error)}", path) from None


def write_archive(path: Pathish, graph: Graph) -> None:
    """The arrays of a graph, not packed."""
    arrays: dict[str, NDArray[Any]] = {"offsets": graph.offsets, "targets": graph.targets}
    if graph.weights is not None:
        arrays["weights"] = graph.weights
    if graph.vertex_ids is not None:
        arrays["vertex_ids"] = graph.vertex_ids
    with replace_file(path) as out:
        np.savez(out, **arrays)  # type: ignore[arg-type]


def _arrays(path: Pathish, memory_limit: int) -> dict[str, NDArray[Any]]:
    found = {}
    with open(path, "rb") as raw:
        try:
            with zipfile.ZipFile(raw) as archive:
                members = archive.infolist()
                total = sum(member.file_size for member in members)
                for member in members if total <= memory_limit else ():
                    if member.filename.endswith(".npy"):
                        found[member.filename.removesuffix(".npy")] = _array(archive, member)
        except _DAMAGE as error:
            raise FormatError(f"not an .npz archive of arrays: {_first_line(error)}", path) from None
        except OSError as error:
            if error.errno not in (None, errno.EINVAL):  # EINVAL: a seek to a place that damage made up
                raise
            raise FormatError(f"not an .npz archive of arrays: {_first_line(error)}", path) from None
    if total > memory_limit:
        raise ValueError(f"{os.fspath(path)}: content is larger than memory_limit = {memory_limit} bytes")
    return found


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    """One array; what its header announces must be there before memory is set aside for it."""
    with archive.open(member) as file:
        version = npy.read_magic(file)
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read_header(file)
        if dtype.hasobject:
            raise ValueError(f"{member.filename} holds Python objects")
        size = dtype.itemsize
        for length in shape:
            size *= int(length)
        if file.tell() + size != member.file_size:
            raise ValueError(f"{member.filename} has {member.file_size} bytes, its header says {size}")
    with archive.open(member) as file:
        array: NDArray[Any] = npy.read_array(file, allow_pickle=False)
        return array


def _own_graph(path: Pathish, arrays: dict[str, NDArray[Any]]) -> Graph:
    for name, dtype in _TYPES.items():
        array = arrays.get(name)
        if array is None:
            continue
        if array.dtype != dtype or array.ndim != 1:
            raise FormatError(
                f"{name} has dtype {array.dtype} and shape {array.shape}; allowed is one dimension of "
                f"{np.dtype(dtype)}",
                path,
            )
    offsets, targets, weights = arrays["offsets"], arrays["targets"], arrays.get("weights")
    ids = arrays.get("vertex_ids")
    if weights is not None and len(weights) != len(targets):
        raise FormatError(f"{len(weights)} weights; there are {len(targets)} targets", path)
    fault = _core.clustering.row_fault(offsets, targets, weights)
    if fault is not None:
        raise FormatError(fault, path)
    if ids is not None and (ids.shape != (len(offsets) - 1,) or ids.dtype.kind not in "iu"):
        raise FormatError(
            f"vertex_ids has dtype {ids.dtype} and shape {ids.shape}; "
            f"allowed are {len(offsets) - 1} integers",
            path,
        )
    graph = Graph(offsets, targets, weights, ids)
    wrong = _core.clustering.asymmetric_arcs(graph.core)
    if wrong:
        raise FormatError(
            f"the graph is not symmetric: {wrong} arcs have no mirror image of their weight", path
        )
    return graph


def _matrix(arrays: dict[str, NDArray[Any]], most_rows: int) -> Any:
    """What scipy.sparse.load_npz makes of the arrays, checked."""
    kind = arrays["format"].item()
    kind = kind.decode("ascii") if isinstance(kind, bytes) else str(kind)
    shape = tuple(int(length) for length in arrays["shape"])
    if len(shape) != 2:
        raise ValueError(f"shape {shape}")
    if max(shape) > most_rows:
        raise ValueError(f"shape {shape}; memory_limit allows {most_rows} rows")
    for name in ("indices", "indptr", "row", "col", "offsets"):
        if name in arrays and arrays[name].dtype.kind not in "iu":
            raise ValueError(f"{name} has dtype {arrays[name].dtype}")
    data = arrays["data"]
    match kind:
        case "csr" | "csc" | "bsr":
            make = getattr(scipy.sparse, f"{kind}_array")
            matrix = make((data, arrays["indices"], arrays["indptr"]), shape=shape)
            matrix.check_format(full_check=True)
            if kind == "bsr" and matrix.indices.size:
                blocks = shape[1] // matrix.blocksize[1]
                if int(matrix.indices.max()) >= blocks or int(matrix.indices.min()) < 0:
                    raise ValueError("column indices of blocks are out of range")
        case "coo":
            rows = arrays["coords"][0] if "coords" in arrays else arrays["row"]
            columns = arrays["coords"][1] if "coords" in arrays else arrays["col"]
            matrix = scipy.sparse.coo_array((data, (rows, columns)), shape=shape)
        case "dia":
            matrix = scipy.sparse.dia_array((data, arrays["offsets"]), shape=shape)
        case _:
            raise ValueError(f"unknown format {kind!r}")
    return matrix


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]
