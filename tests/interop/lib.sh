# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Shared by the suites with drivers of others; sourced. Results in TAP, the
# program `ringlet` as vhost-user or vfio-user server started and awaited, limits
# on all waiting.
#
# A run is a name, a ringlet and a client. Its JSON goes to $reports/NAME.json,
# with what the suite knows of the client under "run"; what the two have printed
# goes to $reports/NAME.*.log.

set -uo pipefail

ringlet=${RINGLET:-build/ringlet}
firmware=${FIRMWARE:-build/firmware/net.elf}
reports=${REPORTS:-build/interop}
root_sh=mk/root.sh
seed=${SEED:-$((SRANDOM % 1000000000))}
protocol=vhost-user
idle_seconds=20 # with nothing moving, before ringlet gives up

count=0
status=0
run=          # name of the run that is going on
notes=()      # what was wrong in it
record=       # 1: write the run down and repeat it
recording=
ringlet_pid=
client_pid=
others=()     # more processes to be ended, should this one end early
only=()       # texts: runs whose names have one of them; none: all

mkdir -p "$reports"
work=$(mktemp -d "${TMPDIR:-/tmp}/ringlet-interop.XXXXXX")
socket=$work/card.sock

result() { # ok|not ok, name
    count=$((count + 1))
    echo "$1 $count - $2"
    [ "$1" = ok ] || status=1
}

finish() {
    echo "1..$count"
    exit $status
}

# One by one: a process may have ended by itself.
end_processes() {
    local pid
    for pid in $client_pid $ringlet_pid "${others[@]}"; do
        kill -KILL "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    client_pid=
    ringlet_pid=
}

cleanup() {
    end_processes
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 143' INT TERM HUP

note() { notes+=("$*"); }

# A long wait in small steps, as nothing tells when a file changes.
# wait_until SECONDS COMMAND...: status 1 when it never succeeded in time.
wait_until() {
    local until=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))
    shift
    until "$@"; do
        [ "${EPOCHREALTIME/[.,]/}" -lt $until ] || return 1
        sleep 0.05
    done
}

gone() { ! kill -0 "$1" 2>/dev/null; }

log_has() { grep -qaE -- "$2" "$1" 2>/dev/null; }

# wait_for_line FILE PATTERN SECONDS PID: status 1 when the time was over or the
# process had ended before it came.
wait_for_line() {
    wait_until "$3" line_or_end "$@" && log_has "$1" "$2"
}
line_or_end() { log_has "$1" "$2" || gone "$4"; }

# The processor time of a process, in clock ticks.
ticks_of() { awk '{ print $14 + $15 }' "/proc/$1/stat" 2>/dev/null; }

# Waits until the simulation sleeps: all frames that it was given are through.
wait_until_asleep() {
    local before now calm=0 limit=$((SECONDS + 20))
    before=$(ticks_of "$ringlet_pid")
    while [ $calm -lt 3 ] && [ $SECONDS -lt $limit ]; do
        sleep 0.15
        now=$(ticks_of "$ringlet_pid")
        [ "${now:-0}" -gt $((${before:-0} + 1)) ] && calm=0 || calm=$((calm + 1))
        before=$now
    done
}

# start_ringlet NAME [ARGUMENT]...
# With `record` set, the run is written down and end_ringlet repeats it.
start_ringlet() {
    run=$1
    notes=()
    shift
    log=$reports/$run.ringlet.log
    json=$reports/$run.json
    recording=${record:+$reports/$run.rec}
    rm -f "$json" "$reports/$run".* "$socket"
    # pdeathsig: this script may be killed with no time to clean up.
    setpriv --pdeathsig KILL "$ringlet" "$protocol" --socket "$socket" \
        --firmware "$firmware" --clients 1 --idle-timeout $idle_seconds --seed "$seed" \
        --json "$json" ${recording:+--record "$recording"} "$@" >"$log" 2>&1 </dev/null &
    ringlet_pid=$!
    wait_for_line "$log" '^ringlet: waiting for a driver' 20 $ringlet_pid &&
        return
    note "ringlet does not wait for a driver"
    return 1
}

