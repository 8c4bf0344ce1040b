#include "wayseer/clustering/cubic_search.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

namespace wayseer::clustering {

namespace {

constexpr std::size_t chain_patience = 20;

}  // namespace

std::vector<std::int32_t> cubic_exact(const CubicTensor& tensor, const core::Checkpoint& checkpoint) {
  const auto n = static_cast<unsigned>(tensor.slots());
  const std::size_t sets = std::size_t{1} << n;
  // added[v, S]: what v pays in a cluster S, for S of elements below v. Then inside[S], the cost of cluster
  // S.
  std::vector<double> inside(sets, 0.0), added;
  for (unsigned v = 0; v < n; ++v) {
    checkpoint();
    const std::size_t below = std::size_t{1} << v;
    added.assign(below, 0.0);
    for (std::size_t S = 1; S < below; ++S) {
      const auto u = static_cast<unsigned>(std::bit_width(S)) - 1;
      const std::size_t rest = S ^ (std::size_t{1} << u);
      const auto i = static_cast<std::int32_t>(v), j = static_cast<std::int32_t>(u);
      double sum = added[rest] + tensor.pair(i, j);
      for (std::size_t left = rest; left != 0; left &= left - 1)
        sum += tensor.triple(i, j, std::countr_zero(left));
      added[S] = sum;
    }
    for (std::size_t S = 0; S < below; ++S) inside[below | S] = inside[S] + added[S];
  }
  // best[S]: the cheapest partition of S, its last element in the cluster last[S].
  std::vector<double> best(sets, 0.0);
  std::vector<std::uint32_t> last(sets, 0);
  for (std::size_t S = 1; S < sets; ++S) {
    if ((S & 255) == 0) checkpoint();
    const std::size_t top = std::bit_floor(S), rest = S ^ top;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t T = rest;; T = (T - 1) & rest) {
      const double value = inside[T | top] + best[rest ^ T];
      if (value < least) {
        least = value;
        last[S] = static_cast<std::uint32_t>(T | top);
      }
      if (T == 0) break;
    }
    best[S] = least;
  }
  std::vector<std::int32_t> labels(n, 0);
  std::int32_t next = 0;
  for (std::size_t S = sets - 1; S != 0; S ^= last[S]) {
    for (std::size_t left = last[S]; left != 0; left &= left - 1)
      labels[static_cast<std::size_t>(std::countr_zero(left))] = next;
    ++next;
  }
  return labels;
}

CubicSearch::CubicSearch(const CubicTensor& tensor, std::uint64_t seed, std::uint64_t stream)
    : tensor_(&tensor), n_(at(tensor.slots())), random_(seed, stream) {
  double scale = 0;
  for (std::int32_t v = 0; v < tensor.slots(); ++v) scale = std::max(scale, tensor.degree(Part::absolute, v));
  tolerance_ = 1e-11 * scale;
  labels_.resize(n_);
  members_.resize(n_);
  for (auto& members : members_) members.reserve(n_);
  pays_.resize(n_ * n_);
  order_.resize(n_);
  std::iota(order_.begin(), order_.end(), 0);
  moved_.resize(n_);
  done_.reserve(n_);
}

void CubicSearch::load(std::span<const Element> labels) {
  labels_.assign(labels.begin(), labels.end());
  for (auto& members : members_) members.clear();
  std::fill(pays_.begin(), pays_.end(), 0.0);
  value_ = 0;
  const auto n = static_cast<Element>(n_);
  for (Element v = 0; v < n; ++v) members_[at(labels_[at(v)])].push_back(v);
  for (Element i = 0; i < n; ++i) {
    const Element c = labels_[at(i)];
    for (Element j = i + 1; j < n; ++j) {
      const Element d = labels_[at(j)];
      const double pair = tensor_->pair(i, j);
      pays(i, d) += pair;
      pays(j, c) += pair;
      if (c == d) value_ += pair;
      for (Element k = j + 1; k < n; ++k) {  // neighbours in memory
        const Element e = labels_[at(k)];
        const double triple = tensor_->triple(i, j, k);
        if (c == d) pays(k, c) += triple;
        if (c == e) pays(j, c) += triple;
        if (d == e) pays(i, d) += triple;
        if (c == d && c == e) value_ += triple;
      }
    }
  }
}

void CubicSearch::move(Element v, Element to) {
  const Element from = labels_[at(v)];
  value_ += delta(v, to);
  std::erase(members_[at(from)], v);
  const auto& left = members_[at(from)];
  const auto& joined = members_[at(to)];
  for (Element x = 0; x < static_cast<Element>(n_); ++x) {
    if (x == v) continue;
    const double pair = tensor_->pair(x, v);
    double less = pair, more = pair;
    for (const Element u : left)
      if (u != x) less += tensor_->triple(x, v, u);
    for (const Element u : joined)
      if (u != x) more += tensor_->triple(x, v, u);
    pays(x, from) -= less;
    pays(x, to) += more;
  }
  members_[at(to)].push_back(v);
  labels_[at(v)] = to;
}

std::int32_t CubicSearch::empty_cluster() const noexcept {
  for (std::size_t c = 0; c < n_; ++c)
    if (members_[c].empty()) return static_cast<Element>(c);
  return -1;
}

CubicSearch::Move CubicSearch::best_move(Element v) noexcept {
  Move best{v, -1, std::numeric_limits<double>::infinity()};
  bool empty_seen = false;
  for (Element c = 0; c < static_cast<Element>(n_); ++c) {
    if (c == labels_[at(v)]) continue;
    if (members_[at(c)].empty()) {  // all empty ones are alike, and useless to who is alone
      if (empty_seen || members_[at(labels_[at(v)])].size() == 1) continue;
      empty_seen = true;
    }
    const double change = delta(v, c);
    if (change < best.delta) best = {v, c, change};
  }
  return best;
}

