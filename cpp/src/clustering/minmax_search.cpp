#include "wayseer/clustering/minmax_search.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "minmax_state.hpp"
#include "wayseer/clustering/objective.hpp"
#include "wayseer/core/random.hpp"

namespace wayseer::clustering {

double lp_norm(std::span<const std::int64_t> y, double p) {
  const auto largest = static_cast<double>(y.empty() ? 0 : *std::ranges::max_element(y));
  if (largest == 0.0 || std::isinf(p)) return largest;
  if (p == 1.0) return static_cast<double>(std::reduce(y.begin(), y.end()));
  double sum = 0;
  for (const std::int64_t value : y) sum += std::pow(static_cast<double>(value) / largest, p);
  return largest * std::pow(sum, 1.0 / p);
}

namespace {

constexpr std::int32_t everything = std::numeric_limits<std::int32_t>::max();

// How candidates are judged and how many are looked at. No one setting is best everywhere: few candidates
// make many steps and suit sparse graphs, all of them suit dense ones; a high power sees the worst vertices
// only.
struct Manner {
  double power;
  std::int32_t candidates;  // on average, of the vertices that could change places with w's cluster
};
constexpr std::array manners{Manner{24.0, 16}, Manner{50.0, 12}, Manner{24.0, everything}, Manner{50.0, 40},
                             Manner{50.0, everything}};

// Groups cost more than single vertices: they are tried every so many steps, so many clusters and vertices.
constexpr std::int64_t group_interval = 128;
constexpr std::size_t group_trials = 6;

constexpr double never = std::numeric_limits<double>::infinity();

class Search {
 public:
  Search(const Graph& graph, const MinMaxOptions& options, core::Run& run, Incumbent& best)
      : graph_(graph),
        options_(options),
        run_(run),
        best_(best),
        random_(options.seed),
        state_(graph),
        phi_(at(graph.size()) + 1),
        tabu_until_(at(graph.size())),
        near_(at(graph.size()), 0) {}

  // Until `patience` steps in a row brought nothing; true if the incumbent got better.
  bool from(std::span<const std::int32_t> labels, std::int64_t patience) {
    ++phase_;
    state_.load(labels);
    begin();
    if (!worst_only()) descend();
    bool gained = false;
    for (std::int64_t waited = 0; waited < patience && !run_.should_stop(); ++waited) {
      if (success()) {
        gained = true;
        waited = 0;
        if (run_.stopped() || best_.objective() == 0.0) break;
      }
      step();
      run_.count_iterations(1);
      run_.report(best_.objective());  // so that a callback is called also while nothing gets better
    }
    return gained;
  }

  // Another start: a local optimum of the l_p norm, p finite, from singletons.
  [[nodiscard]] std::vector<std::int32_t> descent(double p) {
    std::vector<std::int32_t> labels(at(graph_.size()));
    std::iota(labels.begin(), labels.end(), 0);
    state_.load(labels);
    set_powers(p, 1.0);
    descend();
    std::ranges::copy(state_.labels(), labels.begin());
    renumber(labels);
    return labels;
  }

  [[nodiscard]] std::vector<std::int32_t> perturbed(std::span<const std::int32_t> labels) {
    std::vector<std::int32_t> changed(labels.begin(), labels.end());
    std::vector<std::int32_t> sizes(changed.size(), 0), unused;
    for (const std::int32_t c : changed) ++sizes[at(c)];
    for (std::int32_t c = 0; c < graph_.size(); ++c) {
      if (sizes[at(c)] == 0) unused.push_back(c);
    }
    for (auto& c : changed) {
      if (random_.uniform() >= 0.05 || sizes[at(c)] == 1) continue;
      --sizes[at(c)];
      c = unused.back();
      unused.pop_back();
      sizes[at(c)] = 1;
    }
    return changed;
  }

 private:
  struct Move {
    double change = never;
    std::int32_t vertex = -1, to = -1;
  };

  [[nodiscard]] bool worst_only() const noexcept { return std::isinf(options_.p); }

  [[nodiscard]] const Manner& manner() const noexcept { return manners[phase_ % manners.size()]; }

  void set_powers(double power, double scale) {
    // Far above the threshold only the order counts, and n powers would take longer than many steps.
    const double enough =
        power > 8.0 && worst_only() ? std::max(64.0, 8.0 * scale) : static_cast<double>(phi_.size());
    for (std::size_t k = 0; k < phi_.size(); ++k) {
      const auto y = static_cast<double>(k);
      phi_[k] = y <= enough ? std::pow(y / scale, power) : 2.0 * phi_[k - 1] - phi_[k - 2];
    }
    state_.set_potential(phi_);
  }

