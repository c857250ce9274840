#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Small roots of other Debian suites, for programs that this one does not have.
# Group root-NAME of mk/packages.list says which suites and which packages: of
# two suites (`suite trixie trixie-backports`) the second comes first for all
# that it has. Each is made once, outside the tree, in a directory whose name
# holds a hash of all that shapes it.
#
# usage: mk/root.sh NAME               make it unless it is there
#        mk/root.sh --dir NAME         print where it is or will be
#        mk/root.sh --clean [NAME]     remove it, or all of them
#        mk/root.sh --run NAME [--bind PATH]... COMMAND [ARGUMENT]...
#
# --run makes it when needed. The command sees its files read-only, /proc, /sys,
# /dev with /dev/shm of this machine, an empty /tmp and /run, and each bound path
# under its own name. Processes and mounts live in namespaces of their own: they
# end with the command, and all end at once when this script is killed.
#
# Environment: XDG_CACHE_HOME.

set -euo pipefail

here=$(dirname "$0")
list=$here/packages.list
cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/ringlet

# What nobody reads in there. A Release file may have expired on a mirror that is
# frozen; its signature is checked all the same.
recipe=(
    --variant=minbase
    '--aptopt=Acquire::Check-Valid-Until "false"'
    '--aptopt=APT::Install-Recommends "false"'
    '--dpkgopt=path-exclude=/usr/share/doc/*'
    '--dpkgopt=path-exclude=/usr/share/man/*'
    '--dpkgopt=path-exclude=/usr/share/locale/*'
    '--dpkgopt=path-exclude=/usr/include/*'
    '--dpkgopt=path-exclude=/usr/lib/*.a'
)

die() {
    echo "root: $*" >&2
    exit 1
}

