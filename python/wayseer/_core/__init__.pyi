"""
The compiled part of wayseer; use it through the rooms, such as wayseer.tsp.
"""
from __future__ import annotations
from . import clustering
from . import hashing
from . import tsp
__all__: list[str] = ['build_info', 'clustering', 'hashing', 'tsp']
def build_info() -> dict[str, str]:
    """
    Version, compiler, flags and SIMD path of this module.
    """
