/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 */
#define _POSIX_C_SOURCE 200809L
#include "core_tb/elf_load.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int check_kind(Elf *elf, struct elf_image *image, char *error,
                      unsigned error_len)
{
    GElf_Ehdr header;
    if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header)) {
        snprintf(error, error_len, "not an ELF file");
        return -1;
    }
    if (header.e_machine != EM_RISCV || gelf_getclass(elf) != ELFCLASS32 ||
        header.e_type != ET_EXEC) {
        snprintf(error, error_len, "not a 32-bit RISC-V executable");
        return -1;
    }
    image->entry = (uint32_t)header.e_entry;
    return 0;
}

static int load_segments(Elf *elf, struct elf_image *image, char *error,
                         unsigned error_len)
{
    size_t count, file_len;
    const char *file = elf_rawfile(elf, &file_len);
    if (!file || elf_getphdrnum(elf, &count)) {
        snprintf(error, error_len, "no program headers");
        return -1;
    }
    int loaded = 0;
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr seg;
        if (!gelf_getphdr(elf, (int)i, &seg)) {
            snprintf(error, error_len, "bad program header %zu", i);
            return -1;
        }
        if (seg.p_type != PT_LOAD || seg.p_memsz == 0)
            continue;
        if (seg.p_paddr < image->base || seg.p_memsz > image->len_bytes ||
            seg.p_paddr - image->base > image->len_bytes - seg.p_memsz) {
            snprintf(error, error_len,
                     "segment at 0x%llx, %llu bytes, is outside the RAM",
                     (unsigned long long)seg.p_paddr,
                     (unsigned long long)seg.p_memsz);
            return -1;
        }
        if (seg.p_filesz > seg.p_memsz || seg.p_offset > file_len ||
            seg.p_filesz > file_len - seg.p_offset) {
            snprintf(error, error_len, "segment %zu is cut short", i);
            return -1;
        }
        memcpy(image->bytes + (seg.p_paddr - image->base), file + seg.p_offset,
               seg.p_filesz);
        loaded++;
    }
    if (!loaded) {
        snprintf(error, error_len, "nothing to load");
        return -1;
    }
    return 0;
}

static void note_symbol(struct elf_image *image, const char *name,
                        uint32_t value, uint32_t len_bytes)
{
    if (!strcmp(name, "tohost")) {
        image->tohost = value;
        image->tohost_bytes = len_bytes;
    } else if (!strcmp(name, "fromhost"))
        image->fromhost = value;
    else if (!strcmp(name, "begin_signature"))
        image->begin_signature = value;
    else if (!strcmp(name, "end_signature"))
        image->end_signature = value;
}

static void find_symbols(Elf *elf, struct elf_image *image)
{
    Elf_Scn *section = NULL;
    while ((section = elf_nextscn(elf, section))) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header) || header.sh_type != SHT_SYMTAB ||
            header.sh_entsize == 0)
            continue;
        Elf_Data *data = elf_getdata(section, NULL);
        size_t count = header.sh_size / header.sh_entsize;
        for (size_t i = 0; data && i < count; i++) {
            GElf_Sym symbol;
            if (!gelf_getsym(data, (int)i, &symbol))
                break;
            const char *name = elf_strptr(elf, header.sh_link, symbol.st_name);
            if (name)
                note_symbol(image, name, (uint32_t)symbol.st_value,
                            (uint32_t)symbol.st_size);
        }
    }
}

int elf_load(struct elf_image *image, const char *path, char *error,
             unsigned error_len)
{
    image->tohost = image->tohost_bytes = image->fromhost = 0;
    image->begin_signature = image->end_signature = 0;
    int fd = open(path, O_RDONLY);
    if (fd < 0) {
        snprintf(error, error_len, "%s", strerror(errno));
        return -1;
    }
    int result = -1;
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    if (!elf)
        snprintf(error, error_len, "%s", elf_errmsg(-1));
    else if (!check_kind(elf, image, error, error_len) &&
             !load_segments(elf, image, error, error_len)) {
        find_symbols(elf, image);
        result = 0;
    }
    elf_end(elf);
    close(fd);
    return result;
}
