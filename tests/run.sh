#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Runs test suites one after the other and counts what they report. A suite is a
# make target run-NAME that prints TAP on standard output. The last line is
# always "N passed, N failed"; tests/README.md tells what counts as what.
#
# usage: tests/run.sh [--make COMMAND] [--logs DIR] [--build TARGET]
#                     [--known "NAME..."] [--limit SECONDS] NAME[/CASE]...

set -uo pipefail

make="make"
logs=build/test-logs
build=
known=
limit=${TEST_TIMEOUT:-1800}
while [ $# -gt 0 ]; do
    case $1 in
    --make) make=$2 ;;
    --logs) logs=$2 ;;
    --build) build=$2 ;;
    --known) known=" $2 " ;;
    --limit) limit=$2 ;;
    --*) echo "$0: unknown option $1" >&2 && exit 2 ;;
    *) break ;;
    esac
    shift 2
done
read -ra make <<<"$make"
here=$(dirname "$0")

total_passed=0
total_failed=0
total_skipped=0
failed_suites=()
job=

export CMOCKA_MESSAGE_OUTPUT=TAP
unset CMOCKA_XML_FILE

# shellcheck disable=SC2317 # called by the trap
interrupted() {
    [ -z "$job" ] || kill -TERM -- "-$job" 2>/dev/null
    echo >&2
    echo "interrupted" >&2
    exit 130
}
trap interrupted INT TERM

