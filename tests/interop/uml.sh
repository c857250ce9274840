#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Linux itself as the driver: user-mode Linux, a process, with virtio_uml.
#
# usage: tests/interop/uml.sh smoke|full     TAP on standard output
#        tests/interop/uml.sh shell          a shell in it
#
# Environment: RINGLET, FIRMWARE, REPORTS, SEED.

here=$(dirname "$0")
# shellcheck source=tests/interop/lib.sh
. "$here/lib.sh"

server_pid=
port=

# linux WORD...: to be called in a subshell, which becomes it. Words that the
# kernel does not know are the guest's. uml_dir, or it looks for a place in the
# home folder and crashes when it cannot write there.
linux() {
    exec setpriv --pdeathsig KILL "$root_sh" --run uml --bind "$work" \
        --bind "$guest_init" linux.uml mem=128M uml_dir=/tmp/ rootfstype=hostfs rootflags=/ ro \
        "init=$guest_init" con=null con0=fd:0,fd:1 "virtio_uml.device=$socket:1" \
        "$@"
}

end_server() {
    [ -z "$server_pid" ] || kill -TERM "$server_pid" 2>/dev/null
    server_pid=
}
trap 'end_server; cleanup' EXIT

serves() {
    # A connection that is refused fails at once.
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null
}

# A web server with one file, and a program that hashes what it is sent.
start_server() { # KIB
    local try
    mkdir -p "$work/www/cgi-bin"
    head -c $(($1 * 1024)) /dev/urandom >"$work/www/file"
    sha256=$(sha256sum "$work/www/file")
    sha256=${sha256%% *}
    # shellcheck disable=SC2016 # the server expands it
    printf '#!/bin/sh\nprintf "Content-type: text/plain\\r\\n\\r\\n"\n%s\n' \
        'head -c "$CONTENT_LENGTH" | sha256sum' >"$work/www/cgi-bin/hash"
    chmod +x "$work/www/cgi-bin/hash"
    for try in 1 2 3 4 5; do
        port=$((20000 + SRANDOM % 20000))
        serves && continue
        setpriv --pdeathsig KILL "$root_sh" --run uml --bind "$work" \
            busybox httpd -f -p "127.0.0.1:$port" -h "$work/www" \
            >"$work/httpd.log" 2>&1 </dev/null &
        server_pid=$!
        wait_until 10 serves && ! gone $server_pid && return
        end_server
    done
    echo "# no web server after $try tries" >&2
    return 1
}

# boot NAME TITLE IN_ORDER KIB LIMIT [RINGLET-ARGUMENT]...
boot() {
    local name=$1 title=$2 in_order=$3 kib=$4 limit=$5
    shift 5
    start_ringlet "$name" --port slirp "$@" || { conclude "$title: starts" && return; }
    console=$reports/$name.client.log
    linux ringlet_do=check ringlet_in_order="$in_order" ringlet_port="$port" \
        ringlet_sha256="$sha256" ringlet_kib="$kib" >"$console" 2>&1 </dev/null &
    client_pid=$!
    # A guest whose device has gone complains for ever; a panic may not end it.
    if ! wait_until "$limit" guest_over; then
        note "the guest was not done after $limit seconds"
    elif ! log_has "$console" '^ringlet: end'; then
        note "the guest died: $(grep -aE 'panic|WARNING|ringlet: not ok' "$console" | head -n 1)"
    elif ! wait_until 10 gone $client_pid; then
        note "the guest does not power off"
    fi
    kill -TERM $client_pid 2>/dev/null
    wait $client_pid 2>/dev/null
    client_pid=
    guest_results "$title" "$console"
    log_has "$console" 'reboot: Power down' || note "no clean power-off"
    ! log_has "$console" 'WARNING|BUG:|is not a head' ||
        note "the kernel complains: $(grep -aE -m 1 'WARNING|BUG:|is not a head' "$console")"
    end_ringlet
    expect "errors" "$(report '.errors | length')" 0
    expect "IN_ORDER taken" "$(report '.features.taken | contains([35])')" \
        "$([ "$in_order" = 1 ] && echo true || echo false)"
    annotate client "Linux $kernel" title "$title" in_order "$in_order" \
        pair "HTTP and pings, $kib KiB$([ "${2-35}" = 35 ] || echo ", without bit $2")"
    conclude "$title: the card, power-off"
}
# shellcheck disable=SC2317 # called by wait_until
guest_over() {
    log_has "$console" '^ringlet: end|Kernel panic|^WARNING' || gone "$client_pid"
}

shell() {
    need_terminal
    start_ringlet uml-shell --port slirp --idle-timeout 1000000 || { tail -n 3 "$log" >&2; exit 1; }
    on_terminal "user-mode Linux" linux loglevel=2 ringlet_do=shell
}

guest_init=$(realpath "$here/uml-init")
"$root_sh" uml || exit 1
kernel=$("$root_sh" --run uml linux.uml --version)
case ${1-} in
shell) shell ;;
smoke)
    record=1
    start_server 128 || exit 1
    boot uml-smoke "Linux $kernel, in order" 1 128 40
    ;;
full)
    echo "# seed $seed: repeat with SEED=$seed"
    start_server 4096 || exit 1
    boot uml-in-order "Linux $kernel, in order" 1 4096 150
    boot uml-any-order "Linux $kernel, not in order" 0 4096 150 --mask-features 35
    boot uml-no-merge "Linux $kernel, no MRG_RXBUF" 1 512 90 --mask-features 15
    ;;
*)
    echo "usage: $0 smoke|full|shell" >&2
    exit 2
    ;;
esac
finish
