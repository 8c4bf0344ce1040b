"""Clustering of graphs by what agrees and what disagrees, with lower bounds."""

from wayseer.clustering import datasets
from wayseer.clustering.ecc import EccCertificate, ecc_dual_bound, edge_colored_cluster
from wayseer.clustering.hypergraph import EdgeColoredHypergraph
from wayseer.clustering.io import read_ecc, read_graph, read_labels, write_graph, write_labels
from wayseer.clustering.objective import disagreement_vector, evaluate
from wayseer.clustering.problem import Graph, from_edges, from_networkx, from_scipy
from wayseer.clustering.result import ClusteringResult

__all__ = [
    "ClusteringResult",
    "EccCertificate",
    "EdgeColoredHypergraph",
    "Graph",
    "datasets",
    "disagreement_vector",
    "ecc_dual_bound",
    "edge_colored_cluster",
    "evaluate",
    "from_edges",
    "from_networkx",
    "from_scipy",
    "read_ecc",
    "read_graph",
    "read_labels",
    "write_graph",
    "write_labels",
]
