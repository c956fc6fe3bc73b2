/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A transcript: a file that says what a server sends and what the client has to send, line by line.
 *
 *     # comment                           "# Core alone: WHY": tests/integration can't play it on a socket
 *     set security starttls|tls|none      set login ACCOUNT PASSWORD      set no-password
 *     set token ACCOUNT TOKEN             set certificate [ACCOUNT]       (the nonce of SCRAM is all zero)
 *     set mechanisms NAME...              set from ADDRESS                set port N       set careful
 *     set to ADDRESS...                   (each a mail; #N makes N addresses)
 *     set header-to ADDRESS...            (of the mail before)
 *     S: TEXT        the server sends a line; lines that stand together are one segment
 *     S/ TEXT        the same without CRLF; both know \r \n \0 \e \t \\
 *     S* N TEXT      the same, N times, without CRLF
 *     C: PATTERN     the client sends a line (fnmatch); what stands together was ready at once
 *     BODY +A -B     the client sends a mail and its dot; the mail has A and has not B
 *     TAKE N         the client's output is asked for once, N octets of it are written
 *     TLS up|fail    the handshake that the client has to want
 *     COMMIT go|stop [INDEX...]           the question that it has to ask, with the accepted recipients
 *     TIME SECONDS   the clock goes on
 *     EOF
 *     EXPECT session|mail N|rcpt N M OUTCOME [step S] [code N] [enhanced E] [hint H] [text|cause WORDS]
 *     EXPECT done|close|open|next|no-next|at STEP
 *     EXPECT careful|no-careful           whether the next session is to be careful
 *
 * Those of POP3, in a folder of their own, know security and login, S, C, TAKE, TLS, TIME, EOF and EXPECT; a
 * session's result has no codes there, and its words are the whole line. */

#include "base/text.h"
#include "mail/order.h"

#define TRANSCRIPT_LINES_MAX 400

typedef struct TranscriptLine {
        unsigned number;
        char *verb, *rest; /* REST is never NULL */
} TranscriptLine;

typedef struct Transcript {
        char *path, *data;
        size_t n_lines;
        TranscriptLine lines[TRANSCRIPT_LINES_MAX];
        Order order;
        Notice notices[8];
        char *secret;
} Transcript;

/* Ends the program with a message where the file is no transcript. */
Transcript *transcript_load(const char *path);
Transcript *transcript_free(Transcript *t);
DEFINE_CLEANUP(Transcript, transcript_free)

/* Cuts the next word off *REST: what stands before the next of DELIMITERS; NULL at the end. */
char *transcript_word(char **rest, const char *delimiters);

/* Splits REST in place; the count of words. */
size_t transcript_split(char *rest, char **words, size_t max);

/* Appends the octets that an S line sends, until there are MAX or somewhat more. */
void transcript_server_octets(const TranscriptLine *line, size_t max, Text *ret);

/* How many octets the server sends. */
size_t transcript_server_size(const Transcript *t);
