/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What the bytes of an input mean to the fuzz target vhost_user: steps, one
 * after the other, each a byte of enum input_step and what stands beside it.
 * Multi-byte values are little-endian. Whatever is missing reads as 0.
 */
#ifndef RL_FUZZ_VHOST_USER_INPUT_H
#define RL_FUZZ_VHOST_USER_INPUT_H

enum input_step {
    /* u8 request; u8 exclusive-ored with good flags; u8 number of fds; a u8 of
     * enum input_fd for each; u16 bytes of payload; i8 by how many the header's
     * size is wrong; the payload. */
    INPUT_MESSAGE,
    INPUT_PART,     /* the same, but only the first half is sent */
    INPUT_KICK,     /* u8 enum input_fd: an eventfd is counted up */
    INPUT_KICKS,    /* the server looks at kicks */
    INPUT_CALL,     /* u8 queue: the device interrupts */
    INPUT_TELL,     /* configuration change and error */
    INPUT_ACCESS,   /* u8 region, u32 offset: the device reads and writes */
    INPUT_TRUNCATE, /* u8 enum input_fd, u16 pages */
    INPUT_CLOSE,    /* the front-end leaves; another comes */
    INPUT_FAIL,     /* u8 enum fake_op that fails from now on */
    INPUT_STEPS
};

enum input_fd {
    INPUT_SMALL,   /* memory of FE_MEMORY_BYTES */
    INPUT_BIG,     /* memory of a gigabyte */
    INPUT_SEALED,  /* memory that may not be written */
    INPUT_EVENT_0, /* eventfds */
    INPUT_EVENT_1,
    INPUT_EVENT_2,
    INPUT_EVENT_3,
    INPUT_EVENT_FULL, /* an eventfd that can count no further */
    INPUT_PIPE_READ,
    INPUT_PIPE_WRITE,
    INPUT_PIPE_FULL,   /* to write, and nobody reads */
    INPUT_NO_WRITER,   /* to read from, the other end closed */
    INPUT_NO_READER,   /* to write to, the other end closed */
    INPUT_SOCKET,      /* where the back-end may send requests */
    INPUT_DEVICE_NULL, /* /dev/null */
    INPUT_FDS
};

#endif
