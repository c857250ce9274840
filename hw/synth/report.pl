#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Reads what run.sh left behind: table, build/synth.json, verdict.
#
# usage: report.pl [--tap] OUT JSON TOP...
#
# Status 1 when a memory is not what memories.list wants. With --tap also when the
# clock is below its floor; TAP goes to standard output instead of the table.

use strict;
use warnings;
use File::Basename;
use JSON::PP;

# A clock this low means that something broke.
my %floor = (core => 75, soc => 58);

my $tap = @ARGV && $ARGV[0] eq '--tap' ? shift @ARGV : 0;
my ($out, $json, @tops) = @ARGV;
my $here = dirname($0);
my $status = 0;

sub slurp {
    my ($name) = @_;
    open my $file, '<', $name or die "report: $name: $!\n";
    local $/ = undef;
    return <$file>;
}

# $paramod\name\A=..., $paramod$hash\name, name: the name.
sub plain {
    my ($name) = @_;
    return $1 if $name =~ /^\$paramod\\(\w+)/ || $name =~ /^\$paramod\$\w+\\(\w+)/;
    $name =~ s/^\\//;
    return $name;
}

# ---- Counts

my %kind = (
    ecp5 => sub {
        my ($cell) = @_;
        return ('lut', 1) if $cell eq 'LUT4';
        return ('lut', 2) if $cell eq 'CCU2C';    # two LUTs with a carry
        return ('lut', 4) if $cell eq 'TRELLIS_DPR16X4';
        return ('ff', 1) if $cell eq 'TRELLIS_FF';
        return ('bram', 1) if $cell =~ /^(DP16KD|PDPW16KD)$/;
        return ('dsp', 1) if $cell =~ /^MULT/;
        return;
    },
    xc7 => sub {
        my ($cell) = @_;
        return ('lut', 1) if $cell =~ /^(LUT[1-6]|INV)$/;
        return ('lut', {32 => 1, 64 => 1, 128 => 2, 256 => 4}->{$1})
            if $cell =~ /^RAM(32|64|128|256)X1S/;
        return ('lut', {32 => 2, 64 => 2, 128 => 4}->{$1}) if $cell =~ /^RAM(32|64|128)X1D/;
        return ('lut', 4) if $cell =~ /^RAM(32|64)M$/;
        return ('lut', 1) if $cell =~ /^SRL/;
        return ('ff', 1) if $cell =~ /^FD[CPRS]E/;
        return ('bram', 1) if $cell =~ /^RAMB36/;
        return ('bram', 0.5) if $cell =~ /^RAMB18/;
        return ('dsp', 1) if $cell =~ /^DSP48/;
        return;
    },
);

# Counts of a module with all in it, from yosys' counts of what is directly in it.
sub count {
    my ($modules, $family, $module, $seen) = @_;
    return $seen->{$module} if $seen->{$module};
    my %sum = (lut => 0, ff => 0, bram => 0, dsp => 0);
    my $types = $modules->{$module}{num_cells_by_type};
    for my $cell (keys %$types) {
        my $inner = exists $modules->{"\\$cell"} ? "\\$cell" : $cell;
        if (exists $modules->{$inner}) {
            my $below = count($modules, $family, $inner, $seen);
            $sum{$_} += $types->{$cell} * $below->{$_} for keys %sum;
        } elsif (my ($what, $number) = $kind{$family}->($cell)) {
            $sum{$what} += $types->{$cell} * $number;
        }
    }
    return $seen->{$module} = \%sum;
}

# All modules under a name: instances of one with other parameters are apart.
sub by_module {
    my ($top, $family) = @_;
    my $modules = decode_json(slurp("$out/$top.$family.json"))->{modules};
    my (%seen, %rows);
    my ($root) = grep { plain($_) eq "rl_synth_$top" } keys %$modules;
    count($modules, $family, $root, \%seen);
    for my $module (keys %seen) {
        my $name = plain($module);
        next if $name =~ /^rl_(fifo|synth_\w+)$/;
        my $row = $rows{$name} //= {};
        # Two sizes of one memory: the sum.
        $row->{$_} += $seen{$module}{$_} for keys %{ $seen{$module} };
    }
    return \%rows;
}

# ---- Memories

