"""
Travelling salesman problems; use wayseer.tsp.
"""
from __future__ import annotations
import collections.abc
import numpy
import numpy.typing
import typing
__all__: list[str] = ['Problem', 'candidates', 'k_opt', 'mcts', 'or_opt', 'solve']
class Problem:
    """
    A validated problem; keeps the array it was made from alive.
    """
    @staticmethod
    @typing.overload
    def from_matrix(matrix: numpy.typing.NDArray[numpy.int32]) -> Problem:
        ...
    @staticmethod
    @typing.overload
    def from_matrix(matrix: numpy.typing.NDArray[numpy.int64]) -> Problem:
        ...
    @staticmethod
    @typing.overload
    def from_matrix(matrix: numpy.typing.NDArray[numpy.float32]) -> Problem:
        ...
    @staticmethod
    @typing.overload
    def from_matrix(matrix: numpy.typing.NDArray[numpy.float64]) -> Problem:
        ...
    @staticmethod
    def from_points(points: numpy.typing.NDArray[numpy.float64], metric: str) -> Problem:
        ...
    def __len__(self) -> int:
        ...
    def cost(self, i: typing.SupportsInt | typing.SupportsIndex, j: typing.SupportsInt | typing.SupportsIndex) -> float:
        ...
    def length(self, tour: numpy.typing.NDArray[numpy.int32]) -> typing.Any:
        ...
    @property
    def integer(self) -> bool:
        ...
    @property
    def metric(self) -> str:
        ...
    @property
    def symmetric(self) -> bool:
        ...
def candidates(problem: Problem, *, method: str, k: typing.SupportsInt | typing.SupportsIndex | None) -> tuple[numpy.typing.NDArray[numpy.int32], float | None]:
    ...
def k_opt(problem: Problem, tour: numpy.typing.NDArray[numpy.int32], *, depth: typing.SupportsInt | typing.SupportsIndex, breadth: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], time_limit: typing.SupportsFloat | typing.SupportsIndex | None) -> dict:
    ...
def mcts(problem: Problem, *, heatmap: tuple[typing.Annotated[numpy.typing.ArrayLike, numpy.int64], typing.Annotated[numpy.typing.ArrayLike, numpy.int32], typing.Annotated[numpy.typing.ArrayLike, numpy.float32]] | None, alpha: typing.SupportsFloat | typing.SupportsIndex, beta: typing.SupportsFloat | typing.SupportsIndex, h_par: typing.SupportsInt | typing.SupportsIndex, max_candidates: typing.SupportsInt | typing.SupportsIndex, candidates: str, weights: str, start: str, max_depth: typing.SupportsInt | typing.SupportsIndex, redraw_depth: bool, redraw_candidates: bool, compat: bool, truncated_sampling: bool, time_limit: typing.SupportsFloat | typing.SupportsIndex | None, max_iterations: typing.SupportsInt | typing.SupportsIndex | None, seed: typing.SupportsInt | typing.SupportsIndex, callback: typing.Any, target: typing.SupportsFloat | typing.SupportsIndex | None, memory_limit: typing.SupportsInt | typing.SupportsIndex, raise_on_interrupt: bool) -> dict:
    ...
def or_opt(problem: Problem, tour: numpy.typing.NDArray[numpy.int32], *, time_limit: typing.SupportsFloat | typing.SupportsIndex | None) -> dict:
    ...
def solve(problem: Problem, *, time_limit: typing.SupportsFloat | typing.SupportsIndex | None, seed: typing.SupportsInt | typing.SupportsIndex, init: typing.Annotated[numpy.typing.ArrayLike, numpy.int32] | None, candidates: typing.Annotated[numpy.typing.ArrayLike, numpy.int32] | None, heatmap: tuple[typing.Annotated[numpy.typing.ArrayLike, numpy.int64], typing.Annotated[numpy.typing.ArrayLike, numpy.int32], typing.Annotated[numpy.typing.ArrayLike, numpy.float32]] | None, method: str, threads: typing.SupportsInt | typing.SupportsIndex, max_kicks: typing.SupportsInt | typing.SupportsIndex | None, max_iterations: typing.SupportsInt | typing.SupportsIndex | None, callback: typing.Any, target: typing.SupportsFloat | typing.SupportsIndex | None, bound: bool, memory_limit: typing.SupportsInt | typing.SupportsIndex, population: typing.SupportsInt | typing.SupportsIndex | None, raise_on_interrupt: bool) -> dict:
    ...
