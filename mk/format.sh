#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Formats the C lines that changed since a commit; new files wholly.
#
# usage: mk/format.sh [--check] [--binary CLANG_FORMAT] [COMMIT]

set -euo pipefail

check=0
binary=clang-format
while [ $# -gt 0 ]; do
    case $1 in
    --check) check=1 ;;
    --binary) binary=$2 && shift ;;
    *) break ;;
    esac
    shift
done
base=${1:-HEAD}
status=0

# Reads on file descriptor 3, for git-clang-format may read standard input.
changed() { git diff --name-only --diff-filter=d "$base" -- '*.c' '*.h' '*.cpp'; }
untracked() {
    git ls-files -o --exclude-standard -- '*.c' '*.h' '*.cpp'
}

if [ -n "$(changed)" ]; then
    if [ $check -eq 1 ]; then
        diff=$(git clang-format --binary "$(command -v "$binary")" --diff \
            "$base" -- '*.c' '*.h' '*.cpp') || true
        if [[ $diff == *$'\n@@ '* ]]; then
            printf '%s\n' "$diff"
            status=1
        fi
    else
        git clang-format --force --binary "$(command -v "$binary")" "$base" \
            -- '*.c' '*.h' '*.cpp' || true
    fi
fi
while IFS= read -r file; do
    if [ $check -eq 1 ]; then
        "$binary" --dry-run --Werror "$file" || status=1
    else
        "$binary" -i "$file"
    fi
done < <(untracked)
[ $status -eq 0 ] || echo "lint-format: run make format" >&2
exit $status
