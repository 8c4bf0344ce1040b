// A map for keys of any type, iterated in order of insertion: entries lie in one array, dense_index finds
// them. For distinct byte strings in an arena, with batches: byte_keys.hpp.
//
// find, insert, erase: expected O(1) and amortised O(1) moves of an entry. Erasing leaves a dead entry; when
// more than half are dead the living ones move together, in order. Iterators and references last until the
// next insertion or erasure. A look-up may be by whatever Hash and Eq take, if both are transparent.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "wayseer/hashing/dense_index.hpp"
#include "wayseer/hashing/hash.hpp"

namespace wayseer::hashing {

template <class Key, class Value, class Hash = wayseer::hash<Key>, class Eq = std::equal_to<>>
class dense_map {
  using entry = std::optional<std::pair<Key, Value>>;  // none: dead
  using entries_type = std::vector<entry>;

  template <bool constant>
  class basic_iterator {
    using base =
        std::conditional_t<constant, typename entries_type::const_iterator, typename entries_type::iterator>;

   public:
    using value_type = std::pair<Key, Value>;
    using reference = std::pair<const Key&, std::conditional_t<constant, const Value&, Value&>>;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;  // reference is a pair, not a reference
    struct pointer {
      reference pair;
      reference* operator->() noexcept { return &pair; }
    };

    basic_iterator() = default;
    basic_iterator(base at, base end) noexcept : at_(at), end_(end) { skip(); }
    operator basic_iterator<true>() const noexcept { return {at_, end_}; }
    reference operator*() const noexcept { return {(*at_)->first, (*at_)->second}; }
    pointer operator->() const noexcept { return {**this}; }
    basic_iterator& operator++() noexcept {
      ++at_;
      skip();
      return *this;
    }
    basic_iterator operator++(int) noexcept {
      auto old = *this;
      ++*this;
      return old;
    }
    friend bool operator==(const basic_iterator& a, const basic_iterator& b) noexcept {
      return a.at_ == b.at_;
    }

   private:
    void skip() noexcept {
      while (at_ != end_ && !at_->has_value()) ++at_;
    }
    base at_{}, end_{};
  };

  template <class K>
  static constexpr bool looked_up =
      std::convertible_to<const K&, const Key&> ||
      (requires { typename Hash::is_transparent; } && requires { typename Eq::is_transparent; });

 public:
  using key_type = Key;
  using mapped_type = Value;
  using value_type = std::pair<Key, Value>;
  using size_type = std::size_t;
  using iterator = basic_iterator<false>;
  using const_iterator = basic_iterator<true>;

  dense_map() : dense_map(0) {}
  // Room for `expected` keys in an index of at most this load.
  explicit dense_map(std::size_t expected, double max_load = dense_index::default_load, Hash hash = {},
                     Eq eq = {})
      : hash_(std::move(hash)), eq_(std::move(eq)), index_(expected, max_load) {
    entries_.reserve(expected);
  }
  dense_map(std::initializer_list<value_type> pairs) : dense_map(pairs.size()) {
    for (const auto& [key, value] : pairs) try_emplace(key, value);
  }
  dense_map(const dense_map& other)
      : dense_map(other.size(), other.index_.max_load(), other.hash_, other.eq_) {
    for (const auto& [key, value] : other) try_emplace(key, value);
  }
  dense_map(dense_map&& other) noexcept(std::is_nothrow_move_constructible_v<Hash>)
      : hash_(other.hash_), eq_(other.eq_) {
    swap(other);
  }
  dense_map& operator=(dense_map other) noexcept {
    swap(other);
    return *this;
  }
  ~dense_map() = default;
  void swap(dense_map& other) noexcept {
    std::swap(hash_, other.hash_);
    std::swap(eq_, other.eq_);
    entries_.swap(other.entries_);
    index_.swap(other.index_);
  }

  [[nodiscard]] std::size_t size() const noexcept { return index_.size(); }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] double load_factor() const noexcept { return index_.load(); }
  void reserve(std::size_t expected) {
    if (expected > size() && expected - size() > index_.room()) rebuild(expected);
    entries_.reserve(expected);
  }

