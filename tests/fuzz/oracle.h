/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What DMA is allowed at this moment, from the specification: rings and event
 * areas of queues that the registers show enabled while DRIVER_OK is set, and
 * the buffers that descriptors name which were fetched and not yet used, each in
 * its direction only. Indirect tables are read as far as their descriptor names
 * them, and what was read names buffers, too.
 *
 * It sees every access and message in the order in which the fake makes them
 * and ends the program at the first that is not allowed.
 *
 * What it knows of positions in the rings: positions.h.
 */
#ifndef RL_FUZZ_ORACLE_H
#define RL_FUZZ_ORACLE_H

/* Nothing is allowed; listens to the fake from now on. */
void oracle_power_up(void);

/* Status was seen as 0, or a function level reset has ended. */
void oracle_device_reset(void);

/* Looks at the registers. To be called when a driver may have changed something,
 * before DMA is stepped; restores queue_select. */
void oracle_observe(void);

/* After a turn of the loop: while a reset of the device or of a queue is under way
 * it looks at the registers, so as to see the moment in which that has ended. */
void oracle_turned(void);

#endif
