// A strata_map into which one thread inserts while any number of others look keys up. Nobody waits: there are
// no locks, and no operation of one thread is ever repeated because of another.
//
// Keys are inserted and stay, with the value they came with: no erasure, no assignment. Before and after the
// time of sharing the table is a plain strata_map, which can do all that:
//
//   concurrent_strata_map shared(std::move(map));  // or (capacity)
//   ... one thread: shared.insert(key, value); others: shared.find(key) ...
//   map = shared.release();                        // when they have finished
//
// What a reader can rely on. "Before" is the happens-before of the C++ memory model: the order within a
// thread, and whatever orders threads, e.g. a store with memory_order_release and the load that reads it.
//
//   1. A key whose insertion ended before the search began is found. size() is such a load: what it counts
//      is found from then on.
//   2. A key that one search has found, every search after that one finds, in whatever thread and in the same
//      slot. References to keys and values last until the table goes.
//   3. A key is found with its whole value, and never one that nobody has inserted. Of a search during the
//      insertion, either answer is right.
//   4. Every operation ends after a bounded number of steps, that of strata_map, whatever other threads do.
//
// Why: a key is written once, in this order: key and value, the filter bits of the full buckets on its path,
// then, with release, its tag. Tags, bits and keys are never taken back. A reader acquires the tags, so who
// sees one sees the key below it and the bits that lead to it. A search that misses the tag of a key ends at
// a bucket whose filter lacked the key's bit, or at the end of the path: so the bit or the tag was not yet
// there, and the insertion had not ended before. Invariant F of strata_map thus holds at each moment for what
// a reader can see. A path is finite and its walk never turns back.
//
// Tags and filters are read and written as whole 64-bit words: a vector load of a line that another thread
// writes to would be a data race. Searches, insertions and batches take about twice the time of those of a
// strata_map for that.
//
// One thread at a time may insert. Another may go on when the insertions of the first happened before.
// Construction, release and destruction exclude all else.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "wayseer/hashing/strata_map.hpp"

#define WAYSEER_HASHING_ISA shared_words
#define WAYSEER_HASHING_SHARED
#include "wayseer/hashing/detail/strata_kernels.inl"
#undef WAYSEER_HASHING_ISA
#undef WAYSEER_HASHING_SHARED

namespace wayseer::hashing {

// Value = void is the set. Parameters and costs are those of strata_map. Hash and Eq must bear concurrent
// calls.
template <class Key, class Value, class Hash = wayseer::hash<Key>, class Eq = std::equal_to<>,
          class Alloc = std::allocator<std::byte>>
class concurrent_strata_map {
  static constexpr bool has_values = !std::is_void_v<Value>;

 public:
  using table_type = strata_map<Key, Value, Hash, Eq, Alloc>;
  using key_type = Key;
  using mapped_type = typename table_type::mapped_type;
  // What a search gives: for sets the key.
  using found_type = std::conditional_t<has_values, mapped_type, Key>;

  static_assert(std::is_trivially_copyable_v<Key> && std::is_trivially_copyable_v<mapped_type>,
                "what is copied byte by byte can be published by a tag");

  explicit concurrent_strata_map(std::size_t capacity, double max_load = 0.99, std::uint64_t seed = 0,
                                 const Hash& hash = Hash(), const Eq& equal = Eq(),
                                 const Alloc& alloc = Alloc())
      : concurrent_strata_map(table_type(capacity, max_load, seed, hash, equal, alloc)) {}
  // With all that is in the table, which may be read-only.
  explicit concurrent_strata_map(table_type&& table) noexcept
      : table_(std::move(table)), size_(table_.size()) {}

  concurrent_strata_map(const concurrent_strata_map&) = delete;
  concurrent_strata_map& operator=(const concurrent_strata_map&) = delete;

  // The table; what is left has capacity 0.
  [[nodiscard]] table_type release() noexcept {
    table_.size_ = size_.exchange(0, std::memory_order_acquire);
    return std::move(table_);
  }

  // --- any thread -----------------------------------------------------------------------------------------

  // Keys that are in the table: at most so many as were inserted when this returns.
  [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] std::size_t capacity() const noexcept { return table_.capacity(); }
  [[nodiscard]] std::size_t slots() const noexcept { return table_.slots(); }
  [[nodiscard]] double max_load() const noexcept { return table_.max_load(); }
  [[nodiscard]] std::uint64_t seed() const noexcept { return table_.seed(); }

  // The slot of the key, or -1.
  [[nodiscard]] std::int64_t slot_of(const Key& key) const {
    return shared_words::find_slot(table_.view(), table_.kernel_hash()(key), key, table_.kernel_equal());
  }
  [[nodiscard]] bool contains(const Key& key) const { return slot_of(key) >= 0; }
  // The value of the key, of a set the key; null if it is absent.
  [[nodiscard]] const found_type* find(const Key& key) const {
    const std::int64_t slot = slot_of(key);
    return slot < 0 ? nullptr : found_at(slot);
  }
  // Of a slot that a search or an insertion has given.
  [[nodiscard]] const Key& key_at(std::int64_t slot) const noexcept { return table_.key_at(slot); }
  [[nodiscard]] const mapped_type& value_at(std::int64_t slot) const noexcept
    requires has_values
  {
    return table_.value_at(slot);
  }

