// The engines behind solve(), compiled once per metric: population + EAX, and iterated local search.
// Everything here is in the Space's numbering and integer costs.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "wayseer/core/radix_sort.hpp"
#include "wayseer/core/threads.hpp"
#include "wayseer/tsp/candidates.hpp"
#include "wayseer/tsp/eax.hpp"
#include "wayseer/tsp/greedy.hpp"
#include "wayseer/tsp/ils.hpp"
#include "wayseer/tsp/k_opt.hpp"
#include "wayseer/tsp/solve.hpp"

#include "engine_task.hpp"
#include "patching.hpp"

namespace wayseer::tsp {

template <class Metric>
class Engine {
 public:
  Engine(const Metric& metric, EngineTask& task)
      : metric_(metric),
        task_(task),
        run_(task.run),
        incumbent_(task.incumbent),
        report_(task.report),
        n_(task.space.size()) {}

  void solve() {
    builtin_.emplace(metric_, task_.candidates, run_.checkpoint());
    Workshop plain(*this, *builtin_, run_.checkpoint());
    const auto greedy = first_tour(plain);
    incumbent_.offer(length(greedy), greedy);
    if (!task_.init.empty()) incumbent_.offer(length(task_.init), task_.init);
    if (run_.should_stop()) return;
    prepare_prior(length(greedy));

    std::optional<PopulationPlan> plan = first_plan();
    if (plan) {
      report_.method = Method::eax;
      recombine_populations(*plan);
    } else {
      report_.method = Method::ils;
      iterate(ils_start(greedy), clocked() ? unlimited : std::int64_t{n_});
    }
  }

 private:
  using Lists = NeighborLists<Metric>;
  using Member = typename Eax<Metric>::Member;
  static constexpr bool asymmetric = std::is_same_v<Metric, DoubledMetric>;
  static constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

  // What one thread needs to build members.
  struct Workshop {
    Workshop(const Engine& engine, const Lists& lists, core::Checkpoint checkpoint)
        : greedy(engine.task_.space, engine.metric_, lists, std::move(checkpoint)),
          search(engine.metric_, lists,
                 asymmetric ? arc_search(engine.n_)
                            : member_search(engine.n_, engine.task_.candidates.clustered)) {
      if constexpr (asymmetric) patching.emplace(engine.task_.space, engine.metric_, lists);
    }
    Greedy<Metric> greedy;
    KOpt<Metric> search;
    std::optional<Patching> patching;
  };

  std::vector<Index> first_tour(Workshop& workshop) const {
    auto tour = workshop.greedy.tour();
    if constexpr (asymmetric) {
      core::Random random(task_.options.seed);
      auto patched = workshop.patching->tour(0, random);
      if (!patched.empty() && length(patched) < length(tour)) return patched;
    }
    return tour;
  }

  [[nodiscard]] Cost length(std::span<const Index> order) const noexcept {
    Cost sum = metric_(order.back(), order.front());
    for (std::size_t i = 0; i + 1 < order.size(); ++i) sum += metric_(order[i], order[i + 1]);
    return sum;
  }
  // With an iteration limit, or without a time limit, no clock value enters a decision.
  [[nodiscard]] bool clocked() const noexcept {
    return run_.timed() && run_.rule().max_iterations == unlimited;
  }
  [[nodiscard]] bool stop() { return run_.should_stop(); }

  [[nodiscard]] std::optional<PopulationPlan> first_plan() const {
    const Method method = task_.options.method;
    if (method == Method::ils) return std::nullopt;
    PopulationPlan plan =
        clocked() ? plan_population(run_.remaining(), member_seconds(n_)) : unclocked_population(n_);
    if (task_.options.population)
      plan = {*task_.options.population, 0.5};
    else if (method == Method::eax)
      plan.members = std::max(plan.members, fewest_members);
    const auto fitting = (task_.options.memory_limit / n_ - 400) / 8;
    if (!task_.options.population && fitting < plan.members)
      plan.members = static_cast<int>(std::max<std::int64_t>(0, fitting));
    if (plan.members < members_worth_recombining && !task_.options.population) return std::nullopt;
    if (!task_.options.population) plan.members = std::max(capped(plan.members), fewest_members);
    return plan;
  }

  [[nodiscard]] int capped(int members) const noexcept {
    if (!asymmetric) return members;
    // Where there is time, two rounds find more than one of twice the size.
    return std::min(clocked() ? members / 2 : members, most_asymmetric_members(n_));
  }

  // --- predictions -----------------------------------------------------------------------------------------

