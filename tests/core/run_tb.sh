#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# The test bench itself: bad input gives one clear line and a status.
# Programs in the manner of public suites run as they are.
# usage: run_tb.sh CORE_TB GOOD.elf SUITES-DIRECTORY

core_tb=$1
good=$2
suites=$3
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
count=0
status=0

expect() { # name, exit status, pattern, arguments...
    name=$1
    want=$2
    pattern=$3
    shift 3
    count=$((count + 1))
    output=$("$core_tb" "$@" 2>&1)
    got=$?
    if [ $got -eq "$want" ] && echo "$output" | grep -q "$pattern"; then
        echo "ok $count - $name"
    else
        echo "not ok $count - $name"
        echo "# status $got: $output"
        status=1
    fi
}

echo not an ELF file > "$work/text"
head -c 200 "$good" > "$work/short"
cp "$good" "$work/moved" # second program header's physical address, high byte
printf '\100' | dd of="$work/moved" bs=1 seek=99 conv=notrunc 2> /dev/null

echo 1..19
expect "a good program" 0 "CPI" "$good" --stats
expect "no program" 2 "exactly one program"
expect "missing file" 2 "No such file" "$work/none.elf"
expect "a text file" 2 "not an ELF file" "$work/text"
expect "a file cut short" 2 "core_tb: $work/short: " "$work/short"
expect "a program of the host" 2 "not a 32-bit RISC-V executable" "$core_tb"
expect "a segment outside the RAM" 2 "is outside the RAM" "$work/moved"
expect "an unknown option" 2 "unrecognized option" "$good" --nonsense
expect "a bad number" 2 "bad number 'x'" "$good" --max-cycles x
expect "the cycle limit" 3 "no verdict after 100 cycles" "$good" --max-cycles 100
expect "help" 0 "usage: core_tb" --help
expect "the instruction limit" 3 "no verdict after 50 instructions" "$good" \
    --max-insns 50
expect "a program that checks itself" 0 "^$" "$suites/checks_itself.elf"
expect "a signature" 0 "^$" "$suites/signs.elf" "+signature=$work/signature" \
    +signature-granularity=4
expect "the signature is right" 0 "" "$suites/signs.elf" --signature \
    "$work/again"
count=$((count + 1))
if diff "$work/signature" tests/core/suites/signs.expected >"$work/diff"; then
    echo "ok $count - each word of the signature in a line"
else
    echo "not ok $count - each word of the signature in a line"
    sed 's/^/# /' "$work/diff"
    status=1
fi
expect "printf of the C library" 0 \
    "^sorted 40 numbers, and 00c0ffee print|$" "$suites/prints.elf"
expect "single bytes" 0 "^by the byte$" "$suites/prints.elf" --waits 5
expect "no signature in a program" 2 "no begin_signature" "$good" \
    +signature=/dev/null
exit $status
