// strata_map and strata_set of words.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "hashing_files.hpp"
#include "hashing_tables.hpp"
#include "wayseer/core/block.hpp"
#include "wayseer/hashing/strata_batch.hpp"
#include "wayseer/hashing/strata_map.hpp"
#include "wayseer/hashing/strata_probes.hpp"

namespace wayseer::bindings {

namespace {

// A view of memory that lives as long as `owner`; not to be written to.
template <class T>
py::array_t<T> borrowed(const T* data, std::size_t size, std::shared_ptr<const void> owner) {
  auto* const kept = new std::shared_ptr<const void>(std::move(owner));
  const py::capsule base(kept, [](void* p) { delete static_cast<std::shared_ptr<const void>*>(p); });
  py::array_t<T> array(static_cast<py::ssize_t>(size), data, base);
  py::detail::array_proxy(array.ptr())->flags &= ~py::detail::npy_api::NPY_ARRAY_WRITEABLE_;
  return array;
}

template <class Word, class Value>
struct Strata {
  using Table = hashing::strata_map<Word, Value, hashing::ChosenHash>;
  static constexpr bool has_values = !std::is_void_v<Value>;
  using Mapped = std::conditional_t<has_values, Value, std::uint32_t>;

  // Shared with the arrays that show its memory, which rehash() leaves to them.
  std::shared_ptr<Table> table;

  Strata(std::size_t capacity, double max_load, std::uint64_t seed, bool auto_rebuild, std::uint32_t hash_id)
      : table(std::make_shared<Table>(capacity, max_load, seed, hash_named(hash_id))) {
    table->auto_rebuild(auto_rebuild);
  }
  explicit Strata(std::shared_ptr<Table> given) : table(std::move(given)) {}

