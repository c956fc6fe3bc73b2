/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What goes over the wire, as a server that keeps to RFC 5321 understands it, and what must hold of it. It
 * knows nothing of the client's insides. The conversation is a row of units: the connection, each command,
 * each answer to a challenge, each mail. The Nth reply is that to the Nth unit. */

#include "mail/smtp-reply.h"
#include "scene.h"

typedef enum UnitType {
        UNIT_CONNECTION,
        UNIT_EHLO,
        UNIT_HELO,
        UNIT_STARTTLS,
        UNIT_AUTH,
        UNIT_ANSWER,
        UNIT_RSET,
        UNIT_MAIL,
        UNIT_RCPT,
        UNIT_DATA,
        UNIT_BODY, /* a mail, or a lone dot */
        UNIT_QUIT,
        UNIT_COUNT,
} UnitType;
extern const char *const unit_names[UNIT_COUNT];

#define UNITS_MAX 96

typedef struct Unit {
        UnitType type;
        size_t begin, end;        /* of the client's octets; of a mail without its dot yet: SIZE_MAX */
        size_t notice, recipient; /* of RCPT to BODY, of RCPT */
        unsigned code;            /* of its reply; 0: none yet */
        bool void_reply;          /* the client passes its reply over: MAIL, or AUTH, was refused */
} Unit;

typedef struct Wire {
        const Scene *scene;
        Text stream;             /* all octets that the client handed out */
        size_t parsed, received; /* of these: cut into units; written */
        size_t n_units, n_replied;
        Unit units[UNITS_MAX];
        bool tls, logged_in, refused; /* refused: the last login was */
        bool go[SCENE_NOTICES];       /* the commit question was answered so */
        bool dot[SCENE_NOTICES];      /* the dot was handed out */
        Text challenge;               /* the last that the client answered */
        SmtpReplyParser parser;
        size_t received_at_reply; /* when the reply that is read began */
        bool broken;              /* the server said what no client may go on with */
} Wire;

void wire_init(Wire *w, const Scene *scene);
void wire_done(Wire *w);

/* The client hands out SIZE octets, of which those from wire.received on may be known already. */
void wire_handed(Wire *w, const char *data, size_t size);
/* The server says SIZE octets. */
void wire_said(Wire *w, const char *data, size_t size);
/* The mail of NOTICE; NULL where none was begun. */
const Unit *wire_body(const Wire *w, size_t notice);
/* The reply that counts to RCPT of a recipient; 0 where there is none. */
unsigned wire_recipient_code(const Wire *w, size_t notice, size_t recipient);
/* Whether the octets hold the password in a form in which it could go out. */
bool wire_reveals(const Wire *w, const char *data, size_t size);
