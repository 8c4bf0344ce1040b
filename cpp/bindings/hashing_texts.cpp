// Strings as keys: from NumPy, Python and Arrow memory, their maps and sets, and grouping.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "arrays.hpp"
#include "hashing_files.hpp"
#include "hashing_tables.hpp"
#include "wayseer/hashing/byte_keys.hpp"
#include "wayseer/hashing/group.hpp"
#include "wayseer/hashing/text_array.hpp"

namespace wayseer::bindings {

namespace {

using hashing::byte_keys;
using hashing::text_array;

// Strings, and whoever owns their memory.
struct Texts {
  text_array strings;
  std::vector<py::object> owners;
  std::vector<char> bytes;  // of strings that had to be written anew
  std::vector<std::int64_t> offsets;

  void own() { strings = text_array(bytes.data(), bytes.size(), std::span<const std::int64_t>(offsets)); }
};
using TextsPointer = std::unique_ptr<Texts>;

// --- in

void append_utf8(std::vector<char>& out, std::uint32_t c) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | c >> 6), put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {  // lone surrogates too: NumPy and Python have them
    put(0xe0 | c >> 12), put(0x80 | (c >> 6 & 0x3f)), put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | c >> 18), put(0x80 | (c >> 12 & 0x3f)), put(0x80 | (c >> 6 & 0x3f)), put(0x80 | (c & 0x3f));
  }
}

// Rows of UCS-4 characters, zeros at the end of a row not counted, as UTF-8.
TextsPointer from_ucs4(const Array<std::uint32_t>& rows) {
  if (rows.ndim() != 2) throw py::value_error("rows must have two dimensions");
  const auto size = static_cast<std::size_t>(rows.shape(0)), width = static_cast<std::size_t>(rows.shape(1));
  const std::uint32_t* characters = rows.data();
  auto texts = std::make_unique<Texts>();
  {
    const py::gil_scoped_release release;
    texts->offsets.resize(size + 1);
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint32_t* row = characters + i * width;
      std::size_t length = width;
      while (length != 0 && row[length - 1] == 0) --length;
      for (std::size_t j = 0; j < length; ++j) {
        if (row[j] > 0x10ffff) throw std::invalid_argument("a character beyond U+10FFFF");
        append_utf8(texts->bytes, row[j]);
      }
      texts->offsets[i + 1] = static_cast<std::int64_t>(texts->bytes.size());
    }
    texts->own();
  }
  return texts;
}

// Rows of bytes, zeros at the end of a row not counted.
TextsPointer from_rows(const Array<std::uint8_t>& rows) {
  if (rows.ndim() != 2) throw py::value_error("rows must have two dimensions");
  auto texts = std::make_unique<Texts>();
  texts->strings =
      text_array(reinterpret_cast<const char*>(rows.data()), static_cast<std::size_t>(rows.shape(1)),
                 static_cast<std::size_t>(rows.shape(0)));
  texts->owners.push_back(rows);
  return texts;
}

// Python strings; the first object that is none is a TypeError with its position.
TextsPointer from_objects(const py::array& objects) {
  auto texts = std::make_unique<Texts>();
  const auto size = static_cast<std::size_t>(objects.size());
  texts->offsets.resize(size + 1);
  auto* const* items = static_cast<PyObject* const*>(objects.data());
  for (std::size_t i = 0; i < size; ++i) {
    PyObject* item = items[i];
    if (item == nullptr || !PyUnicode_Check(item))
      throw py::type_error("position " + std::to_string(i) + " holds " +
                           (item == nullptr ? "nothing" : Py_TYPE(item)->tp_name) + ", not str");
    if (PyUnicode_IS_COMPACT_ASCII(item)) {
      const auto* data = reinterpret_cast<const char*>(PyUnicode_DATA(item));
      texts->bytes.insert(texts->bytes.end(), data, data + PyUnicode_GET_LENGTH(item));
    } else {
      const auto kind = PyUnicode_KIND(item);
      const void* data = PyUnicode_DATA(item);
      const Py_ssize_t length = PyUnicode_GET_LENGTH(item);
      for (Py_ssize_t j = 0; j < length; ++j) append_utf8(texts->bytes, PyUnicode_READ(kind, data, j));
    }
    texts->offsets[i + 1] = static_cast<std::int64_t>(texts->bytes.size());
  }
  texts->own();
  return texts;
}

