# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# The only Makefile one calls. Each part of the tree adds a fragment, which may
# append to ALL (files that `make all` builds), TESTS (run-NAME prints TAP on
# standard output), SMOKE (the same, slow suites that only `make check` runs),
# BENCHES (bench-NAME) and LINTS (target names). tests/README.md has an example.

FRAGMENTS := hw/hw.mk firmware/firmware.mk sim/sim.mk sim/core_tb/core_tb.mk \
	tests/core/core.mk tests/core/lockstep/lockstep.mk tests/hw/hwtests.mk tests/unit/unit.mk \
	tests/model/model.mk tests/formal/formal.mk hw/synth/synth.mk tests/bridge/bridge.mk tests/fuzz/fuzz.mk \
	tests/coverage/coverage.mk \
	tests/cosim/cosim.mk tests/faults/faults.mk \
	tests/interop/interop.mk tests/conformance/conformance.mk \
	tests/mutate/mutate.mk \
	tests/runner/runner.mk

CC ?= cc
CXX ?= c++
VERILATOR ?= verilator
RISCV_PREFIX ?= riscv64-unknown-elf-
RISCV_CC ?= $(RISCV_PREFIX)gcc
RISCV_OBJCOPY ?= $(RISCV_PREFIX)objcopy
RISCV_OBJDUMP ?= $(RISCV_PREFIX)objdump
RISCV_SIZE ?= $(RISCV_PREFIX)size
PKG_CONFIG ?= pkg-config
CLANG_FORMAT ?= clang-format
SHELLCHECK ?= shellcheck
SETUP ?= mk/setup.sh

comma := ,
BUILD ?= build$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))
ALL :=
TESTS :=
SMOKE :=
BENCHES :=
LINTS := lint-shell lint-spdx lint-planted lint-format

# V=1 shows the commands. $(call say,CC,$@) as a recipe line names the step.
Q := $(if $(V),,@)
say = @printf '  %-9s %s\n' '$(1)' '$(2)' >&2

SHELL := /bin/bash
.SHELLFLAGS := -e -o pipefail -c
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
# All processors, unless the command line says -j.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif
export RISCV_PREFIX

include mk/flags.mk
include mk/tools.mk
-include $(FRAGMENTS)

##@ To try it

.PHONY: help
help: ## list what make can do
	@awk -f mk/help.awk Makefile $(wildcard $(FRAGMENTS))
	@echo
	@echo "Suites for T=:    $(sort $(TESTS) $(SMOKE))"
	@echo "Tools to override: CC CXX VERILATOR RISCV_PREFIX CLANG_FORMAT SHELLCHECK"
	@echo "Options:           V=1 SEED=n SANITIZE=address,undefined BUILD=dir SETUP=true"

.PHONY: demo
ifneq ($(shell grep -s '^run-demo:' sim/sim.mk),)
demo: run-demo ## build everything and run the demonstration
else
demo:
	@echo "demo: sim/sim.mk has no run-demo yet, so nothing can be shown" >&2; exit 1
endif

.PHONY: waves
waves: run-waves ## record every signal of a short demonstration

##@ To build

.PHONY: all setup newlib
all: $(ALL) ## build all programs, run nothing
setup: ## install the Debian packages that are missing
	@$(SETUP)
newlib: $(NEWLIB) ## build the firmware's C library (once, kept outside the tree)
	@echo $(NEWLIB_DIR)

##@ To test

# `make -n` shows the line; + would run it even then.
RUN_TESTS = $(if $(findstring n,$(firstword -$(MAKEFLAGS))),,+)@tests/run.sh --make "$(MAKE)" --logs $(BUILD)/test-logs

.PHONY: test check conformance bench
test: $(SETUP_CHECK) ## run every test suite; T=name runs one
	$(RUN_TESTS) $(if $(T),--known "$(TESTS) $(SMOKE)",--build all) $(or $(T),$(TESTS))
check: $(SETUP_CHECK) lint-planted ## what continuous integration runs: test and the smoke set
	$(RUN_TESTS) --build all $(TESTS) $(SMOKE)
conformance: conformance-table ## rows of the specification, and what proves them
bench: $(addprefix bench-,$(BENCHES)) ## measure speed
	$(if $(BENCHES),,@echo "bench: there is no benchmark yet" >&2; exit 1)

##@ To change it

.PHONY: lint lint-shell lint-spdx lint-planted lint-format format
lint: $(LINTS) ## all checks of the source text
lint-shell: $(SETUP_CHECK)
	@$(SHELLCHECK) .ci/run $$(git ls-files -co --exclude-standard '*.sh')
lint-spdx:
	@mk/lint-spdx.sh
lint-planted:
	@mk/lint-planted.sh
# Only lines changed since FORMAT_BASE, a commit.
FORMAT_BASE ?= HEAD
lint-format: $(SETUP_CHECK)
	@mk/format.sh --check --binary $(CLANG_FORMAT) $(FORMAT_BASE)
format: $(SETUP_CHECK) ## clang-format the C lines changed since FORMAT_BASE (HEAD)
	@mk/format.sh --binary $(CLANG_FORMAT) $(FORMAT_BASE)

.PHONY: clean distclean
clean: ## remove the build directory
	rm -rf $(BUILD)
distclean: ## remove every build directory, the cached C library and roots
	rm -rf build build-*
	mk/newlib.sh --clean
	mk/root.sh --clean
