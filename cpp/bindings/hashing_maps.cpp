// Maps and sets of words, and grouping. A word is 4 or 8 bytes: a whole number as it is, a float canonically.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "arrays.hpp"
#include "hashing_tables.hpp"
#include "wayseer/hashing/batch.hpp"
#include "wayseer/hashing/group.hpp"
#include "wayseer/hashing/join.hpp"
#include "wayseer/hashing/line_map.hpp"
#include "wayseer/hashing/line_set.hpp"

namespace wayseer::bindings {

namespace {

using hashing::HashWord;

template <class Table, class Word>
py::array_t<bool> contains(const Table& table, const Array<Word>& keys, int threads) {
  py::array_t<bool> result(keys.size());
  const auto all = view(keys);
  bool* out = result.mutable_data();
  look_up(threads, all.size(), [&](std::size_t begin, std::size_t end) {
    hashing::contains_words(table.keys().view(), table.hash_function(), all.subspan(begin, end - begin),
                            out + begin);
  });
  return result;
}

template <class Table, class Word>
std::size_t erase(Table& table, const Array<Word>& keys) {
  const auto all = view(keys);
  const py::gil_scoped_release release;
  constexpr std::size_t ahead = 16;
  std::size_t erased = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i + ahead < all.size()) table.prefetch(all[i + ahead]);
    erased += table.erase(all[i]);
  }
  return erased;
}

// Room for what a batch probably brings; an empty table takes no more than it needs.
template <class Table, class Word>
void make_room(Table& table, std::span<const Word> keys) {
  if (table.empty()) table.reserve(hashing::expected_distinct(keys));
}

template <class Word>
using Set = hashing::line_set<Word, HashWord>;

template <class Word, class Value>
struct Map {
  hashing::line_map<Word, Value, HashWord> table;
  std::uint64_t ordinal = 0;  // of the next new key

  std::int64_t insert(const Array<Word>& keys, const Array<Value>& values, const std::string& duplicates) {
    const auto policy = policy_named(duplicates);
    const auto all = view(keys);
    const auto given = view(values);
    require_size("values", given.size(), all.size());
    return inserted([&] {
      make_room(table, all);
      const std::size_t before = table.size();
      table.insert_each(all, [&](std::size_t i) -> const Value& { return given[i]; }, policy);
      return table.size() - before;
    });
  }
  std::int64_t insert_ordinals(const Array<Word>& keys, const std::string& duplicates) {
    const auto policy = policy_named(duplicates);
    const auto all = view(keys);
    return inserted([&] {
      make_room(table, all);
      const std::size_t before = table.size();
      table.insert_each(all, [&](std::size_t) { return static_cast<Value>(ordinal++); }, policy);
      return table.size() - before;
    });
  }
  py::array_t<Value> get(const Array<Word>& keys, Value missing, std::optional<py::array_t<bool>> found,
                         int threads) const {
    py::array_t<Value> result(keys.size());
    const auto all = view(keys);
    Value* out = result.mutable_data();
    bool* flags = found ? found->mutable_data() : nullptr;
    if (found) require_size("found", found->size(), keys.size());
    const auto& kernels = hashing::line_kernels<Word>();
    const auto& keys_of = table.keys();
    const auto get = [&] {
      if constexpr (sizeof(Value) == 4)
        return kernels.get32;
      else
        return kernels.get64;
    }();
    look_up(threads, all.size(), [&](std::size_t begin, std::size_t end) {
      get(keys_of.view(), keys_of.hash(), all.data() + begin, end - begin, table.values(), missing,
          out + begin, flags == nullptr ? nullptr : flags + begin);
    });
    return result;
  }
  py::tuple items() const {
    py::array_t<Word> keys(static_cast<py::ssize_t>(table.size()));
    py::array_t<Value> values(static_cast<py::ssize_t>(table.size()));
    Word* key = keys.mutable_data();
    Value* value = values.mutable_data();
    {
      const py::gil_scoped_release release;
      for (const auto& [k, v] : table) *key++ = k, *value++ = v;
    }
    return py::make_tuple(keys, values);
  }
};

template <class Word, class Value>
void bind_map(py::module_& m, const char* name) {
  using M = Map<Word, Value>;
  auto c = py::class_<M>(m, name)
               .def(py::init([](double load, std::uint64_t seed) {
                      return M{hashing::line_map<Word, Value, HashWord>(0, load, HashWord{seed})};
                    }),
                    py::arg("load"), py::arg("seed"))
               .def("insert", &M::insert, py::arg("keys").noconvert(), py::arg("values").noconvert(),
                    py::arg("duplicates"))
               .def("get", &M::get, py::arg("keys").noconvert(), py::arg("missing"),
                    py::arg("found").noconvert() = py::none(), py::arg("threads") = 1)
               .def(
                   "contains",
                   [](const M& map, const Array<Word>& keys, int threads) {
                     return contains(map.table, keys, threads);
                   },
                   py::arg("keys").noconvert(), py::arg("threads") = 1)
               .def(
                   "erase", [](M& map, const Array<Word>& keys) { return erase(map.table, keys); },
                   py::arg("keys").noconvert())
               .def("items", &M::items)
               .def("clear", [](M& map) { map.table.clear(); })
               .def("__len__", [](const M& map) { return map.table.size(); })
               .def_readwrite("ordinal", &M::ordinal)
               .def_property_readonly("load", [](const M& map) { return map.table.load_factor(); })
               .def_property_readonly("bytes", [](const M& map) { return map.table.bytes(); })
               .def_property_readonly("seed", [](const M& map) { return map.table.hash_function().seed; });
  if constexpr (sizeof(Value) == 8)
    c.def("insert_ordinals", &M::insert_ordinals, py::arg("keys").noconvert(), py::arg("duplicates"));
}

