#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Tests the test runner: suites that pass, fail, crash, hang or lie, and what
# the runner's last line and exit status say of them.

set -uo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES TEST_TIMEOUT GNUMAKEFLAGS
count=0
bad=0

printf '%s\n' '-include suites.mk' 'all: ;' '%:' '	@bash ./$*.sh' \
    >"$work/Makefile"

# suite NAME: its body, a shell script, comes on standard input.
suite() { cat >"$work/run-$1.sh"; }

# runner ARGUMENT...: its output in $output, its exit status in $status.
runner() {
    output=$(cd "$work" && "$root/tests/run.sh" --logs logs "$@" 2>&1)
    status=$?
}

verdict() {
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $count - $2"
    else
        bad=$((bad + 1))
        echo "not ok $count - $2"
        printf '%s\n' "$output" "exit status $status" | sed 's/^/# /'
    fi
}

# expect WHAT PASSED FAILED ARGUMENT...: runs the runner.
expect() {
    local what=$1 line="$2 passed, $3 failed" good=0 want_status
    want_status=$(($3 > 0))
    shift 3
    runner "$@"
    [ "${output##*$'\n'}" = "$line" ] || good=1
    [ "$(grep -cE '^[0-9]+ passed, [0-9]+ failed$' <<<"$output")" -eq 1 ] ||
        good=1
    [ "$status" -eq "$want_status" ] || good=1
    verdict $good "$what: $line"
}

# shows WHAT TEXT: the last run's output holds it.
shows() {
    local good=0
    grep -qF -- "$2" <<<"$output" || good=1
    verdict $good "$1"
}

# hides WHAT TEXT: it does not.
hides() {
    local good=0
    ! grep -qF -- "$2" <<<"$output" || good=1
    verdict $good "$1"
}

suite good <<'S'
printf '1..3\nok 1 - a\nok 2 - b\nok 3 - c\n'
S
suite late <<'S'
printf 'ok 1 - a\nok 2 - b\n1..2\n'
S
suite bare <<'S'
printf '1..2\nok\nok\n'
S
suite bad <<'S'
printf '1..3\nok 1 - a\nnot ok 2 - broken thing\n# saw 7\nok 3 - c\n# later\n'
exit 1
S
suite noted <<'S'
printf '1..1\n# seed 1\nok 1 - a\n# of a\n1..2\n# seed 2: SEED=2\nok 1 - a\n'
printf '# of the first\nok 2 - b\n1..3\n# seed 3: SEED=3\n# of a\nok 1 - a\n'
printf '# saw 8\nnot ok 2 - b\nok 3 - c\n1..1\nnot ok 1 - d\n'
S
suite quiet <<'S'
printf '1..2\nok 1 - a\nnot ok 2 - b\n'
S
suite crash <<'S'
printf '1..3\nok 1 - a\n'
echo "last words" >&2
kill -SEGV $$
S
suite exit <<'S'
printf '1..1\nok 1 - a\n'
exit 3
S
suite noplan <<'S'
printf 'ok 1 - a\nok 2 - b\n'
S
suite short <<'S'
printf '1..3\nok 1 - a\nok 2 - b\n'
S
suite long <<'S'
printf '1..1\nok 1 - a\nok 2 - b\n'
S
suite silent <<'S'
exit 0
S
suite empty <<'S'
printf '1..0\n'
S
suite bail <<'S'
printf '1..1\nok 1 - a\nBail out! no device\n'
S
suite order <<'S'
printf '1..3\nok 1 - a\nok 1 - a\nok 3 - c\n'
S
suite twice <<'S'
printf '1..2\nok 1 - a\nok 2 - b\n1..1\nok 1 - c\n'
S
suite both <<'S'
printf '1..2\nok 1 - a\nok 2 - b\nok 1 - c\n1..1\n'
S
suite partly <<'S'
printf '1..1\nok 1 - a\nok 1 - b\n'
S
suite balance <<'S'
printf '1..3\nok 1 - a\nok 2 - b\n1..1\nok 1 - c\nok 2 - d\n'
S
suite skip <<'S'
printf '1..3\nok 1 - a\nok 2 # SKIP no card\nnot ok 3 # SKIP c\n'
S
suite allskip <<'S'
printf '1..0 # SKIP no card\n'
S
suite fixture <<'S'
printf '1..2\nok 1 - a\nok 2 - b\nnot ok 0 - group TEARDOWN\n# not ok - group\n'
exit 1
S
suite words <<'S'
printf '1..1\nokay then\nnot okay\n    ok 1 - inner\n# ok 5\nok 1 - a\r\n'
S
suite mixed <<'S'
printf '1..1\nok 1 - a\n'
printf 'not ok 2 - on standard error\nok 3 - as well\n' >&2
S
suite glued <<'S'
printf '1..2\nok 1 - a\nno newlineok 2 - b\n'
S
suite hang <<'S'
printf '1..1\nok 1 - a\n'
sleep 60
S
suite orphan <<'S'
printf '1..1\nok 1 - a\n'
(sleep 0.5 && touch survived) >/dev/null 2>&1 &
S
suite seed <<'S'
printf '1..1\n# seed 4711: make test T=seed SEED=4711\nok 1 - a\n'
S
suite input <<'S'
printf '1..1\n'
read -r line && printf 'not '
printf 'ok 1 - standard input is empty\n'
S
suite cmocka <<'S'
printf '1..1\n'
[ "${CMOCKA_MESSAGE_OUTPUT-}" = TAP ] || printf 'not '
printf 'ok 1 - the form of output is set\n'
S
cat >"$work/suites.mk" <<'S'
.PHONY: run-only run-builds broken
run-only:
	@printf '1..1\n'; [ '$(ONLY)' = wrap/flips ] || printf 'not '; \
	echo 'ok 1 - only $(ONLY)'
