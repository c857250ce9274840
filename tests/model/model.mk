# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# An independent model of the ring: exhaustive search for small rings, random
# schedules for all, a Spin model of notification against sleep. What each of
# them covers: tests/model/README.md.
TESTS += model

MODEL_OUT := $(BUILD)/model
MODEL_STEPS ?= 200000000
# Without the sanitizers of tests/unit: the number of steps is what counts.
MODEL_CFLAGS = $(HOST_CFLAGS) -I$(BUILD)/gen
MODEL_FW_CFLAGS = $(MODEL_CFLAGS) -Wno-conversion

MODEL_VQ := $(sort $(wildcard firmware/virtqueue/*.c))
MODEL_EXHAUST_SRC := $(addprefix tests/model/,exhaust.c step_card.c \
	ring_model.c ring_driver.c shrink.c) $(MODEL_VQ)
MODEL_RANDOM_SRC := $(addprefix tests/model/,random.c host.c ring_model.c \
	ring_driver.c shrink.c) $(MODEL_VQ) firmware/main.c $(FW_FAKE_SRC) \
	$(sort $(wildcard firmware/virtio/*.c firmware/devices/*.c))
MODEL_EXHAUST_OBJ := $(MODEL_EXHAUST_SRC:%.c=$(MODEL_OUT)/small/%.o)
MODEL_RANDOM_OBJ := $(MODEL_RANDOM_SRC:%.c=$(MODEL_OUT)/large/%.o)
MODEL_DEP := $(REGS_H) tests/model/model.mk mk/flags.mk

# A state of the exhaustive search holds a ring of four descriptors, each a cache
# line of its own.
$(MODEL_OUT)/small/%.o: %.c $(MODEL_DEP) | $(SETUP_CHECK)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(if $(filter firmware/%,$<),$(MODEL_FW_CFLAGS),$(MODEL_CFLAGS)) \
		-DRING_MODEL_SIZE=4 -DVQ_LINE_BYTES=16u -c -o $@ $<

$(MODEL_OUT)/large/%.o: %.c $(MODEL_DEP) | $(SETUP_CHECK)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(if $(filter firmware/%,$<),$(MODEL_FW_CFLAGS),$(MODEL_CFLAGS)) \
		-c -o $@ $<

$(MODEL_OUT)/exhaust: $(MODEL_EXHAUST_OBJ)
$(MODEL_OUT)/random: $(MODEL_RANDOM_OBJ)
$(MODEL_OUT)/exhaust $(MODEL_OUT)/random:
	$(call say,LD,$@)
	$(Q)$(CC) -o $@ $^ $(HOST_LDFLAGS)

SETUP_MODEL := $(BUILD)/setup-model.stamp
$(SETUP_MODEL): mk/packages.list mk/setup.sh
	@$(SETUP) model
	@mkdir -p $(@D)
	@touch $@

MODEL_PROGRAMS := $(MODEL_OUT)/exhaust $(MODEL_OUT)/random

.PHONY: run-model model
run-model: $(MODEL_PROGRAMS) $(SETUP_MODEL)
	@status=0; \
	$(MODEL_OUT)/exhaust quick || status=1; \
	$(MODEL_OUT)/random 20000000 || status=1; \
	tests/model/notify.sh $(MODEL_OUT)/spin || status=1; \
	exit $$status

model: $(MODEL_PROGRAMS) $(SETUP_MODEL) ## check the ring with its model: MODEL_STEPS=n random ones, all of small rings
	@tests/model/notify.sh $(MODEL_OUT)/spin
	@$(MODEL_OUT)/random $(MODEL_STEPS)
	@$(MODEL_OUT)/exhaust full

-include $(MODEL_EXHAUST_OBJ:.o=.d) $(MODEL_RANDOM_OBJ:.o=.d)
