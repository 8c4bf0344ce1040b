// Searches and insertions in the arrays of a strata container; see strata_view.hpp for these and for the path
// of a key, strata_map.hpp for the invariant, simd.hpp for how this is included. With WAYSEER_HASHING_SHARED
// one thread may write while others read; see concurrent_strata_map.hpp.
namespace wayseer::hashing::WAYSEER_HASHING_ISA {

// All access to tags and filters:
//   match_tags   lanes that hold the tag of the hash
//   match_free   lanes that hold nothing
//   goes_on      whether keys of this hash may lie further along the path
//   mark_passed  says that one does
//   put_tag      last of all when a key is stored: who sees the tag sees the key
#ifndef WAYSEER_HASHING_SHARED

[[nodiscard]] inline std::uint64_t match_tags(const std::byte* line, std::uint64_t hash) noexcept {
  return match_bytes(line, detail::strata_tag(hash)) & detail::strata_lane_mask;
}
[[nodiscard]] inline std::uint64_t match_free(const std::byte* line) noexcept {
  return match_bytes(line, 0) & detail::strata_lane_mask;
}
[[nodiscard]] inline bool goes_on(const std::byte* line, std::uint64_t hash) noexcept {
  return detail::strata_filter(line) >> detail::strata_bit(hash) & 1;
}
inline void mark_passed(std::byte* line, std::uint64_t hash) noexcept {
  detail::set_strata_filter(line, detail::strata_filter(line) | std::uint64_t{1} << detail::strata_bit(hash));
}
inline void put_tag(std::byte* line, std::uint64_t lane, std::uint64_t hash) noexcept {
  line[lane] = std::byte{detail::strata_tag(hash)};
}

#else

// The eight words of a line, never a part of one: atomic objects must not overlap.
[[nodiscard]] inline std::atomic_ref<std::uint64_t> atomic_word(const std::byte* line,
                                                                std::uint64_t i) noexcept {
  return std::atomic_ref(reinterpret_cast<std::uint64_t*>(const_cast<std::byte*>(line))[i]);
}
// How far lane i of a word, the byte at address i, is to the left in it.
[[nodiscard]] constexpr unsigned lane_shift(std::uint64_t lane) noexcept {
  const auto i = static_cast<unsigned>(lane % 8);
  return 8 * (std::endian::native == std::endian::little ? i : 7 - i);
}
// Bit i: lane i of the tags equals `tag`. Acquires: the keys of these lanes may be read.
[[nodiscard]] inline std::uint64_t match_words_of_tags(const std::byte* line, std::uint8_t tag) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101, low = 0x7f * ones;
  std::uint64_t mask = 0;
  for (unsigned i = 0; i < detail::strata_lanes / 8; ++i) {
    const std::uint64_t x = atomic_word(line, i).load(std::memory_order_acquire) ^ tag * ones;
    const std::uint64_t zero = ~(((x & low) + low) | x | low);  // 0x80 in the bytes of x that are 0
    std::uint64_t lanes = 0;
    if constexpr (std::endian::native == std::endian::little)
      lanes = (zero >> 7) * 0x0102040810204080 >> 56;  // gathers the bits; no carry, each lands alone
    else
      for (unsigned lane = 0; lane < 8; ++lane) lanes |= (zero >> (lane_shift(lane) + 7) & 1) << lane;
    mask |= lanes << 8 * i;
  }
  return mask;
}
[[nodiscard]] inline std::uint64_t match_tags(const std::byte* line, std::uint64_t hash) noexcept {
  return match_words_of_tags(line, detail::strata_tag(hash));
}
[[nodiscard]] inline std::uint64_t match_free(const std::byte* line) noexcept {
  return match_words_of_tags(line, 0);
}
[[nodiscard]] inline bool goes_on(const std::byte* line, std::uint64_t hash) noexcept {
  return atomic_word(line, 7).load(std::memory_order_relaxed) >> detail::strata_bit(hash) & 1;
}
// There is one writer: nothing comes between its load and its store.
inline void mark_passed(std::byte* line, std::uint64_t hash) noexcept {
  const auto filter = atomic_word(line, 7);
  filter.store(filter.load(std::memory_order_relaxed) | std::uint64_t{1} << detail::strata_bit(hash),
               std::memory_order_relaxed);
}
inline void put_tag(std::byte* line, std::uint64_t lane, std::uint64_t hash) noexcept {
  const auto word = atomic_word(line, lane / 8);
  word.store(
      word.load(std::memory_order_relaxed) | std::uint64_t{detail::strata_tag(hash)} << lane_shift(lane),
      std::memory_order_release);
}

