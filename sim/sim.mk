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

# What a program with a model links with, after its objects: driver, root port,
# one of the models, then these.
SIM_LIBS := $(BUILD)/lib/libdriver.a $(BUILD)/lib/librootport.a
SIM_LINK := -lstdc++ -lm -lpthread $(ZLIB_LIBS)

-include $(wildcard $(BUILD)/sim/*/*.d)
