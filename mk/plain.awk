# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Copies SystemVerilog to directory `out` and writes what yosys does not know so
# that it does:
# - what is in a package becomes global (so no two packages have a name in common);
# - the name of a function takes the place of `return`, behind which nothing may
#   follow;
# - $bits of a structure becomes a sum;
# - a constant of two packed dimensions gets one;
# - a structure that is assigned as a whole, field by name, is assigned by fields.
# usage: awk -v out=DIR -f plain.awk PACKAGE... MODULE...

# An expression: a range may hold parameters.
function width_of(text) {
    sub(/ *\/\/.*/, "", text)
    if (match(text, /\[.*:0\]/)) return substr(text, RSTART + 1, RLENGTH - 4) " + 1"
    sub(/^ */, "", text)
    sub(/ .*/, "", text)
    return text in bits ? bits[text] : 1
}

# `NAME = '{FIELD: VALUE, ...};` in one line, with `assign` before it or `<` before `=`.
function by_fields(text,    head, operator, target, depth, i, c, piece) {
    head = text ~ /^ *assign / ? "  assign " : "  "
    operator = text ~ /^[^=]*</ ? " <= " : " = "
    target = text
    sub(/^ *(assign )?/, "", target)
    sub(/ .*/, "", target)
    sub(/^[^{]*{/, "", text)
    sub(/};$/, "", text)
    text = text ","
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (index("({[", c)) depth++
        if (index(")}]", c)) depth--
        if (c == "," && depth == 0) {
            sub(/^ */, "", piece)
            sub(/: /, operator, piece)
            print head target "." piece ";" >to
            piece = ""
        } else {
            piece = piece c
        }
    }
}

FNR == 1 {
    name = FILENAME
    sub(/.*\//, "", name)
    to = out "/" name
    printf "" >to
}
/^ *(import .*;|package .*;|endpackage)$/ { next }
/^ *typedef struct packed/ { sum = "0"; inside = 1 }
inside && /^    [a-z].*;/ { sum = sum " + " width_of($0) }
inside && /^ *} / { type = $2; sub(/;.*/, "", type); bits[type] = sum; inside = 0 }
/^ *typedef (logic|enum)/ {
    type = $0
    if (/;/) {
        sub(/;.*/, "", type)
        sub(/.* /, "", type)
        bits[type] = width_of($0)
    } else {
        pending = width_of($0)
    }
}
/^ *} [a-z_]*_e;/ { type = $2; sub(/;.*/, "", type); bits[type] = pending }
/^ *function / {
    fn = $0
    sub(/ *\(.*/, "", fn)
    sub(/.* /, "", fn)
}
/^ *return / { sub(/return /, fn " = ") }
/localparam logic \[5:0\]\[63:0\] HasBit/ { sub(/\[5:0\]\[63:0\]/, "[383:0]") }
/^ *(assign )?[a-z_0-9]+ *<?= '{/ { joining = 1; joined = "" }
joining {
    sub(/^ */, "")
    joined = joined " " $0
    if (/};$/) {
        by_fields(joined)
        joining = 0
    }
    next
}
{
    sub(/HasBit\[b\]\[NumTags-1:0\]/, "HasBit[64*b+:NumTags]")
    gsub(/rl_[a-z_]*pkg::/, "")
    while (match($0, /\$bits\([a-z_]*_t\)/)) {
        type = substr($0, RSTART + 6, RLENGTH - 7)
        if (!(type in bits)) {
            print FILENAME ": no width of " type >"/dev/stderr"
            exit 1
        }
        $0 = substr($0, 1, RSTART - 1) "(" bits[type] ")" substr($0, RSTART + RLENGTH)
    }
    print >to
}
