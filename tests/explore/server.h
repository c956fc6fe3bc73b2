/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The mailer and the server, as far as the service hears of them. */

#include "service.h"

/* What becomes of a mail behind its go. */
typedef enum End {
        END_ACCEPTED,
        END_TEMPORARY,  /* 4yz */
        END_PERMANENT,  /* 5yz */
        END_CUT_BEFORE, /* the dot never reached the socket, or was answered by 421 */
        END_CUT_TAKEN,  /* no answer, and the server has it */
        END_CUT_LOST,   /* no answer, and it has not */
        END_DIED_TAKEN, /* the mailer dies without a word */
        END_DIED_LOST,
        ENDS,
} End;

/* The session fails on the account's clock, with the transaction that it is at. */
void server_fails(State *s, const Scene *scene, Outcome row);
/* The server takes the recipients of ACCEPTED, and refuses the others that way; then comes the question. */
void server_takes(State *s, const Scene *scene, uint64_t accepted, Outcome refusal);
/* The mail that has its go ends. */
void server_ends(State *s, const Scene *scene, End how);
/* The address that the session goes out from has left the machine, and it can tell nothing that is true. */
void server_loses_line(State *s, const Scene *scene, bool taken);
/* The mailer dies before any go. */
void server_mailer_dies(State *s, const Scene *scene);
