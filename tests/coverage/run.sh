#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Runs the programs that tests/coverage/coverage.mk has built, prints what they
# covered and writes pages about it. Fails when a program does, or when a folder
# has fewer of its branches covered than it should.
#
# usage: run.sh DIRECTORY "FOLDER PERCENT"

set -euo pipefail

out=$1
floor=$2
root=$(pwd -P)
info=$out/coverage.info

find "$out" -name '*.gcda' -delete
for program in "$out"/unit/*; do
    SEED=${SEED:-1} "$program" >"$out/log" 2>&1 || {
        tail -n 40 "$out/log"
        exit 1
    }
done
for program in "$out"/fuzz/*; do
    "$program" tests/fuzz/corpus/"$(basename "$program")"/*
done

# geninfo warns about itself.
quietly() {
    "$@" >>"$out/log" 2>&1 || {
        tail -n 40 "$out/log"
        exit 1
    }
}
branches=(--quiet --rc 'lcov_branch_coverage=1')
quietly lcov "${branches[@]}" --capture --directory "$out/obj" \
    --base-directory "$root" --output-file "$info.all"
quietly lcov "${branches[@]}" --extract "$info.all" \
    "$root/firmware/virtqueue/*" "$root/firmware/virtio/*" \
    "$root/firmware/devices/*" --output-file "$info"
quietly genhtml "${branches[@]}" --branch-coverage --prefix "$root" \
    --output-directory "$out/html" "$info"
awk -v root="$root" -v floor="$floor" -f tests/coverage/report.awk "$info"
echo "pages: $out/html/index.html"
