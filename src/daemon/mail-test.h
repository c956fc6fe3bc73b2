/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One session for `ipherald test`: the same plan, order and mailer as the service's, with a ledger that
 * knows nothing and is kept nowhere: each destination is owed the addresses of now, as on a first start. */

#include "decide/outcome.h"
#include "mail/report.h"
#include "settings/settings.h"

typedef struct MailTest {
        const Settings *settings;    /* the mail goes to the destinations that are enabled */
        const char *credentials_dir; /* NULL: no secrets */
        bool send;                   /* false: log in, and leave */
        /* A report as it comes; TO: of a recipient's. It is well formed and fits the order. */
        void (*heard)(const Report *report, const char *to, void *userdata);
        /* The server failed at commands that were sent together: once more, in careful mode. */
        void (*again)(void *userdata);
        void *userdata;
        /* How long a person waits for each step up to the server's greeting, whose limits are minutes by
         * themselves: 0 leaves those alone. */
        usec_t patience;
} MailTest;

#define MAIL_TEST_TO_MAX 256

typedef struct MailTestResult {
        Selection selection; /* what the mail tells; of a test that sends */
        bool owed;           /* false: no address counts, so that there was nothing to tell */
        size_t n_recipients, n_accepted;
        Result failure;                   /* the first thing that failed; outcome none where nothing did */
        char failed_to[MAIL_TEST_TO_MAX]; /* the recipient that it is about, or "" */
} MailTestResult;

/* Until the session has ended; its own time limits hold. SIGCHLD is blocked from here on. 0 however it
 * ended, or a negative errno where it could not begin. */
int mail_test_run(const MailTest *test, MailTestResult *ret);
