// The fast default set of numbers of up to 8 bytes: line_map without values; see line_keys.hpp for the table.
//
// find, insert, erase: expected O(1). Iterators and slots last until the next insertion or erasure. A
// moved-from set is empty.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
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

template <line_key Key, class Hash = wayseer::hash<Key>, class Alloc = std::allocator<std::byte>>
class line_set {
  using keys_type = line_keys<Key, Hash, Alloc>;

 public:
  using key_type = Key;
  using value_type = Key;
  using size_type = std::size_t;
  using hasher = Hash;
  using allocator_type = Alloc;

  class const_iterator {
   public:
    using value_type = Key;
    using reference = Key;
    using pointer = void;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;  // reference is a copy

    const_iterator() = default;
    const_iterator(const line_set* set, std::size_t slot) noexcept : set_(set), slot_(slot) {}
    [[nodiscard]] std::size_t slot() const noexcept { return slot_; }
    Key operator*() const noexcept { return set_->keys_.key_at(slot_); }
    const_iterator& operator++() noexcept {
      slot_ = set_->next_occupied(slot_ + 1);
      return *this;
    }
    const_iterator operator++(int) noexcept {
      auto old = *this;
      ++*this;
      return old;
    }
    friend bool operator==(const const_iterator& a, const const_iterator& b) noexcept {
      return a.slot_ == b.slot_;
    }

   private:
    const line_set* set_ = nullptr;
    std::size_t slot_ = 0;
  };
  using iterator = const_iterator;

  line_set() : line_set(0) {}
  // Room for `expected` keys at a load of at most `max_load`, .7 unless said otherwise, .95 at most.
  explicit line_set(std::size_t expected, double max_load = keys_type::default_load, const Hash& hash = {},
                    const Alloc& alloc = {})
      : keys_(expected, max_load, hash, alloc), alloc_(alloc) {}
  line_set(std::initializer_list<Key> keys) : line_set(keys.size()) {
    for (const Key key : keys) insert(key);
  }
  explicit line_set(std::span<const Key> keys) : line_set(keys.size()) { insert_batch(keys); }

  line_set(const line_set& other)
      : line_set(other.size(), other.max_load(), other.keys_.hash(), other.alloc_) {
    if (other.keys_.lines() != 0) keys_.fill_from(other.keys_, [](std::size_t, std::size_t) {});
  }
  line_set(line_set&&) noexcept = default;
  line_set& operator=(const line_set& other) {
    if (this != &other) {
      line_set copy(other);
      swap(copy);
    }
    return *this;
  }
  line_set& operator=(line_set&&) noexcept = default;

  void swap(line_set& other) noexcept { keys_.swap(other.keys_); }
  friend void swap(line_set& a, line_set& b) noexcept { a.swap(b); }

  // --- size

