# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Tests of the core. Works alone as well:
#   make -f sim/core_tb/core_tb.mk -f tests/core/core.mk run-core-insns
# COUNT=n sets the number of random programs, SEED=n the first one's seed.

BUILD ?= build
CC ?= cc
RISCV_PREFIX ?= riscv64-unknown-elf-
RISCV_CC ?= $(RISCV_PREFIX)gcc
RISCV_LD ?= $(RISCV_PREFIX)ld
QEMU_RISCV32 ?= qemu-system-riscv32
HOST_CFLAGS ?= -std=c11 -Wall -Wextra $(CFLAGS)

TESTS += core-insns core-programs core-random core-tb
BENCHES += core
.PHONY: bench-core run-core-insns run-core-programs run-core-random core-random-tools \
  run-core-tb

CORE_TESTS := $(BUILD)/core_tests
CORE_INSNS := $(patsubst tests/core/insns/%.S,$(CORE_TESTS)/%.elf, \
  $(sort $(wildcard tests/core/insns/*.S)))
CORE_PROGRAMS := $(addprefix $(CORE_TESTS)/,crc_sort_matrix.elf \
  crc_sort_matrix_os.elf ring_scan.elf)
CORE_CC := $(RISCV_CC) -march=rv32imc_zicsr_zifencei -mabi=ilp32 \
  -ffreestanding -Itests/core -MMD -MP
# Only the linker knows -march without suffixes; no start files, own script.
CORE_LINK := $(RISCV_CC) -march=rv32imc -mabi=ilp32 -nostdlib -static \
  -Wl,--build-id=none,--no-warn-rwx-segments -T tests/core/link.ld

$(CORE_TESTS)/%.o: tests/core/insns/%.S tests/core/core.mk
	@mkdir -p $(@D)
	$(Q)$(CORE_CC) -c -o $@ $< >&2
$(CORE_TESTS)/%.o: tests/core/programs/%.S tests/core/core.mk
	@mkdir -p $(@D)
	$(Q)$(CORE_CC) -c -o $@ $< >&2
$(CORE_TESTS)/%.o: tests/core/programs/%.c tests/core/core.mk
	@mkdir -p $(@D)
	$(Q)$(CORE_CC) -O2 -Wall -Wextra -c -o $@ $< >&2
$(CORE_TESTS)/%_os.o: tests/core/programs/%.c tests/core/core.mk
	@mkdir -p $(@D)
	$(Q)$(CORE_CC) -Os -msave-restore -Wall -Wextra -c -o $@ $< >&2

$(CORE_INSNS): $(CORE_TESTS)/%.elf: $(CORE_TESTS)/%.o tests/core/link.ld
	$(Q)$(CORE_LINK) -o $@ $< >&2
$(CORE_PROGRAMS): $(CORE_TESTS)/%.elf: $(CORE_TESTS)/%.o \
    $(CORE_TESTS)/start.o tests/core/link.ld
	$(Q)$(CORE_LINK) -o $@ $(CORE_TESTS)/start.o $< -lgcc >&2

# In the manner of public suites, with their memory map; one uses newlib.
CORE_SUITES := $(addprefix $(CORE_TESTS)/suites/,checks_itself.elf signs.elf \
  prints.elf)
CORE_SUITE_LINK = $(RISCV_CC) $(RISCV_LDFLAGS) -Wl,--no-warn-rwx-segments \
  -T tests/core/suites/suite.ld
CORE_PRINTS := $(addprefix $(CORE_TESTS)/suites/,host_start.o host_calls.o \
  prints.o)
$(CORE_TESTS)/suites/%.o: tests/core/suites/%.S tests/core/core.mk
	@mkdir -p $(@D)
	$(Q)$(CORE_CC) -c -o $@ $< >&2
$(CORE_TESTS)/suites/%.o: tests/core/suites/%.c tests/core/core.mk $(NEWLIB)
	@mkdir -p $(@D)
	$(Q)$(RISCV_CC) $(RISCV_CFLAGS) -c -o $@ $< >&2
$(CORE_TESTS)/suites/%.elf: $(CORE_TESTS)/suites/%.o tests/core/suites/suite.ld
	$(Q)$(CORE_SUITE_LINK) -o $@ $< >&2
$(CORE_TESTS)/suites/prints.elf: $(CORE_PRINTS) tests/core/suites/suite.ld
	$(Q)$(CORE_SUITE_LINK) -o $@ $(CORE_PRINTS) $(RISCV_LIBS) >&2
-include $(wildcard $(CORE_TESTS)/*.d) $(wildcard $(CORE_TESTS)/suites/*.d)

$(CORE_TESTS)/random_gen: tests/core/random_gen.c tests/core/core.mk
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -o $@ $< $(HOST_LDFLAGS) >&2

CORE_BENCHES := $(patsubst tests/core/bench/%.c,$(CORE_TESTS)/bench/%.elf, \
  $(sort $(wildcard tests/core/bench/*.c)))
$(CORE_TESTS)/bench/%.o: tests/core/bench/%.c tests/core/core.mk
	@mkdir -p $(@D)
	$(Q)$(CORE_CC) -O2 -Wall -Wextra -c -o $@ $< >&2
$(CORE_BENCHES): %.elf: %.o $(CORE_TESTS)/start.o tests/core/link.ld
	$(Q)$(CORE_LINK) -o $@ $(CORE_TESTS)/start.o $< -lgcc >&2

##@ To measure

bench-core: $(BUILD)/core_tb $(CORE_BENCHES) $(CORE_PROGRAMS) ## cycles per instruction of the core, and stalls; build/bench-core.json
	@tests/core/bench/bench.sh $(BUILD)/core_tb $(BUILD)/bench-core.json \
	  $(CORE_BENCHES) $(CORE_PROGRAMS)

run-core-insns: $(BUILD)/core_tb $(CORE_INSNS)
	@tests/core/run_programs.sh $(BUILD)/core_tb $(CORE_INSNS)

run-core-programs: $(BUILD)/core_tb $(CORE_PROGRAMS)
	@tests/core/run_programs.sh $(BUILD)/core_tb $(CORE_PROGRAMS)

run-core-tb: $(BUILD)/core_tb $(CORE_TESTS)/ring_scan.elf $(CORE_SUITES)
	@tests/core/run_tb.sh $(BUILD)/core_tb $(CORE_TESTS)/ring_scan.elf \
	  $(CORE_TESTS)/suites

run-core-random: $(BUILD)/core_tb $(CORE_TESTS)/random_gen
	@CORE_TB=$(BUILD)/core_tb GEN=$(CORE_TESTS)/random_gen \
	  RISCV_CC=$(RISCV_CC) RISCV_LD=$(RISCV_LD) QEMU=$(QEMU_RISCV32) \
	  WORK=$(CORE_TESTS)/random COUNT=$(COUNT) SEED=$(SEED) \
	  tests/core/run_random.sh
