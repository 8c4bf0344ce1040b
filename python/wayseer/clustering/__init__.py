"""Clustering of graphs by what agrees and what disagrees, with lower bounds."""

from wayseer.clustering.bounds import (
    MinMaxBound,
    TrianglePacking,
    clb,
    clb_plus,
    triangle_packing,
    verify_packing,
)
from wayseer.clustering.exact import (
    RelaxationBound,
    exact_disagreements,
    exact_multicut,
    lp_bound,
    minmax_lp_bound,
)
from wayseer.clustering.objective import disagreement_vector, evaluate
from wayseer.clustering.problem import Graph, from_edges, from_networkx, from_scipy
from wayseer.clustering.result import ClusteringResult

__all__ = [
    "ClusteringResult",
    "Graph",
    "MinMaxBound",
    "RelaxationBound",
    "TrianglePacking",
    "clb",
    "clb_plus",
    "disagreement_vector",
    "evaluate",
    "exact_disagreements",
    "exact_multicut",
    "from_edges",
    "from_networkx",
    "from_scipy",
    "lp_bound",
    "minmax_lp_bound",
    "triangle_packing",
    "verify_packing",
]
