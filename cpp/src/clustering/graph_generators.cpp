#include "wayseer/clustering/graph_generators.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "wayseer/core/random.hpp"
#include "wayseer/core/threads.hpp"

namespace wayseer::clustering {
namespace {

using core::Checkpoint;
using core::Random;
using Row = std::vector<std::int32_t>;

std::size_t place(std::int64_t i) { return static_cast<std::size_t>(i); }

// Calls hit(i) for the i in 0..count-1 that a coin of probability p chooses, ascending.
template <class Hit>
void choose(std::int64_t count, double p, Random& random, Hit&& hit) {
  if (p <= 0) return;
  const double scale = p < 1 ? 1 / std::log1p(-p) : 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const double skip = std::floor(std::log1p(-random.uniform()) * scale);
    if (!(skip < static_cast<double>(count - i))) return;
    i += static_cast<std::int64_t>(skip);
    hit(i);
  }
}

// The graph of upper(u, row), which appends the neighbours v > u of u, ascending; it may depend on u alone.
template <class Upper>
GraphArrays assemble(std::int32_t n, int threads, const Checkpoint& checkpoint, const Upper& upper) {
  const core::Pieces pieces{at(n), std::clamp(n / 1024, 1, 256)};
  std::vector<Row> parts(at(pieces.count));
  std::vector<std::int64_t> above(at(n));
  core::parallel_for(threads, pieces.count, [&](std::int32_t piece, int worker) {
    Row& part = parts[at(piece)];
    for (std::size_t u = pieces.begin(piece); u < pieces.end(piece); ++u) {
      if (worker == 0) checkpoint(static_cast<std::int64_t>(u));
      const std::size_t before = part.size();
      upper(static_cast<std::int32_t>(u), part);
      above[u] = static_cast<std::int64_t>(part.size() - before);
    }
  });
  GraphArrays graph;
  graph.indptr.assign(at(n) + 1, 0);
  for (std::int32_t u = 0; u < n; ++u) graph.indptr[at(u) + 1] = above[at(u)];
  for (const auto& part : parts) {
    checkpoint();
    for (const auto v : part) ++graph.indptr[at(v) + 1];
  }
  std::partial_sum(graph.indptr.begin(), graph.indptr.end(), graph.indptr.begin());
  graph.indices.resize(place(graph.indptr.back()));
  // Row u is complete below u when u is reached, so all rows come out sorted.
  std::vector<std::int64_t> next(graph.indptr.begin(), graph.indptr.end() - 1);
  for (std::int32_t piece = 0; piece < pieces.count; ++piece) {
    Row part = std::move(parts[at(piece)]);
    auto from = part.cbegin();
    for (std::size_t u = pieces.begin(piece); u < pieces.end(piece); ++u) {
      checkpoint(static_cast<std::int64_t>(u));
      const auto end = from + above[u];
      std::copy(from, end, graph.indices.begin() + next[u]);
      for (; from != end; ++from) graph.indices[place(next[at(*from)]++)] = static_cast<std::int32_t>(u);
    }
  }
  return graph;
}

// Every vertex v renamed to name[v].
GraphArrays renamed(const GraphArrays& graph, const Row& name, const Checkpoint& checkpoint) {
  const std::size_t n = name.size();
  Row old(n);
  for (std::size_t v = 0; v < n; ++v) old[at(name[v])] = static_cast<std::int32_t>(v);
  GraphArrays made;
  made.indptr.assign(n + 1, 0);
  for (std::size_t v = 0; v < n; ++v) made.indptr[at(name[v]) + 1] = graph.indptr[v + 1] - graph.indptr[v];
  std::partial_sum(made.indptr.begin(), made.indptr.end(), made.indptr.begin());
  made.indices.resize(graph.indices.size());
  std::vector<std::int64_t> next(made.indptr.begin(), made.indptr.end() - 1);
  for (std::size_t w = 0; w < n; ++w) {
    checkpoint(static_cast<std::int64_t>(w));
    const auto v = at(old[w]);
    for (auto e = graph.indptr[v]; e < graph.indptr[v + 1]; ++e)
      made.indices[place(next[at(name[at(graph.indices[place(e)])])]++)] = static_cast<std::int32_t>(w);
  }
  return made;
}

// Expected degrees, descending, with the average asked for.
std::vector<double> power_law_degrees(std::int32_t n, double average, double exponent) {
  std::vector<double> shape(at(n));
  for (std::int32_t i = 0; i < n; ++i) shape[at(i)] = std::pow((i + 1.0) / n, -1 / (exponent - 1));
  const double largest = std::sqrt(average * n);
  double scale = average * n / std::accumulate(shape.begin(), shape.end(), 0.0);
  for (int round = 0; round < 30; ++round) {
    double sum = 0;
    for (const double x : shape) sum += std::min(largest, scale * x);
    scale *= average * n / sum;
  }
  for (double& x : shape) x = std::min(largest, scale * x);
  return shape;
}

}  // namespace

