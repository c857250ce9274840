/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * MSI-X vectors, ISR, INTx, configuration changes.
 */
#include "lab.h"

enum {
    INTX_OFF = 0x400, /* Command: Interrupt Disable */
    INTX_PENDING = 8, /* Status: Interrupt Status */
    BAD_VECTOR_STEP = 1021,
};

static void send_one(struct lab *l)
{
    lab_add_one(&l->tx, lab_packet(l, 60, 1), 72, false, 1);
    lab_kick(&l->tx);
    (void)lab_sent(l, 60, 1);
    (void)lab_take(&l->tx, 1);
}

/* Seen by the device with its next look at the port. */
static void link_changes(struct lab *l, bool up)
{
    rl_model_net_link(l->t->model, up);
    rl_rp_run(l->t->rp, LAB_TICK);
}

static void set_vector(struct lab *l, uint16_t queue, unsigned vector)
{
    drv_pci_put(&l->pci, DRV_C_QUEUE_SELECT, 2, queue);
    drv_pci_put(&l->pci, DRV_C_QUEUE_VECTOR, 2, vector);
}

/* ---- Mapping ---- */

static void mapping(struct cosim *t)
{
    unsigned vectors;
    struct lab l;

    CHECK_EQ(t, lab_probe(&l, t), 0);
    CHECK(t, lab_negotiate(&l, LAB_BASE));
    vectors = rl_rp_device(t->rp)->msix_vectors;
    for (unsigned v = 0; v < vectors; v++) {
        drv_pci_put(&l.pci, DRV_C_CONFIG_VECTOR, 2, v);
        CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_CONFIG_VECTOR, 2), v);
        for (uint16_t q = 0; q < 2; q++) {
            set_vector(&l, q, v);
            CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_VECTOR, 2), v);
        }
    }
    for (uint16_t q = 0; q < 2; q++) {
        set_vector(&l, q, DRV_NO_VECTOR);
        CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_VECTOR, 2), DRV_NO_VECTOR);
    }
    drv_pci_put(&l.pci, DRV_C_CONFIG_VECTOR, 2, DRV_NO_VECTOR);
    CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_CONFIG_VECTOR, 2), DRV_NO_VECTOR);
}

static void bad_vectors(struct cosim *t)
{
    unsigned vectors = rl_rp_device(t->rp)->msix_vectors;
    struct lab l;

    CHECK_EQ(t, lab_probe(&l, t), 0);
    CHECK(t, lab_negotiate(&l, LAB_BASE));
    for (unsigned v = vectors; v < DRV_NO_VECTOR;
         v += v < 64 ? 1 : BAD_VECTOR_STEP) {
        drv_pci_put(&l.pci, DRV_C_CONFIG_VECTOR, 2, 0);
        drv_pci_put(&l.pci, DRV_C_CONFIG_VECTOR, 2, v);
        CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_CONFIG_VECTOR, 2), DRV_NO_VECTOR);
        set_vector(&l, 1, 0);
        set_vector(&l, 1, v);
        CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_QUEUE_VECTOR, 2), DRV_NO_VECTOR);
    }
}

static void shared(struct cosim *t)
{
    unsigned last = rl_rp_device(t->rp)->msix_vectors - 1;
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    CHECK_EQ(t, rl_rp_msix_program(t->rp, last, false), 0);
    drv_pci_put(&l.pci, DRV_C_CONFIG_VECTOR, 2, last);
    set_vector(&l, LAB_RX, last);
    set_vector(&l, LAB_TX, last);
    send_one(&l);
    CHECK_EQ(t, lab_messages(&l, last), 1);
    lab_add_one(&l.rx, lab_alloc(&l, 2048), 2048, true, 1);
    lab_kick(&l.rx);
    lab_arrives(&l, 60, 1);
    lab_settle(&l);
    CHECK_EQ(t, lab_messages(&l, last), 2);
    link_changes(&l, false);
    CHECK_EQ(t, lab_messages(&l, last), 3);
}

static void unmapped_queue(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    set_vector(&l, LAB_TX, DRV_NO_VECTOR);
    send_one(&l);
    send_one(&l);
    CHECK_EQ(t, l.tx.used, 2);
    CHECK_EQ(t, lab_count_all(&l, LAB_MSIX), 0);
    CHECK_EQ(t, rl_rp_intx(t->rp), 0);
    set_vector(&l, LAB_TX, 2);
    send_one(&l);
    CHECK_EQ(t, lab_messages(&l, 2), 1);
}

/* The vector goes while the card asks the driver whether it wants a message:
 * completions are far away. */
