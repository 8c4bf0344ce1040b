"""Saved maps and sets: the same after opening, read-only where mapped, an error for every damaged file."""

import os
import pickle
import resource
import signal
import struct
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wayseer
from wayseer import hashing as wh

from .key_arrays import NUMBERS, number_arrays
from .oracles import plain

TEXTS = ["U", "S", "T", "arrow string", "arrow large binary"]
HASHERS = ["default", "siphash13", "siphash24"]


def text_array(kind, strings):
    """Strings as keys of some kind."""
    if kind == "T":
        return np.array(strings, np.dtypes.StringDType())
    if kind == "arrow string":
        return pa.array(strings, pa.string())
    encoded = [text.encode() for text in strings]
    if kind == "arrow large binary":
        return pa.array(encoded, pa.large_binary())
    return np.array(strings, "U") if kind == "U" else np.array(encoded, "S")


def opened(table, path, mmap=False, verify="all"):
    table.save(path)
    assert os.listdir(path.parent) == [path.name]
    again = wh.open(path, mmap=mmap, verify=verify)
    assert type(again) is type(table)
    assert again.read_only == mmap
    assert (again.key_dtype, again.hasher, len(again)) == (table.key_dtype, table.hasher, len(table))
    assert again.stats()["seed"] == table.stats()["seed"]
    return again


def content(table):
    if isinstance(table, wh.HashSet):
        return {plain(k) for k in table}
    keys, values = table.items()
    return {plain(k): plain(v) for k, v in zip(keys, values, strict=True)}


@settings(max_examples=25, deadline=None)
@given(
    data=st.data(),
    value_dtype=st.sampled_from([None, "set", "i8", "f4", "?", "M8[25us]", "f2"]),
    mmap=st.booleans(),
    verify=st.sampled_from(["header", "meta", "all"]),
    hasher=st.sampled_from(HASHERS),
)
@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
def test_numbers(tmp_path_factory, dtype, data, value_dtype, mmap, verify, hasher):
    keys = data.draw(number_arrays([dtype], min_dims=1, max_dims=1))
    if value_dtype == "set":
        table = wh.HashSet(keys, load=0.5, hasher=hasher)
    else:
        values = None if value_dtype is None else np.arange(len(keys)).astype(value_dtype)
        table = wh.HashMap(keys, values, load=0.9, hasher=hasher)
    table.erase(keys[:2])
    path = tmp_path_factory.mktemp("table") / "t.wsh"
    again = opened(table, path, mmap, verify)
    assert content(again) == content(table)
    assert np.array_equal(again.contains(keys), table.contains(keys))
    again.save(path.with_name("again.wsh"))
    if mmap:
        assert path.with_name("again.wsh").read_bytes() == path.read_bytes()
    else:
        again.insert(keys, *([] if value_dtype in (None, "set") else [values]))
        assert again.contains(keys).all()
        again.erase(keys)
        assert not again.contains(keys).any()


@settings(max_examples=25, deadline=None)
@given(
    strings=st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)),
    values=st.sampled_from(["ordinals", "set", "f4", "i8"]),
    mmap=st.booleans(),
    verify=st.sampled_from(["header", "meta", "all"]),
    hasher=st.sampled_from(HASHERS),
)
@pytest.mark.parametrize("kind", TEXTS)
def test_strings(tmp_path_factory, kind, strings, values, mmap, verify, hasher):
    keys = text_array(kind, strings)
    if values == "set":
        table = wh.HashSet(keys, hasher=hasher)
    elif values == "ordinals":
        table = wh.HashMap(keys, hasher=hasher)
    else:
        table = wh.HashMap(keys, np.arange(len(strings)).astype(values), hasher=hasher)
    table.erase(keys[: len(strings) // 2])
    path = tmp_path_factory.mktemp("table") / "t.wsh"
    again = opened(table, path, mmap, verify)
    assert again.keys().tolist() == table.keys().tolist()  # in order of insertion
    if values != "set":
        assert again.values().tolist() == table.values().tolist()
    assert again.contains(keys).tolist() == table.contains(keys).tolist()
    if not mmap:
        again.insert(keys, *([] if values in ("set", "ordinals") else [7]))
        assert again.contains(keys).all()


@pytest.fixture(scope="module", params=["line map", "line set", "text map", "text set"])
def saved(request, tmp_path_factory):
    """A table, keys that it holds, and the bytes of its file."""
    numbers, texts = np.arange(300) ** 2, [f"{'key' * (i % 9)}{i}" for i in range(300)]
    smallest = np.iinfo("i8").min
    keys = [smallest, *numbers.tolist()] if "line" in request.param else texts
    made = (
        wh.HashSet(keys, seed=5) if "set" in request.param else wh.HashMap(keys, np.arange(len(keys)), seed=5)
    )
    made.erase(keys[10:20])
    path = tmp_path_factory.mktemp("table") / "t.wsh"
    made.save(path)
    return made, keys, path, path.read_bytes()


def refused(path, data, mmap, verify="all"):
    path.write_bytes(data)
    with pytest.raises(wayseer.FormatError) as caught:
        wh.open(path, mmap=mmap, verify=verify)
    assert caught.value.path == str(path)
    assert isinstance(caught.value.offset, int)
    assert pickle.loads(pickle.dumps(caught.value)).offset == caught.value.offset
    return caught.value


def test_every_byte_of_the_header_is_checked(saved, tmp_path):
    path, data = tmp_path / "t.wsh", saved[3]
    path.write_bytes(data)
    with path.open("r+b", buffering=0) as file:
        for at in range(4096):
            os.pwrite(file.fileno(), bytes([data[at] ^ 0x41]), at)
            with pytest.raises(wayseer.FormatError):
                wh.open(path, mmap=at % 2 == 0, verify="header")
            os.pwrite(file.fileno(), data[at : at + 1], at)
    assert content(wh.open(path)) == content(saved[0])


@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, 2**30), bit=st.integers(0, 7), mmap=st.booleans())
def test_every_flipped_bit_is_found(saved, tmp_path_factory, at, bit, mmap):
    made = bytearray(saved[3])
    made[at % len(made)] ^= 1 << bit
    refused(tmp_path_factory.mktemp("flip") / "t.wsh", bytes(made), mmap)


