#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Runs self-checking programs on the core, each without and with two patterns
# of wait states. usage: run_programs.sh CORE_TB PROGRAM.elf...

core_tb=$1
shift
ulimit -c 0
count=0
status=0

result() { # name, command...
    name=$1
    shift
    count=$((count + 1))
    if output=$("$@" 2>&1); then
        echo "ok $count - $name"
    else
        echo "not ok $count - $name"
        while read -r line; do echo "# $line"; done <<< "$output"
        status=1
    fi
}

echo "1..$(($# * 3))"
for program in "$@"; do
    base=$(basename "$program" .elf)
    result "$base" "$core_tb" "$program"
    for seed in 1 77; do
        result "$base, wait states $seed" "$core_tb" "$program" --waits $seed
    done
done
exit $status
