# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Compiler flags shared by all fragments. Objects depend on this file and on
# their own fragment, so that a changed flag rebuilds them.

# make SANITIZE=address,undefined builds into a directory of its own.
SANITIZE ?=

WARN_C := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wvla -Wundef \
	-Wpointer-arith -Wcast-align -Wwrite-strings
WARN_CXX := -Wall -Wextra -Wshadow

CFLAGS ?= -O2 -g
CXXFLAGS ?= -O2 -g

# Programs of the build host: $(CC) $(HOST_CFLAGS), $(CXX) $(HOST_CXXFLAGS).
HOST_SANITIZE := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer)
HOST_CFLAGS := -std=c11 $(WARN_C) $(CFLAGS) $(HOST_SANITIZE) -MMD -MP
HOST_CXXFLAGS := -std=c++17 $(WARN_CXX) $(CXXFLAGS) $(HOST_SANITIZE) -MMD -MP
HOST_LDFLAGS := $(LDFLAGS) $(HOST_SANITIZE)

# Programs of the soft core: $(RISCV_CC) $(RISCV_CFLAGS), and to link them
# $(RISCV_CC) $(RISCV_LDFLAGS) -T script ... $(RISCV_LIBS). The extension's name
# is only for compiling: with it, gcc 12 would link the 64-bit libgcc.
RISCV_CFLAGS = -march=rv32imc_zicsr -mabi=ilp32 -mcmodel=medlow -std=c11 \
	$(WARN_C) -Os -g -ffreestanding -ffunction-sections -fdata-sections \
	-fno-common -isystem $(NEWLIB_DIR)/riscv64-unknown-elf/include -MMD -MP
RISCV_LDFLAGS = -march=rv32imc -mabi=ilp32 -nostdlib -nostartfiles -static \
	-Wl,--gc-sections \
	-L$(NEWLIB_DIR)/riscv64-unknown-elf/lib
RISCV_LIBS := -Wl,--start-group -lc -lgcc -Wl,--end-group
