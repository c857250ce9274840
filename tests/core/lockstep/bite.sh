#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Plants the faults of bites.list one after the other in a copy of the core and
# lets the lockstep run find each: TAP.
# usage: bite.sh OUT INSNS SOURCE.sv... -- OBJECT.o...
# Environment: that of build.sh; ONLY, a word in the names.

set -uo pipefail

here=$(dirname "$0")
out=$1
insns=$2
shift 2
list=$(grep -v '^ *\(#\|$\)' "$here/bites.list" | grep -- "${ONLY:-.}")
number=0
status=0
ulimit -c 0

# Says what was found; status 0 when it is what it should be.
bite() { # name, module, edit, SOURCES -- OBJECTS
    local name=$1 module=$2 edit=$3 args=() arg
    shift 3
    mkdir -p "$out/rtl"
    for arg; do
        if [[ $arg == */$module.sv ]]; then
            sed "$edit" "$arg" >"$out/rtl/$module.sv"
            if cmp -s "$arg" "$out/rtl/$module.sv"; then
                echo "the fault does not fit the source"
                return 1
            fi
            arg=$out/rtl/$module.sv
        fi
        args+=("$arg")
    done
    "$here/build.sh" "$out/$name" "${args[@]}" >"$out/$name.log" 2>&1 || {
        tail -n 3 "$out/$name.log"
        return 1
    }
    "$out/$name/lockstep" --seed 1 --insns "$insns" >"$out/$name.log" 2>&1
    case $? in
    0) echo "not found in $insns instructions" && return 1 ;;
    1 | 134) sed -n '/^# seed/{s/^# //p;q}; /%Error/{p;q}' "$out/$name.log" ;;
    *) tail -n 3 "$out/$name.log" && return 1 ;;
    esac
}

echo "1..$(wc -l <<<"$list")"
while read -r name module edit; do
    number=$((number + 1))
    if said=$(bite "$name" "$module" "$edit" "$@"); then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        status=1
    fi
    echo "# ${said//$'\n'/ }"
    rm -rf "${out:?}/$name"
done <<<"$list"
exit $status
