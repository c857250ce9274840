/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * The program: finds the command and runs it.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "main/commands.h"

const struct command commands[] = {
    {"demo", "send a capture through the card in four ways and compare",
     "\nRings and buffers in host memory and in device memory, in-order and\n"
     "not; each frame is sent, looped back at the network port, received and\n"
     "compared.\n",
     OPT_LINK | OPT_CAPTURE_IN, cmd_demo},
    {"net", "send a capture through the card, write what comes back",
     "\nThe network port loops frames back, with random pauses. The output\n"
     "file appears only when every frame came back unchanged.\n",
     OPT_LINK | OPT_TRAFFIC | OPT_CAPTURE_IN | OPT_CAPTURE_OUT, cmd_net},
    {"enum", "enumerate the card and show what a host sees", NULL, OPT_LINK,
     cmd_enum},
    {"bench", "measure instructions, cycles and TLPs per packet", NULL,
     OPT_LINK | OPT_COUNT, cmd_bench},
    {"vhost-user", "let a driver in another process use the card",
     "\nA vhost-user back-end: DPDK's net_virtio_user, user-mode Linux and\n"
     "QEMU's vhost-user devices connect to the socket. Their memory becomes\n"
     "the card's host memory; what they ask for is done by TLPs.\n",
     OPT_LINK | OPT_BRIDGE | OPT_MASK, cmd_vhost_user},
    {"vfio-user", "let a virtual machine use the card",
     "\nA vfio-user server: QEMU's vfio-user-pci device connects to the "
     "socket\n"
     "and its guest finds the card on its PCI bus. The guest's memory becomes\n"
     "the card's host memory; its accesses are TLPs.\n",
     OPT_LINK | OPT_BRIDGE | OPT_MASK, cmd_vfio_user},
    {"replay", "repeat a recorded run, cycle by cycle, without its driver",
     "\nFirmware and link are those of the recording. Ends where the card "
     "does\n"
     "something that it did not do then.\n",
     OPT_REPLAY, cmd_replay},
    {0},
};

/* Waves need a model that was built for it: another program beside this. */
static int run_with_waves(char **argv)
{
    char path[PATH_MAX + 32];

    snprintf(path, sizeof path, "%sringlet-waves", program_folder());
    execv(path, argv);
    fprintf(stderr,
            "ringlet: %s: %s (--waves needs it: make build/ringlet-waves)\n",
            path, strerror(errno));
    return 2;
}

int main(int argc, char **argv)
{
    struct options o;
    const struct command *c;
    char self[PATH_MAX];
    ssize_t n;

    setvbuf(stdout, NULL, _IOLBF, 0);
    c = options_parse(argc, argv, &o);
    n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    if (o.waves && (n < 6 || strcmp(self + n - 6, "-waves") != 0))
        return run_with_waves(argv);
    return c->run(&o);
}
