"""``wayseer tsp``: outputs, exit codes, and one line for every error."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from scipy import sparse
from typer.testing import CliRunner

import wayseer
from wayseer.solvers.cli import app, main
from wayseer.tsp import (
    TSPInstance,
    random_uniform,
    read_tour,
    read_tsplib,
    tour_length,
    write_tour,
    write_tsplib,
)

COMMAND = [sys.executable, "-m", "wayseer.solvers.cli"]


@pytest.fixture
def square(tmp_path):
    """Eight nodes around a square; the optimum is 8000, the file's order."""
    points = [[0, 0], [0, 1], [0, 2], [1, 2], [2, 2], [2, 1], [2, 0], [1, 0]]
    write_tsplib(
        tmp_path / "square.tsp", TSPInstance.from_points(1000 * np.array(points), "EUC_2D", name="square")
    )
    return tmp_path / "square.tsp"


@pytest.fixture
def large(tmp_path):
    points = np.round(random_uniform(2000, 1) * 1e6)
    write_tsplib(tmp_path / "large.tsp", TSPInstance.from_points(points, "EUC_2D", name="large"))
    return tmp_path / "large.tsp"


def _run(*arguments):
    return main([str(argument) for argument in arguments])


def _error(capsys, *arguments):
    """The one line of an error; nothing else may be printed."""
    assert _run(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"wayseer: error: .+\n", err), err
    return err.removeprefix("wayseer: error: ").rstrip("\n")


# --- solve ----------------------------------------------------------------------------------------------


def test_solve_writes_what_it_is_asked_to(square, tmp_path, capsys):
    tour, trace, picture = tmp_path / "a.tour", tmp_path / "t.csv", tmp_path / "p.png"
    assert _run("tsp", "solve", square, "--time", 5, "--tour", tour, "--trace", trace, "--plot", picture) == 0
    out, err = capsys.readouterr()
    assert err == ""
    rows = dict(line.split(maxsplit=1) for line in out.replace("lower bound", "bound").splitlines())
    assert rows["instance"] == "square (8 nodes, EUC_2D)"
    assert (rows["length"], rows["bound"], rows["gap"], rows["status"]) == ("8000", "8000", "0 %", "optimal")
    assert rows["tour"] == str(tour)
    assert tour_length(read_tsplib(square), read_tour(tour, 8)) == 8000
    assert "COMMENT : Length 8000\n" in tour.read_text()
    lines = trace.read_text().splitlines()
    assert lines[0] == "seconds,length"
    assert re.fullmatch(r"\d+\.\d{6},8000", lines[-1])
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_json_is_one_object_and_nothing_else(square, tmp_path, capsys):
    assert (
        _run("tsp", "solve", square, "--time", 5, "--seed", 3, "--tour", tmp_path / "a.tour", "--json") == 0
    )
    out, err = capsys.readouterr()
    assert err == ""
    facts = json.loads(out)
    assert out.count("\n") == 1
    expected = {
        "instance": "square",
        "n": 8,
        "metric": "EUC_2D",
        "symmetric": True,
        "length": 8000,
        "lower_bound": 8000,
        "gap": 0.0,
        "status": "optimal",
        "seed": 3,
        "tour": str(tmp_path / "a.tour"),
        "trace": None,
    }
    assert expected.items() <= facts.items()
    assert {"seconds", "method", "kicks", "iterations", "plot"} <= facts.keys()


def test_quiet_is_quiet(square, capsys):
    assert _run("tsp", "solve", square, "--time", 5, "--quiet") == 0
    assert capsys.readouterr() == ("", "")


def test_a_fixed_number_of_iterations_is_reproducible(large, tmp_path):
    tours = []
    for name in ("a.tour", "b.tour"):
        options = ("--method", "ils", "--max-iterations", 200, "--seed", 7, "--threads", 1, "--quiet")
        assert _run("tsp", "solve", large, *options, "--tour", tmp_path / name) == 0
        tours.append(read_tour(tmp_path / name, 2000))
    np.testing.assert_array_equal(*tours)


def test_start_tour_candidates_and_heatmap_are_taken(large, tmp_path, capsys):
    start = np.random.default_rng(0).permutation(2000)
    write_tour(tmp_path / "start.tour", start)
    edges = sparse.csr_array((np.ones(2000), (start, np.roll(start, -1))), shape=(2000, 2000))
    sparse.save_npz(tmp_path / "h.npz", edges)
    np.save(tmp_path / "c.npy", np.column_stack([np.roll(start, -1), np.full(2000, -1)])[np.argsort(start)])
    for option in (
        ("--init", tmp_path / "start.tour"),
        ("--heatmap", tmp_path / "h.npz"),
        ("--candidates", tmp_path / "c.npy"),
        ("--candidates", tmp_path / "h.npz"),
        ("--candidates", "quadrant"),
    ):
        assert _run("tsp", "solve", large, "--method", "ils", "--max-iterations", 10, "--json", *option) == 0
        assert json.loads(capsys.readouterr().out)["length"] < 40_000_000


