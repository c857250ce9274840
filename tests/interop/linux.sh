#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Linux in a virtual machine of an unmodified QEMU, whose PCI bus has the card by
# vfio-user. What is done in the guest: guest/init.sh.
#
# usage: tests/interop/linux.sh smoke|full [RUN]...    TAP on standard output
#        tests/interop/linux.sh shell                  a shell in it
#
# RUN limits it to runs whose name has that text. All runs in a network namespace
# of its own: the card's network is a TAP interface with a web server behind it.
# Environment: RINGLET, FIRMWARE, FAULTY, REPORTS, GUESTS, SEED; SLOW=N multiplies
# the limits on time, for a machine that has other things to do.

here=$(dirname "$0")
# The process stays the same, so its number tells that it has been here.
if [ "${RINGLET_NETNS-}" != "$$" ]; then
    # In there nothing can be fetched any more.
    mk/root.sh qemu && mk/root.sh guest || exit 1
    export RINGLET_NETNS=$$ XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache}
    as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo -E)
    exec "${as_root[@]}" unshare --net "$0" "$@"
fi
# shellcheck source=tests/interop/lib.sh
. "$here/lib.sh"

extent=${1-}
[ $# -eq 0 ] || shift
only=("$@")
protocol=vfio-user
slow=${SLOW:-1}
idle_seconds=$((300 * slow))
faulty=${FAULTY:-build/cosim/faulty.elf}
guests=${GUESTS:-build/interop-guest}
servers=()  # of the network behind the card
card=net    # what is tried: its steps are in guest/$card.sh
kernel=qemu # mk/root.sh's root that has the guest's kernel
prefix=     # of the names of runs, for that kernel

trap 'end_servers; cleanup' EXIT

# ---- The network ----

end_servers() {
    local pid
    for pid in "${servers[@]}"; do
        kill -TERM "$pid" && wait "$pid"
    done 2>/dev/null
    servers=()
}

# shellcheck disable=SC2317 # called by wait_until
serves() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

serve() { # PORT COMMAND...
    local port=$1
    shift
    setpriv --pdeathsig KILL "$root_sh" --run guest --bind "$work" "$@" \
        >"$work/$1.log" 2>&1 </dev/null &
    servers+=($!)
    wait_until 20 serves "$port" && return
    echo "# $1 does not listen at port $port" >&2
    return 1
}

# A web server with one file, a program that hashes what it is sent and one that
# counts how often it was asked; and a server of iperf3.
start_network() { # KIB
    end_servers
    ip link set lo up
    kib=$1
    mkdir -p "$work/www/cgi-bin"
    head -c $((kib * 1024)) /dev/urandom >"$work/www/file"
    sha256=$(sha256sum "$work/www/file")
    sha256=${sha256%% *}
    # shellcheck disable=SC2016 # the server expands it
    printf '#!/bin/sh\nprintf "Content-type: text/plain\\r\\n\\r\\n"\n%s\n' \
        'head -c "$CONTENT_LENGTH" | sha256sum' >"$work/www/cgi-bin/hash"
    printf '#!/bin/sh\nprintf "Content-type: text/plain\\r\\n\\r\\n"\n%s\n' \
        "echo >>$work/boots && wc -l <$work/boots" >"$work/www/cgi-bin/boots"
    chmod +x "$work/www/cgi-bin"/*
    serve 8080 busybox httpd -f -p 8080 -h "$work/www" && serve 5201 iperf3 -s
}

# The card's interface has come with ringlet and goes with it.
plug_in() {
    # More probes than usual, as in the guest and for its reason.
    if ! ip ntable change name arp_cache dev tap0 ucast_probes 60 mcast_probes 60 ||
        ! ip addr add 10.9.0.1/24 dev tap0 || ! ip link set tap0 up; then
        note "the TAP interface cannot be set up"
    fi
}

# ---- The machine ----

declare -A vmlinuz initrd release
console_options=(-serial stdio)
# On a busy machine a guest measures its timers wrongly; these count real time.
kernel_options="no_timer_check clocksource=hpet tsc=unstable"

# prepare ROOT: its kernel, and a guest to run on it.
prepare() {
    local lines
    [ -z "${vmlinuz[$1]-}" ] || return 0
    mapfile -t lines < <("$here/guest/pack.sh" "$1" "$guests")
    [ ${#lines[@]} -eq 2 ] && [ -s "${lines[1]}" ] || return 1
    release[$1]=${lines[0]##*/vmlinuz-}
    # QEMU's root has only this folder of ours.
    vmlinuz[$1]=$work/$1.vmlinuz
    initrd[$1]=$work/$1.cpio
    cp "${lines[0]}" "${vmlinuz[$1]}" && cp "${lines[1]}" "${initrd[$1]}"
}