  // As those of strata_map. Each key is a search of its own: a batch is no snapshot.
  void find_batch(std::span<const Key> keys, std::span<std::int64_t> slots) const {
    table_type::require_equal(keys.size(), slots.size());
    shared_words::find_strata(table_.view(), table_.kernel_hash(), table_.kernel_equal(), keys, slots.data());
  }
  void contains_batch(std::span<const Key> keys, std::span<bool> found) const {
    table_type::require_equal(keys.size(), found.size());
    shared_words::contains_strata(table_.view(), table_.kernel_hash(), table_.kernel_equal(), keys,
                                  found.data());
  }
  void get_batch(std::span<const Key> keys, std::span<mapped_type> out, const mapped_type& fill,
                 std::span<bool> found = {}) const
    requires has_values
  {
    table_type::require_equal(keys.size(), out.size());
    if (!found.empty()) table_type::require_equal(keys.size(), found.size());
    shared_words::get_strata(table_.view(), table_.kernel_hash(), table_.kernel_equal(), keys, fill,
                             out.data(), found.empty() ? nullptr : found.data());
  }

  // --- the writer -----------------------------------------------------------------------------------------
  //
  // Of equal keys the first stays, with its value. A new key in a full table is a table_full_error.

  struct Inserted {
    std::int64_t slot;
    bool added;
  };
  Inserted insert(const Key& key, const mapped_type& value)
    requires has_values
  {
    return put(key, value);
  }
  Inserted insert(const Key& key)
    requires(!has_values)
  {
    return put(key);
  }

  // keys[i] with values[i], in this order; each is published by itself. `slots`, if not empty, gets the slot
  // of every key. Returns the number of new keys. A table_full_error says how many positions are done.
  std::size_t insert_batch(std::span<const Key> keys, std::span<const mapped_type> values,
                           std::span<std::int64_t> slots = {})
    requires has_values
  {
    table_type::require_equal(keys.size(), values.size());
    return put_each(keys, [&](std::size_t i) -> const mapped_type& { return values[i]; }, slots);
  }
  std::size_t insert_batch(std::span<const Key> keys, std::span<std::int64_t> slots = {})
    requires(!has_values)
  {
    return put_each(keys, [](std::size_t) { return detail::NoValue(); }, slots);
  }

 private:
  [[nodiscard]] const found_type* found_at(std::int64_t slot) const noexcept {
    if constexpr (has_values)
      return &table_.value_at(slot);
    else
      return &table_.key_at(slot);
  }

  template <class... Args>
  Inserted put(const Key& key, const Args&... value) {
    table_.require_writable();
    const std::size_t size = size_.load(std::memory_order_relaxed);
    const std::uint64_t hash = table_.kernel_hash()(key);
    const auto place =
        shared_words::locate(table_.view(), hash, key, table_.kernel_equal(), size == capacity());
    if (place.found) return {place.slot, false};
    if (place.slot < 0) throw table_full_error(capacity(), size);
    shared_words::store(table_.view(), hash, place, key, value...);
    size_.store(size + 1, std::memory_order_release);
    return {place.slot, true};
  }

  template <class ValueOf>
  std::size_t put_each(std::span<const Key> keys, const ValueOf& value_of, std::span<std::int64_t> slots) {
    table_.require_writable();
    if (!slots.empty()) table_type::require_equal(keys.size(), slots.size());
    constexpr std::size_t piece = 1024;  // how far size() may lag behind
    std::size_t added = 0;
    for (std::size_t start = 0; start < keys.size(); start += piece) {
      const auto some = keys.subspan(start, std::min(piece, keys.size() - start));
      struct Published {
        std::atomic<std::size_t>& to;
        std::size_t size;
        ~Published() { to.store(size, std::memory_order_release); }
      } now{size_, size_.load(std::memory_order_relaxed)};
      if (capacity() == 0) throw table_full_error(0, 0);
      const auto result = shared_words::insert_strata(
          table_.view(), table_.kernel_hash(), table_.kernel_equal(), some,
          [&](std::size_t i) -> decltype(auto) { return value_of(start + i); },
          slots.empty() ? nullptr : slots.data() + start, duplicates::first, now.size, capacity());
      added += result.added;
      if (result.stop == detail::StrataInserted::Stop::full)
        throw table_full_error(capacity(), now.size, start + result.done);
    }
    return added;
  }

  table_type table_;
  // Of the writer; the readers' lines of the table lie elsewhere.
  alignas(detail::strata_line) std::atomic<std::size_t> size_;
};

template <class Key, class Hash = wayseer::hash<Key>, class Eq = std::equal_to<>,
          class Alloc = std::allocator<std::byte>>
using concurrent_strata_set = concurrent_strata_map<Key, void, Hash, Eq, Alloc>;

template <class Key, class Value, class Hash, class Eq, class Alloc>
concurrent_strata_map(strata_map<Key, Value, Hash, Eq, Alloc>&&)
    -> concurrent_strata_map<Key, Value, Hash, Eq, Alloc>;

}  // namespace wayseer::hashing