def test_target_stops_early(large, capsys):
    assert _run("tsp", "solve", large, "--time", 600, "--target", 40_000_000, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["status"] == "target"
    assert facts["length"] <= 40_000_000


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_interrupt_writes_the_best_tour_and_exits_130(large, tmp_path):
    tour = tmp_path / "a.tour"
    command = [*COMMAND, "tsp", "solve", large, "--time", "600", "--tour", tour, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        # Not earlier than the run itself: wait for some processor time, whatever the machine's speed.
        while _processor_seconds(process.pid) < 4.0 and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")
    facts = json.loads(out)
    assert facts["status"] == "interrupted"
    assert tour_length(read_tsplib(large), read_tour(tour, 2000)) == facts["length"]


def _processor_seconds(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:  # not Linux, or gone
        time.sleep(4)
        return 4.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# --- the other commands ---------------------------------------------------------------------------------


def test_eval(square, tmp_path, capsys):
    write_tour(tmp_path / "a.tour", np.arange(8))
    assert _run("tsp", "eval", square, tmp_path / "a.tour", "--opt", 6400) == 0
    assert capsys.readouterr().out == "length  8000\ngap     25 %\n"
    assert _run("tsp", "eval", square, tmp_path / "a.tour", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"instance": "square", "n": 8, "length": 8000, "gap": None}
    (tmp_path / "b.tour").write_text("TYPE : TOUR\nTOUR_SECTION\n1 2 3 4 5 6 7 7\n-1\n")
    assert _error(capsys, "tsp", "eval", square, tmp_path / "b.tour") == (
        f"{tmp_path / 'b.tour'}:3: node 7 is given twice (first in line 3)"
    )


def test_generate_is_reproducible(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert _run("tsp", "generate", "--n", 50, "--seed", 4) == 0
    assert capsys.readouterr().out == "wrote uniform-50-4.tsp\n"
    assert (
        _run("tsp", "generate", "-n", 50, "--kind", "uniform", "--seed", 4, "-o", "b.tsp.gz", "--quiet") == 0
    )
    first, second = read_tsplib("uniform-50-4.tsp"), read_tsplib("b.tsp.gz")
    assert (first.n, first.metric, second.name) == (50, "EUC_2D", "b")
    np.testing.assert_array_equal(first.points, second.points)
    np.testing.assert_array_equal(first.points, np.round(random_uniform(50, 4) * 1e6))
    assert _run("tsp", "generate", "--n", 500, "--kind", "clustered", "--clusters", 3, "--scale", 1000) == 0
    assert read_tsplib("clustered-500-0.tsp").points.max() <= 1000


def test_convert(square, tmp_path, capsys):
    out = tmp_path / "m.tsp.gz"
    assert _run("tsp", "convert", square, out, "--format", "lower_diag_row") == 0
    a, b = read_tsplib(square), read_tsplib(out)
    assert (b.metric, b.name) == ("explicit", "square")
    tour = np.random.default_rng(0).permutation(8)
    assert tour_length(a, tour) == tour_length(b, tour)

    lines = tmp_path / "set.txt"
    lines.write_text("0 0 1 1 0 1 output 1 2 3 1\n0.5 0 1 0.25 output 1 2 1\n")
    assert _run("tsp", "convert", lines, tmp_path / "b.tsp", "--index", 1, "--tour", tmp_path / "b.tour") == 0
    assert read_tsplib(tmp_path / "b.tsp").points.tolist() == [[500_000, 0], [1_000_000, 250_000]]
    assert read_tour(tmp_path / "b.tour").tolist() == [0, 1]
    assert "has 2 instances" in _error(capsys, "tsp", "convert", lines, tmp_path / "b.tsp", "--index", 2)
    assert "holds no tour" in _error(
        capsys, "tsp", "convert", square, tmp_path / "c.tsp", "--tour", tmp_path / "c"
    )
    assert "unknown edge_weight_format 'ROW'" in _error(
        capsys, "tsp", "convert", square, tmp_path / "c.tsp", "--format", "row"
    )


def test_plot(square, tmp_path, capsys):
    write_tour(tmp_path / "a.tour", np.arange(8))
    assert _run("tsp", "plot", square, tmp_path / "a.tour", "-o", tmp_path / "p.svg") == 0
    assert capsys.readouterr() == ("", "")
    assert "<svg" in (tmp_path / "p.svg").read_text()


def test_help_and_version(capsys):
    for arguments in ([], ["--help"], ["tsp"], ["tsp", "solve", "--help"]):
        assert _run(*arguments) == 0
        assert "Usage: wayseer" in capsys.readouterr().out
    assert _run("--version") == 0
    out = capsys.readouterr().out
    assert re.search(rf"^wayseer +{re.escape(wayseer.__version__)}$", out, re.MULTILINE)
    for key in ("python", "numpy", "compiler", "simd", "gpu"):
        assert re.search(rf"^{key} +\S", out, re.MULTILINE), key
    result = CliRunner().invoke(app, ["tsp", "--help"])
    assert result.exit_code == 0
    assert all(command in result.output for command in ("solve", "eval", "convert", "generate", "plot"))


# --- errors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tsp", "solve"], "Missing argument 'FILE'"),
        (["tsp", "solve", "none.tsp"], "none.tsp: No such file or directory"),
        (["tsp", "solve", "."], ".: Is a directory"),
        (["tsp", "solve", "SQUARE", "--time", "0"], "time"),
        (["tsp", "solve", "SQUARE", "--time", "-1"], "time"),
        (["tsp", "solve", "SQUARE", "--time", "nan"], "time"),
        (["tsp", "solve", "SQUARE", "--time", "soon"], "'--time'"),
        (["tsp", "solve", "SQUARE", "--method", "magic"], "'auto', 'ils', 'eax', 'mcts', 'exact'"),
        (["tsp", "solve", "SQUARE", "--threads", "0"], "threads"),
        (["tsp", "solve", "SQUARE", "--seed", "-1"], "seed"),
        (["tsp", "solve", "SQUARE", "--max-iterations", "-1"], "max_iterations"),
        (["tsp", "solve", "SQUARE", "--candidates", "magic"], "magic"),
        (["tsp", "solve", "SQUARE", "--init", "SQUARE"], "TYPE 'TSP' is not supported; allowed are TOUR"),
        (["tsp", "solve", "SQUARE", "--heatmap", "SQUARE"], "not a heatmap"),
        (["tsp", "solve", "SQUARE", "--memory-limit", "10"], "memory_limit = 10 bytes"),
        (["tsp", "solve", "SQUARE", "--tour", "none/a.tour"], "none/a.tour: No such file or directory"),
        (["tsp", "solve", "SQUARE", "--trace", "."], ".: Is a directory"),
        (["tsp", "solve", "SQUARE", "--plot", "p.xyz"], "p.xyz: unknown kind of picture; allowed are"),
        (["tsp", "solve", "SQUARE", "--tour", "SQUARE"], "would overwrite the input"),
        (["tsp", "solve", "SQUARE", "--tour", "a", "--trace", "a"], "would overwrite the output of --tour"),
        (["tsp", "solve", "SQUARE", "--magic"], "No such option: --magic"),
        (["tsp", "magic"], "No such command 'magic'"),
        (["magic"], "No such command 'magic'"),
        (["tsp", "generate"], "Missing option '--n'"),
        (["tsp", "generate", "--n", "0"], "n must be at least 1, got 0"),
        (["tsp", "generate", "--n", "5", "--clusters", "2"], "--clusters is for --kind clustered"),
        (["tsp", "generate", "--n", "5", "--scale", "nan"], "--scale must be positive"),
        (["tsp", "generate", "--n", "5", "-o", "/dev/full"], "/dev/full: No space left on device"),
    ],
)
def test_wrong_input_is_one_line_and_exit_2(square, tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    before = sorted(os.listdir())
    assert message in _error(capsys, *(str(square) if word == "SQUARE" else word for word in arguments))
    assert sorted(os.listdir()) == before


def test_faults_of_files_have_their_line(square, capsys):
    square.write_text(square.read_text().replace("3 0 2000", "3 0 x"))
    assert _error(capsys, "tsp", "solve", square) == f"{square}:8: 'x' in NODE_COORD_SECTION is not a number"


def test_instances_without_coordinates_cannot_be_drawn(tmp_path, capsys):
    write_tsplib(tmp_path / "m.tsp", TSPInstance.from_matrix(1 - np.eye(9, dtype=int), name="m"))
    assert "m has no coordinates to draw" in _error(
        capsys, "tsp", "solve", tmp_path / "m.tsp", "--plot", tmp_path / "p.png"
    )


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_full_standard_output_is_one_line(square, tmp_path):
    write_tour(tmp_path / "a.tour", np.arange(8))
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*COMMAND, "tsp", "eval", square, tmp_path / "a.tour"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (done.returncode, done.stderr) == (2, "wayseer: error: No space left on device\n")


def test_warnings_are_one_line(capsys, monkeypatch, square):
    import warnings

    from wayseer.solvers import tsp as command

    def solve(*_, **__):
        warnings.warn("beware", UserWarning, stacklevel=2)
        raise ValueError("two\nlines")

    monkeypatch.setattr(command.tsp, "solve", solve)
    assert _run("tsp", "solve", square) == 2
    assert capsys.readouterr().err == "wayseer: warning: beware\nwayseer: error: two lines\n"


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_progress_is_shown_on_a_terminal_only(large):
    import pty

    controller, terminal = pty.openpty()
    done = subprocess.run(
        [*COMMAND, "tsp", "solve", large, "--time", "1", "--json"],
        stdout=subprocess.PIPE,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(terminal)
    shown = b""
    try:
        while block := os.read(controller, 65536):
            shown += block
    except OSError:  # Linux's end of file on a pseudo-terminal
        pass
    os.close(controller)
    assert json.loads(done.stdout)["n"] == 2000
    assert b"large" in shown
