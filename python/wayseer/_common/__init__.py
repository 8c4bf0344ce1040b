"""Ground floor of the Python side: errors, files and argument checks that every room uses."""

from wayseer._common.errors import FormatError

__all__ = ["FormatError"]
