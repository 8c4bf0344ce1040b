"""How fast graphs are read: text in MB/s against the readers of networkit, igraph, pandas, numpy and scipy,
and the seconds of the binary format.

All readers get the same file, of a random graph, from the page cache, one thread each; some make a graph,
others an array of ids or a matrix only. CPU seconds, the best of the repetitions.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from report import print_table, rss_mib, write_json

import wayseer.clustering as wc

COLUMNS = ("format", "reader", "makes", "MB", "edges", "seconds", "wall", "MB/s", "against")


def readers(text: Path, matrix: Path, binary: Path) -> list[tuple[str, str, str, Path, Callable[[], int]]]:
    """(format, reader, what it makes, file, a call that reads and returns the number of edges)."""
    found: list[tuple[str, str, str, Path, Callable[[], int]]] = [
        ("SNAP text", "wayseer", "graph", text, lambda: wc.read_graph(text).m)
    ]
    try:
        import networkit

        networkit.setNumberOfThreads(1)
        edge_list = networkit.graphio.EdgeListReader(" ", 0, "#", True, False)
        snap = networkit.graphio.SNAPGraphReader(directed=False, remapNodes=False)
        found += [
            (
                "SNAP text",
                "networkit EdgeListReader",
                "graph",
                text,
                lambda: edge_list.read(str(text)).numberOfEdges(),
            ),
            (
                "SNAP text",
                "networkit SNAPGraphReader",
                "graph",
                text,
                lambda: snap.read(str(text)).numberOfEdges(),
            ),
        ]
    except ImportError:
        pass
    try:
        import igraph

        def read_igraph() -> int:
            return int(igraph.Graph.Read_Edgelist(str(text), directed=False).ecount())

        found.append(("SNAP text", "igraph Read_Edgelist", "graph", text, read_igraph))
    except ImportError:
        pass
    try:
        import pandas

        def read_pandas() -> int:
            return len(pandas.read_csv(text, sep=" ", header=None, dtype="int32", engine="c"))

        found.append(("SNAP text", "pandas read_csv", "array", text, read_pandas))
    except ImportError:
        pass
    import numpy as np

    def read_numpy() -> int:
        return wc.from_edges(*np.loadtxt(text, dtype=np.int32).T).m

    found += [
        ("SNAP text", "numpy loadtxt", "array", text, lambda: len(np.loadtxt(text, dtype=np.int32))),
        ("SNAP text", "numpy loadtxt, from_edges", "graph", text, read_numpy),
    ]
    found.append(("Matrix Market", "wayseer", "graph", matrix, lambda: wc.read_graph(matrix).m))
    try:
        import scipy.io
        from scipy.io import _fast_matrix_market

        _fast_matrix_market.PARALLELISM = 1
        found.append(
            ("Matrix Market", "scipy mmread", "matrix", matrix, lambda: scipy.io.mmread(matrix).nnz // 2)
        )
    except ImportError:
        pass
    found.append((".npz", "wayseer", "graph", binary, lambda: wc.read_graph(binary).m))
    return found


def measured(read: Callable[[], int], repeat: int) -> tuple[float, float, int]:
    """The least CPU and wall seconds, and the number of edges."""
    cpu, wall, edges = [], [], 0
    for _ in range(repeat):
        started = time.perf_counter(), time.process_time()
        edges = read()
        wall.append(time.perf_counter() - started[0])
        cpu.append(time.process_time() - started[1])
    return min(cpu), min(wall), edges


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=20, help="of text (default: %(default)s)")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--binary", type=float, default=5e6, help="edges of the binary file (default: 5e6)")
    parser.add_argument("--json", type=Path, default=Path("bench_io.json"))
    parser.add_argument("--data", help="not used: the graphs are random")
    arguments = parser.parse_args()

    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        text, matrix, binary = (Path(folder) / name for name in ("g.txt", "g.mtx", "g.npz"))
        edges = arguments.megabytes * 1e6 / 14.4  # bytes of a line
        n = max(100, round(edges / 8))
        g = wc.datasets.planted_sparse(n, max(1, n // 10), 9, 7, arguments.seed)
        wc.write_graph(text, g)
        wc.write_graph(matrix, g)
        wc.write_graph(binary, g)
        ours: dict[str, float] = {}
        for layout, reader, makes, path, read in readers(text, matrix, binary):
            cpu, wall, count = measured(read, arguments.repeat)
            assert count == g.m, f"{reader} finds {count} edges, there are {g.m}"
            size = path.stat().st_size / 1e6
            ours.setdefault(layout, cpu)
            rows.append(
                {
                    "format": layout,
                    "reader": reader,
                    "makes": makes,
                    "MB": round(size, 1),
                    "edges": count,
                    "seconds": cpu,
                    "wall": wall,
                    "MB/s": size / cpu,
                    "against": cpu / ours[layout],
                    "seed": arguments.seed,
                }
            )
        del g
        n = max(100, round(arguments.binary / 8))
        wc.write_graph(binary, wc.datasets.planted_sparse(n, max(1, n // 10), 9, 7, arguments.seed))
        cpu, wall, count = measured(lambda: wc.read_graph(binary).m, 1)
        size = binary.stat().st_size / 1e6
        rows.append(
            {
                "format": ".npz",
                "reader": "wayseer",
                "makes": "graph",
                "MB": round(size, 1),
                "edges": count,
                "seconds": cpu,
                "wall": wall,
                "MB/s": size / cpu,
                "against": 1.0,
                "seed": arguments.seed,
            }
        )
    print_table(rows, COLUMNS)
    print(f"\nLargest resident memory: {rss_mib() / 1024:.2f} GiB")
    write_json(arguments.json, rows)


if __name__ == "__main__":
    main()
