#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Synthesis, and place and route, with the programs of the root that mk/root.sh
# makes. Leaves reports in OUT for report.pl.
#
# usage: run.sh [--quick] OUT TOP...      TOP is core or soc
#
# For each TOP: counts by module, hierarchy kept, for ECP5 and 7-series; then
# flat for ECP5, placed and routed once for each seed. --quick leaves out
# 7-series.
#
# Environment: SEEDS; DEVICE, 45k or 85k (core: 45k, soc: 85k); PLACER, of nextpnr
# (static).

set -euo pipefail

quick=0
if [ "$1" = --quick ]; then
    quick=1
    shift
fi
out=$1
shift
mkdir -p "$out"
sources=${out%/smoke}/src/sources

synthesise() { # synthesise NAME COMMANDS
    local files
    mapfile -t files <"$sources"
    echo "synth: yosys $1" >&2
    {
        echo "read_verilog -sv ${files[*]}"
        echo "$2"
    } >"$out/$1.ys"
    yosys -q -l "$out/$1.log" "$out/$1.ys" >"$out/$1.out" 2>&1 || {
        tail -n 3 "$out/$1.out" >&2
        exit 1
    }
}

place() { # place TOP DEVICE SEED
    local name=$out/$1.$3
    echo "synth: nextpnr $1, seed $3" >&2
    rm -f "$name.json"
    # See README.md for the placers.
    nextpnr-ecp5 "--$2" --package "$(package "$2")" --speed 6 --freq 100 \
        --placer "${PLACER:-static}" \
        --timing-allow-fail --lpf-allow-unconstrained --seed "$3" -q \
        --json "$out/$1.netlist.json" --report "$name.json" \
        --log "$name.log" >"$name.out" 2>&1 || {
        tail -n 3 "$name.out" >&2
        exit 1
    }
}

package() {
    [ "$1" = 85k ] && echo CABGA756 || echo CABGA381
}

flat() {
    # Naming every cell takes longer than all else; what keeps state is enough.
    synthesise "$1.flat" "synth_ecp5 -abc9 -top rl_synth_$1 -run begin:check
autoname t:TRELLIS_FF t:DP16KD t:TRELLIS_DPR16X4 t:MULT18X18D
check -noinit
blackbox =A:whitebox
write_json $out/$1.netlist.json"
}

by_module() {
    synthesise "$1.ecp5" "synth_ecp5 -abc9 -noflatten -top rl_synth_$1 -run begin:check
tee -q -o $out/$1.ecp5.json stat -json"
    if [ $quick -eq 0 ]; then
        synthesise "$1.xc7" "synth_xilinx -family xc7 -noiopad -noclkbuf -top rl_synth_$1 \
-run begin:check
tee -q -o $out/$1.xc7.json stat -json"
    fi
}

for top; do
    if [ "$top" = core ]; then device=${DEVICE:-45k}; else device=${DEVICE:-85k}; fi
    by_module "$top" &
    modules=$!
    flat "$top"
    wait $modules
    rm -f "$out/$top".[0-9]*.json
    export -f place package
    export out
    # shellcheck disable=SC2086 # a list
    printf '%s\n' ${SEEDS:-1 2 3} |
        xargs -P "$(nproc)" -I{} bash -euc "place $top $device {}"
    echo "$device" >"$out/$top.device"
done
{
    yosys --version | sed 's/ (.*//'
    nextpnr-ecp5 --version 2>&1 | sed 's/.*Version \([0-9.]*\).*/nextpnr-ecp5 \1/'
} >"$out/versions"
