"""Files of the field: graphs, edge-coloured hypergraphs, labels.

Text files may be packed (gzip, bzip2, xz), with CRLF line ends and blank lines. Errors of a file are
`wayseer.FormatError` with path and line.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer import _core
from wayseer._common.arrays import INT32_MAX, choice, dense_array, integer
from wayseer._common.errors import FormatError
from wayseer._common.files import Pathish, read_bytes, replace_file, replace_text
from wayseer._common.limits import checked_flag
from wayseer.clustering.graph_archive import read_archive, write_archive
from wayseer.clustering.hypergraph import EdgeColoredHypergraph
from wayseer.clustering.problem import Graph, as_graph, from_scipy

__all__ = ["read_ecc", "read_graph", "read_labels", "write_graph", "write_labels"]

DEFAULT_LIMIT = 4 << 30
#: The format that a name ends in; packed files have .gz, .bz2 or .xz after it.
SUFFIXES = {
    ".txt": "edges",
    ".csv": "edges",
    ".tsv": "edges",
    ".edges": "edges",
    ".edgelist": "edges",
    ".el": "edges",
    ".snap": "edges",
    ".graph": "metis",
    ".metis": "metis",
    ".mtx": "matrix_market",
    ".multicut": "multicut",
    ".npz": "npz",
}
#: What ``format=`` allows; "snap" and "csv" are other names of "edges".
FORMATS = ("edges", "snap", "csv", "signed", "metis", "matrix_market", "multicut", "npz")
_PACKED = (".gz", ".bz2", ".xz")
_PIECE = 1 << 18  # arcs written at a time


def read_graph(
    path: Pathish,
    *,
    format: str | None = None,
    merge: str = "error",
    drop_loops: bool = False,
    symmetrize: str | None = None,
    memory_limit: int = DEFAULT_LIMIT,
) -> Graph:
    """Read a graph.

    Parameters
    ----------
    path : path
        The suffix says what it holds, also before ``.gz``, ``.bz2`` or ``.xz``:

        - ``.txt``, ``.csv``, ``.tsv``, ``.edges``, ``.edgelist``, ``.el``, ``.snap``: an edge list, lines
          ``u v``, ``u v w`` or ``u v w time`` with blanks, tabs or commas between (the time is ignored), or
          a multicut list if the first line is ``MULTICUT``. Lines that begin with # or % are skipped, and so
          is a first line of names. Ids are any integers of 64 bits.
        - ``.graph``, ``.metis``: METIS with fmt 0, 1, 10 or 11; weights of vertices are ignored.
        - ``.mtx``: Matrix Market, a square coordinate matrix, pattern, integer or real, general or symmetric.
        - ``.multicut``: a line ``MULTICUT``, then lines ``u v cost``.
        - ``.npz``: of `write_graph`, or of ``scipy.sparse.save_npz``.
    format : str, optional
        "edges" (or "snap", "csv"), "signed" (an edge list whose lines all have a weight), "metis",
        "matrix_market", "multicut" or "npz", whatever the suffix.
    merge : str
        What to do with an edge given more than once, ``u v`` and ``v u`` included: "error", "first" (keep
        its first weight) or "sum".
    drop_loops : bool
        Drop edges u-u instead of refusing them.
    symmetrize : str, optional
        For matrices and METIS files that are not symmetric: "max", "min" or "sum" of an entry and its mirror
        image.
    memory_limit : int
        Largest content (unpacked) in bytes; a header may announce one vertex for each eight of them.

    Returns
    -------
    Graph
        Vertices of edge lists are numbered in ascending order of their ids, which are kept in
        ``vertex_ids``; None if they are 0..n-1 already. Vertices of other formats are numbered as in the
        file, from 0. Without a weight column ``weights`` is None.

    Raises
    ------
    FormatError
        With path and line.
    ValueError, TypeError
        An argument; or a suffix that says nothing.
    OSError
        The file cannot be read.

    Notes
    -----
    O(size + n + m); edge lists whose ids lie far apart are sorted besides.
    """
    if format is not None:
        choice(format, "format", FORMATS)
    choice(merge, "merge", ("error", "first", "sum"))
    drop_loops = checked_flag(drop_loops, "drop_loops")
    if symmetrize is not None:
        choice(symmetrize, "symmetrize", ("max", "min", "sum"))
    memory_limit = integer(memory_limit, "memory_limit", 1)
    layout = {"snap": "edges", "csv": "edges"}.get(format or "", format) or _layout_of(path)
    if symmetrize is not None and layout in ("edges", "signed", "multicut"):
        raise ValueError(
            f"symmetrize={symmetrize!r} is for matrices; an edge of a list has no direction, "
            "merge='first' or 'sum' says what happens to edges given twice"
        )
    if layout == "npz":
        if merge != "error":
            raise ValueError(f"merge={merge!r} is for text files; matrices and graphs have each entry once")
        return read_archive(path, symmetrize, drop_loops, memory_limit)
    text = read_bytes(path, memory_limit)
    if layout == "edges" and _core.clustering.is_multicut(text):
        layout = "multicut"
    found = _located(
        path,
        _core.clustering.read_graph_text,
        text,
        layout,
        merge=merge,
        drop_loops=drop_loops,
        most_vertices=min(INT32_MAX - 1, memory_limit // 8),
    )
    del text
    graph = Graph(found["offsets"], found["targets"], found["weights"], found["vertex_ids"])
    if layout == "matrix_market" and graph.weights is not None and (graph.weights == 1.0).all():
        graph = Graph(graph.offsets, graph.targets)  # as from_scipy
    if found["symmetric"] or not (wrong := _core.clustering.asymmetric_arcs(graph.core)):
        return graph
    if symmetrize is None:
        raise FormatError(
            f"the graph is not symmetric: {wrong} entries differ from their mirror image; "
            "symmetrize='max', 'min' or 'sum' makes it so",
            path,
        )
    return from_scipy(graph.to_scipy(), symmetrize=symmetrize)


def write_graph(path: Pathish, graph: Any, *, format: str | None = None) -> None:
    """Write a graph; the file is replaced only when all is written.

    Parameters
    ----------
    path : path
        The suffix says the format, as for `read_graph`; ``.gz``, ``.bz2`` and ``.xz`` pack text files.
        ``.npz`` holds the arrays as they are (``offsets``, ``targets``, and if there are any ``weights`` and
        ``vertex_ids``), is read back fastest and loses nothing but networkx nodes. ``.csv`` has a line of
        names. Edge lists have the ids of ``vertex_ids``; they have no place for vertices without edges, which
        are lost with a warning. METIS files and matrices number the vertices from 1.
    graph : Graph, scipy.sparse matrix, networkx graph or array (n, n)
    format : str, optional
        As for `read_graph`.

    Raises
    ------
    ValueError
        METIS files have no weights but integers of at least 1; "signed" and "multicut" need weights.
    OSError
        The file cannot be written.
    """
    g = as_graph(graph)
    if format is not None:
        choice(format, "format", FORMATS)
    layout = {"snap": "edges", "csv": "edges"}.get(format or "", format) or _layout_of(path)
    if layout == "npz":
        write_archive(path, g)
        return
    if layout in ("signed", "multicut") and g.weights is None:
        raise ValueError(f"graph has no weights; format {layout!r} needs them")
    if layout == "metis" and g.weights is not None and g.weights.size:
        wrong = (g.weights < 1) | (g.weights != np.floor(g.weights)) | (g.weights > 2**53)
        if wrong.any():
            raise ValueError(
                f"graph has the weight {g.weights[int(np.argmax(wrong))]:g}; "
                "METIS files allow integers of at least 1"
            )
    if layout in ("edges", "signed", "multicut"):
        lonely = int(np.count_nonzero(g.degrees == 0))
        if lonely:
            warnings.warn(
                f"{os.fspath(path)}: {lonely} vertices have no edge and no place in an edge list",
                UserWarning,
                stacklevel=2,
            )
    with replace_file(path) as out:
        _write_text(out, g, layout, path)


def read_ecc(path: Pathish, *, memory_limit: int = DEFAULT_LIMIT) -> EdgeColoredHypergraph:
    """Read a hypergraph whose edges have colours.

    Parameters
    ----------
    path : path
        A file of lines ``v1,v2,...,vr colour``, packed or not; or a folder, or what names in it begin with,
        of a triple of files ``*-nverts.txt`` (the size of each hyperedge), ``*-simplices.txt`` (their
        vertices, one after the other) and ``*-edge-labels.txt`` (their colours).
    memory_limit : int
        Largest content (unpacked) of a file in bytes.

    Returns
    -------
    EdgeColoredHypergraph
        Vertices and colours are any integers of 64 bits, numbered in ascending order: ``vertex_ids[i]`` and
        ``color_ids[c]`` give them back.

    Raises
    ------
    FormatError
        An empty hyperedge, a vertex twice in one, a colour missing, with path and line.
    OSError
        A file cannot be read.
    """
    limit = integer(memory_limit, "memory_limit", 1)
    if os.path.isfile(path):
        text = read_bytes(path, limit)
        found = _located(path, _core.clustering.read_colored_edges, text)
    else:
        sizes, members, colors = (_integers(file, limit) for file in _triple(Path(path)))
        found = _located(path, _core.clustering.colored_edges_of, sizes, members, colors)
    vertices, colors = found["vertex_ids"], found["color_ids"]
    return EdgeColoredHypergraph(
        found["offsets"],
        found["members"],
        found["colors"],
        None,
        len(vertices),
        len(colors),
        vertices,
        colors,
    )


def read_labels(
    path: Pathish,
    n: int | None = None,
    *,
    ids: ArrayLike | None = None,
    memory_limit: int = DEFAULT_LIMIT,
) -> NDArray[np.int64]:
    """Read the labels of a clustering.

    Parameters
    ----------
    path : path
        One label on a line, in the order of the vertices; or ``id label`` on each line, in any order.
    n : int, optional
        The number of vertices, checked if given.
    ids : array (n,) of int, optional
        What the vertices are called in lines ``id label``, such as ``Graph.vertex_ids``; default 0..n-1.
    memory_limit : int
        Largest content (unpacked) in bytes.

    Returns
    -------
    array (n,), int64
        The labels as they stand in the file.

    Raises
    ------
    FormatError
        A line that is no label, an id that is unknown, missing or given twice, a number of labels other
        than n.
    """
    if n is not None:
        n = integer(n, "n", 0, INT32_MAX - 1)
    names = None if ids is None else _id_array(ids, n)
    text = read_bytes(path, integer(memory_limit, "memory_limit", 1))
    values, columns = _located(path, _core.clustering.read_integer_table, text, 2)
    count = len(values) // max(1, columns)
    expected = n if names is None else len(names)
    if expected is not None and count != expected:
        raise FormatError(f"has {count} labels; there are {expected} vertices", path)
    if columns < 2:
        return np.asarray(values)
    rows = values.reshape(-1, 2)
    names = np.arange(count) if names is None else names
    order = np.argsort(rows[:, 0], kind="stable")
    given = rows[order, 0]
    twice = np.flatnonzero(given[1:] == given[:-1])
    if len(twice):
        raise FormatError(f"vertex {given[twice[0]]} is given twice", path)
    by_name = np.argsort(names, kind="stable")
    unknown = given != names[by_name]
    if unknown.any():
        missing = np.setdiff1d(names, given)[0]
        strange = np.setdiff1d(given, names)[0]
        raise FormatError(f"vertex {strange} is unknown and vertex {missing} has no label", path)
    labels = np.empty(count, np.int64)
    labels[by_name] = rows[order, 1]
    return labels


def write_labels(path: Pathish, labels: ArrayLike, ids: ArrayLike | None = None) -> None:
    """Write labels, one on a line, or ``id label``; the file is replaced only when all is written.

    Parameters
    ----------
    path : path
        ``.gz``, ``.bz2`` and ``.xz`` pack it.
    labels : array (n,) of int
    ids : array (n,) of int, optional
        What the vertices are called, such as ``Graph.vertex_ids``.

    Raises
    ------
    ValueError, TypeError
        ``labels`` or ``ids`` is no array of integers of one dimension, or their lengths differ.
    OSError
        The file cannot be written.
    """
    array = _integer_array(labels, "labels")
    names = None if ids is None else _integer_array(ids, "ids")
    if names is not None and names.shape != array.shape:
        raise ValueError(f"ids has {len(names)} entries, labels has {len(array)}")
    with replace_text(path) as out:
        for start in range(0, len(array), _PIECE):
            lines = map(str, array[start : start + _PIECE].tolist())
            if names is not None:
                heads = map(str, names[start : start + _PIECE].tolist())
                lines = map(" ".join, zip(heads, lines, strict=True))
            out.write("\n".join(lines) + "\n")


def _layout_of(path: Pathish) -> str:
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    packed = bool(suffixes) and suffixes[-1] in _PACKED
    if packed:
        suffixes.pop()
    layout = SUFFIXES.get(suffixes[-1]) if suffixes else None
    if layout is None or (packed and layout == "npz"):
        raise ValueError(
            f"{os.fspath(path)}: the suffix does not say what the file holds; allowed are "
            f"{', '.join(SUFFIXES)}, packed or not (.npz is not), or format= one of {', '.join(FORMATS)}"
        )
    return layout


def _located(path: Pathish, read: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """What ``read`` returns; its FormatErrors get the path."""
    try:
        return read(*args, **options)
    except FormatError as error:
        raise FormatError(error.message, path, error.line) from None


def _write_text(out: IO[bytes], g: Graph, layout: str, path: Pathish) -> None:
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    comma = ".csv" in suffixes[-2:]
    style: dict[str, Any] = {"ids": None, "base": 0, "separator": " ", "lower": False}
    weighted = g.weights is not None
    if layout == "metis":
        out.write(f"{g.n} {g.m}{' 1' if weighted else ''}\n".encode())
    elif layout == "matrix_market":
        field = "real" if weighted else "pattern"
        out.write(f"%%MatrixMarket matrix coordinate {field} symmetric\n{g.n} {g.n} {g.m}\n".encode())
        style |= {"base": 1, "lower": True}
    else:
        if g.vertex_ids is not None:
            style["ids"] = np.ascontiguousarray(g.vertex_ids, dtype=np.int64)
        if layout == "multicut":
            out.write(b"MULTICUT\n")
        elif comma:
            style["separator"] = ","
            out.write(b"source,target,weight\n" if weighted else b"source,target\n")
    for begin, end in _pieces(g):
        if layout == "metis":
            out.write(_core.clustering.metis_lines(g.core, begin, end))
        else:
            out.write(_core.clustering.edge_lines(g.core, begin, end, **style))


def _pieces(g: Graph) -> Iterator[tuple[int, int]]:
    """Ranges of vertices with about _PIECE arcs, and at most _PIECE vertices."""
    begin = 0
    while begin < g.n:
        end = int(np.searchsorted(g.offsets, g.offsets[begin] + _PIECE, side="right")) - 1
        end = min(max(end, begin + 1), g.n, begin + _PIECE)
        yield begin, end
        begin = end


def _triple(path: Path) -> tuple[Path, Path, Path]:
    """The three files of a folder, or of what their names begin with."""
    kinds = ("nverts", "simplices", "edge-labels")
    folder, prefix = (path, "") if path.is_dir() else (path.parent, path.name)
    names = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
    found = []
    for kind in kinds:
        matching = [
            name
            for name in names
            if name.startswith(prefix) and any(name.endswith(f"-{kind}.txt{end}") for end in ("", *_PACKED))
        ]
        if prefix:  # "a" is no prefix of "a-b-nverts.txt" if there is "a-nverts.txt"
            exact = [name for name in matching if name.startswith(f"{prefix.removesuffix('-')}-{kind}.txt")]
            matching = exact or matching
        if not matching:
            if kind == "nverts" and not path.is_dir():
                raise FileNotFoundError(
                    2, "No such file or folder, and no such triple of files", os.fspath(path)
                )
            raise FormatError(f"there is no file *-{kind}.txt", path)
        if len(matching) > 1:
            raise FormatError(f"there are several files *-{kind}.txt: {', '.join(matching[:3])}", path)
        found.append(folder / matching[0])
    return found[0], found[1], found[2]


def _integers(path: Path, limit: int) -> NDArray[np.int64]:
    """A file of one integer on a line."""
    text = read_bytes(path, limit)
    values, _ = _located(path, _core.clustering.read_integer_table, text, 1)
    return np.asarray(values)


def _integer_array(x: ArrayLike, name: str) -> NDArray[Any]:
    array = dense_array(x, name)
    if array.ndim != 1:
        raise ValueError(f"{name} has shape {array.shape}; allowed is (n,)")
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"{name} has dtype {array.dtype}; {name} must be integers")
    return array


def _id_array(ids: ArrayLike, n: int | None) -> NDArray[Any]:
    names = _integer_array(ids, "ids")
    if n is not None and len(names) != n:
        raise ValueError(f"ids has {len(names)} entries, n is {n}")
    if len(np.unique(names)) != len(names):
        raise ValueError("ids has an id twice; allowed is each once")
    return names
