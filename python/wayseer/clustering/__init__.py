"""Clustering of graphs by what agrees and what disagrees, with lower bounds."""

from wayseer.clustering.hypergraph import EdgeColoredHypergraph
from wayseer.clustering.io import read_ecc, read_graph, read_labels, write_graph, write_labels
from wayseer.clustering.metric import correlation_metric
from wayseer.clustering.minmax import minmax_cluster
from wayseer.clustering.objective import disagreement_vector, evaluate
from wayseer.clustering.problem import Graph, from_edges, from_networkx, from_scipy
from wayseer.clustering.result import ClusteringResult

__all__ = [
    "ClusteringResult",
    "EdgeColoredHypergraph",
    "Graph",
    "correlation_metric",
    "disagreement_vector",
    "evaluate",
    "from_edges",
    "from_networkx",
    "from_scipy",
    "minmax_cluster",
    "read_ecc",
    "read_graph",
    "read_labels",
    "write_graph",
    "write_labels",
]
