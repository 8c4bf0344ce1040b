import importlib.machinery
import importlib.metadata
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

import wayseer
from wayseer import _core, gpu


def test_one_version_everywhere(repository: Path) -> None:
    cmake = (repository / "CMakeLists.txt").read_text()
    stated = re.search(r"project\(wayseer VERSION ([0-9.]+)", cmake)
    assert stated is not None
    assert wayseer.__version__ == importlib.metadata.version("wayseer") == stated[1]


def test_build_info_says_what_was_built() -> None:
    info = _core.build_info()
    assert set(info) == {"version", "compiler", "flags", "simd"}
    assert re.match(r"\w+ \d+\.\d+", info["compiler"])
    assert info["simd"] in {"avx512", "avx2", "sse2", "neon", "portable"}


def test_core_is_the_extension_module_and_not_the_directory_of_its_stubs() -> None:
    assert Path(_core.__file__).suffix in {".so", ".pyd"}


@pytest.mark.parametrize(
    "name",
    [
        "py.typed",
        "_core/__init__.pyi",
        "_core/tsp.pyi",
        "_core/hashing.pyi",
        "_core/clustering.pyi",
        "gpu/__init__.py",
        "solvers/cli.py",
    ],
)
def test_installed_layout(name: str) -> None:
    assert files("wayseer").joinpath(name).is_file()


def test_import_is_light() -> None:
    heavy = [
        "matplotlib",
        "networkx",
        "rich",
        "torch",
        "typer",
        "wayseer.hashing",
        "wayseer.clustering",
        "wayseer.solvers",
        "wayseer.tsp",
    ]
    program = f"import sys, wayseer; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "[]"


def test_rooms_are_imported_on_first_use() -> None:
    program = "import wayseer; print(wayseer.tsp.__name__)"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "wayseer.tsp"
    assert {"tsp", "hashing", "clustering", "gpu", "FormatError", "__version__"} <= set(dir(wayseer))
    with pytest.raises(AttributeError, match="no attribute 'tps'"):
        wayseer.tps  # noqa: B018


def test_format_error_is_a_value_error() -> None:
    assert issubclass(wayseer.FormatError, ValueError)


def test_gpu_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert not gpu.available()
    assert gpu.describe() == "torch not installed"


def test_gpu_with_torch() -> None:
    torch = pytest.importorskip("torch")
    assert gpu.available()
    assert gpu.describe().startswith(f"torch {torch.__version__} on ")


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [
        (True, False, "torch 9.9 on cuda (Card)"),
        (False, True, "torch 9.9 on mps"),
        (False, False, "torch 9.9 on cpu"),
    ],
)
def test_gpu_names_the_device(monkeypatch: pytest.MonkeyPatch, cuda: bool, mps: bool, expected: str) -> None:
    torch = ModuleType("torch")
    torch.__spec__ = importlib.machinery.ModuleSpec("torch", None)
    torch.__version__ = "9.9"
    torch.cuda = SimpleNamespace(is_available=lambda: cuda, get_device_name=lambda: "Card")
    torch.backends = SimpleNamespace(mps=SimpleNamespace(is_available=lambda: mps))
    monkeypatch.setitem(sys.modules, "torch", torch)
    assert gpu.describe() == expected


def test_gpu_with_a_broken_torch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise OSError('libc10.so: cannot open shared object file')")
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    assert gpu.describe() == "torch cannot be imported: libc10.so: cannot open shared object file"
