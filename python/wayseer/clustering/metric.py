"""The correlation metric of a graph, and its rounding to a clustering."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from wayseer import _core
from wayseer._common.arrays import choice, integer, number
from wayseer._common.limits import checked_seed
from wayseer.clustering.problem import Graph, unweighted_graph

ENGINES = ("auto", "exact_wedge", "exact_filtered", "minhash")
METRICS = ("plain", "adjusted")
FAR, ISOLATE = 0.7, 10 / 3
PRACTICAL = (0.7, 0.7)
THEORY = {"plain": (0.2, 0.4), "adjusted": (0.14, 0.28)}
_STORED_PAIRS = 1 << 28  # 16 bytes each, and 8 more while they are sorted
_MOST_PAIRS = 1 << 30


@dataclass(frozen=True, kw_only=True)
class MetricOptions:
    """How distances are found; checked when made."""

    metric: str = "plain"
    engine: str = "auto"
    far: float = FAR
    isolate: float = ISOLATE
    threads: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        choice(self.metric, "metric", METRICS)
        choice(self.engine, "engine", ENGINES)
        radius_of(self.far, "far")
        number(self.isolate, "isolate", 0.0)
        integer(self.threads, "threads", 1, 1024)
        checked_seed(self.seed)


def radius_of(r: Any, name: str) -> float:
    """A radius in (0, 1)."""
    radius = number(r, name)
    if not 0.0 < radius < 1.0:
        raise ValueError(f"{name} must be between 0 and 1, both excluded, got {radius:g}")
    return radius


def radii_of(r1: Any, r2: Any, theory: bool, metric: str) -> tuple[float, float]:
    """The two radii of the rounding; what is not given is (0.7, 0.7), or what the proofs need."""
    if theory and not (r1 is None and r2 is None):
        raise ValueError("theory=True sets both radii; r1 and r2 must be None then")
    default = THEORY[metric] if theory else PRACTICAL
    first = default[0] if r1 is None else radius_of(r1, "r1")
    second = max(first, default[1]) if r2 is None else radius_of(r2, "r2")
    if first > second:
        raise ValueError(f"r1 = {first:g} is larger than r2 = {second:g}")
    return first, second


def correlation_metric(
    graph: Any,
    r_max: float = 0.7,
    engine: str = "auto",
    metric: str = "plain",
    *,
    far: float = FAR,
    isolate: float = ISOLATE,
    threads: int = 1,
    seed: int = 0,
) -> scipy.sparse.csr_array:
    """All pairs of vertices within a distance of the correlation metric.

    With N[v] the neighbours of v and v itself, ``d(u, v) = 1 - |N[u] & N[v]| / |N[u] | N[v]|``: the Jaccard
    distance. As a fractional clustering it costs every vertex at most 8 times the smallest possible largest
    disagreement.

    Parameters
    ----------
    graph : Graph, scipy.sparse matrix, networkx graph or array (n, n)
        Without weights.
    r_max : float
        Between 0 and 1, both excluded; pairs with d <= r_max are returned. Rounded to a multiple of 1e-6
        and compared in integers.
    engine : str
        "exact_wedge" counts paths of length 2: O(sum of squared degrees). "exact_filtered" finds the same
        pairs by length and prefix filters, better where there are hubs. "minhash" takes candidates from
        banded sketches of 128 values and verifies them, so that distances are exact but a pair at distance
        r_max is missed with a probability of at most 0.05, a closer one with a smaller one. "auto" is
        "exact_wedge", or "exact_filtered" where a few hubs would take most of the time.
    metric : str
        "plain", or "adjusted": f = d but 1 for pairs without an edge with d > ``far``, and for all pairs of
        a vertex u that has ``isolate`` |N[u]| non-neighbours or more within ``far``. Meant to be good for
        every l_p norm at once; no metric any more, but f(u, w) <= 10/7 (f(u, v) + f(v, w)).
    far, isolate : float
        Constants of the adjusted metric.
    threads : int
        The result does not depend on it.
    seed : int
        Of "minhash".

    Returns
    -------
    scipy.sparse.csr_array (n, n), float64
        Symmetric, indices sorted, without the diagonal. Pairs at distance 0 are stored entries with the
        value 0: operations that drop zeros (``eliminate_zeros``, ``!= 0``) lose them. What is not stored is
        further apart than ``r_max``.

    Raises
    ------
    ValueError, TypeError
        Wrong input, or more than 2^30 pairs.

    Notes
    -----
    Memory: O(n + m), 28 bytes per pair and direction while the matrix is made. Sources: S. Davies,
    B. Moseley, H. Newman, "Fast combinatorial algorithms for min max correlation clustering" (2023) and
    "Simultaneously approximating all lp-norms in correlation clustering" (2024); R. Bayardo, Y. Ma,
    R. Srikant, "Scaling up all pairs similarity search" (2007).
    """
    options = MetricOptions(
        metric=metric, engine=engine, far=far, isolate=isolate, threads=threads, seed=seed
    )
    r = radius_of(r_max, "r_max")
    g = unweighted_graph(graph)
    pairs = near_pairs(g, r, options, _MOST_PAIRS, None)
    if pairs is None:
        raise ValueError(f"more than {_MOST_PAIRS} pairs are within r_max = {r:g}; give a smaller one")
    offsets, ids, distances = pairs.csr(r)
    return scipy.sparse.csr_array((distances, ids, offsets), shape=(g.n, g.n))


def near_pairs(
    g: Graph, r: float, options: MetricOptions, most_pairs: int, time_limit: float | None
) -> _core.clustering.Metric | None:
    """Near pairs for `round_metric`; None if there are too many or the time is up."""
    adjusted = options.metric == "adjusted"
    return _core.clustering.near_pairs(
        g.core,
        max(r, options.far) if adjusted else r,
        engine=options.engine,
        far=options.far if adjusted else None,
        isolate=options.isolate,
        threads=options.threads,
        seed=options.seed,
        most_pairs=most_pairs,
        time_limit=time_limit,
    )


def round_metric(
    g: Graph, r1: float, r2: float, options: MetricOptions, left: Callable[[], float | None]
) -> NDArray[np.int32] | None:
    """Ball growing at radii r1 <= r2; None if the time is up, of which ``left()`` says how much there is.

    Where the near pairs would need more than 4 GiB, those of the plain metric are found anew when they are
    needed instead of stored.
    """
    pairs = near_pairs(g, r2, options, _STORED_PAIRS, left())
    if pairs is not None:
        return pairs.round(r1, r2, time_limit=left())
    if options.metric == "adjusted" and (left() or 1.0) > 1e-6:
        raise ValueError(f"the adjusted metric has more than {_STORED_PAIRS} pairs within {r2:g}")
    return _core.clustering.ball_rounding_streamed(
        g.core,
        r1,
        r2,
        engine=options.engine,
        threads=options.threads,
        seed=options.seed,
        time_limit=left(),
    )
