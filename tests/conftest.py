import os
from pathlib import Path

import pytest
from hypothesis import settings

# No test may depend on the machine's speed, so examples have no deadline.
# CI repeats the same examples; runs at home look for new ones.
settings.register_profile("wayseer", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("wayseer")


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def data_dir(repository: Path) -> Path:
    """Large instances that are not ours to ship: $WAYSEER_DATA, else ../shared/data beside the repository."""
    directory = Path(os.environ.get("WAYSEER_DATA", repository.parent / "shared" / "data"))
    if not directory.is_dir():
        pytest.skip(f"no instances at {directory}; set WAYSEER_DATA")
    return directory
