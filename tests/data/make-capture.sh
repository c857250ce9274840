#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Records traffic.pcap and traffic.pcapng: ordinary programs talk over a virtual
# Ethernet pair between two network namespaces. Needs root and the packages of
# mk/packages-capture.list (mk/setup.sh -l mk/packages-capture.list).

set -euo pipefail
cd "$(dirname "$0")"

if [ "$(id -u)" -ne 0 ]; then
    echo "$0: network namespaces need root" >&2
    exit 1
fi

# Two hosts, with addresses that are reserved for documentation.
left=ringlet-left-$$
right=ringlet-right-$$
work=$(mktemp -d)
pids=()
cleanup() {
    [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
    ip netns del $left 2>/dev/null || true
    ip netns del $right 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

host() {
    local name=$1 number=$2
    ip -n "$name" link set lo up
    ip -n "$name" link set eth0 address 02:00:00:00:00:0"$number" mtu 1500
    ip -n "$name" addr add 192.0.2."$number"/24 dev eth0
    ip -n "$name" addr add 2001:db8::"$number"/64 dev eth0 nodad
    # As a wire would carry it: no frame over 1514 bytes, all checksums done.
    ip netns exec "$name" ethtool -K eth0 tso off gso off gro off \
        tx off rx off >/dev/null
}

ip netns add $left
ip netns add $right
ip -n $left link add eth0 type veth peer name eth0 netns $right
host $left 1
host $right 2
ip -n $left link set eth0 up

ip netns exec $left tcpdump -i eth0 -s 0 -U -Z root --immediate-mode \
    -w "$work/traffic.pcap" 2>"$work/tcpdump.log" &
tcpdump=$!
pids+=("$tcpdump")
until grep -q listening "$work/tcpdump.log"; do
    kill -0 $tcpdump || { cat "$work/tcpdump.log" >&2; exit 1; }
    sleep 0.1
done
# Only with both ends up is there a link: the capture begins with how the hosts
# make themselves known.
ip -n $right link set eth0 up
sleep 2

mkdir "$work/www"
seq 1 12000 >"$work/www/long.txt"
seq 1 3000 >"$work/www/short.txt"
: >"$work/www/empty.txt"
ip netns exec $right python3 -m http.server --bind :: --directory "$work/www" \
    80 >/dev/null 2>&1 &
pids+=($!)
ip netns exec $right socat -b 2000 UDP4-RECVFROM:7,fork EXEC:cat &
pids+=($!)
ip netns exec $right socat -b 2000 UDP6-RECVFROM:7,fork,ipv6-v6only=1 EXEC:cat &
pids+=($!)
sleep 1

# ARP, then ICMP echo from the smallest frame to the largest, then fragments.
for size in 0 1 17 18 56 100 468 1000 1471 1472; do
    ip netns exec $left ping -q -n -c 4 -i 0.02 -s $size 192.0.2.2 >/dev/null
done
ip netns exec $left ping -q -n -c 2 -i 0.02 -s 4000 192.0.2.2 >/dev/null
for size in 8 56 200 1452; do
    ip netns exec $left ping -q -n -c 4 -i 0.02 -s $size 2001:db8::2 >/dev/null
done
# The other way round.
ip netns exec $right ping -q -n -c 4 -i 0.02 -s 64 192.0.2.1 >/dev/null

for url in http://192.0.2.2/long.txt "http://[2001:db8::2]/short.txt" \
    http://192.0.2.2/empty.txt http://192.0.2.2/missing.txt; do
    ip netns exec $left curl -sg -o /dev/null --max-time 10 "$url"
done
# One connection is refused.
ip netns exec $left curl -s --max-time 5 http://192.0.2.2:81/ && exit 1

for size in 1 2 30 64 128 256 512 1024 1472; do
    head -c $size "$work/www/long.txt" |
        ip netns exec $left socat -t 0.2 -b 2000 - UDP4:192.0.2.2:7 >/dev/null
done
for size in 5 500 1452; do
    head -c $size "$work/www/long.txt" |
        ip netns exec $left socat -t 0.2 -b 2000 - "UDP6:[2001:db8::2]:7" >/dev/null
done
sleep 0.5
kill -INT $tcpdump
wait $tcpdump || true

# Every record whole, none longer than a frame.
perl -e '
    local $/;
    binmode STDIN;
    my $data = <STDIN>;
    my ($magic) = unpack "V", $data;
    die "not a pcap file of microseconds\n" if $magic != 0xa1b2c3d4;
    my ($at, $n, $min, $max) = (24, 0, 99999, 0);
    while ($at < length $data) {
        my (undef, undef, $captured, $length) = unpack "V4", substr $data, $at;
        die "record $n is cut\n" if $captured != $length;
        die "record $n has $length bytes\n" if $length > 1514;
        $min = $length if $length < $min;
        $max = $length if $length > $max;
        $at += 16 + $captured;
        $n++;
    }
    die "the last record is cut\n" if $at != length $data;
    die "only $n records\n" if $n < 200;
    die "too large\n" if length $data > 300 * 1024;
    print "$n records of $min to $max bytes\n";
' <"$work/traffic.pcap"

# shellcheck disable=SC2046 # one word per record
editcap -F pcapng -r "$work/traffic.pcap" "$work/traffic.pcapng" $(seq 1 5 300)
install -m 644 "$work/traffic.pcap" "$work/traffic.pcapng" .
