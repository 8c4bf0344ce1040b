"""Clustering of graphs by what agrees and what disagrees, with lower bounds."""

from wayseer.clustering import datasets
from wayseer.clustering.bounds import (
    MinMaxBound,
    TrianglePacking,
    clb,
    clb_plus,
    triangle_packing,
    verify_packing,
)
from wayseer.clustering.correlation_cluster import correlation_cluster
from wayseer.clustering.cubic import CubicPersistency, CubicProblem
from wayseer.clustering.cubic_io import read_cubic, write_cubic
from wayseer.clustering.ecc import EccCertificate, ecc_dual_bound, edge_colored_cluster
from wayseer.clustering.estimator import CorrelationClustering
from wayseer.clustering.exact import (
    RelaxationBound,
    exact_disagreements,
    exact_multicut,
    lp_bound,
    minmax_lp_bound,
)
from wayseer.clustering.graph_archive import read_biadjacency
from wayseer.clustering.graph_hash import GraphHash, graph_hash
from wayseer.clustering.hypergraph import EdgeColoredHypergraph
from wayseer.clustering.io import read_ecc, read_graph, read_labels, write_graph, write_labels
from wayseer.clustering.metric import correlation_metric
from wayseer.clustering.minmax import minmax_cluster
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
    "EccCertificate",
    "EdgeColoredHypergraph",
    "Graph",
    "GraphHash",
    "MinMaxBound",
    "RelaxationBound",
    "TrianglePacking",
    "clb",
    "clb_plus",
    "correlation_cluster",
    "correlation_metric",
    "datasets",
    "disagreement_vector",
    "ecc_dual_bound",
    "edge_colored_cluster",
    "evaluate",
    "exact_disagreements",
    "exact_multicut",
    "from_edges",
    "from_networkx",
    "from_scipy",
    "graph_hash",
    "lp_bound",
    "minmax_cluster",
    "minmax_lp_bound",
    "multicut",
    "plot_disagreements",
    "plot_graph",
    "plot_matrix",
    "plot_sizes",
    "plot_trajectory",
    "read_biadjacency",
    "read_cubic",
    "read_ecc",
    "read_graph",
    "read_labels",
    "triangle_packing",
    "verify_packing",
    "write_cubic",
    "write_graph",
    "write_labels",
]
