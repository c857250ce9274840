# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Fuzz targets for libFuzzer: tests/fuzz/NAME.c, seeds in tests/fuzz/corpus/NAME.
# A target joins by one line below:
#   $(eval $(call fuzz_target,NAME,other sources,flags of the compiler,libraries))
# make fuzz ONLY=NAME runs one of them.

##@ To test for longer

SMOKE += fuzz

FUZZ_CC ?= clang
FUZZ_SECONDS ?=
FUZZ_OUT := $(BUILD)/fuzz
FUZZ_NAMES :=
FUZZ_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
# clang's -Wconversion speaks of signs too, which gcc's does not.
FUZZ_GUIDE := -fsanitize=fuzzer-no-link
FUZZ_CFLAGS = $(HOST_CFLAGS) $(FUZZ_SANITIZE) $(FUZZ_GUIDE) -Wno-sign-conversion
# What judges or stands for hardware does not guide the fuzzer.
FUZZ_JUDGES := tests/fuzz/host.c tests/fuzz/input.c tests/fuzz/leaks.c tests/fuzz/oracle.c tests/fuzz/positions.c \
	$(FW_FAKE_SRC)

SETUP_FUZZ := $(BUILD)/setup-fuzz.stamp
$(SETUP_FUZZ): mk/packages.list mk/setup.sh
	@$(SETUP) fuzz
	@mkdir -p $(@D)
	@touch $@

# Objects are the target's own: each may be compiled with other flags.
define fuzz_target
FUZZ_NAMES += $(1)
FUZZ_OBJ_$(1) := $(patsubst %.c,$(FUZZ_OUT)/$(1).obj/%.o,tests/fuzz/$(1).c $(2))
$$(FUZZ_OBJ_$(1)): $(FUZZ_OUT)/$(1).obj/%.o: %.c tests/fuzz/fuzz.mk mk/flags.mk | $(SETUP_FUZZ) $(REGS_H)
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)
	$$(Q)$$(FUZZ_CC) $$(filter-out $$(if $$(filter $(FUZZ_JUDGES),$$<),$(FUZZ_GUIDE)),$$(FUZZ_CFLAGS)) \
		$(3) -c -o $$@ $$<
$(FUZZ_OUT)/$(1): $$(FUZZ_OBJ_$(1))
	$$(call say,LD,$$@)
	$$(Q)$$(FUZZ_CC) $$(FUZZ_SANITIZE) -fsanitize=fuzzer -o $$@ $$^ $$(LDFLAGS) $(4)
-include $$(FUZZ_OBJ_$(1):.o=.d)
endef

FUZZ_BRIDGE := tests/fuzz/input.c tests/fuzz/leaks.c

$(eval $(call fuzz_target,vhost_user,$(BRIDGE_SRC) $(BRIDGE_FAKES) $(FUZZ_BRIDGE),$(BRIDGE_INC) -Itests/fuzz))

$(eval $(call fuzz_target,vfio_user,$(VFIO_SRC) $(VFIO_FAKES) $(FUZZ_BRIDGE),$(BRIDGE_INC) -Itests/fuzz $(JSONC_CFLAGS),$(JSONC_LIBS)))

# Targets that run the firmware above its fake hardware. It counts in 16 bits and
# is not compiled with -Wconversion anywhere.
FUZZ_FW_SRC := tests/fuzz/host.c tests/fuzz/input.c tests/fuzz/oracle.c tests/fuzz/positions.c \
	firmware/main.c $(FW_FAKE_SRC) \
	$(sort $(wildcard firmware/virtqueue/*.c firmware/virtio/*.c firmware/devices/*.c))
# Comparisons say little here and cost half of the time.
FUZZ_FW_FLAGS := -I$(BUILD)/gen -Wno-conversion -DFAKE_HOST_BYTES=0x20000u \
	-fno-sanitize-coverage=trace-cmp

$(eval $(call fuzz_target,ring,$(FUZZ_FW_SRC),$(FUZZ_FW_FLAGS)))
$(eval $(call fuzz_target,transport,$(FUZZ_FW_SRC),$(FUZZ_FW_FLAGS)))

FUZZ = $(or $(filter $(ONLY),$(FUZZ_NAMES)),$(FUZZ_NAMES))
FUZZ_RUN = SEED=$(SEED) tests/fuzz/run.sh $(FUZZ_OUT) $(1) $(FUZZ)

.PHONY: fuzz-programs run-fuzz fuzz fuzz-seeds
fuzz-programs: $(FUZZ:%=$(FUZZ_OUT)/%)
run-fuzz: fuzz-programs
	@$(call FUZZ_RUN,$(or $(FUZZ_SECONDS),15))
fuzz: fuzz-programs ## fuzz each target for FUZZ_SECONDS (60); ONLY=name one
	@$(call FUZZ_RUN,$(or $(FUZZ_SECONDS),60))

# Each runs in a copy of the tree.
BITE = tests/fuzz/bite.sh "$(MAKE)" $(BUILD)/$(1) $(2) $(or $(BITE_SECONDS),$(3)) \
	$(or $(SEED),$$((RANDOM * 32768 + RANDOM + 1))) '$(ONLY)'

.PHONY: fuzz-bite
fuzz-bite: $(FUZZ_NAMES:%=$(FUZZ_OUT)/%) ## plant faults that fuzz targets must find within BITE_SECONDS (60); ONLY=word some
	@$(call BITE,fuzz-bite,tests/fuzz/planted.list,60)

# Seeds that a program writes. They are kept, so that fuzzing needs no more.
$(FUZZ_OUT)/%_seeds: tests/fuzz/%_seeds.c tests/fuzz/fuzz.mk mk/flags.mk $(BRIDGE_FAKES)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(HOST_CFLAGS) $(BRIDGE_INC) -Itests/fuzz -o $@ $(filter %.c,$^)
$(FUZZ_OUT)/vfio_user_seeds: tests/bridge/support/vfio_client.c
fuzz-seeds: $(FUZZ_OUT)/vhost_user_seeds $(FUZZ_OUT)/vfio_user_seeds ## write the seeds of fuzz targets anew
	@$(FUZZ_OUT)/vhost_user_seeds tests/fuzz/corpus/vhost_user
	@$(FUZZ_OUT)/vfio_user_seeds tests/fuzz/corpus/vfio_user
