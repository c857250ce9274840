/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * Output files that appear whole or not at all.
 */
#include "main/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool direct(const char *file)
{
    struct stat s;

    return lstat(file, &s) == 0 && !S_ISREG(s.st_mode);
}

int output_begin(struct output *o, const char *file)
{
    int n;

    o->file = file;
    if (direct(file))
        n = snprintf(o->path, sizeof o->path, "%s", file);
    else
        n = snprintf(o->path, sizeof o->path, "%s.part%ld", file,
                     (long)getpid());
    errno = 0;
    if (n > 0 && (size_t)n < sizeof o->path)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

int output_check(const char *file)
{
    struct output o;
    FILE *f;

    if (!file || direct(file))
        return 0;
    if (output_begin(&o, file) || !(f = fopen(o.path, "wb"))) {
        fprintf(stderr, "ringlet: cannot write %s: %s\n", file,
                strerror(errno));
        return -1;
    }
    fclose(f);
    unlink(o.path);
    return 0;
}

int output_end(struct output *o, bool good)
{
    int e = errno;

    if (strcmp(o->path, o->file) == 0)
        return good ? 0 : -1;
    if (good && rename(o->path, o->file) == 0)
        return 0;
    if (good)
        e = errno;
    unlink(o->path);
    errno = e;
    return -1;
}
