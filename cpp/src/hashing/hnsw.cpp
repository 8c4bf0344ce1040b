#include "wayseer/hashing/hnsw.hpp"

#include <cmath>
#include <numeric>

#include "wayseer/core/random.hpp"

namespace wayseer::hashing {

namespace {

// Walks from a position of an upper layer to the one nearest to the query, link by link.
template <class Layer>
void descend(const Probe& probe, const Layer& layer, std::int32_t& position, float& best) {
  std::int32_t rows[Hnsw::m], positions[Hnsw::m];
  float distances[Hnsw::m];
  for (bool moved = true; moved;) {
    moved = false;
    const std::int32_t* links = &layer.links[static_cast<std::size_t>(position) * Hnsw::m];
    std::size_t count = 0;
    for (; count < Hnsw::m && links[count] >= 0; ++count) {
      positions[count] = links[count];
      rows[count] = layer.rows[static_cast<std::size_t>(links[count])];
    }
    probe({rows, count}, distances);
    for (std::size_t i = 0; i < count; ++i) {
      if (!(distances[i] < best)) continue;
      best = distances[i];
      position = positions[i];
      moved = true;
    }
  }
}

}  // namespace

// Positions of layer 0 are local row numbers.
class HnswBuilder {
 public:
  HnswBuilder(Hnsw& graph, const Vectors& vectors, int ef_construction, SearchScratch& scratch)
      : graph_(graph), vectors_(vectors), ef_(static_cast<std::size_t>(ef_construction)), scratch_(scratch) {}

  // Into all layers, or all but the base.
  void insert_all(std::uint64_t seed, const core::Checkpoint& checkpoint, bool base = true) {
    base_ = base;
    const std::int32_t size = graph_.range_.size();
    core::Random random(seed);
    std::vector<std::int32_t> order(static_cast<std::size_t>(size));
    std::iota(order.begin(), order.end(), 0);
    core::shuffle(std::span(order), random);
    const double scale = 1 / std::log(static_cast<double>(Hnsw::m));
    for (std::int32_t i = 0; i < size; ++i) {
      if (i % Hnsw::checkpoint_interval == 0) checkpoint();
      const auto level = static_cast<std::size_t>(-std::log(1 - random.uniform()) * scale);
      if (level == 0 && !base) continue;
      if (empty_)
        raise(order[static_cast<std::size_t>(i)], level);
      else
        insert(order[static_cast<std::size_t>(i)], level);
    }
  }

  // Of a row in one of the parts: to the best of its links there and of what is near in the others.
  void choose_links(std::int32_t own, std::span<const Hnsw* const> parts) {
    const float* query = vectors_.row(own);
    candidates_.clear();
    found_.clear();
    for (const Hnsw* part : parts) {
      if (part->range().contains(own)) {
        part->for_links(own, [&](std::int32_t to) { found_.push_back(to); });
      } else {
        part->search(Probe(scratch_.codes), part->range(), ef_, ef_, scratch_);
        for (std::size_t i = 0; i < scratch_.beam.size(); ++i) found_.push_back(scratch_.beam[i].id);
      }
    }
    near_.resize(found_.size());
    Probe(vectors_, query)(found_, near_.data());
    for (std::size_t i = 0; i < found_.size(); ++i)
      candidates_.push_back({near_[i], found_[i] - graph_.range_.begin});
    std::sort(candidates_.begin(), candidates_.end());
    choose(0, Hnsw::m);
    write_links(0, own - graph_.range_.begin);
  }
  void link_all_back(const core::Checkpoint& checkpoint) {
    const std::int32_t size = graph_.range_.size();
    std::vector<std::int32_t> links;
    std::vector<std::size_t> ends;
    for (std::int32_t row = graph_.range_.begin; row < graph_.range_.end; ++row) {
      checkpoint(row);
      graph_.for_links(row, [&](std::int32_t to) { links.push_back(to - graph_.range_.begin); });
      ends.push_back(links.size());
    }
    std::size_t i = 0;
    for (std::int32_t own = 0; own < size; ++own) {
      if (own % Hnsw::checkpoint_interval == 0) checkpoint();
      for (; i < ends[static_cast<std::size_t>(own)]; ++i) link_back(0, links[i], own);
    }
  }

 private:
  [[nodiscard]] std::int32_t row(std::size_t layer, std::int32_t position) const {
    return layer == 0 ? position + graph_.range_.begin
                      : graph_.layers_[layer - 1].rows[static_cast<std::size_t>(position)];
  }
  static constexpr std::size_t degree(std::size_t layer) { return layer == 0 ? Hnsw::base_degree : Hnsw::m; }

  template <class F>
  void with_links(std::size_t layer, std::int32_t position, F&& f) {
    const std::size_t first = static_cast<std::size_t>(position) * degree(layer);
    if (layer != 0)
      f(&graph_.layers_[layer - 1].links[first]);
    else if (graph_.narrow())
      f(reinterpret_cast<std::uint16_t*>(graph_.links_.data()) + first);
    else
      f(reinterpret_cast<std::int32_t*>(graph_.links_.data()) + first);
  }
  template <class Id>
  [[nodiscard]] static std::size_t count_links(const Id* links, std::size_t degree) {
    std::size_t count = 0;
    while (count < degree && links[count] != static_cast<Id>(-1)) ++count;
    return count;
  }

