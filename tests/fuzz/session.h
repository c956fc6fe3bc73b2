/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The client, driven from where transport and service stand, on a clock of its own. Each call holds the
 * client against what must be true of it at any time. */

#include "mail/smtp-client.h"
#include "wire.h"

typedef struct Session {
        SmtpClient *client;
        Wire wire;
        usec_t now;
        bool in_octets; /* what the server says comes octet by octet, and is written in small pieces */
        bool stopped;   /* the commit question was answered so */
        size_t memory;  /* at its beginning */
} Session;

void session_begin(Session *s, const Scene *scene, bool in_octets);

bool session_over(const Session *s);
unsigned session_wants(const Session *s);

/* At most MAX octets are written of what the client has to say. */
void session_write(Session *s, size_t max);
void session_feed(Session *s, const void *data, size_t size);
void session_eof(Session *s);
void session_wait(Session *s, usec_t span);
/* Up to the deadline, which ends it. */
void session_time_out(Session *s);
/* Where the client wants them. */
void session_tls(Session *s, bool up);
void session_commit(Session *s, bool go);

/* What must hold when it is over, however it ended. Appends all that can be seen of it from outside to RET,
 * and frees. */
void session_end(Session *s, Text *ret);
