/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Notification against sleep, both directions ("Driver and Device Event
 * Suppression"). Each side says that it wants to be told, looks again and
 * sleeps; each side moves its half of the ring and asks the other's wish.
 *
 * The device is a core and a DMA engine. Writes leave in order, out of a
 * channel; reads are answered at any time, those with a fence behind all writes
 * that were pushed before. The driver's accesses are in order, with the barriers
 * that the specification asks of it.
 *
 * Variants that must fail, one macro each:
 *   NO_RELOOK    device: no look at the ring after doorbells were enabled
 *   NO_FENCE     ... or one that may be answered before that write
 *   EARLY_EVENT  device: the driver's wish is read before the used write
 *   NO_RECHECK   driver: sleeps without a look after enabling interrupts
 */
#define BUFFERS 3
#define WRITES  4

mtype = { BELL_ON, BELL_OFF, USED, IRQ };
chan writes = [WRITES] of { mtype };

byte avail, used;        /* the ring, as counters in host memory */
bool want_bell = true;   /* device event area */
bool want_irq = true;    /* driver event area */
bool bell, irq;          /* notifications on their way */
byte taken, done;        /* device: buffers seen, given back */
byte seen;               /* driver: buffers back */

/* The engine carries out what was pushed. */
active proctype dma()
{
end:
    do
    :: atomic { writes ? BELL_ON -> want_bell = true }
    :: atomic { writes ? BELL_OFF -> want_bell = false }
    :: atomic { writes ? USED -> used++ }
    :: atomic { writes ? IRQ -> irq = true }
    od
}

#ifdef NO_FENCE
#define FENCE true
#else
#define FENCE empty(writes)
#endif

active proctype device()
{
    byte fresh;
    bool wish;

idle:
    do
    :: atomic { bell -> bell = false }; goto look
    :: done < taken -> goto give
    :: atomic { nfull(writes) && !bell && taken == done -> goto sleep }
    od;

look: /* a read of the ring */
    atomic { fresh = avail };
    if
    :: fresh > taken ->
        taken = fresh;
        if
        :: nfull(writes) -> writes ! BELL_OFF; goto busy
        :: true -> goto give
        fi
    :: fresh == taken -> goto arm
    fi;

busy: /* doorbells are off: look until nothing is there */
    do
    :: done < taken -> goto give
    :: atomic { avail > taken -> taken = avail }
    :: atomic { avail == taken -> fresh = avail }; goto arm
    od;

arm:
    writes ! BELL_ON;
#ifndef NO_RELOOK
    FENCE;
    atomic { fresh = avail };
    if
    :: fresh > taken -> taken = fresh; goto give
    :: else -> skip
    fi;
#endif
    goto idle;

give:
#ifdef EARLY_EVENT
    wish = want_irq;
#endif
    writes ! USED;
    done++;
#ifndef EARLY_EVENT
    FENCE;
    wish = want_irq;
#endif
    if
    :: wish -> writes ! IRQ
    :: else -> skip
    fi;
    if
    :: done < taken -> goto give
    :: else -> goto look
    fi;

sleep:
end_sleep:
    atomic { bell -> bell = false };
    goto look
}

active proctype driver()
{
    byte put;

    do
    :: put < BUFFERS -> /* add one, then ask whether to ring */
        put++;
        avail = put;
        if
        :: want_bell -> bell = true
        :: else -> skip
        fi
    :: seen < put && used > seen -> seen++
    :: want_irq = false
    :: seen < put -> /* sleep */
        irq = false;
        want_irq = true;
#ifndef NO_RECHECK
        if
        :: used > seen -> seen++; goto awake
        :: else -> skip
        fi;
#endif
        /* Not an end state: to be stuck here is a notification lost. */
        irq -> irq = false;
awake:
        skip
    :: seen == BUFFERS -> break
    od
}