static void unmapped_meanwhile(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    rl_rp_options(t->rp)->latency_cycles = 8000;
    for (unsigned i = 0; i < 3; i++) {
        set_vector(&l, LAB_TX, 2);
        lab_log_clear(&l);
        lab_add_one(&l.tx, lab_packet(&l, 60, i), LAB_HDR + 60, false, 1);
        drv_pci_notify(&l.pci, LAB_TX, 0);
        for (unsigned n = 0; n < 1000 && !lab_is_used(&l.tx); n++)
            rl_rp_run(t->rp, 100);
        CHECK(t, lab_is_used(&l.tx));
        CHECK_EQ(t, lab_count_all(&l, LAB_MSIX), 0);
        set_vector(&l, LAB_TX, DRV_NO_VECTOR);
        for (unsigned n = 0; n < 6; n++)
            lab_settle(&l);
        CHECK_EQ(t, lab_count_all(&l, LAB_MSIX), 0);
        CHECK(t, lab_take(&l.tx, 1));
    }
    rl_rp_options(t->rp)->latency_cycles = 100;
    cosim_drain_port(t);
    CHECK_EQ(t, drv_pci_status(&l.pci), LAB_LIVE);
    set_vector(&l, LAB_TX, 2);
    send_one(&l);
    CHECK_EQ(t, lab_messages(&l, 2), 1);
}

static void unmapped_configuration(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    drv_pci_put(&l.pci, DRV_C_CONFIG_VECTOR, 2, DRV_NO_VECTOR);
    link_changes(&l, false);
    CHECK_EQ(t, lab_count_all(&l, LAB_MSIX), 0);
    CHECK_EQ(t, rl_rp_intx(t->rp), 0);
    CHECK_EQ(t, drv_pci_isr(&l.pci), 2); /* it was seen, though */
}

static uint32_t pending(struct cosim *t)
{
    return rl_rp_read32(t->rp, rl_rp_device(t->rp)->msix_pba);
}

static void masked(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    CHECK_EQ(t, rl_rp_msix_program(t->rp, 2, true), 0);
    send_one(&l);
    send_one(&l);
    CHECK_EQ(t, lab_count_all(&l, LAB_MSIX), 0);
    CHECK_EQ(t, pending(t), 1u << 2);
    CHECK_EQ(t, rl_rp_msix_program(t->rp, 2, false), 0);
    lab_settle(&l);
    CHECK_EQ(t, lab_messages(&l, 2), 1);
    CHECK_EQ(t, pending(t), 0);
    CHECK_EQ(t, drv_pci_isr(&l.pci), 0); /* not used for queues */
}

/* ---- Configuration changes ---- */

static void change_is_told(struct cosim *t)
{
    struct lab l;
    uint8_t before, link[2];

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    CHECK_EQ(t, drv_pci_device_config(&l.pci, 6, link, 2), 0);
    CHECK_EQ(t, link[0] | link[1] << 8, 1);
    before = (uint8_t)drv_pci_get(&l.pci, DRV_C_GENERATION, 1);
    CHECK_EQ(t, drv_pci_get(&l.pci, DRV_C_GENERATION, 1), before);
    link_changes(&l, false);
    CHECK_EQ(t, lab_messages(&l, LAB_CONFIG_VECTOR), 1);
    CHECK_EQ(t, drv_pci_isr(&l.pci), 2); /* with MSI-X, too */
    CHECK(t, drv_pci_get(&l.pci, DRV_C_GENERATION, 1) != before);
    CHECK_EQ(t, drv_pci_device_config(&l.pci, 6, link, 2), 0);
    CHECK_EQ(t, link[0] | link[1] << 8, 0);
}

/* Whoever gets the message finds the bit: ISR is read in its cycle. */
static void isr_precedes_message(struct cosim *t)
{
    uint8_t isr = 0;
    struct lab l;

    CHECK_EQ(t, lab_open(&l, t, LAB_BASE, 8, 8), 0);
    rl_model_net_link(t->model, false);
    for (unsigned i = 0; i < LAB_TICK && !lab_messages(&l, 0); i++)
        rl_rp_step(t->rp);
    CHECK_EQ(t, lab_messages(&l, 0), 1);
    CHECK_EQ(t, rl_rp_read(t->rp, l.pci.isr.addr, &isr, 1), 0);
    CHECK_EQ(t, isr, 2);
}

/* ---- ISR, INTx ---- */

static int open_intx(struct lab *l, struct cosim *t)
{
    int r = lab_open(l, t, LAB_BASE, 8, 8);

    if (!r)
        r = rl_rp_msix_enable(t->rp, false, false);
    return r ? r : rl_rp_command(t->rp, 0, INTX_OFF);
}

static bool interrupt_status(struct cosim *t)
{
    uint32_t v = 0;

    (void)rl_rp_cfg_read(t->rp, 6, 2, &v);
    return (v & INTX_PENDING) != 0;
}