# qemu ARGUMENT...: to be called in a subshell, which becomes it. Not with KVM,
# which some machines have only half.
qemu() {
    exec setpriv --pdeathsig KILL "$root_sh" --run qemu --bind "$work" \
        qemu-system-x86_64 -nodefaults -no-user-config -display none "${console_options[@]}" \
        -accel tcg -M q35,memory-backend=mem0 -m 384 \
        -object memory-backend-memfd,id=mem0,size=384M,share=on "$@"
}

# machine STEPS WORDS SOCKET...
machine() {
    local steps=$1 words=$2 path n=0 devices=()
    shift 2
    # A port of its own for each, as a slot of a real machine has.
    for path; do
        devices+=(-device "pcie-root-port,id=port$n,chassis=$n" -device
            "{'driver': 'vfio-user-pci', 'bus': 'port$n', 'x-msg-timeout': 60000,
              'socket': {'type': 'unix', 'path': '$path'}}")
        n=$((n + 1))
    done
    qemu -kernel "${vmlinuz[$kernel]}" -initrd "${initrd[$kernel]}" \
        -append "console=ttyS0 panic=-1 loglevel=4 $kernel_options ringlet_device=$card ringlet_do=$steps $words" \
        "${devices[@]}"
}

# ---- Runs ----

# shellcheck disable=SC2317 # called by wait_until
guest_over() {
    log_has "$console" '^ringlet: end|Kernel panic' || gone "$client_pid"
}

# Of what guests say of transfers: rate on the wall, bits, cycles of the card.
transfers=({download,upload,iperf_tx,iperf_rx}{,_bits,_cycles})

figure() { sed -n "s/^ringlet: figure $1 \([0-9.]*\).*/\1/p" "$console" | tail -n 1; }

# await_guest LIMIT: until it has powered off.
await_guest() {
    if ! wait_until $(($1 * slow)) guest_over; then
        note "the guest was not done after $(($1 * slow)) seconds"
    elif ! log_has "$console" '^ringlet: end'; then
        note "the guest died: $(grep -aE 'panic|WARNING|ringlet: not ok' "$console" | head -n 1)"
    elif ! wait_until 20 gone "$client_pid"; then
        note "the guest does not power off"
    fi
    kill -TERM "$client_pid" 2>/dev/null
    wait "$client_pid" 2>/dev/null
    client_pid=
    log_has "$console" 'reboot: Power down' || note "no clean power-off"
    ! log_has "$console" 'WARNING|BUG:|is not a head' ||
        note "the kernel complains: $(grep -aE -m 1 'WARNING|BUG:|is not a head' "$console")"
}

# begin NAME TITLE [RINGLET-ARGUMENT]...: the card is there, the guest can be started.
# Status 1 when it cannot, or is not wanted. Sets title and console.
begin() {
    wanted "linux-$prefix$1" || return
    run=linux-$prefix$1
    title=$2
    shift 2
    notes=()
    rm -f "$work/boots"
    if ! prepare "$kernel"; then
        note "no guest could be made"
        conclude "$title"
        return 1
    fi
    title="Linux ${release[$kernel]%%+*}, $title"
    console=$reports/$run.client.log
    start_ringlet "$run" --port tap:tap0 "$@" && return
    conclude "$title: starts"
    return 1
}

