#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Checks tests/model/notify.pml with Spin: the protocol as the firmware follows
# it, then variants that must be found faulty. Prints TAP.
#
# usage: tests/model/notify.sh DIR

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"
number=0
failed=0

# Prints the verifier's summary; 0: no error in any order of events.
verify() {
    spin -a ${1:+"-D$1"} "$here/notify.pml" >spin.log
    ${CC:-cc} -O1 -w -DSAFETY -o pan pan.c
    ./pan -m100000 >pan.log
    grep -q 'errors: 0' pan.log
}

result() {
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - notify: $2"
    else
        echo "not ok $number - notify: $2"
        failed=1
    fi
    awk '/states, stored/ { printf "# %s states\n", $1 }' pan.log
}

variants="NO_RELOOK NO_FENCE EARLY_EVENT NO_RECHECK"
echo "1..5"
status=0
verify "" || status=1
result $status "nothing is lost, nobody sleeps for ever"
for variant in $variants; do
    status=0
    if verify "$variant"; then
        status=1
    fi
    result $status "$variant is found faulty"
done
exit $failed
