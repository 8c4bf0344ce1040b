// Maps and sets of words, and grouping. A word is 4 or 8 bytes: a whole number as it is, a float canonically.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "arrays.hpp"
#include "hashing_files.hpp"
#include "hashing_tables.hpp"
#include "wayseer/hashing/batch.hpp"
#include "wayseer/hashing/group.hpp"
#include "wayseer/hashing/join.hpp"
#include "wayseer/hashing/line_map.hpp"
#include "wayseer/hashing/line_set.hpp"

namespace wayseer::bindings {

namespace {

using hashing::ChosenHash;

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

// f(slot, key) for every key. A damaged file may hold fewer or more than it says; of the latter, the rest
// is left out.
template <class Table, class F>
void each_key(const Table& table, F&& f) {
  const auto& keys = table.keys();
  std::size_t left = table.size();
  for (std::size_t slot = 0; slot < keys.slots() && left != 0; ++slot) {
    if (!keys.occupied(slot)) continue;
    f(slot, keys.key_at(slot));
    --left;
  }
}

// Room for what a batch probably brings; an empty table takes no more than it needs.
template <class Table, class Word>
void make_room(Table& table, std::span<const Word> keys) {
  if (table.empty()) table.reserve(hashing::expected_distinct(keys));
}

// A table that may be a mapped file: then it is read only.
template <class Table>
struct Held {
  std::shared_ptr<const Table> table;
  bool read_only = false;

  Held(double load, std::uint64_t seed, std::uint32_t hash_id)
      : table(std::make_shared<Table>(0, load, hash_named(hash_id, seed))) {}
  Held(const OpenFile& from, const std::string& verify, bool copy) : read_only(!copy) {
    const auto how = verify_named(verify);
    table = with_file(from.path, [&] {
      auto mapped = Table::map_readonly(from.file, how, from.hash());
      if (!copy) return mapped;
      auto made = std::make_shared<const Table>(*mapped);
      from.file->expect(64, "size", made->size(), mapped->size());  // keys that are there twice
      return made;
    });
  }

  [[nodiscard]] Table& writable() {
    if (read_only) refuse_to_write();
    return const_cast<Table&>(*table);  // made without const
  }
};

template <class Held>
void bind_held(py::class_<Held>& c) {
  c.def(py::init<double, std::uint64_t, std::uint32_t>(), py::arg("load"), py::arg("seed"),
        py::arg("hash_id"))
      .def_static(
          "open",
          [](const OpenFile& from, const std::string& verify, bool copy) { return Held(from, verify, copy); },
          py::arg("file"), py::arg("verify"), py::arg("copy"))
      .def("clear", [](Held& held) { held.writable().clear(); })
      .def("__len__", [](const Held& held) { return held.table->size(); })
      .def_readonly("read_only", &Held::read_only)
      .def_property_readonly("load", [](const Held& held) { return held.table->load_factor(); })
      .def_property_readonly("max_load", [](const Held& held) { return held.table->max_load(); })
      .def_property_readonly("bytes", [](const Held& held) { return held.table->bytes(); })
      .def_property_readonly("seed", [](const Held& held) { return held.table->hash_function().seed; })
      .def_property_readonly("hash_id", [](const Held& held) { return held.table->hash_function().id; });
}

template <class Word>
using Set = Held<hashing::line_set<Word, ChosenHash>>;

template <class Word, class Value>
struct Map : Held<hashing::line_map<Word, Value, ChosenHash>> {
  using Base = Held<hashing::line_map<Word, Value, ChosenHash>>;
  using Base::table;
  std::uint64_t ordinal = 0;  // of the next new key

  Map(double load, std::uint64_t seed, std::uint32_t hash_id) : Base(load, seed, hash_id) {}
  Map(const OpenFile& from, const std::string& verify, bool copy)
      : Base(from, verify, copy), ordinal(from.file->notes().ordinal) {}

