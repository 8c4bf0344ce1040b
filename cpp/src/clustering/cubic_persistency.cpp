#include "wayseer/clustering/cubic_persistency.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <utility>

#include "wayseer/clustering/cubic_cuts.hpp"
#include "wayseer/clustering/cubic_joins.hpp"
#include "wayseer/clustering/objective.hpp"
#include "wayseer/core/union_find.hpp"

namespace wayseer::clustering {

namespace {

using Element = std::int32_t;

std::size_t which(Criterion criterion) noexcept { return static_cast<std::size_t>(criterion); }

// 0 where all sums of costs and halves of costs are exact.
double tolerance(const CubicView& problem) {
  double largest = 0, total = 0;
  bool integer = true;
  const auto look = [&](double cost) {
    largest = std::max(largest, std::abs(cost));
    total += std::abs(cost);
    integer = integer && cost == std::floor(cost);
  };
  for (const double cost : problem.pairs) look(cost);
  for (const double cost : problem.triples) look(cost);
  return integer && total < 0x1p50 ? 0.0 : 1e-9 * largest;
}

// The parts of the whole problem, before any of it is stored densely.
std::vector<Element> initial_parts(const CubicView& problem, bool separate) {
  std::vector<Element> part(at(problem.n), 0);
  if (!separate) return part;
  core::UnionFind sets(problem.n);
  problem.for_each_pair([&](Element i, Element j, double cost) {
    if (cost < 0) sets.unite(i, j);
  });
  problem.for_each_triple([&](Element i, Element j, Element k, double cost) {
    if (cost >= 0 || sets.sets() == 1) return;
    sets.unite(i, j);
    sets.unite(i, k);
  });
  for (Element i = 0; i < problem.n; ++i) part[at(i)] = sets.find(i);
  renumber(part);
  return part;
}

std::vector<CubicPiece> initial_pieces(const CubicView& problem, std::span<const Element> part) {
  const Element parts = problem.n == 0 ? 0 : 1 + *std::max_element(part.begin(), part.end());
  std::vector<std::vector<std::vector<Element>>> groups(at(parts));
  std::vector<Element> place(at(problem.n));
  for (Element i = 0; i < problem.n; ++i) {
    auto& members = groups[at(part[at(i)])];
    place[at(i)] = static_cast<Element>(members.size());
    members.push_back({i});
  }
  std::vector<CubicPiece> pieces;
  pieces.reserve(at(parts));
  if (parts == 1 && !problem.sparse) {
    pieces.push_back({CubicTensor(problem), std::move(groups[0])});
    return pieces;
  }
  for (auto& members : groups) {
    const auto size = static_cast<Element>(members.size());
    pieces.push_back({CubicTensor(size), std::move(members)});
  }
  problem.for_each_pair([&](Element i, Element j, double cost) {
    if (part[at(i)] == part[at(j)]) pieces[at(part[at(i)])].tensor.set_pair(place[at(i)], place[at(j)], cost);
  });
  problem.for_each_triple([&](Element i, Element j, Element k, double cost) {
    if (part[at(i)] == part[at(j)] && part[at(i)] == part[at(k)])
      pieces[at(part[at(i)])].tensor.set_triple(place[at(i)], place[at(j)], place[at(k)], cost);
  });
  for (auto& piece : pieces) piece.tensor.weigh();
  return pieces;
}

CubicPiece extract(CubicPiece& from, std::span<const Element> slots) {
  CubicPiece piece{CubicTensor(from.tensor, slots), {}};
  for (const Element s : slots) piece.groups.push_back(std::move(from.groups[at(s)]));
  return piece;
}

class Search {
  template <class Work>
  auto timed(Criterion criterion, Work&& work) {
    struct Clock {
      double& seconds;
      std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
      ~Clock() { seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }
    } const clock{result_.seconds[which(criterion)]};
    return work();
  }

 public:
  Search(const CubicView& problem, const PersistencyOptions& options, core::Run& run)
      : problem_(problem),
        options_(options),
        run_(run),
        checkpoint_(run.checkpoint()),
        eps_(tolerance(problem)) {}

  Persistency operator()() {
    const auto parts = timed(Criterion::subset_separation,
                             [&] { return initial_parts(problem_, listed(Criterion::subset_separation)); });
    open_ = initial_pieces(problem_, parts);
    if (!open_.empty())
      result_.count[which(Criterion::subset_separation)] += static_cast<std::int64_t>(open_.size()) - 1;
    std::reverse(open_.begin(), open_.end());
    try {
      while (!open_.empty()) {
        contract();
        separate();
        result_.pieces.push_back(std::move(open_.back()));
        open_.pop_back();
      }
    } catch (const core::Stopped&) {
      for (auto& piece : open_) {
        const auto alive = piece.tensor.alive();
        if (static_cast<Element>(alive.size()) < piece.tensor.slots()) piece = extract(piece, alive);
        result_.pieces.push_back(std::move(piece));
      }
    }
    return finish();
  }

