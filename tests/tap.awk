# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Judges the TAP output of one suite, which may be that of several programs in
# a row, each with its plan. Prints, with tabs between:
#   passed  failed  skipped  what is wrong with the suite as a whole, or "-"
# Set `status`, the exit status of the suite, and `limit`, its time limit.

# Ends the program whose results were read last: its plan must fit.
function close_block() {
    if (block_planned < 0 && block_results > 0)
        unplanned++
    if (block_planned >= 0 && block_planned != block_results && !misfit)
        misfit = block_results " results, but " block_planned " planned"
    block_planned = -1
    block_results = 0
}

BEGIN {
    plans = passed = failed = skipped = 0
    empty = bail = disorder = unplanned = 0
    misfit = ""
    block_planned = -1
    block_results = 0
}

{ sub(/\r$/, "") }

/^1\.\.[0-9]+([ \t]|$)/ {
    plans++
    n = substr($1, 4) + 0
    if (n == 0) {
        if (tolower($0) ~ /# *skip/)
            skipped++
        else
            empty++
    }
    if (block_planned < 0 && block_results > 0) {
        # The plan at the end of a program.
        block_planned = n
        close_block()
    } else {
        close_block()
        block_planned = n
    }
}

/^Bail out!/ { bail++ }

/^(not )?ok([ \t]|$)/ {
    bad = /^not/
    number = bad ? $3 : $2
    numbered = number ~ /^[0-9]+$/
    # cmocka: a group's own set-up or tear-down, not one of the planned tests.
    if (bad && numbered && number == 0) {
        failed++
        next
    }
    # The next program, one with its plan at the end.
    if (block_planned == block_results && numbered && number == 1)
        close_block()
    block_results++
    if (numbered && number + 0 != block_results)
        disorder++
    # cmocka prints a skipped test as "not ok N # SKIP".
    if (tolower($0) ~ /# *skip/)
        skipped++
    else if (bad)
        failed++
    else
        passed++
}

END {
    close_block()
    problem = ""
    if (status == 124)
        problem = "stopped after the limit of " limit " seconds"
    else if (bail)
        problem = "the suite bailed out"
    else if (plans == 0 || unplanned)
        problem = "no plan line"
    else if (misfit)
        problem = misfit
    else if (empty)
        problem = "a plan of no tests"
    else if (disorder)
        problem = "results are not numbered in order"
    else if (status != 0 && failed == 0)
        problem = "no test failed"
    if (problem == "") {
        problem = "-"
    } else {
        failed++
        problem = problem " (exit status " status ")"
    }
    printf "%d\t%d\t%d\t%s\n", passed, failed, skipped, problem
}
