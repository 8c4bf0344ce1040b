"""The command ``wayseer``: one group of commands for each room."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import warnings
from importlib.metadata import version
from typing import Annotated, Any

import typer

from wayseer.solvers import cluster, tsp
from wayseer.solvers import hash as hash_command

app = typer.Typer(
    name="wayseer",
    help="Classical algorithms that take predictions, and work well without one.",
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(cluster.app, name="cluster")
app.add_typer(hash_command.app, name="hash")
app.add_typer(tsp.app, name="tsp")


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    show_version: Annotated[
        bool, typer.Option("--version", help="Print versions, compiler, SIMD path and accelerator, and exit.")
    ] = False,
) -> None:
    if show_version:
        for key, value in _versions().items():
            typer.echo(f"{key:<12} {value}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : list of str, optional
        Default the process's own.

    Returns
    -------
    int
        0; 2 after wrong input or a file that cannot be read or written, with one line on standard error; 130
        after Ctrl-C, when a solver's best result so far has been written.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = _show_warning
        try:
            code = app(arguments, prog_name="wayseer", standalone_mode=False)
            if sys.stdout is not None:  # it may have been closed before we began
                sys.stdout.flush()
        except (KeyboardInterrupt, typer.Abort):
            return 130
        except BrokenPipeError:  # the reader of our output has gone; that is its right
            _drop_stdout()
            return 1
        except (ValueError, TypeError, OverflowError, OSError, ImportError, MemoryError) as error:
            return _fail(error)
        except Exception as error:
            if not hasattr(error, "format_message"):  # typer's own errors, whose class is not public
                raise
            return _fail(error)
    return code if isinstance(code, int) else 0


def _fail(error: Exception) -> int:
    if hasattr(error, "format_message"):
        message = error.format_message()
    elif isinstance(error, OSError) and error.strerror is not None:
        message = f"{error.filename}: {error.strerror}" if error.filename is not None else error.strerror
    else:
        message = str(error) or type(error).__name__
    print("wayseer: error:", " ".join(message.split()), file=sys.stderr)
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        return 2
    _drop_stdout()  # full: Python would complain again on leaving
    return 2


def _drop_stdout() -> None:
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _show_warning(message: Any, *_: Any, **__: Any) -> None:
    print("wayseer: warning:", " ".join(str(message).split()), file=sys.stderr)


def _versions() -> dict[str, str]:
    """What a bug report needs."""
    import wayseer
    from wayseer import gpu
    from wayseer._core import build_info

    found = {
        "wayseer": wayseer.__version__,
        "python": f"{platform.python_version()} ({platform.platform()})",
        "numpy": version("numpy"),
        "scipy": version("scipy"),
    }
    found |= {key: str(value) for key, value in build_info().items() if key != "version"}
    return found | {"gpu": str(gpu.describe())}


if __name__ == "__main__":
    sys.exit(main())
