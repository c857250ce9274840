#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Makes cores/ringlet in a checkout of the public RISC-V formal framework: the core in
# the words that yosys knows, multiplier and divider replaced, wrapper, configuration.
# usage: install.sh SOURCES CHECKOUT     (SOURCES: build/formal/src)

set -euo pipefail

src=$1
to=$2/cores/ringlet
here=$(dirname "$0")
[ -f "$2/checks/genchecks.py" ] || {
    echo "$0: $2 is no checkout of that framework" >&2
    exit 1
}
mkdir -p "$to"
cp "$src"/rl_core*.sv "$to"
cp "$here"/../rl_core_{mul,div}.sv "$here"/{wrapper.sv,checks.cfg} "$to"
echo "now: cd $to && python3 ../../checks/genchecks.py && make -C checks -j\$(nproc)"
