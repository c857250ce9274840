/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What newlib asks of its system. Standard output and error go to the UART;
 * there are no files. The library's stream structures and buffers come from a
 * small arena; nothing of ours allocates.
 */
#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "../hal/hal.h"

/* Three streams and the output buffer. */
#define SBRK_BYTES 4096u

ssize_t _write(int fd, const void *data, size_t bytes);
ssize_t _read(int fd, void *data, size_t bytes);
int _close(int fd);
off_t _lseek(int fd, off_t offset, int whence);
int _fstat(int fd, struct stat *st);
int _isatty(int fd);
void *_sbrk(ptrdiff_t increment);
void _exit(int code) __attribute__((noreturn));
int _kill(int pid, int sig);
int _getpid(void);

ssize_t _write(int fd, const void *data, size_t bytes)
{
    const char *p = data;

    if (fd != 1 && fd != 2) {
        errno = EBADF;
        return -1;
    }
    for (size_t i = 0; i < bytes; i++)
        hal_putc(p[i]);
    return (ssize_t)bytes;
}

ssize_t _read(int fd, void *data, size_t bytes)
{
    (void)fd;
    (void)data;
    (void)bytes;
    return 0; /* end of file */
}

int _close(int fd)
{
    (void)fd;
    return 0;
}

off_t _lseek(int fd, off_t offset, int whence)
{
    (void)fd;
    (void)offset;
    (void)whence;
    return 0;
}

int _fstat(int fd, struct stat *st)
{
    (void)fd;
    st->st_mode = S_IFCHR;
    return 0;
}

int _isatty(int fd)
{
    return fd <= 2;
}

void *_sbrk(ptrdiff_t increment)
{
    static _Alignas(8) char arena[SBRK_BYTES];
    static size_t in_use;
    size_t wanted = in_use + (size_t)increment;

    /* A shrink below zero wraps to something huge. */
    if (wanted > sizeof(arena)) {
        errno = ENOMEM;
        return (void *)-1;
    }
    in_use = wanted;
    return arena + wanted - increment;
}

void _exit(int code)
{
    hal_give_up(RL_RESTART_EXIT | ((uint32_t)code & 0xffffu));
    for (;;)
        hal_wait(0);
}

int _kill(int pid, int sig)
{
    (void)pid;
    _exit(128 + sig);
}

int _getpid(void)
{
    return 1;
}
