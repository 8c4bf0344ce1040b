#include "wayseer/hashing/hybrid_ivf.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <system_error>

#include "vectors.hpp"
#include "wayseer/hashing/mask.hpp"

namespace wayseer::hashing {
namespace {

constexpr Metric metrics[] = {Metric::l2, Metric::inner_product, Metric::cosine};
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                       most = std::numeric_limits<std::int64_t>::max();

Condition is(std::int32_t attribute, std::int64_t value) { return {attribute, false, value, value, {}}; }
Condition between(std::int32_t attribute, std::int64_t lo, std::int64_t hi) {
  return {attribute, false, lo, hi, {}};
}
Condition in(std::int32_t attribute, std::vector<std::int64_t> values) {
  return {attribute, true, 0, 0, std::move(values)};
}

// Vectors with attributes of every width: few values, 2 bytes, 4 bytes, all of int64, one value.
struct Data {
  explicit Data(std::size_t n, std::size_t dimensions = 12) : count(n), dim(dimensions) {
    rows = clustered_rows(count, dim, 9, 1);
    core::Random random(7);
    for (std::size_t i = 0; i < count; ++i) {
      columns[0].push_back(random.below(10) - 5);
      columns[1].push_back(random.below(3000));
      columns[2].push_back(random.below(100'000'000));
      columns[3].push_back(i % 3 == 0 ? static_cast<std::int64_t>(random()) : i % 3 == 1 ? least : most);
      columns[4].push_back(42);
    }
  }
  [[nodiscard]] std::vector<Attribute> attributes() const {
    std::vector<Attribute> all;
    for (std::size_t i = 0; i < 5; ++i) all.push_back({"a" + std::to_string(i), columns[i]});
    return all;
  }
  [[nodiscard]] HybridIvf index(Metric metric, std::int32_t lists = 0, KMeansOptions options = {}) const {
    return {metric, rows.data(), dim, static_cast<std::int32_t>(count), attributes(), lists, options};
  }
  [[nodiscard]] bool passes(std::size_t row, const AttributeFilter& filter) const {
    return std::ranges::all_of(filter, [&](const Condition& condition) {
      const std::int64_t value = columns[static_cast<std::size_t>(condition.attribute)][row];
      return condition.listed ? std::ranges::count(condition.values, value) != 0
                              : condition.lo <= value && value <= condition.hi;
    });
  }

