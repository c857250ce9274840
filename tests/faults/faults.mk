# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Every kind of fault at every step of scenarios on the whole card.
SMOKE += faults

FAULTS := $(BUILD)/faults/faults
FAULTS_OBJS := $(patsubst tests/%.c,$(BUILD)/%.o,$(sort $(wildcard tests/faults/*.c))) \
	$(BUILD)/cosim/support/dma_oracle.o \
	$(BUILD)/sim/main/card.o $(BUILD)/sim/main/firmware.o

$(BUILD)/faults/%.o: tests/faults/%.c tests/faults/faults.mk mk/flags.mk | $(REGS_H)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(SIM_CFLAGS) -Itests/cosim -Itests/faults -c -o $@ $<

$(FAULTS): $(FAULTS_OBJS) $(SIM_LIBS) $(BUILD)/lib/libmodel_card.a
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_LDFLAGS) -o $@ $(FAULTS_OBJS) $(SIM_LIBS) \
	  $(BUILD)/lib/libmodel_card.a $(ELF_LIBS) $(SIM_LINK)
-include $(wildcard $(BUILD)/faults/*.d)

FAULTS_RUN := $(FAULTS) --firmware $(FIRMWARE_ELF)

# A few points of each kind in each scenario, others each time.
.PHONY: run-faults
run-faults: $(FAULTS) $(FIRMWARE_ELF)
	@seed=$(or $(SEED),$$((RANDOM * 32768 + RANDOM + 1))); \
	echo "# seed $$seed: repeat with SEED=$$seed" && \
	$(FAULTS_RUN) --points 4 --seed $$seed --offset $$((seed % 1009))

##@ To test for longer

.PHONY: faults
faults: $(FAULTS) $(FIRMWARE_ELF) ## every kind of fault at every step; SCENARIO= KIND= STEP= SEED= STRIDE= choose, TRACE=1 shows TLPs
	@$(FAULTS_RUN) --table --json $(BUILD)/faults.json --seed $(or $(SEED),1) \
	  $(if $(SCENARIO),--scenario $(SCENARIO)) $(if $(KIND),--kind $(KIND)) \
	  $(if $(STEP),--step $(STEP)) $(if $(STRIDE),--stride $(STRIDE)) $(if $(TRACE),--trace)

.PHONY: faults-bite
faults-bite: $(FAULTS) $(FIRMWARE_ELF) ## plant faults in firmware and hardware that the schedule must find; ONLY=word some
	@$(call BITE,faults-bite,tests/faults/planted.list,300)
