"""`make bench ROOM=hashing ARGS="window"`: nearest neighbours in windows of labels, beside hnswlib and NumPy.

Every method answers the same queries, one after the other on one thread, with the smallest beam whose recall
reaches the one asked for; the table gives the CPU time of that. Labels are random; vectors lie in clusters
near a subspace of few dimensions, as embeddings do, or are independent normal numbers (``--data normal``).
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Annotated, Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402
import typer  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from wayseer import hashing as wh  # noqa: E402

K = 10
BEAMS = tuple(round(10 * 2 ** (i / 2)) for i in range(15))  # 10 to 1280
#: Answers queries i..j of a window fraction: distances of shape (j - i, K).
Answer = Callable[[int, int, int], Any]


@dataclass(frozen=True)
class Row:
    """One method at one window fraction."""

    exponent: int  # the window has 2^exponent of the vectors
    method: str
    beam: int  # 0: exact
    recall: float
    queries_per_second: float
    ratio: float | None = None  # to the best peer's queries/s


def draw(kind: str, n: int, queries: int, d: int) -> tuple[Any, Any]:
    random = np.random.default_rng(1)
    if kind == "normal":
        return tuple(random.standard_normal((m, d), np.float32) for m in (n, queries))
    latent = 24
    to_space = random.standard_normal((latent, d)).astype(np.float32) / np.sqrt(latent)
    centres = random.standard_normal((200, latent), np.float32)

    def of(m: int) -> Any:
        near = centres[random.integers(0, 200, m)] + random.standard_normal((m, latent), np.float32)
        return near @ to_space + 0.1 * random.standard_normal((m, d), np.float32)

    return of(n), of(queries)


def windows_of(exponent: int, sorted_labels: Any, queries: int) -> Any:
    """Windows that hold 2^exponent of the labels each."""
    n = len(sorted_labels)
    size = max(1, round(n * 2.0**exponent))
    start = np.random.default_rng(-exponent).integers(0, n - size + 1, queries)
    return np.stack((sorted_labels[start], sorted_labels[start + size - 1]), axis=1)


def numpy_prefilter(X: Any, labels: Any, Q: Any) -> Callable[[Any, int], Answer]:
    """Vectors in order of labels, |x|^2 - 2 x.q over the window's: what a user of NumPy writes."""
    order = np.argsort(labels, kind="stable")
    rows, keys = X[order], labels[order]
    norms = np.einsum("ij,ij->i", rows, rows)

    def prepare(windows: Any, beam: int) -> Answer:
        def answer(i: int, j: int, _: int) -> Any:
            ids = np.full((j - i, K), -1)
            for q in range(i, j):
                a = np.searchsorted(keys, windows[q, 0], "left")
                b = np.searchsorted(keys, windows[q, 1], "right")
                distance = norms[a:b] - 2 * (rows[a:b] @ Q[q])
                k = min(K, b - a)
                nearest = np.argpartition(distance, k - 1)[:k]
                ids[q - i, :k] = order[a + nearest[np.argsort(distance[nearest])]]
            return ids

        return answer

    return prepare


def hnswlib_peers(X: Any, labels: Any, Q: Any, console: Console) -> dict[str, Any]:
    try:
        import hnswlib
    except ImportError:
        console.print("hnswlib: not installed, skipped")
        return {}
    n, d = X.shape
    index = hnswlib.Index("l2", d)
    index.init_index(n, ef_construction=200, M=16, random_seed=1)
    index.set_num_threads(1)
    started = time.process_time()
    index.add_items(X, num_threads=1)
    console.print(f"hnswlib: built in {time.process_time() - started:.1f} s of CPU")

    def filtered(windows: Any, beam: int) -> Answer:
        def answer(i: int, j: int, _: int) -> Any:
            index.set_ef(max(beam, K))
            ids = np.full((j - i, K), -1)
            for q in range(i, j):
                low, high = windows[q]
                try:
                    found, _d = index.knn_query(
                        Q[q],
                        K,
                        num_threads=1,
                        filter=lambda id, low=low, high=high: low <= labels[id] <= high,
                    )
                except RuntimeError:  # fewer than K were found
                    continue
                ids[q - i] = found[0]
            return ids

        return answer

    def postfiltered(windows: Any, beam: int) -> Answer:
        """The nearest `beam` vectors, then those of them in the window; twice as many if they are too few."""

        def answer(i: int, j: int, exponent: int) -> Any:
            ids = np.full((j - i, K), -1)
            for q in range(i, j):
                low, high = windows[q]
                wanted = min(n, max(beam, K))
                while True:
                    index.set_ef(wanted)
                    found = index.knn_query(Q[q], wanted, num_threads=1)[0][0].astype(np.int64)
                    of = labels[found]
                    inside = found[(low <= of) & (of <= high)][:K]
                    if len(inside) == K or wanted >= min(n, 20_000):
                        break
                    wanted = min(n, 2 * wanted)
                ids[q - i, : len(inside)] = inside
            return ids

        return answer

    return {"hnswlib, filter": filtered, "hnswlib, post-filter": postfiltered}


