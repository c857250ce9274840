#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# DPDK's testpmd with net_virtio_user as the driver, of two versions.
#
# usage: tests/interop/dpdk.sh smoke|full [RUN]...     TAP on standard output
#
# RUN limits it to runs whose name has that text.
# Environment: RINGLET, FIRMWARE, REPORTS, SEED.

here=$(dirname "$0")
# shellcheck source=tests/interop/lib.sh
. "$here/lib.sh"

extent=${1-}
[ $# -eq 0 ] || shift
only=("$@")
# Not pinned: the simulation needs a processor too, and others may be there.
cpus=$(awk '/^Cpus_allowed_list/ { print $2 }' /proc/self/status)
# The vectorised code needs this of an x86 processor.
avx512=$(grep -qw avx512f /proc/cpuinfo && grep -qw avx512bw /proc/cpuinfo &&
    grep -qw avx512vl /proc/cpuinfo && echo 1 || echo 0)

# ---- testpmd ----

# To be called in a subshell, which becomes it. Its output comes line by line, or
# its answers would come late.
testpmd() { # VERSION ARGUMENT...
    local version=$1
    shift
    # Where it would leave files of its own.
    export RUNTIME_DIRECTORY=$work
    case $version in
    host) exec setpriv --pdeathsig KILL stdbuf -oL dpdk-testpmd "$@" ;;
    *)
        exec setpriv --pdeathsig KILL "$root_sh" --run "$version" --bind "$work" \
            stdbuf -oL dpdk-testpmd "$@"
        ;;
    esac
}

declare -A version_name

# Says what a version calls itself, "DPDK 22.11.11".
name_version() {
    version_name[$1]=$(testpmd "$1" --no-huge --no-pci --no-shconf -m 16 -v \
        -- --help 2>&1 </dev/null | sed -n "s/.*RTE Version: '\(.*\)'.*/\1/p")
    version_name[$1]=${version_name[$1]:-DPDK ($1)}
}

tell() { echo "$*" >&7; }

# Lines of the client's log so far; what is said later comes behind.
mark() { marked=$(wc -l <"$client"); }
said() { tail -n +$((marked + 1)) "$client" | grep -aqE -- "$1"; }

# ask COMMAND PATTERN: gives a command and waits for its answer.
ask() {
    mark
    tell "$1"
    wait_until 10 said_or_gone "$2" && said "$2" && return
    note "testpmd does not answer to '$1'"
    return 1
}
# shellcheck disable=SC2317 # called by wait_until
said_or_gone() { said "$1" || gone "$client_pid"; }

# figures: sets rx, tx, errors from the port's statistics.
figures() {
    local text
    ask "show port stats 0" 'Tx-pps' || return
    text=$(tail -n +$((marked + 1)) "$client")
    rx=$(sed -n 's/.*RX-packets: *\([0-9]*\).*/\1/p' <<<"$text" | tail -n 1)
    tx=$(sed -n 's/.*TX-packets: *\([0-9]*\).*/\1/p' <<<"$text" | tail -n 1)
    errors=$(sed -n 's/.*[RT]X-errors: *\([0-9]*\).*/\1/p' <<<"$text" |
        awk '{ n += $1 } END { print n + 0 }')
}

# start_client VERSION DEVARGS ARGUMENT...: until it waits for commands.
# --no-flush-rx: `start` would throw away the frames that are there already.
start_client() {
    local version=$1 devargs=$2
    shift 2
    client=$reports/$run.client.log
    rm -f "$work/commands"
    mkfifo "$work/commands"
    # Both ways, or opening would wait; held open until the end, for end-of-file
    # makes testpmd leave.
    exec 7<>"$work/commands"
    testpmd "$version" --lcores "0@($cpus),1@($cpus)" --no-huge -m 192 \
        --no-pci --no-telemetry --file-prefix=ringlet --force-max-simd-bitwidth=512 \
        --log-level='pmd.net.virtio.*:info' \
        --vdev "net_virtio_user0,path=$socket,packed_vq=1,$devargs" \
        -- -i --nb-cores=1 --no-mlockall --disable-link-check \
        --no-flush-rx --total-num-mbufs=8192 "$@" <"$work/commands" >"$client" 2>&1 7>&- &
    client_pid=$!
    wait_for_line "$client" '^testpmd>' 20 $client_pid && return
    note "testpmd does not start: $(grep -aiE 'error|fail|cause' "$client" | head -n 1)"
    return 1
}

