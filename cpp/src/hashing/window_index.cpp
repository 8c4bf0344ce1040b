#include "wayseer/hashing/window_index.hpp"

#include <atomic>
#include <chrono>
#include <cmath>
#include <thread>

#include "wayseer/core/error.hpp"
#include "wayseer/core/random.hpp"
#include "wayseer/core/threads.hpp"

namespace wayseer::hashing {

namespace {

constexpr RowRange intersection(RowRange a, RowRange b) noexcept {
  const std::int32_t begin = std::max(a.begin, b.begin);
  return {begin, std::max(begin, std::min(a.end, b.end))};
}

// Rows of the beam that the descent to its place and the first steps are worth: see WindowCosts.
constexpr double entry_visits = 16;

std::int64_t beam_of(const WindowSearchOptions& options) {
  return std::max({std::int64_t{options.beam}, std::int64_t{options.k},
                   std::int64_t{options.final_multiply} * options.k});
}

}  // namespace

// What a searching thread needs, kept between searches.
struct WindowIndex::Scratch {
  explicit Scratch(const WindowIndex& index)
      : graph(index.inner_ == InnerIndex::hnsw ? index.size_ : 0), unit(index.vectors_.dim) {}

  SearchScratch graph;
  IvfFlat::Scratch lists;
  std::vector<float> unit;  // the query, of length 1
};

// --- building

std::vector<WindowIndex::Level> WindowIndex::layout(std::int32_t size, const WindowIndexOptions& options) {
  // Sizes are multiples of the smallest, so that nodes nest; it is a multiple of 1/shift where that is whole,
  // so that every node of the tree is one of the buckets.
  std::int64_t factor = 1;
  while (factor * options.leaf_cutoff < size) factor *= options.split;
  std::int64_t leaf = (size + factor - 1) / factor;
  if (options.shift > 0) {
    const double parts = std::round(1 / options.shift);
    if (std::abs(parts * options.shift - 1) < 1e-9 && static_cast<std::int64_t>(parts) < leaf) {
      const auto whole = static_cast<std::int64_t>(parts);
      leaf = (leaf + whole - 1) / whole * whole;
    }
  }
  std::vector<Level> levels;
  do {
    const std::int64_t bucket =
        std::min<std::int64_t>(leaf * factor, std::numeric_limits<std::int32_t>::max());
    Level level;
    level.size = static_cast<std::int32_t>(std::max<std::int64_t>(bucket, 1));
    const auto cut = [&](std::int64_t begin) {
      return Bucket{{static_cast<std::int32_t>(begin),
                     static_cast<std::int32_t>(std::min<std::int64_t>(begin + bucket, size))},
                    {},
                    {}};
    };
    for (std::int64_t begin = 0; begin < size || begin == 0; begin += level.size)
      level.nodes.push_back(cut(begin));
    if (options.shift > 0 && bucket < size) {
      level.stride = static_cast<std::int32_t>(
          std::max(1.0, std::ceil(options.shift * static_cast<double>(level.size) - 1e-9)));
      for (std::int64_t begin = 0;; begin += level.stride) {
        level.shifted.push_back(begin % bucket == 0 ? Bucket{} : cut(begin));
        if (begin + bucket >= size) break;
      }
    }
    levels.push_back(std::move(level));
    factor /= options.split;
  } while (factor > 1 || (factor == 1 && leaf > options.leaf_cutoff));
  return levels;
}

std::int64_t WindowIndex::insertions(std::int32_t size, const WindowIndexOptions& options) {
  if (options.inner == InnerIndex::flat) return 0;
  std::int64_t sum = 0;
  for (const Level& level : layout(size, options))
    for (const auto* buckets : {&level.nodes, &level.shifted})
      for (const Bucket& bucket : *buckets)
        if (bucket.range.size() > options.leaf_cutoff) sum += bucket.range.size();
  return sum;
}

WindowIndex::WindowIndex(std::span<const float> vectors, std::size_t dim, std::span<const std::int32_t> order,
                         const WindowIndexOptions& options)
    : inner_(options.inner), order_(order.begin(), order.end()) {
  if (dim == 0) throw core::invalid_argument("dim", dim, "1 or more");
  if (vectors.size() != order.size() * dim)
    throw core::invalid_argument("vectors", vectors.size(), "as many numbers as order has entries times dim");
  size_ = core::checked_index(static_cast<std::int64_t>(order.size()), "vectors",
                              std::numeric_limits<std::int32_t>::max() / 2);
  if (options.leaf_cutoff < 1) throw core::invalid_argument("leaf_cutoff", options.leaf_cutoff, "1 or more");
  if (options.split < 2) throw core::invalid_argument("split", options.split, "2 or more");
  if (!(options.shift >= 0 && options.shift < 1))
    throw core::invalid_argument("shift", options.shift, "above 0 and below 1, or 0 for none");
  if (options.ef_construction < 1)
    throw core::invalid_argument("ef_construction", options.ef_construction, "1 or more");
  core::Run run(options.stop);
  rows_ = core::Block<>(vectors.size() * sizeof(float));
  auto* rows = reinterpret_cast<float*>(rows_.data());
  vectors_ = {rows, dim, options.metric};
  const auto checkpoint = run.checkpoint();
  std::vector<bool> seen(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    checkpoint(static_cast<std::int64_t>(i));
    const auto from = static_cast<std::size_t>(core::checked_index(order[i], "order", size_));
    if (seen[from]) throw core::invalid_argument("order", from, "every position once");
    seen[from] = true;
    std::copy_n(vectors.data() + from * dim, dim, rows + i * dim);
    if (options.metric == Metric::cosine) normalize({rows + i * dim, dim});
  }
  levels_ = layout(size_, options);
  if (inner_ == InnerIndex::hnsw) codes_ = ByteCodes(options.metric, rows, dim, size_, checkpoint);
  if (inner_ != InnerIndex::flat) build(options, run);
  costs_ = options.costs ? *options.costs : fitted(options.seed);
}

WindowIndex::~WindowIndex() = default;

void WindowIndex::build(const WindowIndexOptions& options, core::Run& run) {
  std::atomic<std::int64_t> inserted{0};
  std::atomic<bool> failed{false};
  std::vector<std::unique_ptr<SearchScratch>> scratch;
  for (int i = 0; i < std::max(1, options.threads); ++i)
    scratch.push_back(std::make_unique<SearchScratch>(size_));
  // Only the calling thread may ask whether to stop, and it goes on asking while others work.
  const auto asked = [&] {
    return run.should_stop() || run.report(static_cast<double>(inserted.load(std::memory_order_relaxed)));
  };
  const auto checkpoint_of = [&](int worker) {
    return core::Checkpoint([&failed, &asked, &run, worker] {
      return failed.load(std::memory_order_relaxed) || (worker == 0 ? asked() : run.stopped());
    });
  };
  const auto in_parallel = [&](std::size_t tasks, auto&& task) {
    std::atomic<std::size_t> next{0}, ended{0};
    const int workers = static_cast<int>(std::clamp<std::size_t>(tasks, 1, scratch.size()));
    core::run_workers(workers, [&](int worker) {
      try {
        const core::Checkpoint checkpoint = checkpoint_of(worker);
        for (std::size_t i; (i = next.fetch_add(1)) < tasks; ++ended)
          task(i, *scratch[static_cast<std::size_t>(worker)], checkpoint);
        while (worker == 0 && ended.load() < tasks && !failed.load()) {
          checkpoint();
          std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
      } catch (...) {
        failed.store(true);
        next.store(tasks);
        throw;
      }
    });
  };

  // From small buckets to large ones: one that consists of nodes of the next level is made from them.
  constexpr std::int32_t chunk = 128;
  struct Task {
    Bucket* bucket = nullptr;
    std::optional<HnswMerge> merge;
    std::uint64_t seed = 0;
  };
  std::uint64_t stream = 0;
  for (std::size_t l = levels_.size(); l-- > 0;) {
    std::vector<Task> tasks;
    std::vector<std::pair<Task*, RowRange>> chunks;
    for (auto* of : {&levels_[l].nodes, &levels_[l].shifted})
      for (Bucket& bucket : *of)
        if (bucket.range.size() > options.leaf_cutoff)
          tasks.push_back({&bucket, {}, core::Random(options.seed, ++stream)()});
    for (Task& task : tasks) {
      const auto parts =
          l + 1 < levels_.size() ? parts_of(task.bucket->range, levels_[l + 1]) : std::vector<const Hnsw*>{};
      if (parts.empty()) continue;
      task.merge.emplace(vectors_, codes_, parts, std::max(1, options.ef_construction / 4));
      const RowRange range = task.bucket->range;
      for (std::int32_t begin = range.begin; begin < range.end; begin += chunk)
        chunks.push_back({&task, {begin, std::min(begin + chunk, range.end)}});
    }
    in_parallel(chunks.size(), [&](std::size_t i, SearchScratch& own, const core::Checkpoint& checkpoint) {
      checkpoint();
      chunks[i].first->merge->choose_links(chunks[i].second, own);
      inserted.fetch_add(chunks[i].second.size(), std::memory_order_relaxed);
    });
    in_parallel(tasks.size(), [&](std::size_t i, SearchScratch& own, const core::Checkpoint& checkpoint) {
      Task& task = tasks[i];
      const RowRange range = task.bucket->range;
      if (inner_ == InnerIndex::ivf) {
        KMeansOptions kmeans;
        kmeans.seed = task.seed;
        task.bucket->lists.emplace(vectors_.metric, vectors_.row(range.begin), vectors_.dim, range.size(), 0,
                                   kmeans, checkpoint);
        inserted.fetch_add(range.size(), std::memory_order_relaxed);
      } else if (task.merge) {
        task.bucket->graph.emplace(task.merge->finish(task.seed, own, checkpoint));
        task.merge.reset();
      } else {
        task.bucket->graph.emplace(vectors_, range, options.ef_construction, task.seed, own, checkpoint);
        inserted.fetch_add(range.size(), std::memory_order_relaxed);
      }
    });
  }
}

// The graphs of the nodes that make up the range; empty if they do not, or one has no graph.
std::vector<const Hnsw*> WindowIndex::parts_of(RowRange range, const Level& level) const {
  std::vector<const Hnsw*> parts;
  for (std::int32_t row = range.begin; row < range.end;) {
    const Bucket& bucket = node(level, row);
    if (bucket.range.begin != row || bucket.range.end > range.end || !bucket.graph) return {};
    parts.push_back(&*bucket.graph);
    row = bucket.range.end;
  }
  return parts;
}

std::size_t WindowIndex::index_bytes() const noexcept {
  std::size_t bytes = order_.size() * sizeof(order_[0]) + codes_.bytes();
  for (const Level& level : levels_)
    for (const auto* buckets : {&level.nodes, &level.shifted})
      for (const Bucket& bucket : *buckets)
        bytes += bucket.graph ? bucket.graph->bytes() : bucket.lists ? bucket.lists->bytes() : 0;
  return bytes;
}

const WindowIndex::Bucket& WindowIndex::smallest_containing(RowRange window, bool shifted) const noexcept {
  for (std::size_t l = levels_.size(); l-- > 0;) {
    const Level& level = levels_[l];
    if (level.size < window.size()) continue;
    if (shifted && level.stride != 0) {
      // The last bucket that starts at or before the window reaches farthest behind it.
      const auto at =
          std::min(static_cast<std::size_t>(window.begin / level.stride), level.shifted.size() - 1);
      const std::int64_t begin = static_cast<std::int64_t>(at) * level.stride;
      const Bucket& bucket =
          begin % level.size == 0 ? node(level, static_cast<std::int32_t>(begin)) : level.shifted[at];
      if (bucket.range.contains(window)) return bucket;
    }
    if (const Bucket& bucket = node(level, window.begin); bucket.range.contains(window)) return bucket;
  }
  return levels_[0].nodes[0];
}

// --- searching

class WindowIndex::Search {
 public:
  Search(const WindowIndex& index, const WindowSearchOptions& options, Scratch& scratch)
      : index_(index),
        vectors_(index.vectors_),
        options_(options),
        scratch_(&scratch.graph),
        lists_(scratch.lists),
        unit_(scratch.unit),
        best_(static_cast<std::size_t>(options.k)) {}

  // The answer is in best().
  void operator()(const float* query, RowRange window) {
    query_ = query;
    if (vectors_.metric == Metric::cosine) {
      std::copy_n(query, vectors_.dim, unit_.begin());
      normalize(unit_);
      query_ = unit_.data();
    }
    window_ = window;
    k_ = std::min(options_.k, window.size());
    wanted_ = static_cast<std::int32_t>(std::min<std::int64_t>(beam_of(options_), window.size()));
    best_.clear();
    if (k_ == 0) return;
    // A beam that takes in the whole window is a scan in another order.
    WindowMethod method = wanted_ == window.size() ? WindowMethod::prefilter : options_.method;
    if (method == WindowMethod::automatic) method = index_.choose(window, options_);
    if (index_.inner_ == InnerIndex::hnsw && method != WindowMethod::prefilter)
      scratch_->codes.prepare(index_.codes_, query_);
    switch (method) {
      case WindowMethod::automatic:
      case WindowMethod::prefilter:
        scan(window);
        break;
      case WindowMethod::postfilter:
        query_bucket(index_.smallest_containing(window, false), window);
        break;
      case WindowMethod::super:
        query_bucket(index_.smallest_containing(window, true), window);
        break;
      case WindowMethod::tree:
        tree(0, window);
        break;
      case WindowMethod::split:
        split();
        break;
      case WindowMethod::joint:
        joint();
        break;
    }
  }
  [[nodiscard]] Neighbours& best() noexcept { return best_; }

 private:
  static constexpr std::int32_t block = 256;
  // Once a row has this many links inside the window, those of smaller nodes would cost more than they lead
  // to.
  static constexpr std::size_t enough_links = 24;

  void offer(float distance, std::int32_t row) {
    if (distance <= best_.worst()) best_.offer(distance, index_.order_[static_cast<std::size_t>(row)]);
  }

  void scan(RowRange rows) {
    for (std::int32_t begin = rows.begin; begin < rows.end; begin += block) {
      const std::int32_t count = std::min(block, rows.end - begin);
      float* distances = scratch_->distances;
      scan_distances(vectors_.metric, query_, vectors_.row(begin), vectors_.dim,
                     static_cast<std::size_t>(count), distances);
      for (std::int32_t i = 0; i < count; ++i) offer(distances[i], begin + i);
    }
  }

  // What the codes found, compared exactly.
  void take_beam() {
    const auto& beam = scratch_->beam;
    std::size_t count = 0;
    const auto flush = [&] {
      Probe(vectors_, query_)({scratch_->ids, count}, scratch_->distances);
      for (std::size_t i = 0; i < count; ++i) offer(scratch_->distances[i], scratch_->ids[i]);
      count = 0;
    };
    for (std::size_t i = 0; i < beam.size(); ++i) {
      if (const std::int32_t row = beam[i].id; beam.window().contains(row)) scratch_->ids[count++] = row;
      if (count == std::size(scratch_->ids)) flush();
    }
    flush();
  }

  // The rows of the bucket that are in the window. The capacity of the beam plays the part of k': at first
  // what a window of this share needs, then double, until there are k rows inside or none are left.
  void query_bucket(const Bucket& bucket, RowRange window) {
    window = intersection(window, bucket.range);
    const std::int32_t wanted = std::min(wanted_, window.size());
    if (!bucket.built() || wanted == window.size()) return scan(window);
    const auto enough = static_cast<std::size_t>(std::min(k_, window.size()));
    if (bucket.lists) {
      const std::int32_t first = bucket.range.begin;
      bucket.lists->search_range(query_, window.begin - first, window.end - first, wanted, enough, lists_,
                                 [&](std::span<const std::int32_t> rows, std::span<const float> distances) {
                                   for (std::size_t i = 0; i < rows.size(); ++i)
                                     offer(distances[i], first + rows[i]);
                                 });
      return;
    }
    const auto limit = static_cast<std::size_t>(bucket.range.size());
    const double share = static_cast<double>(window.size()) / static_cast<double>(bucket.range.size());
    auto capacity = static_cast<std::size_t>(static_cast<double>(wanted) * std::min(1.5 / share + 1, 1e9));
    for (;; capacity *= 2) {
      capacity = std::min(capacity, limit);
      bucket.graph->search(Probe(scratch_->codes), window, static_cast<std::size_t>(wanted), capacity,
                           *scratch_);
      if (scratch_->beam.inside() >= enough) return take_beam();
      if (scratch_->beam.size() < capacity || capacity == limit) return scan(window);  // some are not reached
    }
  }

  void tree(std::size_t l, RowRange rows) {
    const Level& level = index_.levels_[l];
    for (std::int32_t row = rows.begin; row < rows.end;) {
      const Bucket& bucket = index_.node(level, row);
      const RowRange part = intersection(rows, bucket.range);
      if (part == bucket.range || !bucket.built())
        query_bucket(bucket, part);
      else if (l + 1 < index_.levels_.size())
        tree(l + 1, part);
      else
        scan(part);
      row = part.end;
    }
  }

  void split() {
    for (const Level& level : index_.levels_) {
      const auto size = static_cast<std::int64_t>(level.size);
      const std::int64_t begin = (window_.begin + size - 1) / size * size;
      const std::int64_t end = window_.end == index_.size_ ? index_.size_ : window_.end / size * size;
      if (begin >= end) continue;
      const RowRange middle{static_cast<std::int32_t>(begin), static_cast<std::int32_t>(end)};
      for (std::int32_t row = middle.begin; row < middle.end; row += level.size)
        query_bucket(index_.node(level, row), middle);
      for (const RowRange rest : {RowRange{window_.begin, middle.begin}, RowRange{middle.end, window_.end}})
        if (rest.size() != 0) query_bucket(index_.smallest_containing(rest, true), rest);
      return;
    }
    query_bucket(index_.smallest_containing(window_, true), window_);
  }

  // After K. Xu et al., "iRangeGraph: improvising range-dedicated graphs for range-filtering nearest neighbor
  // search", 2024: the links of a row inside the window, gathered from the tree nodes that contain the row,
  // make a graph of the window that never was built.
  void joint() {
    if (index_.inner_ != InnerIndex::hnsw) return tree(0, window_);
    std::size_t top = index_.levels_.size() - 1;
    while (top > 0 && !index_.node(index_.levels_[top], window_.begin).range.contains(window_)) --top;
    auto& scratch = *scratch_;
    auto& beam = scratch.beam;
    scratch.forget();
    beam.start(window_, static_cast<std::size_t>(wanted_), static_cast<std::size_t>(wanted_));
    if (!enter(top)) return scan(window_);
    for (std::int32_t at; (at = beam.next()) >= 0;) {
      const std::size_t count = gather_links(top, at);
      if (const std::int32_t after = beam.peek(); after >= 0) prefetch(top, after);
      Probe(scratch.codes)({scratch.ids, count}, scratch.distances);
      for (std::size_t i = 0; i < count; ++i) beam.offer(scratch.distances[i], scratch.ids[i]);
    }
    if (beam.inside() < static_cast<std::size_t>(k_)) return scan(window_);
    take_beam();
  }
  // Where the walk begins: the entries of the largest tree nodes inside the window. False if there are none:
  // the links of larger nodes alone do not hold a small window together.
  [[nodiscard]] bool enter(std::size_t top) {
    auto& scratch = *scratch_;
    bool found = false;
    for (std::size_t l = top; l < index_.levels_.size() && !found; ++l) {
      const Level& level = index_.levels_[l];
      for (std::int32_t row = window_.begin; row < window_.end;) {
        const Bucket& bucket = index_.node(level, row);
        if (bucket.graph && window_.contains(bucket.range)) {
          found = true;
          const Neighbor first = bucket.graph->entry(Probe(scratch.codes));
          if (scratch.meet(first.id)) scratch.beam.offer(first.distance, first.id);
        }
        row = bucket.range.end;
      }
    }
    return found;
  }
  // Calls f(bucket) for the tree nodes that contain the row from the largest to the first that is inside the
  // window; not for those whose child has the same rows of the window, and better links between them.
  template <class F>
  void for_nodes(std::size_t top, std::int32_t row, F&& f) const {
    const auto& levels = index_.levels_;
    const Bucket* bucket = &index_.node(levels[top], row);
    for (std::size_t l = top; bucket->graph; ++l) {
      if (window_.contains(bucket->range) || l + 1 == levels.size()) {
        f(*bucket);
        return;
      }
      const Bucket* child = &index_.node(levels[l + 1], row);
      if (!child->graph || intersection(child->range, window_) != intersection(bucket->range, window_))
        f(*bucket);
      bucket = child;
    }
  }
  [[nodiscard]] std::size_t gather_links(std::size_t top, std::int32_t row) {
    auto& scratch = *scratch_;
    std::size_t count = 0, linked = 0;
    for_nodes(top, row, [&](const Bucket& bucket) {
      if (linked >= enough_links) return;
      bucket.graph->for_links(row, [&](std::int32_t to) {
        if (!window_.contains(to)) return;
        ++linked;
        scratch.ids[count] = to;
        count += scratch.meet(to);
      });
    });
    return count;
  }
  void prefetch(std::size_t top, std::int32_t row) const {
    for_nodes(top, row, [&](const Bucket& bucket) { bucket.graph->prefetch(row); });
  }

  const WindowIndex& index_;
  const Vectors& vectors_;
  const WindowSearchOptions& options_;
  SearchScratch* scratch_;
  IvfFlat::Scratch& lists_;
  std::vector<float>& unit_;
  Neighbours best_;
  const float* query_ = nullptr;
  RowRange window_;
  std::int32_t k_ = 0, wanted_ = 0;
};

// Scratch memory, kept between searches.
class WindowIndex::ScratchLease {
 public:
  explicit ScratchLease(const WindowIndex& index) : index_(index) {
    {
      const std::lock_guard lock(index.mutex_);
      if (!index.idle_.empty()) {
        scratch_ = std::move(index.idle_.back());
        index.idle_.pop_back();
      }
    }
    if (!scratch_) scratch_ = std::make_unique<Scratch>(index);
  }
  ScratchLease(const ScratchLease&) = delete;
  ScratchLease& operator=(const ScratchLease&) = delete;
  ~ScratchLease() {
    const std::lock_guard lock(index_.mutex_);
    try {
      index_.idle_.push_back(std::move(scratch_));
    } catch (const std::bad_alloc&) {  // then it is made anew next time
    }
  }
  [[nodiscard]] Scratch& operator*() const noexcept { return *scratch_; }

 private:
  const WindowIndex& index_;
  std::unique_ptr<Scratch> scratch_;
};

WindowMethod WindowIndex::choose(RowRange window, const WindowSearchOptions& options) const noexcept {
  if (inner_ == InnerIndex::flat) return WindowMethod::prefilter;
  const auto beam = static_cast<double>(beam_of(options));
  WindowMethod method = indexed();
  double visits = beam + entry_visits;
  if (method == WindowMethod::joint && levels_.back().stride != 0 && window.size() != 0) {
    // A bucket that the window nearly fills: for the same recall a smaller beam does than in a joint walk,
    // which was measured to pay from this share on.
    const double share = static_cast<double>(window.size()) /
                         static_cast<double>(smallest_containing(window, true).range.size());
    if (share >= 0.4) {
      method = WindowMethod::super;
      visits = beam * std::max(1.0, 0.65 / share) + entry_visits;
    }
  }
  return costs_.visit * visits < costs_.scan * window.size() ? method : WindowMethod::prefilter;
}

void WindowIndex::search(std::span<const float> queries, std::span<const RowRange> windows,
                         const WindowSearchOptions& options, std::span<std::int64_t> ids,
                         std::span<float> distances) const {
  if (options.k < 1) throw core::invalid_argument("k", options.k, "1 or more");
  if (options.beam < 1) throw core::invalid_argument("beam", options.beam, "1 or more");
  if (options.final_multiply < 1)
    throw core::invalid_argument("final_multiply", options.final_multiply, "1 or more");
  const std::size_t count = windows.size(), k = static_cast<std::size_t>(options.k);
  if (queries.size() != count * vectors_.dim)
    throw core::invalid_argument("queries", queries.size(), "dim numbers for each window");
  if (ids.size() != count * k || distances.size() != count * k)
    throw core::invalid_argument("ids", ids.size(), "room for k results of each query");
  for (const RowRange window : windows)
    if (window.begin < 0 || window.end < window.begin || window.end > size_)
      throw core::invalid_argument("windows", window.begin, "ranges of rows");
  core::Run run(options.stop);
  constexpr std::size_t chunk = 8;
  const auto chunks = core::checked_index(static_cast<std::int64_t>((count + chunk - 1) / chunk), "queries");
  const int workers = std::clamp(options.threads, 1, std::max(1, chunks));
  std::vector<std::unique_ptr<ScratchLease>> leases;
  for (int i = 0; i < workers; ++i) leases.push_back(std::make_unique<ScratchLease>(*this));
  std::vector<Search> searches;
  for (const auto& lease : leases) searches.emplace_back(*this, options, **lease);
  core::parallel_for(workers, chunks, [&](std::int32_t c, int worker) {
    if (worker == 0 ? run.should_stop() : run.stopped()) throw core::Stopped{};
    Search& one = searches[static_cast<std::size_t>(worker)];
    const std::size_t first = static_cast<std::size_t>(c) * chunk;
    for (std::size_t q = first; q < std::min(count, first + chunk); ++q) {
      one(queries.data() + q * vectors_.dim, windows[q]);
      one.best().write(&ids[q * k], &distances[q * k]);
    }
  });
}

WindowCosts WindowIndex::fitted(std::uint64_t seed) const {
  using Clock = std::chrono::steady_clock;
  if (size_ == 0) return {};
  constexpr std::int32_t queries = 32, beam = 64;
  core::Random random(seed, 1);
  const ScratchLease lease(*this);
  // The median over queries that are rows themselves, each in a window of its own.
  const auto per_query = [&](std::int32_t rows, WindowMethod method) {
    WindowSearchOptions options;
    options.beam = beam;
    options.method = method;
    Search search(*this, options, *lease);
    std::vector<double> nanoseconds;
    for (std::int32_t i = 0; i < queries; ++i) {
      const std::int32_t query = random.below(size_), begin = random.below(size_ - rows + 1);
      const auto start = Clock::now();
      search(vectors_.row(query), {begin, begin + rows});
      nanoseconds.push_back(std::chrono::duration<double, std::nano>(Clock::now() - start).count());
    }
    std::nth_element(nanoseconds.begin(), nanoseconds.begin() + queries / 2, nanoseconds.end());
    return nanoseconds[queries / 2];
  };
  WindowCosts costs;
  const std::int32_t scanned = std::min(size_, 4096);
  costs.scan = per_query(scanned, WindowMethod::prefilter) / scanned;
  if (inner_ != InnerIndex::flat)
    costs.visit = per_query(std::max(1, size_ / 4), indexed()) / (beam + entry_visits);
  return costs;
}

}  // namespace wayseer::hashing