template <class Word>
void bind_set(py::module_& m, const char* name) {
  using S = Set<Word>;
  py::class_<S>(m, name)
      .def(py::init([](double load, std::uint64_t seed) { return S(0, load, HashWord{seed}); }),
           py::arg("load"), py::arg("seed"))
      .def(
          "insert",
          [](S& set, const Array<Word>& keys, const std::string& duplicates) {
            const auto policy = policy_named(duplicates);
            const auto all = view(keys);
            return inserted([&] {
              make_room(set, all);
              return set.insert_batch(all, policy);
            });
          },
          py::arg("keys").noconvert(), py::arg("duplicates"))
      .def("contains", &contains<S, Word>, py::arg("keys").noconvert(), py::arg("threads") = 1)
      .def("erase", &erase<S, Word>, py::arg("keys").noconvert())
      .def("keys",
           [](const S& set) {
             py::array_t<Word> keys(static_cast<py::ssize_t>(set.size()));
             Word* key = keys.mutable_data();
             {
               const py::gil_scoped_release release;
               for (const Word k : set) *key++ = k;
             }
             return keys;
           })
      .def("clear", [](S& set) { set.clear(); })
      .def("__len__", &S::size)
      .def_property_readonly("load", &S::load_factor)
      .def_property_readonly("bytes", &S::bytes)
      .def_property_readonly("seed", [](const S& set) { return set.hash_function().seed; });
}

// (first, codes or None, counts or None)
template <class Word>
py::tuple group(const Array<Word>& keys, bool want_codes, bool want_counts, std::uint64_t seed, int threads) {
  const auto all = view(keys);
  py::array_t<std::int64_t> codes(want_codes ? keys.size() : 0);
  const auto codes_out = space(codes);
  std::vector<std::int64_t> first, counts;
  {
    const py::gil_scoped_release release;
    first = hashing::group_words(all, codes_out, want_counts ? &counts : nullptr, seed, threads);
  }
  return py::make_tuple(to_numpy(std::move(first)), want_codes ? py::object(codes) : py::none(),
                        want_counts ? py::object(to_numpy(std::move(counts))) : py::none());
}

template <class Float, class Word>
py::array_t<Word> canonical(const Array<Float>& values) {
  py::array_t<Word> words(values.size());
  const auto all = view(values);
  const auto out = space(words);
  {
    const py::gil_scoped_release release;
    hashing::canonical_words(all, out);
  }
  return words;
}

using Codes = Array<std::int64_t>;

py::tuple join_pairs(const Codes& left, const Codes& right, std::int64_t groups, bool keep_unmatched,
                     int threads) {
  const auto l = view(left), r = view(right);
  std::vector<std::int64_t> li, ri;
  {
    const py::gil_scoped_release release;
    hashing::join_pairs(l, r, static_cast<std::size_t>(groups), keep_unmatched, li, ri, threads);
  }
  return py::make_tuple(to_numpy(std::move(li)), to_numpy(std::move(ri)));
}

}  // namespace

}  // namespace wayseer::bindings

void bind_hashing_texts(pybind11::module_& hashing);

void bind_hashing_maps(pybind11::module_& hashing) {
  using namespace wayseer::bindings;
  using u32 = std::uint32_t;
  using u64 = std::uint64_t;
  bind_map<u32, u32>(hashing, "Map32To32");
  bind_map<u32, u64>(hashing, "Map32To64");
  bind_map<u64, u32>(hashing, "Map64To32");
  bind_map<u64, u64>(hashing, "Map64To64");
  bind_set<u32>(hashing, "Set32");
  bind_set<u64>(hashing, "Set64");
  hashing.def("group", &group<u32>, py::arg("keys").noconvert(), py::arg("codes"), py::arg("counts"),
              py::arg("seed"), py::arg("threads") = 1);
  hashing.def("group", &group<u64>, py::arg("keys").noconvert(), py::arg("codes"), py::arg("counts"),
              py::arg("seed"), py::arg("threads") = 1);
  hashing.def("canonical", &canonical<float, u32>, py::arg("values").noconvert());
  hashing.def("canonical", &canonical<double, u64>, py::arg("values").noconvert());
  hashing.def("join_pairs", &join_pairs, py::arg("left").noconvert(), py::arg("right").noconvert(),
              py::arg("groups"), py::arg("keep_unmatched"), py::arg("threads") = 1);
  hashing.def("random_seed", &wayseer::hashing::random_seed);
  bind_hashing_texts(hashing);
  hashing.def("simd_path", [] { return std::string(wayseer::hashing::batch_path()); });
}
