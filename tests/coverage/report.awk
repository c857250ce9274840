# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Reads a tracefile of lcov, prints lines and branches of each file and of each
# folder. Fails when a folder named in `floor` ("folder percent") has a smaller
# part of its branches covered. root: what the names of files begin with.

function percent(hit, all) { return all ? 100 * hit / all : 100 }
function row(name, lh, lf, bh, bf) {
    printf "%-36s %5d %6.1f %% %9d %6.1f %%\n", name, lf, percent(lh, lf), \
        bf, percent(bh, bf)
}

BEGIN {
    FS = ":"
    split(floor, limit, " ")
    printf "%-36s %5s %8s %9s %8s\n", "", "lines", "covered", "branches", \
        "covered"
}
/^SF:/ { file = substr($2, length(root) + 2); lf = lh = bf = bh = 0 }
/^LF:/ { lf = $2 }
/^LH:/ { lh = $2 }
/^BRF:/ { bf = $2 }
/^BRH:/ { bh = $2 }
/^end_of_record/ {
    folder = file
    sub(/\/[^\/]*$/, "", folder)
    if (!(folder in lines))
        order[++folders] = folder
    row(file, lh, lf, bh, bf)
    lines[folder] += lf; lines_hit[folder] += lh
    branches[folder] += bf; branches_hit[folder] += bh
}
END {
    for (i = 1; i <= folders; i++) {
        folder = order[i]
        row(folder "/", lines_hit[folder], lines[folder], \
            branches_hit[folder], branches[folder])
    }
    part = percent(branches_hit[limit[1]], branches[limit[1]])
    if (!branches[limit[1]] || part < limit[2]) {
        printf "coverage: %.1f %% of the branches in %s, not %s %%\n", part, \
            limit[1], limit[2]
        exit 1
    }
}