TextsPointer from_offsets(const Array<std::int64_t>& offsets, const Array<std::uint8_t>& bytes) {
  const auto all = view(offsets);
  if (all.empty() || all.front() < 0 || all.back() > bytes.size() || !std::is_sorted(all.begin(), all.end()))
    throw py::value_error("offsets must ascend within the bytes");
  auto texts = std::make_unique<Texts>();
  texts->strings =
      text_array(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(bytes.size()), all);
  texts->owners = {offsets, bytes};
  return texts;
}

// The structures of the Arrow C data interface (arrow.apache.org/docs/format/CDataInterface.html).
struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  std::int64_t flags;
  std::int64_t n_children;
  ArrowSchema** children;
  ArrowSchema* dictionary;
  void (*release)(ArrowSchema*);
  void* private_data;
};
struct ArrowArray {
  std::int64_t length;
  std::int64_t null_count;
  std::int64_t offset;
  std::int64_t n_buffers;
  std::int64_t n_children;
  const void** buffers;
  ArrowArray** children;
  ArrowArray* dictionary;
  void (*release)(ArrowArray*);
  void* private_data;
};

bool bit(const void* bits, std::int64_t i) {
  return (static_cast<const std::uint8_t*>(bits)[i / 8] >> (i % 8) & 1) != 0;
}

template <class Offset>
TextsPointer arrow_strings(const ArrowArray& array) {
  auto texts = std::make_unique<Texts>();
  const auto length = static_cast<std::size_t>(array.length);
  if (array.buffers[1] == nullptr || length == 0) {  // allowed for empty arrays
    texts->offsets = {0};
    texts->own();
    return texts;
  }
  const std::span<const Offset> offsets(static_cast<const Offset*>(array.buffers[1]) + array.offset,
                                        length + 1);
  texts->strings = text_array(static_cast<const char*>(array.buffers[2]),
                              static_cast<std::size_t>(offsets.back()), offsets);
  return texts;
}

// (format, strings or None, NumPy array or None); the capsules stay alive as long as what is returned.
py::tuple from_arrow(const py::capsule& schema_capsule, const py::capsule& array_capsule) {
  const auto& schema = *static_cast<const ArrowSchema*>(schema_capsule.get_pointer());
  const auto& array = *static_cast<const ArrowArray*>(array_capsule.get_pointer());
  const std::string format = schema.format;
  if (array.length > 0 && array.null_count != 0 && array.n_buffers > 0 && array.buffers[0] != nullptr)
    for (std::int64_t i = 0; i < array.length; ++i)
      if (!bit(array.buffers[0], array.offset + i))
        throw py::value_error("position " + std::to_string(i) + " is null; drop or fill nulls first");
  if (schema.dictionary != nullptr) return py::make_tuple(format + " (dictionary)", py::none(), py::none());
  TextsPointer texts;
  if (format == "u" || format == "z") texts = arrow_strings<std::int32_t>(array);
  if (format == "U" || format == "Z") texts = arrow_strings<std::int64_t>(array);
  if (texts) {
    texts->owners = {schema_capsule, array_capsule};
    return py::make_tuple(format, std::move(texts), py::none());
  }
  if (format == "b") {
    py::array_t<bool> values(array.length);
    bool* out = values.mutable_data();
    for (std::int64_t i = 0; i < array.length; ++i) out[i] = bit(array.buffers[1], array.offset + i);
    return py::make_tuple(format, py::none(), values);
  }
  static constexpr const char* names[][2] = {{"c", "i1"}, {"C", "u1"}, {"s", "i2"},   {"S", "u2"},
                                             {"i", "i4"}, {"I", "u4"}, {"l", "i8"},   {"L", "u8"},
                                             {"f", "f4"}, {"g", "f8"}, {"tdD", "i4"}, {"tdm", "i8"}};
  std::string name;
  for (const auto& [arrow, numpy] : names)
    if (format == arrow) name = numpy;
  if (format.starts_with("ts") || format.starts_with("tD")) name = "i8";
  if (name.empty()) return py::make_tuple(format, py::none(), py::none());
  const py::dtype dtype(name);
  const auto* first = array.length == 0
                          ? nullptr
                          : static_cast<const char*>(array.buffers[1]) + array.offset * dtype.itemsize();
  const py::tuple owners = py::make_tuple(schema_capsule, array_capsule);
  py::array values(dtype, array.length, first, array.length == 0 ? py::object() : py::object(owners));
  values.attr("setflags")(false);
  return py::make_tuple(format, py::none(), values);
}

