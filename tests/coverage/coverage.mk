# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# How much of the firmware the native tests run: unit tests, and the corpora of
# fuzz targets, replayed. Compiled by gcc with its counters, without sanitizers.
# Branches that cannot be taken are left out only by LCOV_EXCL_BR_LINE and the
# like, with the reason beside it.

##@ To test for longer

COV_OUT := $(BUILD)/coverage
COV_FLOOR := firmware/virtqueue 95
COV_CFLAGS = -std=c11 -Wall -Wextra -O1 -g -MMD -MP -I$(BUILD)/gen
COV_COUNT := --coverage -fprofile-update=single

COV_FW := firmware/main.c \
	$(sort $(wildcard firmware/virtqueue/*.c firmware/virtio/*.c firmware/devices/*.c))
COV_FW_OBJ := $(COV_FW:%.c=$(COV_OUT)/obj/%.o)
COV_UNIT_OBJ := $(addprefix $(COV_OUT)/obj/,$(FW_FAKE_SRC:.c=.o) \
	tests/unit/support/card.o tests/unit/support/driver.o)
COV_UNIT := $(basename $(notdir $(sort $(wildcard tests/unit/*.c))))
COV_FUZZ := ring transport
COV_FUZZ_OBJ := $(addprefix $(COV_OUT)/obj/small/,$(FW_FAKE_SRC:.c=.o) \
	tests/fuzz/host.o tests/fuzz/input.o tests/fuzz/oracle.o tests/fuzz/positions.o tests/coverage/replay.o)

SETUP_COVERAGE := $(BUILD)/setup-coverage.stamp
$(SETUP_COVERAGE): mk/packages.list mk/setup.sh
	@$(SETUP) check coverage
	@mkdir -p $(@D)
	@touch $@

# Host memory as small as fuzz targets have it.
$(COV_OUT)/obj/small/%.o: %.c $(REGS_H) tests/coverage/coverage.mk | $(SETUP_COVERAGE)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(COV_CFLAGS) -DFAKE_HOST_BYTES=0x20000u -c -o $@ $<
$(COV_OUT)/obj/%.o: %.c $(REGS_H) tests/coverage/coverage.mk | $(SETUP_COVERAGE)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(COV_CFLAGS) $(if $(filter $(COV_FW),$<),$(COV_COUNT)) -c -o $@ $<

$(COV_UNIT:%=$(COV_OUT)/unit/%): $(COV_OUT)/unit/%: $(COV_OUT)/obj/tests/unit/%.o \
		$(COV_FW_OBJ) $(COV_UNIT_OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) --coverage -o $@ $^ $(CMOCKA_LIBS)
$(COV_FUZZ:%=$(COV_OUT)/fuzz/%): $(COV_OUT)/fuzz/%: $(COV_OUT)/obj/small/tests/fuzz/%.o \
		$(COV_FW_OBJ) $(COV_FUZZ_OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) --coverage -o $@ $^
.SECONDARY: $(COV_UNIT:%=$(COV_OUT)/obj/tests/unit/%.o) \
	$(COV_FUZZ:%=$(COV_OUT)/obj/small/tests/fuzz/%.o)
-include $(shell find $(COV_OUT) -name '*.d' 2>/dev/null)

.PHONY: coverage
coverage: $(COV_UNIT:%=$(COV_OUT)/unit/%) $(COV_FUZZ:%=$(COV_OUT)/fuzz/%) ## lines and branches of the firmware that native tests run
	@tests/coverage/run.sh $(COV_OUT) "$(COV_FLOOR)"
