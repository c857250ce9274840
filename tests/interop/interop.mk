# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Drivers of others, as processes that reach the card over vhost-user: DPDK's
# testpmd and user-mode Linux; and Linux in a virtual machine, which has the card
# by vfio-user. `interop` and `interop-linux-smoke` are short runs; the whole
# matrices are suites of their own, run only by name.

##@ With drivers of others

TESTS += interop
SMOKE += interop-linux-smoke

INTEROP_SETUP := $(BUILD)/setup-interop.stamp
$(INTEROP_SETUP): mk/packages.list mk/setup.sh
	@$(SETUP) interop
	@mkdir -p $(@D)
	@touch $@

INTEROP_NEEDS := $(BUILD)/ringlet $(FIRMWARE_ELF) | $(INTEROP_SETUP)
INTEROP := RINGLET=$(BUILD)/ringlet FIRMWARE=$(FIRMWARE_ELF) REPORTS=$(BUILD)/interop \
	FAULTY=$(FAULTY_ELF) GUESTS=$(BUILD)/interop-guest $(if $(SEED),SEED=$(SEED))

.PHONY: run-interop run-interop-dpdk run-interop-uml run-interop-linux run-interop-linux-smoke
run-interop: $(INTEROP_NEEDS)
	@status=0; $(INTEROP) tests/interop/dpdk.sh smoke $(ONLY) || status=1; \
	$(INTEROP) tests/interop/uml.sh smoke || status=1; exit $$status
run-interop-dpdk: $(INTEROP_NEEDS)
	@$(INTEROP) tests/interop/dpdk.sh full $(ONLY)
run-interop-uml: $(INTEROP_NEEDS)
	@$(INTEROP) tests/interop/uml.sh full

run-interop-linux-smoke: $(INTEROP_NEEDS)
	@$(INTEROP) tests/interop/linux.sh smoke $(ONLY)
run-interop-linux: $(FAULTY_ELF) $(INTEROP_NEEDS)
	@$(INTEROP) tests/interop/linux.sh full $(ONLY)

INTEROP_REPORT := tests/interop/report.sh $(BUILD)/interop $(BUILD)/interop.json

.PHONY: interop-dpdk interop-uml interop-linux interop-report uml linux
interop-dpdk: ## DPDK 22.11 and 24.11 on the simulated card, all modes
	$(RUN_TESTS) interop-dpdk; status=$$?; \
	$(INTEROP_REPORT); exit $$status
interop-uml: ## Linux on the simulated card
	$(RUN_TESTS) interop-uml; status=$$?; \
	$(INTEROP_REPORT); exit $$status
interop-linux: ## Linux in a virtual machine that has the simulated card
	$(RUN_TESTS) interop-linux; status=$$?; \
	$(INTEROP_REPORT); exit $$status
interop-report: | $(INTEROP_SETUP) ## table of what these have shown, build/interop.json
	@$(INTEROP_REPORT)
uml: $(INTEROP_NEEDS) ## a Linux shell whose network is the simulated card
	@$(INTEROP) tests/interop/uml.sh shell
linux: $(INTEROP_NEEDS) ## the same in a virtual machine, on whose PCI bus the card is
	@$(INTEROP) tests/interop/linux.sh shell