  // A new threshold, or for finite p a new scale, which keeps y^p within the range of doubles.
  void begin() {
    const bool first = best_.empty();
    const double power = worst_only() ? manner().power : options_.p;
    scale_ = 1.0;
    if (worst_only()) {
      threshold_ = first ? state_.largest() : static_cast<std::int32_t>(best_.objective()) - 1;
      scale_ = std::max(1, threshold_);
    } else if (power > 8.0) {
      scale_ = std::max(1, state_.largest());
    }
    set_powers(power, scale_);
    lowest_ = state_.potential();
    // With finite p the incumbent may be another clustering than the one at hand.
    record_ = first ? never : std::pow(best_.objective() / scale_, power);
    std::ranges::fill(tabu_until_, 0);
    now_ = 1;
  }

  bool success() {
    if (worst_only()) {
      if (state_.largest() > threshold_) return false;
      best_.offer(state_.largest(), state_.labels());
      threshold_ = state_.largest() - 1;
      // Another scale multiplies F and changes no decision: it only has to stay within the range of doubles.
      if (threshold_ < 0.8 * scale_) begin();
      lowest_ = state_.potential();
      return true;
    }
    if (!(state_.potential() < record_ * (1.0 - 1e-12))) return false;
    state_.refresh_potential();
    const double before = record_;
    record_ = std::min(record_, state_.potential());
    return record_ < before * (1.0 - 1e-12) &&
           best_.offer(lp_norm(disagreement_vector(graph_, state_.labels()), options_.p), state_.labels());
  }

  // Every vertex to its best cluster until none gains.
  void descend() {
    order_.resize(at(graph_.size()));
    std::iota(order_.begin(), order_.end(), 0);
    shuffle(std::span(order_), random_);
    bool moved = true;
    for (int sweep = 0; moved && sweep < 50; ++sweep) {
      moved = false;
      for (const std::int32_t u : order_) {
        if (run_.should_stop()) return;
        chosen_ = {};
        offer_all(u);
        if (chosen_.vertex < 0 || !(chosen_.change < -1e-9 * std::max(1.0, phi_[at(state_.y(u))]))) continue;
        state_.move(chosen_.vertex, chosen_.to);
        run_.count_iterations(1);
        moved = true;
      }
    }
    state_.refresh_potential();
    lowest_ = state_.potential();
  }

  void step() {
    if ((++now_ & 255) == 0) state_.refresh_potential();
    const std::int32_t n = graph_.size();
    const bool anyone = !worst_only() && (random_() & 1) != 0;
    const std::int32_t w = anyone ? random_.below(n) : state_.worst(random_.below(std::min(3, n)));
    chosen_ = {};
    ties_ = 0;
    offer_all(w);
    for (const std::int32_t x : graph_.neighbors(w)) near_[at(x)] = 1;
    // There are y(w) of them: w's non-neighbours in its cluster and its neighbours outside.
    const std::int32_t all = state_.y(w), some = manner().candidates;
    const auto drawn = [&] { return all <= some || random_.below(all) < some; };
    for (const std::int32_t x : state_.members(state_.label(w))) {
      if (x != w && near_[at(x)] == 0 && drawn()) offer_all(x);
    }
    for (const std::int32_t x : graph_.neighbors(w)) {
      near_[at(x)] = 0;
      if (state_.label(x) != state_.label(w) && drawn())
        offer(x, state_.label(w), state_.change_alone(x, state_.label(w), chosen_.change));
    }
    if (now_ % group_interval == 0 && move_group(w)) return;
    if (chosen_.vertex < 0) return;
    state_.move(chosen_.vertex, chosen_.to);
    tabu_until_[at(chosen_.vertex)] = now_ + 5 + random_.below(10);
    lowest_ = std::min(lowest_, state_.potential());
  }

