// A map of fixed capacity for tables that are to be nearly full: load .9 to 1. Keys never move, so
// the slot of a key is a row id until the key is erased.
//
//   meta    a line of 64 bytes for each bucket: 56 tags of one byte (0 = free lane), a filter of 64 bits
//   keys    56 for each bucket; slot = bucket * 56 + lane
//   values  the same; a set (strata_set.hpp) has none
//
// The three lie in one block of memory in this order. A key's path is a fixed sequence of buckets through
// levels of falling size that ends with a sweep of all (StrataShape), so any key fits while any lane is free.
//
// Invariant F: if a key is stored at position p of its path (the first visit of its bucket counts), then its
// bit is set in the filters of the buckets at all positions before p.
//
// So a search ends at the first bucket whose filter lacks its bit, and at the end of the path. Free lanes say
// nothing, so an erased key leaves no tombstone. Filter bits stay when keys go: a bit too many costs time, a
// bit too few is a lost key. rebuild_filters() clears what is stale.
//
// Buckets looked at, random keys, filled once: at load .99 on average 1.2 for a hit and for a miss, at most
// 8; at .999 1.4 and 16. Close to load 1 the last insertions sweep, O(slots) each, and leave bits wherever
// they passed. The idea of levels and capped probes: M. Farach-Colton, A. Krapivin, W. Kuszmaul, "Optimal
// bounds for open addressing without reordering", 2025.
//
//   find, contains, at, insert, erase   O(path), expected O(1)
//   find_batch and other batches        the same for each key, several times as fast beyond the caches
//   construct, clear, ++iterator        O(slots / 56), O(slots / 56) + destructors, O(1) amortised
//   rebuild_filters, rehash, copy, ==   O(slots)
//
// Iterators, references and slots last until their key is erased or the table is rehashed, assigned or
// cleared, iterators also until the table is moved or swapped. A single insertion that throws has changed
// nothing; a batch that throws has done the positions before. Hash, Eq and destructors should not throw. Any
// number of threads may read; writing excludes all others, but see concurrent_strata_map.hpp. The capacity is
// that of the constructor: one key more is a table_full_error, never growth.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "wayseer/core/block.hpp"
#include "wayseer/core/error.hpp"
#include "wayseer/core/random.hpp"
#include "wayseer/hashing/detail/strata_native.hpp"
#include "wayseer/hashing/detail/strata_view.hpp"
#include "wayseer/hashing/duplicates.hpp"
#include "wayseer/hashing/error.hpp"
#include "wayseer/hashing/hash.hpp"
#include "wayseer/hashing/strata_file.hpp"
#include "wayseer/hashing/strata_stats.hpp"

namespace wayseer::hashing {

// What *it of a map is: `for (auto [key, value] : map)`, it->first, it->second.
template <class Key, class Value>
struct strata_entry {
  const Key& first;
  Value& second;
  operator std::pair<Key, std::remove_const_t<Value>>() const { return {first, second}; }
};

namespace detail {

struct NoValue {};

// Look-ups take any type if hash and equality do, else the key's.
template <bool transparent>
struct LookupKey {
  template <class, class Key>
  using type = Key;
};
template <>
struct LookupKey<true> {
  template <class Query, class>
  using type = Query;
};
template <class T>
concept transparent = requires { typename T::is_transparent; };

}  // namespace detail

template <class, class, class, class, class>
class concurrent_strata_map;  // concurrent_strata_map.hpp

// Value = void is the set; see strata_set.hpp.
//
// Hash: any function object. One with a member `seed` (wayseer::hash) is given the table's seed and used as
// it is; the result of others is mixed with the seed, so std::hash will do. std::equal_to on floating-point
// keys takes every NaN for the same key.
template <class Key, class Value, class Hash = wayseer::hash<Key>, class Eq = std::equal_to<>,
          class Alloc = std::allocator<std::byte>>
class strata_map {
  static constexpr bool has_values = !std::is_void_v<Value>;

 public:
  using key_type = Key;
  using mapped_type = std::conditional_t<has_values, Value, detail::NoValue>;
  using value_type = std::conditional_t<has_values, std::pair<Key, mapped_type>, Key>;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using hasher = Hash;
  using key_equal = Eq;
  using allocator_type = Alloc;

  // Whether save() and map_readonly() exist.
  static constexpr bool in_files = std::is_trivially_copyable_v<Key> && !std::is_pointer_v<Key> &&
                                   std::is_trivially_copyable_v<mapped_type> &&
                                   !std::is_pointer_v<mapped_type> && hash_with_id<Hash>;

  static_assert(alignof(Key) <= detail::strata_line && alignof(mapped_type) <= detail::strata_line);

 private:
  using View = detail::StrataView<Key, Value>;
  template <class Query>
  using key_arg = typename detail::LookupKey<detail::transparent<Hash> &&
                                             detail::transparent<Eq>>::template type<Query, Key>;

  template <bool constant>
  class basic_iterator {
    using Mapped = std::conditional_t<constant, const mapped_type, mapped_type>;
    struct Arrow {
      strata_entry<Key, Mapped> entry;
      const strata_entry<Key, Mapped>* operator->() const noexcept { return &entry; }
    };

