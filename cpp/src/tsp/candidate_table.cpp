#include "wayseer/tsp/candidate_table.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "prepare.hpp"
#include "wayseer/tsp/alpha.hpp"
#include "wayseer/tsp/candidates.hpp"
#include "wayseer/tsp/delaunay.hpp"
#include "wayseer/tsp/point_index.hpp"

namespace wayseer::tsp {

namespace {

std::size_t at(Index i) noexcept { return static_cast<std::size_t>(i); }

void require(bool condition, const char* message) {
  if (!condition) throw std::invalid_argument(message);
}

void cut_rows(CandidateLists& lists, std::size_t k) {
  CandidateLists cut;
  for (Index v = 0; v < lists.size(); ++v) {
    const auto row = lists.row(v);
    cut.ids.insert(cut.ids.end(), row.begin(),
                   row.begin() + static_cast<std::ptrdiff_t>(std::min(k, row.size())));
    cut.end_row();
  }
  lists = std::move(cut);
}

void sort_by_distance(const Space& space, CandidateLists& lists, const core::Checkpoint& checkpoint) {
  space.visit([&](const auto& metric) {
    for (Index v = 0; v < lists.size(); ++v) {
      checkpoint(v);
      std::sort(lists.ids.begin() + lists.offset[at(v)], lists.ids.begin() + lists.offset[at(v) + 1],
                [&](Index a, Index b) {
                  const Cost da = metric(v, a), db = metric(v, b);
                  return da != db ? da < db : space.order()[at(a)] < space.order()[at(b)];
                });
    }
  });
}

// By the metric's own distance: rounding makes ties, so look until the next point is farther than the k-th.
CandidateLists nearest_by_metric(const Space& space, int k, const core::Checkpoint& checkpoint) {
  if (space.dimension() == 0) return nearest_candidates(space, k, checkpoint);
  const PointIndex index(space, checkpoint);
  CandidateLists lists;
  std::vector<Index> found;
  std::vector<std::pair<Cost, Index>> ranked;
  space.visit([&](const auto& metric) {
    for (Index v = 0; v < space.size(); ++v) {
      checkpoint(v);
      for (int wanted = k + 4;; wanted *= 2) {
        found.resize(at(std::min(wanted, space.size() - 1)));
        const int count = index.nearest(v, static_cast<int>(found.size()), found);
        ranked.clear();
        for (int i = 0; i < count; ++i) ranked.emplace_back(metric(v, found[at(i)]), found[at(i)]);
        const Cost farthest = count > 0 ? ranked.back().first : 0;
        std::sort(ranked.begin(), ranked.end());
        if (count == space.size() - 1 || ranked[at(k - 1)].first < farthest) break;
      }
      for (int i = 0; i < k && at(i) < ranked.size(); ++i) lists.ids.push_back(ranked[at(i)].second);
      lists.end_row();
    }
  });
  return lists;
}

CandidateLists in_space(const Space& space, CandidateMethod method, std::optional<int> k, core::Run& run,
                        std::optional<double>& bound) {
  const auto checkpoint = run.checkpoint();
  switch (method) {
    case CandidateMethod::alpha: {
      AlphaOptions options;
      options.k = k.value_or(options.k);
      const AlphaResult result = alpha_nearness(space, options, run);
      bound = result.lower_bound;
      return result.lists();
    }
    case CandidateMethod::knn:
      return nearest_by_metric(space, std::min(k.value_or(10), std::max(1, space.size() - 1)), checkpoint);
    case CandidateMethod::quadrant: {
      const int wanted = k.value_or(10);
      auto lists = unite(quadrant_candidates(space, std::max(1, wanted / 4), checkpoint),
                         nearest_candidates(space, wanted, checkpoint), checkpoint);
      cut_rows(lists, static_cast<std::size_t>(wanted));
      sort_by_distance(space, lists, checkpoint);
      return lists;
    }
    case CandidateMethod::delaunay: {
      auto lists = delaunay(space.points(), checkpoint);
      sort_by_distance(space, lists, checkpoint);
      if (k) cut_rows(lists, static_cast<std::size_t>(*k));
      return lists;
    }
    case CandidateMethod::automatic:
      break;
  }
  auto lists = default_candidates(space, checkpoint);
  sort_by_distance(space, lists, checkpoint);
  if (k) cut_rows(lists, static_cast<std::size_t>(*k));
  return lists;
}

}  // namespace

CandidateTable candidate_table(const Problem& problem, CandidateMethod method, std::optional<int> k,
                               core::Run& run) {
  const Index n = problem.size();
  require(n > 0, "the problem has no nodes");
  require(!k || *k >= 1, "k must be at least 1");
  require(problem.symmetric(), "candidates of an asymmetric matrix are its cheapest arcs; sort its rows");
  require(problem.metric() != MetricKind::matrix || method == CandidateMethod::knn ||
              method == CandidateMethod::automatic || method == CandidateMethod::alpha,
          "candidates 'quadrant' and 'delaunay' need points, not a matrix");
  require(method != CandidateMethod::delaunay ||
              (problem.dimension() == 2 && problem.metric() != MetricKind::geo),
          "candidates 'delaunay' need points in the plane");
  if (k) k = std::min(*k, std::max(1, n - 1));
  std::vector<Index> identity(at(n));
  std::iota(identity.begin(), identity.end(), 0);
  // In the user's own numbering ties go to the smaller id.
  const bool own_ids = method == CandidateMethod::knn || method == CandidateMethod::quadrant;
  const Space space = own_ids ? Space(problem, identity) : make_space(problem, identity, run);
  CandidateTable table;
  table.n = n;
  const CandidateLists lists = in_space(space, method, k, run, table.lower_bound);
  for (Index v = 0; v < lists.size(); ++v)
    table.width = std::max(table.width, static_cast<int>(lists.row(v).size()));
  table.ids.assign(at(n) * at(table.width), -1);
  const auto order = space.order();
  for (Index v = 0; v < lists.size(); ++v) {
    auto out = table.ids.begin() + static_cast<std::ptrdiff_t>(order[at(v)]) * table.width;
    for (const Index u : lists.row(v)) *out++ = order[at(u)];
  }
  return table;
}

}  // namespace wayseer::tsp
