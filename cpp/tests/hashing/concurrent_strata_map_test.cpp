#include "wayseer/hashing/concurrent_strata_map.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "wayseer/core/random.hpp"

namespace wayseer::hashing {
namespace {

struct Constant {
  std::uint64_t seed = 0;
  std::uint64_t operator()(std::uint64_t) const noexcept { return 0x1234567890abcdef; }
};
struct FourBits {
  std::uint64_t seed = 0;
  std::uint64_t operator()(std::uint64_t key) const noexcept { return (hash_integer(key, 1) & 15) << 8 | 1; }
};

// A value of three words, no two of which are equal by chance.
struct Value {
  std::uint64_t a = 0, b = 0, c = 0;
  static Value of(std::uint64_t key) { return {key, hash_integer(key, 1), hash_integer(key, 2)}; }
  bool operator==(const Value&) const = default;
};

std::uint64_t key_number(std::uint64_t i) { return hash_integer(i, 77); }

// What went wrong first, in any thread.
class Complaint {
 public:
  void check(bool good, const char* what) {
    const char* none = nullptr;
    if (!good) first_.compare_exchange_strong(none, what);
  }
  [[nodiscard]] const char* first() const { return first_.load(); }

 private:
  std::atomic<const char*> first_{nullptr};
};

std::size_t draw(core::Random& random, std::size_t below) {
  return static_cast<std::size_t>(random() % below);
}

// One thread fills the table, in batches and singly, while others look up what is there, what comes, and what
// never does.
template <class Hash>
void share(std::size_t capacity, double load, int reader_count, std::uint64_t seed) {
  using Map = concurrent_strata_map<std::uint64_t, Value, Hash>;
  Map map(capacity, load, seed);
  std::vector<std::uint64_t> keys(capacity);
  for (std::size_t i = 0; i < capacity; ++i) keys[i] = key_number(i);
  std::atomic<std::size_t> inserted{0};  // keys[0..inserted) are there
  std::vector<std::int64_t> slots(capacity, -1);
  std::atomic<std::uint64_t> rounds{0};  // of all readers
  Complaint complaint;

  const auto read = [&](std::uint64_t reader) {
    core::Random random(seed * 100 + reader);
    constexpr std::size_t batch = 300;
    std::vector<std::uint64_t> queries(batch);
    std::vector<std::size_t> number(batch);
    std::vector<std::int64_t> batch_slots(batch);
    std::vector<Value> values(batch);
    const auto found = std::make_unique<bool[]>(batch);
    for (std::size_t known = 0; known < capacity; rounds.fetch_add(1, std::memory_order_relaxed)) {
      const std::size_t told = inserted.load(std::memory_order_acquire);
      known = random() % 2 == 0 ? told : std::max(told, map.size());
      for (int round = 0; round < 40 && known > 0; ++round) {
        const std::size_t i = draw(random, known);
        const Value* value = map.find(keys[i]);
        complaint.check(value != nullptr, "an inserted key is not found");
        if (value != nullptr) complaint.check(*value == Value::of(keys[i]), "a wrong value");
        complaint.check(i >= told || map.slot_of(keys[i]) == slots[i], "a key has another slot");
      }
      for (int round = 0; round < 40; ++round) {
        const std::size_t i = draw(random, capacity);  // perhaps this moment
        if (const Value* value = map.find(keys[i]); value != nullptr) {
          complaint.check(*value == Value::of(keys[i]), "a wrong value of a new key");
          complaint.check(map.contains(keys[i]), "a key is gone again");
        }
      }
      complaint.check(!map.contains(key_number(capacity + random() % 1000)), "an absent key is found");
      for (std::size_t q = 0; q < batch; ++q) {
        number[q] = draw(random, capacity + capacity / 4 + 1);
        queries[q] = key_number(number[q]);
      }
      map.find_batch(queries, batch_slots);
      for (std::size_t q = 0; q < batch; ++q) {
        complaint.check(number[q] >= known || batch_slots[q] >= 0, "a batch misses a key");
        complaint.check(number[q] < capacity || batch_slots[q] == -1, "a batch finds an absent key");
        if (batch_slots[q] >= 0) complaint.check(map.key_at(batch_slots[q]) == queries[q], "a wrong slot");
      }
      map.get_batch(queries, values, Value{}, {found.get(), batch});
      for (std::size_t q = 0; q < batch; ++q) {
        complaint.check(batch_slots[q] < 0 || found[q], "a key of the batch before is gone");
        complaint.check(values[q] == (found[q] ? Value::of(queries[q]) : Value{}),
                        "a wrong value in a batch");
      }
    }
  };

  {
    std::vector<std::jthread> readers;
    for (int r = 0; r < reader_count; ++r) readers.emplace_back(read, static_cast<std::uint64_t>(r));
    core::Random random(seed);
    for (std::size_t i = 0; i < capacity;) {
      const std::size_t count = std::min(capacity - i, 1 + draw(random, 64));
      if (random() % 2 == 0) {
        std::vector<Value> values;
        for (std::size_t k = i; k < i + count; ++k) values.push_back(Value::of(keys[k]));
        complaint.check(map.insert_batch(std::span(keys).subspan(i, count), values,
                                         std::span(slots).subspan(i, count)) == count,
                        "a batch of new keys");
      } else {
        for (std::size_t k = i; k < i + count; ++k) {
          const auto [slot, added] = map.insert(keys[k], Value::of(keys[k]));
          complaint.check(added, "a new key was there");
          slots[k] = slot;
        }
      }
      const std::size_t again = draw(random, i + count);
      const auto there = map.insert(keys[again], Value{});
      complaint.check(!there.added && there.slot == slots[again], "an inserted key is new");
      i += count;
      if (random() % 4 != 0 || i == capacity) inserted.store(i, std::memory_order_release);
      if (random() % 4 == 0)  // or all would be written before the first look
        for (const auto seen = rounds.load(); i < capacity && rounds.load() == seen;)
          std::this_thread::yield();
    }
  }
  EXPECT_EQ(complaint.first(), nullptr) << complaint.first();
  EXPECT_EQ(map.size(), capacity);
  EXPECT_THROW(map.insert(key_number(capacity), Value{}), table_full_error);
  const auto table = map.release();
  EXPECT_TRUE(table.consistent());
  EXPECT_EQ(table.size(), capacity);
  for (std::size_t i = 0; i < capacity; ++i) ASSERT_EQ(table.slot_of(keys[i]), slots[i]);
}

TEST(ConcurrentStrataMap, ReadersSeeWhatIsThere) {
  share<hash<std::uint64_t>>(20'000, .99, 3, 1);
  share<hash<std::uint64_t>>(5'600, 1, 3, 2);  // every slot of three levels
  share<hash<std::uint64_t>>(560, 1, 2, 3);    // of one level
  share<hash<std::uint64_t>>(3, .5, 2, 4);
}

TEST(ConcurrentStrataMap, ReadersSeeWhatIsThereOnLongPaths) {
  share<FourBits>(1'120, 1, 3, 5);
  share<FourBits>(4'480, .99, 2, 6);
  share<Constant>(560, 1, 2, 7);
}

TEST(ConcurrentStrataMap, GoesOnFromATableAndBackToOne) {
  strata_map<std::int32_t, float> map(1000, .9, 5);
  for (std::int32_t i = 0; i < 700; ++i) map.insert({i, static_cast<float>(i)});
  for (std::int32_t i = 0; i < 700; i += 3) map.erase(i);
  auto expected = map;
  concurrent_strata_map shared(std::move(map));
  EXPECT_EQ(shared.size(), expected.size());
  std::vector<std::int32_t> keys;
  std::vector<float> values;
  for (std::int32_t i = 600; i < 1100; i += 2) {
    keys.push_back(i);
    values.push_back(static_cast<float>(-i));
    expected.insert({i, static_cast<float>(-i)});
  }
  shared.insert_batch(keys, values);
  EXPECT_EQ(*shared.find(601), 601.F);
  EXPECT_EQ(*shared.find(602), expected.at(602));
  EXPECT_EQ(shared.find(3), nullptr);
  const auto found = std::make_unique<bool[]>(keys.size());
  shared.contains_batch(keys, {found.get(), keys.size()});
  for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_TRUE(found[i]);
  map = shared.release();
  EXPECT_EQ(map, expected);
  EXPECT_TRUE(map.consistent());
  EXPECT_EQ(shared.capacity(), 0U);
  EXPECT_FALSE(shared.contains(601));
  EXPECT_THROW(shared.insert(1, 1.F), table_full_error);
  EXPECT_EQ(map.erase(601), 1U);  // a plain table again
}

TEST(ConcurrentStrataMap, SetsAndErrors) {
  concurrent_strata_set<std::int64_t> set(5, 1, 1);
  const std::vector<std::int64_t> keys{4, 5, 4, 6, 7, 8, 9, 10};
  std::vector<std::int64_t> slots(keys.size(), -7);
  try {
    set.insert_batch(keys, slots);
    FAIL();
  } catch (const table_full_error& error) {
    EXPECT_EQ(error.inserted, 6U);
    EXPECT_EQ(error.size, 5U);
  }
  EXPECT_EQ(slots[0], slots[2]);
  EXPECT_EQ(slots[6], -7);
  EXPECT_EQ(set.size(), 5U);
  EXPECT_EQ(*set.find(8), 8);
  EXPECT_EQ(set.find(9), nullptr);
  EXPECT_FALSE(set.insert(8).added);
  EXPECT_THROW(set.insert(11), table_full_error);
  EXPECT_THROW(set.find_batch(keys, std::span(slots).first(2)), std::invalid_argument);

  strata_map<std::int64_t, std::int64_t> map(10);
  map.insert({1, 2});
  concurrent_strata_map reading(strata_map<std::int64_t, std::int64_t>::from_parts(map.parts(), nullptr));
  EXPECT_EQ(*reading.find(1), 2);
  EXPECT_THROW(reading.insert(1, 1), std::invalid_argument);
}

}  // namespace
}  // namespace wayseer::hashing
