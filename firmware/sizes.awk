# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Sizes of a firmware image and its worst-case stack.
#   size -A IMAGE | awk -v name=IMAGE -v stack=BYTES -f sizes.awk - LISTING
#
# LISTING is the disassembly of the image, library included: frames are what
# prologues take off sp, calls are jal, jalr through a known register pair
# (auipc) and jumps to other functions. A call through a pointer may reach any
# device function, or from the C library its own stream functions. Fails when
# the stack does not fit or a call chain is recursive.

FNR == NR {
    if ($1 == ".text") code = $2
    if ($1 == ".data") data = $2
    if ($1 == ".bss") bss = $2
    next
}

/^[0-9a-f]+ <.*>:$/ {
    fn = $2
    gsub(/[<>:]/, "", fn)
    frame[fn] = 0
    next
}

# The library saves registers through helpers that move sp themselves.
fn ~ /^__riscv_(save|restore)/ { next }

# The start-up code sets sp; the rest takes its frame off it.
$2 ~ /^(c\.)?addi?(16sp)?$/ && $3 ~ /^sp,sp,-/ && fn !~ /^(_start|trap_entry)$/ {
    split($3, part, ",")
    frame[fn] += -part[3]
    next
}

($2 == "jal" || $2 == "j" || $2 == "call" || $2 == "tail" || $2 == "jalr" ||
 $2 ~ /^b/) && /<[^>]+>/ {
    to = $0
    sub(/^.*</, "", to)
    sub(/[+>].*$/, "", to)
    if (to ~ /^__riscv_save_/) {
        regs = to
        sub(/^__riscv_save_/, "", regs)
        frame[fn] += regs <= 3 ? 16 : regs <= 7 ? 32 : regs <= 11 ? 48 : 64
    } else if (to !~ /^__riscv_restore_/ && to != fn) {
        calls[fn] = calls[fn] " " to
    }
    next
}

# Through a pointer; jalr to t0 and jr ra are returns.
($2 == "jalr" || $2 == "jr") && $3 !~ /^(ra|t0|zero)/ {
    indirect[fn] = 1
}

function pointer_targets(from,    f, list) {
    for (f in frame) {
        if (from ~ /^_/ || from ~ /(printf|puts|flush|fwrite)/) {
            if (f ~ /^__s(write|read|eek|close)$/ || f == "__swrite")
                list = list " " f
        } else if (f ~ /^(net|blk|console|entropy)_/) {
            list = list " " f
        }
    }
    return list
}

function depth(f, level,    n, to, i, best, d) {
    if (f in known)
        return known[f]
    if (f in busy || level > 60) {
        recursive[f] = 1
        return 0
    }
    busy[f] = 1
    n = split(calls[f] (f in indirect ? pointer_targets(f) : ""), to, " ")
    best = 0
    for (i = 1; i <= n; i++) {
        d = depth(to[i], level + 1)
        if (d > best) {
            best = d
            deepest[f] = to[i]
        }
    }
    delete busy[f]
    known[f] = frame[f] + best
    return known[f]
}

END {
    worst = depth("_start", 0)
    trap = depth("trap_entry", 0)
    if (trap > worst)
        worst = trap
    path = "_start"
    for (f = "_start"; f in deepest && ++hops < 40; f = deepest[f])
        path = path " > " deepest[f]
    printf "  %s: code %d, data %d, bss %d, worst stack %d of %d bytes" \
           " (memories 65536 each)\n", name, code, data, bss, worst, stack
    printf "  deepest: %s\n", path
    for (f in recursive)
        printf "  recursive: %s (counted once)\n", f
    if (worst > stack) {
        printf "%s: worst-case stack %d does not fit %d bytes:" \
               " raise FW_STACK_BYTES in firmware/firmware.mk\n", \
               name, worst, stack
        exit 1
    }
}
