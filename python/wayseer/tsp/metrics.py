"""Distances in NumPy, exactly as TSPLIB defines them.

They are written independently of the C++ metrics, which are tested against them.
Formulas: G. Reinelt, "TSPLIB95" (1995).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wayseer._common.arrays import choice

Floats = NDArray[np.float64]

#: Coordinates per point of each metric on points; "euclid", which does not round, takes 2 or 3.
DIMENSIONS = MappingProxyType(
    {
        "EUC_2D": (2,),
        "EUC_3D": (3,),
        "CEIL_2D": (2,),
        "ATT": (2,),
        "GEO": (2,),
        "MAX_2D": (2,),
        "MAX_3D": (3,),
        "MAN_2D": (2,),
        "MAN_3D": (3,),
        "euclid": (2, 3),
    }
)
EXPLICIT = "explicit"
METRICS = (*DIMENSIONS, EXPLICIT)

_EARTH_RADIUS = 6378.388  # km, "idealised sphere"
_GEO_PI = 3.141592  # TSPLIB's, and its optima depend on it


def metric_name(metric: Any) -> str:
    """The metric's own spelling, whatever the case given; ValueError lists the names."""
    if isinstance(metric, str):
        for name in METRICS:
            if metric.upper() == name.upper():
                return name
    return choice(metric, "metric", METRICS)


def geo_degrees(points: Floats) -> Floats:
    """TSPLIB's DDD.MM (degrees, minutes) as decimal degrees."""
    degrees = np.trunc(points)
    return degrees + 5.0 * (points - degrees) / 3.0


def point_distances(metric: str, a: Floats, b: Floats) -> NDArray[Any]:
    """Distances of the points ``a[k]`` and ``b[k]``, both (m, 2) or (m, 3): int64, or float64 for "euclid".

    GEO gives 1 for two points at one place (only a node and itself are 0 apart): the caller knows the ids.
    """
    difference: Floats = a - b
    if metric == "GEO":
        return _geo(_GEO_PI * geo_degrees(a) / 180.0, _GEO_PI * geo_degrees(b) / 180.0)
    if metric.startswith("MAX"):
        return _nearest(np.asarray(np.abs(difference).max(axis=1, initial=0.0)))
    if metric.startswith("MAN"):
        return _nearest(np.abs(difference).sum(axis=1))
    squares: Floats = np.asarray((difference * difference).sum(axis=1))
    if metric == "ATT":
        r = np.sqrt(squares / 10.0)
        t = _nearest(r)
        return t + (t < r)
    distance: Floats = np.sqrt(squares)
    if metric == "euclid":
        return distance
    if metric == "CEIL_2D":
        return np.ceil(distance).astype(np.int64)
    return _nearest(distance)


def _nearest(distance: Floats) -> NDArray[np.int64]:
    return np.floor(distance + 0.5).astype(np.int64)


def _geo(a: Floats, b: Floats) -> NDArray[np.int64]:
    q1 = np.cos(a[:, 1] - b[:, 1])
    q2 = np.cos(a[:, 0] - b[:, 0])
    q3 = np.cos(a[:, 0] + b[:, 0])
    # Rounding can push the cosine past 1 at coincident or opposite points, where arccos would give NaN.
    cosine = np.clip(0.5 * ((1.0 + q1) * q2 - (1.0 - q1) * q3), -1.0, 1.0)
    return np.trunc(_EARTH_RADIUS * np.arccos(cosine) + 1.0).astype(np.int64)