  // w's cluster joined with another, or w and its neighbours parted from the rest of it, or w and one more
  // vertex moved: the best of some of these, if it is better than the best single move.
  bool move_group(std::int32_t w) {
    if (tabu_until_[at(w)] > now_) return false;
    const std::int32_t from = state_.label(w);
    const auto cluster = state_.members(from);
    if (cluster.size() < 2) return false;
    double least = chosen_.change;
    std::int32_t goal = -1;
    const auto ask = [&](std::span<const std::int32_t> group, std::int32_t to) {
      const double change = state_.change_of(group, to);
      if (!(change < least)) return;
      least = change;
      goal = to;
      group_.assign(group.begin(), group.end());
    };
    state_.survey(w);
    targets_.clear();
    for (const std::int32_t c : state_.surveyed()) {
      if (c != from) targets_.push_back(c);
    }
    shuffle(std::span(targets_), random_);
    if (targets_.size() > group_trials) targets_.resize(group_trials);
    for (const std::int32_t c : targets_) ask(cluster, c);

    friends_.clear();
    for (const std::int32_t x : graph_.neighbors(w)) {
      if (state_.label(x) == from) friends_.push_back(x);
    }
    shuffle(std::span(friends_), random_);
    for (std::size_t i = 0; i < std::min(group_trials, friends_.size()); ++i) {
      const std::array pair{w, friends_[i]};
      if (cluster.size() > 2) ask(pair, state_.empty_cluster());
      for (const std::int32_t c : targets_) ask(pair, c);
    }
    friends_.push_back(w);
    if (friends_.size() < cluster.size()) ask(friends_, state_.empty_cluster());
    if (goal < 0) return false;
    for (const std::int32_t x : group_) {
      state_.move(x, goal);
      tabu_until_[at(x)] = now_ + 5 + random_.below(10);
    }
    state_.refresh_potential();  // on the way F may have been so large that digits were lost
    lowest_ = std::min(lowest_, state_.potential());
    return true;
  }

  // u to every cluster where it has a neighbour, and alone.
  void offer_all(std::int32_t u) {
    state_.survey(u);
    const std::int32_t from = state_.label(u);
    for (const std::int32_t c : state_.surveyed()) {
      if (c != from) offer(u, c, state_.change(u, c));
    }
    if (state_.members(from).size() > 1) {
      const std::int32_t alone = state_.empty_cluster();
      offer(u, alone, state_.change(u, alone));
    }
  }
  void offer(std::int32_t u, std::int32_t to, double change) {
    if (change > chosen_.change) return;
    if (tabu_until_[at(u)] > now_ && !(state_.potential() + change < lowest_ * (1.0 - 1e-9))) return;
    if (change < chosen_.change) {
      ties_ = 1;
    } else if (random_.below(++ties_) != 0) {
      return;
    }
    chosen_ = {change, u, to};
  }

  const Graph& graph_;
  const MinMaxOptions& options_;
  core::Run& run_;
  Incumbent& best_;
  core::Random random_;
  MinMaxState state_;
  std::vector<double> phi_;
  std::int32_t threshold_ = 0;
  double scale_ = 1;   // F is the sum of (y / scale)^k
  double lowest_ = 0;  // F since begin()
  double record_ = 0;  // F of the incumbent, finite p
  std::int64_t now_ = 1;
  std::size_t phase_ = manners.size() - 1;
  std::vector<std::int64_t> tabu_until_;
  std::vector<std::uint8_t> near_;  // neighbours of w, within step()
  std::vector<std::int32_t> order_;
  std::vector<std::int32_t> group_, targets_, friends_;  // of move_group
  Move chosen_;
  std::int32_t ties_ = 0;
};

}  // namespace

Solution minmax_search(const Graph& graph, std::span<const std::vector<std::int32_t>> starts,
                       const MinMaxOptions& options, core::StopRule rule) {
  core::Run run(std::move(rule));
  Incumbent best(run);
  const std::int32_t n = graph.size();
  std::vector<std::vector<std::int32_t>> own;
  if (starts.empty()) {
    own.emplace_back(at(n));
    std::iota(own.front().begin(), own.front().end(), 0);
    starts = own;
  }
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const double value = lp_norm(disagreement_vector(graph, starts[i]), options.p);
    best.offer(value, starts[i]);
    order.emplace_back(value, i);
  }
  if (n == 0 || best.objective() == 0.0) return std::move(best).finish(core::Status::optimal);

  std::ranges::sort(order);
  Search search(graph, options, run, best);
  const std::int64_t patience = std::clamp<std::int64_t>(std::int64_t{20} * n, 2000, 400'000);
  for (const auto& [value, i] : order) {
    if (run.stopped() || best.objective() == 0.0) break;
    search.from(starts[i], patience);
  }
  // By turns from the best, a twentieth of it taken apart, and from elsewhere.
  constexpr std::array powers{1.0, 2.0, 4.0};
  const bool elsewhere = std::isinf(options.p);
  for (int failed = 0; failed < options.restarts || run.timed();) {
    bool gained = search.from(search.perturbed(best.labels()), patience);
    for (std::size_t i = 0; elsewhere && i < powers.size() && !run.stopped(); ++i)
      gained |= search.from(search.descent(powers[i]), patience / 4);
    if (run.stopped() || best.objective() == 0.0) break;
    failed = gained ? 0 : failed + 1;
  }
  return std::move(best).finish(best.objective() == 0.0 ? core::Status::optimal : core::Status::converged);
}

}  // namespace wayseer::clustering
