#include "wayseer/clustering/clb.hpp"

#include <algorithm>
#include <numeric>
#include <span>

#include "wayseer/clustering/near_pairs.hpp"
#include "wayseer/clustering/objective.hpp"
#include "wayseer/core/union_find.hpp"

namespace wayseer::clustering {
namespace {

class Test {
 public:
  Test(const Graph& graph, bool far_pairs, core::Run& run)
      : graph_(graph),
        far_pairs_(far_pairs),
        checkpoint_(run.checkpoint()),
        pairs_(graph, checkpoint_),
        sets_(graph.size()),
        labels_(at(graph.size())),
        by_degree_(at(graph.size())),
        members_(at(graph.size())),
        cut_(at(graph.size())),
        near_(far_pairs ? at(graph.size()) : 0) {
    std::iota(by_degree_.begin(), by_degree_.end(), 0);
    std::ranges::stable_sort(by_degree_, std::greater{}, [&](std::int32_t v) { return graph.degree(v); });
  }

  // Throws core::Stopped.
  bool refutes(std::int32_t d) {
    join(d);
    std::ranges::fill(cut_, -1);
    std::ranges::fill(near_, -1);
    for (std::int32_t a = 0; at(a) + 1 < begin_.size(); ++a) {
      if ((a & 127) == 0) checkpoint_();
      if (contradiction(a, d) || (far_pairs_ && far_contradiction(a, d)) || overfull(a, d)) return true;
    }
    return false;
  }
  // Of the last test.
  [[nodiscard]] const std::vector<std::int32_t>& labels() const noexcept { return labels_; }

 private:
  [[nodiscard]] std::int64_t closed_degree(std::int32_t v) const { return graph_.degree(v) + 1; }
  [[nodiscard]] std::span<const std::int32_t> members(std::int32_t a) const {
    return {members_.data() + begin_[at(a)], at(begin_[at(a) + 1] - begin_[at(a)])};
  }

  // Pairs (a), and the components they make, each with its vertices by falling degree.
  void join(std::int32_t d) {
    sets_.reset(graph_.size());
    for (std::int32_t u = 0; u < graph_.size(); ++u) {
      if ((u & 127) == 0) checkpoint_();
      if (closed_degree(u) <= 2 * std::int64_t{d}) continue;  // too few to be common
      for (const auto& [v, common] : pairs_.row(u)) {
        if (v < u && common > 2 * std::int64_t{d}) sets_.unite(u, v);
      }
    }
    for (std::int32_t v = 0; v < graph_.size(); ++v) labels_[at(v)] = sets_.find(v);
    const auto count = renumber(labels_);
    begin_.assign(at(count) + 1, 0);
    for (const std::int32_t label : labels_) ++begin_[at(label) + 1];
    std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
    auto next = begin_;
    for (const std::int32_t v : by_degree_) members_[at(next[at(labels_[at(v)])]++)] = v;
  }

  // A pair (b) inside component a; else cut_[b] = a for all components b that a pair (b) cuts from it.
  bool contradiction(std::int32_t a, std::int32_t d) {
    for (const std::int32_t u : members(a)) {
      for (const auto& [v, common] : pairs_.row(u)) {
        if (closed_degree(u) + closed_degree(v) - 2 * std::int64_t{common} <= 2 * std::int64_t{d}) continue;
        const std::int32_t b = labels_[at(v)];
        if (a == b) return true;
        cut_[at(b)] = a;
      }
    }
    return false;
  }

  // The same for the pairs without a common closed neighbour, in a and between a and its neighbours.
  bool far_contradiction(std::int32_t a, std::int32_t d) {
    adjacent_.clear();
    for (const std::int32_t u : members(a)) {
      for (const std::int32_t w : graph_.neighbors(u)) adjacent_.push_back(labels_[at(w)]);
    }
    std::ranges::sort(adjacent_);
    adjacent_.erase(std::ranges::unique(adjacent_).begin(), adjacent_.end());
    for (const std::int32_t u : members(a)) {
      near_[at(u)] = u;
      for (const NearPair& pair : pairs_.row(u)) near_[at(pair.vertex)] = u;
      const auto far_pair_in = [&](std::int32_t b) {
        for (const std::int32_t v : members(b)) {
          if (closed_degree(u) + closed_degree(v) <= 2 * std::int64_t{d}) return false;
          if (near_[at(v)] != u) return true;
        }
        return false;
      };
      if (far_pair_in(a)) return true;
      for (const std::int32_t b : adjacent_) {
        if (b != a && cut_[at(b)] != a && far_pair_in(b)) cut_[at(b)] = a;
      }
    }
    return false;
  }

  [[nodiscard]] bool overfull(std::int32_t a, std::int32_t d) const {
    const auto size = static_cast<std::int64_t>(members(a).size());
    for (const std::int32_t u : members(a)) {
      std::int64_t disagreements = size - 1;
      for (const std::int32_t w : graph_.neighbors(u)) {
        const std::int32_t b = labels_[at(w)];
        disagreements += b == a ? -1 : cut_[at(b)] == a ? 1 : 0;
      }
      if (disagreements > d) return true;
    }
    return false;
  }

  Graph graph_;
  bool far_pairs_;
  core::Checkpoint checkpoint_;
  NearPairs pairs_;
  core::UnionFind sets_;
  std::vector<std::int32_t> labels_, by_degree_, members_, begin_, cut_, near_, adjacent_;
};

}  // namespace

MinMaxBound clb(const Graph& graph, bool far_pairs, core::Run& run) {
  MinMaxBound found;
  found.labels.resize(at(graph.size()));
  std::iota(found.labels.begin(), found.labels.end(), 0);
  std::int32_t high = 0;  // singletons disagree at no vertex more than its degree
  for (std::int32_t v = 0; v < graph.size(); ++v)
    high = std::max(high, static_cast<std::int32_t>(graph.degree(v)));
  try {
    Test test(graph, far_pairs, run);
    if (!test.refutes(high)) found.labels = test.labels();
    while (found.bound < high) {
      const std::int32_t middle = found.bound + (high - found.bound) / 2;
      if (test.refutes(middle)) {
        found.bound = middle + 1;
      } else {
        high = middle;
        found.labels = test.labels();
      }
    }
  } catch (const core::Stopped&) {
  }
  found.status = run.status();
  return found;
}

}  // namespace wayseer::clustering
