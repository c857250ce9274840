#!/usr/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Process 1 of a virtual machine that has the card. Words of the kernel's command
# line come as environment:
#
#   ringlet_device=NAME      what the card is: NAME.sh beside this file
#   ringlet_do=STEP,...      functions step_STEP of this file or that one, in turn
#   ringlet_do=shell         a shell, then power off
# and others, which the steps name. Lines for who reads the console:
#
#   ringlet: up SECONDS      this script runs, so long after the kernel began
#   ringlet: ok|not ok WHAT  a result
#   ringlet: figure KEY VALUE
#   ringlet: end             all steps were done
# shellcheck shell=dash disable=SC2154 # they are in the environment
export PATH=/usr/bin:/bin HOME=/tmp TERM="${TERM:-linux}"

/usr/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
mkdir -p /dev/pts
mount -t devpts devpts /dev/pts

say() { echo "ringlet: $*"; }
say "up $(cut -d ' ' -f 1 /proc/uptime)"

verdict() { # status, name
    if [ "$1" -eq 0 ]; then say "ok $2"; else say "not ok $2"; fi
}

# Up to SECONDS for a command to succeed.
within() { # SECONDS COMMAND...
    tries=$(($1 * 10))
    shift
    until "$@"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.1
    done
}

# ---- The card as a PCI device ----

# Addresses of all virtio devices, in order; `pci` is the first one's.
cards() {
    for entry in /sys/bus/pci/devices/*; do
        [ "$(cat "$entry/vendor")" != 0x1af4 ] || echo "${entry##*/}"
    done
}
pci=$(cards | head -n 1)
pci_path=/sys/bus/pci/devices/$pci

# Folder of its virtio device, which is another one after unbind and bind.
virtio_path() { echo "$pci_path"/virtio*; }

feature() { # bit; the first character of the file is bit 0
    cut -c $(($1 + 1)) "$(virtio_path)/features"
}

feature_is() { # bit, 0|1
    [ "$(feature "$1")" = "$2" ]
    verdict $? "feature $1 is $([ "$2" = 1 ] || printf 'not ')taken"
}

bound() { [ -e "$(virtio_path)/driver" ]; }

# Sets status to the device's own.
device_status() { status=$(cat "$(virtio_path)/status" 2>/dev/null); }

unbind() { echo "$pci" >/sys/bus/pci/drivers/virtio-pci/unbind; }
bind() { echo "$pci" >/sys/bus/pci/drivers/virtio-pci/bind && within 20 bound; }

# Vendor page, by way of the PCI_CFG capability: no driver is in the way, and none
# needs to be there. Its number is what sim and firmware call RL_BAR0_VENDOR.
vendor_page=0x3000
window=$(lspci -vv -s "$pci" | sed -n 's/.*\[\(..\)\] Vendor .* VirtIO: <unknown>/\1/p')
read_vendor_page() { # offset
    setpci -s "$pci" "$(printf '%x.b=0' $((0x$window + 4)))" \
        "$(printf '%x.l=%x' $((0x$window + 8)) $((vendor_page + $1)))" \
        "$(printf '%x.l=4' $((0x$window + 12)))" "$(printf '%x.l' $((0x$window + 16)))"
}

# The card's clock (RL_VENDOR_TIMER), 32 bits.
card_time() { echo $((0x$(read_vendor_page 12))); }

# A command, and how many cycles the card has run meanwhile.
measured() { # figure COMMAND...
    figure=$1 began=$(card_time)
    shift
    "$@"
    outcome=$?
    say "figure ${figure}_cycles $((($(card_time) - began) & 0xffffffff))"
    return $outcome
}

has_line() { # what, pattern
    grep -qE "$2" /tmp/lspci
    verdict $? "lspci: $1"
}

