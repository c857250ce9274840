/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Reads a 32-bit RISC-V ELF program into memory and finds its test symbols.
 */
#ifndef RL_ELF_LOAD_H
#define RL_ELF_LOAD_H

#include <stdint.h>

struct elf_image {
    uint8_t *bytes;           /* in: room for the memory, zeroed */
    uint32_t base, len_bytes; /* in: where the memory lies */
    uint32_t entry;           /* out */
    uint32_t tohost;          /* out: addresses of symbols, 0 when absent */
    uint32_t tohost_bytes;    /* out: its size, 0 when the file does not say */
    uint32_t fromhost;
    uint32_t begin_signature;
    uint32_t end_signature;
};

/* Returns 0, or -1 with one line in `error` (of `error_len` bytes). */
int elf_load(struct elf_image *image, const char *path, char *error,
             unsigned error_len);

#endif
