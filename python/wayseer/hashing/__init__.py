"""Hash tables: maps and sets that look keys up in batches, the vectorised operations built on them, and the
published open addressing schemes, counting their probes."""

from wayseer.hashing.errors import NotSupported, TableFullError
from wayseer.hashing.grouping import factorize, group_ids, isin, unique, value_counts
from wayseer.hashing.hash_map import HashMap, HashSet
from wayseer.hashing.joining import join_indices
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
from wayseer.hashing.strata_map import StrataMap
from wayseer.hashing.table_files import open_table as open

__all__ = [
    "DoubleHashTable",
    "ElasticTable",
    "FunnelTable",
    "HashMap",
    "HashSet",
    "LinearTable",
    "NotSupported",
    "ProbeRow",
    "QuadraticTable",
    "StrataMap",
    "TableFullError",
    "UniformTable",
    "factorize",
    "group_ids",
    "isin",
    "join_indices",
    "open",
    "phi",
    "plot_probes",
    "probe_study",
    "unique",
    "value_counts",
]