bool CubicSearch::move_elements(core::Run& run) {
  bool any = false;
  core::shuffle(std::span(order_), random_);
  for (bool improved = true; improved;) {
    improved = false;
    for (const Element v : order_) {
      const Move best = best_move(v);
      if (best.to < 0 || best.delta >= -tolerance_) continue;
      if (run.should_stop()) return any;
      move(v, best.to);
      improved = any = true;
    }
  }
  return any;
}

// The most profitable join of two clusters, until none is.
bool CubicSearch::join_clusters(core::Run& run) {
  bool any = false;
  std::vector<double> gain(n_ * n_);
  while (!run.should_stop()) {
    // sum over C of what D asks, plus the reverse: pairs between them are counted twice then.
    std::fill(gain.begin(), gain.end(), 0.0);
    for (Element x = 0; x < static_cast<Element>(n_); ++x)
      for (Element y = 0; y < x; ++y) {
        const auto c = at(labels_[at(x)]), d = at(labels_[at(y)]);
        if (c != d) gain[std::min(c, d) * n_ + std::max(c, d)] -= tensor_->pair(x, y);
      }
    for (Element x = 0; x < static_cast<Element>(n_); ++x)
      for (std::size_t d = 0; d < n_; ++d) {
        const auto c = at(labels_[at(x)]);
        if (c != d && !members_[d].empty())
          gain[std::min(c, d) * n_ + std::max(c, d)] += pays(x, static_cast<Element>(d));
      }
    const auto best = static_cast<std::size_t>(std::min_element(gain.begin(), gain.end()) - gain.begin());
    if (!(gain[best] < -tolerance_)) return any;
    auto small = static_cast<Element>(best / n_), large = static_cast<Element>(best % n_);
    if (members_[at(small)].size() > members_[at(large)].size()) std::swap(small, large);
    while (!members_[at(small)].empty()) move(members_[at(small)].back(), large);
    any = true;
  }
  return any;
}

// Best moves, gain or not, each element once; ends far behind the best prefix, and what lies behind it is
// undone.
bool CubicSearch::chain(core::Run& run) {
  std::fill(moved_.begin(), moved_.end(), std::int8_t{0});
  done_.clear();
  double sum = 0, least = 0;
  std::size_t kept = 0;
  while (done_.size() < std::min(n_, kept + chain_patience) && !run.should_stop()) {
    Move best{-1, -1, std::numeric_limits<double>::infinity()};
    for (Element v = 0; v < static_cast<Element>(n_); ++v) {
      if (moved_[at(v)] != 0) continue;
      const Move candidate = best_move(v);
      if (candidate.to >= 0 && candidate.delta < best.delta) best = candidate;
    }
    if (best.v < 0) break;
    const Element from = labels_[at(best.v)];
    move(best.v, best.to);
    moved_[at(best.v)] = 1;
    done_.push_back({best.v, from, best.delta});
    sum += best.delta;
    if (sum < least - tolerance_) {
      least = sum;
      kept = done_.size();
    }
  }
  while (done_.size() > kept) {
    move(done_.back().v, done_.back().to);
    done_.pop_back();
  }
  return kept > 0;
}

void CubicSearch::improve(core::Run& run) {
  do {
    for (bool improved = true; improved;) {
      improved = move_elements(run);
      improved = join_clusters(run) || improved;
    }
  } while (!run.should_stop() && chain(run));
}

bool CubicSearch::keep_if_better() {
  if (value_ > best_ + tolerance_) return false;
  const bool better = value_ < best_ - tolerance_;
  best_labels_ = labels_;
  best_pays_ = pays_;
  best_ = value_;
  return better;
}

void CubicSearch::start(core::Run& run) {
  std::vector<Element> labels(n_);
  std::iota(labels.begin(), labels.end(), 0);
  best_labels_ = labels;  // all apart costs nothing
  if (run.should_stop()) return;
  load(labels);
  best_pays_ = pays_;
  improve(run);
  keep_if_better();
  if (run.should_stop()) return;
  std::fill(labels.begin(), labels.end(), 0);
  load(labels);
  improve(run);
  keep_if_better();
}

void CubicSearch::change() {
  const auto n = static_cast<Element>(n_);
  const Element v = random_.below(n), u = random_.below(n);
  const Element kind = random_.below(3);
  if (kind == 0 && labels_[at(u)] != labels_[at(v)]) {  // two clusters become one
    const Element from = labels_[at(u)], to = labels_[at(v)];
    while (!members_[at(from)].empty()) move(members_[at(from)].back(), to);
    return;
  }
  if (kind == 1 && members_[at(labels_[at(v)])].size() > 1) {  // half of a cluster leaves it
    const auto members = members_[at(labels_[at(v)])];
    const Element to = empty_cluster();
    for (const Element x : members)
      if (random_.below(2) == 0) move(x, to);
    return;
  }
  for (Element moves = 2 + random_.below(4); moves > 0; --moves) {
    const Element x = random_.below(n);
    const Element to = labels_[at(random_.below(n))];
    const Element alone = random_.below(4) == 0 ? empty_cluster() : Element{-1};
    const Element target = alone >= 0 ? alone : to;
    if (target != labels_[at(x)]) move(x, target);
  }
}

bool CubicSearch::step(core::Run& run) {
  if (labels_ != best_labels_) {
    labels_ = best_labels_;
    pays_ = best_pays_;
    value_ = best_;
    for (auto& members : members_) members.clear();
    for (Element v = 0; v < static_cast<Element>(n_); ++v) members_[at(labels_[at(v)])].push_back(v);
  }
  change();
  improve(run);
  return keep_if_better();
}

}  // namespace wayseer::clustering