def test_files_cut_at_every_edge_are_refused(saved, tmp_path):
    data = saved[3]
    edges = {0, 1, 4095, len(data) - 1}
    for i in range(8):
        offset, size, _ = struct.unpack_from("<3Q", data, 136 + 24 * i)
        edges |= {offset - 1, offset, offset + 1, offset + size - 1, offset + size} if size else set()
    for length in sorted(x for x in edges if 0 <= x < len(data)):
        for mmap in (False, True):
            refused(tmp_path / "t.wsh", data[:length], mmap, "header")
    refused(tmp_path / "t.wsh", data + bytes(4096), True, "header")


@settings(max_examples=60, deadline=None)
@given(noise=st.binary(max_size=9000), mmap=st.booleans(), start=st.sampled_from([0, 8, 16, 400, 4088]))
def test_foreign_files_are_refused(saved, tmp_path_factory, noise, mmap, start):
    whole = saved[3][:start] + noise
    if whole != saved[3]:
        refused(tmp_path_factory.mktemp("foreign") / "t.wsh", whole, mmap, "header")


def resealed(data, changes):
    """Other numbers in the header, under a checksum that fits: what a careful forger writes."""
    made = bytearray(data)
    for at, what in changes.items():
        made[at : at + len(what)] = what
    for seal in (4088,):
        made[seal : seal + 8] = struct.pack("<Q", hash_bytes(bytes(made[:seal])))
    return bytes(made)


def hash_bytes(data):
    """The checksum, from its definition in hash.hpp: more than 48 bytes, seed 0."""
    mask = 2**64 - 1
    k = [0x6A09E667F3BCC909, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1]

    def mum(a, b):
        product = a * b
        return (product ^ product >> 64) & mask

    words = lambda at: struct.unpack_from("<2Q", data, at)  # noqa: E731
    state = [mum(k[0], k[1])] * 3
    at = 0
    while len(data) - at > 48:
        for i in range(3):
            low, high = words(at + 16 * i)
            state[i] = mum(low ^ k[i + 1], high ^ state[i])
        at += 48
    one = state[0] ^ state[1] ^ state[2]
    while len(data) - at > 16:
        low, high = words(at)
        one = mum(low ^ k[1], high ^ one)
        at += 16
    a, b = words(len(data) - 16)
    return mum(k[1] ^ len(data), mum(a ^ k[2], b ^ one))


@pytest.mark.parametrize(
    ("at", "form", "value"),
    [
        (16, "I", 5),
        (20, "I", 0),
        (20, "I", 4),
        (32, "8s", b"<c8"),
        (48, "8s", b"<c8"),
        (64, "Q", 2**40),
        (72, "Q", 3),
        (80, "Q", 0),
        (80, "Q", 2**60),
        (80, "Q", 3),
        (88, "Q", 1),
        (112, "I", 2),
        (116, "I", 56),
        (120, "d", 1.5),
        (120, "d", float("nan")),
        (128, "Q", 1),
        (136, "Q", 8192),
        (144, "Q", 0),
        (144, "Q", 2**63),
        (160, "Q", 4096),
        (136 + 5 * 24, "Q", 4096),
        (300, "B", 1),
    ],
)
def test_headers_that_contradict_themselves_are_refused(saved, tmp_path, at, form, value):
    made = resealed(saved[3], {at: struct.pack("<" + form, value)})
    for mmap in (False, True):
        error = refused(tmp_path / "t.wsh", made, mmap, "header")
        assert error.offset != 4088  # the checksum was right


