#include "wayseer/tsp/mcts.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

#include "mcts_engine.hpp"
#include "wayseer/core/hilbert.hpp"
#include "wayseer/core/random.hpp"
#include "wayseer/tsp/candidates.hpp"
#include "wayseer/tsp/space.hpp"

namespace wayseer::tsp {

namespace {

using mcts_detail::at;
using mcts_detail::DenseWeights;
using mcts_detail::Grain;
using mcts_detail::ListTour;
using mcts_detail::Numbering;
using mcts_detail::PathTour;
using mcts_detail::SparseWeights;
using mcts_detail::WeightMatrix;

constexpr double reference_e = 2.718;  // the reference's value, in every exponential and logarithm
constexpr double log_reference_e = 0.999896315728952;
constexpr double smallest_candidate = 1e-4;
constexpr double smallest_recommendation = 1e-8;
constexpr int per_mille = 1000;

// --- costs ------------------------------------------------------------------------------------------------

// All metrics but the common ones, which have engines of their own: one branch a call.
struct AnyMetric {
  const Space* space;
  double scale;
  Cost operator()(Index i, Index j) const noexcept {
    if (space->problem().metric() == MetricKind::euclid)
      return PointMetric<EuclideanNorm, RoundFixed, 3>{space->points().data(), {scale}}(i, j);
    return space->visit([&](auto&& metric) { return metric(i, j); });
  }
};

template <class Entry>
struct DenseMetric {
  Index n;
  std::vector<Entry> entries;
  template <class Metric>
  DenseMetric(const Metric& metric, Index size, const core::Checkpoint& checkpoint)
      : n(size), entries(at(size) * at(size)) {
    for (Index i = 0; i < n; ++i) {
      checkpoint();
      for (Index j = 0; j < n; ++j)
        if (i != j) entries[at(i) * at(n) + at(j)] = static_cast<Entry>(metric(i, j));
    }
  }
  Cost operator()(Index i, Index j) const noexcept { return entries[at(i) * at(n) + at(j)]; }
};

// Internal units per user unit for unrounded points.
double point_scale(const Problem& problem, double coordinate_scale) {
  const auto points = problem.points();
  const auto d = static_cast<std::size_t>(problem.dimension());
  double side = 0, low = points[0], high = points[0];
  for (std::size_t axis = 0; axis < d; ++axis) {
    double axis_low = points[axis], axis_high = points[axis];
    for (std::size_t k = axis; k < points.size(); k += d) {
      axis_low = std::min(axis_low, points[k]);
      axis_high = std::max(axis_high, points[k]);
    }
    side = std::max(side, axis_high - axis_low);
    low = std::min(low, axis_low);
    high = std::max(high, axis_high);
  }
  if (coordinate_scale <= 0) coordinate_scale = 1e5 * std::sqrt(std::max(1.0, problem.size() / 1e4));
  const bool unit_square = low >= 0 && high <= 1 && side >= 0.5;
  if (unit_square || side <= 0) return coordinate_scale;
  return coordinate_scale / side;
}

// --- the heatmap ------------------------------------------------------------------------------------------

std::vector<Index> identity(Index n) {
  std::vector<Index> order(at(n));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

// Rows sorted by column, without the diagonal and zeros; symmetrised unless `raw`. Values are not yet scaled.
WeightMatrix gather(const core::EdgeValues* heatmap, Index n, MctsWeights weights,
                    const core::Checkpoint& checkpoint) {
  WeightMatrix result;
  result.offset.assign(at(n) + 1, 0);
  if (heatmap == nullptr) return result;
  struct Entry {
    Index column;
    double value;
  };
  const bool symmetric = weights != MctsWeights::raw;
  std::vector<std::int64_t> count(at(n) + 1, 0);
  const auto each = [&](auto&& f) {
    for (Index i = 0; i < n; ++i) {
      checkpoint(i);
      const auto columns = heatmap->row_indices(i);
      const auto values = heatmap->row_values(i);
      for (std::size_t k = 0; k < columns.size(); ++k) {
        const Index j = columns[k];
        if (j == i || values[k] == 0) continue;
        const double value = static_cast<double>(values[k]) * (weights == MctsWeights::mean ? 0.5 : 1.0);
        f(i, j, value);
        if (symmetric) f(j, i, value);
      }
    }
  };
  each([&](Index i, Index, double) { ++count[at(i) + 1]; });
  for (Index i = 0; i < n; ++i) count[at(i) + 1] += count[at(i)];
  std::vector<Entry> entries(static_cast<std::size_t>(count[at(n)]));
  std::vector<std::int64_t> cursor(count.begin(), count.end() - 1);
  each([&](Index i, Index j, double value) {
    entries[static_cast<std::size_t>(cursor[at(i)]++)] = {j, value};
  });
  result.column.reserve(entries.size());
  result.value.reserve(entries.size());
  for (Index i = 0; i < n; ++i) {
    checkpoint(i);
    const auto begin = entries.begin() + count[at(i)], end = entries.begin() + count[at(i) + 1];
    // Two float halves add up exactly, so the order of the two does not matter.
    std::sort(begin, end, [](const Entry& a, const Entry& b) { return a.column < b.column; });
    for (auto it = begin; it != end; ++it) {
      if (it != begin && std::prev(it)->column == it->column) {
        result.value.back() += it->value;
      } else {
        result.column.push_back(it->column);
        result.value.push_back(it->value);
      }
    }
    result.offset[at(i) + 1] = static_cast<std::int64_t>(result.column.size());
  }
  return result;
}

CandidateLists heatmap_candidates(const WeightMatrix& heatmap, int count,
                                  const core::Checkpoint& checkpoint) {
  CandidateLists lists;
  std::vector<std::pair<double, Index>> row;
  for (Index i = 0; i < heatmap.size(); ++i) {
    checkpoint(i);
    row.clear();
    for (std::size_t k = heatmap.begin(i); k < heatmap.end(i); ++k)
      if (heatmap.value[k] >= smallest_candidate) row.emplace_back(-heatmap.value[k], heatmap.column[k]);
    const std::size_t kept = std::min(row.size(), static_cast<std::size_t>(count));
    std::partial_sort(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(kept), row.end());
    for (std::size_t k = 0; k < kept; ++k) lists.ids.push_back(row[k].second);
    lists.end_row();
  }
  return lists;
}

// The `count` first of each row by (distance, id), with the distances that the engine uses.
template <class Metric>
CandidateLists nearest_first(const CandidateLists& lists, const Metric& metric, int count,
                             const core::Checkpoint& checkpoint) {
  CandidateLists result;
  std::vector<std::pair<Cost, Index>> row;
  for (Index i = 0; i < lists.size(); ++i) {
    checkpoint(i);
    row.clear();
    for (const Index j : lists.row(i)) row.emplace_back(metric(i, j), j);
    const std::size_t kept = std::min(row.size(), static_cast<std::size_t>(count));
    std::partial_sort(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(kept), row.end());
    for (std::size_t k = 0; k < kept; ++k) result.ids.push_back(row[k].second);
    result.end_row();
  }
  return result;
}

template <class Metric>
CandidateLists candidates_of(MctsCandidates rule, const Space& space, const Metric& metric,
                             const WeightMatrix& heatmap, int count, const core::Checkpoint& checkpoint) {
  if (rule == MctsCandidates::heatmap) return heatmap_candidates(heatmap, count, checkpoint);
  if (rule == MctsCandidates::nearest) {
    // A few more than asked for: rounded distances order near-ties by id where true ones do not.
    return nearest_first(nearest_candidates(space, std::min(count + 4, space.size() - 1), checkpoint), metric,
                         count, checkpoint);
  }
  CandidateLists recommended;
  for (Index i = 0; i < heatmap.size(); ++i) {
    for (std::size_t k = heatmap.begin(i); k < heatmap.end(i); ++k)
      if (heatmap.value[k] > smallest_recommendation) recommended.ids.push_back(heatmap.column[k]);
    recommended.end_row();
  }
  return nearest_first(recommended, metric, count, checkpoint);
}

// --- the search -------------------------------------------------------------------------------------------

template <class Metric, class Weights, class Tour>
class Search {
 public:
  Search(const Problem& problem, const Numbering& numbering, const Metric& metric, double unit,
         Weights weights, Grain grain, bool two_lists, const MctsOptions& options, core::Run& run)
      : problem_(problem),
        numbering_(numbering),
        metric_(metric),
        unit_(unit),
        n_(problem.size()),
        weights_(std::move(weights)),
        grain_(grain),
        two_lists_(two_lists),
        options_(options),
        max_depth_(options.max_depth),
        random_(options.seed),
        run_(run) {}

  MctsResult solve() {
    std::int64_t restarts = 0;
    for (;; ++restarts) {
      if (restarts > 0) redraw();
      if (!draw_start(restarts == 0)) break;
      two_opt();
      incumbent();
      improve();
      if (run_.stopped()) break;
    }
    keep_best();
    return result(restarts);
  }

 private:
  using Handle = typename Weights::Handle;
  static constexpr bool dense = std::is_same_v<Weights, DenseWeights>;
  // The clock is read once per so many units of work; one is some 10 to 100 ns.
  static constexpr std::int64_t work_per_check = 1 << 13;

  void redraw() {
    if (two_lists_) weights_.use_candidates(static_cast<std::size_t>(random_.below(2)));
    if (options_.redraw_depth) max_depth_ = std::min(10 + random_.below(80), n_ / 2);
  }

  // --- start tour ---

  // False if stopped before the tour was complete, unless it is the first: then it is completed anyhow.
  bool draw_start(bool first) {
    unvisited_ = numbering_.to_engine;
    place_ = numbering_.to_user;
    Index current = numbering_.engine(0);
    remove_unvisited(current);
    std::vector<Index> order{current};
    order.reserve(at(n_));
    bool drawing = true;
    while (!unvisited_.empty()) {
      if (drawing && should_stop_after(dense ? n_ : 32)) {
        if (!first) return false;
        drawing = false;
      }
      current = drawing ? draw_next(current) : unvisited_.back();
      remove_unvisited(current);
      order.push_back(current);
    }
    keep_best();
    tour_.assign(order);
    length_ = length_of(order);
    incumbent();
    return true;
  }

  void remove_unvisited(Index v) noexcept {
    const Index hole = place_[at(v)], last = unvisited_.back();
    unvisited_[at(hole)] = last;
    place_[at(last)] = hole;
    place_[at(v)] = -1;
    unvisited_.pop_back();
  }

  Index draw_next(Index current) {
    const auto left = static_cast<Index>(unvisited_.size());
    if (options_.start == MctsStart::random) return unvisited_[at(random_.below(left))];
    // exp(W) may overflow; probabilities stay as they are if every weight is divided by the largest.
    drawn_.clear();
    double largest = 0;
    weights_.for_each_weight(
        current, [&](Index j) { return place_[at(j)] >= 0; }, [&](Index j) { return numbering_.user(j); },
        [&](Index j, double w) {
          drawn_.emplace_back(j, w);
          largest = std::max(largest, w);
        });
    if (options_.truncated_sampling) return draw_truncated(largest);
    double total = 0;
    for (auto& [j, w] : drawn_) total += w = std::pow(reference_e, w - largest);
    // All other nodes have weight 0 and share one probability.
    const auto others = left - static_cast<Index>(drawn_.size());
    double u = random_.uniform() * (total + others * std::pow(reference_e, -largest));
    if (u < total || others == 0) {
      for (const auto& [j, probability] : drawn_) {
        u -= probability;
        if (u < 0) return j;
      }
      return drawn_.back().first;
    }
    for (;;) {
      const Index j = unvisited_[at(random_.below(left))];
      const auto it = std::lower_bound(drawn_.begin(), drawn_.end(), j, [&](const auto& entry, Index node) {
        return numbering_.user(entry.first) < numbering_.user(node);
      });
      if (it == drawn_.end() || it->first != j) return j;
    }
  }

  // As the reference, and in its engine only: ascending ids, probabilities in whole thousandths, the rest to
  // the last node.
  Index draw_truncated(double largest) {
    double total = 0;
    choices_.clear();
    std::size_t k = 0;
    for (Index j = 0; j < n_; ++j) {
      if (place_[at(j)] < 0) continue;
      double w = 0;
      if (k < drawn_.size() && drawn_[k].first == j) w = drawn_[k++].second;
      const double probability = std::pow(reference_e, w - largest);
      choices_.emplace_back(j, probability);
      total += probability;
    }
    const int u = random_.below(per_mille);
    int sum = 0;
    for (const auto& [j, probability] : choices_) {
      sum += static_cast<int>(per_mille * probability / total);
      if (u < sum) return j;
    }
    return choices_.back().first;
  }

  // --- 2-opt ---

  void two_opt() {
    for (bool improved = true; improved;) {
      improved = false;
      for (const Index i : numbering_.to_engine) {
        for (const Handle h : weights_.candidates(i)) {
          const Index j = weights_.node(h);
          if (tour_.adjacent(i, j)) continue;
          if (should_stop_after(1)) return;
          const Cost delta = evaluate(i, j, h);
          if (delta <= 0) continue;
          evaluate(i, j, h);  // the reference evaluates a move again to apply it, and counts that
          const double amount = reward_for(delta);
          const Index i_next = tour_.next(i), j_next = tour_.next(j);
          tour_.two_opt(i, j);
          weights_.reward(i, j, amount);
          weights_.reward(i_next, j_next, amount);
          length_ -= delta;
          work_ += n_ / 16;  // what the reversal costs, roughly
          improved = true;
          break;
        }
      }
    }
  }

  Cost evaluate(Index i, Index j, Handle h) {
    const Index i_next = tour_.next(i), j_next = tour_.next(j);
    weights_.visit(i, h);
    weights_.visit_pair(i_next, j_next);
    ++actions_and_evaluations_;
    return metric_(i, i_next) + metric_(j, j_next) - metric_(i, j) - metric_(i_next, j_next);
  }

  // --- actions ---

  void improve() {
    const std::int64_t limit = static_cast<std::int64_t>(options_.h_param) * n_;
    for (std::int64_t failed = 0; failed < limit;) {
      const Cost gain = act(numbering_.engine(random_.below(n_)));
      ++actions_and_evaluations_;
      if (gain > 0) {
        back_propagate(gain);
        length_ -= gain;
        incumbent();
        failed = 0;
      } else {
        ++failed;
      }
      if (run_.count_iterations(1)) return;
      const auto steps = static_cast<std::int64_t>(sequence_.size()) / 2;
      if (should_stop_after(dense ? steps * n_ / 4 : steps)) return;
    }
  }

  // One action from a; > 0: its gain, and the tour is changed; else the tour is as it was.
  Cost act(Index a) {
    log_n_ = std::log(static_cast<double>(actions_and_evaluations_) + 1.0);
    Index head = tour_.next(a);
    tour_.open(a);
    sequence_.assign({a, head});
    Cost gain = metric_(a, head);
    for (int depth = 0; depth < max_depth_; ++depth) {
      const Handle h = choose(head, a);
      if (h < 0) break;
      ++steps_;
      const Index c = weights_.node(h);
      weights_.visit(head, h);
      gain -= metric_(head, c);
      head = tour_.cut(c);
      gain += metric_(c, head);
      sequence_.push_back(c);
      sequence_.push_back(head);
      if (const Cost closed = gain - metric_(head, a); closed > 0) {
        tour_.close();
        return closed;
      }
    }
    tour_.cancel();
    return 0;
  }

  // A candidate edge of the head, or -1.
  Handle choose(Index head, Index a) {
    const Index after = tour_.after_head();
    const double mean = weights_.row_sum(head) / (n_ - 1);
    promising_.clear();
    double total = 0;
    for (const Handle h : weights_.candidates(head)) {
      const Index c = weights_.node(h);
      if (c == a || c == after) continue;
      const double z = potential(head, h, mean);
      if (z < 1) continue;
      promising_.emplace_back(h, z);
      total += z;
    }
    if (promising_.empty()) return -1;
    if (options_.truncated_sampling) {
      const int u = random_.below(per_mille);
      int sum = 0;
      for (const auto& [h, z] : promising_) {
        sum += static_cast<int>(per_mille * z / total);
        if (u < sum) return h;
      }
      return promising_.back().first;
    }
    double u = random_.uniform() * total;
    for (const auto& [h, z] : promising_) {
      u -= z;
      if (u < 0) return h;
    }
    return promising_.back().first;
  }

  double potential(Index head, Handle h, double mean) const {
    const double ratio = mean > 0 ? weights_.weight(head, h) / mean : 1.0;
    if (options_.alpha == 0) return ratio;
    return ratio + options_.alpha * std::sqrt(log_n_ / (log_reference_e * (weights_.visits(head, h) + 1.0)));
  }

  [[nodiscard]] double reward_for(Cost gain) const {
    const double share = static_cast<double>(gain) / static_cast<double>(length_);
    return grain_(options_.beta * (std::pow(reference_e, share) - 1.0));
  }

  void back_propagate(Cost gain) {
    const double amount = reward_for(gain);
    for (std::size_t k = 1; k < sequence_.size(); k += 2)
      weights_.reward(sequence_[k], sequence_[k + 1 < sequence_.size() ? k + 1 : 0], amount);
  }

  // --- the best tour ---

  void incumbent() {
    if (!trace_.empty() && length_ >= trace_.back().second) return;
    trace_.emplace_back(run_.elapsed(), length_);
    best_is_current_ = true;
    best_length_ = static_cast<double>(length_) * unit_;
    // Rounded lengths may miss the target by half a unit an edge: look again before it counts as met or
    // missed.
    if (!problem_.integer() && best_length_ <= run_.rule().target + n_ * unit_)
      best_length_ = problem_.length(user_order());
    run_.report(best_length_);
  }
  bool should_stop_after(std::int64_t work) {
    work_ += work;
    if (work_ < work_per_check) return false;
    work_ = 0;
    if (run_.should_stop()) return true;
    return run_.rule().on_progress && !trace_.empty() && run_.report(best_length_);
  }
  void keep_best() {
    if (best_is_current_) best_ = user_order();
    best_is_current_ = false;
  }
  [[nodiscard]] std::vector<Index> user_order() const {
    std::vector<Index> order = tour_.order();
    for (Index& v : order) v = numbering_.user(v);
    std::rotate(order.begin(), std::find(order.begin(), order.end(), 0), order.end());
    return order;
  }

  [[nodiscard]] Cost length_of(std::span<const Index> order) const {
    Cost sum = metric_(order.back(), order.front());
    for (std::size_t k = 1; k < order.size(); ++k) sum += metric_(order[k - 1], order[k]);
    return sum;
  }

  MctsResult result(std::int64_t restarts) {
    MctsResult result;
    result.tour = std::move(best_);
    result.length = problem_.length(result.tour);
    result.iterations = run_.iterations();
    result.steps = steps_;
    result.restarts = restarts;
    result.seconds = run_.elapsed();
    result.status = run_.status();
    for (const auto& [seconds, length] : trace_)
      result.trace.emplace_back(seconds, std::max(result.length, static_cast<double>(length) * unit_));
    result.trace.back().second = result.length;
    return result;
  }

  const Problem& problem_;
  const Numbering& numbering_;
  const Metric& metric_;
  double unit_;  // user units per internal unit
  Index n_;
  Weights weights_;
  Grain grain_;
  bool two_lists_;
  const MctsOptions& options_;
  int max_depth_;
  core::Random random_;
  core::Run& run_;

  Tour tour_;
  Cost length_ = 0;
  std::int64_t actions_and_evaluations_ = 0;  // the reference's N
  std::int64_t steps_ = 0;
  std::int64_t work_ = work_per_check;  // so that a run that is over before it begins is told at once
  double log_n_ = 0;
  std::vector<Index> sequence_;  // a, b, then c and the new head of each step
  std::vector<std::pair<Handle, double>> promising_;

  std::vector<Index> unvisited_,
      place_;  // a set with removal, and where each node stands in it (-1: visited)
  std::vector<std::pair<Index, double>> drawn_, choices_;

  bool best_is_current_ = false;
  double best_length_ = 0;   // as reported, in the user's unit
  std::vector<Index> best_;  // in the user's numbers, from 0
  std::vector<std::pair<double, Cost>> trace_;
};

// --- set-up -----------------------------------------------------------------------------------------------

void require(bool condition, const std::string& message) {
  if (!condition) throw std::invalid_argument(message);
}

void check(const Problem& problem, const core::EdgeValues* heatmap, const MctsOptions& options) {
  require(problem.size() > 0, "mcts: the problem has no nodes");
  require(problem.symmetric(), "mcts: the problem is asymmetric; only symmetric costs are supported");
  require(std::isfinite(options.alpha) && options.alpha >= 0, "alpha must be a finite number >= 0");
  require(std::isfinite(options.beta) && options.beta >= 0, "beta must be a finite number >= 0");
  require(options.h_param >= 1, "h_param must be at least 1, got " + std::to_string(options.h_param));
  require(options.max_candidates >= 1,
          "max_candidates must be at least 1, got " + std::to_string(options.max_candidates));
  require(options.max_depth >= 1, "max_depth must be at least 1, got " + std::to_string(options.max_depth));
  require(problem.size() < 4 || options.max_depth <= problem.size() / 2,
          "max_depth is " + std::to_string(options.max_depth) +
              ", at most n / 2 = " + std::to_string(problem.size() / 2) + " is allowed");
  require(options.coordinate_scale >= 0 && options.coordinate_scale <= 1e12,
          "coordinate_scale must be in 0 .. 1e12 (0: the default)");
  require(options.compat || !options.truncated_sampling, "truncated_sampling needs compat");
  require(heatmap == nullptr || heatmap->n == problem.size(),
          "heatmap has " + std::to_string(heatmap == nullptr ? 0 : heatmap->n) + " nodes, the problem has " +
              std::to_string(problem.size()));
  if (heatmap == nullptr) return;
  require(heatmap->indptr.size() == at(heatmap->n) + 1 && heatmap->indptr.front() == 0 &&
              std::is_sorted(heatmap->indptr.begin(), heatmap->indptr.end()) &&
              static_cast<std::size_t>(heatmap->indptr.back()) == heatmap->indices.size() &&
              heatmap->indices.size() == heatmap->values.size(),
          "heatmap is not a valid CSR matrix");
  for (const Index j : heatmap->indices)
    require(j >= 0 && j < heatmap->n,
            "heatmap names node " + std::to_string(j) + ", allowed are 0.." + std::to_string(heatmap->n - 1));
  for (const float value : heatmap->values)
    require(std::isfinite(value) && value >= 0, "heatmap entries must be finite and >= 0");
}

void check_memory(double needed, std::int64_t allowed, const char* what) {
  if (needed > static_cast<double>(allowed))
    throw std::invalid_argument("mcts needs about " + std::to_string(static_cast<std::int64_t>(needed)) +
                                " bytes for " + what + ", memory_limit allows " + std::to_string(allowed));
}

// Nothing to search, or no time to.
MctsResult unsearched(const Problem& problem, const core::Run& run) {
  MctsResult result;
  result.tour = identity(problem.size());
  result.length = problem.length(result.tour);
  result.seconds = run.elapsed();
  result.status = run.status();
  result.trace = {{result.seconds, result.length}};
  return result;
}

// metric_of(space) is the metric on the numbers of a space.
template <class MetricOf>
MctsResult solve(const Problem& problem, const MetricOf& metric_of, double unit,
                 const core::EdgeValues* heatmap, const MctsOptions& options, core::Run& run) {
  const Index n = problem.size();
  const Space space(problem, identity(n));
  const auto metric = metric_of(space);
  const auto checkpoint = run.checkpoint();
  WeightMatrix initial = gather(heatmap, n, options.weights, checkpoint);
  std::vector<CandidateLists> lists;
  if (options.redraw_candidates) {
    // UTSP starts from the nearest and may switch to the nearest recommended ones.
    lists.push_back(
        candidates_of(MctsCandidates::nearest, space, metric, initial, options.max_candidates, checkpoint));
    lists.push_back(candidates_of(MctsCandidates::nearest_in_heatmap, space, metric, initial,
                                  options.max_candidates, checkpoint));
  } else {
    lists.push_back(
        candidates_of(options.candidates, space, metric, initial, options.max_candidates, checkpoint));
  }
  double largest = options.beta;
  for (Index i = 0; i < n; ++i) {
    double sum = 0;
    for (std::size_t k = initial.begin(i); k < initial.end(i); ++k) {
      if (options.weights != MctsWeights::sum) initial.value[k] *= 100.0;
      sum += initial.value[k];
    }
    largest = std::max(largest, sum);
  }
  const Grain grain(largest);
  for (double& value : initial.value) value = grain(value);

  const bool two_lists = lists.size() > 1;
  if (!options.compat) {
    const Numbering numbering(problem.dimension() == 0
                                  ? identity(n)
                                  : core::hilbert_order(problem.points(), problem.dimension(), checkpoint));
    const Space near(problem, numbering.to_user);
    const auto near_metric = metric_of(near);
    initial = numbering.renumber(initial, checkpoint);
    for (CandidateLists& list : lists) list = numbering.renumber(list, checkpoint);
    Search<decltype(near_metric), SparseWeights, PathTour> search(
        problem, numbering, near_metric, unit, SparseWeights(std::move(initial), lists, checkpoint), grain,
        two_lists, options, run);
    return search.solve();
  }
  const auto dense = [&]<class Entry>(Entry) {
    const Numbering numbering(identity(n));
    const DenseMetric<Entry> costs(metric, n, checkpoint);
    Search<DenseMetric<Entry>, DenseWeights, ListTour> search(
        problem, numbering, costs, unit, DenseWeights(initial, lists), grain, two_lists, options, run);
    return search.solve();
  };
  const double largest_cost = problem.largest_cost() / unit;
  return largest_cost < 2e9 ? dense(std::int32_t{}) : dense(std::int64_t{});
}

}  // namespace

MctsResult mcts(const Problem& problem, const core::EdgeValues* heatmap, const MctsOptions& options) {
  core::Run run(options.stop);
  check(problem, heatmap, options);
  const Index n = problem.size();
  if (n < 4) return unsearched(problem, run);
  const double entries = heatmap == nullptr ? 0.0 : static_cast<double>(heatmap->values.size());
  const double lists = options.redraw_candidates ? 2.0 : 1.0;
  double kept = std::min<double>(options.max_candidates, n - 1) * n * lists;
  if (options.candidates != MctsCandidates::nearest && !options.redraw_candidates)
    kept = std::min(kept, 2.0 * entries);
  double needed = 128.0 * n + 80.0 * entries + 72.0 * kept;  // both directions of every entry and slot
  if (options.compat) needed += 20.0 * n * n;
  check_memory(needed, options.memory_limit,
               options.compat ? "n * n weights, visits and costs" : "weights and visits");

  using Unrounded = PointMetric<EuclideanNorm, RoundFixed, 2>;
  using Rounded = PointMetric<EuclideanNorm, RoundNearest, 2>;
  const bool unrounded_points = problem.metric() == MetricKind::euclid;
  const double scale =
      unrounded_points ? point_scale(problem, options.coordinate_scale) : Space(problem, identity(n)).scale();
  const auto run_with = [&](auto&& metric_of) {
    try {
      return solve(problem, metric_of, 1.0 / scale, heatmap, options, run);
    } catch (const core::Stopped&) {  // before the first tour
      return unsearched(problem, run);
    }
  };
  if (unrounded_points && problem.dimension() == 2)
    return run_with([=](const Space& space) { return Unrounded{space.points().data(), {scale}}; });
  if (problem.metric() == MetricKind::euc_2d && problem.largest_cost() < 2e9)
    return run_with([](const Space& space) { return Rounded{space.points().data()}; });
  return run_with([=](const Space& space) { return AnyMetric{&space, scale}; });
}

}  // namespace wayseer::tsp
