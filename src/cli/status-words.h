/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The words of `ipherald status`, in the language of the locale. */

#include "decide/status.h"

/* "public", "private: not reachable from outside" */
const char *status_scope_words(const IpAddress *a);

/* Why an address does not count: "temporary", "deprecated: preferred lifetime 0"; "counts". */
const char *status_verdict_words(AddressVerdict v);

/* Why a family has no address, as selection_explain() has it. */
void status_append_reason(Text *t, const StatusFamily *family, Family f);

/* Who knows an address that is not this machine's own, and what lies in front of it. */
void status_append_origin(Text *t, const Origin *o);

/* What a destination waits for. */
const char *status_wait_words(const Status *s, const StatusDestination *d);

#define STATUS_WORDS_MAX 64

/* "2026-11-24 09:18:07" */
void status_format_time(WallTime time, char ret[static STATUS_WORDS_MAX]);
/* "4 d 2 h", "3 min", "12 s"; of a clock that went back: "0 s". */
void status_format_span(int64_t seconds, char ret[static STATUS_WORDS_MAX]);

/* At which step, where, what the server said, our cause. */
void status_append_failure(Text *t, const Result *r);
