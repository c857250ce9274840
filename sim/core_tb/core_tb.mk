# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Builds build/core_tb, the core's test bench. Included by the root Makefile;
# also works alone: make -f sim/core_tb/core_tb.mk

VERILATOR ?= verilator
VERILATOR_ROOT_DIR ?= $(shell $(VERILATOR) --getenv VERILATOR_ROOT)
CFLAGS ?= -O2 -g -Wall -Wextra
CXXFLAGS ?= -O2 -g -Wall -Wextra

CORE_RTL := hw/core/rl_core_pkg.sv \
  $(filter-out hw/core/rl_core_pkg.sv,$(wildcard hw/core/*.sv))
CORE_TB_RTL := $(CORE_RTL) sim/core_tb/rl_tb_port.sv sim/model/core_top.sv
CORE_TB_SRC := sim/core_tb/core_tb.c sim/core_tb/elf_load.c
CORE_TB_OBJ := $(CORE_TB_SRC:%.c=build/%.o) build/sim/core_tb/verilated.o
CORE_TB_TRACE ?= 1

.PHONY: core-tb lint-core
core-tb: build/core_tb

# Verilator makes the library; our own files are compiled apart because one of
# them has the name of a file of Verilator's.
build/obj_core/Vcore_top__ALL.a: $(CORE_TB_RTL)
	@mkdir -p build/obj_core
	$(VERILATOR) --cc --build -j 1 -Wall --assert -O3 --x-assign fast \
	  --x-initial fast \
	  $(if $(filter 1,$(CORE_TB_TRACE)),--trace-fst) \
	  -MAKEFLAGS "OPT_FAST=-O2 OPT_SLOW=-O1" \
	  --Mdir build/obj_core --top-module core_top $(CORE_TB_RTL) 1>&2
	$(MAKE) --no-print-directory -C build/obj_core -f Vcore_top.mk \
	  verilated.o verilated_dpi.o verilated_threads.o \
	  $(if $(filter 1,$(CORE_TB_TRACE)),verilated_fst_c.o) 1>&2

build/sim/core_tb/verilated.o: sim/model/verilated.cpp sim/model/verilated.h \
    build/obj_core/Vcore_top__ALL.a
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) -Isim -Ibuild/obj_core \
	  -isystem $(VERILATOR_ROOT_DIR)/include \
	  -isystem $(VERILATOR_ROOT_DIR)/include/vltstd \
	  $(if $(filter 1,$(CORE_TB_TRACE)),-DVTRACE) \
	  -DVTOP=Vcore_top -DVTOP_HEADER='"Vcore_top.h"' -c -o $@ $< 1>&2

build/sim/core_tb/%.o: sim/core_tb/%.c build/obj_core/Vcore_top__ALL.a \
    sim/model/verilated.h $(wildcard sim/core_tb/*.h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -std=c11 -D_POSIX_C_SOURCE=200809L -Isim -Ibuild/obj_core \
	  -isystem $(VERILATOR_ROOT_DIR)/include/vltstd -c -o $@ $< 1>&2

build/core_tb: $(CORE_TB_OBJ)
	$(CXX) -o $@ $(CORE_TB_OBJ) build/obj_core/Vcore_top__ALL.a \
	  $(wildcard build/obj_core/verilated*.o) -lelf -lz -lpthread 1>&2

lint-core:
	$(VERILATOR) --lint-only -Wall --top-module rl_core $(CORE_RTL) 1>&2
	$(VERILATOR) --lint-only -Wall +define+RISCV_FORMAL \
	  --top-module rl_core $(CORE_RTL) 1>&2
	$(VERILATOR) --lint-only -Wall --top-module core_top $(CORE_TB_RTL) 1>&2
