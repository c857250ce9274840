#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Plants one fault after the other in a copy of the tree and runs what must find
# it. Prints a table; the exit status is not zero when one is not found.
#
# A list has blocks of lines, with an empty line behind each: fault:, what it is
# called; target:, what must find it; file:, and old: and new:, the text. NEW
# stands for the first OLD in FILE; what is planted must compile.
#
# usage: bite.sh MAKE TREE LIST SECONDS SEED [WORD]: faults with WORD in a line

set -euo pipefail

make=$1
tree=$2
list=$3
seconds=$4
seed=$5
word=${6:-}
log=$tree.log

# With what was built already; each time from nothing, for an object of a planted
# file may be left.
copy_tree() {
    rm -rf "$tree"
    mkdir -p "$tree/build"
    cp -a Makefile mk hw firmware linker sim tests "$tree/"
    for part in gen regs_gen fuzz cosim faults sim lib model firmware; do
        [ ! -e "$(dirname "$tree")/$part" ] ||
            cp -a "$(dirname "$tree")/$part" "$tree/build/"
    done
    touch "$tree/build/setup-fuzz.stamp"
}

build() {
    "$make" --no-print-directory -C "$tree" BUILD=build SETUP=true \
        MAKELEVEL=0 "$@" >"$log" 2>&1
}

# A random driver on the whole card, with new seeds until time is up.
run_card() {
    local from=$SECONDS n=0
    while [ $((SECONDS - from)) -lt "$seconds" ]; do
        n=$((n + 1))
        (cd "$tree" && SEED=$((seed + n)) \
            RINGLET_FIRMWARE=build/firmware/net.elf timeout 300 \
            "build/cosim/$1") >"$log" 2>&1 || {
            effort="$n runs"
            reason=$(grep '^#   ' "$log" | grep -v 'rounds,' | head -n 1 |
                sed 's/^#   //; s/^[^ ]*\.c:[0-9]*: //')
            return 0
        }
    done
    effort="$n runs"
    return 1
}

# One kind of fault at each step of a scenario.
run_faults() {
    local scenario=${1#faults_}
    local kind=${scenario##*_}
    scenario=${scenario%_*}
    (cd "$tree" && build/faults/faults --firmware build/firmware/net.elf \
        --scenario "$scenario" --kind "$kind" --seed 1) >"$log" 2>&1 && {
        effort='all steps'
        return 1
    }
    effort=$(sed -n 's/.*: \([0-9]* of [0-9]* points\).*/\1/p' "$log")
    reason=$(grep -m 1 '^#   ' "$log" | sed 's/^#   //')
}

run_fuzz() {
    local corpus=$tree/found
    rm -rf "$corpus"
    mkdir -p "$corpus"
    if (cd "$tree" && "build/fuzz/$1" -max_total_time="$seconds" \
        -seed="$seed" -timeout=10 -rss_limit_mb=2048 -max_len=8192 \
        -print_final_stats=1 -artifact_prefix=build/ found \
        "tests/fuzz/corpus/$1") >"$log" 2>&1; then
        effort="$(awk '/^stat::number_of_executed/ { print $2 }' "$log") executions"
        return 1
    fi
    effort="$(awk '/^stat::number_of_executed/ { print $2 }' "$log") executions"
    reason=$(grep -B 1 -m 1 'ERROR: \|runtime error' "$log" | head -n 1)
}

programs() {
    case $1 in
    faults_*) echo "build/faults/faults build/firmware/net.elf" ;;
    hostile_*) echo "build/cosim/$1 build/firmware/net.elf" ;;
    *) echo "build/fuzz/$1" ;;
    esac
}

plant() {
    OLD=$old NEW=$new awk 'BEGIN { RS = "\001" } {
        at = index($0, ENVIRON["OLD"])
        if (at == 0)
            exit 1
        printf "%s%s%s", substr($0, 1, at - 1), ENVIRON["NEW"],
            substr($0, at + length(ENVIRON["OLD"]))
    }' "$file" >"$tree/planted" || return 1
    mv "$tree/planted" "$tree/$file"
}

status=0
found=0
count=0
try() {
    local from effort='' reason=''
    count=$((count + 1))
    if ! plant; then
        printf '%-52s %-14s NOT PLANTED: %s lacks it\n' "$fault" "$target" "$file"
        status=1
        return
    fi
    # shellcheck disable=SC2046
    if ! build $(programs "$target"); then
        printf '%-52s %-14s DOES NOT COMPILE, see %s\n' "$fault" "$target" "$log"
        status=1
    else
        from=$SECONDS
        case $target in
        faults_*) run_faults "$target" && found=$((found + 1)) || status=1 ;;
        hostile_*) run_card "$target" && found=$((found + 1)) || status=1 ;;
        *) run_fuzz "$target" && found=$((found + 1)) || status=1 ;;
        esac
        printf '%-52s %-14s %4d s, %s: %s\n' "$fault" "$target" \
            $((SECONDS - from)) "$effort" "${reason:-NOT FOUND}"
    fi
    cp "$file" "$tree/$file"
}

copy_tree
old='' new='' file='' fault='' target=''
while IFS= read -r line || [ -n "$line" ]; do
    case $line in
    'fault: '*) fault=${line#fault: } ;;
    'target: '*) target=${line#target: } ;;
    'file: '*) file=${line#file: } ;;
    'old: '*) old=${line#old: } ;;
    'new:'*) new=${line#new:} new=${new# } ;;
    '')
        if [ -n "$fault" ] && [[ "$fault $target $file" == *"$word"* ]]; then
            try </dev/null
        fi
        fault=''
        ;;
    esac
done < <(cat "$list" && echo)
echo "$found of $count planted faults found, with seed $seed"
exit $status