  std::size_t count, dim;
  std::vector<float> rows;
  std::vector<std::int64_t> columns[5];
};

Found search(const HybridIvf& index, const std::vector<float>& queries,
             const std::vector<AttributeFilter>& filters, std::int32_t k, std::int32_t nprobe,
             const std::vector<std::int32_t>& filter_of = {}, int threads = 1) {
  const auto count = static_cast<std::int32_t>(queries.size() / index.dim());
  Found found;
  found.ids.resize(static_cast<std::size_t>(count * k));
  found.distances.resize(found.ids.size());
  index.search({queries.data(), count, filters, filter_of, k, nprobe, threads}, found.ids.data(),
               found.distances.data());
  return found;
}

std::vector<AttributeFilter> filters(const Data& data) {
  const auto of = [&](std::size_t column) { return data.columns[column][data.count / 2]; };
  std::vector<std::int64_t> many, most_of, sparse;
  for (std::int64_t i = 0; i < 60; ++i) many.push_back(i * 37);
  for (std::size_t i = 0; i < data.count; i += 2) {
    most_of.push_back(data.columns[2][i]);
    sparse.push_back(data.columns[3][i]);
  }
  return {{},
          {is(0, -5)},
          {is(0, 3), is(1, of(1))},
          {between(0, -2, 2)},
          {between(0, -100, 100)},
          {between(1, 100, 110)},
          {between(1, 500, 2500), between(2, 0, 50'000'000)},
          {between(2, of(2), most)},
          {between(3, least, -1)},
          {between(3, least, most)},
          {is(3, most), in(0, {1, 2, 3, 3, -4})},
          {in(0, {-4, 4})},
          {in(1, many)},
          {in(2, most_of), in(1, {of(1), 7, 8, 9})},
          {in(3, sparse)},
          {in(4, {42, 43})},
          {is(4, 41)},
          {in(0, {})},
          {between(1, 20, 10)},
          {is(2, of(2))}};
}

TEST(Mask, RangesAndValuesOfEveryWidth) {
  core::Random random(3);
  for (const std::size_t width : {1U, 2U, 4U, 8U})
    for (const std::size_t count : {1U, 63U, 64U, 65U, 300U}) {
      const std::uint64_t largest = ~std::uint64_t{0} >> (64 - 8 * width);
      std::vector<std::byte> codes((count + mask_overread) * width);
      std::vector<std::uint64_t> values(count);
      for (std::size_t i = 0; i < count; ++i) {
        values[i] = i % 7 == 0 ? largest : i % 5 == 0 ? 0 : random() & largest;
        std::memcpy(codes.data() + i * width, &values[i], width);
      }
      for (const auto& [lo, hi] : std::initializer_list<std::pair<std::uint64_t, std::uint64_t>>{
               {0, largest}, {0, 0}, {largest, largest}, {largest / 4, largest / 2}, {1, largest - 1}}) {
        std::vector<std::uint64_t> mask((count + 63) / 64, 0xf7f7f7f7f7f7f7f7ULL), few = mask;
        mask_range(codes.data(), width, count, lo, hi - lo, mask.data());
        const std::uint64_t some[] = {lo, hi, values[count / 2]};
        mask_values(codes.data(), width, count, some, few.data());
        for (std::size_t i = 0; i < count; ++i) {
          const bool was = i % 8 != 3;
          EXPECT_EQ(mask[i / 64] >> (i % 64) & 1, was && lo <= values[i] && values[i] <= hi);
          EXPECT_EQ(few[i / 64] >> (i % 64) & 1, was && std::ranges::count(some, values[i]) != 0);
        }
      }
    }
}

TEST(HybridIvf, AllListsAreExact) {
  for (const std::size_t count : {1U, 2U, 50U, 3000U}) {
    const Data data(count);
    for (const Metric metric : metrics) {
      auto rows = data.rows;
      if (metric == Metric::cosine)
        for (std::size_t i = 0; i < count; ++i) normalize({rows.data() + i * data.dim, data.dim});
      const HybridIvf index = data.index(metric);
      EXPECT_EQ(index.lists(), default_lists(static_cast<std::int32_t>(count)));
      for (const AttributeFilter& filter : filters(data)) {
        auto query = clustered_rows(1, data.dim, 9, 70);
        for (const std::int32_t nprobe : {HybridIvf::all_lists, index.lists()})
          for (const std::int32_t k : {1, 10, 100}) {
            const Found found = search(index, query, {filter}, k, nprobe);
            auto scaled = query;
            if (metric == Metric::cosine) normalize(scaled);
            EXPECT_EQ(found, brute_force(metric, scaled.data(), rows, data.dim, static_cast<std::size_t>(k),
                                         [&](std::size_t row) { return data.passes(row, filter); }));
          }
      }
    }
  }
}

TEST(HybridIvf, EveryNumberOfListsIsExact) {
  const Data data(700, 5);
  const auto query = clustered_rows(1, 5, 9, 70);
  for (const std::int32_t lists : {1, 2, 15, 16, 17, 63, 64, 65, 129, 700}) {
    const HybridIvf index = data.index(Metric::l2, lists);
    EXPECT_EQ(index.lists(), lists);
    for (const AttributeFilter& filter : filters(data))
      EXPECT_EQ(search(index, query, {filter}, 10, HybridIvf::all_lists),
                brute_force(Metric::l2, query.data(), data.rows, 5, 10,
                            [&](std::size_t row) { return data.passes(row, filter); }));
  }
}

TEST(HybridIvf, AnswersDoNotDependOnTheBatchOrThreads) {
  const Data data(4000);
  const auto all = filters(data);
  const auto queries = clustered_rows(200, data.dim, 9, 70);
  std::vector<std::int32_t> filter_of;
  for (std::int32_t i = 0; i < 200; ++i) filter_of.push_back(i * 7 % static_cast<std::int32_t>(all.size()));
  for (const Metric metric : metrics) {
    const HybridIvf index = data.index(metric);
    for (const std::int32_t nprobe : {1, 5, HybridIvf::all_lists}) {
      const Found together = search(index, queries, all, 5, nprobe, filter_of);
      EXPECT_EQ(together, search(index, queries, all, 5, nprobe, filter_of, 3));
      for (std::size_t q = 0; q < 200; q += 11) {
        const auto at = static_cast<std::ptrdiff_t>(q * data.dim);
        const std::vector<float> one(queries.begin() + at,
                                     queries.begin() + at + static_cast<std::ptrdiff_t>(data.dim));
        const Found alone = search(index, one, {all[static_cast<std::size_t>(filter_of[q])]}, 5, nprobe);
        EXPECT_TRUE(std::equal(alone.ids.begin(), alone.ids.end(),
                               together.ids.begin() + static_cast<std::ptrdiff_t>(q) * 5));
      }
    }
  }
}

TEST(HybridIvf, ListsThatCannotMatchAreNotProbed) {
  // Attribute = cluster: the 10 rows of a value far away are found with a single probe.
  const std::size_t clusters = 64, each = 40;
  std::vector<float> rows;
  std::vector<std::int64_t> cluster;
  core::Random random(1);
  for (std::size_t i = 0; i < clusters * each; ++i) {
    rows.push_back(static_cast<float>(i / each) * 100 + static_cast<float>(random.uniform()));
    cluster.push_back(static_cast<std::int64_t>(i / each) * 1'000'003);
  }
  const Attribute attribute{"cluster", cluster};
  const HybridIvf index(Metric::l2, rows.data(), 1, static_cast<std::int32_t>(rows.size()), {&attribute, 1},
                        64, {20, 64, 1, 1});
  const std::vector<float> query{0};
  const AttributeFilter last{is(0, 63'000'189)};
  const auto found = search(index, query, {last}, 10, 1);
  EXPECT_TRUE(std::ranges::all_of(found.ids, [](std::int64_t id) { return id >= 63 * 40; }));
}

TEST(HybridIvf, RecallGrowsWithLists) {
  const Data data(20000, 16);
  const HybridIvf index = data.index(Metric::l2);
  const auto queries = clustered_rows(60, 16, 9, 70);
  const AttributeFilter filter{between(1, 0, 300)};
  double recall[3] = {};
  const std::int32_t nprobe[3] = {1, 16, 256};
  for (std::size_t i = 0; i < 3; ++i) {
    const Found found = search(index, queries, {filter}, 10, nprobe[i]);
    for (std::size_t q = 0; q < 60; ++q) {
      const Found expected = brute_force(Metric::l2, queries.data() + q * 16, data.rows, 16, 10,
                                         [&](std::size_t row) { return data.passes(row, filter); });
      for (std::size_t j = 0; j < 10; ++j)
        recall[i] += std::ranges::count(expected.ids, found.ids[q * 10 + j]) != 0 ? 1.0 / 600 : 0;
    }
  }
  EXPECT_LT(recall[0], recall[1]);
  EXPECT_LT(recall[1], recall[2]);
  EXPECT_GT(recall[2], 0.95);
}

TEST(HybridIvf, DependsOnTheSeedAlone) {
  const Data data(3000);
  const auto queries = clustered_rows(20, data.dim, 9, 70);
  const std::vector<AttributeFilter> filter{{between(0, 0, 3)}};
  const Found one = search(data.index(Metric::l2, 0, {6, 64, 5, 1}), queries, filter, 10, 2);
  EXPECT_EQ(one, search(data.index(Metric::l2, 0, {6, 64, 5, 4}), queries, filter, 10, 2));
  EXPECT_NE(one, search(data.index(Metric::l2, 0, {6, 64, 6, 1}), queries, filter, 10, 2));
}

TEST(HybridIvf, VectorsThatAreEqualZeroOrLarge) {
  for (const Metric metric : metrics)
    for (const float scale : {0.0F, 1e-30F, 1e-12F, 1.0F, 1e18F}) {
      auto rows = clustered_rows(600, 7, 0, 4);
      for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i < 7 * 200 ? 0 : rows[i] * scale;
      const HybridIvf index(metric, rows.data(), 7, 600, {}, 0, {});
      auto kept = rows;
      if (metric == Metric::cosine)
        for (std::size_t i = 0; i < 600; ++i) normalize({kept.data() + i * 7, 7});
      for (const std::size_t row : {0U, 250U, 599U}) {
        const std::vector<float> query(rows.begin() + static_cast<std::ptrdiff_t>(row) * 7,
                                       rows.begin() + static_cast<std::ptrdiff_t>(row) * 7 + 7);
        auto scaled = query;
        if (metric == Metric::cosine) normalize(scaled);
        EXPECT_EQ(search(index, query, {}, 10, HybridIvf::all_lists),
                  brute_force(metric, scaled.data(), kept, 7, 10, [](std::size_t) { return true; }))
            << static_cast<int>(metric) << ' ' << scale << ' ' << row;
      }
    }
}

TEST(HybridIvf, MemoryIsVectorsAndLittleMore) {
  const Data data(200'000, 8);
  const HybridIvf index = data.index(Metric::l2, 1000);
  const std::size_t codes = 1 + 2 + 4 + 8 + 1;
  EXPECT_LE(index.bytes(), data.count * (data.dim * sizeof(float) + codes + 16));
  EXPECT_EQ(index.attribute_width(2), 4U);
  EXPECT_EQ(index.attribute_min(3), least);
  EXPECT_EQ(index.attribute_max(3), most);
}

TEST(HybridIvf, EdgesOfItsArguments) {
  const Data data(100);
  const auto make = [&](std::size_t dim, std::int32_t count, std::int32_t lists,
                        const core::Checkpoint& checkpoint = {}) {
    return HybridIvf(Metric::l2, data.rows.data(), dim, count, data.attributes(), lists, {}, checkpoint);
  };
  EXPECT_THROW(make(12, 0, 0), std::invalid_argument);
  EXPECT_THROW(make(0, 100, 0), std::invalid_argument);
  EXPECT_THROW(make(12, 99, 0), std::invalid_argument);
  EXPECT_THROW(make(12, 100, 101), std::invalid_argument);
  EXPECT_THROW(make(12, 100, -1), std::invalid_argument);
  for (int asked = 0; asked < 5; ++asked) {
    int left = asked;
    EXPECT_THROW(make(12, 100, 0, core::Checkpoint([&] { return left-- == 0; })), core::Stopped);
  }
  const HybridIvf index = data.index(Metric::l2);
  EXPECT_THROW(search(index, data.rows, {}, 0, 1), std::invalid_argument);
  EXPECT_THROW(search(index, data.rows, {}, 1, -1), std::invalid_argument);
  EXPECT_THROW(search(index, data.rows, {{is(5, 0)}}, 1, 1), std::invalid_argument);
  EXPECT_THROW(search(index, data.rows, {{is(-1, 0)}}, 1, 1), std::invalid_argument);
  EXPECT_THROW(search(index, data.rows, {}, 1, 1, {0}), std::invalid_argument);
  EXPECT_THROW(search(index, data.rows, {{}}, 1, 1, std::vector<std::int32_t>(100, 1)),
               std::invalid_argument);
  EXPECT_EQ(search(index, {}, {}, 3, 1), Found{});
  std::int64_t ids[10];
  float distances[10];
  EXPECT_THROW(index.search({data.rows.data(), 1, {}, {}, 10, 1, 1}, ids, distances,
                            core::Checkpoint([] { return true; })),
               core::Stopped);
}

class HybridIvfFile : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(directory); }
  void TearDown() override { std::filesystem::remove_all(directory); }

