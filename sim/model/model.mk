# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Verilated models as archives. Our object around the model is called door.o, for
# Verilator's run time has a verilated.o of its own.
VERILATOR_ROOT ?= $(shell $(VERILATOR) --getenv VERILATOR_ROOT)
VL_INC := -isystem $(VERILATOR_ROOT)/include -isystem $(VERILATOR_ROOT)/include/vltstd
# Lint is a check of its own (make lint-hw): here nothing but errors stops.
VL_FLAGS := --cc -O3 --x-assign fast --x-initial fast -Wno-fatal -Wno-lint -Wno-style

MODEL_C_OBJS := $(patsubst sim/%.c,$(BUILD)/sim/%.o,$(sort $(wildcard sim/model/*.c)))

# Each time from nothing: files of an earlier split of the model must not be archived.
# $(1) archive name, $(2) top module, $(3) sources, $(4) Verilator flags, $(5) C++ flags,
# $(6) optimisation of the model: speed of the simulation against time to build it
define model_rules
$(BUILD)/model/$(1)/vl/V$(2)__ALL.a: $(3) sim/model/model.mk
	$$(call say,VERILATE,$(2))
	@rm -rf $$(@D)
	@mkdir -p $$(@D)
	$$(Q)$(VERILATOR) $(VL_FLAGS) $(4) -Mdir $$(@D) --top-module $(2) $(3) >&2
	$$(Q)printf 'include V$(2).mk\nall: V$(2)__ALL.a $$$$(VK_GLOBAL_OBJS)\n' | \
	  $$(MAKE) $(if $(V),,-s) --no-print-directory -C $$(@D) -f - all OPT_FAST=$(6) OPT_SLOW=-O0 OPT_GLOBAL=-O2 >&2
	@touch $$@

$(BUILD)/model/$(1)/door.o: sim/model/verilated.cpp sim/model/verilated.h \
                            $(BUILD)/model/$(1)/vl/V$(2)__ALL.a
	$$(call say,CXX,$$@)
	$$(Q)$(CXX) -O2 -g -Isim $(VL_INC) -isystem $(BUILD)/model/$(1)/vl \
	  -DVTOP=V$(2) '-DVTOP_HEADER="V$(2).h"' $(5) -c -o $$@ $$<

# One archive: the generated model, Verilator's run time, the C API.
$(BUILD)/lib/lib$(1).a: $(BUILD)/model/$(1)/door.o $(MODEL_C_OBJS)
	@mkdir -p $$(@D)
	$$(call say,AR,$$@)
	@rm -f $$@
	$$(Q)ar rcs $$@ $$^ $(BUILD)/model/$(1)/vl/*.o
endef

MODEL_SV := sim/model/host_if.sv
$(eval $(call model_rules,model_bench,bench_top,$(HW_PKGS) $(HW_CARD) $(MODEL_SV) \
  sim/model/bench_top.sv,--assert $(if $(HW_TAGS),-GNumTags=$(HW_TAGS)),,-O2))
$(eval $(call model_rules,model_card,card_top,$(HW_SOC) $(MODEL_SV) \
  sim/model/card_top.sv,,,-O3))
$(eval $(call model_rules,model_card_waves,card_top,$(HW_SOC) $(MODEL_SV) \
  sim/model/card_top.sv,--trace-fst --trace-structs,-DVTRACE,-O1))
