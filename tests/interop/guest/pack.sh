#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Packs an initial file system for a virtual machine: programs of root `guest`
# with their libraries, modules of the kernel of another root or the same one,
# and the scripts beside this one. Not compressed: unpacking would cost the
# guest more than reading does.
#
# usage: tests/interop/guest/pack.sh KERNEL-ROOT FOLDER
#
# Prints the names of the kernel and of the packed file. It is kept in FOLDER
# under a name that holds a hash of all that goes into it.

set -euo pipefail

here=$(dirname "$0")
root_sh=mk/root.sh
programs=(busybox kmod lspci setpci ip ethtool ping curl iperf3)
# With what they need.
modules=(virtio_net)

[ $# -eq 2 ] || { echo "usage: $0 KERNEL-ROOT FOLDER" >&2; exit 2; }
"$root_sh" guest >&2
"$root_sh" "$1" >&2
guest=$("$root_sh" --dir guest)
kernel_root=$("$root_sh" --dir "$1")
vmlinuz=$(echo "$kernel_root"/boot/vmlinuz-*)
release=${vmlinuz##*/vmlinuz-}
key=$( (echo "$guest" "$kernel_root" && cat "$0" "$here"/*.sh) | sha256sum)
packed=$2/$release-${key:0:12}.cpio
echo "$vmlinuz"
echo "$packed"
[ ! -s "$packed" ] || exit 0

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
chmod 755 "$stage" # it becomes the guest's /
mkdir -p "$stage"/{bin,dev,proc,run,sys,tmp,usr/bin,usr/lib,usr/lib64,usr/share/misc}
mkdir -p "$stage/usr/lib/modules/$release"
ln -s usr/lib "$stage/lib"
ln -s usr/lib64 "$stage/lib64"
ln -s bin "$stage/usr/sbin"
cp "$guest/usr/share/misc/pci.ids" "$stage/usr/share/misc/"

# A program may be a link to another, which is then that.
# shellcheck disable=SC2016 # expanded in there
mapfile -t files < <("$root_sh" --run guest sh -c '
    for name; do
        path=$(command -v "$name")
        echo "$path"
        ldd "$path" | grep -o "/[^ ]*"
    done | sort -u
    # A thread that is ended wants it.
    ls /usr/lib/*/libgcc_s.so.1' sh "${programs[@]}")
for file in "${files[@]}"; do
    to=$stage/usr${file#/usr}
    case $file in
    */bin/* | */sbin/*) to=$stage/usr/bin/${file##*/} ;;
    esac
    mkdir -p "${to%/*}"
    cp -L "$guest$file" "$to"
done
ln -s kmod "$stage/usr/bin/modprobe"

# The lines of modules.dep: a module and all that it needs, deepest last.
from=$kernel_root/usr/lib/modules/$release
for name in "${modules[@]}"; do
    line=$(grep -E "/$name\.ko[^ ]*:" "$from/modules.dep")
    for file in ${line/:/}; do
        mkdir -p "$stage/usr/lib/modules/$release/${file%/*}"
        cp "$from/$file" "$stage/usr/lib/modules/$release/$file"
    done
done
cp "$from"/modules.{order,builtin,builtin.modinfo} "$stage/usr/lib/modules/$release/"
# What depmod writes is read in there.
"$root_sh" --run guest --bind "$stage" /sbin/depmod -b "$stage" "$release" >&2

cp "$here"/*.sh "$stage/usr/share/"
ln -s usr/share/init.sh "$stage/init"
mkdir -p "$2"
# shellcheck disable=SC2016 # expanded in there
(cd "$stage" && find . -mindepth 1 | LC_ALL=C sort) |
    "$root_sh" --run guest --bind "$stage" sh -c 'cd "$1" && busybox cpio -o -H newc' \
        sh "$stage" >"$packed.new" 2>"$stage.log" || { cat "$stage.log" >&2; exit 1; }
rm -f "$stage.log"
# Others of this kernel are of yesterday.
rm -f "$2/$release"-*.cpio
mv "$packed.new" "$packed"
