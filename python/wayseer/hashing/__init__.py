"""Hash tables: the published open addressing schemes, counting their probes."""

from wayseer.hashing.errors import NotSupported, TableFullError
from wayseer.hashing.plot import plot_probes
from wayseer.hashing.probe_study import ProbeRow, probe_study
from wayseer.hashing.reference import (
    DoubleHashTable,
    ElasticTable,
    FunnelTable,
    LinearTable,
    QuadraticTable,
    UniformTable,
    phi,
)

__all__ = [
    "DoubleHashTable",
    "ElasticTable",
    "FunnelTable",
    "LinearTable",
    "NotSupported",
    "ProbeRow",
    "QuadraticTable",
    "TableFullError",
    "UniformTable",
    "phi",
    "plot_probes",
    "probe_study",
]
