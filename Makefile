# The whole of Gamekeeper by one word each; `make help` lists them. Install steps live in scripts/setup.
SHELL := /bin/bash
BUILD ?= build
JOBS ?= $(shell nproc)
export CCACHE_DIR ?= $(HOME)/.ccache
export CCACHE_BASEDIR ?= $(CURDIR)
export CCACHE_NOHASHDIR ?= 1
export CCACHE_SLOPPINESS ?= pch_defines,time_macros,include_file_mtime,include_file_ctime

.PHONY: help setup setup-test setup-lint setup-bench build build-all web run test golden lint bench sanitize chaos screenshots clean
.DEFAULT_GOAL := help

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what the build needs and is missing
	@scripts/setup build

setup-test: setup ## install what the tests need as well: real engines, a browser
	@scripts/setup test

$(BUILD)/build.ninja: CMakeLists.txt CMakePresets.json cmake/gamekeeper.cmake
	cmake --preset release -B $(BUILD)

web: setup
	@scripts/build-web

build: setup web ## build/gamekeeper (Release) and the dashboard's files beside it
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	ninja -C $(BUILD) -j $(JOBS) gamekeeper

build-all: setup web
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	ninja -C $(BUILD) -j $(JOBS)

run: build ## start everything on embedded storage, with a labelled simulated load (SIMULATE=0: without)
	@scripts/run

test: setup-test build-all ## build and pass every test, real engines included
	@scripts/test

setup-lint: setup
	@scripts/setup lint

lint: setup-lint ## what can be found by reading: format, house rules, scripts, types, clang-tidy (one: scripts/lint tidy)
	@scripts/lint

golden: build ## write every golden file again, to be reviewed as a diff (tests/golden/README.md)
	ninja -C $(BUILD) -j $(JOBS) golden_test
	@BUILD=$(BUILD) scripts/golden

setup-bench: setup
	@scripts/setup bench

# make bench ROWS=ingest,get picks rows; QUICK=1 gives a short form.
bench: build setup-bench ## measure speed and memory beside peers, into build/bench.json (ROWS=a,b, QUICK=1)
	ninja -C $(BUILD) -j $(JOBS) bench_programs
	@BUILD=$(BUILD) scripts/bench $(if $(QUICK),--quick) $(if $(ROWS),--rows $(ROWS))

sanitize: setup-test ## the unit and contract suites under asan with ubsan, and under tsan (one: scripts/sanitize tsan)
	@JOBS=$(JOBS) scripts/sanitize

chaos: setup-test build ## the long forms of the tests that kill, fill and cut off (one: scripts/chaos drain)
	@scripts/chaos

screenshots: setup-test build ## every page in both themes and both sizes, into docs/screenshots
	@scripts/screenshots

clean: ## forget what was built
	rm -rf $(BUILD) build-*
