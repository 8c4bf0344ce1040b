"""Clustering of graphs by what agrees and what disagrees, with lower bounds."""

from wayseer.clustering.correlation_cluster import correlation_cluster
from wayseer.clustering.cubic import CubicPersistency, CubicProblem
from wayseer.clustering.cubic_io import read_cubic, write_cubic
from wayseer.clustering.estimator import CorrelationClustering
from wayseer.clustering.graph_hash import GraphHash, graph_hash
from wayseer.clustering.multicut import multicut
from wayseer.clustering.objective import disagreement_vector, evaluate
from wayseer.clustering.plot import plot_disagreements, plot_graph, plot_matrix, plot_sizes, plot_trajectory
from wayseer.clustering.problem import Graph, from_edges, from_networkx, from_scipy
from wayseer.clustering.result import ClusteringResult

__all__ = [
    "ClusteringResult",
    "CorrelationClustering",
    "CubicPersistency",
    "CubicProblem",
    "Graph",
    "GraphHash",
    "correlation_cluster",
    "disagreement_vector",
    "evaluate",
    "from_edges",
    "from_networkx",
    "from_scipy",
    "graph_hash",
    "multicut",
    "plot_disagreements",
    "plot_graph",
    "plot_matrix",
    "plot_sizes",
    "plot_trajectory",
    "read_cubic",
    "write_cubic",
]
