"""Classical algorithms that take predictions, and work well without one.

Each kind of problem is a room of its own, such as ``wayseer.tsp``; ``import wayseer`` alone imports none of
them, a room is imported when it is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

from wayseer._common import FormatError
from wayseer._core import build_info

if TYPE_CHECKING:
    from wayseer import clustering, gpu, hashing, tsp

__all__ = ["FormatError", "__version__", "clustering", "gpu", "hashing", "tsp"]

__version__ = build_info()["version"]

_ROOMS = frozenset({"clustering", "gpu", "hashing", "tsp"})


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"wayseer.{name}")
    raise AttributeError(f"module 'wayseer' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOMS})
