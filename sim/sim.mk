# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Simulation: models of the hardware, root port, host driver, the program.
include sim/model/model.mk

SIM_INC := -Isim -I$(BUILD)/gen
SIM_CFLAGS := $(HOST_CFLAGS) -D_GNU_SOURCE $(SIM_INC)

$(BUILD)/sim/%.o: sim/%.c sim/sim.mk mk/flags.mk | $(REGS_H)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(SIM_CFLAGS) -c -o $@ $<

# $(1): archive and folder
define sim_lib
$(BUILD)/lib/lib$(1).a: $(patsubst sim/%.c,$(BUILD)/sim/%.o,$(sort $(wildcard sim/$(1)/*.c)))
	@mkdir -p $$(@D)
	$$(call say,AR,$$@)
	@rm -f $$@
	$$(Q)ar rcs $$@ $$^
endef
$(eval $(call sim_lib,rootport))
$(eval $(call sim_lib,driver))
$(eval $(call sim_lib,port))
$(eval $(call sim_lib,bridge))
$(BUILD)/sim/bridge/%.o: SIM_CFLAGS += $(ZLIB_CFLAGS) $(JSONC_CFLAGS)

# What a program with a model links with, after its objects: driver, root port,
# one of the models, then these.
SIM_LIBS := $(BUILD)/lib/libdriver.a $(BUILD)/lib/librootport.a
SIM_LINK := -lstdc++ -lm -lpthread $(ZLIB_LIBS) $(JSONC_LIBS)

# The program, and the same with a model that can record waves.
RINGLET_OBJS := $(patsubst sim/%.c,$(BUILD)/sim/%.o,$(sort $(wildcard sim/main/*.c)))
BRIDGE_LIBS := $(BUILD)/lib/libbridge.a $(BUILD)/lib/libport.a
RINGLET_LIBS = $(BRIDGE_LIBS) $(SIM_LIBS) $(1) $(SLIRP_LIBS) $(JSONC_LIBS) $(PCAP_LIBS) $(ELF_LIBS) $(SIM_LINK)

$(BUILD)/sim/main/%.o: SIM_CFLAGS += $(JSONC_CFLAGS) $(PCAP_CFLAGS) $(ELF_CFLAGS)

$(BUILD)/ringlet: $(RINGLET_OBJS) $(BRIDGE_LIBS) $(SIM_LIBS) $(BUILD)/lib/libmodel_card.a
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_LDFLAGS) -o $@ $(RINGLET_OBJS) \
	  $(call RINGLET_LIBS,$(BUILD)/lib/libmodel_card.a)

$(BUILD)/ringlet-waves: $(RINGLET_OBJS) $(BRIDGE_LIBS) $(SIM_LIBS) $(BUILD)/lib/libmodel_card_waves.a
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_LDFLAGS) -o $@ $(RINGLET_OBJS) \
	  $(call RINGLET_LIBS,$(BUILD)/lib/libmodel_card_waves.a)

ALL += $(BUILD)/ringlet $(BUILD)/ringlet-waves
BENCHES += net

FIRMWARE_ELF := $(BUILD)/firmware/net.elf

.PHONY: run-demo run-bench bench-net
run-demo: $(BUILD)/ringlet $(FIRMWARE_ELF)
	@$(BUILD)/ringlet demo --firmware $(FIRMWARE_ELF) $(if $(SEED),--seed $(SEED))
run-bench bench-net: $(BUILD)/ringlet $(FIRMWARE_ELF)
	@$(BUILD)/ringlet bench --firmware $(FIRMWARE_ELF) --json $(BUILD)/bench.json \
	  $(if $(SEED),--seed $(SEED))


# The small capture: all four ways of the demonstration, in seconds.
.PHONY: run-waves
run-waves: $(BUILD)/ringlet-waves $(FIRMWARE_ELF)
	@$(BUILD)/ringlet-waves demo --firmware $(FIRMWARE_ELF) \
	  --pcap-in tests/data/traffic.pcapng --waves $(BUILD)/demo.fst \
	  $(if $(SEED),--seed $(SEED))

-include $(wildcard $(BUILD)/sim/*/*.d)