# What each memory was mapped to, of a log: block, lut or ff.
sub memories {
    my ($log) = @_;
    my %found;
    for (split /\n/, slurp($log)) {
        next unless /^(mapping memory|using FF mapping for memory) (\S+)(?: via \$__(\w+))?/;
        my ($path, $via) = ($2, $3 // 'ff');
        my ($memory) = $path =~ /\.(\w+)$/;
        my $name = plain($path =~ s/\.(?:\w+|\w+\[\d+\]\.\w+)$//r) . ".$memory";
        my $sort = $via =~ /DP16KD|BLOCKRAM|RAMB|PDPW/ ? 'block'
            : $via =~ /DPR16X4|LUTRAM|RAM\d+[MX]|QUAD|SIMPLE|SDP|XILINX/ ? 'lut' : 'ff';
        $found{$name}{$sort}++;
    }
    return \%found;
}

sub check_memories {
    my ($top, $family) = @_;
    my $found = memories("$out/$top.$family.log");
    # Flat, where a memory that nobody needs is gone.
    $found = { %$found, %{ memories("$out/$top.flat.log") } } if $family eq 'ecp5';
    my @wrong;
    for (split /\n/, slurp("$here/memories.list")) {
        next if /^#/ || !/\S/;
        my ($where, $wanted, $name) = split;
        next unless $where eq 'both' || $where eq $top;
        next if $name =~ /^rl_synth_/ && $family ne 'ecp5';
        my @got = sort keys %{ $found->{$name} // {} };
        @got = ('not seen as a memory') unless @got;
        push @wrong, "$name is to be $wanted RAM, $family made: @got"
            unless "@got" eq $wanted;
    }
    for my $name (sort keys %$found) {
        push @wrong, "$name became flip-flops for $family" if $found->{$name}{ff};
    }
    return @wrong;
}

# ---- Clock

sub register {
    my ($cell) = @_;
    $cell =~ s/_TRELLIS_FF_.*//;
    $cell =~ s/_(?:CCU2C|LUT4|PFUMX|L6MUX21)_.*//;
    return $cell;
}

sub run_of {
    my ($file, $seed) = @_;
    my $report = decode_json(slurp($file));
    my ($fmax) = map { $_->{achieved} } values %{ $report->{fmax} };
    my ($path) = grep { $_->{from} =~ /^posedge/ && $_->{to} =~ /^posedge/ }
        @{ $report->{critical_paths} };
    my @steps = @{ $path->{path} };
    my $routing = 0;
    $routing += $_->{delay} for grep { $_->{type} eq 'routing' } @steps;
    my $total = 0;
    $total += $_->{delay} for @steps;
    my ($net) = map { $_->{net} } grep { $_->{net} } @steps;
    return {
        seed => $seed + 0,
        mhz => sprintf('%.1f', $fmax) + 0,
        start => register($steps[0]{from}{cell}),
        end => register($steps[-1]{to}{cell}) . " $steps[-1]{to}{port}",
        levels => scalar(grep { $_->{type} eq 'logic' } @steps),
        routing => sprintf('%.2f', $total ? $routing / $total : 0) + 0,
        used => { map { $_ => $report->{utilization}{$_}{used} }
                  qw(TRELLIS_COMB TRELLIS_FF DP16KD MULT18X18D TRELLIS_RAMW) },
    };
}

sub median {
    my @sorted = sort { $a <=> $b } @_;
    return $sorted[int($#sorted / 2)];
}

# ---- All of it

my %result = (versions => [split /\n/, slurp("$out/versions")]);
my @lines;
for my $top (@tops) {
    my $of = $result{$top} = {};
    chomp($of->{device} = slurp("$out/$top.device"));
    my @families = grep { -e "$out/$top.$_.json" } qw(ecp5 xc7);
    for my $family (@families) {
        push @{ $of->{wrong} }, check_memories($top, $family);
        $of->{modules}{$family} = by_module($top, $family);
    }
    my @runs;
    for my $file (glob "$out/$top.*.json") {
        push @runs, run_of($file, $1) if $file =~ /\.(\d+)\.json$/;
    }
    die "report: no seed of $top was placed\n" unless @runs;
    $of->{runs} = [sort { $a->{seed} <=> $b->{seed} } @runs];
    $of->{mhz} = median(map { $_->{mhz} } @runs);
}
open my $file, '>', $json or die "report: $json: $!\n";
print $file JSON::PP->new->canonical->pretty->encode(\%result);
close $file or die "report: $json: $!\n";

if ($tap) {
    print '1..', 2 * @tops, "\n";
    my $number = 0;
    my $verdict = sub {
        my ($good, $what, @comments) = @_;
        $number++;
        print $good ? '' : 'not ', "ok $number - $what\n";
        print "# $_\n" for @comments;
        $status = 1 unless $good;
    };
    for my $top (@tops) {
        my $of = $result{$top};
        my @wrong = @{ $of->{wrong} // [] };
        $verdict->(!@wrong, "$top: memories are RAM", @wrong);
        $verdict->($of->{mhz} >= $floor{$top}, "$top: at least $floor{$top} MHz",
            map { "seed $_->{seed}: $_->{mhz} MHz, $_->{start} to $_->{end}" } @{ $of->{runs} });
    }
    exit $status;
}

print join(', ', @{ $result{versions} }), "\n";
for my $top (@tops) {
    my $of = $result{$top};
    my $ecp5 = $of->{modules}{ecp5};
    my $xc7 = $of->{modules}{xc7} // {};
    printf "\n%-22s %7s %7s %5s %4s | %7s %7s %6s %4s\n", "$top, by module",
        qw(LUT4 FF BRAM DSP LUT FF RAMB36 DSP);
    for my $name (sort { $ecp5->{$b}{lut} <=> $ecp5->{$a}{lut} || $a cmp $b } keys %$ecp5) {
        my $x = $xc7->{$name} // {};
        printf "%-22s %7d %7d %5g %4d | %7s %7s %6s %4s\n", $name,
            (map { $ecp5->{$name}{$_} } qw(lut ff bram dsp)),
            (map { $x->{$_} // '-' } qw(lut ff bram dsp));
    }
    my $used = $of->{runs}[0]{used};
    printf "%s, placed (ECP5 %s): %d COMB, %d FF, %d BRAM, %d DSP\n", $top, $of->{device},
        map { $used->{$_} } qw(TRELLIS_COMB TRELLIS_FF DP16KD MULT18X18D);
    for my $run (@{ $of->{runs} }) {
        printf "%s, seed %d: %5.1f MHz, %s to %s (%d levels, routing %d %%)\n", $top,
            $run->{seed}, $run->{mhz}, $run->{start}, $run->{end}, $run->{levels},
            100 * $run->{routing};
    }
    printf "%s, median: %5.1f MHz at speed grade 6\n", $top, $of->{mhz};
    for my $wrong (@{ $of->{wrong} // [] }) {
        print STDERR "synth: $wrong\n";
        $status = 1;
    }
}
exit $status;
