# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Joins rows, exceptions and proofs with the output of test programs. Set `form`
# (table or tap), `json` (a file) and `devices` (whose firmware is built); give
# each file behind part=rows, exceptions, proofs, results.
#
# A row is proven when cases name it and all of them passed. What else there can
# be is a failure, but for exceptions; so is data that does not fit together.

function problem(text) {
    problems[++problem_count] = text
}

function add_proof(id, program, name) {
    if (!(id in strength)) {
        problem(program ": \"" name "\" names a row that does not exist: " id)
        return
    }
    proof_count[id]++
    proof_program[id, proof_count[id]] = program
    proof_name[id, proof_count[id]] = name
}

# Strips "NUMBER" and "- " from what stands behind ok or not ok.
function case_name(text) {
    sub(/^(not )?ok +[0-9]+ *(- )?/, "", text)
    return text
}

BEGIN { FS = "\t" }

part != "results" && (/^#/ || /^$/) { next }

part == "rows" {
    if (NF != 6 || $1 in strength)
        problem("rows.tsv:" FNR ": not a row, or a second one of that name")
    ids[++row_count] = $1
    area[$1] = $2
    strength[$1] = $3
    binds[$1] = $4
    clause[$1] = $5
}

part == "exceptions" {
    if (NF != 2 || $2 == "")
        problem("exceptions.tsv:" FNR ": an identifier and a reason, no more")
    if (!($1 in strength))
        problem("exceptions.tsv:" FNR ": there is no row " $1)
    if ($1 in reason)
        problem("exceptions.tsv:" FNR ": " $1 " is excepted twice")
    reason[$1] = $2
}

# DIRECTORY/PROGRAM, name of the case, rows.
part == "proofs" {
    if (NF != 3)
        problem("proofs.tsv:" FNR ": a program, a case and its rows")
    n = split($3, named, " ")
    for (i = 1; i <= n; i++)
        add_proof(named[i], $1, $2)
}

part == "results" && /^#program / { program = substr($0, 10) }
part == "results" && /^#status / && $0 != "#status 0" && !failures[program] {
    problem(program " ended with status " substr($0, 9) ", but no case failed")
}
part == "results" && /^Bail out!/ {
    problem(program ": " $0)
    failures[program]++
}
part == "results" && /^#row / {
    name = substr($0, 6)
    id = name
    sub(/ .*/, "", id)
    add_proof(id, program, substr(name, length(id) + 2))
}
part == "results" && /^#offers / { offers[substr($0, 9)] = 1; told = 1 }
part == "results" && /^#lacks / { lacks[substr($0, 8)] = 1; told = 1 }
part == "results" && /^(not )?ok / {
    name = case_name($0)
    outcome[program, name] = /^not/ || tolower($0) ~ /# *skip/ ? "failed" : "ok"
    failures[program] += /^not/
}

# An exception for a feature holds while the card lacks it.
function check_features(id, list,    i, n, names) {
    sub(/;.*/, "", list)
    n = split(list, names, " ")
    for (i = 1; i <= n; i++) {
        if (names[i] in offers)
            note[id] = "excepted for " names[i] ", which the card offers"
        else if (!(names[i] in lacks))
            problem("exceptions.tsv: " id ": no feature is called " names[i])
    }
    if (n == 0)
        problem("exceptions.tsv: " id ": no feature is named")
}

function check_device(id, list,    i, n, names) {
    sub(/;.*/, "", list)
    n = split(list, names, " ")
    for (i = 1; i <= n; i++)
        if (index(" " devices " ", " " names[i] " "))
            note[id] = "excepted for " names[i] ", whose firmware is built"
}

function check_exception(id,    text) {
    text = reason[id]
    if (sub(/^feature not offered( yet)?: /, "", text))
        check_features(id, text)
    else if (sub(/^device not built: /, "", text))
        check_device(id, text)
    if (proof_count[id])
        note[id] = "excepted, but " proof_name[id, 1] " proves it"
    return note[id] == "" ? "excepted" : "failed"
}

# Sets note[id] where the result is a failure.
function result_of(id,    i, key) {
    if (id in reason)
        return check_exception(id)
    if (!proof_count[id])
        return "missing"
    for (i = 1; i <= proof_count[id]; i++) {
        key = proof_program[id, i] SUBSEP proof_name[id, i]
        if (!(key in outcome))
            note[id] = proof_program[id, i] " has no case \"" \
                proof_name[id, i] "\""
        else if (outcome[key] != "ok")
            note[id] = proof_program[id, i] ": " proof_name[id, i]
    }
    return note[id] == "" ? "proven" : "failed"
}

