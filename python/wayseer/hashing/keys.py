"""Keys of every accepted kind in the form that the compiled tables take: words or strings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wayseer._common.arrays import dense_array, shown
from wayseer._core import hashing as _core
from wayseer.hashing.casts import Mask, exact_cast

Indices = NDArray[np.int64]

_ALLOWED = (
    "allowed are bool, integers of 8 to 64 bits, float32, float64, datetime64, timedelta64 and strings "
    "(dtypes S and U, StringDType, objects that are str, Arrow)"
)


@dataclass(frozen=True)
class KeyType:
    """What the keys of a table are.

    Attributes
    ----------
    dtype : dtype
        Of the arrays that give the keys back.
    text : {"", "str", "bytes"}
        Of strings, whether they are text. Texts of all dtypes compare, and so do bytes.
    arrow : bool
        Whether they are strings of Arrow; NumPy has them as objects.
    columns : tuple of KeyType
        Of keys that are rows, what their columns are.
    """

    dtype: np.dtype[Any]
    text: str = ""
    arrow: bool = False
    columns: tuple[KeyType, ...] = ()

    @property
    def table(self) -> str:
        """Which of the compiled tables holds such keys."""
        if self.text or self.columns:
            return "text"
        return "8" if self.dtype.itemsize == 8 else "4"

    @property
    def file_name(self) -> str:
        """What files of tables call the dtype; TypeError for arrays of objects and rows."""
        if self.columns:
            raise TypeError("keys of several columns cannot be saved; pickle the table")
        if self.dtype.kind == "O" and not self.arrow:
            raise TypeError(
                "keys of dtype object cannot be saved; make the table from an array of dtype U or S, "
                "a StringDType array or an Arrow array"
            )
        return "|T16" if self.dtype.kind == "T" else self.dtype.str

    @classmethod
    def from_file(cls, name: str) -> KeyType:
        """The type that a file names, text if it may be bytes; ValueError or TypeError if there is none."""
        dtype = np.dtypes.StringDType() if name == "|T16" else np.dtype(name)
        if dtype.kind == "V":
            raise TypeError(f"keys are records of C++ ({name})")
        if dtype.kind not in "SUTO":
            return cls(dtype)
        return cls(dtype, "bytes" if dtype.kind == "S" else "str", dtype.kind == "O")

    def __str__(self) -> str:
        return f"{self.dtype} ({self.text})" if self.text and self.dtype.kind == "O" else str(self.dtype)


@dataclass(frozen=True)
class NumberKeys:
    """Keys that fit a word.

    Attributes
    ----------
    array : ndarray
        The keys in native byte order, in the shape they were given.
    name : str
        Of the argument, for messages.
    """

    array: NDArray[Any]
    name: str

    @property
    def type(self) -> KeyType:
        return KeyType(self.array.dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    @property
    def size(self) -> int:
        return self.array.size

    def words(self) -> Any:
        """The keys as words, flat; a view of the array where its layout allows it."""
        flat = self.array.ravel()
        if flat.dtype.kind == "f":
            return _core.canonical(flat)
        if flat.dtype.itemsize < 4:
            flat = flat.astype(np.int32 if flat.dtype.kind == "i" else np.uint32)
        return flat.view(np.uint64 if flat.dtype.itemsize == 8 else np.uint32)

    def missing(self) -> Mask | None:
        """Which keys are NaN or NaT, flat; None if none is."""
        if self.array.dtype.kind == "f":
            mask = np.isnan(self.array).ravel()
        elif self.array.dtype.kind in "mM":
            mask = np.isnat(self.array).ravel()
        else:
            return None
        return mask if mask.any() else None

    def at(self, positions: Indices) -> NumberKeys:
        """The keys at flat positions."""
        return NumberKeys(self.array.ravel()[positions], self.name)

    def take(self, positions: Indices) -> NDArray[Any]:
        """The keys at flat positions, of the dtype that was given."""
        taken: NDArray[Any] = self.array.ravel().take(positions)
        if taken.dtype.kind == "f":
            taken += 0  # -0.0 and 0.0 are one key: 0.0
        return taken

    def order(self, positions: Indices) -> Indices:
        """What sorts the keys at flat positions, which are distinct; NaN and NaT go last."""
        return np.argsort(self.array.ravel()[positions], kind="stable")


@dataclass(frozen=True)
class TextKeys:
    """Keys that are strings.

    Attributes
    ----------
    source : object
        The flat array they come from: NumPy's, or an Arrow array.
    texts : Texts
        Their bytes, UTF-8 if they are text.
    shape : tuple of int
    type : KeyType
    name : str
        Of the argument, for messages.
    """

    source: Any
    texts: _core.Texts
    shape: tuple[int, ...]
    type: KeyType
    name: str

    @property
    def size(self) -> int:
        return len(self.texts)

    def words(self) -> Any:
        """The keys in the form that the tables of strings take."""
        return self.texts

    def missing(self) -> Mask | None:
        """Which keys are missing: none."""
        return None

    def at(self, positions: Indices) -> TextKeys:
        """The keys at flat positions."""
        return TextKeys(None, self.texts.select(positions), positions.shape, self.type, self.name)

    def take(self, positions: Indices) -> Any:
        """The keys at flat positions, in an array of the kind that was given."""
        if isinstance(self.source, np.ndarray):
            return self.source[positions]
        if hasattr(self.source, "take"):
            return self.source.take(positions)
        return _strings(self.texts.select(positions), self.type)

    def order(self, positions: Indices) -> Indices:
        """What sorts the keys at flat positions, by code points or bytes."""
        keys = np.empty(len(positions), object)
        keys[:] = self.texts.select(positions).to_list(False)  # UTF-8 keeps the order of code points
        return np.argsort(keys, kind="stable")


Keys = NumberKeys | TextKeys


def read_keys(x: Any, name: str) -> Keys:
    """``x`` as keys; numbers are not copied if they are an array in native byte order.

    Raises
    ------
    TypeError
        A dtype that is no key; objects that are not all str.
    ValueError
        Masked or null entries; rows of different lengths.
    OverflowError
        Python integers beyond 64 bits.
    """
    if isinstance(x, NumberKeys | TextKeys):
        return x
    if hasattr(x, "__arrow_c_array__") and not isinstance(x, np.ndarray):
        return _read_arrow(x, name)
    try:
        array = dense_array(x, name)
    except OverflowError:
        raise OverflowError(f"{name} holds an integer beyond 64 bits") from None
    if array.dtype.kind == "O" and array.size and all(isinstance(item, int) for item in array.flat):
        raise OverflowError(f"{name} holds an integer beyond 64 bits")
    if array.dtype.kind in "SUTO":
        given = isinstance(x, np.ndarray | np.generic) or hasattr(x, "__array__")
        return _read_texts(array if given else _of_strings_only(x, array, name), name)
    if array.dtype.kind not in "biufmM" or array.dtype.itemsize > 8 or array.dtype == np.float16:
        raise TypeError(f"{name} has dtype {array.dtype}; {_ALLOWED}")
    if array.dtype.kind == "f" and not (isinstance(x, np.generic) or hasattr(x, "__array__")):
        _check_no_integer_was_rounded(x, array, name)
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    return NumberKeys(array, name)


def key_at(keys: Keys, position: int) -> str:
    """The key at a flat position, for messages."""
    if isinstance(keys, TextKeys):
        key = keys.texts.select(np.array([position])).to_list(keys.type.text == "str")[0]
        return shown(key)
    return str(keys.array.flat[position])


def cast_keys(keys: Keys, wanted: KeyType) -> tuple[Keys, Mask | None]:
    """Keys among those of another type: equal numbers, instants, strings.

    Returns
    -------
    cast : Keys
        Of a type that the table of ``wanted`` takes.
    valid : ndarray of bool, or None
        Which of them equal the keys given, in their shape; the others are keys that it cannot hold. None if
        all do.

    Raises
    ------
    TypeError
        No key of one kind ever equals one of the other, such as a number and an instant.
    """
    if isinstance(keys, TextKeys):
        if keys.type.text == wanted.text:
            return keys, None
    else:
        a, b = keys.array.dtype, wanted.dtype
        if not wanted.text and a == b:
            return keys, None
        if not wanted.text and ((a.kind in "biuf" and b.kind in "biuf") or a.kind == b.kind):
            array, valid = exact_cast(keys.array, b)
            return NumberKeys(array, keys.name), None if valid is None or valid.all() else valid
    if keys.size == 0:  # an empty list is a list of anything
        return _empty(wanted, keys.shape, keys.name), None
    raise TypeError(f"{keys.name} has dtype {keys.type}, which cannot equal keys of dtype {wanted}")


def from_words(words: Any, key_type: KeyType) -> NDArray[Any]:
    """The array of keys whose `words` a table gives back."""
    dtype = key_type.dtype
    if key_type.text:
        return _strings(as_words(words), key_type)
    found: NDArray[Any] = words.astype(dtype) if dtype.itemsize < 4 else words.view(dtype)
    return found


def as_words(words: Any) -> Any:
    """What a table gives back, in the form that tables take."""
    return _core.Texts.from_offsets(*words) if isinstance(words, tuple) else words


def _read_texts(array: NDArray[Any], name: str) -> TextKeys:
    kind = array.dtype.kind
    flat = array.ravel()
    if kind == "S":
        rows = np.frombuffer(flat, np.uint8) if flat.size and flat.dtype.itemsize else np.empty(0, np.uint8)
        texts = _core.Texts.from_rows(rows.reshape(flat.size, flat.dtype.itemsize))
        return TextKeys(flat, texts, array.shape, KeyType(array.dtype, "bytes"), name)
    if kind == "U":
        if not flat.dtype.isnative:
            flat = flat.astype(flat.dtype.newbyteorder("="))
        width = flat.dtype.itemsize // 4
        characters = flat.view(np.uint32) if flat.size and width else np.empty(0, np.uint32)
        texts = _core.Texts.from_ucs4(characters.reshape(flat.size, width))
    else:
        try:
            texts = _core.Texts.from_objects(flat.astype(object, copy=False))
        except TypeError as error:
            raise TypeError(f"{name}: {error}; {_ALLOWED}") from None
    return TextKeys(flat, texts, array.shape, KeyType(flat.dtype, "str"), name)


def _read_arrow(x: Any, name: str) -> Keys:
    """An Arrow array, through the Arrow C data interface."""
    try:
        form, texts, array = _core.from_arrow(*x.__arrow_c_array__())
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    if texts is not None:
        text = "str" if form in "uU" else "bytes"
        return TextKeys(x, texts, (len(texts),), KeyType(np.dtype(object), text, True), name)
    if array is None:
        raise TypeError(f"{name} is an Arrow array of format {form!r}; {_ALLOWED}")
    if form == "tdD":
        array = array.astype("M8[D]")
    elif form == "tdm":
        array = array.view("M8[ms]")
    elif form.startswith("ts"):
        array = array.view(f"M8[{_UNITS[form[2]]}]")
    elif form.startswith("tD"):
        array = array.view(f"m8[{_UNITS[form[2]]}]")
    return NumberKeys(array, name)


_UNITS = {"s": "s", "m": "ms", "u": "us", "n": "ns"}


def _strings(texts: _core.Texts, key_type: KeyType) -> NDArray[Any]:
    keys = texts.to_list(key_type.text == "str")
    kind, nul = key_type.dtype.kind, "\0" if key_type.text == "str" else b"\0"
    if kind in "SU" and not any(key.endswith(nul) for key in keys):  # S and U would lose zeros at the end
        return np.array(keys, kind) if keys else np.empty(0, key_type.dtype)
    made = np.empty(len(keys), key_type.dtype if kind in "TO" else object)
    made[:] = keys
    return made


def _empty(wanted: KeyType, shape: tuple[int, ...], name: str) -> Keys:
    return read_keys(np.empty(shape, wanted.dtype if wanted.text != "bytes" else "S1"), name)


def _of_strings_only(x: Any, array: NDArray[Any], name: str) -> NDArray[Any]:
    """NumPy makes strings of lists that hold something else beside strings."""
    kind = bytes if array.dtype.kind == "S" else str
    items = np.empty(array.size, object)
    if array.ndim == 0:
        items[0] = x
    else:
        items[:] = np.asarray(x, dtype=object).ravel()
    for position, item in enumerate(items):
        if not isinstance(item, kind):
            raise TypeError(f"{name}: position {position} holds {type(item).__name__}, not {kind.__name__}")
    if not any(item.endswith(b"\0" if kind is bytes else "\0") for item in items):
        return array
    if kind is bytes:
        raise ValueError(f"{name} holds bytes that end in zeros, which dtype S drops; give an Arrow array")
    return items.reshape(array.shape)  # dtype U would drop the zeros


def _check_no_integer_was_rounded(x: Any, array: NDArray[Any], name: str) -> None:
    """NumPy makes floats of lists that hold integers of both halves of 64 bits, or integers beside floats."""
    if array.size == 0 or not (np.abs(array) >= 2.0**53).any():
        return
    for given, made in zip(np.asarray(x, dtype=object).flat, array.flat, strict=True):
        if isinstance(given, int) and given != int(made):
            raise OverflowError(
                f"{name} holds {shown(given)}, which the dtype of the whole, {array.dtype}, cannot"
            )
