/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What the bytes of an input mean to the fuzz target vfio_user: steps, one after
 * the other, each a byte of enum vfio_step and what stands beside it. Multi-byte
 * values are little-endian. Whatever is missing reads as 0.
 */
#ifndef RL_FUZZ_VFIO_USER_INPUT_H
#define RL_FUZZ_VFIO_USER_INPUT_H

enum vfio_step {
    /* u8 command; u8 exclusive-ored with the flags of a command; u8 number of
     * fds; a u8 of enum vfio_fd for each; u16 bytes of payload; i8 by how many
     * the header's size is wrong; the payload. */
    STEP_MESSAGE,
    STEP_PART,   /* the same, but only the first half is sent */
    STEP_GREET,  /* a good VERSION */
    STEP_MSIX,   /* u8 vector: the device interrupts */
    STEP_INTX,   /* u8 level */
    STEP_ACCESS, /* u8 region, u32 offset: the device reads and writes */
    STEP_DMA,    /* u8 write, u16 bytes: of remote memory */
    STEP_ANSWER, /* u8 which of those asked for; u8 0: good, 1: an error, 2: of
                  * the wrong size, 3: as if for another command */
    STEP_CUT,    /* u16 pages: of the memory are left */
    STEP_LEAVE,  /* the client leaves; another comes */
    STEP_FAIL,   /* u8: the device fails from now on, or no longer */
    VFIO_STEPS
};

enum vfio_fd {
    VFD_MEMORY, /* of FE_MEMORY_BYTES */
    VFD_SEALED, /* memory that may not be written */
    VFD_EVENT_0,
    VFD_EVENT_1,
    VFD_EVENT_FULL, /* an eventfd that can count no further */
    VFD_PIPE_FULL,  /* to write, and nobody reads */
    VFD_NO_READER,  /* to write to, the other end closed */
    VFD_SOCKET,
    VFD_DEVICE_NULL,
    VFD_FDS
};

#endif
