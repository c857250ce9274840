# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Simulation: models of the hardware, root port, host driver, the program.
BUILD     ?= build
VERILATOR ?= verilator
HOSTCC    ?= cc
HOSTCXX   ?= c++

SIM_CFLAGS ?= -O2 -g
SIM_WARN   := -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wstrict-prototypes \
              -Wmissing-prototypes -Wvla
SIM_INC    := -Isim -I$(BUILD)/gen

include sim/model/model.mk

# Objects of the C side.
$(BUILD)/sim/%.o: sim/%.c $(REGS_H)
	@mkdir -p $(@D)
	$(HOSTCC) $(SIM_WARN) $(SIM_CFLAGS) $(SIM_INC) -MMD -MP -c -o $@ $<

define sim_lib
$(BUILD)/lib/lib$(1).a: $(patsubst sim/%.c,$(BUILD)/sim/%.o,$(wildcard sim/$(1)/*.c))
	@mkdir -p $$(@D)
	@rm -f $$@
	ar rcs $$@ $$^
endef
$(eval $(call sim_lib,rootport))
$(eval $(call sim_lib,driver))

SIM_LINK := -lstdc++ -lm -lpthread -lz

-include $(wildcard $(BUILD)/sim/*/*.d)
