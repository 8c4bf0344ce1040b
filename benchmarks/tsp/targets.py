"""What wayseer is meant to reach, and whether it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from methods import LKH, OURS
from report import Row, compare, group_mean, number, optimal_share, select, table
from rich.table import Table

#: The best tour of uniform10000_0 found before this project, by 60 s of a prototype.
BEST_10K = ("tsp10000_000", 71_735_882)


@dataclass(frozen=True)
class Target:
    group: str
    budget: float | None
    text: str
    check: Callable[[Sequence[Row], str, float | None], tuple[str, bool] | None]


def _gap(limit: float) -> Callable[[Sequence[Row], str, float | None], tuple[str, bool] | None]:
    def check(rows: Sequence[Row], group: str, budget: float | None) -> tuple[str, bool] | None:
        ours = select(rows, OURS, group, budget)
        if not ours:
            return None
        mean, half = group_mean(ours)
        return f"{number(mean, half)} %", mean <= limit

    return check


def _share(
    limit: float, only: str | None = None
) -> Callable[[Sequence[Row], str, float | None], tuple[str, bool] | None]:
    def check(rows: Sequence[Row], group: str, budget: float | None) -> tuple[str, bool] | None:
        ours = [row for row in select(rows, OURS, group, budget) if only in (None, row.case.name)]
        if not ours:
            return None
        share = optimal_share(ours)
        runs = sum(len(row.gaps) for row in ours)
        return f"{100 * share:.1f} % of {runs}", share >= limit

    return check


def _ratio(limit: float) -> Callable[[Sequence[Row], str, float | None], tuple[str, bool] | None]:
    def check(rows: Sequence[Row], group: str, budget: float | None) -> tuple[str, bool] | None:
        found = compare(select(rows, OURS, group, budget), select(rows, "fast-tsp", group, budget))
        if found is None:
            return None
        both = f"{number(found.ours_gap)} against {number(found.peer_gap)}"
        return f"{found.ratio:.2f} ({both} %)", found.ratio <= limit or found.ours_gap <= 0

    return check


def _not_behind(
    peers: Sequence[str], each: bool
) -> Callable[[Sequence[Row], str, float | None], tuple[str, bool] | None]:
    """No peer ahead beyond noise, on each row or in the group's mean."""

    def check(rows: Sequence[Row], group: str, budget: float | None) -> tuple[str, bool] | None:
        chosen = None if group == "all" else group
        behind, count = [], 0
        for peer in peers:
            theirs = select(rows, peer, chosen, budget)
            for b in sorted({row.budget for row in theirs}):
                ours, other = select(rows, OURS, chosen, b), [row for row in theirs if row.budget == b]
                parts = [[row] for row in ours] if each else [ours]
                found = [c for c in (compare(part, other) for part in parts) if c is not None]
                count += len(found)
                behind += [c for c in found if c.behind]
        return (f"behind on {len(behind)} of {count}", not behind) if count else None

    return check


def _best_10k(rows: Sequence[Row], group: str, budget: float | None) -> tuple[str, bool] | None:
    name, length = BEST_10K
    ours = [row for row in select(rows, OURS, group, budget) if row.case.name == name]
    return (f"{ours[0].length:.0f}", ours[0].length <= length) if ours else None


def _valid(rows: Sequence[Row], group: str, budget: float | None) -> tuple[str, bool] | None:
    ours = [row for row in rows if row.method == OURS and row.case.group == group and row.budget == budget]
    if not ours:
        return None
    good = all(row.gaps and not row.failure for row in ours)
    return ("every tour a permutation", True) if good else ("a run failed", False)


_PEERS = ("fast-tsp", *LKH)
TARGETS = (
    Target("500", 1, "optimum on >= 97 %", _share(0.97)),
    Target("500", 10, "optimum on all", _share(1)),
    Target("1000", 1, "gap <= .005 %", _gap(0.005)),
    Target("1000", 2, "gap <= .002 %", _gap(0.002)),
    Target("1000", 10, "optimum on >= 99 %", _share(0.99)),
    Target("1000", 60, "optimum on all", _share(1)),
    Target("1000", None, "never above fast-tsp beyond noise", _not_behind(("fast-tsp",), each=False)),
    Target("2392", 1, "gap <= .02 %", _gap(0.02)),
    Target("2392", 2, "gap <= .01 %", _gap(0.01)),
    Target("2392", 10, "optimum on >= 80 %", _share(0.8)),
    Target("2392", 60, "optimum on >= 95 %", _share(0.95)),
    *(Target("2392", b, "gap at most half of fast-tsp's", _ratio(0.5)) for b in (1, 2, 5, 10)),
    Target("10k", 1, "gap <= .45 %", _gap(0.45)),
    Target("10k", 2, "gap <= .20 %", _gap(0.20)),
    Target("10k", 10, "gap <= .03 %", _gap(0.03)),
    Target("10k", 60, f"{BEST_10K[0]}: at most {BEST_10K[1]}", _best_10k),
    Target("10k", 1, "gap at most .8 of fast-tsp's", _ratio(0.8)),
    *(Target("10k", b, "gap at most half of fast-tsp's", _ratio(0.5)) for b in (2, 5, 10)),
    Target("100k", 10, "<= 1.0 % over .7124 sqrt(nA)", _gap(1.0)),
    Target("100k", 60, "<= .45 % over .7124 sqrt(nA)", _gap(0.45)),
    Target("1M", 10, "valid tours", _valid),
    Target("1M", 60, "<= 2.5 % over .7124 sqrt(nA)", _gap(2.5)),
    Target("TSPLIB", 3, "fl1577: optimum on >= 80 % of the seeds", _share(0.8, "fl1577")),
    Target("TSPLIB", None, "no row behind fast-tsp beyond noise", _not_behind(("fast-tsp",), each=True)),
    Target("small", 0.1, "optimum on >= 99 %", _share(0.99)),
    Target("ATSP", 5, "all at their values", _share(1)),
    Target("all", None, "no row behind fast-tsp or LKH beyond noise", _not_behind(_PEERS, each=True)),
)


def targets_table(rows: Sequence[Row]) -> Table:
    made = table("Targets", ["group", "budget s", "target"], ["wayseer", "verdict"])
    for target in TARGETS:
        found = target.check(rows, target.group, target.budget)
        budget = "any" if target.budget is None else f"{target.budget:g}"
        figure, verdict = ("-", "not run") if found is None else (found[0], "met" if found[1] else "missed")
        made.add_row(target.group, budget, target.text, figure, verdict)
    return made
