#include "wayseer/clustering/pivot.hpp"

#include <algorithm>
#include <utility>

#include "wayseer/clustering/objective.hpp"
#include "wayseer/core/random.hpp"
#include "wayseer/core/threads.hpp"

namespace wayseer::clustering {
namespace {

// Priorities are a bijective mix of (seed, v): distinct v have distinct 64-bit values, so there are no ties.
class Priorities {
 public:
  explicit Priorities(std::uint64_t seed) : key_(core::Random(seed, 0x9107)()) {}
  [[nodiscard]] std::uint64_t operator()(std::int32_t v) const noexcept {
    std::uint64_t z = key_ + 0x9e3779b97f4a7c15ULL * (static_cast<std::uint64_t>(v) + 1);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t key_;
};

constexpr std::int32_t undecided = -1;

// By definition: v's pivot is the neighbour pivot of smallest priority, if that is smaller than v's own; else
// v is a pivot. Decided recursively by an explicit stack: expected O(n + m) in all, since the chains of
// decreasing priorities that are followed are short.
class Decide {
 public:
  Decide(const Graph& graph, std::uint64_t seed, std::vector<std::int32_t>& pivot_of)
      : graph_(graph), priority_(seed), pivot_of_(pivot_of) {}

  void in_order() {
    const auto n = graph_.size();
    std::vector<std::pair<std::uint64_t, std::int32_t>> order(at(n));
    for (std::int32_t v = 0; v < n; ++v) order[at(v)] = {priority_(v), v};
    std::ranges::sort(order);
    for (const auto& [priority, v] : order) {
      if (pivot_of_[at(v)] != undecided) continue;
      pivot_of_[at(v)] = v;
      for (const auto u : graph_.neighbors(v)) {
        if (pivot_of_[at(u)] == undecided) pivot_of_[at(u)] = v;
      }
    }
  }

  // Rounds on the frontier: a vertex without an undecided neighbour of smaller priority is decided.
  void in_rounds(int threads) {
    const auto n = graph_.size();
    std::vector<std::int32_t> open(at(n)), still(at(n));
    for (std::int32_t v = 0; v < n; ++v) open[at(v)] = v;
    std::vector<std::int32_t> decision(at(n), undecided);
    while (!open.empty()) {
      core::parallel_pieces(threads, open.size(), 4096, [&](std::size_t begin, std::size_t end) {
        for (auto i = begin; i < end; ++i) decision[at(open[i])] = decide(open[i]);
      });
      still.clear();
      for (const auto v : open) {
        if (decision[at(v)] == undecided)
          still.push_back(v);
        else
          pivot_of_[at(v)] = decision[at(v)];
      }
      open.swap(still);
    }
  }

 private:
  [[nodiscard]] std::int32_t decide(std::int32_t v) const {
    const auto mine = priority_(v);
    std::uint64_t least = mine;
    std::int32_t pivot = v;
    for (const auto u : graph_.neighbors(v)) {
      const auto theirs = priority_(u);
      if (theirs >= mine) continue;
      if (pivot_of_[at(u)] == undecided) return undecided;
      if (pivot_of_[at(u)] == u && theirs < least) {
        least = theirs;
        pivot = u;
      }
    }
    return pivot;
  }

  const Graph& graph_;
  Priorities priority_;
  std::vector<std::int32_t>& pivot_of_;
};

}  // namespace

std::vector<std::int32_t> pivot(const Graph& graph, std::uint64_t seed, int threads) {
  std::vector<std::int32_t> labels(at(graph.size()), undecided);
  Decide decide(graph, seed, labels);
  if (threads > 1)
    decide.in_rounds(threads);
  else
    decide.in_order();
  renumber(labels);
  return labels;
}

Solution best_pivot(const Graph& graph, std::uint64_t seed, std::int64_t runs, core::StopRule rule,
                    int threads) {
  core::Run run(std::move(rule));
  Incumbent best(run);
  core::Random seeds(seed);
  for (std::int64_t i = 0; i < runs && (i == 0 || !run.should_stop()); ++i) {
    const auto labels = pivot(graph, i == 0 ? seed : seeds(), threads);
    best.offer(static_cast<double>(disagreements(graph, labels)), labels);
    if (run.count_iterations(1)) break;
  }
  return std::move(best).finish();
}

}  // namespace wayseer::clustering