usage() {
    sed -n '/^# usage:/,/^#$/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

# describe NAME: sets suites, packages and dir.
describe() {
    read -ra suites < <(awk -v head="[root-$1]" '
        $1 == head && $2 == "suite" { print $3, $4 }' "$list")
    [ ${#suites[@]} -gt 0 ] || die "$list has no group [root-$1] with a suite"
    mapfile -t packages < <("$here/setup.sh" --list "root-$1")
    [ ${#packages[@]} -gt 0 ] || die "no package for $1"
    local key
    key=$(printf '%s\n' "${suites[@]}" "$(uname -m)" "${packages[@]}" "${recipe[@]}" |
        sha256sum)
    dir=$cache/root-$1-${key:0:12}
}

# Sets as_root, the words to put before a command that needs root.
need_root() {
    as_root=()
    [ "$(id -u)" -ne 0 ] || return 0
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }
    then
        as_root=(sudo)
    else
        die "this needs root: no sudo, or no terminal to ask for a password"
    fi
}

# Removes one root and its lock, not while it is used.
remove() {
    [ -e "$1" ] || [ -e "$1.lock" ] || return 0
    exec 9>"$1.lock"
    flock -n 9 || die "$1 is in use"
    ! grep -qF " $1/" /proc/self/mountinfo || die "something is mounted in $1"
    need_root
    "${as_root[@]}" rm -rf --one-file-system "$1"
    rm -f "$1.lock"
    exec 9>&-
}

clean() {
    local found start=$cache/root-${1:+$1-}
    for found in "$start"*; do
        [ ! -d "$found" ] || remove "$found"
    done
    rm -f "$start"*.log
    rmdir "$cache" 2>/dev/null || true
}

# The mirror of this machine's own packages. Its proxies apply there too.
mirror() {
    # shellcheck disable=SC2016 # it is apt that expands this
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
        'Origin: Debian' 'Label: Debian' 'Component: main' | head -n 1
}

proxies() {
    local scheme proxy
    for scheme in http https; do
        proxy=
        eval "$(apt-config shell proxy "Acquire::$scheme::Proxy")"
        [ -z "$proxy" ] || echo "--aptopt=Acquire::$scheme::Proxy \"$proxy\""
    done
}

make_root() {
    local name=$1 uri options log suite sources=() status=0
    [ ! -d "$dir" ] || return 0
    mkdir -p "$cache"
    exec 9>"$dir.lock"
    if ! flock -n 9; then
        echo "root: another process is making or removing $name, waiting" >&2
        flock 9
    fi
    if [ -d "$dir" ]; then
        exec 9>&-
        return 0
    fi

    "$here/setup.sh" interop
    command -v mmdebstrap >/dev/null || die "no mmdebstrap here"
    uri=$(mirror)
    [ -n "$uri" ] || die "apt knows no Debian mirror; apt-get update may help"
    mapfile -t options < <(proxies)
    if [ ${#suites[@]} -eq 2 ]; then
        options+=("--aptopt=APT::Default-Release \"${suites[1]}\"")
    fi
    for suite in "${suites[@]}"; do
        sources+=("deb $uri $suite main")
    done
    need_root
    log=$dir.log
    work=$(mktemp -d "$cache/root-work.XXXXXX")
    trap '"${as_root[@]}" rm -rf --one-file-system "$work"' EXIT
    trap 'exit 130' INT TERM
    echo "root: making $name (${suites[*]}), once, a minute or two" >&2
    "${as_root[@]}" mmdebstrap "${recipe[@]}" "${options[@]}" \
        --include="$(IFS=,; echo "${packages[*]}")" \
        "${suites[0]}" "$work/tree" "${sources[@]}" </dev/null 2>&1 9>&- |
        tee "$log" | grep --line-buffered '^I: ' |
        sed -u 's/^I: /root: /' >&2 || status=$?
    if [ $status -ne 0 ] || [ ! -x "$work/tree/bin/sh" ]; then
        {
            echo "root: $name could not be made; the end of $log:"
            tail -n 20 "$log"
        } >&2
        exit 1
    fi
    "${as_root[@]}" mv -T "$work/tree" "$dir"
    rm -f "$log"
    rmdir "$work"
    trap - EXIT INT TERM
    exec 9>&-
}

# Runs as process 1 of its namespaces; root is where the tree is put together.
# It is a tmpfs, so that any path can be bound below it.
# shellcheck disable=SC2016 # expanded in there
inside='
set -eu
tree=$1 root=$2 where=$3 count=$4
shift 4
mount -t tmpfs -o mode=755 tmpfs "$root"
for entry in "$tree"/*; do
    name=$root/${entry##*/}
    if [ -L "$entry" ]; then
        cp -P "$entry" "$name"
        continue
    fi
    mkdir "$name"
    case $entry in
    */proc | */sys | */dev | */tmp | */run | */mnt) ;;
    *) mount --bind "$entry" "$name" && mount -o remount,bind,ro "$name" ;;
    esac
done
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
while [ "$count" -gt 0 ]; do
    if [ -d "$1" ]; then
        mkdir -p "$root$1"
    else
        mkdir -p "$root${1%/*}"
        : >>"$root$1"
    fi
    mount --rbind "$1" "$root$1"
    shift
    count=$((count - 1))
done
[ -d "$root$where" ] || where=/
# No exec: process 1 ignores signals that it has no handler for, and it must
# bury orphans.
chroot "$root" /bin/sh -c "cd \"\$0\" && exec \"\$@\"" "$where" "$@"
'

run_in() {
    local name=$1 binds=() pid status=0 work
    shift
    while [ "${1-}" = --bind ]; do
        [ $# -ge 2 ] || usage
        [ -e "$2" ] || die "$2, which is to be bound, does not exist"
        binds+=("$(realpath -s "$2")")
        shift 2
    done
    [ $# -gt 0 ] || usage
    make_root "$name"
    need_root
    # Held for as long as the command runs: --clean asks for it.
    exec 9>>"$dir.lock"
    flock -s 9

    # --kill-child, or a root.sh that is killed would leave the command behind;
    # unshare itself ignores the polite signals while it waits.
    "${as_root[@]}" setpriv --pdeathsig KILL \
        unshare --mount --pid --fork --kill-child \
        /bin/sh -c "$inside" root "$dir" "$dir/mnt" "$PWD" "${#binds[@]}" \
        "${binds[@]}" "$@" <&0 &
    pid=$!
    # shellcheck disable=SC2064 # the value of now
    trap "${as_root[*]} kill -KILL $pid 2>/dev/null; { wait $pid || true; } 2>/dev/null
        exit 143" INT TERM HUP
    wait $pid || status=$?
    return $status
}

case ${1-} in
--dir)
    [ $# -eq 2 ] || usage
    describe "$2"
    printf '%s\n' "$dir"
    ;;
--clean)
    [ $# -le 2 ] || usage
    clean "${2-}"
    ;;
--run)
    [ $# -ge 3 ] || usage
    describe "$2"
    shift
    run_in "$@"
    ;;
-* | "") usage ;;
*)
    [ $# -eq 1 ] || usage
    describe "$1"
    make_root "$1"
    ;;
esac
