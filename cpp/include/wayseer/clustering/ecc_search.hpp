// Local search for edge-coloured clustering. For every (vertex, colour) it keeps the weight of the edges of
// that colour at the vertex whose other members are all right: the best colour of a vertex is read off, and
// recolouring v costs the edges of two colours at v plus the members of those that become a mistake or cease
// to be one.
// A *flip* gives all members of an edge its colour, holds them there while the vertices around are recoloured
// as long as that pays, and then lets them go. `descend` flips every mistake in turn until no flip pays; a
// perturbation is 1 to 3 flips of neighbouring edges. What makes the cost worse is undone, so the cost never
// rises. In the spirit of the iterated local search for independent sets of D. Andrade, M. Resende,
// R. Werneck, "Fast local search for the maximum independent set problem" (2012).
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "wayseer/clustering/ecc.hpp"
#include "wayseer/core/random.hpp"
#include "wayseer/core/run.hpp"

namespace wayseer::clustering {

class EccSearch {
 public:
  // `labels` are colours; a vertex whose colour has no edge there takes the smallest that has one. The
  // problem must outlive the search.
  EccSearch(const EccProblem& problem, std::span<const std::int32_t> labels, std::uint64_t seed);

  [[nodiscard]] double cost() const noexcept { return cost_; }
  [[nodiscard]] std::vector<std::int32_t> labels() const;

  // The next part of the descent, of about that much work; false once no recolouring and no flip pays.
  bool descend(std::int64_t work);
  // Edges looked at so far.
  [[nodiscard]] std::int64_t work() const noexcept { return work_; }
  // One perturbation; true if the cost fell.
  bool perturb();

 private:
  struct Change {
    std::int32_t vertex, slot;  // the slot before
  };
  void recolor(std::int32_t v, std::int32_t to);
  void enqueue(std::int32_t v);
  // Recolours what is queued until nothing pays; false if it left some because `work()` passed `until`.
  bool repair(std::int64_t until = std::numeric_limits<std::int64_t>::max());
  void flip(std::int32_t e);
  void undo();
  bool accept(double before);

  const EccProblem* problem_;
  core::Random random_;
  double epsilon_;
  double cost_ = 0;
  std::int64_t work_ = 0;
  std::vector<std::int32_t> slot_;  // of each vertex, now; -1 without edges
  std::vector<std::int32_t> slot_vertex_;
  std::vector<double> value_;              // of each slot
  std::vector<std::int32_t> wrong_;        // members of each edge that have another colour: how many,
  std::vector<std::int32_t> wrong_slots_;  // and their slots in the edge, XORed: one alone can be read off
  std::vector<std::int32_t> queue_;
  std::size_t head_ = 0;
  std::vector<std::uint8_t> queued_, held_;
  std::vector<Change> log_;
  std::int32_t next_ = 0, since_gain_ = 0;  // of the descent: the edge to try, how many since the last gain
};

}  // namespace wayseer::clustering
