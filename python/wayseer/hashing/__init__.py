"""Hash tables that look keys up in batches, and the vectorised operations built on them."""

from wayseer.hashing.grouping import factorize, group_ids, isin, unique, value_counts
from wayseer.hashing.hash_map import HashMap, HashSet
from wayseer.hashing.joining import join_indices

__all__ = [
    "HashMap",
    "HashSet",
    "factorize",
    "group_ids",
    "isin",
    "join_indices",
    "unique",
    "value_counts",
]
