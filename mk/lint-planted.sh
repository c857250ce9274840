#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Faults that are planted by text (planted.list of the bite targets, bites.list of
# the formal proofs) must still have their text: the targets that plant them are
# slow, and a change would only be noticed there.
#
# usage: lint-planted.sh, at the top of the tree

set -euo pipefail

status=0

complain() { # complain FAULT FILE, of the list at hand
    echo "$list: $1: nothing to change in $2" >&2
    status=1
}

for list in tests/*/planted.list; do
    fault=
    file=
    while IFS= read -r line; do
        case $line in
        'fault: '*) fault=${line#fault: } ;;
        'file: '*) file=${line#file: } ;;
        'old: '*)
            grep -qF -- "${line#old: }" "$file" || complain "$fault" "$file"
            ;;
        esac
    done <"$list"
done

list=tests/formal/bites.list
while read -r name _ module _ edit; do
    case $name in '' | \#*) continue ;; esac
    file=$(find hw -name "$module.sv")
    ! sed -e "$edit" "$file" | cmp -s - "$file" || complain "$name" "$file"
done <"$list"
exit $status