#endif

// The lowest lane of a mask; some lane if it is empty.
[[nodiscard]] inline std::uint64_t first_lane(std::uint64_t lanes) noexcept {
  return static_cast<std::uint64_t>(std::countr_zero(lanes | std::uint64_t{1} << (detail::strata_lanes - 1)));
}

// The slot of the key, or -1, looking from a position of its path on.
template <class View, class Query, class Same>
[[nodiscard]] inline std::int64_t find_slot(const View& view, std::uint64_t hash, const Query& query,
                                            const Same& same, std::uint64_t position = 0) {
  for (std::uint64_t bucket = view.shape.bucket(hash, position);;) {
    const std::byte* line = view.line(bucket);
    for (std::uint64_t match = match_tags(line, hash); match != 0; match &= match - 1) {
      const std::uint64_t slot = bucket * detail::strata_lanes + first_lane(match);
      if (same(view.keys[slot], query)) [[likely]]
        return static_cast<std::int64_t>(slot);
    }
    if (!goes_on(line, hash)) [[likely]]
      return -1;
    if (++position == view.shape.path_length()) return -1;
    bucket = view.shape.bucket(hash, position);
  }
}

// Where a key is or goes. Storing it takes the filter bits of the positions first..last - 1 of its path,
// whose buckets are full.
struct StrataPlace {
  std::int64_t slot = -1;  // -1: absent, and `full` was given
  bool found = false;
  std::uint64_t first = 0, last = 0;
};

template <class View, class Query, class Same>
[[nodiscard]] inline StrataPlace locate(const View& view, std::uint64_t hash, const Query& query,
                                        const Same& same, bool full) {
  const auto slot_in = [](std::uint64_t bucket, std::uint64_t lanes) {
    return static_cast<std::int64_t>(bucket * detail::strata_lanes + first_lane(lanes));
  };
  StrataPlace place;
  // The search goes to its end even if it meets a free lane: the key may lie further on, past an erased one.
  std::uint64_t position = 0, bucket = view.shape.home(hash);
  for (;;) {
    const std::byte* line = view.line(bucket);
    for (std::uint64_t match = match_tags(line, hash); match != 0; match &= match - 1) {
      const std::int64_t slot = slot_in(bucket, match);
      if (same(view.keys[slot], query)) {
        place.slot = slot;
        place.found = true;
        return place;
      }
    }
    if (place.slot < 0)
      if (const std::uint64_t free = match_free(line); free != 0) place.slot = slot_in(bucket, free);
    if (!goes_on(line, hash)) break;
    if (++position == view.shape.path_length()) break;
    bucket = view.shape.bucket(hash, position);
  }
  if (full) {
    place.slot = -1;
  } else if (place.slot < 0) {  // a free lane exists and every path visits all buckets: this loop ends
    place.first = position;
    for (;;) {
      bucket = view.shape.bucket(hash, ++position);
      if (const std::uint64_t free = match_free(view.line(bucket)); free != 0) {
        place.slot = slot_in(bucket, free);
        break;
      }
    }
    place.last = position;
  }
  return place;
}

