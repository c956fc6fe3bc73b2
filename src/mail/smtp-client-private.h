/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the files of the SMTP client share:
 *
 *     smtp-client.c    its life, octets in and out, time, the answers to its owner
 *     smtp-commands.c  the table: each command's entry and what its reply means
 *     smtp-auth.c      the same for the login
 *     smtp-flight.c    which commands go out together, and what follows what
 *     smtp-end.c       results, and how a session ends
 */

#include "mail/smtp-capabilities.h"
#include "mail/smtp-client.h"
#include "mail/smtp-reply.h"

/* What is handed out at once: a TLS record. */
#define SMTP_OUTPUT_MAX 16384

/* A command is what a reply answers; the greeting and the body count as such. */
typedef enum SmtpCommandType {
        SMTP_GREETING,
        SMTP_EHLO,
        SMTP_HELO,
        SMTP_STARTTLS,
        SMTP_AUTH,
        SMTP_AUTH_CANCEL, /* "*": the outcome is decided, its reply changes nothing */
        SMTP_RSET,
        SMTP_MAIL,
        SMTP_RCPT,
        SMTP_DATA,
        SMTP_BODY,     /* the mail and its dot */
        SMTP_LONE_DOT, /* 354 came, though no recipient was accepted */
        SMTP_QUIT,
        SMTP_COMMAND_COUNT,
} SmtpCommandType;

typedef struct SmtpCommand {
        SmtpCommandType type;
        size_t transaction, recipient; /* of MAIL to LONE_DOT, of RCPT */
        bool discard;                  /* its reply is read and does not count */
        uint64_t end;                  /* of all the session's octets, those up to its end */
} SmtpCommand;

/* Replies that came in one read and were not taken yet: more than a server has reason to send at once. */
#define SMTP_HEARD_MAX 16

/* RSET, AUTH, MAIL, RCPT, DATA, BODY and QUIT of two transactions at the most. */
#define SMTP_PENDING_MAX (NOTICE_RECIPIENTS_MAX + 8)

typedef enum SmtpMode {
        SMTP_TALKING,      /* commands are pending */
        SMTP_STARTING_TLS, /* the owner does the handshake */
        SMTP_COMMITTING,   /* 354 came; the owner asks whether the body may go */
        SMTP_CLOSING,      /* over: the connection is to be cut as it is */
        SMTP_DONE,         /* over, with QUIT said or not worth it */
} SmtpMode;

typedef struct SmtpTransaction {
        bool begun;         /* MAIL was answered */
        bool final;         /* result holds */
        bool no_parameters; /* after 555 to MAIL */
        Result result;
        Result **recipients; /* NULL: no reply yet */
        uint8_t accepted[NOTICE_RECIPIENTS_MAX];
        size_t n_accepted;
        size_t size; /* with all recipients, as SIZE= has it */
        bool is_8bit;
        uint64_t dot; /* where its dot's first octet stands among the session's; 0: not rendered */
} SmtpTransaction;

struct SmtpClient {
        SmtpParameters parameters;
        const Order *order;
        SmtpMode mode;
        bool tls;       /* up and verified */
        bool ended;     /* the session's result is final; at most QUIT goes on */
        bool pipelined; /* a flight had more than one command */
        bool pipelining_failed;
        bool may_try_next;
        Result session;

        SmtpReplyParser parser;
        Text out;          /* octets that were not written yet, from out_base on */
        uint64_t out_base; /* where out begins among the session's octets */
        uint64_t written, handed;

        SmtpCommand pending[SMTP_PENDING_MAX]; /* oldest first */
        size_t n_pending;
        SmtpCommand next; /* what is sent when nothing is pending */

        SmtpCapabilities capabilities;
        SaslIdentity identity;
        SaslExchange exchange;
        unsigned mechanisms_tried;
        size_t committing; /* the transaction, while SMTP_COMMITTING */

        usec_t progress;        /* when the last reply ended, or octets were written */
        usec_t reply_since;     /* when the reply that is being read began */
        uint64_t reply_written; /* and how much was written by then: what it can be a reply to */
        Result *heard;          /* of a test, for smtp_client_take_heard(); NULL: nothing yet */
        size_t n_heard;
        SmtpTransaction *transactions; /* as many as the order has notices */
};

typedef struct SmtpCommandInfo {
        const char *name; /* for a person */
        Step step;
        size_t timeout; /* offset in SmtpTimeouts */
        bool owns_421;  /* elsewhere 421 ends the session before the row is asked */
        int (*enter)(SmtpClient *c, SmtpCommand *command); /* NULL: pending from the start */
        int (*reply)(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply);
} SmtpCommandInfo;
extern const SmtpCommandInfo smtp_commands[SMTP_COMMAND_COUNT];

/* Functions return 0 or -ENOMEM where they return something; how a session went is no error. */

/* smtp-auth.c */
bool smtp_wants_login(const SmtpClient *c);
int smtp_auth_begin(SmtpClient *c);
int smtp_auth_enter(SmtpClient *c, SmtpCommand *command);
int smtp_auth_cancel_enter(SmtpClient *c, SmtpCommand *command);
int smtp_auth_reply(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply);
int smtp_auth_cancel_reply(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply);

/* smtp-flight.c */
/* Sends NEXT, and with it what may go in the same flight. */
int smtp_flight_send(SmtpClient *c);
/* Where QUIT alone is left the session's result is final. */
void smtp_flight_settle(SmtpClient *c);
/* Makes the first transaction from FROM on that can be sent NEXT, after RSET where that is needed; QUIT
 * where there is none. */
int smtp_flight_transaction(SmtpClient *c, size_t from, bool reset, SmtpCommand *ret);
SmtpCommand smtp_flight_recipient(const SmtpClient *c, size_t transaction, size_t from);
/* The replies to all that is pending are read and passed over. */
void smtp_flight_discard(SmtpClient *c);
const Notice *smtp_notice(const SmtpClient *c, size_t transaction);

/* smtp-end.c */
/* REPLY or CAUSE may be NULL; HINT NULL: picked by the result. */
void smtp_result_make(const SmtpClient *c, Outcome outcome, Step step, const SmtpReply *reply,
                      const char *cause, const char *hint, Result *ret);
/* Of a test: keeps a reply that went well for smtp_client_take_heard(). */
int smtp_result_hear(SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply);
int smtp_recipient_set(SmtpClient *c, size_t transaction, size_t recipient, const Result *result);
/* Of whom was not refused one by one. */
void smtp_transaction_set(SmtpClient *c, size_t transaction, const Result *result);
/* Where nobody is left whom a transaction could still reach: its result is the best of its recipients'. */
void smtp_transaction_set_refused(SmtpClient *c, size_t transaction);
/* The session's result is RESULT: by QUIT where the connection is in order, else by closing it. */
int smtp_session_end(SmtpClient *c, const Result *result);
/* The same at once, without QUIT. */
void smtp_session_close(SmtpClient *c, const Result *result);
/* The server did not understand, or did not answer, before a dot was handed out: where commands had been
 * sent together, that may be why. */
void smtp_suspect_pipelining(SmtpClient *c);
/* A protocol error: the connection must not be used any more. */
void smtp_session_break(SmtpClient *c, Step step, const char *cause, const char *hint);
/* The connection can't be used any more: end of file, time limit. */
void smtp_session_lost(SmtpClient *c, const char *cause);
/* Gives every transaction that has none its result. */
void smtp_session_settle(SmtpClient *c);
