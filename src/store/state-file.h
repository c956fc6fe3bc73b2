/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A folder of small files that are replaced whole. It moves octets and knows none of their meanings. NAME is
 * a plain file name, without a slash, shorter than STATE_NAME_MAX. */

#include <sys/types.h>

#include "base/macros.h"

#define STATE_FILE_SIZE_MAX (16 * 1024 * 1024) /* of ten thousand destinations, each with a failure */
#define STATE_NAME_MAX      64

typedef struct StateDir StateDir;

/* Opens the existing folder PATH. 0, -ENOMEM, or what open(2) said. */
int state_dir_open(const char *path, StateDir **ret);
StateDir *state_dir_free(StateDir *d); /* lets the lock go */
DEFINE_CLEANUP(StateDir, state_dir_free)

/* Takes the folder for this process alone, by flock(2) on its file "lock", which holds the owner's pid as a
 * line; on a medium that takes no writes by what is there, without a pid. Never waits: -EWOULDBLOCK where
 * another has it, whose pid comes in RET_HOLDER then (0: not known). What is spawned does not inherit it. */
int state_dir_lock(StateDir *d, pid_t *ret_holder);

/* The whole file, followed by a NUL. 0; -ENOENT; -EFBIG above STATE_FILE_SIZE_MAX; -EISDIR, -EINVAL or
 * -ELOOP where it is no regular file; -ENOMEM; what open(2) or read(2) said. */
int state_dir_read(const StateDir *d, const char *name, char **ret, size_t *ret_size);

typedef enum StateWrite {
        STATE_WRITE_DURABLE,  /* when it returns, the new content survives a power cut */
        STATE_WRITE_VOLATILE, /* for a folder in memory: whole for every reader, but not synced */
} StateWrite;

/* Replaces NAME by SIZE octets with exactly MODE: written beside it, synced, renamed over it, and the folder
 * synced. On failure the old content stays whole; only where the folder's sync fails (-EIO) is the new one
 * in place already, and a power cut may bring the old one back. Of two processes one must hold the lock.
 * -EFBIG above STATE_FILE_SIZE_MAX, since it could not be read again. */
int state_dir_write(StateDir *d, const char *name, const void *data, size_t size, mode_t mode,
                    StateWrite how);

/* The same in two steps, for files of several folders that belong together: what may fail for want of room
 * is done first. Errors as above; after one nothing is left beside NAME. */
int state_dir_prepare(StateDir *d, const char *name, const void *data, size_t size, mode_t mode,
                      StateWrite how);
int state_dir_commit(StateDir *d, const char *name, StateWrite how);
void state_dir_discard(StateDir *d, const char *name); /* instead of the second */

/* NAME is there no more: 0, also where it never was; or what unlink(2) said. */
int state_dir_remove(StateDir *d, const char *name);

/* Renames NAME to "NAME.damaged-N", the first N from 1 that is free, and gives that name. 0; -ENOENT;
 * -EEXIST where STATE_DAMAGED_MAX are there already; what rename(2) or fsync(2) said. */
#define STATE_DAMAGED_MAX 99
int state_dir_set_aside(StateDir *d, const char *name, char ret_name[static STATE_NAME_MAX + 16]);