   public:
    using value_type = strata_map::value_type;
    using difference_type = std::ptrdiff_t;
    using reference = std::conditional_t<has_values, strata_entry<Key, Mapped>, const Key&>;
    using pointer = std::conditional_t<has_values, Arrow, const Key*>;
    using iterator_category = std::input_iterator_tag;  // of C++17, where a proxy is no reference
    using iterator_concept = std::forward_iterator_tag;

    basic_iterator() = default;
    template <bool other_constant>
      requires(constant && !other_constant)
    basic_iterator(const basic_iterator<other_constant>& other) noexcept
        : view_(other.view_), slot_(other.slot_) {}

    [[nodiscard]] reference operator*() const noexcept {
      if constexpr (has_values)
        return {view_->keys[slot_], view_->values[slot_]};
      else
        return view_->keys[slot_];
    }
    [[nodiscard]] pointer operator->() const noexcept {
      if constexpr (has_values)
        return {**this};
      else
        return &**this;
    }
    basic_iterator& operator++() noexcept {
      slot_ = detail::next_strata_slot(*view_, slot_ + 1);
      return *this;
    }
    basic_iterator operator++(int) noexcept {
      auto before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const basic_iterator& a, const basic_iterator& b) noexcept {
      return a.slot_ == b.slot_;
    }
    [[nodiscard]] std::int64_t slot() const noexcept { return static_cast<std::int64_t>(slot_); }

   private:
    friend strata_map;
    template <bool>
    friend class basic_iterator;
    basic_iterator(const View& view, std::uint64_t slot) noexcept : view_(&view), slot_(slot) {}

    const View* view_ = nullptr;
    std::uint64_t slot_ = 0;
  };

 public:
  using iterator = basic_iterator<!has_values>;
  using const_iterator = basic_iterator<true>;

  // --- construction ---------------------------------------------------------------------------------------

  // Without memory, of capacity 0; so is a table that was moved from.
  strata_map() noexcept(std::is_nothrow_default_constructible_v<Hash>) : strata_map(Alloc()) {}
  explicit strata_map(const Alloc& alloc) : block_(alloc), hash_(Hash(), 0), same_{Eq()} {}

  // Room for `capacity` keys, which then fill `max_load` of the slots. seed 0: from the system.
  // Throws std::invalid_argument unless capacity >= 1 and 0 < max_load <= 1, std::overflow_error if
  // capacity > 2^40, std::bad_alloc.
  explicit strata_map(std::size_t capacity, double max_load = 0.99, std::uint64_t seed = 0,
                      const Hash& hash = Hash(), const Eq& equal = Eq(), const Alloc& alloc = Alloc())
      : block_(alloc), hash_(hash, seed == 0 ? random_seed() : seed), same_{equal} {
    if (capacity == 0) throw core::invalid_argument("capacity", capacity, "at least 1");
    if (!(max_load > 0 && max_load <= 1))
      throw core::invalid_argument("max_load", max_load, "above 0 and at most 1");
    if (capacity > std::size_t{1} << 40) throw std::overflow_error("capacity: allowed at most 2^40");
    const double lanes = std::ceil(static_cast<double>(capacity) / max_load);
    if (!(lanes < 0x1p60)) throw std::bad_alloc();
    max_load_ = max_load;
    allocate((std::max(static_cast<std::uint64_t>(lanes), std::uint64_t{capacity}) - 1) /
                 detail::strata_lanes +
             1);
    capacity_ = capacity;
  }

  // As much capacity as there are elements; of equal keys the first stays.
  template <std::forward_iterator It, std::sentinel_for<It> End>
  strata_map(It first, End last, double max_load = 0.99, std::uint64_t seed = 0)
      : strata_map(std::max<std::size_t>(1, static_cast<std::size_t>(std::ranges::distance(first, last))),
                   max_load, seed) {
    insert(first, last);
  }
  strata_map(std::initializer_list<value_type> elements, double max_load = 0.99, std::uint64_t seed = 0)
      : strata_map(elements.begin(), elements.end(), max_load, seed) {}

