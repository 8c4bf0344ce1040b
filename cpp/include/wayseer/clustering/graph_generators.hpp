// Random graphs for tests and benchmarks. The same arguments give the same graph, whatever the number of
// threads. Arguments are checked by the caller. Time O(n + m); memory besides the graph 4 bytes an edge
// (planted), 12 (rmat), or 8 (power_law).
#pragma once

#include <cstdint>

#include "wayseer/clustering/graph.hpp"
#include "wayseer/core/checkpoint.hpp"
#include "wayseer/core/csr_graph.hpp"

namespace wayseer::clustering {

using GraphArrays = core::CsrGraph<double>::Arrays;  // without weights

// Planted partition (A. Condon, R. M. Karp, "Algorithms for graph partitioning on the planted partition
// model", 2001): vertex v is in cluster v mod k; a pair is an edge with probability p_in inside a cluster,
// p_out between two. Pairs are skipped over geometrically (V. Batagelj, U. Brandes, "Efficient generation of
// large random networks", 2005).
[[nodiscard]] GraphArrays planted(std::int32_t n, std::int32_t k, double p_in, double p_out,
                                  std::uint64_t seed, int threads = 1,
                                  const core::Checkpoint& checkpoint = {});

// R-MAT (D. Chakrabarti, Y. Zhan, C. Faloutsos, "R-MAT: a recursive model for graph mining", 2004) on 2^scale
// vertices: `edges` draws, of which self-loops and repetitions are dropped. d = 1 - a - b - c.
struct Quadrants {
  double a, b, c;
};
[[nodiscard]] GraphArrays rmat(int scale, std::int64_t edges, Quadrants quadrants, std::uint64_t seed,
                               int threads = 1, const core::Checkpoint& checkpoint = {});

// Degrees that follow a power law, and communities: blocks of d + 1 vertices of about the same expected
// degree d, dense inside, joined by Chung-Lu edges for what is left of the degrees (the BTER model: C.
// Seshadhri, T. G. Kolda, A. Pinar, "Community structure and scale-free collections of Erdos-Renyi graphs",
// 2012). A block has density `density` (2 / d)^(1/8). Expected degrees are at most sqrt(n average_degree);
// vertices are in random order. Chung-Lu pairs by J. C. Miller, A. Hagberg, "Efficient generation of networks
// with given expected degrees", 2011.
[[nodiscard]] GraphArrays power_law(std::int32_t n, double average_degree, double exponent, double density,
                                    std::uint64_t seed, int threads = 1,
                                    const core::Checkpoint& checkpoint = {});

}  // namespace wayseer::clustering