# end_ringlet: it ends by itself when the client has gone.
end_ringlet() {
    local code=0
    [ -n "$ringlet_pid" ] || return 0
    if ! wait_until 15 gone "$ringlet_pid"; then
        note "ringlet does not end after its client"
        end_processes
        return 1
    fi
    wait "$ringlet_pid" || code=$?
    ringlet_pid=
    [ $code -eq 0 ] || note "ringlet ended with status $code"
    [ -z "$recording" ] || replay
}

# The recorded run once more, without its client: the same to its last cycle. The
# recording of a run that failed is kept.
replay() {
    "$ringlet" replay --recording "$recording" --json "$json.replay" \
        >"$reports/$run.replay.log" 2>&1 </dev/null ||
        note "the recording is not repeated: $(grep -a '^ringlet' "$reports/$run.replay.log")"
    expect "cycles of the replay" "$(jq .totals.cycles "$json.replay" 2>/dev/null)" \
        "$(report .totals.cycles)"
    [ ${#notes[@]} -gt 0 ] || rm -f "$recording" "$json.replay"
}

# Runs a query on the report; prints nothing when there is none.
report() { jq -r "$1" "$json" 2>/dev/null; }

# expect NAME VALUE EXPECTED
expect() { [ "$2" = "$3" ] || note "$1: ${2:-nothing} instead of $3"; }

# wanted NAME: one of the texts in `only` is in it, or there are none.
wanted() {
    local text
    [ ${#only[@]} -gt 0 ] || return 0
    for text in "${only[@]}"; do
        [[ $1 != *"$text"* ]] || return 0
    done
    return 1
}

need_terminal() {
    [ ! -t 0 ] || return 0
    echo "${0##*/}: standard input is no terminal" >&2
    exit 2
}

# on_terminal WHAT COMMAND...: runs it with the terminal, which it may set to raw and
# not live to undo; then ends with its status and what the card said last.
on_terminal() {
    local what=$1 saved code=0
    shift
    saved=$(stty -g)
    # Beside this shell, which hears of a terminal that goes away only while it waits.
    ("$@" 2>"$work/terminal.err") <&0 &
    client_pid=$!
    wait $client_pid || code=$?
    client_pid=
    stty "$saved"
    if [ $code -ne 0 ]; then
        echo "${0##*/}: $what ended with status $code:" >&2
        tail -n 5 "$work/terminal.err" >&2
    fi
    wait_until 5 gone "$ringlet_pid"
    tail -n 5 "$log" | grep -v '^seed'
    exit $code
}

# guest_results TITLE CONSOLE: turns what a guest said into results.
guest_results() {
    local line
    while IFS= read -r line; do
        line=${line%$'\r'}
        case $line in
        "ringlet: ok "*) result ok "$1: ${line#ringlet: ok }" ;;
        "ringlet: not ok "*)
            result "not ok" "$1: ${line#ringlet: not ok }"
            echo "#   logs: $reports/$run.*.log"
            ;;
        esac
    done < <(grep -a '^ringlet: ' "$2")
}

# annotate KEY VALUE...: what the suite knows, into the report.
annotate() {
    local arguments=() filter=.
    [ -s "$json" ] || return 0
    while [ $# -ge 2 ]; do
        arguments+=(--arg "$1" "$2")
        filter+="| .run.$1 = \$$1"
        shift 2
    done
    jq "${arguments[@]}" "$filter" "$json" >"$json.new" && mv "$json.new" "$json"
}

# conclude TITLE: the result of the run, with its notes.
conclude() {
    local text
    if [ ${#notes[@]} -eq 0 ]; then
        result ok "$1"
        return
    fi
    result "not ok" "$1"
    for text in "${notes[@]}"; do
        echo "#   $text"
    done
    [ ! -s "$log" ] || grep -aE '^ringlet: ' "$log" | tail -n 4 | sed 's/^/#   /'
    echo "#   logs: $reports/$run.*.log"
}
