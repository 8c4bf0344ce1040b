"""Sum objectives beside Leiden: disagreements on real graphs (T1), on a planted graph of 2.7M edges (T2a,
with --planted) and one cycle of "multilevel" on generated graphs of 100M edges (T2b, with --large).

"multilevel" is timed over many seeds, as its peers are; "cost" is the median and "best" the least of them.
CPU seconds of one run. igraph and leidenalg optimise CPM at resolution 0.5, which is the same objective;
every clustering is evaluated by the same code. T2b runs in a process of its own, whose memory is told.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from report import data_folder, print_table, rss_mib, write_json

import wayseer.clustering as wc

NAMES = ("ca-HepTh", "lastfm-asia", "ca-GrQc", "ego-facebook-107", "ego-facebook-1912", "cora-correlation")
COLUMNS = ("graph", "n", "m", "method", "runs", "cost", "best", "to igraph", "CPU s", "igraph's CPU / CPU")

Labels = Callable[[int], Any]  # by seed


def igraph_labels(graph: wc.Graph, n_iterations: int) -> tuple[Labels, float]:
    """Leiden of igraph, and the CPU seconds of building its graph."""
    import igraph

    u, v, _ = graph.edges()
    begin = time.process_time()
    peer = igraph.Graph(n=graph.n, edges=np.c_[u, v])
    built = time.process_time() - begin

    def run(seed: int) -> Any:
        igraph.set_random_number_generator(random.Random(seed))
        found = peer.community_leiden(objective_function="CPM", resolution=0.5, n_iterations=n_iterations)
        return found.membership

    return run, built


def leidenalg_labels(graph: wc.Graph) -> Labels:
    import igraph
    import leidenalg

    u, v, _ = graph.edges()
    peer = igraph.Graph(n=graph.n, edges=np.c_[u, v])

    def run(seed: int) -> Any:
        return leidenalg.find_partition(
            peer,
            leidenalg.CPMVertexPartition,
            resolution_parameter=0.5,
            n_iterations=-1,
            seed=seed,
        ).membership

    return run


def measured(graph: wc.Graph, name: str, method: str, labels: Labels, runs: int) -> dict[str, Any]:
    costs, seconds = [], []
    for seed in range(runs):
        begin = time.process_time()
        found = labels(seed)
        seconds.append(time.process_time() - begin)
        costs.append(int(wc.evaluate(graph, np.asarray(found))))
    return {
        "graph": name,
        "n": graph.n,
        "m": graph.m,
        "method": method,
        "runs": runs,
        "cost": statistics.median(costs),
        "best": min(costs),
        "CPU s": statistics.median(seconds),
    }


def compared(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the ratios to igraph's row."""
    igraph = next(row for row in rows if row["method"].startswith("igraph"))
    for row in rows:
        row["to igraph"] = row["cost"] / igraph["cost"]
        row["igraph's CPU / CPU"] = igraph["CPU s"] / row["CPU s"]
    return rows


