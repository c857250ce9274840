#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Makes one mutant and runs tests until one of them notices. The outcome is a line
# in $MUTATE_OUT/mutants/NAME/result:
#
#   NAME TAB FILE TAB killed|survived|error TAB BY TAB HOW TAB MILLISECONDS
#
# The name `baseline` is the firmware as it is; the time of each of its steps is
# kept in $MUTATE_OUT/times, for the limits of all others.
#
# usage: one.sh NAME      environment: see run.sh

set -uo pipefail

name=$1
out=$MUTATE_OUT
dir=$out/mutants/$name
file=
by=
how=
began=${EPOCHREALTIME/[.,]/}

# finish OUTCOME BY HOW
finish() {
    local now=${EPOCHREALTIME/[.,]/}
    rm -rf "${dir:?}/bin" "${dir:?}/obj"
    printf '%s\t%s\t%s\t%s\t%s\t%d\n' "$name" "${file:--}" "$1" "${2:--}" \
        "${3:--}" $(((now - began) / 1000)) >"$dir/result"
    exit 0
}

# compile KIND SOURCE: from the mutant's tree, to its object of that kind.
compile() {
    local more=
    [ "$1" != ring4 ] || more=$MUTATE_RING4_CFLAGS
    mkdir -p "$dir/obj/$1/$(dirname "$2")"
    # shellcheck disable=SC2086 # flags are words
    $CC $MUTATE_CFLAGS $more -c -o "$dir/obj/$1/${2%.c}.o" "$dir/$2" \
        >>"$dir/log" 2>&1 || finish error - "does not compile"
}

make_mutant() {
    local source
    mkdir -p "$dir/bin" "$dir/obj"
    : >"$dir/log"
    [ "$name" != baseline ] || return 0
    file=$(awk -F '\t' -v name="$name" '$1 == name { print $2 }' "$out/list")
    cp -r firmware "$dir/firmware"
    if ! awk -v name="$name" -f tests/mutate/mutants.awk \
        tests/mutate/*.txt >"$dir/$file" 2>"$dir/log"; then
        finish error - "does not apply: $(head -n 1 "$dir/log")"
    fi
    diff -u "$file" "$dir/$file" >"$dir/diff"
    case $file in
    *.h)
        for source in "$dir"/firmware/{main.c,virt*/*.c,devices/*.c}; do
            compile plain "${source#"$dir/"}"
        done
        ;;
    *) compile plain "$file" ;;
    esac
}

# card: the mutant's firmware for the simulated card.
card() {
    local objects=() object source
    [ ! -e "$dir/bin/card.elf" ] || return 0
    mkdir -p "$dir/obj/card"
    for object in $MUTATE_CARD_OBJ; do
        source=firmware/${object#*/firmware/}
        source=${source/main-net/main}
        source=${source%.o}.c
        if [ "$file" = "$source" ] ||
            { [[ $file == *.h ]] && [ -e "$source" ]; }; then
            object=$dir/obj/card/${source//\//.}.o
            # shellcheck disable=SC2086
            $MUTATE_CARD_CC -w -c -o "$object" "$dir/$source" >>"$dir/log" 2>&1 ||
                finish error - "does not compile for the card"
        fi
        objects+=("$object")
    done
    # shellcheck disable=SC2086
    $MUTATE_CARD_LD -o "$dir/bin/card.elf" "${objects[@]}" $MUTATE_CARD_LIBS \
        >>"$dir/log" 2>&1 || finish error - "does not link for the card"
}

