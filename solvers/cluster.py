"""``wayseer cluster``: cc, multicut, ecc, cubic, hash, eval, convert and generate."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from wayseer import clustering as wc
from wayseer._common.files import replace_file
from wayseer.clustering.objective import OBJECTIVES
from wayseer.clustering.problem import Graph
from wayseer.solvers.outputs import check_outputs, check_picture, write_picture
from wayseer.solvers.progress import cores, progress

app = typer.Typer(
    help="Clustering by what agrees and what disagrees.", no_args_is_help=False, rich_markup_mode=None
)
generate = typer.Typer(help="Write a random graph.", no_args_is_help=False, rich_markup_mode=None)
app.add_typer(generate, name="generate")


class Objective(StrEnum):
    """What `cc` minimises."""

    disagreements = "disagreements"
    min_max = "min-max"
    lp = "lp"


class Bound(StrEnum):
    """The lower bounds of `cc`."""

    triangles = "triangles"
    lp = "lp"


class Merge(StrEnum):
    """What to do with an edge given more than once."""

    error = "error"
    first = "first"
    sum = "sum"


class Symmetrize(StrEnum):
    """How to make a matrix symmetric."""

    max = "max"
    min = "min"
    sum = "sum"


GraphFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="Graph: .txt, .csv, .tsv, .edges, .graph, .mtx, .multicut (also packed) or .npz."
    ),
]
Format = Annotated[str | None, typer.Option("--format", help="The format of FILE, if its suffix is another.")]
MergeOption = Annotated[Merge, typer.Option("--merge", help="What to do with an edge given more than once.")]
DropLoops = Annotated[bool, typer.Option("--drop-loops", help="Drop self-loops instead of refusing them.")]
SymmetrizeOption = Annotated[
    Symmetrize | None, typer.Option("--symmetrize", help="For matrices that are not symmetric.")
]
TimeLimit = Annotated[float | None, typer.Option(help="Wall seconds. Default: the method's own end.")]
MaxIterations = Annotated[int | None, typer.Option(help="Iterations of the method; reproducible.")]
Target = Annotated[float | None, typer.Option(help="Stop at an objective of this or less.")]
Seed = Annotated[int, typer.Option(help="Of the random numbers.")]
Threads = Annotated[int | None, typer.Option(help="Default: all cores.")]
Out = Annotated[
    Path | None,
    typer.Option(metavar="OUT", help="Write the labels, one on a line, or `id label` if the file has ids."),
]
Plot = Annotated[Path | None, typer.Option(metavar="OUT", help="Draw the result (.png, .pdf, .svg).")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Output = Annotated[Path, typer.Option("--output", "-o", metavar="OUT", help="The graph; the suffix decides.")]


@app.callback(invoke_without_command=True)
def _root(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@generate.callback(invoke_without_command=True)
def _generate_root(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def cc(
    file: GraphFile,
    objective: Annotated[
        Objective, typer.Option(help="All disagreements, the most at one vertex, or their lp norm.")
    ] = Objective.disagreements,
    p: Annotated[float | None, typer.Option(help="The exponent of --objective lp, at least 1.")] = None,
    method: Annotated[str, typer.Option(help="The algorithm; auto chooses.")] = "auto",
    resolution: Annotated[
        float | None, typer.Option(help="What a pair without an edge costs, against an edge: gamma.")
    ] = None,
    time_limit: TimeLimit = None,
    max_iterations: MaxIterations = None,
    target: Target = None,
    seed: Seed = 0,
    threads: Threads = None,
    bound: Annotated[Bound | None, typer.Option(help="Also compute a lower bound.")] = None,
    format: Format = None,
    merge: MergeOption = Merge.error,
    drop_loops: DropLoops = False,
    symmetrize: SymmetrizeOption = None,
    out: Out = None,
    plot: Plot = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Cluster a graph whose absent edges say "apart".

    Ctrl-C ends the search; the best clustering so far is written and the exit status is 130.
    """
    _check_run(file, out, plot)
    if p is not None and objective is not Objective.lp:
        raise ValueError(f"--p is for --objective lp, not for --objective {objective.value}")
    graph = _read(file, format, merge, drop_loops, symmetrize)
    options: dict[str, Any] = {"threads": threads if threads is not None else cores()}
    options |= _given(p=p, resolution=resolution, max_iterations=max_iterations, target=target)
    if bound is not None:
        options["bound"] = bound.value
    with progress(file.name, time_limit, shown=not quiet) as callback:
        result = wc.correlation_cluster(
            graph,
            objective=objective.value.replace("-", "_"),
            method=method,
            time_limit=time_limit,
            seed=seed,
            callback=callback,
            **options,
        )
    if out is not None:
        wc.write_labels(out, result.labels, graph.vertex_ids)
    if plot is not None:
        write_picture(plot, wc.plot_disagreements(graph, {method: result.labels}))
    _finish(file, result, {"n": graph.n, "m": graph.m}, out, plot, as_json=as_json, quiet=quiet)


