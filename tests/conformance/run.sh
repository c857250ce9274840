#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Runs the programs that prove rows, as many at a time as there are processors,
# and joins what they say with the rows and the exceptions. Exit status 0: every
# row is proven or excepted.
#
# usage: run.sh --data DIR --out DIR --json FILE --form table|tap
#               NAME=PROGRAM...

set -euo pipefail

data=tests/conformance
out=build/conformance
json=build/conformance.json
form=table
while [ $# -gt 0 ]; do
    case $1 in
    --data) data=$2 ;;
    --out) out=$2 ;;
    --json) json=$2 ;;
    --form) form=$2 ;;
    --*) echo "$0: unknown option $1" >&2 && exit 2 ;;
    *) break ;;
    esac
    shift 2
done

export CMOCKA_MESSAGE_OUTPUT=TAP
unset CMOCKA_XML_FILE
mkdir -p "$out"
results=$out/results.log

# run_one NAME PROGRAM LOG: what the program prints, and how it ended.
run_one() {
    local status=0
    {
        echo "#program $1"
        "$2" </dev/null || status=$?
        echo "#status $status"
    } >"$3"
}

logs=()
for program in "$@"; do
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do
        wait -n
    done
    name=${program%%=*}
    logs+=("$out/${name//\//.}.log")
    run_one "$name" "${program#*=}" "${logs[-1]}" &
done
wait
cat "${logs[@]}" >"$results"
[ "$form" != tap ] || grep -aiE '^# *seed' "$results" || true

awk -v form="$form" -v json="$json" -v devices="${CONF_DEVICES:-net}" \
    -f "$data/join.awk" part=rows "$data/rows.tsv" \
    part=exceptions "$data/exceptions.tsv" part=proofs "$data/proofs.tsv" \
    part=results "$results"
