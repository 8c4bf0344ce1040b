"""``wayseer tsp``: solve, eval, convert, generate and plot."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from wayseer import tsp
from wayseer._common.files import replace_text
from wayseer.solvers.outputs import check_outputs, check_picture, write_picture
from wayseer.solvers.progress import cores, progress
from wayseer.tsp.io import EDGE_WEIGHT_FORMATS, read_coordinate_lines, read_heatmap
from wayseer.tsp.problem import renamed

app = typer.Typer(
    help="Travelling salesman problems, symmetric and asymmetric.",
    no_args_is_help=False,
    rich_markup_mode=None,
)

_DEFAULT_SECONDS = 10.0


class Method(StrEnum):
    """The methods of `wayseer.tsp.solve`."""

    auto = "auto"
    ils = "ils"
    eax = "eax"
    mcts = "mcts"
    exact = "exact"


class Kind(StrEnum):
    """The generators of random instances."""

    uniform = "uniform"
    clustered = "clustered"


InstanceFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="TSPLIB instance: .tsp or .atsp, also .gz.")
]
TourFile = Annotated[Path, typer.Argument(metavar="TOUR", help="TSPLIB tour.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


@app.callback(invoke_without_command=True)
def _root(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def solve(
    file: InstanceFile,
    time: Annotated[
        float | None,
        typer.Option(help=f"Wall seconds. Default {_DEFAULT_SECONDS:g}, or no limit with --max-iterations."),
    ] = None,
    max_iterations: Annotated[
        int | None, typer.Option(help="Kicks (ils), generations (eax) or actions (mcts); reproducible.")
    ] = None,
    target: Annotated[float | None, typer.Option(help="Stop at a tour of this length or less.")] = None,
    seed: Annotated[int, typer.Option(help="Of the random numbers.")] = 0,
    threads: Annotated[int | None, typer.Option(help="Default: all cores.")] = None,
    method: Annotated[
        Method, typer.Option(help="The algorithm; auto chooses by size and time.")
    ] = Method.auto,
    bound: Annotated[bool, typer.Option("--bound", help="Also compute a certified lower bound.")] = False,
    init: Annotated[Path | None, typer.Option(metavar="TOUR", help="Start tour; never made longer.")] = None,
    heatmap: Annotated[
        Path | None,
        typer.Option(metavar="FILE.npz", help="Predicted edges: a scipy.sparse.save_npz file or arrays."),
    ] = None,
    candidates: Annotated[
        str | None,
        typer.Option(
            metavar="METHOD|FILE",
            help="Further candidate edges: knn, quadrant, auto, alpha or delaunay, or an .npy array of ids "
            "(n, K) from 0, padded with -1, or a sparse .npz pattern.",
        ),
    ] = None,
    memory_limit: Annotated[int, typer.Option(help="Bytes that reading and solving may allocate.")] = 4 << 30,
    tour: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write the tour (TSPLIB; .gz packs it).")
    ] = None,
    trace: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write seconds,length of each improvement (CSV).")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Draw the tour (.png, .pdf, .svg).")
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find a short tour.

    Ctrl-C ends the search; the best tour so far is written and the exit status is 130.
    """
    outputs = {"--tour": tour, "--trace": trace, "--plot": plot}
    check_outputs(outputs, inputs=(file, init, heatmap))
    if time is None and max_iterations is None:
        time = _DEFAULT_SECONDS
    instance = tsp.read_tsplib(file, memory_limit=memory_limit)
    if plot is not None:
        _check_plot(plot, instance)
    start = None if init is None else tsp.read_tour(init, instance.n)
    prior = None if heatmap is None else read_heatmap(heatmap)
    edges = None if candidates is None else _candidates(instance, candidates)
    goal = int(target) if target is not None and target.is_integer() else target
    with progress(instance.name, time, shown=not quiet) as callback:
        result = tsp.solve(
            instance,
            time_limit=time,
            seed=seed,
            init=start,
            candidates=edges,
            heatmap=prior,
            method=method.value,
            threads=threads if threads is not None else cores(),
            max_iterations=max_iterations,
            callback=callback,
            target=goal,
            bound=bound,
            memory_limit=memory_limit,
        )
    if tour is not None:
        tsp.write_tour(tour, result.tour, name=instance.name, length=result.length)
    if trace is not None:
        with replace_text(trace) as out:
            out.write("seconds,length\n")
            out.writelines(f"{seconds:.6f},{length!r}\n" for seconds, length in result.trace)
    if plot is not None:
        write_picture(plot, tsp.plot(instance, result.tour))
    facts = {
        "instance": instance.name,
        "n": instance.n,
        "metric": instance.metric,
        "symmetric": instance.symmetric,
        "length": result.length,
        "lower_bound": result.lower_bound,
        "gap": result.gap,
        "status": result.status,
        "seconds": result.seconds,
        "method": result.method,
        "seed": result.seed,
        "kicks": result.kicks,
        "iterations": result.iterations,
        "tour": None if tour is None else str(tour),
        "trace": None if trace is None else str(trace),
        "plot": None if plot is None else str(plot),
    }
    if as_json:
        typer.echo(json.dumps(facts, default=float))
    elif not quiet:
        _print_summary(facts)
    if result.status == "interrupted":
        raise typer.Exit(130)