@app.command()
def multicut(
    file: GraphFile,
    method: Annotated[str, typer.Option(help="The algorithm; auto chooses.")] = "auto",
    time_limit: TimeLimit = None,
    max_iterations: MaxIterations = None,
    target: Target = None,
    seed: Seed = 0,
    threads: Threads = None,
    format: Format = None,
    merge: MergeOption = Merge.error,
    drop_loops: DropLoops = False,
    symmetrize: SymmetrizeOption = None,
    out: Out = None,
    plot: Plot = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Cluster a graph with signed weights, whose absent edges say nothing.

    Ctrl-C ends the search; the best clustering so far is written and the exit status is 130.
    """
    _check_run(file, out, plot)
    graph = _read(file, format, merge, drop_loops, symmetrize)
    options: dict[str, Any] = {"threads": threads if threads is not None else cores()}
    options |= _given(max_iterations=max_iterations, target=target)
    with progress(file.name, time_limit, shown=not quiet) as callback:
        result = wc.multicut(
            graph, method=method, time_limit=time_limit, seed=seed, callback=callback, **options
        )
    if out is not None:
        wc.write_labels(out, result.labels, graph.vertex_ids)
    if plot is not None:
        _draw(plot, result)
    _finish(file, result, {"n": graph.n, "m": graph.m}, out, plot, as_json=as_json, quiet=quiet)


@app.command()
def ecc(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Lines v1,v2,...,vr colour; or the folder or prefix of a triple of files."
        ),
    ],
    method: Annotated[str, typer.Option(help="The algorithm; auto chooses.")] = "auto",
    best_of: Annotated[int | None, typer.Option(help="Repetitions of a random method.")] = None,
    time_limit: TimeLimit = None,
    seed: Seed = 0,
    out: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write `vertex colour` lines, as named in the file.")
    ] = None,
    plot: Plot = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Colour the vertices of a hypergraph whose edges have colours."""
    _check_run(file, out, plot)
    hypergraph = wc.read_ecc(file)
    options = _given(best_of=best_of)
    with progress(file.name, time_limit, shown=not quiet) as callback:
        result = wc.edge_colored_cluster(
            hypergraph, method=method, time_limit=time_limit, seed=seed, callback=callback, **options
        )
    if out is not None:
        colors = np.arange(hypergraph.n_colors) if hypergraph.color_ids is None else hypergraph.color_ids
        wc.write_labels(out, np.asarray(colors)[result.labels], hypergraph.vertex_ids)
    if plot is not None:
        _draw(plot, result)
    facts = {"n": hypergraph.n, "m": hypergraph.m, "n_colors": hypergraph.n_colors}
    _finish(file, result, facts, out, plot, as_json=as_json, quiet=quiet)


@app.command()
def cubic(
    file: Annotated[Path, typer.Argument(metavar="FILE.npz", help="Costs of pairs and triples.")],
    persistency: Annotated[bool, typer.Option(help="First fix what is proven to be optimal.")] = True,
    time_limit: TimeLimit = None,
    seed: Seed = 0,
    out: Out = None,
    plot: Plot = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Partition a set with costs of pairs and triples."""
    _check_run(file, out, plot)
    problem = wc.read_cubic(file)
    with progress(file.name, time_limit, shown=not quiet) as callback:
        result = problem.solve(persistency=persistency, time_limit=time_limit, seed=seed, callback=callback)
    if out is not None:
        wc.write_labels(out, result.labels)
    if plot is not None:
        _draw(plot, result)
    _finish(file, result, {"n": problem.n}, out, plot, as_json=as_json, quiet=quiet)


@app.command("hash")
def hash_graph(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.npz", help="Users x items: a matrix of scipy.sparse.save_npz.")
    ],
    resolution: Annotated[float | None, typer.Option(help="More gives more buckets. Default 1.")] = None,
    n_buckets: Annotated[int | None, typer.Option(help="Buckets of users and items together.")] = None,
    time_limit: TimeLimit = None,
    double: Annotated[bool, typer.Option("--double", help="Also a second, different hash.")] = False,
    seed: Seed = 0,
    threads: Threads = None,
    out: Annotated[
        Path | None, typer.Option(metavar="OUT.npz", help="Write arrays user_bucket and item_bucket.")
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Hash the users and items of a graph so that those with the same neighbours share buckets."""
    check_outputs({"--out": out}, inputs=(file,))
    options = _given(resolution=resolution, n_buckets=n_buckets, time_limit=time_limit)
    hashed = wc.graph_hash(
        wc.read_biadjacency(file),
        double=double,
        seed=seed,
        threads=threads if threads is not None else cores(),
        **options,
    )
    if out is not None:
        with replace_file(out) as archive:
            np.savez(archive, user_bucket=hashed.user_bucket, item_bucket=hashed.item_bucket)
    facts = {
        "n_user_buckets": hashed.n_user_buckets,
        "n_item_buckets": hashed.n_item_buckets,
        "reduction": hashed.reduction,
        "modularity": hashed.modularity,
        "resolution": hashed.resolution,
        "status": hashed.status,
        "seconds": hashed.seconds,
        "out": None if out is None else str(out),
    }
    if as_json:
        typer.echo(json.dumps(facts, default=_plain))
    elif not quiet:
        _print_rows({key: value for key, value in facts.items() if value is not None})
    if hashed.status == "interrupted":
        raise typer.Exit(130)


@app.command("eval")
def evaluate(
    file: GraphFile,
    labels: Annotated[Path, typer.Argument(metavar="LABELS", help="One label on a line, or `id label`.")],
    objective: Annotated[
        str | None, typer.Option(help=f"One of {', '.join(OBJECTIVES)}. Default: all that fit the graph.")
    ] = None,
    p: Annotated[float, typer.Option(help="The exponent of lp, at least 1.")] = 2.0,
    resolution: Annotated[float, typer.Option(help="gamma of cost and quality.")] = 0.5,
    format: Format = None,
    merge: MergeOption = Merge.error,
    drop_loops: DropLoops = False,
    symmetrize: SymmetrizeOption = None,
    as_json: Json = False,
) -> None:
    """Print what a clustering costs."""
    graph = _read(file, format, merge, drop_loops, symmetrize)
    given = wc.read_labels(labels, graph.n, ids=graph.vertex_ids)
    names = _fitting(graph) if objective is None else (objective.replace("-", "_"),)
    values = {
        name: wc.evaluate(graph, given, name, **_parameters(name, p=p, resolution=resolution))
        for name in names
    }
    facts: dict[str, Any] = {"file": str(file), "n": graph.n, "m": graph.m}
    facts |= {"n_clusters": len(np.unique(given)), "objective": values[names[0]], **values}
    if as_json:
        typer.echo(json.dumps(facts, default=_plain))
        return
    _print_rows({"graph": f"{file.name} ({graph.n} vertices, {graph.m} edges)"})
    _print_rows({"n_clusters": facts["n_clusters"], **values})


@app.command()
def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A graph in any format that is read.")],
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="The suffix decides; .gz, .bz2 and .xz pack it.")
    ],
    format: Annotated[str | None, typer.Option("--from", help="The format of IN.")] = None,
    out_format: Annotated[str | None, typer.Option("--to", help="The format of OUT.")] = None,
    merge: MergeOption = Merge.error,
    drop_loops: DropLoops = False,
    symmetrize: SymmetrizeOption = None,
) -> None:
    """Read a graph in one format and write it in another."""
    check_outputs({"OUT": out}, inputs=(source,))
    wc.write_graph(out, _read(source, format, merge, drop_loops, symmetrize), format=out_format)


