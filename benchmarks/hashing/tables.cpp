// int64 -> int64 tables beside each other in one run: build, hit and miss, CPU nanoseconds per key on one
// thread, medians over rounds in which all tables take turns.
//
//   hashing_tables [--n 1e6,1e7] [--rounds 3] [--json FILE] [--only NAME]
//
// Every table gets the same random keys, reserved space where it can be had, and its queries as one array
// read in order. Hits are the keys in another random order, misses are other random keys. `build` fills fresh
// memory, whose pages the system hands out meanwhile; `again` fills the table once more after clear(). Bytes
// are those of the memory that the process gained while the table was built.
#include <malloc.h>
#include <unistd.h>
#include <ctime>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "wayseer/core/random.hpp"
#include "wayseer/hashing/line_map.hpp"
#include "wayseer/hashing/strata_map.hpp"

#if __has_include(<boost/unordered/unordered_flat_map.hpp>)
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/version.hpp>
#define HAVE_BOOST
#endif
#if defined(WAYSEER_HAVE_ABSL)
#include <absl/container/flat_hash_map.h>
#endif
#if __has_include(<ankerl/unordered_dense.h>)
#include <ankerl/unordered_dense.h>
#define HAVE_ANKERL
#endif
#if __has_include(<emhash/hash_table7.hpp>)
#include <emhash/hash_table7.hpp>
#define HAVE_EMHASH
#endif

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

