"""Errors, atomic files and argument checks."""

import contextlib
import gzip
import os
import pickle
import stat
from fractions import Fraction

import numpy as np
import pytest

from wayseer import FormatError
from wayseer._common.arrays import choice, exact_float64, id_array, integer, number, permutation, real_array
from wayseer._common.files import check_writable, read_bytes, replace_file, replace_text


def test_format_error_says_where_and_survives_pickling():
    error = FormatError("wrong", "a.tsp", 7)
    assert isinstance(error, ValueError)
    assert str(error) == "a.tsp:7: wrong"
    assert str(FormatError("wrong", "a.tsp")) == "a.tsp: wrong"
    assert str(FormatError("wrong")) == "wrong"
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.message, copy.path, copy.line, str(copy)) == ("wrong", "a.tsp", 7, "a.tsp:7: wrong")


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_a_file_appears_only_when_complete(tmp_path, name):
    path = tmp_path / name
    with replace_text(path) as out:
        out.write("first\n")
        assert not path.exists()
    assert read_bytes(path, 100) == b"first\n"
    with contextlib.suppress(RuntimeError), replace_text(path) as out:
        out.write("second")
        raise RuntimeError
    assert read_bytes(path, 100) == b"first\n"
    assert os.listdir(tmp_path) == [name]


def test_packed_output_is_reproducible(tmp_path):
    for name in ("a.gz", "b.gz"):
        with replace_file(tmp_path / name) as out:
            out.write(b"same")
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


def test_permissions_and_links_stay(tmp_path):
    path, link = tmp_path / "a", tmp_path / "link"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    with replace_text(link) as out:
        out.write("new")
    assert link.is_symlink()
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    fresh, plain = tmp_path / "fresh", tmp_path / "plain"
    with replace_text(fresh):
        pass
    plain.touch()
    assert fresh.stat().st_mode == plain.stat().st_mode


def test_devices_are_written_not_replaced():
    with replace_text(os.devnull) as out:
        out.write("gone")
    assert not stat.S_ISREG(os.stat(os.devnull).st_mode)
    check_writable(os.devnull)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_full_disk_is_an_error_with_the_name():
    with pytest.raises(OSError, match="No space left") as caught, replace_text("/dev/full") as out:
        out.write("x" * 100_000)
    assert caught.value.filename == "/dev/full"


def test_unwritable_paths_are_found_before_and_named(tmp_path):
    for path in (tmp_path / "no" / "file", tmp_path):
        for attempt in (check_writable, lambda p: replace_file(p).__enter__()):
            with pytest.raises(OSError, match=str(tmp_path)) as caught:
                attempt(path)
            assert caught.value.filename == str(path)
    check_writable(tmp_path / "new")
    assert os.listdir(tmp_path) == []


def test_reading_unpacks_normalises_and_limits(tmp_path):
    path = tmp_path / "named_plainly"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbfa\r\nb\rc\n"))
    assert read_bytes(path, 100) == b"a\nb\nc\n"
    with pytest.raises(ValueError, match="memory_limit = 5 bytes"):
        read_bytes(path, 5)
    path.write_bytes(path.read_bytes()[:-6])
    with pytest.raises(FormatError, match="damaged gzip"):
        read_bytes(path, 100)


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ([True, False], TypeError, "x has dtype bool"),
        ([1j], TypeError, "x has dtype complex128"),
        (["1"], TypeError, "x has dtype <U1"),
        ([Fraction(1, 2)], TypeError, "x has dtype object"),
        ([[1, 2], [3]], ValueError, "x: rows have different lengths"),
    ],
)
def test_real_array_refuses(value, error, message):
    with pytest.raises(error, match=message):
        real_array(value, "x")


def test_real_array_keeps_or_converts():
    kept = np.arange(3, dtype=np.float32)
    assert real_array(kept, "x") is kept
    assert real_array(kept.astype(">f4"), "x").dtype == np.float32
    assert real_array(np.longdouble([1]), "x").dtype == np.float64
    with pytest.raises(ValueError, match=r"2\^53"):
        exact_float64(np.array([2**53 + 1]), "x")


@pytest.mark.parametrize(
    ("tour", "error", "message"),
    [
        ([0.0, 1.0, 2.0], TypeError, "tour has dtype float64; ids must be integers"),
        ([0, 1, 3], ValueError, r"tour\[2\] = 3 is out of range; allowed are 0..2"),
        ([0, -1, 2], ValueError, r"tour\[1\] = -1 is out of range"),
        ([0, 1, 1], ValueError, r"id 1 is given twice \(at 1 and 2\), id 2 is missing"),
        ([0, 2], ValueError, "tour has 2 ids, the problem has 3; id 1 is missing"),
        ([0, 1, 2, 0], ValueError, "tour has 4 ids, the problem has 3; id 0 is given twice"),
        ([[0, 1, 2]], ValueError, r"tour has shape \(1, 3\)"),
        ([0, 1, 2**40], ValueError, "out of range"),
        (np.array([0, 1, 2**64 - 1], dtype=np.uint64), ValueError, "out of range"),
        ([], ValueError, "tour has 0 ids"),
    ],
)
def test_permutation_says_what_is_wrong(tour, error, message):
    with pytest.raises(error, match=message):
        permutation(tour, "tour", 3)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint32, np.int64, np.uint64])
def test_every_integer_dtype_is_an_id(dtype):
    ids = permutation(np.array([2, 0, 1], dtype=dtype), "tour", 3)
    assert ids.dtype == np.int32
    assert ids.tolist() == [2, 0, 1]


def test_padding_is_allowed_only_where_said():
    assert id_array([[1, -1]], "candidates", 2, padding=True).tolist() == [[1, -1]]
    with pytest.raises(ValueError, match=r"candidates\[0, 1\] = -2 .* 0..1 \(or -1 for padding\)"):
        id_array([[1, -2]], "candidates", 2, padding=True)


def test_scalars():
    assert integer(np.int64(3), "n", 1) == 3
    for wrong in (True, 1.0, "1", None):
        with pytest.raises(TypeError, match="n must be an integer"):
            integer(wrong, "n")
    with pytest.raises(ValueError, match="n must be at least 1, got 0"):
        integer(0, "n", 1)
    assert number(2, "target") == 2.0
    for value, error in (
        (float("nan"), ValueError),
        (float("inf"), ValueError),
        ("2", TypeError),
        (True, TypeError),
    ):
        with pytest.raises(error, match="target"):
            number(value, "target")
    with pytest.raises(ValueError, match="unknown method 'x'; allowed are a, b"):
        choice("x", "method", ("a", "b"))
    with pytest.raises(TypeError, match="method must be one of a, b"):
        choice(3, "method", ("a", "b"))
