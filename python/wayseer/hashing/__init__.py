"""Hash tables: maps and sets that look keys up in batches, the vectorised operations built on them, and the
published open addressing schemes, counting their probes. Functional hashing: programs by what they do.
Nearest neighbours under a filter, and in windows of labels."""

from wayseer._common.errors import FormatError
from wayseer.hashing.bench import BenchRow, table_bench
from wayseer.hashing.equivalence_cache import CachedScore, DualHash, EquivalenceCache
from wayseer.hashing.errors import NonDeterministicError, NotSupported, TableFullError
from wayseer.hashing.expression import Expr
from wayseer.hashing.functional import FunctionalHasher, cached_evaluation, canonical_inputs, training_errors
from wayseer.hashing.grouping import factorize, group_ids, isin, unique, value_counts
from wayseer.hashing.hash_map import HashMap, HashSet
from wayseer.hashing.hybrid_ivf import HybridIVF
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
from wayseer.hashing.window_index import WindowIndex

__all__ = [
    "BenchRow",
    "CachedScore",
    "DoubleHashTable",
    "DualHash",
    "ElasticTable",
    "EquivalenceCache",
    "Expr",
    "FormatError",
    "FunctionalHasher",
    "FunnelTable",
    "HashMap",
    "HashSet",
    "HybridIVF",
    "LinearTable",
    "NonDeterministicError",
    "NotSupported",
    "ProbeRow",
    "QuadraticTable",
    "StrataMap",
    "TableFullError",
    "UniformTable",
    "WindowIndex",
    "cached_evaluation",
    "canonical_inputs",
    "factorize",
    "group_ids",
    "isin",
    "join_indices",
    "open",
    "phi",
    "plot_probes",
    "probe_study",
    "table_bench",
    "training_errors",
    "unique",
    "value_counts",
]