namespace {

using Key = std::int64_t;
using Value = std::int64_t;
using Keys = std::vector<Key>;

double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double resident_bytes() {
  long pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

struct Sample {
  double build = 0, again = 0, hit = 0, miss = 0, bytes = 0, load = 0;
};

// Sums of values keep the optimiser from leaving look-ups out, and are checked.
struct Input {
  Keys keys, hits, misses;
  Value sum = 0;
};

template <class Table>
Sample measure(const Input& input) {
  Sample sample;
  malloc_trim(0);  // else a table would get what the one before it has freed, and seem to need less
  const auto n = static_cast<double>(input.keys.size());
  const double before = resident_bytes(), start = cpu_seconds();
  Table table(input.keys.size());
  table.fill(input.keys);
  sample.build = 1e9 * (cpu_seconds() - start) / n;
  sample.bytes = (resident_bytes() - before) / n;
  sample.load = table.map.load_factor();
  const double cleared = cpu_seconds();
  table.map.clear();
  table.fill(input.keys);
  sample.again = 1e9 * (cpu_seconds() - cleared) / n;
  const auto per_query = [&](const Keys& queries, Value expected) {
    const double begin = cpu_seconds();
    const Value sum = table.sum(queries);
    const double seconds = cpu_seconds() - begin;
    if (sum != expected) {
      std::fprintf(stderr, "%s: wrong answers\n", Table::name());
      std::exit(1);
    }
    return 1e9 * seconds / n;
  };
  sample.hit = per_query(input.hits, input.sum);
  sample.miss = per_query(input.misses, 0);
  return sample;
}

// --- the tables -------------------------------------------------------------------------------------------

// One key after the other, through the standard interface.
template <class Map>
struct OneByOne {
  Map map;
  explicit OneByOne(std::size_t n) { map.reserve(n); }
  explicit OneByOne(Map empty) : map(std::move(empty)) {}
  void fill(const Keys& keys) {
    for (const Key key : keys) map.emplace(key, ~key);
  }
  Value sum(const Keys& queries) const {
    Value total = 0;
    for (const Key key : queries)
      if (const auto it = map.find(key); it != map.end()) total += it->second;
    return total;
  }
};

// Our batched calls, in pieces as a user would.
template <class Map>
struct Batched {
  static constexpr std::size_t piece = 4096;
  Map map;
  std::vector<Value> values = std::vector<Value>(piece);

  explicit Batched(Map empty) : map(std::move(empty)) {}
  void fill(const Keys& keys) {
    each_piece(keys, [&](std::span<const Key> some, std::span<Value> of) {
      for (std::size_t i = 0; i < some.size(); ++i) of[i] = ~some[i];
      map.insert_batch(some, of, {}, {});
    });
  }
  Value sum(const Keys& queries) {
    Value total = 0;
    each_piece(queries, [&](std::span<const Key> some, std::span<Value> of) {
      map.get_batch(some, of, 0);
      for (const Value value : of) total += value;
    });
    return total;
  }
  template <class F>
  void each_piece(const Keys& keys, F&& f) {
    for (std::size_t start = 0; start < keys.size(); start += piece) {
      const auto some = std::span(keys).subspan(start, std::min(piece, keys.size() - start));
      f(some, std::span(values).first(some.size()));
    }
  }
};

using Line = wayseer::hashing::line_map<Key, Value>;
using Strata = wayseer::hashing::strata_map<Key, Value>;

template <int percent>
struct LineBatched : Batched<Line> {
  explicit LineBatched(std::size_t n) : Batched(Line(n, percent / 100.0)) {}
  static const char* name() {
    static const std::string text = "line_map batched, load <= ." + std::to_string(percent);
    return text.c_str();
  }
};
template <int percent>
struct LineOneByOne : OneByOne<Line> {
  explicit LineOneByOne(std::size_t n) : OneByOne<Line>(Line(n, percent / 100.0)) {}
  static const char* name() {
    static const std::string text = "line_map one by one, load <= ." + std::to_string(percent);
    return text.c_str();
  }
};
template <int permille>
struct StrataBatched : Batched<Strata> {
  explicit StrataBatched(std::size_t n) : Batched(Strata(n, permille / 1000.0)) {}
  static const char* name() {
    static const std::string text = "strata_map batched, load ." + std::to_string(permille);
    return text.c_str();
  }
};
struct StrataOneByOne : OneByOne<Strata> {
  explicit StrataOneByOne(std::size_t n) : OneByOne<Strata>(Strata(n, 0.99)) {}
  static const char* name() { return "strata_map one by one, load .990"; }
};

struct Std : OneByOne<std::unordered_map<Key, Value>> {
  using OneByOne::OneByOne;
  static const char* name() { return "std::unordered_map"; }
};
#ifdef HAVE_BOOST
struct Boost : OneByOne<boost::unordered_flat_map<Key, Value>> {
  using OneByOne::OneByOne;
  static const char* name() { return "boost::unordered_flat_map " BOOST_LIB_VERSION; }
};
#endif
#ifdef WAYSEER_HAVE_ABSL
struct Absl : OneByOne<absl::flat_hash_map<Key, Value>> {
  using OneByOne::OneByOne;
  static const char* name() { return "absl::flat_hash_map " TEXT(ABSL_LTS_RELEASE_VERSION); }
};
// The best that a user can do by hand: ask for a key's place some queries ahead.
struct AbslAhead : Absl {
  using Absl::Absl;
  static const char* name() { return "absl::flat_hash_map, prefetch 24 ahead"; }
  Value sum(const Keys& queries) const {
    Value total = 0;
    for (std::size_t i = 0; i < queries.size(); ++i) {
      if (i + 24 < queries.size()) map.prefetch(queries[i + 24]);
      if (const auto it = map.find(queries[i]); it != map.end()) total += it->second;
    }
    return total;
  }
};
#endif
#ifdef HAVE_ANKERL
struct Ankerl : OneByOne<ankerl::unordered_dense::map<Key, Value>> {
  using OneByOne::OneByOne;
  static const char* name() {
    return "ankerl::unordered_dense " TEXT(ANKERL_UNORDERED_DENSE_VERSION_MAJOR) "." TEXT(
        ANKERL_UNORDERED_DENSE_VERSION_MINOR) "." TEXT(ANKERL_UNORDERED_DENSE_VERSION_PATCH);
  }
};
#endif
#ifdef HAVE_EMHASH
using Emhash = emhash7::HashMap<Key, Value>;
struct EmhashFull : OneByOne<Emhash> {  // filled up to the next power of two
  explicit EmhashFull(std::size_t n) : OneByOne<Emhash>(Emhash(n, 0.999f)) {}
  static const char* name() { return "emhash7, high load"; }
};
#endif

struct Entry {
  const char* name;
  std::function<Sample(const Input&)> measure;
};

template <class Table>
void add(std::vector<Entry>& entries) {
  entries.push_back({Table::name(), measure<Table>});
}

std::vector<Entry> all_tables() {
  std::vector<Entry> entries;
  add<LineBatched<70>>(entries);
  add<LineBatched<50>>(entries);
  add<LineOneByOne<70>>(entries);
  add<LineOneByOne<50>>(entries);
  add<StrataBatched<990>>(entries);
  add<StrataBatched<900>>(entries);
  add<StrataOneByOne>(entries);
#ifdef HAVE_BOOST
  add<Boost>(entries);
#else
  std::puts("boost::unordered_flat_map: skipped: no Boost 1.81 or later");
#endif
#ifdef WAYSEER_HAVE_ABSL
  add<Absl>(entries);
  add<AbslAhead>(entries);
#else
  std::puts("absl::flat_hash_map: skipped: not found");
#endif
#ifdef HAVE_ANKERL
  add<Ankerl>(entries);
#else
  std::puts("ankerl::unordered_dense: skipped: not found");
#endif
#ifdef HAVE_EMHASH
  add<EmhashFull>(entries);
#else
  std::puts("emhash7: skipped: not found");
#endif
  add<Std>(entries);
  return entries;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Input random_input(std::size_t n) {
  wayseer::core::Random random(n);
  Input input;
  input.keys.resize(n);
  input.misses.resize(n);
  for (auto& key : input.keys) {
    key = static_cast<Key>(random() >> 1);  // misses have the sign bit, so none is a key
    input.sum += ~key;
  }
  for (auto& key : input.misses) key = static_cast<Key>(random() | std::uint64_t{1} << 63);
  input.hits = input.keys;
  wayseer::core::shuffle(std::span(input.hits), random);
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  std::vector<std::size_t> sizes{1'000'000, 10'000'000};
  std::size_t rounds = 3;
  std::string json, only;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i], value = argv[i + 1];
    if (option == "--rounds") {
      rounds = std::strtoul(value.c_str(), nullptr, 10);
    } else if (option == "--json") {
      json = value;
    } else if (option == "--only") {
      only = value;
    } else if (option == "--n") {
      sizes.clear();
      for (std::size_t at = 0; at < value.size();) {
        char* end = nullptr;
        sizes.push_back(static_cast<std::size_t>(std::strtod(value.c_str() + at, &end)));
        at = static_cast<std::size_t>(end - value.c_str()) + 1;
      }
    } else {
      std::fprintf(stderr, "unknown option %s\n", option.c_str());
      return 2;
    }
  }
  std::string records;
  for (const std::size_t n : sizes) {
    const Input input = random_input(n);
    auto tables = all_tables();
    std::erase_if(tables, [&](const Entry& e) {
      return !only.empty() && std::string(e.name).find(only) == std::string::npos;
    });
    std::vector<std::vector<Sample>> samples(tables.size());
    for (std::size_t round = 0; round < rounds; ++round)
      for (std::size_t t = 0; t < tables.size(); ++t) samples[t].push_back(tables[t].measure(input));
    std::printf("\n%-44s%8s%8s%8s%8s%8s%8s%8s%8s\n",
                ("int64 -> int64, n = " + std::to_string(n) + ", ns per key").c_str(), "build", "again",
                "hit", "miss", "bytes", "load", "hit x", "miss x");
    double base_hit = 0, base_miss = 0;
    for (std::size_t t = 0; t < tables.size(); ++t) {
      const auto of = [&](double Sample::* field) {
        std::vector<double> values;
        for (const auto& sample : samples[t]) values.push_back(sample.*field);
        return median(values);
      };
      const double hit = of(&Sample::hit), miss = of(&Sample::miss);
      if (t == 0) base_hit = hit, base_miss = miss;
      std::printf("%-44s%8.1f%8.1f%8.1f%8.1f%8.1f%8.3f%8.2f%8.2f\n", tables[t].name, of(&Sample::build),
                  of(&Sample::again), hit, miss, of(&Sample::bytes), of(&Sample::load), hit / base_hit,
                  miss / base_miss);
      char line[512];
      std::snprintf(line, sizeof line,
                    "{\"table\": \"%s\", \"n\": %zu, \"build_ns\": %.2f, \"again_ns\": %.2f, \"hit_ns\": "
                    "%.2f, \"miss_ns\": %.2f, "
                    "\"bytes\": %.2f, \"load\": %.4f}\n",
                    tables[t].name, n, of(&Sample::build), of(&Sample::again), hit, miss, of(&Sample::bytes),
                    of(&Sample::load));
      records += line;
    }
  }
  if (!json.empty()) std::ofstream(json) << records;
}
