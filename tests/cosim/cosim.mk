# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# The whole card with its firmware, driven by the host driver. make run-cosim
# ONLY=name runs one program.
TESTS += cosim

COSIM_NAMES := $(filter-out cosim,$(basename $(notdir $(wildcard tests/cosim/*.c))))
COSIM := $(COSIM_NAMES:%=$(BUILD)/cosim/%)
COSIM_OBJS := $(BUILD)/cosim/cosim.o \
	$(patsubst tests/%.c,$(BUILD)/%.o,$(sort $(wildcard tests/cosim/support/*.c))) \
	$(BUILD)/sim/main/card.o $(BUILD)/sim/main/firmware.o

# A virtual machine, with the client of tests/bridge without its sanitizers.
VFIO_GUEST := $(patsubst tests/%.c,$(BUILD)/%.o,$(sort $(wildcard tests/cosim/guest/*.c))) \
	$(patsubst %,$(BUILD)/cosim/bridge/%.o,vfio_client front_end)
$(filter $(BUILD)/cosim/bridge/%,$(VFIO_GUEST)): $(BUILD)/cosim/bridge/%.o: \
		tests/bridge/support/%.c tests/cosim/cosim.mk mk/flags.mk
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(HOST_CFLAGS) $(BRIDGE_INC) -c -o $@ $<
$(BUILD)/cosim/vfio_user: $(VFIO_GUEST)

$(BUILD)/cosim/%.o: tests/cosim/%.c tests/cosim/cosim.mk mk/flags.mk | $(REGS_H)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(SIM_CFLAGS) -Itests/cosim -Itests/bridge -c -o $@ $<

$(COSIM): $(BUILD)/cosim/%: $(BUILD)/cosim/%.o $(COSIM_OBJS) $(BRIDGE_LIBS) $(SIM_LIBS) \
          $(BUILD)/lib/libmodel_card.a
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_LDFLAGS) -o $@ $(filter %.o,$^) $(BRIDGE_LIBS) $(SIM_LIBS) \
	  $(BUILD)/lib/libmodel_card.a $(SLIRP_LIBS) $(ELF_LIBS) $(SIM_LINK)
.SECONDARY: $(COSIM:=.o)
-include $(wildcard $(BUILD)/cosim/*.d $(BUILD)/cosim/support/*.d \
	$(BUILD)/cosim/guest/*.d $(BUILD)/cosim/bridge/*.d)

# Firmware with bugs on request.
FAULTY_ELF := $(BUILD)/cosim/faulty.elf
FAULTY_H := tests/cosim/faulty/faulty.h
FAULTY_OBJ := $(BUILD)/cosim/faulty/net.o $(BUILD)/cosim/faulty/faulty.o
$(BUILD)/cosim/faulty/net.o: firmware/devices/net.c
$(BUILD)/cosim/faulty/faulty.o: tests/cosim/faulty/faulty.c
$(FAULTY_OBJ): $(FAULTY_H) $(REGS_H) $(NEWLIB) firmware/firmware.mk tests/cosim/cosim.mk
	@mkdir -p $(@D)
	$(call say,RVCC,$@)
	$(Q)$(RISCV_CC) $(FW_CFLAGS) -include $(FAULTY_H) -c -o $@ $(filter %.c,$^)
$(FAULTY_ELF): $(FW_OUT)/main-net.o $(FW_OBJ) $(FAULTY_OBJ) \
		$(filter-out %/net.o,$(call fw_device_obj,net)) linker/ringlet.ld
	$(call say,RVLD,$@)
	$(Q)$(RISCV_CC) $(FW_CFLAGS) $(RISCV_LDFLAGS) -T linker/ringlet.ld \
		-Wl,--defsym=__stack_bytes=$(FW_STACK_BYTES) -o $@ $(filter %.o,$^) $(RISCV_LIBS)

.PHONY: run-cosim
run-cosim: $(COSIM) $(BUILD)/ringlet $(FIRMWARE_ELF) $(FAULTY_ELF)
	@status=0; for name in $(or $(ONLY),$(COSIM_NAMES)); do \
	  echo "# $$name"; \
	  RINGLET_FIRMWARE=$(FIRMWARE_ELF) $(BUILD)/cosim/$$name || status=1; \
	done; \
	$(if $(ONLY),,echo "# cli"; tests/cosim/cli.sh $(BUILD)/ringlet $(FIRMWARE_ELF) \
	  tests/data/traffic.pcap || status=1;) exit $$status

##@ To test for longer

HOSTILE := $(addprefix $(BUILD)/cosim/hostile_,random neighbour)

.PHONY: hostile
hostile: $(HOSTILE) $(FIRMWARE_ELF) ## random hostile drivers on the whole card for HOSTILE_SECONDS (60)
	@RINGLET_FIRMWARE=$(FIRMWARE_ELF) tests/cosim/hostile.sh $(or $(HOSTILE_SECONDS),60) \
	  $(or $(SEED),$$((RANDOM * 32768 + RANDOM + 1))) $(HOSTILE)

.PHONY: hostile-bite
hostile-bite: $(HOSTILE) $(FIRMWARE_ELF) ## plant faults that the random driver must find within BITE_SECONDS (300); ONLY=word some
	@$(call BITE,hostile-bite,tests/cosim/planted.list,300)