  // A position for the row in layers 1..level; returns that in the lowest of them, from which the others
  // follow: a new row is the last of its layers.
  void raise(std::int32_t local, std::size_t level) {
    for (std::size_t layer = 1; layer <= level; ++layer) {
      if (graph_.layers_.size() < layer) graph_.layers_.emplace_back();
      auto& [rows, below, links] = graph_.layers_[layer - 1];
      below.push_back(layer == 1 ? local
                                 : static_cast<std::int32_t>(graph_.layers_[layer - 2].rows.size() - 1));
      rows.push_back(local + graph_.range_.begin);
      links.resize(links.size() + Hnsw::m, -1);
    }
    if (level > top_ || empty_) {
      top_ = level;
      empty_ = false;
      graph_.entry_ =
          level == 0 ? local : static_cast<std::int32_t>(graph_.layers_[level - 1].rows.size() - 1);
    }
  }

  void insert(std::int32_t local, std::size_t level) {
    const float* query = vectors_.row(local + graph_.range_.begin);
    const std::size_t top = top_;
    std::int32_t position = graph_.entry_;
    float best = distance(vectors_.metric, query, vectors_.row(row(top, position)), vectors_.dim);
    std::size_t layer = top;
    for (; layer > level; --layer) {
      descend(Probe(vectors_, query), graph_.layers_[layer - 1], position, best);
      position = graph_.layers_[layer - 1].below[static_cast<std::size_t>(position)];
    }
    raise(local, level);
    for (;; --layer) {
      search_layer(layer, query, position, best);
      position = scratch_.beam[0].id;
      best = scratch_.beam[0].distance;
      const std::int32_t own =
          layer == 0 ? local : static_cast<std::int32_t>(graph_.layers_[layer - 1].rows.size() - 1);
      link(layer, own);
      if (layer == 0 || (layer == 1 && !base_)) return;
      position = graph_.layers_[layer - 1].below[static_cast<std::size_t>(position)];
    }
  }

  void search_layer(std::size_t layer, const float* query, std::int32_t position, float best) {
    auto& beam = scratch_.beam;
    scratch_.forget();
    beam.start({0, std::numeric_limits<std::int32_t>::max()}, ef_, ef_, most_equal);
    beam.offer(best, position);
    (void)scratch_.meet(position);
    std::int32_t rows[Hnsw::base_degree];
    for (std::int32_t at; (at = beam.next()) >= 0;) {
      std::size_t count = 0;
      with_links(layer, at, [&](auto* links) {
        const std::size_t linked = count_links(links, degree(layer));
        for (std::size_t i = 0; i < linked; ++i) {
          const auto to = static_cast<std::int32_t>(links[i]);
          if (!scratch_.meet(to)) continue;
          scratch_.ids[count] = to;
          rows[count++] = row(layer, to);
        }
      });
      if (layer == 0 && beam.peek() >= 0) graph_.prefetch(beam.peek() + graph_.range_.begin);
      gather_distances(vectors_.metric, query, vectors_.rows, vectors_.dim, {rows, count},
                       scratch_.distances);
      for (std::size_t i = 0; i < count; ++i) beam.offer(scratch_.distances[i], scratch_.ids[i]);
    }
  }

  // The paper's heuristic: in ascending order, what is nearer to the row than to all those chosen before. Of
  // the row's own copies one is enough.
  void choose(std::size_t layer, std::size_t limit) {
    chosen_.clear();
    for (const Neighbor& candidate : candidates_) {
      if (chosen_.size() == limit) return;
      const float* vector = vectors_.row(row(layer, candidate.id));
      const bool dominated = std::ranges::any_of(chosen_, [&](const Neighbor& other) {
        const float* chosen = vectors_.row(row(layer, other.id));
        const float between = distance(vectors_.metric, vector, chosen, vectors_.dim);
        return between < candidate.distance ||
               (between == candidate.distance && std::equal(vector, vector + vectors_.dim, chosen));
      });
      if (!dominated) chosen_.push_back(candidate);
    }
  }