# program NAME: links it unless that was done, the mutant's objects in place of
# those of the same name.
program() {
    local objects=() object own
    [ ! -x "$dir/bin/$1" ] || return 0
    while read -r object; do
        own=${object#"$out/"}
        if [ -e "$dir/obj/plain/${own#*/}" ]; then
            [ -e "$dir/obj/$own" ] || [[ $own != ring4/* ]] ||
                compile ring4 "$(sed 's/^ring4.//; s/o$/c/' <<<"$own")"
            object=$dir/obj/$own
        fi
        objects+=("$object")
    done < <(awk -v name="$1" '$1 == name {
        for (i = 2; i <= NF; i++) print $i }' "$out/links")
    # shellcheck disable=SC2086
    $CC -o "$dir/bin/$1" "${objects[@]}" $MUTATE_LIBS >>"$dir/log" 2>&1 ||
        finish error - "does not link"
}

# All steps, one a line: where the test is, the program, its arguments. Those
# that belong to the mutant's file come first, slow ones last.
steps() {
    local test own slow='end_to_end|ring_event_idx|ring_notify'
    case $file in
    */virtqueue/*) own='ring_' ;;
    */virtio/*) own='transport_|pci$|queue_reset' ;;
    */devices/*) own='net_' ;;
    *) own=none ;;
    esac
    for test in $MUTATE_UNIT; do
        case $test in
        fake) ;; # tests the fake alone
        *) echo "unit/$test native $test" ;;
        esac
    done | awk -v own="^unit/($own)" -v slow="^unit/($slow)$" '
        { rank = $1 ~ slow ? 3 : $1 ~ own ? 1 : 2; print rank, $0 }' |
        sort -s -n -k 1,1 | cut -d ' ' -f 2-
    echo "conformance/native_rings native native_rings"
    echo "model/exhaust exhaust exhaust quick"
    echo "model/random random random 6000000"
    echo "fuzz/ring fuzz_ring replay $(echo tests/fuzz/corpus/ring/*)"
    echo "fuzz/transport fuzz_transport replay $(echo tests/fuzz/corpus/transport/*)"
    for test in $MUTATE_CARD; do
        echo "card/${test##*/} $test"
    done
}

# run_step TEST PROGRAM ARGUMENT...: false when the mutant is killed by it, which
# `how` then tells. Limits are of processor time, so that a busy machine does not
# look like a test that hangs; that of the wall clock is the last resort.
run_step() {
    local test=$1 program=$2 limit status began_step=${EPOCHREALTIME/[.,]/}
    shift 2
    case $program in
    */*) card ;;
    *) program "$program" && program=$dir/bin/$program ;;
    esac
    limit=$(awk -v test="$test" '$1 == test { ms = $2 }
        END { print int(3 + ms / 150) }' "$out/times" 2>/dev/null)
    [ "$name" != baseline ] || limit=200
    (
        ulimit -c 0 -t "$limit" -v 4000000
        export SEED=1 CMOCKA_MESSAGE_OUTPUT=TAP RINGLET_FIRMWARE=$dir/bin/card.elf
        exec timeout -s KILL 300 "$program" "$@"
    ) </dev/null >"$dir/output" 2>&1
    status=$?
    if [ "$name" = baseline ]; then
        echo "$test $(((${EPOCHREALTIME/[.,]/} - began_step) / 1000))" \
            >>"$out/times"
    fi
    how=$(sed -n 's/^not ok [0-9]* - //; T; s/ Could not run.*//; p' "$dir/output" |
        head -n 1 | tr '\t' ' ')
    if [ $status -eq 0 ] && [ -z "$how" ]; then
        return 0
    fi
    if [ $status -eq 137 ] || [ $status -eq 152 ]; then
        how="hangs (limit $limit s)"
    elif [ -z "$how" ]; then
        how=$(grep -avE '^(ok |#|1\.\.|$)' "$dir/output" | tail -n 1 |
            tr '\t' ' ' | cut -c 1-60)
        how=${how:-ends with status $status}
    fi
    return 1
}

rm -rf "$dir"
mkdir -p "$dir"
[ "$name" != baseline ] || : >"$out/times"
make_mutant
while read -r by line; do
    # shellcheck disable=SC2086 # words
    run_step "$by" $line || finish killed "$by" "$how"
done < <(steps)
finish survived
