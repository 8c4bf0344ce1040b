#include "wayseer/clustering/greedy_joining.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "wayseer/clustering/minmax_search.hpp"
#include "wayseer/clustering/objective.hpp"
#include "wayseer/core/indexed_heap.hpp"
#include "wayseer/core/threads.hpp"

namespace wayseer::clustering {

std::array<JoinVariant, 24> join_variants() noexcept {
  std::array<JoinVariant, 24> variants;
  std::size_t i = 0;
  for (const bool reach : {true, false}) {
    for (const bool larger : {true, false}) {
      for (const bool smaller : {true, false}) {
        for (const std::int64_t penalty : {0, 1, 10'000}) variants[i++] = {reach, larger, smaller, penalty};
      }
    }
  }
  return variants;
}

GreedyJoining::GreedyJoining(const Graph& graph, const core::Checkpoint& checkpoint)
    : graph_(graph), common_(static_cast<std::size_t>(graph.arcs())) {
  std::vector<std::uint8_t> mark(at(graph.size()), 0);
  const auto smaller = [&](std::int32_t v, std::int32_t u) {
    return std::pair(graph.degree(v), v) < std::pair(graph.degree(u), u);
  };
  for (std::int32_t u = 0; u < graph.size(); ++u) {
    checkpoint();
    const auto row = graph.neighbors(u);
    for (const std::int32_t x : row) mark[at(x)] = 1;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::int32_t v = row[i];
      if (!smaller(v, u)) continue;
      const auto other = graph.neighbors(v);
      std::int32_t common = 2;  // u and v themselves
      for (const std::int32_t x : other) common += mark[at(x)];
      common_[static_cast<std::size_t>(graph.begin(u)) + i] = common;
      const auto back = std::ranges::lower_bound(other, u) - other.begin();
      common_[static_cast<std::size_t>(graph.begin(v) + back)] = common;
    }
    for (const std::int32_t x : row) mark[at(x)] = 0;
  }
}

namespace {

class Joining {
 public:
  Joining(const Graph& graph, std::span<const std::int32_t> common, const JoinVariant& variant)
      : graph_(graph),
        common_(common),
        variant_(variant),
        n_(graph.size()),
        label_(at(n_)),
        next_(at(n_)),
        size_(at(n_), 1),
        y_(at(n_)),
        across_(at(n_), 0),
        tie_(at(n_)),
        tried_(at(n_), untouched),
        order_(common.size()),
        worst_(n_) {
    std::iota(label_.begin(), label_.end(), 0);
    std::iota(next_.begin(), next_.end(), 0);
    std::vector<std::int32_t> by_degree(label_);
    std::ranges::stable_sort(by_degree, [&](std::int32_t u, std::int32_t v) {
      return variant.larger_degree_worst ? graph.degree(u) > graph.degree(v)
                                         : graph.degree(u) < graph.degree(v);
    });
    for (std::int32_t i = 0; i < n_; ++i) tie_[at(by_degree[at(i)])] = i;
    for (std::int32_t u = 0; u < n_; ++u) {
      y_[at(u)] = static_cast<std::int32_t>(graph.degree(u));
      worst_.set(u, key(u));
    }
  }

  std::vector<std::int32_t> run(const core::Checkpoint& checkpoint) {
    for (bool joined = n_ > 0; joined;) {
      const std::int32_t w = worst_.top();
      if (tried_[at(w)] == untouched) rank_neighbors(w);
      joined = false;
      while (!joined && tried_[at(w)] < graph_.degree(w)) {
        checkpoint();
        const std::int32_t v = order_[static_cast<std::size_t>(graph_.begin(w) + tried_[at(w)]++)];
        joined = label_[at(v)] != label_[at(w)] && try_join(w, label_[at(v)]);
      }
    }
    renumber(label_);
    return std::move(label_);
  }

 private:
  static constexpr std::int32_t untouched = -1;

  [[nodiscard]] std::int64_t key(std::int32_t u) const noexcept {
    return (static_cast<std::int64_t>(n_ - y_[at(u)]) << 31) + tie_[at(u)];
  }

  void rank_neighbors(std::int32_t w) {
    const auto row = graph_.neighbors(w);
    ranked_.clear();
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::int64_t common = common_[static_cast<std::size_t>(graph_.begin(w)) + i];
      const std::int64_t degree = graph_.degree(row[i]);
      const std::int64_t differ = graph_.degree(w) + degree + 2 - 2 * common;
      ranked_.push_back(
          {variant_.penalty * differ - common, variant_.smaller_degree_partner ? degree : -degree, row[i]});
    }
    std::ranges::sort(ranked_);
    for (std::size_t i = 0; i < row.size(); ++i)
      order_[static_cast<std::size_t>(graph_.begin(w)) + i] = ranked_[i].vertex;
    tried_[at(w)] = 0;
  }

  template <class Visit>
  void members(std::int32_t cluster, Visit&& visit) const {
    std::int32_t u = cluster;  // the label is a member
    do {
      visit(u);
      u = next_[at(u)];
    } while (u != cluster);
  }

  bool try_join(std::int32_t w, std::int32_t other) {
    // Without w's own consent the rest need not be asked.
    std::int32_t friends = 0;
    for (const std::int32_t x : graph_.neighbors(w)) friends += label_[at(x)] == other ? 1 : 0;
    if (2 * friends < size_[at(other)]) return false;

    std::int32_t large = label_[at(w)], small = other;
    if (size_[at(large)] < size_[at(small)]) std::swap(large, small);
    members(small, [&](std::int32_t u) {
      for (const std::int32_t x : graph_.neighbors(u)) {
        if (label_[at(x)] != large) continue;
        ++across_[at(u)];
        ++across_[at(x)];
      }
    });
    const std::int32_t most = y_[at(w)];
    bool allowed = true;
    const auto after = [&](std::int32_t u, std::int32_t joined) {
      return y_[at(u)] + joined - 2 * across_[at(u)];
    };
    const auto ask = [&](std::int32_t cluster, std::int32_t joined) {
      members(cluster, [&](std::int32_t u) {
        const std::int32_t then = after(u, joined);
        allowed &= then <= most && (variant_.reach || then < most || y_[at(u)] == most);
      });
    };
    ask(large, size_[at(small)]);
    ask(small, size_[at(large)]);
    const auto settle = [&](std::int32_t cluster, std::int32_t joined) {
      members(cluster, [&](std::int32_t u) {
        const std::int32_t then = after(u, joined);
        across_[at(u)] = 0;
        if (!allowed || then == y_[at(u)]) return;
        y_[at(u)] = then;
        worst_.set(u, key(u));
      });
    };
    settle(large, size_[at(small)]);
    settle(small, size_[at(large)]);
    if (!allowed) return false;
    members(small, [&](std::int32_t u) { label_[at(u)] = large; });
    std::swap(next_[at(large)], next_[at(small)]);  // two rings become one
    size_[at(large)] += size_[at(small)];
    return true;
  }

  struct Ranked {
    std::int64_t distance, degree;
    std::int32_t vertex;
    auto operator<=>(const Ranked&) const = default;
  };

  const Graph& graph_;
  std::span<const std::int32_t> common_;
  const JoinVariant& variant_;
  std::int32_t n_;
  std::vector<std::int32_t> label_;   // a member of the cluster
  std::vector<std::int32_t> next_;    // the cluster as a ring
  std::vector<std::int32_t> size_;    // by label
  std::vector<std::int32_t> y_;       // disagreements
  std::vector<std::int32_t> across_;  // of one trial: neighbours in the other cluster
  std::vector<std::int32_t> tie_;
  std::vector<std::int32_t> tried_;  // how many neighbours of w are used up
  std::vector<std::int32_t> order_;  // neighbours, most similar first
  std::vector<Ranked> ranked_;
  core::IndexedHeap<std::int64_t> worst_;
};

}  // namespace

std::vector<std::int32_t> GreedyJoining::run(const JoinVariant& variant,
                                             const core::Checkpoint& checkpoint) const {
  return Joining(graph_, common_, variant).run(checkpoint);
}

Solution best_of_joinings(const Graph& graph, double p, int threads, core::StopRule rule) {
  core::Run run(std::move(rule));
  Incumbent best(run);
  std::vector<std::int32_t> alone(at(graph.size()));
  std::iota(alone.begin(), alone.end(), 0);
  best.offer(lp_norm(disagreement_vector(graph, alone), p), alone);
  try {
    const GreedyJoining joining(graph, run.checkpoint());
    const auto variants = join_variants();
    std::array<std::vector<std::int32_t>, variants.size()> labels;
    std::array<double, variants.size()> values{};
    const core::Checkpoint own = run.checkpoint();
    const core::Checkpoint others([&] { return run.stopped(); });
    const auto one = [&](std::int32_t i, int worker) {
      labels[at(i)] = joining.run(variants[at(i)], worker == 0 ? own : others);
      values[at(i)] = lp_norm(disagreement_vector(graph, labels[at(i)]), p);
    };
    if (threads <= 1) {
      for (std::int32_t i = 0; i < static_cast<std::int32_t>(variants.size()) && !run.stopped(); ++i) {
        one(i, 0);
        best.offer(values[at(i)], labels[at(i)]);
        run.count_iterations(1);
      }
    } else {
      core::parallel_for(threads, static_cast<std::int32_t>(variants.size()), one);
      for (std::size_t i = 0; i < variants.size(); ++i) best.offer(values[i], labels[i]);
      run.count_iterations(static_cast<std::int64_t>(variants.size()));
    }
  } catch (const core::Stopped&) {
  }
  return std::move(best).finish();
}

}  // namespace wayseer::clustering