  // Every key has the same slot in the copy. A copy of a read-only table can be written to.
  strata_map(const strata_map& other)
      : block_(other.block_.get_allocator()),
        hash_(other.hash_),
        same_(other.same_),
        capacity_(other.capacity_),
        max_load_(other.max_load_),
        erases_(other.erases_),
        checked_(other.checked_),
        auto_rebuild_(other.auto_rebuild_) {
    if (capacity_ == 0) return;
    allocate(other.view_.shape.buckets());
    try {
      copy_from(other);
    } catch (...) {
      destroy_all();
      throw;
    }
  }
  strata_map(strata_map&& other) noexcept
      : block_(std::move(other.block_)),
        keeper_(std::move(other.keeper_)),
        view_(std::exchange(other.view_, View())),
        hash_(other.hash_),
        same_(other.same_),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)),
        max_load_(other.max_load_),
        erases_(std::exchange(other.erases_, 0)),
        checked_(std::exchange(other.checked_, 0)),
        auto_rebuild_(other.auto_rebuild_) {}
  strata_map& operator=(const strata_map& other) {
    if (this != &other) {
      strata_map copy(other);
      swap(copy);
    }
    return *this;
  }
  strata_map& operator=(strata_map&& other) noexcept {
    strata_map moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~strata_map() { destroy_all(); }

  void swap(strata_map& other) noexcept {
    using std::swap;
    block_.swap(other.block_);
    keeper_.swap(other.keeper_);
    swap(view_, other.view_);
    swap(hash_, other.hash_);
    swap(same_, other.same_);
    swap(size_, other.size_);
    swap(capacity_, other.capacity_);
    swap(max_load_, other.max_load_);
    swap(erases_, other.erases_);
    swap(checked_, other.checked_);
    swap(auto_rebuild_, other.auto_rebuild_);
  }
  friend void swap(strata_map& a, strata_map& b) noexcept { a.swap(b); }

  // A table over memory that `owner` keeps. What writes to it throws std::invalid_argument; nor may its
  // values be written to through references. Throws std::invalid_argument if the parts cannot be a table's.
  [[nodiscard]] static strata_map from_parts(const strata_parts<Key, Value>& parts,
                                             std::shared_ptr<const void> owner, const Hash& hash = Hash(),
                                             const Eq& equal = Eq())
    requires(std::is_trivially_copyable_v<Key> && std::is_trivially_copyable_v<mapped_type>)
  {
    const auto aligned = [](const void* p) {
      return p != nullptr && reinterpret_cast<std::uintptr_t>(p) % detail::strata_line == 0;
    };
    if (!aligned(parts.meta) || !aligned(parts.keys) || (has_values && !aligned(parts.values)))
      throw std::invalid_argument("strata_parts: arrays must be aligned to 64 bytes");
    if (parts.buckets == 0 || parts.buckets > std::size_t{1} << 54 || parts.capacity == 0 ||
        parts.size > parts.capacity || parts.capacity > parts.buckets * detail::strata_lanes)
      throw std::invalid_argument("strata_parts: buckets, capacity and size contradict each other");
    if (!(parts.max_load > 0 && parts.max_load <= 1))
      throw core::invalid_argument("max_load", parts.max_load, "above 0 and at most 1");
    strata_map map;
    map.hash_ = detail::StrataHash<Hash>(hash, parts.seed);
    map.same_ = {equal};
    map.keeper_ = owner != nullptr ? std::move(owner) : std::make_shared<int>(0);
    map.view_.meta = const_cast<std::byte*>(parts.meta);
    map.view_.keys = const_cast<Key*>(parts.keys);
    map.view_.values = const_cast<Value*>(parts.values);
    map.view_.shape = detail::StrataShape::of(parts.buckets, parts.max_load);
    map.size_ = parts.size;
    map.capacity_ = parts.capacity;
    map.max_load_ = parts.max_load;
    map.erases_ = parts.erases_since_rebuild;
    return map;
  }
  [[nodiscard]] strata_parts<Key, Value> parts() const noexcept {
    return {view_.meta, view_.keys, view_.values, buckets(), size_,
            capacity_,  max_load_,  hash_.seed,   erases_};
  }

  // --- size -----------------------------------------------------------------------------------------------

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] std::size_t max_size() const noexcept { return capacity_; }
  [[nodiscard]] std::size_t buckets() const noexcept { return view_.shape.buckets(); }
  [[nodiscard]] std::size_t slots() const noexcept { return view_.slots(); }
  [[nodiscard]] double load_factor() const noexcept {
    return size_ == 0 ? 0 : static_cast<double>(size_) / static_cast<double>(slots());
  }
  [[nodiscard]] double max_load() const noexcept { return max_load_; }
  [[nodiscard]] std::uint64_t seed() const noexcept { return hash_.seed; }
  [[nodiscard]] bool read_only() const noexcept { return keeper_ != nullptr; }
  [[nodiscard]] const Hash& hash_function() const noexcept { return hash_.hash; }
  [[nodiscard]] const Eq& key_eq() const noexcept { return same_.equal; }
  [[nodiscard]] Alloc get_allocator() const noexcept { return block_.get_allocator(); }

  // --- look-up --------------------------------------------------------------------------------------------

  // The slot of the key, or -1.
  template <class Query = Key>
  [[nodiscard]] std::int64_t slot_of(const key_arg<Query>& key) const {
    return WAYSEER_HASHING_NATIVE::find_slot(view_, hash_(key), key, same_);
  }
  template <class Query = Key>
  [[nodiscard]] iterator find(const key_arg<Query>& key) {
    return at_slot<iterator>(slot_of<Query>(key));
  }
  template <class Query = Key>
  [[nodiscard]] const_iterator find(const key_arg<Query>& key) const {
    return at_slot<const_iterator>(slot_of<Query>(key));
  }
  template <class Query = Key>
  [[nodiscard]] bool contains(const key_arg<Query>& key) const {
    return slot_of<Query>(key) >= 0;
  }
  template <class Query = Key>
  [[nodiscard]] std::size_t count(const key_arg<Query>& key) const {
    return contains<Query>(key) ? 1 : 0;
  }
  // Throws std::out_of_range if the key is absent.
  template <class Query = Key>
  [[nodiscard]] mapped_type& at(const key_arg<Query>& key)
    requires has_values
  {
    return view_.values[existing<Query>(key)];
  }
  template <class Query = Key>
  [[nodiscard]] const mapped_type& at(const key_arg<Query>& key) const
    requires has_values
  {
    return view_.values[existing<Query>(key)];
  }
  // Asks for the line that a search for the key begins with.
  template <class Query = Key>
  void prefetch(const key_arg<Query>& key) const {
    __builtin_prefetch(view_.line(view_.shape.home(hash_(key))));
  }

  // Of an occupied slot.
  [[nodiscard]] const Key& key_at(std::int64_t slot) const noexcept { return view_.keys[slot]; }
  [[nodiscard]] mapped_type& value_at(std::int64_t slot) noexcept
    requires has_values
  {
    return view_.values[slot];
  }
  [[nodiscard]] const mapped_type& value_at(std::int64_t slot) const noexcept
    requires has_values
  {
    return view_.values[slot];
  }
  // Of any number.
  [[nodiscard]] bool occupied(std::int64_t slot) const noexcept {
    return static_cast<std::uint64_t>(slot) < view_.slots() &&
           view_.occupied(static_cast<std::uint64_t>(slot));
  }

  // slots[i] = slot of keys[i], or -1. The batches throw std::invalid_argument if lengths differ.
  void find_batch(std::span<const Key> keys, std::span<std::int64_t> slots) const {
    require_equal(keys.size(), slots.size());
    WAYSEER_HASHING_NATIVE::find_strata(view_, hash_, same_, keys, slots.data());
  }
  template <class Query>
    requires(detail::transparent<Hash> && detail::transparent<Eq>)
  void find_batch(std::span<const Query> keys, std::span<std::int64_t> slots) const {
    require_equal(keys.size(), slots.size());
    WAYSEER_HASHING_NATIVE::find_strata(view_, hash_, same_, keys, slots.data());
  }
  void contains_batch(std::span<const Key> keys, std::span<bool> found) const {
    require_equal(keys.size(), found.size());
    WAYSEER_HASHING_NATIVE::contains_strata(view_, hash_, same_, keys, found.data());
  }
  // out[i] = the value of keys[i], or `fill`; found[i], if asked for, says which.
  void get_batch(std::span<const Key> keys, std::span<mapped_type> out, const mapped_type& fill,
                 std::span<bool> found = {}) const
    requires(has_values && std::is_copy_assignable_v<mapped_type>)
  {
    require_equal(keys.size(), out.size());
    if (!found.empty()) require_equal(keys.size(), found.size());
    WAYSEER_HASHING_NATIVE::get_strata(view_, hash_, same_, keys, fill, out.data(),
                                       found.empty() ? nullptr : found.data());
  }

  // --- insertion ------------------------------------------------------------------------------------------
  //
  // Each throws table_full_error if the key is absent and size() == capacity().

  // Nothing is moved from if the key is there. Maps: (key, arguments of the value); sets: (key).
  template <class... Args>
  std::pair<iterator, bool> try_emplace(const Key& key, Args&&... args) {
    return as_iterator(put(key, std::forward<Args>(args)...));
  }
  template <class... Args>
  std::pair<iterator, bool> try_emplace(Key&& key, Args&&... args) {
    return as_iterator(put(std::move(key), std::forward<Args>(args)...));
  }
  std::pair<iterator, bool> insert(const value_type& element) {
    if constexpr (has_values)
      return try_emplace(element.first, element.second);
    else
      return try_emplace(element);
  }
  std::pair<iterator, bool> insert(value_type&& element) {
    if constexpr (has_values)
      return try_emplace(std::move(element.first), std::move(element.second));
    else
      return try_emplace(std::move(element));
  }
  template <std::input_iterator It, std::sentinel_for<It> End>
  void insert(It first, End last) {
    for (; first != last; ++first) insert(static_cast<value_type>(*first));
  }
  void insert(std::initializer_list<value_type> elements) { insert(elements.begin(), elements.end()); }
  template <class... Args>
  std::pair<iterator, bool> emplace(Args&&... args) {
    return insert(value_type(std::forward<Args>(args)...));
  }
  template <class V>
  std::pair<iterator, bool> insert_or_assign(const Key& key, V&& value)
    requires has_values
  {
    return assign(put(key, std::forward<V>(value)), std::forward<V>(value));
  }
  template <class V>
  std::pair<iterator, bool> insert_or_assign(Key&& key, V&& value)
    requires has_values
  {
    return assign(put(std::move(key), std::forward<V>(value)), std::forward<V>(value));
  }
  mapped_type& operator[](const Key& key)
    requires has_values
  {
    return view_.values[put(key).slot];
  }
  mapped_type& operator[](Key&& key)
    requires has_values
  {
    return view_.values[put(std::move(key)).slot];
  }

  // Inserts keys[i] with values[i], in this order. `slots`, if not empty, gets the slot of every key. Returns
  // the number of new keys. Throws table_full_error (`inserted`: how many positions are done, they stay) and,
  // under duplicates::error, duplicate_key_error; nothing from its `position` on is done.
  std::size_t insert_batch(std::span<const Key> keys, std::span<const mapped_type> values,
                           std::span<std::int64_t> slots = {}, duplicates policy = duplicates::first)
    requires has_values
  {
    require_equal(keys.size(), values.size());
    return insert_each(keys, [&](std::size_t i) -> const mapped_type& { return values[i]; }, slots, policy);
  }
  std::size_t insert_batch(std::span<const Key> keys, std::span<std::int64_t> slots = {},
                           duplicates policy = duplicates::first)
    requires(!has_values)
  {
    return insert_each(keys, [](std::size_t) { return detail::NoValue(); }, slots, policy);
  }
  // The same with value_of(i) for keys[i], called for what is stored only.
  template <class ValueOf>
  std::size_t insert_each(std::span<const Key> keys, const ValueOf& value_of,
                          std::span<std::int64_t> slots = {}, duplicates policy = duplicates::first) {
    return insert_with(keys, slots, [&](std::int64_t* out, std::size_t& size) {
      return WAYSEER_HASHING_NATIVE::insert_strata(view_, hash_, same_, keys, value_of, out, policy, size,
                                                   capacity_);
    });
  }
  // The same through insert(slots or null, size of the table), a kernel of strata_kernels.inl that may be
  // compiled for another instruction set.
  template <class Insert>
  std::size_t insert_with(std::span<const Key> keys, std::span<std::int64_t> slots, Insert&& insert) {
    require_writable();
    if (!slots.empty()) require_equal(keys.size(), slots.size());
    if (capacity_ == 0) {
      if (keys.empty()) return 0;
      throw table_full_error(0, 0);
    }
    const detail::StrataInserted result = insert(slots.empty() ? nullptr : slots.data(), size_);
    if (result.stop == detail::StrataInserted::Stop::full)
      throw table_full_error(capacity_, size_, result.done);
    if (result.stop == detail::StrataInserted::Stop::duplicate) throw duplicate_key_error(result.done);
    return result.added;
  }

  // Takes over what `other` has and this table has not.
  void merge(strata_map& other) {
    require_writable();
    other.require_writable();
    if (this == &other) return;
    other.for_each_slot([&](std::uint64_t slot) {
      bool added;
      if constexpr (has_values)
        added = put(std::move(other.view_.keys[slot]), std::move(other.view_.values[slot])).added;
      else
        added = put(std::move(other.view_.keys[slot])).added;
      if (added) other.erase_slot(slot);
    });
  }
  void merge(strata_map&& other) { merge(other); }

  // --- erasure --------------------------------------------------------------------------------------------

  template <class Query = Key>
    requires(!std::convertible_to<Query, const_iterator>)
  std::size_t erase(const key_arg<Query>& key) {
    require_writable();
    const std::int64_t slot = slot_of<Query>(key);
    if (slot < 0) return 0;
    erase_slot(static_cast<std::uint64_t>(slot));
    return 1;
  }
  // Returns the iterator after `it`.
  iterator erase(const_iterator it) {
    require_writable();
    erase_slot(it.slot_);
    return {view_, detail::next_strata_slot(view_, it.slot_ + 1)};
  }
  iterator erase(iterator it)
    requires has_values
  {
    return erase(const_iterator(it));
  }
  // Returns how many of the keys were there.
  std::size_t erase_batch(std::span<const Key> keys) {
    require_writable();
    constexpr std::size_t group = 1024;
    std::int64_t slots[group];
    std::size_t erased = 0;
    for (std::size_t start = 0; start < keys.size(); start += group) {
      const std::size_t count = std::min(group, keys.size() - start);
      find_batch(keys.subspan(start, count), {slots, count});
      for (std::size_t i = 0; i < count; ++i) {
        if (!occupied(slots[i])) continue;  // absent, or twice in this group
        erase_slot(static_cast<std::uint64_t>(slots[i]));
        ++erased;
      }
    }
    return erased;
  }
  // Every element of which predicate(key, value), for sets predicate(key), is true. Returns how many.
  template <class Predicate>
  std::size_t erase_if(Predicate predicate) {
    require_writable();
    const std::size_t before = size_;
    for_each_slot([&](std::uint64_t slot) {
      bool goes;
      if constexpr (has_values)
        goes = predicate(std::as_const(view_.keys[slot]), view_.values[slot]);
      else
        goes = predicate(std::as_const(view_.keys[slot]));
      if (goes) erase_slot(slot);
    });
    return before - size_;
  }
  void clear() {
    require_writable();
    if (capacity_ == 0) return;
    destroy_all();
    std::memset(view_.meta, 0, buckets() * detail::strata_line);
    size_ = erases_ = checked_ = 0;
  }

  // --- upkeep ---------------------------------------------------------------------------------------------

  // Clears the filter bits that erased keys have left. Nothing moves.
  void rebuild_filters() {
    require_writable();
    if (capacity_ == 0) return;
    const auto set_all = [&](std::uint64_t word) {
      for (std::uint64_t bucket = 0; bucket < buckets(); ++bucket)
        detail::set_strata_filter(view_.line(bucket), word);
    };
    set_all(0);
    try {
      for_each_slot([&](std::uint64_t slot) {
        const std::uint64_t hash = hash_(view_.keys[slot]), home = slot / detail::strata_lanes;
        std::uint64_t position = 0;
        for (std::uint64_t b; (b = view_.shape.bucket(hash, position)) != home; ++position)
          detail::set_strata_filter(view_.line(b), detail::strata_filter(view_.line(b)) |
                                                       std::uint64_t{1} << detail::strata_bit(hash));
      });
    } catch (...) {  // of the hash: slow, but nothing is lost
      set_all(~std::uint64_t{0});
      throw;
    }
    erases_ = checked_ = 0;
  }
  // Whether that happens by itself, each time the erased keys reach a quarter of the capacity and misses look
  // at more than 1.5 buckets on average: O(4) for each erased key.
  void auto_rebuild(bool on) noexcept { auto_rebuild_ = on; }
  [[nodiscard]] bool auto_rebuild() const noexcept { return auto_rebuild_; }

  // Another capacity >= size(), same max_load and seed. Returns the new slot of each old one, -1 for free
  // ones. Nothing has changed if it throws.
  std::vector<std::int64_t> rehash(std::size_t new_capacity) {
    strata_map other;
    std::vector<std::int64_t> new_slots = rehash_into(other, new_capacity);
    swap(other);
    return new_slots;
  }
  // The same, but the result is put into `other`, whatever that was. The memory of this table stays until it
  // goes; elements that can be moved without exceptions have been moved from.
  std::vector<std::int64_t> rehash_into(strata_map& other, std::size_t new_capacity) {
    require_writable();
    if (new_capacity < size_)
      throw core::invalid_argument("capacity", new_capacity, "at least the size, " + std::to_string(size_));
    if (capacity_ == 0) hash_ = detail::StrataHash<Hash>(hash_.hash, random_seed());
    strata_map made(new_capacity, max_load_, 1, hash_.hash, same_.equal, get_allocator());
    made.hash_ = hash_;
    made.auto_rebuild_ = auto_rebuild_;
    std::vector<std::int64_t> new_slots(slots(), -1);
    for_each_slot([&](std::uint64_t slot) {
      if constexpr (has_values && nothrow_moves)
        new_slots[slot] = made.put(std::move(view_.keys[slot]), std::move(view_.values[slot])).slot;
      else if constexpr (has_values)
        new_slots[slot] = made.put(std::as_const(view_.keys[slot]), std::as_const(view_.values[slot])).slot;
      else if constexpr (nothrow_moves)
        new_slots[slot] = made.put(std::move(view_.keys[slot])).slot;
      else
        new_slots[slot] = made.put(std::as_const(view_.keys[slot])).slot;
    });
    made.swap(other);
    return new_slots;
  }

  // O(slots).
  [[nodiscard]] strata_stats stats() const {
    strata_stats stats;
    if (capacity_ != 0) stats = detail::strata_stats_of(view_, hash_, size_, bytes_of(buckets()));
    stats.size = size_;
    stats.capacity = capacity_;
    stats.erases_since_rebuild = erases_;
    return stats;
  }

  // Whether invariant F and all else that must hold does: for tests.
  [[nodiscard]] bool consistent() const {
    std::size_t count = 0;
    bool good = true;
    for_each_slot([&](std::uint64_t slot) {
      ++count;
      const Key& key = view_.keys[slot];
      const std::uint64_t hash = hash_(key), home = slot / detail::strata_lanes;
      good = good && std::to_integer<std::uint8_t>(*view_.tag_at(slot)) == detail::strata_tag(hash);
      for (std::uint64_t position = 0, b; (b = view_.shape.bucket(hash, position)) != home; ++position)
        good = good && WAYSEER_HASHING_NATIVE::goes_on(view_.line(b), hash);
      good = good &&
             WAYSEER_HASHING_NATIVE::find_slot(view_, hash, key, same_) == static_cast<std::int64_t>(slot);
    });
    return good && count == size_ && size_ <= capacity_ && capacity_ <= slots();
  }

  // --- files ----------------------------------------------------------------------------------------------

  // Writes the table to a file, every key in its slot; the file appears under its name when it is complete
  // and on the disk. The bytes of free slots become 0 before, so that files depend on nothing but the table:
  // this is a writing call. Throws std::system_error.
  void save(const std::string& path)
    requires in_files
  {
    if constexpr (has_values)
      save(path, dtype_of<Key>(), dtype_of<Value>());
    else
      save(path, dtype_of<Key>(), "");
  }
  // The same under names of dtypes that stand for the same bytes, such as "<M8[ns]" for int64.
  void save(const std::string& path, const std::string& key_dtype, const std::string& value_dtype)
    requires in_files
  {
    if (capacity_ == 0) throw std::invalid_argument("a table without capacity cannot be saved");
    if (!read_only())
      for (std::uint64_t slot = 0; slot < slots(); ++slot) {
        if (view_.occupied(slot)) continue;
        std::memset(static_cast<void*>(view_.keys + slot), 0, sizeof(Key));
        if constexpr (has_values) std::memset(static_cast<void*>(view_.values + slot), 0, sizeof(Value));
      }
    write_strata(path, parts(), hash_.hash.id, key_dtype, value_dtype);
  }
  // The table in such a file where it is mapped: opening costs nothing, all processes share one copy, and
  // what writes throws std::invalid_argument. A damaged part that `how` leaves unchecked gives wrong answers,
  // never a crash; but nobody may cut the file shorter meanwhile. Throws format_error, std::system_error.
  [[nodiscard]] static strata_map map_readonly(const std::string& path, verify how = verify::meta)
    requires in_files
  {
    auto file = std::make_shared<const table_file>(path);
    file->expect_kind(has_values ? table_kind::strata_map : table_kind::strata_set);
    file->expect_dtype(32, dtype_of<Key>(), file->header().key_dtype);
    if constexpr (has_values) file->expect_dtype(48, dtype_of<Value>(), file->header().value_dtype);
    return map_readonly(std::move(file), how);
  }
  // Whatever the dtypes, as long as Key and Value have their sizes.
  [[nodiscard]] static strata_map map_readonly(std::shared_ptr<const table_file> file, verify how,
                                               const Hash& hash = Hash(), const Eq& equal = Eq())
    requires in_files
  {
    const auto parts = read_strata<Key, Value>(*file, how);
    file->expect(20, "hash id", hash.id, file->header().hash_id);
    strata_map map = from_parts(parts, file, hash, equal);
    if (how != verify::header && map.occupied_slots() != map.size_)
      file->expect(64, "size", map.occupied_slots(), map.size_);
    return map;
  }
  // Counted: what size() must be, or a copy of a damaged table would look for free lanes where there are
  // none.
  [[nodiscard]] std::size_t occupied_slots() const noexcept {
    std::size_t count = 0;
    for_each_slot([&](std::uint64_t) { ++count; });
    return count;
  }

  // --- iteration, in the order of slots -------------------------------------------------------------------

  [[nodiscard]] iterator begin() noexcept { return {view_, detail::next_strata_slot(view_, 0)}; }
  [[nodiscard]] iterator end() noexcept { return {view_, view_.slots()}; }
  [[nodiscard]] const_iterator begin() const noexcept { return {view_, detail::next_strata_slot(view_, 0)}; }
  [[nodiscard]] const_iterator end() const noexcept { return {view_, view_.slots()}; }
  [[nodiscard]] const_iterator cbegin() const noexcept { return begin(); }
  [[nodiscard]] const_iterator cend() const noexcept { return end(); }

  // The same keys with equal values, wherever they lie.
  friend bool operator==(const strata_map& a, const strata_map& b) {
    if (a.size_ != b.size_) return false;
    for (auto it = a.begin(); it != a.end(); ++it) {
      const std::int64_t here = it.slot(), there = b.slot_of(a.view_.keys[here]);
      if (there < 0) return false;
      if constexpr (has_values)
        if (!(a.view_.values[here] == b.view_.values[there])) return false;
    }
    return true;
  }

  // What the kernels take, for those who compile them for other instruction sets.
  [[nodiscard]] const View& view() const noexcept { return view_; }
  [[nodiscard]] const detail::StrataHash<Hash>& kernel_hash() const noexcept { return hash_; }
  [[nodiscard]] const detail::StrataEqual<Eq>& kernel_equal() const noexcept { return same_; }

 private:
  struct Put {
    std::int64_t slot;
    bool added;
  };

  static constexpr bool nothrow_moves =
      (std::is_nothrow_move_constructible_v<Key> && std::is_nothrow_move_constructible_v<mapped_type>) ||
      !(std::is_copy_constructible_v<Key> && std::is_copy_constructible_v<mapped_type>);

  void require_writable() const {
    if (keeper_ != nullptr) throw std::invalid_argument("table is mapped read-only");
  }
  static void require_equal(std::size_t keys, std::size_t others) {
    if (keys != others)
      throw std::invalid_argument("spans of unequal length: " + std::to_string(keys) + " keys, " +
                                  std::to_string(others) + " others");
  }

  // Offsets of keys and values in the block, and its size.
  struct Layout {
    std::size_t keys, values, size;
  };
  static Layout layout(std::uint64_t buckets) {
    constexpr std::size_t line = detail::strata_line, largest = std::max(sizeof(Key), sizeof(mapped_type));
    if (buckets > std::numeric_limits<std::size_t>::max() / 256 / detail::strata_lanes / largest)
      throw std::bad_alloc();
    const auto lines = [](std::size_t bytes) { return (bytes + line - 1) / line * line; };
    const std::size_t slots = buckets * detail::strata_lanes;
    Layout at{};
    at.keys = buckets * line;
    at.values = at.keys + lines(slots * sizeof(Key));
    at.size = at.values;
    if constexpr (has_values) at.size += lines(slots * sizeof(mapped_type));
    return at;
  }
  static std::size_t bytes_of(std::uint64_t buckets) { return layout(buckets).size; }

  void allocate(std::uint64_t buckets) {
    const Layout at = layout(buckets);
    block_ = core::Block<Alloc>(at.size, block_.get_allocator());
    view_.meta = block_.data();
    view_.keys = reinterpret_cast<Key*>(block_.data() + at.keys);
    if constexpr (has_values) view_.values = reinterpret_cast<Value*>(block_.data() + at.values);
    view_.shape = detail::StrataShape::of(buckets, max_load_);
    std::memset(view_.meta, 0, at.keys);
  }

  void copy_from(const strata_map& other) {
    const std::size_t meta_bytes = buckets() * detail::strata_line;
    if constexpr (std::is_trivially_copyable_v<Key> && std::is_trivially_copyable_v<mapped_type>) {
      std::memcpy(static_cast<void*>(view_.keys), other.view_.keys, slots() * sizeof(Key));
      if constexpr (has_values)
        std::memcpy(static_cast<void*>(view_.values), other.view_.values, slots() * sizeof(mapped_type));
      std::memcpy(view_.meta, other.view_.meta, meta_bytes);
      size_ = other.size_;
    } else {
      for (std::uint64_t bucket = 0; bucket < buckets(); ++bucket)
        detail::set_strata_filter(view_.line(bucket), detail::strata_filter(other.view_.line(bucket)));
      other.for_each_slot([&](std::uint64_t slot) {
        WAYSEER_HASHING_NATIVE::StrataPlace place;
        place.slot = static_cast<std::int64_t>(slot);
        const std::uint64_t hash = hash_(other.view_.keys[slot]);
        if constexpr (has_values)
          WAYSEER_HASHING_NATIVE::store(view_, hash, place, other.view_.keys[slot],
                                        std::as_const(other.view_.values[slot]));
        else
          WAYSEER_HASHING_NATIVE::store(view_, hash, place, other.view_.keys[slot]);
        ++size_;
      });
    }
  }

  template <class K, class... Args>
  Put put(K&& key, Args&&... value) {
    require_writable();
    const std::uint64_t hash = hash_(key);
    const auto place = WAYSEER_HASHING_NATIVE::locate(view_, hash, key, same_, size_ == capacity_);
    if (place.found) return {place.slot, false};
    if (place.slot < 0) throw table_full_error(capacity_, size_);
    WAYSEER_HASHING_NATIVE::store(view_, hash, place, std::forward<K>(key), std::forward<Args>(value)...);
    ++size_;
    return {place.slot, true};
  }
  [[nodiscard]] std::pair<iterator, bool> as_iterator(Put put) const noexcept {
    return {iterator(view_, static_cast<std::uint64_t>(put.slot)), put.added};
  }
  template <class V>
  std::pair<iterator, bool> assign(Put put, V&& value) {
    if (!put.added) view_.values[put.slot] = std::forward<V>(value);
    return as_iterator(put);
  }

  void erase_slot(std::uint64_t slot) {
    *view_.tag_at(slot) = std::byte{0};
    destroy(slot);
    --size_;
    ++erases_;
    if (auto_rebuild_ && erases_ - checked_ >= std::max<std::size_t>(1, capacity_ / 4)) [[unlikely]] {
      checked_ = erases_;
      const std::size_t samples = std::min<std::size_t>(1024, 64 * buckets());
      if (detail::mean_strata_miss_path(view_, hash_.seed, samples) > 1.5) rebuild_filters();
    }
  }
  void destroy(std::uint64_t slot) noexcept {
    std::destroy_at(view_.keys + slot);
    if constexpr (has_values) std::destroy_at(view_.values + slot);
  }
  void destroy_all() noexcept {
    if constexpr (!std::is_trivially_destructible_v<Key> || !std::is_trivially_destructible_v<mapped_type>)
      for_each_slot([&](std::uint64_t slot) { destroy(slot); });
  }

  // f(slot) for every occupied one, ascending; f may erase it.
  template <class F>
  void for_each_slot(F&& f) const {
    detail::for_each_strata_slot(view_, std::forward<F>(f));
  }

  template <class Iterator>
  [[nodiscard]] Iterator at_slot(std::int64_t slot) const noexcept {
    return {view_, slot < 0 ? view_.slots() : static_cast<std::uint64_t>(slot)};
  }
  template <class Query>
  [[nodiscard]] std::int64_t existing(const key_arg<Query>& key) const {
    const std::int64_t slot = slot_of<Query>(key);
    if (slot < 0) throw std::out_of_range("strata_map::at: no such key");
    return slot;
  }

  template <class, class, class, class, class>
  friend class concurrent_strata_map;

  core::Block<Alloc> block_;
  std::shared_ptr<const void> keeper_;  // of memory that is not ours; then the table is read-only
  View view_;
  detail::StrataHash<Hash> hash_;
  [[no_unique_address]] detail::StrataEqual<Eq> same_;
  std::size_t size_ = 0, capacity_ = 0;
  double max_load_ = 0.99;
  std::size_t erases_ = 0, checked_ = 0;  // since the last rebuild; of these, when misses were last measured
  bool auto_rebuild_ = true;
};

template <std::forward_iterator It, class End>
strata_map(It, End, double = 0.99, std::uint64_t = 0)
    -> strata_map<std::remove_const_t<typename std::iter_value_t<It>::first_type>,
                  typename std::iter_value_t<It>::second_type>;
template <class Key, class Value>
strata_map(std::initializer_list<std::pair<Key, Value>>, double = 0.99, std::uint64_t = 0)
    -> strata_map<Key, Value>;
}  // namespace wayseer::hashing
