"""``wayseer hash``: outputs, exit codes, and one line for every error."""

import io
import json
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wayseer import hashing
from wayseer.hashing import bench
from wayseer.solvers import hash as hash_command
from wayseer.solvers.cli import main

SMALL = ["hash", "probes", "--n", "2^12", "--seeds", "2", "--load", "0.9,1-2^-5"]


def _error(capsys, *arguments):
    """The one line of an error; nothing else may be printed."""
    assert main(list(arguments)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"wayseer: error: .+\n", err), err
    return err.removeprefix("wayseer: error: ").rstrip("\n")


def test_table(capsys):
    assert main([*SMALL, "--scheme", "uniform,elastic,funnel"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "n = 4,096" in out
    rows = [
        line.split() for line in out.splitlines() if line.strip().startswith(("uniform", "elastic", "funnel"))
    ]
    assert len(rows) == 2 * (1 + 4 + 2)
    assert rows[0][:3] == ["uniform", "insert", "0.9"]
    assert float(rows[0][3]) == pytest.approx(2.56, rel=0.05)


def test_json_and_plot(tmp_path, capsys):
    picture = tmp_path / "p.svg"
    assert main([*SMALL, "--scheme", "linear,double", "--json", "--plot", str(picture)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["n"] == 4096
    assert [(row["scheme"], row["load"], row["seed"]) for row in found["rows"]] == [
        (scheme, load, seed) for scheme in ("linear", "double") for load in (0.9, 0.96875) for seed in (1, 2)
    ]
    assert set(found["rows"][0]) == {"scheme", "operation", "n", "load", "seed", "mean", "max", "last"}
    assert "<svg" in picture.read_text()


@pytest.mark.parametrize("n", ["4096", "2^12", "4.096e3", "4096.0"])
def test_sizes(capsys, n):
    assert main([*SMALL, "--scheme", "linear", "--n", n, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 4096


def test_quiet(capsys):
    assert main([*SMALL, "--scheme", "linear", "--quiet"]) == 0
    assert capsys.readouterr().out == ""


def test_help(capsys):
    assert main(["hash"]) == 0
    assert "probes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--scheme", "tunnel"], "unknown scheme 'tunnel'; allowed are uniform"),
        (["--scheme", ""], "unknown scheme ''"),
        (["--n", "many"], "--n must be a whole number such as 2^20, 1e6 or 1000000, got many"),
        (["--n", "1.5"], "--n must be a whole number"),
        (["--n", "inf"], "--n must be a whole number"),
        (["--n", "0"], "n must be at least 1, got 0"),
        (["--n", "-5"], "n must be at least 1, got -5"),
        (["--n", "2^50"], "n must be at most 2^40"),
        (["--n", "1000", "--scheme", "quadratic"], "n: got 1000, allowed powers of two"),
        (["--n", "100", "--scheme", "funnel"], "capacity too small for delta 0.1"),
        (["--load", "1"], "load must be above 0 and below 1, got 1.0"),
        (["--load", "0.9,,"], "--load must be numbers such as 0.99 or 1-2^-14, got"),
        (["--load", "nan"], "load must be finite"),
        (["--load", "0.5", "--scheme", "funnel"], "delta: got 0.5, allowed above 0, up to 1/8"),
        (["--seeds", "0"], "--seeds must be at least 1, got 0"),
        (["--seeds", "x"], "Invalid value for '--seeds'"),
        (["--plot", "p.xyz"], "p.xyz: unknown kind of picture; allowed are"),
        (["--plot", "."], ".: Is a directory"),
        (["--plot", "missing/p.png"], "missing/p.png: No such file or directory"),
        (["--magic"], "No such option: --magic"),
    ],
)
def test_wrong_input_is_one_line_and_exit_2(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert message in _error(capsys, "hash", "probes", *arguments)
    assert os.listdir() == []


@pytest.mark.parametrize("keys", ["int64", "str"])
def test_bench(capsys, keys):
    assert main(["hash", "bench", "--n", "2^8,1e2,300", "--keys", keys, "--rounds", "1"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert f"CPU ns per key, {keys}" in out
    rows = [line.split() for line in out.splitlines() if line.strip().startswith(("HashMap", "dict"))]
    assert [(row[0], row[2]) for row in rows] == [
        (t, n) for n in ("256", "100", "300") for t in ("HashMap", "dict")
    ]
    assert all(float(x) > 0 for row in rows for x in row[3:])
    assert ("StrataMap .99" in out) == (keys == "int64")


def test_bench_in_json_names_what_is_left_out(capsys, monkeypatch):
    monkeypatch.setattr(bench, "installed", lambda name: None)
    options = ["--n", "500", "--peers", "pandas,hirola", "--rounds", "2", "--json"]
    assert main(["hash", "bench", *options]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    found = json.loads(out)
    assert found["notes"] == ["pandas: not installed, skipped", "hirola: not installed, skipped"]
    assert found["keys"] == "int64"
    assert [(row["table"], row["operation"]) for row in found["rows"]] == [
        (table, operation)
        for table in ("HashMap", "StrataMap .99", "dict")
        for operation in ("build", "hit", "miss")
    ]
    assert set(found["rows"][0]) == {"table", "version", "operation", "keys", "n", "ns"}


@pytest.mark.parametrize("keys", bench.KEYS)
def test_bench_looks_up_what_it_says(keys):
    present, hits, misses = bench._inputs(1000, keys, np.random.default_rng(1))
    assert set(hits) == set(present)
    assert len(set(present) | set(misses)) == 2000
    peers = [peer for peer in bench.PEERS if bench.installed(peer)]
    for name, contender in bench.contenders(keys, peers)[0].items():
        if name != "polars join":
            given = [x.tolist() if name == "dict" else x for x in (present, hits, misses)]
            table = contender.build(given[0])
            expected = {key: i for i, key in enumerate(present)}
            assert list(contender.find(table, given[1])) == [expected[key] for key in hits]
            assert list(contender.find(table, given[2])) == [-1] * 1000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--n", "many"], "--n must be a whole number such as 2^20, 1e6 or 1000000, got many"),
        (["--n", "10,"], "--n must be a whole number"),
        (["--n", "10,0"], "--n must be at least 1, got 0"),
        (["--keys", "float"], "unknown keys 'float'; allowed are int64, str"),
        (["--peers", "excel"], "unknown peer 'excel'; allowed are pandas, polars, hirola"),
        (["--rounds", "0"], "--rounds must be at least 1, got 0"),
        (["--magic"], "No such option: --magic"),
    ],
)
def test_bench_refuses_wrong_input(capsys, arguments, message):
    assert message in _error(capsys, "hash", "bench", *arguments)


def dedup(capfdbinary, path, *options):
    assert main(["hash", "dedup", str(path), *options]) == 0
    return capfdbinary.readouterr().out


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(st.sampled_from([b"", b"a", b"b\r", b"\0", b"\0\0", b"a" * 13, b"x" * 50, b"\xff\xfe"])),
    end=st.booleans(),
    block=st.sampled_from([1, 2, 7, 64, 1 << 20]),
)
def test_dedup_is_byte_exact(tmp_path, capfdbinary, lines, end, block):
    path = tmp_path / "lines"
    path.write_bytes(b"\n".join(lines) + (b"\n" if end and lines else b""))
    given_lines = path.read_bytes().split(b"\n")
    if given_lines[-1] == b"":
        given_lines.pop()
    counts = {}
    for line in given_lines:
        counts[line] = counts.get(line, 0) + 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hash_command, "_BLOCK", block)
        assert dedup(capfdbinary, path) == b"".join(line + b"\n" for line in counts)
        assert dedup(capfdbinary, path, "-d") == b"".join(line + b"\n" for line in counts if counts[line] > 1)
        assert dedup(capfdbinary, path, "-c") == b"".join(
            b"%7d %s\n" % (counts[line], line) for line in counts
        )
        assert dedup(capfdbinary, path, "-c", "-d") == b"".join(
            b"%7d %s\n" % (counts[line], line) for line in counts if counts[line] > 1
        )


@pytest.mark.parametrize("name", [[], ["-"]])
def test_dedup_reads_standard_input(monkeypatch, capfdbinary, name):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BufferedReader(io.BytesIO(b"b\na\nb"))))
    assert main(["hash", "dedup", *name]) == 0
    assert capfdbinary.readouterr().out == b"b\na\n"


