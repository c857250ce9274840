#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Builds newlib, the firmware's C library, from Debian's newlib-source, once:
# the result lives outside the tree, in a directory whose name holds the version
# and a hash of everything that shapes it.
#
# usage: mk/newlib.sh          build it unless it is there
#        mk/newlib.sh --dir    print where it is or will be
#        mk/newlib.sh --clean  remove every version of it
#
# Environment: RISCV_PREFIX (riscv64-unknown-elf-), XDG_CACHE_HOME.

set -euo pipefail

target=riscv64-unknown-elf
prefix=${RISCV_PREFIX:-riscv64-unknown-elf-}
cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/ringlet

# No operating system below it, no locale, and the small variants of what it
# offers. The compiler has no multilib for the exact core, hence one build.
options=(
    "--target=$target"
    --disable-multilib
    --disable-libgloss
    --disable-newlib-supplied-syscalls
    --enable-newlib-reent-small
    --enable-newlib-nano-malloc
    --enable-newlib-nano-formatted-io
    --enable-lite-exit
    --enable-newlib-global-atexit
    --disable-newlib-fvwrite-in-streamio
    --disable-newlib-fseek-optimization
    --disable-newlib-wide-orient
    --disable-newlib-unbuf-stream-opt
    --disable-newlib-mb
    --disable-newlib-io-c99-formats
    --disable-nls
    --enable-target-optspace
)
cflags="-march=rv32imc -mabi=ilp32 -mcmodel=medlow -Os"
cflags+=" -ffunction-sections -fdata-sections -msave-restore"

find_tarball() {
    local found=(/usr/src/newlib/newlib-*.tar.*)
    [ -e "${found[-1]}" ] && printf '%s\n' "${found[-1]}"
}

if [ "${1-}" = --clean ]; then
    rm -rf "$cache"/newlib-*
    rmdir "$cache" 2>/dev/null || true
    exit 0
fi

# Before `make setup` there may be neither tarball nor compiler; the directory
# then has a name that is never built.
tarball=$(find_tarball) || tarball=
version=${tarball##*/newlib-}
version=${version%.tar.*}
compiler=$("${prefix}gcc" --version 2>/dev/null | head -n 1) || compiler=
key=$(printf '%s\n' "$compiler" "$cflags" "${options[@]}" | sha256sum)
dir=$cache/newlib-${version:-none}-${key:0:12}

if [ "${1-}" = --dir ]; then
    printf '%s\n' "$dir"
    exit 0
fi
if [ $# -gt 0 ]; then
    echo "usage: $0 [--dir | --clean]" >&2
    exit 2
fi
[ -e "$dir/.complete" ] && exit 0

if [ -z "$tarball" ] || [ -z "$compiler" ]; then
    echo "newlib: no newlib-source package or no ${prefix}gcc; make setup" >&2
    exit 1
fi

mkdir -p "$cache"
exec 9>"$dir.lock"
if ! flock -n 9; then
    echo "newlib: another make is building it, waiting" >&2
    flock 9
fi
[ -e "$dir/.complete" ] && exit 0

log=$cache/newlib-build.log
work=$(mktemp -d "$cache/newlib-work.XXXXXX")
watcher=
cleanup() {
    [ -z "$watcher" ] || kill "$watcher" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
: >"$log"

# Runs one step with its output in the log. On a terminal a line counts along.
step() {
    local name=$1 began=$SECONDS status=0
    shift
    if [ -t 2 ]; then
        while sleep 0.5; do
            printf '\r\033[Knewlib: %s, %d s, %d log lines' "$name" \
                $((SECONDS - began)) "$(wc -l <"$log")" >&2
        done 9>&- &
        watcher=$!
    else
        echo "newlib: $name" >&2
    fi
    "$@" >>"$log" 2>&1 </dev/null 9>&- || status=$?
    if [ -n "$watcher" ]; then
        kill "$watcher" 2>/dev/null || true
        wait "$watcher" 2>/dev/null || true
        watcher=
        printf '\r\033[Knewlib: %s, %d s\n' "$name" $((SECONDS - began)) >&2
    fi
    [ $status -eq 0 ] && return
    {
        echo "newlib: '$name' failed; the end of $log:"
        tail -n 30 "$log"
    } >&2
    exit 1
}

configure() {
    mkdir "$work/build"
    cd "$work/build"
    env CC_FOR_TARGET="${prefix}gcc" AS_FOR_TARGET="${prefix}as" \
        LD_FOR_TARGET="${prefix}ld" AR_FOR_TARGET="${prefix}ar" \
        RANLIB_FOR_TARGET="${prefix}ranlib" NM_FOR_TARGET="${prefix}nm" \
        CFLAGS_FOR_TARGET="$cflags -ffile-prefix-map=$work=newlib" \
        "$work/source/configure" --prefix="$dir" "${options[@]}"
}

# A make of its own: it must not take the caller's flags or variables.
build() {
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u MAKEOVERRIDES -u BUILD \
        make -C "$work/build" -j"$(nproc)" MAKEINFO=true "$@"
}

echo "newlib: building $version for rv32imc, once, about a minute" >&2
mkdir "$work/source"
step "unpack" tar -xf "$tarball" -C "$work/source" --strip-components=1
step "configure" configure
step "compile" build all-target-newlib
step "install" build install-target-newlib DESTDIR="$work/root"
touch "$work/root$dir/.complete"
rm -rf "$dir"
mv "$work/root$dir" "$dir"