  template <class K>
    requires looked_up<K>
  [[nodiscard]] iterator find(const K& key) noexcept {
    return at(find_entry(key, hash_(key)));
  }
  template <class K>
    requires looked_up<K>
  [[nodiscard]] const_iterator find(const K& key) const noexcept {
    const auto found = find_entry(key, hash_(key));
    return {found == dense_index::none ? entries_.end() : entries_.begin() + found, entries_.end()};
  }
  template <class K>
    requires looked_up<K>
  [[nodiscard]] bool contains(const K& key) const noexcept {
    return find_entry(key, hash_(key)) != dense_index::none;
  }
  template <class K>
    requires looked_up<K>
  [[nodiscard]] const Value& at(const K& key) const {
    const auto found = find_entry(key, hash_(key));
    if (found == dense_index::none) throw std::out_of_range("dense_map::at: no such key");
    return entries_[found]->second;
  }

  // Throws std::overflow_error beyond 2^32 - 1 entries; then, as after any exception, nothing has changed.
  template <class... Args>
  std::pair<iterator, bool> try_emplace(Key key, Args&&... args) {
    const std::uint64_t hash = hash_(key);
    const auto found = find_entry(key, hash);
    if (found != dense_index::none) return {at(found), false};
    if (entries_.size() >= dense_index::none)
      throw std::overflow_error("dense_map: more than 2^32 - 1 entries");
    if (index_.room() == 0) rebuild(2 * size() + 1);
    entries_.emplace_back(std::in_place, std::piecewise_construct, std::forward_as_tuple(std::move(key)),
                          std::forward_as_tuple(std::forward<Args>(args)...));
    const auto number = static_cast<std::uint32_t>(entries_.size() - 1);
    index_.insert(hash, number);
    return {at(number), true};
  }
  std::pair<iterator, bool> insert(value_type pair) {
    return try_emplace(std::move(pair.first), std::move(pair.second));
  }
  template <class V>
  std::pair<iterator, bool> insert_or_assign(Key key, V&& value) {
    auto [it, added] = try_emplace(std::move(key), std::forward<V>(value));
    if (!added) it->second = std::forward<V>(value);
    return {it, added};
  }
  [[nodiscard]] Value& operator[](Key key) { return try_emplace(std::move(key)).first->second; }

  template <class K>
    requires looked_up<K>
  std::size_t erase(const K& key) {
    const std::uint64_t hash = hash_(key);
    const auto found = find_entry(key, hash);
    if (found == dense_index::none) return 0;
    index_.erase(hash, found);
    entries_[found].reset();
    if (entries_.size() > 16 && size() < entries_.size() / 2) {
      std::erase_if(entries_, [](const entry& e) { return !e.has_value(); });
      rebuild(size());
    }
    return 1;
  }
  void clear() noexcept {
    entries_.clear();
    index_.clear();
  }

  [[nodiscard]] iterator begin() noexcept { return {entries_.begin(), entries_.end()}; }
  [[nodiscard]] iterator end() noexcept { return {entries_.end(), entries_.end()}; }
  [[nodiscard]] const_iterator begin() const noexcept { return {entries_.begin(), entries_.end()}; }
  [[nodiscard]] const_iterator end() const noexcept { return {entries_.end(), entries_.end()}; }

  friend bool operator==(const dense_map& a, const dense_map& b) {
    if (a.size() != b.size()) return false;
    for (const auto& [key, value] : a) {
      const auto it = b.find(key);
      if (it == b.end() || !(it->second == value)) return false;
    }
    return true;
  }

 private:
  [[nodiscard]] iterator at(std::uint32_t found) noexcept {
    return {found == dense_index::none ? entries_.end() : entries_.begin() + found, entries_.end()};
  }
  template <class K>
  [[nodiscard]] std::uint32_t find_entry(const K& key, std::uint64_t hash) const noexcept {
    return index_.find(hash, [&](std::uint32_t e) { return eq_(entries_[e]->first, key); });
  }
  void rebuild(std::size_t expected) {
    dense_index index(std::max(expected, size()), index_.max_load());
    for (std::size_t e = 0; e < entries_.size(); ++e)
      if (entries_[e]) index.insert(hash_(entries_[e]->first), static_cast<std::uint32_t>(e));
    index_.swap(index);
  }

  [[no_unique_address]] Hash hash_;
  [[no_unique_address]] Eq eq_;
  entries_type entries_;
  dense_index index_;
};

}  // namespace wayseer::hashing