// --- out

TextsPointer selected(const Texts& texts, const Array<std::int64_t>& positions) {
  auto chosen = std::make_unique<Texts>();
  const auto all = view(positions);
  const py::gil_scoped_release release;
  for (const auto i : all)
    if (i < 0 || static_cast<std::size_t>(i) >= texts.strings.size())
      throw std::out_of_range("position beyond the strings");
  chosen->offsets.reserve(all.size() + 1);
  chosen->offsets.push_back(0);
  for (const auto i : all) {
    const auto one = texts.strings[static_cast<std::size_t>(i)];
    chosen->bytes.insert(chosen->bytes.end(), one.begin(), one.end());
    chosen->offsets.push_back(static_cast<std::int64_t>(chosen->bytes.size()));
  }
  chosen->own();
  return chosen;
}

py::list to_list(const Texts& texts, bool text) {
  py::list result(texts.strings.size());
  for (std::size_t i = 0; i < texts.strings.size(); ++i) {
    const auto one = texts.strings[i];
    const auto length = static_cast<Py_ssize_t>(one.size());
    PyObject* item = text ? PyUnicode_DecodeUTF8(one.data(), length, "surrogatepass")
                          : PyBytes_FromStringAndSize(one.data(), length);
    if (item == nullptr) throw py::error_already_set();
    PyList_SET_ITEM(result.ptr(), static_cast<Py_ssize_t>(i), item);
  }
  return result;
}

// --- tables

struct TextSet {
  byte_keys keys;

  TextSet(double load, std::uint64_t seed, std::uint32_t hash_id)
      : keys(0, load, seed, hash_named(hash_id).id) {}
  TextSet(const OpenFile& from, const std::string& verify, bool copy, std::size_t value_size = 0)
      : keys(with_file(from.path, [&, how = verify_named(verify)] {
          return copy ? byte_keys::read(from.file, how, value_size)
                      : byte_keys::map_readonly(from.file, how, value_size);
        })) {}

  void require_writable() const {
    if (keys.read_only()) refuse_to_write();
  }
  void save(const std::string& path, const std::string& key_dtype, std::uint64_t flags) {
    hashing::table_notes notes;
    notes.flags = flags;
    with_file(path, [&] {
      keys.tidy({});
      keys.save(path, key_dtype, "", {}, notes);
    });
  }