  std::int64_t insert(const Array<Word>& keys, const Array<Value>& values, const std::string& duplicates) {
    const auto policy = policy_named(duplicates);
    const auto all = view(keys);
    const auto given = view(values);
    require_size("values", given.size(), all.size());
    auto& map = this->writable();
    return inserted([&] {
      make_room(map, all);
      const std::size_t before = map.size();
      map.insert_each(all, [&](std::size_t i) -> const Value& { return given[i]; }, policy);
      return map.size() - before;
    });
  }
  std::int64_t insert_ordinals(const Array<Word>& keys, const std::string& duplicates) {
    const auto policy = policy_named(duplicates);
    const auto all = view(keys);
    auto& map = this->writable();
    return inserted([&] {
      make_room(map, all);
      const std::size_t before = map.size();
      map.insert_each(all, [&](std::size_t) { return static_cast<Value>(ordinal++); }, policy);
      return map.size() - before;
    });
  }
  py::array_t<Value> get(const Array<Word>& keys, Value missing, std::optional<py::array_t<bool>> found,
                         int threads) const {
    py::array_t<Value> result(keys.size());
    const auto all = view(keys);
    Value* out = result.mutable_data();
    bool* flags = found ? found->mutable_data() : nullptr;
    if (found) require_size("found", found->size(), keys.size());
    look_up(threads, all.size(), [&](std::size_t begin, std::size_t end) {
      hashing::get_words(table->keys().view(), table->hash_function(), all.subspan(begin, end - begin),
                         table->values(), missing, out + begin, flags == nullptr ? nullptr : flags + begin);
    });
    return result;
  }
  py::tuple items() const {
    py::array_t<Word> keys(static_cast<py::ssize_t>(table->size()));
    py::array_t<Value> values(static_cast<py::ssize_t>(table->size()));
    Word* key = keys.mutable_data();
    Value* value = values.mutable_data();
    {
      const py::gil_scoped_release release;
      each_key(*table, [&](std::size_t slot, Word k) { *key++ = k, *value++ = table->value_at(slot); });
    }
    return py::make_tuple(keys, values);
  }
  void save(const std::string& path, const std::string& key_dtype, const std::string& value_dtype,
            std::uint64_t flags) {
    hashing::table_notes notes;
    notes.flags = flags;
    notes.ordinal = ordinal;
    with_file(path, [&] {
      if (this->read_only)
        table->write_saved(path, key_dtype, value_dtype, notes);
      else
        this->writable().save(path, key_dtype, value_dtype, notes);
    });
  }
};

template <class Word, class Value>
void bind_map(py::module_& m, const char* name) {
  using M = Map<Word, Value>;
  py::class_<M> c(m, name);
  bind_held(c);
  c.def("insert", &M::insert, py::arg("keys").noconvert(), py::arg("values").noconvert(),
        py::arg("duplicates"))
      .def("get", &M::get, py::arg("keys").noconvert(), py::arg("missing"),
           py::arg("found").noconvert() = py::none(), py::arg("threads") = 1)
      .def(
          "contains",
          [](const M& map, const Array<Word>& keys, int threads) {
            return contains(*map.table, keys, threads);
          },
          py::arg("keys").noconvert(), py::arg("threads") = 1)
      .def(
          "erase", [](M& map, const Array<Word>& keys) { return erase(map.writable(), keys); },
          py::arg("keys").noconvert())
      .def("items", &M::items)
      .def("save", &M::save, py::arg("path"), py::arg("key_dtype"), py::arg("value_dtype"), py::arg("flags"))
      .def_readwrite("ordinal", &M::ordinal);
  if constexpr (sizeof(Value) == 8)
    c.def("insert_ordinals", &M::insert_ordinals, py::arg("keys").noconvert(), py::arg("duplicates"));
}

template <class Word>
void bind_set(py::module_& m, const char* name) {
  using S = Set<Word>;
  py::class_<S> c(m, name);
  bind_held(c);
  c.def(
       "insert",
       [](S& set, const Array<Word>& keys, const std::string& duplicates) {
         const auto policy = policy_named(duplicates);
         const auto all = view(keys);
         auto& table = set.writable();
         return inserted([&] {
           make_room(table, all);
           return table.insert_batch(all, policy);
         });
       },
       py::arg("keys").noconvert(), py::arg("duplicates"))
      .def(
          "contains",
          [](const S& set, const Array<Word>& keys, int threads) {
            return contains(*set.table, keys, threads);
          },
          py::arg("keys").noconvert(), py::arg("threads") = 1)
      .def(
          "erase", [](S& set, const Array<Word>& keys) { return erase(set.writable(), keys); },
          py::arg("keys").noconvert())
      .def("keys",
           [](const S& set) {
             py::array_t<Word> keys(static_cast<py::ssize_t>(set.table->size()));
             Word* key = keys.mutable_data();
             {
               const py::gil_scoped_release release;
               each_key(*set.table, [&](std::size_t, Word k) { *key++ = k; });
             }
             return keys;
           })
      .def(
          "save",
          [](const S& set, const std::string& path, const std::string& key_dtype, std::uint64_t flags) {
            hashing::table_notes notes;
            notes.flags = flags;
            with_file(path, [&] { set.table->save(path, key_dtype, notes); });
          },
          py::arg("path"), py::arg("key_dtype"), py::arg("flags"));
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
  py::class_<OpenFile>(hashing, "TableFile")
      .def(py::init<std::string>(), py::arg("path"))
      .def_property_readonly("kind",
                             [](const OpenFile& f) { return static_cast<int>(f.file->header().kind); })
      .def_property_readonly("key_dtype", [](const OpenFile& f) { return f.file->header().key_dtype; })
      .def_property_readonly("value_dtype", [](const OpenFile& f) { return f.file->header().value_dtype; })
      .def_property_readonly("flags", [](const OpenFile& f) {
        return with_file(f.path, [&] { return f.file->notes().flags; });
      });
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