GraphArrays planted(std::int32_t n, std::int32_t k, double p_in, double p_out, std::uint64_t seed,
                    int threads, const Checkpoint& checkpoint) {
  return assemble(n, threads, checkpoint, [&](std::int32_t u, Row& row) {
    Random random(seed, static_cast<std::uint64_t>(u));
    const std::int64_t later = std::int64_t{n} - 1 - u;
    const auto start = static_cast<std::ptrdiff_t>(row.size());
    choose(later / k, p_in, random,
           [&](std::int64_t i) { row.push_back(static_cast<std::int32_t>(u + (i + 1) * k)); });
    if (k == 1) return;
    const auto middle = static_cast<std::ptrdiff_t>(row.size());
    // The i-th distance from u that is no multiple of k.
    choose(later - later / k, p_out, random,
           [&](std::int64_t i) { row.push_back(static_cast<std::int32_t>(u + 1 + i + i / (k - 1))); });
    std::inplace_merge(row.begin() + start, row.begin() + middle, row.end());
  });
}

GraphArrays rmat(int scale, std::int64_t edges, Quadrants quadrants, std::uint64_t seed, int threads,
                 const Checkpoint& checkpoint) {
  const auto n = static_cast<std::int32_t>(std::int64_t{1} << scale);
  // A level of the recursion takes 32 random bits.
  const auto threshold = [](double p) { return static_cast<std::uint64_t>(std::llround(p * 0x1p32)); };
  const std::uint64_t a = threshold(quadrants.a), ab = threshold(quadrants.a + quadrants.b),
                      abc = threshold(quadrants.a + quadrants.b + quadrants.c);
  Row from(place(edges)), to(place(edges));
  constexpr std::int64_t block = 1 << 14;
  const auto blocks = static_cast<std::int32_t>((edges + block - 1) / block);
  core::parallel_for(threads, blocks, [&](std::int32_t b, int worker) {
    if (worker == 0) checkpoint();
    Random random(seed, static_cast<std::uint64_t>(b));
    for (std::int64_t e = b * block; e < std::min(edges, (b + 1) * block); ++e) {
      std::uint32_t u = 0, v = 0;
      std::uint64_t bits = 0;
      for (int level = 0; level < scale; ++level) {
        bits = level % 2 == 0 ? random() : bits >> 32;
        const std::uint64_t draw = bits & 0xffffffffU;
        const unsigned low = draw >= ab ? 1 : 0;
        const unsigned right = (draw >= a && draw < ab) || draw >= abc ? 1 : 0;
        u = u << 1 | low;
        v = v << 1 | right;
      }
      from[place(e)] = static_cast<std::int32_t>(u);
      to[place(e)] = static_cast<std::int32_t>(v);
    }
  });
  checkpoint();
  return core::CsrGraph<double>::from_edges(n, from, to, {}, core::Direction::undirected,
                                            {core::SelfLoops::drop, core::Duplicates::first})
      .release();
}

GraphArrays power_law(std::int32_t n, double average_degree, double exponent, double density,
                      std::uint64_t seed, int threads, const Checkpoint& checkpoint) {
  const auto degree = power_law_degrees(n, average_degree, exponent);
  struct Member {
    std::int32_t block_end = 0;
    float density = 0;
    double excess = 0;   // what the block leaves of the degree
    double ceiling = 0;  // the largest excess of this and all later vertices
  };
  std::vector<Member> members(at(n));
  for (std::int32_t last = n - 1; last >= 0;) {
    const double smallest = degree[at(last)];
    const auto size = std::min(last + 1, static_cast<std::int32_t>(smallest) + 1);
    const double inside = std::min(1.0, density * std::pow(2 / std::max(2.0, smallest), 0.125));
    for (auto v = last - size + 1; v <= last; ++v)
      members[at(v)] = {.block_end = last + 1,
                        .density = static_cast<float>(inside),
                        .excess = std::max(0.0, degree[at(v)] - inside * (size - 1))};
    last -= size;
  }
  double total = 0, ceiling = 0;
  for (auto v = n - 1; v >= 0; --v) {
    total += members[at(v)].excess;
    ceiling = std::max(ceiling, members[at(v)].excess);
    members[at(v)].ceiling = ceiling;
  }
  const auto graph = assemble(n, threads, checkpoint, [&](std::int32_t u, Row& row) {
    Random random(seed, static_cast<std::uint64_t>(u) + 1);
    const Member& me = members[at(u)];
    const auto start = static_cast<std::ptrdiff_t>(row.size());
    choose(me.block_end - u - 1, me.density, random,
           [&](std::int64_t i) { row.push_back(static_cast<std::int32_t>(u + 1 + i)); });
    if (me.excess <= 0) return;
    const double factor = me.excess / total;
    std::int64_t v = std::int64_t{u} + 1;
    while (v < n) {
      const double p = std::min(1.0, factor * members[place(v)].ceiling);
      if (p <= 0) break;
      if (p < 1) {
        const double skip = std::floor(std::log1p(-random.uniform()) / std::log1p(-p));
        if (!(skip < static_cast<double>(n - v))) break;
        v += static_cast<std::int64_t>(skip);
      }
      if (random.uniform() * p < factor * members[place(v)].excess)
        row.push_back(static_cast<std::int32_t>(v));
      ++v;
    }
    std::ranges::sort(row.begin() + start, row.end());
    row.erase(std::unique(row.begin() + start, row.end()), row.end());
  });
  Row name(at(n));
  std::iota(name.begin(), name.end(), 0);
  Random random(seed, 0);
  core::shuffle(std::span(name), random);
  return renamed(graph, name, checkpoint);
}

}  // namespace wayseer::clustering
