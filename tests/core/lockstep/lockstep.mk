# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# The core in lockstep with a simulator of the instruction set. LOCKSTEP_INSNS
# sets how many instructions, SEED the first program's seed, LOCKSTEP_ONE=1
# stops after it.

##@ To test for longer

TESTS += core-lockstep
LINTS += lint-lockstep

LOCKSTEP_DIR := tests/core/lockstep
LOCKSTEP_OUT := $(BUILD)/lockstep
LOCKSTEP_SRC := main lockstep bus isa isa_decode platform program
LOCKSTEP_OBJ := $(addprefix $(LOCKSTEP_OUT)/,$(LOCKSTEP_SRC:=.o))
LOCKSTEP_RTL = $(CORE_RTL) $(LOCKSTEP_DIR)/lockstep_port.sv \
  $(LOCKSTEP_DIR)/lockstep_top.sv
LOCKSTEP_FLAGS = -isystem $(CORE_TB_ROOT)/include \
  -isystem $(CORE_TB_ROOT)/include/vltstd
LOCKSTEP_ENV = VERILATOR='$(VERILATOR)' MAKE='$(MAKE)' CXX='$(CXX)' \
  LOCKSTEP_CXXFLAGS='$(HOST_CXXFLAGS) -Isim $(LOCKSTEP_FLAGS)' \
  LOCKSTEP_LDFLAGS='$(HOST_LDFLAGS)'

$(LOCKSTEP_OUT)/%.o: $(LOCKSTEP_DIR)/%.c $(LOCKSTEP_DIR)/lockstep.mk mk/flags.mk
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(HOST_CFLAGS) -Isim $(LOCKSTEP_FLAGS) -c -o $@ $<
-include $(LOCKSTEP_OBJ:.o=.d)

$(LOCKSTEP_OUT)/lockstep: $(LOCKSTEP_OBJ) $(LOCKSTEP_RTL) \
    $(LOCKSTEP_DIR)/build.sh sim/model/verilated.cpp sim/model/verilated.h
	$(call say,VERILATE,lockstep_top)
	$(Q)+$(LOCKSTEP_ENV) $(LOCKSTEP_DIR)/build.sh $(LOCKSTEP_OUT) \
	  $(LOCKSTEP_RTL) -- $(LOCKSTEP_OBJ) >&2

.PHONY: run-core-lockstep lockstep lockstep-bite lint-lockstep
lint-lockstep:
	$(Q)$(VERILATOR) --lint-only -Wall +define+RISCV_FORMAL --top-module lockstep_top $(LOCKSTEP_RTL)
run-core-lockstep: LOCKSTEP_INSNS ?= 5000000
lockstep: LOCKSTEP_INSNS ?= 20000000
lockstep: LOCKSTEP_JSON = --json $(BUILD)/lockstep.json
run-core-lockstep: $(LOCKSTEP_OUT)/lockstep
	@$(LOCKSTEP_RUN)
lockstep: $(LOCKSTEP_OUT)/lockstep ## the core against a simulator, 20 million instructions; SEED=n
	@$(LOCKSTEP_RUN)
LOCKSTEP_RUN = seed=$${SEED:-$$(date +%s)}; \
  echo "\# seed $$seed: make lockstep SEED=$$seed LOCKSTEP_INSNS=$(LOCKSTEP_INSNS)"; \
  $(LOCKSTEP_OUT)/lockstep --seed $$seed --insns $(LOCKSTEP_INSNS) \
  $(if $(LOCKSTEP_ONE),--one) $(LOCKSTEP_JSON)

lockstep-bite: LOCKSTEP_INSNS ?= 3000000
lockstep-bite: $(LOCKSTEP_OBJ) ## faults of the core that lockstep must find; ONLY=word
	@mkdir -p $(LOCKSTEP_OUT)/bite
	@+$(LOCKSTEP_ENV) LOCKSTEP_WARN='-Wno-lint -Wno-style' ONLY='$(ONLY)' \
	  $(LOCKSTEP_DIR)/bite.sh $(LOCKSTEP_OUT)/bite $(LOCKSTEP_INSNS) \
	  $(LOCKSTEP_RTL) -- $(LOCKSTEP_OBJ)