  // (slots, positions done, "", "full" or "duplicate")
  py::tuple insert(const Array<Word>& keys, const std::optional<Array<Mapped>>& values,
                   const std::string& duplicates) {
    const auto policy = policy_named(duplicates);
    const auto all = view(keys);
    const auto given = values ? view(*values) : std::span<const Mapped>();
    if (values) require_size("values", given.size(), all.size());
    py::array_t<std::int64_t> slots(keys.size());
    const auto out = space(slots);
    std::size_t done = all.size();
    const char* reason = "";
    {
      const py::gil_scoped_release release;
      try {
        table->insert_with(all, out, [&](std::int64_t* to, std::size_t& size) {
          return hashing::insert_strata_words<Word>(table->view(), table->kernel_hash(), all,
                                                    values ? given.data() : nullptr, to, policy, size,
                                                    table->capacity());
        });
      } catch (const hashing::table_full_error& error) {
        done = error.inserted;
        reason = "full";
      } catch (const hashing::duplicate_key_error& error) {
        done = error.position;
        reason = "duplicate";
      }
    }
    return py::make_tuple(slots, done, reason);
  }
  [[nodiscard]] hashing::detail::StrataView<Word, void> keys_only() const {
    const auto& all = table->view();
    return {all.meta, all.keys, nullptr, all.shape};
  }
  py::array_t<std::int64_t> slots(const Array<Word>& keys, int threads) const {
    return each_key<std::int64_t>(hashing::find_strata_words<Word>, keys, threads);
  }
  py::array_t<bool> contains(const Array<Word>& keys, int threads) const {
    return each_key<bool>(hashing::contains_strata_words<Word>, keys, threads);
  }
  template <class Result, class Kernel>
  [[nodiscard]] py::array_t<Result> each_key(Kernel kernel, const Array<Word>& keys, int threads) const {
    py::array_t<Result> result(keys.size());
    const auto all = view(keys);
    const auto out = space(result);
    look_up(threads, all.size(), [&](std::size_t begin, std::size_t end) {
      kernel(keys_only(), table->kernel_hash(), all.subspan(begin, end - begin), out.data() + begin);
    });
    return result;
  }
  py::array_t<Mapped> get(const Array<Word>& keys, Mapped missing, std::optional<py::array_t<bool>> found,
                          int threads) const
    requires has_values
  {
    py::array_t<Mapped> result(keys.size());
    const auto all = view(keys);
    const auto out = space(result);
    if (found) require_size("found", found->size(), keys.size());
    bool* flags = found ? found->mutable_data() : nullptr;
    look_up(threads, all.size(), [&](std::size_t begin, std::size_t end) {
      hashing::get_strata_words<Word, Mapped>(table->view(), table->kernel_hash(),
                                              all.subspan(begin, end - begin), missing, out.data() + begin,
                                              flags == nullptr ? nullptr : flags + begin);
    });
    return result;
  }
  std::size_t erase(const Array<Word>& keys) {
    const auto all = view(keys);
    const py::gil_scoped_release release;
    return table->erase_batch(all);
  }
  py::array_t<bool> occupied() const {
    py::array_t<bool> result(static_cast<py::ssize_t>(table->slots()));
    bool* out = result.mutable_data();
    {
      const py::gil_scoped_release release;
      for (std::size_t slot = 0; slot < table->slots(); ++slot) out[slot] = table->view().occupied(slot);
    }
    return result;
  }
  py::array_t<std::int64_t> rehash(std::size_t capacity) {
    if (table->read_only()) refuse_to_write();
    std::vector<std::int64_t> moved;
    {
      const py::gil_scoped_release release;
      auto old = std::make_shared<Table>();
      moved = table->rehash_into(*old, capacity);
      old.swap(table);
    }
    return to_numpy(std::move(moved));
  }
  void save(const std::string& path, const std::string& key_dtype, const std::string& value_dtype) {
    with_file(path, [&] { table->save(path, key_dtype, value_dtype); });
  }
  // A copy can be written to.
  static Strata open(const OpenFile& from, const std::string& verify, bool copy) {
    const auto how = verify_named(verify);
    return Strata(with_file(from.path, [&] {
      auto mapped = std::make_shared<Table>(Table::map_readonly(from.file, how, from.hash()));
      if (!copy) return mapped;
      from.file->expect(64, "size", mapped->occupied_slots(), mapped->size());
      return std::make_shared<Table>(*mapped);
    }));
  }
  // All that `from_state` needs to make its equal: numbers, then the memory of the table.
  py::tuple state() const {
    const auto parts = table->parts();
    py::object values = py::none();
    if constexpr (has_values) values = borrowed<Value>(parts.values, table->slots(), table);
    return py::make_tuple(parts.size, parts.capacity, parts.buckets, parts.max_load, parts.seed,
                          parts.erases_since_rebuild, table->auto_rebuild(),
                          borrowed<std::uint8_t>(reinterpret_cast<const std::uint8_t*>(parts.meta),
                                                 parts.buckets * hashing::detail::strata_line, table),
                          borrowed<Word>(parts.keys, table->slots(), table), values,
                          table->hash_function().id);
  }
  static Strata from_state(std::size_t size, std::size_t capacity, std::size_t buckets, double max_load,
                           std::uint64_t seed, std::size_t erases, bool auto_rebuild,
                           const Array<std::uint8_t>& meta, const Array<Word>& keys,
                           const std::optional<Array<Mapped>>& values, std::uint32_t hash_id) {
    const auto slots = static_cast<std::size_t>(keys.size());
    if (slots % hashing::detail::strata_lanes != 0 || slots / hashing::detail::strata_lanes != buckets ||
        static_cast<std::size_t>(meta.size()) != buckets * hashing::detail::strata_line ||
        has_values != values.has_value() || (values && values->size() != keys.size()))
      throw py::value_error("arrays do not have the sizes of a table of " + std::to_string(buckets) +
                            " buckets");
    // Arrays may lie anywhere, a table's begin at lines.
    const auto aligned = [](const auto& array) {
      wayseer::core::Block<> block(std::max<std::size_t>(1, static_cast<std::size_t>(array.nbytes())));
      std::memcpy(block.data(), array.data(), static_cast<std::size_t>(array.nbytes()));
      return block;
    };
    const auto meta_block = aligned(meta), key_block = aligned(keys);
    hashing::strata_parts<Word, Value> parts;
    parts.meta = meta_block.data();
    parts.keys = reinterpret_cast<const Word*>(key_block.data());
    wayseer::core::Block<> value_block;
    if constexpr (has_values) {
      value_block = aligned(*values);
      parts.values = reinterpret_cast<const Value*>(value_block.data());
    }
    parts.size = size;
    parts.capacity = capacity;
    parts.buckets = buckets;
    parts.max_load = max_load;
    parts.seed = seed;
    parts.erases_since_rebuild = erases;
    const auto borrowing = Table::from_parts(parts, nullptr, hash_named(hash_id));
    const std::size_t occupied = borrowing.occupied_slots();
    if (occupied != size)
      throw py::value_error("tags of " + std::to_string(occupied) + " keys, size " + std::to_string(size));
    Strata made(std::make_shared<Table>(borrowing));
    made.table->auto_rebuild(auto_rebuild);
    return made;
  }
  py::dict stats() const {
    hashing::strata_stats s;
    {
      const py::gil_scoped_release release;
      s = table->stats();
    }
    py::dict d;
    d["size"] = s.size;
    d["capacity"] = s.capacity;
    d["slots"] = s.slots;
    d["load"] = s.load;
    d["level_fill"] = s.level_fill;
    d["hit_path_mean"] = s.hit_path_mean;
    d["hit_path_max"] = s.hit_path_max;
    d["hit_path_hist"] = s.hit_path_hist;
    d["miss_path_mean"] = s.miss_path_mean;
    d["filter_density"] = s.filter_density;
    d["erases_since_rebuild"] = s.erases_since_rebuild;
    d["bytes_per_entry"] = s.bytes_per_entry;
    return d;
  }
};

template <class Word, class Value>
void bind_strata(py::module_& m, const char* name) {
  using S = Strata<Word, Value>;
  auto c =
      py::class_<S>(m, name)
          .def(py::init<std::size_t, double, std::uint64_t, bool, std::uint32_t>(), py::arg("capacity"),
               py::arg("max_load"), py::arg("seed"), py::arg("auto_rebuild"), py::arg("hash_id"),
               py::call_guard<py::gil_scoped_release>())
          .def("insert", &S::insert, py::arg("keys").noconvert(), py::arg("values").noconvert(),
               py::arg("duplicates"))
          .def("slots", &S::slots, py::arg("keys").noconvert(), py::arg("threads") = 1)
          .def("contains", &S::contains, py::arg("keys").noconvert(), py::arg("threads") = 1)
          .def("erase", &S::erase, py::arg("keys").noconvert())
          .def("keys_view",
               [](const S& s) { return borrowed<Word>(s.table->view().keys, s.table->slots(), s.table); })
          .def("occupied", &S::occupied)
          .def(
              "clear", [](S& s) { s.table->clear(); }, py::call_guard<py::gil_scoped_release>())
          .def("rehash", &S::rehash, py::arg("capacity"))
          .def(
              "rebuild_filters", [](S& s) { s.table->rebuild_filters(); },
              py::call_guard<py::gil_scoped_release>())
          .def("save", &S::save, py::arg("path"), py::arg("key_dtype"), py::arg("value_dtype"))
          .def_static("open", &S::open, py::arg("file"), py::arg("verify"), py::arg("copy"))
          .def("state", &S::state)
          .def_static("from_state", &S::from_state, py::arg("size"), py::arg("capacity"), py::arg("buckets"),
                      py::arg("max_load"), py::arg("seed"), py::arg("erases"), py::arg("auto_rebuild"),
                      py::arg("meta").noconvert(), py::arg("keys").noconvert(), py::arg("values").noconvert(),
                      py::arg("hash_id"))
          .def("stats", &S::stats)
          .def("__len__", [](const S& s) { return s.table->size(); })
          .def_property_readonly("capacity", [](const S& s) { return s.table->capacity(); })
          .def_property_readonly("max_load", [](const S& s) { return s.table->max_load(); })
          .def_property_readonly("seed", [](const S& s) { return s.table->seed(); })
          .def_property_readonly("hash_id", [](const S& s) { return s.table->hash_function().id; })
          .def_property_readonly("read_only", [](const S& s) { return s.table->read_only(); })
          .def_property(
              "auto_rebuild", [](const S& s) { return s.table->auto_rebuild(); },
              [](S& s, bool on) { s.table->auto_rebuild(on); });
  if constexpr (S::has_values)
    c.def("get", &S::get, py::arg("keys").noconvert(), py::arg("missing"),
          py::arg("found").noconvert() = py::none(), py::arg("threads") = 1)
        .def("values_view",
             [](const S& s) { return borrowed<Value>(s.table->view().values, s.table->slots(), s.table); });
}

// (hits, hits of the last keys, misses): [i] = searches that looked at i buckets
py::tuple strata_probes(std::int64_t slots, double load, std::uint64_t seed, bool levels, std::int64_t last) {
  hashing::strata_probe_counts counts;
  {
    const py::gil_scoped_release release;
    counts = hashing::count_strata_probes(slots, load, seed, levels, last);
  }
  return py::make_tuple(to_numpy(std::move(counts.hits)), to_numpy(std::move(counts.last_hits)),
                        to_numpy(std::move(counts.misses)));
}

}  // namespace

}  // namespace wayseer::bindings

void bind_hashing_strata(pybind11::module_& hashing) {
  using namespace wayseer::bindings;
  using u32 = std::uint32_t;
  using u64 = std::uint64_t;
  bind_strata<u32, u32>(hashing, "Strata32To32");
  bind_strata<u32, u64>(hashing, "Strata32To64");
  bind_strata<u64, u32>(hashing, "Strata64To32");
  bind_strata<u64, u64>(hashing, "Strata64To64");
  bind_strata<u32, void>(hashing, "StrataSet32");
  bind_strata<u64, void>(hashing, "StrataSet64");
  hashing.def("strata_probes", &strata_probes, py::arg("slots"), py::arg("load"), py::arg("seed"),
              py::arg("levels"), py::arg("last"));
}