@settings(max_examples=150, deadline=None)
@given(
    at=st.integers(0, 2**30), length=st.integers(1, 3000), seed=st.integers(0, 9), value=st.integers(-1, 255)
)
def test_damage_that_is_not_looked_for_is_no_crash(saved, tmp_path_factory, at, length, seed, value):
    made = bytearray(saved[3])
    at = 4096 + at % (len(made) - 4096)
    noise = np.random.default_rng(seed).integers(0, 256, length).astype(np.uint8)
    if value >= 0:
        noise[:] = value
    made[at : at + length] = noise.tobytes()[: len(made) - at]
    path = tmp_path_factory.mktemp("noise") / "t.wsh"
    path.write_bytes(made)
    keys = saved[1]
    for mmap in (True, False):
        try:
            table = wh.open(path, mmap=mmap, verify="header")
        except wayseer.FormatError:
            continue
        found = table.contains(keys)
        assert found.shape == (len(keys),)
        if isinstance(table, wh.HashMap):
            table.get(keys)
        try:
            table.keys()
        except ValueError:  # bytes that are no text
            assert isinstance(keys[0], str)
        if not mmap:
            more = keys + [f"{key}?" if isinstance(key, str) else -abs(key) - 1 for key in keys[1:]]
            table.insert(more, *([7] if isinstance(table, wh.HashMap) else []))
            assert np.all(table.contains(more))
            table.erase(more)


def test_mapped_tables_are_read_only(saved):
    table, keys, path, data = saved
    mapped = wh.open(path, mmap=True)
    values = [[1]] if isinstance(table, wh.HashMap) else []
    changes = [
        lambda: mapped.insert(keys[:1], *values),
        lambda: mapped.erase(keys[:1]),
        lambda: mapped.clear(),
    ]
    if values:
        changes.append(lambda: mapped.__setitem__(keys[:1], 1))
    for change in changes:
        with pytest.raises(ValueError, match="table is mapped read-only"):
            change()
    assert path.read_bytes() == data
    copy = pickle.loads(pickle.dumps(mapped))
    copy.clear()
    assert not copy.read_only
    assert content(mapped) == content(table)


def test_what_maps_know_beyond_their_keys_is_kept(tmp_path):
    path = tmp_path / "t.wsh"
    for mmap in (False, True):
        ordinals = opened(wh.HashMap([5, 3, 9]), path, mmap)
        if mmap:
            ordinals = pickle.loads(pickle.dumps(ordinals))
        assert ordinals.insert([4]) == 1
        assert ordinals[4] == 3
        given_values = opened(wh.HashMap([5, 3], [1, 2]), path, mmap=False)
        with pytest.raises(TypeError, match="made with values"):
            given_values.insert([7])
        strict = opened(wh.HashSet([1.0], nan_equal=False), path, mmap)
        assert not strict.contains(np.nan)
        with pytest.raises(ValueError, match=r"read-only|NaN"):
            strict.insert([np.nan])


def test_objects_cannot_be_saved(tmp_path):
    for table in (wh.HashMap(np.array(["a"], object)), wh.HashSet(np.array(["a"], object))):
        with pytest.raises(TypeError, match="keys of dtype object cannot be saved; make the table from"):
            table.save(tmp_path / "t.wsh")
    assert os.listdir(tmp_path) == []


def test_several_processes_share_one_file(tmp_path):
    path = tmp_path / "t.wsh"
    keys = np.arange(100_000) * 3
    wh.HashMap(keys, keys // 3).save(path)
    program = (
        "import sys, numpy as np; from wayseer import hashing as wh; m = wh.open(sys.argv[1], mmap=True)\n"
        "print('open', flush=True); sys.stdin.readline(); q = np.arange(300_000)\n"
        "print(int(m.get(q, 0).sum()), int(m.contains(q).sum()))"
    )
    command = [sys.executable, "-c", program, str(path)]
    readers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for reader in readers:
        assert reader.stdout.readline() == "open\n"
    wh.HashMap([1], [1]).save(path)  # readers keep what they have opened
    for reader in readers:
        out, _ = reader.communicate("\n")
        assert out == f"{sum(range(100_000))} 100000\n"
        assert reader.returncode == 0


@pytest.mark.parametrize("make", [lambda: wh.HashMap(np.arange(5000)), lambda: wh.HashSet(["x" * 5000])])
def test_a_full_disk_leaves_the_old_file(tmp_path, make):
    path = tmp_path / "t.wsh"
    wh.HashSet([1, 2, 3]).save(path)
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (9000, limits[1]))
        with pytest.raises(OSError, match=r"t\.wsh"):
            make().save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert os.listdir(tmp_path) == ["t.wsh"]
    assert path.read_bytes() == before
    assert sorted(wh.open(path)) == [1, 2, 3]