# finish: prints the totals as the last line and exits accordingly.
finish() {
    if [ "$total_passed" -eq 0 ] && [ "$total_failed" -eq 0 ]; then
        echo "no test ran, which counts as a failure"
        total_failed=1
    fi
    [ "$total_skipped" -eq 0 ] || echo "$total_skipped skipped"
    [ ${#failed_suites[@]} -eq 0 ] || echo "failed: ${failed_suites[*]}"
    echo "$total_passed passed, $total_failed failed"
    [ "$total_failed" -eq 0 ]
    exit
}

# progress NAME SECONDS TAP: on a terminal, one line that moves; elsewhere a
# sign of life every minute.
progress() {
    local count
    if [ -t 1 ]; then
        count=$(grep -cE '^(not )?ok' "$3" 2>/dev/null)
        printf '\r\033[K  %-12s running  %5d results %5d s' \
            "$1" "${count:-0}" "$2"
    elif [ "$2" -gt 0 ] && [ $(($2 % 60)) -eq 0 ] && [ "$2" -ne "$beat" ]; then
        beat=$2
        count=$(grep -cE '^(not )?ok' "$3" 2>/dev/null)
        printf '  %-12s running  %5d results %5d s\n' "$1" "${count:-0}" "$2"
    fi
}

# run NAME LOG TAP MAKE-ARGUMENT...: sets `status` (124: over the limit) and
# `elapsed`. Standard output goes to both files, the rest to the log. The job has
# a process group of its own, so that nothing of it outlives the limit.
run() {
    local name=$1 log=$2 tap=$3 began=$SECONDS started=${EPOCHREALTIME/[.,]/}
    local nap=0.05 pid
    shift 3
    : >"$log"
    : >"$tap"
    beat=0
    set -m
    { "${make[@]}" --no-print-directory "$@" 2>>"$log" | tee -a "$tap" >>"$log"
    } </dev/null &
    pid=$!
    job=$pid
    set +m
    status=
    while kill -0 "$pid" 2>/dev/null; do
        if [ $((SECONDS - began)) -ge "$limit" ]; then
            echo "# stopped after the limit of $limit seconds" >>"$log"
            kill -TERM -- "-$job" 2>/dev/null
            sleep 1
            kill -KILL -- "-$job" 2>/dev/null
            wait "$pid" 2>/dev/null
            status=124
            break
        fi
        progress "$name" $((SECONDS - began)) "$tap"
        sleep "$nap"
        [ $((SECONDS - began)) -lt 2 ] || nap=0.5
    done
    if [ -z "$status" ]; then
        wait "$pid" 2>/dev/null
        status=$?
    fi
    # What a suite left behind in its group must not disturb the next one.
    kill -KILL -- "-$job" 2>/dev/null
    job=
    elapsed=$((${EPOCHREALTIME/[.,]/} - started))
    elapsed=$((elapsed / 1000000)).$((elapsed / 100000 % 10))
    [ ! -t 1 ] || printf '\r\033[K'
}

# run_suite NAME[/CASE]: runs it, prints its outcome, adds to the totals.
run_suite() {
    local suite=${1%%/*} case="" log tap passed failed skipped problem
    [[ $1 != */* ]] || case=${1#*/}
    log=$logs/${1//\//.}.log
    tap=${log%.log}.tap
    run "$1" "$log" "$tap" "run-$suite" ${case:+"ONLY=$case"}

    IFS=$'\t' read -r passed failed skipped problem < <(
        awk -v status="$status" -v limit="$limit" -f "$here/tap.awk" "$tap")
    if [ -z "$problem" ]; then
        passed=0 failed=1 skipped=0 problem="its results could not be read"
    fi
    total_passed=$((total_passed + passed))
    total_failed=$((total_failed + failed))
    total_skipped=$((total_skipped + skipped))

    printf '  %-12s %-8s %5d passed' "$1" \
        "$([ "$failed" -eq 0 ] && echo ok || echo FAILED)" "$passed"
    [ "$failed" -eq 0 ] || printf ', %d failed' "$failed"
    [ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped"
    printf '  %s s\n' "$elapsed"
    grep -aiE '^# *seed' "$tap" | awk 'NR <= 4 { print "    " $0 }
        END { if (NR > 4) print "    # ... " NR - 4 " more seeds in the log" }'
    [ "$failed" -gt 0 ] || return

    failed_suites+=("$1")
    # A failed result, the seed of its program, and what was said just before it
    # and behind it.
    awk -v max=60 -v before=10 '
        function say(text) { if (n++ < max) print "    " text }
        /^1\.\./ && results { seed = ""; results = 0 }
        tolower($0) ~ /^# *seed/ { seed = $0; results = 0; next }
        /^not ok/ && !/# *[Ss][Kk][Ii][Pp]/ {
            if (seed != "")
                say(seed)
            seed = ""
            for (i = noted > before ? noted - before : 0; i < noted; i++)
                say(note[i])
            say($0)
            show = 1
            noted = 0
            results++
            next
        }
        /^(not )?ok|^1\.\./ { results += !/^1/; show = noted = 0; next }
        show { say($0) }
        !show && /^#/ { note[noted++] = $0 }' "$tap"
    if [ "$problem" != - ]; then
        echo "    $problem; the log ends with"
        tail -n 25 "$log" | sed 's/^/    | /'
    fi
    echo "    full log: $log"
}

if [ $# -eq 0 ]; then
    echo "no test suite is named"
    finish
fi
if [ -n "$known" ]; then
    for name in "$@"; do
        if [[ $known != *" ${name%%/*} "* ]]; then
            echo "there is no suite ${name%%/*}; there are:$known"
            total_failed=1
            finish
        fi
    done
fi
mkdir -p "$logs"
if [ -n "$build" ]; then
    run build "$logs/build.log" "$logs/build.tap" -k "$build"
    rm -f "$logs/build.tap"
    printf '  %-12s %-8s %s s\n' build \
        "$([ "$status" -eq 0 ] && echo ok || echo FAILED)" "$elapsed"
    if [ "$status" -ne 0 ]; then
        # Suites that do not need what failed still run.
        total_failed=1
        failed_suites+=(build)
        tail -n 25 "$logs/build.log" | sed 's/^/    | /'
        echo "    full log: $logs/build.log"
    fi
fi
for name in "$@"; do
    run_suite "$name"
done
finish
