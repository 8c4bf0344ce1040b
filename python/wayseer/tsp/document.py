"""The lexical layer of TSPLIB files: keywords, sections and bulk numbers, each fault with its line.

Format: G. Reinelt, "TSPLIB95" (1995).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from wayseer._common import FormatError
from wayseer._common.files import Pathish, read_bytes

KEYWORDS = (
    "NAME",
    "TYPE",
    "COMMENT",
    "DIMENSION",
    "CAPACITY",
    "EDGE_WEIGHT_TYPE",
    "EDGE_WEIGHT_FORMAT",
    "EDGE_DATA_FORMAT",
    "NODE_COORD_TYPE",
    "DISPLAY_DATA_TYPE",
)
SECTIONS = (
    "NODE_COORD_SECTION",
    "DEPOT_SECTION",
    "DEMAND_SECTION",
    "EDGE_DATA_SECTION",
    "FIXED_EDGES_SECTION",
    "DISPLAY_DATA_SECTION",
    "TOUR_SECTION",
    "EDGE_WEIGHT_SECTION",
)

_HEADER_LINE = re.compile(rb"[ \t]*([A-Za-z_]\w*)[ \t]*(:?)[ \t]*(.*)", re.ASCII)
_KEYWORD_LINE = re.compile(rb"^[ \t]*[A-Za-z_]", re.MULTILINE)
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_INTEGER = re.compile(rb"[+-]?\d+")
_SPACE = re.compile(rb"\s")
_BYTES_AT_ONCE = 1 << 24


@dataclass(frozen=True)
class Section:
    """A section's numbers: bytes ``start`` to ``end`` of the document."""

    name: str
    line: int  # of the keyword
    start: int
    end: int


