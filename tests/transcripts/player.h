/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Plays a transcript to the SMTP client, and holds the client to what must be true whatever a server does.
 */

#include "transcript.h"

typedef struct PlayOptions {
        bool octetwise; /* each octet by itself, else each segment */
        bool cut;       /* end of file after CUT_AFTER octets of the server */
        bool cut_taken; /* what the client had to say by then was taken */
        size_t cut_after;
} PlayOptions;

/* True where all that was expected came to pass; else it has printed what did not. */
bool play(Transcript *t, PlayOptions options);

/* How many octets the server sends. */
size_t play_server_size(const Transcript *t);
