# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Steps for a network card; sourced by init.sh. Words of the command line:
#
#   ringlet_sha256=HASH      of the web server's file
#   ringlet_kib=N            what to send to it
#   ringlet_flood=N          packets
#   ringlet_rebind=N         times
# shellcheck shell=dash disable=SC2154 # they are in the environment

gateway=10.9.0.1
web=http://$gateway:8080
within_ns= # words that run a command in a network namespace

loaded() { [ -e /sys/module/virtio_net ]; }
there() { [ -e /sys/class/net/eth0 ]; }

# On a busy machine three seconds without an answer to ARP say nothing, and what
# waits for one would be thrown away.
patient() { # device, words that run a command elsewhere
    device=$1
    shift
    "$@" ip ntable change name arp_cache dev "$device" ucast_probes 60 mcast_probes 60
}

card_up() {
    within 20 there && patient eth0 && ip addr replace 10.9.0.2/24 dev eth0 &&
        ip link set eth0 up && within 20 grep -q 1 /sys/class/net/eth0/carrier
}

step_up() {
    modprobe virtio_net && card_up
    verdict $? "the interface comes up"
}

# One by one, so that nothing above the driver has reason to throw one away, and
# each has its own minute: of several, ping awaits the last two round trips only.
pings() { # payload, count
    left=$2
    while [ "$left" -gt 0 ]; do
        left=$((left - 1))
        # shellcheck disable=SC2086 # words, or none
        $within_ns ping -n -q -c 1 -W 60 -s "$1" $gateway >/tmp/ping 2>&1 && continue
        cat /tmp/ping
        return 1
    done
}

# A counter of /proc/net/snmp.
counted() { # protocol, name
    # shellcheck disable=SC2086 # words, or none
    $within_ns cat /proc/net/snmp | awk -v head="$1:" -v name="$2" '
        $1 == head && column { print $column }
        $1 == head { for (i = 2; i <= NF; i++) if ($i == name) column = i }'
}

# replies ... discarded: those that the kernel threw away above the driver.
all_answered() {
    [ $(($(counted Icmp InEchoReps) - replies)) -ge \
        $((sent - ($(counted Ip OutDiscards) - discarded))) ]
}

# Some of them on the way at any time. Once so many are answered ping ends, but all
# that it has sent have to be. -S: by itself it gives its socket room for one packet.
flood() { # count
    replies=$(counted Icmp InEchoReps)
    discarded=$(counted Ip OutDiscards)
    # shellcheck disable=SC2086 # words, or none
    $within_ns ping -n -q -S 200000 -f -l 32 -c "$1" -s 256 -w 300 $gateway >/tmp/ping 2>&1
    sent=$(sed -n 's/^\([0-9]*\) packets transmitted.*/\1/p' /tmp/ping)
    [ "${sent:-0}" -ge "$1" ] && within 60 all_answered && return
    echo "of $sent, $(($(counted Icmp InEchoReps) - replies)) are answered," \
        "$(($(counted Ip OutDiscards) - discarded)) were discarded"
    return 1
}

step_pings() {
    for bytes in 0 1 18 56 512 1000 1471 1472; do
        pings $bytes 5
        verdict $? "ping, $bytes bytes"
    done
    ! ping -n -q -M "do" -c 1 -w 5 -s 1473 $gateway >/dev/null 2>&1
    verdict $? "one byte above the MTU is refused"
    pings 4000 3
    verdict $? "ping in fragments, 4000 bytes"
}

step_flood() {
    flood "$ringlet_flood"
    verdict $? "a flood of $ringlet_flood pings, none lost"
    tail -n 3 /tmp/ping
    say "figure flood $(sed -n 's/.* time \([0-9]*\)ms/\1/p' /tmp/ping) ms"
}

download() {
    curl -sS -m 300 -o /tmp/file -w '%{speed_download}\n' "$web/file" >/tmp/speed &&
        echo "$ringlet_sha256  /tmp/file" | sha256sum -c - >/dev/null
}

upload() {
    head -c "$((ringlet_kib * 1024))" /dev/urandom >/tmp/file
    curl -sS -m 300 -o /tmp/answer -w '%{speed_upload}\n' --data-binary @/tmp/file \
        "$web/cgi-bin/hash" >/tmp/speed || return
    [ "$(cut -d ' ' -f 1 /tmp/answer)" = "$(sha256sum /tmp/file | cut -d ' ' -f 1)" ]
}

step_http() {
    measured download download
    verdict $? "HTTP download of $ringlet_kib KiB, checksum"
    say "figure download $(cat /tmp/speed) B/s"
    say "figure download_bits $((ringlet_kib * 8192))"
    measured upload upload
    verdict $? "HTTP upload of $ringlet_kib KiB, checksum"
    say "figure upload $(cat /tmp/speed) B/s"
    say "figure upload_bits $((ringlet_kib * 8192))"
}

iperf() { # figure, arguments
    key=$1
    shift
    measured "$key" iperf3 -c $gateway -t 4 -f k "$@" >/tmp/iperf 2>&1
    code=$?
    grep '^ringlet:' /tmp/iperf
    # [  5]   0.00-4.02   sec   832 KBytes  1695 Kbits/sec   receiver
    rate=$(sed -n 's/.* \([0-9.]*\) Kbits.*receiver.*/\1/p' /tmp/iperf)
    seconds=$(sed -n 's/.*-\([0-9.]*\) *sec.*receiver.*/\1/p' /tmp/iperf)
    if [ $code -ne 0 ] || ! [ "${rate%.*}" -gt 0 ]; then
        cat /tmp/iperf
        return 1
    fi
    say "figure $key $rate kbit/s"
    say "figure ${key}_bits $(awk "BEGIN { printf \"%.0f\", 1000 * $rate * $seconds }")"
}

