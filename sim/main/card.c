/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * A card with its firmware running below a root port.
 */
#include "main/card.h"

#include <stdio.h>
#include <string.h>

#include "driver/virtio_pci.h"

void card_options_default(struct card_options *o)
{
    memset(o, 0, sizeof *o);
    rl_rp_config_default(&o->link);
}

static void console(void *ctx, char ch)
{
    struct card *c = ctx;

    if (ch == '\r')
        return;
    if (ch != '\n')
        c->console[c->console_used++] = ch;
    if (ch != '\n' && c->console_used < sizeof c->console - 1)
        return;
    c->console[c->console_used] = '\0';
    c->console_used = 0;
    if (c->show_console)
        printf("uart: %s\n", c->console);
}

static int fail(struct card *c, const char *what)
{
    if (what)
        fprintf(stderr, "ringlet: %s\n", what);
    card_close(c);
    return -1;
}

int card_open_cold(struct card *c, const struct card_options *o)
{
    memset(c, 0, sizeof *c);
    c->show_console = o->show_console;
    c->firmware = o->firmware;
    c->model = rl_model_new(0, NULL);
    if (!c->model)
        return fail(c, "no memory for the model");
    rl_model_seed(c->model, o->link.seed);
    rl_model_uart(c->model, console, c);
    if (o->waves && rl_model_waves(c->model, o->waves)) {
        fprintf(stderr, "ringlet: cannot record waves in %s\n", o->waves);
        return fail(c, NULL);
    }
    if (firmware_load(c->model, o->firmware))
        return fail(c, NULL);
    c->rp = rl_rp_new(c->model, &o->link);
    if (!c->rp)
        return fail(c, "no memory for the root port");
    rl_rp_reset(c->rp);
    return 0;
}

int card_open(struct card *c, const struct card_options *o)
{
    int r = card_open_cold(c, o);

    if (r)
        return r;
    r = rl_rp_enumerate(c->rp);
    if (!r)
        return 0;
    fprintf(stderr, "ringlet: enumeration failed: %s\n", drv_strerror(r));
    return fail(c, NULL);
}

void card_close(struct card *c)
{
    rl_rp_free(c->rp);
    rl_model_free(c->model);
    c->rp = NULL;
    c->model = NULL;
}

unsigned card_errors(const struct rl_model *m, char *text, size_t bytes)
{
    unsigned found = 0;
    size_t used = 0;
    const char *name;

    snprintf(text, bytes, "none");
    for (unsigned i = 0; (name = rl_model_error_name(i)); i++) {
        uint64_t n = rl_model_counter(m, RL_COUNT_ERR0 + i);

        if (!n)
            continue;
        if (used < bytes)
            used += (size_t)snprintf(text + used, bytes - used, "%s%llu %s",
                                     found ? ", " : "", (unsigned long long)n,
                                     name);
        found++;
    }
    return found;
}

void card_print_errors(const struct rl_model *m)
{
    char text[512];

    card_errors(m, text, sizeof text);
    printf("errors of the card: %s\n", text);
}