# end_card [QUERY]: the card's own account. QUERY: true when its error counters are
# as they should be, which is mostly that there are none.
end_card() {
    end_ringlet
    expect "errors" "$(report '.errors | length')" 0
    [ "$(report ".card_errors | ${1:-. == {\}}")" = true ] ||
        note "errors of the card: $(report '.card_errors | tojson')"
    expect "broken rules of PCI Express" "$(report .totals.violations)" 0
    expect "remarks" "$(report '.remarks | length')" 0
    expect "refused messages" "$(report .client.refused)" 0
}

# describe TITLE [KEY VALUE]...: what the suite knows of the run, into its report.
describe() {
    local title=$1
    shift
    annotate machine QEMU client "Linux ${release[$kernel]}" title "$title" \
        boot_ms "$boot_ms" "$@"
}

start_guest() { # STEPS WORDS SOCKET...
    local began=${EPOCHREALTIME/[.,]/}
    machine "$@" >"$console" 2>&1 </dev/null &
    client_pid=$!
    wait_for_line "$console" '^ringlet: up' $((200 * slow)) $client_pid
    boot_ms=$(((${EPOCHREALTIME/[.,]/} - began) / 1000))
}

# boot NAME TITLE STEPS WORDS LIMIT [RINGLET-ARGUMENT]...
boot() {
    local name=$1 title=$2 steps=$3 words=$4 limit=$5 key figures
    shift 5
    begin "$name" "$title" "$@" || return
    plug_in
    start_guest "$steps" "$words ringlet_sha256=$sha256 ringlet_kib=$kib" "$socket"
    await_guest "$limit"
    guest_results "$title" "$console"
    end_card "${card_errors-}"
    figures=(in_order "$(report 'if .features.taken | contains([35]) then 1 else 0 end')")
    for key in "${transfers[@]}"; do
        figures+=("$key" "$(figure "$key")")
    done
    describe "$title" "${figures[@]}"
    # Of either kind: no run but one without a driver does without.
    [ "$steps" = refused ] || [ "$(report '.totals.interrupts_per_packet > 0')" = true ] ||
        note "no interrupt was counted"
    conclude "$title: the card, power-off"
}

# Two cards, two servers, one bridge between them.
boot_pair() { # LIMIT
    local title first first_pid first_log first_json
    begin pair "two cards" || return
    first=$socket first_pid=$ringlet_pid first_log=$log first_json=$json
    socket=$work/second.sock
    others=("$ringlet_pid")
    if ! start_ringlet "$run-b" --port tap:tap1; then
        conclude "$title: starts"
        end_processes
        others=() socket=$first
        return
    fi
    if ! ip link add br0 type bridge || ! ip link set br0 up ||
        ! ip link set tap0 master br0 up || ! ip link set tap1 master br0 up; then
        note "the cards cannot be connected"
    fi
    start_guest pair,quiet "ringlet_kib=2048" "$first" "$socket"
    await_guest "$1"
    guest_results "$title" "$console"
    end_card
    describe "$title, second"
    conclude "$title: the second card, power-off"
    ringlet_pid=$first_pid log=$first_log json=$first_json socket=$first run=${run%-b}
    others=()
    notes=()
    end_card
    describe "$title, first"
    conclude "$title: the first card"
    ip link del br0
}