  // A heatmap whose greedy tour is much longer than the plain one is dropped before it costs anything.
  void prepare_prior(Cost plain_greedy) {
    if (task_.prior == nullptr) return;
    const auto checkpoint = run_.checkpoint();
    with_prior_.emplace(metric_,
                        unite(task_.candidates, task_.prior->candidates(task_.space, checkpoint), checkpoint),
                        checkpoint);
    Workshop workshop(*this, *with_prior_, checkpoint);
    prior_tour_ = prior_greedy(workshop);
    if (static_cast<double>(offset_length(length(prior_tour_))) >
        1.3 * static_cast<double>(offset_length(plain_greedy))) {
      drop_prior();
      return;
    }
    incumbent_.offer(length(prior_tour_), prior_tour_);
  }
  [[nodiscard]] Cost offset_length(Cost engine_length) const noexcept {
    return engine_length - task_.space.offset();
  }
  void drop_prior() {
    with_prior_.reset();
    prior_tour_.clear();
  }
  [[nodiscard]] bool prior_alive() const noexcept { return with_prior_.has_value(); }
  [[nodiscard]] const Lists& lists() const noexcept { return prior_alive() ? *with_prior_ : *builtin_; }

  // Candidate edges by predicted value descending, then by distance.
  std::vector<Index> prior_greedy(Workshop& workshop) const {
    const auto edges = workshop.greedy.edges();
    const auto checkpoint = run_.checkpoint();
    core::RadixSorter<std::uint64_t> distance_sorter;
    std::vector<core::RadixSorter<std::uint64_t>::Item> by_distance(edges.size());
    for (std::uint32_t e = 0; e < edges.size(); ++e)
      by_distance[e] = {static_cast<std::uint64_t>(edges[e].distance) ^ std::uint64_t{1} << 63, e};
    distance_sorter.sort(by_distance, checkpoint);
    core::RadixSorter<std::uint32_t> value_sorter;  // stable: the distance decides where values are equal
    std::vector<core::RadixSorter<std::uint32_t>::Item> by_value(edges.size());
    for (std::size_t r = 0; r < edges.size(); ++r) {
      checkpoint(static_cast<std::int64_t>(r));
      const std::uint32_t e = by_distance[r].value;
      by_value[r] = {~std::bit_cast<std::uint32_t>(task_.prior->value(edges[e].u, edges[e].v)), e};
    }
    value_sorter.sort(by_value, checkpoint);
    std::vector<float> rank(edges.size());
    for (std::size_t r = 0; r < by_value.size(); ++r) rank[by_value[r].value] = static_cast<float>(r);
    return workshop.greedy.tour(
        [&](const auto& edge) { return rank[static_cast<std::size_t>(&edge - edges.data())]; });
  }
  std::vector<Index> prior_perturbed(Workshop& workshop, core::Random& random) const {
    return workshop.greedy.tour([&](const auto& edge) {
      return static_cast<double>(std::max<Cost>(edge.distance, 0)) * (1.0 + 0.3 * random.uniform()) *
             (1.0 - 0.9 * static_cast<double>(task_.prior->value(edge.u, edge.v)));
    });
  }

  // --- populations -----------------------------------------------------------------------------------------

  enum class Start : std::uint8_t { perturbed, prior_perturbed, given };
  struct MemberTask {
    Start start = Start::perturbed;
    std::vector<Index> tour;
  };

  Member build(const MemberTask& what, std::uint64_t stream, Workshop& workshop, bool polls) {
    core::Random random(task_.options.seed, stream);
    const auto start = what.start == Start::given             ? what.tour
                       : what.start == Start::prior_perturbed ? prior_perturbed(workshop, random)
                                                              : perturbed(workshop, stream, random);
    workshop.search.assign(start);
    workshop.search.push_all();
    const auto asks = [&] { return polls ? run_.should_stop() : run_.stopped(); };
    Cost gain = workshop.search.optimize(asks);
    if constexpr (asymmetric) {
      // Without a neighbourhood a descent ends far from the optimum: kicks pay before recombination does.
      Ils<Metric> ils(metric_, lists(), workshop.search, {}, true);
      for (Index kick = 0; kick < n_ / 10 && !asks(); ++kick) gain += ils.kick(random, asks);
    }
    return {links_of(workshop.search.tour().order()), length(start) - gain};
  }

  // Every second asymmetric member starts from the cover by cycles.
  std::vector<Index> perturbed(Workshop& workshop, std::uint64_t stream, core::Random& random) const {
    if constexpr (asymmetric)
      if (stream % 2 == 0) {
        auto patched = workshop.patching->tour(0.1 * workshop.greedy.mean_weight(), random);
        if (!patched.empty()) return patched;
      }
    return workshop.greedy.perturbed_tour(random);
  }