@app.command("eval")
def evaluate(
    file: InstanceFile,
    tour: TourFile,
    opt: Annotated[float | None, typer.Option(help="The optimum, to print the gap to it.")] = None,
    as_json: Json = False,
) -> None:
    """Check a tour and print its length; the exit status is 2 if it is not one."""
    instance = tsp.read_tsplib(file)
    length = tsp.tour_length(instance, tsp.read_tour(tour, instance.n))
    if opt is not None and not opt > 0:
        raise ValueError(f"--opt must be positive, got {opt:g}")
    gap = None if opt is None else length / opt - 1.0
    if as_json:
        typer.echo(json.dumps({"instance": instance.name, "n": instance.n, "length": length, "gap": gap}))
        return
    typer.echo(f"length  {length}")
    if gap is not None:
        typer.echo(f"gap     {_percent(gap)}")


@app.command()
def convert(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="TSPLIB instance, or .txt of the learning community's lines.")
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="TSPLIB instance; .gz packs it.")],
    layout: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="Write all distances, as "
            + ", ".join(EDGE_WEIGHT_FORMATS)
            + ". Default: as they are given.",
        ),
    ] = None,
    index: Annotated[int, typer.Option(help="Which line of a .txt file, from 0.")] = 0,
    scale: Annotated[
        float, typer.Option(help="Coordinates of a .txt file times this, rounded, make EUC_2D.")
    ] = 1e6,
    tour: Annotated[
        Path | None,
        typer.Option(metavar="OUT", help="Also write the tour of a .txt line; such tours are not optimal."),
    ] = None,
) -> None:
    """Read an instance in one format and write it in another."""
    check_outputs({"OUT": out, "--tour": tour}, inputs=(source,))
    if source.name.removesuffix(".gz").endswith(".txt"):
        lines = read_coordinate_lines(source)
        if not 0 <= index < len(lines):
            raise ValueError(f"--index {index}: {source} has {len(lines)} instances, counted from 0")
        points, given = lines[index]
        instance = _scaled(points, scale, out)
    else:
        instance, given = tsp.read_tsplib(source), None
    if tour is not None and given is None:
        raise ValueError(f"--tour: {source} holds no tour")
    tsp.write_tsplib(out, instance, edge_weight_format=None if layout is None else layout.upper())
    if tour is not None and given is not None:
        tsp.write_tour(tour, given, name=instance.name, length=tsp.tour_length(instance, given))


@app.command()
def generate(
    n: Annotated[int, typer.Option("--n", "-n", help="Number of nodes.")],
    kind: Annotated[Kind, typer.Option(help="Points all over the square, or around centres.")] = Kind.uniform,
    seed: Annotated[int, typer.Option(help="The same seed gives the same points.")] = 0,
    clusters: Annotated[
        int | None, typer.Option(help="Centres of --kind clustered; default n / 100.")
    ] = None,
    scale: Annotated[float, typer.Option(help="Side of the square; coordinates are rounded.")] = 1e6,
    out: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT", help="Default: KIND-N-SEED.tsp here.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Write a random instance (EUC_2D)."""
    if clusters is not None and kind is not Kind.clustered:
        raise ValueError(f"--clusters is for --kind clustered, not for --kind {kind.value}")
    path = out or Path(f"{kind.value}-{n}-{seed}.tsp")
    check_outputs({"--output": path}, inputs=())
    if kind is Kind.clustered:
        points = tsp.random_clustered(n, seed, clusters)
    else:
        points = tsp.random_uniform(n, seed)
    tsp.write_tsplib(path, _scaled(points, scale, path))
    if not quiet:
        typer.echo(f"wrote {path}")


@app.command("plot")
def draw(
    file: InstanceFile,
    tour: TourFile,
    out: Annotated[Path, typer.Option("--output", "-o", metavar="OUT", help="A .png, .pdf or .svg file.")],
) -> None:
    """Draw a tour."""
    check_outputs({"--output": out}, inputs=(file, tour))
    instance = tsp.read_tsplib(file)
    _check_plot(out, instance)
    write_picture(out, tsp.plot(instance, tsp.read_tour(tour, instance.n)))


def _check_plot(path: Path, instance: tsp.TSPInstance) -> None:
    check_picture(path)
    if instance.points is None and instance.display is None:
        raise ValueError(f"{path}: {instance.name} has no coordinates to draw")


def _candidates(instance: tsp.TSPInstance, given: str) -> Any:
    if given.endswith(".npy"):
        return np.load(given, allow_pickle=False)
    if given.endswith(".npz"):
        return read_heatmap(given)
    return tsp.candidates(instance, method=given)


def _scaled(points: Any, scale: float, path: Path) -> tsp.TSPInstance:
    if not 0 < scale <= 2**50:
        raise ValueError(f"--scale must be positive and at most 2^50, got {scale:g}")
    instance = tsp.TSPInstance.from_points(np.round(points * scale), "EUC_2D")
    return renamed(instance, path.name.removesuffix(".gz").removesuffix(".tsp"))


def _print_summary(facts: dict[str, Any]) -> None:
    kind = facts["metric"] if facts["symmetric"] else f"{facts['metric']}, asymmetric"
    rows = {"instance": f"{facts['instance']} ({facts['n']} nodes, {kind})", "length": facts["length"]}
    if facts["lower_bound"] is not None:
        rows |= {"lower bound": facts["lower_bound"], "gap": _percent(facts["gap"])}
    rows |= {
        "status": facts["status"].replace("_", " "),
        "method": facts["method"],
        "time": f"{facts['seconds']:.2f} s",
        "seed": facts["seed"],
    }
    rows |= {key: facts[key] for key in ("tour", "trace", "plot") if facts[key] is not None}
    for key, value in rows.items():
        typer.echo(f"{key:<12} {value}")


def _percent(gap: float) -> str:
    return f"{100.0 * gap:.4g} %"