step_iperf() {
    iperf iperf_tx
    verdict $? "iperf3, TCP from the guest"
    iperf iperf_rx -R
    verdict $? "iperf3, TCP to the guest"
}

step_link() {
    ip link set eth0 down && card_up && pings 56 3
    verdict $? "ip link down and up"
}

rebind_all() {
    n=0
    while [ $n -lt "$ringlet_rebind" ]; do
        n=$((n + 1))
        unbind && ! there && bind && card_up && pings 56 1 || return
    done
}

step_rebind() {
    rebind_all
    verdict $? "unbind and bind, $ringlet_rebind times with a ping each"
    [ $n -eq "$ringlet_rebind" ] || say "only $n times"
}

step_reload() {
    modprobe -r virtio_net && ! loaded && ! there
    verdict $? "the module is unloaded"
    modprobe virtio_net && card_up && pings 56 3
    verdict $? "and loaded again"
}

# Traffic in the background for other steps to disturb.
traffic_start() {
    ping -n -q -f -s 1000 $gateway >/dev/null 2>&1 &
    traffic=$!
    curl -sS -m 30 -o /dev/null "$web/file" 2>/dev/null &
    traffic="$traffic $!"
    sleep 0.5
}

traffic_end() {
    # shellcheck disable=SC2086 # they are two
    kill $traffic 2>/dev/null
    # shellcheck disable=SC2086
    wait $traffic 2>/dev/null
}

# virtio_net is not told of a reset through sysfs, and has to be started anew; at
# once, or it complains that nothing is sent.
step_flr() {
    grep -qw flr "$pci_path/reset_method"
    verdict $? "the kernel resets the card by FLR"
    traffic_start
    # The device's status is as after power-up: it was reset.
    printf 1 | tee "$pci_path/reset" >/tmp/reset && device_status && [ $((status)) -eq 0 ]
    verdict $? "function level reset under traffic"
    unbind && bind && card_up
    verdict $? "the driver takes it again"
    traffic_end
    pings 56 3 && download
    verdict $? "traffic after the reset"
}

# All ones is no answer.
needs_reset() {
    device_status
    [ $((status)) -eq $((0x4f)) ]
}

# The firmware has bugs on request: tests/cosim/faulty/faulty.h.
strike() { # what, number
    traffic_start
    read_vendor_page $((0x20 + 4 * $2)) >/dev/null
    within 20 needs_reset
    verdict $? "$1: the driver is told"
    echo "device status $status, cause 0x$(read_vendor_page 8)"
    traffic_end
    unbind && bind && card_up
    verdict $? "$1: the driver takes the card again"
    pings 1000 5 && download
    verdict $? "$1: traffic after that"
}

step_crash() {
    strike "firmware with an illegal instruction" 2
    strike "firmware in an endless loop" 3
    strike "firmware that destroys its data" 6
}

# Comes twice: the guest does not know, but the web server does.
step_reboot() {
    boots=$(curl -sS -m 60 $web/cgi-bin/boots)
    if [ "$boots" = 1 ]; then
        traffic_start
        sleep 1
        reboot -f
        sleep 100
    fi
    [ "$boots" = 2 ]
    verdict $? "the guest has rebooted under traffic"
}

# The driver wants what the card has not: split rings.
step_refused() {
    modprobe virtio_net
    ! bound && ! there
    verdict $? "the driver does not get the card"
    dmesg | grep -q 'virtio_net.*device refuses features'
    verdict $? "the kernel says that features are refused"
    device_status
    [ $((status & 0xcf)) -eq $((0x83)) ]
    verdict $? "the driver has given up, the card is not broken: status $status"
    modprobe -r virtio_net
    dmesg -r | grep -E '^<[0-4]>' | grep -E 'virtio|eth0' | grep -v 'refuses features'
    [ $? -eq 1 ]
    verdict $? "the kernel has nothing else to say"
}

in_a() { ip netns exec a "$@"; }
in_b() { ip netns exec b "$@"; }

# Two cards, each the only network of a namespace. They have the same address.
step_pair() {
    modprobe virtio_net && within 20 [ -e /sys/class/net/eth1 ]
    verdict $? "both cards have a driver"
    ip link set eth1 address 02:52:4c:54:00:02
    ip netns add a && ip link set eth0 netns a && ip netns add b && ip link set eth1 netns b &&
        in_a ip addr add 10.9.1.1/24 dev eth0 && in_b ip addr add 10.9.1.2/24 dev eth1 &&
        patient eth0 in_a && patient eth1 in_b &&
        in_a ip link set eth0 up && in_b ip link set eth1 up
    verdict $? "each has a namespace of its own"
    gateway=10.9.1.2
    within_ns="ip netns exec a"
    for bytes in 0 56 1000 1472 4000; do
        pings $bytes 3
        verdict $? "ping from card to card, $bytes bytes"
    done
    flood 1000
    verdict $? "a flood of 1000 pings from card to card, none lost"
    mkdir /tmp/www
    head -c "$((ringlet_kib * 1024))" /dev/urandom >/tmp/www/file
    in_b httpd -p 80 -h /tmp/www && in_a curl -sS -m 300 -o /tmp/file http://10.9.1.2/file &&
        cmp /tmp/file /tmp/www/file
    verdict $? "HTTP from card to card, $ringlet_kib KiB, compared"
}

net_shell() {
    modprobe virtio_net && card_up
    printf '\nThe card is %s, try: %s; ping %s; curl -o /tmp/f %s/file; iperf3 -c %s; exit\n\n' \
        "$pci" "lspci -vvs $pci" $gateway $web $gateway
}
