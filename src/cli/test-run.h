/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A session as `ipherald test` shows it, for `ipherald setup` too: what is tried, each step, the end. */

#include "decide/outcome.h"
#include "settings/settings.h"

typedef struct TestRun {
        const char *verb;            /* whose session it is, for its errors */
        const Settings *settings;    /* mail.enabled among them */
        const char *credentials_dir; /* NULL: no secrets */
        bool send;                   /* false: log in, and leave */
        usec_t patience;             /* as MailTest has it */
        bool off;                    /* mail.enabled is false in the file: that is said */
} TestRun;

/* Until the session has ended. An exit code, and the step that failed (none where no step did). */
int test_run(const TestRun *run, Step *ret_failed);
