"""Vectors and queries of the neighbour searches."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wayseer._common.arrays import check_finite, real_array


def read_vectors(x: ArrayLike, name: str, metric: str) -> NDArray[np.float32]:
    """Contiguous float32, and finite distances between them."""
    given = real_array(x, name)
    check_finite(given, name)
    with np.errstate(over="ignore"):  # ascontiguousarray would make one dimension of none
        vectors = np.ascontiguousarray(given, np.float32) if given.ndim else given.astype(np.float32)
    if vectors.size and vectors.ndim:
        largest = max(float(vectors.max()), -float(vectors.min()))
        # (2 x)^2 in each dimension must not overflow; cosine takes vectors to length 1 first.
        allowed = 3e38 if metric == "cosine" else math.sqrt(3e38 / vectors.shape[-1]) / 2
        if largest > allowed:
            raise ValueError(f"{name} holds {largest:g} (absolute value); allowed is up to {allowed:g}")
    return vectors


def read_queries(x: ArrayLike, dim: int, metric: str) -> tuple[NDArray[np.float32], bool]:
    """Rows of ``dim`` numbers, and whether ``Q`` was one query alone."""
    queries = read_vectors(x, "Q", metric)
    one = queries.ndim == 1
    if one:
        queries = queries[None, :]
    if queries.ndim != 2:
        raise ValueError(f"Q must have shape (nq, d) or (d,), got {queries.shape}")
    if queries.shape[1] != dim:
        raise ValueError(f"Q has vectors of {queries.shape[1]} dimensions, the index has {dim}")
    return queries, one
