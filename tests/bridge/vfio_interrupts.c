/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * vfio-user: MSI-X and INTx become eventfds.
 */
#include "support/vfio_world.h"

enum { EVENTFD = VFIO_DATA_EVENTFD | VFIO_ACTION_TRIGGER };

static void give(struct vfio_world *w, uint32_t index, uint32_t start,
                 uint32_t count)
{
    struct vfio_message m = vc_irqs(index, EVENTFD, start, count);

    for (unsigned i = 0; i < count; i++)
        vc_attach(&m, w->fe.kick[start + i]);
    vw_answer(w, m);
}

static void a_vector_writes_its_eventfd(void **state)
{
    struct vfio_world *w = *state;

    give(w, VFIO_IRQ_MSIX, 0, 3);
    vw_expect_calls(w, "msix on");
    vfio_session_msix(&w->session, 1);
    vfio_session_msix(&w->session, 1);
    vfio_session_msix(&w->session, 2);
    assert_int_equal(fe_count(w->fe.kick[0]), 0);
    assert_int_equal(fe_count(w->fe.kick[1]), 2);
    assert_int_equal(fe_count(w->fe.kick[2]), 1);
    vfio_session_msix(&w->session, PCI_FAKE_VECTORS); /* none such */
}

static void a_vector_without_an_eventfd_waits_for_it(void **state)
{
    struct vfio_world *w = *state;

    give(w, VFIO_IRQ_MSIX, 0, 1);
    vfio_session_msix(&w->session, 2);
    give(w, VFIO_IRQ_MSIX, 2, 1);
    assert_int_equal(fe_count(w->fe.kick[2]), 1);
    give(w, VFIO_IRQ_MSIX, 2, 1); /* once only */
    assert_int_equal(fe_count(w->fe.kick[2]), 0);
}

static void no_fds_take_the_eventfds_away(void **state)
{
    struct vfio_world *w = *state;

    give(w, VFIO_IRQ_MSIX, 0, 3);
    vw_answer(w, vc_irqs(VFIO_IRQ_MSIX, EVENTFD, 1, 1));
    vw_expect_calls(w, "msix on");
    vfio_session_msix(&w->session, 0);
    vfio_session_msix(&w->session, 1);
    assert_int_equal(fe_count(w->fe.kick[0]), 1);
    assert_int_equal(fe_count(w->fe.kick[1]), 0);
    vw_answer(w, vc_irqs(VFIO_IRQ_MSIX, EVENTFD, 0, 3));
    vw_expect_calls(w, "msix off");
}

static void a_trigger_of_nothing_disables_all(void **state)
{
    struct vfio_world *w = *state;
    unsigned before = fe_count_fds();

    give(w, VFIO_IRQ_MSIX, 0, PCI_FAKE_VECTORS);
    vfio_session_msix(&w->session, 4);
    vw_answer(w, vc_irqs(VFIO_IRQ_MSIX, 0x21, 0, 0));
    vw_expect_calls(w, "msix on; msix off");
    assert_int_equal(fe_count_fds(), before);
    give(w, VFIO_IRQ_INTX, 0, 1);
    vw_answer(w, vc_irqs(VFIO_IRQ_INTX, 0x21, 0, 0));
    assert_int_equal(fe_count_fds(), before);
    w->device.intx = true;
    vfio_session_interrupts(&w->session);
}

static void replaced_eventfds_are_closed(void **state)
{
    struct vfio_world *w = *state;
    unsigned before;

    give(w, VFIO_IRQ_MSIX, 0, 3);
    before = fe_count_fds();
    for (unsigned i = 0; i < 100; i++)
        give(w, VFIO_IRQ_MSIX, 0, 3);
    assert_int_equal(fe_count_fds(), before);
}

