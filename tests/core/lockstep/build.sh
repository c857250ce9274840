#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Makes OUT/lockstep: the model of the sources and the C around it.
# usage: build.sh OUT SOURCE.sv... -- OBJECT.o...
# Environment: VERILATOR, MAKE, CXX, LOCKSTEP_CXXFLAGS, LOCKSTEP_LDFLAGS;
# LOCKSTEP_WARN, Verilator's options for warnings.

set -euo pipefail

out=$1
shift
sources=()
while [ "$1" != -- ]; do
    sources+=("$1")
    shift
done
shift
read -ra warn <<<"${LOCKSTEP_WARN:--Wall}"
read -ra flags <<<"$LOCKSTEP_CXXFLAGS"
read -ra ldflags <<<"$LOCKSTEP_LDFLAGS"
parts=(verilated.o verilated_dpi.o verilated_threads.o)

mkdir -p "$out/obj"
"$VERILATOR" --cc --build -j 1 "${warn[@]}" --assert -O3 +define+RISCV_FORMAL \
    --x-assign fast --x-initial fast \
    -MAKEFLAGS "OPT_FAST=-O2 OPT_SLOW=-O1 -s" \
    --Mdir "$out/obj" --top-module lockstep_top "${sources[@]}"
"$MAKE" -s --no-print-directory -C "$out/obj" -f Vlockstep_top.mk "${parts[@]}"
"$CXX" "${flags[@]}" -I"$out/obj" -DVTOP=Vlockstep_top \
    -DVTOP_HEADER='"Vlockstep_top.h"' \
    -c -o "$out/verilated.o" sim/model/verilated.cpp
"$CXX" "${ldflags[@]}" -o "$out/lockstep" "$@" "$out/verilated.o" \
    "$out/obj/Vlockstep_top__ALL.a" "${parts[@]/#/$out/obj/}" -lpthread
