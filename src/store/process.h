/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A process by its id and when it began, which tell it from every other of this boot. */

#include <sys/types.h>

#include "base/macros.h"

/* When PID began, in the kernel's clock ticks since boot (proc_pid_stat(5), field 22). 0; -ESRCH where there
 * is no such process or /proc does not show it; -EBADMSG. */
int process_started_at(pid_t pid, uint64_t *ret);

/* Does the process still run? Where /proc hides it, its id alone is looked at. */
bool process_runs(pid_t pid, uint64_t started_at);
