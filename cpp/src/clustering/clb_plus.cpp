#include "wayseer/clustering/clb_plus.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "wayseer/clustering/near_pairs.hpp"
#include "wayseer/clustering/objective.hpp"
#include "wayseer/clustering/relations.hpp"
#include "wayseer/clustering/sparse_relations.hpp"

namespace wayseer::clustering {
namespace {

std::int32_t largest_disagreement(const Graph& graph, std::span<const std::int32_t> labels) {
  std::int64_t largest = 0;
  for (const auto y : disagreement_vector(graph, labels)) largest = std::max(largest, y);
  return static_cast<std::int32_t>(largest);
}

struct Pair {
  std::int32_t u, v;
};

// Pairs worth probing: those with a common closed neighbour, adjacent ones first, each kind by falling sum of
// degrees. Others are never probed; they stay open or follow.
std::vector<Pair> pairs_to_probe(const Graph& graph, const core::Checkpoint& checkpoint) {
  NearPairs near(graph, checkpoint);
  std::vector<std::pair<std::tuple<bool, std::int64_t>, Pair>> keyed;
  for (std::int32_t u = 0; u < graph.size(); ++u) {
    const auto neighbors = graph.neighbors(u);
    std::vector<NearPair> row(near.row(u).begin(), near.row(u).end());
    std::ranges::sort(row, {}, &NearPair::vertex);
    for (const auto& [v, common] : row) {
      if (v < u) continue;
      const bool adjacent = std::ranges::binary_search(neighbors, v);
      keyed.push_back({{!adjacent, -(graph.degree(u) + graph.degree(v))}, {u, v}});
    }
  }
  std::ranges::stable_sort(keyed, {}, [](const auto& entry) { return entry.first; });
  std::vector<Pair> pairs;
  pairs.reserve(keyed.size());
  for (const auto& [key, pair] : keyed) pairs.push_back(pair);
  return pairs;
}

class Search {
 public:
  Search(const Graph& graph, std::int32_t d, core::Run& run, const std::vector<Pair>& pairs,
         std::int64_t most_nodes)
      : graph_(graph),
        d_(d),
        checkpoint_(run.checkpoint()),
        pairs_(pairs),
        most_nodes_(most_nodes),
        state_(graph, d) {}

  // Each throws core::Stopped. After propagation, true: d is refuted.
  bool propagation_refutes() { return !state_.propagate(checkpoint_); }
  bool probing_refutes() { return !probe(state_, nullptr); }
  // True: refuted. False: labels() is a clustering with at most d disagreements everywhere, unless gave_up().
  bool branching_refutes() { return !feasible(std::move(state_)); }
  [[nodiscard]] bool gave_up() const noexcept { return nodes_ > most_nodes_; }

  [[nodiscard]] const std::vector<std::int32_t>& labels() const noexcept { return labels_; }
  [[nodiscard]] std::int64_t nodes() const noexcept { return nodes_; }

 private:
  // Probes until a round over all pairs changes nothing; false: refuted. `choice` becomes the open pair whose
  // two cases both decide the most.
  bool probe(Relations& state, std::optional<Pair>* choice) {
    Relations together = state, apart = state;
    std::size_t unchanged = 0;
    std::int64_t best = -1;
    for (std::size_t i = 0; unchanged < pairs_.size(); i = i + 1 == pairs_.size() ? 0 : i + 1, ++unchanged) {
      const auto [u, v] = pairs_[i];
      if (state.known(u, v)) continue;
      checkpoint_();
      together = state;
      apart = state;
      const bool can_join = together.join(u, v) && together.propagate(checkpoint_);
      const bool can_separate = apart.separate(u, v) && apart.propagate(checkpoint_);
      if (!can_join && !can_separate) return false;
      if (can_join && can_separate) {
        if (choice != nullptr) {
          const auto known = state.known_pairs();
          const auto one = together.known_pairs() - known, other = apart.known_pairs() - known;
          const auto score = std::min(one, other) * 1024 + std::max(one, other);
          if (score > best) {
            best = score;
            *choice = pairs_[i];
          }
        }
        bool contradiction = false;
        if (!state.add_common(together, apart, contradiction)) continue;
        if (contradiction || !state.propagate(checkpoint_)) return false;
      } else {
        std::swap(state, can_join ? together : apart);
      }
      unchanged = 0;
      best = -1;
    }
    if (choice != nullptr && *choice && state.known((*choice)->u, (*choice)->v)) choice->reset();
    return true;
  }

