#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Merges the reports of all runs and prints what they show: rings and doorbells
# with IN_ORDER and without side by side, features, and where clients break rules.
#
# usage: tests/interop/report.sh FOLDER MERGED.json

set -euo pipefail

[ $# -eq 2 ] || { echo "usage: $0 FOLDER MERGED.json" >&2; exit 2; }
shopt -s nullglob
files=("$1"/*.json)
if [ ${#files[@]} -eq 0 ]; then
    echo "report: no report in $1; make interop-dpdk interop-uml interop-linux makes some" >&2
    exit 1
fi

jq -n '{runs: [inputs as $r | $r + {name: input_filename | split("/")[-1] | rtrimstr(".json")}
               | select(.run)]}' "${files[@]}" >"$2.new"
mv "$2.new" "$2"

# Columns go through printf, which can align them.
heading='%-48.48s | %6s %6s %7s %7s %6s %6s | %6s %6s %7s %7s %6s %6s\n'
client=
while IFS=$'\t' read -r who what columns; do
    if [ "$who" != "$client" ]; then
        # shellcheck disable=SC2059 # the format is the constant above
        printf "\n%-48s | %43s | %43s\n$heading" "$who" "in order" "not in order" \
            run tx rx used/tx used/rx bell/p irq/p tx rx used/tx used/rx bell/p irq/p
        client=$who
    fi
    IFS=$'\t' read -ra values <<<"$columns"
    # shellcheck disable=SC2059
    printf "$heading" "$what" "${values[@]}"
done < <(jq -r '
    def digits: if . == null then "-" else (. * 1000 | round / 1000 | tostring) end;
    def figures: .totals // {} | [.tx_packets, .rx_packets, .used_per_packet_tx,
        .used_per_packet_rx, .doorbells_per_packet, .interrupts_per_packet] | map(digits);
    .runs | map(select(.run.machine == null)) | group_by([.run.client, .run.pair // .run.title])[]
    | [.[0].run.client, (.[0].run.pair // .[0].run.title
        | sub(",? queue_size="; " q") | sub("mrg_rxbuf="; "m"))]
      + (map(select(.run.in_order == "1"))[0] | figures)
      + (map(select(.run.in_order == "0"))[0] | figures) | @tsv' "$2")

printf '\nused/tx, used/rx: used descriptors written for a packet; bell/p, irq/p: doorbells and\n'
printf 'interrupts for a packet of either direction. m1: mrg_rxbuf=1, q96: queue_size=96.\n'

# Virtual machines: rates by the clock on the wall, and by the card's own.
heading='%-36.36s | %6s %8s | %6s %6s %7s %7s %6s %6s | %6s %7s %7s %7s %7s | %6s %6s %7s %7s | %s\n'
client=
while IFS=$'\t' read -r who what columns; do
    if [ "$who" != "$client" ]; then
        # shellcheck disable=SC2059 # the format is the constant above
        printf "\n$heading" "$who" packed in-order tx rx used/tx used/rx bell/p irq/p \
            boot down up iperf-tx iperf-rx down up iperf-tx iperf-rx errors
        client=$who
    fi
    IFS=$'\t' read -ra values <<<"$columns"
    # shellcheck disable=SC2059
    printf "$heading" "$what" "${values[@]}"
done < <(jq -r '
    def digits: if . == null then "-" else (. * 1000 | round / 1000 | tostring) end;
    def scaled($by): if (. // "") == "" then "-" else (tonumber / $by | round | tostring) end;
    def has($bit): if .features.taken | contains([$bit]) then "yes" else "no" end;
    # By the clock of the card, 125 MHz.
    def mbit($bits; $cycles): if ($bits // "") == "" or ($cycles // "") == "" then "-"
        else ($bits | tonumber) * 125 / ($cycles | tonumber) | round | tostring end;
    def wrong: .errors + ((.card_errors // {}) | to_entries | map("\(.value) \(.key)"))
        | if length == 0 then "none" else join("; ") end;
    .runs | map(select(.run.machine)) | sort_by(.run.client)[]
    | [.run.client, (.run.title | sub("^Linux [^,]*, "; "")), has(34), has(35)]
      + (.totals | [.tx_packets, .rx_packets, .used_per_packet_tx, .used_per_packet_rx,
                    .doorbells_per_packet, .interrupts_per_packet] | map(digits))
      + [(.run.boot_ms | if . then tonumber / 100 | round / 10 | tostring else "-" end),
         (.run.download | scaled(1000)), (.run.upload | scaled(1000)),
         (.run.iperf_tx | scaled(1)), (.run.iperf_rx | scaled(1)),
         mbit(.run.download_bits; .run.download_cycles), mbit(.run.upload_bits; .run.upload_cycles),
         mbit(.run.iperf_tx_bits; .run.iperf_tx_cycles),
         mbit(.run.iperf_rx_bits; .run.iperf_rx_cycles), wrong] | @tsv' "$2")
if [ -n "$client" ]; then
    printf '\nboot: seconds on the wall until the guest runs its first program. down, up: HTTP, kB/s,\n'
    printf 'and iperf: TCP, kbit/s, on the wall; then again all in Mbit/s by the clock of the card,\n'
    printf '125 million simulated cycles a second. It stands still while nobody has work for the card.\n'
fi

printf '\nFeatures\n'
jq -r '
    .runs | group_by([.run.client, .features.offered, .features.taken])[]
    | "  \(.[0].run.client), \(length) runs",
      "    offered: \(.[0].features.offered_names | join(" "))",
      "    taken:   \(.[0].features.taken_names | join(" "))"' "$2"

printf '\nDPDK code paths asked for with vectorized=1\n'
jq -r '
    [.runs[] | select(.run.devargs // "" | contains("vectorized=1"))]
    | if length == 0 then "  none" else group_by([.run.client, .run.path])[]
    | "  \(.[0].run.client): \(.[0].run.path), \(length) runs" end' "$2"

printf '\nRemarks: where clients do what the specification does not allow\n'
jq -r '
    [.runs[] | .run.client as $who | .remarks[] | . + {$who}]
    | if length == 0 then "  none" else group_by([.who, .clause, .text])[]
    | "  \(.[0].who): \(.[0].text) (\(.[0].clause)), \(map(.count) | add) times" end' "$2"

errors=$(jq -r '.runs[] | .name as $n | .errors[] | "  \($n): \(.)"' "$2")
[ -z "$errors" ] || printf '\nErrors\n%s\n' "$errors"
