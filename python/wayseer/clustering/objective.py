"""What a clustering costs, computed from its labels alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer import _core
from wayseer._common.arrays import check_finite, choice, exact_float64, number, real_array
from wayseer.clustering.problem import Graph, as_graph, label_array, positive_graph, unweighted_graph

OBJECTIVES = (
    "disagreements",
    "agreements",
    "min_max",
    "lp",
    "cost",
    "quality",
    "multicut",
    "disagreements_weighted",
)

_LARGEST = 1e100  # resolution and sum of node weights: gamma K^2 is then a finite number


def evaluate(
    graph: Any,
    labels: ArrayLike,
    objective: str = "disagreements",
    *,
    p: float = 1.0,
    resolution: float = 0.5,
    node_weights: ArrayLike | str | None = None,
) -> float | int:
    """What a clustering costs.

    Parameters
    ----------
    graph : Graph, scipy.sparse matrix, networkx graph or array (n, n)
    labels : array (n,) of int
        Any integers.
    objective : str
        Complete unweighted model, where a pair without an edge is negative: "disagreements" (positive pairs
        apart plus negative pairs together), "agreements" (all other pairs), "min_max" (the most
        disagreements at one vertex), "lp" (``(sum_v y_v^p)^(1/p)``; p = 1 is twice "disagreements", since
        each pair counts at both ends).
        With ``resolution`` gamma and node weights k: "cost" (LambdaCC: sum over pairs of the positive part
        of ``w_uv - gamma k_u k_v`` where apart and of its negative part where together; at gamma = 1/2
        without weights half of "disagreements", elsewhere "disagreements" is another name for it) and
        "quality" (Q, the sum of ``w_uv - gamma k_u k_v`` over pairs together).
        Sparse signed model: "multicut" (weight of edges between clusters) and "disagreements_weighted"
        (positive edges cut plus absolute negative edges not cut).
    p : float
        At least 1, for "lp"; may be infinite.
    resolution : float
        gamma, at least 0.
    node_weights : array (n,), "degree" or None
        k; None: 1 for all.

    Returns
    -------
    int or float
        int for counts.

    Notes
    -----
    O(n + m).
    """
    choice(objective, "objective", OBJECTIVES)
    if objective in ("agreements", "min_max", "lp"):
        return _unweighted(unweighted_graph(graph), labels, objective, p)
    if objective in ("disagreements", "cost", "quality"):
        g = positive_graph(graph)
        gamma, k = resolution_of(resolution), node_weight_array(g, node_weights)
        if objective == "disagreements" and counts_disagreements(g, gamma, k):
            return _unweighted(g, labels, objective, p)
        quality, cost = quality_and_cost(g, label_array(labels, "labels", g.n), gamma, k)
        return quality if objective == "quality" else cost
    g = as_graph(graph)
    value = _core.clustering.multicut_value(g.core, label_array(labels, "labels", g.n))
    return value if objective == "multicut" else value + negative_weight(g)


def disagreement_vector(graph: Any, labels: ArrayLike) -> NDArray[np.int64]:
    """Disagreements at each vertex, in the complete unweighted model.

    Returns
    -------
    array (n,), int64
        Positive neighbours of v outside its cluster plus non-neighbours of v inside it. O(n + m).
    """
    g = unweighted_graph(graph)
    return _core.clustering.disagreement_vector(g.core, label_array(labels, "labels", g.n))


def lp_norm(y: NDArray[np.int64], p: float) -> float:
    """(sum y^p)^(1/p), scaled so that nothing overflows."""
    largest = float(y.max(initial=0))
    if largest == 0.0 or np.isinf(p):
        return largest
    return largest * float(((y / largest) ** p).sum() ** (1.0 / p))


def exponent_of(p: Any) -> float:
    """p as a float of at least 1, infinity included."""
    if isinstance(p, float) and p == float("inf"):
        return p
    return number(p, "p", 1.0)


def resolution_of(resolution: Any) -> float:
    return number(resolution, "resolution", 0.0, _LARGEST)


def node_weight_array(g: Graph, node_weights: ArrayLike | str | None) -> NDArray[np.float64] | None:
    """k as an array, or None where every vertex weighs 1."""
    if node_weights is None:
        return None
    if isinstance(node_weights, str):
        choice(node_weights, "node_weights", ("degree",))
        if g.weights is None:
            return g.degrees.astype(np.float64)
        sums = np.concatenate([[0.0], np.cumsum(g.weights)])
        return np.asarray(sums[g.offsets[1:]] - sums[g.offsets[:-1]])
    k = exact_float64(real_array(node_weights, "node_weights"), "node_weights")
    if k.shape != (g.n,):
        raise ValueError(f"node_weights has shape {k.shape}; the graph has {g.n} vertices")
    check_finite(k, "node_weights")
    if k.size and k.max() > _LARGEST / k.size:
        raise ValueError(f"node_weights: the largest is {float(k.max()):g}; their sum may be {_LARGEST:g}")
    if k.size and k.min() < 0:
        at = int(np.argmin(k))
        raise ValueError(f"node_weights[{at}] is {k[at]:g}; allowed are 0 and more")
    return k


def counts_disagreements(g: Graph, resolution: float, k: NDArray[np.float64] | None) -> bool:
    """True where "disagreements" is a count of pairs: no weights but 1, gamma = 1/2."""
    return k is None and resolution == 0.5 and (g.weights is None or bool((g.weights == 1.0).all()))


def quality_and_cost(
    g: Graph, labels: NDArray[np.int32], resolution: float, k: NDArray[np.float64] | None
) -> tuple[float, float]:
    """Q and the LambdaCC cost of checked labels."""
    _, weight, _, pair_weight = _core.clustering.inside(g.core, labels, k)
    quality = weight - resolution * pair_weight
    return quality, _core.clustering.attraction(g.core, resolution, k) - quality


def negative_weight(g: Graph) -> float:
    """The sum of the absolute negative weights."""
    if g.weights is None:
        return 0.0
    return float(-np.minimum(g.weights, 0.0).sum() / 2.0)


def _unweighted(g: Graph, labels: ArrayLike, objective: str, p: float) -> float | int:
    numbered = label_array(labels, "labels", g.n)
    if objective in ("min_max", "lp"):
        y = _core.clustering.disagreement_vector(g.core, numbered)
        return int(y.max(initial=0)) if objective == "min_max" else lp_norm(y, exponent_of(p))
    edges, _, pairs, _ = _core.clustering.inside(g.core, numbered, None)
    wrong = g.m - 2 * edges + pairs
    return wrong if objective == "disagreements" else g.n * (g.n - 1) // 2 - wrong
