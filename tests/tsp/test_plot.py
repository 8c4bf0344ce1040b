"""Pictures: what is drawn, where, and what cannot be."""

import itertools
import sys

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

from matplotlib import pyplot
from matplotlib.collections import LineCollection, PathCollection

from wayseer.tsp import TSPInstance, TSPResult, plot, random_uniform
from wayseer.tsp.plot import _cut_at_date_line, plot_convergence


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    pyplot.close("all")


def _drawn(ax):
    """The tour's polyline as it was drawn."""
    (lines,) = (c for c in ax.collections if isinstance(c, LineCollection))
    pieces = [path.vertices for path in lines.get_paths()]
    for before, after in itertools.pairwise(pieces):
        np.testing.assert_array_equal(before[-1], after[0])
    return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])


@pytest.mark.parametrize("n", [1, 2, 5, 1999, 2000, 2001, 6000])
def test_the_closed_tour_is_drawn(n):
    points, tour = random_uniform(n, 1), np.random.default_rng(2).permutation(n)
    ax = plot(points, tour)
    np.testing.assert_array_equal(_drawn(ax), points[np.append(tour, tour[0])])
    assert ax.get_aspect() == 1.0
    assert f"{n:,} node" in ax.get_title()
    ax.figure.canvas.draw()


def test_nodes_are_marked_while_they_can_be_told_apart():
    few, many = (plot(random_uniform(n, 1), np.arange(n)) for n in (16, 50_000))
    assert any(isinstance(c, PathCollection) for c in few.collections)
    assert len(_drawn(many)) == 50_001
    (lines,) = (c for c in many.collections if isinstance(c, LineCollection))
    assert lines.get_rasterized()


def test_given_axes_and_results_are_used():
    _, ax = pyplot.subplots()
    result = TSPResult(tour=[1, 0, 2], length=4.0, status="optimal", method="exact")
    assert plot([[0, 0], [1, 0], [0, 1]], result, ax=ax) is ax
    assert ax.get_title() == "3 nodes, length 3.41421"


def test_geo_is_longitude_and_latitude_in_degrees():
    ax = plot(TSPInstance.from_points([[38.24, 20.42], [-30.30, 150.15], [0.0, 0.0]], "GEO"), [0, 1, 2])
    np.testing.assert_allclose(_drawn(ax)[:2], [[20.7, 38.4], [150.25, -30.5]])
    assert "longitude" in ax.get_xlabel()
    assert ax.get_aspect() == pytest.approx(1 / np.cos(np.radians((38.4 - 30.5) / 2)))


def test_matrices_are_drawn_where_they_say():
    matrix, places = np.ones((3, 3)), np.array([[0.0, 5.0], [2.0, 1.0], [3.0, 3.0]])
    ax = plot(TSPInstance(name="m", metric="explicit", matrix=matrix, display=places), [2, 0, 1])
    np.testing.assert_array_equal(_drawn(ax), places[[2, 0, 1, 2]])
    assert ax.get_title() == "m: 3 nodes, length 3"
    with pytest.raises(ValueError, match="no coordinates to draw"):
        plot(np.ones((4, 4)), [0, 1, 2, 3])
    with pytest.raises(ValueError, match="id 1 is given twice"):
        plot(places, [0, 1, 1])


def test_points_in_space_are_drawn_from_above():
    points = np.random.default_rng(0).random((5, 3))
    np.testing.assert_array_equal(_drawn(plot(points, np.arange(5)))[:5], points[:, :2])


@pytest.mark.parametrize(
    "points", [np.ones((4, 2)), [[0, 0], [5, 0], [9, 0]], [[0, 0], [0, 1e-9]], [[0, 0], [1e12, 1]]]
)
def test_degenerate_point_sets(points):
    plot(points, np.arange(len(points))).figure.canvas.draw()


def _result(lengths, **more):
    trace = [(0.01 * 2**k, length) for k, length in enumerate(lengths)]
    return TSPResult(
        tour=[0, 1, 2],
        length=lengths[-1],
        status="time_limit",
        method="eax",
        seconds=10.0,
        trace=trace,
        **more,
    )


def test_convergence_shows_lengths_and_bound():
    ax = plot_convergence(_result([130, 110, 101], lower_bound=99))
    step, end = ax.lines[0], ax.lines[1]
    np.testing.assert_allclose(step.get_xydata(), [[0.01, 130], [0.02, 110], [0.04, 101], [10, 101]])
    assert end.get_xydata().tolist() == [[10, 101]]
    assert any((line.get_ydata() == np.array([99, 99])).all() for line in ax.lines[2:])
    assert "length 101 after 10 s" in ax.get_title()
    ax.figure.canvas.draw()


@pytest.mark.parametrize("lengths", [[130, 110, 100], [100], [101, 100.001], [120, 99]])
def test_convergence_shows_gaps(lengths):
    _, given = pyplot.subplots()
    ax = plot_convergence(_result(lengths), ax=given, optimum=100)
    assert ax is given
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [length - 100 for length in (*lengths, lengths[-1])])
    assert "gap" in ax.get_ylabel()
    ax.figure.canvas.draw()


def test_what_has_no_convergence():
    with pytest.raises(ValueError, match="no trace"):
        plot_convergence(TSPResult(tour=[0], length=0, status="optimal", method="exact"))
    with pytest.raises(ValueError, match="optimum must be positive, got 0"):
        plot_convergence(_result([3]), optimum=0)


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install \"wayseer\[plot\]\""):
        plot(np.ones((4, 2)), [0, 1, 2, 3])


def test_result_in_one_line():
    result = _result([130, 110], lower_bound=100)
    assert result.gap == pytest.approx(0.1)
    assert repr(result) == (
        "TSPResult(n=3, length=110, gap=10.000%, status='time_limit', method='eax', seconds=10.000, seed=0)"
    )
    assert result.tour.dtype == np.int32
    with pytest.raises(ValueError, match="read-only"):
        result.tour[0] = 1
    assert _result([5]).gap is None
    assert _result([5], lower_bound=0).gap == float("inf")
    assert _result([0], lower_bound=0).gap == 0.0


def test_edges_across_the_date_line_leave_the_map_on_one_side_and_come_back_on_the_other():
    islands = TSPInstance.from_points([[-13.5, -171.5], [-18.1, 178.3], [-36.5, 174.5]], "GEO")
    path = _cut_at_date_line(np.array([[-171.0, -13.0], [178.0, -18.0], [174.0, -36.0]]))
    assert path[:, 0].tolist()[:2] == [-171.0, -180.0]
    assert np.isnan(path[2]).all()
    assert path[3, 0] == 180.0
    assert path[1, 1] == path[3, 1]
    assert -18.0 < path[1, 1] < -13.0
    plot(islands, [0, 1, 2])