static void a_client_may_trigger_itself(void **state)
{
    struct vfio_world *w = *state;
    struct vfio_message m = vc_irqs(VFIO_IRQ_MSIX, 0x22, 1, 2);

    give(w, VFIO_IRQ_MSIX, 0, 3);
    vw_answer(w, vc_irqs(VFIO_IRQ_MSIX, 0x21, 0, 1));
    m.payload.irqs.data[0] = 0;
    m.payload.irqs.data[1] = 1;
    vw_answer(w, m);
    assert_int_equal(fe_count(w->fe.kick[0]), 1);
    assert_int_equal(fe_count(w->fe.kick[1]), 0);
    assert_int_equal(fe_count(w->fe.kick[2]), 1);
    give(w, VFIO_IRQ_INTX, 0, 1);
    vw_answer(w, vc_irqs(VFIO_IRQ_INTX, 0x21, 0, 1));
    assert_int_equal(fe_count(w->fe.kick[0]), 1);
}

static void intx_is_told_once_for_each_unmask(void **state)
{
    struct vfio_world *w = *state;

    give(w, VFIO_IRQ_INTX, 0, 1);
    vfio_session_interrupts(&w->session);
    assert_int_equal(fe_count(w->fe.kick[0]), 0);
    w->device.intx = true;
    for (unsigned i = 0; i < 3; i++)
        vfio_session_interrupts(&w->session);
    assert_int_equal(fe_count(w->fe.kick[0]), 1);
    vw_answer(w, vc_irqs(VFIO_IRQ_INTX, 0x11, 0, 1)); /* still high */
    assert_int_equal(fe_count(w->fe.kick[0]), 1);
    w->device.intx = false;
    vw_answer(w, vc_irqs(VFIO_IRQ_INTX, 0x11, 0, 1));
    assert_int_equal(fe_count(w->fe.kick[0]), 0);
    w->device.intx = true;
    vfio_session_interrupts(&w->session);
    assert_int_equal(fe_count(w->fe.kick[0]), 1);
}

static void a_masked_intx_is_not_told(void **state)
{
    struct vfio_world *w = *state;
    struct vfio_message m = vc_irqs(VFIO_IRQ_INTX, 0x12, 0, 1);

    give(w, VFIO_IRQ_INTX, 0, 1);
    vw_answer(w, vc_irqs(VFIO_IRQ_INTX, 0x09, 0, 1));
    w->device.intx = true;
    vfio_session_interrupts(&w->session);
    m.payload.irqs.data[0] = 0; /* not meant */
    vw_answer(w, m);
    assert_int_equal(fe_count(w->fe.kick[0]), 0);
    m.payload.irqs.data[0] = 1;
    vw_answer(w, m);
    assert_int_equal(fe_count(w->fe.kick[0]), 1);
}

static void an_interrupt_waits_for_remote_writes_before_it(void **state)
{
    struct vfio_world *w = *state;
    struct vfio_message m;

    give(w, VFIO_IRQ_MSIX, 0, 1);
    for (unsigned i = 0; i < 2; i++)
        vfio_session_dma(&w->session, true, 0, 0x1000, w->device.bar0, 4);
    vfio_session_msix(&w->session, 0);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(fe_count(w->fe.kick[0]), 0);
        assert_true(vc_receive(w->fe.socket, &m));
        m = vc_answer(&m);
        vc_send(w->fe.socket, &m);
        assert_true(vw_serve(w, 0));
    }
    assert_int_equal(fe_count(w->fe.kick[0]), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        vfio_test(a_vector_writes_its_eventfd),
        vfio_test(a_vector_without_an_eventfd_waits_for_it),
        vfio_test(no_fds_take_the_eventfds_away),
        vfio_test(a_trigger_of_nothing_disables_all),
        vfio_test(replaced_eventfds_are_closed),
        vfio_test(a_client_may_trigger_itself),
        vfio_test(intx_is_told_once_for_each_unmask),
        vfio_test(a_masked_intx_is_not_told),
        vfio_test(an_interrupt_waits_for_remote_writes_before_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
