/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the mailer takes from itself before it hears a stranger's octet. */

#include <sys/types.h>

#include "base/macros.h"

/* The user and group of a mailer that root started: no account has this id, and no service stores files
 * under it (systemd 257 keeps those of DynamicUser= as nobody). */
#define SANDBOX_ID 65533

typedef struct Sandbox {
        bool ids_kept; /* started by root, but in a user namespace that has no other id, or without
                          CAP_SETUID */
        int landlock;  /* the kernel's Landlock ABI; 0: not confined by it */
} Sandbox;

/* Nobody of our own user reads our memory: prctl(2), PR_SET_DUMPABLE. 0 or a negative errno. */
int sandbox_hide(void);

/* We are killed when PARENT ends. 0, a negative errno, or -ESRCH where PARENT is not our parent (any more);
 * PARENT 0: not known, as when it lives in another pid namespace. */
int sandbox_follow(pid_t parent);

/* For good: no new privileges (prctl(2), PR_SET_NO_NEW_PRIVS), no capability; where root started us also an
 * empty bounding set, no groups and SANDBOX_ID; then Landlock (landlock(7)): files can be read, not written,
 * made, removed or executed, and from ABI 6 on no signal leaves. Files that are open stay open; PARENT as
 * above. A kernel or a filter without Landlock is no error: RET says so. 0, or the negative errno of a step
 * that failed: the caller must not go on. */
int sandbox_enter(pid_t parent, Sandbox *ret);