def real(graph: wc.Graph, name: str, runs: int, seconds: float) -> list[dict[str, Any]]:
    def ours(method: str, **limits: Any) -> Labels:
        return lambda seed: wc.correlation_cluster(graph, method=method, seed=seed, **limits).labels

    rows = [
        measured(graph, name, "igraph Leiden", igraph_labels(graph, -1)[0], runs),
        measured(graph, name, "leidenalg", leidenalg_labels(graph), max(1, runs // 7)),
        measured(graph, name, "multilevel", ours("multilevel"), runs),
        measured(graph, name, "auto", ours("auto"), max(1, runs // 7)),
        measured(graph, name, f"ils {seconds:g} s", ours("ils", time_limit=seconds), max(1, runs // 7)),
        measured(graph, name, "pivot x100", ours("pivot", best_of=100), max(1, runs // 7)),
    ]
    return compared(rows)


def planted(runs: int) -> list[dict[str, Any]]:
    # 20 vertices a cluster, of 190 pairs inside 76 with an edge: as many edges outside as inside, nearly
    graph = wc.datasets.planted_sparse(400_000, 20_000, 7.6, 6, seed=1)
    run, built = igraph_labels(graph, 2)
    rows = [
        measured(graph, "planted 400k", "igraph Leiden, 2 iterations", run, 1),
        measured(
            graph,
            "planted 400k",
            "multilevel",
            lambda seed: wc.correlation_cluster(graph, method="multilevel", seed=seed).labels,
            runs,
        ),
        measured(
            graph,
            "planted 400k",
            "ils 8 s",
            lambda seed: wc.correlation_cluster(graph, method="ils", seed=seed, time_limit=8).labels,
            1,
        ),
    ]
    rows[0]["build s"] = built
    return compared(rows)


def large(kind: str, threads: int, peers: bool) -> dict[str, Any]:
    """One graph of 100M edges in this process: saved, loaded, clustered."""
    path = Path(f"{kind}-100M.npz")
    if not path.exists():
        if kind == "planted":
            made = wc.datasets.planted_sparse(12_500_000, 625_000, 10, 6, seed=1, threads=threads)
        else:
            made = wc.datasets.rmat(23, 13.2, seed=1, threads=threads)
        wc.write_graph(path, made)
        return {}
    begin = time.perf_counter()
    graph = wc.read_graph(path)
    loaded = time.perf_counter() - begin
    before = rss_mib()
    result = wc.correlation_cluster(graph, method="multilevel", threads=threads, max_iterations=1)
    row = {
        "graph": f"{kind} 100M",
        "n": graph.n,
        "m": graph.m,
        "method": "multilevel",
        "threads": threads,
        "cost": result.objective,
        "clusters": result.n_clusters,
        "load s": loaded,
        "s": result.seconds,
        "RSS MiB loaded": before,
        "RSS MiB": rss_mib(),
    }
    if peers:
        import networkit

        u, v, _ = graph.edges()
        peer = networkit.GraphFromCoo((u, v), n=graph.n)
        networkit.setNumberOfThreads(threads)
        begin = time.perf_counter()
        networkit.community.PLM(peer, refine=True).run()
        row["networkit PLM s"] = time.perf_counter() - begin
    return row


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", help="folder with snap/ (default: $WAYSEER_DATA, else ../shared/data)")
    parser.add_argument("--runs", type=int, default=20, help="seeds of igraph and multilevel (20)")
    parser.add_argument("--seconds", type=float, default=2.0, help="time limit of ils (2)")
    parser.add_argument(
        "--planted", action="store_true", help="also T2a: takes two minutes, most of it igraph"
    )
    parser.add_argument("--large", action="store_true", help="only T2b: 100M edges, 6 GiB, writes 2 GB here")
    parser.add_argument("--threads", type=int, default=2, help="of T2b (2)")
    parser.add_argument("--peers", action="store_true", help="T2b: also networkit, which needs 10 GiB more")
    parser.add_argument("--one", choices=("planted", "rmat"), help=argparse.SUPPRESS)
    parser.add_argument("--json", default="bench_sum.json", help="where the rows go")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(large(arguments.one, arguments.threads, arguments.peers)))
        return
    rows: list[dict[str, Any]] = []
    if arguments.large:
        for kind in ("planted", "rmat"):
            command = [sys.executable, __file__, "--one", kind, "--threads", str(arguments.threads)]
            command += ["--peers"] if arguments.peers else []
            for _ in range(2):  # the first makes the file
                answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                row = json.loads(answer.splitlines()[-1])
                if row:
                    break
            rows.append(row)
        print_table(rows)
    else:
        folder = data_folder(arguments.data) / "snap"
        for name in NAMES:
            graph = wc.read_graph(folder / f"{name}.txt.gz")
            rows += real(graph, name, arguments.runs, arguments.seconds)
        if arguments.planted:
            rows += planted(3)
        print_table(rows, COLUMNS)
    write_json(arguments.json, rows)


if __name__ == "__main__":
    main()