  bool feasible(Relations state) {
    if (++nodes_ > most_nodes_) return true;
    std::optional<Pair> pair;
    if (!probe(state, &pair)) return false;
    labels_ = state.classes();
    renumber(labels_);
    // Pairs still open count as apart.
    if (largest_disagreement(graph_, labels_) <= d_) return true;
    if (!pair) pair = any_open(state);
    if (!pair) return false;
    for (const bool join : {true, false}) {
      Relations child = state;
      if ((join ? child.join(pair->u, pair->v) : child.separate(pair->u, pair->v)) &&
          child.propagate(checkpoint_) && feasible(std::move(child)))
        return true;
    }
    return false;
  }

  [[nodiscard]] std::optional<Pair> any_open(const Relations& state) const {
    for (std::int32_t u = 0; u < graph_.size(); ++u) {
      for (std::int32_t v = u + 1; v < graph_.size(); ++v) {
        if (!state.known(u, v)) return Pair{u, v};
      }
    }
    return std::nullopt;
  }

  Graph graph_;
  std::int32_t d_;
  core::Checkpoint checkpoint_;
  const std::vector<Pair>& pairs_;
  std::int64_t most_nodes_;
  Relations state_;
  std::vector<std::int32_t> labels_;
  std::int64_t nodes_ = 0;
};

// The smallest value >= low that `refutes` does not refute, if it is monotone; at most `high`, which is known
// not to be refuted. Steps that double, then halve: the answer is close to low. `proven` follows every
// refutation.
template <class Refutes>
void raise(std::int32_t& proven, std::int32_t high, Refutes&& refutes) {
  for (std::int32_t step = 1; proven < high; step *= 2) {
    const std::int32_t d = std::min(proven + step - 1, high - 1);
    if (!refutes(d)) {
      high = d;
      break;
    }
    proven = d + 1;
  }
  while (proven < high) {
    const std::int32_t middle = proven + (high - proven) / 2;
    if (refutes(middle))
      proven = middle + 1;
    else
      high = middle;
  }
}

}  // namespace

ClbPlusBound clb_plus(const Graph& graph, const ClbPlusOptions& options, core::Run& run) {
  ClbPlusBound found;
  auto start = clb(graph, false, run);
  found.bound = start.bound;
  found.labels = std::move(start.labels);
  std::int32_t value = largest_disagreement(graph, found.labels);
  if (!options.start.empty() && largest_disagreement(graph, options.start) < value) {
    found.labels.assign(options.start.begin(), options.start.end());
    renumber(found.labels);
    value = largest_disagreement(graph, found.labels);
  }
  if (run.stopped()) {
    found.status = run.status();
    return found;
  }
  try {
    const auto checkpoint = run.checkpoint();
    if (graph.size() > options.dense_limit) {
      NearPairs pairs(graph, checkpoint);
      raise(found.bound, value,
            [&](std::int32_t d) { return SparseRelations(graph, pairs, d).refutes(checkpoint); });
    } else {
      const bool branching = options.branching_nodes > 0;
      const bool probing = options.probing || branching;
      const auto pairs = probing ? pairs_to_probe(graph, checkpoint) : std::vector<Pair>{};
      raise(found.bound, value,
            [&](std::int32_t d) { return Search(graph, d, run, pairs, 0).propagation_refutes(); });
      for (bool refuted = probing; refuted && found.bound < value;) {
        Search search(graph, found.bound, run, pairs, options.branching_nodes);
        refuted = search.propagation_refutes() || search.probing_refutes();
        if (!refuted && branching) {
          refuted = search.branching_refutes();
          found.nodes += search.nodes();
          if (!refuted && !search.gave_up()) {
            found.labels = search.labels();
            value = largest_disagreement(graph, found.labels);
          }
        }
        if (refuted) ++found.bound;
      }
    }
  } catch (const core::Stopped&) {
  }
  found.optimal = value == found.bound;
  found.status = run.status(found.optimal ? core::Status::optimal : core::Status::converged);
  return found;
}

}  // namespace wayseer::clustering
