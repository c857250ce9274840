#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Runs the proofs of tests/formal/proofs.list, as many at once as there are
# processors. Fails when one fails, stays undecided or leaves a cover goal
# unreached.
#
# usage: run.sh table SOURCES OUT [NAME...]  all or the named ones: a table, OUT.json
#        run.sh smoke SOURCES OUT            the smoke set: TAP
#        run.sh bite SOURCES OUT [NAME...]   each fault of bites.list is found: TAP
#
# Environment: FORMAL_LIMIT, seconds for each step of a proof (300).

set -euo pipefail

mode=$1
src=$2
out=$3
shift 3
here=$(dirname "$0")
mkdir -p "$out"
status=0

list() {
    grep -v '^ *\(#\|$\)' "$here/$1"
}

# What COMMAND {} answers for each word goes to OUT/WORD.answer.
for_each() {
    local command=$1
    shift
    printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} sh -c "$command >'$out/{}.answer'"
}

prove() {
    for_each "$here/prove.sh '$src' '$out' {}" "$@"
}

method() {
    case $1 in
    kind:*) echo "induction, k = ${1#*:}" ;;
    bmc:*) echo "first ${1#*:} cycles" ;;
    *) echo PDR ;;
    esac
}

good() {
    [ "$1" = proved ] || [ "$1" = bounded ]
}

table() {
    local name group top modules how result seconds reached goals note comma=
    local row='%-8s %-14s %-26s %-18s %-9s %8s  %s\n'
    # shellcheck disable=SC2059 # a format of this script
    printf "$row" group proof modules method result seconds covers
    echo '[' >&3
    for name; do
        read -r _ group top modules how _ < <(list proofs.list | grep "^$name ")
        read -r result seconds reached goals note <"$out/$name.answer"
        good "$result" || status=1
        # shellcheck disable=SC2059
        printf "$row" "$group" "$name" "${modules//,/ }" "$(method "$how")" \
            "$result" "$seconds" "$reached/$goals${note:+ $note}"
        printf '%s  {"proof": "%s", "group": "%s", "checker": "%s", "modules": "%s", ' \
            "$comma" "$name" "$group" "$top" "$modules" >&3
        printf '"method": "%s", "result": "%s", "seconds": %s, ' \
            "$how" "$result" "$seconds" >&3
        printf '"covers": %s, "reached": %s, "note": "%s"}' \
            "$goals" "$reached" "$note" >&3
        comma=$',\n'
    done
    printf '\n]\n' >&3
}

number=0
tap() { # tap GOOD WHAT COMMENT
    number=$((number + 1))
    if [ "$1" = yes ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        status=1
    fi
    echo "# $3"
}

# One seeded fault: in a copy of the sources, the proof that is to find it.
bite() {
    local name=$1 proof file edit
    read -r _ proof file _ edit < <(list bites.list | grep "^$name ")
    rm -rf "$out/$name.src"
    cp -r "$src" "$out/$name.src"
    sed -i "$edit" "$out/$name.src/$file.sv"
    if cmp -s "$src/$file.sv" "$out/$name.src/$file.sv"; then
        echo "unchanged 0 0 0"
    else
        "$here/prove.sh" --bite "$out/$name.src" "$out/$name" "$proof"
    fi
}

names=("$@")
case $mode in
table)
    # The report is that of all proofs; a few do not take its place.
    report=$out.json
    [ $# -eq 0 ] || report=$out-some.json
    [ $# -gt 0 ] || mapfile -t names < <(list proofs.list | awk '{ print $1 }')
    for name in "${names[@]}"; do
        list proofs.list | grep -q "^$name " || {
            echo "formal: there is no proof $name" >&2
            exit 1
        }
    done
    prove "${names[@]}"
    table "${names[@]}" 3>"$report"
    ;;
smoke)
    mapfile -t names < <(list proofs.list | awk '$7 == "smoke" { print $1 }')
    echo "1..${#names[@]}"
    prove "${names[@]}"
    for name in "${names[@]}"; do
        read -r result seconds reached goals note <"$out/$name.answer"
        good "$result" && verdict=yes || verdict=no
        tap "$verdict" "$name" "$result in $seconds s, $reached of $goals cover goals $note"
    done
    ;;
bite)
    [ $# -gt 0 ] || mapfile -t names < <(list bites.list | awk '{ print $1 }')
    echo "1..${#names[@]}"
    for_each "$here/run.sh one-bite '$src' '$out' {}" "${names[@]}"
    for name in "${names[@]}"; do
        read -r _ proof _ expected _ < <(list bites.list | grep "^$name ")
        read -r result seconds _ _ note <"$out/$name.answer"
        [ "$result" = failed ] && [[ $note =~ ^($expected)$ ]] && verdict=yes || verdict=no
        tap "$verdict" "$name is found by $proof" "$result in $seconds s: $note"
    done
    ;;
one-bite) bite "$1" ;;
esac
exit $status