  [[nodiscard]] static std::string content(const std::string& of) {
    std::ifstream in(of, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& bytes) const { std::ofstream(path, std::ios::binary) << bytes; }

  std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("wayseer_hybrid_ivf_" + std::to_string(::getpid()));
  std::string path = (directory / "t.wsi").string(), other = (directory / "u.wsi").string();
};

TEST_F(HybridIvfFile, IsTheSameIndex) {
  for (const std::size_t count : {1U, 900U})
    for (const std::int32_t lists : {0, 1}) {  // lists of 900 begin at pages
      const Data data(count);
      const HybridIvf index = data.index(Metric::cosine, lists);
      index.save(path);
      const auto queries = clustered_rows(20, data.dim, 9, 70);
      for (const bool copy : {false, true})
        for (const verify how : {verify::header, verify::meta, verify::all}) {
          const HybridIvf again = HybridIvf::open(path, copy, how);
          EXPECT_EQ(again.metric(), Metric::cosine);
          EXPECT_EQ(again.bytes(), index.bytes());
          EXPECT_EQ(again.attribute_name(4), "a4");
          for (const AttributeFilter& filter : filters(data))
            EXPECT_EQ(search(again, queries, {filter}, 7, 2), search(index, queries, {filter}, 7, 2));
          again.save(other);
          EXPECT_EQ(content(other), content(path));
        }
    }
}

TEST_F(HybridIvfFile, EveryKindOfDamageIsAnError) {
  const Data data(60, 3);
  data.index(Metric::l2).save(path);
  const std::string good = content(path);
  ASSERT_EQ(HybridIvf::open(path, false, verify::all).size(), 60);
  for (std::size_t at = 0; at < good.size(); at += at < 350 ? 1 : 61) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    write(bad);
    EXPECT_THROW(static_cast<void>(HybridIvf::open(path, false, verify::all)), format_error) << at;
    if (at % 5 == 0) {
      write(good.substr(0, at));
      EXPECT_THROW(static_cast<void>(HybridIvf::open(path, false, verify::header)), format_error) << at;
    }
  }
  write(good + std::string(4096, '\0'));
  EXPECT_THROW(static_cast<void>(HybridIvf::open(path, false, verify::header)), format_error);
  EXPECT_THROW(static_cast<void>(HybridIvf::open(other, false, verify::header)), std::system_error);
}

TEST_F(HybridIvfFile, DamageThatIsNotLookedForNeverCrashes) {
  const Data data(60, 3);
  data.index(Metric::l2).save(path);
  const std::string good = content(path);
  const auto all = filters(data);
  for (std::size_t at = 4096; at < good.size(); at += 47) {
    std::string bad = good;
    for (std::size_t i = at; i < std::min(at + 4, bad.size()); ++i) bad[i] = static_cast<char>(bad[i] ^ 0xff);
    write(bad);
    try {
      const HybridIvf index = HybridIvf::open(path, at % 2 == 0, verify::header);
      for (const AttributeFilter& filter : all)
        static_cast<void>(search(index, {1, 2, 3}, {filter}, 5, HybridIvf::all_lists));
    } catch (const format_error&) {
    }
  }
}

}  // namespace
}  // namespace wayseer::hashing
