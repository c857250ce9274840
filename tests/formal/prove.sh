#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# One proof of tests/formal/proofs.list, with the programs of the root that
# mk/root.sh makes. Prints one line: RESULT SECONDS COVERS-REACHED COVERS NOTE,
# where RESULT is proved, bounded, failed (NOTE: the property), unreached (NOTE:
# the cover goal) or undecided.
#
# usage: prove.sh [--bite] SOURCES OUT NAME
#
# --bite looks for a failure of what the module shows, not of inner_* invariants;
# cover goals are left out.

set -euo pipefail

bite=0
if [ "$1" = --bite ]; then
    bite=1
    shift
fi
src=$1
out=$(realpath -s "$2")/$3
here=$(dirname "$0")
read -r _ _ top files method depth _ params < <(
    awk -v name="$3" '$1 == name' "$here/proofs.list")
mkdir -p "$out/bin"
# yosys-smtbmc calls bitwuzla with options that it no longer has.
printf '#!/bin/sh\nexec %s\n' "$(command -v bitwuzla)" >"$out/bin/bitwuzla"
chmod +x "$out/bin/bitwuzla"
PATH=$out/bin:$PATH
began=$(date +%s%N)

answer() {
    local ms=$((($(date +%s%N) - began) / 1000000))
    echo "$1 $((ms / 1000)).$((ms / 100 % 10)) ${reached:-0} ${goals:-0} ${2-}"
    exit 0
}

# The design with its checker as one netlist.
chparam=
defines=
for pair in ${params//,/ }; do
    case $pair in
    -) ;;
    +*) defines+=" -D${pair#+}" ;;
    *) chparam+="chparam -set ${pair%%=*} ${pair#*=} $top; " ;;
    esac
done
if [ "$files" = rl_core ]; then
    # The whole core with its retirement port, but for what stands for a part. Its
    # interrupts are enabled at first or not: to enable them takes too many cycles.
    defines+=" -DRISCV_FORMAL"
    sources="$src/rl_core_pkg.sv $here/rvfi/rvfi_spec.sv"
    mkdir -p "$out/rtl"
    sed -e "0,/mie_q       <= /s/mie_q       <= .*/mie_q       <= \$anyconst;/" \
        -e "s/{meie_q, mtie_q, msie_q} <= '0;/{meie_q, mtie_q, msie_q} <= \$anyconst;/" \
        "$src/rl_core_csr.sv" >"$out/rtl/rl_core_csr.sv"
    for file in "$src"/rl_core*.sv; do
        module=${file##*/}
        for other in "$here/rvfi/$module" "$out/rtl/$module"; do
            [ ! -e "$other" ] || file=$other
        done
        [ "$module" = rl_core_pkg.sv ] || sources+=" $file"
    done
else
    sources="$src/rl_regs_pkg.sv $src/rl_pkg.sv"
    case $files in
    *rl_dma* | *rl_net*) sources+=" $src/rl_dma_pkg.sv" ;;
    *) sources+=" $src/rl_pcie_pkg.sv" ;;
    esac
    for file in rl_fifo ${files//,/ }; do
        case " $sources " in
        *"/$file.sv "*) ;;
        *) sources+=" $src/$file.sv" ;;
        esac
    done
fi
# A checker that looks into memories wants their words by name.
words=
if grep -q 'hierconn.*\[0\] ;' "$here/$top.sv"; then
    words='memory_collect; memory_map'
fi
cat >"$out/read.ys" <<END
read_verilog -sv -formal$defines -I$here $sources $here/stream.sv $here/$top.sv
$chparam
hierarchy -check -top $top
proc
$words
flatten
opt_clean
async2sync
chformal -lower
formalff -setundef -clk2ff -ff2anyinit
opt -fast
$([ $bite -eq 0 ] || echo 'delete c:*inner_*')
write_rtlil $out/all.il
END
yosys -q -l "$out/read.log" "$out/read.ys" >/dev/null 2>&1 || {
    tail -n 3 "$out/read.log" >&2
    answer undecided "yosys:_see_$out/read.log"
}

