# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Builds build/core_tb, the core's test bench. Included by the root Makefile;
# works alone as well: make -f sim/core_tb/core_tb.mk build/core_tb

VERILATOR ?= verilator
BUILD ?= build
CFLAGS ?= -O2 -g
CXXFLAGS ?= -O2 -g
HOST_CFLAGS ?= -std=c11 -Wall -Wextra $(CFLAGS)
HOST_CXXFLAGS ?= -std=c++17 -Wall -Wextra $(CXXFLAGS)
ELF_LIBS ?= -lelf
ZLIB_LIBS ?= -lz
ALL += $(BUILD)/core_tb
LINTS += lint-core

CORE_RTL := hw/core/rl_core_pkg.sv \
  $(filter-out hw/core/rl_core_pkg.sv,$(sort $(wildcard hw/core/*.sv)))
CORE_TB_RTL := $(CORE_RTL) sim/core_tb/rl_tb_port.sv sim/model/core_top.sv
CORE_TB_DIR := $(BUILD)/obj_core
CORE_TB_OBJ := $(addprefix $(BUILD)/core_tb_obj/,core_tb.o elf_load.o \
  verilated.o)
CORE_TB_VERILATED := verilated.o verilated_dpi.o verilated_threads.o \
  verilated_fst_c.o
CORE_TB_ROOT = $(eval CORE_TB_ROOT := $$(shell $(VERILATOR) \
  --getenv VERILATOR_ROOT))$(CORE_TB_ROOT)
CORE_TB_INCLUDE = -Isim -isystem $(CORE_TB_DIR) \
  -isystem $(CORE_TB_ROOT)/include -isystem $(CORE_TB_ROOT)/include/vltstd

# Verilator makes a library; the rest is compiled apart because one file of
# ours has the name of one of Verilator's. RISCV_FORMAL: the retirement port is
# checked in every run.
$(CORE_TB_DIR)/stamp: $(CORE_TB_RTL) sim/core_tb/core_tb.mk
	@mkdir -p $(CORE_TB_DIR)
	@echo "  VERILATE  core_top" >&2
	$(Q)$(VERILATOR) --cc --build -j 1 -Wall --assert --trace-fst -O3 \
	  +define+RISCV_FORMAL --x-assign fast --x-initial fast \
	  -MAKEFLAGS "OPT_FAST=-O2 OPT_SLOW=-O1 -s" --Mdir $(CORE_TB_DIR) \
	  --top-module core_top $(CORE_TB_RTL) >&2
	$(Q)+$(MAKE) -s --no-print-directory -C $(CORE_TB_DIR) \
	  -f Vcore_top.mk $(CORE_TB_VERILATED) >&2
	@touch $@

$(BUILD)/core_tb_obj/verilated.o: sim/model/verilated.cpp \
    sim/model/verilated.h $(CORE_TB_DIR)/stamp
	@mkdir -p $(@D)
	$(Q)$(CXX) $(HOST_CXXFLAGS) $(CORE_TB_INCLUDE) -DVTRACE -DVTOP=Vcore_top \
	  -DVTOP_HEADER='"Vcore_top.h"' -c -o $@ $< >&2

$(BUILD)/core_tb_obj/%.o: sim/core_tb/%.c sim/core_tb/elf_load.h \
    sim/model/verilated.h $(CORE_TB_DIR)/stamp
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) $(CORE_TB_INCLUDE) -c -o $@ $< >&2

$(BUILD)/core_tb: $(CORE_TB_OBJ)
	@echo "  LINK      $@" >&2
	$(Q)$(CXX) $(HOST_LDFLAGS) -o $@ $(CORE_TB_OBJ) \
	  $(CORE_TB_DIR)/Vcore_top__ALL.a \
	  $(addprefix $(CORE_TB_DIR)/,$(CORE_TB_VERILATED)) \
	  $(ELF_LIBS) $(ZLIB_LIBS) -lpthread >&2

.PHONY: lint-core
##@ To change it

lint-core: ## Verilator -Wall over the core, with and without its formal port
	$(Q)$(VERILATOR) --lint-only -Wall --top-module rl_core $(CORE_RTL) >&2
	$(Q)$(VERILATOR) --lint-only -Wall +define+RISCV_FORMAL \
	  --top-module rl_core $(CORE_RTL) >&2
	$(Q)$(VERILATOR) --lint-only -Wall +define+RISCV_FORMAL \
	  --top-module core_top $(CORE_TB_RTL) >&2