@generate.command()
def planted(
    n: Annotated[int, typer.Option("--n", "-n", help="Number of vertices.")],
    k: Annotated[int, typer.Option("--clusters", "-k", help="Vertex v is in cluster v mod k.")],
    out: Output,
    p_in: Annotated[float | None, typer.Option(help="Probability of an edge inside a cluster.")] = None,
    p_out: Annotated[float | None, typer.Option(help="Probability of an edge between clusters.")] = None,
    degree_in: Annotated[float | None, typer.Option(help="Neighbours inside, instead of --p-in.")] = None,
    degree_out: Annotated[float | None, typer.Option(help="Neighbours outside, instead of --p-out.")] = None,
    seed: Seed = 0,
    threads: Threads = None,
    labels: Annotated[Path | None, typer.Option(metavar="OUT", help="Write the planted labels.")] = None,
    quiet: Quiet = False,
) -> None:
    """Clusters of equal size, edges at random."""
    check_outputs({"--output": out, "--labels": labels}, inputs=())
    workers = threads if threads is not None else cores()
    if degree_in is not None and degree_out is not None and p_in is None and p_out is None:
        graph = wc.datasets.planted_sparse(n, k, degree_in, degree_out, seed, threads=workers)
    elif p_in is not None and p_out is not None and degree_in is None and degree_out is None:
        graph = wc.datasets.planted(n, k, p_in, p_out, seed, threads=workers)
    else:
        raise ValueError("allowed are --p-in and --p-out, or --degree-in and --degree-out")
    if labels is not None:
        wc.write_labels(labels, np.arange(n) % k)
    _write(out, graph, quiet)


