#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Cycles of the core per instruction and what they went to, program by program: a
# table, and JSON in the named file. usage: bench.sh CORE_TB OUT.json PROGRAM.elf...

set -euo pipefail

core_tb=$1
json=$2
shift 2

for program; do
    printf 'program %s\n' "$(basename "$program" .elf)"
    "$core_tb" "$program" --stats --max-cycles 100000000
done | awk -v json="$json" '
    function row(text, key, i) {
        printf "%-20s %12d %10d %6.3f", name, insns, cycles, cycles / insns
        for (i = 1; i <= n; i++) printf " %10.1f", 100 * part[i] / cycles
        print ""
        text = sprintf("%s  {\"program\": \"%s\", \"instructions\": %d, \"cycles\": %d, \"cpi\": %.3f", \
            out == "" ? "" : ",\n", name, insns, cycles, cycles / insns)
        for (i = 1; i <= n; i++) {
            key = cause[i]
            gsub(/[^a-z]/, "_", key)
            text = text sprintf(", \"%s\": %d", key, part[i])
        }
        out = out text "}"
    }
    function head(i) {
        printf "%-20s %12s %10s %6s", "program", "instructions", "cycles", "CPI"
        for (i = 1; i <= n; i++) printf " %10s", cause[i]
        print " (% of cycles)"
        headed = 1
    }
    function flush() { if (n) { if (!headed) head(); row() }; n = 0 }
    /^program / { flush(); name = $2; next }
    /^cycles / { cycles = $2 + 0; insns = $4 + 0; next }
    /^  / { n++; part[n] = $NF; sub(/^ +/, ""); sub(/ +[0-9]+$/, ""); cause[n] = $0 }
    END { flush(); printf "[\n%s\n]\n", out >json }'
