#include "wayseer/clustering/ecc.hpp"

#include <algorithm>
#include <utility>

namespace wayseer::clustering {
namespace {

std::uint64_t mix(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

double ecc_mistakes(const EccView& hypergraph, std::span<const std::int32_t> labels) {
  double cost = 0;
  for (std::int32_t e = 0; e < hypergraph.edges(); ++e)
    for (const auto v : hypergraph.edge(e))
      if (labels[at(v)] != hypergraph.colors[at(e)]) {
        cost += hypergraph.weight(e);
        break;
      }
  return cost;
}

EccProblem::EccProblem(const EccView& hypergraph, const core::Checkpoint& checkpoint)
    : n_(hypergraph.n), n_colors_(hypergraph.n_colors) {
  merge(hypergraph, checkpoint);
  index_vertices(checkpoint);
  for (const double w : weights_) {
    total_weight_ += w;
    integral_ = integral_ && w == std::floor(w);
  }
  integral_ = integral_ && total_weight_ < 0x1p52;
}

void EccProblem::merge(const EccView& hypergraph, const core::Checkpoint& checkpoint) {
  const auto count = hypergraph.edges();
  std::vector<std::int32_t> sorted(hypergraph.members.begin(), hypergraph.members.end());
  std::vector<std::pair<std::uint64_t, std::int32_t>> keys(at(count));
  const auto edge = [&](std::int32_t e) {
    return std::span(sorted).subspan(static_cast<std::size_t>(hypergraph.offsets[at(e)]),
                                     hypergraph.edge(e).size());
  };
  for (std::int32_t e = 0; e < count; ++e) {
    checkpoint(e);
    const auto vertices = edge(e);
    std::sort(vertices.begin(), vertices.end());
    auto hash = mix(static_cast<std::uint64_t>(hypergraph.colors[at(e)]) + 1);
    for (const auto v : vertices) hash = mix(hash ^ (static_cast<std::uint64_t>(v) + 0x9e3779b97f4a7c15ULL));
    keys[at(e)] = {hash, e};
  }
  std::sort(keys.begin(), keys.end());

  // The first of its equals for each edge; different edges of one hash are rare, so a scan is enough.
  std::vector<std::int32_t> first(at(count));
  for (std::size_t begin = 0, end = 0; begin < keys.size(); begin = end) {
    while (end < keys.size() && keys[end].first == keys[begin].first) ++end;
    for (std::size_t i = begin; i < end; ++i) {
      const auto e = keys[i].second;
      first[at(e)] = e;
      for (std::size_t j = begin; j < i; ++j) {
        const auto f = keys[j].second;
        if (first[at(f)] != f || hypergraph.colors[at(f)] != hypergraph.colors[at(e)]) continue;
        if (!std::ranges::equal(edge(f), edge(e))) continue;
        first[at(e)] = f;
        break;
      }
    }
  }

  merged_.assign(at(count), -1);
  members_.reserve(sorted.size());
  for (std::int32_t e = 0; e < count; ++e) {
    checkpoint(e);
    if (!(hypergraph.weight(e) > 0)) continue;
    auto& id = merged_[at(first[at(e)])];
    if (id < 0) {
      id = static_cast<std::int32_t>(colors_.size());
      const auto vertices = edge(e);
      members_.insert(members_.end(), vertices.begin(), vertices.end());
      offsets_.push_back(static_cast<std::int64_t>(members_.size()));
      colors_.push_back(hypergraph.colors[at(e)]);
      weights_.push_back(0);
    }
    merged_[at(e)] = id;
    weights_[at(id)] += hypergraph.weight(e);
  }
  for (std::int32_t e = 0; e < count; ++e)  // the first of its equals may weigh nothing itself
    if (!(hypergraph.weight(e) > 0)) merged_[at(e)] = -1;
}

void EccProblem::index_vertices(const core::Checkpoint& checkpoint) {
  const auto count = edges();
  // Edges by colour (counting sort), then dealt to their vertices in that order: sorted rows in linear time.
  std::vector<std::int32_t> start(at(n_colors_) + 1, 0), order(at(count));
  for (const auto c : colors_) ++start[at(c) + 1];
  for (std::int32_t c = 0; c < n_colors_; ++c) start[at(c) + 1] += start[at(c)];
  for (std::int32_t e = 0; e < count; ++e) order[at(start[at(colors_[at(e)])]++)] = e;

  std::vector<std::int64_t> row(at(n_) + 1, 0);
  for (const auto v : members_) ++row[at(v) + 1];
  for (std::int32_t v = 0; v < n_; ++v) row[at(v) + 1] += row[at(v)];
  incident_.resize(members_.size());
  std::vector<std::int64_t> next(row.begin(), row.end() - 1);
  for (std::int32_t i = 0; i < count; ++i) {
    checkpoint(i);
    const auto e = order[at(i)];
    for (const auto v : members(e)) incident_[static_cast<std::size_t>(next[at(v)]++)] = e;
  }

  slot_begin_.assign(at(n_) + 1, 0);
  slot_edges_.clear();
  for (std::int32_t v = 0; v < n_; ++v) {
    slot_begin_[at(v)] = static_cast<std::int32_t>(slot_colors_.size());
    for (auto i = row[at(v)]; i < row[at(v) + 1]; ++i) {
      const auto color = colors_[at(incident_[static_cast<std::size_t>(i)])];
      if (i > row[at(v)] && slot_colors_.back() == color) continue;
      slot_colors_.push_back(color);
      slot_edges_.push_back(i);
    }
  }
  slot_begin_[at(n_)] = static_cast<std::int32_t>(slot_colors_.size());
  slot_edges_.push_back(static_cast<std::int64_t>(members_.size()));

  member_slots_.resize(members_.size());
  std::vector<std::int64_t> filled(offsets_.begin(), offsets_.end() - 1);
  // Vertices ascend here as they do in each edge.
  for (std::int32_t v = 0; v < n_; ++v) {
    checkpoint(v);
    for (auto s = first_slot(v); s < last_slot(v); ++s)
      for (const auto e : slot_edges(s)) member_slots_[static_cast<std::size_t>(filled[at(e)]++)] = s;
  }
}

std::vector<double> EccProblem::original_shares(const EccView& hypergraph,
                                                std::span<const double> shares) const {
  std::vector<double> result(hypergraph.members.size(), 0);
  for (std::int32_t e = 0; e < hypergraph.edges(); ++e) {
    const auto f = merged_[at(e)];
    if (f < 0) continue;
    const auto sorted = members(f);
    const double part = hypergraph.weight(e) / weight(f);
    auto out = result.begin() + hypergraph.offsets[at(e)];
    for (const auto v : hypergraph.edge(e)) {
      const auto i = std::ranges::lower_bound(sorted, v) - sorted.begin();
      *out++ = shares[static_cast<std::size_t>(offsets_[at(f)] + i)] * part;
    }
  }
  return result;
}

std::int32_t EccProblem::find_slot(std::int32_t v, std::int32_t color) const noexcept {
  const auto* begin = slot_colors_.data() + first_slot(v);
  const auto* end = slot_colors_.data() + last_slot(v);
  const auto* found = std::lower_bound(begin, end, color);
  return found != end && *found == color ? static_cast<std::int32_t>(found - slot_colors_.data()) : -1;
}

EccStrongest ecc_strongest(const EccView& hypergraph, std::span<const double> values) {
  // Rows of (colour, value) by vertex, then sums of one row at a time: a table of n * k cells may not fit.
  struct Entry {
    std::int32_t color;
    double value;
  };
  std::vector<std::int64_t> row(at(hypergraph.n) + 1, 0);
  for (const auto v : hypergraph.members) ++row[at(v) + 1];
  for (std::int32_t v = 0; v < hypergraph.n; ++v) row[at(v) + 1] += row[at(v)];
  std::vector<std::int64_t> next(row.begin(), row.end() - 1);
  std::vector<Entry> entries(hypergraph.members.size());
  for (std::int32_t e = 0; e < hypergraph.edges(); ++e)
    for (auto i = hypergraph.offsets[at(e)]; i < hypergraph.offsets[at(e) + 1]; ++i) {
      const auto v = hypergraph.members[static_cast<std::size_t>(i)];
      entries[static_cast<std::size_t>(next[at(v)]++)] = {hypergraph.colors[at(e)],
                                                          values[static_cast<std::size_t>(i)]};
    }
  EccStrongest strongest{std::vector<std::int32_t>(at(hypergraph.n), 0), 0};
  std::vector<double> sum(at(hypergraph.n_colors), 0);
  for (std::int32_t v = 0; v < hypergraph.n; ++v) {
    const auto here = std::span(entries).subspan(static_cast<std::size_t>(row[at(v)]),
                                                 static_cast<std::size_t>(row[at(v) + 1] - row[at(v)]));
    for (const auto& [color, value] : here) sum[at(color)] += value;
    double top = 0;
    auto best = hypergraph.n_colors;
    for (const auto& [color, value] : here)
      if (sum[at(color)] > top || (sum[at(color)] == top && color < best)) {
        top = sum[at(color)];
        best = color;
      }
    for (const auto& entry : here) sum[at(entry.color)] = 0;
    strongest.sum += top;
    if (top > 0) strongest.colors[at(v)] = best;
  }
  return strongest;
}

std::vector<std::int32_t> ecc_majority(const EccView& hypergraph) {
  std::vector<double> weights(hypergraph.members.size());
  for (std::int32_t e = 0; e < hypergraph.edges(); ++e)
    std::fill(weights.begin() + hypergraph.offsets[at(e)], weights.begin() + hypergraph.offsets[at(e) + 1],
              hypergraph.weight(e));
  return ecc_strongest(hypergraph, weights).colors;
}

}  // namespace wayseer::clustering