function quoted(text) {
    gsub(/\\/, "\\\\", text)
    gsub(/"/, "\\\"", text)
    return "\"" text "\""
}

function write_row(id,    i, text) {
    text = ""
    for (i = 1; i <= proof_count[id]; i++)
        text = text (i > 1 ? ", " : "") \
            quoted(proof_program[id, i] ": " proof_name[id, i])
    printf "    {\"id\": %s, \"area\": %s, \"strength\": %s, \"binds\": %s, ",
        quoted(id), quoted(area[id]), quoted(strength[id]),
        quoted(binds[id]) > json
    printf "\"clause\": %s, \"result\": %s, \"proof\": [%s]",
        quoted(clause[id]), quoted(result[id]), text > json
    if (id in reason)
        printf ", \"reason\": %s", quoted(reason[id]) > json
    if (note[id] != "")
        printf ", \"note\": %s", quoted(note[id]) > json
    printf "}" > json
}

function counts_of(where) {
    return sprintf("{\"proven\": %d, \"excepted\": %d, \"missing\": %d, " \
        "\"failed\": %d}", count[where, "proven"], count[where, "excepted"],
        count[where, "missing"], count[where, "failed"])
}

function write_json(    i) {
    printf "{\n  \"rows\": [\n" > json
    for (i = 1; i <= row_count; i++) {
        write_row(ids[i])
        printf "%s\n", (i < row_count ? "," : "") > json
    }
    printf "  ],\n  \"areas\": {" > json
    for (i = 1; i <= area_count; i++)
        printf "%s\n    %s: %s", (i > 1 ? "," : ""), quoted(areas[i]),
            counts_of(areas[i]) > json
    printf "\n  },\n  \"total\": %s,\n  \"problems\": [", counts_of("") > json
    for (i = 1; i <= problem_count; i++)
        printf "%s\n    %s", (i > 1 ? "," : ""), quoted(problems[i]) > json
    printf "%s]\n}\n", (problem_count ? "\n  " : "") > json
    close(json)
}

function print_tap(    i, id) {
    printf "1..%d\n", row_count + 1
    for (i = 1; i <= row_count; i++) {
        id = ids[i]
        printf "%sok %d - %s %s",
            (result[id] ~ /proven|excepted/ ? "" : "not "), i, id, strength[id]
        print result[id] == "excepted" ? " # SKIP " reason[id] : ""
        if (result[id] == "missing")
            print "#   neither proven nor excepted"
        if (note[id] != "")
            print "#   " note[id]
    }
    printf "%sok %d - rows, exceptions and proofs fit together\n",
        (problem_count ? "not " : ""), row_count + 1
    for (i = 1; i <= problem_count; i++)
        print "#   " problems[i]
}

function print_counts(where, name) {
    printf "%-6s %7d %9d %8d %7d\n", name, count[where, "proven"],
        count[where, "excepted"], count[where, "missing"],
        count[where, "failed"]
}

function print_reasons(    i, text, n, seen, order) {
    for (i = 1; i <= row_count; i++) {
        if (result[ids[i]] != "excepted")
            continue
        text = reason[ids[i]]
        if (!seen[text]++)
            order[++n] = text
        list[text] = list[text] " " ids[i]
    }
    print "\nexcepted:"
    for (i = 1; i <= n; i++)
        printf "%4d  %s:%s\n", seen[order[i]], order[i], list[order[i]]
}

function print_table(    i, id) {
    for (i = 1; i <= row_count; i++) {
        id = ids[i]
        printf "%-7s %-10s %-9s %s\n", id, strength[id], result[id], clause[id]
        if (note[id] != "")
            print "        " note[id]
    }
    print_reasons()
    print "\narea    proven  excepted  missing  failed"
    for (i = 1; i <= area_count; i++)
        print_counts(areas[i], areas[i])
    print_counts("", "all")
    for (i = 1; i <= problem_count; i++)
        print "problem: " problems[i]
}

END {
    if (!told)
        problem("no program told which features the card offers")
    for (i = 1; i <= row_count; i++) {
        id = ids[i]
        result[id] = result_of(id)
        count[area[id], result[id]]++
        count["", result[id]]++
        if (!area_seen[area[id]]++)
            areas[++area_count] = area[id]
    }
    write_json()
    if (form == "tap")
        print_tap()
    else
        print_table()
    exit count["", "missing"] + count["", "failed"] + problem_count != 0
}
