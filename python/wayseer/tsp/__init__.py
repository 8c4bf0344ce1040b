"""Travelling salesman problems: `solve` for a tour, and the parts it is made of."""

from wayseer.tsp.candidates import candidates, knn
from wayseer.tsp.eax import eax
from wayseer.tsp.generate import random_clustered, random_uniform
from wayseer.tsp.heatmaps import gt_prior_heatmap, softdist_heatmap
from wayseer.tsp.io import read_tour, read_tsplib, write_tour, write_tsplib
from wayseer.tsp.local_search import k_opt, or_opt
from wayseer.tsp.mcts import mcts
from wayseer.tsp.plot import plot, plot_convergence
from wayseer.tsp.problem import TSPInstance, tour_length
from wayseer.tsp.result import TSPResult
from wayseer.tsp.solve import solve

__all__ = [
    "TSPInstance",
    "TSPResult",
    "candidates",
    "eax",
    "gt_prior_heatmap",
    "k_opt",
    "knn",
    "mcts",
    "or_opt",
    "plot",
    "plot_convergence",
    "random_clustered",
    "random_uniform",
    "read_tour",
    "read_tsplib",
    "softdist_heatmap",
    "solve",
    "tour_length",
    "write_tour",
    "write_tsplib",
]
