// The criteria of `cubic_persistency` that join elements of one subproblem, and those that cut them.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_set>
#include <vector>

#include "wayseer/clustering/cubic_cuts.hpp"
#include "wayseer/clustering/cubic_persistency.hpp"
#include "wayseer/clustering/global_min_cut.hpp"
#include "wayseer/core/random.hpp"

namespace wayseer::clustering {

// Each pass goes through the pairs or triples in lexicographic order (SJ: the most negative pair first),
// joins at once where the test holds, and goes on with the contracted costs. Joining moves the elements'
// groups.
class CubicJoins {
 public:
  // eps: how far beyond equality a test must be; 0 for integer costs.
  CubicJoins(CubicPiece& piece, const PersistencyOptions& options, double eps,
             const core::Checkpoint& checkpoint);

  // Number of joins; criterion is one of SJ, EJ, TEJ, ES, TS, TJ.
  std::int64_t pass(Criterion criterion);
  [[nodiscard]] std::int64_t flows() const noexcept { return negative_.flows() + absolute_.flows(); }

 private:
  void join_subsets();
  template <class Test>
  void join_pairs(Test&& test);
  template <class Test>
  void join_triples(Test&& test);
  bool grow_subset(std::int32_t p, std::int32_t q, bool beyond);
  void add_to_subset(std::int32_t v);
  [[nodiscard]] bool subset_holds();
  std::int32_t next_of_subset(bool strict);
  std::int32_t most_attracted();
  [[nodiscard]] bool pair_join(std::int32_t i, std::int32_t j);
  [[nodiscard]] bool pair_subgraph(std::int32_t i, std::int32_t j) const;
  bool triple_pair_join(std::int32_t i, std::int32_t j, std::int32_t k);
  bool triple_subgraph(std::int32_t i, std::int32_t j, std::int32_t k);
  bool triple_join(std::int32_t i, std::int32_t j, std::int32_t k);
  void join(std::int32_t i, std::int32_t j);

  CubicPiece* piece_;
  CubicTensor* tensor_;
  bool relaxed_;
  double eps_;
  core::Checkpoint checkpoint_;
  CubicCuts negative_, absolute_;
  double positive_sum_ = 0;  // for TJ; of version positive_version_
  std::int64_t positive_version_ = -1;

  GlobalMinCut inner_cut_;
  std::vector<std::int32_t> subset_, candidates_;
  std::vector<std::uint64_t> keys_;  // a subset is known by the exclusive or of its elements' keys
  std::unordered_set<std::uint64_t> failed_subsets_;  // since the last join
  double boundary_ = 0, loss_ = 0;                    // negative costs around subset_, positive ones inside
  std::vector<double> inner_, inner_degree_, attraction_;
};

// Pairs (EC) and triples (TC) of slots that may be separated, once no join is tested any more.
struct CubicSeparations {
  std::vector<std::array<std::int32_t, 2>> pairs;
  std::vector<std::array<std::int32_t, 3>> triples;  // none with a pair of `pairs`
};

void cut_pairs(const CubicTensor& tensor, CubicCuts& cuts, double eps, const core::Checkpoint& checkpoint,
               CubicSeparations& found);
void cut_triples(const CubicTensor& tensor, CubicCuts& cuts, double eps, const core::Checkpoint& checkpoint,
                 CubicSeparations& found);

}  // namespace wayseer::clustering