static void intx(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, open_intx(&l, t), 0);
    CHECK_EQ(t, rl_rp_intx(t->rp), 0);
    CHECK(t, !interrupt_status(t));
    send_one(&l);
    CHECK_EQ(t, rl_rp_intx(t->rp), 1);
    CHECK(t, interrupt_status(t));
    /* Interrupt Disable takes the line away, not the status. */
    CHECK_EQ(t, rl_rp_command(t->rp, INTX_OFF, 0), 0);
    rl_rp_run(t->rp, 100);
    CHECK_EQ(t, rl_rp_intx(t->rp), 0);
    CHECK(t, interrupt_status(t));
    CHECK_EQ(t, rl_rp_command(t->rp, 0, INTX_OFF), 0);
    rl_rp_run(t->rp, 100);
    CHECK_EQ(t, rl_rp_intx(t->rp), 1);
    /* Either bit holds the line. */
    link_changes(&l, false);
    CHECK_EQ(t, drv_pci_isr(&l.pci), 3);
    rl_rp_run(t->rp, 100);
    CHECK_EQ(t, rl_rp_intx(t->rp), 0);
    CHECK(t, !interrupt_status(t));
    CHECK_EQ(t, drv_pci_isr(&l.pci), 0);
    link_changes(&l, true);
    CHECK_EQ(t, rl_rp_intx(t->rp), 1);
    CHECK_EQ(t, drv_pci_isr(&l.pci), 2);
    CHECK_EQ(t, lab_count_all(&l, LAB_MSIX), 0);
}

/* The byte stands alone: what is beside it reads 0 and clears nothing. */
static void isr_is_one_byte(struct cosim *t)
{
    uint8_t isr[4] = {0};
    struct lab l;

    CHECK_EQ(t, open_intx(&l, t), 0);
    send_one(&l);
    CHECK_EQ(t, rl_rp_read(t->rp, l.pci.isr.addr + 1, isr + 1, 3), 0);
    CHECK_EQ(t, isr[1] | isr[2] | isr[3], 0);
    CHECK_EQ(t, rl_rp_intx(t->rp), 1);
    CHECK_EQ(t, rl_rp_read(t->rp, l.pci.isr.addr, isr, 4), 0);
    CHECK_EQ(t, isr[0], 1);
    CHECK_EQ(t, isr[1] | isr[2] | isr[3], 0);
    CHECK_EQ(t, drv_pci_isr(&l.pci), 0);
}

/* Reads of ISR at every moment of a completion: once the buffer is used the
 * driver has been told or still will be. */
static void no_event_is_lost_by_reading(struct cosim *t)
{
    struct lab l;

    CHECK_EQ(t, open_intx(&l, t), 0);
    for (unsigned wait = 0; wait < 1500; wait += 37) {
        uint8_t isr;

        lab_add_one(&l.tx, lab_packet(&l, 60, 1), 72, false, 1);
        drv_pci_notify(&l.pci, LAB_TX, 0);
        rl_rp_run(t->rp, wait);
        isr = drv_pci_isr(&l.pci);
        lab_settle(&l);
        CHECK(t, lab_take(&l.tx, 1));
        CHECK_EQ(t, isr | drv_pci_isr(&l.pci), 1);
        CHECK(t, lab_sent(&l, 60, 1));
    }
}

static const struct conf_case cases[] = {
    {"any event on any vector, or on none", mapping,
     "PCI-68 PCI-69 PCI-70 PCI-72"},
    {"vectors that there are not read back as none", bad_vectors,
     "PCI-73 HOS-28"},
    {"queues and configuration on one vector, the last", shared,
     "PCI-68 PCI-76"},
    {"a queue without a vector sends nothing", unmapped_queue, "PCI-69 PCI-74"},
    {"a vector that goes while the driver is asked", unmapped_meanwhile,
     "PCI-74"},
    {"configuration changes without a vector send nothing",
     unmapped_configuration, "PCI-69 PCI-75"},
    {"a masked vector is pending and sent once", masked, "PCI-77"},
    {"a changed configuration is told once, its generation moves",
     change_is_told, "GEN-43 PCI-22 GEN-15"},
    {"the ISR bit is there when the message comes", isr_precedes_message,
     "PCI-49"},
    {"INTx follows ISR, Interrupt Disable holds it back", intx,
     "PCI-50 PCI-51 PCI-52"},
    {"ISR is one byte", isr_is_one_byte, "PCI-53"},
    {"no event is lost by reading ISR", no_event_is_lost_by_reading,
     "PCI-50 PCI-52"},
};
CONF_MAIN(cases)