  [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] double load_factor() const noexcept { return keys_.load(); }
  [[nodiscard]] double max_load() const noexcept { return keys_.max_load(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return keys_.lines() * core::line_size; }
  [[nodiscard]] const Hash& hash_function() const noexcept { return keys_.hash(); }

  // Room for `expected` keys in all without growing.
  void reserve(std::size_t expected) {
    if (expected > size() && expected - size() > keys_.room()) rehash(expected);
  }
  // Fits the table to `expected` keys, or to those present if they are more: also shrinks. O(slots).
  void rehash(std::size_t expected) {
    keys_type keys = keys_.empty_for(expected);
    if (keys_.lines() != 0) keys.fill_from(keys_, [](std::size_t, std::size_t) {});
    keys_.swap(keys);
  }

  // --- look-up

  [[nodiscard]] const_iterator find(Key key) const noexcept {
    const auto slot = keys_.find(key);
    return {this, slot < 0 ? keys_.slots() : static_cast<std::size_t>(slot)};
  }
  [[nodiscard]] bool contains(Key key) const noexcept { return keys_.find(key) >= 0; }
  [[nodiscard]] std::size_t count(Key key) const noexcept { return contains(key) ? 1 : 0; }
  void prefetch(Key key) const noexcept { keys_.prefetch(key); }

  // --- insertion

  // Whether the key is new.
  bool insert(Key key) {
    if (keys_.lines() == 0) grow();
    auto place = keys_.locate(key);
    if (place.present) return false;
    if (!fits(place.slot)) {
      grow();
      place = keys_.locate(key);
    }
    keys_.put(place.slot, key);
    return true;
  }
  // Returns how many keys are new. What precedes a failure stays.
  std::size_t insert_batch(std::span<const Key> keys, duplicates policy = duplicates::first) {
    constexpr std::size_t group = WAYSEER_HASHING_NATIVE::line_group;
    const std::size_t before = size();
    std::uint64_t homes[group];
    if (keys_.lines() == 0) grow();
    for (std::size_t start = 0; start < keys.size(); start += group) {
      const std::size_t count = std::min(group, keys.size() - start);
      keys_.prefetch_homes(keys.subspan(start, count), homes);
      bool grown = false;
      for (std::size_t i = start; i < start + count; ++i) {
        const Key key = keys[i];
        auto place = grown ? keys_.locate(key) : keys_.locate(key, homes[i - start]);
        if (place.present) {
          if (policy == duplicates::error) throw duplicate_key_error(i);
          continue;
        }
        if (!fits(place.slot)) {
          grow();
          grown = true;
          place = keys_.locate(key);
        }
        keys_.put(place.slot, key);
      }
    }
    return size() - before;
  }

  // --- erasure

  std::size_t erase(Key key) noexcept {
    const auto slot = keys_.find(key);
    if (slot < 0) return 0;
    erase_slot(static_cast<std::size_t>(slot));
    return 1;
  }
  void erase(const_iterator it) noexcept { erase_slot(it.slot()); }
  // Every key for which predicate(key) is true. O(slots). Returns how many.
  template <class Predicate>
  std::size_t erase_if(Predicate&& predicate) {
    std::size_t erased = 0;
    for (std::size_t slot = 0; slot < keys_.slots();) {
      if (keys_.occupied(slot) && predicate(keys_.key_at(slot))) {
        erase_slot(slot);  // may bring another key to this slot
        ++erased;
      } else {
        ++slot;
      }
    }
    return erased;
  }
  void clear() noexcept {
    if (keys_.lines() != 0) keys_.clear();
  }

  // --- files: as those of line_map

  static constexpr bool in_files = !std::is_pointer_v<Key> && hash_with_id<Hash>;

  void save(const std::string& path) const
    requires in_files
  {
    save(path, line_dtype<Key>());
  }
  void save(const std::string& path, const std::string& key_dtype, const table_notes& notes = {}) const
    requires in_files
  {
    if (keys_.lines() == 0) return line_set().save(path, key_dtype, notes);  // moved from
    write_lines(path, keys_, {}, key_dtype, "", notes);
  }
  [[nodiscard]] static std::shared_ptr<const line_set> map_readonly(const std::string& path,
                                                                    verify how = verify::meta)
    requires in_files
  {
    auto file = std::make_shared<const table_file>(path);
    file->expect_kind(table_kind::line_map);
    file->expect_dtype(32, line_dtype<Key>(), file->header().key_dtype);
    const Hash hash{file->header().seed};
    return map_readonly(std::move(file), how, hash);
  }
  [[nodiscard]] static std::shared_ptr<const line_set> map_readonly(std::shared_ptr<const table_file> file,
                                                                    verify how, const Hash& hash)
    requires in_files
  {
    struct Held {
      std::shared_ptr<const table_file> file;
      line_set set;
    };
    auto keys = read_lines<Key, Hash, Alloc>(*file, how, 0, hash);
    const auto held = std::make_shared<const Held>(Held{std::move(file), line_set(std::move(keys))});
    return {held, &held->set};
  }

  [[nodiscard]] const_iterator begin() const noexcept { return {this, next_occupied(0)}; }
  [[nodiscard]] const_iterator end() const noexcept { return {this, keys_.slots()}; }

  friend bool operator==(const line_set& a, const line_set& b) {
    return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](Key key) { return b.contains(key); });
  }

  [[nodiscard]] const keys_type& keys() const noexcept { return keys_; }

 private:
  explicit line_set(keys_type&& keys) noexcept : keys_(std::move(keys)) {}

  [[nodiscard]] std::size_t next_occupied(std::size_t slot) const noexcept {
    while (slot < keys_.slots() && !keys_.occupied(slot)) ++slot;
    return slot;
  }
  [[nodiscard]] bool fits(std::size_t slot) const noexcept {
    return keys_.room() != 0 || slot + 1 == keys_.slots();
  }
  void grow() { rehash(2 * (size() + keys_.room()) + keys_type::lanes); }
  void erase_slot(std::size_t slot) noexcept {
    keys_.erase(slot, [](std::size_t, std::size_t) {});
  }

  keys_type keys_;
  [[no_unique_address]] Alloc alloc_;
};

}  // namespace wayseer::hashing
