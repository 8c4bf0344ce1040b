"""`make bench ROOM=hashing ARGS="hybrid_ivf"`: filtered searches at equal recall, beside post-filtering.

One thread, CPU time. For every selectivity each method gets the smallest nprobe of a ladder whose recall@k
reaches the target; the table gives its throughput there. Attributes are independent of the vectors; the
filter is on the first one, by which vectors in a list are sorted, or on the last.

Post-filtering searches the same index, with the same lists and kernels, without the filter, for k' = k
neighbours, and for twice as many for those queries of which fewer than k pass, until k pass or all nprobe
lists are read; "k' known" begins at k' = 2 k / selectivity. faiss filters while it scans, by a bitmap of ids
whose making is not charged.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Annotated, Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402
import typer  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from wayseer import hashing as wh  # noqa: E402

SHARES = (1.0, 0.5, 0.1, 0.01, 0.001)
LADDER = sorted({round(2 ** (i / 2)) for i in range(30)})
LAST = "wayseer, last attribute"
#: Ids of the neighbours of all queries, for nprobe.
Search = Callable[[int], NDArray[np.int64]]


@dataclass(frozen=True)
class Row:
    """One method at one selectivity."""

    share: float  # of the vectors that pass
    method: str
    nprobe: int
    recall: float
    per_second: float  # queries, median over the rounds
    ratio: float = 1.0  # wayseer's throughput by this one's


def vectors(n: int, d: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Like embeddings: clusters of unequal size on a curved surface of 24 dimensions, and some noise."""
    surface = np.random.default_rng(0)
    centers = surface.normal(size=(500, 24)) * 1.5
    weights = surface.dirichlet(np.full(500, 0.5))
    turn = surface.normal(size=(24, d)) / np.sqrt(24)
    made = np.empty((n, d), np.float32)
    for begin in range(0, n, 100_000):
        size = min(100_000, n - begin)
        inner = centers[random.choice(500, size, p=weights)] + random.normal(size=(size, 24))
        made[begin : begin + size] = np.tanh(inner @ turn) + 0.05 * random.normal(size=(size, d))
    return made


def condition(share: float, attribute: str = "first") -> dict[str, Any] | None:
    return None if share == 1 else {attribute: (None, round(1000 * share) - 1)}


