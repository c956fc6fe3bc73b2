/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The words of `ipherald log`, in the language of the locale. */

#include "base/text.h"
#include "cli/terminal.h"
#include "journal/log-reader.h"

/* "Mail sending completed" */
const char *log_event_words(EventType type);
Style log_event_style(EventType type);

/* What is to be said of E beside its time, addresses and destinations: the server's words, what to try, when
 * it is tried again. */
void log_append_words(Text *t, const LogEntry *e);
