"""Reading whole files, packed or not, and replacing files atomically."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import os
import secrets
import stat
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from wayseer._common.errors import FormatError

Pathish = str | os.PathLike[str]

_BOM = b"\xef\xbb\xbf"
_PACKED: dict[bytes, tuple[str, Callable[[IO[bytes]], IO[bytes]]]] = {
    b"\x1f\x8b": ("gzip", gzip.open),  # type: ignore[dict-item]
    b"BZh": ("bzip2", bz2.open),
    b"\xfd7zXZ\x00": ("xz", lzma.open),
}


def read_bytes(path: Pathish, limit: int) -> bytes:
    """The content of a file, unpacked, without a byte-order mark and with ``\\n`` line ends.

    Parameters
    ----------
    path : path
        Recognised as gzip, bzip2 or xz by its first bytes, whatever its name.
    limit : int
        Largest content in bytes, after unpacking.

    Raises
    ------
    ValueError
        The content is larger than ``limit``.
    FormatError
        The packed data is damaged or cut short.
    OSError
        The file cannot be read.
    """
    with open(path, "rb") as raw:
        start = raw.read(6)
        raw.seek(0)
        for magic, (kind, unpack) in _PACKED.items():
            if start.startswith(magic):
                data = _unpacked(unpack(raw), kind, limit, path)
                break
        else:
            data = raw.read(limit + 1)
    if len(data) > limit:
        raise ValueError(f"{os.fspath(path)}: content is larger than memory_limit = {limit} bytes")
    data = data.removeprefix(_BOM)
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data


def _unpacked(packed: IO[bytes], kind: str, limit: int, path: Pathish) -> bytes:
    """At most ``limit`` + 1 bytes of the content, in pieces: one read would set aside ``limit`` bytes."""
    content = io.BytesIO()
    try:
        while piece := packed.read(min(1 << 20, limit + 1 - content.tell())):
            content.write(piece)
    except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise FormatError(f"damaged {kind} data ({error})", path) from None
    return content.getvalue()


@contextlib.contextmanager
def replace_file(path: Pathish) -> Iterator[IO[bytes]]:
    """Open ``path`` for writing bytes; it appears, complete, only when the block ends without an error.

    The bytes go to a temporary name in the same directory, are flushed to the disk and renamed, so neither a
    crash nor a full disk leaves half a file; after an error the temporary file is removed and an older
    ``path`` is left as it was. Names ending in ``.gz``, ``.bz2`` or ``.xz`` are packed. A path that exists
    but is no regular file (``/dev/stdout``, a pipe) is written directly. Symbolic links are followed.

    Raises
    ------
    OSError
        With ``path`` as its file name.
    """
    target = os.path.realpath(path)
    temporary: str | None = None
    try:
        mode = _mode(target)
        if mode is not None and not stat.S_ISREG(mode):
            with open(target, "wb") as raw, _packed(raw, path) as out:
                yield out
            return
        temporary, descriptor = _temporary(target)
        with open(descriptor, "wb") as raw:
            with _packed(raw, path) as out:
                yield out
            raw.flush()
            os.fsync(raw.fileno())
            if mode is not None:
                os.chmod(temporary, stat.S_IMODE(mode))
        os.replace(temporary, target)
        temporary = None
    except OSError as error:
        if error.errno is None or (error.filename is not None and error.filename not in (temporary, target)):
            raise
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


@contextlib.contextmanager
def replace_text(path: Pathish) -> Iterator[IO[str]]:
    """`replace_file` for UTF-8 text with ``\\n`` line ends."""
    with replace_file(path) as raw:
        text = io.TextIOWrapper(raw, encoding="utf-8", newline="\n")
        yield text
        text.flush()
        text.detach()


def check_writable(path: Pathish) -> None:
    """Raise now, without touching ``path``, the OSError that `replace_file` would raise later."""
    target = os.path.realpath(path)
    temporary: str | None = None
    try:
        mode = _mode(target)
        if mode is not None and not stat.S_ISREG(mode):
            with open(target, "ab"):  # a directory fails here
                return
        temporary, descriptor = _temporary(target)
        os.close(descriptor)
        os.unlink(temporary)
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error


def _mode(path: str) -> int | None:
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return None


def _temporary(target: str) -> tuple[str, int]:
    """A new file beside ``target``, with the permissions an ordinary new file gets."""
    directory, name = os.path.split(target)
    if not name:
        raise IsADirectoryError(21, "Is a directory", target)
    while True:
        temporary = os.path.join(directory, f".{name[:100]}.{secrets.token_hex(4)}.tmp")
        try:
            return temporary, os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:
            continue
        except OSError as error:
            raise OSError(error.errno, error.strerror, target) from None


def _packed(raw: IO[bytes], path: Pathish) -> contextlib.AbstractContextManager[IO[bytes]]:
    packed: Any
    match Path(path).suffix.lower():
        case ".gz":  # no name and no time inside: the same content gives the same file
            packed = gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0)
        case ".bz2":
            packed = bz2.BZ2File(raw, "wb")
        case ".xz":
            packed = lzma.LZMAFile(raw, "wb")  # noqa: SIM115, the caller closes it
        case _:
            packed = contextlib.nullcontext(raw)
    return packed  # type: ignore[no-any-return]
