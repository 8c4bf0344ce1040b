// The fast default map from numbers of up to 8 bytes: see line_keys.hpp for the table. Values lie in an array
// of their own, beside the keys: a search touches one line of keys and, when it hits, one of values.
//
// find, insert, erase: expected O(1). Batches (find_batch, get_batch, insert_batch) ask for all the lines of
// a group before they look at the first and are several times as fast on tables beyond the caches. Iterators,
// references and slots last until the next insertion or erasure. A moved-from map is empty.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "wayseer/hashing/duplicates.hpp"
#include "wayseer/hashing/line_file.hpp"
#include "wayseer/hashing/line_keys.hpp"

namespace wayseer::hashing {

template <line_key Key, class Value, class Hash = wayseer::hash<Key>, class Eq = std::equal_to<>,
          class Alloc = std::allocator<std::byte>>
class line_map {
  static_assert(std::is_same_v<Eq, std::equal_to<>> || std::is_same_v<Eq, std::equal_to<Key>>,
                "keys are compared by their bits; for another equality take dense_map");
  static_assert(std::is_nothrow_move_constructible_v<Value>, "values move when the table grows");
  using keys_type = line_keys<Key, Hash, Alloc>;

  template <bool constant>
  class basic_iterator {
    using map_type = std::conditional_t<constant, const line_map, line_map>;

   public:
    using value_type = std::pair<Key, Value>;
    using reference = std::pair<const Key, std::conditional_t<constant, const Value&, Value&>>;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;  // reference is a pair, not a reference
    struct pointer {
      reference pair;
      reference* operator->() noexcept { return &pair; }
    };

    basic_iterator() = default;
    basic_iterator(map_type* map, std::size_t slot) noexcept : map_(map), slot_(slot) {}
    operator basic_iterator<true>() const noexcept { return {map_, slot_}; }

    [[nodiscard]] std::size_t slot() const noexcept { return slot_; }
    reference operator*() const noexcept { return {map_->keys_.key_at(slot_), map_->value_at(slot_)}; }
    pointer operator->() const noexcept { return {**this}; }
    basic_iterator& operator++() noexcept {
      slot_ = map_->next_occupied(slot_ + 1);
      return *this;
    }
    basic_iterator operator++(int) noexcept {
      auto old = *this;
      ++*this;
      return old;
    }
    friend bool operator==(const basic_iterator& a, const basic_iterator& b) noexcept {
      return a.slot_ == b.slot_;
    }

   private:
    map_type* map_ = nullptr;
    std::size_t slot_ = 0;
  };

 public:
  using key_type = Key;
  using mapped_type = Value;
  using value_type = std::pair<Key, Value>;
  using size_type = std::size_t;
  using hasher = Hash;
  using key_equal = Eq;
  using allocator_type = Alloc;
  using iterator = basic_iterator<false>;
  using const_iterator = basic_iterator<true>;

  line_map() : line_map(0) {}
  // Room for `expected` keys at a load of at most `max_load`, .7 unless said otherwise, .95 at most.
  explicit line_map(std::size_t expected, double max_load = keys_type::default_load, const Hash& hash = {},
                    const Alloc& alloc = {})
      : keys_(expected, max_load, hash, alloc), values_(make_values(keys_.slots(), alloc)) {}
  template <std::input_iterator It>
  line_map(It first, It last) : line_map() {
    for (; first != last; ++first) insert(*first);
  }
  line_map(std::initializer_list<value_type> pairs) : line_map(pairs.begin(), pairs.end()) {}
  line_map(std::span<const Key> keys, std::span<const Value> values) : line_map(keys.size()) {
    insert_batch(keys, values);
  }

