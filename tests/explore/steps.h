/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What can happen next. */

#include "server.h"

typedef enum Happens {
        HAPPENS_LINE,          /* a: the address that the line has now */
        HAPPENS_TIME,          /* until the next thing that runs ends */
        HAPPENS_TIMER,         /* until the service's timer rings */
        HAPPENS_DAYS,          /* two of them */
        HAPPENS_UNREST,        /* the line goes on changing until settle's limit is near */
        HAPPENS_ROUTE,         /* the default route changed */
        HAPPENS_CLOCK,         /* a: WallClock */
        HAPPENS_RELOAD,        /* a: the file */
        HAPPENS_CRASH,         /* a: and the machine starts anew */
        HAPPENS_CREDENTIAL,    /* another password, and a restart */
        HAPPENS_SESSION_FAILS, /* a: the row */
        HAPPENS_RECIPIENTS,    /* a: who is accepted; b: how the others are refused */
        HAPPENS_MAIL_ENDS,     /* a: End */
        HAPPENS_MAILER_DIES,
        HAPPENS_SUPERSEDED, /* a: the server has the mail */
} Happens;

typedef struct Happening {
        uint8_t kind, a, b;
        uint8_t fault, fault_at; /* Fault, and at which write */
} Happening;

#define HAPPENINGS_MAX 64

/* All that can happen in S but faults of its writes. */
size_t steps_list(const State *s, const Scene *scene, Happening ret[static HAPPENINGS_MAX]);

/* What a friendly world does: the server accepts, time passes, the address stays. False where nothing is
 * left to be waited for. */
bool steps_friendly(const State *s, Happening *ret);

/* The state behind H, rounded and checked. */
State *steps_take(const State *s, const Scene *scene, Happening h);

void steps_describe(Happening h, char *ret, size_t size);
