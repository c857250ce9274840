# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# The bridges without a card: a fake device behind them, a fake front-end or
# client before them. One program for each tests/bridge/*.c, always with the
# sanitizers. make test T=bridge/NAME runs the program of that name alone.
TESTS += bridge

BRIDGE_OUT := $(BUILD)/bridge
BRIDGE_NAMES := $(basename $(notdir $(sort $(wildcard tests/bridge/*.c))))
BRIDGE := $(addprefix $(BRIDGE_OUT)/,$(or $(filter $(ONLY),$(BRIDGE_NAMES)),$(BRIDGE_NAMES)))

# The parts of sim/bridge that know of no simulator; fuzz targets use them too.
BRIDGE_SRC := $(patsubst %,sim/bridge/%.c,stream channel vhost_user session \
	session_messages guest_memory remarks)
VFIO_SRC := $(patsubst %,sim/bridge/%.c,stream vfio_user vfio_channel vfio_session \
	vfio_interrupts vfio_remote guest_memory)
VFIO_FAKES := $(patsubst %,tests/bridge/support/%.c,fake_pci vfio_client front_end)
BRIDGE_FAKES := tests/bridge/support/fake_device.c tests/bridge/support/front_end.c
BRIDGE_INC := -D_GNU_SOURCE -Isim -Itests/bridge

BRIDGE_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
BRIDGE_CFLAGS = $(HOST_CFLAGS) $(BRIDGE_SANITIZE) $(BRIDGE_INC) $(ZLIB_CFLAGS) \
	$(JSONC_CFLAGS)
BRIDGE_OBJ := $(patsubst %.c,$(BRIDGE_OUT)/obj/%.o,$(sort $(BRIDGE_SRC) $(VFIO_SRC) \
	sim/bridge/recording.c $(BRIDGE_FAKES) $(VFIO_FAKES) \
	$(patsubst %,tests/bridge/support/%.c,world vfio_world)))

$(BRIDGE_OUT)/obj/%.o: %.c tests/bridge/bridge.mk mk/flags.mk | $(SETUP_CHECK)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(BRIDGE_CFLAGS) -c -o $@ $<

$(BRIDGE_OUT)/%: $(BRIDGE_OUT)/obj/tests/bridge/%.o $(BRIDGE_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(BRIDGE_SANITIZE) -o $@ $^ $(HOST_LDFLAGS) $(ZLIB_LIBS) $(JSONC_LIBS) $(CMOCKA_LIBS)

.SECONDARY: $(BRIDGE_NAMES:%=$(BRIDGE_OUT)/obj/tests/bridge/%.o) $(BRIDGE_OBJ)
-include $(BRIDGE_OBJ:.o=.d) $(BRIDGE_NAMES:%=$(BRIDGE_OUT)/obj/tests/bridge/%.d)

.PHONY: run-bridge
run-bridge: $(BRIDGE)
	@status=0; for program in $(BRIDGE); do $$program || status=1; done; \
	exit $$status
