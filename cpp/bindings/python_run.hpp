// The bridge between a C++ run and Python's callbacks and signals.
#pragma once

#include <pybind11/pybind11.h>

#include <cmath>
#include <cstdint>
#include <exception>
#include <optional>
#include <utility>

#include "wayseer/core/run.hpp"

namespace wayseer::bindings {

namespace py = pybind11;

// Builds the StopRule of one run and keeps what happened to it in Python. Use: make it with the GIL held,
// call rule(), release the GIL, run, take the GIL back, call finish().
class PythonRun {
 public:
  PythonRun(std::optional<double> time_limit, std::optional<std::int64_t> max_iterations,
            std::optional<double> target, py::object callback, bool integer_objective)
      : callback_(std::move(callback)), integer_objective_(integer_objective) {
    if (time_limit) rule_.time_limit = *time_limit;
    if (max_iterations) rule_.max_iterations = *max_iterations;
    if (target) rule_.target = *target;
    rule_.poll = [this] { return interrupted(); };
    if (!callback_.is_none())
      rule_.on_progress = [this](const core::Progress& progress) { return report(progress); };
  }
  PythonRun(const PythonRun&) = delete;
  PythonRun& operator=(const PythonRun&) = delete;

  [[nodiscard]] const core::StopRule& rule() const noexcept { return rule_; }

  // Rethrows what a callback or signal handler raised; with raise_on_interrupt also a KeyboardInterrupt.
  void finish(bool raise_on_interrupt) {
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
    if (keyboard_interrupt_ && raise_on_interrupt) {
      PyErr_SetNone(PyExc_KeyboardInterrupt);
      throw py::error_already_set();
    }
  }

 private:
  bool interrupted() {
    const py::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() == 0) return false;
    if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) != 0) {
      PyErr_Clear();
      keyboard_interrupt_ = true;
    } else {
      error_ = std::make_exception_ptr(py::error_already_set());
    }
    return true;
  }
  bool report(const core::Progress& progress) {
    const py::gil_scoped_acquire gil;
    try {
      const py::object objective = integer_objective_ ? py::object(py::int_(std::llround(progress.objective)))
                                                      : py::object(py::float_(progress.objective));
      return !callback_(progress.elapsed, objective).is(py::bool_(false));
    } catch (py::error_already_set& error) {
      if (error.matches(PyExc_KeyboardInterrupt))
        keyboard_interrupt_ = true;
      else
        error_ = std::current_exception();
      return false;
    }
  }

  core::StopRule rule_;
  py::object callback_;
  bool integer_objective_;
  bool keyboard_interrupt_ = false;
  std::exception_ptr error_;
};

}  // namespace wayseer::bindings
