#include "wayseer/hashing/window_index.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "wayseer/core/random.hpp"

namespace wayseer::hashing {
namespace {

constexpr WindowMethod methods[] = {
    WindowMethod::automatic, WindowMethod::prefilter, WindowMethod::postfilter, WindowMethod::super,
    WindowMethod::tree,      WindowMethod::split,     WindowMethod::joint};
constexpr std::size_t dim = 8;

struct Instance {
  std::vector<float> vectors, queries;
  std::vector<double> labels, sorted;
  std::vector<std::int32_t> order;
  std::vector<RowRange> windows;

  explicit Instance(std::int32_t size, std::uint64_t seed = 1) {
    core::Random random(seed);
    const auto floats = [&](std::size_t count) {
      std::vector<float> values(count);
      for (float& x : values) x = static_cast<float>(random.uniform() * 2 - 1);
      return values;
    };
    vectors = floats(static_cast<std::size_t>(size) * dim);
    for (std::int32_t i = 0; i < size; ++i) labels.push_back(random.below(size / 2 + 1));  // ties
    order = label_order(std::span<const double>(labels));
    for (const std::int32_t i : order) sorted.push_back(labels[static_cast<std::size_t>(i)]);
    for (const double share : {0., .001, .01, .05, .2, .5, .9, 1.})
      for (int i = 0; i < 5; ++i) {
        const double low = random.uniform() * (1 - share) * size / 2;
        windows.push_back(rank_range(std::span<const double>(sorted), low, low + share * size / 2));
      }
    queries = floats(windows.size() * dim);
  }
  [[nodiscard]] std::vector<Neighbor> exact(std::size_t query, Metric metric, std::size_t k) const {
    std::vector<Neighbor> all;
    for (std::int32_t row = windows[query].begin; row < windows[query].end; ++row) {
      const std::int32_t id = order[static_cast<std::size_t>(row)];
      all.push_back(
          {distance(metric, &queries[query * dim], &vectors[static_cast<std::size_t>(id) * dim], dim), id});
    }
    std::sort(all.begin(), all.end());
    all.resize(std::min(all.size(), k));
    return all;
  }
};

struct Found {
  std::vector<std::int64_t> ids;
  std::vector<float> distances;
  friend bool operator==(const Found&, const Found&) = default;
};

Found search(const WindowIndex& index, const Instance& instance, WindowSearchOptions options) {
  const std::size_t count = instance.windows.size() * static_cast<std::size_t>(options.k);
  Found found{std::vector<std::int64_t>(count, -7), std::vector<float>(count)};
  index.search(instance.queries, instance.windows, options, found.ids, found.distances);
  return found;
}

TEST(WindowIndex, FlatIsExactForEveryMethod) {
  for (const std::int32_t size : {0, 1, 2, 7, 100, 1001})
    for (const std::int32_t split : {2, 3})
      for (const double shift : {0., .5, .3, .8}) {
        const Instance instance(size);
        WindowIndexOptions options;
        options.inner = InnerIndex::flat;
        options.leaf_cutoff = 10;
        options.split = split;
        options.shift = shift;
        const WindowIndex index(instance.vectors, dim, instance.order, options);
        for (const WindowMethod method : methods) {
          const auto found = search(index, instance, {.k = 5, .beam = 1, .method = method, .stop = {}});
          for (std::size_t q = 0; q < instance.windows.size(); ++q) {
            const auto best = instance.exact(q, Metric::l2, 5);
            for (std::size_t i = 0; i < 5; ++i) {
              EXPECT_EQ(found.ids[q * 5 + i], i < best.size() ? best[i].id : -1);
              EXPECT_EQ(found.distances[q * 5 + i],
                        i < best.size() ? best[i].distance : std::numeric_limits<float>::infinity());
            }
          }
        }
      }
}

TEST(WindowIndex, EveryMethodFindsMostAndStaysInside) {
  const Instance instance(4000);
  for (const InnerIndex inner : {InnerIndex::hnsw, InnerIndex::ivf})
    for (const std::int32_t split : {2, 3})
      for (const double shift : {0., .5}) {
        WindowIndexOptions options;
        options.inner = inner;
        options.leaf_cutoff = 200;
        options.split = split;
        options.shift = shift;
        const WindowIndex index(instance.vectors, dim, instance.order, options);
        for (const WindowMethod method : methods) {
          const auto found = search(index, instance, {.k = 10, .beam = 50, .method = method, .stop = {}});
          double good = 0, wanted = 0;
          for (std::size_t q = 0; q < instance.windows.size(); ++q) {
            const auto best = instance.exact(q, Metric::l2, 10);
            wanted += static_cast<double>(best.size());
            for (std::size_t i = 0; i < 10; ++i) {
              const std::int64_t id = found.ids[q * 10 + i];
              ASSERT_EQ(id < 0, i >= best.size());
              if (id < 0) continue;
              const double label = instance.labels[static_cast<std::size_t>(id)];
              EXPECT_GE(label, instance.sorted[static_cast<std::size_t>(instance.windows[q].begin)]);
              EXPECT_LE(label, instance.sorted[static_cast<std::size_t>(instance.windows[q].end - 1)]);
              good += found.distances[q * 10 + i] <= best.back().distance;
            }
          }
          EXPECT_GT(good / wanted, .95) << static_cast<int>(method) << ' ' << split << ' ' << shift;
        }
      }
}

TEST(WindowIndex, ThreadsChangeNothing) {
  const Instance instance(4000);
  WindowIndexOptions options;
  options.leaf_cutoff = 200;
  options.costs = WindowCosts{1, 1};
  const WindowIndex one(instance.vectors, dim, instance.order, options);
  options.threads = 4;
  const WindowIndex four(instance.vectors, dim, instance.order, options);
  EXPECT_EQ(one.index_bytes(), four.index_bytes());
  for (const WindowMethod method : methods) {
    const WindowSearchOptions few{.k = 10, .beam = 10, .method = method, .stop = {}};
    WindowSearchOptions many = few;
    many.threads = 3;
    const auto found = search(one, instance, few);
    EXPECT_EQ(found, search(four, instance, few));
    EXPECT_EQ(found, search(one, instance, many));
  }
}

TEST(WindowIndex, StopsWhileBuildingAndSearching) {
  const Instance instance(8000);
  for (const int threads : {1, 3}) {
    WindowIndexOptions options;
    options.leaf_cutoff = 200;
    options.threads = threads;
    std::atomic<bool> stop{true};
    options.stop.cancel = &stop;
    EXPECT_THROW(WindowIndex(instance.vectors, dim, instance.order, options), core::Stopped);
    stop = false;
    int reports = 0;
    options.stop.on_progress = [&](const core::Progress& progress) {
      EXPECT_LE(progress.objective, static_cast<double>(WindowIndex::insertions(8000, options)));
      return ++reports < 2;
    };
    try {
      const WindowIndex index(instance.vectors, dim, instance.order, options);
      EXPECT_LT(reports, 2);  // it was quicker
      stop = true;
      WindowSearchOptions searching;
      searching.threads = threads;
      searching.stop.cancel = &stop;
      EXPECT_THROW((void)search(index, instance, searching), core::Stopped);
    } catch (const core::Stopped&) {
      EXPECT_EQ(reports, 2);
    }
  }
}

TEST(WindowIndex, SaysWhatIsWrong) {
  const Instance instance(20);
  const auto make = [&](auto&& change) {
    WindowIndexOptions options;
    change(options);
    return WindowIndex(instance.vectors, dim, instance.order, options).size();
  };
  EXPECT_THROW(make([](auto& o) { o.leaf_cutoff = 0; }), std::invalid_argument);
  EXPECT_THROW(make([](auto& o) { o.split = 1; }), std::invalid_argument);
  EXPECT_THROW(make([](auto& o) { o.shift = 1; }), std::invalid_argument);
  EXPECT_THROW(make([](auto& o) { o.shift = std::nan(""); }), std::invalid_argument);
  EXPECT_THROW(make([](auto& o) { o.ef_construction = 0; }), std::invalid_argument);
  EXPECT_THROW(WindowIndex(instance.vectors, dim + 1, instance.order, {}), std::invalid_argument);
  EXPECT_THROW(WindowIndex(instance.vectors, 0, instance.order, {}), std::invalid_argument);
  auto twice = instance.order;
  twice[3] = twice[4];
  EXPECT_THROW(WindowIndex(instance.vectors, dim, twice, {}), std::invalid_argument);
  const WindowIndex index(instance.vectors, dim, instance.order, {});
  EXPECT_THROW((void)search(index, instance, {.k = 3, .beam = 0, .stop = {}}), std::invalid_argument);
  EXPECT_THROW((void)search(index, instance, {.k = 3, .final_multiply = 0, .stop = {}}),
               std::invalid_argument);
  auto outside = instance;
  outside.windows[0] = {0, 21};
  EXPECT_THROW((void)search(index, outside, {.stop = {}}), std::invalid_argument);
}

}  // namespace
}  // namespace wayseer::hashing
