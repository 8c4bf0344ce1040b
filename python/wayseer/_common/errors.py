"""The error that every reader of a file format raises."""

from __future__ import annotations

import os


class FormatError(ValueError):
    """A file does not follow its format.

    Parameters
    ----------
    message : str
        What is wrong, what was found and what is allowed.
    path : str or os.PathLike, optional
        The file.
    line : int, optional
        The line of the fault, from 1.

    Attributes
    ----------
    message, path, line
        As given; ``path`` as a string. ``str(error)`` is ``path:line: message``.
    """

    def __init__(
        self, message: str, path: str | os.PathLike[str] | None = None, line: int | None = None
    ) -> None:
        self.message = message
        self.path = None if path is None else os.fspath(path)
        self.line = line
        super().__init__(message, self.path, line)  # so that pickling rebuilds all three

    def __str__(self) -> str:
        where = [str(part) for part in (self.path, self.line) if part is not None]
        return ":".join(where) + (": " if where else "") + self.message
