// Local moves of single vertices between clusters, driven by a queue (V. Blondel et al., "Fast unfolding of
// communities in large networks", 2008; the queue: V. Traag, L. Waltman, N. van Eck, "From Louvain to
// Leiden", 2019). A vertex popped from the queue goes to the cluster, of its neighbours' and a new one, that
// raises the quality most; then its neighbours outside are queued. With gamma = 0 the queue empties when no
// vertex gains by a move; else a vertex may gain and not be queued, because a cluster beside it has become
// lighter.
//
// One step costs O(degree). Large graphs are swept in batches: best moves are found for a batch at once, on
// several threads, and committed one by one in order, those whose neighbourhood has changed after a new look.
// The batches depend on the graph alone, so the result is the same for every number of threads.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "wayseer/clustering/sum_problem.hpp"
#include "wayseer/core/random.hpp"
#include "wayseer/core/run.hpp"

namespace wayseer::clustering {

class LocalMoves {
 public:
  // Borrows the problem's arrays. O(n) memory. `min_gain`: what a move must gain, see least_gain().
  LocalMoves(const SumProblem& problem, double min_gain, int threads = 1);

  // Labels in 0..n-1. O(n).
  void assign(std::span<const std::int32_t> labels);
  void assign_singletons();

  [[nodiscard]] std::span<const std::int32_t> labels() const noexcept { return labels_; }
  [[nodiscard]] std::int32_t size_of(std::int32_t label) const noexcept { return sizes_[at(label)]; }

  void enqueue(std::int32_t v);
  void enqueue_all(core::Random& random);  // in random order
  // Moves v into a cluster of its own; the change of quality.
  double isolate(std::int32_t v);
  // Moves v, which must be alone, into the cluster of u; the change of quality.
  double join(std::int32_t v, std::int32_t u);

  // Works off the queue; the gain in quality. A stopped run leaves a valid state, its queue emptied.
  double run(core::Run& run);

  // While on, every move is written down, and undo() takes all of them back.
  void start_log() {
    log_.clear();
    logging_ = true;
  }
  void stop_log() noexcept { logging_ = false; }
  void undo();

 private:
  struct Move {
    std::int32_t v, to;  // to < 0: a new cluster
    double gain;
    double weight_to, weight_from;  // of v's edges into its new cluster and its old one
  };
  struct Scratch {
    // Of v's edges into each cluster, zero between steps: counts for a graph without weights.
    std::vector<double> weight_to;
    std::vector<std::int32_t> count_to;
    std::vector<std::int32_t> touched;  // the clusters that are not zero
  };
  struct Logged {
    std::int32_t v, from;
  };

  template <bool weighted, bool two_sided>
  Move best_move(std::int32_t v, Scratch& scratch) const;
  [[nodiscard]] Move best_move(std::int32_t v, Scratch& scratch) const {
    if (bipartite())
      return problem_.graph.weighted() ? best_move<true, true>(v, scratch)
                                       : best_move<false, true>(v, scratch);
    return problem_.graph.weighted() ? best_move<true, false>(v, scratch)
                                     : best_move<false, false>(v, scratch);
  }
  [[nodiscard]] bool bipartite() const noexcept { return !problem_.opposite_weights.empty(); }
  // Between v and a cluster that it is not in; between v and the others of its own.
  [[nodiscard]] double repulsion(std::int32_t v, std::int32_t label) const;
  [[nodiscard]] double own_repulsion(std::int32_t v) const;
  void commit(const Move& move);
  void relabel(std::int32_t v, std::int32_t to);
  std::int32_t pop();
  double run_one_by_one(core::Run& run);
  double run_in_batches(core::Run& run);
  void prefetch_rows(std::size_t i, std::size_t end) const;
  [[nodiscard]] bool neighbourhood_moved(std::int32_t v) const;
  void clear_queue();

  SumProblem problem_;
  double min_gain_;
  int threads_;
  std::vector<std::int32_t> labels_;
  std::vector<double> sums_;           // of k in each cluster
  std::vector<double> opposite_sums_;  // of l, for bipartite problems
  std::vector<std::int32_t> sizes_;    // vertices of each cluster
  std::vector<std::int32_t> empty_;    // labels without vertices, a stack
  std::vector<std::int32_t> queue_;    // a ring of n places
  std::vector<std::uint8_t> queued_;
  std::int32_t head_ = 0, waiting_ = 0;
  std::vector<Scratch> scratch_;
  std::vector<Move> batch_;
  std::vector<std::int32_t> moved_in_;  // the batch in which a vertex moved last
  std::int32_t batch_number_ = 0;
  std::vector<Logged> log_;
  bool logging_ = false;
};

}  // namespace wayseer::clustering
