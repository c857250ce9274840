#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Runs mutants of the firmware, several at a time, and tells which test killed
# which. Fails when too few are killed, when one cannot be made, when one survives
# that survivors.tsv does not name, and when one is killed that it does name.
#
# usage: run.sh all JSON | one NAME | tap [NAME]
#
# Environment, from mutate.mk: CC and the variables MUTATE_*, among them MUTATE_JOBS
# and MUTATE_OUT, where `links` says what to link.

set -euo pipefail

least=90 # percent of all mutants
here=$(dirname "$0")
out=$MUTATE_OUT
mkdir -p "$out"
exec 9>"$out/lock" # two runs would share directories
flock 9
mode=$1
shift

list=$out/list
awk -f "$here/mutants.awk" "$here"/*.txt >"$list"

# baseline: nothing that follows means anything unless the firmware passes.
baseline() {
    "$here/one.sh" baseline
    grep -q $'^baseline\t-\tsurvived' "$out/mutants/baseline/result" && return
    cut -f 3-5 "$out/mutants/baseline/result" >&2
    tail -n 40 "$out/mutants/baseline/output" >&2
    echo "mutate: the firmware as it is does not pass" >&2
    return 1
}

# run_all: mutants named on standard input; their lines on standard output.
run_all() {
    local names=()
    mapfile -t names
    printf '%s\n' "${names[@]}" | xargs -P "$MUTATE_JOBS" -n 1 "$here/one.sh" >&2
    for name in "${names[@]}"; do
        cat "$out/mutants/$name/result"
    done
}

# verdict: adds what the outcome means, good or a complaint, to each line.
verdict() {
    awk -F '\t' -v OFS='\t' -v known="$here/survivors.tsv" \
        -v card="${MUTATE_CARD:-}" '
        BEGIN {
            while ((getline line < known) > 0)
                if (line !~ /^#/ && split(line, part, "\t") >= 3)
                    reason[part[1]] = part[2] ": " part[3]
        }
        { say = "good"; why = "" }
        $3 == "error" { say = $5 }
        $3 == "survived" && !($1 in reason) { say = "survives, and survivors.tsv does not say why" }
        $3 == "survived" && $1 in reason { why = reason[$1] }
        $3 == "survived" && card != "" && why ~ /^card:/ { say = "survives on the card, too" }
        $3 == "killed" && $1 in reason && !($4 ~ /^card\// && reason[$1] ~ /^card:/) {
            say = "is killed, but stands in survivors.tsv" }
        { print $0, say, why }'
}

table() {
    awk -F '\t' '
        { file = $2; sub(/^firmware\//, "", file)
          if (file != last) print (NR > 1 ? "\n" : "") file
          last = file
          if ($3 == "killed") text = $4 ": " $5
          else if ($3 == "survived") text = "SURVIVED " ($8 != "" ? "(" $8 ")" : "")
          else text = "ERROR " $5
          printf "  %-30s %s\n", $1, text }'
}

json() {
    awk -F '\t' -v list="$list" '
        function string(s) { gsub(/\\/, "\\\\", s); gsub(/"/, "\\\"", s)
                             gsub(/[\001-\037]/, " ", s); return "\"" s "\"" }
        BEGIN { while ((getline line < list) > 0) { split(line, p, "\t"); what[p[1]] = p[4] } }
        { count[$3]++
          text = text (NR > 1 ? ",\n" : "") "    {\"name\": " string($1) \
              ", \"file\": " string($2) ", \"what\": " string(what[$1]) \
              ", \"outcome\": " string($3) \
              ($3 == "killed" ? ", \"by\": " string($4) ", \"how\": " string($5) : "") \
              ($8 != "" ? ", \"reason\": " string($8) : "") ", \"ms\": " $6 "}" }
        END { printf "{\n  \"mutants\": %d, \"killed\": %d, \"survived\": %d, \"errors\": %d,\n", \
                  NR, count["killed"], count["survived"], count["error"]
              printf "  \"results\": [\n%s\n  ]\n}\n", text }'
}

case $mode in
all)
    baseline
    cut -f 1 "$list" | run_all | verdict >"$out/results"
    table <"$out/results"
    json <"$out/results" >"$1"
    awk -F '\t' -v least=$least -v known="$here/survivors.tsv" '
        { count[$3]++; name[$1] = 1 }
        $3 == "killed" { split($4, by, "/"); suite[by[1]]++ }
        $7 != "good" { bad = bad "mutate: " $1 ": " $7 "\n" }
        END {
            while ((getline line < known) > 0)
                if (line !~ /^#/ && split(line, part, "\t") && !(part[1] in name))
                    bad = bad "mutate: survivors.tsv names " part[1] ", which is none\n"
            printf "\n%d mutants, %d killed (%.1f %%), %d survived, %d errors; by suite:", \
                NR, count["killed"], 100 * count["killed"] / NR, count["survived"], count["error"]
            for (s in suite) printf " %s %d", s, suite[s]
            print ""
            if (100 * count["killed"] < least * NR)
                bad = bad "mutate: fewer than " least " % are killed\n"
            printf "%s", bad
            exit bad != ""
        }' "$out/results"
    ;;
one)
    baseline
    echo "$1" | run_all | verdict >"$out/one"
    cat "$out/mutants/$1/diff" 2>/dev/null || true
    IFS=$'\t' read -r name _ outcome _ _ ms say reason <"$out/one"
    [ "$outcome" != killed ] || tail -n 30 "$out/mutants/$1/output"
    [ "$outcome" != error ] || cat "$out/mutants/$1/log"
    echo
    table <"$out/one"
    echo "  $ms ms"
    [ "$say" = good ] || { echo "mutate: $name $say $reason"; exit 1; }
    ;;
tap)
    mapfile -t names < <(
        if [ $# -gt 0 ]; then echo "$1"; else
            awk -F '\t' '$3 == "smoke" { print $1 }' "$list"; fi)
    echo "1..$((${#names[@]} + 2))"
    baseline || { echo "Bail out! the firmware as it is does not pass"; exit 1; }
    echo "ok 1 - the firmware as it is passes"
    : >"$out/misfits.new"
    while read -r name; do
        awk -v name="$name" -f "$here/mutants.awk" "$here"/*.txt 2>&1 >/dev/null |
            sed 's/^/# /' >>"$out/misfits.new" || true
    done < <(cut -f 1 "$list")
    mv "$out/misfits.new" "$out/misfits"
    misfits=$(wc -l <"$out/misfits")
    [ "$misfits" -eq 0 ] || printf 'not '
    echo "ok 2 - all $(wc -l <"$list") mutants can be made"
    cat "$out/misfits"
    printf '%s\n' "${names[@]}" | run_all | verdict | awk -F '\t' -v misfits="$misfits" '
        { ok = $7 == "good" && $3 == "killed"
          printf "%sok %d - %s\n", ok ? "" : "not ", NR + 2, $1
          print "# " ($3 == "killed" ? "killed by " $4 ": " $5 : $3 ": " $7)
          if (!ok) bad = 1 }
        END { exit bad || misfits > 0 }'
    ;;
*)
    echo "$0: unknown mode $mode" >&2
    exit 2
    ;;
esac