// Puts an absent key and its value where locate said. If a constructor throws, nothing has changed.
template <class View, class Key, class... Args>
inline void store(const View& view, std::uint64_t hash, const StrataPlace& place, Key&& key,
                  Args&&... value) {
  auto* const stored = std::construct_at(view.keys + place.slot, std::forward<Key>(key));
  if constexpr (View::has_values) {
    try {
      std::construct_at(view.values + place.slot, std::forward<Args>(value)...);
    } catch (...) {
      std::destroy_at(stored);
      throw;
    }
  }
  // Bits before the tag: where the key can be seen, the way to it can.
  for (std::uint64_t position = place.first; position < place.last; ++position)
    mark_passed(view.line(view.shape.bucket(hash, position)), hash);
  const auto slot = static_cast<std::uint64_t>(place.slot);
  put_tag(view.line(slot / detail::strata_lanes), slot % detail::strata_lanes, hash);
}

// --- batches -----------------------------------------------------------------------------------------------

// A search under way: a line of it has been asked for.
struct StrataFlight {
  std::uint64_t hash, bucket;
  std::uint64_t match;  // lanes still to compare; the bit above them: the search may go on after these
  std::uint32_t query, position;
};

// First in, first out. `push_if` writes in any case and counts by arithmetic: where a flight goes next is
// unpredictable, and a mispredicted branch costs as much as a cache miss.
template <class Item>
struct StrataQueue {
  static constexpr std::size_t room = 256;
  Item items[room];
  std::size_t head = 0, tail = 0;

  [[nodiscard]] std::size_t size() const noexcept { return tail - head; }
  [[nodiscard]] const Item& pop() noexcept { return items[head++ % room]; }
  void push_if(bool wanted, const Item& item) noexcept {
    items[tail % room] = item;
    tail += wanted;
  }
};

// Searches for many keys at once. A flight waits for a line of tags, for a key, for a value; each time others
// are served meanwhile, so that the processor always has many lines under way and something to do.
//
// out.miss(i): called first, for every query. out.found(i, slot) takes back a miss; if reads_values, the
// value at the slot has been asked for. count < 2^32.
template <bool reads_values, class View, class Hash, class Same, class Query, class Out>
[[gnu::noinline]] void find_flights(const View& view, const Hash& hash, const Same& same,
                                    const Query* queries, std::size_t count, const Out& out) {
  constexpr std::size_t turn = 16, lines_ahead = 96, keys_ahead = 48, values_ahead = 32;
  constexpr std::uint32_t long_path = 64;  // beyond it there is nothing to gain from company
  struct Hit {
    std::uint64_t slot;
    std::uint32_t query;
  };
  StrataQueue<StrataFlight> lines, keys;
  [[maybe_unused]] StrataQueue<Hit> hits;
  const auto excess = [](const auto& queue, std::size_t ahead) {
    return queue.size() > ahead ? queue.size() - ahead : 0;
  };

  // Each stage feeds the ones above it, so that nothing is looked at in the turn in which it was asked for.
  for (std::size_t next = 0; next < count || lines.size() + keys.size() + hits.size() != 0;) {
    const bool last = next == count;
    StrataFlight further[lines.room];
    std::size_t further_count = 0;

    if constexpr (reads_values)
      for (std::size_t n = excess(hits, last ? 0 : values_ahead); n > 0; --n) {
        const Hit& hit = hits.pop();
        out.found(hit.query, hit.slot);
      }

    std::size_t n = excess(keys, last ? 0 : keys_ahead);
    const std::size_t new_keys = keys.tail;
    for (; n > 0; --n) {
      StrataFlight flight = keys.pop();
      const std::uint64_t slot = flight.bucket * detail::strata_lanes + first_lane(flight.match);
      const bool hit = same(view.keys[slot], queries[flight.query]);
      flight.match &= flight.match - 1;
      const bool other_lanes = (flight.match & detail::strata_lane_mask) != 0;
      keys.push_if(!hit & other_lanes, flight);
      further[further_count] = flight;
      further_count += !hit & !other_lanes & (flight.match != 0);
      if constexpr (reads_values) {
        prefetch_line(view.values + slot);
        hits.push_if(hit, {slot, flight.query});
      } else {
        out.settle(flight.query, slot, hit);
      }
    }

    for (n = excess(lines, last ? 0 : lines_ahead); n > 0; --n) {
      StrataFlight flight = lines.pop();
      const std::byte* line = view.line(flight.bucket);
      const std::uint64_t lanes = match_tags(line, flight.hash);
      const bool more = goes_on(line, flight.hash);
      flight.match = lanes | std::uint64_t{more} << detail::strata_lanes;
      keys.push_if(lanes != 0, flight);
      further[further_count] = flight;
      further_count += (lanes == 0) & more;
    }
    for (std::size_t i = new_keys; i != keys.tail; ++i) {
      const StrataFlight& flight = keys.items[i % keys.room];
      prefetch_line(view.keys + flight.bucket * detail::strata_lanes + first_lane(flight.match));
    }

    for (std::size_t i = 0; i < further_count; ++i) {
      StrataFlight flight = further[i];
      if (++flight.position == view.shape.path_length()) [[unlikely]]
        continue;
      if (flight.position == long_path) [[unlikely]] {
        const auto slot = find_slot(view, flight.hash, queries[flight.query], same, std::uint64_t{long_path});
        if (slot >= 0) out.found(flight.query, static_cast<std::uint64_t>(slot));
        continue;
      }
      flight.bucket = view.shape.bucket(flight.hash, flight.position);
      prefetch_line(view.line(flight.bucket));
      lines.push_if(true, flight);
    }
    if (lines.size() + keys.size() + turn < lines.room) {
      for (const std::size_t stop = std::min(count, next + turn); next < stop; ++next) {
        const std::uint64_t h = hash(queries[next]), home = view.shape.home(h);
        prefetch_line(view.line(home));
        lines.push_if(true, {h, home, 0, static_cast<std::uint32_t>(next), 0});
        out.miss(next);
      }
    }
  }
}