smt2() { # smt2 NAME WHAT-TO-REMOVE
    yosys -q -p "read_rtlil $out/all.il; chformal $2 -remove; opt_clean
        memory_nordff; memory -nomap; opt_clean; setundef -undriven -anyseq
        dffunmap; write_smt2 -wires $out/$1.smt2" >"$out/$1.log" 2>&1
}

# Where assertion number $1 of the model for abc stands.
assertion() {
    awk -v n="$1" 'seen && /"\\\\/ { i++; if (i == n + 1) print }
        /"asserts"/ { seen = 1 }' "$out/model.ywmap" | tr -d ' "[]' |
        sed 's/\\\\//g; s/,$//; s/,/./g'
}

abc() { # abc COMMANDS
    yosys -q -p "read_rtlil $out/all.il; chformal -cover -remove; opt_clean
        setattr -unset keep; delete -output; memory_map -formal; opt -full
        techmap; opt -fast; formalff -clk2ff -ff2anyinit; simplemap; dffunmap
        setundef -undriven -anyseq; aigmap; opt_clean
        write_aiger -I -B -zinit -no-startoffset -ywmap $out/model.ywmap \
        $out/model.aig" >"$out/model.log" 2>&1
    yosys-abc -c "read_aiger $out/model.aig; print_stats; fold; strash; $1" \
        >"$out/abc.log" 2>&1 || true
    if grep -q 'was asserted in frame' "$out/abc.log"; then
        answer failed "$(assertion \
            "$(sed -n 's/^Output \([0-9]*\) .*was asserted in frame.*/\1/p' "$out/abc.log")")"
    fi
}

# smtbmc STEPS [-i]: status 0 when it passes; property: what fails, if any does.
smtbmc() {
    local log=$out/smt${2-}.log
    timeout "$limit" yosys-smtbmc -s bitwuzla ${2:+"$2"} -t "$1" --noprogress \
        "$out/model.smt2" >"$log" 2>&1 || true
    property=$(sed -n 's/.*Assert failed in [^:]*: *//p' "$log" | head -n 1)
    grep -q 'Status: PASSED' "$log"
}

limit=${FORMAL_LIMIT:-300}
steps=${method#*:}
case $method in
pdr)
    abc "scorr; print_stats; pdr -T $limit"
    grep -q '^Property proved' "$out/abc.log" || answer undecided
    result=proved
    ;;
kind:*)
    if [ $bite -eq 1 ]; then
        abc "bmc3 -F 250 -T $limit"
        answer undecided
    fi
    smt2 model -cover
    if ! smtbmc "$steps"; then
        answer "$([ -n "$property" ] && echo failed || echo undecided)" "$property"
    fi
    smtbmc "$steps" -i || answer undecided "$property"
    result=proved
    ;;
bmc:*)
    # Of the whole core, finding equal registers takes longer than the rest.
    [ "$files" = rl_core ] && first= || first='scorr; '
    abc "${first}bmc3 -F $steps -T $limit"
    grep -q "^No output asserted in $steps frames" "$out/abc.log" || answer undecided
    result=bounded
    ;;
esac

goals=0
reached=0
if [ $bite -eq 0 ]; then
    smt2 cover -assert
    goals=$(grep -c '^; yosys-smt2-cover ' "$out/cover.smt2" || true)
    timeout "${FORMAL_LIMIT:-300}" yosys-smtbmc -s bitwuzla -c -t "$depth" --noprogress \
        "$out/cover.smt2" >"$out/cover.log" 2>&1 || true
    reached=$(grep -c 'Reached cover statement' "$out/cover.log" || true)
    if [ "$reached" -ne "$goals" ]; then
        answer unreached "$(sed -n 's/.*Unreached cover statement at //p' "$out/cover.log" |
            head -n 1)"
    fi
fi
answer "$result"