  line_map(const line_map& other)
      : line_map(other.size(), other.max_load(), other.keys_.hash(), other.values_.get_allocator()) {
    for (const auto& [key, value] : other) try_emplace(key, value);
  }
  line_map(line_map&& other) noexcept : keys_(std::move(other.keys_)), values_(std::move(other.values_)) {}
  line_map& operator=(const line_map& other) {
    if (this != &other) {
      line_map copy(other);
      swap(copy);
    }
    return *this;
  }
  line_map& operator=(line_map&& other) noexcept {
    line_map moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~line_map() { destroy_values(); }

  void swap(line_map& other) noexcept {
    keys_.swap(other.keys_);
    values_.swap(other.values_);
  }
  friend void swap(line_map& a, line_map& b) noexcept { a.swap(b); }

  // --- size -----------------------------------------------------------------------------------------------

  [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] double load_factor() const noexcept { return keys_.load(); }
  [[nodiscard]] double max_load() const noexcept { return keys_.max_load(); }
  [[nodiscard]] std::size_t bytes() const noexcept {
    return keys_.lines() * core::line_size + values_.size();
  }
  [[nodiscard]] const Hash& hash_function() const noexcept { return keys_.hash(); }
  [[nodiscard]] allocator_type get_allocator() const noexcept { return values_.get_allocator(); }

  // Room for `expected` keys in all without growing.
  void reserve(std::size_t expected) {
    if (expected > size() && expected - size() > keys_.room()) rehash(expected);
  }
  // Fits the table to `expected` keys, or to those present if they are more: also shrinks. O(slots).
  void rehash(std::size_t expected) {
    keys_type keys = keys_.empty_for(expected);
    auto values = make_values(keys.slots(), get_allocator());
    auto* moved = reinterpret_cast<Value*>(values.data());
    keys.fill_from(keys_, [&](std::size_t from, std::size_t to) {
      std::construct_at(moved + to, std::move(this->values()[from]));
      std::destroy_at(this->values() + from);
    });
    keys_.swap(keys);
    values_.swap(values);
  }

  // --- look-up --------------------------------------------------------------------------------------------

  [[nodiscard]] iterator find(Key key) noexcept { return at_slot<iterator>(this, find_slot(key)); }
  [[nodiscard]] const_iterator find(Key key) const noexcept {
    return at_slot<const_iterator>(this, find_slot(key));
  }
  [[nodiscard]] bool contains(Key key) const noexcept { return keys_.find(key) >= 0; }
  [[nodiscard]] std::size_t count(Key key) const noexcept { return contains(key) ? 1 : 0; }
  [[nodiscard]] Value& at(Key key) { return value_at(existing(key)); }
  [[nodiscard]] const Value& at(Key key) const { return value_at(existing(key)); }
  void prefetch(Key key) const noexcept { keys_.prefetch(key); }

  // slots[i] = slot of keys[i], or -1.
  void find_batch(std::span<const Key> keys, std::span<std::int64_t> slots) const {
    require_equal(keys.size(), slots.size());
    for_words(keys, [&](const word* words, std::size_t start, std::size_t count) {
      WAYSEER_HASHING_NATIVE::find_lines(keys_.view(), keys_.hash_word(), words, count, slots.data() + start);
    });
  }
  // out[i] = value of keys[i], or `fill`; found[i], if asked for, says which.
  void get_batch(std::span<const Key> keys, std::span<Value> out, Value fill,
                 std::span<bool> found = {}) const
    requires std::is_trivially_copyable_v<Value>
  {
    require_equal(keys.size(), out.size());
    if (!found.empty()) require_equal(keys.size(), found.size());
    for_words(keys, [&](const word* words, std::size_t start, std::size_t count) {
      WAYSEER_HASHING_NATIVE::get_lines(keys_.view(), keys_.hash_word(), words, count, values(), fill,
                                        out.data() + start, found.empty() ? nullptr : found.data() + start);
    });
  }

  // --- insertion ------------------------------------------------------------------------------------------

  template <class... Args>
  std::pair<iterator, bool> try_emplace(Key key, Args&&... args) {
    if (keys_.lines() == 0) grow();
    auto place = keys_.locate(key);
    if (!place.present) {
      if (!fits(place.slot)) {
        grow();
        place = keys_.locate(key);
      }
      std::construct_at(values() + place.slot, std::forward<Args>(args)...);
      keys_.put(place.slot, key);
    }
    return {iterator(this, place.slot), !place.present};
  }
  std::pair<iterator, bool> insert(const value_type& pair) { return try_emplace(pair.first, pair.second); }
  std::pair<iterator, bool> insert(value_type&& pair) {
    return try_emplace(pair.first, std::move(pair.second));
  }
  template <class... Args>
  std::pair<iterator, bool> emplace(Args&&... args) {
    return insert(value_type(std::forward<Args>(args)...));
  }
  template <class V>
  std::pair<iterator, bool> insert_or_assign(Key key, V&& value) {
    auto [it, added] = try_emplace(key, std::forward<V>(value));
    if (!added) value_at(it.slot()) = std::forward<V>(value);
    return {it, added};
  }
  [[nodiscard]] Value& operator[](Key key) { return value_at(try_emplace(key).first.slot()); }

  // Returns how many keys are new. `slots`, if given, gets where each key is at the end. What precedes a
  // failure stays. Throws std::invalid_argument if the spans' lengths differ.
  std::size_t insert_batch(std::span<const Key> keys, std::span<const Value> values,
                           std::span<std::int64_t> slots = {}, duplicates policy = duplicates::first) {
    require_equal(keys.size(), values.size());
    if (!slots.empty()) require_equal(keys.size(), slots.size());
    const std::size_t before = size();
    insert_each(keys, [&](std::size_t i) -> const Value& { return values[i]; }, policy);
    if (!slots.empty()) find_batch(keys, slots);
    return size() - before;
  }
  // The same with value_of(i) for keys[i], called for what is stored only.
  template <class ValueOf>
  void insert_each(std::span<const Key> keys, ValueOf&& value_of, duplicates policy) {
    constexpr std::size_t group = WAYSEER_HASHING_NATIVE::line_group;
    std::uint64_t homes[group];
    if (keys_.lines() == 0) grow();
    for (std::size_t start = 0; start < keys.size(); start += group) {
      const std::size_t count = std::min(group, keys.size() - start);
      keys_.prefetch_homes(keys.subspan(start, count), homes);
      bool grown = false;
      for (std::size_t i = start; i < start + count; ++i) {
        const Key key = keys[i];
        auto place = grown ? keys_.locate(key) : keys_.locate(key, homes[i - start]);
        if (!place.present) {
          if (!fits(place.slot)) {
            grow();
            grown = true;
            place = keys_.locate(key);
          }
          std::construct_at(this->values() + place.slot, value_of(i));
          keys_.put(place.slot, key);
        } else if (policy == duplicates::last) {
          value_at(place.slot) = value_of(i);
        } else if (policy == duplicates::error) {
          throw duplicate_key_error(i);
        }
      }
    }
  }

  // Takes over what `other` has and this map has not.
  void merge(line_map& other) {
    reserve(size() + other.size());
    other.erase_if([&](Key key, Value& value) { return try_emplace(key, std::move(value)).second; });
  }
  void merge(line_map&& other) { merge(other); }

  // --- erasure --------------------------------------------------------------------------------------------

  std::size_t erase(Key key) noexcept {
    const auto slot = keys_.find(key);
    if (slot < 0) return 0;
    erase_slot(static_cast<std::size_t>(slot));
    return 1;
  }
  // The element of `it`; no iterator lasts.
  void erase(const_iterator it) noexcept { erase_slot(it.slot()); }
  // Every element for which predicate(key, value) is true. O(slots). Returns how many.
  template <class Predicate>
  std::size_t erase_if(Predicate&& predicate) {
    std::size_t erased = 0;
    for (std::size_t slot = 0; slot < keys_.slots();) {
      if (keys_.occupied(slot) && predicate(keys_.key_at(slot), value_at(slot))) {
        erase_slot(slot);  // may bring another key to this slot
        ++erased;
      } else {
        ++slot;
      }
    }
    return erased;
  }
  void clear() noexcept {
    destroy_values();
    if (keys_.lines() != 0) keys_.clear();
  }

  // --- files ----------------------------------------------------------------------------------------------

  // Whether save() and map_readonly() exist.
  static constexpr bool in_files = !std::is_pointer_v<Key> && std::is_trivially_copyable_v<Value> &&
                                   !std::is_pointer_v<Value> && hash_with_id<Hash>;

  // Writes the map to a file, which appears under its name when it is complete and on the disk. The values of
  // free slots become 0 before: this is a writing call. Throws std::system_error.
  void save(const std::string& path)
    requires in_files
  {
    save(path, line_dtype<Key>(), dtype_of<Value>());
  }
  // The same under names of dtypes that stand for the same bytes.
  void save(const std::string& path, const std::string& key_dtype, const std::string& value_dtype,
            const table_notes& notes = {})
    requires in_files
  {
    if (keys_.lines() == 0) rehash(0);  // moved from
    for (std::size_t slot = 0; slot < keys_.slots(); ++slot)
      if (!keys_.occupied(slot)) std::memset(static_cast<void*>(values() + slot), 0, sizeof(Value));
    write_saved(path, key_dtype, value_dtype, notes);
  }
  // Of a map that is mapped itself.
  void write_saved(const std::string& path, const std::string& key_dtype, const std::string& value_dtype,
                   const table_notes& notes) const
    requires in_files
  {
    write_lines(path, keys_, {values_.data(), values_.size()}, key_dtype, value_dtype, notes);
  }
  // The map in such a file where it is mapped: opening costs nothing and all processes share one copy. To
  // write, copy it. A damaged part that `how` leaves unchecked gives wrong answers, never a crash; but nobody
  // may cut the file shorter meanwhile. Throws format_error, std::system_error.
  [[nodiscard]] static std::shared_ptr<const line_map> map_readonly(const std::string& path,
                                                                    verify how = verify::meta)
    requires in_files
  {
    auto file = std::make_shared<const table_file>(path);
    file->expect_kind(table_kind::line_map);
    file->expect_dtype(32, line_dtype<Key>(), file->header().key_dtype);
    file->expect_dtype(48, dtype_of<Value>(), file->header().value_dtype);
    const Hash hash{file->header().seed};
    return map_readonly(std::move(file), how, hash);
  }
  // Whatever the dtypes, as long as the lanes of Key and Value have their sizes.
  [[nodiscard]] static std::shared_ptr<const line_map> map_readonly(std::shared_ptr<const table_file> file,
                                                                    verify how, const Hash& hash)
    requires in_files
  {
    struct Held {
      std::shared_ptr<const table_file> file;
      line_map map;
    };
    auto keys = read_lines<Key, Hash, Alloc>(*file, how, sizeof(Value), hash);
    const auto values = file->block(table_header::values);
    const auto held = std::make_shared<const Held>(
        Held{std::move(file), line_map(std::move(keys), core::Block<Alloc>::over(values))});
    return {held, &held->map};
  }

  // --- slots and iteration --------------------------------------------------------------------------------

  [[nodiscard]] std::size_t slots() const noexcept { return keys_.slots(); }
  [[nodiscard]] bool occupied(std::size_t slot) const noexcept { return keys_.occupied(slot); }
  [[nodiscard]] std::int64_t slot_of(Key key) const noexcept { return keys_.find(key); }
  [[nodiscard]] Key key_at(std::size_t slot) const noexcept { return keys_.key_at(slot); }
  [[nodiscard]] Value& value_at(std::size_t slot) noexcept { return values()[slot]; }
  [[nodiscard]] const Value& value_at(std::size_t slot) const noexcept { return values()[slot]; }

  [[nodiscard]] iterator begin() noexcept { return {this, next_occupied(0)}; }
  [[nodiscard]] iterator end() noexcept { return {this, keys_.slots()}; }
  [[nodiscard]] const_iterator begin() const noexcept { return {this, next_occupied(0)}; }
  [[nodiscard]] const_iterator end() const noexcept { return {this, keys_.slots()}; }

  friend bool operator==(const line_map& a, const line_map& b) {
    if (a.size() != b.size()) return false;
    for (const auto& [key, value] : a) {
      const auto slot = b.keys_.find(key);
      if (slot < 0 || !(b.value_at(static_cast<std::size_t>(slot)) == value)) return false;
    }
    return true;
  }

  [[nodiscard]] const keys_type& keys() const noexcept { return keys_; }
  // By slot; those of free slots are not alive.
  [[nodiscard]] const Value* values() const noexcept {
    return reinterpret_cast<const Value*>(values_.data());
  }

 private:
  using word = typename keys_type::word;

  line_map(keys_type&& keys, core::Block<Alloc>&& values) noexcept
      : keys_(std::move(keys)), values_(std::move(values)) {}

  [[nodiscard]] Value* values() noexcept { return reinterpret_cast<Value*>(values_.data()); }

  static core::Block<Alloc> make_values(std::size_t slots, const Alloc& alloc) {
    static_assert(alignof(Value) <= core::line_size);
    return core::Block<Alloc>(slots * sizeof(Value), alloc);
  }

  static void require_equal(std::size_t keys, std::size_t others) {
    if (keys != others)
      throw std::invalid_argument("spans of unequal length: " + std::to_string(keys) + " keys, " +
                                  std::to_string(others) + " others");
  }

  // Whoever finds a key wants its value: its line is asked for together with that of the key, which in a
  // large table saves a hit half its time.
  [[nodiscard]] std::int64_t find_slot(Key key) const noexcept {
    return keys_.find(key, [this](std::uint64_t line) {
      constexpr std::size_t size = keys_type::lanes * sizeof(Value);
      if constexpr (size <= 2 * core::line_size) prefetch_line(values_.data() + line * size);
    });
  }
  template <class Iterator, class Map>
  static Iterator at_slot(Map* map, std::int64_t slot) noexcept {
    return {map, slot < 0 ? map->keys_.slots() : static_cast<std::size_t>(slot)};
  }
  [[nodiscard]] std::size_t next_occupied(std::size_t slot) const noexcept {
    while (slot < keys_.slots() && !keys_.occupied(slot)) ++slot;
    return slot;
  }
  [[nodiscard]] std::size_t existing(Key key) const {
    const auto slot = find_slot(key);
    if (slot < 0) throw std::out_of_range("line_map::at: no such key");
    return static_cast<std::size_t>(slot);
  }

  // Calls f(words, start, count) on pieces of the keys as the lanes hold them.
  template <class F>
  static void for_words(std::span<const Key> keys, F&& f) {
    if constexpr (std::integral<Key> && sizeof(Key) == sizeof(word)) {
      f(reinterpret_cast<const word*>(keys.data()), 0, keys.size());
    } else {
      constexpr std::size_t piece = WAYSEER_HASHING_NATIVE::line_group;
      word words[piece];
      for (std::size_t start = 0; start < keys.size(); start += piece) {
        const std::size_t count = std::min(piece, keys.size() - start);
        for (std::size_t i = 0; i < count; ++i) words[i] = to_word(keys[start + i]);
        f(words, start, count);
      }
    }
  }

  [[nodiscard]] bool fits(std::size_t slot) const noexcept {
    return keys_.room() != 0 || slot + 1 == keys_.slots();
  }
  void grow() { rehash(2 * (size() + keys_.room()) + keys_type::lanes); }
  void erase_slot(std::size_t slot) noexcept {
    std::destroy_at(values() + slot);
    keys_.erase(slot, [&](std::size_t from, std::size_t to) {
      std::construct_at(values() + to, std::move(values()[from]));
      std::destroy_at(values() + from);
    });
  }
  void destroy_values() noexcept {
    if constexpr (!std::is_trivially_destructible_v<Value>)
      for (std::size_t slot = 0; slot < keys_.slots(); ++slot)
        if (keys_.occupied(slot)) std::destroy_at(values() + slot);
  }

  keys_type keys_;
  core::Block<Alloc> values_;
};

}  // namespace wayseer::hashing