# All that does not depend on what the card is.
step_pci() {
    lspci -vvnn -s "$pci" >/tmp/lspci 2>/tmp/lspci.err
    cat /tmp/lspci
    [ ! -s /tmp/lspci.err ]
    verdict $? "lspci has nothing to complain of"
    ! grep -iE 'unknown header|access denied|chain looped|invalid|!!!|broken' /tmp/lspci
    verdict $? "lspci understands all of it"
    has_line "the device is virtio 1.x" '\[1af4:10[4-7].\]'
    has_line "power management" 'Capabilities: \[..\] Power Management version 3'
    has_line "PCI Express endpoint" 'Capabilities: \[..\] Express \(v2\) Endpoint'
    has_line "function level reset" 'FLReset\+'
    if [ "$ringlet_msi" = 0 ]; then
        has_line "MSI-X is there, not enabled" 'Capabilities: \[..\] MSI-X: Enable- Count='
        has_line "INTx" 'Interrupt: pin A routed to IRQ'
    else
        has_line "MSI-X enabled" 'Capabilities: \[..\] MSI-X: Enable\+ Count='
    fi
    for part in CommonCfg Notify ISR DeviceCfg; do
        has_line "virtio structure $part" "VirtIO: $part"
    done
    has_line "no error is logged in the device status" \
        'DevSta:.*CorrErr- NonFatalErr- FatalErr- UnsupReq-'
    has_line "bound to virtio-pci" 'Kernel driver in use: virtio-pci'
    has_line "bus master" 'Control:.*BusMaster\+'
    bound
    verdict $? "bound to its driver"
    feature_is 32 1
    feature_is 34 1
    feature_is 35 "${ringlet_in_order:-1}"
    say "figure features $(cat "$(virtio_path)/features")"
}

# Interrupts of the card so far, of lines in /proc/interrupts with these words.
interrupts() {
    grep -E "$1" /proc/interrupts | awk '{ n += $2 } END { print n + 0 }'
}

step_interrupts() {
    cat /proc/interrupts
    if [ "$ringlet_msi" = 0 ]; then
        [ "$(interrupts 'IO-APIC.*virtio')" -gt 0 ] && ! grep -q "MSIX.*$pci" /proc/interrupts
        verdict $? "interrupts came by INTx, none by MSI-X"
    else
        [ "$(interrupts "MSIX.*$pci.*-input")" -gt 0 ] &&
            [ "$(interrupts "MSIX.*$pci.*-output")" -gt 0 ]
        verdict $? "MSI-X messages came for both directions"
        ! grep -q 'IO-APIC.*virtio' /proc/interrupts
        verdict $? "no interrupt line is used"
    fi
}

# ---- What the kernel says ----

# Nothing that is wrong with a device, and no warning about ours.
step_quiet() {
    complaints='WARNING|BUG:|call trace|hung task|blocked for more|timed out|timeout'
    complaints="$complaints|unexpected|bad gso|is not a head|id .* out of range|refuses"
    dmesg -r | sed 's/^<\([0-9]*\)>/\1 /' |
        awk '$1 % 8 <= 4 { sub(/^[0-9]* */, ""); print }' |
        grep -E "${pci#0000:}|virtio|eth[0-9]" >/tmp/warnings
    dmesg | grep -iE "$complaints" >>/tmp/warnings
    ! sort -u /tmp/warnings | grep .
    verdict $? "no complaint of the kernel"
}

# ---- Life ----

# shellcheck source=tests/interop/guest/net.sh
. "/usr/share/$ringlet_device.sh"

if [ -z "$pci" ]; then
    say "not ok the kernel finds the card"
    lspci
elif [ "$ringlet_do" = shell ]; then
    "${ringlet_device}_shell"
    # With a session and a terminal of its own the shell gets job control.
    setsid -c sh -i <>/dev/ttyS0 >&0 2>&0
else
    for step in $(echo "$ringlet_do" | tr , ' '); do
        "step_$step"
    done
    say end
fi
sync
poweroff -f
