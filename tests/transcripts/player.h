/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Plays a transcript to the SMTP client (player.c) or the POP3 client (pop3-player.c), and holds it to what
 * must be true whatever a server does. */

#include "transcript.h"

/* Segments are what stands together in the transcript, unless: */
typedef enum PlayWay {
        PLAY_SEGMENTS,
        PLAY_OCTETS,    /* each octet by itself */
        PLAY_SPLIT,     /* one segment in two, behind the server's octet AT */
        PLAY_CUT,       /* end of file behind the server's octet AT */
        PLAY_CUT_TAKEN, /* the same once what the client had to say was taken */
        PLAY_SILENT,    /* silence from there on, and output taken */
        PLAY_WAY_COUNT,
} PlayWay;

typedef struct PlayOptions {
        PlayWay way;
        size_t at;
} PlayOptions;

/* True where all that was expected came to pass; else it has printed what did not. Appends to ACCOUNT, where
 * there is one, all that the client sent and every result: it is the same for all segmentations. */
bool play(Transcript *t, PlayOptions options, Text *account);
