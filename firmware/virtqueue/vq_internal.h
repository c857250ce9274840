/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Shared by the virtqueue's own files only.
 */
#ifndef RINGLET_VQ_INTERNAL_H
#define RINGLET_VQ_INTERNAL_H

#include "vq.h"

/* Size of the device-memory window, 0 while it is closed. */
extern uint32_t vq_win_bytes;

/* In the shadow ring, a reserved bit: a copy of this buffer stands in the table
 * ring. Nothing but vq_gather() may take it. */
#define VQ_DESC_PLACED 0x4000u

/* AVAIL/USED of a descriptor that is available at wrap counter `wrap`. */
static inline uint32_t vq_avail_flags(bool wrap)
{
    return wrap ? VQ_DESC_AVAIL : VQ_DESC_USED;
}

/* AVAIL/USED of a used descriptor at wrap counter `wrap`. */
static inline uint32_t vq_used_flags(bool wrap)
{
    return wrap ? VQ_DESC_AVAIL | VQ_DESC_USED : 0u;
}

/* Does `slot`, at or after parse in ring order, hold an available descriptor? */
static inline bool vq_slot_avail(const struct vq *vq, uint32_t slot)
{
    bool wrap = vq->parse_wrap != (slot < vq->parse);

    return (vq->ring[slot].flags & (VQ_DESC_AVAIL | VQ_DESC_USED)) ==
           vq_avail_flags(wrap);
}

/* Nothing more is available `ahead` places after the parse position; what
 * stands before it stays. */
void vq_stop(struct vq *vq, uint32_t ahead);

/* Fetch side of a completion, and of a pass. */
void vq_fetch_issue(struct vq *vq, uint32_t most, uint32_t flags);
void vq_fetch_landed(struct vq *vq, uint32_t descs);
void vq_settle(struct vq *vq);

/* Entries that the table of an indirect buffer takes, 0: it is malformed. Is
 * there room for it now? */
uint32_t vq_table_entries(const struct vq *vq, const struct vq_desc *d);
bool vq_table_fits(const struct vq *vq, const struct vq_desc *d);
/* The run that fills what stands in the table ring. */
void vq_run_write_table(struct vq *vq, uint32_t entries, uint32_t param,
                        uint32_t flags);

/* Publish what is done; notify where the driver wants it. */
void vq_used_flush(struct vq *vq);

/* The driver event area has come. */
void vq_event_landed(struct vq *vq);

#endif
