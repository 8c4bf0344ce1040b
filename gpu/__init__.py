"""The learned side of wayseer, on PyTorch (``pip install "wayseer[learn]"``).

torch takes seconds to import, so nothing here imports it before it is needed.
"""

import importlib.util

__all__ = ["available", "describe"]


def available() -> bool:
    """Whether torch is installed; does not import it."""
    return importlib.util.find_spec("torch") is not None


def describe() -> str:
    """Return the torch version and the device it would run on, as one line for people.

    Never raises: a missing or broken torch is part of the answer. Imports torch.
    """
    if not available():
        return "torch not installed"
    try:
        import torch
    except (ImportError, OSError) as error:  # OSError: a shared library that does not load
        return f"torch cannot be imported: {error}"
    if torch.cuda.is_available():
        device = f"cuda ({torch.cuda.get_device_name()})"
    elif torch.backends.mps.is_available():
        device = "mps"
    else:
        device = "cpu"
    return f"torch {torch.__version__} on {device}"
