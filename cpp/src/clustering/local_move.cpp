#include "wayseer/clustering/local_move.hpp"

#include <algorithm>
#include <numeric>

#include "wayseer/core/threads.hpp"

namespace wayseer::clustering {
namespace {

constexpr std::int32_t batched_size = 1 << 16;  // from this many vertices on

std::int32_t batch_size(std::int32_t n) { return std::clamp(n / 256, 256, 8192); }

}  // namespace

LocalMoves::LocalMoves(const SumProblem& problem, double min_gain, int threads)
    : problem_(problem), min_gain_(min_gain), threads_(std::max(threads, 1)) {
  const auto n = at(problem.graph.size());
  labels_.resize(n);
  sums_.resize(n);
  opposite_sums_.resize(bipartite() ? n : 0);
  sizes_.resize(n);
  queue_.resize(n);
  queued_.assign(n, 0);
  empty_.reserve(n);
  std::int64_t degree = 0;
  for (std::int32_t v = 0; v < problem.graph.size(); ++v) degree = std::max(degree, problem.graph.degree(v));
  const bool batched = problem.graph.size() >= batched_size;
  scratch_.resize(batched ? static_cast<std::size_t>(threads_) : 1);
  for (auto& scratch : scratch_) {
    if (problem.graph.weighted())
      scratch.weight_to.assign(n, 0.0);
    else
      scratch.count_to.assign(n, 0);
    scratch.touched.resize(static_cast<std::size_t>(degree) + 1);
  }
  if (batched) {
    batch_.resize(at(batch_size(problem.graph.size())));
    moved_in_.assign(n, -1);
  }
  assign_singletons();
}

void LocalMoves::assign(std::span<const std::int32_t> labels) {
  std::ranges::copy(labels, labels_.begin());
  std::ranges::fill(sums_, 0.0);
  std::ranges::fill(opposite_sums_, 0.0);
  std::ranges::fill(sizes_, 0);
  for (std::int32_t v = 0; v < problem_.graph.size(); ++v) {
    sums_[at(labels[at(v)])] += problem_.node_weight(v);
    if (bipartite()) opposite_sums_[at(labels[at(v)])] += problem_.opposite_weights[at(v)];
    ++sizes_[at(labels[at(v)])];
  }
  empty_.clear();
  for (auto label = problem_.graph.size(); label-- > 0;) {
    if (sizes_[at(label)] == 0) empty_.push_back(label);
  }
  clear_queue();
}

void LocalMoves::assign_singletons() {
  std::iota(labels_.begin(), labels_.end(), 0);
  for (std::int32_t v = 0; v < problem_.graph.size(); ++v) sums_[at(v)] = problem_.node_weight(v);
  std::ranges::copy(problem_.opposite_weights, opposite_sums_.begin());
  std::ranges::fill(sizes_, 1);
  empty_.clear();
  clear_queue();
}

void LocalMoves::clear_queue() {
  while (waiting_ > 0) pop();
  head_ = 0;
}

void LocalMoves::enqueue(std::int32_t v) {
  if (queued_[at(v)] != 0) return;
  queued_[at(v)] = 1;
  auto place = head_ + waiting_++;
  if (place >= problem_.graph.size()) place -= problem_.graph.size();
  queue_[at(place)] = v;
}

std::int32_t LocalMoves::pop() {
  const auto v = queue_[at(head_)];
  queued_[at(v)] = 0;
  if (++head_ == problem_.graph.size()) head_ = 0;
  --waiting_;
  return v;
}

void LocalMoves::enqueue_all(core::Random& random) {
  std::iota(queue_.begin(), queue_.end(), 0);
  core::shuffle(std::span(queue_), random);
  std::ranges::fill(queued_, std::uint8_t{1});
  head_ = 0;
  waiting_ = problem_.graph.size();
}

double LocalMoves::repulsion(std::int32_t v, std::int32_t label) const {
  const double k = problem_.node_weight(v);
  if (!bipartite()) return problem_.gamma * k * sums_[at(label)];
  return problem_.gamma *
         (k * opposite_sums_[at(label)] + problem_.opposite_weights[at(v)] * sums_[at(label)]);
}

double LocalMoves::own_repulsion(std::int32_t v) const {
  const auto own = at(labels_[at(v)]);
  const double k = problem_.node_weight(v), others = sums_[own] - k;
  if (!bipartite()) return problem_.gamma * k * others;
  const double l = problem_.opposite_weights[at(v)];
  return problem_.gamma * (k * (opposite_sums_[own] - l) + l * others);
}

template <bool weighted, bool two_sided>
LocalMoves::Move LocalMoves::best_move(std::int32_t v, Scratch& scratch) const {
  const Graph& graph = problem_.graph;
  auto* const weight_to = [&] {
    if constexpr (weighted)
      return scratch.weight_to.data();
    else
      return scratch.count_to.data();
  }();
  std::int32_t* const touched = scratch.touched.data();
  const std::int32_t own = labels_[at(v)];
  std::size_t count = 0;
  const auto end = static_cast<std::size_t>(graph.end(v));
  for (auto e = static_cast<std::size_t>(graph.begin(v)); e < end; ++e) {
    const auto label = labels_[at(graph.indices[e])];
    // A sum that comes back to zero is touched twice: that is why it is cleared in a loop of its own.
    touched[count] = label;
    count += weight_to[label] == 0 ? 1 : 0;
    if constexpr (weighted)
      weight_to[label] += graph.weights[e];
    else
      ++weight_to[label];
  }
  const double k = problem_.gamma * problem_.node_weight(v);
  const double l = two_sided ? problem_.gamma * problem_.opposite_weights[at(v)] : 0.0;
  const double weight_from = weight_to[own];
  const double here = weight_from - own_repulsion(v);
  Move best{v, own, 0.0, weight_from, weight_from};
  double score = here + min_gain_;
  for (std::size_t i = 0; i < count; ++i) {
    const auto label = touched[i];
    const double weight = weight_to[label];
    if constexpr (!weighted) weight_to[label] = 0;
    if (label == own) continue;
    double there = weight;
    if (!two_sided || l != 0.0) there -= (two_sided ? l : k) * sums_[at(label)];
    if (two_sided && k != 0.0) there -= k * opposite_sums_[at(label)];
    if (there > score || (there == score && best.to != own && label < best.to)) {
      score = there;
      best.to = label;
      best.weight_to = weight;
    }
  }
  if constexpr (weighted) {
    for (std::size_t i = 0; i < count; ++i) weight_to[touched[i]] = 0.0;
  }
  if (score < 0.0 && sizes_[at(own)] > 1) {
    score = 0.0;
    best.to = -1;
    best.weight_to = 0.0;
  }
  best.gain = best.to == own ? 0.0 : score - here;
  return best;
}

void LocalMoves::relabel(std::int32_t v, std::int32_t to) {
  auto& label = labels_[at(v)];
  if (logging_) log_.push_back({v, label});
  const double k = problem_.node_weight(v);
  sums_[at(label)] -= k;
  if (bipartite()) {
    opposite_sums_[at(label)] -= problem_.opposite_weights[at(v)];
    opposite_sums_[at(to)] += problem_.opposite_weights[at(v)];
  }
  if (--sizes_[at(label)] == 0) {
    sums_[at(label)] = 0.0;
    if (bipartite()) opposite_sums_[at(label)] = 0.0;
    empty_.push_back(label);
  }
  sums_[at(to)] += k;
  ++sizes_[at(to)];
  label = to;
}

void LocalMoves::commit(const Move& move) {
  auto to = move.to;
  if (to < 0) {
    to = empty_.back();
    empty_.pop_back();
  }
  relabel(move.v, to);
  for (const auto u : problem_.graph.neighbors(move.v)) {
    if (labels_[at(u)] != to) enqueue(u);
  }
}

double LocalMoves::isolate(std::int32_t v) {
  const auto own = labels_[at(v)];
  if (sizes_[at(own)] == 1) return 0.0;
  double inside = 0;
  const Graph& graph = problem_.graph;
  for (auto e = static_cast<std::size_t>(graph.begin(v)); e < static_cast<std::size_t>(graph.end(v)); ++e) {
    if (labels_[at(graph.indices[e])] == own) inside += graph.weighted() ? graph.weights[e] : 1.0;
  }
  const double change = own_repulsion(v) - inside;
  const auto to = empty_.back();
  empty_.pop_back();
  relabel(v, to);
  return change;
}

double LocalMoves::join(std::int32_t v, std::int32_t u) {
  const auto to = labels_[at(u)];
  double weight = 0;
  const Graph& graph = problem_.graph;
  for (auto e = static_cast<std::size_t>(graph.begin(v)); e < static_cast<std::size_t>(graph.end(v)); ++e) {
    if (labels_[at(graph.indices[e])] == to) weight += graph.weighted() ? graph.weights[e] : 1.0;
  }
  const double change = weight - repulsion(v, to);
  relabel(v, to);
  return change;
}

void LocalMoves::undo() {
  logging_ = false;
  for (auto entry = log_.rbegin(); entry != log_.rend(); ++entry) {
    // The label it goes back to may be empty just now: then it is on the stack, on top of what was there.
    if (sizes_[at(entry->from)] == 0) {
      const auto place = std::find(empty_.rbegin(), empty_.rend(), entry->from);
      *place = empty_.back();
      empty_.pop_back();
    }
    relabel(entry->v, entry->from);
  }
  log_.clear();
}

double LocalMoves::run(core::Run& run) {
  return problem_.graph.size() >= batched_size ? run_in_batches(run) : run_one_by_one(run);
}

double LocalMoves::run_one_by_one(core::Run& run) {
  double gain = 0;
  std::int64_t steps = 0;
  while (waiting_ > 0) {
    if ((++steps & 1023) == 0 && run.should_stop()) break;
    const Move move = best_move(pop(), scratch_[0]);
    if (move.gain <= 0.0) continue;
    commit(move);
    gain += move.gain;
  }
  clear_queue();
  return gain;
}

bool LocalMoves::neighbourhood_moved(std::int32_t v) const {
  return std::ranges::any_of(problem_.graph.neighbors(v),
                             [&](auto u) { return moved_in_[at(u)] == batch_number_; });
}

// The batch jumps about in the graph, but ahead of time we know where to.
void LocalMoves::prefetch_rows(std::size_t i, std::size_t end) const {
  const Graph& graph = problem_.graph;
  if (i + 16 < end) __builtin_prefetch(graph.indptr.data() + batch_[i + 16].v);
  if (i + 8 < end) {
    const auto* const row = graph.indices.data() + graph.begin(batch_[i + 8].v);
    __builtin_prefetch(row);
    __builtin_prefetch(row + 16);
  }
}

double LocalMoves::run_in_batches(core::Run& run) {
  double gain = 0;
  while (waiting_ > 0) {
    if (run.should_stop()) break;
    ++batch_number_;
    const auto count = static_cast<std::size_t>(std::min(static_cast<std::int32_t>(batch_.size()), waiting_));
    for (std::size_t i = 0; i < count; ++i) batch_[i].v = pop();
    const core::Pieces pieces{count, static_cast<std::int32_t>(scratch_.size()) * 4};
    core::parallel_for(threads_, pieces.count, [&](std::int32_t piece, int worker) {
      auto& scratch = scratch_[static_cast<std::size_t>(worker)];
      const auto end = pieces.end(piece);
      for (auto i = pieces.begin(piece); i < end; ++i) {
        prefetch_rows(i, end);
        batch_[i] = best_move(batch_[i].v, scratch);
      }
    });
    for (std::size_t i = 0; i < count; ++i) {
      Move move = batch_[i];
      if (move.gain <= 0.0) continue;
      // Cluster sums change all the time, edges into clusters only with the neighbours: the gain anew.
      bool look_again = neighbourhood_moved(move.v) || (move.to >= 0 && sizes_[at(move.to)] == 0);
      if (!look_again) {
        const double here = move.weight_from - own_repulsion(move.v);
        const double there = move.to < 0 ? 0.0 : move.weight_to - repulsion(move.v, move.to);
        move.gain = there - here;
        look_again = move.gain <= min_gain_;
      }
      if (look_again) move = best_move(move.v, scratch_[0]);
      if (move.gain <= 0.0) continue;
      commit(move);
      moved_in_[at(move.v)] = batch_number_;
      gain += move.gain;
    }
  }
  clear_queue();
  return gain;
}

}  // namespace wayseer::clustering
