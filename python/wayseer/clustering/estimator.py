"""Correlation clustering as an estimator with the methods of scikit-learn's clusterers."""

from __future__ import annotations

import inspect
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer.clustering.correlation_cluster import correlation_cluster
from wayseer.clustering.multicut import multicut
from wayseer.clustering.problem import as_graph


class CorrelationClustering:
    """Correlation clustering of an adjacency matrix; negative entries make it a multicut.

    Parameters
    ----------
    objective, method, resolution, time_limit, max_iterations, threads
        As for `correlation_cluster`; for signed matrices ``method`` is one of `multicut`'s, and ``objective``
        and ``resolution`` are not used.
    random_state : int
        The seed.

    Attributes
    ----------
    labels_ : array (n,), int32
    n_clusters_ : int
    result_ : ClusteringResult
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np, wayseer.clustering as wc
    >>> two = np.kron(np.eye(2), np.ones((3, 3))) - np.eye(6)
    >>> wc.CorrelationClustering().fit(two).labels_
    array([0, 0, 0, 1, 1, 1], dtype=int32)
    """

    def __init__(
        self,
        objective: str = "disagreements",
        method: str = "auto",
        *,
        resolution: float = 0.5,
        time_limit: float | None = None,
        max_iterations: int | None = None,
        threads: int = 1,
        random_state: int = 0,
    ) -> None:
        self.objective = objective
        self.method = method
        self.resolution = resolution
        self.time_limit = time_limit
        self.max_iterations = max_iterations
        self.threads = threads
        self.random_state = random_state

    def fit(self, X: Any, y: ArrayLike | None = None) -> Self:
        """Cluster the adjacency matrix ``X`` (n, n), dense or sparse, or another graph; ``y`` is ignored."""
        graph = as_graph(X)
        if graph.signed:
            self.result_ = multicut(
                graph,
                self.method,
                time_limit=self.time_limit,
                max_iterations=self.max_iterations,
                threads=self.threads,
                seed=self.random_state,
            )
        else:
            self.result_ = correlation_cluster(
                graph,
                self.objective,
                self.method,
                resolution=self.resolution,
                time_limit=self.time_limit,
                max_iterations=self.max_iterations,
                threads=self.threads,
                seed=self.random_state,
            )
        self.labels_ = self.result_.labels
        self.n_clusters_ = self.result_.n_clusters
        self.n_features_in_ = graph.n
        return self

    def fit_predict(self, X: Any, y: ArrayLike | None = None) -> NDArray[np.int32]:
        """The labels of ``fit``."""
        return self.fit(X).labels_

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The constructor's arguments, by name."""
        names = inspect.signature(type(self)).parameters
        return {name: getattr(self, name) for name in names}

    def set_params(self, **params: Any) -> Self:
        """Change some of the constructor's arguments."""
        allowed = self.get_params()
        for name, value in params.items():
            if name not in allowed:
                raise ValueError(f"unknown parameter {name!r}; allowed are {', '.join(allowed)}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = {
            name: parameter.default for name, parameter in inspect.signature(type(self)).parameters.items()
        }
        shown = [f"{name}={value!r}" for name, value in self.get_params().items() if value != defaults[name]]
        return f"CorrelationClustering({', '.join(shown)})"
