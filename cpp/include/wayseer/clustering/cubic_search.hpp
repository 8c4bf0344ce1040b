// The two solvers of one piece: exact, and local search (see cubic_solve.hpp).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/clustering/cubic_problem.hpp"
#include "wayseer/core/random.hpp"
#include "wayseer/core/run.hpp"

namespace wayseer::clustering {

// The best partition of at most 20 elements, all slots alive; O(3^n) time, 2^n (n + 2) numbers. Throws
// core::Stopped.
[[nodiscard]] std::vector<std::int32_t> cubic_exact(const CubicTensor& tensor,
                                                    const core::Checkpoint& checkpoint);

class CubicSearch {
 public:
  // All slots of the tensor must be alive; it must outlive this.
  CubicSearch(const CubicTensor& tensor, std::uint64_t seed, std::uint64_t stream);

  // Local optima from all apart and from all together; the better one is the first best. One that is stopped
  // leaves the best so far.
  void start(core::Run& run);
  // One random change of the best, and what local search makes of it. True if it is a new best.
  bool step(core::Run& run);

  [[nodiscard]] double best() const noexcept { return best_; }  // without the tensor's constant
  [[nodiscard]] const std::vector<std::int32_t>& best_labels() const noexcept { return best_labels_; }

 private:
  using Element = std::int32_t;
  struct Move {
    Element v, to;
    double delta;
  };

  [[nodiscard]] double& pays(Element v, Element c) noexcept { return pays_[at(v) * n_ + at(c)]; }
  [[nodiscard]] double delta(Element v, Element c) noexcept { return pays(v, c) - pays(v, labels_[at(v)]); }
  void load(std::span<const Element> labels);
  void move(Element v, Element to);
  [[nodiscard]] Element empty_cluster() const noexcept;
  [[nodiscard]] Move best_move(Element v) noexcept;
  void improve(core::Run& run);
  bool move_elements(core::Run& run);
  bool join_clusters(core::Run& run);
  bool chain(core::Run& run);
  void change();
  bool keep_if_better();

  const CubicTensor* tensor_;
  std::size_t n_;
  double tolerance_;  // a gain must be larger, or rounding goes round in circles
  core::Random random_;
  std::vector<Element> labels_;
  std::vector<std::vector<Element>> members_;
  std::vector<double> pays_;  // what v would pay in cluster c
  double value_ = 0;
  std::vector<Element> best_labels_;
  std::vector<double> best_pays_;
  double best_ = 0;
  std::vector<Element> order_;
  std::vector<Move> done_;
  std::vector<std::int8_t> moved_;
};

}  // namespace wayseer::clustering
