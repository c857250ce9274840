# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Firmware on the build host, above the fake hardware. One program for each
# tests/unit/*.c, always with the sanitizers of undefined behaviour and memory.
# make test T=unit/NAME runs the program of that name alone.
TESTS += unit

UNIT_OUT := $(BUILD)/unit
UNIT_NAMES := $(basename $(notdir $(sort $(wildcard tests/unit/*.c))))
UNIT := $(addprefix $(UNIT_OUT)/,$(or $(filter $(ONLY),$(UNIT_NAMES)),$(UNIT_NAMES)))
UNIT_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
UNIT_CFLAGS = $(HOST_CFLAGS) $(UNIT_SANITIZE) -I$(BUILD)/gen
# The firmware counts in 16 bits everywhere and is not compiled with it either.
UNIT_FW_CFLAGS = $(UNIT_CFLAGS) -Wno-conversion

UNIT_SRC := firmware/main.c $(FW_FAKE_SRC) \
	$(sort $(wildcard firmware/virtqueue/*.c firmware/virtio/*.c)) \
	$(sort $(wildcard firmware/devices/*.c)) \
	tests/unit/support/card.c tests/unit/support/driver.c
UNIT_OBJ := $(UNIT_SRC:%.c=$(UNIT_OUT)/obj/%.o)

$(UNIT_OUT)/obj/%.o: %.c $(REGS_H) tests/unit/unit.mk mk/flags.mk | $(SETUP_CHECK)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(if $(filter firmware/%,$<),$(UNIT_FW_CFLAGS),$(UNIT_CFLAGS)) \
		-c -o $@ $<

$(UNIT_OUT)/%: $(UNIT_OUT)/obj/tests/unit/%.o $(UNIT_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(UNIT_SANITIZE) -o $@ $^ $(HOST_LDFLAGS) $(CMOCKA_LIBS)

.SECONDARY: $(UNIT_NAMES:%=$(UNIT_OUT)/obj/tests/unit/%.o) $(UNIT_OBJ)
-include $(UNIT_OBJ:.o=.d) $(UNIT_NAMES:%=$(UNIT_OUT)/obj/tests/unit/%.d)

.PHONY: run-unit
run-unit: $(UNIT)
	@status=0; for program in $(UNIT); do $$program || status=1; done; \
	exit $$status