  void write_links(std::size_t layer, std::int32_t own) {
    with_links(layer, own, [&](auto* links) {
      using Id = std::remove_reference_t<decltype(*links)>;
      std::ranges::transform(chosen_, links, [](const Neighbor& to) { return static_cast<Id>(to.id); });
    });
  }
  void link(std::size_t layer, std::int32_t own) {
    candidates_.clear();
    for (std::size_t i = 0; i < scratch_.beam.size(); ++i) candidates_.push_back(scratch_.beam[i]);
    choose(layer, Hnsw::m);
    write_links(layer, own);
    linked_.assign(chosen_.begin(), chosen_.end());
    for (const Neighbor& other : linked_) link_back(layer, other.id, own);
  }
  void link_back(std::size_t layer, std::int32_t from, std::int32_t to) {
    with_links(layer, from, [&](auto* links) {
      using Id = std::remove_reference_t<decltype(*links)>;
      const std::size_t count = count_links(links, degree(layer));
      if (std::find(links, links + count, static_cast<Id>(to)) != links + count) return;
      if (count < degree(layer)) {
        links[count] = static_cast<Id>(to);
        return;
      }
      std::int32_t rows[Hnsw::base_degree + 1];
      float distances[Hnsw::base_degree + 1];
      for (std::size_t i = 0; i < count; ++i) rows[i] = row(layer, static_cast<std::int32_t>(links[i]));
      rows[count] = row(layer, to);
      gather_distances(vectors_.metric, vectors_.row(row(layer, from)), vectors_.rows, vectors_.dim,
                       {rows, count + 1}, distances);
      candidates_.clear();
      for (std::size_t i = 0; i < count; ++i)
        candidates_.push_back({distances[i], static_cast<std::int32_t>(links[i])});
      candidates_.push_back({distances[count], to});
      std::sort(candidates_.begin(), candidates_.end());
      choose(layer, degree(layer));
      for (std::size_t i = 0; i < degree(layer); ++i)
        links[i] = i < chosen_.size() ? static_cast<Id>(chosen_[i].id) : static_cast<Id>(-1);
    });
  }

  // Copies of one row that the beam holds, or they would keep a new row from all others.
  static constexpr std::size_t most_equal = 32;

  Hnsw& graph_;
  const Vectors& vectors_;
  std::size_t ef_;
  SearchScratch& scratch_;
  std::size_t top_ = 0;
  bool empty_ = true, base_ = true;
  std::vector<Neighbor> candidates_, chosen_, linked_;
  std::vector<std::int32_t> found_;
  std::vector<float> near_;
};

Hnsw::Hnsw(const Vectors& vectors, RowRange range, int ef_construction, std::uint64_t seed,
           SearchScratch& scratch, const core::Checkpoint& checkpoint)
    : range_(range) {
  allocate();
  HnswBuilder(*this, vectors, ef_construction, scratch).insert_all(seed, checkpoint);
}

void Hnsw::allocate() {
  links_ = core::Block<>(static_cast<std::size_t>(range_.size()) * base_degree * (narrow() ? 2 : 4));
  if (links_.size() != 0) std::memset(links_.data(), 0xff, links_.size());
}

HnswMerge::HnswMerge(const Vectors& vectors, const ByteCodes& codes, std::span<const Hnsw* const> parts,
                     int beam)
    : vectors_(vectors), codes_(codes), parts_(parts.begin(), parts.end()), beam_(beam) {
  graph_.range_ = {parts.front()->range().begin, parts.back()->range().end};
  graph_.allocate();
}

void HnswMerge::choose_links(RowRange rows, SearchScratch& scratch) {
  HnswBuilder builder(graph_, vectors_, beam_, scratch);
  for (std::int32_t row = rows.begin; row < rows.end; ++row) {
    scratch.codes.prepare(codes_, vectors_.row(row));
    builder.choose_links(row, parts_);
  }
}

Hnsw HnswMerge::finish(std::uint64_t seed, SearchScratch& scratch, const core::Checkpoint& checkpoint) {
  HnswBuilder builder(graph_, vectors_, beam_, scratch);
  builder.link_all_back(checkpoint);
  builder.insert_all(seed, checkpoint, false);
  return std::move(graph_);
}

Neighbor Hnsw::entry(const Probe& probe) const {
  std::int32_t position = entry_;
  float best = probe(layers_.empty() ? range_.begin + position
                                     : layers_.back().rows[static_cast<std::size_t>(position)]);
  for (std::size_t layer = layers_.size(); layer > 0; --layer) {
    descend(probe, layers_[layer - 1], position, best);
    position = layers_[layer - 1].below[static_cast<std::size_t>(position)];
  }
  return {best, range_.begin + position};
}

void Hnsw::search(const Probe& probe, RowRange window, std::size_t wanted, std::size_t capacity,
                  SearchScratch& scratch) const {
  auto& beam = scratch.beam;
  scratch.forget();
  beam.start(window, wanted, capacity);
  if (range_.size() == 0) return;
  const Neighbor first = entry(probe);
  beam.offer(first.distance, first.id);
  (void)scratch.meet(first.id - range_.begin);
  for (std::int32_t at; (at = beam.next()) >= 0;) {
    std::size_t count = 0;
    for_links(at, [&](std::int32_t to) {
      scratch.ids[count] = to;
      count += scratch.meet(to - range_.begin);
    });
    if (const std::int32_t after = beam.peek(); after >= 0) prefetch(after);
    probe({scratch.ids, count}, scratch.distances);
    for (std::size_t i = 0; i < count; ++i) beam.offer(scratch.distances[i], scratch.ids[i]);
  }
}

std::size_t Hnsw::bytes() const noexcept {
  std::size_t bytes = links_.size();
  for (const auto& [rows, below, links] : layers_)
    bytes += (rows.size() + below.size() + links.size()) * sizeof(std::int32_t);
  return bytes;
}

}  // namespace wayseer::hashing
