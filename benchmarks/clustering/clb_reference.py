"""The plain CLB of clb_reference.cpp, compiled once for a run."""

from __future__ import annotations

import functools
import os
import subprocess
import tempfile
from pathlib import Path

import wayseer.clustering as wc


@functools.cache
def _program() -> tuple[Path, tempfile.TemporaryDirectory[str]]:
    folder = tempfile.TemporaryDirectory()
    program = Path(folder.name) / "clb_reference"
    source = Path(__file__).with_suffix(".cpp")
    subprocess.run(
        [os.environ.get("CXX", "c++"), "-std=c++20", "-O3", str(source), "-o", str(program)], check=True
    )
    return program, folder


def clb_reference(g: wc.Graph) -> tuple[int, float]:
    """The bound and the seconds it took, without reading the graph."""
    u, v, _ = g.edges()
    lines = [f"{g.n} {g.m}"] + [f"{a} {b}" for a, b in zip(u.tolist(), v.tolist(), strict=True)]
    done = subprocess.run([_program()[0]], input="\n".join(lines), text=True, capture_output=True, check=True)
    bound, seconds = done.stdout.split()
    return int(bound), float(seconds)