@dataclass
class Document:
    """A TSPLIB file, cut into keywords and sections but not yet interpreted."""

    path: Pathish
    data: bytes
    header: dict[str, tuple[str, int]] = field(default_factory=dict)  # keyword: value, line; not COMMENT
    comments: list[str] = field(default_factory=list)
    sections: dict[str, Section] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Pathish, memory_limit: int) -> Document:
        """Read and cut a file; FormatError for what is neither a keyword nor a number."""
        document = cls(path, read_bytes(path, memory_limit))
        document._cut()
        return document

    def fail(self, message: str, line: int | None = None) -> NoReturn:
        """Raise the FormatError of this file."""
        raise FormatError(message, self.path, line)

    def value(self, keyword: str, default: str | None = None) -> str:
        """The value of a keyword; FormatError if it is missing and there is no default."""
        if keyword in self.header:
            value, line = self.header[keyword]
            return value or self.fail(f"{keyword} has no value", line)
        return self.fail(f"{keyword} is missing") if default is None else default

    def line_of(self, keyword: str) -> int | None:
        """The line of a keyword."""
        return self.header[keyword][1] if keyword in self.header else None

    def choice(self, keyword: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """The value of a keyword in upper case, one of ``allowed``; words after the first are ignored."""
        value = self.value(keyword, default).split()[0].upper()
        if value not in allowed:
            self.fail(
                f"{keyword} {value!r} is not supported; allowed are {', '.join(allowed)}",
                self.line_of(keyword),
            )
        return value

    def dimension(self) -> int:
        """The number of nodes."""
        value, line = self.value("DIMENSION"), self.line_of("DIMENSION")
        if not re.fullmatch(r"\+?\d{1,18}", value, re.ASCII) or not 1 <= int(value) < 2**31:
            self.fail(f"DIMENSION must be an integer from 1 to {2**31 - 1}, found {_shown(value)}", line)
        return int(value)

    def numbers(self, section: Section, count: int, *, integers: bool = False) -> NDArray[Any]:
        """Exactly ``count`` whitespace-separated numbers: int64 if ``integers``, else float64.

        Raises
        ------
        FormatError
            With the line of the first token that is not such a number, of the first one too many, or of the
            section's end if there are too few.
        """
        # Before anything of that size is allocated: a number and a space take two bytes.
        if 2 * count - 1 > section.end - section.start:
            self._check_tokens(section, integers)
            self._too_few(section, count, sum(len(tokens) for _, tokens in self.lines(section)))
        values = np.empty(count, np.int64 if integers else np.float64)
        filled = 0
        for start, end in self._pieces(section):
            piece = self.data[start:end]
            parsed = _parse(piece, values.dtype)
            if parsed is None:
                self._check_tokens(Section(section.name, section.line, start, end), integers)
                self.fail(f"{section.name} holds something that is not a number", section.line)
            if filled + len(parsed) > count:
                self.fail(
                    f"{section.name} holds more than {count} values", self.line_of_value(section, count)
                )
            values[filled : filled + len(parsed)] = parsed
            filled += len(parsed)
        if filled < count:
            self._too_few(section, count, filled)
        return values

    def all_numbers(self, section: Section, *, integers: bool = False) -> NDArray[Any]:
        """All numbers of a section, however many."""
        count = sum(_count_tokens(self.data[start:end]) for start, end in self._pieces(section))
        return self.numbers(section, count, integers=integers)

    def is_float(self, section: Section) -> bool:
        """Whether a number of the section is written with a point or an exponent."""
        return any(self.data.find(mark, section.start, section.end) >= 0 for mark in (b".", b"e", b"E"))

    def lines(self, section: Section) -> Iterator[tuple[int, list[bytes]]]:
        """Each line of a section that is not blank: its number and its tokens. Slow: for faults only."""
        line = self.data.count(b"\n", 0, section.start) + 1
        start = section.start
        while start < section.end:
            end = self.data.find(b"\n", start, section.end)
            end = section.end if end < 0 else end
            tokens = self.data[start:end].split()
            if tokens:
                yield line, tokens
            start, line = end + 1, line + 1

    def line_of_value(self, section: Section, index: int) -> int:
        """The line of the section's ``index``-th number, from 0."""
        seen = 0
        for line, tokens in self.lines(section):
            seen += len(tokens)
            if index < seen:
                return line
        return self._last_line(section)

    def _cut(self) -> None:
        position, line, section = 0, 1, None
        while position < len(self.data):
            end = self.data.find(b"\n", position)
            end = len(self.data) if end < 0 else end
            text = self.data[position:end]
            position = end + 1
            if text.strip():
                word = self._cut_line(text, line, section)
                if word == "EOF":
                    return
                if word in SECTIONS:
                    section = word
                    found = _KEYWORD_LINE.search(self.data, position)
                    stop = found.start() if found else len(self.data)
                    self.sections[word] = Section(word, line, min(position, stop), stop)
                    line += self.data.count(b"\n", position, stop)
                    position = max(position, stop)
            line += 1

    def _cut_line(self, text: bytes, line: int, section: str | None) -> str:
        match = _HEADER_LINE.fullmatch(text)
        if match is None:
            self.fail(f"expected 'KEYWORD : value', found {_shown(text)}", line)
        word = match[1].decode().upper()
        value = _decoded(match[3]).strip()
        if word in SECTIONS:
            if value:
                self.fail(f"{word} must stand alone on its line, found {_shown(value)} after it", line)
            if word in self.sections:
                self.fail(f"{word} is given twice", line)
        elif word in KEYWORDS:
            if word == "COMMENT":
                self.comments.append(value)
            elif word in self.header:
                self.fail(f"{word} is given twice", line)
            else:
                self.header[word] = (value, line)
        elif word != "EOF":
            if section is not None and not match[2]:
                self.fail(f"{_shown(match[1])} in {section} is neither a number nor a keyword", line)
            self.fail(f"unknown keyword {_shown(match[1])}", line)
        return word

    def _pieces(self, section: Section) -> Iterator[tuple[int, int]]:
        """Byte ranges that together make up a section; none cuts a number."""
        start = section.start
        while start < section.end:
            end = min(start + _BYTES_AT_ONCE, section.end)
            if end < section.end:
                space = _SPACE.search(self.data, end, section.end)
                end = space.start() if space else section.end
            yield start, end
            start = end

    def _check_tokens(self, section: Section, integers: bool) -> None:
        for line, tokens in self.lines(section):
            for token in tokens:
                if not _NUMBER.fullmatch(token):
                    self.fail(f"{_shown(token)} in {section.name} is not a number", line)
                if integers and not _INTEGER.fullmatch(token):
                    self.fail(f"{_shown(token)} in {section.name} is not an integer", line)
                if integers and (len(token) > 20 or abs(int(token)) >= 2**63 - 1):
                    self.fail(f"{_shown(token)} in {section.name} is beyond int64", line)
                if not integers and not np.isfinite(float(token)):
                    self.fail(f"{_shown(token)} in {section.name} is beyond float64", line)

    def _too_few(self, section: Section, count: int, found: int) -> NoReturn:
        self.fail(f"{section.name} ends after {found} of {count} values", self._last_line(section))

    def _last_line(self, section: Section) -> int:
        text = self.data[: section.end].rstrip()
        return text.count(b"\n") + 1


def _parse(piece: bytes, dtype: np.dtype[Any]) -> NDArray[Any] | None:
    """All numbers of a piece, or None if some token is not one (or is not finite)."""
    tokens = _count_tokens(piece)
    if tokens == 0:
        return np.empty(0, dtype)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # NumPy's sign of a token it cannot read
            values = np.fromstring(piece, dtype=dtype, sep=" ")
    except ValueError:
        return None
    if len(values) != tokens:  # "1-2" and "1.2.3" would read as two numbers
        return None
    if dtype.kind == "f":
        valid = bool(np.isfinite(values).all())
    else:  # NumPy clips an integer that is too large
        valid = bool(values.max() < 2**63 - 1 and values.min() > -(2**63))
    return values if valid else None


def _count_tokens(piece: bytes) -> int:
    is_token = np.frombuffer(piece, np.uint8) > 32
    return int(np.count_nonzero(is_token[1:] & ~is_token[:-1])) + int(is_token[:1].sum())


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _shown(text: bytes | str) -> str:
    """Quoted and short enough for one line of an error message."""
    string = _decoded(text) if isinstance(text, bytes) else text
    return repr(string if len(string) <= 40 else string[:37] + "...")