def recall_of(ids: Any, X: Any, Q: Any, exact: Any) -> float:
    """The share of the k nearest, or others as near, that were found."""
    good = wanted = 0
    for q, row in enumerate(ids):
        true = exact[q][np.isfinite(exact[q])]
        found = row[row >= 0]
        distance = ((X[found].astype(np.float64) - Q[q]) ** 2).sum(axis=1)
        good += min(len(true), int((distance <= true[-1] * (1 + 1e-5)).sum()))
        wanted += len(true)
    return good / wanted


def measure(answer: Answer, queries: int, exponent: int, seconds: float, rounds: int) -> tuple[Any, float]:
    """Answers to as many queries as the time allows, and the median CPU seconds of a query over rounds."""
    chunk = 10
    started = time.process_time()
    parts = []
    for i in range(0, queries, chunk):
        parts.append(answer(i, min(i + chunk, queries), exponent))
        if time.process_time() - started > seconds:
            break
    ids = np.concatenate(parts)
    times = [(time.process_time() - started) / len(ids)]
    if len(ids) == queries:
        times = []
        for _ in range(rounds):
            started = time.process_time()
            answer(0, queries, exponent)
            times.append((time.process_time() - started) / queries)
    return ids, statistics.median(times)


def main(
    n: Annotated[float, typer.Option(help="Vectors.")] = 2e5,
    d: Annotated[int, typer.Option(help="Dimensions.")] = 96,
    queries: Annotated[int, typer.Option(min=10)] = 500,
    recall: Annotated[float, typer.Option(min=0, max=1)] = 0.95,
    exponents: Annotated[
        str, typer.Option(help="Windows hold 2^E of the vectors, for E in FROM:TO.")
    ] = "-16:0",
    methods: Annotated[str, typer.Option(help="Of wayseer, with commas.")] = "auto,joint,super,prefilter",
    tree_only: Annotated[bool, typer.Option(help="Build without shifted buckets.")] = False,
    inner: Annotated[str, typer.Option(help="hnsw or ivf.")] = "hnsw",
    data: Annotated[str, typer.Option(help="clusters or normal.")] = "clusters",
    seconds: Annotated[float, typer.Option(help="At most, for one method and beam.")] = 3,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    peers: Annotated[bool, typer.Option()] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of the table.")] = False,
) -> None:
    """Queries per second at equal recall, one thread each."""
    console = Console(stderr=as_json, width=None if sys.stdout.isatty() else 120)
    X, Q = draw(data, int(n), queries, d)
    labels = np.random.default_rng(2).random(len(X))
    sorted_labels = np.sort(labels)
    started = time.process_time()
    index = wh.WindowIndex(X, labels, inner=inner, shift=None if tree_only else 0.5)
    built = time.process_time() - started
    scan, visit = index.costs
    console.print(f"wayseer: built in {built:.1f} s of CPU; costs {scan:.1f} and {visit:.0f} ns")
    console.print(f"wayseer: {index.index_bytes / len(X):.0f} bytes per vector beside the vectors")

    def ours(method: str) -> Callable[[Any, int], Answer]:
        def prepare(windows: Any, beam: int) -> Answer:
            return lambda i, j, _: index.search(Q[i:j], windows[i:j], K, beam, method)[0]

        return prepare

    table: dict[str, Any] = {f"wayseer {method}": ours(method) for method in methods.split(",")}
    if peers:
        table["numpy, prefilter"] = numpy_prefilter(X, labels, Q)
        table |= hnswlib_peers(X, labels, Q, console)
        if "hnswlib, filter" in table:
            console.print(f"hnswlib {importlib.metadata.version('hnswlib')}")
    first, last = (int(x) for x in exponents.split(":"))
    rows: list[Row] = []
    for exponent in range(first, last + 1):
        windows = windows_of(exponent, sorted_labels, queries)
        exact = index.search(Q, windows, K, method="prefilter")[1]
        here: list[Row] = []
        for method, prepare in table.items():
            for beam in (0,) if "prefilter" in method else BEAMS:
                ids, cpu = measure(prepare(windows, beam or K), queries, exponent, seconds, rounds)
                reached = recall_of(ids, X, Q, exact)
                if reached >= recall:
                    here.append(Row(exponent, method, beam, reached, 1 / cpu))
                    break
                if cpu * len(ids) > seconds:
                    break  # larger beams are slower still
        best_peer = max(
            (row.queries_per_second for row in here if not row.method.startswith("wayseer")), default=0
        )
        for row in here:
            ratio = row.queries_per_second / best_peer if best_peer else None
            rows.append(Row(**{**asdict(row), "ratio": ratio}))
        console.print(f"[dim]2^{exponent} done")
    if as_json:
        json.dump([asdict(row) for row in rows], sys.stdout, indent=1)
        return
    shown = Table("window", "method", "beam", "recall", "queries/s", "x best peer")
    for i, row in enumerate(rows):
        if i and row.exponent != rows[i - 1].exponent:
            shown.add_section()
        shown.add_row(
            f"2^{row.exponent}",
            row.method,
            str(row.beam or "exact"),
            f"{row.recall:.3f}",
            f"{row.queries_per_second:,.0f}",
            "" if row.ratio is None else f"{row.ratio:.2f}",
        )
    console.print(shown)


if __name__ == "__main__":
    typer.run(main)
