"""Saved tables: the same after opening, and an error for every damaged file."""

import os
import pickle
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wayseer
from wayseer import hashing as wh

from .key_arrays import NUMBERS, number_arrays


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A table of three levels, and the bytes of its file."""
    table = wh.StrataMap(4000, "int64", "float32", seed=5)
    table.insert(np.arange(3900) ** 2, np.arange(3900) / 2)
    table.erase(np.arange(100) ** 2)
    path = tmp_path_factory.mktemp("table") / "t.wsh"
    table.save(path)
    return table, path, path.read_bytes()


@settings(max_examples=60, deadline=None)
@given(
    data=st.data(),
    value_dtype=st.sampled_from([None, "i8", "f4", "?", "M8[25us]", "f2"]),
    mmap=st.booleans(),
    verify=st.sampled_from(["header", "meta", "all"]),
)
@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
def test_opened_tables_are_the_same(tmp_path_factory, dtype, data, value_dtype, mmap, verify):
    keys = data.draw(number_arrays([dtype], min_dims=1, max_dims=1))
    table = wh.StrataMap(50, dtype, value_dtype, max_load=0.9)
    values = None if value_dtype is None else np.arange(len(keys)).astype(value_dtype)
    table.insert(keys, values)
    table.erase(keys[:2])
    path = tmp_path_factory.mktemp("table") / "t.wsh"
    table.save(path)
    assert os.listdir(path.parent) == ["t.wsh"]
    again = wh.open(path, mmap=mmap, verify=verify)
    assert (again.key_dtype, again.value_dtype) == (table.key_dtype, table.value_dtype)
    assert (len(again), again.capacity, again.max_load, again.seed) == (
        len(table),
        table.capacity,
        table.max_load,
        table.seed,
    )
    np.testing.assert_array_equal(again.slots(keys), table.slots(keys))
    assert again.keys_view.tobytes() == table.keys_view.tobytes()
    if value_dtype is not None:
        assert again.values_view.tobytes() == table.values_view.tobytes()
    assert again.stats() == table.stats()
    assert again.read_only == mmap
    other = path.with_name("again.wsh")
    again.save(other)
    assert other.read_bytes() == path.read_bytes()


def test_mapped_tables_are_read_only(saved):
    table, path, _ = saved
    mapped = wh.open(path, mmap=True)
    for change in (
        lambda: mapped.insert([1], [1]),
        lambda: mapped.__setitem__(10_000, 1),
        lambda: mapped.erase([10_000]),
        lambda: mapped.clear(),
        lambda: mapped.rehash(9000),
        lambda: mapped.rebuild_filters(),
    ):
        with pytest.raises(ValueError, match="table is mapped read-only"):
            change()
    copy = wh.open(path)
    copy.insert([-1], [7])
    assert copy[-1] == 7
    assert -1 not in mapped
    assert mapped[10_000] == table[10_000]


def test_the_format_is_what_it_says(saved):
    table, _, data = saved
    assert data[:8] == b"WSHASH01"
    assert struct.unpack_from("<4IQ", data, 8) == (1, 0x01020304, 1, 1, 5)
    assert data[32:64] == b"<i8".ljust(16, b"\0") + b"<f4".ljust(16, b"\0")
    buckets = -(-4041 // 56)
    assert struct.unpack_from("<6Q2Id Q", data, 64) == (
        *(3800, 4000, buckets),
        *(buckets * 15 // 16, buckets * 15 // 256, buckets - buckets * 15 // 16 - buckets * 15 // 256),
        *(2, 56, 0.99, 100),
    )
    blocks = [struct.unpack_from("<3Q", data, 136 + 24 * i) for i in range(8)]
    assert [size for _, size, _ in blocks] == [64 * buckets, 448 * buckets, 224 * buckets, *[0] * 5]
    assert blocks[0][0] == 4096
    assert all(offset % 4096 == 0 for offset, _, _ in blocks)
    offset, size, _ = blocks[1]
    assert data[offset : offset + size] == table.keys_view.tobytes()
    assert data[328:336] == b"wayseer "
    assert len(data) % 4096 == 0


def damaged(data, changes):
    """Other bytes at some offsets."""
    made = bytearray(data)
    for at, what in changes.items():
        made[at : at + len(what)] = what
    return bytes(made)


def refused(path, data, mmap, verify="all"):
    path.write_bytes(data)
    with pytest.raises(wayseer.FormatError) as caught:
        wh.open(path, mmap=mmap, verify=verify)
    assert caught.value.path == str(path)
    assert isinstance(caught.value.offset, int)
    assert str(path) in str(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).offset == caught.value.offset
    return caught.value


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, 2**30), bit=st.integers(0, 7), mmap=st.booleans())
def test_every_flipped_bit_is_found(saved, tmp_path_factory, at, bit, mmap):
    data = saved[2]
    at %= len(data)
    made = bytearray(data)
    made[at] ^= 1 << bit
    refused(tmp_path_factory.mktemp("flip") / "t.wsh", bytes(made), mmap)


@settings(max_examples=60, deadline=None)
@given(length=st.integers(0, 2**30), mmap=st.booleans(), verify=st.sampled_from(["header", "meta", "all"]))
def test_cut_files_are_refused(saved, tmp_path_factory, length, mmap, verify):
    data = saved[2]
    refused(tmp_path_factory.mktemp("cut") / "t.wsh", data[: length % len(data)], mmap, verify)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=9000), mmap=st.booleans(), start=st.sampled_from([0, 8, 16, 400, 4088]))
def test_foreign_files_are_refused(saved, tmp_path_factory, data, mmap, start):
    whole = saved[2][:start] + data
    if whole != saved[2]:
        refused(tmp_path_factory.mktemp("foreign") / "t.wsh", whole, mmap, "header")


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, 2**30), length=st.integers(1, 600), seed=st.integers(0, 9))
def test_damage_that_is_not_looked_for_is_no_crash(saved, tmp_path_factory, at, length, seed):
    made = bytearray(saved[2])
    at = 4096 + at % (len(made) - 4096)
    noise = np.random.default_rng(seed).integers(0, 256, length).astype(np.uint8).tobytes()
    made[at : at + length] = noise[: len(made) - at]
    path = tmp_path_factory.mktemp("noise") / "t.wsh"
    path.write_bytes(made)
    table = wh.open(path, mmap=True, verify="header")
    table.get(np.arange(4000) ** 2)
    table.stats()
    fault = None
    try:
        copy = wh.open(path, verify="header")
    except wayseer.FormatError as error:
        fault = error.offset
    if fault is not None:
        assert fault == 64
        return
    copy.insert(-np.arange(1, copy.capacity - len(copy) + 1))
    with pytest.raises(wh.TableFullError):
        copy.insert([-(10**9)])
    copy.rebuild_filters()
    copy.erase(np.arange(4000) ** 2)


@pytest.mark.parametrize(
    ("changes", "offset", "message"),
    [
        ({0: b"XSHASH01"}, 0, "magic at byte 0: expected 'WSHASH01', found 'XSHASH01'"),
        ({12: b"\1\2\3\4"}, 12, "endian mark at byte 12: expected 0x1020304, found 0x4030201"),
        ({8: b"\2"}, 8, "version at byte 8: expected 1, found 2"),
        ({12: b"\1", 8: b"\2"}, 12, "endian mark"),
        ({64: b"\1"}, 4088, "checksum of the header at byte 4088"),
        ({4096: b"\1\1\1\1\1\1\1\1"}, 4096, "checksum of block 0"),
    ],
)
def test_the_first_fault_is_named(saved, tmp_path, changes, offset, message):
    error = refused(tmp_path / "t.wsh", damaged(saved[2], changes), mmap=True)
    assert error.offset == offset
    assert message in str(error)


def test_missing_and_unwritable_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="none"):
        wh.open(tmp_path / "none.wsh")
    with pytest.raises(IsADirectoryError):
        wh.open(tmp_path)
    table = wh.StrataMap(1)
    with pytest.raises(FileNotFoundError):
        table.save(tmp_path / "none" / "t.wsh")
    with pytest.raises(IsADirectoryError):
        table.save(tmp_path)
    with pytest.raises(ValueError, match="unknown verify"):
        wh.open(tmp_path, verify="some")
    with pytest.raises(ValueError, match="cannot be saved"):
        wh.StrataMap(1, "M8[1000000000ns]").save(tmp_path / "t.wsh")
    assert os.listdir(tmp_path) == []


def test_saving_replaces_the_file_and_not_its_readers(tmp_path):
    path = tmp_path / "t.wsh"
    first, second = wh.StrataMap(10), wh.StrataMap(10)
    first.insert([1], [10])
    second.insert([1], [20])
    first.save(path)
    mapped = wh.open(path, mmap=True)
    link = tmp_path / "link.wsh"
    link.symlink_to(path)
    second.save(link)
    assert link.is_symlink()
    assert mapped[1] == 10
    assert wh.open(path)[1] == 20
    keys = mapped.keys_view
    del mapped
    assert 1 in keys