@pytest.mark.parametrize("hasher", HASHERS)
def test_hashers(hasher, tmp_path):
    rng = np.random.default_rng(1)
    keys = rng.integers(-(2**63), 2**63 - 1, 3000)
    texts = [f"{'k' * (i % 30)}{i}" for i in range(3000)]
    s = wh.StrataMap(3000, max_load=0.99, hasher=hasher, seed=3)
    s.insert(keys, np.arange(3000))
    for table, known in (
        (wh.HashMap(keys, hasher=hasher), keys),
        (wh.HashMap(texts, hasher=hasher), texts),
        (s, keys),
    ):
        assert table.hasher == hasher
        assert table[known].tolist() == list(range(3000))
        assert pickle.loads(pickle.dumps(table)).hasher == hasher
        assert table.erase(known[:1000]) == 1000
        assert np.count_nonzero(table.contains(known)) == 2000
    assert wh.HashSet(keys.astype("f4"), hasher=hasher).contains(keys.astype("f4")).all()
    s.save(tmp_path / "s.wsh")
    again = wh.open(tmp_path / "s.wsh", mmap=True, verify="all")
    assert again.hasher == hasher
    assert again.slots(keys).tolist() == s.slots(keys).tolist()
    assert s.rehash(4000) is not None
    assert s.hasher == hasher
    with pytest.raises(ValueError, match="unknown hasher 'md5'; allowed are default, siphash13, siphash24"):
        wh.HashMap([1], hasher="md5")


def test_siphash_spreads_what_collides_in_the_default_hash():
    """Keys of one line of the default hash, found by trying, are keys like others for SipHash."""
    keys = np.arange(200_000)
    slots = wh.StrataMap(2_000_000, value_dtype=None, seed=7)
    found = slots.insert(keys)
    chosen = keys[found // 56 < 100]
    assert len(chosen) > 100
    table = wh.StrataMap(2_000_000, value_dtype=None, seed=7, hasher="siphash13")
    assert len(np.unique(table.insert(chosen) // 56)) > 0.9 * len(chosen)


def test_formats_of_lines_and_strings(tmp_path):
    path = tmp_path / "t.wsh"
    m = wh.HashMap(np.array([7, -(2**31)], "i4"), np.array([1.5, 2.5], "f4"), seed=9, hasher="siphash24")
    m.save(path)
    data = path.read_bytes()
    assert struct.unpack_from("<4IQ", data, 8) == (1, 0x01020304, 3, 3, 9)
    assert data[32:64] == b"<i4".ljust(16, b"\0") + b"<f4".ljust(16, b"\0")
    size, capacity, lines = struct.unpack_from("<3Q", data, 64)
    assert (size, capacity, lines) == (2, int(0.7 * 32), 2)
    assert struct.unpack_from("<2Id", data, 112) == (0, 16, 0.7)
    blocks = [struct.unpack_from("<3Q", data, 136 + 24 * i) for i in range(8)]
    assert [b for _, b, _ in blocks] == [64, 128, 4 * 33, *[0] * 5]
    assert struct.unpack_from("<Q", data, 4096) == (1,)  # the key -2^31 is in a slot of its own
    words = np.frombuffer(data, "i4", 32, blocks[1][0])
    assert sorted(set(words.tolist())) == [-(2**31), 7]
    values = np.frombuffer(data, "f4", 33, blocks[2][0])
    assert values[-1] == 2.5
    assert values[np.flatnonzero(words == 7)[0]] == 1.5
    assert sorted(values.tolist()) == [0] * 31 + [1.5, 2.5]

    wh.HashMap(np.array([b"tea", b"a long cup of it"]), np.array([4, 5])).save(path)
    data = path.read_bytes()
    blocks = [struct.unpack_from("<3Q", data, 136 + 24 * i) for i in range(8)]
    assert [b for _, b, _ in blocks] == [
        64 + 64 * struct.unpack_from("<Q", data, 80)[0],
        0,
        16,
        32,
        16,
        0,
        0,
        0,
    ]
    assert data[blocks[3][0] :][:32] == b"\3\0\0\0tea".ljust(16, b"\0") + b"\x10\0\0\0a lo" + bytes(8)
    assert data[blocks[4][0] :][:16] == b"a long cup of it"