# end_client: says goodbye, so that it closes its device.
end_client() {
    local code=0
    [ -n "$client_pid" ] || return 0
    tell quit
    if ! wait_until 10 gone "$client_pid"; then
        note "testpmd does not end"
        kill -TERM "$client_pid" 2>/dev/null
        wait_until 2 gone "$client_pid" || kill -KILL "$client_pid" 2>/dev/null
        wait "$client_pid" 2>/dev/null
    else
        wait "$client_pid" || code=$?
        [ $code -eq 0 ] || note "testpmd ended with status $code"
    fi
    client_pid=
    exec 7>&-
    ! log_has "$client" 'Segmentation|PANIC|no more packets|Invalid used' ||
        note "testpmd complains: $(grep -aE -m 1 'Segmentation|PANIC|Invalid used' "$client")"
}

stop_forwarding() {
    ask stop '^Done\.|not started' || return
    dropped=$(tail -n +$((marked + 1)) "$client" |
        sed -n 's/.*TX-dropped: *\([0-9]*\).*/\1/p' | tail -n 1)
}

# ---- Runs ----

# done_with TITLE DEVARGS VERSION: the client goes, the reports are compared.
done_with() {
    local in_order=1 path=scalar
    end_client
    end_ringlet
    expect "errors told" "$(report '.errors | length')" 0
    expect "wrong frames" "$(report '[.port | .lost, .doubled, .reordered, .corrupt] | add')" 0
    [[ $2 != *in_order=0* ]] || in_order=0
    expect "IN_ORDER taken" "$(report '.features.taken | contains([35])')" \
        "$([ $in_order = 1 ] && echo true || echo false)"
    [ -z "${flows-}" ] || expect "queues that were used" \
        "$(report '[.queues[] | select(.used_descriptors > 0)] | length')" \
        $((2 * ${2##*queues=}))
    flows=
    # What the driver says about its choice: it must be as the processor lets it.
    if [[ $2 == *vectorized=1* ]]; then
        path=vectorised
        ! log_has "$client" 'disabled packed ring vectorized' ||
            path="scalar, for the requirements of vectorised are not met"
        if [ "$avx512" = 1 ] && [ "$path" != vectorised ] && [[ $2 != *mrg_rxbuf=1* ]]; then
            note "no vectorised path although the processor has AVX-512"
        fi
        if [ "$avx512" = 0 ] && [ "$path" = vectorised ]; then
            note "testpmd does not say that it fell back to scalar code"
        fi
    fi
    annotate client "${version_name[$3]}" title "$1" in_order $in_order \
        pair "${1/in_order=[01] /}" devargs "$2" path "$path" \
        rx "${rx-}" tx "${tx-}" tx_dropped "${dropped-}"
    conclude "${version_name[$3]}: $1$([ "$path" = scalar ] || [ "$path" = vectorised ] ||
        echo " [$path]")"
}

begin() { # NAME VERSION DEVARGS RINGLET-ARGUMENTS TESTPMD-ARGUMENTS
    local port arguments
    rx='' tx='' dropped='' errors=''
    read -ra port <<<"$4"
    read -ra arguments <<<"${5-}"
    start_ringlet "$1" "${port[@]}" && start_client "$2" "$3" "${arguments[@]}"
}

# echoes NAME VERSION DEVARGS MODE FRAMES BYTES WINDOW [TESTPMD-ARGUMENTS [FLOWS]]
# Numbered frames go in and come back, forwarded by testpmd.
echoes() {
    local name=dpdk-$1-$2
    wanted "$name" || return 0
    if begin "$name" "$2" "$3" \
        "--port source --frames $5 --frame-bytes $6 --window $7 ${9:+--flows $9}" \
        "${8-}"; then
        tell "set fwd $4"
        ask start 'packet forwarding' &&
            { wait_for_line "$log" 'all frames are through' 60 "$ringlet_pid" ||
                note "not all frames came back in time"; }
        stop_forwarding
        figures
        expect "testpmd received" "$rx" "$5"
        expect "testpmd sent" "$tx" "$5"
        expect "testpmd dropped" "$dropped" 0
        expect "testpmd's errors" "$errors" 0
    fi
    flows=${9-}
    done_with "$4, $6 bytes, ${3//,/ }${8:+ $8}" "$3" "$2"
}

restart_port() { # TIMES
    local i
    for ((i = 0; i < $1; i++)); do
        sleep 0.2
        ask stop '^Done\.' &&
            ask "port stop 0" '^Done' &&
            ask "port start 0" '^Done' &&
            ask start 'packet forwarding' || return
    done
}

# receives NAME VERSION DEVARGS FRAMES BYTES [TIMES]
# TIMES the port is stopped and started meanwhile; then the driver throws away
# what is in its ring, by its own design.
receives() {
    local name=dpdk-$1-$2
    wanted "$name" || return 0
    if begin "$name" "$2" "$3" \
        "--port source --one-way --frames $4 --frame-bytes $5"; then
        tell "set fwd rxonly"
        ask start 'packet forwarding' && restart_port "${6:-0}" &&
            { wait_for_line "$log" 'all frames are through' 60 "$ringlet_pid" ||
                note "not all frames went in in time"; }
        wait_until_asleep
        stop_forwarding
        figures
        if [ -z "${6-}" ]; then
            expect "testpmd received" "$rx" "$4"
        elif [ "${rx:-0}" -gt "$4" ] || [ "${rx:-0}" -lt $(($4 - $6 * 256)) ]; then
            note "testpmd received $rx of $4, more or much less than its rings hold"
        fi
        expect "testpmd's errors" "$errors" 0
    fi
    done_with "rxonly, $5 bytes, ${3//,/ }${6:+, $6 port restarts}" "$3" "$2"
}

# sends NAME VERSION DEVARGS MODE SECONDS PORT [TESTPMD-ARGUMENTS [TIMES]]
# What testpmd says that it sent is what the port got, even when the port is
# stopped and started meanwhile.
sends() {
    local name=dpdk-$1-$2
    wanted "$name" || return 0
    if begin "$name" "$2" "$3" "$6" "${7-}"; then
        tell "set fwd $4"
        ask start 'packet forwarding' && restart_port "${8:-0}"
        sleep "$5"
        stop_forwarding
        wait_until_asleep
        figures
        expect "testpmd's errors" "$errors" 0
        [ "${tx:-0}" -gt 0 ] || note "testpmd has sent nothing"
    fi
    sent=$tx
    end_client
    end_ringlet
    expect "frames at the port" "$(report .port.frames_out)" "$sent"
    done_with "$4, ${3//,/ }${7:+ $7}${8:+, $8 port restarts}" "$3" "$2"
}

# loops NAME VERSION DEVARGS: frames go round and round, port and testpmd both
# send back what they get.
loops() {
    local name=dpdk-$1-$2
    wanted "$name" || return 0
    if begin "$name" "$2" "$3" "--port loop"; then
        tell "set fwd io"
        ask "start tx_first 2" 'packet forwarding'
        sleep 1
        stop_forwarding
        wait_until_asleep
        figures
        [ "${rx:-0}" -gt 64 ] || note "the frames do not go round"
        expect "testpmd's errors" "$errors" 0
    fi
    sent=$tx
    end_client
    end_ringlet
    expect "frames at the port" "$(report .port.frames_out)" "$sent"
    done_with "io against a loop, ${3//,/ }" "$3" "$2"
}

# dies NAME VERSION DEVARGS: the driver is killed while it sends; the next one
# finds a card that works.
dies() {
    local name=dpdk-$1-$2 before
    wanted "$name" || return 0
    if begin "$name" "$2" "$3" "--port sink --clients 2"; then
        tell "set fwd txonly"
        ask start 'packet forwarding'
        sleep 0.3
        kill -KILL "$client_pid"
        wait "$client_pid" 2>/dev/null
        wait_for_line "$log" 'driver 1 has left' 10 "$ringlet_pid" ||
            note "ringlet does not see that its driver was killed"
        exec 7>&-
        if start_client "$2" "$3"; then
            tell "set fwd txonly"
            ask start 'packet forwarding'
            sleep 0.3
            stop_forwarding
            wait_until_asleep
            figures
            expect "testpmd's errors" "$errors" 0
            [ "${tx:-0}" -gt 0 ] || note "the second testpmd has sent nothing"
        fi
    fi
    end_client
    end_ringlet
    expect "connections" "$(report .client.connections)" 2
    before=$(($(report .port.frames_out) - ${tx:-0}))
    [ $before -gt 0 ] || note "the port got $before frames of the first testpmd"
    done_with "txonly, killed and started again, ${3//,/ }" "$3" "$2"
}

smoke() {
    local v=host record=1
    echoes io $v in_order=1,mrg_rxbuf=0,queue_size=256 io 1500 64-1514 32
    echoes macswap $v in_order=0,mrg_rxbuf=1,queue_size=128 macswap 1000 60-1514 32
    sends flowgen $v in_order=1,mrg_rxbuf=0,queue_size=256 flowgen 1 \
        "--port sink --flows 64" --flowgen-flows=64
    sends chain $v in_order=1,mrg_rxbuf=0,queue_size=256 txonly 0.3 "--port sink" \
        --txpkts=64,200,1000,250
}

full() {
    local v=$1 order merge size base
    for order in 1 0; do
        for merge in 0 1; do
            base=in_order=$order,mrg_rxbuf=$merge
            for size in 256 128 96; do
                echoes "io-o$order-m$merge-q$size" "$v" "$base,queue_size=$size" \
                    io 1500 60-1514 32
            done
            base+=,queue_size=256
            echoes "macswap-o$order-m$merge" "$v" "$base" macswap 1500 60-1514 64
            echoes "vector-o$order-m$merge" "$v" "$base,vectorized=1" io 1500 60-1514 64
            receives "rx-o$order-m$merge" "$v" "$base" 2000 60-1514
            sends "tx-o$order-m$merge" "$v" "$base" txonly 1 "--port sink" --txpkts=60
            sends "chain-o$order-m$merge" "$v" "$base" txonly 1 "--port sink" \
                --txpkts=64,200,1000,250
            sends "flowgen-o$order-m$merge" "$v" "$base" flowgen 1 \
                "--port sink --flows 100" --flowgen-flows=100
            sends "retry-o$order-m$merge" "$v" "$base" "flowgen retry" 0.5 \
                "--port sink --flows 100" --flowgen-flows=100
            loops "loop-o$order-m$merge" "$v" "$base"
            receives "rx-restart-o$order-m$merge" "$v" "$base" 3000 60-1514 3
            sends "tx-restart-o$order-m$merge" "$v" "$base" flowgen 0.3 \
                "--port sink --flows 100" --flowgen-flows=100 3
        done
        echoes "small-o$order" "$v" "in_order=$order,mrg_rxbuf=1,queue_size=256" io 1500 \
            60-1514 32 "--mbuf-size=512 --enable-scatter"
        dies "killed-o$order" "$v" "in_order=$order,mrg_rxbuf=1,queue_size=256"
        # Several flows, which the card spreads over the pairs.
        for size in 2 4; do
            echoes "pairs$size-o$order" "$v" \
                "in_order=$order,mrg_rxbuf=1,queue_size=256,queues=$size" io 1500 \
                60-1514 32 "--rxq=$size --txq=$size" 16
        done
    done
    # Odd sizes once: the code that sees them is the same in all versions.
    [ "$v" = host ] || return
    base=in_order=1,mrg_rxbuf=0,queue_size=256
    for size in 60 64 65 127 128 256 1024 1513 1514; do
        echoes "size$size" "$v" "$base" io 400 "$size-$size" 32
    done
}

case $extent in
smoke) versions=host ;;
full) versions="host trixie" ;;
*)
    echo "usage: $0 smoke|full [RUN]..." >&2
    exit 2
    ;;
esac
echo "# seed $seed: repeat with SEED=$seed"
# Reports of runs that exist no more would be counted with the new ones.
[ ${#only[@]} -gt 0 ] || [ "$extent" = smoke ] || rm -f "$reports"/dpdk-*
for version in $versions; do
    [ "$version" = host ] || "$root_sh" "$version" || exit 1
    name_version "$version"
    if [ "$extent" = smoke ]; then smoke; else full "$version"; fi
done
finish
