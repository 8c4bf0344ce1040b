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
    offset : int, optional
        The byte of the fault, from 0, in files that have no lines.

    Attributes
    ----------
    message, path, line, offset
        As given; ``path`` as a string. ``str(error)`` is ``path:line: message``.
    """

    def __init__(
        self,
        message: str,
        path: str | os.PathLike[str] | None = None,
        line: int | None = None,
        offset: int | None = None,
    ) -> None:
        self.message = message
        self.path = None if path is None else os.fspath(path)
        self.line = line
        self.offset = offset
        super().__init__(message, self.path, line, offset)  # so that pickling rebuilds all four

    def __str__(self) -> str:
        where = [str(part) for part in (self.path, self.line) if part is not None]
        return ":".join(where) + (": " if where else "") + self.message
