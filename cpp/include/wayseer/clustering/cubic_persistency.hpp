// Partial optimality of cubic correlation clustering: pairs and triples of which some optimal partition is
// known to join or to separate them. All joins and cuts found hold in one and the same optimal partition.
//
// The criteria are tested on subproblems that contract with every join, in the order S, SJ, EJ, TEJ, ES, TS,
// TJ until none joins any more, then EC and TC once. B. H. Lange, B. Andres, P. Swoboda, "Combinatorial
// persistency criteria for multicut and max-cut", 2019; D. Stein, S. Di Gregorio, B. Andres, "Partial
// optimality in cubic correlation clustering", 2023.
//
// SJ is stronger than published. A subset U is together if the smallest cut of the negative costs inside it
// is at least the sum of the positive costs inside plus that of the negative ones on its boundary (there: no
// cost inside is positive). For let P divide U, and take U out of the clusters of P as one of its own: at
// most the boundary's negative costs are lost; inside, at least the cut is gained and at most the positive
// costs are paid.
//
// Every minimum cut is that of a graph of n nodes (see CubicTensor); CubicCuts answers the questions.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "wayseer/clustering/cubic_problem.hpp"
#include "wayseer/core/run.hpp"

namespace wayseer::clustering {

// In the order in which they are tested.
enum class Criterion : std::uint8_t {
  subset_separation,  // S: parts that no negative cost connects stay apart
  subset_join,        // SJ
  pair_join,          // EJ
  triple_pair_join,   // TEJ: a pair by way of a triple
  pair_subgraph,      // ES
  triple_subgraph,    // TS
  triple_join,        // TJ
  pair_cut,           // EC
  triple_cut,         // TC
};
constexpr std::array<std::string_view, 9> criterion_names{"S",  "SJ", "EJ", "TEJ", "ES",
                                                          "TS", "TJ", "EC", "TC"};

struct PersistencyOptions {
  std::array<bool, criterion_names.size()> criteria{};  // those to test
  bool gomory_hu = true;  // false: a flow for every pair and triple, to compare with
  // TEJ without the triples that have two elements inside. No counterexample is known, nor a proof.
  bool relaxed = false;
};

// What is left to decide of one part: its joined groups and the costs between them.
struct CubicPiece {
  CubicTensor tensor;                             // all slots alive
  std::vector<std::vector<std::int32_t>> groups;  // the original elements of each slot, ascending
};

struct Persistency {
  std::vector<std::int32_t> joined;      // same label = together; in order of first appearance
  std::vector<std::int32_t> subproblem;  // different label = apart; in order of first appearance
  std::vector<std::array<std::int32_t, 2>> cut_pairs;    // i < j, ascending; of EC
  std::vector<std::array<std::int32_t, 3>> cut_triples;  // i < j < k, ascending; of TC, no pair of them cut
  std::int64_t remaining = 0;                            // pairs that are neither joined nor separated
  std::array<std::int64_t, criterion_names.size()> count{};  // separations, joins or cuts of groups
  std::array<double, criterion_names.size()> seconds{};
  std::int64_t flows = 0;
  std::vector<CubicPiece> pieces;
};

// A run that is stopped returns what is proven until then. Throws std::length_error where a subproblem has
// more than CubicTensor::largest elements.
[[nodiscard]] Persistency cubic_persistency(const CubicView& problem, const PersistencyOptions& options,
                                            core::Run& run);

}  // namespace wayseer::clustering
