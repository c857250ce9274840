/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Many test programs in one, which is linked once for a mutant: their main() is
 * compiled as NAME_main(). Linked with some of them, it runs those.
 *
 * usage: PROGRAM NAME [ARGUMENT...]
 */
#include <stdio.h>
#include <string.h>

/* PROGRAMS is X(name) for each of them. */
#define X(name) __attribute__((weak)) int name##_main(int argc, char **argv);
PROGRAMS
#undef X

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";

#define X(program)                                     \
    if (strcmp(name, #program) == 0 && program##_main) \
        return program##_main(argc - 1, argv + 1);
    PROGRAMS
#undef X
    fprintf(stderr, "%s: there is no program %s\n", argv[0], name);
    return 2;
}