 private:
  [[nodiscard]] bool listed(Criterion criterion) const { return options_.criteria[which(criterion)]; }

  // Joins in the last open piece until no criterion finds any; what falls apart goes on as pieces of its own.
  void contract() {
    for (bool joined = true; joined;) {
      joined = false;
      {
        CubicPiece& piece = open_.back();
        CubicJoins joins(piece, options_, eps_, checkpoint_);
        for (const auto criterion :
             {Criterion::subset_join, Criterion::pair_join, Criterion::triple_pair_join,
              Criterion::pair_subgraph, Criterion::triple_subgraph, Criterion::triple_join}) {
          if (!listed(criterion) || piece.tensor.alive().size() < 2) continue;
          const auto found = timed(criterion, [&] { return joins.pass(criterion); });
          result_.count[which(criterion)] += found;
          joined = joined || found > 0;
        }
        result_.flows += joins.flows();
      }
      if (joined) compact();
    }
  }

  void compact() {
    {
      CubicPiece& piece = open_.back();
      const auto alive = piece.tensor.alive();
      piece = extract(piece, alive);  // with weights summed up afresh
    }
    if (!listed(Criterion::subset_separation)) return;
    const auto parts = timed(Criterion::subset_separation, [&] { return open_.back().tensor.components(); });
    if (parts.size() < 2) return;
    result_.count[which(Criterion::subset_separation)] += static_cast<std::int64_t>(parts.size()) - 1;
    CubicPiece whole = std::move(open_.back());
    open_.pop_back();
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) open_.push_back(extract(whole, *part));
  }

  void separate() {
    const CubicPiece& piece = open_.back();
    if (piece.tensor.slots() < 2) return;
    CubicCuts cuts(piece.tensor, Part::negative, options_.gomory_hu, checkpoint_);
    CubicSeparations found;
    if (listed(Criterion::pair_cut))
      timed(Criterion::pair_cut, [&] { cut_pairs(piece.tensor, cuts, eps_, checkpoint_, found); });
    if (listed(Criterion::triple_cut))
      timed(Criterion::triple_cut, [&] { cut_triples(piece.tensor, cuts, eps_, checkpoint_, found); });
    result_.flows += cuts.flows();
    result_.count[which(Criterion::pair_cut)] += static_cast<std::int64_t>(found.pairs.size());
    result_.count[which(Criterion::triple_cut)] += static_cast<std::int64_t>(found.triples.size());
    for (const auto& [a, b] : found.pairs)
      for (const Element i : piece.groups[at(a)])
        for (const Element j : piece.groups[at(b)])
          result_.cut_pairs.push_back({std::min(i, j), std::max(i, j)});
    for (const auto& [a, b, c] : found.triples)
      for (const Element i : piece.groups[at(a)])
        for (const Element j : piece.groups[at(b)])
          for (const Element k : piece.groups[at(c)]) {
            std::array triple{i, j, k};
            std::sort(triple.begin(), triple.end());
            result_.cut_triples.push_back(triple);
          }
  }

  Persistency finish() {
    result_.joined.resize(at(problem_.n));
    result_.subproblem.resize(at(problem_.n));
    Element group_label = 0, piece_label = 0;
    result_.remaining = -static_cast<std::int64_t>(result_.cut_pairs.size());
    for (const auto& piece : result_.pieces) {
      std::int64_t seen = 0;
      for (const auto& group : piece.groups) {
        const auto size = static_cast<std::int64_t>(group.size());
        result_.remaining += seen * size;
        seen += size;
        for (const Element i : group) {
          result_.joined[at(i)] = group_label;
          result_.subproblem[at(i)] = piece_label;
        }
        ++group_label;
      }
      ++piece_label;
    }
    renumber(result_.joined);
    renumber(result_.subproblem);
    std::sort(result_.cut_pairs.begin(), result_.cut_pairs.end());
    std::sort(result_.cut_triples.begin(), result_.cut_triples.end());
    return std::move(result_);
  }

  const CubicView& problem_;
  const PersistencyOptions& options_;
  core::Run& run_;
  core::Checkpoint checkpoint_;
  double eps_;
  std::vector<CubicPiece> open_;  // the last is worked on
  Persistency result_;
};

}  // namespace

Persistency cubic_persistency(const CubicView& problem, const PersistencyOptions& options, core::Run& run) {
  return Search(problem, options, run)();
}

}  // namespace wayseer::clustering
