# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Hardware blocks in Verilator, without the core: the test plays the firmware over
# the register bus. Every C file here with a main is one program; the others are
# linked to all of them. ONLY=pcie_msix runs one program. HW_TAGS=8 (with a BUILD of its
# own) builds the card with as many tags.
TESTS += hw

HW_MAINS := $(sort $(shell grep -l '^int main' tests/hw/*.c))
HW_HELP  := $(patsubst tests/hw/%.c,$(BUILD)/hwtests/%.o,\
              $(filter-out $(HW_MAINS),$(sort $(wildcard tests/hw/*.c))))
HW_BINS  := $(patsubst tests/hw/%.c,$(BUILD)/hwtests/%,$(HW_MAINS))
HW_LIBS  := $(BUILD)/lib/librootport.a $(BUILD)/lib/libmodel_bench.a

$(BUILD)/hwtests/%.o: tests/hw/%.c tests/hw/hwtests.mk mk/flags.mk $(REGS_H) | $(SETUP_CHECK)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(HOST_CFLAGS) -D_GNU_SOURCE -Isim -Itests/hw -I$(BUILD)/gen -c -o $@ $<

$(HW_BINS): %: %.o $(HW_HELP) $(HW_LIBS)
	$(call say,LD,$@)
	$(Q)$(CXX) $(HOST_LDFLAGS) -o $@ $^ -lm -lpthread -lz

.SECONDARY: $(HW_BINS:=.o) $(HW_HELP)
-include $(HW_BINS:=.d) $(HW_HELP:.o=.d)

.PHONY: run-hw
run-hw: $(if $(ONLY),$(BUILD)/hwtests/$(ONLY),$(HW_BINS))
	@status=0; for program in $^; do $$program || status=1; done; exit $$status
