#include "wayseer/clustering/cubic_joins.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace wayseer::clustering {

namespace {

using Element = std::int32_t;

double negative(double c) noexcept { return std::max(0.0, -c); }
double positive(double c) noexcept { return std::max(0.0, c); }

}  // namespace

CubicJoins::CubicJoins(CubicPiece& piece, const PersistencyOptions& options, double eps,
                       const core::Checkpoint& checkpoint)
    : piece_(&piece),
      tensor_(&piece.tensor),
      relaxed_(options.relaxed),
      eps_(eps),
      checkpoint_(checkpoint),
      negative_(piece.tensor, Part::negative, options.gomory_hu, checkpoint),
      absolute_(piece.tensor, Part::absolute, options.gomory_hu, checkpoint) {
  const std::size_t n = at(tensor_->slots());
  attraction_.resize(n);
  inner_.resize(n * n);
  inner_degree_.resize(n);
  core::Random random(0);
  for (Element v = 0; v < tensor_->slots(); ++v) keys_.push_back(random());
}

std::int64_t CubicJoins::pass(Criterion criterion) {
  const auto before = tensor_->alive().size();
  switch (criterion) {
    case Criterion::subset_join:
      join_subsets();
      break;
    case Criterion::pair_join:
      join_pairs([&](Element i, Element j) { return pair_join(i, j); });
      break;
    case Criterion::pair_subgraph:
      join_pairs([&](Element i, Element j) { return pair_subgraph(i, j); });
      break;
    case Criterion::triple_pair_join:
      join_triples([&](Element i, Element j, Element k) { return triple_pair_join(i, j, k); });
      break;
    case Criterion::triple_subgraph:
      join_triples([&](Element i, Element j, Element k) { return triple_subgraph(i, j, k); });
      break;
    case Criterion::triple_join:
      join_triples([&](Element i, Element j, Element k) { return triple_join(i, j, k); });
      break;
    default:
      break;
  }
  return static_cast<std::int64_t>(before - tensor_->alive().size());
}

void CubicJoins::join(Element i, Element j) {
  if (j < i) std::swap(i, j);
  tensor_->join(i, j);
  auto& kept = piece_->groups[at(i)];
  auto& moved = piece_->groups[at(j)];
  kept.insert(kept.end(), moved.begin(), moved.end());
  std::sort(kept.begin(), kept.end());
  moved.clear();
}

// The first partner found is joined; the merged element then meets all others again.
template <class Test>
void CubicJoins::join_pairs(Test&& test) {
  for (Element i = 0; i < tensor_->slots(); ++i) {
    checkpoint_();
    if (!tensor_->is_alive(i)) continue;
    Element merged = i;
    for (bool first = true;; first = false) {
      const auto& alive = tensor_->alive();
      const auto partner = std::find_if(alive.begin(), alive.end(), [&](Element j) {
        if (j == merged || (first && j < merged)) return false;
        return test(std::min(j, merged), std::max(j, merged));
      });
      if (partner == alive.end()) break;
      const Element j = *partner;
      join(merged, j);
      merged = std::min(merged, j);
    }
  }
}

// test(i, j, k) joins, and says whether it has; the triples of i then come again.
template <class Test>
void CubicJoins::join_triples(Test&& test) {
  for (Element i = 0; i < tensor_->slots(); ++i) {
    for (bool again = tensor_->is_alive(i); again;) {
      again = false;
      const auto& alive = tensor_->alive();
      const auto first = std::upper_bound(alive.begin(), alive.end(), i) - alive.begin();
      for (auto a = static_cast<std::size_t>(first); a < alive.size() && !again; ++a) {
        checkpoint_();
        for (std::size_t b = a + 1; b < alive.size() && !again; ++b) again = test(i, alive[a], alive[b]);
      }
    }
  }
}

// 2 c_ij^- + sum_r c_ijr^- is twice the weight of the pair.
bool CubicJoins::pair_join(Element i, Element j) {
  const double gain = 2 * tensor_->weight(Part::negative, i, j);
  return absolute_.at_most(i, j, gain - eps_);
}

