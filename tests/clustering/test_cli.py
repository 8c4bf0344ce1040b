"""The command: files in, files and JSON out, one line and exit 2 for what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse

import wayseer.clustering as wc
from wayseer.solvers.cli import main

FIELDS = {
    "labels",
    "objective",
    "n_clusters",
    "lower_bound",
    "gap",
    "status",
    "seconds",
    "iterations",
    "trajectory",
    "stats",
}


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main(["cluster", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def run_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, object]:
    code, out, err = run(capsys, *arguments, "--json")
    assert (code, err) == (0, "")
    facts = json.loads(out)
    assert isinstance(facts, dict)
    return facts


@pytest.fixture
def two_cliques(tmp_path: Path) -> Path:
    """Vertices 10..13 and 20..23, two cliques, joined by an edge."""
    path = tmp_path / "cliques.txt"
    lines = [f"{c + i} {c + j}" for c in (10, 20) for i in range(4) for j in range(i)]
    path.write_text("\n".join([*lines, "13 20"]) + "\n")
    return path


def test_eval_prints_all_that_fits(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, two_cliques: Path
) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("".join(f"{v} {v // 10}\n" for v in (10, 11, 12, 13, 20, 21, 22, 23)))
    facts = run_json(capsys, "eval", two_cliques, labels)
    assert facts["disagreements"] == facts["objective"] == 1
    assert (facts["n"], facts["m"], facts["n_clusters"], facts["min_max"]) == (8, 13, 2, 1)
    assert run_json(capsys, "eval", two_cliques, labels, "--objective", "min-max")["objective"] == 1
    assert run_json(capsys, "eval", two_cliques, labels, "--objective", "lp", "--p", 1)["objective"] == 2
    code, out, _ = run(capsys, "eval", two_cliques, labels)
    assert code == 0
    assert "disagreements  1\n" in out


def test_eval_of_signed_and_weighted_graphs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("0\n0\n1\n")
    (tmp_path / "g.csv").write_text("a,b,w\n0,1,2\n1,2,-3\n0,2,1\n")
    facts = run_json(capsys, "eval", tmp_path / "g.csv", tmp_path / "labels.txt")
    assert (facts["multicut"], facts["disagreements_weighted"]) == (-2, 1)
    (tmp_path / "g.csv").write_text("0,1,2\n1,2,3\n0,2,1\n")
    facts = run_json(capsys, "eval", tmp_path / "g.csv", tmp_path / "labels.txt", "--resolution", 0.25)
    assert (facts["cost"], facts["quality"]) == (0.75 + 2.75, 1.75)


def test_convert(capsys: pytest.CaptureFixture[str], tmp_path: Path, two_cliques: Path) -> None:
    for name in ("g.npz", "g.mtx.gz", "g.graph", "g.csv.xz"):
        assert run(capsys, "convert", two_cliques, tmp_path / name)[0] == 0
        assert wc.read_graph(tmp_path / name).m == 13
    assert run(capsys, "convert", two_cliques, tmp_path / "g.dat", "--to", "metis")[0] == 0
    assert run(capsys, "convert", tmp_path / "g.dat", tmp_path / "h.npz", "--from", "metis")[0] == 0
    assert wc.read_graph(tmp_path / "h.npz").n == 8


def test_generate(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out, labels = tmp_path / "g.npz", tmp_path / "labels.txt"
    arguments = ("generate", "planted", "-n", 40, "-k", 4, "-o", out, "--labels", labels)
    code, text, _ = run(capsys, *arguments, "--p-in", 1, "--p-out", 0)
    assert (code, text) == (0, f"wrote {out} (40 vertices, 180 edges)\n")
    assert run_json(capsys, "eval", out, labels)["disagreements"] == 0
    assert run(capsys, *arguments, "--degree-in", 9, "--degree-out", 0, "--quiet") == (0, "", "")
    assert run_json(capsys, "eval", out, labels)["disagreements"] == 0
    assert run(capsys, "generate", "rmat", "--scale", 7, "-o", out, "--seed", 3)[0] == 0
    assert np.array_equal(wc.read_graph(out).targets, wc.datasets.rmat(7, seed=3).targets)
    assert run(capsys, "generate", "power-law", "-n", 200, "--average-degree", 6, "-o", out)[0] == 0
    assert wc.read_graph(out).n == 200


def test_what_is_wrong_is_one_line_and_exit_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, two_cliques: Path
) -> None:
    broken = tmp_path / "broken.txt"
    broken.write_text("1 2\n3\n")
    labels = tmp_path / "labels.txt"
    labels.write_text("1\n2\n")
    for arguments, message in (
        (("eval", broken, labels), "broken.txt:2: has 1 field"),
        (("eval", two_cliques, labels), "has 2 labels; there are 8 vertices"),
        (("eval", tmp_path / "none.txt", labels), "No such file"),
        (("convert", two_cliques, two_cliques), "would overwrite the input"),
        (("convert", two_cliques, tmp_path / "none" / "g.npz"), "No such file or directory"),
        (("convert", two_cliques, tmp_path / "g.xyz"), "the suffix does not say"),
        (("convert", two_cliques, tmp_path / "g.mtx", "--merge", "max"), "merge"),
        (
            ("generate", "planted", "-n", 9, "-k", 3, "-o", tmp_path / "g.npz", "--p-in", 1),
            "allowed are --p-in",
        ),
        (("cc", two_cliques, "--p", 3), "--p is for --objective lp"),
        (("cc", two_cliques, "--out", tmp_path / "none" / "labels.txt"), "No such file or directory"),
        (("cc", two_cliques, "--plot", tmp_path / "plot.xyz"), "plot"),
    ):
        code, out, err = run(capsys, *arguments)
        assert (code, out) == (2, "")
        assert err.startswith("wayseer: error: ")
        assert message in err
        assert err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.txt", "cliques.txt", "labels.txt"]


def test_vertices_lost_in_an_edge_list_are_warned_of(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    wc.write_graph(tmp_path / "g.npz", wc.from_edges([0], [1], n=3))
    code, _, err = run(capsys, "convert", tmp_path / "g.npz", tmp_path / "g.txt")
    assert code == 0
    assert "wayseer: warning:" in err
    assert "1 vertices have no edge" in err


@pytest.mark.parametrize("objective", ["disagreements", "min-max", "lp"])
def test_cc(capsys: pytest.CaptureFixture[str], tmp_path: Path, two_cliques: Path, objective: str) -> None:
    out = tmp_path / "labels.txt"
    extra = ("--p", 2) if objective == "lp" else ()
    facts = run_json(
        capsys,
        "cc",
        two_cliques,
        "--objective",
        objective,
        "--time-limit",
        0.5,
        "--threads",
        1,
        "--out",
        out,
        *extra,
    )
    assert set(facts) >= FIELDS
    assert facts["objective"] == (2**0.5 if objective == "lp" else 1)
    again = run_json(capsys, "eval", two_cliques, out, "--objective", objective, *extra)
    assert again["objective"] == facts["objective"]


def test_multicut(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "g.txt").write_text("MULTICUT\n0 1 2\n1 2 -3\n0 2 1\n")
    facts = run_json(capsys, "multicut", tmp_path / "g.txt", "--out", tmp_path / "labels.txt")
    assert set(facts) >= FIELDS
    assert facts["objective"] == -2
    assert (tmp_path / "labels.txt").read_text() == "0\n0\n1\n"


def test_ecc(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "h.txt").write_text("5,7 30\n7,9 20\n5,9 30\n")
    facts = run_json(capsys, "ecc", tmp_path / "h.txt", "--time-limit", 1, "--out", tmp_path / "labels.txt")
    assert set(facts) >= FIELDS
    assert facts["objective"] == 1
    assert (tmp_path / "labels.txt").read_text() == "5 30\n7 30\n9 30\n"


def test_cubic(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pair_costs = np.array([[0.0, -2, 1], [-2, 0, 1], [1, 1, 0]])  # 0 and 1 together, 2 apart
    wc.write_cubic(tmp_path / "p.npz", wc.CubicProblem(pair_costs, {(0, 1, 2): 0.5}))  # type: ignore[attr-defined]
    facts = run_json(capsys, "cubic", tmp_path / "p.npz", "--out", tmp_path / "labels.txt")
    assert set(facts) >= FIELDS
    assert facts["objective"] == -2
    assert (tmp_path / "labels.txt").read_text() == "0\n0\n1\n"


def test_hash(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    blocks = scipy.sparse.block_diag([np.ones((4, 3))] * 5)
    scipy.sparse.save_npz(tmp_path / "b.npz", scipy.sparse.csr_array(blocks))
    facts = run_json(capsys, "hash", tmp_path / "b.npz", "--out", tmp_path / "h.npz", "--threads", 1)
    assert (facts["n_user_buckets"], facts["n_item_buckets"]) == (5, 5)
    with np.load(tmp_path / "h.npz") as found:
        assert len(np.unique(found["user_bucket"])) == 5


@pytest.mark.parametrize("command", ["cc", "multicut"])
def test_after_ctrl_c_the_labels_are_written_and_the_exit_status_is_130(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    two_cliques: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    def interrupted(graph: wc.Graph, **options: object) -> wc.ClusteringResult:
        assert options["seed"] == 5
        labels = np.array([0, 0, 0, 0, 1, 1, 1, 1], np.int32)
        return wc.ClusteringResult(labels=labels, objective=1.0, n_clusters=2, status="interrupted")

    name = {"cc": "correlation_cluster", "multicut": "multicut"}[command]
    monkeypatch.setattr(wc, name, interrupted, raising=False)
    out = tmp_path / "labels.txt"
    code, text, _ = run(capsys, command, two_cliques, "--seed", 5, "--out", out)
    assert code == 130
    assert "interrupted" in text
    assert out.read_text().splitlines()[0] == "10 0"
