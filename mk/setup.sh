#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Installs the packages of mk/packages.list that are missing. Quick and silent
# when none is.
#
# usage: mk/setup.sh [-l LIST] [--list] [GROUP...]
#
# Without a GROUP: every group whose heading has no words behind it. --list only
# prints the names.

set -euo pipefail

list=$(dirname "$0")/packages.list
if [ "${1-}" = -l ]; then
    list=$2
    shift 2
fi
print=0
if [ "${1-}" = --list ]; then
    print=1
    shift
fi

mapfile -t wanted < <(awk -v groups=" $* " '
    { sub(/#.*/, "") }
    /^\[.*\]/ { group = substr($1, 2, length($1) - 2); named = NF > 1; next }
    NF && (groups == "  " ? !named : index(groups, " " group " ")) { print $1 }
    ' "$list")
if [ ${#wanted[@]} -eq 0 ]; then
    echo "setup: $list has no package for: $*" >&2
    exit 1
fi
if [ $print -eq 1 ]; then
    printf '%s\n' "${wanted[@]}"
    exit 0
fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "setup: this is not a Debian system; please see to it that the" \
        "equivalents of these packages are here: ${wanted[*]}" >&2
    exit 0
fi

# dpkg-query fails when it knows nothing of a name: that name is missing.
installed=$({ dpkg-query -W -f '${Package} ${db:Status-Status}\n' \
    "${wanted[@]}" 2>/dev/null || true; } |
    awk '$2 == "installed" { print $1 }')
missing=()
for package in "${wanted[@]}"; do
    case $'\n'$installed$'\n' in
    *$'\n'"$package"$'\n'*) ;;
    *) missing+=("$package") ;;
    esac
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }
    then
        as_root=(sudo)
    else
        {
            echo "setup: packages are missing, and installing them needs root." \
                "Please run:"
            echo "apt-get update && apt-get install -y --no-install-recommends" \
                "${missing[*]}"
        } >&2
        exit 1
    fi
fi

# Nothing may write to standard output: make may be printing test results.
exec >&2
echo "setup: installing ${#missing[@]} packages: ${missing[*]}"
apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q
    -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0)
"${as_root[@]}" "${apt[@]}" update </dev/null
"${as_root[@]}" "${apt[@]}" install -y --no-install-recommends \
    "${missing[@]}" </dev/null
echo "setup: done"