# A driver of the old kind, by way of the BIOS: network boot code, which knows no
# packed rings. It does not get the card, and Linux finds it whole after that.
boot_rom() { # LIMIT
    local title bios
    begin netboot "after network boot code" --clients 2 || return
    plug_in
    bios=$reports/$run.bios.log
    # No kernel: that would be booted first.
    qemu -machine graphics=off -device "pcie-root-port,id=port0,chassis=0" -device \
        "{'driver': 'vfio-user-pci', 'bus': 'port0', 'x-msg-timeout': 60000, 'bootindex': 1,
          'romfile': 'pxe-virtio.rom', 'socket': {'type': 'unix', 'path': '$socket'}}" \
        >"$bios" 2>&1 </dev/null &
    client_pid=$!
    if ! wait_for_line "$bios" 'No more network devices' $(($1 * slow)) $client_pid; then
        note "the network boot code does not give up"
    elif ! log_has "$bios" 'Could not open net0: Invalid argument'; then
        note "the network boot code says nothing of a refusal"
    fi
    kill -TERM $client_pid 2>/dev/null
    wait $client_pid 2>/dev/null
    client_pid=
    conclude "network boot code, which wants split rings, does not get the card"
    notes=()
    start_guest up,pci,pings,quiet "" "$socket"
    await_guest "$1"
    guest_results "$title" "$console"
    end_card
    expect "connections" "$(report .client.connections)" 2
    describe "$title"
    conclude "$title: the card, power-off"
}

# What is plugged into the card is taken away: it says so, and does not spin.
unplug() {
    local ticks
    wanted linux-unplugged || return
    start_ringlet linux-unplugged --port tap:tap0
    if ! ip link set tap0 up || ! ip link del tap0; then
        note "the TAP interface cannot be taken away"
    fi
    sleep 1
    ticks=$(ticks_of "$ringlet_pid")
    sleep 2
    ticks=$(($(ticks_of "$ringlet_pid") - ticks))
    [ "$ticks" -lt 100 ] || note "$ticks ticks of the processor in two seconds"
    kill -TERM "$ringlet_pid"
    wait "$ringlet_pid"
    log_has "$log" 'the TAP interface is gone' || note "it does not say that the interface is gone"
    ringlet_pid=
    conclude "a TAP interface that goes away"
}

shell() {
    local title
    need_terminal
    start_network 1024 && idle_seconds=1000000 && begin shell "a shell" || exit 1
    plug_in
    # The guest's console has the terminal to itself.
    console_options=(-chardev "stdio,id=console,signal=off" -serial chardev:console)
    on_terminal QEMU machine shell loglevel=2 "$socket"
}

core=up,pci,pings,http,link,interrupts
life=rebind,reload,flr

# all_runs IN_ORDER: all that is tried with each kernel; IN_ORDER 1: it knows that.
all_runs() {
    start_network 8192 || exit 1
    boot whole "packed rings" $core,flood,iperf,$life,pings,quiet \
        "ringlet_flood=10000 ringlet_rebind=50 ringlet_in_order=$1" 400
    start_network 1024 || exit 1
    boot intx "INTx" $core,$life,quiet \
        "pci=nomsi ringlet_msi=0 ringlet_rebind=3 ringlet_in_order=$1" 200
    card_errors='(.["restarts of the core"] == 3) and (del(.["restarts of the core", "reads that the watchdog answered"]) == {})'
    boot crash "firmware that fails" up,pings,crash,pings,quiet "" 150 --firmware "$faulty"
    card_errors=
    boot reboot "reboot under traffic" up,reboot,pci,pings,http,quiet "ringlet_in_order=$1" 150
    boot refused "a driver for split rings" refused "" 100 --mask-features 34
    boot_pair 200
}
case $extent in
shell) shell ;;
smoke)
    record=1
    start_network 512 || exit 1
    boot smoke "short" $core,$life,quiet "ringlet_rebind=2" 300
    record=
    unplug
    ;;
full)
    echo "# seed $seed: repeat with SEED=$seed"
    # The table is to show these runs and no older ones.
    [ ${#only[@]} -gt 0 ] || rm -f "$reports"/linux-*
    all_runs 1
    boot any-order "not in order" $core,quiet "ringlet_in_order=0" 150 --mask-features 35
    boot_rom 200
    kernel=guest prefix=6.12-
    all_runs 0
    ;;
*)
    echo "usage: $0 smoke|full [RUN]... | shell" >&2
    exit 2
    ;;
esac
finish
