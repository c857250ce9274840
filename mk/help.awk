# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Prints the targets that carry a `##` comment, under the `##@` headings; a heading
# that several files use is printed once.

/^##@ / {
    heading = substr($0, 5)
}

/^[A-Za-z0-9_-]+:.*## / {
    if (!(heading in lines))
        order[++headings] = heading
    name = $0
    sub(/:.*/, "", name)
    sub(/.*## /, "")
    lines[heading] = lines[heading] sprintf("  make %-14s %s\n", name, $0)
}

END {
    for (i = 1; i <= headings; i++)
        printf "%s%s:\n%s", (i > 1 ? "\n" : ""), order[i], lines[order[i]]
}
