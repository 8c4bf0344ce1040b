// A graph in compressed sparse rows: the neighbours of a node lie side by side, in ascending order. Validated
// once, when it is built; immutable after that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "wayseer/core/csr_view.hpp"

namespace wayseer::core {

// What to do with edges u-u, and with edges that are given more than once. Duplicates are merged in the order
// they were given, so that floating-point sums are reproducible and equal in both directions of an edge.
enum class SelfLoops : std::uint8_t { reject, drop, keep };
enum class Duplicates : std::uint8_t { reject, keep, first, sum, minimum, maximum };
enum class Direction : std::uint8_t { directed, undirected };

struct EdgePolicy {
  SelfLoops self_loops = SelfLoops::reject;
  Duplicates duplicates = Duplicates::reject;
};

// Weight: double, float, std::int64_t or std::int32_t.
template <class Weight = double>
class CsrGraph {
 public:
  CsrGraph() : indptr_(1, 0) {}

  // Edge e joins from[e] and to[e]. An undirected edge is stored in both rows, a self-loop once; (u, v) and
  // (v, u) are then the same edge. `weights` is empty (no weights) or one per edge. O(n + m), no comparison
  // sort. Throws std::invalid_argument for n < 0, spans of different length, a node id outside 0..n-1, a nan
  // weight, an integer sum that overflows, and what the policy rejects; the message names the edge.
  [[nodiscard]] static CsrGraph from_edges(std::int32_t n, std::span<const std::int32_t> from,
                                           std::span<const std::int32_t> to, std::span<const Weight> weights,
                                           Direction direction, EdgePolicy policy = {});
  // From rows that came from outside (scipy); they need not be sorted. An arc is stored as it stands: an
  // undirected graph brings both of them. Throws as above, and for an indptr that is no CSR index.
  [[nodiscard]] static CsrGraph from_csr(std::int32_t n, std::span<const std::int64_t> indptr,
                                         std::span<const std::int32_t> indices,
                                         std::span<const Weight> weights, EdgePolicy policy = {});

  [[nodiscard]] std::int32_t size() const noexcept { return static_cast<std::int32_t>(indptr_.size() - 1); }
  // Entries of all rows: an undirected edge counts twice, a self-loop once.
  [[nodiscard]] std::int64_t arcs() const noexcept { return indptr_.back(); }
  // A graph without arcs has no weights.
  [[nodiscard]] bool weighted() const noexcept { return !weights_.empty(); }

  [[nodiscard]] std::int64_t degree(std::int32_t u) const noexcept {
    return indptr_[at(u) + 1] - indptr_[at(u)];
  }
  [[nodiscard]] std::span<const std::int32_t> neighbors(std::int32_t u) const noexcept {
    return {indices_.data() + indptr_[at(u)], static_cast<std::size_t>(degree(u))};
  }
  // Parallel to neighbors(u). The graph must be weighted.
  [[nodiscard]] std::span<const Weight> neighbor_weights(std::int32_t u) const noexcept {
    return {weights_.data() + indptr_[at(u)], static_cast<std::size_t>(degree(u))};
  }
  // The place of the (first) arc u -> v in indices(), -1 if there is none. O(log degree).
  [[nodiscard]] std::int64_t find_arc(std::int32_t u, std::int32_t v) const noexcept;
  [[nodiscard]] bool has_arc(std::int32_t u, std::int32_t v) const noexcept { return find_arc(u, v) >= 0; }
  // Every arc turned round. O(n + m).
  [[nodiscard]] CsrGraph reversed() const;

  [[nodiscard]] CsrView<Weight> view() const noexcept { return {indptr_, indices_, weights_}; }
  [[nodiscard]] std::span<const std::int64_t> indptr() const noexcept { return indptr_; }
  [[nodiscard]] std::span<const std::int32_t> indices() const noexcept { return indices_; }
  [[nodiscard]] std::span<const Weight> weights() const noexcept { return weights_; }
  // The three arrays, given away; the graph is then empty.
  struct Arrays {
    std::vector<std::int64_t> indptr;
    std::vector<std::int32_t> indices;
    std::vector<Weight> weights;
  };
  [[nodiscard]] Arrays release() && {
    Arrays arrays{std::move(indptr_), std::move(indices_), std::move(weights_)};
    *this = CsrGraph();
    return arrays;
  }

  friend bool operator==(const CsrGraph&, const CsrGraph&) = default;

 private:
  static std::size_t at(std::int32_t i) noexcept { return static_cast<std::size_t>(i); }

  template <class ForEachArc>
  void fill(std::int32_t n, bool weighted, const ForEachArc& for_each_arc);
  void merge_duplicates(Duplicates policy);

  std::vector<std::int64_t> indptr_;
  std::vector<std::int32_t> indices_;
  std::vector<Weight> weights_;
};

extern template class CsrGraph<double>;
extern template class CsrGraph<float>;
extern template class CsrGraph<std::int64_t>;
extern template class CsrGraph<std::int32_t>;

}  // namespace wayseer::core
