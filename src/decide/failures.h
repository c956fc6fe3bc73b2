/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The last failure of the account and of each destination, for whoever asks what a mail waits for. It is
 * what the log said. A clock (retry.h) knows when the next try is and nothing of words; a restart forgets
 * these, and its first try brings them back. */

#include "base/wall-time.h"
#include "decide/outcome.h"

typedef struct Failure {
        WallTime at;
        Result result; /* OUTCOME_NONE: there was none */
} Failure;

typedef struct DestinationFailure {
        char *to;
        Failure failure;
} DestinationFailure;

typedef struct Failures {
        Failure account;
        DestinationFailure *destinations;
        size_t n_destinations;
} Failures;

/* Empties F, and frees what it points to. */
void failures_done(Failures *f);

void failures_note_account(Failures *f, const Result *result, WallTime at);
/* Takes the place of an earlier one. Without memory it is as if there had been none. */
void failures_note(Failures *f, const char *to, const Result *result, WallTime at);
/* TO was told: what failed before is over. */
void failures_forget(Failures *f, const char *to);

/* NULL where there is none. Valid until the next call that changes F. */
const Failure *failures_find(const Failures *f, const char *to);
