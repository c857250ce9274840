# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Formal proofs of the hardware: what is proved and how is in tests/formal/README.md.
TESTS += formal

##@ To test for longer

FORMAL_OUT := $(BUILD)/formal
FORMAL_SRC := $(FORMAL_OUT)/src
FORMAL_PCIE := $(filter hw/pcie/%,$(HW_PKGS) $(HW_CARD))
FORMAL_DMA := $(filter hw/dma/%,$(HW_PKGS) $(HW_CARD))
FORMAL_REST := $(REGS_PKG) hw/soc/rl_pkg.sv $(wildcard hw/common/*.sv) \
	$(filter hw/core/%,$(HW_PKGS) $(HW_CORE))

$(FORMAL_OUT)/plain.stamp: $(FORMAL_PCIE) $(FORMAL_DMA) $(FORMAL_REST) $(PLAIN_AWK)
	$(call say,PLAIN,$(FORMAL_SRC))
	@rm -rf $(FORMAL_SRC)
	@mkdir -p $(FORMAL_SRC)
	@awk -v out=$(FORMAL_SRC) -f $(PLAIN_AWK) hw/soc/rl_pkg.sv $(FORMAL_PCIE)
	@awk -v out=$(FORMAL_SRC) -f $(PLAIN_AWK) hw/soc/rl_pkg.sv $(FORMAL_DMA)
	@awk -v out=$(FORMAL_SRC) -f $(PLAIN_AWK) $(FORMAL_REST)
	@touch $@

# In the root that has the programs, as the user who asked for it.
FORMAL_RUN = mk/root.sh --run formal --bind $(CURDIR) --bind $(abspath $(BUILD)) \
	setpriv --reuid=$$(id -u) --regid=$$(id -g) --clear-groups \
	env FORMAL_LIMIT=$(FORMAL_LIMIT) tests/formal/run.sh

.PHONY: run-formal formal formal-bite formal-sources
formal-sources: $(FORMAL_OUT)/plain.stamp
run-formal: FORMAL_LIMIT ?= 60
run-formal: $(FORMAL_OUT)/plain.stamp
	@$(FORMAL_RUN) smoke $(FORMAL_SRC) $(FORMAL_OUT)/smoke
formal: FORMAL_LIMIT ?= 600
formal: $(FORMAL_OUT)/plain.stamp ## formal proofs of the hardware, build/formal.json; PROOF=name for one (build/formal-some.json)
	@$(FORMAL_RUN) table $(FORMAL_SRC) $(FORMAL_OUT) $(PROOF)
formal-bite: FORMAL_LIMIT ?= 60
formal-bite: $(FORMAL_OUT)/plain.stamp ## seeded faults that the proofs must find; PROOF=fault for one
	@$(FORMAL_RUN) bite $(FORMAL_SRC) $(FORMAL_OUT)/bite $(PROOF)
