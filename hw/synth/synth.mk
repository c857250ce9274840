# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# How large the hardware is and how fast: hw/synth/README.md.
SMOKE += synth

SYNTH_OUT := $(BUILD)/synth
# ONLY=core or soc; SEEDS="1 2 3"; DEVICE=45k or 85k (default: the smallest that fits);
# PLACER=static (the default) or heap.
SYNTH_RUN = mk/root.sh --run fpga --bind $(CURDIR) --bind $(abspath $(BUILD)) \
	setpriv --reuid=$$(id -u) --regid=$$(id -g) --clear-groups \
	env SEEDS="$(or $(SEEDS),1 2 3)" DEVICE=$(DEVICE) \
	PLACER=$(PLACER) hw/synth/run.sh
SYNTH_SRC := $(SYNTH_OUT)/src
SYNTH_IN  := $(filter-out %_rvfi.sv,$(HW_SOC)) $(wildcard hw/synth/*.sv)

$(SYNTH_SRC)/sources: $(SYNTH_IN) $(PLAIN_AWK)
	$(call say,PLAIN,$(SYNTH_SRC))
	@rm -rf $(SYNTH_SRC)
	@mkdir -p $(SYNTH_SRC)
	@awk -v out=$(SYNTH_SRC) -f $(PLAIN_AWK) $(SYNTH_IN)
	@awk 'BEGIN { srand(1); for (; n < 16384; n++) printf "%08x\n", 4294967296 * rand() }' \
		>$(SYNTH_SRC)/imem.hex
	@printf '%s\n' $(addprefix $(SYNTH_SRC)/,$(notdir $(SYNTH_IN))) >$@

.PHONY: synth run-synth
synth: $(SYNTH_SRC)/sources ## size and clock on ECP5 and 7-series, build/synth.json; ONLY=core
	@$(SYNTH_RUN) $(SYNTH_OUT) $(or $(ONLY),core soc)
	@hw/synth/report.pl $(SYNTH_OUT) $(BUILD)/synth.json $(or $(ONLY),core soc)
run-synth: SEEDS = 1
run-synth: $(SYNTH_SRC)/sources
	@$(SYNTH_RUN) --quick $(SYNTH_OUT)/smoke core >&2
	@hw/synth/report.pl --tap $(SYNTH_OUT)/smoke $(SYNTH_OUT)/smoke.json core
