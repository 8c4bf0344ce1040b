#include "wayseer/clustering/klj.hpp"

#include <algorithm>
#include <numeric>
#include <span>

#include "wayseer/clustering/objective.hpp"
#include "wayseer/clustering/sum_problem.hpp"
#include "wayseer/core/indexed_heap.hpp"

namespace wayseer::clustering {
namespace {

constexpr int most_rounds = 50;
// A sequence ends after so many moves without a new best: beside a giant cluster the rest of it, thousands of
// moves, is never worth its time.
std::size_t patience(std::size_t one, std::size_t other) {
  const std::size_t smaller = std::min(one, other);
  return smaller > 0 ? 50 + 2 * smaller : 200;
}

class Search {
 public:
  Search(const Graph& graph, std::vector<std::int32_t>& labels, core::Run& run)
      : graph_(graph), labels_(labels), run_(run), min_gain_(least_gain({.graph = graph, .gamma = 0.0})) {
    const auto count = renumber(labels_);
    members_.resize(at(count));
    for (std::int32_t v = 0; v < graph.size(); ++v) members_[at(labels_[at(v)])].push_back(v);
    changed_.assign(at(count), 1);
    difference_.resize(at(graph.size()));
    moved_.assign(at(graph.size()), 0);
    heap_.reset(graph.size());
  }

  double solve() {
    double gain = 0;
    for (int round = 0; round < most_rounds && !run_.should_stop(); ++round) {
      const double more = one_round();
      if (more <= 0.0) break;
      gain += more;
    }
    return gain;
  }

 private:
  [[nodiscard]] double cost(std::size_t arc) const { return graph_.weighted() ? graph_.weights[arc] : 1.0; }
  template <class F>
  void for_each_arc(std::int32_t v, F&& fn) const {
    for (auto e = static_cast<std::size_t>(graph_.begin(v)); e < static_cast<std::size_t>(graph_.end(v)); ++e)
      fn(graph_.indices[e], cost(e));
  }

  double one_round() {
    std::vector<std::uint8_t> work(members_.size(), 0);
    work.swap(changed_);
    double gain = 0;
    const auto count = static_cast<std::int32_t>(members_.size());
    std::vector<std::int32_t> partners, seen_by(at(graph_.size()), -1);
    for (std::int32_t a = 0; a < count; ++a) {
      if (run_.should_stop()) break;
      partners.clear();
      for (const auto v : members_[at(a)]) {
        for_each_arc(v, [&](std::int32_t u, double) {
          const auto b = labels_[at(u)];
          if (b == a || seen_by[at(b)] == a) return;
          seen_by[at(b)] = a;
          // Each pair once: from its smaller label, or from the one that alone has changed.
          const bool fresh = b >= count || work[at(b)] == 0;
          if (work[at(a)] != 0 && (fresh || a < b)) partners.push_back(b);
        });
      }
      std::ranges::sort(partners);
      for (const auto b : partners) {
        if (run_.stopped()) break;
        if (!members_[at(a)].empty() && !members_[at(b)].empty()) gain += improve_pair(a, b);
      }
      if (work[at(a)] != 0 && members_[at(a)].size() > 1 && !run_.stopped()) gain += split(a);
    }
    return gain;
  }

  // What v's crossing from its cluster to the other of the pair gains.
  [[nodiscard]] double crossing_gain(std::int32_t v, std::int32_t other, bool& boundary) const {
    const auto own = labels_[at(v)];
    double gain = 0;
    boundary = false;
    for_each_arc(v, [&](std::int32_t u, double c) {
      if (labels_[at(u)] == other) {
        gain += c;
        boundary = true;
      } else if (labels_[at(u)] == own) {
        gain -= c;
      }
    });
    return gain;
  }

  double improve_pair(std::int32_t a, std::int32_t b) {
    double join_gain = 0;
    const bool a_smaller = members_[at(a)].size() <= members_[at(b)].size();
    const auto from = a_smaller ? a : b, other = a_smaller ? b : a;
    candidates_.clear();
    for (const auto v : members_[at(from)]) {
      for_each_arc(v, [&](std::int32_t u, double c) {
        if (labels_[at(u)] != other) return;
        join_gain += c;
        candidates_.push_back(u);
        candidates_.push_back(v);
      });
    }
    return finish(a, b, join_gain);
  }

