# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Rows of the specification, tests that prove them, and what is left out:
# README.md. ONLY=card_status runs one program and joins nothing.
TESTS += conformance

CONF_DIR := tests/conformance
CONF_OUT := $(BUILD)/conformance
CONF_CARD := $(basename $(notdir $(sort $(wildcard $(CONF_DIR)/card_*.c))))
CONF_NATIVE := $(basename $(notdir $(sort $(wildcard $(CONF_DIR)/native_*.c))))
# Cases of other suites that proofs.tsv names: DIRECTORY/PROGRAM.
CONF_OTHER := $(shell awk '!/^\#/ { print $$1 }' $(CONF_DIR)/proofs.tsv | sort -u)

CONF_CARD_BIN := $(CONF_CARD:%=$(CONF_OUT)/%)
CONF_NATIVE_BIN := $(CONF_NATIVE:%=$(CONF_OUT)/%)
CONF_OTHER_BIN := $(patsubst $(BUILD)/hw/%,$(BUILD)/hwtests/%,$(CONF_OTHER:%=$(BUILD)/%))
CONF_CARD_OBJS := $(CONF_OUT)/conf.o $(CONF_OUT)/announce.o $(CONF_OUT)/lab.o \
	$(CONF_OUT)/feature_bits.o $(COSIM_OBJS)

$(CONF_OUT)/%.o: $(CONF_DIR)/%.c $(CONF_DIR)/conformance.mk mk/flags.mk | $(REGS_H)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(SIM_CFLAGS) -Itests/cosim -c -o $@ $<

$(CONF_CARD_BIN): %: %.o $(CONF_CARD_OBJS) $(SIM_LIBS) $(BUILD)/lib/libmodel_card.a
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_LDFLAGS) -o $@ $< $(CONF_CARD_OBJS) $(SIM_LIBS) \
	  $(BUILD)/lib/libmodel_card.a $(ELF_LIBS) $(SIM_LINK)

CONF_NATIVE_OBJS := $(UNIT_OUT)/obj/$(CONF_DIR)/announce.o $(UNIT_OBJ)
$(CONF_NATIVE_BIN): $(CONF_OUT)/%: $(UNIT_OUT)/obj/$(CONF_DIR)/%.o $(CONF_NATIVE_OBJS)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(UNIT_SANITIZE) -o $@ $^ $(HOST_LDFLAGS) $(CMOCKA_LIBS)

.SECONDARY: $(CONF_CARD_BIN:=.o) $(CONF_CARD_OBJS) $(CONF_NATIVE_OBJS) \
	$(CONF_NATIVE:%=$(UNIT_OUT)/obj/$(CONF_DIR)/%.o)
-include $(wildcard $(CONF_OUT)/*.d $(UNIT_OUT)/obj/$(CONF_DIR)/*.d)

CONF_RUN = RINGLET_FIRMWARE=$(FIRMWARE_ELF) CONF_DEVICES="$(FW_DEVICES)" \
	$(CONF_DIR)/run.sh --data $(CONF_DIR) --out $(CONF_OUT) \
	--json $(BUILD)/conformance.json
CONF_PROGRAMS = $(join $(addsuffix $(equals),$(CONF_OTHER)),$(CONF_OTHER_BIN)) \
	$(foreach p,$(CONF_NATIVE) $(CONF_CARD),conformance/$p=$(CONF_OUT)/$p)
equals := =

.PHONY: conformance-table run-conformance conformance-programs
conformance-programs: $(CONF_CARD_BIN) $(CONF_NATIVE_BIN) $(CONF_OTHER_BIN) \
	$(FIRMWARE_ELF)
conformance-table: conformance-programs
	@$(CONF_RUN) --form table $(CONF_PROGRAMS)
ifeq ($(ONLY),)
run-conformance: conformance-programs
	@$(CONF_RUN) --form tap $(CONF_PROGRAMS)
else
run-conformance: $(CONF_OUT)/$(ONLY) $(FIRMWARE_ELF)
	@RINGLET_FIRMWARE=$(FIRMWARE_ELF) $(CONF_OUT)/$(ONLY)
endif
