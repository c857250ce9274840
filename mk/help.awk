# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Prints the targets that carry a `##` comment, under the `##@` headings.

/^##@ / {
    heading = substr($0, 5)
}

/^[A-Za-z0-9_-]+:.*## / {
    if (heading != "")
        printf "%s%s:\n", (shown++ ? "\n" : ""), heading
    heading = ""
    name = $0
    sub(/:.*/, "", name)
    sub(/.*## /, "")
    printf "  make %-14s %s\n", name, $0
}
