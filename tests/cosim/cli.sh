#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Bad input to the program: one clear line on stderr, an exit status that is not
# zero, no output file. Arguments: program, firmware, capture.
set -u
program=$1
firmware=$2
capture=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0
status=0

result() { # ok|not ok, name
    count=$((count + 1))
    echo "$1 $count - $2"
    [ "$1" = ok ] || status=1
}

# refuses NAME PATTERN ARGUMENTS...: fails, one line on stderr that matches.
refuses() {
    name=$1
    pattern=$2
    shift 2
    if "$program" "$@" >"$work/out" 2>"$work/err"; then
        result "not ok" "$name"
        echo "#   succeeded"
    elif [ "$(wc -l <"$work/err")" -ne 1 ] || ! grep -q -- "$pattern" "$work/err"; then
        result "not ok" "$name"
        sed 's/^/#   /' "$work/err"
    elif [ -n "$(find "$work" -name 'out.pcap*')" ]; then
        result "not ok" "$name"
        echo "#   left an output file"
    else
        result ok "$name"
    fi
}

accepts() {
    name=$1
    shift
    if "$program" "$@" >"$work/out" 2>"$work/err"; then
        result ok "$name"
    else
        result "not ok" "$name"
        sed 's/^/#   /' "$work/err"
    fi
}

net() { # NAME PATTERN CAPTURE
    refuses "$1" "$2" net --firmware "$firmware" --pcap-in "$3" --pcap-out "$work/out.pcap"
}

# A classic capture of one record: captured length, length, bytes of data.
record() {
    printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\000\000\004\000\001\000\000\000'
    printf '\001\000\000\000\000\000\000\000'
    for length in "$1" "$2"; do
        # shellcheck disable=SC2059 # octal escapes must be in the format
        printf "\\$(printf %03o $((length % 256)))\\$(printf %03o $((length / 256)))\\000\\000"
    done
    head -c "$3" /dev/zero
}

accepts "--help" --help
accepts "demo --help" demo --help
refuses "no command" "no command"
refuses "unknown command" "unknown command" fly
refuses "unknown option" "unknown option" enum --colour
refuses "value missing" "needs a value" enum --seed
refuses "value that is no number" "not a number" enum --seed many
refuses "value out of range" "not a number from" enum --latency 0
refuses "MPS that is no power of two" "power of two" enum --mps 200
refuses "word that is neither" "must be" net --placement moon --pcap-in x
refuses "option of another command" "no option of" enum --batch 3
refuses "argument too many" "unexpected" enum more
refuses "net without a capture" "needs --pcap-in" net
refuses "firmware that does not exist" "No such file" enum --firmware "$work/none.elf"

echo "not an ELF" >"$work/text.elf"
refuses "firmware that is no ELF" "not an ELF" enum --firmware "$work/text.elf"
refuses "firmware for another machine" "not a 32-bit RISC-V" enum --firmware "$program"
head -c 2000 "$firmware" >"$work/cut.elf"
refuses "firmware that is truncated" "firmware" enum --firmware "$work/cut.elf"
# Size in memory of the first segments: 2 GiB.
cp "$firmware" "$work/big.elf"
for header in 0 1 2; do
    printf '\200' | dd of="$work/big.elf" bs=1 seek=$((52 + 32 * header + 23)) conv=notrunc 2>/dev/null
done
refuses "firmware that does not fit" "fits neither" enum --firmware "$work/big.elf"
refuses "firmware that is a folder" "firmware" enum --firmware "$work"

net "capture that does not exist" "No such file" "$work/none.pcap"
echo "no capture, but text of some length" >"$work/text.pcap"
net "capture that is text" "capture" "$work/text.pcap"
: >"$work/empty.pcap"
net "capture that is empty" "capture" "$work/empty.pcap"
record 60 60 0 | head -c 24 >"$work/none.pcap"
net "capture without records" "no frames" "$work/none.pcap"
rm -f "$work/none.pcap"
record 60 60 20 >"$work/cut.pcap"
net "capture cut in a record" "record 1" "$work/cut.pcap"
record 1515 1515 1515 >"$work/long.pcap"
net "record above 1514 bytes" "record 1: longer" "$work/long.pcap"
{ record 60 60 60; record 1514 1514 1514 | tail -c +25; record 1600 1600 1600 | tail -c +25; } \
    >"$work/third.pcap"
net "third record above 1514 bytes" "record 3: longer than 1514 bytes (1600" "$work/third.pcap"
record 60 100 60 >"$work/snap.pcap"
net "record cut when captured" "record 1: cut off" "$work/snap.pcap"
record 10 10 10 >"$work/short.pcap"
net "record too short for Ethernet" "record 1: too short" "$work/short.pcap"
refuses "output folder that does not exist" "No such file" net --firmware "$firmware" \
    --pcap-in "$capture" --pcap-out "$work/none/out.pcap"
refuses "results to a folder that does not exist" "No such file" net \
    --firmware "$firmware" --pcap-in "$capture" --json "$work/none/out.json"
refuses "cycle limit reached" "cycle limit" net --firmware "$firmware" \
    --pcap-in "$capture" --pcap-out "$work/out.pcap" --max-cycles 30000

record 60 60 60 >"$work/one.pcap"
accepts "one good record" net --firmware "$firmware" --pcap-in "$work/one.pcap" \
    --pcap-out "$work/good.pcap" --json "$work/good.json"
if [ -s "$work/good.pcap" ] && grep -q instructions "$work/good.json"; then
    result ok "writes its output files"
else
    result "not ok" "writes its output files"
