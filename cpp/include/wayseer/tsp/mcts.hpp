// Heatmap-guided Monte Carlo tree search: the research baseline of Z.-H. Fu, K.-B. Qiu, H. Zha, "Generalize a
// small pre-trained model to arbitrarily large TSP instances" (2021), with the settings of X. Pan et al.,
// "Rethinking the 'Heatmap + Monte Carlo Tree Search' paradigm for solving large scale TSP" (2024) and the
// search of Y. Min, Y. Bai, C. Gomes, "Unsupervised learning for solving the travelling salesman problem"
// (2023).
//
// Random restarts of: a start tour drawn by the heatmap, 2-opt, then k-opt actions drawn edge by edge with
// the potential Z(i,j) = W(i,j) / mean W(i,.) + alpha sqrt(ln(N+1) / (Q(i,j)+1)) until none of h_param * n
// actions improves. W (learned weights), Q (visits) and N (actions) persist over restarts.
//
// Two engines take the same decisions: the compatible one works as the reference does, with dense W and Q and
// a linked tour (O(n^2) memory, O(n) a step); the fast one keeps W and Q for candidate and touched edges and
// never changes the tour before an action improves it (O(sqrt n) a step at most). The tour, length and counts
// are the same bit for bit for a seed and an iteration limit, unless truncated_sampling is on.
//
// It is far behind solve() at equal time: use it to compare heatmaps, not to get a good tour.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "wayseer/core/edge_values.hpp"
#include "wayseer/core/run.hpp"
#include "wayseer/tsp/problem.hpp"

namespace wayseer::tsp {

enum class MctsStart : std::uint8_t {
  heatmap,  // from node 0, the next one with probability proportional to 2.718^W
  random    // a random permutation from node 0 (UTSP)
};
enum class MctsCandidates : std::uint8_t {
  heatmap,            // the largest entries of the row that are >= 1e-4 (ties: the lower id); may be none
  nearest,            // the nearest nodes by (distance, id)
  nearest_in_heatmap  // the nearest among those with an entry > 1e-8 (UTSP)
};
enum class MctsWeights : std::uint8_t {
  mean,  // H = (H + H') / 2 first, as the reference reads its files; then W = 100 H
  raw,   // W = 100 H
  sum    // H = H + H', W = H (UTSP)
};

struct MctsOptions {
  double alpha = 1.0;      // >= 0, exploration
  double beta = 10.0;      // >= 0, reward of the edges of an improving action
  int h_param = 10;        // >= 1; a round ends after h_param * n actions in a row without improvement
  int max_candidates = 5;  // >= 1
  int max_depth = 10;      // edges that an action may add, 1 .. n / 2
  MctsCandidates candidates = MctsCandidates::heatmap;
  MctsWeights weights = MctsWeights::mean;
  MctsStart start = MctsStart::heatmap;
  bool redraw_depth = false;       // UTSP: a depth from 10..89 on each restart
  bool redraw_candidates = false;  // UTSP: nearest or nearest_in_heatmap on each restart

  bool compat = false;
  // The reference's cumulative integer per-mille probabilities, whose truncated mass falls to the last
  // choice. Compatible engine only.
  bool truncated_sampling = false;
  // Unrounded points are rounded to integers on a unit square of this many units: the square [0,1]^2 itself
  // where the points lie in it and span at least half of it, else the longer side of their bounding box.
  // 0: 100000, times sqrt(n / 10000) for larger n. Integer metrics keep their own costs.
  double coordinate_scale = 0.0;

  std::int64_t memory_limit = std::int64_t{4} << 30;  // bytes
  std::uint64_t seed = 0;
  core::StopRule stop;  // max_iterations counts actions; without any limit the search does not end
};

struct MctsResult {
  std::vector<Index> tour;
  double length = 0;            // in the problem's unit, exact for integer costs
  std::int64_t iterations = 0;  // actions
  std::int64_t steps = 0;       // edges that the actions added, undone ones included
  std::int64_t restarts = 0;
  double seconds = 0;
  core::Status status = core::Status::converged;
  std::vector<std::pair<double, double>>
      trace;  // (seconds, length) of each better tour; the last is the result
};

// `heatmap` may be null (all zero) and asymmetric; entries must be nonnegative. Throws std::invalid_argument
// on an asymmetric problem, options out of range, a heatmap of another size or one that needs more than
// memory_limit (the message has both figures).
[[nodiscard]] MctsResult mcts(const Problem& problem, const core::EdgeValues* heatmap,
                              const MctsOptions& options);

}  // namespace wayseer::tsp
