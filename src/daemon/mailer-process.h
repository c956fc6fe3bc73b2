/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One mailer: spawned for one session, given its order, listened to, and ended in time. It is taken for a
 * stranger: what it says is checked, and one that talks nonsense, is silent for 90 s, says for an hour no
 * more than that it is alive, or lives on for 10 s after its work was done is killed. While the machine
 * sleeps these limits do not run. */

#include <systemd/sd-event.h>

#include "mail/report.h"

typedef struct MailerProcess MailerProcess;

/* A report that was well formed. False: it makes no sense here; the mailer is killed. */
typedef bool (*MailerReportHandler)(const Report *report, void *userdata);

/* The last call: the process is gone. WHY is NULL where it exited with 0, else says how it ended, for a
 * person. The handler may free the MailerProcess. */
typedef void (*MailerEndHandler)(const char *why, void *userdata);

/* Spawns the mailer and gives it ORDER. Its stdout is ours where KEEP_STDOUT, else /dev/null. SIGCHLD is
 * blocked in the caller. 0 or negative errno: nothing runs then, and no handler will be called. */
int mailer_process_new(sd_event *event, const Text *order, bool keep_stdout, MailerReportHandler on_report,
                       MailerEndHandler on_end, void *userdata, MailerProcess **ret);

/* Kills it where it still runs. No handler is called from here. */
MailerProcess *mailer_process_free(MailerProcess *m);
DEFINE_CLEANUP(MailerProcess, mailer_process_free)

/* 0 or negative errno; a mailer that is gone already is told by the end handler. */
int mailer_process_answer(MailerProcess *m, size_t transaction, bool go);

/* End of file to it, which ends it at once wherever it is, without QUIT. What it has said is still heard,
 * and what it has seen is still told, before the end handler is called. */
void mailer_process_end(MailerProcess *m);

/* Its last transaction has its result: it has 10 s left for QUIT. */
void mailer_process_finish(MailerProcess *m);