bool CubicJoins::pair_subgraph(Element i, Element j) const {
  const std::array both{i, j};
  const double gain = -tensor_->pair(i, j);
  return gain - eps_ >= tensor_->delta_cost(both, Part::negative);
}

bool CubicJoins::triple_pair_join(Element i, Element j, Element k) {
  const std::array all{i, j, k};
  const double c_ij = tensor_->pair(i, j), c_ik = tensor_->pair(i, k), c_jk = tensor_->pair(j, k);
  const double c_ijk = tensor_->triple(i, j, k);
  double around = tensor_->delta_cost(all, Part::negative);
  const double w_ij = tensor_->weight(Part::negative, i, j), w_ik = tensor_->weight(Part::negative, i, k),
               w_jk = tensor_->weight(Part::negative, j, k);
  if (relaxed_)
    around -=
        2 * (w_ij + w_ik + w_jk - negative(c_ij) - negative(c_ik) - negative(c_jk)) - 3 * negative(c_ijk);
  if (!(c_ijk + c_ij + c_ik + c_jk + eps_ <= std::min(0.0, -around))) return false;
  // a and c become one, by way of b.
  const auto holds = [&](Element a, Element b, Element c, double w_ab, double w_ac, double w_bc) {
    if (!(absolute_.at_most(a, b, c, 2 * (w_ab + w_ac) - eps_) &&
          absolute_.at_most(c, a, b, 2 * (w_bc + w_ac) - eps_)))
      return false;
    join(a, c);
    return true;
  };
  return holds(i, j, k, w_ij, w_ik, w_jk) || holds(i, k, j, w_ik, w_ij, w_jk) ||
         holds(j, i, k, w_ij, w_jk, w_ik);
}

bool CubicJoins::triple_subgraph(Element i, Element j, Element k) {
  const std::array all{i, j, k};
  const double c_ij = tensor_->pair(i, j), c_ik = tensor_->pair(i, k), c_jk = tensor_->pair(j, k);
  const double c_ijk = tensor_->triple(i, j, k);
  const double whole = c_ijk + c_ij + c_ik + c_jk;
  const double limit = -tensor_->delta_cost(all, Part::negative) - eps_;
  if (whole > limit) return false;
  // Joined are u and w; the other two pairs of the triple in turn leave the third one out.
  const auto holds = [&](Element u, Element w, double c_uv, double c_uw, double c_vw) {
    if (std::max(c_ijk + c_uv + c_uw, c_ijk + c_vw + c_uw) > limit) return false;
    join(u, w);
    return true;
  };
  return holds(i, j, c_ik, c_ij, c_jk) || holds(i, k, c_ij, c_ik, c_jk) || holds(j, k, c_ij, c_jk, c_ik);
}

bool CubicJoins::triple_join(Element i, Element j, Element k) {
  if (positive_version_ != tensor_->version()) {
    positive_sum_ = tensor_->positive_sum();
    positive_version_ = tensor_->version();
  }
  const double c_ij = tensor_->pair(i, j), c_ik = tensor_->pair(i, k), c_jk = tensor_->pair(j, k);
  const double common =
      2 * negative(tensor_->triple(i, j, k)) + std::min({0.0, c_ij, c_ik, c_jk}) - positive_sum_ - eps_;
  const double n_ij = negative(c_ij), n_ik = negative(c_ik), n_jk = negative(c_jk);
  if (common + 2 * (n_ij + n_ik + n_jk) < 0) return false;
  const auto holds = [&](Element a, Element b, Element c, double n_ab, double n_ac, double n_bc) {
    return negative_.at_most(a, b, c, common + 2 * n_ab + 2 * n_ac + n_bc);
  };
  if (!(holds(i, j, k, n_ij, n_ik, n_jk) || holds(j, i, k, n_ij, n_jk, n_ik) ||
        holds(k, i, j, n_ik, n_jk, n_ij)))
    return false;
  join(i, j);
  join(i, k);
  return true;
}

