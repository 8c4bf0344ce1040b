"""Clustering of graphs by what agrees and what disagrees, with lower bounds."""

from wayseer.clustering.metric import correlation_metric
from wayseer.clustering.minmax import minmax_cluster
from wayseer.clustering.objective import disagreement_vector, evaluate
from wayseer.clustering.problem import Graph, from_edges, from_networkx, from_scipy
from wayseer.clustering.result import ClusteringResult

__all__ = [
    "ClusteringResult",
    "Graph",
    "correlation_metric",
    "disagreement_vector",
    "evaluate",
    "from_edges",
    "from_networkx",
    "from_scipy",
    "minmax_cluster",
]
