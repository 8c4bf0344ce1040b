"""The checked-in type stubs of the extension module say what the module says; `make stubs` renews them."""

import ast
import subprocess
import sys
from importlib.resources import files
from pathlib import Path


def declarations(stub: str) -> str:
    """The stub without its docstrings, which are free to differ in layout."""
    tree = ast.parse(stub)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            del node.body[0]
    return ast.unparse(tree)


def test_stubs_match_the_module(tmp_path: Path) -> None:
    generate = [sys.executable, "-m", "pybind11_stubgen", "wayseer._core", "--exit-code", "--output-dir"]
    subprocess.run([*generate, str(tmp_path)], check=True)
    generated = tmp_path / "wayseer" / "_core"
    checked_in = files("wayseer").joinpath("_core")
    assert {stub.name for stub in checked_in.iterdir()} == {stub.name for stub in generated.iterdir()}
    for stub in checked_in.iterdir():
        assert declarations(stub.read_text()) == declarations((generated / stub.name).read_text())
