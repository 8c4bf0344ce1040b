// What the bindings of tables of words and of strings share.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <span>
#include <string>

#include "arrays.hpp"
#include "wayseer/core/threads.hpp"
#include "wayseer/hashing/batch.hpp"
#include "wayseer/hashing/duplicates.hpp"
#include "wayseer/hashing/hash.hpp"

namespace wayseer::bindings {

template <class T>
std::span<T> space(py::array_t<T>& array) {
  return {array.mutable_data(), static_cast<std::size_t>(array.size())};
}

inline hashing::duplicates policy_named(const std::string& name) {
  if (name == "first") return hashing::duplicates::first;
  if (name == "last") return hashing::duplicates::last;
  if (name == "error") return hashing::duplicates::error;
  throw py::value_error("unknown duplicates '" + name + "'");
}

// The ids of Python's hashers.
inline hashing::ChosenHash hash_named(std::uint32_t id, std::uint64_t seed = 0) {
  if (id < hashing::hash_id_fold || id > hashing::hash_id_siphash24)
    throw py::value_error("unknown hash " + std::to_string(id));
  return {seed, id};
}

// Look-ups are independent: fn(begin, end) for stretches of the queries, without the interpreter lock.
template <class F>
void look_up(int threads, std::size_t queries, F&& fn) {
  const py::gil_scoped_release release;
  core::parallel_pieces(threads, queries, std::size_t{1} << 14, fn);
}

// insert() returns the number of new keys, or -1 - i if the key at position i is a duplicate and may not be.
template <class Insert>
std::int64_t inserted(Insert&& insert) {
  const py::gil_scoped_release release;
  try {
    return static_cast<std::int64_t>(insert());
  } catch (const hashing::duplicate_key_error& error) {
    return -1 - static_cast<std::int64_t>(error.position);
  }
}

}  // namespace wayseer::bindings