template <bool reads_values, class View, class Hash, class Same, class Query, class MakeOut>
inline void find_pieces(const View& view, const Hash& hash, const Same& same, std::span<const Query> queries,
                        const MakeOut& out_from) {
  if (view.keys == nullptr) {
    for (std::size_t i = 0; i < queries.size(); ++i) out_from(0).miss(i);
    return;
  }
  constexpr std::size_t piece = std::size_t{1} << 31;
  for (std::size_t start = 0; start < queries.size(); start += piece)
    find_flights<reads_values>(view, hash, same, queries.data() + start,
                               std::min(piece, queries.size() - start), out_from(start));
}

// slots[i] = the slot of queries[i], or -1.
template <class View, class Hash, class Same, class Query>
void find_strata(const View& view, const Hash& hash, const Same& same, std::span<const Query> queries,
                 std::int64_t* slots) {
  struct Out {
    std::int64_t* slots;
    void miss(std::size_t i) const { slots[i] = -1; }
    void found(std::size_t i, std::uint64_t slot) const { slots[i] = static_cast<std::int64_t>(slot); }
    void settle(std::size_t i, std::uint64_t slot, bool hit) const {
      slots[i] = hit ? static_cast<std::int64_t>(slot) : -1;
    }
  };
  find_pieces<false>(view, hash, same, queries, [&](std::size_t start) { return Out{slots + start}; });
}

template <class View, class Hash, class Same, class Query>
void contains_strata(const View& view, const Hash& hash, const Same& same, std::span<const Query> queries,
                     bool* present) {
  struct Out {
    bool* present;
    void miss(std::size_t i) const { present[i] = false; }
    void found(std::size_t i, std::uint64_t) const { present[i] = true; }
    void settle(std::size_t i, std::uint64_t, bool hit) const { present[i] = hit; }
  };
  find_pieces<false>(view, hash, same, queries, [&](std::size_t start) { return Out{present + start}; });
}