  std::int64_t insert(const Texts& texts, const std::string& duplicates) {
    const auto policy = policy_named(duplicates);
    require_writable();
    return inserted([&] { return add(texts.strings, policy, [](std::size_t, std::size_t) {}); });
  }
  // inserted(position, entry) is told of every key that is new or, if the last one wins, known.
  template <class Inserted>
  std::size_t add(const text_array& texts, hashing::duplicates policy, Inserted&& inserted_at) {
    const std::size_t before = keys.size();
    if (policy == hashing::duplicates::error) {
      for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto [entry, added] = keys.insert(texts[i]);
        if (!added) throw hashing::duplicate_key_error(i);
        inserted_at(i, entry);
      }
      return keys.size() - before;
    }
    std::vector<std::int64_t> numbers(std::min(texts.size(), piece));
    for (std::size_t start = 0; start < texts.size(); start += piece) {
      const std::span<std::int64_t> part(numbers.data(), std::min(piece, texts.size() - start));
      std::size_t known = keys.entries();
      keys.insert_batch(texts, start, part, [](std::size_t, bool) {});
      for (std::size_t i = 0; i < part.size(); ++i) {
        const auto entry = static_cast<std::size_t>(part[i]);
        if (policy == hashing::duplicates::last || entry >= known) inserted_at(start + i, entry);
        if (entry >= known) known = entry + 1;  // new entries have ascending numbers
      }
    }
    return keys.size() - before;
  }
  [[nodiscard]] py::array_t<bool> contains(const Texts& texts, int threads) const {
    py::array_t<bool> result(static_cast<py::ssize_t>(texts.strings.size()));
    bool* out = result.mutable_data();
    each_number(texts.strings, threads, [&](std::size_t i, std::int64_t number) { out[i] = number >= 0; });
    return result;
  }
  template <class Use>
  void each_number(const text_array& texts, int threads, Use&& use) const {
    look_up(threads, texts.size(), [&](std::size_t begin, std::size_t end) {
      std::vector<std::int64_t> numbers(std::min(end - begin, piece));
      for (std::size_t start = begin; start < end; start += piece) {
        const std::span<std::int64_t> part(numbers.data(), std::min(piece, end - start));
        keys.find_batch(texts, start, part);
        for (std::size_t i = 0; i < part.size(); ++i) use(start + i, part[i]);
      }
    });
  }
  std::size_t erase(const Texts& texts, const byte_keys::moved_function& moved) {
    require_writable();
    const py::gil_scoped_release release;
    std::size_t erased = 0;
    for (std::size_t i = 0; i < texts.strings.size(); ++i) erased += keys.erase(texts.strings[i], moved);
    return erased;
  }
  // (offsets, bytes) of the living keys, in order of insertion.
  [[nodiscard]] py::tuple all() const {
    py::array_t<std::int64_t> offsets(static_cast<py::ssize_t>(keys.size()) + 1);
    py::array_t<std::uint8_t> bytes(static_cast<py::ssize_t>(keys.text_bytes()));
    auto* offset = offsets.mutable_data();
    auto* out = bytes.mutable_data();
    std::int64_t at = 0;
    std::fill_n(offset, offsets.size(), 0);
    for (std::size_t e = 0; e < keys.entries(); ++e) {
      if (!keys.alive(e)) continue;
      const auto one = keys[e];
      if (!one.empty()) std::memcpy(out + at, one.data(), one.size());
      *++offset = at += static_cast<std::int64_t>(one.size());
    }
    return py::make_tuple(offsets, bytes);
  }

  void clear() {
    require_writable();
    keys.clear();
  }

  static constexpr std::size_t piece = 4096;
};

template <class Value>
struct TextMap {
  TextSet set;
  std::vector<Value> values;  // by entry; of a mapped file, those there
  std::shared_ptr<const hashing::table_file> file;
  std::uint64_t ordinal = 0;  // of the next new key

  TextMap(double load, std::uint64_t seed, std::uint32_t hash_id) : set(load, seed, hash_id) {}
  TextMap(const OpenFile& from, const std::string& verify, bool copy)
      : set(from, verify, copy, sizeof(Value)), file(from.file), ordinal(from.file->notes().ordinal) {
    if (!copy) return;
    values.assign(all_values(), all_values() + set.keys.entries());
    file = nullptr;
  }
  [[nodiscard]] const Value* all_values() const {
    return file == nullptr
               ? values.data()
               : reinterpret_cast<const Value*>(file->block(hashing::table_header::values).data());
  }
  void save(const std::string& path, const std::string& key_dtype, const std::string& value_dtype,
            std::uint64_t flags) {
    hashing::table_notes notes;
    notes.flags = flags;
    notes.ordinal = ordinal;
    with_file(path, [&] {
      if (set.keys.size() != set.keys.entries()) {
        set.keys.tidy([this](std::size_t from, std::size_t to) { values[to] = values[from]; });
        values.resize(set.keys.entries());
      }
      const std::span<const Value> saved(all_values(), set.keys.entries());
      set.keys.save(path, key_dtype, value_dtype, std::as_bytes(saved), notes);
    });
  }

