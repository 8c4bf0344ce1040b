"""Lower bounds without a linear program, and certificates that anyone can check."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer import _core
from wayseer._common.arrays import check_finite, exact_float64, id_array, real_array, shown
from wayseer._common.limits import (
    checked_count,
    checked_flag,
    checked_seed,
    checked_time_limit,
    remaining,
)
from wayseer.clustering.exact import minmax_lp_bound
from wayseer.clustering.objective import evaluate
from wayseer.clustering.problem import label_array, unweighted_graph
from wayseer.clustering.result import status_of

DENSE_LIMIT = 4000
PROBING_LIMIT = 300
BRANCHING_LIMIT, BRANCHING_NODES = 64, 500
LP_LIMIT = 40

_FAULTS = (
    "",
    "names a vertex twice or one that the graph does not have",
    "has a negative or infinite value",
    "has a pair at its centre that is no edge",
    "has an edge between its ends",
    "brings a pair's sum of values above 1",
)


@dataclass(frozen=True, eq=False)
class MinMaxBound:
    """A lower bound on the largest number of disagreements at one vertex; ``int()`` gives it.

    Attributes
    ----------
    bound : int
    labels : array (n,), int32
        A clustering to start from: a 4-approximation of `clb`, or the best met by `clb_plus`.
    optimal : bool
        ``labels`` have the value ``bound``, so both are optimal.
    status : str
        "optimal" (see ``optimal``), "feasible" (the method came to its end), "time_limit" or "interrupted".
    seconds : float
    """

    bound: int
    labels: NDArray[np.int32]
    optimal: bool = False
    status: str = "feasible"
    seconds: float = 0.0

    def __int__(self) -> int:
        return self.bound

    def __index__(self) -> int:
        return self.bound


@dataclass(frozen=True, eq=False)
class TrianglePacking:
    """Values on bad triangles that prove a lower bound on the disagreements of every clustering.

    Attributes
    ----------
    triangles : array (k, 3), int32
        Centre, end, end: the centre is adjacent to both ends, the ends are not adjacent.
    values : array (k,), float64
        At each pair the values of the triangles that contain it add up to at most 1.
    bound : int
        Their sum, rounded up.
    greedy : int
        The bound of the greedy packing that came first.
    status : str
        "feasible" (the method came to its end), "time_limit" or "interrupted".
    seconds : float
    """

    triangles: NDArray[np.int32]
    values: NDArray[np.float64]
    bound: int
    greedy: int = 0
    status: str = "feasible"
    seconds: float = 0.0

    def __int__(self) -> int:
        return self.bound

    def __index__(self) -> int:
        return self.bound


def clb(graph: Any, *, far_pairs: bool = False, time_limit: float | None = None) -> MinMaxBound:
    """A combinatorial lower bound for the min-max objective, and a 4-approximation.

    Parameters
    ----------
    graph : Graph, scipy.sparse matrix, networkx graph or array (n, n)
        Without weights.
    far_pairs : bool
        Also look at pairs without a common closed neighbour: never weaker, slower.
    time_limit : float, optional
        Seconds; the bound proven until then is returned.

    Notes
    -----
    O((P + m) log(max degree)) for the P pairs with a common closed neighbour. Source: J. Heidrich, I. Irmai,
    B. Andres, "A 4-approximation algorithm for min max correlation clustering" (2024).
    """
    started = time.perf_counter()
    far_pairs = checked_flag(far_pairs, "far_pairs")
    limit = checked_time_limit(time_limit)
    g = unweighted_graph(graph)
    found = _core.clustering.clb(g.core, far_pairs=far_pairs, time_limit=remaining(limit, started))
    return MinMaxBound(
        found["bound"], found["labels"], False, status_of(found["status"]), time.perf_counter() - started
    )


def clb_plus(
    graph: Any,
    *,
    init: ArrayLike | None = None,
    probing: bool | str = "auto",
    branching: bool | str = "auto",
    lp: bool | str = "auto",
    time_limit: float | None = None,
) -> MinMaxBound:
    """A stronger lower bound for the min-max objective: budgets per vertex, propagated to a fixpoint.

    Parameters
    ----------
    graph : Graph, scipy.sparse matrix, networkx graph or array (n, n)
        Without weights.
    init : array (n,) of int, optional
        A good clustering: the bound cannot rise above its value, and is proven to be the optimum there.
    probing : bool or "auto"
        Try both cases of each open pair; "auto" up to 300 vertices, at most 4000.
    branching : bool or "auto"
        Search over open pairs, which proves the optimum if it ends; True without a limit but ``time_limit``,
        "auto" up to 64 vertices and 500 nodes. Implies probing.
    lp : bool or "auto"
        Also `minmax_lp_bound`, if nothing is proven optimal; "auto" up to 40 vertices, at most 250.
    time_limit : float, optional
        Seconds; the bound proven until then is returned.

    Returns
    -------
    MinMaxBound
        Never below `clb` with the same time.

    Notes
    -----
    Up to 4000 vertices all pairs are looked at, in rows of bits; above, those with a common closed neighbour.
    """
    started = time.perf_counter()
    limit = checked_time_limit(time_limit)
    g = unweighted_graph(graph)
    probe = _switch(probing, "probing", g.n, PROBING_LIMIT, DENSE_LIMIT)
    branch = _switch(branching, "branching", g.n, BRANCHING_LIMIT, DENSE_LIMIT)
    nodes = 0 if not branch else BRANCHING_NODES if branching == "auto" else 2**62
    solve_lp = _switch(lp, "lp", g.n, LP_LIMIT, 250)
    found = _core.clustering.clb_plus(
        g.core,
        probing=probe,
        branching_nodes=nodes,
        start=None if init is None else label_array(init, "init", g.n),
        dense_limit=DENSE_LIMIT,
        time_limit=remaining(limit, started),
    )
    bound, optimal, status = found["bound"], found["optimal"], found["status"]
    if solve_lp and not optimal and status == "converged":
        relaxed = minmax_lp_bound(g, time_limit=remaining(limit, started))
        bound = max(bound, int(max(relaxed.bound, 0)))
        if relaxed.status != "optimal":
            status = relaxed.status
        optimal = evaluate(g, found["labels"], "min_max") == bound
        status = "optimal" if optimal else status
    return MinMaxBound(bound, found["labels"], optimal, status_of(status), time.perf_counter() - started)


def triangle_packing(
    graph: Any, *, time_limit: float | None = None, max_rounds: int | None = None, seed: int = 0
) -> TrianglePacking:
    """A packing of bad triangles: a lower bound on the disagreements of every clustering, with its proof.

    Parameters
    ----------
    graph : Graph, scipy.sparse matrix, networkx graph or array (n, n)
        Without weights.
    time_limit : float, optional
        Seconds; the packing found until then is returned.
    max_rounds : int, optional
        Rounds of augmentation after the greedy packing; default until they bring little. 0: greedy only.
    seed : int
        Decides the order of edges.

    Notes
    -----
    Never more than m / 2. Greedy: O(sum over edges of the degrees of their ends). `verify_packing` checks the
    result.
    """
    started = time.perf_counter()
    limit = checked_time_limit(time_limit)
    rounds = checked_count(max_rounds, "max_rounds")
    seed = checked_seed(seed)
    g = unweighted_graph(graph)
    found = _core.clustering.pack_triangles(
        g.core,
        seed=seed,
        max_rounds=2**62 if rounds is None else rounds,
        time_limit=remaining(limit, started),
    )
    return TrianglePacking(
        found["triangles"].reshape(-1, 3),
        found["values"],
        found["bound"],
        found["greedy"],
        status_of(found["status"]),
        time.perf_counter() - started,
    )


def verify_packing(
    graph: Any, packing: TrianglePacking | tuple[ArrayLike, ArrayLike] | dict[str, ArrayLike]
) -> float:
    """The lower bound that a packing proves: the sum of its values.

    Parameters
    ----------
    graph : Graph, scipy.sparse matrix, networkx graph or array (n, n)
        Without weights.
    packing : TrianglePacking, tuple (triangles, values) or dict of both
        Where it comes from does not matter; nothing in it is trusted but the two arrays.

    Raises
    ------
    ValueError
        It proves nothing; the message names the first triangle at fault.

    Notes
    -----
    O(k log(max degree)) expected for k triangles.
    """
    g = unweighted_graph(graph)
    corners: ArrayLike
    weights: ArrayLike
    if isinstance(packing, TrianglePacking):
        corners, weights = packing.triangles, packing.values
    elif isinstance(packing, dict):
        if not {"triangles", "values"} <= packing.keys():
            raise ValueError(
                f"packing has the keys {shown(sorted(packing))}; needed are triangles and values"
            )
        corners, weights = packing["triangles"], packing["values"]
    elif isinstance(packing, tuple):
        corners, weights = packing
    else:
        raise TypeError(f"packing must be a TrianglePacking or (triangles, values), got {shown(packing)}")
    triangles = id_array(corners, "triangles", g.n)
    values = exact_float64(real_array(weights, "values"), "values")
    if values.ndim != 1 or triangles.shape != (len(values), 3):
        raise ValueError(
            f"triangles has shape {triangles.shape}, values {values.shape}; allowed are (k, 3) and (k,)"
        )
    check_finite(values, "values")
    fault, where, total = _core.clustering.check_packing(g.core, triangles, values)
    if fault:
        corners_of = ", ".join(str(v) for v in triangles[where])
        raise ValueError(f"triangle {where} ({corners_of}) {_FAULTS[fault]}")
    return float(total)


def _switch(value: bool | str, name: str, n: int, automatic: int, most: int) -> bool:
    if isinstance(value, str) and value == "auto":
        return n <= automatic
    if isinstance(value, str):
        raise ValueError(f"{name} must be True, False or 'auto', got {shown(value)}")
    if checked_flag(value, name) and n > most:
        raise ValueError(f"{name} is possible up to {most} vertices; the graph has {n}")
    return bool(value)
