# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Single faults in the firmware, and the tests that notice them: README.md.
# Without sanitizers, since speed is what counts; all unit tests are one program,
# so that a mutant is compiled once and linked once.

##@ To test for longer

TESTS += mutate

MUTATE_DIR := tests/mutate
MUTATE_OUT := $(BUILD)/mutate
MUTATE_JOBS ?= $(shell nproc)
MUTATE_CFLAGS = -std=c11 -O1 -w -I$(BUILD)/gen
# As tests/model/model.mk has it: a line of the host holds one descriptor.
MUTATE_RING4_CFLAGS := -DRING_MODEL_SIZE=4 -DVQ_LINE_BYTES=16u

MUTATE_FW := firmware/main.c \
	$(sort $(wildcard firmware/virtqueue/*.c firmware/virtio/*.c firmware/devices/*.c))
MUTATE_UNIT := $(basename $(notdir $(sort $(wildcard tests/unit/*.c))))
MUTATE_FUZZ := ring transport
MUTATE_NAMES := $(MUTATE_UNIT) native_rings exhaust random replay

# Three compilations: as it is, with the small host memory of fuzz targets, with
# the small ring of the exhaustive search.
MUTATE_PLAIN = $(addprefix $(MUTATE_OUT)/plain/,$(addsuffix .o,$(basename $(1))))
MUTATE_SMALL = $(addprefix $(MUTATE_OUT)/small/,$(addsuffix .o,$(basename $(1))))
MUTATE_RING4 = $(addprefix $(MUTATE_OUT)/ring4/,$(addsuffix .o,$(basename $(1))))
MUTATE_MAIN := $(call MUTATE_PLAIN,tests/mutate/programs.c)

MUTATE_OBJ_native := $(MUTATE_MAIN) $(call MUTATE_PLAIN,$(MUTATE_FW) \
	$(FW_FAKE_SRC) tests/unit/support/card.c \
	tests/unit/support/driver.c $(MUTATE_UNIT:%=tests/unit/%.c) \
	tests/conformance/native_rings.c tests/conformance/announce.c)
MUTATE_OBJ_random := $(MUTATE_MAIN) $(call MUTATE_PLAIN,$(MUTATE_FW) \
	$(FW_FAKE_SRC) $(addprefix tests/model/,random.c host.c \
	ring_model.c ring_driver.c shrink.c))
MUTATE_OBJ_exhaust := $(MUTATE_MAIN) \
	$(call MUTATE_RING4,$(filter firmware/virtqueue/%,$(MUTATE_FW))) \
	$(call MUTATE_RING4,$(addprefix tests/model/,exhaust.c step_card.c \
	ring_model.c ring_driver.c shrink.c))
MUTATE_OBJ_fuzz = $(MUTATE_MAIN) $(call MUTATE_PLAIN,$(MUTATE_FW)) \
	$(call MUTATE_SMALL,$(FW_FAKE_SRC) tests/fuzz/host.c tests/fuzz/input.c \
	tests/fuzz/oracle.c tests/fuzz/positions.c tests/coverage/replay.c tests/fuzz/$(1).c)
MUTATE_PROGRAMS := native random exhaust $(MUTATE_FUZZ:%=fuzz_%)
$(foreach f,$(MUTATE_FUZZ),$(eval MUTATE_OBJ_fuzz_$f := $(call MUTATE_OBJ_fuzz,$f)))
MUTATE_OBJ := $(sort $(foreach p,$(MUTATE_PROGRAMS),$(MUTATE_OBJ_$p)))

MUTATE_DEP := $(REGS_H) $(MUTATE_DIR)/mutate.mk
MUTATE_CC = $(CC) $(MUTATE_CFLAGS) -MMD -MP -Dmain=$(notdir $*)_main
# It names the tests: a new one is newer.
$(MUTATE_MAIN): $(MUTATE_DIR)/programs.c $(MUTATE_UNIT:%=tests/unit/%.c) $(MUTATE_DEP) | $(SETUP_CHECK)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(MUTATE_CFLAGS) -D'PROGRAMS=${MUTATE_NAMES:%=X(%)}' -c -o $@ $<
$(MUTATE_OUT)/plain/%.o: %.c $(MUTATE_DEP) | $(SETUP_CHECK)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(MUTATE_CC) -c -o $@ $<
$(MUTATE_OUT)/small/%.o: %.c $(MUTATE_DEP) | $(SETUP_CHECK)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(MUTATE_CC) -DFAKE_HOST_BYTES=0x20000u -c -o $@ $<
$(MUTATE_OUT)/ring4/%.o: %.c $(MUTATE_DEP) | $(SETUP_CHECK)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(MUTATE_CC) $(MUTATE_RING4_CFLAGS) -c -o $@ $<
-include $(MUTATE_OBJ:.o=.d)

# What to link, for run.sh: a program and its objects in each line.
$(MUTATE_OUT)/links: $(MUTATE_OBJ)
	@printf '%s\n' $(foreach p,$(MUTATE_PROGRAMS),'$p $(MUTATE_OBJ_$p)') >$@

# MUTATE_CARD=1: what native tests do not kill runs on the simulated card, too.
MUTATE_CARD ?=
MUTATE_CARD_CONF := $(addprefix card_,control queue_reset tables told doorbells interrupts)
MUTATE_CARD_COSIM := window interrupts multiqueue
MUTATE_CARD_BIN := $(if $(MUTATE_CARD),$(MUTATE_CARD_CONF:%=$(CONF_OUT)/%) \
	$(MUTATE_CARD_COSIM:%=$(BUILD)/cosim/%))
MUTATE_CARD_OBJ := $(FW_OUT)/main-net.o $(FW_OBJ) $(call fw_device_obj,net)
MUTATE_CARD_CC = $(RISCV_CC) $(filter-out -MMD -MP,$(FW_CFLAGS)) \
	-DRINGLET_DEVICE=virtio_net_ops -DRINGLET_BUILD_ID=1u
MUTATE_CARD_LD = $(RISCV_CC) $(filter-out -MMD -MP,$(FW_CFLAGS)) $(RISCV_LDFLAGS) \
	-T linker/ringlet.ld -Wl,--defsym=__stack_bytes=$(FW_STACK_BYTES)

MUTATE_RUN = CC='$(CC)' MUTATE_CFLAGS='$(MUTATE_CFLAGS)' \
	MUTATE_RING4_CFLAGS='$(MUTATE_RING4_CFLAGS)' \
	MUTATE_LIBS='$(CMOCKA_LIBS)' MUTATE_UNIT='$(MUTATE_UNIT)' \
	MUTATE_CARD_CC='$(MUTATE_CARD_CC)' MUTATE_CARD_LD='$(MUTATE_CARD_LD)' \
	MUTATE_CARD_LIBS='$(RISCV_LIBS)' MUTATE_CARD_OBJ='$(MUTATE_CARD_OBJ)' \
	MUTATE_CARD='$(MUTATE_CARD_BIN)' \
	MUTATE_JOBS=$(MUTATE_JOBS) MUTATE_OUT=$(MUTATE_OUT) $(MUTATE_DIR)/run.sh

.PHONY: run-mutate mutate
run-mutate: $(MUTATE_OUT)/links
	@$(MUTATE_RUN) tap $(ONLY)
mutate: $(MUTATE_OUT)/links $(MUTATE_CARD_BIN) $(if $(MUTATE_CARD),$(MUTATE_CARD_OBJ)) ## seed faults, one by one: which test notices? MUTANT=name one
	@$(MUTATE_RUN) $(if $(MUTANT),one $(MUTANT),all $(BUILD)/mutate.json)