  template <class ValueOf>
  std::int64_t add(const Texts& texts, const std::string& duplicates, ValueOf&& value_of) {
    const auto policy = policy_named(duplicates);
    set.require_writable();
    return inserted([&] {
      try {
        return set.add(texts.strings, policy, [&](std::size_t i, std::size_t entry) {
          if (entry >= values.size()) values.resize(entry + 1);
          values[entry] = value_of(i);
        });
      } catch (...) {  // what was inserted stays, with zeros where its values were not yet noted
        values.resize(set.keys.entries());
        throw;
      }
    });
  }
  std::int64_t insert(const Texts& texts, const Array<Value>& given, const std::string& duplicates) {
    const auto all = view(given);
    require_size("values", all.size(), texts.strings.size());
    return add(texts, duplicates, [&](std::size_t i) { return all[i]; });
  }
  std::int64_t insert_ordinals(const Texts& texts, const std::string& duplicates) {
    return add(texts, duplicates, [&](std::size_t) { return static_cast<Value>(ordinal++); });
  }
  py::array_t<Value> get(const Texts& texts, Value missing, std::optional<py::array_t<bool>> found,
                         int threads) const {
    py::array_t<Value> result(static_cast<py::ssize_t>(texts.strings.size()));
    Value* out = result.mutable_data();
    bool* flags = found ? found->mutable_data() : nullptr;
    if (found) require_size("found", found->size(), texts.strings.size());
    set.each_number(texts.strings, threads, [&, stored = all_values()](std::size_t i, std::int64_t number) {
      out[i] = number < 0 ? missing : stored[static_cast<std::size_t>(number)];
      if (flags != nullptr) flags[i] = number >= 0;
    });
    return result;
  }
  std::size_t erase(const Texts& texts) {
    const std::size_t erased =
        set.erase(texts, [this](std::size_t from, std::size_t to) { values[to] = values[from]; });
    values.resize(set.keys.entries());
    return erased;
  }
  [[nodiscard]] py::tuple items() const {
    std::vector<Value> living;
    living.reserve(set.keys.size());
    for (std::size_t e = 0; e < set.keys.entries(); ++e)
      if (set.keys.alive(e)) living.push_back(all_values()[e]);
    return py::make_tuple(set.all(), to_numpy(std::move(living)));
  }
  void clear() {
    set.clear();
    values.clear();
  }
};

template <class Value>
void bind_text_map(py::module_& m, const char* name) {
  using M = TextMap<Value>;
  auto c =
      py::class_<M>(m, name)
          .def(py::init<double, std::uint64_t, std::uint32_t>(), py::arg("load"), py::arg("seed"),
               py::arg("hash_id"))
          .def_static(
              "open",
              [](const OpenFile& from, const std::string& verify, bool copy) {
                return M(from, verify, copy);
              },
              py::arg("file"), py::arg("verify"), py::arg("copy"))
          .def("save", &M::save, py::arg("path"), py::arg("key_dtype"), py::arg("value_dtype"),
               py::arg("flags"))
          .def_property_readonly("read_only", [](const M& map) { return map.set.keys.read_only(); })
          .def_property_readonly("max_load", [](const M& map) { return map.set.keys.max_load(); })
          .def_property_readonly("hash_id", [](const M& map) { return map.set.keys.hash_id(); })
          .def("insert", &M::insert, py::arg("keys"), py::arg("values").noconvert(), py::arg("duplicates"))
          .def("get", &M::get, py::arg("keys"), py::arg("missing"), py::arg("found").noconvert() = py::none(),
               py::arg("threads") = 1)
          .def(
              "contains",
              [](const M& map, const Texts& keys, int threads) { return map.set.contains(keys, threads); },
              py::arg("keys"), py::arg("threads") = 1)
          .def("erase", &M::erase, py::arg("keys"))
          .def("items", &M::items)
          .def("clear", &M::clear)
          .def("__len__", [](const M& map) { return map.set.keys.size(); })
          .def_readwrite("ordinal", &M::ordinal)
          .def_property_readonly("load", [](const M& map) { return map.set.keys.load(); })
          .def_property_readonly(
              "bytes",
              [](const M& map) { return map.set.keys.bytes() + map.values.capacity() * sizeof(Value); })
          .def_property_readonly("seed", [](const M& map) { return map.set.keys.seed(); });
  if constexpr (sizeof(Value) == 8)
    c.def("insert_ordinals", &M::insert_ordinals, py::arg("keys"), py::arg("duplicates"));
}