def test_dedup_prints_lines_as_they_come():
    command = [sys.executable, "-m", "wayseer.solvers.cli", "hash", "dedup"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        for line in (b"one\n", b"two\n"):
            process.stdin.write(line + b"one\n")
            process.stdin.flush()
            assert process.stdout.readline() == line
        process.stdin.close()
        assert process.stdout.read() == b""
    assert process.returncode == 0


def test_index(tmp_path, capsys):
    keys, queries = np.array([[5, 7], [5, -3]], "i4"), np.array([[-3.0, 5.0, 6.0, 0.5]])
    np.save(tmp_path / "k.npy", keys)
    np.save(tmp_path / "q.npy", queries)
    table, slots = tmp_path / "t.wsh", tmp_path / "s.npy"
    assert main(["hash", "index", "build", str(tmp_path / "k.npy"), "-o", str(table), "--seed", "3"]) == 0
    assert main(["hash", "index", "query", str(table), str(tmp_path / "q.npy"), "-o", str(slots)]) == 0
    assert capsys.readouterr().out == ""
    found = np.load(slots)
    assert found.shape == queries.shape
    assert (found >= 0).tolist() == [[True, True, False, False]]
    opened = hashing.open(table)
    assert len(opened) == opened.capacity == 3
    assert opened.keys_view[found[0, :2]].tolist() == [-3, 5]


def test_index_of_nothing(tmp_path):
    np.save(tmp_path / "k.npy", np.empty(0, "M8[s]"))
    paths = [str(tmp_path / name) for name in ("k.npy", "t.wsh", "s.npy")]
    assert main(["hash", "index", "build", paths[0], "-o", paths[1]]) == 0
    assert main(["hash", "index", "query", paths[1], paths[0], "-o", paths[2]]) == 0
    assert np.load(paths[2]).shape == (0,)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["dedup", "none"], "none: No such file or directory"),
        (["dedup", "."], ".: Is a directory"),
        (["dedup", "--magic"], "No such option: --magic"),
        (["index", "build", "none.npy", "-o", "t"], "none.npy: No such file or directory"),
        (["index", "build", "bad", "-o", "t"], "bad: not a .npy file of numbers"),
        (["index", "build", "empty", "-o", "t"], "empty: not a .npy file of numbers"),
        (["index", "build", "text.npy", "-o", "t"], "HashMap for strings"),
        (["index", "build", "objects.npy", "-o", "t"], "objects.npy: not a .npy file of numbers"),
        (["index", "build", "archive.npz", "-o", "t"], "archive.npz: not a .npy file but an archive"),
        (["index", "build", "k.npy"], "Missing option"),
        (["index", "build", "k.npy", "-o", "none/t"], "none/t: No such file or directory"),
        (["index", "build", "k.npy", "-o", "t", "--load", "2"], "max_load must be above 0 and at most 1"),
        (["index", "build", "k.npy", "-o", "k.npy"], "k.npy"),
        (
            ["index", "query", "bad", "k.npy", "-o", "s"],
            "bad: end of file at byte 13: expected at least 4096",
        ),
        (["index", "query", "none", "k.npy", "-o", "s"], "none: No such file or directory"),
        (["index", "query", "map", "k.npy", "-o", "s"], "map: holds a HashMap, whose keys have no"),
        (["index", "query", "bad", "k.npy", "-o", "s", "--verify", "x"], "unknown verify 'x'"),
    ],
)
def test_wrong_files_are_one_line_and_exit_2(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad").write_bytes(b"not an array\n")
    (tmp_path / "empty").touch()
    np.save("text.npy", np.array(["a"]))
    np.save("objects.npy", np.array([None]), allow_pickle=True)
    np.savez("archive.npz", np.arange(3))
    hashing.HashMap([1, 2]).save("map")
    np.save("k.npy", np.arange(3))
    before = sorted(os.listdir())
    assert message in _error(capsys, "hash", *arguments)
    assert sorted(os.listdir()) == before
