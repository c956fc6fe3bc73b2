/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One file per verb. Each returns the program's exit code: 0 it is done; 1 it did not work, and the verb has
 * said why; 2 the options don't go together, and it has said which. */

#include "cli/options.h"

#define EXIT_USAGE 2

/* The service (daemon/daemon.h), or a dry run of it. */
int verb_run(const Options *options);

/* Reads the settings. Every fault goes to stdout as FILE:LINE: text, since the faults are what was asked
 * for, and a pipe should get them; without faults a short account of what will be done. What is no fault and
 * rarely meant goes to stderr as FILE:LINE: warning: text. */
int verb_check(const Options *options);

/* One mail now through the service's own mailer, or a login without one; each step goes to stdout as it
 * comes, in the language of the locale. 0 where all destinations were accepted, else 1 with the step that
 * failed. */
int verb_test(const Options *options);

/* What the service at work says of itself: addresses, destinations, what is owed and waits for what. To
 * stdout, in the language of the locale, or as JSON; 1 where no service runs. */
int verb_status(const Options *options);

/* What the journal keeps of the service's events, as a table in the language of the locale, or as JSON, an
 * object a line; 1 where it can't be read. */
int verb_log(const Options *options);

/* Asks for server, login and destinations, tries each at once through the service's own mailer, and writes
 * settings and credential once all is answered; with --non-interactive the options are the answers. 1 where
 * it was broken off or a login failed: nothing is changed then. */
int verb_setup(const Options *options);

/* The kernel's events as they come, with what the service would decide of each and why, until SIGINT or
 * SIGTERM. To stdout, in the language of the locale. It mails and keeps nothing, and needs no privilege; 1
 * where the settings hold a fault or the kernel can't be heard. */
int verb_watch(const Options *options);