run-builds: broken
	@printf '1..1\nok 1 - a\n'
broken:
	@echo "file.c:1: error: no" >&2; exit 1
S

expect "a good suite" 3 0 good
expect "suites add up" 8 0 good late twice
expect "results without number or name" 2 0 bare
expect "a failed test" 2 1 bad
shows "the failed test is shown" "not ok 2 - broken thing"
shows "so is its diagnosis" "# saw 7"
hides "what follows the next result is not" "# later"
shows "the log is named" "full log: logs/bad.log"
expect "two failed tests of four programs" 5 2 noted
block=$'    # seed 3: SEED=3\n    # saw 8\n    not ok 2 - b\n    not ok 1 - d\n'
shows "each with its seed and what was said before it" "$block"
expect "a failed test with exit status 0" 1 1 quiet
expect "a failing suite does not stop the rest" 5 1 bad good
expect "a crash" 1 1 crash
shows "the end of the log is shown" "last words"
expect "exit status alone" 1 1 exit
expect "no plan" 2 1 noplan
expect "too few results" 2 1 short
expect "too many results" 2 1 long
expect "no output" 0 1 silent
expect "a plan of nothing" 0 1 empty
expect "a bail-out" 1 1 bail
expect "a number twice" 3 1 order
expect "a plan before and a plan behind" 3 0 both
expect "a second program without a plan" 2 1 partly
expect "one program short, the next one long" 4 1 balance
expect "skipped tests count as neither" 1 0 skip
shows "but are told" "2 skipped"
expect "nothing but skipped" 0 1 allskip
expect "a suite skipped beside another" 3 0 allskip good
expect "cmocka's group fixture fails" 2 1 fixture
expect "lines that only look alike" 1 0 words
expect "standard error is no result" 1 0 mixed
expect "a result glued to other output" 1 1 glued
expect "over the time limit" 1 1 --limit 1 hang
shows "the limit is told" "limit of 1 seconds"
expect "a process left behind" 1 0 orphan
sleep 0.7
good=0
[ ! -e "$work/survived" ] || good=1
verdict $good "it is stopped"
expect "a seed" 1 0 seed
shows "is shown of a good suite too" "# seed 4711"
expect "standard input" 1 0 input
expect "cmocka's output" 1 0 cmocka
expect "one case of a suite" 1 0 only/wrap/flips
expect "a suite that does not build" 0 1 builds
shows "shows the compiler's message" "file.c:1: error: no"
expect "no suite at all" 0 1
expect "a target that is not there" 0 1 nowhere
expect "a name that is not known" 0 1 --known "good bad" goood
shows "the known ones are listed" "good bad"
expect "a failing build beside a good suite" 3 1 --build broken good
expect "a good build" 3 0 --build all good
expect "another make" 0 1 --make "make -f missing" good

echo "1..$count"
[ $bad -eq 0 ]
