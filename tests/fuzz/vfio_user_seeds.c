/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Writes the seeds of the fuzz target vfio_user: what QEMU does, as the target's
 * input. `make fuzz-seeds` keeps them in tests/fuzz/corpus.
 *
 * usage: vfio_user_seeds DIRECTORY
 */
#include <stdio.h>
#include <stdlib.h>

#include "bridge/vfio_user.h"
#include "support/vfio_client.h"
#include "vfio_user_input.h"

struct seed {
    const char *directory;
    FILE *file;
};

static void put(struct seed *s, unsigned v)
{
    fputc((int)(v & 0xff), s->file);
}

static void begin(struct seed *s, const char *name)
{
    char path[256];

    if (s->file)
        fclose(s->file);
    snprintf(path, sizeof path, "%s/%s", s->directory, name);
    s->file = fopen(path, "wb");
    if (!s->file) {
        perror(path);
        exit(1);
    }
    put(s, STEP_GREET);
}

/* The same fd, `fds` times. */
static void message(struct seed *s, struct vfio_message m, enum vfio_fd fd,
                    unsigned fds)
{
    put(s, STEP_MESSAGE);
    put(s, m.header.command);
    put(s, m.header.flags);
    put(s, fds);
    for (unsigned i = 0; i < fds; i++)
        put(s, fd);
    put(s, vfio_payload_bytes(&m));
    put(s, vfio_payload_bytes(&m) >> 8);
    put(s, 0);
    fwrite(&m.payload, 1, vfio_payload_bytes(&m), s->file);
}

static void plain(struct seed *s, struct vfio_message m)
{
    message(s, m, VFD_MEMORY, 0);
}

static void step(struct seed *s, enum vfio_step step, unsigned a, unsigned b)
{
    put(s, step);
    put(s, a);
    put(s, b);
}

static void discovery(struct seed *s)
{
    begin(s, "discovery");
    plain(s, vc_info());
    for (uint32_t i = 0; i < VFIO_REGIONS; i++)
        plain(s, vc_region_info(i));
    for (uint32_t i = 0; i < VFIO_IRQS; i++)
        plain(s, vc_irq_info(i));
    plain(s, vc_read(VFIO_REGION_CONFIG, 0, 256));
    plain(s, vc_plain(VFIO_RESET, 0));
}

static void accesses(struct seed *s)
{
    struct vfio_message m = vc_write(0, 0, 8, 0x1234567812345678);

    begin(s, "accesses");
    plain(s, vc_write(VFIO_REGION_CONFIG, 4, 2, 6));
    plain(s, m);
    m.header.flags = VFIO_NO_REPLY;
    plain(s, m);
    plain(s, vc_read(2, 124, 4));
    plain(s, vc_read(0, 62, 4)); /* not all of it there */
}

static void interrupts(struct seed *s)
{
    begin(s, "interrupts");
    message(s, vc_irqs(VFIO_IRQ_MSIX, 0x24, 0, 3), VFD_EVENT_0, 3);
    step(s, STEP_MSIX, 1, STEP_MSIX);
    put(s, 4);
    message(s, vc_irqs(VFIO_IRQ_MSIX, 0x24, 3, 2), VFD_EVENT_FULL, 2);
    plain(s, vc_irqs(VFIO_IRQ_MSIX, 0x22, 0, 2));
    plain(s, vc_irqs(VFIO_IRQ_MSIX, 0x21, 0, 0));
    message(s, vc_irqs(VFIO_IRQ_INTX, 0x24, 0, 1), VFD_EVENT_1, 1);
    step(s, STEP_INTX, 1, STEP_LEAVE);
    put(s, STEP_GREET);
    plain(s, vc_irqs(VFIO_IRQ_INTX, 0x11, 0, 1));
}

static void memory(struct seed *s)
{
    begin(s, "memory");
    message(s, vc_map(0x1000, 0x2000, 0x1000, 3), VFD_MEMORY, 1);
    message(s, vc_map(0x8000, 0x1000, 0, 1), VFD_SEALED, 1);
    plain(s, vc_map(0xfffc0000, 0x40000, 0, 1));
    step(s, STEP_ACCESS, 0, 5);
    put(s, 0);
    put(s, 0);
    put(s, 0);
    step(s, STEP_CUT, 1, 0);
    plain(s, vc_unmap(0x8000, 0x1000));
    step(s, STEP_ACCESS, 0, 0);
}

static void messages(struct seed *s)
{
    begin(s, "messages");
    plain(s, vc_map(0, 0x100000, 0, 3));
    for (unsigned i = 0; i < 4; i++) {
        step(s, STEP_DMA, i & 1, 64);
        put(s, 0);
    }
    for (unsigned i = 0; i < 4; i++)
        step(s, STEP_ANSWER, 0, i & 1);
    step(s, STEP_ANSWER, 0, 0);
}

int main(int argc, char **argv)
{
    struct seed s = {0};

    if (argc != 2) {
        fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        return 2;
    }
    s.directory = argv[1];
    discovery(&s);
    accesses(&s);
    interrupts(&s);
    memory(&s);
    messages(&s);
    return fclose(s.file) ? 1 : 0;
}
