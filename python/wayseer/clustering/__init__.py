"""Clustering of graphs by what agrees and what disagrees, with lower bounds."""

from wayseer.clustering.cubic import CubicPersistency, CubicProblem
from wayseer.clustering.cubic_io import read_cubic, write_cubic
from wayseer.clustering.objective import disagreement_vector, evaluate
from wayseer.clustering.problem import Graph, from_edges, from_networkx, from_scipy
from wayseer.clustering.result import ClusteringResult

__all__ = [
    "ClusteringResult",
    "CubicPersistency",
    "CubicProblem",
    "Graph",
    "disagreement_vector",
    "evaluate",
    "from_edges",
    "from_networkx",
    "from_scipy",
    "read_cubic",
    "write_cubic",
]
