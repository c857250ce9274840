#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Random programs: the final registers, memory and digest of traps must be what
# QEMU computes, without and with wait states. Environment: CORE_TB, GEN,
# RISCV_CC, RISCV_LD, QEMU, WORK (a directory); COUNT programs (default 40)
# from SEED (default: from the clock) on.

: "${COUNT:=40}"
: "${SEED:=$(date +%s)}"
ulimit -c 0
mkdir -p "$WORK" || exit 1
status=0
program=$WORK/random

# Builds the program of a seed and QEMU's answer; prints why it cannot.
prepare() {
    "$GEN" "$1" 150 > "$program.S" &&
    "$RISCV_CC" -march=rv32imc_zicsr_zifencei -mabi=ilp32 \
        -c -o "$program.o" "$program.S" &&
    "$RISCV_LD" -m elf32lriscv --no-warn-rwx-segments -T tests/core/link.ld \
        -o "$program.elf" "$program.o" &&
    timeout 30 "$QEMU" -machine virt -bios none -nographic -monitor none \
        -serial none -semihosting-config enable=on,target=native \
        -kernel "$program.elf" < /dev/null > "$program.bin" &&
    od -An -v -tx4 -w4 "$program.bin" | tr -d ' ' > "$program.expected"
}

run() {
    "$CORE_TB" "$program.elf" --signature "$program.got" "$@" &&
    diff "$program.expected" "$program.got"
}

report() { # number, name, output
    if [ $? -eq 0 ]; then
        echo "ok $1 - $2"
    else
        status=1
        echo "not ok $1 - $2"
        echo "$3" | head -n 20 | sed 's/^/# /'
        cp "$program.elf" "$WORK/failed.elf" 2> /dev/null
    fi
}

echo "# seed $SEED: make test T=core-random SEED=$SEED COUNT=$COUNT"
echo "1..$((COUNT * 2))"
i=0
while [ "$i" -lt "$COUNT" ]; do
    seed=$((SEED + i))
    output=$(prepare $seed 2>&1 && run 2>&1)
    report $((2 * i + 1)) "seed $seed" "$output"
    output=$(run --waits $((seed % 100000 + 1)) 2>&1)
    report $((2 * i + 2)) "seed $seed, wait states" "$output"
    i=$((i + 1))
done
exit $status
