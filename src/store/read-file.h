/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/* Reads a whole file of at most MAX octets into a new buffer that a NUL follows. PATH is relative to DIR_FD
 * (AT_FDCWD: as open(2) has it); OPEN_FLAGS are added to what it opens with (O_NOFOLLOW). Never waits, and
 * never has a side effect on what it opens: a FIFO or a device is refused.
 *
 * 0; -EISDIR; -EINVAL where it is another thing than a regular file; -EFBIG; -ENOMEM; else what open(2) or
 * read(2) said. */
int read_file_at(int dir_fd, const char *path, int open_flags, size_t max, char **ret, size_t *ret_size);

/* The same of what is open as FD, which stays open. */
int read_file(int fd, size_t max, char **ret, size_t *ret_size);

/* Reads from FD, which may be a pipe or a terminal and is waited for, until it ends or the SIZE octets of
 * BUFFER are full: RET_SIZE is SIZE then, and there may be more. No octet is copied anywhere else. 0, or
 * what read(2) said. */
int read_to_end(int fd, char *buffer, size_t size, size_t *ret_size);

/* The words for what read_file_at() says. */
const char *read_file_error(int error);