  // The pair of a and an empty cluster: every vertex of a may leave.
  double split(std::int32_t a) {
    if (empty_.empty()) {
      empty_.push_back(static_cast<std::int32_t>(members_.size()));
      members_.emplace_back();
      changed_.push_back(0);
    }
    const auto fresh = empty_.back();
    empty_.pop_back();
    candidates_.assign(members_[at(a)].begin(), members_[at(a)].end());
    const double gain = finish(a, fresh, 0.0);
    if (gain <= 0.0) empty_.push_back(fresh);
    return gain;
  }

  // The sequence that starts with the candidates; keeps its best prefix, or joins, or changes nothing.
  double finish(std::int32_t a, std::int32_t b, double join_gain) {
    heap_.clear();
    const auto across = [&](std::int32_t v) { return labels_[at(v)] == a ? b : a; };
    bool boundary = false;
    for (const auto v : candidates_) {
      if (heap_.contains(v)) continue;
      difference_[at(v)] = crossing_gain(v, across(v), boundary);
      heap_.set(v, -difference_[at(v)]);
    }
    sequence_.clear();
    double sum = 0, best = 0;
    std::size_t best_length = 0;
    const std::size_t most_idle = patience(members_[at(a)].size(), members_[at(b)].size());
    while (!heap_.empty() && sequence_.size() < best_length + most_idle) {
      if ((sequence_.size() & 255) == 255 && run_.should_stop()) break;
      const double gain = -heap_.top_key();
      const auto v = heap_.pop();
      const auto from = labels_[at(v)], to = across(v);
      labels_[at(v)] = to;
      moved_[at(v)] = 1;
      sequence_.push_back(v);
      sum += gain;
      if (sum > best + min_gain_) {
        best = sum;
        best_length = sequence_.size();
      }
      for_each_arc(v, [&](std::int32_t u, double c) {
        const auto label = labels_[at(u)];
        if (moved_[at(u)] != 0 || (label != from && label != to)) return;
        if (heap_.contains(u)) {
          difference_[at(u)] += label == from ? 2 * c : -2 * c;
        } else {
          bool touches = false;
          difference_[at(u)] = crossing_gain(u, across(u), touches);
          if (!touches) return;
        }
        heap_.set(u, -difference_[at(u)]);
      });
    }
    const bool join = join_gain > best + min_gain_;
    const std::size_t keep = join ? 0 : best_length;
    for (std::size_t i = sequence_.size(); i-- > keep;) labels_[at(sequence_[i])] = across(sequence_[i]);
    for (const auto v : sequence_) moved_[at(v)] = 0;
    if (join) {
      const bool into_a = members_[at(a)].size() >= members_[at(b)].size();
      const auto kept = into_a ? a : b, gone = into_a ? b : a;
      for (const auto v : members_[at(gone)]) labels_[at(v)] = kept;
      members_[at(kept)].insert(members_[at(kept)].end(), members_[at(gone)].begin(),
                                members_[at(gone)].end());
      members_[at(gone)].clear();
      changed_[at(kept)] = 1;
      empty_.push_back(gone);
      return join_gain;
    }
    if (best_length == 0) return 0.0;
    both_.assign(members_[at(a)].begin(), members_[at(a)].end());
    both_.insert(both_.end(), members_[at(b)].begin(), members_[at(b)].end());
    members_[at(a)].clear();
    members_[at(b)].clear();
    for (const auto v : both_) members_[at(labels_[at(v)])].push_back(v);
    changed_[at(a)] = 1;
    changed_[at(b)] = 1;
    for (const auto label : {a, b}) {
      if (members_[at(label)].empty()) empty_.push_back(label);
    }
    return best;
  }

  const Graph& graph_;
  std::vector<std::int32_t>& labels_;
  core::Run& run_;
  double min_gain_;
  std::vector<std::vector<std::int32_t>> members_;
  std::vector<std::int32_t> empty_;  // labels without members, to be used again
  std::vector<std::uint8_t> changed_;
  std::vector<double> difference_;  // what crossing gains, of vertices in the heap
  std::vector<std::uint8_t> moved_;
  core::IndexedHeap<double> heap_;  // of minus the gain
  std::vector<std::int32_t> candidates_, sequence_, both_;
};

}  // namespace

double klj(const Graph& graph, std::vector<std::int32_t>& labels, core::Run& run) {
  if (graph.size() == 0) return 0.0;
  const double gain = Search(graph, labels, run).solve();
  renumber(labels);
  return gain;
}

}  // namespace wayseer::clustering
