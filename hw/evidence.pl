#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# What is known of the hardware, on one page, from the reports that other targets
# have left: proofs, lockstep, fault schedule, size and clock, cycles per instruction.
#
# usage: evidence.pl BUILD
#
# A report that is not there is named with the target that makes it. Status 1 when one
# of those that are there tells of a failure.

use strict;
use warnings;
use JSON::PP;

@ARGV == 1 or die "usage: evidence.pl BUILD\n";
my $build = $ARGV[0];
my $bad = 0;

sub report {
    my ($name, $target) = @_;
    my $path = "$build/$name.json";
    if (!open my $file, '<', $path) {
        print "  not measured here: $target\n";
        return;
    } else {
        local $/;
        return decode_json(<$file>);
    }
}

sub wrong { my ($text) = @_; $bad = 1; return " <- $text" }

sub heading { print "\n$_[0]\n" }

# ---- Proofs

heading('Formal proofs');
if (my $proofs = report('formal', 'make formal')) {
    for my $p (sort { $a->{proof} cmp $b->{proof} } @$proofs) {
        my ($kind, $depth) = split /:/, $p->{method};
        my $how = $kind eq 'pdr' ? 'unbounded, PDR'
                : $kind eq 'kind' ? "unbounded, induction over $depth cycles"
                : "$depth cycles";
        my $note = $p->{result} =~ /^(proved|bounded)$/ ? '' : wrong($p->{result});
        printf "  %-18s %-40s %s, cover goals %d of %d%s\n", $p->{proof}, $p->{modules}, $how,
            $p->{reached}, $p->{covers}, $note;
    }
    printf "  %d proofs\n", scalar @$proofs;
}

# ---- Lockstep

heading('Core in lockstep with a simulator');
if (my $l = report('lockstep', 'make lockstep')) {
    printf "  %d instructions of %d programs in %d cycles%s\n", @$l{qw(instructions programs cycles)},
        $l->{agree} ? '' : wrong('they do not agree');
    printf "  %d traps, %d interrupts; waits: %d cycles at the instruction port, %d at the data port\n",
        @$l{qw(traps interrupts wait_insn wait_data)};
}

# ---- Faults

heading('Fault schedule: points survived');
if (my $f = report('faults', 'make faults')) {
    my (%survived, %points);
    for my $scenario (values %{ $f->{scenarios} }) {
        for my $kind (keys %{ $scenario->{kinds} }) {
            $survived{$kind} += $scenario->{kinds}{$kind}{survived};
            $points{$kind} += $scenario->{kinds}{$kind}{points};
        }
    }
    my ($all, $of) = (0, 0);
    for my $kind (sort keys %points) {
        printf "  %-16s %6d of %6d%s\n", $kind, $survived{$kind}, $points{$kind},
            $survived{$kind} == $points{$kind} ? '' : wrong('not all');
        $all += $survived{$kind};
        $of += $points{$kind};
    }
    printf "  %-16s %6d of %6d, %d scenarios\n", 'all', $all, $of, scalar keys %{ $f->{scenarios} };
}

# ---- Size and clock

heading('Size and clock, ECP5 speed grade 6');
if (my $s = report('synth', 'make synth')) {
    for my $top (grep { ref $s->{$_} eq 'HASH' } qw(core soc)) {
        my @runs = @{ $s->{$top}{runs} };
        my $used = $runs[0]{used};
        printf "  %-5s %d COMB, %d FF, %d block RAMs, %d multipliers; %s MHz, median %.1f%s\n", $top,
            @$used{qw(TRELLIS_COMB TRELLIS_FF DP16KD MULT18X18D)},
            join(', ', map { $_->{mhz} } @runs), $s->{$top}{mhz},
            @{ $s->{$top}{wrong} || [] } ? wrong('memories are not what they should be') : '';
        printf "        longest path: %s to %s\n", @{ $runs[0] }{qw(start end)};
    }
}

# ---- Cycles per instruction

heading('Cycles per instruction of the core');
if (my $b = report('bench-core', 'make bench-core')) {
    for my $p (@$b) {
        printf "  %-20s %.3f  of 100 cycles: load-use %.1f, redirect %.1f, fetch %.1f, mul/div %.1f\n",
            @$p{qw(program cpi)},
            map { 100 * $p->{$_} / $p->{cycles} } qw(load_use redirect fetch_wait mul_div);
    }
}

exit $bad;