// (first, codes or None, counts or None)
py::tuple group(const Texts& keys, bool want_codes, bool want_counts, std::uint64_t seed, int threads) {
  py::array_t<std::int64_t> codes(want_codes ? static_cast<py::ssize_t>(keys.strings.size()) : 0);
  const auto codes_out = space(codes);
  std::vector<std::int64_t> first, counts;
  {
    const py::gil_scoped_release release;
    first = hashing::group_texts(keys.strings, codes_out, want_counts ? &counts : nullptr, seed, threads);
  }
  return py::make_tuple(to_numpy(std::move(first)), want_codes ? py::object(codes) : py::none(),
                        want_counts ? py::object(to_numpy(std::move(counts))) : py::none());
}

}  // namespace

}  // namespace wayseer::bindings

void bind_hashing_texts(pybind11::module_& hashing) {
  using namespace wayseer::bindings;
  py::class_<Texts>(hashing, "Texts")
      .def_static("from_ucs4", &from_ucs4, py::arg("rows").noconvert())
      .def_static("from_rows", &from_rows, py::arg("rows").noconvert())
      .def_static("from_objects", &from_objects, py::arg("objects").noconvert())
      .def_static("from_offsets", &from_offsets, py::arg("offsets").noconvert(), py::arg("bytes").noconvert())
      .def("select", &selected, py::arg("positions").noconvert())
      .def("to_list", &to_list, py::arg("text"))
      .def("__len__", [](const Texts& texts) { return texts.strings.size(); });
  hashing.def("from_arrow", &from_arrow, py::arg("schema"), py::arg("array"));
  bind_text_map<std::uint32_t>(hashing, "TextMap32");
  bind_text_map<std::uint64_t>(hashing, "TextMap64");
  py::class_<TextSet>(hashing, "TextSet")
      .def(py::init<double, std::uint64_t, std::uint32_t>(), py::arg("load"), py::arg("seed"),
           py::arg("hash_id"))
      .def_static(
          "open",
          [](const OpenFile& from, const std::string& verify, bool copy) {
            return TextSet(from, verify, copy);
          },
          py::arg("file"), py::arg("verify"), py::arg("copy"))
      .def("save", &TextSet::save, py::arg("path"), py::arg("key_dtype"), py::arg("flags"))
      .def_property_readonly("read_only", [](const TextSet& set) { return set.keys.read_only(); })
      .def_property_readonly("max_load", [](const TextSet& set) { return set.keys.max_load(); })
      .def_property_readonly("hash_id", [](const TextSet& set) { return set.keys.hash_id(); })
      .def("insert", &TextSet::insert, py::arg("keys"), py::arg("duplicates"))
      .def("contains", &TextSet::contains, py::arg("keys"), py::arg("threads") = 1)
      .def(
          "erase", [](TextSet& set, const Texts& keys) { return set.erase(keys, {}); }, py::arg("keys"))
      .def("keys", &TextSet::all)
      .def("clear", &TextSet::clear)
      .def("__len__", [](const TextSet& set) { return set.keys.size(); })
      .def_property_readonly("load", [](const TextSet& set) { return set.keys.load(); })
      .def_property_readonly("bytes", [](const TextSet& set) { return set.keys.bytes(); })
      .def_property_readonly("seed", [](const TextSet& set) { return set.keys.seed(); });
  hashing.def("group", &group, py::arg("keys"), py::arg("codes"), py::arg("counts"), py::arg("seed"),
              py::arg("threads") = 1);
}
