# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Hardware sources, generated registers, lint.
BUILD     ?= build
VERILATOR ?= verilator
CC        ?= cc
LINTS     += lint-hw

REGS_H   := $(BUILD)/gen/ringlet_regs.h
REGS_PKG := $(BUILD)/gen/rl_regs_pkg.sv

$(BUILD)/regs_gen: hw/regs/regs_gen.c hw/regs/registers.def
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -Wall -Wextra -o $@ $<

$(REGS_H): $(BUILD)/regs_gen
	$(Q)mkdir -p $(@D)
	$(Q)$< c > $@.tmp && mv $@.tmp $@

$(REGS_PKG): $(BUILD)/regs_gen
	$(Q)mkdir -p $(@D)
	$(Q)$< sv > $@.tmp && mv $@.tmp $@

# Packages first: Verilator wants them before their users.
HW_PKGS := $(REGS_PKG) hw/soc/rl_pkg.sv $(sort $(wildcard hw/core/*_pkg.sv)) \
           $(sort $(wildcard hw/dma/*_pkg.sv hw/pcie/*_pkg.sv))
HW_CARD := $(filter-out %_pkg.sv,$(sort $(wildcard hw/common/*.sv \
             hw/pcie/*.sv hw/dma/*.sv hw/soc/rl_*.sv)))
HW_CORE := $(filter-out %_pkg.sv,$(sort $(wildcard hw/core/*.sv)))
# Everything below ringlet_soc, in an order that tools accept.
HW_SOC  := $(HW_PKGS) $(HW_CARD) $(HW_CORE) hw/soc/ringlet_soc.sv

# Writes copies in the words that yosys knows.
PLAIN_AWK := mk/plain.awk

##@ To change it

.PHONY: lint-hw
lint-hw: $(HW_SOC) ## Verilator -Wall over the whole card
	$(Q)$(VERILATOR) --lint-only -Wall --top-module ringlet_soc $(HW_SOC)

##@ To measure

.PHONY: hw-report
hw-report: ## one page: proofs, lockstep, faults, size and clock, CPI, as far as measured
	@hw/evidence.pl $(BUILD)
