"""``wayseer hash probes``: outputs, exit codes, and one line for every error."""

import json
import os
import re

import pytest

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