void CubicJoins::join_subsets() {
  std::vector<std::tuple<double, Element, Element>> seeds;
  for (const Element p : tensor_->alive())
    for (const Element q : tensor_->alive())
      if (p < q && tensor_->pair(p, q) <= 0) seeds.emplace_back(tensor_->pair(p, q), p, q);
  std::sort(seeds.begin(), seeds.end());
  failed_subsets_.clear();
  constexpr std::int8_t grown_beyond_often =
      3;  // times that an element's seeds may grow by all kinds of costs
  std::vector<std::int8_t> beyond(at(tensor_->slots()), 0);
  for (const auto& [cost, p, q] : seeds) {
    checkpoint_();
    if (!tensor_->is_alive(p) || !tensor_->is_alive(q) || tensor_->pair(p, q) > 0) continue;
    const bool again = beyond[at(p)] < grown_beyond_often || beyond[at(q)] < grown_beyond_often;
    if (again) {
      ++beyond[at(p)];
      ++beyond[at(q)];
    }
    if (!grow_subset(p, q, again)) continue;
    failed_subsets_.clear();
    std::sort(subset_.begin(), subset_.end());
    for (std::size_t u = 1; u < subset_.size(); ++u) join(subset_[0], subset_[u]);
  }
}

// Grows a subset from p and q, at first by elements all of whose costs with it are <= 0, the most attracted
// one each time; once there are none, and if allowed to, by the most attracted ones whatever single costs
// they have. True if what holds subset_ together outweighs all that taking it out of its surroundings could
// lose.
bool CubicJoins::grow_subset(Element p, Element q, bool beyond) {
  const CubicTensor& t = *tensor_;
  candidates_ = t.alive();
  std::erase(candidates_, p);
  std::erase(candidates_, q);
  std::erase_if(candidates_, [&](Element x) { return t.pair(x, p) > 0; });
  for (const Element x : candidates_) attraction_[at(x)] = t.pair(x, p);
  subset_.assign(1, p);
  std::fill(inner_degree_.begin(), inner_degree_.end(), 0.0);
  boundary_ = t.degree(Part::negative, p);
  loss_ = 0;
  bool strict = true;
  std::uint64_t name = keys_[at(p)];
  for (Element v = q; v >= 0;) {
    // How a subset grows depends on what is in it alone, so seeds often go on where an earlier one failed.
    name ^= keys_[at(v)];
    if (!failed_subsets_.insert(name).second && !(strict && beyond)) return false;
    add_to_subset(v);
    if (subset_holds()) return true;
    v = next_of_subset(strict);
    if (v < 0 && strict && beyond) {
      strict = false;
      candidates_ = t.alive();
      std::erase_if(candidates_, [&](Element x) { return std::ranges::find(subset_, x) != subset_.end(); });
      for (const Element x : candidates_) {
        double& sum = attraction_[at(x)] = 0;
        for (std::size_t b = 1; b < subset_.size(); ++b)
          for (std::size_t c = 0; c < b; ++c) sum += t.triple(x, subset_[b], subset_[c]);
        for (const Element u : subset_) sum += t.pair(x, u);
      }
      v = most_attracted();
    }
  }
  return false;
}

// inner_ and inner_degree_ are indexed by the place in subset_.
void CubicJoins::add_to_subset(Element v) {
  const CubicTensor& t = *tensor_;
  const std::size_t n = at(t.slots()), size = subset_.size();
  double all = 0;
  boundary_ += t.degree(Part::negative, v);
  for (std::size_t a = 0; a < size; ++a) {
    boundary_ -= 2 * t.weight(Part::negative, v, subset_[a]);
    const double pair = t.pair(v, subset_[a]);
    double pull = negative(pair);
    loss_ += positive(pair);
    for (std::size_t b = 0; b < size; ++b) {
      if (b == a) continue;
      const double triple = t.triple(v, subset_[a], subset_[b]);
      const double half = 0.5 * negative(triple);
      pull += half;
      if (b < a) continue;
      loss_ += positive(triple);
      inner_[a * n + b] += half;
      inner_degree_[a] += half;
      inner_degree_[b] += half;
    }
    inner_[a * n + size] = pull;
    inner_degree_[a] += pull;
    all += pull;
  }
  inner_degree_[size] = all;
  subset_.push_back(v);
}