def post_filter(
    index: wh.HybridIVF, queries: NDArray[np.float32], passes: NDArray[np.bool_], k: int, first: int
) -> Search:
    """Search for ``first`` neighbours without the filter, drop what does not pass; for more if need be."""

    def search(nprobe: int) -> NDArray[np.int64]:
        found = np.full((len(queries), k), -1)
        left, wanted = np.arange(len(queries)), min(first, len(index))
        while True:
            step = max(1, 2**22 // wanted)  # bounds the memory of results
            again = [left[:0]]
            for begin in range(0, len(left), step):
                part = left[begin : begin + step]
                ids, _ = index.search(queries[part], None, wanted, nprobe)
                good = passes[ids] & (ids >= 0)
                rank = np.cumsum(good, 1)
                row, column = np.nonzero(good & (rank <= k))
                found[part[row], rank[row, column] - 1] = ids[row, column]
                again.append(part[(rank[:, -1] < k) & (ids[:, -1] >= 0)])
            left = np.concatenate(again)
            if not len(left) or wanted == len(index):
                return found
            wanted = min(2 * wanted, len(index))

    return search


def hybrid(index: wh.HybridIVF, queries: NDArray[np.float32], wanted: Any, k: int) -> Search:
    return lambda nprobe: index.search(queries, wanted, k, nprobe)[0]


def recall(found: NDArray[np.int64], truth: NDArray[np.int64]) -> float:
    same = (found[:, :, None] == truth[:, None, :]) & (truth[:, None, :] >= 0)
    return float(same.sum() / np.maximum((truth >= 0).sum(), 1))


def faiss_search(trained: Any, queries: NDArray[np.float32], passes: NDArray[np.bool_], k: int) -> Search:
    import faiss

    bitmap = np.packbits(passes, bitorder="little")

    def search(nprobe: int) -> NDArray[np.int64]:
        parameters = faiss.SearchParametersIVF(nprobe=nprobe)
        selector = None
        if not passes.all():
            selector = faiss.IDSelectorBitmap(bitmap)
            parameters = faiss.SearchParametersIVF(nprobe=nprobe, sel=selector)
        ids: NDArray[np.int64] = trained.search(queries, k, params=parameters)[1]
        return ids

    return search


def tuned(
    search: Search, truth: NDArray[np.int64], least: int, nlist: int, target: float
) -> tuple[int, float]:
    """The smallest nprobe of the ladder, from ``least`` on, that reaches the recall, and that recall."""
    reached = 0.0
    for nprobe in [*(step for step in LADDER if least <= step < nlist), nlist]:
        reached = recall(search(nprobe), truth)
        if reached >= target:
            return nprobe, reached
    return nlist, reached


def measure(
    methods: dict[str, Search],
    truths: dict[str, NDArray[np.int64]],
    share: float,
    nlist: int,
    target: float,
    rounds: int,
) -> list[Row]:
    at: dict[str, tuple[int, float]] = {}
    for method, search in methods.items():
        # Others count lists where nothing passes too: they need as many or more; faiss has its own lists.
        least = at["wayseer"][0] // 2 if at else 1
        at[method] = tuned(search, truths.get(method, truths[""]), least, nlist, target)
    times: dict[str, list[float]] = {method: [] for method in methods}
    for _ in range(rounds):
        for method, search in methods.items():
            started = time.process_time()
            search(at[method][0])
            times[method].append(time.process_time() - started)
    rates = {method: len(truths[""]) / statistics.median(of) for method, of in times.items()}
    ours = rates["wayseer"]
    return [Row(share, method, *at[method], rate, ours / rate) for method, rate in rates.items()]


def main(
    n: Annotated[float, typer.Option(help="Vectors.")] = 2e5,
    d: Annotated[int, typer.Option(help="Dimensions.", min=1)] = 128,
    queries: Annotated[int, typer.Option(min=1)] = 500,
    k: Annotated[int, typer.Option(min=1)] = 10,
    target: Annotated[float, typer.Option(help="Recall.")] = 0.95,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of the table.")] = False,
) -> None:
    """HybridIVF beside post-filtering and faiss: queries per second on one thread at equal recall."""
    console = Console(stderr=as_json, width=None if sys.stdout.isatty() else 110)
    random = np.random.default_rng(1)
    x, q = vectors(int(n), d, random), vectors(queries, d, random)
    share_of = random.integers(0, 1000, int(n))
    attrs = {
        "first": share_of,
        "color": random.integers(0, 12, int(n)),
        "kind": random.integers(0, 200, int(n)),
        "last": random.integers(0, 1000, int(n)),
    }
    started = time.process_time()
    index = wh.HybridIVF(x, attrs)
    seconds = time.process_time() - started
    codes = 2 + 1 + 1 + 2
    beside = index.nbytes / len(index) - 4 * d - codes
    console.print(
        f"{len(index):,} vectors of {d} dimensions, {index.nlist} lists, built in {seconds:.1f} s; "
        f"{beside:.1f} bytes a vector beside vectors and attributes"
    )
    trained = None
    try:
        import faiss
    except ImportError:
        console.print("faiss: not installed, skipped")
    else:
        faiss.omp_set_num_threads(1)
        trained = faiss.IndexIVFFlat(faiss.IndexFlatL2(d), d, index.nlist)
        started = time.process_time()
        trained.train(x)
        trained.add(x)
        console.print(f"faiss {faiss.__version__}: built in {time.process_time() - started:.1f} s")
    rows: list[Row] = []
    for share in SHARES:
        console.print(f"[dim]{share:.1%} pass ...")
        passes = share_of < round(1000 * share)
        truths = {"": index.search(q, condition(share), k, "all")[0]}
        methods = {"wayseer": hybrid(index, q, condition(share), k)}
        if share < 1:
            last = condition(share, "last")
            methods[LAST] = hybrid(index, q, last, k)
            truths[LAST] = index.search(q, last, k, "all")[0]
            methods["post-filter"] = post_filter(index, q, passes, k, k)
            methods["post-filter, k' known"] = post_filter(index, q, passes, k, int(2 * k / share))
        if trained is not None:
            methods["faiss"] = faiss_search(trained, q, passes, k)
        rows += measure(methods, truths, share, index.nlist, target, rounds)
    if as_json:
        facts = {"n": int(n), "d": d, "nlist": index.nlist, "build_seconds": seconds, "bytes_beside": beside}
        json.dump({**facts, "rows": [asdict(row) for row in rows]}, sys.stdout, indent=1)
        return
    table = Table("pass", "method", "nprobe", f"recall@{k}", "queries/s", "wayseer is x faster")
    for i, row in enumerate(rows):
        if i and row.share != rows[i - 1].share:
            table.add_section()
        table.add_row(
            f"{row.share:.1%}",
            row.method,
            str(row.nprobe),
            f"{row.recall:.3f}",
            f"{row.per_second:,.0f}",
            f"{row.ratio:.2f}",
        )
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