// out[i] = the value of queries[i], or `missing`; present[i], if not null, says which.
template <class View, class Hash, class Same, class Query, class Value>
void get_strata(const View& view, const Hash& hash, const Same& same, std::span<const Query> queries,
                const Value& missing, Value* values, bool* present) {
  struct Out {
    const View& view;
    const Value& missing;
    Value* values;
    void miss(std::size_t i) const { values[i] = missing; }
    void found(std::size_t i, std::uint64_t slot) const { values[i] = view.values[slot]; }
  };
  struct MarkingOut {
    Out out;
    bool* present;
    void miss(std::size_t i) const {
      out.miss(i);
      present[i] = false;
    }
    void found(std::size_t i, std::uint64_t slot) const {
      out.found(i, slot);
      present[i] = true;
    }
  };
  if (present == nullptr)
    find_pieces<true>(view, hash, same, queries,
                      [&](std::size_t start) { return Out{view, missing, values + start}; });
  else
    find_pieces<true>(view, hash, same, queries, [&](std::size_t start) {
      return MarkingOut{{view, missing, values + start}, present + start};
    });
}

// Inserts the keys in their order with value_of(i) (called at most once for each i; not for sets). slots, if
// not null, gets the slot of each key. `size` is that of the table and is right even after an exception.
template <class View, class Hash, class Same, class Key, class ValueOf>
detail::StrataInserted insert_strata(const View& view, const Hash& hash, const Same& same, std::span<const Key> keys,
                             const ValueOf& value_of, std::int64_t* slots, duplicates policy,
                             std::size_t& size, std::size_t capacity) {
  constexpr std::size_t group = 128;
  std::uint64_t hashes[group];
  detail::StrataInserted result;
  for (std::size_t start = 0; start < keys.size(); start += group) {
    const std::size_t count = std::min(group, keys.size() - start);
    for (std::size_t i = 0; i < count; ++i) {
      hashes[i] = hash(keys[start + i]);
      prefetch_line(view.line(view.shape.home(hashes[i])));
    }
    for (std::size_t i = 0; i < count; ++i) {  // a guess at what storing will touch
      const std::uint64_t bucket = view.shape.home(hashes[i]);
      const std::byte* line = view.line(bucket);
      const std::uint64_t match = match_tags(line, hashes[i]), free = match_free(line);
      const std::uint64_t lanes = match != 0 ? match : free;
      const std::uint64_t slot = bucket * detail::strata_lanes + first_lane(lanes);
      const void* next_line = view.line(view.shape.bucket(hashes[i], 1));
      prefetch_line(lanes != 0 ? view.keys + slot : next_line);
      if constexpr (View::has_values) prefetch_line(lanes != 0 ? view.values + slot : next_line);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const Key& key = keys[start + i];
      const StrataPlace place = locate(view, hashes[i], key, same, size == capacity);
      if (place.found) {
        if (policy == duplicates::error) {
          result.stop = detail::StrataInserted::Stop::duplicate;
          return result;
        }
        if constexpr (View::has_values)
          if (policy == duplicates::last) view.values[place.slot] = value_of(start + i);
      } else if (place.slot < 0) {
        result.stop = detail::StrataInserted::Stop::full;
        return result;
      } else {
        if constexpr (View::has_values)
          store(view, hashes[i], place, key, value_of(start + i));
        else
          store(view, hashes[i], place, key);
        ++size;
        ++result.added;
      }
      if (slots != nullptr) slots[start + i] = place.slot;
      ++result.done;
    }
  }
  return result;
}

// The same with values[i]; no array: zeros.
template <class View, class Hash, class Same, class Key, class Value>
detail::StrataInserted insert_strata_array(const View& view, const Hash& hash, const Same& same,
                                           std::span<const Key> keys, const Value* values,
                                           std::int64_t* slots, duplicates policy, std::size_t& size,
                                           std::size_t capacity) {
  return insert_strata(
      view, hash, same, keys, [values](std::size_t i) { return values == nullptr ? Value{} : values[i]; },
      slots, policy, size, capacity);
}

}  // namespace wayseer::hashing::WAYSEER_HASHING_ISA
