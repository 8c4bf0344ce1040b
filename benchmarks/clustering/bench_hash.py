"""Bipartite modularity (T10): graph_hash beside scikit-network's Louvain, on users and items in groups with
power-law popularity. CPU seconds of one thread; both modularities are evaluated by the same code, at the same
resolution. The last rows search for a number of buckets.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import numpy as np
import scipy.sparse
from report import print_table, write_json

import wayseer.clustering as wc


def interactions(users: int, items: int, edges: int, groups: int, seed: int) -> scipy.sparse.csr_array:
    """Edges, 60 % of them inside a group; items are drawn by popularity."""
    rng = np.random.default_rng(seed)
    group_of_user, group_of_item = rng.integers(0, groups, users), rng.integers(0, groups, items)
    popularity = (1.0 + rng.permutation(items)) ** -0.6
    who = rng.integers(0, users, edges)
    what = np.searchsorted(np.cumsum(popularity) / popularity.sum(), rng.random(edges))
    inside = rng.random(edges) < 0.6
    draw = rng.random(edges)
    for group in range(groups):
        chosen = np.flatnonzero(inside & (group_of_user[who] == group))
        members = np.flatnonzero(group_of_item == group)
        share = np.cumsum(popularity[members]) / popularity[members].sum()
        what[chosen] = members[np.searchsorted(share, draw[chosen])]
    matrix = scipy.sparse.csr_array(
        (np.ones(edges), (who, np.minimum(what, items - 1))), shape=(users, items)
    )
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def barber(matrix: scipy.sparse.csr_array, users: Any, items: Any, resolution: float) -> float:
    """Barber's modularity of joint labels, from the definition."""
    coo = matrix.tocoo()
    m = matrix.nnz
    count = int(max(users.max(), items.max())) + 1
    user_sums = np.bincount(users, np.diff(matrix.indptr), count)
    item_sums = np.bincount(items, np.bincount(coo.col, minlength=matrix.shape[1]), count)
    return float((users[coo.row] == items[coo.col]).sum() / m - resolution * (user_sums @ item_sums) / m**2)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--edges", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", default="bench_hash.json", help="where the rows go")
    arguments = parser.parse_args()
    from sknetwork.clustering import Louvain

    matrix = interactions(arguments.users, arguments.items, arguments.edges, 300, seed=0)
    old = scipy.sparse.csr_matrix(matrix)
    rows: list[dict[str, Any]] = []
    for resolution in (1.0, 5.0, 50.0):
        ours, theirs, values, peers = [], [], [], []
        for seed in range(arguments.runs):
            begin = time.process_time()
            hashed = wc.graph_hash(matrix, resolution, seed=seed)
            ours.append(time.process_time() - begin)
            values.append(hashed.modularity)
            begin = time.process_time()
            louvain = Louvain(resolution=resolution, random_state=seed)
            louvain.fit(old, force_bipartite=True)
            theirs.append(time.process_time() - begin)
            peers.append(barber(matrix, louvain.labels_row_, louvain.labels_col_, resolution))
        rows.append(
            {
                "resolution": resolution,
                "edges": matrix.nnz,
                "buckets": hashed.n_user_buckets + hashed.n_item_buckets,
                "modularity": statistics.median(values),
                "scikit-network's": statistics.median(peers),
                "CPU s": statistics.median(ours),
                "its CPU s": statistics.median(theirs),
                "ratio": statistics.median(theirs) / statistics.median(ours),
                "seeds": arguments.runs,
            }
        )
    print_table(rows)
    searched = []
    for share in (0.01, 0.05, 0.2, 0.7):
        wanted = int(share * (arguments.users + arguments.items))
        hashed = wc.graph_hash(matrix, n_buckets=wanted)
        searched.append(
            {
                "wanted buckets": wanted,
                "found": hashed.n_user_buckets + hashed.n_item_buckets,
                "resolution": hashed.resolution,
                "adjusted": hashed.adjusted,
                "modularity": hashed.modularity,
                "s": hashed.seconds,
            }
        )
    print()
    print_table(searched)
    write_json(arguments.json, rows + searched)


if __name__ == "__main__":
    main()
