/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Puts an ELF image into instruction and data memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "main/card.h"
#include "ringlet_regs.h"

static int complain(const char *file, const char *what)
{
    fprintf(stderr, "ringlet: firmware %s: %s\n", file, what);
    return -1;
}

static int memory_of(uint64_t addr, uint64_t bytes, enum rl_memory *which,
                     uint32_t *offset)
{
    if (addr >= RL_DMEM_BASE && addr - RL_DMEM_BASE <= RL_DMEM_BYTES &&
        bytes <= RL_DMEM_BYTES - (addr - RL_DMEM_BASE)) {
        *which = RL_MEM_DMEM;
        *offset = (uint32_t)(addr - RL_DMEM_BASE);
        return 0;
    }
    *which = RL_MEM_IMEM; /* at address 0 */
    *offset = (uint32_t)addr;
    return addr <= RL_IMEM_BYTES && bytes <= RL_IMEM_BYTES - addr ? 0 : -1;
}

static int load_segment(struct rl_model *m, const GElf_Phdr *ph,
                        const uint8_t *image, size_t image_bytes,
                        const char *file)
{
    enum rl_memory which;
    uint32_t offset;
    char text[128];

    if (ph->p_filesz > image_bytes || ph->p_offset > image_bytes - ph->p_filesz)
        return complain(file, "truncated");
    if (memory_of(ph->p_paddr, ph->p_memsz, &which, &offset)) {
        snprintf(text, sizeof text,
                 "segment of %llu bytes at 0x%llx fits neither instruction nor "
                 "data memory",
                 (unsigned long long)ph->p_memsz,
                 (unsigned long long)ph->p_paddr);
        return complain(file, text);
    }
    if (offset & 3)
        return complain(file, "segment is not aligned to words");
    for (uint64_t i = 0; i < ph->p_filesz; i += 4) {
        uint64_t left = ph->p_filesz - i;
        uint32_t word = 0;

        memcpy(&word, image + ph->p_offset + i, left < 4 ? left : 4);
        rl_model_load(m, which, offset + (uint32_t)i, word);
    }
    return 0;
}

static int load(struct rl_model *m, Elf *elf, const char *file)
{
    GElf_Ehdr eh;
    GElf_Phdr ph;
    size_t count, bytes;
    const uint8_t *image = (const uint8_t *)elf_rawfile(elf, &bytes);
    unsigned loaded = 0;

    if (elf_kind(elf) != ELF_K_ELF || !image || !gelf_getehdr(elf, &eh))
        return complain(file, "not an ELF file");
    if (eh.e_ident[EI_CLASS] != ELFCLASS32 || eh.e_machine != EM_RISCV ||
        eh.e_type != ET_EXEC)
        return complain(file, "not a 32-bit RISC-V executable");
    if (eh.e_entry != RL_IMEM_BASE)
        return complain(file, "does not start at the reset address");
    if (elf_getphdrnum(elf, &count))
        return complain(file, "damaged");
    for (size_t i = 0; i < count; i++) {
        if (!gelf_getphdr(elf, (int)i, &ph))
            return complain(file, "damaged");
        if (ph.p_type != PT_LOAD || !ph.p_memsz)
            continue;
        if (load_segment(m, &ph, image, bytes, file))
            return -1;
        loaded++;
    }
    return loaded ? 0 : complain(file, "nothing to load");
}

int firmware_load(struct rl_model *m, const char *file)
{
    int fd = open(file, O_RDONLY), r;
    Elf *elf;

    if (fd < 0)
        return complain(file, strerror(errno));
    elf_version(EV_CURRENT);
    elf = elf_begin(fd, ELF_C_READ, NULL);
    r = elf ? load(m, elf, file) : complain(file, "not an ELF file");
    if (elf)
        elf_end(elf);
    close(fd);
    return r;
}

static void add_section(struct firmware_sizes *s, const GElf_Shdr *sh)
{
    unsigned bytes = (unsigned)sh->sh_size;

    if (!(sh->sh_flags & SHF_ALLOC))
        return;
    if (sh->sh_type == SHT_NOBITS)
        s->bss += bytes;
    else if (sh->sh_flags & SHF_EXECINSTR)
        s->code += bytes;
    else
        s->data += bytes;
}

int firmware_sizes(const char *file, struct firmware_sizes *s)
{
    int fd = open(file, O_RDONLY);
    Elf_Scn *scn = NULL;
    GElf_Shdr sh;
    Elf *elf;

    memset(s, 0, sizeof *s);
    if (fd < 0)
        return -1;
    elf_version(EV_CURRENT);
    elf = elf_begin(fd, ELF_C_READ, NULL);
    while (elf && (scn = elf_nextscn(elf, scn)))
        if (gelf_getshdr(scn, &sh))
            add_section(s, &sh);
    if (elf)
        elf_end(elf);
    close(fd);
    return s->code ? 0 : -1;
}