  // Appends members until there are `count`; stops early with the run.
  void build_members(std::vector<Member>& members, std::vector<MemberTask>& given, int count,
                     std::uint64_t round, std::vector<std::unique_ptr<Workshop>>& workshops) {
    const int threads = task_.options.threads;
    while (static_cast<int>(members.size()) < count && !stop()) {
      const auto first = static_cast<int>(members.size());
      const int batch = std::min(threads, count - first);
      std::vector<Member> built(static_cast<std::size_t>(batch));
      core::parallel_for(batch, batch, [&](std::int32_t i, int worker) {
        const auto index = static_cast<std::size_t>(first + i);
        const MemberTask what = index < given.size() ? given[index] : MemberTask{};
        built[static_cast<std::size_t>(i)] =
            build(what, (round << 32) + index + 1, *workshops[static_cast<std::size_t>(worker)], worker == 0);
      });
      for (Member& member : built) {
        offer(member);
        members.push_back(std::move(member));
      }
    }
  }
  void offer(const Member& member) {
    if (!incumbent_.improves(member.length)) {
      incumbent_.note(incumbent_.length());  // the caller hears of the run even when nothing gets better
      return;
    }
    order_of(member.links, order_);
    incumbent_.offer(member.length, order_);
  }

  void recombine_populations(PopulationPlan plan) {
    bool trust_prior = false;
    for (std::uint64_t round = 0;; ++round) {
      const double round_start = clocked() ? run_.elapsed() : 0;
      std::vector<std::unique_ptr<Workshop>> workshops;
      const auto open_workshops = [&] {
        workshops.clear();
        for (int t = 0; t < task_.options.threads; ++t)
          workshops.push_back(std::make_unique<Workshop>(
              *this, lists(),
              t == 0 ? run_.checkpoint() : core::Checkpoint([this] { return run_.stopped(); })));
      };
      open_workshops();

      std::vector<MemberTask> tasks;
      if (round == 0 && !task_.init.empty()) tasks.push_back({Start::given, task_.init});
      // A good asymmetric tour takes a population over: every second one is built without it.
      if (round > 0 && (!asymmetric || round % 2 == 0)) tasks.push_back({Start::given, incumbent_.order()});
      std::vector<Member> members;
      double descent = 0;
      int built_before = 0;
      if (round == 0 && prior_alive()) {
        // Members 1, 2, 4 with the prediction, 3, 5 without: is it worth following?
        const auto first = tasks.size();
        tasks.push_back({Start::given, prior_tour_});
        tasks.push_back({Start::prior_perturbed, {}});
        tasks.push_back({Start::perturbed, {}});
        tasks.push_back({Start::prior_perturbed, {}});
        tasks.push_back({Start::perturbed, {}});
        build_members(members, tasks, static_cast<int>(tasks.size()), round, workshops);
        if (members.size() == tasks.size()) {
          const auto mean = [&](std::initializer_list<std::size_t> which) {
            double sum = 0;
            for (const auto i : which)
              sum += static_cast<double>(offset_length(members[first + i - 1].length));
            return sum / static_cast<double>(which.size());
          };
          trust_prior = mean({1, 2, 4}) <= 1.002 * mean({3, 5});
          if (!trust_prior) {
            drop_prior();
            open_workshops();
          }
        }
        built_before = static_cast<int>(members.size());
      }
      // Time the next few members and size the rest of the population by them.
      const bool sized_by_clock = clocked() && !task_.options.population;
      if (sized_by_clock && !run_.stopped()) {
        const int sample = std::clamp(plan.members / 20, 4, 20);  // the first ones find a cold cache
        const double sample_start = run_.elapsed();
        build_members(members, tasks, built_before + sample, round, workshops);
        descent = (run_.elapsed() - sample_start) / sample;
        if (round == 0) {
          plan = plan_by_descent(run_.remaining() + descent * (built_before + sample), n_, descent);
          if (plan.members < members_worth_recombining && task_.options.method != Method::eax) {
            report_.method = Method::ils;
            iterate(incumbent_.order(), unlimited);
            return;
          }
          plan.members = std::max(capped(plan.members), fewest_members);
        }
      }
      if (trust_prior) {
        tasks.resize(std::max(tasks.size(), members.size()));
        for (auto i = members.size(); static_cast<int>(i) < plan.members; ++i)
          tasks.push_back({i % 2 == 0 ? Start::prior_perturbed : Start::perturbed, {}});
      }
      build_members(members, tasks, plan.members, round, workshops);
      workshops.clear();
      const auto member_count = static_cast<double>(members.size());
      if (!run_.stopped()) recombine(std::move(members), plan.commit_fraction, round);
      if (run_.stopped()) return;
      if (!clocked()) break;
      const double duration = run_.elapsed() - round_start;
      const double left = run_.remaining();
      if (left < 0.5 * duration) break;
      if (sized_by_clock && left < duration) {
        plan = plan_population(left, duration / member_count);
        plan.members = std::clamp(plan.members, fewest_members,
                                  std::max(fewest_members, static_cast<int>(member_count)));
      }
    }
    polish();
  }

