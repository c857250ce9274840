#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Runs programs with one seed after the other until time is up or one fails.
#
# usage: hostile.sh SECONDS SEED PROGRAM...

set -euo pipefail

seconds=$1
seed=$2
shift 2
runs=0
while [ $SECONDS -lt "$seconds" ]; do
    for program in "$@"; do
        if ! log=$(SEED=$seed "$program"); then
            echo "$log"
            echo "to repeat: make run-cosim ONLY=${program##*/} SEED=$seed"
            exit 1
        fi
        runs=$((runs + 1))
        echo "${program##*/}, seed $seed: $(grep '^#   ' <<<"$log" | tail -n 1)"
    done
    seed=$((seed + 1))
done
echo "$runs runs in $SECONDS s, none failed"