@generate.command()
def rmat(
    scale: Annotated[int, typer.Option(help="The graph has 2^scale vertices.")],
    out: Output,
    edge_factor: Annotated[float, typer.Option(help="Draws of an edge for each vertex.")] = 16.0,
    a: Annotated[float, typer.Option(help="Probability of the first quadrant.")] = 0.57,
    b: Annotated[float, typer.Option(help="Probability of the second quadrant.")] = 0.19,
    c: Annotated[float, typer.Option(help="Probability of the third quadrant.")] = 0.19,
    seed: Seed = 0,
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """An R-MAT graph."""
    check_outputs({"--output": out}, inputs=())
    graph = wc.datasets.rmat(
        scale, edge_factor, a, b, c, seed, threads=threads if threads is not None else cores()
    )
    _write(out, graph, quiet)


@generate.command()
def power_law(
    n: Annotated[int, typer.Option("--n", "-n", help="Number of vertices.")],
    average_degree: Annotated[float, typer.Option(help="Expected neighbours of a vertex.")],
    out: Output,
    exponent: Annotated[float, typer.Option(help="Of the tail of the degrees, above 2.")] = 2.5,
    seed: Seed = 0,
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Power-law degrees and communities."""
    check_outputs({"--output": out}, inputs=())
    graph = wc.datasets.power_law(
        n, average_degree, exponent, seed, threads=threads if threads is not None else cores()
    )
    _write(out, graph, quiet)


def _read(
    file: Path, format: str | None, merge: Merge, drop_loops: bool, symmetrize: Symmetrize | None
) -> Graph:
    return wc.read_graph(
        file,
        format=format,
        merge=merge.value,
        drop_loops=drop_loops,
        symmetrize=None if symmetrize is None else symmetrize.value,
    )


def _write(path: Path, graph: Graph, quiet: bool) -> None:
    wc.write_graph(path, graph)
    if not quiet:
        typer.echo(f"wrote {path} ({graph.n} vertices, {graph.m} edges)")


def _check_run(file: Path, out: Path | None, plot: Path | None) -> None:
    """What would spoil the end of a run, before it."""
    check_outputs({"--out": out, "--plot": plot}, inputs=(file,))
    if plot is not None:
        check_picture(plot)


def _draw(plot: Path, result: wc.ClusteringResult) -> None:
    """The run, or the clusters where there was none."""
    write_picture(plot, wc.plot_trajectory(result) if result.trajectory else wc.plot_sizes(result))


def _given(**options: Any) -> dict[str, Any]:
    """The options that were given; the others keep the defaults of the library."""
    return {name: value for name, value in options.items() if value is not None}


def _fitting(graph: Graph) -> tuple[str, ...]:
    """The objectives that a graph has, its main one first."""
    if graph.signed:
        return ("multicut", "disagreements_weighted")
    if graph.weights is not None and not (graph.weights == 1.0).all():
        return ("cost", "quality")
    return ("disagreements", "agreements", "min_max", "lp")


def _parameters(objective: str, *, p: float, resolution: float) -> dict[str, float]:
    if objective == "lp":
        return {"p": p}
    return {"resolution": resolution} if objective in ("cost", "quality") else {}


def _finish(
    file: Path,
    result: wc.ClusteringResult,
    facts: Mapping[str, Any],
    out: Path | None,
    plot: Path | None,
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Print a result, and end with 130 after Ctrl-C."""
    written = {key: str(path) for key, path in (("out", out), ("plot", plot)) if path is not None}
    if as_json:
        fields = {
            "labels": result.labels,
            "objective": result.objective,
            "n_clusters": result.n_clusters,
            "lower_bound": result.lower_bound,
            "gap": result.gap,
            "status": result.status,
            "seconds": result.seconds,
            "iterations": result.iterations,
            "trajectory": result.trajectory,
            "stats": result.stats,
        }
        typer.echo(json.dumps({"file": str(file), **facts, **fields, **written}, default=_plain))
    elif not quiet:
        rows: dict[str, Any] = {
            "input": f"{file.name} ({', '.join(f'{key} = {value}' for key, value in facts.items())})",
            "objective": f"{result.objective:.12g}",
            "clusters": result.n_clusters,
        }
        if result.lower_bound is not None:
            rows |= {"lower bound": f"{result.lower_bound:.12g}", "gap": f"{100 * (result.gap or 0):.4g} %"}
        rows |= {"status": result.status.replace("_", " "), "time": f"{result.seconds:.2f} s", **written}
        _print_rows(rows)
    if result.status == "interrupted":
        raise typer.Exit(130)


def _print_rows(rows: Mapping[str, Any]) -> None:
    width = max(12, *(len(key) + 1 for key in rows))
    for key, value in rows.items():
        typer.echo(f"{key:<{width}} {value}")


def _plain(value: Any) -> Any:
    """What numpy and odd statistics are in JSON."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return str(value)
