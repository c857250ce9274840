#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Runs fuzz targets one after the other and prints a result for each in the Test
# Anything Protocol. What they find of interest is kept beside the programs and
# used the next time; an input that fails, too.
#
# usage: run.sh DIRECTORY SECONDS NAME...

set -euo pipefail

out=$1
seconds=$2
shift 2
seed=${SEED:-$((RANDOM * 32768 + RANDOM + 1))}

# The last line that tells of progress, and the number of edges there are.
figures() {
    awk '/^#[0-9]+\t/ { executions = substr($1, 2); cov = "?"; rate = "?"
             for (i = 2; i < NF; i++) {
                 if ($i == "cov:") cov = $(i + 1)
                 if ($i == "exec/s:") rate = $(i + 1)
                 if ($i == "corp:") split($(i + 1), corpus, "/")
             } }
         /inline 8-bit counters/ { split($0, part, "(")
             edges = part[2] + 0 }
         END { printf "%d executions, %s a second, %s of %d edges, " \
                   "%d inputs kept", executions, rate, cov, edges, corpus[1] }' \
        "$1"
}

# What the program itself has counted.
statistic() {
    sed -n "s/^stat: /# $1: /p" "$2"
}

status=0
number=0
total=0
echo "1..$#"
echo "# seed $seed: make run-fuzz SEED=$seed"
for name in "$@"; do
    number=$((number + 1))
    log=$out/$name.log
    mkdir -p "$out/$name.corpus"
    if "$out/$name" -max_total_time="$seconds" -seed="$seed" -timeout=10 \
        -rss_limit_mb=2048 -max_len=8192 -artifact_prefix="$out/$name-" \
        "$out/$name.corpus" "tests/fuzz/corpus/$name" >"$log" 2>&1
    then
        echo "ok $number - $name for $seconds s"
        echo "# $name: $(figures "$log")"
        statistic "$name" "$log"
    else
        echo "not ok $number - $name for $seconds s"
        echo "# $name: $(figures "$log"); to repeat: $out/$name INPUT"
        grep -v $'^#[0-9]*\t' "$log" | tail -n 60 | sed 's/^/# /'
        status=1
    fi
    executed=$(figures "$log")
    total=$((total + ${executed%% *}))
done
echo "# $total executions in total"
exit $status