  void recombine(std::vector<Member> members, double commit_fraction, std::uint64_t round) {
    core::Random random(task_.options.seed, (round << 32) | 0x80000000ULL);
    Eax<Metric> eax(metric_, lists());
    eax.start(std::move(members));
    constexpr int patience = 30;
    Cost best = eax.best().length;
    if (run_.count_iterations(0)) return;
    for (int unchanged = 0; unchanged < patience;) {
      const std::int64_t commits = eax.generation(commit_fraction, random, [this] { return stop(); });
      ++report_.iterations;
      const Member& now = eax.best();
      offer(now);
      unchanged = now.length < best ? 0 : unchanged + 1;
      best = std::min(best, now.length);
      if (run_.count_iterations(1) || commits == 0 || uniform(eax)) return;
    }
  }
  [[nodiscard]] bool uniform(Eax<Metric>& eax) const {
    Cost longest = std::numeric_limits<Cost>::min();
    const Cost shortest = eax.best().length;
    for (const Member& member : eax.population()) longest = std::max(longest, member.length);
    const double close =
        task_.space.problem().integer() ? 0 : 1e-9 * static_cast<double>(offset_length(shortest));
    return static_cast<double>(longest - shortest) <= close;
  }

  // EAX results are not k-opt optimal: a descent from a full queue, then kicks to the end.
  void polish() { iterate(incumbent_.order(), clocked() ? unlimited : std::int64_t{n_}); }

  // --- iterated local search -------------------------------------------------------------------------------

  [[nodiscard]] KOptSettings descent() const noexcept {
    return asymmetric ? arc_search(n_) : descent_search(n_, task_.candidates.clustered);
  }
  std::vector<Index> ils_start(const std::vector<Index>& greedy) {
    std::vector<Index> plain = task_.init.empty() ? greedy : task_.init;
    if (!prior_alive()) return plain;
    KOpt<Metric> without(metric_, *builtin_, descent());
    const Cost plain_length = descend(without, plain);
    KOpt<Metric> with(metric_, *with_prior_, descent());
    const Cost prior_length = descend(with, prior_tour_);
    if (static_cast<double>(offset_length(prior_length)) >
        1.002 * static_cast<double>(offset_length(plain_length)))
      drop_prior();
    const KOpt<Metric>& better = prior_length < plain_length ? with : without;
    return {better.tour().order().begin(), better.tour().order().end()};
  }
  Cost descend(KOpt<Metric>& search, std::span<const Index> start) {
    search.assign(start);
    search.push_all();
    const Cost reached = length(start) - search.optimize([this] { return stop(); });
    incumbent_.offer(reached, search.tour().order());
    return reached;
  }

  void iterate(const std::vector<Index>& start, std::int64_t default_kicks) {
    std::vector<Index> order = start;
    {
      KOpt<Metric> search(metric_, lists(), descent());
      descend(search, order);
      order.assign(search.tour().order().begin(), search.tour().order().end());
    }
    KOpt<Metric> search(metric_, lists(),
                        asymmetric ? arc_search(n_) : kick_search(n_, task_.candidates.clustered));
    search.assign(order);
    KickSettings kicks;
    if (n_ > large) {
      kicks.max_rewrite = 1000;
      kicks.stride = 3;
    }
    Ils<Metric> ils(metric_, lists(), search, kicks, asymmetric);
    core::Random random(task_.options.seed, ~std::uint64_t{0});
    const std::int64_t limit = std::min(task_.options.max_kicks, default_kicks);
    const bool counts = report_.method == Method::ils;
    Cost now = length(order);
    if (counts) run_.count_iterations(0);  // there may be none to make
    for (std::int64_t done = 0; done < limit && !run_.stopped();) {
      const std::int64_t batch = std::min<std::int64_t>(16, limit - done);
      std::int64_t made = 0;
      while (made < batch) {
        now -= ils.kick(random, [this] { return run_.stopped(); });
        ++made;
        if (counts) {
          ++report_.iterations;
          if (run_.count_iterations(1)) break;
        }
      }
      done += made;
      report_.kicks += made;
      incumbent_.note(now);
      if (stop()) break;
    }
    incumbent_.offer(now, search.tour().order());
  }

  static constexpr Index large = 20'000;

  const Metric metric_;
  EngineTask& task_;
  core::Run& run_;
  Incumbent& incumbent_;
  EngineReport& report_;
  const Index n_;
  std::optional<Lists> builtin_;
  std::optional<Lists> with_prior_;
  std::vector<Index> prior_tour_;
  std::vector<Index> order_;
};

template <class Metric>
void run_engine(const Metric& metric, EngineTask& task) {
  Engine<Metric>(metric, task).solve();
}

}  // namespace wayseer::tsp
