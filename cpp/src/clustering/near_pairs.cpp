#include "wayseer/clustering/near_pairs.hpp"

namespace wayseer::clustering {
namespace {

constexpr std::int64_t most_stored = std::int64_t{1} << 26;

}  // namespace

NearPairs::NearPairs(const Graph& graph, const core::Checkpoint& checkpoint)
    : graph_(graph), counts_(at(graph.size()), 0) {
  std::int64_t wedges = 0;
  for (std::int32_t v = 0; v < graph.size(); ++v) {
    const auto degree = graph.degree(v);
    wedges += degree * (degree + 1);
  }
  if (wedges > most_stored) return;
  offsets_.reserve(at(graph.size()) + 1);
  offsets_.push_back(0);
  for (std::int32_t u = 0; u < graph.size(); ++u) {
    if ((u & 255) == 0) checkpoint();
    count(u);
    stored_.insert(stored_.end(), current_.begin(), current_.end());
    offsets_.push_back(static_cast<std::int64_t>(stored_.size()));
  }
}

std::span<const NearPair> NearPairs::row(std::int32_t u) {
  if (offsets_.empty()) {
    count(u);
    return current_;
  }
  return {stored_.data() + offsets_[at(u)], static_cast<std::size_t>(offsets_[at(u) + 1] - offsets_[at(u)])};
}

void NearPairs::count(std::int32_t u) {
  current_.clear();
  const auto meet = [&](std::int32_t v) {
    if (counts_[at(v)]++ == 0) current_.push_back({v, 0});
  };
  const auto meet_all = [&](std::int32_t w) {
    meet(w);
    for (const std::int32_t v : graph_.neighbors(w)) meet(v);
  };
  meet_all(u);
  for (const std::int32_t w : graph_.neighbors(u)) meet_all(w);
  std::size_t kept = 0;
  for (NearPair& pair : current_) {
    pair.common = counts_[at(pair.vertex)];
    counts_[at(pair.vertex)] = 0;
    if (pair.vertex != u) current_[kept++] = pair;
  }
  current_.resize(kept);
}

}  // namespace wayseer::clustering