fi
# With nanoseconds and libpcap's header, output and input must be the same file.
{
    printf '\115\074\262\241\002\000\004\000\000\000\000\000\000\000\000\000\377\377\000\000\001\000\000\000'
    for i in 1 2 3; do
        # shellcheck disable=SC2059 # octal escapes must be in the format
        printf "\\00$i\\000\\000\\141\\00$i\\002\\003\\000\\10$i\\000\\000\\000\\10$i\\000\\000\\000"
        head -c $((64 + i)) "$capture" | tr '\000-\377' "\\00$i-\\377\\000-\\00$((i - 1))"
    done
} >"$work/three.pcap"
accepts "three frames come back" net --firmware "$firmware" \
    --pcap-in "$work/three.pcap" --pcap-out "$work/back.pcap"
if cmp -s "$work/three.pcap" "$work/back.pcap"; then
    result ok "frames and times are those that went in"
else
    result "not ok" "frames and times are those that went in"
fi
accepts "indirect descriptors, event positions, notification data" net --firmware "$firmware" \
    --pcap-in "${capture}ng" --split-header --with-features 28,29,38
accepts "pcapng" net --firmware "$firmware" --pcap-in "${capture}ng"

# Completed is success, whatever the figures are; each limit has its verdict.
accepts "bench" bench --firmware "$firmware" --packets 64 --json "$work/bench.json"
limits=$(grep -c '"required":[0-9]' "$work/bench.json")
verdicts=$(grep -cE '"reached":"(target|required|missed)"' "$work/bench.json")
if [ "$limits" -eq 6 ] && [ "$verdicts" -eq 6 ]; then
    result ok "every limited figure has a verdict"
else
    result "not ok" "every limited figure has a verdict"
    echo "#   $limits limits, $verdicts verdicts"
fi
if grep -A4 '"card_reads_per_packet"' "$work/bench.json" | grep -q '"reached":"target"'; then
    result ok "no reads of the card with rings in device memory"
else
    result "not ok" "no reads of the card with rings in device memory"
fi

accepts "enum with JSON" enum --firmware "$firmware" --json "$work/enum.json"
if grep -q '"device":4161' "$work/enum.json"; then
    result ok "enum writes what it found"
else
    result "not ok" "enum writes what it found"
fi
# Said before the run, not after it: nothing of the run is printed.
refuses "capture that cannot be written" "cannot write" net --firmware "$firmware" \
    --pcap-in "$capture" --pcap-out "$work/missing/out.pcap"
if [ -s "$work/out" ]; then
    result "not ok" "it is said before the run"
else
    result ok "it is said before the run"
fi
refuses "queue above the offer" "offers smaller queues" net --firmware "$firmware" \
    --pcap-in "$capture" --queue-size 512
refuses "payload above the card's" "from 128 to 512" net --firmware "$firmware" \
    --pcap-in "$capture" --mps 1024

# Bridges. What is printed before the run does not count: only stderr does.
refuses "vhost-user without a socket" "needs --socket" vhost-user
refuses "port of no kind" "must be loop, sink, source, slirp or tap:NAME" vhost-user \
    --socket "$work/s" --port moon
refuses "socket in a folder that does not exist" "No such file" vhost-user \
    --firmware "$firmware" --socket "$work/none/s"
: >"$work/file"
refuses "socket path that is a file" "File exists" vhost-user \
    --firmware "$firmware" --socket "$work/file"
refuses "socket path that is too long" "name too long" vhost-user \
    --firmware "$firmware" --socket "$work/$(printf '%0120d' 0)"
refuses "frame lengths the wrong way round" "not a number from 100" vhost-user \
    --socket "$work/s" --frame-bytes 100-60
refuses "feature bit out of range" "not a number from 0 to 63" vhost-user \
    --socket "$work/s" --mask-features 35,64
refuses "no driver comes" "no driver has come for 1 seconds" vhost-user \
    --firmware "$firmware" --socket "$work/s" --idle-timeout 1
refuses "recording that cannot be written" "cannot write" vhost-user \
    --firmware "$firmware" --socket "$work/s" --record "$work/none/r"
refuses "vfio-user without a socket" "needs --socket" vfio-user
refuses "vfio-user to which no machine comes" "no driver has come for 1 seconds" vfio-user \
    --firmware "$firmware" --socket "$work/s" --idle-timeout 1
refuses "feature bit out of range, vfio-user" "not a number from 0 to 63" vfio-user \
    --socket "$work/s" --mask-features 64
refuses "feature mask where none can be" "mask-features" net --mask-features 35
refuses "TAP interface without a name" "no such name" vfio-user \
    --firmware "$firmware" --socket "$work/s" --port tap:
refuses "TAP interface with too long a name" "no such name" vfio-user \
    --firmware "$firmware" --socket "$work/s" --port tap:a-name-of-16-char
refuses "replay without a recording" "needs --recording" replay
refuses "recording that does not exist" "No such file" replay --recording "$work/none.rec"
refuses "recording that is none" "is no recording" replay --recording "$work/text.pcap"

# A recording in which nobody came is complete all the same; cut, it is not.
"$program" vhost-user --firmware "$firmware" --socket "$work/s" --idle-timeout 1 \
    --record "$work/none.rec" >/dev/null 2>&1
accepts "replay of a run without a driver" replay --recording "$work/none.rec"
"$program" vfio-user --firmware "$firmware" --socket "$work/s" --idle-timeout 1 \
    --record "$work/pci.rec" >/dev/null 2>&1
accepts "replay of a run without a machine" replay --recording "$work/pci.rec"
head -c 9000 "$work/none.rec" >"$work/cut.rec"
refuses "recording that was cut short" "damaged" replay --recording "$work/cut.rec"
echo "1..$count"
exit $status
