#include "wayseer/clustering/correlation_metric.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>
#include <utility>

#include "near_rows.hpp"
#include "wayseer/core/threads.hpp"

namespace wayseer::clustering {

Radius::Radius(double r)
    : similarity_(std::clamp<std::int64_t>(std::llround((1.0 - r) * static_cast<double>(one)), 1, one - 1)) {}

RankedGraph::RankedGraph(const Graph& graph, const core::Checkpoint& checkpoint) {
  const std::int32_t n = graph.size();
  vertex.resize(at(n));
  std::iota(vertex.begin(), vertex.end(), 0);
  std::ranges::stable_sort(vertex, std::ranges::greater{}, [&](std::int32_t v) { return graph.degree(v); });
  rank.resize(at(n));
  for (std::int32_t u = 0; u < n; ++u) rank[at(vertex[at(u)])] = u;
  offsets.resize(at(n) + 1, 0);
  for (std::int32_t u = 0; u < n; ++u) offsets[at(u) + 1] = offsets[at(u)] + graph.degree(vertex[at(u)]) + 1;
  targets.resize(static_cast<std::size_t>(offsets.back()));
  // Rows in ascending order without sorting: each rank in turn enters the rows of its neighbours.
  std::vector<std::int64_t> place(offsets.begin(), offsets.end() - 1);
  for (std::int32_t u = 0; u < n; ++u) {
    checkpoint(u);
    targets[static_cast<std::size_t>(place[at(u)]++)] = u;
    for (const std::int32_t v : graph.neighbors(vertex[at(u)]))
      targets[static_cast<std::size_t>(place[at(rank[at(v)])]++)] = u;
  }
}

double minhash_miss_probability(Radius radius) {
  const auto [bands, rows] = minhash_bands(radius);
  const double t = static_cast<double>(radius.similarity()) / static_cast<double>(Radius::one);
  return std::pow(1.0 - std::pow(t, rows), bands);
}

std::optional<NearPairs> near_pairs(const RankedGraph& graph, Radius radius, const MetricOptions& options,
                                    const core::Checkpoint& checkpoint) {
  const std::int32_t n = graph.size();
  const NearRows rows(graph, radius, options.engine, options.seed, options.threads, checkpoint);
  // Rows u < v by blocks of u; a block is one item of the threads.
  constexpr std::int32_t block_size = 256;
  const std::int32_t blocks = n / block_size + (n % block_size != 0 ? 1 : 0);
  std::vector<std::vector<NearPair>> upper(at(blocks));
  std::vector<std::int32_t> upper_size(at(n));
  const int workers = std::max(1, std::min(options.threads, static_cast<int>(blocks)));
  std::vector<RowScratch> scratch(static_cast<std::size_t>(workers), RowScratch(n));
  std::atomic<std::int64_t> found{0};
  SharedStop stop(checkpoint);
  core::parallel_for(workers, blocks, [&](std::int32_t block, int worker) {
    auto& own = scratch[static_cast<std::size_t>(worker)];
    auto& out = upper[at(block)];
    const std::int32_t first = block * block_size, last = first + std::min(block_size, n - first);
    for (std::int32_t u = first; u < last; ++u) {
      if (stop(worker) || found.load(std::memory_order_relaxed) > options.most_pairs) return;
      const std::size_t before = out.size();
      rows.row(u, false, own, out);
      upper_size[at(u)] = static_cast<std::int32_t>(out.size() - before);
      found.fetch_add(upper_size[at(u)], std::memory_order_relaxed);
    }
    out.shrink_to_fit();
  });
  if (found.load() > options.most_pairs) return std::nullopt;

  NearPairs pairs;
  std::vector<std::int64_t> place(at(n) + 1, 0);  // counts first
  for (std::int32_t u = 0; u < n; ++u) place[at(u)] += upper_size[at(u)];
  for (const auto& block : upper) {
    for (const NearPair& pair : block) ++place[at(pair.other)];
  }
  pairs.offsets.assign(at(n) + 1, 0);
  for (std::int32_t u = 0; u < n; ++u) {
    pairs.offsets[at(u) + 1] = pairs.offsets[at(u)] + place[at(u)];
    place[at(u)] = pairs.offsets[at(u)];
  }
  checkpoint();
  pairs.entries.resize(static_cast<std::size_t>(pairs.offsets.back()));
  // Two transpositions sort every row: the smaller ranks enter in ascending order, and from them the larger.
  for (std::int32_t block = 0; block < blocks; ++block) {
    checkpoint();
    std::size_t next = 0;
    const std::int32_t first = block * block_size;
    for (std::int32_t u = first; u < first + std::min(block_size, n - first); ++u) {
      for (std::int32_t i = 0; i < upper_size[at(u)]; ++i, ++next) {
        const NearPair pair = upper[at(block)][next];
        pairs.entries[static_cast<std::size_t>(place[at(pair.other)]++)] = {u, pair.common};
      }
    }
    std::vector<NearPair>().swap(upper[at(block)]);
  }
  for (std::int32_t v = 0; v < n; ++v) {
    checkpoint(v);
    const auto row = pairs.row(v);
    const auto smaller = row.first(row.size() - at(upper_size[at(v)]));
    for (const NearPair& pair : smaller)
      pairs.entries[static_cast<std::size_t>(place[at(pair.other)]++)] = {v, pair.common};
  }
  return pairs;
}

void adjust(const RankedGraph& graph, Radius far, double isolate, NearPairs& pairs,
            const core::Checkpoint& checkpoint) {
  const std::int32_t n = graph.size();
  const auto is_near = [&](std::int32_t u, const NearPair& pair) {
    return far.near(pair.common, graph.closed(u), graph.closed(pair.other));
  };
  // Both lists ascend: calls with each pair and whether it is an edge.
  const auto each = [&](std::int32_t u, auto&& visit) {
    const auto row = graph.row(u);
    auto it = row.begin();
    for (const NearPair& pair : pairs.row(u)) {
      while (it != row.end() && *it < pair.other) ++it;
      visit(pair, it != row.end() && *it == pair.other);
    }
  };
  std::vector<std::uint8_t> isolated(at(n));
  for (std::int32_t u = 0; u < n; ++u) {
    checkpoint(u);
    std::int64_t crowd = 0;
    each(u, [&](const NearPair& pair, bool edge) { crowd += !edge && is_near(u, pair) ? 1 : 0; });
    isolated[at(u)] = static_cast<double>(crowd) >= isolate * static_cast<double>(graph.closed(u)) ? 1 : 0;
  }
  std::int64_t kept = 0;
  std::int64_t first = 0;
  for (std::int32_t u = 0; u < n; ++u) {
    checkpoint(u);
    each(u, [&](const NearPair pair, bool edge) {
      if (isolated[at(u)] != 0 || isolated[at(pair.other)] != 0) return;
      if (edge || is_near(u, pair)) pairs.entries[static_cast<std::size_t>(kept++)] = pair;
    });
    pairs.offsets[at(u)] = std::exchange(first, kept);
  }
  pairs.offsets[at(n)] = kept;
  pairs.entries.resize(static_cast<std::size_t>(kept));
}

}  // namespace wayseer::clustering
