# Each target does all its own set-up in $(VENV). Needed: a C++20 compiler, make, Python 3.11+ with venv.

PYTHON ?= python3
VENV ?= .venv
ROOM ?= tsp
ARGS ?=

export CMAKE_GENERATOR ?= Ninja
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(shell getconf _NPROCESSORS_ONLN)
export CTEST_PARALLEL_LEVEL ?= $(CMAKE_BUILD_PARALLEL_LEVEL)
export PATH := $(abspath $(VENV))/bin:$(PATH)
# `pip` and `python` below are the venv's even when another environment is active.
unexport PYTHONHOME PYTHONPATH

SOURCES := CMakeLists.txt pyproject.toml README.md \
  $(shell find cmake cpp/include cpp/src cpp/bindings python gpu solvers -name __pycache__ -prune -o -print)
CXX_FILES = $(shell find cpp examples -name '*.hpp' -o -name '*.cpp')

.PHONY: help demo build-cpp test test-cpp test-python test-asan test-tsan test-install bench lint format stubs docs clean

help:
	@echo 'make demo             solve examples/capitals.tsp and draw the tour'
	@echo 'make test             C++ and Python tests (parts: test-cpp, test-python)'
	@echo 'make test-asan        C++ tests under AddressSanitizer and UndefinedBehaviorSanitizer'
	@echo 'make test-tsan        C++ tests of threads under ThreadSanitizer'
	@echo 'make test-install     build and run examples/cpp_consumer against an installed library'
	@echo 'make bench ROOM=tsp   measure against peers; ARGS="..." goes to the script'
	@echo 'make lint | format    check | apply formatting; lint also runs ruff and mypy'
	@echo 'make stubs            regenerate the type stubs of the extension module'
	@echo 'make docs             build the documentation into build/site'

# The build tools are installed here, not in a throw-away environment of pip's, so that builds are incremental.
$(VENV)/.tools: Makefile
	$(PYTHON) -m venv $(VENV)
	python -m pip install --quiet --upgrade pip
	python -m pip install --quiet 'scikit-build-core>=0.11' 'pybind11>=3.0' cmake ninja
	@touch $@

# The package with the named extra. It is installed, not linked to the sources: what runs is what a user gets.
$(VENV)/.installed-%: $(SOURCES) $(VENV)/.tools
	python -m pip install --quiet --no-build-isolation '.[$*]'
	@touch $@

demo: $(VENV)/.installed-plot
	@mkdir -p build
	wayseer tsp solve examples/capitals.tsp --time 2 --tour build/capitals.tour --plot build/capitals.png
	@echo 'The tour is in build/capitals.tour, its picture in build/capitals.png.'

test: test-cpp test-python

# In the tree in which the package was built: the library is compiled once.
build-cpp: $(VENV)/.installed-test
	cmake -S . -B build/python -DWAYSEER_BUILD_TESTS=ON
	cmake --build build/python

test-cpp: build-cpp
	ctest --test-dir build/python --output-on-failure

test-python: $(VENV)/.installed-test
	python -m pytest $(ARGS)

test-asan: $(VENV)/.tools
	cmake --preset asan
	cmake --build --preset asan
	ctest --preset asan

test-tsan: $(VENV)/.tools
	cmake --preset tsan
	cmake --build --preset tsan
	ctest --preset tsan

test-install: build-cpp
	cmake --install build/python --component development --prefix build/prefix
	cmake -S examples/cpp_consumer -B build/cpp_consumer -DCMAKE_PREFIX_PATH=$(CURDIR)/build/prefix
	cmake --build build/cpp_consumer
	build/cpp_consumer/consumer
	build/cpp_consumer/clusters
	build/cpp_consumer/tables

bench: $(VENV)/.installed-bench
	python benchmarks/$(ROOM)/run.py $(ARGS)

lint: $(VENV)/.installed-dev
	ruff format --check
	ruff check
	mypy
	clang-format --dry-run --Werror $(CXX_FILES)

format: $(VENV)/.installed-dev
	ruff format
	ruff check --fix
	clang-format -i $(CXX_FILES)

stubs: $(VENV)/.installed-dev
	pybind11-stubgen wayseer._core --output-dir build/stubs --exit-code
	cp build/stubs/wayseer/_core/*.pyi python/wayseer/_core/

docs: $(VENV)/.installed-dev
	NO_MKDOCS_2_WARNING=1 mkdocs build --strict

clean:
	rm -rf build $(VENV)
