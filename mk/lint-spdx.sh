#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Names each source file that lacks one of the two SPDX lines near its top.

set -euo pipefail

status=0
while IFS= read -r file; do
    case $file in
    *.c | *.h | *.cc | *.cpp | *.S | *.ld | *.sv | *.svh | *.v | *.vlt) ;;
    *.mk | *.sh | *.py | *.awk | *.list | Makefile | .ci/run) ;;
    *) continue ;;
    esac
    for tag in License-Identifier:\ Apache-2.0 FileCopyrightText:; do
        if [ -e "$file" ] && ! head -n 5 "$file" | grep -q "SPDX-$tag"; then
            echo "$file: no SPDX-${tag%%:*} line" >&2
            status=1
        fi
    done
done < <(git ls-files -co --exclude-standard)
exit $status
