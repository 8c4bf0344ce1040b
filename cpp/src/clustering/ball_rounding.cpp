#include "wayseer/clustering/ball_rounding.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <queue>
#include <span>
#include <utility>

#include "near_rows.hpp"
#include "wayseer/clustering/objective.hpp"
#include "wayseer/core/threads.hpp"

namespace wayseer::clustering {

namespace {

// r1 - f(u,v) in fixed point. `bits` after the point: as many as leave room for the largest sum.
class Weigher {
 public:
  Weigher(const RankedGraph& graph, Radius r1, std::int64_t longest_row)
      : graph_(&graph),
        r1_(r1),
        bits_(std::min(52, 62 - static_cast<int>(std::bit_width(static_cast<std::uint64_t>(longest_row))))),
        scale_(std::ldexp(1.0, bits_)),
        least_(
            std::llround(static_cast<double>(r1.similarity()) / static_cast<double>(Radius::one) * scale_)) {}

  [[nodiscard]] std::int64_t operator()(std::int32_t u, const NearPair& pair) const noexcept {
    const std::int64_t a = graph_->closed(u), b = graph_->closed(pair.other);
    if (!r1_.near(pair.common, a, b)) return 0;
    const double similarity = static_cast<double>(pair.common) / static_cast<double>(a + b - pair.common);
    return static_cast<std::int64_t>(similarity * scale_ + 0.5) - least_;
  }
  // Sums that are equal but for rounding have the same key.
  [[nodiscard]] std::int64_t key(std::int64_t sum) const noexcept {
    const int shift = bits_ - 30;
    return shift > 0 ? (sum + (std::int64_t{1} << (shift - 1))) >> shift : sum;
  }

 private:
  const RankedGraph* graph_;
  Radius r1_;
  int bits_;
  double scale_;
  std::int64_t least_;
};

// row(u) gives the near pairs of u, for as long as it takes to call it again.
template <class Row>
std::vector<std::int32_t> grow(const RankedGraph& graph, const Weigher& weight,
                               std::vector<std::int64_t> sums, Radius r2, Row&& row,
                               const core::Checkpoint& checkpoint) {
  const std::int32_t n = graph.size();
  std::vector<std::int32_t> labels(at(n), -1);  // by vertex
  std::vector<std::uint8_t> removed(at(n), 0);
  std::vector<std::int32_t> ball;
  using Entry = std::pair<std::int64_t, std::int32_t>;  // largest key first, then smallest rank
  std::vector<Entry> entries(at(n));
  for (std::int32_t u = 0; u < n; ++u) entries[at(u)] = {weight.key(sums[at(u)]), -u};
  std::priority_queue<Entry> heap({}, std::move(entries));
  std::int32_t clusters = 0;
  for (std::int64_t step = 0; !heap.empty(); ++step) {
    checkpoint(step);
    const auto [key, negated] = heap.top();
    const std::int32_t centre = -negated;
    heap.pop();
    if (removed[at(centre)] != 0) continue;
    if (const std::int64_t now = weight.key(sums[at(centre)]); now != key) {
      heap.emplace(now, negated);
      continue;
    }
    ball.assign(1, centre);
    for (const NearPair& pair : row(centre)) {
      if (removed[at(pair.other)] == 0 &&
          r2.near(pair.common, graph.closed(centre), graph.closed(pair.other)))
        ball.push_back(pair.other);
    }
    for (const std::int32_t v : ball) {
      removed[at(v)] = 1;
      labels[at(graph.vertex[at(v)])] = clusters;
    }
    ++clusters;
    for (const std::int32_t v : ball) {
      if (ball.size() > 16) checkpoint();
      for (const NearPair& pair : row(v)) {
        if (removed[at(pair.other)] == 0) sums[at(pair.other)] -= weight(v, pair);
      }
    }
  }
  renumber(labels);
  return labels;
}

}  // namespace

std::vector<std::int32_t> ball_rounding(const RankedGraph& graph, const NearPairs& pairs, Radius r1,
                                        Radius r2, const core::Checkpoint& checkpoint) {
  const std::int32_t n = graph.size();
  std::int64_t longest = 1;
  for (std::int32_t u = 0; u < n; ++u)
    longest = std::max(longest, static_cast<std::int64_t>(pairs.row(u).size()));
  const Weigher weight(graph, r1, longest);
  std::vector<std::int64_t> sums(at(n), 0);
  for (std::int32_t u = 0; u < n; ++u) {
    checkpoint(u);
    for (const NearPair& pair : pairs.row(u)) sums[at(u)] += weight(u, pair);
  }
  return grow(graph, weight, std::move(sums), r2, [&](std::int32_t u) { return pairs.row(u); }, checkpoint);
}

std::vector<std::int32_t> ball_rounding_streamed(const RankedGraph& graph, Radius r1, Radius r2,
                                                 const MetricOptions& options,
                                                 const core::Checkpoint& checkpoint) {
  const std::int32_t n = graph.size();
  const NearRows rows(graph, r2, options.engine, options.seed, options.threads, checkpoint);
  const Weigher weight(graph, r1, n);
  std::vector<std::int64_t> sums(at(n), 0);
  constexpr std::int32_t block_size = 256;
  const std::int32_t blocks = n / block_size + (n % block_size != 0 ? 1 : 0);
  const int workers = std::max(1, std::min(options.threads, static_cast<int>(blocks)));
  struct Memory {
    RowScratch scratch;
    std::vector<NearPair> row;
  };
  std::vector<Memory> memory(static_cast<std::size_t>(workers), Memory{RowScratch(n), {}});
  SharedStop stop(checkpoint);
  core::parallel_for(workers, blocks, [&](std::int32_t block, int worker) {
    auto& own = memory[static_cast<std::size_t>(worker)];
    const std::int32_t first = block * block_size;
    for (std::int32_t u = first; u < first + std::min(block_size, n - first); ++u) {
      if (stop(worker)) return;
      own.row.clear();
      rows.row(u, true, own.scratch, own.row);
      for (const NearPair& pair : own.row) sums[at(u)] += weight(u, pair);
    }
  });
  auto& own = memory.front();
  return grow(
      graph, weight, std::move(sums), r2,
      [&](std::int32_t u) -> std::span<const NearPair> {
        own.row.clear();
        rows.row(u, true, own.scratch, own.row);
        return own.row;
      },
      checkpoint);
}

}  // namespace wayseer::clustering