// The smallest cut of the negative costs inside, against the positive ones inside and the negative ones of
// the boundary. Making the subset a cluster of its own then costs no more than any partition that divides it.
bool CubicJoins::subset_holds() {
  const std::size_t n = at(tensor_->slots());
  const double needed = boundary_ + loss_ + eps_;
  const auto end = inner_degree_.begin() + static_cast<std::ptrdiff_t>(subset_.size());
  if (*std::min_element(inner_degree_.begin(), end) < needed) return false;
  return inner_cut_(
             static_cast<std::int32_t>(subset_.size()),
             [&](Element a, Element b) { return inner_[at(a) * n + at(b)]; }, needed) >= needed;
}

// Tells the candidates that the last element has come in, and takes the most attracted one out; -1 if none
// is.
std::int32_t CubicJoins::next_of_subset(bool strict) {
  const CubicTensor& t = *tensor_;
  const Element v = subset_.back();
  std::size_t kept = 0;
  for (const Element x : candidates_) {
    double sum = t.pair(x, v);
    bool fits = !strict || sum <= 0;
    for (std::size_t a = 0; fits && a + 1 < subset_.size(); ++a) {
      const double cost = t.triple(x, subset_[a], v);
      fits = !strict || cost <= 0;
      sum += cost;
    }
    if (!fits) continue;
    candidates_[kept++] = x;
    attraction_[at(x)] += sum;
  }
  candidates_.resize(kept);
  return most_attracted();
}

std::int32_t CubicJoins::most_attracted() {
  const auto best = std::ranges::min_element(
      candidates_, [&](Element x, Element y) { return attraction_[at(x)] < attraction_[at(y)]; });
  if (best == candidates_.end() || attraction_[at(*best)] > 0) return -1;
  const Element v = *best;
  candidates_.erase(best);
  return v;
}

void cut_pairs(const CubicTensor& tensor, CubicCuts& cuts, double eps, const core::Checkpoint& checkpoint,
               CubicSeparations& found) {
  cuts.build_tree();
  for (const Element i : tensor.alive()) {
    checkpoint();
    for (const Element j : tensor.alive()) {
      if (j <= i) continue;
      const double loss = positive(tensor.pair(i, j));
      if (loss > 0 && cuts.at_most(i, j, loss - eps)) found.pairs.push_back({i, j});
    }
  }
}

void cut_triples(const CubicTensor& tensor, CubicCuts& cuts, double eps, const core::Checkpoint& checkpoint,
                 CubicSeparations& found) {
  const auto& alive = tensor.alive();
  const std::size_t n = at(tensor.slots());
  std::vector<std::int8_t> apart(n * n, 0);
  for (const auto& [i, j] : found.pairs) apart[at(i) * n + at(j)] = apart[at(j) * n + at(i)] = 1;
  if (alive.size() < 3) return;
  cuts.build_tree();
  for (std::size_t a = 0; a < alive.size(); ++a)
    for (std::size_t b = a + 1; b < alive.size(); ++b) {
      checkpoint();
      const Element i = alive[a], j = alive[b];
      if (apart[at(i) * n + at(j)] != 0) continue;
      const double p_ij = positive(tensor.pair(i, j));
      for (std::size_t c = b + 1; c < alive.size(); ++c) {
        const Element k = alive[c];
        if (apart[at(i) * n + at(k)] != 0 || apart[at(j) * n + at(k)] != 0) continue;
        const double p_ijk = positive(tensor.triple(i, j, k)), p_ik = positive(tensor.pair(i, k)),
                     p_jk = positive(tensor.pair(j, k));
        const auto holds = [&](Element x, Element y, Element z, double loss) {
          return loss > 0 && cuts.at_most(x, y, z, loss - eps);
        };
        if (holds(i, j, k, p_ijk + p_ij + p_ik) || holds(j, i, k, p_ijk + p_ij + p_jk) ||
            holds(k, i, j, p_ijk + p_ik + p_jk))
          found.triples.push_back({i, j, k});
      }
    }
}

}  // namespace wayseer::clustering
